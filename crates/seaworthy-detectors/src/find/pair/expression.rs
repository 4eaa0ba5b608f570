//! Values in programming languages: a literal, a literal in a wrapper, the
//! literal that something falls back to, an array of bytes.

use super::bytes::{
    REACH, byte, is_blank, is_quote, is_word, skip_blanks, skip_breaks, skip_space, stands,
    stands_folded,
};
use super::callee;
use super::literal::{Literal, joined, quoted};
use crate::candidate::Standing;

/// How deep wrappers are looked into.
const MAX_DEPTH: u8 = 2;

/// The literal that the expression at `at` comes to.
pub(super) fn expression(text: &str, at: usize, depth: u8) -> Option<Literal> {
    let b = text.as_bytes();
    let mut at = skip_breaks(b, at);
    let mut parentheses = 0;
    for _ in 0..8 {
        match byte(b, at) {
            b'"' | b'\'' | b'`' => return checked(text, joined(text, at, false)?),
            b'\\' => return quoted(text, at, false),
            b'(' if parentheses < 3 => {
                parentheses += 1;
                at = skip_space(b, at + 1);
            }
            // A cast.
            b')' if parentheses > 0 => {
                parentheses -= 1;
                at = skip_blanks(b, at + 1);
            }
            b'@' | b'&' | b'*' => at += 1,
            b'$' if matches!(byte(b, at + 1), b'"' | b'\'' | b'@' | b'$') => at += 1,
            b'<' if byte(b, at + 1) == b'<' => at = skip_space(b, at + 2),
            b'[' if byte(b, at + 1) == b']' => at += 2,
            b'{' if is_quote(byte(b, skip_space(b, at + 1))) => {
                // `password={"…"}`, and no map.
                let found = byte_array(text, at);
                if found.is_some() {
                    return found;
                }
                let inner = joined(text, skip_space(b, at + 1), false)?;
                return (byte(b, skip_space(b, inner.after)) == b'}').then_some(inner);
            }
            b'[' | b'{' => return byte_array(text, at),
            first if is_word(first) || first == b'$' => {
                if first.is_ascii_digit() {
                    return None;
                }
                match operand(text, at, depth)? {
                    Operand::Literal(found) => return checked(text, found),
                    Operand::Skip(next) => at = next,
                }
            }
            _ => return None,
        }
    }
    None
}

/// A literal that stands for a type (`"a" | "b"`) or is put into an operation is
/// no value.
fn checked(text: &str, found: Literal) -> Option<Literal> {
    let b = text.as_bytes();
    if matches!(byte(b, found.after), b',' | b';' | b')' | b'\n' | b'}') {
        return Some(found);
    }
    let next = skip_blanks(b, found.after);
    let is_union = byte(b, next) == b'|' && byte(b, next + 1) != b'|';
    let is_formatted = byte(b, next) == b'%' && byte(b, next + 1) != b'>';
    (!is_union && !is_formatted).then_some(found)
}

/// What an operand comes to.
enum Operand {
    Literal(Literal),
    /// The expression goes on there.
    Skip(usize),
}

/// The end of the path of names at `at`: `process.env.X`, `Foo::bar`, `this->x`.
fn path_end(b: &[u8], at: usize) -> usize {
    let limit = b.len().min(at + REACH);
    let mut end = at;
    while end < limit {
        let next = byte(b, end + 1);
        end += match b[end] {
            b if is_word(b) => 1,
            b'$' | b'.' => 1,
            b':' if next == b':' => 2,
            b'-' if next == b'>' => 2,
            b'-' if end > at && next.is_ascii_alphabetic() => 1,
            b'?' if next == b'.' => 1,
            _ => break,
        };
    }
    end
}

fn operand(text: &str, at: usize, depth: u8) -> Option<Operand> {
    let b = text.as_bytes();
    let end = path_end(b, at);
    let path = b.get(at..end)?;
    let next = byte(b, end);
    if is_quote(next) && path.len() <= 3 {
        return prefixed(text, path, end).map(Operand::Literal);
    }
    if next == b'#' && path.len() <= 2 {
        return rust_raw(text, end).map(Operand::Literal);
    }
    if matches!(path, b"new" | b"await" | b"yield") && (is_blank(next) || next == b' ') {
        return Some(Operand::Skip(skip_blanks(b, end)));
    }
    if stands_folded(path, 0, b"convertto-securestring") && path.len() == 22 {
        let mut at = skip_blanks(b, end);
        if stands_folded(b, at, b"-string ") {
            at = skip_blanks(b, at + 8);
        }
        return quoted(text, at, false).map(Operand::Literal);
    }
    let mut at = end;
    // Macros of Rust, assertions of TypeScript.
    if next == b'!' && byte(b, end + 1) != b'=' {
        at += 1;
    }
    if stands(b, at, b"?:") || stands(b, at, b"??") {
        return following(text, at);
    }
    match byte(b, at) {
        b'(' => {
            if depth < MAX_DEPTH
                && let Some(found) = argument(text, path, at + 1, depth)
            {
                return Some(Operand::Literal(found));
            }
            following(text, skip_group(b, at)?)
        }
        b'[' => {
            let after = skip_group(b, at)?;
            if byte(b, skip_blanks(b, after)) == b'{' {
                return byte_array(text, skip_blanks(b, after)).map(Operand::Literal);
            }
            if at + 1 < after
                && matches!(path, b"vec" | b"bytes")
                && let Some(found) = byte_array(text, at)
            {
                return Some(Operand::Literal(found));
            }
            following(text, after)
        }
        b'{' => byte_array(text, at).map(Operand::Literal),
        _ => following(text, at),
    }
}

