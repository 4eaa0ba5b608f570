//! Elements and attributes of XML and HTML.

use super::bytes::{
    MAX_VALUE, REACH, before, byte, is_quote, is_word, mark, skip_blanks, skip_space, stands,
    stands_folded, word_end,
};
use super::literal::{Literal, quoted, trimmed};
use super::table;
use crate::candidate::Standing;

/// Elements whose `name`, `key` or `id` names what they hold.
const HOLDERS: &[&[u8]] = &[
    b"property",
    b"entry",
    b"string",
    b"param",
    b"env",
    b"item",
    b"add",
    b"setting",
    b"variable",
    b"value",
    b"var",
    b"key",
    b"data",
    b"parameter",
    b"field",
    b"attribute",
    b"env-var",
    b"option",
    b"input",
    b"prop",
    b"context-param",
    b"config",
    b"constructor-arg",
    b"systemproperty",
    b"meta-data",
    b"const",
    b"secret",
    b"arg",
    b"preference",
    b"xsl",
    b"resource",
    b"metadata",
    b"environmentvariable",
    b"init-param",
    b"meta",
    b"stringprop",
    b"elementprop",
];

/// The text of the element whose opening tag ends with the `>` at `at`. With a
/// name, the closing tag has to repeat it.
fn content(text: &str, at: usize, name: Option<&[u8]>) -> Option<Literal> {
    let b = text.as_bytes();
    let start = at + 1;
    if stands(b, skip_space(b, start), b"<![CDATA[") {
        let start = skip_space(b, start) + 9;
        let limit = b.len().min(start + MAX_VALUE + 3);
        let length = memchr::memmem::find(b.get(start..limit)?, b"]]>")?;
        return trimmed(text, start, start + length, start + length + 3, Standing::Block);
    }
    let limit = b.len().min(start + MAX_VALUE + 1);
    let end = start + b.get(start..limit)?.iter().position(|&found| found == b'<')?;
    if byte(b, end + 1) != b'/' {
        return None;
    }
    if let Some(name) = name
        && (!stands(b, end + 2, name) || is_word(byte(b, end + 2 + name.len())))
    {
        return None;
    }
    trimmed(text, start, end, end, Standing::Block)
}

/// The content of an element that is named `start..end`: `<password>…</password>`.
pub(super) fn element(text: &str, start: usize, end: usize) -> Option<Literal> {
    let b = text.as_bytes();
    let mut tag = start;
    if before(b, tag) == b':' {
        tag -= 1;
        while tag > 0 && is_word(b[tag - 1]) && start - tag < 32 {
            tag -= 1;
        }
    }
    if before(b, tag) != b'<' {
        return None;
    }
    let close = tag_end(b, end)?;
    // `<Password><Value>…</Value>` of Windows' answers to its setup.
    let inner = skip_space(b, close + 1);
    if stands_folded(b, inner, b"<value>") {
        return content(text, inner + 6, None);
    }
    content(text, close, b.get(tag..end))
}

/// The `>` of the tag that goes on at `at`, unless the tag closes itself.
fn tag_end(b: &[u8], at: usize) -> Option<usize> {
    let limit = b.len().min(at + REACH);
    let end = at + b.get(at..limit)?.iter().position(|&found| matches!(found, b'>' | b'<'))?;
    (b[end] == b'>' && before(b, end) != b'/').then_some(end)
}

/// What an element holds that is named by an attribute whose value, the name,
/// is in the quotation marks `open..close`: `<add key="…" value="…"/>`,
/// `<property name="…">…</property>`.
pub(super) fn named_element(text: &str, open: usize, close: usize) -> Option<Literal> {
    let b = text.as_bytes();
    let limit = open.saturating_sub(REACH);
    let tag =
        limit + b.get(limit..open)?.iter().rposition(|&found| matches!(found, b'<' | b'>'))?;
    if b[tag] != b'<' {
        return None;
    }
    let mut start = tag + 1;
    let mut end = word_end(b, start);
    if byte(b, end) == b':' {
        start = end + 1;
        end = word_end(b, start);
    }
    while byte(b, end) == b'-' {
        end = word_end(b, end + 1);
    }
    let element = b.get(start..end)?;
    if !HOLDERS.iter().any(|holder| holder.eq_ignore_ascii_case(element)) {
        return None;
    }
    let mut at = close;
    for _ in 0..6 {
        at = skip_space(b, at);
        if byte(b, at) == b'>' {
            if element.eq_ignore_ascii_case(b"input") || element.eq_ignore_ascii_case(b"option") {
                return None;
            }
            // `<setting name="…"><value>…</value>`.
            let inner = skip_space(b, at + 1);
            if element.eq_ignore_ascii_case(b"elementprop") {
                return argument_value(text, inner);
            }
            for value in [&b"<value>"[..], b"<param-value>"] {
                if stands_folded(b, inner, value) {
                    return content(text, inner + value.len() - 1, None);
                }
            }
            return content(text, at, None);
        }
        let start = at;
        while is_word(byte(b, at)) || matches!(byte(b, at), b'-' | b':') && at < b.len() {
            at += 1;
        }
        if at == start || byte(b, at) != b'=' {
            return None;
        }
        let attribute = b.get(start..at)?;
        let (_, quote, value) = mark(b, at + 1)?;
        let is_value = [&b"value"[..], b"content", b"default", b"defaultvalue", b"string"]
            .iter()
            .any(|name| {
                attribute.eq_ignore_ascii_case(name)
                    || attribute.eq_ignore_ascii_case(b"android:value")
            });
        if is_value {
            return quoted(text, at + 1, true);
        }
        let limit = b.len().min(value + REACH);
        at = value + b.get(value..limit)?.iter().position(|&found| found == quote)? + 1;
    }
    None
}

