//! How a list of tracked files differs from the tree of a commit.
//!
//! Git notes in the index which directories are as a tree has them, so that of a large
//! repository only the directories are read in which something changed.

use std::collections::HashMap;

use gix_hash::ObjectId;

use super::GitError;
use super::index::{Entry, Index, NotedTree, Seen, TrackedKind};
use super::objects::Objects;

/// What a tree has under a name.
type Names = HashMap<Vec<u8>, (TrackedKind, ObjectId)>;

/// Directories in each other; git's own limit for the depth of trees is lower.
const MAX_DEPTH: usize = 4096;
/// No tree has more names in it and below: one could be made to unfold without end.
const MAX_NAMES: usize = 4_000_000;

/// A path of which two states differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Differs {
    pub(super) path: Vec<u8>,
    /// What it was.
    pub(super) before: Option<(TrackedKind, ObjectId)>,
    /// What it is.
    pub(super) after: Option<(TrackedKind, ObjectId)>,
}

/// What the index has otherwise than a tree, in no order. Of a path in conflict our side
/// counts; what is merely intended counts as not there, what lies outside the sparse
/// checkout as equal. `tree` is `None` before the first commit.
pub(super) fn difference(
    index: &Index,
    tree: Option<ObjectId>,
    objects: &Objects,
    prefix: &[u8],
) -> Result<Vec<Differs>, GitError> {
    let mut differs = Vec::new();
    let mut seen = 0;
    let mut open = vec![(Vec::new(), tree, &index.entries[..])];
    while let Some((directory, tree, mut entries)) = open.pop() {
        let noted = index.trees.get(&directory);
        if noted.is_some_and(|n| Some(n.id) == tree && n.entries == entries.len()) {
            continue;
        }
        let mut names = match tree {
            Some(id) => names(&objects.tree(id)?, id)?,
            None => Names::new(),
        };
        seen += names.len();
        if seen > MAX_NAMES || directory.iter().filter(|&&b| b == b'/').count() > MAX_DEPTH {
            let what = "the tree of a commit".to_owned();
            return Err(GitError::TooLarge { what, limit: MAX_NAMES as u64 });
        }
        while let Some((entry, rest)) = entries.split_first() {
            let name = &entry.path[directory.len()..];
            let Some(slash) = memchr::memchr(b'/', name) else {
                entries = rest;
                compare(entry, &directory, name, &mut names, &mut differs);
                continue;
            };
            let below = &entry.path[..=directory.len() + slash];
            let end = entries.partition_point(|entry| entry.path.starts_with(below));
            let (inside, after) = entries.split_at(end.max(1));
            entries = after;
            let same_name = names.remove(&name[..slash]);
            if entry.kind == TrackedKind::SparseDirectory {
                continue;
            }
            let tree = match same_name {
                Some((TrackedKind::SparseDirectory, id)) => Some(id),
                Some(before) => {
                    let path = entry.path[..directory.len() + slash].to_vec();
                    differs.push(Differs { path, before: Some(before), after: None });
                    None
                }
                None => None,
            };
            if meets(below, prefix) {
                open.push((below.to_vec(), tree, inside));
            }
        }
        for (name, before) in names {
            let mut path = [&directory[..], &name[..]].concat();
            match before {
                (TrackedKind::SparseDirectory, id) => {
                    path.push(b'/');
                    if meets(&path, prefix) {
                        open.push((path, Some(id), &[]));
                    }
                }
                before => differs.push(Differs { path, before: Some(before), after: None }),
            }
        }
    }
    differs.retain(|differs| differs.path.starts_with(prefix));
    Ok(differs)
}

/// Whether something below the prefix may lie in the directory.
fn meets(directory: &[u8], prefix: &[u8]) -> bool {
    directory.starts_with(prefix) || prefix.starts_with(directory)
}

fn compare(
    entry: &Entry,
    directory: &[u8],
    name: &[u8],
    names: &mut Names,
    differs: &mut Vec<Differs>,
) {
    // Of the sides of a conflict, ours is compared, and the others are no deletion.
    let stands = matches!(entry.stage, 0 | 2) && !entry.intent_to_add;
    if !stands {
        // The last side: where ours stands, it was compared before.
        if entry.stage == 3 {
            names.remove(name);
        }
        return;
    }
    let before = match names.remove(name) {
        // A file stands where a directory was.
        Some((TrackedKind::SparseDirectory, id)) => {
            names.insert(name.to_vec(), (TrackedKind::SparseDirectory, id));
            None
        }
        before => before,
    };
    let after = Some((entry.kind, entry.id));
    if before != after {
        let path = [directory, name].concat();
        differs.push(Differs { path, before, after });
    }
}

/// The tree of a commit as an index that lists its files.
pub(super) fn index_of(tree: ObjectId, objects: &Objects) -> Result<Index, GitError> {
    let mut index = Index::default();
    let mut trees = Vec::new();
    let mut open = vec![(Vec::new(), tree)];
    while let Some((directory, id)) = open.pop() {
        for (name, (kind, id)) in names(&objects.tree(id)?, id)? {
            let mut path = [&directory[..], &name[..]].concat();
            if kind == TrackedKind::SparseDirectory {
                path.push(b'/');
                open.push((path, id));
                continue;
            }
            let entry = Entry {
                path,
                id,
                kind,
                stage: 0,
                skip_worktree: false,
                intent_to_add: false,
                seen: Seen::default(),
            };
            index.entries.push(entry);
        }
        if index.entries.len() + open.len() > MAX_NAMES || directory.len() > MAX_DEPTH {
            let what = "the tree of a commit".to_owned();
            return Err(GitError::TooLarge { what, limit: MAX_NAMES as u64 });
        }
        trees.push((directory, id));
    }
    index.entries.sort_by(|a, b| a.path.cmp(&b.path));
    for (directory, id) in trees {
        let from = index.entries.partition_point(|entry| entry.path < directory);
        let entries =
            index.entries[from..].partition_point(|entry| entry.path.starts_with(&directory));
        index.trees.insert(directory, NotedTree { id, entries });
    }
    Ok(index)
}

/// Reads a tree object: mode in octal, space, name, NUL, id.
fn names(bytes: &[u8], id: ObjectId) -> Result<Names, GitError> {
    let read = |mut bytes: &[u8]| {
        let mut names = Names::new();
        while !bytes.is_empty() {
            let space = memchr::memchr(b' ', bytes)?;
            let mode = u32::from_str_radix(std::str::from_utf8(&bytes[..space]).ok()?, 8).ok()?;
            let rest = &bytes[space + 1..];
            let nul = memchr::memchr(0, rest)?;
            let (id, after) = rest[nul + 1..].split_at_checked(20)?;
            let name = rest[..nul].to_vec();
            if name.is_empty() || name.contains(&b'/') {
                return None;
            }
            names.insert(name, (TrackedKind::from_mode(mode)?, ObjectId::try_from(id).ok()?));
            bytes = after;
        }
        Some(names)
    };
    read(bytes).ok_or(GitError::Object { id: id.to_string() })
}
