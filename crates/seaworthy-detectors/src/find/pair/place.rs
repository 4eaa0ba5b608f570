//! A name in a text, and the means by which it may be given a value.

use seaworthy_model::Region;

use super::bytes::{
    before, byte, ends_word, inside_string, is_quote, line_end, mark, name_end, name_start,
    skip_blanks, word_start,
};
use super::expression::expression;
use super::literal::Literal;
use super::{callee, markup, member};
use crate::candidate::Standing;
use crate::file::{File, Language};

/// A name in a text.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    pub(super) text: &'t str,
    pub(super) b: &'t [u8],
    pub(super) file: &'t File<'t>,
    pub(super) language: Language,
    /// Where the name begins.
    pub(super) start: usize,
    /// Where the name ends.
    pub(super) end: usize,
}

impl<'t> Place<'t> {
    /// The name that the word is in, when what follows it may be an operator.
    pub(super) fn of(text: &'t str, word: Region, file: &'t File<'t>) -> Option<Self> {
        let b = text.as_bytes();
        let last = *b.get(word.start..word.end)?.last()?;
        // A word of another script is a name by itself.
        let end = if last.is_ascii() { name_end(b, word.end)? } else { word.end };
        let next = byte(b, end);
        let speaks = match next {
            b' ' | b'\t' => {
                let at = skip_blanks(b, end);
                let next = byte(b, at);
                // Words in prose; a flag of a command begins with `-`.
                !next.is_ascii_lowercase()
                    || matches!(next, b'i' | b'w' | b's' | b'a' | b'o' | b't' | b'e' | b'b' | b'v')
                    || b.get(word.start.saturating_sub(1)).is_some_and(|&byte| byte == b'-')
                    || file.language != Language::Code
            }
            b'=' | b':' | b'"' | b'\'' | b'`' | b'\\' | b'?' | b'(' | b'>' | b'<' | b'[' | b']'
            | b'}' | b')' | b',' | b'\n' | b'\r' | b'{' | b'|' | b'+' | b'!' | b'*' | b'/'
            | b'_' | b'-' => true,
            b';' => matches!(file.language, Language::Prose | Language::Other),
            other => !other.is_ascii(),
        };
        if !speaks {
            return None;
        }
        let mut start = if last.is_ascii() { name_start(b, word.start)? } else { word.start };
        // `-Dname=value` of Java.
        if byte(b, start) == b'D'
            && before(b, start) == b'-'
            && byte(b, start + 1).is_ascii_lowercase()
            && start < word.start
        {
            start += 1;
        }
        // "API key", "access token": the word before belongs to it.
        if start == word.start && end == word.end && before(b, start) == b' ' {
            let first = word_start(b, start - 1);
            let qualifies = b.get(first..start - 1).is_some_and(|word| {
                QUALIFIERS.iter().any(|qualifier| qualifier.eq_ignore_ascii_case(word))
            });
            if qualifies {
                start = first;
            }
        }
        Some(Self { text, b, file, language: file.language, start, end })
    }

    /// The bytes of the name, without the method that compares it.
    pub(super) fn name(&self) -> Region {
        // `edPassword.Text` of a form is what was typed.
        for part in [&b".Text"[..], b".text", b".Value", b".value"] {
            let path = &self.b[self.start..self.end];
            if path.ends_with(part) && path.len() > part.len() {
                return Region::new(self.start, self.end - part.len());
            }
        }
        let end = self
            .b
            .get(self.start..self.end)
            .filter(|path| {
                matches!(byte(self.b, self.end), b'(' | b'?')
                    && (callee::is_comparison(path)
                        || callee::is_conversion(path) && byte(self.b, self.end + 1) == b')')
            })
            .and_then(|path| path.iter().rposition(|&found| found == b'.'))
            .map_or(self.end, |dot| self.start + dot);
        Region::new(self.start, end)
    }

    /// The literal that the name is given.
    pub(super) fn value(&self) -> Option<Literal> {
        let b = self.b;
        // `typeof password === "string"` tells the type.
        if before(b, self.start) == b' ' && ends_word(b, self.start - 1, b"typeof") {
            return None;
        }
        let mut found =
            if self.file.has_extension(&["rdp"]) { self.remote_desktop()? } else { self.given()? };
        if self.file.has_extension(&["properties"]) && found.text.is_none() {
            found.text = unescaped(self.text.get(found.start..found.end)?);
        }
        // A backtick quotes in few languages; in the comments of others, code.
        let is_mark_of_code = found.standing == Standing::Quoted
            && before(b, found.start) == b'`'
            && self.language == Language::Code
            && !self.file.has_extension(BACKTICKS);
        (!is_mark_of_code).then_some(found)
    }

    /// `name:s:value` and `name 51:b:value` of Remote Desktop.
    fn remote_desktop(&self) -> Option<Literal> {
        let end = line_end(self.b, self.end)?;
        let line = self.text.get(self.end..end)?;
        let kind = [":s:", ":b:"].iter().find_map(|kind| line.find(kind))?;
        (kind <= 4).then(|| Literal::plain(self.end + kind + 3, end, Standing::Bare))
    }

