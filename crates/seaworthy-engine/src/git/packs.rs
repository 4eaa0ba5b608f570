//! Reading all wanted blobs of all packs, each pack in one go.
//!
//! Most objects of a pack are stored as differences to others. One who asks for
//! them one by one decodes the same bases again and again; here each base is decoded
//! once and handed down to all that build on it, and what nobody wants is not decoded
//! at all. Trees of differences that share nothing are read beside each other.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use gix_hash::ObjectId;
use gix_object::Kind;
use gix_pack::data::entry::Header;
use rayon::prelude::*;

use super::GitError;
use super::objects::guarded;

/// How many decoded bytes one thread holds for those that build on them.
const MAX_HELD: usize = 96 * 1024 * 1024;

/// How many objects of one pack are read.
const MAX_OBJECTS: u32 = 50_000_000;

/// No object.
const NONE: u32 = u32::MAX;

/// What is wanted of the packs, and what is done with it.
pub(crate) struct Wanted<'w> {
    /// The kind of the objects: below, what is said of blobs is meant of these.
    pub(crate) kind: Kind,
    /// Whether the blob is wanted. Asked several times.
    pub(crate) is_wanted: &'w (dyn Fn(&ObjectId) -> bool + Sync),
    /// Is shown each wanted blob that can be read and is not too large, possibly more
    /// than once, by several threads.
    pub(crate) visit: &'w (dyn Fn(ObjectId, &[u8]) + Sync),
    /// Is told of each wanted blob that is too large.
    pub(crate) too_large: &'w (dyn Fn(ObjectId) + Sync),
    /// The largest blob that is read, in bytes.
    pub(crate) limit: usize,
    /// How many bytes were decoded so far, and how many there may be.
    pub(crate) spent: &'w AtomicU64,
    pub(crate) budget: u64,
}

/// Reads every pack below `common_dir`. A pack that cannot be read is passed over:
/// whoever misses an object asks for it by itself.
pub(super) fn read_packs(common_dir: &Path, wanted: &Wanted<'_>) {
    let Ok(entries) = std::fs::read_dir(common_dir.join("objects/pack")) else { return };
    let mut indices: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
        .collect();
    indices.sort_unstable();
    for index in indices {
        let _ = guarded(|| {
            Pack::open(&index, wanted.kind)
                .ok_or(GitError::Broken { path: index.clone() })?
                .read(wanted);
            Ok(())
        });
    }
}

/// A pack and how its objects build on each other. Objects go by their number in the
/// order of the pack.
struct Pack {
    index: gix_pack::index::File,
    data: gix_pack::data::File,
    /// Offset in the pack and number in the index, sorted.
    places: Vec<(u64, u32)>,
    bases: Vec<u32>,
    /// The objects of the wanted kind that are stored whole.
    roots: Vec<u32>,
}

impl Pack {
    fn open(path: &Path, of: Kind) -> Option<Self> {
        let kind = gix_hash::Kind::Sha1;
        let is_file = |path: &Path| std::fs::metadata(path).is_ok_and(|data| data.is_file());
        let data = path.with_extension("pack");
        if !is_file(path) || !is_file(&data) {
            return None;
        }
        let index = gix_pack::index::File::at(path, kind).ok()?;
        let data = gix_pack::data::File::at(data, kind).ok()?;
        if index.num_objects() > MAX_OBJECTS {
            return None;
        }
        let mut places: Vec<(u64, u32)> =
            (0..index.num_objects()).map(|at| (index.pack_offset_at_index(at), at)).collect();
        places.sort_unstable();
        let mut pack = Self { index, data, places, bases: Vec::new(), roots: Vec::new() };
        for at in 0..u32::try_from(pack.places.len()).ok()? {
            let base = match pack.entry(at).map(|entry| (entry.header, entry)) {
                Some((whole, _)) if whole.as_kind() == Some(of) => {
                    pack.roots.push(at);
                    NONE
                }
                Some((Header::OfsDelta { base_distance }, entry)) => entry
                    .checked_base_pack_offset(base_distance)
                    .and_then(|offset| pack.at_offset(offset))
                    .unwrap_or(NONE),
                Some((Header::RefDelta { base_id }, _)) => pack
                    .index
                    .lookup(base_id)
                    .and_then(|at| pack.at_offset(pack.index.pack_offset_at_index(at)))
                    .unwrap_or(NONE),
                _ => NONE,
            };
            pack.bases.push(base);
        }
        Some(pack)
    }

    fn at_offset(&self, offset: u64) -> Option<u32> {
        let found = self.places.binary_search_by_key(&offset, |&(offset, _)| offset).ok()?;
        u32::try_from(found).ok()
    }

    /// Bytes of the pack from this object up to the next.
    fn bytes(&self, at: u32) -> Option<&[u8]> {
        let at = at as usize;
        let end = self.places.get(at + 1).map_or(self.data.pack_end() as u64, |next| next.0);
        let start = self.places[at].0;
        (start < end).then(|| self.data.entry_slice(start..end)).flatten()
    }

