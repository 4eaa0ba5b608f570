//! Long runs of letters and digits: what nearly every issued value has, and few
//! places of source text have.
//!
//! A name is looked for only where such a run is near, if every value that its
//! detector accepts has one. That alone would leave long identifiers, so the run must
//! have a digit; a value made at random hardly ever has none.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x64};
use regex_syntax::hir::{Class, Hir, HirKind};
use seaworthy_model::Region;

use crate::expression;

/// The shortest run.
pub const RUN: usize = 16;

/// How far before a run the name may begin to which it is given, in bytes.
const BEFORE: usize = 256;
/// How far behind a run it may end: in SQL and command lines names come last, too.
const AFTER: usize = 64;

/// What lies between is left out if it is longer, in bytes.
const LEAST: usize = 32;

/// How likely a value made at random may be to have no digit.
const WITHOUT_DIGIT: f64 = 0.004;

/// How many bytes are classified at once.
const CHUNK: usize = 64;

/// The runs of a text, in order: of at least [`RUN`] letters, digits and those signs
/// that base64 has beside them in either alphabet.
#[must_use]
pub fn runs(text: &[u8]) -> Vec<Region> {
    let mut found = Vec::new();
    runs_into(text, &mut found);
    found
}

/// As [`runs`], in place of what the list holds.
pub fn runs_into(text: &[u8], found: &mut Vec<Region>) {
    found.clear();
    dispatch!(Level::new(), simd => runs_by(simd, text, found));
}

#[inline(always)]
fn runs_by<S: Simd>(simd: S, text: &[u8], found: &mut Vec<Region>) {
    let mut runs = Runs { found, chunk: 0, has_eight: false, end: 0 };
    let (chunks, remainder) = text.as_chunks();
    for chunk in chunks {
        runs.add(of_runs(simd, chunk));
    }
    let mut rest = [0; CHUNK];
    rest[..remainder.len()].copy_from_slice(remainder);
    runs.add(of_runs(simd, &rest));
    runs.add(0);
}

/// The runs that begin in a chunk are told when the next one is known.
struct Runs<'f> {
    found: &'f mut Vec<Region>,
    /// The chunk whose runs are still to be told, a bit for each byte.
    chunk: u64,
    /// Whether the chunk has eight bytes in a row that begin at a multiple of eight.
    has_eight: bool,
    /// Where it ends.
    end: usize,
}

impl Runs<'_> {
    #[inline(always)]
    fn add(&mut self, next: u64) {
        let chunk = std::mem::replace(&mut self.chunk, next);
        let end = self.end;
        self.end += CHUNK;
        // Sixteen bytes in a row have eight such.
        let low = next & 0x7f7f_7f7f_7f7f_7f7f;
        let has_eight = (low + 0x0101_0101_0101_0101) & next & 0x8080_8080_8080_8080 != 0;
        if std::mem::replace(&mut self.has_eight, has_eight) | has_eight {
            self.tell(chunk, next, end);
        }
    }

    /// Tells the runs that begin in a chunk, which ends at `end`.
    fn tell(&mut self, chunk: u64, next: u64, end: usize) {
        // Where two, four, eight, sixteen follow each other.
        let mut both = (chunk, next);
        for step in [1, 2, 4, 8] {
            let (low, high) = both;
            both = (low & (low >> step | high << (CHUNK - step)), high & high >> step);
        }
        let mut starts = both.0;
        while starts != 0 {
            let first = starts.trailing_zeros();
            let after = first + (starts >> first).trailing_ones();
            let start = end - CHUNK + first as usize;
            let stop = end - CHUNK + after as usize + RUN - 1;
            match self.found.last_mut() {
                Some(last) if last.end >= start => last.end = stop,
                _ => self.found.push(Region::new(start, stop)),
            }
            starts &= u64::MAX.checked_shl(after).unwrap_or(0);
        }
    }
}

const _: () = assert!(RUN == 16 && CHUNK == 64);

