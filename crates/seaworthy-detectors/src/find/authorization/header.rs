//! The value that a header is given: on a line of its own, in a string, in a map,
//! in a list, or as the next argument of a call.

use seaworthy_model::Region;

use crate::candidate::Standing;
use crate::file::{File, Language};
use crate::find::near::{self, Mark};

/// The longest value in quotes that is read.
const REACH: usize = 4096;
/// The longest value without quotes: short, because the names in such a value are
/// looked at in their turn.
const BARE: usize = 1024;

/// The value of a header.
pub(super) struct Value {
    /// Its bytes, without quotes.
    pub(super) region: Region,
    /// How it stands.
    pub(super) standing: Standing,
    /// Whether it is the next item of a list: perhaps no value at all.
    pub(super) item: bool,
}

/// The whole name around a part of it: letters, digits, `-` and `_`.
pub(super) fn whole_name(bytes: &[u8], part: Region) -> Option<Region> {
    let in_name = |byte: u8| near::is_word(byte) || byte == b'-';
    let floor = part.start.saturating_sub(40);
    let mut start = part.start;
    while start > floor && in_name(bytes[start - 1]) {
        start -= 1;
    }
    // The letter of an escape: `\nX-Api-Key`.
    if start < part.start && start > 0 && bytes[start - 1] == b'\\' {
        start += 1;
    }
    let ceiling = bytes.len().min(part.end + 24);
    let mut end = part.end;
    while end < ceiling && in_name(bytes[end]) {
        end += 1;
    }
    (end - start <= 48).then_some(Region::new(start, end))
}

/// The value of the header whose name stands at `name`.
pub(super) fn value(text: &str, name: Region, file: &File<'_>) -> Option<Value> {
    let bytes = text.as_bytes();
    let outer = near::mark_before(bytes, name.start);
    let closing = near::mark_at(bytes, name.end);
    match (outer, closing) {
        (Some(outer), Some(closing)) if outer == closing => {
            after_quoted_name(text, name.end + closing.len(), file)
        }
        (_, Some(_)) => None,
        (outer, None) => after_bare_name(text, name.end, outer, file),
    }
}

/// The value before the name: `addValue("…", forHTTPHeaderField: "X-Api-Key")`.
pub(super) fn before(text: &str, name: Region) -> Option<Value> {
    let bytes = text.as_bytes();
    let label = "forhttpheaderfield:";
    let floor = name.start.saturating_sub(label.len() + 8);
    let at = near::seek(bytes, Region::new(floor, name.start), label)?;
    let comma = (at.saturating_sub(8)..at).rev().find(|&at| bytes[at] > b' ')?;
    let quote = comma.checked_sub(1)?;
    if bytes[comma] != b',' || bytes[quote] != b'"' {
        return None;
    }
    let start = (quote.saturating_sub(256)..quote)
        .rev()
        .take_while(|&at| bytes[at] != b'\n')
        .find(|&at| bytes[at] == b'"')?;
    let region = Region::new(start + 1, quote);
    Some(Value { region, standing: Standing::Quoted, item: false })
}

/// `Name: value` on a line or in a string, `Name: "value"`, `Name:\n  - value`.
fn after_bare_name(text: &str, at: usize, outer: Option<Mark>, file: &File<'_>) -> Option<Value> {
    let bytes = text.as_bytes();
    let at = near::skip_blanks(bytes, at);
    let separator = *bytes.get(at)?;
    if !matches!(separator, b':' | b'=') || matches!(bytes.get(at + 1), Some(b'=' | b':' | b'~')) {
        return None;
    }
    let mut at = near::skip_blanks(bytes, at + 1);
    if bytes.get(at) == Some(&b'>') {
        at = near::skip_blanks(bytes, at + 1);
    }
    if outer.is_none() {
        if separator == b':' && matches!(bytes.get(at), Some(b'\n' | b'\r')) {
            let item = near::skip_space(bytes, at);
            if bytes.get(item..item + 2) != Some(b"- ") {
                return None;
            }
            at = near::skip_blanks(bytes, item + 2);
        }
        if bytes.get(at) == Some(&b'[') {
            at = near::skip_space(bytes, at + 1);
        }
        if near::mark_at(bytes, at).is_some() {
            return quoted(bytes, at, false);
        }
        // What is bare in a program is a name.
        if matches!(file.language, Language::Code | Language::Json) {
            return None;
        }
    }
    bare(text, at)
}

