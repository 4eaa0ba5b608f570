//! The owner of a bare `key`: the name of the mapping that it stands in.
//!
//! Alone the word says nothing, for every map has keys; under `Jwt` or
//! `encryption` it is one.

use super::Pair;
use super::bytes::{blanks_back, is_word, line_start, skip_blanks, space_back};
use crate::file::{File, Language};

/// How far back the mapping's own name is sought.
const REACH: usize = 400;

/// Words of mappings whose `key` is a secret.
const OWNERS: &[&str] = &[
    "jwt",
    "token",
    "tokens",
    "auth",
    "authentication",
    "api",
    "encryption",
    "crypto",
    "crypt",
    "cipher",
    "signing",
    "hmac",
    "security",
    "session",
    "cookie",
    "stripe",
    "sendgrid",
    "mailgun",
    "pusher",
    "algolia",
    "openai",
    "paypal",
    "razorpay",
    "mailchimp",
    "cloudinary",
    "twilio",
    "aws",
    "azure",
    "weather",
    "datadog",
];

/// Whether the pair is a bare `key` of a mapping with such a name.
pub(super) fn is_key_of_secret(text: &str, pair: &Pair, file: &File<'_>) -> bool {
    pair.name.text.eq_ignore_ascii_case("key")
        && owner(text, pair.name.region.start, file).is_some_and(|name| {
            seaworthy_analysis::names::split_words(name)
                .iter()
                .any(|word| OWNERS.contains(&word.as_str()))
        })
}

/// The name of the mapping around `at`.
fn owner<'t>(text: &'t str, at: usize, file: &File<'_>) -> Option<&'t str> {
    let b = text.as_bytes();
    if file.language == Language::Config {
        let own = line_start(b, at);
        let indent = skip_blanks(b, own) - own;
        let mut line = own;
        while line > 0 && own - line < REACH {
            line = line_start(b, line - 1);
            let first = skip_blanks(b, line);
            if first - line < indent {
                return name_before(text, line_end_of(b, first));
            }
        }
        return None;
    }
    let floor = at.saturating_sub(REACH);
    let mut depth = 0_usize;
    let mut place = at;
    while place > floor {
        place -= 1;
        match b[place] {
            b'}' | b']' => depth += 1,
            b'{' | b'[' if depth > 0 => depth -= 1,
            b'{' | b'[' => return name_before(text, place),
            _ => {}
        }
    }
    None
}

fn line_end_of(b: &[u8], at: usize) -> usize {
    b[at..].iter().position(|&found| found == b'\n').map_or(b.len(), |length| at + length)
}

/// The word before an operator that ends at `end`: `"Jwt": `, `'maps' => `.
fn name_before(text: &str, end: usize) -> Option<&str> {
    let b = text.as_bytes();
    let mut at = space_back(b, end);
    while at > 0 && matches!(b[at - 1], b':' | b'=' | b'>' | b'(') {
        at -= 1;
    }
    at = blanks_back(b, at);
    while at > 0 && matches!(b[at - 1], b'"' | b'\'') {
        at -= 1;
    }
    let end = at;
    while at > 0 && end - at < 64 && is_word(b[at - 1]) {
        at -= 1;
    }
    text.get(at..end).filter(|name| !name.is_empty())
}
