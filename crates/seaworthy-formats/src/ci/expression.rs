//! The expressions of GitHub's workflows: `${{ … }}`.
//!
//! Asked of an expression is which contexts it reads, and which of them may end up
//! in its value as they are: `contains(github.head_ref, 'x')` reads a name that a
//! stranger chose and gives a truth value, `format('{0}', github.head_ref)` gives
//! the name.

use std::ops::Range;

/// The deepest nesting that is followed.
const DEPTH: usize = 32;

/// A context that an expression reads: `github.event.issue.title`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its segments in lower case, for contexts are named in any case; `*` for an
    /// index that is not a literal.
    pub path: Vec<String>,
    /// The same as written.
    pub written: String,
    /// Its bytes in the text that the expression was found in.
    pub range: Range<usize>,
    /// Whether its value may become part of the expression's value.
    pub flows: bool,
    /// Whether it is turned into JSON, so that what is below it counts too.
    pub whole: bool,
}

impl Reference {
    /// Whether it is this path; `*` in `path` stands for any segment.
    #[must_use]
    pub fn is(&self, path: &[&str]) -> bool {
        self.path.len() == path.len() && self.starts_with(path)
    }

    /// Whether it is this path or below it.
    #[must_use]
    pub fn starts_with(&self, path: &[&str]) -> bool {
        self.path.len() >= path.len()
            && path.iter().zip(&self.path).all(|(want, have)| *want == "*" || want == have)
    }

    /// The name after a context of one level: `secrets.X`.
    #[must_use]
    pub fn name_in(&self, context: &str) -> Option<&str> {
        match self.path.as_slice() {
            [first, _] if first == context => self.written.rsplit('.').next().map(unquoted),
            _ => None,
        }
    }
}

/// `X` of `secrets['X']`.
fn unquoted(name: &str) -> &str {
    let inner = name.split_once(['\'', '"']).map_or(name, |(_, rest)| rest);
    inner.trim_end_matches(['\'', '"', ']', ' '])
}

/// An expression in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// Its bytes with `${{` and `}}`.
    pub range: Range<usize>,
    /// The contexts that it reads.
    pub references: Vec<Reference>,
}

/// The expressions of a text, in order.
#[must_use]
pub fn expressions(text: &str) -> Vec<Expression> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${{").map(|start| at + start) {
        let inner = start + 3;
        let Some(length) = end(&text[inner..]) else { break };
        at = inner + length + 2;
        let references = references(&text[inner..inner + length], inner);
        found.push(Expression { range: start..at, references });
    }
    found
}

/// The expressions of an `if`, which needs no `${{ }}`.
#[must_use]
pub fn condition(text: &str) -> Vec<Reference> {
    match expressions(text) {
        found if found.is_empty() => references(text, 0),
        found => found.into_iter().flat_map(|expression| expression.references).collect(),
    }
}

/// Where `}}` ends an expression, strings skipped.
fn end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quoted = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => quoted = !quoted,
            b'}' if !quoted && bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn references(text: &str, offset: usize) -> Vec<Reference> {
    let mut parser = Parser { text, at: 0, offset, found: Vec::new() };
    parser.or(0);
    // What cannot be read may still name contexts.
    let mut last = usize::MAX;
    while parser.at < text.len() && parser.at != last {
        last = parser.at;
        let next = text[parser.at..].chars().next().map_or(1, char::len_utf8);
        parser.at += next;
        parser.or(0);
    }
    parser.found
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    offset: usize,
    found: Vec<Reference>,
}

