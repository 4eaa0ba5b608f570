//! What hinders reading git's files, and what to do about it.

use std::path::PathBuf;

/// Why git's files could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The file or directory cannot be read.
    #[error("cannot read {}: {kind}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// Something bears the name of a part of git and is not that.
    #[error("{} is not what git would have there", path.display())]
    Broken {
        /// What bears the name.
        path: PathBuf,
    },
    /// The index is corrupt.
    #[error("the index {} is corrupt: {reason}", path.display())]
    Index {
        /// The index file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The repository uses a feature that is not understood.
    #[error("the repository uses {what}, which is not supported")]
    Unsupported {
        /// The feature.
        what: &'static str,
    },
    /// The object is not in the repository; usual in partial clones.
    #[error("object {id} is missing")]
    Missing {
        /// The object's id.
        id: String,
    },
    /// The object is corrupt or of another kind than its use says.
    #[error("object {id} is corrupt")]
    Object {
        /// The object's id.
        id: String,
    },
    /// A revision names no commit.
    #[error("`{revision}` names no commit of this repository")]
    Revision {
        /// As it was given.
        revision: String,
    },
    /// A revision names no commit of a shallow clone.
    #[error(
        "`{revision}` names no commit of this clone, which is shallow: fetch it first, for \
         instance by `git fetch --unshallow{}`, or check out with all history",
        refspec(revision)
    )]
    NotFetched {
        /// As it was given.
        revision: String,
    },
    /// A shallow clone of one branch does not know what that is a branch of.
    #[error(
        "this clone is shallow and does not know the default branch, so it cannot be told what \
         is new: fetch that first and name it, for instance by \
         `git fetch --unshallow origin main:main` and `--diff main`, or check out with all history"
    )]
    NoDefault,
    /// A shallow clone does not reach where `HEAD` left a branch.
    #[error(
        "this clone is shallow and does not reach the commit at which HEAD left `{revision}`: \
         fetch more, for instance by `git fetch --unshallow`, or check out with all history"
    )]
    Parted {
        /// The branch as it was given.
        revision: String,
    },
    /// A file or object is larger than allowed.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// The file or the object's id.
        what: String,
        /// The limit.
        limit: u64,
    },
}

/// What is to be fetched for a branch to bear the name that was asked for; nothing for
/// what names a commit in other ways.
fn refspec(revision: &str) -> String {
    let branch = revision.strip_prefix("origin/").unwrap_or(revision);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_id = branch.len() >= 7 && branch.bytes().all(|byte| byte.is_ascii_hexdigit());
    if branch.is_empty() || branch == "HEAD" || is_id || !branch.bytes().all(plain) {
        return String::new();
    }
    let here = if branch == revision { "" } else { "refs/remotes/origin/" };
    format!(" origin {branch}:{here}{branch}")
}

#[cfg(test)]
mod tests {
    use super::refspec;

    #[test]
    fn a_branch_is_fetched_under_the_name_that_was_asked_for() {
        for (revision, want) in [
            ("main", " origin main:main"),
            ("origin/release/1.2", " origin release/1.2:refs/remotes/origin/release/1.2"),
            ("HEAD", ""),
            ("HEAD~1", ""),
            ("1a2b3c4d", ""),
            ("", ""),
            ("a; rm -rf /", ""),
        ] {
            assert_eq!(refspec(revision), want, "{revision}");
        }
    }
}
