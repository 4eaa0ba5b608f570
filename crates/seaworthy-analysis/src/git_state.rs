//! What git knows of the snapshot, as plain data that the engine fills in.

use seaworthy_formats::gitignore::{IgnoreRules, Verdict};

/// Tracked paths and ignore rules of the repository.
#[derive(Debug)]
pub struct GitState {
    tracked: Vec<String>,
    ignore: IgnoreRules,
}

impl GitState {
    /// State from the paths in the index, relative to the audited root, and the
    /// ignore rules that apply to it.
    #[must_use]
    pub fn new(mut tracked: Vec<String>, ignore: IgnoreRules) -> Self {
        tracked.sort_unstable();
        tracked.dedup();
        Self { tracked, ignore }
    }

    /// The paths in the index, sorted.
    #[must_use]
    pub fn tracked(&self) -> &[String] {
        &self.tracked
    }

    /// Whether the index holds the path.
    #[must_use]
    pub fn is_tracked(&self, path: &str) -> bool {
        self.tracked.binary_search_by(|entry| entry.as_str().cmp(path)).is_ok()
    }

    /// Whether the index holds anything below the directory (`""` is the root).
    #[must_use]
    pub fn tracks_below(&self, directory: &str) -> bool {
        if directory.is_empty() {
            return !self.tracked.is_empty();
        }
        let prefix = format!("{directory}/");
        let at = self.tracked.partition_point(|entry| entry.as_str() < prefix.as_str());
        self.tracked.get(at).is_some_and(|entry| entry.starts_with(&prefix))
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
