//! `env-syntax-invalid`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::{EnvError, EnvErrorKind, EnvFile};

use super::loaders::{Values, called};
use super::production::is_fixture;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-syntax-invalid",
        group: Group::Environment,
        summary: "line of an env file that is no assignment",
        help: include_str!("env_syntax_invalid.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Env(check),
};

fn check(env: &EnvFile, cx: &mut Context<'_>) {
    let Some(facts) = cx.joined().env_file(cx.path().as_str()) else { return };
    if facts.encrypted || is_fixture(cx) {
        return;
    }
    let text = cx.text();
    // A file with template tags is filled in by a program before it is read.
    let generated = env.errors().iter().any(|error| {
        let line = error.region.of(text);
        error.kind == EnvErrorKind::NotAnAssignment
            && ["{{", "{%", "<%"].iter().any(|tag| line.contains(tag))
    });
    let values = Values::load(text, &facts.readers);
    let refusals: Vec<(&str, Region, &str)> = values
        .refusals()
        // What the process environment may supply is no fault of the file.
        .filter(|(_, error)| !error.message.contains("required variable"))
        .map(|(loader, error)| (called(loader), error.region, error.message.as_str()))
        .collect();
    let mut explained = false;
    let mut in_conflict = false;
    for error in env.errors() {
        let line = error.region.of(text);
        if error.kind == EnvErrorKind::NotAnAssignment {
            if is_conflict_marker(line) {
                if !in_conflict {
                    conflict(error.region, cx);
                }
                in_conflict = !line.starts_with(">>>>>>>");
                continue;
            }
            if generated || facts.template {
                continue;
            }
        }
        if error.kind == EnvErrorKind::UnquotedMultiline || in_conflict {
            // `env-value-truncated` speaks about the value.
            explained |= error.kind == EnvErrorKind::UnquotedMultiline;
            continue;
        }
        let refused = refusals.iter().find(|(_, region, _)| same_line(text, *region, error.region));
        explained |= refused.is_some();
        report(error, refused.map(|(loader, ..)| *loader), facts.template, cx);
    }
    for (loader, region, why) in refusals {
        if explained || generated || facts.template || in_block(env, region) {
            continue;
        }
        cx.report(
            region,
            format!(
                "{loader} refuses the whole file here: {why}. No variable of the file is set then."
            ),
        )
        .severity(Severity::High)
        .evidence(format!("refused by {loader}"));
    }
}

fn report(error: &EnvError, refused_by: Option<&str>, template: bool, cx: &mut Context<'_>) {
    let text = cx.text();
    let what = match error.kind {
        EnvErrorKind::NotAnAssignment => {
            "This line is neither a comment nor an assignment. Loaders skip it or stop at it; put a \
             # before it or remove it."
        }
        EnvErrorKind::InvalidKey => {
            "This is no valid variable name. Shells and most loaders skip the line; use letters, \
             digits and underscores, the first no digit."
        }
        EnvErrorKind::ColonSeparator => {
            "A colon stands in place of the equals sign. Only some loaders take the line for an \
             assignment; write KEY=value."
        }
        EnvErrorKind::UnterminatedQuote => {
            "A quote is opened here and never closed. Loaders keep the quote in the value, swallow \
             the lines below, or refuse the file; close it."
        }
        EnvErrorKind::TextAfterQuote => {
            "Text follows the closing quote. Loaders drop it, keep the quotes, or refuse the file; \
             quote the whole value."
        }
        EnvErrorKind::UnquotedMultiline => return,
    };
    let refusal = refused_by
        .map(|loader| format!(" {loader}, which reads this file, refuses all of it."))
        .unwrap_or_default();
    let severity = match (template, refused_by) {
        (true, _) => Severity::Low,
        (false, Some(_)) => Severity::High,
        (false, None) => Severity::Medium,
    };
    let line = whole_line(text, error.region.start);
    let fix = fix(error, text, line, cx);
    let evidence = match error.kind {
        EnvErrorKind::NotAnAssignment => "no assignment".to_owned(),
        // The name is no secret, the rest of the line may be one.
        _ => line.of(text).split(['=', ':']).next().unwrap_or("").trim().to_owned(),
    };
    let is_value =
        matches!(error.kind, EnvErrorKind::UnterminatedQuote | EnvErrorKind::TextAfterQuote);
    let draft = cx.report(error.region, format!("{what}{refusal}"));
    draft.severity(severity).evidence(evidence);
    if is_value || error.kind == EnvErrorKind::NotAnAssignment {
        draft.sensitive(error.region);
    }
    if let Some(edit) = fix {
        draft.fix(edit);
    }
}

fn conflict(region: Region, cx: &mut Context<'_>) {
    cx.report(
        region,
        "A merge conflict was never resolved. Both sides are read, and the last line of each \
         variable wins; keep one side and remove the markers.",
    )
    .severity(Severity::High)
    .evidence("merge conflict");
}

