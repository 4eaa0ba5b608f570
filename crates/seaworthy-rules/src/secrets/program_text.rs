//! Pieces of JavaScript, TypeScript and Python text: as much of their grammar as is
//! needed to tell strings and comments from code and to find where a bracket ends.
//!
//! Everything looks at a bounded window and gives up beyond it.

use std::ops::Range;

/// The grammar that a text follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// JavaScript and TypeScript.
    Script,
    /// Python.
    Python,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// A string without interpolations.
    Text,
    /// A template of JavaScript or an f-string of Python.
    Template,
    /// An operator or a bracket.
    Sign,
}

/// A piece of program text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind,
    /// As written; strings without their quotes.
    pub(crate) text: &'t str,
    /// Where `text` begins in the file.
    pub(crate) start: usize,
}

impl Token<'_> {
    /// Whether it is this operator or bracket.
    pub(crate) fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// Whether it is this name or keyword.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    /// Where it ends in the file, quotes aside.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Operators of more than one character, the longest first.
const SIGNS: &[&str] =
    &["===", "!==", "...", "&&", "||", "??", "?.", "==", "!=", "<=", ">=", "=>", ":="];

/// The tokens of a range, comments left out. `None` when a string or comment does
/// not end in it.
pub(crate) fn tokens(text: &str, range: Range<usize>, grammar: Grammar) -> Option<Vec<Token<'_>>> {
    let mut found = Vec::new();
    let mut at = range.start;
    while let Some(next) = next_token(text, at..range.end, grammar)? {
        at = next.after;
        found.push(next.token);
    }
    Some(found)
}

/// The tokens between the bracket at `open` and its counterpart, and where that is;
/// `None` when it is not within `window` bytes.
pub(crate) fn bracketed(
    text: &str,
    open: usize,
    window: usize,
    grammar: Grammar,
) -> Option<(Vec<Token<'_>>, usize)> {
    let mut end = text.len().min(open + window);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut at = open;
    while let Some(next) = next_token(text, at..end, grammar)? {
        at = next.after;
        let token = next.token;
        if token.kind == Kind::Sign {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        found.remove(0);
                        return Some((found, token.start));
                    }
                }
                _ => {}
            }
        }
        found.push(token);
    }
    None
}

struct Next<'t> {
    token: Token<'t>,
    after: usize,
}

#[expect(clippy::option_option, reason = "broken off, at the end, or a token")]
fn next_token(text: &str, range: Range<usize>, grammar: Grammar) -> Option<Option<Next<'_>>> {
    let bytes = text.as_bytes();
    let mut at = range.start;
    loop {
        let rest = text.get(at..range.end)?;
        let Some(first) = rest.chars().next() else { return Some(None) };
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if grammar == Grammar::Python && first == '#'
            || grammar == Grammar::Script && rest.starts_with("//")
        {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if grammar == Grammar::Script && rest.starts_with("/*") {
            at += rest.find("*/")? + 2;
        } else {
            break;
        }
    }
    let rest = text.get(at..range.end)?;
    let first = bytes[at];
    let is_name =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 128;
    let prefix = match grammar {
        Grammar::Python => {
            let length = rest.bytes().take(2).take_while(|b| b.is_ascii_alphabetic()).count();
            let quoted = matches!(rest.as_bytes().get(length), Some(b'"' | b'\''));
            let known = rest[..length].bytes().all(|b| b"fFrRbBuU".contains(&b));
            if quoted && known { length } else { 0 }
        }
        Grammar::Script => 0,
    };
    let quote = bytes[at + prefix..range.end].first().copied();
    if let Some(quote @ (b'"' | b'\'' | b'`')) = quote.filter(|_| prefix > 0 || !is_name(first)) {
        let (inner, after) = string(bytes, at + prefix..range.end, quote, grammar)?;
        let template =
            quote == b'`' || rest[..prefix].bytes().any(|byte| byte.eq_ignore_ascii_case(&b'f'));
        let kind = if template { Kind::Template } else { Kind::Text };
        let token = Token { kind, text: text.get(inner.clone())?, start: inner.start };
        return Some(Some(Next { token, after }));
    }
    let (kind, length) = if is_name(first) {
        let end = rest.bytes().position(|byte| !is_name(byte)).unwrap_or(rest.len());
        (Kind::Word, end)
    } else {
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        (Kind::Sign, sign.map_or(1, |sign| sign.len()))
    };
    let token = Token { kind, text: rest.get(..length)?, start: at };
    Some(Some(Next { token, after: at + length }))
}

