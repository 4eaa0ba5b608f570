//! The lexical part of JSON: strings, numbers and what may be passed over.

use std::borrow::Cow;

use seaworthy_model::Region;

use crate::Style;

/// A string as read.
pub(super) struct Text<'a> {
    /// Its value.
    pub(super) value: Cow<'a, str>,
    /// Its bytes with the quotes.
    pub(super) region: Region,
    /// By its quotes; `Plain` when it is not closed.
    pub(super) style: Style,
}

/// The bytes at which the reading of a string has to look closer.
static STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        stops[byte] = true;
        byte += 1;
    }
    stops[b'"' as usize] = true;
    stops[b'\'' as usize] = true;
    stops[b'\\' as usize] = true;
    stops
};

/// Reads the string whose quote stands at `start`. A string ends at the end of
/// its line at the latest: that is where its author thought it did.
pub(super) fn read<'a>(
    text: &'a str,
    start: usize,
    mut error: impl FnMut(Region, &'static str),
) -> Text<'a> {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let style = if quote == b'"' { Style::Double } else { Style::Single };
    let mut at = start + 1;
    let mut decoded: Option<String> = None;
    // What lies between `copied` and `at` has not been put into `decoded` yet.
    let mut copied = at;
    let mut style = style;
    let end = loop {
        match bytes.get(at) {
            Some(&byte) if byte == quote => break at + 1,
            None | Some(b'\n' | b'\r') => {
                error(Region::new(start, at), "string is not closed");
                style = Style::Plain;
                break at;
            }
            Some(b'\\') => {
                let buffer = decoded.get_or_insert_with(String::new);
                buffer.push_str(&text[copied..at]);
                at = escape(text, at, buffer, &mut error);
                copied = at;
            }
            Some(0..0x20) => {
                error(Region::new(at, at + 1), "control character in a string");
                at += 1;
            }
            Some(_) => {
                at += 1;
                let rest = &bytes[at..];
                at += rest.iter().position(|&b| STOPS[b as usize]).unwrap_or(rest.len());
            }
        }
    };
    let region = Region::new(start, end);
    if style == Style::Single {
        error(region, "string is not in double quotes");
    }
    let content_end = if style == Style::Plain { end } else { end - 1 };
    let value = match decoded {
        Some(mut buffer) => {
            buffer.push_str(&text[copied..content_end]);
            Cow::Owned(buffer)
        }
        None => Cow::Borrowed(&text[start + 1..content_end]),
    };
    Text { value, region, style }
}

/// Decodes the escape at `at` and returns the offset after it.
fn escape(
    text: &str,
    at: usize,
    buffer: &mut String,
    error: &mut impl FnMut(Region, &'static str),
) -> usize {
    let Some(letter) = text[at + 1..].chars().next() else {
        error(Region::new(at, at + 1), "escape without a character");
        return at + 1;
    };
    let end = at + 1 + letter.len_utf8();
    let plain = match letter {
        '"' | '\\' | '/' => letter,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(text, at, buffer, error),
        '\n' | '\r' => {
            // The end of the line also ends the string.
            error(Region::new(at, at + 1), "escape without a character");
            return at + 1;
        }
        _ => {
            error(Region::new(at, end), "escape that JSON does not know");
            letter
        }
    };
    buffer.push(plain);
    end
}

/// Decodes `\uXXXX`, or two of them that make up one character. Half a pair
/// becomes U+FFFD, as JSON lets it stand.
fn unicode(
    text: &str,
    at: usize,
    buffer: &mut String,
    error: &mut impl FnMut(Region, &'static str),
) -> usize {
    let Some(first) = hex4(text, at + 2) else {
        error(Region::new(at, at + 2), "escape without four hexadecimal digits");
        return at + 2;
    };
    let end = at + 6;
    if (0xd800..0xdc00).contains(&first)
        && text.as_bytes().get(end..end + 2) == Some(b"\\u")
        && let Some(second) = hex4(text, end + 2)
        && (0xdc00..0xe000).contains(&second)
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        buffer.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        return end + 6;
    }
    buffer.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
    end
}

fn hex4(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// Whether `word` is a number by JSON's grammar.
pub(super) fn is_number(word: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = word.strip_prefix('-').unwrap_or(word);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}

/// The offset of the end of the line that `at` lies in, its break excluded.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &text.as_bytes()[at..]).map_or(text.len(), |length| at + length)
}

/// Whether git's marker of a merge conflict begins at `at`.
pub(super) fn is_conflict_marker(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let first = bytes[at];
    (at == 0 || bytes[at - 1] == b'\n')
        && bytes.len() >= at + 7
        && bytes[at..at + 7].iter().all(|&b| b == first)
        && matches!(bytes.get(at + 7), None | Some(b' ' | b'\n' | b'\r'))
}

/// The offset after the collection that begins at `start`, found by counting
/// brackets, so that no depth is too deep.
pub(super) fn skip_balanced(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    let mut depth = 0usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b'"' => {
                at += 1;
                while let Some(&byte) = bytes.get(at) {
                    match byte {
                        b'"' | b'\n' => break,
                        b'\\' => at += 2,
                        _ => at += 1,
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}
