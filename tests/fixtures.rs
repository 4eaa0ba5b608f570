//! The fixtures: every planted fault is found at its place, no trap is stepped
//! into, nothing else is said, and the report reads as it did.

use std::path::Path;

use serde_json::Value;

use crate::expected::{Fault, Trap, expected};
use crate::sandbox::{CASES, Sandbox, fixture_directory};

/// A finding of a JSON report, as far as a verdict speaks of it.
#[derive(Debug)]
struct Found {
    rule: String,
    path: String,
    lines: (u64, u64),
    severity: String,
    suppressed: Option<String>,
    message: String,
    matched: bool,
}

fn found(report: &Value) -> Vec<Found> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let location = &finding["location"];
            Found {
                rule: text(&finding["rule"]),
                path: text(&location["path"]),
                lines: (
                    location["start"]["line"].as_u64().unwrap(),
                    location["end"]["line"].as_u64().unwrap(),
                ),
                severity: text(&finding["severity"]),
                suppressed: finding["suppression"]["kind"].as_str().map(str::to_owned),
                message: text(&finding["message"]),
                matched: false,
            }
        })
        .collect()
}

/// Finds the fault among what is not yet spoken for; says what is wrong.
fn claim(found: &mut [Found], fault: &Fault) -> Option<String> {
    let place = |line: Option<u64>| line.map_or("*".to_owned(), |line| line.to_string());
    let name = format!("{} {}:{}", fault.rule, fault.path, place(fault.line));
    let candidate = found.iter_mut().find(|found| {
        !found.matched
            && found.rule == fault.rule
            && found.path == fault.path
            && fault.line.is_none_or(|line| found.lines.0 == line)
    });
    let Some(candidate) = candidate else { return Some(format!("not found: {name}")) };
    candidate.matched = true;
    if fault.severity.as_ref().is_some_and(|severity| *severity != candidate.severity) {
        return Some(format!("{name} is {}: {}", candidate.severity, candidate.message));
    }
    if fault.suppressed != candidate.suppressed {
        return Some(format!("{name} has the suppression {:?}", candidate.suppressed));
    }
    None
}

fn steps_into(found: &Found, trap: &Trap) -> bool {
    found.path == trap.path
        && trap.line.is_none_or(|line| found.lines.0 <= line && line <= found.lines.1)
        && (trap.rules.is_empty() || trap.rules.contains(&found.rule))
}

fn judge(case: &str) {
    let expected = expected(case);
    let sandbox = Sandbox::fixture(case);
    let mut found = found(&sandbox.scan(&[]).exits(1).json());
    let mut wrong = Vec::new();
    let mut faults: Vec<&Fault> = expected.faults.iter().chain(&expected.also).collect();
    // Those with a line first, so that none without one takes their finding.
    faults.sort_by_key(|fault| fault.line.is_none());
    for fault in faults {
        wrong.extend(claim(&mut found, fault));
    }
    for finding in &found {
        let place = format!(
            "{} [{}] {}:{}: {}",
            finding.rule, finding.severity, finding.path, finding.lines.0, finding.message
        );
        for trap in expected.traps.iter().filter(|trap| steps_into(finding, trap)) {
            wrong.push(format!("trap ({}): {place}", trap.why));
        }
        if !finding.matched {
            wrong.push(format!("not listed: {place}"));
        }
    }
    assert!(wrong.is_empty(), "{case}:\n{}", wrong.join("\n"));
}

#[test]
fn express_compose_is_judged_as_expected() {
    judge("express-compose");
}

#[test]
fn express_nginx_production_is_judged_as_expected() {
    judge("express-nginx-production");
}

#[test]
fn images_are_judged_as_expected() {
    judge("images");
}

#[test]
fn nextjs_vercel_is_judged_as_expected() {
    judge("nextjs-vercel");
}

#[test]
fn nginx_front_is_judged_as_expected() {
    judge("nginx-front");
}