    pub(super) fn given(&self) -> Option<Literal> {
        let b = self.b;
        match byte(b, self.end) {
            b'"' | b'\'' | b'`' | b'\\' => {
                if mark(b, self.end).is_some() {
                    self.quoted_name().or_else(|| self.prose_mark())
                } else {
                    None
                }
            }
            b'(' => self.call(),
            b'>' => markup::element(self.text, self.start, self.end),
            b'<' if byte(b, self.end + 1) == b'/' => {
                markup::next_element(self.text, self.start, self.end)
            }
            b':' if byte(b, self.end + 1) == b'<' && byte(b, self.end + 2) == b'/' => {
                markup::next_element(self.text, self.start, self.end + 1)
            }
            b'[' => self.array(),
            b']' | b'}' => self.closed(),
            b')' => self.reversed().or_else(|| self.converted()),
            b'?' if byte(b, self.end + 1) == b'(' => {
                let path = b.get(self.start..self.end)?;
                let first = skip_blanks(b, self.end + 2);
                (path.ends_with(b".eql") && mark(b, first).is_some())
                    .then(|| expression(self.text, first, 0))
                    .flatten()
            }
            b',' => self.comma(),
            b'\n' | b'\r' => member::value(self.text, self.start, self.end, self.is_line_based())
                .or_else(|| self.reversed())
                .or_else(|| self.defined(self.end)),
            b' ' | b'\t' => {
                if matches!(before(b, self.start), b'<' | b':')
                    && let Some(found) = markup::element(self.text, self.start, self.end)
                {
                    return Some(found);
                }
                let mut at = skip_blanks(b, self.end);
                // `Unseal Key 1: …`.
                let next = at + b[at..].iter().take(2).take_while(|d| d.is_ascii_digit()).count();
                if next > at && byte(b, next) == b':' && self.language != Language::Code {
                    at = next;
                }
                self.operator(at, true).or_else(|| self.reversed())
            }
            _ => self.operator(self.end, false),
        }
    }

    pub(super) fn is_yaml(&self) -> bool {
        self.language == Language::Config
            && (self.file.has_extension(YAML)
                || self.file.path.ends_with(".j2")
                || self.file.path.contains(".yml.")
                || self.file.path.contains(".yaml."))
    }

    pub(super) fn is_line_based(&self) -> bool {
        matches!(self.language, Language::Config)
    }

    /// Whether the name is an option of a command.
    pub(super) fn is_flag(&self) -> bool {
        let b = self.b;
        let mut at = self.start;
        while at > 0 && self.start - at < 3 && b[at - 1] == b'-' {
            at -= 1;
        }
        at < self.start
            && self.start - at < 3
            && (matches!(before(b, at), b' ' | b'\t' | b'\n' | b'[' | b'(' | b',' | b'|' | b'=')
                || is_quote(before(b, at)))
    }

    /// A value that is quoted at `at` although the mark would close the string
    /// that the name is in.
    pub(super) fn is_closing(&self, at: usize) -> bool {
        mark(self.b, at).is_some_and(|(escapes, quote, _)| {
            escapes == 0
                && !is_quote(before(self.b, self.start))
                && inside_string(self.b, self.start) == Some(quote)
                || escapes == 0
                    && before(self.b, self.start) == quote
                    && byte(self.b, self.end) != quote
        })
    }
}

/// The text that the escapes `\\uXXXX` of a value of Java's properties stand for;
/// `None` when there are none.
fn unescaped(raw: &str) -> Option<String> {
    let mut parts = raw.split("\\u");
    let mut text = parts.next()?.to_owned();
    let mut is_escaped = false;
    for part in parts {
        let letter = part.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        text.push(char::from_u32(letter?).unwrap_or('?'));
        text.push_str(part.get(4..)?);
        is_escaped = true;
    }
    is_escaped.then_some(text)
}

/// Words before a bare "key" or "token" that make it a name of two words.
const QUALIFIERS: &[&[u8]] = &[
    b"api",
    b"access",
    b"secret",
    b"private",
    b"master",
    b"auth",
    b"app",
    b"bot",
    b"encryption",
    b"signing",
    b"client",
    b"admin",
    b"root",
    b"database",
    b"db",
    b"bearer",
    b"storage",
    b"account",
    b"service",
    b"license",
    b"subscription",
    b"pass",
    b"webhook",
    b"unseal",
    b"session",
    b"refresh",
];

const YAML: &[&str] = &["yml", "yaml", "eyaml", "sls", "raml"];

/// Languages in which backticks quote strings.
const BACKTICKS: &[&str] = &[
    "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "astro", "go", "coffee",
    "r", "ps1", "psm1", "v", "gradle", "groovy", "snap", "diff", "patch", "http",
];
