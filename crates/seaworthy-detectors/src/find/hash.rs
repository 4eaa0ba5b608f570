//! Hashes of passwords, beside the account that they open.
//!
//! A form counts when every part of it has its exact length and alphabet: sample
//! data is full of hashes that somebody made up, and those are seldom right.

mod form;

use seaworthy_analysis::values::entropy_per_char;
use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};

use super::near;
use crate::candidate::{Candidate, Name, Standing};
use crate::file::File;

/// The hash of a password.
pub(crate) static KIND: Kind = Kind {
    id: "password-hash",
    provider: "",
    name: "hash of a password",
    description: "Whoever has it can guess the password at home, at millions of tries per second \
                  where the password is weak.",
    revoke: "",
    severity: Severity::High,
    precision: Precision::Medium,
    family: Family::PasswordHash,
};

/// A hash that is broken in minutes whatever the password.
pub(crate) static FAST: Kind = Kind {
    id: "fast-password-hash",
    provider: "",
    name: "fast hash of a password",
    description: "Whoever has it can try thousands of millions of passwords per second, so that \
                  few passwords withstand.",
    revoke: "",
    severity: Severity::High,
    precision: Precision::Medium,
    family: Family::PasswordHash,
};

/// The most bytes of a hash.
pub(super) const MAX_HASH: usize = 400;

/// How far around a hash its account is looked for.
const NEIGHBOURHOOD: usize = 256;

/// Words that speak of an account or a password.
const WORDS: &[&str] = &[
    "pass",
    "pwd",
    "user",
    "login",
    "mail",
    "admin",
    "account",
    "role",
    "root",
    "hash",
    "crypt",
    "credential",
    "auth",
    "shadow",
    "member",
    "secret",
];

/// Looks at the literal at `hit`: what a form of hash begins with.
pub(crate) fn find(text: &str, hit: Region, _file: &File<'_>, out: &mut Vec<Candidate>) {
    let Some(hash) = form::read(text, hit) else { return };
    let Some(written) = text.get(hash.region.range()) else { return };
    // Filler of the right length.
    if entropy_per_char(&hash.digest) < hash.least_entropy() {
        return;
    }
    let user = user_before(text, hash.region.start);
    let around = around(text, hash.region);
    let email = email(around);
    if user.is_none() && email.is_none() && !WORDS.iter().any(|word| names_word(around, word)) {
        return;
    }
    let kind = if hash.fast { &FAST } else { &KIND };
    let mut candidate = Candidate::new(kind, hash.region, written);
    candidate.standing = Standing::Token;
    candidate.user = user.map(|user| user.text).or_else(|| email.map(str::to_owned));
    candidate.proof = hash.proof;
    out.push(candidate);
}

/// The name in `name:hash`, as files of passwords have it.
fn user_before(text: &str, start: usize) -> Option<Name> {
    let bytes = text.as_bytes();
    let colon = start.checked_sub(1).filter(|&at| bytes[at] == b':')?;
    let floor = colon.saturating_sub(64);
    let from = (floor..colon)
        .rev()
        .find(|&at| !(near::is_word(bytes[at]) || matches!(bytes[at], b'.' | b'-' | b'@' | b'\\')))
        .map_or(floor, |at| at + 1);
    let name = text.get(from..colon)?.trim_start_matches('\\');
    let region = Region::new(colon - name.len(), colon);
    (!name.is_empty()).then(|| Name { text: name.to_owned(), region })
}

/// The text around a hash, without it.
fn around(text: &str, hash: Region) -> (&str, &str) {
    let start = text.floor_char_boundary(hash.start.saturating_sub(NEIGHBOURHOOD));
    let end = text.ceil_char_boundary((hash.end + NEIGHBOURHOOD).min(text.len()));
    (text.get(start..hash.start).unwrap_or(""), text.get(hash.end..end).unwrap_or(""))
}

fn names_word((before, after): (&str, &str), word: &str) -> bool {
    crate::names::occurs(before, word) || crate::names::occurs(after, word)
}

/// An e-mail address near the hash, the nearest before it first.
fn email<'t>((before, after): (&'t str, &'t str)) -> Option<&'t str> {
    let at = |text: &'t str, at: usize| {
        let bytes = text.as_bytes();
        let local = bytes[..at]
            .iter()
            .rev()
            .take(64)
            .take_while(|&&byte| near::is_word(byte) || matches!(byte, b'.' | b'-' | b'+'))
            .count();
        let domain = bytes[at + 1..]
            .iter()
            .take(64)
            .take_while(|&&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
            .count();
        let host = &text[at + 1..at + 1 + domain];
        (local > 0 && host.trim_end_matches('.').contains('.'))
            .then(|| &text[at - local..at + 1 + domain])
    };
    let last = before.rmatch_indices('@').find_map(|(offset, _)| at(before, offset));
    last.or_else(|| after.match_indices('@').find_map(|(offset, _)| at(after, offset)))
}

#[cfg(test)]
mod tests;
