//! The index: what git tracks.
//!
//! Read by hand, since the ready-made reader maps the file, recurses as deep as
//! its extensions nest and so can be made to overflow the stack. Versions 2 to
//! 4; checksums are not verified, but entries must be whole and in order.

use std::collections::HashMap;

use gix_hash::ObjectId;

/// Twice what a million files take.
pub(super) const MAX_INDEX_BYTES: u64 = 256 * 1024 * 1024;
/// Version 4 shares prefixes, so that few bytes can spell many long paths.
const MAX_PATH_BYTES: usize = 256 * 1024 * 1024;
const ID_BYTES: usize = 20;
/// Directories in each other, and the bytes of a directory's path.
const MAX_DEPTH: usize = 4096;
/// Times, device, owner and size, mode, id and flags of an entry.
const FIXED_BYTES: usize = 62;

const EXTENDED: u16 = 0x4000;
const SKIP_WORKTREE: u16 = 0x4000;
const INTENT_TO_ADD: u16 = 0x2000;

/// What an entry of the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackedKind {
    /// A file.
    File {
        /// Whether it is marked executable.
        executable: bool,
    },
    /// A symbolic link; its blob is the target.
    Symlink,
    /// A commit of another repository.
    Submodule,
    /// A whole directory outside the sparse checkout.
    SparseDirectory,
}

impl TrackedKind {
    pub(super) fn from_mode(mode: u32) -> Option<Self> {
        match mode & 0o170_000 {
            0o100_000 => Some(Self::File { executable: mode & 0o100 != 0 }),
            0o120_000 => Some(Self::Symlink),
            0o160_000 => Some(Self::Submodule),
            0o040_000 => Some(Self::SparseDirectory),
            _ => None,
        }
    }
}

/// An entry of the index.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) id: ObjectId,
    pub(super) kind: TrackedKind,
    pub(super) stage: u8,
    pub(super) skip_worktree: bool,
    pub(super) intent_to_add: bool,
    /// The file in the working tree of which git knows that it holds this.
    pub(super) seen: Seen,
}

/// What a file in the working tree looked like when git last read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// When it was modified: seconds since 1970, and nanoseconds.
    pub(crate) modified: (u32, u32),
    /// Its size, cut to 32 bits.
    pub(crate) size: u32,
}

/// A tree that git has noted in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotedTree {
    pub(super) id: ObjectId,
    /// How many entries of the index are in it.
    pub(super) entries: usize,
}

/// The index as it is on disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// In git's order: by path in bytes, then by stage.
    pub(super) entries: Vec<Entry>,
    /// The trees that git has noted and that still hold, by directory: empty or with
    /// a slash at its end.
    pub(super) trees: HashMap<Vec<u8>, NotedTree>,
    /// Whether most entries lie in another file, which is not read.
    pub(super) split: bool,
}

impl Index {
    /// Reads the bytes of an index file; says what is wrong with them if they
    /// are none.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let Some((b"DIRC", rest)) = bytes.split_at_checked(4) else { return Err("no signature") };
        let mut reader = Reader { rest };
        let version = reader.u32()?;
        if !(2..=4).contains(&version) {
            return Err("an unknown version");
        }
        let count = reader.u32()? as usize;
        if count > bytes.len() / FIXED_BYTES {
            return Err("more entries than its size allows");
        }
        let mut entries: Vec<Entry> = Vec::with_capacity(count);
        let mut spelt = 0;
        // A split index has nameless entries, which stand for those of another
        // file; only its extension tells.
        let mut disorder = None;
        for _ in 0..count {
            let before = entries.last();
            let entry = reader.entry(version, before.map_or(&[], |entry| &entry.path))?;
            if entry.path.is_empty() {
                disorder = Some("an entry without a path");
            } else if before
                .is_some_and(|before| (&before.path, before.stage) >= (&entry.path, entry.stage))
            {
                disorder = Some("entries out of order");
            }
            spelt += entry.path.len();
            if spelt > MAX_PATH_BYTES {
                return Err("paths too long to hold");
            }
            entries.push(entry);
        }
        let mut index = Self { entries, trees: HashMap::new(), split: false };
        while reader.rest.len() > ID_BYTES {
            let (signature, size) = (reader.take(4)?, reader.u32()?);
            let body = reader.take(size as usize)?;
            match signature {
                b"TREE" => index.trees = noted_trees(body).unwrap_or_default(),
                b"link" => index.split = true,
                b"sdir" => {}
                [b'A'..=b'Z', ..] => {}
                _ => return Err("an extension that must be understood and is not"),
            }
        }
        if let Some(disorder) = disorder.filter(|_| !index.split) {
            return Err(disorder);
        }
        if reader.rest.len() < ID_BYTES { Err("cut off") } else { Ok(index) }
    }
}