/// What stands between the quotes of the string at the range's start, and where it
/// is over.
fn string(
    bytes: &[u8],
    range: Range<usize>,
    quote: u8,
    grammar: Grammar,
) -> Option<(Range<usize>, usize)> {
    let triple = grammar == Grammar::Python && bytes[range.clone()].starts_with(&[quote; 3]);
    let width = if triple { 3 } else { 1 };
    let start = range.start + width;
    let mut at = start;
    let mut braces = 0_usize;
    while at < range.end {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if quote != b'`' && !triple => return None,
            b'$' if quote == b'`' && bytes.get(at + 1) == Some(&b'{') => {
                braces += 1;
                at += 1;
            }
            b'{' if braces > 0 => braces += 1,
            b'}' if braces > 0 => braces -= 1,
            byte if byte == quote
                && braces == 0
                && (!triple || bytes[at..range.end].starts_with(&[quote; 3])) =>
            {
                return Some((start..at, at + width));
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The ranges, in the file, of the expressions that a template interpolates.
pub(crate) fn interpolations(token: &Token<'_>, grammar: Grammar) -> Vec<Range<usize>> {
    let bytes = token.text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let opens = match grammar {
            Grammar::Script if bytes[at] == b'\\' => {
                at += 2;
                continue;
            }
            Grammar::Script => bytes[at..].starts_with(b"${"),
            Grammar::Python if bytes[at..].starts_with(b"{{") => {
                at += 2;
                continue;
            }
            Grammar::Python => bytes[at] == b'{',
        };
        if !opens {
            at += 1;
            continue;
        }
        let start = at + if grammar == Grammar::Script { 2 } else { 1 };
        let mut depth = 1;
        let mut end = start;
        while end < bytes.len() {
            match bytes[end] {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            end += 1;
        }
        if depth > 0 {
            break;
        }
        found.push(token.start + start..token.start + end);
        at = end + 1;
    }
    found
}

/// How far back a line may begin; nobody writes longer ones by hand.
const LONGEST_LINE: usize = 500;

/// Whether the place is in a comment or a string, judged by its line alone; one that
/// is longer than people write counts as such.
pub(crate) fn is_quoted_line(text: &str, at: usize, grammar: Grammar) -> bool {
    let from = at.saturating_sub(LONGEST_LINE);
    let before = text.as_bytes()[from..at].iter().rposition(|&byte| byte == b'\n');
    let line = match before {
        Some(before) => from + before + 1,
        None if from == 0 => 0,
        None => return true,
    };
    let before = &text[line..at];
    let trimmed = before.trim_start();
    if trimmed.starts_with(['#', '*']) || trimmed.starts_with("//") || trimmed.starts_with("/*") {
        return true;
    }
    let mut quote = None;
    let mut bytes = before.bytes().enumerate().peekable();
    while let Some((index, byte)) = bytes.next() {
        match (quote, byte) {
            (_, b'\\') => {
                bytes.next();
            }
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'' | b'`') => quote = Some(byte),
            (None, b'#') if grammar == Grammar::Python => return true,
            (None, b'/')
                if grammar == Grammar::Script
                    && before.as_bytes().get(index + 1) == Some(&b'/') =>
            {
                return true;
            }
            _ => {}
        }
    }
    quote.is_some()
}

#[cfg(test)]
mod tests {
    use super::{Grammar::*, *};

    fn texts(source: &str, grammar: Grammar) -> Vec<&str> {
        tokens(source, 0..source.len(), grammar)
            .unwrap_or_default()
            .iter()
            .map(|token| token.text)
            .collect()
    }

    #[test]
    fn strings_and_comments_are_told_from_code() {
        let cases: &[(&str, Grammar, &[&str])] = &[
            ("a.b /* c */ + 'd, e' // f\n, g", Script, &["a", ".", "b", "+", "d, e", ",", "g"]),
            ("`x ${a ? `b` : {c: 1}} y` === 2", Script, &["x ${a ? `b` : {c: 1}} y", "===", "2"]),
            ("'it\\'s' ?? x?.y", Script, &["it\\'s", "??", "x", "?.", "y"]),
            ("f'{a}' % b # c\n", Python, &["{a}", "%", "b"]),
            ("'''a\n'b' c''', \"d\"", Python, &["a\n'b' c", ",", "d"]),
            ("ünï + é", Script, &["ünï", "+", "é"]),
            ("'open\n", Script, &[]),
            ("/* open", Script, &[]),
        ];
        for (source, grammar, want) in cases {
            assert_eq!(texts(source, *grammar), *want, "{source}");
        }
    }

    #[test]
    fn brackets_end_where_their_counterparts_are() {
        let source = "f(a, ')', [b], `)${(1)}`) + c";
        let (inner, end) = bracketed(source, 1, 100, Script).unwrap();
        assert_eq!((inner.len(), end), (9, source.find(" + c").unwrap() - 1));
        assert!(bracketed("f(a", 1, 100, Script).is_none());
        assert!(bracketed("f(aaaaaaaaaaa)", 1, 5, Script).is_none());
        assert!(bracketed("f(üüüüüüüüü)", 1, 6, Script).is_none());
    }

    #[test]
    fn interpolated_expressions_are_found() {
        let cases: &[(&str, Grammar, &[&str])] = &[
            ("`a ${b} c \\${d} ${ {e: 1}.e }`", Script, &["b", " {e: 1}.e "]),
            ("f'{a} {{b}} {c[\"d\"]:>3}'", Python, &["a", "c[\"d\"]:>3"]),
            ("`${open`", Script, &[]),
        ];
        for (source, grammar, want) in cases {
            let tokens = tokens(source, 0..source.len(), *grammar).unwrap_or_default();
            let got: Vec<&str> = tokens
                .iter()
                .flat_map(|token| interpolations(token, *grammar))
                .map(|range| &source[range])
                .collect();
            assert_eq!(got, *want, "{source}");
        }
    }

    #[test]
    fn lines_tell_what_is_quoted() {
        let cases = [
            ("  // console.log(a)", true),
            ("  * console.log(a)", true),
            ("x = 1 // console.log(a)", true),
            ("'see console.log(a)'", true),
            ("fetch('https://x').then(console.log(a))", false),
            ("if (a) console.log(a)", false),
        ];
        for (line, want) in cases {
            let at = line.find("console").unwrap();
            assert_eq!(is_quoted_line(line, at, Script), want, "{line}");
        }
        assert!(is_quoted_line("x = 1  # print(a)", 9, Python));
    }
}
