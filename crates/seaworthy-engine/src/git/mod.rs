//! What git knows of the audited files, read from its own files: no `git` is
//! run, nothing is written, and nothing is read before it is asked for.
//!
//! The audited root may lie anywhere in a working tree; every path given out is
//! relative to it. The user's and the system's git configuration, global
//! excludes with them, are left out: they are no property of the repository,
//! and an audit must say the same on every machine.

mod ancestry;
mod commit;
mod config;
mod difference;
mod discover;
mod error;
mod files;
mod head;
mod index;
mod objects;
mod packs;
mod refs;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub use gix_hash::ObjectId;
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_model::{ArtifactPath, GitProvenance};

pub(crate) use commit::Date;
pub use error::GitError;
pub(crate) use index::Seen;
pub use index::TrackedKind;
pub(crate) use objects::Reader;
pub(crate) use packs::Wanted;

use config::Config;
use discover::{Layout, discover};
use head::Head;
use index::{Index, MAX_INDEX_BYTES};
use objects::Objects;

/// Commits and tags are small; what is larger was made to hurt.
const MAX_COMMIT_BYTES: usize = 64 * 1024 * 1024;
/// Git itself reads no larger ignore file.
const MAX_IGNORE_BYTES: u64 = 100 * 1024 * 1024;

/// A tracked path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedEntry {
    /// Relative to the audited root, `/`-separated; bytes that are not UTF-8
    /// are shown as U+FFFD. A sparse directory ends with `/`.
    pub path: ArtifactPath,
    /// The blob, or the commit of a submodule.
    pub id: ObjectId,
    /// What it is.
    pub kind: TrackedKind,
    /// 0, or 1 to 3 for the common ancestor, ours and theirs of a conflict.
    pub stage: u8,
    /// Outside the sparse checkout: tracked, but not in the working tree.
    pub skip_worktree: bool,
    /// Added with `--intent-to-add`: the name is tracked, the content not yet.
    pub intent_to_add: bool,
}

/// A path of which two states of the repository differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Relative to the audited root.
    pub(crate) path: String,
    /// What it was; `None` when it was not there.
    pub(crate) before: Option<(TrackedKind, ObjectId)>,
    /// What it is; `None` when it is gone.
    pub(crate) after: Option<(TrackedKind, ObjectId)>,
}

/// An opened repository. What it reads, it reads once; it may be shared between
/// threads.
pub struct Repository {
    layout: Layout,
    config: Config,
    head: Result<Head, GitError>,
    /// The audited root below the top of the working tree, empty or with a
    /// trailing slash.
    prefix: String,
    /// The index that `GIT_INDEX_FILE` names instead of the usual one.
    given_index: Option<PathBuf>,
    /// The commit that the repository is seen at, if it is not as it is.
    commit: Option<ObjectId>,
    index: OnceLock<Result<Index, GitError>>,
    tracked: OnceLock<Vec<TrackedEntry>>,
    objects: OnceLock<Result<Objects, GitError>>,
}

/// Opens the repository that `root` lies in; `None` when it lies in none.
///
/// # Errors
/// When there is something that should be a repository and cannot be read.
pub fn open(root: &Path) -> Result<Option<Repository>, GitError> {
    let root = std::fs::canonicalize(root)
        .map_err(|error| GitError::Read { path: root.to_owned(), kind: error.kind() })?;
    let Some(mut layout) = discover(&root)? else { return Ok(None) };
    let config = Config::read(&layout.common_dir, &layout.git_dir)?;
    if config.bare && !layout.is_linked() {
        layout.top = None;
    }
    let below = layout.top.as_deref().and_then(|top| root.strip_prefix(top).ok());
    let mut prefix = String::new();
    for part in below.into_iter().flat_map(Path::components) {
        prefix.push_str(&part.as_os_str().to_string_lossy());
        prefix.push('/');
    }
    let head = if config.reftable {
        Err(GitError::Unsupported { what: "the reftable storage of refs" })
    } else if config.sha256 {
        Err(GitError::Unsupported { what: "SHA-256 object names" })
    } else {
        Head::read(&layout)
    };
    let given_index =
        std::env::var_os("GIT_INDEX_FILE").and_then(|given| own(&layout, given.as_ref()));
    Ok(Some(Repository {
        layout,
        config,
        head,
        prefix,
        given_index,
        commit: None,
        index: OnceLock::new(),
        tracked: OnceLock::new(),
        objects: OnceLock::new(),
    }))
}

