//! Tokens of PostgreSQL, without comments.

use std::borrow::Cow;
use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in double quotes.
    Quoted,
    /// A text in single quotes, whatever prefix it has.
    Text,
    /// A text between dollar quotes.
    Dollar,
    /// A number.
    Number,
    /// One character of anything else.
    Sign,
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token<'t> {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its bytes, quotes included.
    pub(crate) range: Range<usize>,
    /// What stands there; of quoted ones what is inside the quotes, undecoded.
    pub(crate) text: &'t str,
}

impl<'t> Token<'t> {
    /// Whether it is this keyword, given in lower case.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is this character.
    pub(crate) fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// The name that it is: folded to lower case unless quoted.
    pub(crate) fn name(&self) -> Option<Cow<'t, str>> {
        match self.kind {
            Kind::Word if self.text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Some(Cow::Owned(self.text.to_ascii_lowercase()))
            }
            Kind::Word => Some(Cow::Borrowed(self.text)),
            Kind::Quoted if self.text.contains('"') => {
                Some(Cow::Owned(self.text.replace("\"\"", "\"")))
            }
            Kind::Quoted => Some(Cow::Borrowed(self.text)),
            _ => None,
        }
    }

    /// Where its inside starts, if that is the source byte for byte.
    pub(crate) fn inside(&self) -> Option<(usize, &'t str)> {
        match self.kind {
            Kind::Dollar => {
                let quote = (self.range.len() - self.text.len()) / 2;
                Some((self.range.start + quote, self.text))
            }
            Kind::Text if !self.text.contains(['\'', '\\']) => {
                Some((self.range.end - 1 - self.text.len(), self.text))
            }
            _ => None,
        }
    }
}

/// The tokens of a text. Whatever is not closed goes on to the end.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            if blank > 0 {
                self.at += blank;
            } else if rest.starts_with("--") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += comment(rest);
            } else {
                return;
            }
        }
    }

    /// A token of `length` bytes whose inside is `inside`, seen from its start.
    fn take(&mut self, kind: Kind, length: usize, inside: Range<usize>) -> Token<'t> {
        let start = self.at;
        let text = self.rest().get(inside).unwrap_or("");
        self.at += length;
        Token { kind, range: start..self.at, text }
    }
}

impl<'t> Iterator for Lexer<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        self.skip_blanks();
        let rest = self.rest();
        let first = rest.chars().next()?;
        let token = match first {
            '\'' => self.text_token(0, false),
            '"' => {
                let end = closing(rest, 1, '"', false);
                self.take(Kind::Quoted, (end + 1).min(rest.len()), 1..end)
            }
            '$' => match dollar(rest) {
                Some((tag, end)) => self.take(Kind::Dollar, (end + tag).min(rest.len()), tag..end),
                None => self.take(Kind::Sign, 1, 0..1),
            },
            '0'..='9' => {
                let length = length(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
                self.take(Kind::Number, length, 0..length)
            }
            first if first == '_' || first.is_alphabetic() => {
                let length = length(rest, |c| c.is_alphanumeric() || matches!(c, '_' | '$'));
                match rest.as_bytes().get(length) {
                    Some(b'\'') if length == 1 && matches!(first, 'e' | 'E') => {
                        self.text_token(1, true)
                    }
                    Some(b'\'') if length == 1 && matches!(first, 'b' | 'B' | 'x' | 'X' | 'n') => {
                        self.text_token(1, false)
                    }
                    _ => self.take(Kind::Word, length, 0..length),
                }
            }
            other => self.take(Kind::Sign, other.len_utf8(), 0..other.len_utf8()),
        };
        Some(token)
    }
}

impl<'t> Lexer<'t> {
    fn text_token(&mut self, prefix: usize, escapes: bool) -> Token<'t> {
        let rest = self.rest();
        let end = closing(rest, prefix + 1, '\'', escapes);
        self.take(Kind::Text, (end + 1).min(rest.len()), prefix + 1..end)
    }
}

fn length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The length of a comment, which may hold others.
fn comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (2, 1_usize);
    while depth > 0 && at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    at
}

/// Where the quote that closes stands, for a text that starts at `from`.
fn closing(text: &str, from: usize, quote: char, escapes: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] != quote as u8 {
            at += 1;
        } else if bytes.get(at + 1) == Some(&(quote as u8)) {
            at += 2;
        } else {
            return at;
        }
    }
    text.len()
}

/// Of a text in dollar quotes the length of its quote, and where it ends.
fn dollar(text: &str) -> Option<(usize, usize)> {
    let tag = 1 + length(&text[1..], |c| c.is_alphanumeric() || c == '_');
    if !text[tag..].starts_with('$') || text[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let quote = &text[..=tag];
    let end = text[quote.len()..].find(quote).map_or(text.len(), |end| end + quote.len());
    Some((quote.len(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexed(text: &str) -> Vec<(Kind, &str)> {
        Lexer::new(text).map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn comments_are_no_tokens_and_may_hold_others() {
        assert_eq!(lexed("a -- b\n/* c /* d */ e */ f"), [(Kind::Word, "a"), (Kind::Word, "f")]);
        assert_eq!(lexed("a /* b"), [(Kind::Word, "a")]);
    }

    #[test]
    fn quotes_of_every_kind_hold_what_is_inside() {
        let found = lexed(r#"'it''s' E'a\'b' "My ""Table""" $$ ; -- x $$ $f$ $$ ; $$ $f$"#);
        let expected = [
            (Kind::Text, "it''s"),
            (Kind::Text, r"a\'b"),
            (Kind::Quoted, r#"My ""Table"""#),
            (Kind::Dollar, " ; -- x "),
            (Kind::Dollar, " $$ ; $$ "),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn parameters_are_no_dollar_quotes() {
        assert_eq!(lexed("$1 $2").len(), 4);
        assert_eq!(lexed("a$b$c"), [(Kind::Word, "a$b$c")]);
    }

    #[test]
    fn names_fold_unless_quoted() {
        let names: Vec<_> =
            Lexer::new(r#"Users "Users" "a""b""#).filter_map(|token| token.name()).collect();
        assert_eq!(names, ["users", "Users", "a\"b"]);
    }

    #[test]
    fn the_inside_of_a_body_is_found_in_the_source() {
        let text = "do $do$begin$do$; execute 'drop table a'";
        for token in Lexer::new(text) {
            if let Some((start, inside)) = token.inside() {
                assert_eq!(&text[start..start + inside.len()], inside);
            }
        }
    }

    #[test]
    fn broken_text_ends_quietly() {
        for text in ["'", "\"", "$$", "$a$ b", "/*", "E'\\", "é'", "$é", "--", "\u{1F600}$"] {
            let end = Lexer::new(text).last().map_or(0, |token| token.range.end);
            assert!(end <= text.len(), "{text}");
        }
    }
}
