//! The slow way, for comparison: every expression over the whole text, and every
//! structural finder at every literal that a plain search finds. The engine has
//! to find exactly the same.

use seaworthy_detector_pack::Index;

use crate::candidate::Candidate;
use crate::file::File;
use crate::scan::{Scanner, Scratch, Search};

/// Every literal of an index in the text, as its number and offset, by plain
/// search, in the order of the text.
pub(crate) fn hits(index: &Index, text: &[u8]) -> Vec<(u16, usize)> {
    let folded = text.to_ascii_lowercase();
    let mut hits = Vec::new();
    for (number, literal) in (0u16..).zip(index.literals) {
        let haystack = if literal.ignore_case { &folded[..] } else { text };
        let mut from = 0;
        // Occurrences may overlap.
        while let Some(at) = memchr::memmem::find(&haystack[from..], literal.text.as_bytes()) {
            hits.push((number, from + at));
            from += at + 1;
        }
    }
    hits.sort_unstable_by_key(|&(number, at)| (at, number));
    hits
}

/// The candidates of a text, found the slow way.
#[must_use]
pub fn candidates(scanner: &Scanner, text: &str, file: &File<'_>) -> Vec<Candidate> {
    let mut scratch = Scratch::default();
    scanner.scan_by(Search::Everywhere, text, file, &mut scratch);
    scratch.found
}
