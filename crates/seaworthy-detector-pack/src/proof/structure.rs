//! Structures that a token of a kind has and an imitation has not.

use super::decode::{base32, base64, has_key, is_json_object};

/// The prefix of an AWS key id: `AKIA`, `ASIA`.
const AWS_PREFIX: usize = 4;

pub(super) fn aws_key_id(token: &str) -> bool {
    let Some(bytes) = token.as_bytes().get(AWS_PREFIX..).and_then(base32) else { return false };
    let [a, b, c, d, e, f, _, _, _, _] = bytes[..] else { return false };
    // The account is the 40 bits after the first.
    let bits = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let account = (bits & 0x7fff_ffff_ff80) >> 7;
    (1..1_000_000_000_000).contains(&account)
}

pub(super) fn jwt(token: &str) -> bool {
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    base64(header).is_some_and(|bytes| has_key(&bytes, Some("alg")))
        && base64(payload).is_some_and(|bytes| is_json_object(&bytes))
}

/// A macaroon of the second version, behind a prefix that ends in `-`: a byte of
/// version, then fields of a byte of type, a length and that many bytes; zero
/// ends a section. The last field is the signature, 32 bytes of type 6.
pub(super) fn macaroon(token: &str) -> bool {
    const VERSION: u8 = 2;
    const SIGNATURE: u8 = 6;
    let body = token.split_once('-').map_or(token, |(_, body)| body);
    let Some(bytes) = base64(body) else { return false };
    let Some((&VERSION, mut rest)) = bytes.split_first() else { return false };
    while let [kind, after @ ..] = rest {
        if *kind == 0 {
            rest = after;
            continue;
        }
        let Some((length, after)) = length(after) else { return false };
        let Some((_, after)) = after.split_at_checked(length) else { return false };
        if *kind == SIGNATURE {
            return length == 32 && after.is_empty();
        }
        rest = after;
    }
    false
}

/// A length in groups of seven bits, the lowest first.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    for (at, byte) in bytes.iter().take(3).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((length, &bytes[at + 1..]));
        }
    }
    None
}

pub(super) fn slack(token: &str) -> bool {
    let mut parts = token.split('-');
    let (Some(_), Some(random)) = (parts.next(), parts.next_back()) else { return false };
    let number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let ids = || parts.clone().filter(|part| part.len() > 1 && number(part));
    ids().next().is_some() && ids().all(|id| !id.starts_with('0') && mixed(id)) && is_random(random)
}

pub(super) fn stripe(token: &str) -> bool {
    token.rsplit_once('_').is_some_and(|(_, random)| is_random(random))
}

/// Whether a part was drawn by chance, as far as its letters can tell: of
/// hexadecimal digits both digits and letters, of others both capitals and small
/// letters. A genuine part of 24 misses that once in a hundred thousand times.
fn is_random(part: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| part.as_bytes().iter().any(kind);
    let letters = if part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase)
    } else {
        has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
    };
    letters && mixed(part)
}

/// Whether a part is neither one character over and over nor counted up.
fn mixed(part: &str) -> bool {
    let bytes = part.as_bytes();
    let plain = |pair: &&[u8]| pair[0] == pair[1] || pair[0].wrapping_add(1) == pair[1];
    let steps = bytes.windows(2).filter(plain).count();
    steps * 2 < bytes.len()
}
