//! Bytes out of text.

use seaworthy_syntax::json;

/// Base64 in either alphabet, padded or not.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    // A last group of one digit holds no byte.
    if digits.is_empty() || digits.len() % 4 == 1 || text.len() - digits.len() > 2 {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    unpack(digits, 6, digit).map(|(bytes, _)| bytes)
}

/// Base32 in capitals, without padding; bits that are left over must be zero.
pub(super) fn base32(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    };
    unpack(digits, 5, digit).filter(|&(_, left)| left == 0).map(|(bytes, _)| bytes)
}

/// Puts digits of some bits together to bytes, and gives the bits that are left
/// over at the end.
fn unpack(digits: &[u8], bits: u32, digit: impl Fn(u8) -> Option<u8>) -> Option<(Vec<u8>, u32)> {
    let mut bytes = Vec::with_capacity(digits.len());
    let mut held = 0_u32;
    let mut count = 0;
    for &byte in digits {
        held = held << bits | u32::from(digit(byte)?);
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.push((held >> count & 0xff) as u8);
        }
    }
    Some((bytes, held & ((1 << count) - 1)))
}

/// Whether the bytes are an object of JSON.
pub(super) fn is_json_object(bytes: &[u8]) -> bool {
    has_key(bytes, None)
}

/// Whether the bytes are an object of JSON that has the key, if one is asked for.
pub(super) fn has_key(bytes: &[u8], key: Option<&str>) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if !text.trim_start().starts_with('{') {
        return false;
    }
    let tree = json::parse(text);
    let root = tree.root();
    tree.errors().is_empty() && root.is_mapping() && key.is_none_or(|key| root.get(key).is_some())
}

/// Whether the bytes are text without control characters.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}