#[test]
fn pipeline_is_judged_as_expected() {
    judge("pipeline");
}

#[test]
fn operations_are_judged_as_expected() {
    judge("operations");
}

#[test]
fn pnpm_monorepo_is_judged_as_expected() {
    judge("pnpm-monorepo");
}

#[test]
fn rust_service_is_judged_as_expected() {
    judge("rust-service");
}

#[test]
fn terminal_reports_are_as_they_were() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    for case in CASES {
        let sandbox = Sandbox::fixture(case);
        let run = sandbox.run(&["scan", "--verbose", "--show-suppressed"]).exits(1);
        let root = sandbox.root().canonicalize().unwrap();
        let text = run.stdout.replace(root.to_str().unwrap(), "[repo]");
        let path = fixture_directory(case).join("expected.txt");
        if update {
            std::fs::write(&path, &text).unwrap();
            continue;
        }
        let want = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(line) = first_difference(&want, &text) {
            panic!("{case}: the report differs from expected.txt from line {line}:\n{text}");
        }
        assert_eq!(run.stderr, "", "{case}");
    }
}

fn first_difference(want: &str, text: &str) -> Option<usize> {
    let count = want.lines().count().max(text.lines().count());
    (0..count)
        .find(|&line| want.lines().nth(line) != text.lines().nth(line))
        .map(|line| line + 1)
        .or_else(|| (want != text).then_some(count))
}

/// What is done as it should be is met with silence.
#[test]
fn a_repository_in_order_has_no_findings() {
    let sandbox = Sandbox::fixture("in-order");
    let run = sandbox.scan(&["--fail-on", "info"]);
    assert_eq!(run.findings(), [""; 0]);
    assert_eq!(run.notifications(), [""; 0]);
    assert_eq!(run.code, 0);
}

/// The first command of the README.
#[test]
fn a_fixture_shows_findings_where_it_lies() {
    let sandbox = Sandbox::bare("elsewhere");
    let repo = fixture_directory("express-compose").join("repo");
    let run = sandbox.scan(&[repo.to_str().unwrap()]).exits(1);
    let rules: Vec<String> = run.findings();
    for rule in ["compose-db-port-published", "compose-privileged", "public-env-secret"] {
        assert!(rules.iter().any(|finding| finding.starts_with(rule)), "{rule}: {rules:#?}");
    }
}

/// No fixture lacks the file altogether.
#[test]
fn a_repository_without_a_gitignore_is_told_so() {
    let sandbox = Sandbox::with(&[("package.json", "{ \"name\": \"pier\", \"private\": true }\n")]);
    let missing = |sandbox: &Sandbox| {
        let findings = sandbox.scan(&[]).findings();
        findings.iter().any(|finding| finding.starts_with("gitignore-missing "))
    };
    assert!(missing(&sandbox));
    sandbox.write(".gitignore", "node_modules/\n.env*\n!.env.example\n");
    assert!(!missing(&sandbox));
}

/// Every rule has a fault in a fixture, but for the one above and that for the
/// history, which fixtures have none of.
#[test]
fn every_rule_is_examined() {
    let verdicts: Vec<_> = CASES.iter().map(|case| expected(case)).collect();
    let rules = Sandbox::bare("repo").run(&["rules", "--format", "json"]).json();
    let unexamined: Vec<&str> = rules
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .filter(|id| {
            !verdicts.iter().flat_map(|verdict| &verdict.faults).any(|fault| fault.rule == *id)
        })
        .collect();
    assert_eq!(unexamined, ["git-history-secret", "gitignore-missing"]);
}

/// What is ignored in this repository would be missing from a clone of it.
#[test]
fn no_fixture_file_is_ignored_by_this_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = std::process::Command::new("git")
        .current_dir(root)
        .args(["ls-files", "--others", "--ignored", "--exclude-standard", "--", "fixtures"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
