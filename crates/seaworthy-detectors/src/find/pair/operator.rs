//! What stands around a name, and what value it gives the name.

use seaworthy_model::Region;

use super::bare::{argument, config_value, connection_part, part, prose, word};
use super::bytes::{
    before, blanks_back, byte, inside_string, is_blank, is_quote, is_word, line_start, mark,
    mark_back, name_end, name_start, skip_blanks, skip_breaks, space_back, stands, stands_folded,
};
use super::expression::{after_type, default_argument, expression, fallback, skip_group};
use super::literal::{Literal, quoted, trimmed};
use super::{callee, markup, member};
use crate::candidate::Standing;
use crate::file::{File, Language};

/// A name in a text.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    text: &'t str,
    b: &'t [u8],
    file: &'t File<'t>,
    language: Language,
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
            | b'}' | b')' | b',' | b'\n' | b'\r' | b'|' | b'+' | b'!' | b'*' | b'/' | b'_'
            | b'-' => true,
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
            let first = super::bytes::word_start(b, start - 1);
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
        let end = self
            .b
            .get(self.start..self.end)
            .filter(|path| byte(self.b, self.end) == b'(' && callee::is_comparison(path))
            .and_then(|path| path.iter().rposition(|&found| found == b'.'))
            .map_or(self.end, |dot| self.start + dot);
        Region::new(self.start, end)
    }

    /// The literal that the name is given.
    pub(super) fn value(&self) -> Option<Literal> {
        let b = self.b;
        // `typeof password === "string"` tells the type.
        if before(b, self.start) == b' ' && super::bytes::ends_word(b, self.start - 1, b"typeof") {
            return None;
        }
        let found = self.given()?;
        // A backtick quotes in few languages; in the comments of others, code.
        let is_mark_of_code = found.standing == Standing::Quoted
            && before(b, found.start) == b'`'
            && self.language == Language::Code
            && !self.file.has_extension(BACKTICKS);
        (!is_mark_of_code).then_some(found)
    }

    fn given(&self) -> Option<Literal> {
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
            b'[' => self.array(),
            b']' | b'}' => self.closed(),
            b')' => self.reversed(),
            b',' => self.comma(),
            b'\n' | b'\r' => member::value(self.text, self.start, self.end, self.is_line_based())
                .or_else(|| self.reversed()),
            b' ' | b'\t' => {
                if matches!(before(b, self.start), b'<' | b':')
                    && let Some(found) = markup::element(self.text, self.start, self.end)
                {
                    return Some(found);
                }
                let at = skip_blanks(b, self.end);
                self.operator(at, true).or_else(|| self.reversed())
            }
            _ => self.operator(self.end, false),
        }
    }

    fn is_line_based(&self) -> bool {
        matches!(self.language, Language::Config)
    }

    fn is_yaml(&self) -> bool {
        self.language == Language::Config
            && (self.file.has_extension(YAML)
                || self.file.path.ends_with(".j2")
                || self.file.path.contains(".yml.")
                || self.file.path.contains(".yaml."))
    }

    /// Whether the name is an option of a command.
    fn is_flag(&self) -> bool {
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
    fn is_closing(&self, at: usize) -> bool {
        mark(self.b, at).is_some_and(|(escapes, quote, _)| {
            escapes == 0
                && !is_quote(before(self.b, self.start))
                && inside_string(self.b, self.start) == Some(quote)
                || escapes == 0
                    && before(self.b, self.start) == quote
                    && byte(self.b, self.end) != quote
        })
    }

    /// An operator at `at`; `spaced` when blanks stand between it and the name.
    fn operator(&self, at: usize, spaced: bool) -> Option<Literal> {
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
            (b'?', b'=') => self.assigned(at + 2, true, b'='),
            (b'|', b'|') => {
                let after = at + 2 + usize::from(byte(b, at + 2) == b'=');
                self.literal(after)
            }
            (b'|', _) => self.cell(at + 1),
            (b'+', b'=') => self.literal(at + 2),
            (b'<', b'-') => self.literal(at + 2),
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
            (b'"' | b'\'' | b'`' | b'\\', _) if spaced => self.juxtaposed(at),
            (0xef, 0xbc) if byte(b, at + 2) == 0x9a => prose(self.text, at + 3, false),
            _ if spaced => self.juxtaposed(at),
            _ => None,
        }
    }

    /// Only a literal of a programming language may follow.
    fn literal(&self, at: usize) -> Option<Literal> {
        let first = skip_breaks(self.b, at);
        if self.is_closing(first) {
            return None;
        }
        expression(self.text, at, 0)
    }

    /// `name == "…"`.
    fn compared(&self, at: usize) -> Option<Literal> {
        let first = skip_blanks(self.b, at);
        let first = first + usize::from(byte(self.b, first) == b'@');
        if mark(self.b, first).is_none() || self.is_closing(first) {
            return None;
        }
        expression(self.text, first, 0)
    }

    /// Whether the name stands in `${…}`.
    fn in_braces(&self) -> bool {
        self.start >= 2
            && self.b[self.start - 1] == b'{'
            && matches!(self.b[self.start - 2], b'$' | b'#')
            && self.b[self.start - 2] == b'$'
    }

    /// The default in `${name:-default}`, which begins at `at`.
    fn braced(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        if matches!(byte(b, at), b'?' | b'+' | b'$' | b'-') {
            return None;
        }
        let limit = b.len().min(at + super::bytes::MAX_VALUE);
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
    fn assigned(&self, at: usize, spaced: bool, operator: u8) -> Option<Literal> {
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
                    let end = super::bytes::line_end(b, at)?;
                    return trimmed(self.text, at, end, end, Standing::Bare);
                }
                if spaced || first != at {
                    // Makefiles, of which the line is the value.
                    let is_make = self.file.has_extension(&["mk", "mak", "make"])
                        || self.file.path.to_ascii_lowercase().ends_with("makefile");
                    return is_make
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
    fn bare_token(&self, at: usize) -> Option<Literal> {
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
    fn colon(&self, at: usize, spaced: bool) -> Option<Literal> {
        let b = self.b;
        let first = skip_breaks(b, at);
        let is_marked = mark(b, first).is_some();
        if is_marked && self.is_closing(first) {
            return None;
        }
        match self.language {
            Language::Config => {
                let same_line = skip_blanks(b, at);
                if !spaced
                    && same_line == at
                    && !is_marked
                    && !self.file.has_extension(&["properties", "conf", "cfg", "ini"])
                {
                    return None;
                }
                config_value(self.text, at, self.start, self.is_yaml() || !is_marked)
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

    /// A value that stands beside the name with no operator between.
    fn juxtaposed(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        let blanks = at - self.end;
        if self.is_flag() {
            let is_shell = matches!(self.language, Language::Shell)
                || self.file.has_extension(&["ps1", "psm1", "yml", "yaml"]);
            return argument(self.text, at, is_shell, blanks);
        }
        if stands(b, at, b"or ") && self.language == Language::Code {
            return self.literal(at + 3);
        }
        if stands(b, at, b"eq ") {
            return self.compared(at + 3);
        }
        if let Some(after) = ["is", "was", "ist", "est", "es"].iter().find_map(|verb| {
            (stands(b, at, verb.as_bytes()) && is_blank(byte(b, at + verb.len())))
                .then_some(at + verb.len())
        }) {
            return matches!(self.language, Language::Prose | Language::Other | Language::Code)
                .then(|| prose(self.text, skip_blanks(b, after), true))
                .flatten()
                .filter(|found| {
                    self.language != Language::Code || is_quote(before(b, found.start))
                });
        }
        // `password string = "…"`, `password As String = "…"`, `value="…"`.
        if stands_folded(b, at, b"as string")
            || stands(b, at, b"string")
            || stands(b, at, b"[]byte")
        {
            let after = after_type(b, at)?;
            return expression(self.text, after, 0);
        }
        let line = line_start(b, self.start);
        let lead = b.get(line..self.start)?.trim_ascii();
        let is_marked = mark(b, at).is_some();
        if lead.ends_with(b"#define") || lead.ends_with(b"%define") {
            return (is_marked || byte(b, at) == b'(')
                .then(|| expression(self.text, at, 0))
                .flatten();
        }
        match self.language {
            Language::Shell => {
                let sets = [
                    &b"ENV"[..],
                    b"ARG",
                    b"setx",
                    b"SETX",
                    b"set",
                    b"set -gx",
                    b"set -x",
                    b"setenv",
                ]
                .iter()
                .any(|&command| lead.eq_ignore_ascii_case(command));
                sets.then(|| word(self.text, at, Standing::Bare)).flatten()
            }
            Language::Config | Language::Other => self.directive(at, lead, is_marked),
            Language::Code => {
                let is_dsl = self.file.has_extension(DSL)
                    || before(b, self.start) == b':' && self.file.has_extension(LISP);
                let leads = lead.is_empty()
                    || matches!(lead.last(), Some(b'{' | b'(' | b':'))
                    || lead == b"set";
                (is_dsl && is_marked && leads).then(|| expression(self.text, at, 0)).flatten()
            }
            Language::Sql | Language::Json | Language::Markup => None,
            Language::Prose => {
                // `login x password y` of a netrc.
                None
            }
        }
    }

    /// A directive of a configuration: `requirepass v`, `set $api_key v;`.
    fn directive(&self, at: usize, lead: &[u8], is_marked: bool) -> Option<Literal> {
        let b = self.b;
        let file = self.file.path.rsplit('/').next().unwrap_or("");
        let is_netrc = file.ends_with("netrc");
        let is_conf =
            self.file.has_extension(&["conf", "cnf", "cfg", "vhost", "nginx", "ovpn", "config"])
                || !file.trim_start_matches('.').contains('.') && self.language != Language::Prose
                || file.ends_with("rc");
        if is_marked {
            let leads = lead.is_empty() || is_conf;
            return (leads && !self.is_yaml())
                .then(|| quoted(self.text, at, byte(b, at) == b'\''))
                .flatten();
        }
        if !is_conf && !is_netrc {
            return None;
        }
        // `proxy_pass` names a server.
        if b.get(self.start..self.end)?.ends_with(b"_pass") {
            return None;
        }
        let is_header = [
            &b"proxy_set_header"[..],
            b"fastcgi_param",
            b"uwsgi_param",
            b"set $",
            b"set",
            b"add_header",
            b"env",
            b"SetEnv",
            b"RequestHeader set",
        ]
        .iter()
        .any(|directive| lead.eq_ignore_ascii_case(directive));
        if !(lead.is_empty() || is_netrc || is_header) {
            return None;
        }
        let end = b
            .get(at..b.len().min(at + super::bytes::MAX_VALUE))?
            .iter()
            .position(|&found| found.is_ascii_whitespace() || found == b';')
            .map_or(b.len().min(at + super::bytes::MAX_VALUE), |length| at + length);
        let rest = skip_blanks(b, end + usize::from(byte(b, end) == b';'));
        let is_last = matches!(byte(b, rest), b'\n' | b'\r' | b'#');
        (is_last || is_netrc).then(|| Literal::plain(at, end, Standing::Bare)).filter(|found| {
            found.start < found.end && !matches!(byte(b, at), b'{' | b'=' | b':' | b'(' | b'[')
        })
    }

    /// A cell beside the name in a table.
    fn cell(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        let mut start = self.start;
        while start > 0
            && matches!(b[start - 1], b'*' | b'`' | b'_' | b' ' | b'\t')
            && self.start - start < 16
        {
            start -= 1;
        }
        if !matches!(self.language, Language::Prose | Language::Other)
            || !matches!(before(b, start), b'|' | b'\n')
        {
            return None;
        }
        markup::cell(self.text, at)
    }

    /// A name in marks of code in prose: `` `password`: `…` ``, and a name with
    /// emphasis.
    fn prose_mark(&self) -> Option<Literal> {
        if self.language != Language::Prose {
            return None;
        }
        let b = self.b;
        let (_, quote, after) = mark(b, self.end)?;
        if quote != b'`' || before(b, self.start) != b'`' {
            return None;
        }
        let at = skip_blanks(b, after);
        match byte(b, at) {
            b':' => prose(self.text, at + 1, false),
            b'|' => self.cell(at + 1),
            b'i' if stands(b, at, b"is ") => prose(self.text, at + 3, true),
            _ => None,
        }
    }

    /// A name in quotation marks.
    fn quoted_name(&self) -> Option<Literal> {
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

    fn is_lisp(&self) -> bool {
        self.file.has_extension(LISP)
    }

    /// The value of a quoted key.
    fn keyed(&self, at: usize) -> Option<Literal> {
        let b = self.b;
        if self.language == Language::Config {
            let first = skip_blanks(b, at);
            if mark(b, first).is_none() || byte(b, first) != b'\\' {
                return config_value(self.text, at, self.start - 1, true);
            }
        }
        expression(self.text, at, 0)
    }

    /// `("name", "…")`, `{"name", "…"}`, `["--name", "…"]`: `open` is where the
    /// mark before the name stands, `at` follows the comma.
    fn listed(&self, open: usize, at: usize, is_flag: bool) -> Option<Literal> {
        let b = self.b;
        let prior = space_back(b, open);
        let first = skip_breaks(b, at);
        if is_flag {
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
                let word = super::bytes::word_start(b, blanks_back(b, prior - 1));
                let open = blanks_back(b, word);
                if before(b, open) != b'(' {
                    return None;
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
    fn path_before(&self, at: usize) -> &'t [u8] {
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

    /// What follows the brackets after a name in marks: `["name"] = "…"`,
    /// `get("name") || "…"`.
    fn accessed(&self, at: usize) -> Option<Literal> {
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
        if byte(b, next) == b'=' && close != b')' {
            return match byte(b, next + 1) {
                b'=' => self.compared(next + if byte(b, next + 2) == b'=' { 3 } else { 2 }),
                b'~' | b'>' => None,
                _ => self.literal(next + 1),
            };
        }
        let has_default = matches!((byte(b, next), byte(b, next + 1)), (b'|', b'|') | (b'?', b'?'));
        if has_default && byte(b, next + 2) == b'=' {
            return self.literal(next + 3);
        }
        if close == b')' {
            // `t("password") || "Password"` is about the name.
            let path = mark_back(b, self.start)
                .map(|(open, _)| space_back(b, open))
                .filter(|&open| before(b, open) == b'(')
                .map_or(&b""[..], |open| self.path_before(open - 1));
            if callee::is_about_names(path) {
                return None;
            }
        }
        fallback(self.text, at)
    }

    /// `[:name] = "…"`, `{name} = "…"`.
    fn closed(&self) -> Option<Literal> {
        let b = self.b;
        let prior = before(b, self.start);
        let is_symbol = prior == b':' && before(b, self.start - 1) == b'[';
        let is_key = prior == b'{' && !matches!(before(b, self.start - 1), b'$' | b'#' | b'{');
        if !(is_symbol || is_key) {
            return None;
        }
        let next = skip_blanks(b, self.end + 1);
        if byte(b, next) == b'=' && !matches!(byte(b, next + 1), b'=' | b'>' | b'~') {
            return self.literal(next + 1);
        }
        fallback(self.text, self.end + 1)
    }

    /// `name[] = "…"`, `name[32] = {…}`.
    fn array(&self) -> Option<Literal> {
        let b = self.b;
        let close = skip_group(b, self.end)?;
        let next = skip_blanks(b, close);
        (byte(b, next) == b'=' && byte(b, next + 1) != b'=' && close - self.end < 48)
            .then(|| expression(self.text, next + 1, 0))
            .flatten()
    }

    /// `name("…")`, `x.equals("…")`.
    fn call(&self) -> Option<Literal> {
        let b = self.b;
        let path = b.get(self.start..self.end)?;
        let first = skip_breaks(b, self.end + 1);
        let first = first + usize::from(byte(b, first) == b'@');
        if mark(b, first).is_none() && !byte(b, first).is_ascii_alphabetic() {
            return None;
        }
        if callee::is_comparison(path) {
            let receiver = path.contains(&b'.') || before(b, self.start) == b')';
            return (receiver && mark(b, first).is_some())
                .then(|| expression(self.text, first, 0))
                .flatten();
        }
        if !callee::takes_value(path) {
            return None;
        }
        let found = expression(self.text, first, 1)?;
        (byte(b, skip_breaks(b, found.after)) == b')').then_some(found)
    }

    /// `set :name, "…"`, `strcmp(name, "…")`, `{name, "…"}`, `-define(name, "…")`;
    /// `equals(name, …)` after all.
    fn comma(&self) -> Option<Literal> {
        let b = self.b;
        let first = skip_breaks(b, self.end + 1);
        if mark(b, first).is_none() && byte(b, first) != b'<' {
            return member::value(self.text, self.start, self.end, self.is_line_based());
        }
        if self.is_closing(first) {
            return None;
        }
        let prior = before(b, self.start);
        let opening = space_back(b, self.start - usize::from(prior == b':'));
        match before(b, opening) {
            b'(' => {
                let path = self.path_before(opening - 1);
                let sets = callee::is_comparison(path)
                    || matches!(
                        path,
                        b"define" | b"Define" | b"DEFINE" | b"fetch" | b"ENV.fetch" | b"set"
                    );
                let found = sets.then(|| expression(self.text, first, 0)).flatten()?;
                (byte(b, skip_breaks(b, found.after)) == b')').then_some(found)
            }
            b'{' => {
                let mut found = expression(self.text, first, 0)?;
                while byte(b, found.after) == b'>' {
                    found.after += 1;
                }
                let is_erlang =
                    self.file.has_extension(&["erl", "hrl", "ex", "exs", "config", "src"]);
                (is_erlang && byte(b, skip_breaks(b, found.after)) == b'}').then_some(found)
            }
            _ if prior == b':' => {
                let line = line_start(b, self.start);
                let lead = b.get(line..self.start - 1)?.trim_ascii();
                (lead == b"set").then(|| expression(self.text, first, 0)).flatten()
            }
            _ => None,
        }
    }

    /// A literal before the name: `"…" == name`, `"…".equals(name)`.
    fn reversed(&self) -> Option<Literal> {
        let b = self.b;
        let prior = blanks_back(b, self.start);
        let end = match before(b, prior) {
            b'=' if prior >= 2 && matches!(b[prior - 2], b'=' | b'!') => {
                let mut at = prior;
                while at > 0 && matches!(b[at - 1], b'=' | b'!') && prior - at < 3 {
                    at -= 1;
                }
                blanks_back(b, at)
            }
            b'(' => {
                let path = self.path_before(prior - 1);
                let start = blanks_back(b, prior - 1) - path.len();
                if !path.starts_with(b".") || !callee::is_comparison(path) {
                    return None;
                }
                start
            }
            b',' => {
                // `compare("…", name)`.
                let end = blanks_back(b, prior - 1);
                let (close, _) = mark_back(b, end)?;
                let open = opening(b, close)?;
                if before(b, open) != b'(' || !callee::is_comparison(self.path_before(open - 1)) {
                    return None;
                }
                end
            }
            _ => return None,
        };
        let (close, _) = mark_back(b, end)?;
        quoted(self.text, opening(b, close)?, false)
    }
}

/// The mark that opens the string whose closing mark begins at `close`.
fn opening(b: &[u8], close: usize) -> Option<usize> {
    let quote = byte(b, close);
    let from = close.saturating_sub(256);
    let position =
        b.get(from..close)?.iter().rposition(|&found| found == quote || found == b'\n')?;
    (is_quote(quote) && b[from + position] == quote).then_some(from + position)
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
    b"session",
    b"refresh",
];

const YAML: &[&str] = &["yml", "yaml", "eyaml", "sls", "raml"];

/// Languages in which backticks quote strings.
const BACKTICKS: &[&str] = &[
    "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "astro", "go", "coffee",
    "r", "ps1", "psm1", "v", "gradle", "groovy", "snap", "diff", "patch", "http",
];

/// Languages in which `name => …` is a function or a pattern.
const ARROWS: &[&str] = &[
    "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "astro", "rs", "cs",
    "kt", "kts", "java", "dart", "scala", "hs", "swift", "ml", "fs",
];

/// Languages in which a call or a setting needs no parentheses.
const DSL: &[&str] = &[
    "rb",
    "gradle",
    "groovy",
    "rake",
    "pp",
    "ru",
    "gemspec",
    "tcl",
    "lua",
    "ex",
    "exs",
    "cr",
    "jenkinsfile",
    "coffee",
    "ls",
    "hcl",
    "tf",
    "nomad",
    "robot",
    "clj",
    "cljs",
    "edn",
    "cljc",
    "el",
    "lisp",
    "scm",
    "rkt",
    "lsp",
    "elm",
    "hs",
    "haml",
    "slim",
];

const LISP: &[&str] = &["clj", "cljs", "edn", "cljc", "el", "lisp", "scm", "rkt", "lsp"];