/// The index file that git made for a hook, if it lies in this repository: one
/// in `git commit -- file` holds another commit than the usual index, and one of
/// another repository, whose hook scans this one, is not ours.
fn own(layout: &Layout, given: &Path) -> Option<PathBuf> {
    let path = std::fs::canonicalize(given).ok()?;
    let directory = std::fs::canonicalize(&layout.git_dir).ok()?;
    path.starts_with(directory).then_some(path)
}

impl Repository {
    /// The top of the working tree; `None` for a bare repository.
    #[must_use]
    pub fn top(&self) -> Option<&Path> {
        self.layout.top.as_deref()
    }

    /// The audited root below the top, without slashes at its ends; `""` when
    /// they are the same.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.prefix.trim_end_matches('/')
    }

    /// Git's `core.ignoreCase` of this repository.
    #[must_use]
    pub fn ignore_case(&self) -> bool {
        self.config.ignore_case
    }

    /// The tracked paths below the audited root, sorted by path and stage; a
    /// path in conflict comes once for each of its stages. None before the
    /// first `git add` and for a bare repository.
    ///
    /// # Errors
    /// When the index is unreadable, corrupt or of an unsupported form.
    pub fn tracked(&self) -> Result<&[TrackedEntry], GitError> {
        let index = self.index()?;
        Ok(self.tracked.get_or_init(|| {
            let mut tracked: Vec<_> =
                index.entries.iter().filter_map(|entry| self.tracked_entry(entry)).collect();
            // Replacing bytes that are not UTF-8 may have upset git's order.
            if !tracked.is_sorted_by_key(|entry| (entry.path.as_str(), entry.stage)) {
                tracked.sort_by(|a, b| (&a.path, a.stage).cmp(&(&b.path, b.stage)));
            }
            tracked
        }))
    }

    /// How the tracked files below the audited root differ from a commit's, sorted by
    /// path; from nothing at all when there is no commit.
    ///
    /// # Errors
    /// Those of [`tracked`](Self::tracked), and when trees cannot be read.
    pub(crate) fn changes_since(&self, commit: Option<ObjectId>) -> Result<Vec<Change>, GitError> {
        let index = self.index()?;
        let objects = self.objects()?;
        let tree = commit.map(|commit| objects.tree_of_commit(commit)).transpose()?;
        let differs =
            difference::difference(index, tree, objects, self.prefix.as_bytes())?.into_iter();
        let mut changes: Vec<Change> = differs
            .filter_map(|differs| {
                let path = differs.path.strip_prefix(self.prefix.as_bytes())?;
                let path = String::from_utf8_lossy(path).into_owned();
                Some(Change { path, before: differs.before, after: differs.after })
            })
            .collect();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// The same repository, seen at a commit: what is tracked is what the commit has.
    ///
    /// # Errors
    /// When the commit or its trees cannot be read.
    pub(crate) fn at(mut self, commit: ObjectId) -> Result<Self, GitError> {
        let objects = self.objects()?;
        let index = difference::index_of(objects.tree_of_commit(commit)?, objects)?;
        self.index = OnceLock::from(Ok(index));
        self.tracked = OnceLock::new();
        self.commit = Some(commit);
        if self.layout.top.is_none() {
            self.prefix.clear();
        }
        Ok(self)
    }

    /// Whether files are tracked: everywhere but in a bare repository that is not seen
    /// at a commit.
    pub(crate) fn has_files(&self) -> bool {
        self.layout.top.is_some() || self.commit.is_some()
    }

    /// The best common ancestors of a commit and any of the others, sorted.
    ///
    /// # Errors
    /// When a commit is not there.
    pub(crate) fn merge_bases(
        &self,
        one: ObjectId,
        others: &[ObjectId],
    ) -> Result<Vec<ObjectId>, GitError> {
        let reader = self.reader(MAX_COMMIT_BYTES)?;
        let shallow = self.shallow_commits().into_iter().collect();
        ancestry::merge_bases(&reader, one, others, &shallow)
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    /// When it names none.
    pub(crate) fn commit_named(&self, revision: &str) -> Result<ObjectId, GitError> {
        let reader = self.reader(MAX_COMMIT_BYTES)?;
        let found = self.commit_of(&reader, revision);
        let lacks = || match &found {
            // The parent of the last commit that is there has a name, and is not there.
            Ok(id) => reader.commit(*id).is_err(),
            Err(error) => matches!(error, GitError::Revision { .. } | GitError::Missing { .. }),
        };
        match self.is_shallow() && lacks() {
            true => Err(GitError::NotFetched { revision: revision.to_owned() }),
            false => found,
        }
    }

    /// The commits of the branches of a remote, as they were last seen; of all remotes
    /// without a name.
    pub(crate) fn remote_tips(&self, remote: Option<&str>) -> Result<Vec<ObjectId>, GitError> {
        let below = match remote {
            Some(remote) => format!("refs/remotes/{remote}/"),
            None => "refs/remotes/".to_owned(),
        };
        refs::below(&self.layout, &below)
    }

    /// The commits that are being merged into `HEAD`, in the middle of a merge. Before
    /// it has written them down, git tells its `pre-merge-commit` hook in the names of
    /// variables.
    pub(crate) fn merged_commits(&self) -> Vec<ObjectId> {
        let path = self.layout.git_dir.join("MERGE_HEAD");
        if let Ok(Some(bytes)) = files::read_small(&path) {
            let lines = bytes.split(|&b| b == b'\n');
            return lines.filter_map(|line| ObjectId::from_hex(line).ok()).collect();
        }
        let told = std::env::vars_os().filter_map(|(name, _)| {
            ObjectId::from_hex(name.to_str()?.strip_prefix("GITHEAD_")?.as_bytes()).ok()
        });
        // Those of a merge in another repository, whose hook scans this one, are not here.
        let mut told: Vec<ObjectId> =
            told.filter(|id| self.commit_named(&id.to_string()).is_ok()).collect();
        told.sort_unstable();
        told
    }

    /// The branch at `HEAD`.
    pub(crate) fn branch(&self) -> Option<&str> {
        self.head.as_ref().ok().and_then(|head| head.branch.as_deref())
    }

    /// Whether older history is missing.
    pub(crate) fn is_shallow(&self) -> bool {
        self.layout.common_dir.join("shallow").is_file()
    }

    /// What the files of the working tree looked like when git last read them, with the
    /// blobs that they held, by path.
    pub(crate) fn looks(&self) -> Result<HashMap<String, (ObjectId, Seen)>, GitError> {
        let prefix = self.prefix.as_bytes();
        let entries = self.index()?.entries.iter();
        let plain = entries.filter(|entry| entry.stage == 0 && !entry.intent_to_add);
        Ok(plain
            .filter(|entry| matches!(entry.kind, TrackedKind::File { .. }))
            .filter_map(|entry| {
                let path = entry.path.strip_prefix(prefix)?;
                Some((String::from_utf8_lossy(path).into_owned(), (entry.id, entry.seen)))
            })
            .collect())
    }

    /// The index file.
    pub(crate) fn index_path(&self) -> PathBuf {
        self.given_index.clone().unwrap_or_else(|| self.layout.git_dir.join("index"))
    }

    /// The content of a blob, for instance of a tracked file as it is in the
    /// index. Its size is looked up before it is read.
    ///
    /// # Errors
    /// When it is missing, corrupt, no blob or larger than `limit` bytes.
    pub fn read_blob(&self, id: ObjectId, limit: u64) -> Result<Vec<u8>, GitError> {
        self.objects()?.blob(id, limit)
    }

    /// A reader of many objects, for one thread; none may be larger than `limit`
    /// bytes.
    pub(crate) fn reader(&self, limit: usize) -> Result<Reader, GitError> {
        if self.config.sha256 {
            return Err(GitError::Unsupported { what: "SHA-256 object names" });
        }
        Reader::open(&self.layout.common_dir, limit)
    }

    /// The commit at `HEAD`; `None` before the first one.
    pub(crate) fn head_commit(&self) -> Option<ObjectId> {
        self.head.as_ref().ok().and_then(|head| head.commit)
    }

    /// The commit at `HEAD`; `None` before the first one.
    ///
    /// # Errors
    /// When it cannot be told.
    pub(crate) fn head(&self) -> Result<Option<ObjectId>, GitError> {
        self.head.as_ref().map(|head| head.commit).map_err(Clone::clone)
    }

    /// The commits that `HEAD`, all branches, tags and other refs point to.
    pub(crate) fn tips(&self, reader: &Reader) -> Result<Vec<ObjectId>, GitError> {
        let tips = refs::tips(&self.layout, self.head.as_ref().map_err(Clone::clone)?)?;
        let mut commits: Vec<ObjectId> =
            tips.into_iter().filter_map(|id| refs::peel(reader, id).ok().flatten()).collect();
        commits.sort_unstable();
        commits.dedup();
        Ok(commits)
    }

    /// The commit that a revision such as `main`, `v1.2~3` or `1a2b3c4d` names.
    pub(crate) fn commit_of(&self, reader: &Reader, revision: &str) -> Result<ObjectId, GitError> {
        let head = self.head.as_ref().map_err(Clone::clone)?;
        refs::commit_of(&self.layout, head, reader, revision)
    }

    /// The commits at which a shallow clone ends: their parents are not there.
    pub(crate) fn shallow_commits(&self) -> Vec<ObjectId> {
        let path = self.layout.common_dir.join("shallow");
        let bytes = files::read(&path, MAX_IGNORE_BYTES).ok().flatten().unwrap_or_default();
        bytes.split(|&b| b == b'\n').filter_map(|line| ObjectId::from_hex(line).ok()).collect()
    }

    /// Shows all wanted blobs of all packs.
    pub(crate) fn read_packs(&self, wanted: &Wanted<'_>) {
        packs::read_packs(&self.layout.common_dir, wanted);
    }

    /// The text of `.git/info/exclude`, if there is one.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn exclude_text(&self) -> Result<Option<String>, GitError> {
        let bytes = files::read(&self.layout.common_dir.join("info/exclude"), MAX_IGNORE_BYTES)?;
        Ok(bytes.map(text_of))
    }

    /// The `.gitignore` files between the top of the working tree and the
    /// audited root, the root's own excepted: path relative to the top, and
    /// text. As with git, a symbolic link is not followed.
    ///
    /// # Errors
    /// When one is there and cannot be read.
    pub fn parent_ignores(&self) -> Result<Vec<(ArtifactPath, String)>, GitError> {
        let mut found = Vec::new();
        let Some(top) = &self.layout.top else { return Ok(found) };
        let mut path = top.clone();
        let mut prefix = String::new();
        for name in self.prefix.split_terminator('/') {
            let file = path.join(".gitignore");
            if std::fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file())
                && let Some(bytes) = files::read(&file, MAX_IGNORE_BYTES)?
            {
                found.push((ArtifactPath::new(format!("{prefix}.gitignore")), text_of(bytes)));
            }
            path.push(name);
            prefix.push_str(name);
            prefix.push('/');
        }
        Ok(found)
    }

    /// The ignore rules from outside the audited root: `info/exclude` and the
    /// `.gitignore` files above. The caller adds those inside.
    ///
    /// # Errors
    /// Those of [`exclude_text`](Self::exclude_text) and
    /// [`parent_ignores`](Self::parent_ignores).
    pub fn outer_ignore_rules(&self) -> Result<IgnoreRules, GitError> {
        let mut rules = IgnoreRules::new(self.config.ignore_case).below(&self.prefix);
        for (path, text) in self.parent_ignores()? {
            rules.add(IgnoreSource::Above { path }, text);
        }
        if let Some(text) = self.exclude_text()? {
            rules.add(IgnoreSource::InfoExclude, text);
        }
        Ok(rules)
    }

    /// Where the audited files come from.
    #[must_use]
    pub fn provenance(&self) -> GitProvenance {
        let head = self.head.as_ref().ok();
        GitProvenance {
            repository_uri: self.config.origin.clone(),
            revision: self
                .commit
                .or_else(|| head.and_then(|head| head.commit))
                .map(|id| id.to_string()),
            branch: head
                .filter(|head| self.commit.is_none() || self.commit == head.commit)
                .and_then(|head| head.branch.clone()),
            prefix: self.prefix().to_owned(),
        }
    }

    /// What cannot be known of this repository or is not whole, one phrase
    /// each. Reads the index.
    #[must_use]
    pub fn limits(&self) -> Vec<String> {
        let mut limits = Vec::new();
        if !self.has_files() {
            limits.push("the repository is bare: no path counts as tracked".to_owned());
        }
        if self.layout.common_dir.join("shallow").is_file() {
            limits.push("the clone is shallow: older history is missing".to_owned());
        }
        if self.config.partial_clone {
            limits.push("the clone is partial: some objects may be missing".to_owned());
        }
        if let Err(error) = &self.head {
            limits.push(format!("HEAD is unknown: {error}"));
        }
        match self.tracked() {
            Err(error) => limits.push(format!("the tracked paths are unknown: {error}")),
            Ok(tracked) => {
                if self.config.sparse_checkout || tracked.iter().any(|entry| entry.skip_worktree) {
                    limits.push(
                        "the checkout is sparse: some tracked files are not there".to_owned(),
                    );
                }
                if tracked.iter().any(|entry| entry.stage != 0) {
                    limits.push(
                        "a merge is in conflict: some paths have several versions".to_owned(),
                    );
                }
            }
        }
        limits
    }

    fn index(&self) -> Result<&Index, GitError> {
        self.index.get_or_init(|| self.read_index()).as_ref().map_err(Clone::clone)
    }

    fn read_index(&self) -> Result<Index, GitError> {
        if self.layout.top.is_none() {
            return Ok(Index::default());
        }
        if self.config.sha256 {
            return Err(GitError::Unsupported { what: "SHA-256 object names" });
        }
        let path = self.index_path();
        let Some(bytes) = files::read(&path, MAX_INDEX_BYTES)? else { return Ok(Index::default()) };
        let index = Index::parse(&bytes).map_err(|reason| GitError::Index { path, reason })?;
        if index.split {
            return Err(GitError::Unsupported {
                what: "a split index (`git update-index --no-split-index` joins it)",
            });
        }
        Ok(index)
    }

    fn objects(&self) -> Result<&Objects, GitError> {
        if self.config.sha256 {
            return Err(GitError::Unsupported { what: "SHA-256 object names" });
        }
        self.objects
            .get_or_init(|| Objects::open(&self.layout.common_dir))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The entry relative to the audited root; `None` when it lies outside.
    fn tracked_entry(&self, entry: &index::Entry) -> Option<TrackedEntry> {
        let path = entry.path.strip_prefix(self.prefix.as_bytes())?;
        if path.is_empty() {
            return None;
        }
        Some(TrackedEntry {
            path: ArtifactPath::new(String::from_utf8_lossy(path)),
            id: entry.id,
            kind: entry.kind,
            stage: entry.stage,
            skip_worktree: entry.skip_worktree,
            intent_to_add: entry.intent_to_add,
        })
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository")
            .field("layout", &self.layout)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
pub(crate) mod tests;
