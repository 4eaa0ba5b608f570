//! Finding all literals of a table in a text.
//!
//! Each literal is filed under two trigrams that begin beside each other (see
//! `build.rs`), so that it is enough to look at every other place. The text is gone
//! through in steps of sixteen bytes, and most steps find that no literal is filed
//! under any of their trigrams, given the byte after each. Otherwise the eight bytes
//! around a trigram are compared with each entry that is filed under it, and only then
//! whole literals.

use seaworthy_model::Region;

use crate::table::{
    BEFORE, Beside, CLASSES, Class, Entry, Index, Literal, NO_BYTE, TRIGRAMS, trigram,
};

/// How many bytes are gone through at once; a trigram begins at every other.
const STEP: usize = 16;

/// How many bytes are read for that.
const BLOCK: usize = STEP + 8;

/// How many trigrams are looked up at once.
const LOOKUPS: usize = STEP / 2;

/// How many blocks with candidates are gathered before they are probed.
const WAITING: usize = 128;

/// For each byte the set of its low three bits.
static SETS: [u8; 256] = {
    let mut sets = [0; 256];
    let mut byte = 0;
    while byte < sets.len() {
        sets[byte] = 1 << (byte & 7);
        byte += 1;
    }
    sets
};

/// The most bytes between two words of a name: `config["example"]["key"]`.
const GAP: usize = 4;

impl Index {
    /// Tells every place of every literal: its number and where it begins. In the
    /// order of the text; at one place in the order of the numbers.
    pub fn hits(&self, text: &[u8], hit: impl FnMut(u16, usize)) {
        self.hits_outside(text, &[], hit);
    }

    /// As [`Index::hits`], without looking at the parts of the text that are to be
    /// left out, which are in order. A literal that overlaps one may be told or not.
    pub fn hits_outside(&self, text: &[u8], left_out: &[Region], mut hit: impl FnMut(u16, usize)) {
        let mut search = Search { index: self, text, pending: Vec::new() };
        let mut at = 0;
        for part in left_out {
            search.stretch(at, part.start, &mut hit);
            at = part.end;
        }
        search.stretch(at, text.len(), &mut hit);
        search.flush(usize::MAX, &mut hit);
    }

    /// For each trigram of a block whether a literal may be filed under it: a byte
    /// that is zero if none is, the first in the lowest bits.
    #[inline(always)]
    fn candidates(&self, block: &[u8; BLOCK]) -> u64 {
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&block[at..at + 8]);
            packed(u64::from_le_bytes(word))
        };
        let (first, second, third) = (word(0), word(8), word(16));
        let (first, second) = (first | second << 40, second | third << 40);
        let mut all = 0;
        for k in 0..LOOKUPS / 2 {
            let [one, other] = [first, second].map(|numbers| (numbers >> (10 * k)) as u16);
            let one = self.followers(one) & SETS[usize::from(block[2 * k + 3])];
            let other = self.followers(other) & SETS[usize::from(block[2 * k + 11])];
            all |= u64::from(one) << (8 * k) | u64::from(other) << (8 * k + 32);
        }
        all
    }

    /// The set of the bytes that follow a trigram in literals.
    fn followers(&self, number: u16) -> u8 {
        self.trigrams[usize::from(number) & (TRIGRAMS - 1)]
    }
}

struct Search<'t> {
    index: &'t Index,
    text: &'t [u8],
    /// Hits that wait for those that may begin before them, in order.
    pending: Vec<(usize, u16)>,
}

impl<'t> Search<'t> {
    /// Looks at the trigrams that begin from `at` to `end`, and perhaps at a few more.
    fn stretch(&mut self, mut at: usize, end: usize, hit: &mut impl FnMut(u16, usize)) {
        // Which blocks have candidates cannot be foretold, so nothing branches on it
        // until enough of them are known.
        let mut waiting = [(0, 0); WAITING];
        loop {
            let (mut count, first) = (0, at);
            while count < WAITING
                && at < end
                && let Some(block) = self.block_at(at)
            {
                let candidates = self.index.candidates(block);
                waiting[count] = (candidates, at);
                count += usize::from(candidates != 0);
                at += STEP;
            }
            for &(candidates, at) in &waiting[..count] {
                if let Some(block) = self.block_at(at) {
                    self.block(block, candidates, at, hit);
                }
            }
            if at == first {
                break;
            }
        }
        while at < end
            && let Some(rest) = self.text.get(at..)
        {
            let mut block = [0; BLOCK];
            let length = rest.len().min(BLOCK);
            block[..length].copy_from_slice(&rest[..length]);
            self.block(&block, self.index.candidates(&block), at, hit);
            at += STEP;
        }
    }

