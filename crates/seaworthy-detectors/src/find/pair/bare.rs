//! Values without quotes: in configuration, in shells, in the arguments of
//! commands, inside larger strings, in prose.

use super::bytes::{
    MAX_VALUE, before, blanks_back, byte, inside_string, is_blank, is_quote, is_word, line_end,
    line_start, mark, skip_blanks, skip_space, stands, stands_folded,
};
use super::literal::{Literal, quoted, trimmed};
use crate::candidate::Standing;

/// The value of a line of configuration, which begins at `at`: quoted, a block,
/// or the rest of the line.
pub(super) fn config_value(text: &str, at: usize, name: usize, is_yaml: bool) -> Option<Literal> {
    let b = text.as_bytes();
    let mut at = skip_blanks(b, at);
    if is_yaml {
        if byte(b, at) == b'&' && is_word(byte(b, at + 1)) {
            while is_word(byte(b, at)) || matches!(byte(b, at), b'&' | b'-') {
                at += 1;
            }
            at = skip_blanks(b, at);
        }
        if stands(b, at, b"!!str ") {
            at = skip_blanks(b, at + 6);
        }
        match byte(b, at) {
            b'|' | b'>' if begins_block(b, at) => return block(text, at, name),
            b'!' | b'*' | b'|' | b'>' | b'&' => return None,
            b'\n' | b'\r' => return list_item(text, at),
            _ => {}
        }
    }
    if mark(b, at).is_some() {
        let found = quoted(text, at, byte(b, at) == b'\'')?;
        // A doubled mark is one mark of the value.
        if is_yaml && byte(b, at) == b'\'' && byte(b, found.after) == b'\'' {
            return doubled(text, at + 1);
        }
        return Some(found);
    }
    let in_flow = is_yaml && matches!(before(b, blanks_back(b, name)), b'{' | b',');
    let end = line_end(b, at)?;
    let line = b.get(at..end)?;
    if matches!(line.first(), Some(b'[' | b'{')) && !line.starts_with(b"{{") {
        return None;
    }
    let stop = line.iter().enumerate().position(|(offset, &found)| match found {
        b'#' => offset > 0 && is_blank(line[offset - 1]),
        b';' => offset > 0 && is_blank(line[offset - 1]),
        b',' | b'}' if in_flow => true,
        _ => false,
    });
    let end = stop.map_or(end, |stop| at + stop);
    let end = if is_yaml { end } else { before_setting(b, at, end) };
    trimmed(text, at, end, end, Standing::Bare)
}

/// Where a value ends that another setting follows on its line: `a=1 b_c=2`.
fn before_setting(b: &[u8], at: usize, end: usize) -> usize {
    let named = |blank: usize| {
        let length = b[blank + 1..end].iter().take_while(|&&found| is_word(found)).count();
        length >= 4
            && byte(b, blank + 1).is_ascii_alphabetic()
            && byte(b, blank + 1 + length) == b'='
            && !is_blank(byte(b, blank + 2 + length))
    };
    (at..end).find(|&at| is_blank(b[at]) && named(at)).unwrap_or(end)
}

/// The scalar that is the first item of the list on the next line: recorded
/// headers are lists of one.
fn list_item(text: &str, at: usize) -> Option<Literal> {
    let b = text.as_bytes();
    let dash = skip_space(b, at);
    if byte(b, dash) != b'-' || !is_blank(byte(b, dash + 1)) {
        return None;
    }
    let at = skip_blanks(b, dash + 1);
    if mark(b, at).is_some() {
        return quoted(text, at, byte(b, at) == b'\'');
    }
    let end = line_end(b, at)?;
    let is_scalar = b.get(at..end)?.iter().all(|&found| !is_blank(found) && found != b'{');
    is_scalar.then(|| trimmed(text, at, end, end, Standing::Bare)).flatten()
}

/// Whether a block scalar begins: `|`, `|-`, `>+2`, then the line end.
fn begins_block(b: &[u8], at: usize) -> bool {
    let mut end = at + 1;
    while matches!(byte(b, end), b'-' | b'+' | b'1'..=b'9') && end - at < 4 {
        end += 1;
    }
    matches!(byte(b, skip_blanks(b, end)), b'\n' | b'\r' | b'#')
}

