//! The `nginx` sets: the structure that crossplane reads, and what nginx itself
//! accepts. `nginx_record.py` writes them.

use std::path::Path;

use anyhow::Context as _;
use seaworthy_formats::nginx::{Body, DirectiveId, NginxFile, Word};
use seaworthy_model::LineIndex;
use serde::Deserialize;

use super::Outcome;

#[derive(Deserialize)]
struct Case {
    id: String,
    text: String,
    crossplane: Structure,
    nginx: Option<Verdict>,
}

#[derive(Deserialize)]
struct Structure {
    tree: Option<Vec<Entry>>,
}

/// A directive: its name, line, arguments and block.
#[derive(Debug, Deserialize, PartialEq)]
struct Entry(String, usize, Vec<String>, Option<Vec<Entry>>);

#[derive(Deserialize)]
struct Verdict {
    accepts: bool,
    message: Option<String>,
    line: Option<usize>,
}

/// Runs the sets in `dir`; none when it does not exist.
pub(super) fn run(dir: &Path) -> anyhow::Result<Vec<Outcome>> {
    let file = dir.join("cases.json");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let cases: Vec<Case> =
        serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let mut structure = Outcome::new("nginx/crossplane", 100.0);
    let mut accepted = Outcome::new("nginx/nginx-t", 100.0);
    for case in &cases {
        let ours = NginxFile::parse(&case.text);
        // What nginx refuses, crossplane reads in some way of its own, and so do
        // we, after an error; that nobody else refuses it, the other set shows.
        let refused = case.nginx.as_ref().is_some_and(is_syntax) || !ours.errors().is_empty();
        if let Some(theirs) = &case.crossplane.tree
            && !refused
            && !is_misread_by_crossplane(&case.text)
        {
            let lines = LineIndex::new(&case.text);
            let read = entries(&ours, ours.roots(), &case.text, &lines);
            structure.case(read == *theirs, || {
                format!("{}: {:?}\n      {read:?}\n      {theirs:?}", case.id, case.text)
            });
        }
        if let Some(verdict) = &case.nginx {
            accept(case, &ours, verdict, &mut accepted);
        }
    }
    Ok(vec![structure, accepted].into_iter().filter(|outcome| outcome.total() > 0).collect())
}

/// Where crossplane reads what nginx does not: it takes a brace in a bare word
/// for a token of its own, and what follows a `${…}` for a part of it.
fn is_misread_by_crossplane(text: &str) -> bool {
    let file = NginxFile::parse(text);
    let found = file.all().any(|(_, directive)| {
        let words = std::iter::once(&directive.name).chain(&directive.args);
        words.filter(|word| !word.quoted).any(|word| {
            let raw = word.region.of(text);
            let variables = raw.replace("${uri}", "");
            variables.contains(['{', '}'])
                || raw.ends_with('}')
                || raw.contains(char::is_whitespace)
        })
    });
    // The mark of byte order is a character of the first name to it.
    found || text.starts_with('\u{feff}')
}

fn entries(file: &NginxFile, ids: &[DirectiveId], text: &str, lines: &LineIndex) -> Vec<Entry> {
    ids.iter()
        .map(|&id| {
            let directive = file.get(id);
            let mut args: Vec<String> =
                directive.args.iter().map(|word| as_crossplane(word, text)).collect();
            if directive.is("if") {
                without_parentheses(&mut args);
            }
            let block = match &directive.body {
                Body::Block { children, .. } => Some(entries(file, children, text, lines)),
                Body::None | Body::Raw(_) => None,
            };
            let line = lines.line_of(directive.region.start) + 1;
            Entry(as_crossplane(&directive.name, text), line, args, block)
        })
        .collect()
}

/// The word as crossplane keeps it: only the escape before the quote goes.
fn as_crossplane(word: &Word, text: &str) -> String {
    let raw = word.region.of(text);
    if !word.quoted {
        return raw.to_owned();
    }
    let quote = word.whole().of(text).chars().next().unwrap_or('"');
    let mut out = String::new();
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        let next = letters.next();
        if next != Some(quote) {
            out.push('\\');
        }
        out.extend(next);
    }
    out
}

fn without_parentheses(args: &mut Vec<String>) {
    let framed = args.first().is_some_and(|first| first.starts_with('('))
        && args.last().is_some_and(|last| last.ends_with(')'));
    if !framed {
        return;
    }
    let first = args[0][1..].trim_start().to_owned();
    args[0] = first;
    let last = args.len() - 1;
    args[last].pop();
    let trimmed = args[last].trim_end().len();
    args[last].truncate(trimmed);
    let start = usize::from(args[0].is_empty());
    let end = args.len() - usize::from(args[last].is_empty() && last >= start);
    *args = args[start.min(end)..end].to_vec();
}

/// Whether nginx's reader refused the text, and not a directive its arguments.
fn is_syntax(verdict: &Verdict) -> bool {
    let message = verdict.message.as_deref().unwrap_or("");
    !verdict.accepts
        && (message.starts_with("unexpected ") || message.starts_with("too long parameter"))
        && !message.ends_with("in condition")
}

/// Accepted texts have no errors of ours; where nginx's reader stops, the first
/// of ours stands no later; where a directive is refused, none stands before.
fn accept(case: &Case, ours: &NginxFile, verdict: &Verdict, outcome: &mut Outcome) {
    let lines = LineIndex::new(&case.text);
    // nginx says at the end what we say where the block or quote opens.
    let place = |error: &seaworthy_syntax::SyntaxError| match error.message.ends_with("closed") {
        true => usize::MAX,
        false => lines.line_of(error.region.start) + 1,
    };
    let first = ours.errors().iter().map(place).min();
    let agrees = if verdict.accepts {
        first.is_none()
    } else if is_syntax(verdict) {
        !ours.errors().is_empty()
            && (first == Some(usize::MAX) || verdict.line.is_none_or(|line| first <= Some(line)))
    } else {
        first.is_none_or(|first| verdict.line.is_none_or(|line| first >= line))
            || ours.errors().iter().any(|error| error.message.contains("missing"))
    };
    outcome.case(agrees, || {
        format!(
            "{}: {:?}: ours {:?} in line {first:?}, nginx {:?} in line {:?}",
            case.id,
            case.text,
            ours.errors().first().map(|error| &error.message),
            verdict.message,
            verdict.line
        )
    });
}