    fn entry(&self, at: u32) -> Option<gix_pack::data::Entry> {
        let kind = gix_hash::Kind::Sha1;
        gix_pack::data::Entry::from_bytes(self.bytes(at)?, self.places[at as usize].0, kind).ok()
    }

    fn id(&self, at: u32) -> ObjectId {
        self.index.oid_at_index(self.places[at as usize].1).to_owned()
    }

    fn read(&self, wanted: &Wanted<'_>) {
        let family = Family::of(self, wanted);
        self.roots.par_iter().filter(|root| family.wanted[**root as usize] > 0).for_each_init(
            Decoder::default,
            |decoder, &root| {
                // What is corrupt costs the objects that build on it.
                let _ = guarded(|| {
                    self.descend(root, &family, decoder, wanted);
                    Ok(())
                });
            },
        );
    }

    /// Decodes an object and all that build on it. What has the most below it comes
    /// last, when its base is needed no more: so few are held at a time.
    fn descend(&self, root: u32, family: &Family, decoder: &mut Decoder, wanted: &Wanted<'_>) {
        let mut held = 0;
        let mut open: Vec<(u32, std::rc::Rc<Vec<u8>>)> = Vec::new();
        let visit = |at: u32, bytes: &[u8]| {
            let id = self.id(at);
            if (wanted.is_wanted)(&id) {
                (wanted.visit)(id, bytes);
            }
        };
        let mut next = Some((root, None::<std::rc::Rc<Vec<u8>>>));
        while let Some((at, base)) = next.take().or_else(|| {
            open.pop().map(|(at, base)| {
                held -= base.len();
                (at, Some(base))
            })
        }) {
            let decoded = self
                .entry(at)
                .zip(self.bytes(at))
                .map(|(entry, bytes)| decoder.decode(&entry, bytes, base.as_ref(), wanted.limit));
            drop(base);
            match decoded {
                Some(Decoded::Bytes(bytes)) => {
                    let spent = wanted.spent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    if spent > wanted.budget {
                        return;
                    }
                    visit(at, &bytes);
                    let children = family.of_base(at);
                    let children = children.iter().filter(|at| family.wanted[**at as usize] > 0);
                    let mut children: Vec<u32> = children.copied().collect();
                    // The first of these is popped last.
                    children.sort_by_key(|at| std::cmp::Reverse(family.wanted[*at as usize]));
                    let base = std::rc::Rc::new(bytes);
                    for at in children {
                        if held + base.len() > MAX_HELD {
                            self.too_large(at, family, wanted);
                            continue;
                        }
                        held += base.len();
                        open.push((at, std::rc::Rc::clone(&base)));
                    }
                }
                Some(Decoded::TooLarge) => self.too_large(at, family, wanted),
                Some(Decoded::Broken) | None => {}
            }
        }
    }

    /// Tells of everything wanted that an object which was not decoded stands for.
    fn too_large(&self, at: u32, family: &Family, wanted: &Wanted<'_>) {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            let id = self.id(at);
            if (wanted.is_wanted)(&id) {
                (wanted.too_large)(id);
            }
            open.extend(family.of_base(at));
        }
    }
}

/// Which objects build on which.
struct Family {
    /// Where the children of each object begin in `children`; one more than objects.
    starts: Vec<u32>,
    children: Vec<u32>,
    /// How many wanted objects each blob stands for: itself and those that build on
    /// it.
    wanted: Vec<u32>,
}

