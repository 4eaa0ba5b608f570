//! Words of a Caddyfile: bare, in quotes, in backticks, or as a heredoc.

use seaworthy_model::Region;

use crate::http::Text;

/// A word.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// What it says; the bytes are those inside the quotes.
    pub(super) text: Text,
    /// The line on which it begins.
    pub(super) line: usize,
    /// The line on which it ends.
    pub(super) end_line: usize,
    quoted: bool,
}

impl Token {
    /// Whether it is this word, without quotes.
    pub(super) fn is(&self, word: &str) -> bool {
        !self.quoted && self.text.value == word
    }
}

/// The most words that are read.
const MOST: usize = 100_000;

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, line: 0 };
    let mut found = Vec::new();
    while let Some(token) = lexer.next() {
        found.push(token);
        if found.len() >= MOST {
            break;
        }
    }
    found
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.bump();
        }
    }

    fn next(&mut self) -> Option<Token> {
        loop {
            let rest = &self.text[self.at..];
            let c = self.peek()?;
            if c == '#' {
                self.skip_line();
            } else if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") {
                // The next line belongs to this one.
                self.at += if rest.starts_with("\\\n") { 2 } else { 3 };
            } else if c.is_whitespace() || c == '\u{feff}' {
                self.bump();
            } else {
                break;
            }
        }
        let line = self.line;
        match self.peek()? {
            open @ ('"' | '`') => {
                self.bump();
                Some(self.quoted(open, line))
            }
            _ => match self.heredoc(line) {
                Some(token) => Some(token),
                None => Some(self.bare(line)),
            },
        }
    }

    fn quoted(&mut self, open: char, line: usize) -> Token {
        let start = self.at;
        let mut value = String::new();
        let mut end = self.text.len();
        while let Some(c) = self.peek() {
            if c == open {
                end = self.at;
                self.bump();
                break;
            }
            self.bump();
            if c == '\\' && open == '"' && self.peek() == Some('"') {
                self.bump();
                value.push('"');
            } else {
                value.push(c);
            }
        }
        let text = Text::new(value, Region::new(start, end));
        Token { text, line, end_line: self.line, quoted: true }
    }

    /// `<<NAME` with its lines up to `NAME`.
    fn heredoc(&mut self, line: usize) -> Option<Token> {
        let rest = self.text[self.at..].strip_prefix("<<")?;
        let name_end = rest.find('\n')?;
        let name = rest[..name_end].trim_end_matches('\r');
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) {
            return None;
        }
        let start = self.at + 2 + name_end + 1;
        let mut at = start;
        for raw in self.text[start..].split_inclusive('\n') {
            if raw.trim() == name {
                let value = self.text[start..at].trim_end_matches('\n');
                let text = Text::new(value, Region::new(start, start + value.len()));
                let end = at + raw.trim_end().len();
                self.line += self.text[self.at..end].matches('\n').count();
                self.at = end;
                return Some(Token { text, line, end_line: self.line, quoted: true });
            }
            at += raw.len();
        }
        None
    }

    fn bare(&mut self, line: usize) -> Token {
        let start = self.at;
        while self.peek().is_some_and(|c| !c.is_whitespace()) {
            if self.text[self.at..].starts_with("\\\n") {
                break;
            }
            self.bump();
        }
        let text = Text::new(&self.text[start..self.at], Region::new(start, self.at));
        Token { text, line, end_line: self.line, quoted: false }
    }
}
