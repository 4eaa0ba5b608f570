//! Words, split as `ngx_conf_read_token` splits them.
//!
//! The states keep nginx's own names, so that the two can be held side by side:
//! a backslash hides the next byte from the splitting, a brace after `$` belongs
//! to a variable, quotes count at the start of a word only, and a word is
//! unescaped when it is complete.

use seaworthy_model::Region;
use seaworthy_syntax::SyntaxError;

use super::Word;
use super::vocabulary::starts_a_line;

/// nginx's buffer: no word is longer.
const LONGEST_WORD: usize = 4096;

/// Errors that are told of one file.
pub(super) const MOST_ERRORS: usize = 200;

/// After so many quotes that nothing closes, one more is no quote.
const MOST_OPEN_QUOTES: usize = 8;

/// What ended a statement. Each knows the byte at which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// `;`
    Semicolon(usize),
    /// `{`
    Open(usize),
    /// `}`
    Close(usize),
    /// Words without an end, before what certainly starts another statement.
    Missing(usize),
    /// Nothing more.
    Over,
}

/// The reader of one text.
pub(super) struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    pub(super) pos: usize,
    open_quotes: usize,
    pub(super) errors: Vec<SyntaxError>,
    pub(super) comments: Vec<Region>,
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut reader = Self {
            text,
            bytes: text.as_bytes(),
            pos: 0,
            open_quotes: 0,
            errors: Vec::new(),
            comments: Vec::new(),
        };
        if text.starts_with('\u{feff}') {
            reader.pos = '\u{feff}'.len_utf8();
            let mark = Region::new(0, reader.pos);
            reader.error(mark, "a byte order mark, which nginx takes for the start of a name");
        }
        reader
    }

    pub(super) fn error(&mut self, region: Region, message: impl Into<String>) {
        if self.errors.len() <= MOST_ERRORS {
            self.errors.push(SyntaxError { region, message: message.into() });
        }
    }

    /// Reads up to the end of one statement. In a table every word may be an
    /// entry; among directives a line that starts one ends a statement whose
    /// semicolon is missing.
    pub(super) fn statement(&mut self, table: bool, most: usize) -> (Vec<Word>, End) {
        let mut words = Vec::new();
        loop {
            let Some(&byte) = self.bytes.get(self.pos) else {
                return (words, End::Over);
            };
            let at = self.pos;
            match byte {
                _ if is_blank(byte) => self.pos += 1,
                b'#' => self.comment(),
                b';' | b'{' if words.is_empty() => {
                    self.pos += 1;
                    let here = Region::new(at, self.pos);
                    if byte == b'{' {
                        self.error(here, "a block that no directive opens");
                        return (words, End::Open(at));
                    }
                    self.error(here, "a semicolon that ends nothing");
                }
                b';' => {
                    self.pos += 1;
                    return (words, End::Semicolon(at));
                }
                b'{' => {
                    self.pos += 1;
                    return (words, End::Open(at));
                }
                b'}' if words.is_empty() => {
                    self.pos += 1;
                    return (words, End::Close(at));
                }
                b'}' => return (words, End::Missing(at)),
                _ => {
                    if !table && self.starts_another(&words) {
                        return (words, End::Missing(at));
                    }
                    if words.len() >= most {
                        return (words, End::Over);
                    }
                    let word = self.word(at);
                    words.push(word);
                }
            }
        }
    }

    fn comment(&mut self) {
        let start = self.pos;
        let rest = &self.bytes[start..];
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.pos = start + length;
        let mut end = self.pos;
        if self.bytes[start..end].ends_with(b"\r") {
            end -= 1;
        }
        self.comments.push(Region::new(start, end));
        if length >= LONGEST_WORD {
            self.error(Region::empty(start), "a comment longer than nginx's buffer of 4096 bytes");
        }
    }

    /// Whether the word at the reader's place is the first of its line and the
    /// name of a directive that no argument is likely to equal.
    fn starts_another(&self, words: &[Word]) -> bool {
        let Some(first) = words.first() else { return false };
        let last = words.last().map_or(self.pos, |word| word.region.end);
        if memchr::memchr(b'\n', &self.bytes[last.min(self.pos)..self.pos]).is_none() {
            return false;
        }
        let rest = &self.bytes[self.pos..];
        let end = rest
            .iter()
            .position(|&byte| is_blank(byte) || matches!(byte, b';' | b'{'))
            .unwrap_or(rest.len());
        starts_a_line(&first.value, &rest[..end])
    }

    /// Reads the word that starts at `at`.
    fn word(&mut self, at: usize) -> Word {
        let quote = match self.bytes[at] {
            quote @ (b'"' | b'\'') if self.open_quotes < MOST_OPEN_QUOTES => Some(quote),
            _ => None,
        };
        let start = at + usize::from(quote.is_some());
        let mut pos = start;
        // A variable may be the first of a bare word, and is not seen as such at
        // the start of a quoted one: there `$` is read below.
        let mut variable = false;
        while let Some(&byte) = self.bytes.get(pos) {
            if byte == b'{' && variable {
                pos += 1;
                continue;
            }
            variable = false;
            match byte {
                b'\\' => pos += 1,
                b'$' => variable = true,
                _ if Some(byte) == quote => return self.closed(start, pos),
                b';' | b'{' if quote.is_none() && pos > start => break,
                _ if quote.is_none() && is_blank(byte) => break,
                _ => {}
            }
            pos += 1;
        }
        let end = pos.min(self.bytes.len());
        if let Some(quote) = quote {
            return self.unclosed(start, quote);
        }
        self.pos = end;
        self.finish(start, end, false)
    }

    /// A quoted word: what follows the quote has to end the word.
    fn closed(&mut self, start: usize, end: usize) -> Word {
        self.pos = end + 1;
        if let Some(&next) = self.bytes.get(self.pos)
            && !is_blank(next)
            && !matches!(next, b';' | b'{' | b')')
        {
            let here = Region::empty(self.pos);
            self.error(here, "a closing quote that neither a blank nor an end follows");
        }
        self.finish(start, end, true)
    }

    /// A quote that nothing closes ends with its line, so that the rest is read.
    fn unclosed(&mut self, start: usize, quote: u8) -> Word {
        self.open_quotes += 1;
        let opening = Region::new(start - 1, start);
        let name = if quote == b'"' { "double" } else { "single" };
        self.error(opening, format!("a {name} quote that is never closed"));
        let rest = &self.bytes[start..];
        let mut end = start + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let line = self.bytes[start..end].trim_ascii_end();
        end = start + line.len();
        if let Some((b';' | b'{', word)) = line.split_last() {
            end = start + word.len() - word.iter().rev().take_while(|byte| blank(byte)).count();
        }
        self.pos = end;
        // The quote has no partner: the word counts as bare.
        self.finish(start, end, false)
    }

    fn finish(&mut self, start: usize, end: usize, quoted: bool) -> Word {
        let region = Region::new(start, end);
        if region.len() >= LONGEST_WORD {
            self.error(
                Region::empty(start),
                "a word longer than nginx's buffer of 4096 bytes; perhaps a quote is missing",
            );
        }
        Word { value: unescaped(region.of(self.text)), region, quoted }
    }
}

/// The word without the backslashes that nginx removes; others stay.
fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        let replaced = match rest.peek() {
            Some(&same @ ('"' | '\'' | '\\')) => same,
            Some('t') => '\t',
            Some('r') => '\r',
            Some('n') => '\n',
            _ => {
                out.push('\\');
                continue;
            }
        };
        rest.next();
        out.push(replaced);
    }
    out
}