/// The block of lines after the line of `at` that are further in than the name.
fn block(text: &str, at: usize, name: usize) -> Option<Literal> {
    let b = text.as_bytes();
    let indent = indent_of(b, line_start(b, name));
    let mut line = line_end(b, at)? + 1;
    let first = line;
    let mut last = line;
    let mut content = String::new();
    let separator = if byte(b, at) == b'>' { ' ' } else { '\n' };
    while line < b.len() && line - first < MAX_VALUE {
        let end = line_end(b, line)?;
        let part = text.get(line..end)?;
        if !part.trim().is_empty() {
            let depth = part.len() - part.trim_start().len();
            if depth <= indent {
                break;
            }
            if !content.is_empty() {
                content.push(separator);
            }
            content.push_str(part.trim());
            last = line + part.trim_end().len();
        }
        line = end + 1;
    }
    let start = first + (text.get(first..last)?.len() - text.get(first..last)?.trim_start().len());
    if start >= last {
        return None;
    }
    Some(Literal { start, end: last, after: last, text: Some(content), standing: Standing::Block })
}

/// How far in a line of YAML is, its dash of a list counted in.
fn indent_of(b: &[u8], line: usize) -> usize {
    let mut at = line;
    while matches!(byte(b, at), b' ' | b'\t') {
        at += 1;
    }
    at - line
}

/// The rest of a string in single quotes in which they are doubled.
fn doubled(text: &str, start: usize) -> Option<Literal> {
    let b = text.as_bytes();
    let limit = line_end(b, start)?;
    let mut end = start;
    while end < limit {
        if b[end] == b'\'' {
            if byte(b, end + 1) != b'\'' {
                let content = text.get(start..end)?.replace("''", "'");
                return Some(Literal {
                    after: end + 1,
                    text: Some(content),
                    ..Literal::plain(start, end, Standing::Quoted)
                });
            }
            end += 1;
        }
        end += 1;
    }
    None
}

