//! Values of quoted keys: members of maps, pairs in lists, subscripts, the two
//! arguments of a setter.

use super::bare::config_value;
use super::beside::LISP;
use super::bytes::{
    before, blanks_back, byte, ends_word, is_blank, is_quote, is_word, mark, mark_back, name_end,
    skip_blanks, skip_breaks, space_back, stands, word_start,
};
use super::call::before_method;
use super::expression::{default_argument, expression, fallback};
use super::literal::{Literal, quoted};
use super::place::Place;
use super::{callee, markup, member};
use crate::candidate::Standing;
use crate::file::Language;

impl<'t> Place<'t> {
    /// A name in quotation marks.
    pub(super) fn quoted_name(&self) -> Option<Literal> {
        let b = self.b;
        let (_, quote, after) = mark(b, self.end)?;
        let mut start = self.start;
        while self.start - start < 3 && b"#.$:-/@".contains(&before(b, start)) {
            start -= 1;
        }
        // `"Jwt:Secret"` of .NET.
        while before(b, self.start) == b':'
            && self.start - start < 64
            && (is_word(before(b, start)) || before(b, start) == b':')
        {
            start -= 1;
        }
        let (open, opening) = mark_back(b, start)?;
        if opening != quote {
            return None;
        }
        let open_at = open - usize::from(before(b, open) == b'@');
        let at = skip_blanks(b, after);
        match (byte(b, at), byte(b, at + 1)) {
            (b':', b':') => None,
            (b':', _) => {
                let prior = space_back(b, open_at);
                if before(b, prior) == b'?' {
                    return None;
                }
                self.keyed(at + 1)
            }
            (b'=', b'=' | b'~') => None,
            (b'=', b'>') => self.keyed(at + 2),
            (b'=', _) => self.keyed(at + 1),
            (b'-', b'>') => self.keyed(at + 2),
            (b't', b'o') if is_blank(byte(b, at + 2)) => self.keyed(at + 3),
            (b',', _) => self
                .listed(open_at, at + 1, start < self.start && b[start] == b'-')
                .or_else(|| member::value(self.text, open, after, self.is_line_based()))
                .or_else(|| markup::named_element(self.text, open, at)),
            (b']' | b')' | b'}', _) => self.accessed(at),
            (b'{', _) => self.variable(open, at),
            (b'/' | b'>', _) => markup::named_element(self.text, open, after),
            (b'\n' | b'\r' | b';', _) => {
                member::value(self.text, open, after, self.is_line_based())
                    .or_else(|| markup::named_element(self.text, open, after))
            }
            (next, _) if at > after && (is_word(next)) => {
                markup::named_element(self.text, open, after)
                    .or_else(|| stands(b, at, b"or ").then(|| self.literal(at + 3)).flatten())
            }
            _ if at > after && self.is_lisp() => expression(self.text, at, 0),
            _ => None,
        }
    }

    pub(super) fn is_lisp(&self) -> bool {
        self.file.has_extension(LISP)
    }

    /// The value of a quoted key.
    pub(super) fn keyed(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        if self.language == Language::Config {
            let first = skip_blanks(b, at);
            if mark(b, first).is_none() || byte(b, first) != b'\\' {
                return config_value(self.text, at, self.start - 1, true);
            }
        }
        // Headers of recordings are lists of one.
        let first = skip_breaks(b, at);
        if self.language == Language::Json && byte(b, first) == b'[' {
            let found = quoted(self.text, skip_breaks(b, first + 1), false)?;
            return (byte(b, skip_breaks(b, found.after)) == b']').then_some(found);
        }
        if self.language == Language::Json && byte(b, first) == b'{' {
            return self.described(first + 1);
        }
        expression(self.text, at, 0)
    }

    /// `("name", "…")`, `{"name", "…"}`, `["--name", "…"]`: `open` is where the
    /// mark before the name stands, `at` follows the comma.
    pub(super) fn listed(&self, open: usize, at: usize, is_flag: bool) -> Option<Literal> {
        let b = self.b;
        let prior = space_back(b, open);
        let first = skip_breaks(b, at);
        if is_flag {
            if mark(b, first).is_none() {
                return self.option_default(at);
            }
            let found = quoted(self.text, first, false)?;
            let is_option = byte(b, found.start) == b'-';
            return (!is_option).then_some(Literal { standing: Standing::Argument, ..found });
        }
        match before(b, prior) {
            b'(' => {
                let path = self.path_before(prior - 1);
                if callee::is_about_names(path) {
                    return None;
                }
                if callee::is_comparison(path) || !callee::has_default(path) {
                    let found = expression(self.text, first, 0)?;
                    let close = skip_breaks(b, found.after);
                    let closes =
                        byte(b, close) == b')' || !path.is_empty() && byte(b, close) == b',';
                    return closes.then_some(found);
                }
                default_argument(self.text, at, 0)
            }
            // The second of three arguments.
            b',' => {
                let last = blanks_back(b, prior - 1);
                // `buildConfigField("String", "name", "…")`.
                let typed = mark_back(b, last).map(|(close, _)| close);
                let word = word_start(b, typed.unwrap_or(last));
                let word = word - usize::from(typed.is_some() && is_quote(before(b, word)));
                let open = blanks_back(b, word);
                if before(b, open) != b'(' {
                    // Groovy needs no parentheses.
                    let is_field =
                        ends_word(b, open, b"buildConfigField") || ends_word(b, open, b"resValue");
                    return is_field.then(|| expression(self.text, first, 0)).flatten();
                }
                let path = self.path_before(open - 1);
                if path.is_empty() || callee::is_about_names(path) || callee::is_comparison(path) {
                    return None;
                }
                let found = expression(self.text, first, 0)?;
                (byte(b, skip_breaks(b, found.after)) == b')').then_some(found)
            }
            bracket @ (b'{' | b'[') => {
                let outer = before(b, space_back(b, prior - 1));
                if bracket == b'[' && !matches!(outer, b'[' | b',') {
                    return None;
                }
                let found = expression(self.text, first, 0)?;
                let close = byte(b, skip_breaks(b, found.after));
                (close == if bracket == b'{' { b'}' } else { b']' }).then_some(found)
            }
            b'<' if byte(b, prior.saturating_sub(2)) == b'<' => expression(self.text, first, 0),
            _ => None,
        }
    }

