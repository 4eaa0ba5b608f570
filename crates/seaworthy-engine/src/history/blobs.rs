//! The blobs that a range of commits introduced, each with the first commit that had
//! it and its path there.
//!
//! The commits are walked from the oldest on, and each tree is read once: what it
//! holds was introduced when it came by first.

use std::collections::{HashMap, HashSet};

use gix_object::Kind;

use super::commits::{Commit, Commits};
use super::trees::Trees;
use crate::git::{GitError, ObjectId, Reader, Repository};

/// How many blobs are looked at.
const MAX_BLOBS: usize = 4_000_000;
/// How many bytes of trees are read.
const MAX_BYTES: u64 = 8 << 30;
/// Directories in each other, and the bytes of one name.
const MAX_DEPTH: u16 = 512;
const MAX_NAME: usize = 4_096;

/// A blob that some commit introduced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blob {
    pub(super) id: ObjectId,
    /// The number of the commit in their order.
    pub(super) commit: u32,
    directory: u32,
    name: Name,
}

/// The place of a name among all names.
#[derive(Clone, Copy, Debug)]
struct Name {
    start: u32,
    length: u16,
}

#[derive(Clone, Copy, Debug)]
struct Directory {
    parent: u32,
    depth: u16,
    name: Name,
}

/// The audited root.
const ROOT: u32 = 0;

/// The blobs of a range.
#[derive(Debug)]
pub(super) struct Blobs {
    blobs: Vec<Blob>,
    by_id: HashMap<ObjectId, u32>,
    directories: Vec<Directory>,
    names: Vec<u8>,
    seen: HashSet<ObjectId>,
    bytes: u64,
    /// Trees that should be there and are not, or are corrupt.
    pub(super) missing: usize,
    /// Whether there was more than is looked at.
    pub(super) cut: bool,
}

/// Stands in for a blob that is not of the range.
const ELSEWHERE: u32 = u32::MAX;

impl Blobs {
    /// The blobs that the commits introduced below the audited root, but for those
    /// that `HEAD` has, if it is checked out, and those from before the range.
    pub(super) fn introduced(
        repository: &Repository,
        reader: &Reader,
        trees: &Trees,
        commits: &Commits,
    ) -> Self {
        let source = Source { reader, trees };
        let nowhere = Directory { parent: ROOT, depth: 0, name: Name { start: 0, length: 0 } };
        let mut blobs = Self {
            blobs: Vec::new(),
            by_id: HashMap::new(),
            directories: vec![nowhere],
            names: Vec::new(),
            seen: HashSet::new(),
            bytes: 0,
            missing: 0,
            cut: false,
        };
        let prefix = repository.prefix();
        let head = repository.head_commit().filter(|_| repository.top().is_some());
        for &id in head.iter().chain(&commits.before) {
            match reader.commit(id) {
                Ok(commit) => blobs.add(&source, commit.tree, prefix, ELSEWHERE),
                Err(_) => blobs.missing += 1,
            }
        }
        for (number, Commit { tree, .. }) in (0..ELSEWHERE).zip(&commits.ordered) {
            blobs.add(&source, *tree, prefix, number);
        }
        blobs.seen = HashSet::new();
        blobs
    }

    /// Adds what a commit's tree has and none before it had.
    fn add(&mut self, source: &Source<'_>, root: ObjectId, prefix: &str, commit: u32) {
        let mut tree = root;
        for name in prefix.split_terminator('/') {
            let found = self.read(source, tree, |bytes| {
                entries(bytes)
                    .find(|entry| entry.is_tree() && entry.name == name.as_bytes())
                    .map(|entry| entry.id)
            });
            match found {
                Some(Some(found)) => tree = found,
                _ => return,
            }
        }
        let mut open = vec![(tree, ROOT)];
        while let Some((tree, directory)) = open.pop() {
            if self.cut || !self.seen.insert(tree) {
                continue;
            }
            let read = source.with(tree, |bytes| {
                self.bytes += bytes.len() as u64;
                for entry in entries(bytes) {
                    if entry.is_tree() {
                        if !self.seen.contains(&entry.id)
                            && let Some(inner) = self.directory(directory, entry.name)
                        {
                            open.push((entry.id, inner));
                        }
                    } else if entry.is_file() {
                        self.blob(directory, &entry, commit);
                    }
                }
                Some(())
            });
            self.missing += usize::from(read.is_err());
            self.cut |= self.bytes > MAX_BYTES;
        }
    }

