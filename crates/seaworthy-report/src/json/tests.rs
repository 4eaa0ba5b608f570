use serde_json::{Value, json};

use super::*;
use crate::sample::{self, SECRET};

fn render(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).expect("memory can be written");
    String::from_utf8(out).expect("JSON is UTF-8")
}

fn parse(report: &Report) -> Value {
    serde_json::from_str(&render(report)).expect("the output is JSON")
}

#[test]
fn the_shape_of_a_report() {
    let mut report = sample::rich();
    report.findings.retain(|finding| finding.message.starts_with("Port 5432"));
    report.notifications.truncate(1);
    report.rules.retain(|rule| rule.id == "jwt-secret-weak");
    assert_eq!(
        parse(&report),
        json!({
            "schema": "seaworthy-report/1",
            "tool": {
                "name": "seaworthy",
                "version": "1.2.3",
                "uri": "https://github.com/seaworthy-rs/seaworthy",
            },
            "exit_code": 1,
            "statistics": {
                "artifacts": 512,
                "documents": 9,
                "findings": {
                    "open": 1,
                    "suppressed": 0,
                    "foreign": 0,
                    "baselined": 0,
                    "fixable": 1,
                    "unsafely_fixable": 0,
                    "by_severity": {"critical": 0, "high": 0, "medium": 1, "low": 0, "info": 0},
                },
            },
            "git": {
                "repository_uri": "git@git.example.com:team/shop.git",
                "revision": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c",
                "branch": "main",
            },
            "notifications": [{
                "id": "file-malformed",
                "level": "warning",
                "message": "a bracket is not closed",
                "path": "broken\u{1b}[2J.json",
                "position": {"line": 3, "column": 1, "byte_column": 1},
                "excerpt": null,
            }],
            "plugins": [],
            "rules": [{
                "id": "jwt-secret-weak",
                "former_ids": ["jwt-weak"],
                "group": "jwt-and-auth",
                "summary": "JWT secret that can be guessed",
                "severity": "critical",
                "precision": "very-high",
                "cwe": [521, 798],
                "enabled": true,
                "uri": "https://github.com/seaworthy-rs/seaworthy/blob/main/docs/rules/jwt-secret-weak.md",
            }],
            "findings": [{
                "rule": "compose-port-public",
                "severity": "medium",
                "level": "warning",
                "precision": "high",
                "message": "Port 5432 of 'db' is published on all interfaces.",
                "location": {
                    "path": "docker-compose.yml",
                    "region": {"start": 55, "end": 66},
                    "start": {"line": 5, "column": 9, "byte_column": 9},
                    "end": {"line": 5, "column": 20, "byte_column": 20},
                    "snippet": "\"5432:5432\"",
                    "context": {
                        "region": {"start": 36, "end": 83},
                        "start": {"line": 4, "column": 1, "byte_column": 1},
                        "end": {"line": 6, "column": 17, "byte_column": 17},
                        "text": "    ports:\n      - \"5432:5432\"\n    environment:",
                    },
                    "label": null,
                    "line_hash": "8d0fb92bc3cbdaa4:1",
                },
                "related": [],
                "fixes": [{
                    "title": "Bind the port to the loopback interface",
                    "applicability": "safe",
                    "replacements": [{
                        "path": "docker-compose.yml",
                        "region": {"start": 56, "end": 56},
                        "start": {"line": 5, "column": 10, "byte_column": 10},
                        "end": {"line": 5, "column": 10, "byte_column": 10},
                        "text": "127.0.0.1:",
                    }],
                }],
                "fingerprint": "9c22a093d84b24cd4a4a15145403cb98",
                "suppression": null,
                "baseline": null,
            }],
        })
    );
}

#[test]
fn states_are_told() {
    let report = parse(&sample::rich());
    let findings = report["findings"].as_array().expect("findings");
    let of = |key: &str| -> Vec<&Value> {
        findings.iter().map(|finding| &finding[key]).filter(|state| !state.is_null()).collect()
    };
    assert_eq!(of("suppression"), [&json!({"kind": "in-source", "justification": "local only"})]);
    assert_eq!(of("baseline"), [&json!("unchanged"), &json!("new")]);
    assert!(findings.iter().any(|finding| finding["location"]["context"].is_null()));
    assert!(
        findings.iter().any(|finding| finding["related"].as_array().is_some_and(|r| r.len() == 3))
    );
}

#[test]
fn equal_reports_give_equal_bytes_without_the_secret() {
    let first = render(&sample::rich());
    assert_eq!(first, render(&sample::rich()));
    assert!(!first.contains(SECRET) && !first.contains(&SECRET[4..12]));
    assert!(
        first.starts_with("{\"schema\":\"seaworthy-report/1\",\"tool\":") && first.ends_with("}\n")
    );
}

#[test]
fn twenty_five_thousand_findings_stream() {
    let report = sample::large(25_000);
    let mut counter = sample::Counter::default();
    write(&report, &mut counter).expect("a counter takes everything");
    assert!(counter.bytes > 25_000 * 500, "{counter:?}");
    assert!(counter.largest_write <= 64 * 1024, "nothing large is built first: {counter:?}");
}
