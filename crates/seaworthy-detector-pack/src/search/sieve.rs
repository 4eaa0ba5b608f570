//! The trigrams of a text at which a literal may be found.
//!
//! Nothing but the table can tell, and it is asked for one trigram after the other. All
//! else is done for as many as a register of the processor holds: their numbers before,
//! and afterwards whether the byte behind a trigram is one that the table gave.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16, u8x32, u16x8, u16x16};

use crate::table::TRIGRAMS;

/// How many bytes are gone through at once; a trigram begins at every other.
const STEP: usize = 32;

/// How many bytes are read for that: the last trigram, and the byte behind it.
pub(super) const READ: usize = STEP + 2;

/// How many trigrams begin in a step.
const TRIGRAMS_OF_STEP: usize = STEP / 2;

/// How many steps are gone through before anybody looks at what they came to: of what
/// was written, nothing is read before it has long been there.
const STEPS: usize = 32;

/// What was found out of a stretch of text.
pub(super) struct Sieve {
    level: Level,
    /// For each trigram its number.
    numbers: [u16; STEPS * TRIGRAMS_OF_STEP],
    /// For each trigram the set of the bytes that follow it in literals.
    followers: [u8; STEPS * TRIGRAMS_OF_STEP],
    /// For each trigram a bit that says whether a literal may be filed under it, the
    /// first in the lowest.
    candidates: [u64; STEPS * TRIGRAMS_OF_STEP / 64],
}

impl Sieve {
    pub(super) fn new() -> Self {
        Self { level: Level::new(), numbers: [0; _], followers: [0; _], candidates: [0; _] }
    }

    /// Looks at the trigrams that begin at every other byte of the text, the first at
    /// its beginning and the last before `end`, or a few bytes behind it; at no more than
    /// there is room for, and not at those that the end of the text cuts. How many bytes
    /// were gone through.
    pub(super) fn look(&mut self, trigrams: &[u8; TRIGRAMS], text: &[u8], end: usize) -> usize {
        let there = text.len().saturating_sub(READ - STEP) / STEP;
        let steps = end.div_ceil(STEP).min(there).min(STEPS);
        let Some(text) = text.get(..steps * STEP + READ - STEP) else { return 0 };
        if steps > 0 {
            dispatch!(self.level, simd => self.steps(simd, trigrams, text, steps));
        }
        steps * STEP
    }

    /// Of the trigrams that were looked at last, 64 from this group on: a bit for each, set
    /// if a literal may be filed under it, the first in the lowest.
    pub(super) fn candidates(&self, group: usize) -> u64 {
        self.candidates.get(group).copied().unwrap_or(0)
    }

    /// The number of a trigram of those that were looked at last.
    pub(super) fn number(&self, nth: usize) -> u16 {
        self.numbers.get(nth).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn steps<S: Simd>(&mut self, simd: S, trigrams: &[u8; TRIGRAMS], text: &[u8], steps: usize) {
        let starts = (0..steps * STEP).step_by(STEP);
        let (numbers, _) = self.numbers.as_chunks_mut::<TRIGRAMS_OF_STEP>();
        for (numbers, start) in numbers.iter_mut().zip(starts.clone()) {
            let Some(bytes) = text[start..].first_chunk() else { return };
            numbers_of(simd, bytes).store_slice(numbers);
        }
        let looked_up = steps * TRIGRAMS_OF_STEP;
        let numbers = &self.numbers[..looked_up];
        for (followers, &number) in self.followers.iter_mut().zip(numbers) {
            *followers = trigrams[usize::from(number) & (TRIGRAMS - 1)];
        }
        let (followers, _) = self.followers.as_chunks::<TRIGRAMS_OF_STEP>();
        let mut found = [0_u16; STEPS];
        for ((found, followers), start) in found.iter_mut().zip(followers).zip(starts) {
            let Some(bytes) = text[start..].first_chunk() else { return };
            *found = matching(simd, bytes, followers);
        }
        for (candidates, found) in self.candidates.iter_mut().zip(found.as_chunks::<4>().0) {
            let [a, b, c, d] = found.map(u64::from);
            *candidates = a | b << 16 | c << 32 | d << 48;
        }
    }
}

/// The numbers of the trigrams that begin at every other byte.
#[inline(always)]
fn numbers_of<S: Simd>(simd: S, bytes: &[u8; READ]) -> u16x16<S> {
    // The first two bytes of each trigram, and its third with the one behind it.
    let first: u16x16<S> = u8x32::from_slice(simd, &bytes[..STEP]).bitcast();
    let third: u16x16<S> = u8x32::from_slice(simd, &bytes[2..]).bitcast();
    (first & 0x1f) | ((first & 0x1f00) >> 3) | ((third & 0x1f) << 10)
}

/// A bit for each trigram that is followed by a byte of its set.
#[inline(always)]
fn matching<S: Simd>(simd: S, bytes: &[u8; READ], followers: &[u8; TRIGRAMS_OF_STEP]) -> u16 {
    let following = |from: usize| -> u16x8<S> {
        let pairs: u16x8<S> = u8x16::from_slice(simd, &bytes[from..from + 16]).bitcast();
        pairs >> 8
    };
    let byte = simd.narrow_u16x8(following(2), following(2 + 16));
    // Of the eight bits of a set, half are left by each of the byte's low three.
    let left = |bit: u8, unset: u8| {
        let is_unset = (byte & bit).simd_eq(u8x16::splat(simd, 0));
        is_unset.select(u8x16::splat(simd, unset), u8x16::splat(simd, !unset))
    };
    let bit = left(1, 0b0101_0101) & left(2, 0b0011_0011) & left(4, 0b0000_1111);
    let followers = u8x16::from_slice(simd, followers);
    let none = (followers & bit).simd_eq(u8x16::splat(simd, 0));
    !(none.to_bitmask() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::trigram;

    /// Whether a trigram is a candidate, one by one.
    fn is_candidate(trigrams: &[u8; TRIGRAMS], four: &[u8]) -> bool {
        let number = trigram(four[0], four[1], four[2]);
        trigrams[usize::from(number)] >> (four[3] & 7) & 1 == 1
    }

    #[test]
    fn candidates_are_those_that_are_found_one_by_one() {
        let mut random = 7_u64;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) as usize
        };
        let mut trigrams = Box::new([0; TRIGRAMS]);
        for _ in 0..TRIGRAMS / 4 {
            trigrams[next() % TRIGRAMS] = next() as u8;
        }
        let mut sieve = Sieve::new();
        for length in (0..3_000).step_by(7) {
            let text: Vec<u8> = (0..length).map(|_| next() as u8).collect();
            let end = next() % (length + 100);
            let looked = sieve.look(&trigrams, &text, end);
            let whole = length.saturating_sub(READ - STEP) / STEP;
            assert_eq!(looked, STEP * whole.min(end.div_ceil(STEP)).min(STEPS));
            for nth in 0..looked / 2 {
                let four = &text[2 * nth..2 * nth + 4];
                assert_eq!(sieve.number(nth), trigram(four[0], four[1], four[2]));
                let got = sieve.candidates(nth / 64) >> (nth % 64) & 1 == 1;
                assert_eq!(got, is_candidate(&trigrams, four), "{length} {nth}");
            }
            let beyond = looked / 2..STEPS * TRIGRAMS_OF_STEP;
            let set = |nth: &usize| sieve.candidates(nth / 64) >> (nth % 64) & 1 == 1;
            assert!(looked == 0 || !beyond.clone().any(|nth| set(&nth)));
        }
    }
}
