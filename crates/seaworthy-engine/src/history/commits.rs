//! The commits of a range, the oldest first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use crate::git::{Date, GitError, ObjectId, Reader, Repository};

/// How many commits are walked.
const MAX_COMMITS: usize = 4_000_000;

/// A commit of the range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Commit {
    pub(super) id: ObjectId,
    pub(super) tree: ObjectId,
    pub(super) authored: Date,
    /// Whether it is in the past of `HEAD`, not on another branch.
    pub(super) is_past: bool,
}

/// The commits of a range.
#[derive(Debug, Default)]
pub(super) struct Commits {
    /// Parents before their children, else the oldest first.
    pub(super) ordered: Vec<Commit>,
    /// Commits just before the range, whose content is not of it.
    pub(super) before: Vec<ObjectId>,
    /// Commits that should be there and are not, or are corrupt.
    pub(super) missing: usize,
    /// Whether there were more than are walked.
    pub(super) cut: bool,
}

/// What a range names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Range {
    /// Where the walk begins; everywhere when `None`.
    to: Option<ObjectId>,
    /// The commit whose past is left out.
    from: Option<ObjectId>,
}

impl Range {
    /// Whether all of the history is meant.
    pub(super) fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Reads `A..B`, `A..`, `..B` or `B`; an end that is left out is `HEAD`. All
    /// history is meant by the empty range.
    pub(crate) fn read(text: &str, repository: &Repository) -> Result<Self, GitError> {
        let reader = repository.reader(super::MAX_TREE_BYTES)?;
        let commit = |name: &str| match name {
            "" => repository.commit_of(&reader, "HEAD"),
            name => repository.commit_of(&reader, name),
        };
        let unknown = || GitError::Revision { revision: text.to_owned() };
        match text.split_once("..") {
            _ if text.is_empty() => Ok(Self::default()),
            None => Ok(Self { to: Some(commit(text)?), from: None }),
            Some((_, to)) if to.starts_with('.') => Err(unknown()),
            Some((from, to)) => Ok(Self { to: Some(commit(to)?), from: Some(commit(from)?) }),
        }
    }
}

/// A commit in the making of the order.
struct Node {
    commit: Commit,
    parents: Vec<ObjectId>,
    committed: i64,
}

/// Walks the commits of the range.
pub(super) fn commits(
    repository: &Repository,
    reader: &Reader,
    range: &Range,
) -> Result<Commits, GitError> {
    let mut commits = Commits::default();
    let shallow: HashSet<ObjectId> = repository.shallow_commits().into_iter().collect();
    let excluded = match range.from {
        Some(from) => past(reader, vec![from], &shallow, &mut commits),
        None => HashSet::new(),
    };
    let tips = match range.to {
        Some(to) => vec![to],
        None => repository.tips(reader)?,
    };
    let mut nodes: HashMap<ObjectId, Node> = HashMap::new();
    let mut before: HashSet<ObjectId> = range.from.into_iter().collect();
    let mut seen: HashSet<ObjectId> = tips.iter().copied().collect();
    let mut open = tips;
    while let Some(id) = open.pop() {
        if excluded.contains(&id) {
            before.insert(id);
            continue;
        }
        if nodes.len() >= MAX_COMMITS {
            commits.cut = true;
            break;
        }
        let Ok(mut read) = reader.commit(id) else {
            commits.missing += 1;
            continue;
        };
        if shallow.contains(&id) {
            read.parents.clear();
        }
        open.extend(read.parents.iter().copied().filter(|&parent| seen.insert(parent)));
        let commit = Commit { id, tree: read.tree, authored: read.authored, is_past: false };
        nodes.insert(id, Node { commit, parents: read.parents, committed: read.committed });
    }
    let mut open: Vec<ObjectId> = repository.head_commit().into_iter().collect();
    while let Some(id) = open.pop() {
        // `HEAD` may be in front of the range.
        let Some(node) = nodes.get_mut(&id) else { continue };
        if !std::mem::replace(&mut node.commit.is_past, true) {
            open.extend_from_slice(&node.parents);
        }
    }
    commits.before = before.into_iter().collect();
    commits.before.sort_unstable();
    commits.ordered = ordered(&nodes);
    Ok(commits)
}

/// The commits and all that they build on.
fn past(
    reader: &Reader,
    mut open: Vec<ObjectId>,
    shallow: &HashSet<ObjectId>,
    commits: &mut Commits,
) -> HashSet<ObjectId> {
    let mut seen: HashSet<ObjectId> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        if seen.len() > MAX_COMMITS {
            commits.cut = true;
            break;
        }
        match reader.commit(id) {
            Ok(_) if shallow.contains(&id) => {}
            Ok(commit) => open.extend(commit.parents.into_iter().filter(|p| seen.insert(*p))),
            Err(_) => commits.missing += 1,
        }
    }
    seen
}

/// Parents before children, and of those that are ready the oldest.
fn ordered(nodes: &HashMap<ObjectId, Node>) -> Vec<Commit> {
    let mut waiting: HashMap<ObjectId, usize> = HashMap::new();
    let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    let mut ready = BinaryHeap::new();
    for (id, node) in nodes {
        let mut parents: Vec<ObjectId> =
            node.parents.iter().copied().filter(|parent| nodes.contains_key(parent)).collect();
        parents.sort_unstable();
        parents.dedup();
        if parents.is_empty() {
            ready.push(Reverse((node.committed, *id)));
        }
        waiting.insert(*id, parents.len());
        for parent in parents {
            children.entry(parent).or_default().push(*id);
        }
    }
    let mut ordered = Vec::with_capacity(nodes.len());
    while let Some(Reverse((_, id))) = ready.pop() {
        ordered.push(nodes[&id].commit);
        for child in children.remove(&id).into_iter().flatten() {
            let left = waiting.entry(child).or_default();
            *left = left.saturating_sub(1);
            if *left == 0 {
                ready.push(Reverse((nodes[&child].committed, child)));
            }
        }
    }
    ordered
}