impl Family {
    fn of(pack: &Pack, wanted: &Wanted<'_>) -> Self {
        let count = pack.bases.len();
        let mut starts = vec![0_u32; count + 1];
        for &base in pack.bases.iter().filter(|&&base| base != NONE) {
            starts[base as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut children = vec![0_u32; starts[count] as usize];
        for (at, &base) in (0_u32..).zip(&pack.bases) {
            if base != NONE {
                children[next[base as usize] as usize] = at;
                next[base as usize] += 1;
            }
        }
        let mut family = Self { starts, children, wanted: vec![0; count] };
        // From the roots down; objects in a circle are never come by.
        let mut order = pack.roots.clone();
        let mut done = 0;
        while let Some(&at) = order.get(done) {
            order.extend_from_slice(family.of_base(at));
            done += 1;
        }
        for &at in order.iter().rev() {
            let own = u32::from((wanted.is_wanted)(&pack.id(at)));
            family.wanted[at as usize] += own;
            let base = pack.bases[at as usize];
            if base != NONE {
                family.wanted[base as usize] += family.wanted[at as usize];
            }
        }
        family
    }

    fn of_base(&self, at: u32) -> &[u32] {
        let at = at as usize;
        &self.children[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

enum Decoded {
    Bytes(Vec<u8>),
    TooLarge,
    Broken,
}

/// Undoes compression and differences.
struct Decoder {
    inflate: zlib_rs::Inflate,
    delta: Vec<u8>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { inflate: zlib_rs::Inflate::new(true, 15), delta: Vec::new() }
    }
}

impl Decoder {
    fn decode(
        &mut self,
        entry: &gix_pack::data::Entry,
        bytes: &[u8],
        base: Option<&std::rc::Rc<Vec<u8>>>,
        limit: usize,
    ) -> Decoded {
        let Some(compressed) = bytes.get(entry.header_size()..) else { return Decoded::Broken };
        let Some(size) = usize::try_from(entry.decompressed_size).ok().filter(|s| *s <= limit)
        else {
            return Decoded::TooLarge;
        };
        let Some(base) = base else {
            let mut whole = Vec::new();
            return match self.inflate(compressed, size, &mut whole) {
                Some(()) => Decoded::Bytes(whole),
                None => Decoded::Broken,
            };
        };
        let mut delta = std::mem::take(&mut self.delta);
        let decoded = match self.inflate(compressed, size, &mut delta) {
            Some(()) => apply(base, &delta, limit),
            None => Decoded::Broken,
        };
        self.delta = delta;
        decoded
    }

    fn inflate(&mut self, compressed: &[u8], size: usize, out: &mut Vec<u8>) -> Option<()> {
        out.clear();
        out.resize(size, 0);
        self.inflate.reset(true);
        self.inflate.decompress(compressed, out, zlib_rs::InflateFlush::Finish).ok()?;
        (self.inflate.total_out() == size as u64).then_some(())
    }
}

/// Applies a difference to its base: pieces of the base, by place and length, and
/// new bytes, in turns.
fn apply(base: &[u8], delta: &[u8], limit: usize) -> Decoded {
    fn size(delta: &[u8]) -> Option<(u64, &[u8])> {
        let length = delta.iter().position(|byte| byte & 0x80 == 0)? + 1;
        let (digits, rest) = delta.split_at(length);
        let digits = digits.get(..9).map_or(Some(digits), |_| None)?;
        let value = digits.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f));
        Some((value, rest))
    }
    fn run(base: &[u8], mut delta: &[u8], size: usize) -> Option<Vec<u8>> {
        let mut target = Vec::with_capacity(size);
        while let [command, rest @ ..] = delta {
            delta = rest;
            let piece = match command {
                0 => return None,
                0x80.. => {
                    let mut number = |bits: u8, from: u8| -> Option<usize> {
                        let mut value = 0_usize;
                        for digit in 0..bits {
                            if command & 1 << (from + digit) != 0 {
                                let [byte, rest @ ..] = delta else { return None };
                                value |= usize::from(*byte) << (8 * digit);
                                delta = rest;
                            }
                        }
                        Some(value)
                    };
                    let offset = number(4, 0)?;
                    let length = match number(3, 4)? {
                        0 => 0x1_0000,
                        length => length,
                    };
                    base.get(offset..offset.checked_add(length)?)?
                }
                length => {
                    let (new, rest) = delta.split_at_checked(usize::from(*length))?;
                    delta = rest;
                    new
                }
            };
            if target.len() + piece.len() > size {
                return None;
            }
            target.extend_from_slice(piece);
        }
        (target.len() == size).then_some(target)
    }
    let Some((of_base, rest)) = size(delta) else { return Decoded::Broken };
    let Some((of_target, instructions)) = size(rest) else { return Decoded::Broken };
    if of_base != base.len() as u64 {
        return Decoded::Broken;
    }
    match usize::try_from(of_target) {
        Ok(size) if size <= limit => {
            run(base, instructions, size).map_or(Decoded::Broken, Decoded::Bytes)
        }
        _ => Decoded::TooLarge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_applied_and_wrong_ones_refused() {
        let base = b"0123456789";
        let cases: [(&[u8], Option<&[u8]>); 10] = [
            (b"\x0a\x04\x91\x02\x03\x01x", Some(b"234x")),
            (b"\x0a\x03\x90\x03", Some(b"012")),
            (b"\x0a\x00", Some(b"")),
            (b"\x0b\x03\x90\x03", None),
            (b"\x0a\x02\x90\x03", None),
            (b"\x0a\x04\x90\x03", None),
            (b"\x0a\x03\x91\x09\x03", None),
            (b"\x0a\x03\x00", None),
            (b"\x0a\x03\x05ab", None),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", None),
        ];
        for (delta, want) in cases {
            let got = match apply(base, delta, 100) {
                Decoded::Bytes(bytes) => Some(bytes),
                Decoded::TooLarge | Decoded::Broken => None,
            };
            assert_eq!(got.as_deref(), want, "{delta:x?}");
        }
        assert!(matches!(apply(base, b"\x0a\x04\x91\x02\x03\x01x", 3), Decoded::TooLarge));
    }
}