/// A string with a prefix: `b"…"`, `@"…"`, `L"…"`, `N'…'`.
fn prefixed(text: &str, prefix: &[u8], at: usize) -> Option<Literal> {
    let known = prefix.iter().all(|byte| b"bBrRuUfFLNEexX8cs".contains(byte));
    if !known {
        return None;
    }
    let is_raw = prefix.iter().any(|byte| matches!(byte, b'r' | b'R'));
    joined(text, at, is_raw)
}

/// `r#"…"#`.
fn rust_raw(text: &str, at: usize) -> Option<Literal> {
    let b = text.as_bytes();
    let mut start = at;
    while byte(b, start) == b'#' && start - at < 4 {
        start += 1;
    }
    let hashes = start - at;
    if byte(b, start) != b'"' {
        return None;
    }
    let limit = b.len().min(start + super::bytes::MAX_VALUE);
    let rest = b.get(start + 1..limit)?;
    let mut close = [b'#'; 5];
    close[0] = b'"';
    let length = memchr::memmem::find(rest, &close[..=hashes])?;
    let end = start + 1 + length;
    Some(Literal { after: end + 1 + hashes, ..Literal::plain(start + 1, end, Standing::Quoted) })
}

/// The literal that a call comes to: the argument of a wrapper, the default of
/// a getter.
fn argument(text: &str, path: &[u8], at: usize, depth: u8) -> Option<Literal> {
    let b = text.as_bytes();
    let first = skip_breaks(b, at);
    if callee::is_wrapper(path) {
        return expression(text, first, depth + 1);
    }
    if !callee::has_default(path) {
        return None;
    }
    // The default is the second argument, after a literal name.
    let name = if is_quote(byte(b, first)) || byte(b, first) == b'\\' {
        quoted(text, first, false)?.after
    } else {
        let end = path_end(b, first);
        if end == first {
            return None;
        }
        end
    };
    let comma = skip_blanks(b, name);
    if byte(b, comma) != b',' {
        return None;
    }
    default_argument(text, comma + 1, depth)
}

/// A default among the arguments at `at`: the next one, or one by that name.
pub(super) fn default_argument(text: &str, at: usize, depth: u8) -> Option<Literal> {
    let b = text.as_bytes();
    let mut at = skip_breaks(b, at);
    for _ in 0..3 {
        let end = path_end(b, at);
        let after = skip_blanks(b, end);
        let is_named = end > at
            && (byte(b, after) == b'=' && byte(b, after + 1) != b'='
                || byte(b, after) == b':' && byte(b, after + 1) != b':');
        if !is_named {
            // A type or another name stands before it: `cast=str`, `String.class`.
            return expression(text, at, depth + 1);
        }
        let name = b.get(at..end)?;
        let value = skip_blanks(b, after + 1);
        if name.len() <= 16
            && [&b"default"[..], b"fallback", b"defaultvalue", b"default_value", b"value"]
                .iter()
                .any(|word| name.eq_ignore_ascii_case(word))
        {
            return expression(text, value, depth + 1);
        }
        let next = path_end(b, value);
        let comma = skip_blanks(b, next);
        if byte(b, comma) != b',' {
            return None;
        }
        at = skip_breaks(b, comma + 1);
    }
    None
}

/// The fallback after an operand that ends at `at`: `|| "…"`, `?? "…"`,
/// `or "…"`, `.unwrap_or("…")`.
fn following(text: &str, at: usize) -> Option<Operand> {
    let b = text.as_bytes();
    let mut at = at;
    for _ in 0..4 {
        let next = skip_space(b, at);
        let two = (byte(b, next), byte(b, next + 1));
        match two {
            (b'|', b'|') | (b'?', b'?') | (b'?', b':') => {
                return Some(Operand::Skip(skip_breaks(b, next + 2)));
            }
            (b'o', b'r') if next > at && is_blank(byte(b, next + 2)) => {
                return Some(Operand::Skip(skip_breaks(b, next + 3)));
            }
            (b'.', _) | (b'?', b'.') => {
                let start = next + 1 + usize::from(two.0 == b'?');
                let end = path_end(b, start);
                if byte(b, end) != b'(' {
                    if end == start || byte(b, end) == b'!' {
                        return None;
                    }
                    at = end;
                    continue;
                }
                if callee::is_fallback(b.get(start..end)?) {
                    return Some(Operand::Skip(closure(b, end + 1)));
                }
                at = skip_group(b, end)?;
            }
            (b'?', b')') | (b'!', _) if two.1 != b'=' => at = next + 1,
            _ => return None,
        }
    }
    None
}

