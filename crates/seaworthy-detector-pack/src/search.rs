//! Finding all literals of a table in a text.
//!
//! Each literal is filed under two trigrams that begin beside each other (see
//! `build.rs`), so that it is enough to look at every other place, and most of them the
//! sieve passes over. At the others the eight bytes around a trigram are compared with
//! each entry that is filed under it, and only then whole literals.

mod sieve;

use seaworthy_model::Region;

use self::sieve::{READ, Sieve};
use crate::table::{BEFORE, Beside, CLASSES, Class, Entry, Index, Literal, NO_BYTE};

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
        let mut search = Search { index: self, text, sieve: Sieve::new(), pending: Vec::new() };
        let mut at = 0;
        for part in left_out {
            search.stretch(at, part.start, &mut hit);
            at = part.end;
        }
        search.stretch(at, text.len(), &mut hit);
        search.flush(usize::MAX, &mut hit);
    }
}

struct Search<'t> {
    index: &'t Index,
    text: &'t [u8],
    sieve: Sieve,
    /// Hits that wait for those that may begin before them, in order.
    pending: Vec<(usize, u16)>,
}

impl Search<'_> {
    /// Looks at the trigrams that begin from `at` to `end`, and perhaps at a few more.
    fn stretch(&mut self, mut at: usize, end: usize, hit: &mut impl FnMut(u16, usize)) {
        let text = self.text;
        while at < end
            && let Some(rest) = text.get(at..)
            && !rest.is_empty()
        {
            let mut length = self.sieve.look(self.index.trigrams, rest, end - at);
            if length == 0 {
                // Zeros stand for what is behind the end.
                let mut last = [0; READ];
                last[..rest.len()].copy_from_slice(rest);
                length = self.sieve.look(self.index.trigrams, &last, 1);
            }
            self.probe_all(at, length, hit);
            at += length;
        }
    }

    /// Probes the candidates of the sieve, which went through so many bytes from `at` on.
    fn probe_all(&mut self, at: usize, length: usize, hit: &mut impl FnMut(u16, usize)) {
        for group in 0..length.div_ceil(2 * 64) {
            let mut candidates = self.sieve.candidates(group);
            while candidates != 0 {
                let nth = 64 * group + candidates.trailing_zeros() as usize;
                self.probe(self.sieve.number(nth), at + 2 * nth, hit);
                candidates &= candidates - 1;
            }
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