/// A bit for each byte that may be part of a run.
#[inline(always)]
fn of_runs<S: Simd>(simd: S, chunk: &[u8; CHUNK]) -> u64 {
    let bytes = u8x64::from_slice(simd, chunk);
    let is = |byte: u8| bytes.simd_eq(u8x64::splat(simd, byte));
    let letter = ((bytes | 0x20) - b'a').simd_lt(u8x64::splat(simd, 26));
    let digit_or_slash = (bytes - b'/').simd_lt(u8x64::splat(simd, 11));
    (letter | digit_or_slash | is(b'+') | is(b'-') | is(b'_')).to_bitmask()
}

/// Whether a byte may be part of a run.
fn is_of_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'_' | b'/')
}

/// Whether a run has a digit: of the bytes of runs, they alone have bit 4 and not bit 6.
fn has_digit(run: &[u8]) -> bool {
    let (words, rest) = run.as_chunks();
    words.iter().any(|word| {
        let word = u64::from_le_bytes(*word);
        word & !word >> 2 & 0x1010_1010_1010_1010 != 0
    }) || rest.iter().any(u8::is_ascii_digit)
}

/// The parts of a text that are not near one of its runs that has a digit, in order:
/// all of it if there is none. They take the place of what the list holds.
pub fn far_from_runs(text: &[u8], runs: &[Region], far: &mut Vec<Region>) {
    far.clear();
    let mut near_to = 0;
    for run in runs {
        if has_digit(&text[run.start..run.end]) {
            let near = run.start.saturating_sub(BEFORE);
            if near >= near_to + LEAST {
                far.push(Region::new(near_to, near));
            }
            near_to = (run.end + AFTER).min(text.len());
        }
    }
    if near_to < text.len() {
        far.push(Region::new(near_to, text.len()));
    }
}

/// Whether all that an expression matches, if made at random, has a run.
pub(crate) fn has_run(expression: &str) -> bool {
    let Ok(hir) = expression::parse(expression) else { return false };
    let mut best = Run::default();
    let mut current = Run::default();
    add(&hir, &mut current, &mut best);
    best.keep(current);
    best.length >= RUN && best.without_digit <= WITHOUT_DIGIT
}

/// A run that every match has.
#[derive(Clone, Copy)]
struct Run {
    length: usize,
    /// How likely it has no digit.
    without_digit: f64,
}

impl Default for Run {
    fn default() -> Self {
        Self { length: 0, without_digit: 1.0 }
    }
}

impl Run {
    fn keep(&mut self, other: Run) {
        let good = |run: &Run| run.length >= RUN;
        if (good(&other), 1.0 - other.without_digit) > (good(self), 1.0 - self.without_digit) {
            *self = other;
        }
    }

    fn then(self, other: Run) -> Run {
        Run {
            length: self.length + other.length,
            without_digit: self.without_digit * other.without_digit,
        }
    }
}

/// Goes on with the run that ends before `hir`, or ends it.
fn add(hir: &Hir, current: &mut Run, best: &mut Run) {
    if let Some(all) = whole(hir) {
        *current = current.then(all);
        return;
    }
    match hir.kind() {
        HirKind::Capture(capture) => add(&capture.sub, current, best),
        HirKind::Concat(parts) => parts.iter().for_each(|part| add(part, current, best)),
        _ => best.keep(std::mem::take(current)),
    }
}