fn is_conflict_marker(line: &str) -> bool {
    line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") || line == "======="
}

/// An edit after which the line is a proper assignment.
fn fix(error: &EnvError, text: &str, line: Region, cx: &Context<'_>) -> Option<Edit> {
    let path = cx.path();
    let written = line.of(text);
    let (edit, fixed) = match error.kind {
        EnvErrorKind::ColonSeparator => {
            let colon = error.region.end;
            let blank =
                text[colon + 1..line.end].len() - text[colon + 1..line.end].trim_start().len();
            let region = Region::new(colon, colon + 1 + blank);
            let edit = Edit::safe("Write = in place of the colon").replace(path, region, "=");
            (edit, replaced(text, line, region, "="))
        }
        EnvErrorKind::InvalidKey => {
            let name = error.region.of(text);
            let bare = name.trim_matches(|c| c == '"' || c == '\'');
            if bare.len() == name.len() {
                return None;
            }
            let edit = Edit::safe("Take the quotes off the name").replace(path, error.region, bare);
            (edit, replaced(text, line, error.region, bare))
        }
        EnvErrorKind::UnterminatedQuote if !written.contains('#') => {
            let quote = error.region.of(text).get(..1)?;
            let region = Region::empty(error.region.end);
            // Where the value ends is the author's to say; the line's end is
            // the likely place.
            let edit = Edit::risky("Close the quote at the end of the line").insert(
                path,
                error.region.end,
                quote,
            );
            (edit, replaced(text, line, region, quote))
        }
        _ => return None,
    };
    let parsed = EnvFile::parse(&fixed);
    (parsed.errors().is_empty() && parsed.entries().len() == 1).then_some(edit)
}

/// The line with a part of it replaced.
fn replaced(text: &str, line: Region, part: Region, by: &str) -> String {
    format!("{}{by}{}", &text[line.start..part.start], &text[part.end..line.end])
}

fn whole_line(text: &str, at: usize) -> Region {
    let start = text[..at].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = at + text[at..].find(['\n', '\r']).unwrap_or(text.len() - at);
    Region::new(start, end)
}

fn same_line(text: &str, one: Region, other: Region) -> bool {
    whole_line(text, one.start) == whole_line(text, other.start)
}

/// Whether the place lies in an unquoted block of key material, of which
/// `env-value-truncated` speaks.
fn in_block(env: &EnvFile, region: Region) -> bool {
    env.errors()
        .iter()
        .any(|error| error.kind == EnvErrorKind::UnquotedMultiline && error.region.contains(region))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_lines_that_are_no_assignments() {
        check(
            &RULE,
            ".env",
            "
A=1
copy this to the server
^^^^^^^^^^^^^^^^^^^^^^^ [medium] neither a comment nor an assignment
MY KEY=1
^^^^^^ no valid variable name
api-key=1
^^^^^^^ no valid variable name
PORT: 3000
^^^^ A colon stands in place
NAME=\"open
     ^^^^^ opened here and never closed
B=\"x\" y
  ^^^^^ Text follows the closing quote
<<<<<<< HEAD
^^^^^^^^^^^^ [high] merge conflict
C=1
=======
C=2
>>>>>>> main
",
        );
    }

    #[test]
    fn a_loader_that_refuses_the_file_makes_it_worse() {
        check_files(
            &RULE,
            "
//- compose.yml
services:
  a:
    image: a/b
//- .env
NAME=\"open
     ^^^^^ [high] Docker Compose, which reads this file, refuses all of it.
//- web/package.json
{ \"dependencies\": { \"next\": \"16.0.0\" } }
//- web/.env
A=$B
^ [high] Next.js refuses the whole file here
B=$A
",
        );
    }

    #[test]
    fn passes_what_loaders_read() {
        check(
            &RULE,
            ".env",
            "\u{feff}# note\r\nexport A = 1\r\nB=\"-----BEGIN KEY-----\nabc\n-----END KEY-----\"\r\nC='x' # y\r\nBARE\r\nspring.name=x\r\n\r\nD=${X:?must be set}\r\n",
        );
        check(&RULE, ".env.vault", "no assignment at all\n");
    }

    #[test]
    fn templates_may_hold_prose_and_tags() {
        check(
            &RULE,
            ".env.example",
            "
Fill these in:
https://shop.io/docs?a=b
{{#if X}}
A=1
{{/if}}
B-C=1
^^^ [low] no valid variable name
",
        );
        check(&RULE, "prod.env", "{{#if X}}\nA=1\n{{/if}}\nsome words\n");
    }

    #[test]
    fn fixes_what_is_obvious() {
        check_fix(
            &RULE,
            ".env",
            "PORT: 3000\n\"NAME\"=x\nTITLE='open\n",
            "PORT=3000\nNAME=x\nTITLE='open'\n",
        );
    }
}
