//! What is new: the files and lines that the state that is looked at has and earlier
//! states have not.
//!
//! A line is new when it is new against each of the earlier states. So nothing counts in
//! the commit of a merge that one of its sides had already, and nothing in a push that
//! the remote has on another branch.

mod disk;
mod earlier;
mod lines;
mod mark;
mod renames;
mod scope;
mod since;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use gix_hash::ObjectId;
use seaworthy_analysis::{Difference, Differing, GitState, Snapshot, is_searched_only, roles};
use seaworthy_model::ArtifactPath;

use crate::archive::container;
use crate::decode::decode;
use crate::gather::Files;
use crate::git::{Change, GitError, Repository, TrackedKind};

pub(crate) use scope::Scope;
pub(crate) use since::told;
pub use since::{Since, View};

/// The most programs that are compared to say what of a change a rule sees.
const MOST_COMPARED: usize = 200;

/// What a file was in an earlier state.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Was {
    /// Its path then.
    path: String,
    blob: ObjectId,
}

/// How one earlier state differs from the one that is looked at.
#[derive(Debug, Default)]
struct Base {
    /// The files that were added, changed or renamed since, with what they were.
    changed: HashMap<String, Option<Was>>,
    /// The plain files that are gone or bear another name now.
    gone: BTreeMap<String, ObjectId>,
    /// Whether anything else came, went or became something else: a link, a submodule.
    has_others: bool,
}

/// What is new against earlier states.
pub(crate) struct Changes {
    bases: Vec<Base>,
    repository: Arc<Repository>,
    limit: u64,
    /// The files that differ from each earlier state.
    files: BTreeSet<String>,
}

impl Changes {
    /// Compares what is tracked, or what lies on disk, with earlier states.
    pub(crate) fn new(
        repository: &Arc<Repository>,
        since: &Since,
        tip: Option<ObjectId>,
        limit: u64,
    ) -> Result<Self, GitError> {
        let mut bases = Vec::new();
        for commit in since::bases(repository, since, tip)? {
            bases.push(repository.changes_since(commit)?);
        }
        let bases = bases.into_iter().map(|changes| base(repository, limit, changes)).collect();
        Ok(Self::of(bases, repository, limit))
    }

    /// The same for the working tree: git knows which of its files are not as the index
    /// has them.
    pub(crate) fn on_disk(
        repository: &Arc<Repository>,
        since: &Since,
        tip: Option<ObjectId>,
        limit: u64,
        files: &Files,
        git: Option<&GitState>,
    ) -> Result<Self, GitError> {
        let disk = disk::differences(repository, files, git)?;
        let mut bases = Vec::new();
        for commit in since::bases(repository, since, tip)? {
            let changes = disk::laid_over(repository.changes_since(commit)?, &disk);
            bases.push(base(repository, limit, changes));
        }
        Ok(Self::of(bases, repository, limit))
    }

    fn of(bases: Vec<Base>, repository: &Arc<Repository>, limit: u64) -> Self {
        let mut each = bases.iter().map(|base| base.changed.keys().cloned().collect());
        let first: BTreeSet<String> = each.next().unwrap_or_default();
        let files = each.fold(first, |all, these| all.intersection(&these).cloned().collect());
        Self { bases, repository: Arc::clone(repository), limit, files }
    }

    /// Whether the file is not as some earlier state has it; archives count with what is
    /// in them.
    pub(crate) fn touches(&self, path: &str) -> bool {
        self.files.contains(container(path))
    }

    /// The paths that no earlier state has as they are, for those who ask whether a file
    /// is part of the next commit.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.files.iter().cloned().collect()
    }

    /// How the files of the snapshot differ from those of the earlier states.
    pub(crate) fn difference(&self, snapshot: &Snapshot) -> Difference {
        match self.searched(snapshot) {
            Some(files) => Difference::of_searched(files, snapshot),
            None => Difference::of_anything(),
        }
    }

    /// The programs that differ; `None` where anything else does, or they are too many to
    /// look at each.
    fn searched(&self, snapshot: &Snapshot) -> Option<Vec<Differing>> {
        let paths = self.bases.iter().flat_map(|base| base.changed.keys().chain(base.gone.keys()));
        let paths: BTreeSet<&String> = paths.collect();
        let others = self.bases.iter().any(|base| base.has_others);
        if others || paths.len() > MOST_COMPARED || !paths.iter().all(|it| is_searched_only(it)) {
            return None;
        }
        paths.into_iter().map(|path| self.differing(snapshot, path)).collect()
    }

    /// A file in all the states; `None` where it cannot be read in one of them.
    fn differing(&self, snapshot: &Snapshot, path: &str) -> Option<Differing> {
        // Nobody reads vendored files, but they have paths.
        let unread = path.split('/').any(roles::is_vendored_directory).then(|| Arc::from(""));
        let now = match self.bases.iter().any(|base| base.gone.contains_key(path)) {
            true => None,
            false => {
                let read = || Some(Arc::from(snapshot.text(snapshot.artifact(path)?)?));
                Some(unread.clone().or_else(read)?)
            }
        };
        let former = |base: &Base| {
            let blob = match (base.changed.get(path), base.gone.get(path)) {
                (Some(Some(was)), _) if was.path == path => was.blob,
                (_, Some(gone)) => *gone,
                (Some(_), None) => return Some(None),
                (None, None) => return Some(now.clone()),
            };
            Some(Some(unread.clone().or_else(|| self.text(blob))?))
        };
        let former = self.bases.iter().map(former).collect::<Option<Vec<_>>>()?;
        let texts = std::iter::once(now.clone()).chain(former).collect();
        Some(Differing { path: ArtifactPath::new(path), texts })
    }

    fn text(&self, blob: ObjectId) -> Option<Arc<str>> {
        let bytes = self.repository.read_blob(blob, self.limit).ok()?;
        Some(decode(bytes).ok()?.text)
    }
}

/// Sorts changes by what they mean for rules, which see plain files only.
fn base(repository: &Repository, limit: u64, changes: Vec<Change>) -> Base {
    let plain = |side: Option<(TrackedKind, ObjectId)>| match side {
        Some((TrackedKind::File { .. }, id)) => Some(id),
        _ => None,
    };
    let mut base = Base::default();
    let mut added: BTreeMap<String, ObjectId> = BTreeMap::new();
    for change in changes {
        match (plain(change.before), plain(change.after)) {
            (Some(before), Some(after)) if before != after => {
                let was = Was { path: change.path.clone(), blob: before };
                base.changed.insert(change.path, Some(was));
            }
            (None, Some(after)) => drop(added.insert(change.path, after)),
            (Some(before), None) => drop(base.gone.insert(change.path, before)),
            // Only whether it may be run.
            (Some(_), Some(_)) => {}
            // Nothing that is read, though it has a path.
            (None, None) => base.has_others = true,
        }
    }
    let text = |id: ObjectId| {
        let bytes = repository.read_blob(id, limit.min(renames::MAX_BYTES)).ok()?;
        decode(bytes).ok().map(|source| source.text)
    };
    let renamed = renames::renamed(&base.gone, &added, &text);
    for path in added.into_keys() {
        let was = renamed.get(&path).map(|old| Was { path: old.clone(), blob: base.gone[old] });
        base.changed.insert(path, was);
    }
    base
}

/// The path of an artifact as a key.
fn key(path: &ArtifactPath) -> &str {
    container(path.as_str())
}