    /// A directory in another; `None` when they nest too deep.
    fn directory(&mut self, parent: u32, name: &[u8]) -> Option<u32> {
        let depth = self.directories[parent as usize].depth + 1;
        let at = u32::try_from(self.directories.len()).ok()?;
        if depth > MAX_DEPTH {
            self.cut = true;
            return None;
        }
        let name = self.name(name)?;
        self.directories.push(Directory { parent, depth, name });
        Some(at)
    }

    fn blob(&mut self, directory: u32, entry: &Entry<'_>, commit: u32) {
        if self.by_id.contains_key(&entry.id) {
            return;
        }
        if self.by_id.len() >= MAX_BLOBS {
            self.cut = true;
            return;
        }
        let number = match commit {
            ELSEWHERE => ELSEWHERE,
            _ => {
                let Some(name) = self.name(entry.name) else { return };
                self.blobs.push(Blob { id: entry.id, commit, directory, name });
                u32::try_from(self.blobs.len() - 1).unwrap_or(ELSEWHERE)
            }
        };
        self.by_id.insert(entry.id, number);
    }

    fn name(&mut self, name: &[u8]) -> Option<Name> {
        let length = u16::try_from(name.len()).ok().filter(|_| name.len() <= MAX_NAME);
        let start = u32::try_from(self.names.len()).ok();
        let Some((start, length)) = start.zip(length) else {
            self.cut = true;
            return None;
        };
        self.names.extend_from_slice(name);
        Some(Name { start, length })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.blobs.len()
    }

    /// All of them, by their numbers.
    pub(super) fn all(&self) -> &[Blob] {
        &self.blobs
    }

    /// The number of a blob of the range.
    pub(super) fn number(&self, id: &ObjectId) -> Option<usize> {
        self.by_id.get(id).filter(|&&number| number != ELSEWHERE).map(|&number| number as usize)
    }

    /// The path of a blob in its first commit, relative to the audited root.
    pub(super) fn path(&self, blob: &Blob) -> String {
        let text = |name: Name| {
            let start = name.start as usize;
            String::from_utf8_lossy(&self.names[start..start + usize::from(name.length)])
        };
        let mut parts = vec![text(blob.name)];
        let mut at = blob.directory;
        while at != ROOT {
            let directory = self.directories[at as usize];
            parts.push(text(directory.name));
            at = directory.parent;
        }
        parts.reverse();
        parts.join("/")
    }

    fn read<T>(
        &mut self,
        source: &Source<'_>,
        tree: ObjectId,
        look: impl FnOnce(&[u8]) -> T,
    ) -> Option<T> {
        let bytes = &mut self.bytes;
        let read = source.with(tree, |tree| {
            *bytes += tree.len() as u64;
            Some(look(tree))
        });
        self.cut |= self.bytes > MAX_BYTES;
        if read.is_err() {
            self.missing += 1;
        }
        read.ok()
    }
}

/// Where trees come from.
struct Source<'s> {
    reader: &'s Reader,
    trees: &'s Trees,
}

impl Source<'_> {
    fn with<T>(
        &self,
        tree: ObjectId,
        look: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, GitError> {
        match self.trees.get(&tree) {
            Some(bytes) => look(bytes).ok_or(GitError::Object { id: tree.to_string() }),
            None => self.reader.with(tree, Kind::Tree, look),
        }
    }
}

/// An entry of a tree object.
struct Entry<'t> {
    mode: u32,
    name: &'t [u8],
    id: ObjectId,
}

impl Entry<'_> {
    fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }
}

/// The entries up to the first that makes no sense: mode in octal, space, name, NUL,
/// id.
fn entries(mut bytes: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    std::iter::from_fn(move || {
        let space = bytes.iter().take(8).position(|&byte| byte == b' ')?;
        let digits = &bytes[..space];
        let mode = digits.iter().try_fold(0_u32, |mode, digit| match digit {
            b'0'..=b'7' => Some(mode << 3 | u32::from(digit - b'0')),
            _ => None,
        })?;
        let rest = &bytes[space + 1..];
        let nul = memchr::memchr(0, rest)?;
        let (id, after) = rest[nul + 1..].split_at_checked(20)?;
        bytes = after;
        Some(Entry { mode, name: &rest[..nul], id: ObjectId::try_from(id).ok()? })
    })
}
