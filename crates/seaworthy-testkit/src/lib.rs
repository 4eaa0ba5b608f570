//! Annotated sources for testing rules.
//!
//! A test writes a file as its author would and marks under a line what the
//! rule must say there:
//!
//! ```text
//! JWT_SECRET=short
//!            ^^^^^ [high] is 5 characters long
//! ```
//!
//! Carets cover the primary region, `[severity rule-id]` is optional, the words are
//! part of the message. `~~~` marks a related place with part of its label. An empty
//! region is one caret; a region that goes on over several lines is marked to
//! the end of its first line. Three or more carets above all text mean the file as a
//! whole; a file of nothing else does not exist. Every finding needs its mark, and every mark its
//! finding.
//!
//! [`check_repo`] takes several files, each after a line `//- PATH`; with git,
//! where a file is tracked unless its header says `untracked`.

mod fixture;
mod memory;

use std::fmt::Write as _;

use seaworthy_analysis::{NativeRule, NativeRules, Options, RuleSource, Run, Snapshot};
use seaworthy_model::{Finding, Notification, Replacement, apply};

pub use fixture::{File, Fixture};
pub use memory::snapshot;

/// Runs only this rule on one file outside git and compares what it says with
/// the marks. An unmarked source must pass.
///
/// # Panics
/// When findings and marks differ.
#[track_caller]
pub fn check(rule: &'static NativeRule, path: &str, source: &str) {
    compare(rule, &Fixture::single(path, source), false);
}

/// Runs only this rule on several files in a git repository.
///
/// # Panics
/// When findings and marks differ.
#[track_caller]
pub fn check_repo(rule: &'static NativeRule, fixture: &str) {
    compare(rule, &Fixture::parse(fixture), true);
}

/// Runs only this rule on several files outside git.
///
/// # Panics
/// When findings and marks differ.
#[track_caller]
pub fn check_files(rule: &'static NativeRule, fixture: &str) {
    compare(rule, &Fixture::parse(fixture), false);
}

/// Applies the first fix of every finding in one file and compares the result;
/// the rule must be silent on it afterwards.
///
/// # Panics
/// When there is no fix, the result differs, or the rule still speaks.
#[track_caller]
pub fn check_fix(rule: &'static NativeRule, path: &str, before: &str, after: &str) {
    let fixture = Fixture::single(path, before);
    let after = Fixture::single(path, after);
    fix_and_compare(rule, &fixture, &after, false);
}

/// As [`check_fix`], for several files in a git repository.
///
/// # Panics
/// When there is no fix, the result differs, or the rule still speaks.
#[track_caller]
pub fn check_fix_repo(rule: &'static NativeRule, before: &str, after: &str) {
    fix_and_compare(rule, &Fixture::parse(before), &Fixture::parse(after), true);
}

/// What one rule says about a fixture, sorted by place.
#[must_use]
pub fn run(rule: &'static NativeRule, fixture: &Fixture, git: bool) -> Vec<Finding> {
    let snapshot = snapshot(fixture, git, Options::default());
    run_on(rule, &snapshot).0
}

/// What one rule says about a snapshot, sorted by place, and what hindered it.
#[must_use]
pub fn run_on(rule: &'static NativeRule, snapshot: &Snapshot) -> (Vec<Finding>, Vec<Notification>) {
    run_source(&NativeRules::new(vec![rule]), snapshot)
}

/// What any source of rules says about a snapshot, sorted by place, and what
/// hindered it.
#[must_use]
pub fn run_source(
    source: &dyn RuleSource,
    snapshot: &Snapshot,
) -> (Vec<Finding>, Vec<Notification>) {
    let mut run = Run { snapshot, wanted: &|_, _| true, findings: Vec::new() };
    for artifact in snapshot.artifacts() {
        run.check_file(source, artifact);
    }
    run.check_whole(source);
    source.conclude(&mut run);
    let mut findings = run.findings;
    findings.sort_by(|a, b| {
        (&a.location.artifact, a.location.region).cmp(&(&b.location.artifact, b.location.region))
    });
    (findings, snapshot.notifications())
}

/// What came of holding a source of rules against a fixture.
#[derive(Debug)]
pub struct Trial<S> {
    /// The source that judged all files one after the other.
    pub source: S,
    /// What it found.
    pub findings: Vec<Finding>,
    /// What hindered it.
    pub notifications: Vec<Notification>,
    /// Every difference between findings and marks, in words.
    pub problems: Vec<String>,
    /// Where a new source that judged one file alone says otherwise, in words.
    pub differences: Vec<String>,
}

