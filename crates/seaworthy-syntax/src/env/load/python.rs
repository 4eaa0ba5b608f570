//! `python-dotenv`: a reader that skips what it cannot read up to the end of
//! the line, and an expansion of `${NAME}` and `${NAME:-default}` alone,
//! whatever the quotes.

use memchr::{memchr, memchr2};
use seaworthy_model::Region;

use super::{Budget, EnvLoadError, Environment, TOO_LARGE, Table};

pub(super) fn load(text: &str, environment: Environment<'_>) -> Result<Table, EnvLoadError> {
    let mut table = Table::default();
    let mut budget = Budget::new(text);
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { text, at };
    while reader.at < text.len() {
        match reader.binding() {
            Some(Some((key, value))) => {
                let value = match value {
                    Some(value) => Some(
                        resolve(&value, &table, environment, &mut budget)
                            .ok_or_else(|| EnvLoadError::new(key, TOO_LARGE))?,
                    ),
                    None => None,
                };
                table.set(key.of(text), value, key);
            }
            Some(None) => {}
            None => reader.skip_line(),
        }
    }
    Ok(table)
}

/// Python's `\s`.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// Python's `[^\S\r\n]`.
fn is_blank(character: char) -> bool {
    is_space(character) && !matches!(character, '\r' | '\n')
}

/// A name and its value, if it has one.
type Binding = (Region, Option<String>);

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self, matches: fn(char) -> bool) {
        self.at = self.text.len() - self.rest().trim_start_matches(matches).len();
    }

    fn line_end(&self) -> usize {
        let bytes = self.text.as_bytes();
        memchr2(b'\n', b'\r', &bytes[self.at..]).map_or(bytes.len(), |length| self.at + length)
    }

    fn skip_line(&mut self) {
        self.at = (self.line_end() + 1).min(self.text.len());
    }

    /// Reads a statement. `None` if it cannot be read, `Some(None)` if it is
    /// empty or a comment.
    fn binding(&mut self) -> Option<Option<Binding>> {
        self.skip(is_space);
        if self.rest().is_empty() {
            return Some(None);
        }
        if let Some(name) = self.rest().strip_prefix("export")
            && name.starts_with(is_blank)
        {
            self.at += "export".len();
            self.skip(is_blank);
        }
        let key = self.key()?;
        self.skip(is_blank);
        let mut value = None;
        if self.rest().starts_with('=') {
            self.at += 1;
            let start = self.at;
            self.skip(is_blank);
            let blank = self.at > start;
            value = Some(if blank && self.rest().starts_with('#') {
                String::new()
            } else {
                self.value()?
            });
        }
        self.skip(is_blank);
        if self.rest().starts_with('#') {
            self.at = self.line_end();
        }
        if self.at < self.text.len() {
            if self.at != self.line_end() {
                return None;
            }
            self.at += if self.rest().starts_with("\r\n") { 2 } else { 1 };
        }
        Some(key.map(|key| (key, value)))
    }

    /// Reads the name, which a comment has none of.
    fn key(&mut self) -> Option<Option<Region>> {
        let rest = self.rest();
        if rest.starts_with('#') {
            return Some(None);
        }
        if let Some(name) = rest.strip_prefix('\'') {
            let length = name.find('\'').filter(|&length| length > 0)?;
            let key = Region::new(self.at + 1, self.at + 1 + length);
            self.at = key.end + 1;
            return Some(Some(key));
        }
        let ends = |character| matches!(character, '=' | '#') || is_space(character);
        let length = rest.find(ends).unwrap_or(rest.len());
        if length == 0 {
            return None;
        }
        let key = Region::new(self.at, self.at + length);
        self.at = key.end;
        Some(Some(key))
    }

    fn value(&mut self) -> Option<String> {
        match self.rest().as_bytes().first() {
            Some(&quote @ (b'\'' | b'"')) => self.quoted(quote),
            _ => {
                let end = self.line_end();
                let part = &self.text[self.at..end];
                self.at = end;
                Some(without_comment(part).trim_end_matches(is_space).to_owned())
            }
        }
    }

    fn quoted(&mut self, quote: u8) -> Option<String> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        loop {
            end += memchr2(quote, b'\\', bytes.get(end..)?)?;
            if bytes[end] == quote {
                break;
            }
            end += 2;
        }
        let inner = &self.text[self.at + 1..end];
        self.at = end + 1;
        Some(decode(inner, quote))
    }
}

