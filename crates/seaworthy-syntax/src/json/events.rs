//! A pull parser: JSON as a flat run of tokens, for readers that need no tree.
//!
//! It never fails and never recurses. Whatever the text, the tokens are well
//! nested: each key is followed by one value, each beginning by its end. What
//! is missing is made up (an empty `Null`, an end at the end of the text) and
//! noted as an error.

use std::borrow::Cow;

use seaworthy_model::Region;

use super::strings::{self, Text};
use crate::{Style, SyntaxError};

/// How deep collections may nest; deeper ones read as null.
pub const DEPTH_LIMIT: usize = 512;

/// How many errors are kept of one text: who made thousands needs no more.
const ERROR_LIMIT: usize = 200;

/// Which departures from JSON are errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Comments and trailing commas are let through.
    Jsonc,
    /// JSON to the letter of RFC 8259, but for a byte order mark.
    Strict,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// `{`
    BeginObject,
    /// `}`
    EndObject,
    /// `[`
    BeginArray,
    /// `]`
    EndArray,
    /// The key of an entry, decoded.
    Key(Cow<'a, str>),
    /// A string, decoded.
    String(Cow<'a, str>),
    /// A number as written.
    Number(&'a str),
    /// `true` or `false`
    Bool(bool),
    /// `null`, or a value that is missing or cannot be read.
    Null,
}

/// An event with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Token<'a> {
    /// What it is.
    pub event: Event<'a>,
    /// Its bytes, a string's with the quotes; empty for what is missing.
    pub region: Region,
    /// How a string was written; `Plain` for everything else and for a string
    /// that is not closed.
    pub style: Style,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// The value of the document.
    Root,
    /// A key or `}`; whether a comma came before.
    Key {
        after_comma: bool,
    },
    Colon,
    /// The value of an entry.
    Value,
    /// An item or `]`; whether a comma came before.
    Item {
        after_comma: bool,
    },
    /// A comma or the end of the collection.
    Comma,
    Done,
}

/// The tokens of a text.
pub struct Events<'a> {
    text: &'a str,
    at: usize,
    /// The end of the last token: where something missing is missing.
    last: usize,
    expect: Expect,
    /// The open collections: is it an object?
    open: Vec<bool>,
    /// How many of them are objects.
    objects: usize,
    dialect: Dialect,
    errors: Vec<SyntaxError>,
    comments: Vec<Region>,
}

impl std::fmt::Debug for Events<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the text: it may hold secrets.
        write!(f, "Events(at {} of {})", self.at, self.text.len())
    }
}

