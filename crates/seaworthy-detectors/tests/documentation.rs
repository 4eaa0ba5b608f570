//! Holds the documentation of the detectors' rules to its form and runs its examples,
//! as the pages of native rules are held to theirs.
//!
//! In a fenced block, `LANGUAGE fails PATH [git]` must make the rule speak and
//! `LANGUAGE passes PATH [git]` must not; several files may stand in one, each after
//! `//- PATH`. A seam (`¦`) in a token is taken out first.

use std::sync::OnceLock;

use seaworthy_analysis::{Options, RuleSource as _};
use seaworthy_detectors::{Detectors, Session, embedded};
use seaworthy_model::{Group, Rule, Severity};
use seaworthy_testkit::{Fixture, run_source, snapshot};

const HEADINGS: [&str; 4] = ["## Why", "## Example", "## Fix", "## Limits"];

/// What it says is about commits, which no block can show.
const WITHOUT_EXAMPLES: &[&str] = &["git-history-secret"];

/// The native rules that some leaks belong to, which another crate has.
static CONNECTION: Rule = stand_in("connection-string-credential");
static NPMRC: Rule = stand_in("npmrc-insecure");

const fn stand_in(id: &'static str) -> Rule {
    Rule { id, group: Group::Secrets, severity: Severity::Critical, ..Rule::DEFAULT }
}

fn session() -> Session {
    static DETECTORS: OnceLock<Detectors> = OnceLock::new();
    Session::new(DETECTORS.get_or_init(|| Detectors::new(&[embedded()], &CONNECTION, &NPMRC)))
}

#[test]
fn pages_have_the_same_form_everywhere() {
    let mut problems = Vec::new();
    for rule in session().rules() {
        let (id, help) = (rule.id, rule.help);
        if !help.starts_with("Flags ") {
            problems.push(format!("{id}: the first line must begin with \"Flags \""));
        }
        let mut rest = help;
        for heading in HEADINGS {
            match rest.split_once(&format!("\n{heading}\n")) {
                Some((_, after)) => rest = after,
                None => problems.push(format!("{id}: {heading} is missing or out of order")),
            }
        }
        if rule.summary.is_empty() || rule.summary.ends_with('.') {
            problems.push(format!("{id}: the summary is a phrase without period"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn examples_do_what_the_pages_say() {
    let mut problems = Vec::new();
    for rule in session().rules() {
        let id = rule.id;
        let mut verdicts = Vec::new();
        for (info, body) in fenced_blocks(rule.help) {
            let words: Vec<&str> = info.split_whitespace().collect();
            let (fails, path) = match words.as_slice() {
                [_, "fails", path, ..] => (true, *path),
                [_, "passes", path, ..] => (false, *path),
                _ => continue,
            };
            let body = body.replace('¦', "");
            let fixture = match body.starts_with("//- ") {
                true => Fixture::parse(&body),
                false => Fixture::single(path, &body),
            };
            let snapshot = snapshot(&fixture, words.contains(&"git"), Options::default());
            let (findings, notifications) = run_source(&session(), &snapshot);
            assert!(notifications.is_empty(), "{id}: {notifications:?}");
            let speaks = findings.iter().any(|finding| finding.rule.id == id);
            if speaks != fails {
                let said: Vec<&str> = findings.iter().map(|finding| finding.rule.id).collect();
                problems.push(format!("{id}: `{info}` does not do so, but {said:?}:\n{body}"));
            }
            verdicts.push(fails);
        }
        for (wanted, word) in [(true, "fails"), (false, "passes")] {
            if !verdicts.contains(&wanted) && !WITHOUT_EXAMPLES.contains(&id) {
                problems.push(format!("{id}: no example that {word}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn fenced_blocks(markdown: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in markdown.split_inclusive('\n') {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(info), None) => open = Some((info.trim().to_owned(), String::new())),
            (None, Some((_, body))) => body.push_str(line),
            (None, None) => {}
        }
    }
    blocks
}