/// What every match has, if it is of a run from its first to its last byte.
fn whole(hir: &Hir) -> Option<Run> {
    match hir.kind() {
        HirKind::Empty => Some(Run::default()),
        HirKind::Literal(literal) => {
            let digit = literal.0.iter().any(u8::is_ascii_digit);
            literal.0.iter().all(|&byte| is_of_run(byte)).then_some(Run {
                length: literal.0.len(),
                without_digit: if digit { 0.0 } else { 1.0 },
            })
        }
        HirKind::Class(class) => {
            let (mut all, mut digits) = (0_u32, 0_u32);
            for byte in 0..=u8::MAX {
                let has = match class {
                    Class::Bytes(class) => {
                        class.iter().any(|range| (range.start()..=range.end()).contains(&byte))
                    }
                    Class::Unicode(class) => class
                        .iter()
                        .any(|range| (range.start()..=range.end()).contains(&char::from(byte))),
                };
                if has && !is_of_run(byte) {
                    return None;
                }
                all += u32::from(has);
                digits += u32::from(has && byte.is_ascii_digit());
            }
            let without_digit = f64::from(all - digits) / f64::from(all.max(1));
            Some(Run { length: 1, without_digit })
        }
        HirKind::Look(_) => None,
        HirKind::Repetition(repetition) => {
            let one = whole(&repetition.sub)?;
            let times = usize::try_from(repetition.min).ok()?;
            let power = i32::try_from(repetition.min).ok()?;
            Some(Run { length: one.length * times, without_digit: one.without_digit.powi(power) })
        }
        HirKind::Capture(capture) => whole(&capture.sub),
        HirKind::Concat(parts) => {
            parts.iter().try_fold(Run::default(), |run, part| Some(run.then(whole(part)?)))
        }
        HirKind::Alternation(parts) => {
            let mut runs = parts.iter().map(whole);
            let first = runs.next()??;
            runs.try_fold(first, |least, run| {
                let run = run?;
                Some(Run {
                    length: least.length.min(run.length),
                    without_digit: least.without_digit.max(run.without_digit),
                })
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_which_every_match_has_a_run_are_known() {
        for (expression, wanted) in [
            ("[0-9a-f]{32}", true),
            ("[A-Za-z0-9]{32}", true),
            ("[A-Za-z0-9]{20}", false),
            ("[A-Za-z]{40}", false),
            ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", true),
            ("[0-9a-f]{12}", false),
            ("[A-Za-z0-9+/]{40}", true),
            ("[A-Za-z0-9.]{40}", false),
            ("[A-Za-z0-9.]{4}\\.[0-9a-f]{24}", true),
            ("(?P<secret>[0-9a-f]{24})", true),
            ("[0-9a-f]{24}|[0-9A-Z]{20}", true),
            ("[0-9a-f]{24}|[0-9A-Z]{10}", false),
            ("[0-9a-f]{8}:[0-9a-f]{8}", false),
            ("(?:[0-9a-f]{8}){2,3}", true),
            ("(", false),
        ] {
            assert_eq!(has_run(expression), wanted, "{expression}");
        }
    }

    #[test]
    fn runs_are_those_that_are_found_byte_by_byte() {
        let mut random = 7_u64;
        for round in 0..3_000 {
            let mut text = Vec::new();
            for _ in 0..round % 40 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let byte = b"a7Z+/-_ .\xc3\"="[(random >> 33) as usize % 12];
                text.resize(text.len() + (random >> 40) as usize % 24, byte);
            }
            let mut wanted = Vec::new();
            let mut start = 0;
            for part in text.split(|&byte| !is_of_run(byte)) {
                if part.len() >= RUN {
                    wanted.push(Region::new(start, start + part.len()));
                }
                start += part.len() + 1;
            }
            assert_eq!(runs(&text), wanted, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_is_far_from_runs_is_told_in_order() {
        let far = |text: &str| {
            let mut parts = vec![Region::new(7, 9)];
            far_from_runs(text.as_bytes(), &runs(text.as_bytes()), &mut parts);
            parts.into_iter().map(|part| (part.start, part.end)).collect::<Vec<_>>()
        };
        assert_eq!(far(""), []);
        assert_eq!(far("a short text"), [(0, 12)]);
        assert_eq!(far("anIdentifierWithoutDigits"), [(0, 25)]);
        assert_eq!(far("0123456789abcdef"), []);
        assert_eq!(far("0123456789abcde"), [(0, 15)]);
        let run = "0123456789abcdef";
        let text = format!("{}{run}{}", " ".repeat(300), " ".repeat(100));
        assert_eq!(far(&text), [(0, 44), (380, 416)]);
        let text = format!("{}{run}{}{run}", " ".repeat(10), " ".repeat(300));
        assert_eq!(far(&text), []);
        let text = format!("{run}{}{run}", " ".repeat(400));
        assert_eq!(far(&text), [(80, 160)]);
    }
}