    /// The path of names before the parenthesis at `at`.
    pub(super) fn path_before(&self, at: usize) -> &'t [u8] {
        let b = self.b;
        let end = blanks_back(b, at);
        let mut start = end;
        while start > 0
            && end - start < 64
            && (is_word(b[start - 1])
                || matches!(b[start - 1], b'.' | b':' | b'$')
                || b[start - 1] == b'>' && start >= 2 && b[start - 2] == b'-'
                || b[start - 1] == b'-' && b[start] == b'>'
                || b[start - 1] == b'!' && start == end)
        {
            start -= 1;
        }
        b.get(start..end).unwrap_or(b"")
    }

    /// `"…".equals(request.getParameter("name"))`, of which `path` is the inner
    /// method.
    fn compared_lookup(&self, path: &[u8]) -> Option<Literal> {
        let b = self.b;
        let (open, _) = mark_back(b, self.start)?;
        let inner = space_back(b, open).checked_sub(1 + path.len())?;
        if path.is_empty() || before(b, inner) != b'(' {
            return None;
        }
        let outer = self.path_before(inner - 1);
        if !outer.starts_with(b".") || !callee::is_comparison(outer) {
            return None;
        }
        before_method(self.text, inner - 1 - outer.len())
    }

    /// What follows the brackets after a name in marks: `["name"] = "…"`,
    /// `get("name") || "…"`.
    pub(super) fn accessed(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        let close = byte(b, at);
        let mut at = at + 1;
        while at < b.len() && byte(b, at) == close && close != b')' {
            at += 1;
        }
        let next = skip_blanks(b, at);
        if close == b']' && is_quote(byte(b, at)) && byte(b, skip_blanks(b, at + 1)) == b',' {
            // `fill('input[name="password"]', '…')`.
            let comma = skip_blanks(b, at + 1);
            let found = expression(self.text, comma + 1, 0)?;
            return (byte(b, skip_blanks(b, found.after)) == b')').then_some(found);
        }
        if byte(b, next) == b':' && byte(b, next + 1) == b'=' && close == b']' {
            return self.literal(next + 2);
        }
        // A property with an argument, of Basic.
        let is_basic = self.file.has_extension(&["bas", "vb", "vbs", "cls", "frm", "asp"]);
        if byte(b, next) == b'=' && (close != b')' || is_basic) {
            return match byte(b, next + 1) {
                b'=' => self.compared(next + if byte(b, next + 2) == b'=' { 3 } else { 2 }),
                b'~' | b'>' => None,
                _ => self.literal(next + 1),
            };
        }
        if byte(b, next) == b'!' && byte(b, next + 1) == b'=' && close != b'}' {
            return self.compared(next + if byte(b, next + 2) == b'=' { 3 } else { 2 });
        }
        let has_default = matches!((byte(b, next), byte(b, next + 1)), (b'|', b'|') | (b'?', b'?'));
        if has_default && byte(b, next + 2) == b'=' {
            return self.literal(next + 3);
        }
        if close == b')' && self.is_lisp() && mark(b, next).is_some() {
            // `(or (System/getenv "name") "…")`.
            return self.literal(next);
        }
        if close == b')' {
            // `t("password") || "Password"` is about the name.
            let path = mark_back(b, self.start)
                .map(|(open, _)| space_back(b, open))
                .filter(|&open| before(b, open) == b'(')
                .map_or(&b""[..], |open| self.path_before(open - 1));
            if byte(b, at) == b'.'
                && let Some(open) = name_end(b, at + 1).filter(|&open| byte(b, open) == b'(')
                && callee::is_comparison(&b[at..open])
                && mark(b, open + 1).is_some()
            {
                return expression(self.text, open + 1, 0);
            }
            if byte(b, next) == b'{' && self.file.has_extension(&["rb", "rake"]) {
                // `ENV.fetch("name") { "…" }`.
                let found = expression(self.text, next + 1, 0)?;
                return (byte(b, skip_blanks(b, found.after)) == b'}').then_some(found);
            }
            if let Some(found) = self.compared_lookup(path) {
                return Some(found);
            }
            if callee::is_about_names(path) {
                return None;
            }
        }
        fallback(self.text, at)
    }
}
