//! Literal texts, of which a file must have one.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;

/// A text shorter than this is searched for one needle after the other: most scans are
/// of a few small files, and done before an automaton is made.
const SHORT: usize = 16 << 10;

/// The needles of a selector.
#[derive(Debug, Default)]
pub(super) struct Needles {
    needles: Vec<String>,
    together: OnceLock<Option<AhoCorasick>>,
}

impl Needles {
    pub(super) fn new(needles: Vec<String>) -> Self {
        Self { needles, together: OnceLock::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// Whether one of them stands in a text.
    pub(super) fn any_in(&self, text: &str) -> bool {
        let together = || {
            let mut builder = AhoCorasick::builder();
            builder.match_kind(MatchKind::LeftmostFirst).build(&self.needles).ok()
        };
        if self.needles.len() > 1
            && text.len() >= SHORT
            && let Some(together) = self.together.get_or_init(together)
        {
            return together.is_match(text);
        }
        self.needles.iter().any(|needle| memmem::find(text.as_bytes(), needle.as_bytes()).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needles_are_found_in_short_texts_and_in_long_ones() {
        let needles = Needles::new(["service_key", "vice", "SECRET"].map(str::to_owned).to_vec());
        for fill in [0, 100, SHORT] {
            let around =
                |inside: &str| format!("{}{inside}{}", "x ".repeat(fill), "y".repeat(fill));
            for (inside, want) in [
                ("", false),
                ("service", true),
                ("VICE", false),
                ("SECRE", false),
                ("SECRET", true),
            ] {
                assert_eq!(needles.any_in(&around(inside)), want, "{inside} in {fill}");
            }
        }
        assert!(!Needles::default().any_in("x") && Needles::default().is_empty());
    }
}
