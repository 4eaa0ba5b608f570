//! What the next commit would add or change: the index against `HEAD`'s tree.
//!
//! Only trees of directories that the index knows are read, each once, so that
//! a tree made to unfold without end costs nothing.

use std::collections::HashMap;

use gix_hash::ObjectId;

use super::GitError;
use super::index::{Entry, Index, TrackedKind};
use super::objects::Objects;

/// What `HEAD` has under a name.
type Names = HashMap<Vec<u8>, (TrackedKind, ObjectId)>;

/// Directories open at once; git's own limit for the depth of trees is lower.
const MAX_DEPTH: usize = 4096;

/// The entries of the index that `HEAD` lacks or has otherwise; the flag tells
/// new ones. Entries in conflict, merely intended or standing for a whole
/// sparse directory are passed over. `head` is `HEAD`'s tree, `None` before the
/// first commit.
pub(super) fn staged<'i>(
    index: &'i Index,
    head: Option<ObjectId>,
    objects: &Objects,
    prefix: &[u8],
) -> Result<Vec<(&'i Entry, bool)>, GitError> {
    if head.is_some() && head == index.tree {
        return Ok(Vec::new());
    }
    let mut open = OpenTrees { objects, trees: Vec::new() };
    open.push(Vec::new(), head)?;
    let mut staged = Vec::new();
    for entry in &index.entries {
        let passed_over = entry.stage != 0
            || entry.intent_to_add
            || entry.kind == TrackedKind::SparseDirectory
            || !entry.path.starts_with(prefix);
        if passed_over {
            continue;
        }
        match open.find(&entry.path)? {
            None => staged.push((entry, true)),
            Some((kind, id)) if kind != entry.kind || id != entry.id => staged.push((entry, false)),
            Some(_) => {}
        }
    }
    Ok(staged)
}

/// The trees from the root down to the directory last asked for. The index is
/// sorted, so all entries of a directory come together.
struct OpenTrees<'o> {
    objects: &'o Objects,
    /// Directory with its trailing slash, and what is in it.
    trees: Vec<(Vec<u8>, Names)>,
}

impl OpenTrees<'_> {
    fn find(&mut self, path: &[u8]) -> Result<Option<(TrackedKind, ObjectId)>, GitError> {
        while self.trees.last().is_some_and(|(directory, _)| !path.starts_with(directory)) {
            self.trees.pop();
        }
        loop {
            let Some((directory, names)) = self.trees.last() else { return Ok(None) };
            let rest = &path[directory.len()..];
            let Some(slash) = memchr::memchr(b'/', rest) else {
                return Ok(names.get(rest).copied());
            };
            let id = match names.get(&rest[..slash]) {
                Some((TrackedKind::SparseDirectory, id)) if self.trees.len() < MAX_DEPTH => *id,
                _ => return Ok(None),
            };
            let deeper = path[..=directory.len() + slash].to_vec();
            self.push(deeper, Some(id))?;
        }
    }

    fn push(&mut self, directory: Vec<u8>, id: Option<ObjectId>) -> Result<(), GitError> {
        let names = match id {
            Some(id) => {
                let bytes = self.objects.tree(id)?;
                names(&bytes).ok_or(GitError::Object { id: id.to_string() })?
            }
            None => Names::new(),
        };
        self.trees.push((directory, names));
        Ok(())
    }
}

/// Reads a tree object: mode in octal, space, name, NUL, id.
fn names(mut bytes: &[u8]) -> Option<Names> {
    let mut names = Names::new();
    while !bytes.is_empty() {
        let space = memchr::memchr(b' ', bytes)?;
        let mode = u32::from_str_radix(std::str::from_utf8(&bytes[..space]).ok()?, 8).ok()?;
        let rest = &bytes[space + 1..];
        let nul = memchr::memchr(0, rest)?;
        let (id, after) = rest[nul + 1..].split_at_checked(20)?;
        names.insert(
            rest[..nul].to_vec(),
            (TrackedKind::from_mode(mode)?, ObjectId::try_from(id).ok()?),
        );
        bytes = after;
    }
    Some(names)
}
