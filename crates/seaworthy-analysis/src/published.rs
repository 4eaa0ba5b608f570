//! Whether a secret is in a published list of secrets found in the wild.
//!
//! The list (Wallarm's `jwt-secrets`, see `NOTICE`) is not in the repository:
//! `published/table.bin` holds a 48-bit keyed fingerprint of each of its
//! entries, made by `cargo xtask codegen published-secrets`. The table is
//! compiled in as it is and searched in place, so it costs nothing until it is
//! asked.
//!
//! A value that is not in the list is found by mistake once in 2.7 thousand
//! million lookups (104 thousand entries in 2^48), far below what the rest of
//! the judgement can promise.

mod siphash;
mod table;

pub use table::{encode, fingerprint};

use table::contains;

static TABLE: &[u8] = include_bytes!("published/table.bin");

/// The longest value that is looked up; no entry of the list is longer.
const MAX_LENGTH: usize = 2048;

/// Whether the value, or the value that it was plainly made from, is in the
/// list.
///
/// Tried in this order, since guessing tools try the same:
/// the value as it is; in lower case; without up to six trailing digits and
/// signs (`Secret2024!`); the text that it encodes in base64 or hexadecimal.
/// Reversed or doubled forms are not tried: nobody was seen to use them.
#[must_use]
pub fn is_published_secret(value: &str) -> bool {
    let value = value.trim();
    if value.is_empty() || value.len() > MAX_LENGTH {
        return false;
    }
    let known = |text: &[u8]| contains(TABLE, fingerprint(text));
    if known(value.as_bytes()) || known_lower(value) {
        return true;
    }
    let stem = value.trim_end_matches(|c: char| c.is_ascii_digit() || "!@#$%&*?._-".contains(c));
    if stem.len() >= 5
        && value.len() - stem.len() <= 6
        && stem.len() < value.len()
        && (known(stem.as_bytes()) || known_lower(stem))
    {
        return true;
    }
    let body = value.strip_prefix("base64:").unwrap_or(value);
    let decoded = match crate::values::decode_text(body) {
        Some(text) if text.len() >= 4 => text,
        _ => return false,
    };
    known(decoded.trim_end().as_bytes())
}

/// Looks the value up in lower case, without allocation for usual lengths.
fn known_lower(value: &str) -> bool {
    let mut buffer = [0u8; 128];
    let Some(lower) = buffer.get_mut(..value.len()) else { return false };
    if !value.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return false;
    }
    lower.copy_from_slice(value.as_bytes());
    lower.make_ascii_lowercase();
    contains(TABLE, fingerprint(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_secrets_and_what_is_made_of_them_are_members() {
        for value in [
            "secret",
            "your-256-bit-secret",
            "changeme",
            "SECRET",
            "Secret",
            "secret2024!",
            "password1",
            "c2VjcmV0a2V5",
            "base64:c2VjcmV0a2V5",
            " secret ",
        ] {
            assert!(is_published_secret(value), "{value}");
        }
    }

    #[test]
    fn random_values_are_no_members() {
        let mut state = 7u64;
        for _ in 0..2000 {
            let token: String = (0..4)
                .map(|_| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    format!("{:016x}", state ^ (state >> 29))
                })
                .collect();
            assert!(!is_published_secret(&token));
        }
        for value in ["", &"a".repeat(1_000_000), "tidepool-lighthouse-keeper", "é"] {
            assert!(!is_published_secret(value));
        }
    }

    #[test]
    fn the_table_is_small_and_whole() {
        assert!(TABLE.len() < 500_000, "{}", TABLE.len());
        assert!(table::is_sound(TABLE));
    }
}
