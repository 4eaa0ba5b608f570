//! Values that stand beside a name with no operator between: directives,
//! arguments of commands, cells of tables, sentences.

use super::bare::{argument, prose, word};
use super::bytes::{
    MAX_VALUE, before, byte, is_blank, is_quote, line_end, line_start, mark, skip_blanks, stands,
    stands_folded,
};
use super::expression::{after_type, expression};
use super::literal::{Literal, quoted};
use super::markup;
use super::place::Place;
use super::table;
use crate::candidate::Standing;
use crate::file::Language;

impl Place<'_> {
    /// A value that stands beside the name with no operator between.
    pub(super) fn juxtaposed(&self, at: usize) -> Option<Literal> {
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
        if stands(b, at, b"in ") && self.language == Language::Code {
            // `name in ("…",)`.
            let open = skip_blanks(b, at + 3);
            return matches!(byte(b, open), b'(' | b'[' | b'{')
                .then(|| self.compared(open + 1))
                .flatten();
        }
        if stands(b, at, b"eq ") {
            return self.compared(at + 3);
        }
        if stands(b, at, b"isEqualToString:") {
            return self.compared(at + 16);
        }
        if stands(b, at, b"by lazy {") {
            return self.literal(at + 9);
        }
        if self.file.has_extension(&["cbl", "cob", "cpy"]) {
            // `01 X-PASSWORD PIC X(12) VALUE "…".`
            let line = b.get(at..line_end(b, at)?)?;
            let value = memchr::memmem::find(line, b"VALUE ")?;
            return quoted(self.text, skip_blanks(b, at + value + 6), true);
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
            return (is_marked || matches!(byte(b, at), b'(' | b'@'))
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
                    || self.is_lisp() && (lead.starts_with(b"(def") || lead.ends_with(b"["))
                    || matches!(lead.last(), Some(b'{' | b'(' | b':'))
                    || lead == b"set";
                // `@api_secret "…"` of Elixir.
                let is_attribute = lead == b"@" && self.file.has_extension(&["ex", "exs"]);
                (is_marked && (is_dsl && leads || is_attribute))
                    .then(|| expression(self.text, at, 0))
                    .flatten()
            }
            Language::Sql | Language::Json | Language::Markup => None,
            Language::Prose => {
                // `login x password y` of a netrc.
                None
            }
        }
    }

    /// A directive of a configuration: `requirepass v`, `set $api_key v;`.
    pub(super) fn directive(&self, at: usize, lead: &[u8], is_marked: bool) -> Option<Literal> {
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
        // `username x password …`, `enable secret …`, `tacacs-server key …`.
        let is_router = self.file.has_extension(&["cfg", "conf"])
            && [&b"username "[..], b"enable", b"tacacs-server", b"radius-server", b"neighbor "]
                .iter()
                .any(|command| lead.starts_with(command));
        if !(lead.is_empty() || is_netrc || is_header || is_router) {
            return None;
        }
        let end = b
            .get(at..b.len().min(at + MAX_VALUE))?
            .iter()
            .position(|&found| found.is_ascii_whitespace() || found == b';')
            .map_or(b.len().min(at + MAX_VALUE), |length| at + length);
        // The form that the value is in, of Cisco: `password 0 …`, `secret 5 …`.
        let next = skip_blanks(b, end);
        if end == at + 1 && matches!(b[at], b'0' | b'5' | b'7' | b'8' | b'9') && next > end {
            return self.directive(next, b"", false);
        }
        let rest = skip_blanks(b, end + usize::from(byte(b, end) == b';'));
        let is_last = matches!(byte(b, rest), b'\n' | b'\r' | b'#');
        (is_last || is_netrc).then(|| Literal::plain(at, end, Standing::Bare)).filter(|found| {
            found.start < found.end && !matches!(byte(b, at), b'{' | b'=' | b':' | b'(' | b'[')
        })
    }

    /// A cell beside the name in a table.
    pub(super) fn cell(&self, at: usize) -> Option<Literal> {
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
            || table::column(self).is_some()
        {
            return None;
        }
        markup::cell(self.text, at)
    }

    /// A definition on the line after the name, which is all of its own line:
    /// behind a colon (Markdown) or further in (RST, AsciiDoc).
    pub(super) fn defined(&self, at: usize) -> Option<Literal> {
        if self.language != Language::Prose {
            return None;
        }
        let b = self.b;
        let line = line_start(b, self.start);
        let is_term = b.get(line..self.start)?.iter().all(|&found| is_blank(found));
        let mut at = skip_blanks(b, at);
        at += usize::from(byte(b, at) == b'\r');
        if !is_term || byte(b, at) != b'\n' {
            return None;
        }
        // A blank line may stand between.
        at += 1 + usize::from(byte(b, at + 1) == b'\n');
        let first = skip_blanks(b, at);
        let is_marked = byte(b, first) == b':' && is_blank(byte(b, first + 1));
        if is_marked {
            return self.bare_token(first + 1);
        }
        let is_further = first - at > self.start - line && byte(b, at - 2) != b'\n';
        is_further.then(|| self.bare_token(first)).flatten()
    }

    /// A name in marks of code in prose: `` `password`: `…` ``, and a name with
    /// emphasis.
    pub(super) fn prose_mark(&self) -> Option<Literal> {
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
}

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

pub(super) const LISP: &[&str] = &["clj", "cljs", "edn", "cljc", "el", "lisp", "scm", "rkt", "lsp"];