/// What follows a name in quotes: `: "value"`, `, "value"`, `] = "value"`,
/// `, "value": "value"`, ` value="value"`.
fn after_quoted_name(text: &str, at: usize, file: &File<'_>) -> Option<Value> {
    let bytes = text.as_bytes();
    let mut at = near::skip_space(bytes, at);
    if bytes.get(at) == Some(&b']') {
        at = near::skip_blanks(bytes, at + 1);
    }
    let mut item = false;
    match bytes.get(at)? {
        b',' => {
            at = near::skip_space(bytes, at + 1);
            item = true;
            if let Some(next) = value_label(bytes, at) {
                at = next;
                item = false;
            }
        }
        b':' => at += 1,
        b'=' if bytes.get(at + 1) != Some(&b'=') => {
            at += if bytes.get(at + 1) == Some(&b'>') { 2 } else { 1 };
        }
        _ => at = value_label(bytes, at)?,
    }
    at = near::skip_space(bytes, at);
    while matches!(bytes.get(at), Some(b'[' | b'{')) {
        at = near::skip_space(bytes, at + 1);
    }
    if bytes.get(at..at + 2) == Some(b"- ") {
        at = near::skip_blanks(bytes, at + 2);
    }
    if let Some(found) = quoted(bytes, at, item) {
        return Some(found);
    }
    // A constructor, or the prefix of a string: `from_static("…")`, `b"…"`.
    let path = |byte: u8| near::is_word(byte) || b":.&@ ".contains(&byte);
    let ceiling = bytes.len().min(at + 64);
    let call = (at..ceiling).find(|&at| !path(bytes[at]))?;
    match bytes[call] {
        b'(' => quoted(bytes, near::skip_space(bytes, call + 1), item),
        _ if call > at && call - at <= 2 => quoted(bytes, call, item),
        _ if matches!(file.language, Language::Config) && !item => bare(text, at),
        _ => None,
    }
}

/// After `value:` or `"value" =>`, the label of the value of a pair that is
/// written out.
fn value_label(bytes: &[u8], at: usize) -> Option<usize> {
    let mark = near::mark_at(bytes, at);
    let name = at + mark.map_or(0, Mark::len);
    let mut end = name;
    while end < name + 8 && bytes.get(end).is_some_and(u8::is_ascii_alphabetic) {
        end += 1;
    }
    let label = &bytes[name..end];
    if !["value", "values", "val", "content"]
        .iter()
        .any(|known| label.eq_ignore_ascii_case(known.as_bytes()))
    {
        return None;
    }
    let at = near::skip_blanks(bytes, end + mark.map_or(0, Mark::len));
    match bytes.get(at)? {
        b':' => Some(at + 1),
        b'=' => Some(at + if bytes.get(at + 1) == Some(&b'>') { 2 } else { 1 }),
        _ => None,
    }
}

fn quoted(bytes: &[u8], at: usize, item: bool) -> Option<Value> {
    let found = near::quoted(bytes, at, REACH)?;
    Some(Value { region: found.content, standing: Standing::Quoted, item })
}

/// A value up to the end of its line or of the string around it.
fn bare(text: &str, start: usize) -> Option<Value> {
    let bytes = text.as_bytes();
    let ceiling = bytes.len().min(start + BARE);
    let mut end = (start..ceiling)
        .find(|&at| match bytes[at] {
            b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'<' => true,
            b'\\' => matches!(bytes.get(at + 1), Some(b'n' | b'r' | b'"' | b'\'' | b'\\' | b'u')),
            _ => false,
        })
        .unwrap_or_else(|| text.floor_char_boundary(ceiling));
    // `token token="…"` goes on within quotes of its own.
    if bytes.get(end) == Some(&b'"')
        && end > start
        && bytes[end - 1] == b'='
        && let Some(inner) = near::quoted(bytes, end, 256)
    {
        end = inner.after;
    }
    while end > start && (bytes[end - 1] <= b' ' || matches!(bytes[end - 1], b',' | b';')) {
        end -= 1;
    }
    (end > start).then(|| Value {
        region: Region::new(start, end),
        standing: Standing::Bare,
        item: false,
    })
}