/// The text up to the blanks in front of the first `#` that has any.
fn without_comment(part: &str) -> &str {
    let mut search = 0;
    while let Some(length) = memchr(b'#', &part.as_bytes()[search..]) {
        let hash = search + length;
        let before = &part[..hash];
        if before.ends_with(is_space) {
            return before;
        }
        search = hash + 1;
    }
    part
}

/// Decodes the escapes known inside the quotes; others stay.
fn decode(inner: &str, quote: u8) -> String {
    let mut decoded = String::with_capacity(inner.len());
    let mut rest = inner.chars().peekable();
    while let Some(character) = rest.next() {
        let escaped = match (character, rest.peek(), quote) {
            ('\\', Some(&next @ ('\\' | '\'')), _) => Some(next),
            ('\\', Some('"'), b'"') => Some('"'),
            ('\\', Some('a'), b'"') => Some('\u{7}'),
            ('\\', Some('b'), b'"') => Some('\u{8}'),
            ('\\', Some('f'), b'"') => Some('\u{c}'),
            ('\\', Some('n'), b'"') => Some('\n'),
            ('\\', Some('r'), b'"') => Some('\r'),
            ('\\', Some('t'), b'"') => Some('\t'),
            ('\\', Some('v'), b'"') => Some('\u{b}'),
            _ => None,
        };
        if escaped.is_some() {
            rest.next();
        }
        decoded.push(escaped.unwrap_or(character));
    }
    decoded
}

/// Replaces each `${NAME}` by what the file, then the environment says.
fn resolve(
    value: &str,
    table: &Table,
    environment: Environment<'_>,
    budget: &mut Budget,
) -> Option<String> {
    let mut resolved = String::with_capacity(value.len());
    let mut done = 0;
    let mut search = 0;
    let mut name_ends = NextOf::new(value, b"}:");
    let mut braces = NextOf::new(value, b"}");
    while let Some(length) = value[search..].find("${") {
        let start = search + length;
        search = start + 1;
        let Some(name_end) = name_ends.at_or_after(start + 2) else { break };
        let name = &value[start + 2..name_end];
        let (default, end) = if value[name_end..].starts_with('}') {
            ("", name_end)
        } else if value[name_end..].starts_with(":-") {
            let Some(end) = braces.at_or_after(name_end + 2) else { continue };
            (&value[name_end + 2..end], end)
        } else {
            continue;
        };
        resolved.push_str(&value[done..start]);
        let from_environment;
        let found = match table.get(name) {
            Some(found) => found.unwrap_or(""),
            None => {
                from_environment = environment(name);
                from_environment.as_deref().unwrap_or(default)
            }
        };
        if !budget.spend(found.len()) {
            return None;
        }
        resolved.push_str(found);
        done = end + 1;
        search = done;
    }
    resolved.push_str(&value[done..]);
    Some(resolved)
}

/// Finds the next of some bytes for growing offsets, each part searched once.
struct NextOf<'a> {
    bytes: &'a [u8],
    wanted: &'static [u8],
    known: usize,
}

impl<'a> NextOf<'a> {
    fn new(text: &'a str, wanted: &'static [u8]) -> Self {
        Self { bytes: text.as_bytes(), wanted, known: 0 }
    }

    fn at_or_after(&mut self, at: usize) -> Option<usize> {
        self.known = self.known.max(at);
        while self.known < self.bytes.len() && !self.wanted.contains(&self.bytes[self.known]) {
            self.known += 1;
        }
        (self.known < self.bytes.len()).then_some(self.known)
    }
}