/// The literal that stands in when the operand before `at` is missing.
pub(super) fn fallback(text: &str, at: usize) -> Option<Literal> {
    match following(text, at)? {
        Operand::Literal(found) => Some(found),
        Operand::Skip(next) => expression(text, next, 0),
    }
}

/// What stands before the value of a closure: `|_| "…"`, `() -> "…"`, `{ "…" }`.
fn closure(b: &[u8], at: usize) -> usize {
    let mut at = skip_space(b, at);
    if byte(b, at) == b'|' {
        let end = (at + 1..at + 32).find(|&at| byte(b, at) == b'|');
        at = end.map_or(at, |end| skip_space(b, end + 1));
    }
    if stands(b, at, b"()") {
        let arrow = skip_blanks(b, at + 2);
        if stands(b, arrow, b"->") || stands(b, arrow, b"=>") {
            at = skip_space(b, arrow + 2);
        }
    }
    if byte(b, at) == b'{' {
        at = skip_space(b, at + 1);
    }
    at
}

/// The offset after the group that opens at `at`, at most [`REACH`] bytes.
pub(super) fn skip_group(b: &[u8], at: usize) -> Option<usize> {
    let limit = b.len().min(at + REACH);
    let mut depth = 0_u32;
    for (offset, &found) in b.get(at..limit)?.iter().enumerate() {
        match found {
            b'(' | b'[' => depth += 1,
            b')' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + offset + 1);
                }
            }
            b';' | b'{' => return None,
            _ => {}
        }
    }
    None
}

/// The value after a type: `: &str = "…"`, ` string = "…"`. `None` when no type
/// with an assignment stands at `at`.
pub(super) fn after_type(b: &[u8], at: usize) -> Option<usize> {
    let limit = b.len().min(at + 80);
    let mut depth = 0_u32;
    let mut at = at;
    while at < limit {
        match b[at] {
            b'=' => {
                let plain = depth == 0
                    && !matches!(byte(b, at + 1), b'=' | b'>' | b'~')
                    && !matches!(byte(b, at - 1), b'!' | b'<' | b'>' | b'=')
                    || depth == 0 && byte(b, at - 1) == b'>' && byte(b, at + 1) == b' ';
                return plain.then_some(at + 1);
            }
            b'<' | b'[' => depth += 1,
            b'>' | b']' => depth = depth.checked_sub(1)?,
            b',' | b';' if depth > 0 => {}
            b'|' if byte(b, at + 1) != b'|' && byte(b, at - 1) != b'|' => {}
            b' ' | b'.' | b'?' | b'&' | b'\'' | b':' | b'*' | b'!' => {
                // A lifetime, not a string.
                if b[at] == b'\'' && !matches!(byte(b, at - 1), b'&' | b'<') {
                    return None;
                }
            }
            found if is_word(found) => {}
            _ => return None,
        }
        at += 1;
    }
    None
}

/// The array of bytes at `at`, where its bracket stands; shown as hex.
pub(super) fn byte_array(text: &str, at: usize) -> Option<Literal> {
    const FEWEST: usize = 16;
    const MOST: usize = 512;
    let b = text.as_bytes();
    let close = match byte(b, at) {
        b'{' => b'}',
        b'[' => b']',
        _ => return None,
    };
    let mut at = skip_space(b, at + 1);
    let start = at;
    let mut bytes = String::new();
    let mut count = 0;
    loop {
        // A cast: `(byte) 0x12`, `(byte)-3`.
        if stands(b, at, b"(byte)") {
            at = skip_blanks(b, at + 6);
        }
        let negative = byte(b, at) == b'-';
        at += usize::from(negative);
        let is_hex = byte(b, at) == b'0' && matches!(byte(b, at + 1), b'x' | b'X');
        at += if is_hex { 2 } else { 0 };
        let mut value = 0_u32;
        let mut digits = 0;
        let radix = if is_hex { 16 } else { 10 };
        while let Some(digit) = char::from(byte(b, at)).to_digit(radix) {
            value = value * radix + digit;
            digits += 1;
            at += 1;
            if digits > 3 {
                return None;
            }
        }
        if digits == 0 || value > 255 || (negative && value > 128) {
            return None;
        }
        // A suffix of Rust or C: `0x12u8`.
        let suffix =
            if stands(b, at, b"u8") { 2 } else { usize::from(matches!(byte(b, at), b'u' | b'U')) };
        let end = at + suffix;
        let value = if negative { (256 - value) & 255 } else { value };
        for nibble in [value >> 4, value & 15] {
            bytes.push(char::from_digit(nibble, 16)?);
        }
        count += 1;
        if count > MOST {
            return None;
        }
        at = skip_space(b, end);
        let comma = byte(b, at) == b',';
        if comma {
            at = skip_space(b, at + 1);
        }
        if byte(b, at) == close {
            return (count >= FEWEST).then_some(Literal {
                start,
                end,
                after: at + 1,
                text: Some(bytes),
                standing: Standing::Quoted,
            });
        }
        if !comma {
            return None;
        }
    }
}