/// The value after an element that holds the name, whose closing tag stands at
/// `at`: `<key>…</key><string>…</string>`.
pub(super) fn next_element(text: &str, start: usize, at: usize) -> Option<Literal> {
    let b = text.as_bytes();
    if before(b, start) != b'>' {
        return None;
    }
    let close = at + 2;
    let end =
        close + b.get(close..b.len().min(close + 32))?.iter().position(|&found| found == b'>')?;
    let tag = b.get(close..end)?;
    if tag.eq_ignore_ascii_case(b"td") || SHOWN.iter().any(|shown| shown.eq_ignore_ascii_case(tag))
    {
        return beside(text, end + 1, tag);
    }
    let prefix = tag.iter().position(|&found| found == b':').map_or(0, |colon| colon + 1);
    let (prefix, tag) = tag.split_at(prefix);
    let holds = [&b"key"[..], b"name", b"id", b"param-name", b"env-entry-name", b"variable"];
    if !holds.iter().any(|name| tag.eq_ignore_ascii_case(name)) {
        return None;
    }
    let next = skip_space(b, end + 1);
    if !prefix.is_empty() && byte(b, next) == b'<' && stands(b, next + 1, prefix) {
        let value = next + 1 + prefix.len();
        return stands(b, value, b"value>").then(|| content(text, value + 5, None)).flatten();
    }
    for value in [
        &b"<string>"[..],
        b"<value>",
        b"<data>",
        b"<param-value>",
        b"<env-entry-value>",
        b"<defaultvalue>",
    ] {
        if stands_folded(b, next, value) {
            return content(text, next + value.len() - 1, None);
        }
    }
    None
}

/// Elements that show a name whose value follows: heads of rows, terms, emphasis.
const SHOWN: &[&[u8]] = &[b"th", b"dt", b"b", b"strong", b"em", b"label", b"span", b"code"];

/// What a page shows after the name, whose element ends before `at`: the next cell,
/// the definition, or the word behind.
fn beside(text: &str, at: usize, tag: &[u8]) -> Option<Literal> {
    let b = text.as_bytes();
    let had_colon = before(b, at.saturating_sub(tag.len() + 3)) == b':';
    let mut at = skip_space(b, at);
    // `<td><b>name</b></td>`.
    for _ in 0..2 {
        if stands(b, at, b"</td>") || stands(b, at, b"</th>") || stands(b, at, b"</dt>") {
            at = skip_space(b, at + 5);
        }
    }
    let is_colon = byte(b, at) == b':' || had_colon;
    if byte(b, at) == b':' {
        at = skip_blanks(b, at + 1);
    }
    let is_cell = stands_folded(b, at, b"<td") || stands_folded(b, at, b"<dd");
    let limit = b.len().min(at + MAX_VALUE);
    if !is_cell && !(is_colon && (byte(b, at) != b'<' || stands(b, at, b"<code>"))) {
        return None;
    }
    let found = table::inner(b, at, limit);
    let found = trimmed(text, found.start, found.end, found.end, Standing::Block)?;
    let content = b.get(found.start..found.end)?;
    let is_word = !content.iter().any(|byte| byte.is_ascii_whitespace() || b"{}()".contains(byte));
    (is_word && byte(b, found.end) != b'\n').then_some(found)
}

/// `<stringProp name="Argument.value">…` among the members of JMeter's arguments.
fn argument_value(text: &str, at: usize) -> Option<Literal> {
    const MARK: &[u8] = b"\"Argument.value\">";
    let b = text.as_bytes();
    let part = b.get(at..b.len().min(at + 2 * REACH))?;
    let end = memchr::memmem::find(part, b"</elementProp>").unwrap_or(part.len());
    let found = memchr::memmem::find(&part[..end], MARK)?;
    content(text, at + found + MARK.len() - 1, None)
}

/// A cell of a table: `| password | … |`.
pub(super) fn cell(text: &str, at: usize) -> Option<Literal> {
    let b = text.as_bytes();
    let mut start = skip_blanks(b, at);
    while matches!(byte(b, start), b'*') {
        start += 1;
    }
    if is_quote(byte(b, start)) {
        let found = quoted(text, start, true)?;
        return (byte(b, skip_blanks(b, found.after)) == b'|').then_some(found);
    }
    let limit = b.len().min(start + MAX_VALUE);
    let end = start
        + b.get(start..limit)?
            .iter()
            .position(|&found| found == b'|' || found == b'*' || found.is_ascii_whitespace())?;
    let next = skip_blanks(b, end);
    let closes = byte(b, next) == b'|' || byte(b, next) == b'*';
    (closes && end > start && byte(b, start) != b'-' && byte(b, start) != b':')
        .then(|| Literal::plain(start, end, Standing::Bare))
}