/// Holds a source of rules against a fixture in a git repository, and against itself:
/// every file, and the repository, is judged by a new source, too, which has to find
/// the same as the one that judged all of them.
#[must_use]
pub fn try_source<S: RuleSource>(fixture: &Fixture, make: impl Fn() -> S) -> Trial<S> {
    let snapshot = snapshot(fixture, true, Options::default());
    let source = make();
    let (findings, notifications) = run_source(&source, &snapshot);
    let new_run = || Run { snapshot: &snapshot, wanted: &|_, _| true, findings: Vec::new() };
    let mut alone: Vec<Finding> = Vec::new();
    for artifact in snapshot.artifacts() {
        let (source, mut run) = (make(), new_run());
        run.check_file(&source, artifact);
        source.conclude(&mut run);
        alone.append(&mut run.findings);
    }
    let (over_all, mut run) = (make(), new_run());
    run.check_whole(&over_all);
    over_all.conclude(&mut run);
    alone.append(&mut run.findings);
    let words = |findings: &[Finding]| {
        let mut words: Vec<String> = findings
            .iter()
            .map(|finding| {
                let place = &finding.location;
                format!(
                    "{}:{}:{}: {}: [{}] {}",
                    place.artifact,
                    place.start.line,
                    place.start.byte_column,
                    finding.rule.id,
                    finding.severity,
                    finding.message
                )
            })
            .collect();
        words.sort();
        words
    };
    let (together, apart) = (words(&findings), words(&alone));
    let only = |these: &[String], others: &[String], how: &str| -> Vec<String> {
        let missing = these.iter().filter(|line| !others.contains(line));
        missing.map(|line| format!("{line}\n    found only {how}")).collect()
    };
    let mut differences = only(&together, &apart, "after other files were judged");
    differences.extend(only(&apart, &together, "by a new instance"));
    let problems = fixture.compare(&findings);
    Trial { source, findings, notifications, problems, differences }
}

#[track_caller]
fn compare(rule: &'static NativeRule, fixture: &Fixture, git: bool) {
    let snapshot = snapshot(fixture, git, Options::default());
    let (findings, notifications) = run_on(rule, &snapshot);
    let failed: Vec<_> = notifications
        .iter()
        .filter(|n| n.kind == seaworthy_model::NotificationKind::RuleFailed)
        .collect();
    assert!(failed.is_empty(), "the rule panicked: {failed:?}");
    let problems = fixture.compare(&findings);
    assert!(
        problems.is_empty(),
        "{}\n--- what rule {} says:\n{}",
        problems.join("\n"),
        rule.rule.id,
        show(&findings),
    );
}

#[track_caller]
fn fix_and_compare(rule: &'static NativeRule, before: &Fixture, after: &Fixture, git: bool) {
    let findings = run(rule, before, git);
    assert!(!findings.is_empty(), "the rule finds nothing to fix");
    let mut replacements: Vec<Replacement> = Vec::new();
    for finding in &findings {
        let fix = finding.fixes.first().expect("every finding offers a fix");
        replacements.extend(fix.replacements.iter().cloned());
    }
    let mut fixed = before.clone();
    for file in &mut fixed.files {
        let own: Vec<&Replacement> =
            replacements.iter().filter(|r| r.artifact.as_str() == file.path).collect();
        file.text = apply(&file.text, &own).expect("the edits fit the file");
    }
    for (fixed, after) in fixed.files.iter().zip(&after.files) {
        assert_eq!(fixed.text, after.text, "{} after the fix", fixed.path);
    }
    let left = run(rule, &fixed, git);
    assert!(left.is_empty(), "the rule still speaks after the fix:\n{}", show(&left));
}

fn show(findings: &[Finding]) -> String {
    let mut shown = String::new();
    for finding in findings {
        let location = &finding.location;
        let _ = writeln!(
            shown,
            "{}:{}:{} [{}] {}\n    {:?}",
            location.artifact,
            location.start.line,
            location.start.byte_column,
            finding.severity,
            finding.message,
            location.snippet().unwrap_or(""),
        );
        for related in &finding.related {
            let _ = writeln!(
                shown,
                "    ~ {}:{}:{} {}",
                related.artifact,
                related.start.line,
                related.start.byte_column,
                related.label.as_deref().unwrap_or(""),
            );
        }
    }
    shown
}
