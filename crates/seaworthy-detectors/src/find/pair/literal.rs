//! String literals: their ends, their escapes, and several of them joined.

use super::bytes::{MAX_VALUE, byte, is_blank, is_quote, mark, skip_breaks, stands};
use crate::candidate::Standing;

/// A literal value.
#[derive(Debug)]
pub(super) struct Literal {
    /// Where its content begins.
    pub(super) start: usize,
    /// Where its content ends.
    pub(super) end: usize,
    /// Where the text goes on after it.
    pub(super) after: usize,
    /// Its effective text, where that differs from the bytes.
    pub(super) text: Option<String>,
    /// How it stands.
    pub(super) standing: Standing,
}

impl Literal {
    /// A literal whose bytes are its text.
    pub(super) const fn plain(start: usize, end: usize, standing: Standing) -> Self {
        Self { start, end, after: end, text: None, standing }
    }
}

/// The quoted string at `at`, where its quotation mark stands, perhaps escaped.
/// `is_raw` when its backslashes mean themselves.
pub(super) fn quoted(text: &str, at: usize, is_raw: bool) -> Option<Literal> {
    let b = text.as_bytes();
    let (escapes, quote, start) = mark(b, at)?;
    if escapes == 0 && quote != b'`' && byte(b, start) == quote {
        if byte(b, start + 1) == quote {
            return triple(text, start + 2, quote);
        }
        return None;
    }
    let limit = b.len().min(start + MAX_VALUE + 1);
    let mut end = start;
    let mut has_escape = false;
    loop {
        let rest = b.get(end..limit)?;
        let found = if quote == b'`' {
            rest.iter().position(|&byte| byte == b'`' || byte == b'\\')?
        } else {
            rest.iter().position(|&byte| byte == quote || byte == b'\\' || byte == b'\n')?
        };
        end += found;
        match b[end] {
            b'\n' => return None,
            b'\\' => {
                let mut run = 1;
                while byte(b, end + run) == b'\\' {
                    run += 1;
                }
                if byte(b, end + run) == quote {
                    let closes = if escapes == 0 { run % 2 == 0 } else { run == escapes };
                    if closes {
                        let content = if escapes == 0 { end + run } else { end };
                        has_escape |= escapes == 0;
                        return finish(
                            text,
                            start,
                            content,
                            end + run + 1,
                            escapes,
                            has_escape && !is_raw,
                        );
                    }
                    // Fewer marks of escape than at the opening: an outer string
                    // ends here.
                    if escapes > 0 && run < escapes {
                        return None;
                    }
                    end += run + 1;
                } else {
                    end += run;
                    if escapes == 0 && run % 2 == 1 && byte(b, end) == b'\n' {
                        end += 1;
                    }
                }
                has_escape = true;
            }
            // An unescaped mark ends the outer string of an escaped one.
            _ if escapes > 0 => return None,
            _ => return finish(text, start, end, end + 1, 0, has_escape && !is_raw),
        }
    }
}

fn finish(
    text: &str,
    start: usize,
    end: usize,
    after: usize,
    escapes: usize,
    has_escape: bool,
) -> Option<Literal> {
    let content = text.get(start..end)?;
    let effective = has_escape.then(|| {
        let mut effective = unescape(content);
        // One level more for each doubling of the backslashes at the marks.
        let mut levels = (escapes + 1).trailing_zeros();
        while levels > 0 && effective.contains('\\') {
            effective = unescape(&effective);
            levels -= 1;
        }
        effective
    });
    Some(Literal { start, end, after, text: effective, standing: Standing::Quoted })
}

/// The rest of a string that began with three marks.
fn triple(text: &str, start: usize, quote: u8) -> Option<Literal> {
    let b = text.as_bytes();
    let limit = b.len().min(start + MAX_VALUE + 3);
    let marks = [quote; 3];
    let rest = b.get(start..limit)?;
    let length = memchr::memmem::find(rest, &marks)?;
    trimmed(text, start, start + length, start + length + 3, Standing::Quoted)
}

/// The part of the text without the white space around it.
pub(super) fn trimmed(
    text: &str,
    start: usize,
    end: usize,
    after: usize,
    standing: Standing,
) -> Option<Literal> {
    let content = text.get(start..end)?;
    let start = start + (content.len() - content.trim_start().len());
    let end = start + content.trim().len();
    Some(Literal { start, end, after, text: None, standing })
}

