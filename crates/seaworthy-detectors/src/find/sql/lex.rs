//! The words and strings of a statement, which may stand in a string of a program
//! with its quotes escaped.

use seaworthy_model::Region;

use crate::find::near;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A keyword or a name without quotes; a number.
    Word,
    /// A string in single quotes.
    Text,
    /// A name in double quotes or backticks; in some dialects a string.
    Name,
    /// Any other byte.
    Sign(u8),
}

/// A token; its region is without quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) shape: Shape,
    pub(super) region: Region,
}

impl Token {
    /// Whether it is the keyword, in lower case.
    pub(super) fn is(&self, text: &str, word: &str) -> bool {
        self.shape == Shape::Word && self.text(text).eq_ignore_ascii_case(word)
    }

    /// Whether it is the sign.
    pub(super) fn is_sign(&self, sign: u8) -> bool {
        self.shape == Shape::Sign(sign)
    }

    /// Its text.
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.region.start..self.region.end).unwrap_or_default()
    }
}

/// The tokens of one statement.
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    enclosing: Option<near::Mark>,
}

impl<'t> Tokens<'t> {
    /// The tokens from `start` on, in at most `reach` bytes; `hit` tells whether
    /// they stand in a string.
    pub(super) fn new(text: &'t str, hit: usize, start: usize, reach: usize) -> Self {
        let bytes = text.as_bytes();
        let end = bytes.len().min(start + reach);
        Self { text, at: start, end, enclosing: near::enclosing(bytes, hit) }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        loop {
            if self.at >= self.end {
                return None;
            }
            let start = self.at;
            let byte = bytes[start];
            if byte <= b' ' {
                self.at += 1;
                continue;
            }
            let rest = &bytes[start..self.end];
            if rest.starts_with(b"-- ") || rest.starts_with(b"--\n") {
                self.at = rest.iter().position(|&b| b == b'\n').map_or(self.end, |at| start + at);
                continue;
            }
            if rest.starts_with(b"/*") {
                let close = rest.windows(2).position(|part| part == b"*/");
                self.at = close.map_or(self.end, |at| start + at + 2);
                continue;
            }
            // A line break or a continuation in a string of a program.
            if byte == b'\\' && matches!(rest.get(1), Some(b'n' | b'r' | b't' | b'\n')) {
                self.at += 2;
                continue;
            }
            if let Some(mark) = near::mark_at(bytes, start) {
                if self.enclosing == Some(mark) && !rest.starts_with(b"''") {
                    return None;
                }
                let content = start + mark.len();
                let close = string_end(bytes, content, mark, self.enclosing, self.end)?;
                self.at = close + mark.len();
                let shape = if mark.quote == b'\'' { Shape::Text } else { Shape::Name };
                return Some(Token { shape, region: Region::new(content, close) });
            }
            if near::is_word(byte) || !byte.is_ascii() {
                let length = rest
                    .iter()
                    .position(|&b| !(near::is_word(b) || !b.is_ascii() || b == b'$' || b == b'#'))
                    .unwrap_or(rest.len());
                self.at += length;
                return Some(Token {
                    shape: Shape::Word,
                    region: Region::new(start, start + length),
                });
            }
            self.at += 1;
            return Some(Token { shape: Shape::Sign(byte), region: Region::new(start, start + 1) });
        }
    }
}

/// Where the string ends: a doubled quote does not end it, nor does one behind a
/// backslash. `None` where the string around the statement ends before it.
fn string_end(
    bytes: &[u8],
    start: usize,
    mark: near::Mark,
    enclosing: Option<near::Mark>,
    end: usize,
) -> Option<usize> {
    let outer = enclosing.filter(|outer| outer.escapes == 0).map(|outer| outer.quote);
    if mark.escapes > 0 {
        return near::close(bytes, start, mark, end.saturating_sub(start));
    }
    let mut at = start;
    while at < end {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == mark.quote => {
                if bytes.get(at + 1) != Some(&mark.quote) {
                    return Some(at);
                }
                at += 2;
            }
            byte if Some(byte) == outer => return None,
            _ => at += 1,
        }
    }
    None
}
