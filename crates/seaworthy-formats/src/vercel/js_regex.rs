//! Regular expressions as JavaScript reads them (without the `u` flag).
//!
//! Vercel hands the text of `source`, `src` and of conditions to `new RegExp`.
//! What that accepts, refuses and matches differs from Rust's engines in many
//! small ways, so the text is checked by JavaScript's grammar (with Annex B) and
//! translated. A pattern that is valid but cannot be decided here, for instance
//! with a back reference, answers [`Match::Unknown`].

use std::fmt;
use std::sync::OnceLock;

use super::js_reader::Reader;

/// Whether something matches, as far as that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It cannot be told here: the pattern is too large, too slow or uses what
    /// only JavaScript's engine has.
    Unknown,
}

impl Match {
    /// Whether it certainly matches.
    #[must_use]
    pub fn is_yes(self) -> bool {
        self == Match::Yes
    }

    /// `Yes` if either is, else `Unknown` if either is.
    #[must_use]
    pub fn or(self, other: impl FnOnce() -> Match) -> Match {
        match self {
            Match::Yes => Match::Yes,
            Match::No => other(),
            Match::Unknown => match other() {
                Match::Yes => Match::Yes,
                Match::No | Match::Unknown => Match::Unknown,
            },
        }
    }
}

/// Longer subjects are not matched.
const MAX_SUBJECT: usize = 4096;
/// Steps back before a match is given up.
const BACKTRACK_LIMIT: usize = 10_000;
/// Bytes one compiled part may take.
const SIZE_LIMIT: usize = 1 << 20;

/// A regular expression with JavaScript's syntax and meaning, compiled when it
/// is first used.
pub struct JsRegex {
    source: Box<str>,
    /// Whether our engine can be given the pattern.
    translatable: bool,
    sensitive: OnceLock<Option<fancy_regex::Regex>>,
    insensitive: OnceLock<Option<fancy_regex::Regex>>,
}

impl fmt::Debug for JsRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsRegex").field(&self.source).finish()
    }
}

impl Clone for JsRegex {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            translatable: self.translatable,
            sensitive: OnceLock::new(),
            insensitive: OnceLock::new(),
        }
    }
}

