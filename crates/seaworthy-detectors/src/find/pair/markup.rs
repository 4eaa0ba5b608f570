//! Elements and attributes of XML and HTML.

use super::bytes::{
    MAX_VALUE, REACH, before, byte, is_quote, is_word, mark, skip_blanks, skip_space, stands,
    stands_folded, word_end,
};
use super::literal::{Literal, quoted, trimmed};
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
    let holds = [&b"key"[..], b"name", b"id", b"param-name", b"env-entry-name", b"variable"];
    if !holds.iter().any(|name| tag.eq_ignore_ascii_case(name)) {
        return None;
    }
    let next = skip_space(b, end + 1);
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
