//! The tables by which the engine finds every literal in one pass.
//!
//! Each literal is filed under its two rarest trigrams that begin beside each other.
//! A trigram is 15 bits: the low five of each of three bytes, so that letters are the same in either case (and
//! some other bytes fall together, which the comparison afterwards sorts out).
//! How tables are made is told in `build.rs` of this folder, how they are
//! searched in `search.rs`.

use crate::anchors::Finder;
use crate::detector::Detector;

/// What is to be done at a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Try the detector of this number.
    Detector(u16),
    /// Ask a structural finder.
    Finder(Finder),
}

/// A literal.
#[derive(Debug)]
pub struct Literal {
    /// The bytes; in lower case where case is ignored.
    pub text: &'static str,
    /// Whether it is found in any case (of ASCII).
    pub ignore_case: bool,
    /// What has to stand beside it.
    pub beside: Beside,
    /// What is to be done where it is found, as a range of [`Index::targets`].
    pub targets: (u16, u16),
}

/// What has to stand beside a literal. A word of a name is looked for together with
/// its neighbour, since most words of names are found everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Beside {
    /// Nothing in particular.
    Anything,
    /// The end of a word on both sides: no small letter goes on with another.
    Ends,
    /// Before it this word in any case, with at most four bytes between that are
    /// neither letters nor digits.
    Before(&'static str),
    /// After it this word, likewise.
    After(&'static str),
}

/// The literals of one text, filed under a trigram of it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The number of the first literal.
    pub literal: u16,
    /// How many there are; they differ in what stands beside them.
    pub count: u16,
    /// Where in the text the trigram begins, in bytes; one before it at least.
    pub offset: i16,
    /// How long the text is, in bytes.
    pub length: u16,
    /// Which bytes may stand right before the text, as a set of [`Class`]es, because
    /// a word of [`Beside::Before`] ends with them, or since they part it from one.
    pub before: u32,
    /// Which bytes may stand right after the text, because of [`Beside::After`]; all
    /// where nothing has to stand beside one of the literals. A literal can be there
    /// only if either set has the byte that stands in its place.
    pub after: u32,
    /// The bits of `want` that count: none where the text has no byte, and not the
    /// one that tells capitals from small letters where case is ignored.
    pub mask: u64,
    /// What stands in the eight bytes that begin four before the trigram, the
    /// first in the lowest bits.
    pub want: u64,
}

impl Entry {
    /// Where the text begins if the trigram is at `at`.
    pub(crate) fn start(&self, at: usize) -> Option<usize> {
        at.checked_add_signed(-isize::from(self.offset))
    }
}

/// What a byte is to the words of names: which letter, a digit, or what parts words.
pub(crate) type Class = u32;

/// The end of the text instead of a byte.
pub(crate) const NO_BYTE: Class = 28;

/// For each byte its class.
pub(crate) static CLASSES: [u8; 256] = {
    let mut classes = [27; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        if byte.is_ascii_alphabetic() {
            classes[byte as usize] = (byte | 0x20) - b'a';
        } else if byte.is_ascii_digit() {
            classes[byte as usize] = 26;
        }
        byte += 1;
    }
    classes
};

/// The set of the classes of the bytes that part words.
pub(crate) const PARTING: u32 = 1 << 27;

/// How many bytes before its trigram an [`Entry`] compares.
pub(crate) const BEFORE: usize = 4;

/// The tables of a set of detectors.
#[derive(Debug)]
pub struct Table {
    /// The detectors.
    pub detectors: &'static [Detector],
    /// The literals that are looked for in the whole text.
    pub everywhere: Index,
    /// The words of names whose values have a long run in them (see
    /// [`crate::far_from_runs`]): they are looked for where such a run is near, which is in a
    /// few hundredths of source text.
    pub near_runs: Index,
}

/// Literals, filed so that all of them are found at once.
#[derive(Debug)]
pub struct Index {
    /// For each of the 32,768 trigrams which bytes follow it in the literals
    /// filed under it: a set of their low three bits. Zero where none is filed.
    pub trigrams: &'static [u8; TRIGRAMS],
    /// For each trigram where its entries begin; one more than there are
    /// trigrams.
    pub heads: &'static [u16],
    /// The filed literals, grouped by trigram.
    pub entries: &'static [Entry],
    /// The largest offset of an entry.
    pub farthest: i16,
    /// The literals.
    pub literals: &'static [Literal],
    /// What is to be done at the literals.
    pub targets: &'static [Target],
}

/// How many trigrams there are.
pub const TRIGRAMS: usize = 1 << 15;

impl Index {
    /// What is to be done at a literal, by its number.
    #[must_use]
    pub fn targets_of(&self, literal: u16) -> &'static [Target] {
        let Some(literal) = self.literals.get(usize::from(literal)) else { return &[] };
        let (from, to) = literal.targets;
        self.targets.get(usize::from(from)..usize::from(to)).unwrap_or(&[])
    }
}

/// The number of a trigram.
pub(crate) const fn trigram(a: u8, b: u8, c: u8) -> u16 {
    (a & 31) as u16 | ((b & 31) as u16) << 5 | ((c & 31) as u16) << 10
}
