//! What git knows of the snapshot, as plain data that the engine fills in.

use seaworthy_formats::gitignore::{IgnoreRules, Verdict};

use seaworthy_model::ArtifactPath;

use crate::Snapshot;
use crate::reads;

/// Tracked paths and ignore rules of the repository.
#[derive(Debug)]
pub struct GitState {
    tracked: Vec<ArtifactPath>,
    staged: Vec<String>,
    ignore: IgnoreRules,
    is_part: bool,
}

impl GitState {
    /// State from the paths in the index, relative to the audited root, and the
    /// ignore rules that apply to it.
    #[must_use]
    pub fn new(mut tracked: Vec<ArtifactPath>, ignore: IgnoreRules) -> Self {
        tracked.sort_unstable();
        tracked.dedup();
        Self { tracked, staged: Vec::new(), ignore, is_part: false }
    }

    /// The same, where the snapshot is of what is staged: the paths that a commit
    /// would add or change.
    #[must_use]
    pub fn with_staged(mut self, mut staged: Vec<String>) -> Self {
        staged.sort_unstable();
        self.staged = staged;
        self
    }

    /// The same, where the audited root is not the top of the working tree.
    #[must_use]
    pub fn of_part(mut self, is_part: bool) -> Self {
        self.is_part = is_part;
        self
    }

    /// Whether the audited root is a directory of the repository: what stands at its
    /// top is not seen then.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.is_part
    }

    /// The paths in the index, sorted.
    #[track_caller]
    pub fn tracked(&self) -> impl Iterator<Item = &str> {
        reads::ask_for_all();
        self.tracked.iter().map(ArtifactPath::as_str)
    }

    /// Lets sorted paths be those of the index where they are equal: they are kept once then,
    /// and one after the other, as who looks through all of them wants them.
    pub(crate) fn share(&self, paths: &mut [ArtifactPath]) {
        let mut tracked = self.tracked.iter().peekable();
        for path in paths {
            while tracked.next_if(|it| *it < path).is_some() {}
            if let Some(same) = tracked.next_if(|it| *it == path) {
                path.clone_from(same);
            }
        }
    }

    /// The paths in the index that a predicate chooses, sorted.
    pub fn tracked_as(&self, is: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
        let tracked = self.tracked.iter().map(ArtifactPath::as_str);
        tracked.filter(move |path| is(path)).inspect(|path| reads::ask(path))
    }

    /// Whether the index holds the path.
    #[must_use]
    #[track_caller]
    pub fn is_tracked(&self, path: &str) -> bool {
        reads::ask(path);
        self.has(path)
    }

    fn has(&self, path: &str) -> bool {
        self.tracked.binary_search_by(|entry| entry.as_str().cmp(path)).is_ok()
    }

    fn is_staged(&self, path: &str) -> bool {
        self.staged.binary_search_by(|entry| entry.as_str().cmp(path)).is_ok()
    }

    /// Whether the index holds anything below the directory (`""` is the root).
    #[must_use]
    pub fn tracks_below(&self, directory: &str) -> bool {
        if directory.is_empty() {
            return !self.tracked.is_empty();
        }
        let prefix = format!("{directory}/");
        let at = self.tracked.partition_point(|entry| entry.as_str() < prefix.as_str());
        self.tracked.get(at).is_some_and(|entry| entry.as_str().starts_with(&prefix))
    }

    /// Git's verdict on a path, whether or not it exists or is tracked, with
    /// the line that decides: `git check-ignore --no-index`.
    #[must_use]
    pub fn verdict(&self, path: &str, is_directory: bool) -> Verdict {
        self.ignore.verdict(path, is_directory)
    }

    /// Whether git ignores the file by its rules, tracked or not.
    #[must_use]
    pub fn is_ignored(&self, path: &str) -> bool {
        self.verdict(path, false).ignored
    }

    /// The ignore rules themselves.
    #[must_use]
    pub fn ignore_rules(&self) -> &IgnoreRules {
        &self.ignore
    }
}

/// Where a text stands with git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitStanding {
    /// The index has the file. Whether a commit has this very text is not known.
    Tracked,
    /// The next commit takes it.
    Staged,
    /// Neither tracked nor ignored: the next `git add` takes it.
    Untracked,
    /// Git ignores it.
    Ignored,
    /// There is no git to ask.
    Unknown,
    /// In a commit of the past, no longer in the present one.
    Past,
}

impl GitStanding {
    /// Where a file of the snapshot stands.
    #[must_use]
    pub fn of(snapshot: &Snapshot, path: &str) -> Self {
        match snapshot.git() {
            None => Self::Unknown,
            Some(git) if git.is_staged(path) => Self::Staged,
            Some(git) if git.has(path) => Self::Tracked,
            Some(git) if git.is_ignored(path) => Self::Ignored,
            Some(_) => Self::Untracked,
        }
    }

    /// What the reader is told of it, after the name of what stands there. It claims
    /// no more than is known.
    #[must_use]
    pub const fn place(self) -> &'static str {
        match self {
            Self::Tracked => "is in a file that git tracks",
            Self::Staged => "is staged for the next commit",
            Self::Untracked => "is in a file that the next `git add .` would take",
            Self::Ignored => "is in a file that git ignores",
            Self::Unknown => "is written out here",
            Self::Past => "is in the history of the repository",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use seaworthy_formats::gitignore::IgnoreSource;
    use seaworthy_model::ArtifactPath;

    use super::*;
    use crate::texts::snapshot_in;

    #[test]
    fn a_path_stands_where_the_index_and_the_ignore_rules_put_it() {
        let mut rules = IgnoreRules::new(false);
        let artifact = ArtifactPath::new(".gitignore");
        rules.add(IgnoreSource::File { artifact }, Arc::from("*.log\n"));
        let tracked = ["b", "a", "kept.log"].map(ArtifactPath::new).to_vec();
        let git =
            GitState::new(tracked, rules).with_staged(["new", "b"].map(str::to_owned).to_vec());
        let known = snapshot_in(&[], Some(git));
        for (path, want) in [
            ("a", GitStanding::Tracked),
            ("b", GitStanding::Staged),
            ("new", GitStanding::Staged),
            ("kept.log", GitStanding::Tracked),
            ("other.log", GitStanding::Ignored),
            ("other", GitStanding::Untracked),
        ] {
            assert_eq!(GitStanding::of(&known, path), want, "{path}");
        }
        assert_eq!(GitStanding::of(&snapshot_in(&[], None), "a"), GitStanding::Unknown);
    }
}