impl PartialEq for JsRegex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl JsRegex {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What `new RegExp` would refuse, in a few words.
    pub fn new(source: &str) -> Result<Self, &'static str> {
        let mut reader = Reader::new(source, false);
        reader.read()?;
        Ok(Self {
            source: source.into(),
            translatable: reader.translatable,
            sensitive: OnceLock::new(),
            insensitive: OnceLock::new(),
        })
    }

    /// The pattern as given.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the pattern occurs in `subject`, letter case counting.
    #[must_use]
    pub fn find(&self, subject: &str) -> Match {
        self.run(&self.sensitive, false, subject)
    }

    /// Whether the pattern occurs in `subject`, as with the flag `i`.
    #[must_use]
    pub fn find_ignoring_case(&self, subject: &str) -> Match {
        self.run(&self.insensitive, true, subject)
    }

    fn run(&self, cell: &OnceLock<Option<fancy_regex::Regex>>, fold: bool, subject: &str) -> Match {
        let regex = cell.get_or_init(|| {
            if !self.translatable {
                return None;
            }
            let mut reader = Reader::new(&self.source, fold);
            reader.read().ok()?;
            fancy_regex::RegexBuilder::new(&reader.out)
                .backtrack_limit(BACKTRACK_LIMIT)
                .delegate_size_limit(SIZE_LIMIT)
                .delegate_dfa_size_limit(SIZE_LIMIT)
                .build()
                .ok()
        });
        match regex {
            Some(regex) if subject.len() <= MAX_SUBJECT => match regex.is_match(subject) {
                Ok(true) => Match::Yes,
                Ok(false) => Match::No,
                Err(_) => Match::Unknown,
            },
            _ => Match::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_is_judged_as_new_regexp_does() {
        let cases = [
            ("", true),
            ("a|", true),
            ("/(.*)", true),
            ("/(", false),
            ("/)", false),
            ("*", false),
            ("a**", false),
            ("a+?", true),
            ("a+??", false),
            ("^*", false),
            ("(?=a)*", true),
            ("(?<=a)*", false),
            ("a{2,1}", false),
            ("a{1,2}", true),
            ("{2}", false),
            ("{a}", true),
            ("a{,2}", true),
            ("]}", true),
            ("[", false),
            ("[]", true),
            ("[z-a]", false),
            ("[\\w-a]", true),
            ("a\\", false),
            ("(?x)", false),
            ("(?<n>a)\\k<n>", true),
            ("(?<n>a)\\k<m>", false),
            ("\\k<m>", true),
            ("(?<n>a)(?<n>b)", false),
            ("(?<1>a)", false),
            ("(?<n", false),
        ];
        for (pattern, valid) in cases {
            assert_eq!(JsRegex::new(pattern).is_ok(), valid, "{pattern}");
        }
    }

    #[test]
    fn meaning_is_that_of_javascript() {
        let cases = [
            ("^a.c$", "abc", Match::Yes),
            ("^a.c$", "a\nc", Match::No),
            ("^a$", "a\n", Match::No),
            ("^[^/]+?$", "é/", Match::No),
            ("^\\d$", "٣", Match::No),
            ("^\\w+$", "naïve", Match::No),
            ("\\bfoo\\b", "a foo b", Match::Yes),
            ("\\bfoo\\b", "afoo", Match::No),
            ("^[&&a]$", "&", Match::Yes),
            ("^[[a]$", "[", Match::Yes),
            ("^[a-\\d]$", "-", Match::Yes),
            ("^[\\b]$", "\u{8}", Match::Yes),
            ("^[^]$", "\n", Match::Yes),
            ("[]", "a", Match::No),
            ("^{,2}$", "{,2}", Match::Yes),
            ("^\\x41\\u0042\\103$", "ABC", Match::Yes),
            ("^\\q\\-$", "q-", Match::Yes),
            ("^(?!api/).*$", "api/x", Match::No),
            ("^(?<!x)y$", "y", Match::Yes),
            ("^(a)\\1$", "aa", Match::Unknown),
            ("^(a)\\2$", "a\u{2}", Match::Yes),
        ];
        for (pattern, subject, expected) in cases {
            let regex = JsRegex::new(pattern).expect(pattern);
            assert_eq!(regex.find(subject), expected, "{pattern} on {subject:?}");
        }
    }

    #[test]
    fn letter_case_counts_only_when_asked() {
        let cases = [
            ("^/About$", "/aBOUT", Match::Yes),
            ("^[a-f]+$", "ABC", Match::Yes),
            ("^É$", "é", Match::Yes),
            ("^[X-b]$", "B", Match::Yes),
            ("^[0-9]$", "a", Match::No),
        ];
        for (pattern, subject, expected) in cases {
            let regex = JsRegex::new(pattern).expect(pattern);
            assert_eq!(regex.find_ignoring_case(subject), expected, "{pattern} on {subject}");
            assert_eq!(regex.find(subject), Match::No, "{pattern} on {subject}, case counting");
        }
    }

    #[test]
    fn hostile_patterns_neither_panic_nor_hang() {
        let subject = "a".repeat(1000);
        let patterns = [
            "(".repeat(10_000),
            format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000)),
            format!("{}a{}", "(?=".repeat(5_000), ")".repeat(5_000)),
            "((a{1000}){1000}){1000}".to_owned(),
            "(?:(?=a){900}){900}".to_owned(),
            "(?=.)(a+)+$b".to_owned(),
            "^(?=(a|aa)+)(a|a)*b".to_owned(),
            "[".repeat(10_000),
            "a{99999999999999999999}".to_owned(),
            "\\b".repeat(1_000),
            "(?:a?)".repeat(1_000) + &"a".repeat(1_000),
        ];
        for pattern in &patterns {
            if let Ok(regex) = JsRegex::new(pattern) {
                let _ = regex.find(&subject);
                let _ = regex.find_ignoring_case("");
            }
        }
    }
}
