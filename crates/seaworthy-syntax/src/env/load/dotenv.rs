//! `dotenv` for Node.
//!
//! The whole parser is one regular expression that is applied again and again:
//! at a line's start blanks, perhaps `export`, a name of `[\w.-]`, then `=` or
//! `:` and a blank, then a quoted text or the rest of the line up to `#`, then
//! nothing but blanks and a comment. Its blanks include line ends, so that a
//! name, its `=` and its quote may stand on different lines.

use std::borrow::Cow;

use memchr::{memchr2, memrchr};
use seaworthy_model::Region;

use super::Table;

pub(super) fn load(text: &str) -> Table {
    let mut table = Table::default();
    let normal = Normal::new(text);
    let mut scanner = Scanner { text: &normal.text, at: 0 };
    while let Some((key, raw)) = scanner.next_match() {
        let name = key.of(&normal.text);
        // Setting this property of a JavaScript object sets no property.
        if name != "__proto__" {
            table.set(name, Some(unquote(raw)), normal.original(key));
        }
    }
    table
}

/// The text with all line ends as `\n`, and the way back.
struct Normal<'a> {
    text: Cow<'a, str>,
    /// Where in `text` a CRLF became one byte.
    shortened: Vec<usize>,
}

impl<'a> Normal<'a> {
    fn new(text: &'a str) -> Self {
        if !text.contains('\r') {
            return Self { text: text.into(), shortened: Vec::new() };
        }
        let mut normal = String::with_capacity(text.len());
        let mut shortened = Vec::new();
        let mut pieces = text.split('\r');
        normal.push_str(pieces.next().unwrap_or(""));
        for piece in pieces {
            if piece.starts_with('\n') {
                shortened.push(normal.len());
            } else {
                normal.push('\n');
            }
            normal.push_str(piece);
        }
        Self { text: normal.into(), shortened }
    }

    fn original(&self, region: Region) -> Region {
        region.offset(self.shortened.partition_point(|&at| at < region.start))
    }
}

/// JavaScript's `\s`.
pub(super) fn is_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

/// Where JavaScript's `^` and `$` see a line end.
fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The next name and its raw value.
    fn next_match(&mut self) -> Option<(Region, &'a str)> {
        let starts_line = self.text[..self.at].chars().next_back().is_none_or(is_line_end);
        if !starts_line {
            self.skip_line();
        }
        while self.at < self.text.len() {
            self.at = self.skip_spaces(self.at);
            if let Some((key, value)) = self.key() {
                let (raw, end) = self.value(value);
                self.at = end;
                return Some((key, raw));
            }
            self.skip_line();
        }
        None
    }

    fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at = rest
            .char_indices()
            .find(|(_, character)| is_line_end(*character))
            .map_or(self.text.len(), |(index, end)| self.at + index + end.len_utf8());
    }

    fn skip_spaces(&self, at: usize) -> usize {
        self.text.len() - self.text[at..].trim_start_matches(is_space).len()
    }

    /// The name at the place and the offset behind its separator.
    fn key(&self) -> Option<(Region, usize)> {
        let after_export = self.text[self.at..]
            .starts_with("export")
            .then(|| self.skip_spaces(self.at + "export".len()))
            .filter(|&at| at > self.at + "export".len());
        after_export.and_then(|at| self.key_at(at)).or_else(|| self.key_at(self.at))
    }

    fn key_at(&self, at: usize) -> Option<(Region, usize)> {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
        let length = self.text.as_bytes()[at..].iter().take_while(|byte| is_name(byte)).count();
        if length == 0 {
            return None;
        }
        let key = Region::new(at, at + length);
        let rest = &self.text[key.end..];
        if let Some(value) = rest.strip_prefix(':') {
            let space = value.chars().next().filter(|next| is_space(*next))?;
            return Some((key, key.end + 1 + space.len_utf8()));
        }
        let equals = self.skip_spaces(key.end);
        self.text[equals..].starts_with('=').then_some((key, equals + 1))
    }

    /// The raw value from `start` and the end of the match.
    fn value(&self, start: usize) -> (&'a str, usize) {
        let bytes = self.text.as_bytes();
        let open = self.skip_spaces(start);
        if let Some(&quote @ (b'\'' | b'"' | b'`')) = bytes.get(open) {
            for close in self.closing_quotes(open, quote).into_iter().rev() {
                if let Some(end) = self.tail(close + 1) {
                    return (&self.text[start..=close], end);
                }
            }
        }
        let end =
            memchr2(b'#', b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
        // What comes next is a comment or a line end, where the tail matches.
        (&self.text[start..end], self.tail(end).unwrap_or(end))
    }

    /// The quotes that may close the one at `open`: the first without a
    /// backslash before it, and all before that one.
    fn closing_quotes(&self, open: usize, quote: u8) -> Vec<usize> {
        let bytes = self.text.as_bytes();
        let mut quotes = Vec::new();
        for at in memchr::memchr_iter(quote, &bytes[open + 1..]).map(|at| open + 1 + at) {
            quotes.push(at);
            if bytes[at - 1] != b'\\' {
                break;
            }
        }
        quotes
    }

    /// Matches blanks, a comment and a line end; returns where that ends.
    fn tail(&self, at: usize) -> Option<usize> {
        let spaces_end = self.skip_spaces(at);
        let rest = &self.text[spaces_end..];
        if rest.is_empty() {
            return Some(spaces_end);
        }
        if rest.starts_with('#') {
            return Some(rest.find(is_line_end).map_or(self.text.len(), |end| spaces_end + end));
        }
        self.text[at..spaces_end].rfind(is_line_end).map(|end| at + end)
    }
}

/// Trims a raw value, takes its quotes off and decodes a double quoted one.
fn unquote(raw: &str) -> String {
    let value = raw.trim_matches(is_space);
    let double = value.starts_with('"');
    let bare = strip_quotes(value);
    if double { bare.replace("\\n", "\n").replace("\\r", "\r") } else { bare.into_owned() }
}

/// Removes the quotes of every text that begins with one at a line's start and
/// ends with the same at a line's end, as far away as possible.
fn strip_quotes(value: &str) -> Cow<'_, str> {
    if !value.contains(['\'', '"', '`']) {
        return value.into();
    }
    let mut stripped = String::with_capacity(value.len());
    let mut done = 0;
    let mut line = 0;
    let mut last_closing = [None; 3];
    for (slot, quote) in last_closing.iter_mut().zip([b'\'', b'"', b'`']) {
        *slot = last_at_line_end(value, quote);
    }
    while line < value.len() {
        let closing = match value.as_bytes()[line] {
            b'\'' => last_closing[0],
            b'"' => last_closing[1],
            b'`' => last_closing[2],
            _ => None,
        };
        if let Some(close) = closing.filter(|&close| close > line) {
            stripped.push_str(&value[done..line]);
            stripped.push_str(&value[line + 1..close]);
            done = close + 1;
            line = close;
        }
        line = value[line..]
            .char_indices()
            .find(|(_, character)| is_line_end(*character))
            .map_or(value.len(), |(index, end)| line + index + end.len_utf8());
    }
    stripped.push_str(&value[done..]);
    stripped.into()
}

fn last_at_line_end(value: &str, quote: u8) -> Option<usize> {
    let mut limit = value.len();
    while let Some(at) = memrchr(quote, &value.as_bytes()[..limit]) {
        if value[at + 1..].chars().next().is_none_or(is_line_end) {
            return Some(at);
        }
        limit = at;
    }
    None
}
