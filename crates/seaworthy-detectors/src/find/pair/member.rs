//! Names and values that are members of one object: `name: X`, `value: v`.

use super::bare::config_value;
use super::bytes::{
    REACH, before, blanks_back, byte, is_quote, is_word, line_end, mark, mark_back, skip_blanks,
    skip_breaks, stands, word_end, word_start,
};
use super::expression::expression;
use super::literal::Literal;

/// Members that hold the name.
const NAMES: &[&[u8]] = &[
    b"name",
    b"key",
    b"variable",
    b"parameterkey",
    b"id",
    b"header",
    b"field",
    b"envname",
    b"env",
    b"parametername",
    b"headername",
    b"setting",
    b"option",
    b"envvar",
    b"variablekey",
];

/// Members that hold the value.
const VALUES: &[&[u8]] = &[
    b"value",
    b"val",
    b"defaultvalue",
    b"default",
    b"currentvalue",
    b"parametervalue",
    b"stringvalue",
    b"content",
    b"initialvalue",
    b"default_value",
    b"string_value",
    b"secretstring",
    b"plaintext",
];

/// The value of the object that the name at `start..end` is in, its quotation
/// marks counted in.
pub(super) fn value(text: &str, start: usize, end: usize, is_config: bool) -> Option<Literal> {
    let b = text.as_bytes();
    // Before it: `name: `, `"key" = `.
    let at = blanks_back(b, start);
    let at = match before(b, at) {
        b':' | b'=' => at - 1,
        b'>' if at >= 2 && b[at - 2] == b'=' => at - 2,
        _ => return None,
    };
    let at = blanks_back(b, at);
    let at = mark_back(b, at).map_or(at, |(mark, _)| mark);
    let key = b.get(word_start(b, at)..at)?;
    if !NAMES.iter().any(|name| name.eq_ignore_ascii_case(key)) {
        return None;
    }
    // After it: other members, until the one that holds the value.
    let mut at = end;
    for _ in 0..5 {
        at = skip_blanks(b, at);
        if matches!(byte(b, at), b',' | b';') {
            at += 1;
        }
        at = skip_breaks(b, at);
        let (key, next) = member_name(b, at)?;
        let separator = skip_blanks(b, next);
        let after = match byte(b, separator) {
            b':' => separator + 1,
            b'=' if byte(b, separator + 1) == b'>' => separator + 2,
            b'=' => separator + 1,
            _ => return None,
        };
        if VALUES.iter().any(|name| name.eq_ignore_ascii_case(b.get(key.0..key.1).unwrap_or(b""))) {
            let first = skip_blanks(b, after);
            return if is_config && mark(b, first).is_none_or(|(escapes, ..)| escapes == 0) {
                config_value(text, after, key.0, true)
            } else {
                expression(text, after, 0)
            };
        }
        at = skip_scalar(b, after)?;
    }
    None
}

/// The bounds of a member's name, and the offset after it and its marks.
fn member_name(b: &[u8], at: usize) -> Option<((usize, usize), usize)> {
    let start = mark(b, at).map_or(at, |(.., start)| start);
    let end = word_end(b, start);
    if end == start {
        return None;
    }
    let next = if start == at { end } else { mark(b, end)?.2 };
    Some(((start, end), next))
}

/// The offset after a scalar value at `at`.
fn skip_scalar(b: &[u8], at: usize) -> Option<usize> {
    let at = skip_blanks(b, at);
    if let Some((escapes, quote, start)) = mark(b, at) {
        let limit = b.len().min(start + REACH);
        let length = b.get(start..limit)?.iter().position(|&found| found == quote)?;
        let end = start + length + 1;
        return (escapes == 0 || byte(b, end - 2) == b'\\').then_some(end);
    }
    if is_quote(byte(b, at)) || stands(b, at, b"{") || stands(b, at, b"[") {
        return None;
    }
    let end = line_end(b, at)?;
    let mut next = at;
    while next < end && (is_word(b[next]) || matches!(b[next], b'.' | b'-' | b'/' | b' ' | b'\r')) {
        next += 1;
    }
    (next > at).then_some(next)
}