    /// The block that begins at `at`, if all of it is there.
    fn block_at(&self, at: usize) -> Option<&'t [u8; BLOCK]> {
        self.text.get(at..).and_then(|rest| rest.first_chunk())
    }

    /// Probes those trigrams of a block that begins at `at` that are candidates.
    fn block(
        &mut self,
        block: &[u8; BLOCK],
        mut candidates: u64,
        at: usize,
        hit: &mut impl FnMut(u16, usize),
    ) {
        while candidates != 0 {
            let k = (candidates.trailing_zeros() as usize / 8) & (LOOKUPS - 1);
            let number = trigram(block[2 * k], block[2 * k + 1], block[2 * k + 2]);
            self.probe(number, at + 2 * k, hit);
            candidates &= !(0xff << (8 * k));
        }
    }

    /// Compares the literals that are filed under the trigram at `at`.
    fn probe(&mut self, number: u16, at: usize, hit: &mut impl FnMut(u16, usize)) {
        let number = usize::from(number);
        let Some(&[from, to]) = self.index.heads.get(number..number + 2) else { return };
        let entries = self.index.entries.get(usize::from(from)..usize::from(to));
        let around = around(self.text, at);
        for entry in entries.unwrap_or(&[]) {
            // Nine of ten words of names do not have their neighbour beside them.
            if around & entry.mask == entry.want && has_neighbour(entry, self.text, at) {
                self.entry(entry, at, hit);
            }
        }
    }

    /// Compares the literals of an entry whose surroundings are right.
    #[inline(never)]
    fn entry(&mut self, entry: &Entry, at: usize, hit: &mut impl FnMut(u16, usize)) {
        let Some(start) = entry.start(at) else { return };
        let first = usize::from(entry.literal);
        let literals = self.index.literals.get(first..first + usize::from(entry.count));
        let [one, ..] = literals.unwrap_or(&[]) else { return };
        if !stands_at(one, self.text, start) {
            return;
        }
        self.flush(at, hit);
        let neighbours = Neighbours::of(self.text, start, start + one.text.len());
        for (number, literal) in (entry.literal..).zip(literals.unwrap_or(&[])) {
            if neighbours.suit(literal.beside) {
                self.push(start, number);
            }
        }
    }

    /// Puts a hit in its place among those that wait.
    fn push(&mut self, start: usize, literal: u16) {
        let after = self.pending.iter().rposition(|&other| other < (start, literal));
        self.pending.insert(after.map_or(0, |place| place + 1), (start, literal));
    }

    /// Tells the hits before which no other can begin, when trigrams from `at` on
    /// are still to come.
    fn flush(&mut self, at: usize, hit: &mut impl FnMut(u16, usize)) {
        let first = at.saturating_sub(usize::try_from(self.index.farthest).unwrap_or(0));
        let done = self.pending.iter().take_while(|&&(start, _)| start < first).count();
        for (start, literal) in self.pending.drain(..done) {
            hit(literal, start);
        }
    }
}

/// The low five bits of eight bytes, one behind the other.
#[inline(always)]
fn packed(bytes: u64) -> u64 {
    let tens = bytes & 0x001f_001f_001f_001f | (bytes & 0x1f00_1f00_1f00_1f00) >> 3;
    let twenties = tens & 0x0000_03ff_0000_03ff | (tens & 0x03ff_0000_03ff_0000) >> 6;
    twenties & 0x000f_ffff | twenties >> 12 & 0x00ff_fff0_0000
}

/// The eight bytes around a trigram; zeros where the text has ended.
fn around(text: &[u8], at: usize) -> u64 {
    let from = at.checked_sub(BEFORE);
    if let Some(bytes) = from.and_then(|from| text.get(from..)).and_then(<[u8]>::first_chunk) {
        return u64::from_le_bytes(*bytes);
    }
    let mut bytes = [0; 8];
    for (place, byte) in bytes.iter_mut().enumerate() {
        let found = (at + place).checked_sub(BEFORE).and_then(|at| text.get(at));
        *byte = found.copied().unwrap_or(0);
    }
    u64::from_le_bytes(bytes)
}

/// Whether what stands beside the text of an entry may be what one of its literals
/// wants there.
fn has_neighbour(entry: &Entry, text: &[u8], at: usize) -> bool {
    let has = |set: u32, byte: Option<&u8>| {
        set >> byte.map_or(NO_BYTE, |&byte| Class::from(CLASSES[usize::from(byte)])) & 1 == 1
    };
    let Some(start) = entry.start(at) else { return false };
    has(entry.after, text.get(start + usize::from(entry.length)))
        || (entry.before != 0 && has(entry.before, text.get(..start).and_then(<[u8]>::last)))
}

fn stands_at(literal: &Literal, text: &[u8], start: usize) -> bool {
    let wanted = literal.text.as_bytes();
    let Some(found) = text.get(start..).and_then(|rest| rest.get(..wanted.len())) else {
        return false;
    };
    if literal.ignore_case { found.eq_ignore_ascii_case(wanted) } else { found == wanted }
}

/// What stands beside a literal in the text.
struct Neighbours<'t> {
    /// The text before the literal, without the gap.
    before: &'t [u8],
    /// The text after the literal, without the gap.
    after: &'t [u8],
    /// Whether words end on both sides of the literal.
    ends: bool,
}

impl<'t> Neighbours<'t> {
    fn of(text: &'t [u8], start: usize, end: usize) -> Self {
        let (before, rest) = text.split_at(start);
        let (found, after) = rest.split_at(end - start);
        let goes_on = |one: Option<&u8>, other: Option<&u8>| {
            one.is_some_and(u8::is_ascii_lowercase) && other.is_some_and(u8::is_ascii_lowercase)
        };
        let ends = !goes_on(before.last(), found.first()) && !goes_on(found.last(), after.first());
        let is_gap = |byte: &&u8| !byte.is_ascii_alphanumeric();
        let gap = before.iter().rev().take(GAP).take_while(is_gap).count();
        let before = &before[..before.len() - gap];
        let gap = after.iter().take(GAP).take_while(is_gap).count();
        Self { before, after: &after[gap..], ends }
    }

    fn suit(&self, beside: Beside) -> bool {
        let same = |found: Option<&[u8]>, word: &str| {
            found.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
        };
        match beside {
            Beside::Anything => true,
            Beside::Ends => self.ends,
            Beside::After(word) => same(self.after.get(..word.len()), word),
            Beside::Before(word) => {
                let start = self.before.len().checked_sub(word.len());
                same(start.and_then(|start| self.before.get(start..)), word)
            }
        }
    }
}