impl Parser<'_> {
    fn blank(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blank();
        let is = self.text[self.at..].starts_with(token);
        if is {
            self.at += token.len();
        }
        is
    }

    /// Takes away that what was found since `from` flows into the value.
    fn stop(&mut self, from: usize) {
        for reference in &mut self.found[from..] {
            reference.flows = false;
        }
    }

    fn or(&mut self, depth: usize) {
        self.and(depth);
        while self.eat("||") {
            self.and(depth);
        }
    }

    fn and(&mut self, depth: usize) {
        let mut from = self.found.len();
        self.compare(depth);
        while self.eat("&&") {
            // What is on the left counts only where it is empty or false.
            self.stop(from);
            from = self.found.len();
            self.compare(depth);
        }
    }

    fn compare(&mut self, depth: usize) {
        let from = self.found.len();
        self.unary(depth);
        let mut compared = false;
        while ["==", "!=", "<=", ">=", "<", ">"].iter().any(|token| self.eat(token)) {
            self.unary(depth);
            compared = true;
        }
        if compared {
            self.stop(from);
        }
    }

    fn unary(&mut self, depth: usize) {
        if depth > DEPTH {
            return;
        }
        self.blank();
        if self.text[self.at..].starts_with('!') && !self.text[self.at..].starts_with("!=") {
            self.at += 1;
            let from = self.found.len();
            self.unary(depth + 1);
            self.stop(from);
            return;
        }
        if self.eat("(") {
            self.or(depth + 1);
            self.eat(")");
        } else if self.text[self.at..].starts_with('\'') {
            self.string();
        } else {
            self.path(depth);
        }
    }

    fn string(&mut self) -> &str {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        while at < bytes.len() {
            if bytes[at] == b'\'' {
                if bytes.get(at + 1) != Some(&b'\'') {
                    break;
                }
                at += 1;
            }
            at += 1;
        }
        let end = at.min(bytes.len());
        self.at = (end + 1).min(bytes.len());
        self.text.get(start..end).unwrap_or("")
    }

    fn name(&mut self) -> &str {
        let rest = &self.text[self.at..];
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            .count();
        let start = self.at;
        self.at += length;
        &self.text[start..self.at]
    }

    fn path(&mut self, depth: usize) {
        let start = self.at;
        let first = self.name().to_ascii_lowercase();
        if first.is_empty() {
            return;
        }
        let is_number = first.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if is_number || matches!(first.as_str(), "true" | "false" | "null") {
            return;
        }
        if self.eat("(") {
            self.call(&first, depth);
            return;
        }
        let mut path = vec![first];
        loop {
            if self.text[self.at..].starts_with(".*") {
                self.at += 2;
                path.push("*".to_owned());
            } else if self.text[self.at..].starts_with('.') {
                self.at += 1;
                path.push(self.name().to_ascii_lowercase());
            } else if self.text[self.at..].starts_with('[') {
                self.at += 1;
                self.blank();
                if self.text[self.at..].starts_with('\'') {
                    path.push(self.string().to_ascii_lowercase());
                } else {
                    let from = self.found.len();
                    if depth < DEPTH {
                        self.or(depth + 1);
                    }
                    self.stop(from);
                    path.push("*".to_owned());
                }
                if !self.eat("]") {
                    break;
                }
            } else {
                break;
            }
            if path.len() > 32 {
                break;
            }
        }
        let range = start + self.offset..self.at + self.offset;
        let written = self.text[start..self.at].to_owned();
        self.found.push(Reference { path, written, range, flows: true, whole: false });
    }

    fn call(&mut self, name: &str, depth: usize) {
        let from = self.found.len();
        if depth < DEPTH {
            loop {
                self.or(depth + 1);
                if !self.eat(",") {
                    break;
                }
            }
            self.eat(")");
        }
        match name {
            "format" | "join" | "fromjson" => {}
            "tojson" => {
                for reference in &mut self.found[from..] {
                    reference.whole = reference.flows;
                }
            }
            _ => self.stop(from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let all = expressions(text);
        let references = all.iter().flat_map(|expression| &expression.references);
        let shown: Vec<String> = references
            .map(|reference| {
                assert_eq!(&text[reference.range.clone()], reference.written);
                let mark = match (reference.flows, reference.whole) {
                    (_, true) => "!!",
                    (true, _) => "!",
                    _ => "",
                };
                format!("{}{mark}", reference.path.join("."))
            })
            .collect();
        shown.join(" ")
    }

    #[test]
    fn what_flows_into_the_value_is_told_from_what_is_only_asked() {
        let cases = [
            ("a ${{ github.event.issue.title }} b", "github.event.issue.title!"),
            ("${{github.HEAD_ref}}", "github.head_ref!"),
            ("${{ contains(github.event.comment.body, '/x') }}", "github.event.comment.body"),
            ("${{ format('{0}-{1}', a.b, c) }}", "a.b! c!"),
            ("${{ a.b == 'x' && c.d || e.f }}", "a.b c.d! e.f!"),
            ("${{ a.b && c.d }}", "a.b c.d!"),
            ("${{ !a.b }}", "a.b"),
            ("${{ toJSON(github.event) }}", "github.event!!"),
            ("${{ github.event['issue']['title'] }}", "github.event.issue.title!"),
            ("${{ github.event.commits[0].message }}", "github.event.commits.*.message!"),
            ("${{ github.event.commits.*.message }}", "github.event.commits.*.message!"),
            ("${{ matrix[env.KEY].x }}", "env.key matrix.*.x!"),
            ("${{ 'it''s }} a.b' }} ${{ x.y }}", "x.y!"),
            ("${{ (a.b) }}", "a.b!"),
            ("${{ 1 }} ${{ true }} ${{ }}", ""),
            ("${{ a.b", ""),
            ("${{ a.b @ c.d }}", "a.b! c.d!"),
            ("${{ hashFiles('**/x') }}-${{ runner.os }}", "runner.os!"),
        ];
        for (text, want) in cases {
            assert_eq!(shown(text), want, "{text}");
        }
    }

    #[test]
    fn conditions_need_no_braces() {
        let paths = |text| -> Vec<String> {
            condition(text).into_iter().map(|reference| reference.written).collect()
        };
        assert_eq!(
            paths("github.ref == 'refs/heads/main' && secrets.X"),
            ["github.ref", "secrets.X"]
        );
        assert_eq!(paths("${{ always() && vars.Y != '' }}"), ["vars.Y"]);
    }

    #[test]
    fn names_keep_their_case() {
        let name = |text: &str| {
            expressions(text)[0].references[0].name_in("secrets").map(ToOwned::to_owned)
        };
        assert_eq!(name("${{ secrets.NPM_Token }}").as_deref(), Some("NPM_Token"));
        assert_eq!(name("${{ secrets['NPM_TOKEN'] }}").as_deref(), Some("NPM_TOKEN"));
        assert_eq!(name("${{ secrets }}"), None);
        assert_eq!(name("${{ vars.X }}"), None);
    }

    #[test]
    fn hostile_nesting_ends() {
        for unit in ["(", "!", "a[", "f(", "'", "a&&", "{"] {
            let text = format!("${{{{ {} }}}}", unit.repeat(50_000));
            let _ = expressions(&text);
        }
    }
}
