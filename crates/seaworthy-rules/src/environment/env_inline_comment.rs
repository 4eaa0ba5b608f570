//! `env-inline-comment`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::{EnvEntry, EnvFile, Loader, Quote};

use super::loaders::{Values, called};
use super::production::is_fixture;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-inline-comment",
        group: Group::Environment,
        summary: "comment or stray quote that some loaders take into the value",
        help: include_str!("env_inline_comment.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Env(check),
};

fn check(env: &EnvFile, cx: &mut Context<'_>) {
    let Some(facts) = cx.joined().env_file(cx.path().as_str()) else { return };
    if facts.template || facts.encrypted || is_fixture(cx) {
        return;
    }
    let suspects = |entry: &&EnvEntry| entry.has_value && entry.quote == Quote::None;
    if !env.entries().iter().any(|entry| suspects(&entry)) {
        return;
    }
    let values = Values::load(cx.text(), &facts.readers);
    for entry in env.entries().iter().filter(suspects) {
        if let Some(comment) = entry.inline_comment {
            comment_behind(entry, comment, &values, cx);
        } else if let Some(quote) = stray_quote(entry, env) {
            cx.report(
                entry.value_region,
                format!(
                    "{} has a {quote} without its partner, which becomes part of the value. Remove \
                     it, or quote the value on both sides.",
                    entry.key
                ),
            )
            .evidence(&*entry.key);
        }
    }
}

fn comment_behind(entry: &EnvEntry, comment: Region, values: &Values, cx: &mut Context<'_>) {
    // Who reads the comment into the value?
    let keeps: Vec<Loader> = values
        .of(entry)
        .filter(|(_, value)| value.is_some_and(|value| value.len() > entry.value.len()))
        .map(|(loader, _)| loader)
        .collect();
    let (severity, who) = match keeps.first() {
        Some(loader) => {
            (Severity::Medium, format!("With {} it is part of the value", called(*loader)))
        }
        None if entry.value.is_empty() => (
            Severity::Low,
            "For some loaders the comment then is the value, and for `docker run --env-file`"
                .to_owned(),
        ),
        // Those who read the file are known to strip it.
        None if !values.is_empty() => (
            Severity::Info,
            "Systemd and `docker run --env-file` make it part of the value".to_owned(),
        ),
        None => (
            Severity::Low,
            "Systemd and `docker run --env-file` make it part of the value".to_owned(),
        ),
    };
    let text = cx.text();
    let line = text[..entry.region.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    // The line end behind the comment, or the one before its line.
    let rest = &text[comment.end..];
    let crlf = rest.starts_with("\r\n") || (rest.is_empty() && text[..line].ends_with("\r\n"));
    let end = if crlf { "\r\n" } else { "\n" };
    let above = format!("{}{end}", comment.of(text));
    let removed = Region::new(entry.raw_region.end, comment.end);
    let path = cx.path().clone();
    cx.report(
        comment,
        format!(
            "A comment stands behind the unquoted value of {}. {who}. Put it on a line of its own.",
            entry.key
        ),
    )
    .severity(severity)
    .evidence(&*entry.key)
    .fix(
        Edit::safe("Move the comment to a line of its own")
            .insert(&path, line, above)
            .remove(&path, removed),
    );
}

/// A quote at one end of the value only. One that is opened and never closed
/// is an error of syntax.
fn stray_quote(entry: &EnvEntry, env: &EnvFile) -> Option<&'static str> {
    let value = &*entry.value;
    let last = value.chars().next_back()?;
    let name = match last {
        '"' => "double quote",
        '\'' => "single quote",
        '\u{201d}' | '\u{2019}' | '\u{201c}' => "typographic quote",
        _ => return None,
    };
    let typographic = !last.is_ascii();
    let lonely = value.matches(last).take(2).count() == 1 && value.len() > 1;
    let first = env.errors().partition_point(|error| error.region.start < entry.raw_region.start);
    let known =
        env.errors().get(first).is_some_and(|error| entry.raw_region.contains(error.region));
    (!known && (typographic || lonely)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_comments_behind_unquoted_values() {
        check(
            &RULE,
            ".env.production",
            "
JWT_EXPIRES_IN=15m # access token
                   ^^^^^^^^^^^^^^ [low] behind the unquoted value of JWT_EXPIRES_IN
SMTP_PASS=   # from the console
             ^^^^^^^^^^^^^^^^^^ [low] the comment then is the value
",
        );
    }

    #[test]
    fn the_loaders_that_read_the_file_decide_how_bad_it_is() {
        check_files(
            &RULE,
            "
//- compose.yml
services:
  a:
    image: a/b
    env_file: api.env
//- api.env
A=1\t# one
    ^^^^^ [medium] With Docker Compose it is part of the value
B=2 # two
    ^^^^^ [info] Systemd
//- web/package.json
{ \"dependencies\": { \"next\": \"16.0.0\" } }
//- web/.env
C=1 # one
    ^^^^^ [info] C
D=https://shop.io/#/a # two
                      ^^^^^ [info] D
",
        );
    }

    #[test]
    fn flags_stray_quotes() {
        check(
            &RULE,
            ".env",
            "
A=abc\"
  ^^^^ double quote without its partner
B=\u{201c}abc\u{201d}
  ^^^^^^^^^ typographic quote
",
        );
    }

    #[test]
    fn passes_quoted_values_templates_and_hashes_within() {
        check(
            &RULE,
            ".env",
            "
# note
A=\"x # y\"
B='x' # note behind quotes
C=x#y
D=say \"hi\"
E=it's
F=\"open
",
        );
        check(&RULE, ".env.example", "A=1 # note\nB=   # note\n");
    }

    #[test]
    fn the_fix_moves_the_comment() {
        check_fix(
            &RULE,
            ".env",
            "X=0\n  export A=1 # one\nB= # two\n",
            "X=0\n# one\n  export A=1\n# two\nB=\n",
        );
    }
}