/// The trees of the cache-tree extension: for each a name, the number of entries (-1
/// where it does not hold any more), the number of trees in it, which follow, and its id.
fn noted_trees(mut body: &[u8]) -> Option<HashMap<Vec<u8>, NotedTree>> {
    let mut trees = HashMap::new();
    // Directories that are open, with the number of trees that are still to come.
    let mut open: Vec<(Vec<u8>, usize)> = Vec::new();
    while !body.is_empty() {
        let end = memchr::memchr(0, body)?;
        let (name, rest) = (&body[..end], &body[end + 1..]);
        let line_end = memchr::memchr(b'\n', rest)?;
        let (entries, below) = std::str::from_utf8(&rest[..line_end]).ok()?.split_once(' ')?;
        let (entries, below): (i64, usize) = (entries.parse().ok()?, below.parse().ok()?);
        body = &rest[line_end + 1..];
        while open.last().is_some_and(|(_, left)| *left == 0) {
            open.pop();
        }
        let mut directory = match open.last_mut() {
            Some((directory, left)) => {
                *left -= 1;
                directory.clone()
            }
            None => Vec::new(),
        };
        if !name.is_empty() {
            directory.extend_from_slice(name);
            directory.push(b'/');
        }
        if open.len() >= MAX_DEPTH || directory.len() > MAX_DEPTH {
            return None;
        }
        if let Ok(entries) = usize::try_from(entries) {
            let (id, after) = body.split_at_checked(ID_BYTES)?;
            let id = ObjectId::try_from(id).ok()?;
            trees.insert(directory.clone(), NotedTree { id, entries });
            body = after;
        }
        open.push((directory, below));
    }
    Some(trees)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or("cut off")?;
        self.rest = rest;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, &'static str> {
        let bytes = self.take(2)?.try_into().map_err(|_| "cut off")?;
        Ok(u16::from_be_bytes(bytes))
    }

    fn u32(&mut self) -> Result<u32, &'static str> {
        let bytes = self.take(4)?.try_into().map_err(|_| "cut off")?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn entry(&mut self, version: u32, before: &[u8]) -> Result<Entry, &'static str> {
        let start = self.rest.len();
        self.take(8)?;
        let modified = (self.u32()?, self.u32()?);
        self.take(8)?;
        let kind = TrackedKind::from_mode(self.u32()?).ok_or("an entry of no known kind")?;
        self.take(8)?;
        let size = self.u32()?;
        let id = ObjectId::try_from(self.take(ID_BYTES)?).map_err(|_| "a malformed id")?;
        let flags = self.u16()?;
        let extended = if flags & EXTENDED != 0 && version >= 3 { self.u16()? } else { 0 };
        let mut path = Vec::new();
        if version == 4 {
            let cut = self.varint()?;
            let kept = before.len().checked_sub(cut).ok_or("a path without its prefix")?;
            path.extend_from_slice(&before[..kept]);
        }
        let length = memchr::memchr(0, self.rest).ok_or("cut off")?;
        path.extend_from_slice(self.take(length)?);
        if version == 4 {
            self.take(1)?;
        } else {
            // At least one NUL, up to a multiple of eight.
            let used = start - self.rest.len();
            self.take(8 - used % 8)?;
        }
        Ok(Entry {
            path,
            id,
            kind,
            stage: u8::try_from((flags >> 12) & 3).unwrap_or(0),
            skip_worktree: extended & SKIP_WORKTREE != 0,
            intent_to_add: extended & INTENT_TO_ADD != 0,
            seen: Seen { modified, size },
        })
    }

    /// Git's offset encoding: seven bits a byte, each further byte adding one.
    fn varint(&mut self) -> Result<usize, &'static str> {
        let mut value: usize = 0;
        for index in 0..5 {
            let byte = self.take(1)?[0];
            value = (value + usize::from(index > 0)) << 7 | usize::from(byte & 0x7F);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a prefix out of all proportion")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of version 2 with the given paths.
    fn index_of(paths: &[&str]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(paths.len()).unwrap_or(0).to_be_bytes());
        for path in paths {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend(0o100_644_u32.to_be_bytes());
            bytes.extend([0; 12]);
            bytes.extend([7; 20]);
            bytes.extend(u16::try_from(path.len()).unwrap_or(0xFFF).to_be_bytes());
            bytes.extend(path.as_bytes());
            let used = bytes.len() - start;
            bytes.extend(vec![0; 8 - used % 8]);
        }
        bytes.extend([0; 20]);
        bytes
    }

    #[test]
    fn entries_come_out_in_order() {
        let index = Index::parse(&index_of(&["a", "a/b.txt", "é"])).expect("a valid index");
        let paths: Vec<_> =
            index.entries.iter().map(|entry| String::from_utf8_lossy(&entry.path)).collect();
        assert_eq!(paths, ["a", "a/b.txt", "é"]);
    }

    #[test]
    fn noted_trees_are_read_with_those_below_them() {
        let id = |byte: u8| [byte; 20];
        let mut body = b"\x003 2\n".to_vec();
        body.extend(id(1));
        body.extend(b"a\x00-1 1\n");
        body.extend(b"b\x001 0\n");
        body.extend(id(2));
        body.extend(b"c\x002 0\n");
        body.extend(id(3));
        let trees = noted_trees(&body).expect("well formed");
        let mut found: Vec<(&[u8], usize, u8)> =
            trees.iter().map(|(at, t)| (&at[..], t.entries, t.id.as_bytes()[0])).collect();
        found.sort_unstable();
        assert_eq!(found, [(&b""[..], 3, 1), (&b"a/b/"[..], 1, 2), (&b"c/"[..], 2, 3)]);
        for end in 1..body.len() {
            let _ = noted_trees(&body[..end]);
        }
    }

    #[test]
    fn disorder_and_nameless_entries_are_refused() {
        assert!(Index::parse(&index_of(&["b", "a"])).is_err());
        assert!(Index::parse(&index_of(&["a", "a"])).is_err());
        assert!(Index::parse(&index_of(&[""])).is_err());
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_survived() {
        let whole = index_of(&["a", "dir/file", "z"]);
        for end in 0..whole.len() {
            assert!(Index::parse(&whole[..end]).is_err(), "cut at {end}");
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = Index::parse(&changed);
            }
        }
    }
}
