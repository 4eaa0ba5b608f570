//! Values behind a brace: `{ get; set; } = "…"` of C#, `name{"…"}` of C++, the
//! default of a variable of Terraform, the default of an option of a command.

use super::bare::config_value;
use super::bytes::{
    byte, is_blank, is_quote, line_end, line_start, skip_blanks, skip_space, stands,
};
use super::expression::expression;
use super::literal::{Literal, quoted};
use super::place::Place;
use crate::file::Language;

/// How far the end of a block is sought.
const REACH: usize = 800;

/// The words that the accessors of a property begin with.
const ACCESSORS: &[&[u8]] = &[b"get", b"set", b"init", b"private", b"protected", b"internal"];

impl Place<'_> {
    /// What the brace at `at` gives the name before it.
    pub(super) fn brace(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        if self.language != Language::Code {
            return None;
        }
        let first = skip_space(b, at + 1);
        if is_quote(byte(b, first)) {
            if !self.file.has_extension(&["cpp", "cc", "cxx", "hpp", "hh", "hxx", "h", "ino"]) {
                return None;
            }
            let found = quoted(self.text, first, false)?;
            return (byte(b, skip_space(b, found.after)) == b'}').then_some(found);
        }
        if !ACCESSORS.iter().any(|accessor| stands(b, first, accessor)) {
            return None;
        }
        let limit = b.len().min(at + 120);
        let close = at + b.get(at..limit)?.iter().position(|&found| found == b'}')?;
        let next = skip_blanks(b, close + 1);
        (byte(b, next) == b'=' && !matches!(byte(b, next + 1), b'=' | b'>'))
            .then(|| self.literal(next + 1))
            .flatten()
    }

    /// `variable "name" { default = "…" }`: `open` is where the mark before the
    /// name stands, `at` the brace.
    pub(super) fn variable(&self, open: usize, at: usize) -> Option<Literal> {
        let b = self.b;
        let lead = b.get(line_start(b, open)..open)?.trim_ascii();
        if lead != b"variable" || !self.file.has_extension(&["tf", "hcl", "tofu"]) {
            return None;
        }
        let limit = at + REACH;
        let mut line = at + 1;
        while line < b.len().min(limit) {
            let first = skip_blanks(b, line);
            if byte(b, first) == b'}' && first == line {
                return None;
            }
            if stands(b, first, b"default") {
                let equals = skip_blanks(b, first + 7);
                return (byte(b, equals) == b'=')
                    .then(|| expression(self.text, equals + 1, 0))
                    .flatten();
            }
            line = line_end(b, line)? + 1;
        }
        None
    }

    /// The value among the members of a description, which begins at `at`:
    /// `"name": {"type": "string", "defaultValue": "…"}`.
    pub(super) fn described(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        let part = b.get(at..b.len().min(at + REACH))?;
        let end = part.iter().position(|&found| matches!(found, b'}' | b'{'))?;
        if part[end] != b'}' {
            return None;
        }
        [&b"\"value\""[..], b"\"defaultValue\"", b"\"Default\""].iter().find_map(|member| {
            let found = memchr::memmem::find(&part[..end], member)? + member.len();
            let colon = skip_blanks(b, at + found);
            let first = skip_blanks(b, colon + 1);
            (byte(b, colon) == b':' && byte(b, first) == b'"')
                .then(|| quoted(self.text, first, false))
                .flatten()
        })
    }

    /// `Default: …` of a parameter of CloudFormation, whose name ends its line
    /// before `at`.
    pub(super) fn parameter(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        if byte(b, at) != b'\n' {
            return None;
        }
        let depth = self.start - line_start(b, self.start);
        let mut line = at + 1;
        let mut is_typed = false;
        for _ in 0..8 {
            let first = skip_blanks(b, line);
            if first - line <= depth {
                return None;
            }
            is_typed |= stands(b, first, b"Type: String");
            if stands(b, first, b"Default: ") && is_typed {
                return config_value(self.text, first + 8, first, true);
            }
            line = line_end(b, line)? + 1;
        }
        None
    }

    /// `add_argument("--name", default="…")`: `at` follows the comma.
    pub(super) fn option_default(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        let limit = b.len().min(at + 240);
        let mut depth = 0_usize;
        for at in at..limit {
            match b[at] {
                b'(' => depth += 1,
                b')' if depth == 0 => return None,
                b')' => depth -= 1,
                b'd' if depth == 0
                    && stands(b, at, b"default")
                    && (is_blank(b[at - 1]) || matches!(b[at - 1], b'\n' | b',')) =>
                {
                    let equals = skip_blanks(b, at + 7);
                    return (byte(b, equals) == b'=' && byte(b, equals + 1) != b'=')
                        .then(|| expression(self.text, equals + 1, 0))
                        .flatten();
                }
                _ => {}
            }
        }
        None
    }
}
