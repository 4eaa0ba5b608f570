//! The lines of the regular, indented formats that yarn and pnpm write.

use std::borrow::Cow;

use seaworthy_model::Region;

use super::Lockfile;

/// A line that says something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// How many blanks it is indented by.
    pub(super) indent: usize,
    /// What follows, without blanks at the end.
    pub(super) text: &'a str,
    /// Where that begins in the file.
    pub(super) start: usize,
}

/// A key or value, decoded, with its bytes.
#[derive(Clone, Debug)]
pub(super) struct Scalar<'a> {
    pub(super) text: Cow<'a, str>,
    /// With the quotes.
    pub(super) region: Region,
    /// Without the quotes.
    pub(super) content: Region,
}

/// The lines of `text` but blank ones and comments. Lines of a merge conflict
/// are noted as errors and left out.
pub(super) fn each<'a>(
    text: &'a str,
    lock: &mut Lockfile,
    mut visit: impl FnMut(Line<'a>, &mut Lockfile),
) {
    let bytes = text.as_bytes();
    let mut start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |n| start + n);
        let whole = &text[start..end];
        let body = whole.trim_end();
        let trimmed = body.trim_start_matches(' ');
        if is_conflict_marker(body) {
            lock.error(Region::new(start, start + body.len()), "unresolved merge conflict");
        } else if !trimmed.is_empty() && !trimmed.starts_with('#') {
            let indent = body.len() - trimmed.len();
            visit(Line { indent, text: trimmed, start: start + indent }, lock);
        }
        start = end + 1;
    }
}

/// Whether the line is one that git writes around both sides of a conflict.
pub(super) fn is_conflict_marker(line: &str) -> bool {
    if !line.starts_with(['<', '=', '>', '|']) {
        return false;
    }
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|marker| {
        line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    })
}

/// The scalar at the beginning of `text`, quoted or else up to where `ends`
/// says, and what follows it.
pub(super) fn scalar<'a>(
    text: &'a str,
    start: usize,
    ends: impl Fn(&str) -> usize,
) -> (Scalar<'a>, &'a str) {
    let quote = text.as_bytes().first().copied().filter(|q| matches!(q, b'"' | b'\''));
    if let Some(quote) = quote
        && let Some((value, length)) = quoted(text, quote)
    {
        let region = Region::new(start, start + length);
        let content = Region::new(start + 1, start + length - 1);
        return (Scalar { text: value, region, content }, &text[length..]);
    }
    let length = ends(text).min(text.len());
    let plain = text[..length].trim_end();
    let region = Region::new(start, start + plain.len());
    (Scalar { text: Cow::Borrowed(plain), region, content: region }, &text[length..])
}

/// Reads a quoted scalar that ends on its line: its value and its length with
/// the quotes.
fn quoted(text: &str, quote: u8) -> Option<(Cow<'_, str>, usize)> {
    let bytes = text.as_bytes();
    let mut decoded: Option<String> = None;
    let mut copied = 1;
    let mut at = 1;
    loop {
        let byte = *bytes.get(at)?;
        if byte == quote {
            if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') {
                decoded.get_or_insert_default().push_str(&text[copied..=at]);
                at += 2;
                copied = at;
                continue;
            }
            let rest = &text[copied..at];
            let value = match decoded {
                Some(mut value) => {
                    value.push_str(rest);
                    Cow::Owned(value)
                }
                None => Cow::Borrowed(rest),
            };
            return Some((value, at + 1));
        }
        if quote == b'"' && byte == b'\\' {
            // Of the escapes, lockfiles hold quotes and backslashes alone.
            decoded.get_or_insert_default().push_str(&text[copied..at]);
            copied = at + 1;
            at = copied + text[copied..].chars().next()?.len_utf8();
            continue;
        }
        at += 1;
    }
}

/// Where two ASCII bytes follow one another. Faster than a search for a text
/// when it is found soon.
pub(super) fn pair(text: &str, first: u8, second: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(first, bytes).find(|&at| bytes.get(at + 1) == Some(&second))
}

/// Divides `key: value` or `key:` as YAML does. `None` when there is no key.
pub(super) fn key_value<'a>(line: Line<'a>) -> Option<(Scalar<'a>, &'a str, usize)> {
    let (key, rest) = scalar(line.text, line.start, |text| {
        let inner = pair(text, b':', b' ');
        inner.unwrap_or(if text.ends_with(':') { text.len() - 1 } else { text.len() })
    });
    let value = rest.trim_start().strip_prefix(':')?;
    let value = value.trim_start();
    let offset = line.start + line.text.len() - value.len();
    Some((key, value, offset))
}

/// A value that reaches to the end of its line.
pub(super) fn value(text: &str, start: usize) -> Scalar<'_> {
    scalar(text, start, str::len).0
}

/// The entries of a mapping written in braces on one line.
pub(super) fn flow_entries(text: &str, start: usize) -> Vec<(Scalar<'_>, Scalar<'_>)> {
    let mut entries = Vec::new();
    let Some(mut rest) = text.strip_prefix('{') else { return entries };
    let offset = |rest: &str| start + text.len() - rest.len();
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if rest.is_empty() || rest.starts_with('}') {
            return entries;
        }
        let (key, after) = scalar(rest, offset(rest), |t| pair(t, b':', b' ').unwrap_or(t.len()));
        let Some(after) = after.trim_start().strip_prefix(':') else { return entries };
        let after = after.trim_start();
        let (value, after) = scalar(after, offset(after), |t| {
            pair(t, b',', b' ').or_else(|| t.rfind('}')).unwrap_or(t.len())
        });
        entries.push((key, value));
        rest = after;
    }
}
