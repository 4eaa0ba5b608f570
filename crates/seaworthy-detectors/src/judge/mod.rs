//! The judgement: what makes of a candidate a finding worth reading.
//!
//! Finders know syntax; whether a text is a secret is decided here and nowhere
//! else, by one score. The points are named in [`score`]; they are added up from
//! what is known:
//!
//! * **The value.** What it looks like ([`shape`]): a generated key counts most,
//!   then short keys, hexadecimal digits (which may be a hash), passwords that
//!   people made, UUIDs. Plain text, names, paths, code, patterns and placeholders
//!   are no candidates at all. Letters are judged by a model of words
//!   ([`letters`]), not by entropy: a long identifier has the entropy of a key.
//! * **The name.** A password, key or secret counts more than a token; a name
//!   that has such a word without being of one ([`name`]) counts against, a name
//!   for a label, a hash or a public key ends the matter.
//! * **The format.** A token of a provider starts from the precision of its
//!   detector, and a proof that holds outweighs everything.
//! * **The host** of a connection string: reachable by all or by this machine.
//! * **The place** ([`place`]): configuration counts for it; tests, documentation,
//!   templates, examples, translations, cryptography, rules of other detectors and
//!   words about test vectors nearby count against.
//!
//! The levels: 92 points are very high precision, 70 high, 50 medium, 25 low.
//! Medium and better are reported; literals in tests never get there, tokens with
//! a real body always do. Severity is the kind's, milder by the file's role and
//! for hosts that few can reach.
//!
//! Weak values (`admin`, `changeme`, `password123`) are no leaks; other rules
//! speak of them.

mod assignment;
mod connection;
mod letters;
mod name;
mod pattern;
mod place;
mod score;
mod shape;
mod token;
mod typed;

use seaworthy_detector_pack::Family;
use seaworthy_model::{Precision, Severity};

use crate::candidate::Candidate;
use crate::file::File;

/// What a candidate is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub precision: Precision,
}

/// Judges a candidate; `None` when it is no secret.
pub(crate) fn judge(candidate: &Candidate, text: &str, file: &File<'_>) -> Option<Verdict> {
    match candidate.kind.family {
        Family::Token => token::judge(candidate, text, file),
        Family::Assignment if quick_reject(&candidate.secret) => None,
        Family::Assignment => assignment::judge(candidate, text, file),
        Family::Connection => connection::judge(candidate, text, file),
        Family::PrivateKey => token::judge_key(candidate, text, file),
        Family::Jwt => token::judge_jwt(candidate, text, file),
        Family::PasswordHash => token::judge_hash(candidate, text, file),
    }
}

/// Whether a literal can never be a secret, told from its bytes in passing: too
/// short, of another alphabet, a reference, nothing but small letters or a name
/// in capitals. Asked before anything is allocated.
pub(crate) fn quick_reject(value: &str) -> bool {
    let bytes = value.as_bytes();
    if bytes.len() < 6 && !is_short_mixed(bytes)
        || matches!(bytes, [b'$' | b'#', b'{' | b'(', ..] | [b'{', b'{', ..] | [b'<', ..])
    {
        return true;
    }
    let (mut lower, mut upper, mut digit, mut other, mut space) = (0, 0, 0, 0, 0usize);
    for &byte in bytes.iter().take(64) {
        match byte {
            b'a'..=b'z' => lower += 1,
            b'A'..=b'Z' => upper += 1,
            b'0'..=b'9' => digit += 1,
            b' ' | b'\t' => space += 1,
            b'_' | b'-' | b'.' | b':' => {}
            0x80.. => return true,
            _ => other += 1,
        }
    }
    // An app password has spaces, four groups of four small letters, and a
    // passphrase.
    if space > 0 {
        let app_password = bytes.len() == 19 && space == 3 && lower == 16;
        return !app_password && !typed::is_passphrase(value);
    }
    let letters = lower + upper;
    letters < 2 || (digit + other == 0 && (lower == 0 || upper == 0) && bytes.len() < 16)
}

/// Five characters of every kind: a password, and nothing else.
fn is_short_mixed(bytes: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| bytes.iter().any(kind);
    bytes.len() == 5
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
        && has(|byte| b"!@#%&*?+^~".contains(byte))
}

#[cfg(test)]
mod tests;