impl<'a> Events<'a> {
    /// The tokens of `text`, comments and trailing commas let through.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self::of(text, Dialect::Jsonc)
    }

    /// The tokens of `text`, held to a dialect.
    #[must_use]
    pub fn of(text: &'a str, dialect: Dialect) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self {
            text,
            at,
            last: at,
            expect: Expect::Root,
            open: Vec::new(),
            objects: 0,
            dialect,
            errors: Vec::new(),
            comments: Vec::new(),
        }
    }

    /// How many collections are open.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// What was wrong so far, in order.
    #[must_use]
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// What was wrong, and the comments; for the end of the reading.
    #[must_use]
    pub fn finish(self) -> (Vec<SyntaxError>, Vec<Region>) {
        (self.errors, self.comments)
    }

    /// Passes over the rest of the value that `token` began; nothing to do for
    /// a scalar. Returns the region of the whole value.
    pub fn skip_value(&mut self, token: &Token<'_>) -> Region {
        let mut region = token.region;
        if matches!(token.event, Event::BeginObject | Event::BeginArray) {
            let depth = self.depth();
            while self.depth() >= depth {
                match self.next() {
                    Some(next) => region = region.cover(next.region),
                    None => break,
                }
            }
        }
        region
    }

    fn error(&mut self, region: Region, message: &str) {
        if self.errors.len() < ERROR_LIMIT {
            self.errors.push(SyntaxError { region, message: message.to_owned() });
        }
    }

    fn strict_error(&mut self, region: Region, message: &str) {
        if self.dialect == Dialect::Strict {
            self.error(region, message);
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over blanks, comments and the lines of a merge conflict.
    fn skip_trivia(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'/' if matches!(bytes.get(self.at + 1), Some(b'/' | b'*')) => self.comment(),
                b'<' | b'=' | b'>' | b'|' if strings::is_conflict_marker(self.text, self.at) => {
                    let end = strings::line_end(self.text, self.at);
                    self.error(Region::new(self.at, end), "unresolved merge conflict");
                    self.at = end;
                }
                _ => break,
            }
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        let end = if self.text.as_bytes()[start + 1] == b'/' {
            strings::line_end(self.text, start)
        } else if let Some(length) = memchr::memmem::find(&self.text.as_bytes()[start + 2..], b"*/")
        {
            start + 2 + length + 2
        } else {
            self.error(Region::new(start, start + 2), "comment is not closed");
            self.text.len()
        };
        let region = Region::new(start, end);
        self.strict_error(region, "comment, which JSON does not allow");
        self.comments.push(region);
        self.at = end;
    }

    fn token(&mut self, event: Event<'a>, region: Region, style: Style) -> Token<'a> {
        self.last = region.end.max(self.last);
        Token { event, region, style }
    }

    fn missing(&mut self, event: Event<'a>) -> Token<'a> {
        self.token(event, Region::empty(self.last), Style::Plain)
    }

    /// What may follow when a value is complete.
    fn after_value(&mut self) {
        self.expect = if self.open.is_empty() { Expect::Done } else { Expect::Comma };
    }

    fn key(&mut self, after_comma: bool) -> Option<Token<'a>> {
        let start = self.at;
        match self.peek() {
            Some(b'"' | b'\'') => {
                let text = self.string();
                self.expect = Expect::Colon;
                Some(self.token(Event::Key(text.value), text.region, text.style))
            }
            None | Some(b'}' | b']') => self.end(after_comma),
            Some(b',') => {
                self.at += 1;
                self.error(Region::new(start, self.at), "comma without an entry before it");
                None
            }
            Some(b'{' | b'[') => {
                self.error(Region::empty(start), "key is missing");
                self.expect = Expect::Value;
                Some(self.missing(Event::Key(Cow::Borrowed(""))))
            }
            Some(_) => {
                let region = self.bare_word();
                self.error(region, "key is not in double quotes");
                self.expect = Expect::Colon;
                let word = region.of(self.text);
                Some(self.token(Event::Key(Cow::Borrowed(word)), region, Style::Plain))
            }
        }
    }

    /// Reads a value; `None` when the collection ends or nothing was there.
    fn value(&mut self) -> Option<Token<'a>> {
        let start = self.at;
        match self.peek() {
            Some(open @ (b'{' | b'[')) => {
                let object = open == b'{';
                if self.open.len() >= DEPTH_LIMIT {
                    self.at = strings::skip_balanced(self.text, start);
                    self.error(Region::new(start, start + 1), "nested too deeply");
                    self.after_value();
                    let region = Region::new(start, self.at);
                    return Some(self.token(Event::Null, region, Style::Plain));
                }
                self.at += 1;
                self.open.push(object);
                self.objects += usize::from(object);
                self.expect = if object {
                    Expect::Key { after_comma: false }
                } else {
                    Expect::Item { after_comma: false }
                };
                let event = if object { Event::BeginObject } else { Event::BeginArray };
                Some(self.token(event, Region::new(start, self.at), Style::Plain))
            }
            Some(b'"' | b'\'') => {
                let text = self.string();
                self.after_value();
                Some(self.token(Event::String(text.value), text.region, text.style))
            }
            None | Some(b',' | b'}' | b']') => {
                self.error(Region::empty(self.last), "value is missing");
                self.after_value();
                Some(self.missing(Event::Null))
            }
            Some(b':') => {
                self.at += 1;
                self.error(Region::new(start, self.at), "colon without a key before it");
                None
            }
            Some(_) => {
                let region = self.bare_word();
                let word = region.of(self.text);
                let event = match word {
                    "true" => Event::Bool(true),
                    "false" => Event::Bool(false),
                    "null" => Event::Null,
                    _ if strings::is_number(word) => Event::Number(word),
                    _ if word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
                        self.error(region, "number is not written as JSON demands");
                        Event::Number(word)
                    }
                    _ => {
                        self.error(region, "neither a string nor another value");
                        Event::Null
                    }
                };
                self.after_value();
                Some(self.token(event, region, Style::Plain))
            }
        }
    }

    fn string(&mut self) -> Text<'a> {
        let text = strings::read(self.text, self.at, |region, message| {
            if self.errors.len() < ERROR_LIMIT {
                self.errors.push(SyntaxError { region, message: message.to_owned() });
            }
        });
        self.at = text.region.end;
        text
    }

    /// A run of bytes up to the next blank, quote or punctuation; never empty.
    fn bare_word(&mut self) -> Region {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let length =
            rest.iter().position(|b| b" \t\r\n,:{}[]\"".contains(b)).unwrap_or(rest.len()).max(1);
        self.at = start + length;
        Region::new(start, self.at)
    }

    /// Closes a collection at `}`, `]` or the end of the text. `None` when a
    /// stray bracket was passed over.
    fn end(&mut self, after_comma: bool) -> Option<Token<'a>> {
        let object = *self.open.last()?;
        let wanted = if object { b'}' } else { b']' };
        let found = self.peek();
        let region = if found == Some(wanted) {
            if after_comma {
                let comma = Region::new(self.last - 1, self.last);
                self.strict_error(comma, "trailing comma, which JSON does not allow");
            }
            self.at += 1;
            Region::new(self.at - 1, self.at)
        } else if found.is_none() {
            // One error for the text, not one for each open collection.
            if self.errors.last().is_none_or(|e| e.message != TRUNCATED) {
                self.error(Region::empty(self.text.len()), TRUNCATED);
            }
            Region::empty(self.text.len())
        } else if self.objects != if object { self.open.len() } else { 0 } {
            // The bracket closes something further out.
            let message = if object { "object is not closed" } else { "list is not closed" };
            self.error(Region::empty(self.at), message);
            Region::empty(self.at)
        } else {
            self.at += 1;
            self.error(Region::new(self.at - 1, self.at), "bracket closes nothing");
            return None;
        };
        self.open.pop();
        self.objects -= usize::from(object);
        self.after_value();
        let event = if object { Event::EndObject } else { Event::EndArray };
        Some(self.token(event, region, Style::Plain))
    }

    fn comma(&mut self) -> Option<Token<'a>> {
        match self.peek() {
            None | Some(b'}' | b']') => return self.end(false),
            Some(b',') => {
                self.at += 1;
                self.last = self.at;
                self.expect = self.next_member(true);
            }
            Some(_) => {
                self.error(Region::empty(self.last), "comma is missing");
                self.expect = self.next_member(false);
            }
        }
        None
    }

    fn next_member(&self, after_comma: bool) -> Expect {
        match self.open.last() {
            Some(true) => Expect::Key { after_comma },
            Some(false) => Expect::Item { after_comma },
            None => Expect::Done,
        }
    }

    /// One step of the automaton; `None` when it made progress without a token.
    fn step(&mut self) -> Option<Token<'a>> {
        match self.expect {
            Expect::Root => match self.peek() {
                Some(b',' | b'}' | b']') => {
                    self.at += 1;
                    self.error(Region::new(self.at - 1, self.at), "bracket closes nothing");
                    None
                }
                _ => self.value(),
            },
            Expect::Key { after_comma } => self.key(after_comma),
            Expect::Colon => {
                if self.peek() == Some(b':') {
                    self.at += 1;
                    self.last = self.at;
                } else {
                    self.error(Region::empty(self.last), "colon is missing");
                }
                self.expect = Expect::Value;
                None
            }
            Expect::Value => self.value(),
            Expect::Item { after_comma } => match self.peek() {
                None | Some(b'}' | b']') => self.end(after_comma),
                Some(b',') => {
                    self.at += 1;
                    self.error(
                        Region::new(self.at - 1, self.at),
                        "comma without a value before it",
                    );
                    None
                }
                _ => self.value(),
            },
            Expect::Comma => self.comma(),
            Expect::Done => None,
        }
    }
}

const TRUNCATED: &str = "text ends before everything is closed";

impl<'a> Iterator for Events<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            self.skip_trivia();
            if self.expect == Expect::Done {
                if self.at < self.text.len() {
                    let end = strings::line_end(self.text, self.at);
                    self.error(Region::new(self.at, end), "text after the end of the document");
                    self.at = self.text.len();
                }
                return None;
            }
            if let Some(token) = self.step() {
                return Some(token);
            }
        }
    }
}
