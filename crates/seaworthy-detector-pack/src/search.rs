//! Finding all literals of a table in a text.
//!
//! The text is gone through in steps of sixteen bytes. The numbers of sixteen
//! trigrams are worked out together, which compilers turn into vector
//! instructions, then looked up; most steps find that no literal is filed under
//! any of them. Otherwise the byte after each trigram is asked for, too, and what
//! is left is compared.

use crate::table::{Beside, Literal, TRIGRAMS, Table, trigram};

/// How many trigrams are looked up at once.
const STEP: usize = 16;

impl Table {
    /// Tells every place of every literal: its number and where it begins. In the
    /// order of the text; at one place in the order of the numbers.
    pub fn hits(&self, text: &[u8], mut hit: impl FnMut(u16, usize)) {
        let mut search = Search { table: self, text, pending: Vec::new() };
        let mut at = 0;
        while let Some(block) = text.get(at..).and_then(|rest| rest.first_chunk::<{ STEP + 3 }>()) {
            let mut numbers = [0_u16; STEP];
            for (k, number) in numbers.iter_mut().enumerate() {
                *number = trigram(block[k], block[k + 1], block[k + 2]);
            }
            let any = numbers.iter().fold(0, |any, &number| any | self.followers(number));
            if any != 0 {
                let mut found = 0_u32;
                for (k, &number) in numbers.iter().enumerate() {
                    found |= u32::from(self.followers(number) >> (block[k + 3] & 7) & 1) << k;
                }
                while found != 0 {
                    let k = found.trailing_zeros() as usize & (STEP - 1);
                    search.probe(numbers[k], at + k, &mut hit);
                    found &= found - 1;
                }
            }
            at += STEP;
        }
        for (k, three) in text.get(at..).unwrap_or(&[]).windows(3).enumerate() {
            let number = trigram(three[0], three[1], three[2]);
            if self.followers(number) != 0 {
                search.probe(number, at + k, &mut hit);
            }
        }
        search.flush(usize::MAX, &mut hit);
    }

    /// The set of the bytes that follow a trigram in literals.
    fn followers(&self, number: u16) -> u8 {
        self.trigrams[usize::from(number) & (TRIGRAMS - 1)]
    }
}

struct Search<'t> {
    table: &'t Table,
    text: &'t [u8],
    /// Hits that wait for those that may begin before them, in order.
    pending: Vec<(usize, u16)>,
}

impl Search<'_> {
    /// Compares the literals that are filed under the trigram at `at`.
    #[inline(never)]
    fn probe(&mut self, number: u16, at: usize, hit: &mut impl FnMut(u16, usize)) {
        let number = usize::from(number);
        let Some(&[from, to]) = self.table.heads.get(number..number + 2) else { return };
        let entries = self.table.entries.get(usize::from(from)..usize::from(to));
        let mut stands = false;
        for entry in entries.unwrap_or(&[]) {
            let Some(start) = at.checked_sub(usize::from(entry.offset)) else { continue };
            let Some(literal) = self.table.literals.get(usize::from(entry.literal)) else {
                continue;
            };
            if !entry.again {
                stands = stands_at(literal, self.text, start);
            }
            if stands && is_beside(literal, self.text, start) {
                self.flush(at, hit);
                self.push(start, entry.literal);
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
        let first = at.saturating_sub(usize::from(self.table.farthest));
        let done = self.pending.iter().take_while(|&&(start, _)| start < first).count();
        for (start, literal) in self.pending.drain(..done) {
            hit(literal, start);
        }
    }
}

fn stands_at(literal: &Literal, text: &[u8], start: usize) -> bool {
    let wanted = literal.text.as_bytes();
    let Some(found) = text.get(start..).and_then(|rest| rest.get(..wanted.len())) else {
        return false;
    };
    if literal.ignore_case { found.eq_ignore_ascii_case(wanted) } else { found == wanted }
}

/// The most bytes between two words of a name: `config["example"]["key"]`.
const GAP: usize = 4;

/// Whether what has to stand beside a literal at `start` does.
fn is_beside(literal: &Literal, text: &[u8], start: usize) -> bool {
    let (before, rest) = text.split_at(start);
    let (found, after) = rest.split_at(literal.text.len());
    match literal.beside {
        Beside::Anything => true,
        Beside::Ends => {
            let goes_on = |one: Option<&u8>, other: Option<&u8>| {
                one.is_some_and(u8::is_ascii_lowercase) && other.is_some_and(u8::is_ascii_lowercase)
            };
            !goes_on(before.last(), found.first()) && !goes_on(found.last(), after.first())
        }
        Beside::After(word) => {
            let gap = after.iter().take(GAP).take_while(|byte| !byte.is_ascii_alphanumeric());
            let gap = gap.count();
            let found = after.get(gap..gap + word.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
        }
        Beside::Before(word) => {
            let gap =
                before.iter().rev().take(GAP).take_while(|byte| !byte.is_ascii_alphanumeric());
            let end = before.len() - gap.count();
            let found = end.checked_sub(word.len()).and_then(|start| before.get(start..end));
            found.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
        }
    }
}
