//! Words, flags and JSON arrays of a joined line, each with its region.

use std::ops::Range;

use super::Word;
use super::lines::Line;

/// The whitespace between words and arguments.
const BLANKS: [char; 5] = [' ', '\t', '\u{b}', '\u{c}', '\r'];

/// A range of a line without whitespace around it.
pub(super) fn trimmed(line: &Line, range: Range<usize>) -> Range<usize> {
    let text = &line.text[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    let end = (start + text.trim().len()).max(start);
    start..end
}

/// The word of a range, as written.
pub(super) fn word(line: &Line, range: Range<usize>) -> Word {
    Word { raw: line.text[range.clone()].to_owned(), region: line.region(range.start, range.end) }
}

/// The first word of a range and what follows it.
pub(super) fn first(line: &Line, range: Range<usize>) -> (Range<usize>, Range<usize>) {
    let text = &line.text[range.clone()];
    let end = text.find(BLANKS).map_or(range.end, |end| range.start + end);
    (range.start..end, trimmed(line, end..range.end))
}

/// Words between blanks, quotes meaning nothing.
pub(super) fn plain(line: &Line, range: Range<usize>) -> Vec<Word> {
    let mut rest = trimmed(line, range);
    let mut words = Vec::new();
    while !rest.is_empty() {
        let (this, next) = first(line, rest);
        words.push(word(line, this));
        rest = next;
    }
    words
}

/// Words in which quotes and escapes keep blanks together; both stay in them.
pub(super) fn quoted(line: &Line, range: Range<usize>, escape: char) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut characters = line.text[range.clone()].char_indices();
    while let Some((at, character)) = characters.next() {
        let at = range.start + at;
        match quote {
            None if character.is_whitespace() => {
                if let Some(start) = start.take() {
                    words.push(word(line, start..at));
                }
                continue;
            }
            None if matches!(character, '\'' | '"') => quote = Some(character),
            Some(open) if character == open => quote = None,
            _ if character == escape && quote != Some('\'') => {
                characters.next();
            }
            _ => {}
        }
        start.get_or_insert(at);
    }
    if let Some(start) = start {
        words.push(word(line, start..range.end));
    }
    words
}

/// A `--name=value` before the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name without dashes.
    pub name: String,
    /// The value, quotes removed; `None` for a flag alone.
    pub value: Option<String>,
    /// The whole flag.
    pub region: seaworthy_model::Region,
}

/// The flags at the start of a range, and what follows them.
pub(super) fn flags(line: &Line, range: Range<usize>) -> (Vec<Flag>, Range<usize>) {
    let mut flags = Vec::new();
    let mut rest = trimmed(line, range);
    while line.text[rest.clone()].starts_with("--") {
        let mut value = String::new();
        let mut quote = None;
        let mut end = rest.end;
        let mut characters = line.text[rest.clone()].char_indices();
        while let Some((at, character)) = characters.next() {
            match quote {
                None if character.is_whitespace() => {
                    end = rest.start + at;
                    break;
                }
                None if matches!(character, '\'' | '"') => quote = Some(character),
                Some(open) if character == open => quote = None,
                _ if character == '\\' => value.extend(characters.next().map(|(_, c)| c)),
                _ => value.push(character),
            }
        }
        let region = line.region(rest.start, end);
        rest = trimmed(line, end..rest.end);
        let Some(flag) = value.strip_prefix("--").filter(|flag| !flag.is_empty()) else { break };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        flags.push(Flag { name: name.to_owned(), value, region });
    }
    (flags, rest)
}

/// What a text that begins with `[` is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Json {
    /// An array of strings.
    Strings(Vec<Word>),
    /// Valid JSON, but not only strings, which BuildKit refuses.
    Mixed,
    /// No JSON, so that it is taken as it stands.
    No,
}

/// Reads a JSON array of strings, strictly.
pub(super) fn json(line: &Line, range: Range<usize>) -> Json {
    let range = trimmed(line, range);
    let mut reader = Reader { text: &line.text[range.clone()], at: 0 };
    if !reader.take(b'[') {
        return Json::No;
    }
    let mut words = Vec::new();
    let mut mixed = false;
    reader.blanks();
    if !reader.take(b']') {
        loop {
            reader.blanks();
            let start = reader.at;
            if reader.peek() == Some(b'"') {
                let Some(text) = reader.string() else { return Json::No };
                let region = line.region(range.start + start + 1, range.start + reader.at - 1);
                words.push(Word { raw: text, region });
            } else if reader.value(0).is_some() {
                mixed = true;
            } else {
                return Json::No;
            }
            reader.blanks();
            if reader.take(b']') {
                break;
            }
            if !reader.take(b',') {
                return Json::No;
            }
        }
    }
    reader.blanks();
    match (reader.peek(), mixed) {
        (Some(_), _) => Json::No,
        (None, true) => Json::Mixed,
        (None, false) => Json::Strings(words),
    }
}

/// How deep JSON may be nested.
const DEEPEST: usize = 64;

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"').then_some(())?;
        let mut text = String::new();
        loop {
            let character = self.text[self.at..].chars().next()?;
            self.at += character.len_utf8();
            match character {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                '\0'..='\u{1f}' => return None,
                _ => text.push(character),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with("\\u") {
                    let before = self.at;
                    self.at += 2;
                    let second = self.hex()?;
                    if (0xDC00..0xE000).contains(&second) {
                        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                        return char::from_u32(code);
                    }
                    self.at = before;
                }
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// Skips any value.
    fn value(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'[' => self.sequence(b']', depth, false),
            b'{' => self.sequence(b'}', depth, true),
            _ => {
                let rest = &self.text[self.at..];
                let end = rest.find([',', ']', '}', ' ', '\t']).unwrap_or(rest.len());
                let word = &rest[..end];
                let number = word.parse::<f64>().is_ok()
                    && word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
                self.at += end;
                (number || matches!(word, "true" | "false" | "null")).then_some(())
            }
        }
    }

    fn sequence(&mut self, close: u8, depth: usize, named: bool) -> Option<()> {
        self.at += 1;
        self.blanks();
        if self.take(close) {
            return Some(());
        }
        loop {
            self.blanks();
            if named {
                self.string()?;
                self.blanks();
                self.take(b':').then_some(())?;
                self.blanks();
            }
            self.value(depth + 1)?;
            self.blanks();
            if self.take(close) {
                return Some(());
            }
            self.take(b',').then_some(())?;
        }
    }
}
