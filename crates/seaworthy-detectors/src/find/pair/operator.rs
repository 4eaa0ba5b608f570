//! Values after an operator: `name = …`, `name: …`, `name == …`, `name || …`.

use super::bare::{config_value, connection_part, part, prose, word};
use super::bytes::{
    MAX_VALUE, before, byte, is_blank, is_quote, is_word, line_end, line_start, mark, skip_blanks,
    skip_breaks, space_back, stands,
};
use super::expression::{after_type, expression};
use super::literal::{Literal, quoted, trimmed};
use super::place::Place;
use crate::candidate::Standing;
use crate::file::Language;

impl Place<'_> {
    /// An operator at `at`; `spaced` when blanks stand between it and the name.
    pub(super) fn operator(&self, at: usize, spaced: bool) -> Option<Literal> {
        let b = self.b;
        let (first, second) = (byte(b, at), byte(b, at + 1));
        match (first, second) {
            (b'=', b'=') => {
                let after = at + if byte(b, at + 2) == b'=' { 3 } else { 2 };
                self.compared(after)
            }
            (b'=', b'~') => None,
            (b'=', b'>') => {
                if self.file.has_extension(ARROWS) {
                    return None;
                }
                self.assigned(at + 2, true, b'>')
            }
            (b'=', _) => self.assigned(at + 1, spaced, b'='),
            (b'!', b'=') => self.compared(at + if byte(b, at + 2) == b'=' { 3 } else { 2 }),
            (b':', b'=') if !self.in_braces() => self.assigned(at + 2, true, b'='),
            (b':', b':') if byte(b, at + 2) == b'=' => self.assigned(at + 3, true, b'='),
            // A term of a list of definitions.
            (b':', b':') if self.is_heading() && is_blank(byte(b, at + 2)) => {
                self.bare_token(at + 2)
            }
            (b':', b':') if self.is_heading() => self.defined(at + 2),
            (b':', b':') => None,
            (b':', b'-' | b'=') if self.in_braces() => self.braced(at + 2),
            (b':' | b'-', _) if self.in_braces() => self.braced(at + 1),
            (b':', b'/') if byte(b, at + 2) == b'/' => None,
            (b':', _) => self.colon(at + 1, spaced),
            (b'?', b':') if !spaced => self.colon(at + 2, false),
            (b'?', b'?' | b':') => {
                let after = at + 2 + usize::from(byte(b, at + 2) == b'=');
                self.literal(after)
            }
            // `~=` of Lua, `//=` of Perl.
            (b'~', b'=') => self.compared(at + 2),
            (b'/', b'/') if byte(b, at + 2) == b'=' => self.literal(at + 3),
            (b'?', b'=') => self.assigned(at + 2, true, b'='),
            (b'|', b'|') if self.is_heading() => None,
            (b'|', b'|') => {
                let after = at + 2 + usize::from(byte(b, at + 2) == b'=');
                self.literal(after)
            }
            (b'|', _) => self.cell(at + 1),
            (b'+', b'=') => self.literal(at + 2),
            (b'<', b'-') => self.literal(at + 2),
            (b'-', b' ') if spaced && self.language == Language::Prose => {
                prose(self.text, at + 1, true)
            }
            (b'*' | b'_', _) if matches!(self.language, Language::Prose) => {
                let mut at = at;
                while matches!(byte(b, at), b'*' | b'_') {
                    at += 1;
                }
                let at = skip_blanks(b, at);
                match byte(b, at) {
                    b':' => prose(self.text, at + 1, false),
                    b'|' => self.cell(at + 1),
                    _ => None,
                }
            }
            (b'!', _) if byte(b, at + 1) == b':' => self.colon(at + 2, spaced),
            (b'*', _) if byte(b, at + 1) == b'=' => None,
            (b'{', _) => self.brace(at),
            (b'"' | b'\'' | b'`' | b'\\', _) if spaced => self.juxtaposed(at),
            (0xef, 0xbc) if byte(b, at + 2) == 0x9a => prose(self.text, at + 3, false),
            _ if spaced => self.juxtaposed(at),
            _ => None,
        }
    }

    /// Whether the text is one in which names head columns and definitions.
    fn is_heading(&self) -> bool {
        matches!(self.language, Language::Prose | Language::Other)
    }

    /// Only a literal of a programming language may follow.
    pub(super) fn literal(&self, at: usize) -> Option<Literal> {
        let first = skip_breaks(self.b, at);
        if self.is_closing(first) {
            return None;
        }
        expression(self.text, at, 0)
    }

    /// `name == "…"`.
    pub(super) fn compared(&self, at: usize) -> Option<Literal> {
        let first = skip_blanks(self.b, at);
        let first = first + usize::from(byte(self.b, first) == b'@');
        let is_string = mark(self.b, first).is_some()
            || stands(self.b, first, b"QLatin1String")
            || stands(self.b, first, b"QStringLiteral(");
        if !is_string || self.is_closing(first) {
            return None;
        }
        expression(self.text, first, 0)
    }

    /// Whether the name stands in `${…}`.
    pub(super) fn in_braces(&self) -> bool {
        self.start >= 2
            && self.b[self.start - 1] == b'{'
            && matches!(self.b[self.start - 2], b'$' | b'#')
            && self.b[self.start - 2] == b'$'
    }

    /// The default in `${name:-default}`, which begins at `at`.
    pub(super) fn braced(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        if matches!(byte(b, at), b'?' | b'+' | b'$' | b'-') {
            return None;
        }
        let limit = b.len().min(at + MAX_VALUE);
        let length = b.get(at..limit)?.iter().position(|&found| matches!(found, b'}' | b'\n'))?;
        if b[at + length] != b'}' {
            return None;
        }
        let is_marked =
            length > 2 && is_quote(byte(b, at)) && byte(b, at + length - 1) == byte(b, at);
        let (start, end) = if is_marked { (at + 1, at + length - 1) } else { (at, at + length) };
        trimmed(self.text, start, end, end, Standing::Part)
    }

    /// `name = …`: what follows the operator, at `at`.
    pub(super) fn assigned(&self, at: usize, spaced: bool, operator: u8) -> Option<Literal> {
        let b = self.b;
        if self.is_flag() && !spaced {
            if self.is_closing(at) {
                return None;
            }
            return word(self.text, at, Standing::Argument);
        }
        let first = skip_breaks(b, at);
        let is_marked = mark(b, first).is_some();
        if is_marked && self.is_closing(first) {
            return None;
        }
        let prior = before(b, self.start);
        let line_comment = prior == b';' && line_start(b, self.start) + 1 >= self.start;
        if operator == b'=' && prior == b';' && !is_marked && !line_comment {
            // A part of a connection string; a statement of minified code.
            let is_code = self.language == Language::Code;
            if let Some(found) = connection_part(self.text, self.start, at, is_code) {
                let content = b.get(found.start..found.end)?;
                return (!content.contains(&b'(')).then_some(found);
            }
        }
        if operator == b'=' && !spaced && !is_marked && first == at && matches!(prior, b'?' | b'&')
        {
            return part(self.text, self.start, at, self.language == Language::Prose);
        }
        match self.language {
            Language::Config => {
                if self.is_yaml() && operator == b'=' {
                    if is_marked {
                        return quoted(self.text, first, byte(b, first) == b'\'');
                    }
                    return (first == at && !spaced)
                        .then(|| word(self.text, at, Standing::Bare))
                        .flatten();
                }
                if first != skip_blanks(b, at) {
                    return None;
                }
                if is_quote(prior) && !is_marked {
                    return word(self.text, first, Standing::Bare);
                }
                let mut found = config_value(self.text, at, self.start, false)?;
                if self.file.has_extension(&["conf", "cnf"]) {
                    while found.end > found.start && byte(b, found.end - 1) == b';' {
                        found.end -= 1;
                    }
                }
                Some(found)
            }
            Language::Shell => {
                if is_marked && byte(b, first) != b'`' {
                    return quoted(self.text, first, byte(b, first) == b'\'');
                }
                if self.file.has_extension(&["bat", "cmd"]) {
                    let end = line_end(b, at)?;
                    return trimmed(self.text, at, end, end, Standing::Bare);
                }
                if spaced || first != at {
                    // Makefiles, of which the line is the value.
                    let is_make = self.file.has_extension(&["mk", "mak", "make"])
                        || self.file.path.to_ascii_lowercase().ends_with("makefile");
                    // A file that the script writes: no shell has blanks there.
                    let is_line = spaced
                        && operator == b'='
                        && byte(b, at) == b' '
                        && b.get(line_start(b, self.start)..self.start)
                            .is_some_and(|lead| lead.iter().all(|&byte| is_blank(byte)));
                    return (is_make || is_line)
                        .then(|| config_value(self.text, at, self.start, false))
                        .flatten();
                }
                word(self.text, at, Standing::Bare)
            }
            Language::Prose | Language::Other => {
                if let Some(found) = is_marked.then(|| expression(self.text, at, 0)).flatten() {
                    return Some(found);
                }
                if is_marked {
                    return None;
                }
                if first == at && !spaced && operator == b'=' {
                    let found = word(self.text, at, Standing::Bare)?;
                    let is_code = matches!(byte(b, found.end), b'(' | b')');
                    return (!is_code).then_some(found);
                }
                expression(self.text, at, 0).or_else(|| self.bare_token(at))
            }
            Language::Code | Language::Json | Language::Markup | Language::Sql => {
                if let Some(found) = expression(self.text, at, 0) {
                    return Some(found);
                }
                if operator == b'=' && !spaced && first == at && !is_marked {
                    let opens = is_quote(prior);
                    return part(self.text, self.start, at, opens);
                }
                None
            }
        }
    }

    /// A bare value of a file of which the language is not known: one token, the
    /// last of its line, that does not read as code.
    pub(super) fn bare_token(&self, at: usize) -> Option<Literal> {
        let found = prose(self.text, at, false)?;
        let content = self.b.get(found.start..found.end)?;
        let is_path = content.contains(&b'.')
            && content
                .iter()
                .all(|&byte| is_word(byte) && !byte.is_ascii_digit() || b".!?".contains(&byte));
        let is_code = content.iter().any(|byte| matches!(byte, b'(' | b'[' | b'{'))
            || matches!(byte(self.b, found.end), b';' | b',' | b')')
            || is_path;
        (!is_code).then_some(found)
    }

    /// `name: …`.
    pub(super) fn colon(&self, at: usize, spaced: bool) -> Option<Literal> {
        let b = self.b;
        let first = skip_breaks(b, at);
        let is_marked = mark(b, first).is_some();
        if is_marked && self.is_closing(first) {
            return None;
        }
        // `-H 'X-Api-Key: …'`: a header, or whatever a string holds whole.
        let prior = before(b, self.start);
        if is_quote(prior) && !is_marked && is_blank(byte(b, at)) {
            let found = word(self.text, skip_blanks(b, at), Standing::Part)?;
            return (byte(b, found.end) == prior || byte(b, found.end) == b'\\').then_some(found);
        }
        match self.language {
            Language::Config => {
                let same_line = skip_blanks(b, at);
                if !spaced
                    && same_line == at
                    && !matches!(byte(b, at), b'\n' | b'\r')
                    && !is_marked
                    && !self.file.has_extension(&["properties", "conf", "cfg", "ini"])
                {
                    return None;
                }
                config_value(self.text, at, self.start, self.is_yaml() || !is_marked)
                    .or_else(|| self.parameter(same_line))
            }
            Language::Prose => {
                if is_marked && first == skip_blanks(b, at) {
                    return expression(self.text, at, 0);
                }
                expression(self.text, at, 0).or_else(|| self.bare_token(at))
            }
            Language::Shell => (is_marked && first == skip_blanks(b, at))
                .then(|| quoted(self.text, first, false))
                .flatten(),
            Language::Other => {
                if let Some(found) = is_marked.then(|| expression(self.text, at, 0)).flatten() {
                    return Some(found);
                }
                self.bare_token(at)
            }
            Language::Code | Language::Json | Language::Markup | Language::Sql => {
                let prior = space_back(b, self.start);
                // The result of a function of Python, before its documentation.
                let is_result = before(b, prior) == b'>' && prior >= 2 && b[prior - 2] == b'-';
                let is_documentation = is_marked
                    && first != skip_blanks(b, at)
                    && (stands(b, first, b"\"\"\"") || stands(b, first, b"'''"));
                if before(b, prior) == b'?' || is_result || is_documentation {
                    return None;
                }
                let at = if is_marked { at } else { after_type(b, at).unwrap_or(at) };
                expression(self.text, at, 0)
            }
        }
    }
}

/// Languages in which `name => …` is a function or a pattern.
const ARROWS: &[&str] = &[
    "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "astro", "rs", "cs",
    "kt", "kts", "java", "dart", "scala", "hs", "swift", "ml", "fs",
];