/// Undoes the escapes that most languages share; others stay as they are.
fn unescape(content: &str) -> String {
    let mut out = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let mut chars = tail.chars();
        let Some(escaped) = chars.next() else {
            out.push('\\');
            return out;
        };
        rest = chars.as_str();
        match escaped {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '\\' | '"' | '\'' | '`' | '/' | '$' => out.push(escaped),
            '\n' => rest = rest.trim_start(),
            'x' | 'u' => {
                let (digits, skip) = if escaped == 'u' && rest.starts_with('{') {
                    let digits = rest[1..].split('}').next().unwrap_or("");
                    (digits, digits.len() + 2)
                } else {
                    let count = if escaped == 'x' { 2 } else { 4 };
                    (rest.get(..count).unwrap_or(""), count)
                };
                let decoded = (!digits.is_empty() && digits.len() <= 6)
                    .then(|| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32))
                    .flatten();
                match (decoded, rest.get(skip..)) {
                    (Some(decoded), Some(tail)) => {
                        out.push(decoded);
                        rest = tail;
                    }
                    _ => {
                        out.push('\\');
                        out.push(escaped);
                    }
                }
            }
            _ => {
                out.push('\\');
                out.push(escaped);
            }
        }
    }
    out.push_str(rest);
    out
}

/// The quoted string at `at` and those that an operator of the language, or mere
/// neighbourhood, joins to it. `None` when something that is no literal is joined.
pub(super) fn joined(text: &str, at: usize, is_raw: bool) -> Option<Literal> {
    let b = text.as_bytes();
    let mut whole = match quoted(text, at, is_raw) {
        Some(first) => first,
        // An empty string may be the beginning of a sum.
        None if stands(b, at, b"\"\"") || stands(b, at, b"''") => {
            Literal::plain(at + 1, at + 1, Standing::Quoted).closed(at + 2)
        }
        None => return None,
    };
    if byte(b, at) == b'\\' {
        return Some(whole);
    }
    for _ in 0..64 {
        let next = match operator(b, whole.after) {
            Sum::End => break,
            Sum::Other => return None,
            Sum::Next(next) => next,
        };
        let prefix = usize::from(matches!(byte(b, next), b'@' | b'b' | b'r' | b'f' | b'u' | b'L'));
        let next = if is_quote(byte(b, next)) { next } else { next + prefix };
        if byte(b, next) == b'\\' {
            return None;
        }
        let (start, end, after, part) = match quoted(text, next, is_raw) {
            Some(part) => {
                let content = match part.text {
                    Some(content) => content,
                    None => text.get(part.start..part.end)?.to_owned(),
                };
                (part.start, part.end, part.after, content)
            }
            None if stands(b, next, b"\"\"") || stands(b, next, b"''") => {
                (whole.start, whole.end, next + 2, String::new())
            }
            None => return None,
        };
        let mut content = match whole.text.take() {
            Some(content) => content,
            None => text.get(whole.start..whole.end)?.to_owned(),
        };
        if content.is_empty() {
            whole.start = start;
        }
        content.push_str(&part);
        if content.len() > MAX_VALUE {
            return None;
        }
        whole.text = Some(content);
        whole.end = end;
        whole.after = after;
    }
    (whole.start < whole.end).then_some(whole)
}

impl Literal {
    const fn closed(mut self, after: usize) -> Self {
        self.after = after;
        self
    }
}

/// What joins a string literal to the next.
enum Sum {
    /// Nothing.
    End,
    /// Something that is no string literal.
    Other,
    /// The literal there.
    Next(usize),
}

fn operator(b: &[u8], at: usize) -> Sum {
    // Most literals end before a delimiter.
    if matches!(byte(b, at), b',' | b';' | b')' | b'}' | b']' | b'>') {
        return Sum::End;
    }
    let next = skip_breaks(b, at);
    let end = match byte(b, next) {
        b'+' if byte(b, next + 1) == b'=' => return Sum::End,
        b'+' if byte(b, next + 1) == b'+' => next + 2,
        b'+' => next + 1,
        // A patch's line.
        b'-' => return Sum::End,
        // The end of a form of Erlang, of a sentence of COBOL.
        b'.' if next == at && matches!(byte(b, next + 1), b'\n' | b'\r') => return Sum::End,
        b'.' if byte(b, next + 1) == b'.' => next + 2,
        b'.' if !byte(b, next + 1).is_ascii_alphanumeric() && byte(b, next + 1) != b'_' => next + 1,
        b'&' if is_blank(byte(b, next + 1)) => next + 1,
        b'<' if byte(b, next + 1) == b'>' => next + 2,
        b'"' | b'\'' if next > at => {
            // Neighbours: of the same kind, and nothing assigned to the second.
            return match b.get(at - 1) {
                Some(&quote) if quote == byte(b, next) && byte(b, next + 1) != quote => {
                    Sum::Next(next)
                }
                _ => Sum::End,
            };
        }
        _ => return Sum::End,
    };
    let next = skip_breaks(b, end);
    let first = byte(b, next);
    if is_quote(first)
        || (matches!(first, b'@' | b'b' | b'r' | b'f' | b'u' | b'L') && is_quote(byte(b, next + 1)))
    {
        Sum::Next(next)
    } else {
        Sum::Other
    }
}
