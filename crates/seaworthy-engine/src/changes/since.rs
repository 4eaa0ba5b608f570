//! What a scan looks at, and what findings must be new against.

use gix_hash::ObjectId;

use crate::git::{GitError, Repository};

/// Which state of a repository is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The files on disk.
    #[default]
    WorkingTree,
    /// What the next commit has.
    Index,
    /// What this commit has, read from git alone.
    Commit(String),
}

/// What findings must be new against to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// The last commit; in the middle of a merge all that are merged, too.
    Head,
    /// Where `HEAD` left another branch: the default branch of the remote without a
    /// name, or else the last commit.
    Branch(Option<String>),
    /// A commit, and where the one that is looked at left it.
    Commit(String),
    /// What a remote has, as far as it is known: its branches as they were last seen,
    /// and what it said that it has.
    Remote {
        /// Its name; all remotes without one.
        name: Option<String>,
        /// The commit that is pushed over.
        has: Option<String>,
    },
}

/// The branches that pull requests usually go to, the likeliest first.
const DEFAULT_BRANCHES: [&str; 5] = [
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
];

/// Lines of history that part and meet again have several points at which they part.
const MAX_BASES: usize = 8;

/// The commits that findings must be new against, each of them; nothing at all is a
/// `None`. `tip` is the commit that is looked at or that the working tree belongs to.
pub(super) fn bases(
    repository: &Repository,
    since: &Since,
    tip: Option<ObjectId>,
) -> Result<Vec<Option<ObjectId>>, GitError> {
    // Before the first commit everything is new.
    let Some(tip) = tip else { return Ok(vec![None]) };
    let mut bases = match since {
        Since::Head => {
            let mut bases = vec![tip];
            bases.extend(repository.merged_commits());
            bases
        }
        Since::Branch(Some(name)) => {
            let branch = repository.commit_named(name)?;
            parted(repository, name, tip, branch)?
        }
        Since::Branch(None) => {
            match default_branch(repository) {
                Some((name, branch)) => parted(repository, name, tip, branch)?,
                // Of a clone of one branch, the last commit is not what it began with.
                None if repository.is_shallow() && !is_default(own(repository).as_deref()) => {
                    return Err(GitError::NoDefault);
                }
                None => vec![tip],
            }
        }
        Since::Commit(name) => {
            let commit = repository.commit_named(name)?;
            let mut bases = vec![commit];
            bases.extend(repository.merge_bases(tip, &[commit])?);
            bases
        }
        Since::Remote { name, has } => {
            let mut tips = repository.remote_tips(name.as_deref())?;
            // Somebody else may have pushed it, and nobody fetched it yet.
            let has = has.as_ref().and_then(|has| repository.commit_named(has).ok());
            tips.extend(has);
            // A ref may point to what is no commit, or is not there.
            tips.retain(|tip| repository.commit_named(&tip.to_string()).is_ok());
            let mut bases: Vec<ObjectId> = has.into_iter().collect();
            bases.extend(repository.merge_bases(tip, &tips)?);
            bases
        }
    };
    bases.dedup();
    bases.truncate(MAX_BASES);
    Ok(match bases.is_empty() {
        true => vec![None],
        false => bases.into_iter().map(Some).collect(),
    })
}

/// What findings must be new against, as its reader knows it; empty where that goes
/// without saying.
pub(crate) fn told(repository: Option<&Repository>, since: &Since) -> String {
    match since {
        Since::Head => String::new(),
        Since::Branch(Some(name)) | Since::Commit(name) => name.clone(),
        Since::Branch(None) => match repository.and_then(default_branch) {
            Some((name, _)) => {
                let short = |start| name.strip_prefix(start);
                let short = short("refs/remotes/").or_else(|| short("refs/heads/"));
                short.unwrap_or(name).to_owned()
            }
            None => "the last commit".to_owned(),
        },
        Since::Remote { name: Some(name), .. } => name.clone(),
        Since::Remote { name: None, .. } => "what the remotes have".to_owned(),
    }
}

/// The first of the likely branches that is there and is not the one at `HEAD`.
fn default_branch(repository: &Repository) -> Option<(&'static str, ObjectId)> {
    let own = own(repository);
    let mut others = DEFAULT_BRANCHES.into_iter().filter(|name| own.as_deref() != Some(*name));
    others.find_map(|name| Some((name, repository.commit_named(name).ok()?)))
}

fn own(repository: &Repository) -> Option<String> {
    repository.branch().map(|branch| format!("refs/heads/{branch}"))
}

fn is_default(branch: Option<&str>) -> bool {
    branch.is_some_and(|branch| DEFAULT_BRANCHES.contains(&branch))
}

/// Where the tip left a branch; the branch itself where they share nothing.
fn parted(
    repository: &Repository,
    name: &str,
    tip: ObjectId,
    branch: ObjectId,
) -> Result<Vec<ObjectId>, GitError> {
    let bases = repository.merge_bases(tip, &[branch])?;
    match bases.is_empty() {
        true if repository.is_shallow() => Err(GitError::Parted { revision: name.to_owned() }),
        true => Ok(vec![branch]),
        false => Ok(bases),
    }
}