/// A single word of a shell: it ends at white space, a quotation mark or an
/// operator.
pub(super) fn word(text: &str, at: usize, standing: Standing) -> Option<Literal> {
    let b = text.as_bytes();
    if mark(b, at).is_some() {
        let is_raw = byte(b, at) == b'\'';
        let mut found = quoted(text, at, is_raw)?;
        if standing != Standing::Bare {
            found.standing = standing;
        }
        return Some(found);
    }
    let ends = |found| matches!(found, b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>');
    let mut end = stop(b, at, ends)?;
    // Within a string `&` is no operator, but it may stand before the next name.
    if byte(b, end) == b'&' && inside_string(b, at).is_some() {
        while byte(b, end) == b'&' && end > at && !names_next(b, end + 1) {
            end = stop(b, end + 1, ends)?;
        }
    }
    let end = before_option(b, at, end);
    // A mark closes the string around the word, or the word goes on in quotes.
    let closes = !is_quote(byte(b, end))
        || byte(b, end + 1).is_ascii_whitespace()
        || b",)];\"`.+\\<".contains(&byte(b, end + 1));
    (end > at && closes).then(|| Literal::plain(at, end, standing))
}

/// Where a word ends: at white space, a quotation mark, an escape of either, or
/// what else ends it.
fn stop(b: &[u8], at: usize, ends: impl Fn(u8) -> bool) -> Option<usize> {
    let limit = b.len().min(at + MAX_VALUE + 1);
    let part = b.get(at..limit)?;
    let length = part.iter().enumerate().position(|(offset, &found)| {
        found.is_ascii_whitespace()
            || is_quote(found)
            || ends(found)
            || found == b'\\'
                && matches!(
                    part.get(offset + 1),
                    Some(b'"' | b'\'' | b'n' | b't' | b'r' | b'\\' | b'\n')
                )
    });
    match length {
        Some(length) => Some(at + length),
        None if limit == b.len() => Some(limit),
        None => None,
    }
}

/// A value inside a larger string: a part of a connection string, a query, a
/// list of settings. `at` is where the value begins, `name` where the name does.
pub(super) fn part(text: &str, name: usize, at: usize, sure: bool) -> Option<Literal> {
    let b = text.as_bytes();
    if !is_value_start(byte(b, at)) {
        return None;
    }
    let prior = before(b, name);
    let in_query = matches!(prior, b'?' | b'&') || prior == b';' && stands_back(b, name, b"&amp;");
    let end = if in_query {
        stop(b, at, |found| {
            matches!(found, b'&' | b'#' | b'<' | b'>' | b')' | b']' | b'}' | b'|' | b'$')
        })?
    } else {
        before_option(
            b,
            at,
            stop(b, at, |found| matches!(found, b';' | b'<' | b'>' | b'&' | b'$'))?,
        )
    };
    if end < at + 4 {
        return None;
    }
    let content = b.get(at..end)?;
    // Code: a call, a member, an operator.
    if content.iter().any(|found| matches!(found, b'(' | b'{' | b'[')) || content.ends_with(b",") {
        return None;
    }
    let closes = byte(b, end);
    if in_query && !sure {
        let plain = content
            .iter()
            .all(|found| found.is_ascii_alphanumeric() || b"%._~+/=-*!,@".contains(found));
        let is_and = byte(b, name.saturating_sub(2)) == b'&' && name >= 2;
        if !plain || is_and || content.len() < 8 || matches!(closes, b')' | b']' | b'}' | b'|') {
            return None;
        }
        return Some(Literal::plain(at, end, Standing::Part));
    }
    (sure || inside_string(b, name).is_some()).then(|| Literal::plain(at, end, Standing::Part))
}

/// Where the value in a list of options ends that begins at `at`: before a comma
/// and the next name, `password=…,ssl=true`.
fn before_option(b: &[u8], at: usize, end: usize) -> usize {
    (at..end).find(|&at| b[at] == b',' && names_next(b, skip_blanks(b, at + 1))).unwrap_or(end)
}

/// Whether a name and an equals sign stand at `at`.
fn names_next(b: &[u8], at: usize) -> bool {
    let length = (at..at + 40).take_while(|&at| is_word(byte(b, at))).count();
    length >= 2 && byte(b, at).is_ascii_alphabetic() && byte(b, at + length) == b'='
}

fn is_value_start(first: u8) -> bool {
    !first.is_ascii_whitespace()
        && !matches!(
            first,
            b'=' | b':'
                | b'?'
                | b'{'
                | b'('
                | b')'
                | b'['
                | b']'
                | b'<'
                | b'>'
                | b';'
                | b'&'
                | b','
                | b'|'
                | b'+'
        )
}

fn stands_back(b: &[u8], at: usize, what: &[u8]) -> bool {
    at.checked_sub(what.len()).is_some_and(|start| stands(b, start, what))
}

/// A part of a connection string, whose value may hold blanks:
/// `Server=…;Password=…;`. `name` follows a `;`.
pub(super) fn connection_part(
    text: &str,
    name: usize,
    at: usize,
    is_code: bool,
) -> Option<Literal> {
    let b = text.as_bytes();
    let at = skip_blanks(b, at);
    if !is_value_start(byte(b, at)) || stands(b, at, b"\"\"") {
        return None;
    }
    let quote =
        inside_string(b, name).or_else(|| (!is_code && companions(b, name)).then_some(b'"'))?;
    let limit = b.len().min(at + MAX_VALUE);
    let length = b.get(at..limit)?.iter().position(|&found| {
        matches!(found, b';' | b'\n' | b'\r') || found == quote || found == b'<'
    })?;
    let mut end = at + length;
    if byte(b, end) == b';' && stands_back(b, end, b"&quot") {
        end -= 5;
    }
    while end > at && byte(b, end - 1) == b'\\' {
        end -= 1;
    }
    trimmed(text, at, end, end, Standing::Part)
}

/// Whether other parts of a connection string stand before the name.
fn companions(b: &[u8], name: usize) -> bool {
    const OTHERS: &[&[u8]] = &[
        b"server=",
        b"data source=",
        b"user id=",
        b"uid=",
        b"accountname=",
        b"endpoint=",
        b"database=",
        b"initial catalog=",
        b"sharedaccesskeyname=",
        b"user=",
        b"username=",
        b"host=",
        b"hostname=",
        b"driver=",
        b"userid=",
        b"user name=",
        b"datasource=",
    ];
    let from = line_start(b, name);
    let Some(part) = b.get(from..name) else { return false };
    part.iter().enumerate().any(|(offset, &found)| {
        (offset == 0 || matches!(found, b';' | b'=' | b':' | b'>' | b' ' | b'"' | b'\''))
            && OTHERS.iter().any(|other| {
                stands_folded(b, from + offset + 1, other)
                    || offset == 0 && stands_folded(b, from, other)
            })
    })
}

/// The value of an argument of a command, a blank after its flag: `--password v`.
pub(super) fn argument(text: &str, at: usize, is_shell: bool, blanks: usize) -> Option<Literal> {
    let b = text.as_bytes();
    if is_quote(byte(b, at)) || byte(b, at) == b'\\' {
        let mut found = quoted(text, at, byte(b, at) == b'\'')?;
        // The mark ends the string that the command stands in.
        if byte(b, at) != b'\\' && inside_string(b, at) == Some(byte(b, at)) {
            return None;
        }
        found.standing = Standing::Argument;
        return Some(found);
    }
    if matches!(
        byte(b, at),
        b'-' | b'<' | b'[' | b'{' | b'(' | b'|' | b'=' | b'>' | b'&' | b'#' | b','
    ) {
        return None;
    }
    let end = stop(b, at, |found| {
        matches!(found, b';' | b'&' | b'|' | b')' | b'<' | b'>' | b']' | b',')
    })?;
    if end < at + 4 {
        return None;
    }
    if !is_shell {
        // The help of a program aligns its texts and goes on in words.
        let next = skip_blanks(b, end);
        let ends = !is_word(byte(b, next)) && byte(b, end) != b',';
        if blanks != 1 || !ends {
            return None;
        }
    }
    Some(Literal::plain(at, end, Standing::Argument))
}

/// A single token of prose: marked as code or emphasised, or the last of its
/// line.
pub(super) fn prose(text: &str, at: usize, needs_mark: bool) -> Option<Literal> {
    let b = text.as_bytes();
    let mut at = skip_blanks(b, at);
    let mut marked = false;
    while matches!(byte(b, at), b'*' | b'_') && at < b.len() {
        marked = true;
        at += 1;
    }
    at = skip_blanks(b, at);
    if is_quote(byte(b, at)) {
        let double = stands(b, at, b"``");
        at += usize::from(double);
        let found = quoted(text, at, true)?;
        let content = b.get(found.start..found.end)?;
        return (!content.contains(&b' ')).then_some(found);
    }
    let end = stop(b, at, |found| matches!(found, b'*' | b'|' | b'<'))?;
    let tail = b.get(at..end)?;
    let kept = tail.len()
        - tail.iter().rev().take_while(|found| matches!(found, b'.' | b',' | b')' | b';')).count();
    let end_of_value = at + kept;
    if is_quote(byte(b, end)) {
        return None;
    }
    let rest = skip_blanks(b, end);
    let is_last = matches!(byte(b, rest), b'\n' | b'\r')
        || marked && byte(b, end) == b'*'
        || byte(b, rest) == b'|'
        || stands(b, rest, b"<br")
        || stands(b, rest, b"</");
    if !is_last || (needs_mark && !marked) || kept == 0 {
        return None;
    }
    let first = byte(b, at);
    if matches!(first, b'(' | b'[' | b'{' | b'<' | b'#' | b'=' | b'|' | b'/' | b'\\') {
        return None;
    }
    Some(Literal::plain(at, end_of_value, Standing::Bare))
}
