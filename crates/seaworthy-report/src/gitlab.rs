//! GitLab's Code Quality report: what a merge request shows in its widget and beside
//! the changed lines, in every edition of GitLab.
//!
//! GitLab's own security reports are not written: only its highest edition shows them,
//! and that one takes SARIF-like detail which Code Quality has no need of.

use std::collections::HashMap;
use std::io::{BufWriter, Write};

use seaworthy_model::{Finding, Fingerprint, Report, Severity};
use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer as _};

use crate::message::with_related;

/// Writes the open findings as one JSON array.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    let mut serializer = serde_json::Serializer::new(&mut out);
    let mut list = serializer.serialize_seq(None)?;
    // GitLab shows one issue a fingerprint and drops the others unsaid.
    let mut seen: HashMap<Fingerprint, usize> = HashMap::new();
    for finding in report.open_findings() {
        let count = seen.entry(finding.fingerprint).or_default();
        *count += 1;
        list.serialize_element(&issue(finding, *count))?;
    }
    list.end()?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn issue(finding: &Finding, count: usize) -> Issue<'_> {
    let place = &finding.location;
    let begin = place.start.line.max(1);
    Issue {
        description: with_related(finding),
        check_name: finding.rule.id,
        fingerprint: match count {
            1 => finding.fingerprint.to_string(),
            _ => format!("{}-{count}", finding.fingerprint),
        },
        severity: match finding.severity {
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
            Severity::Info => "info",
        },
        location: Location {
            path: place.artifact.as_str(),
            lines: Lines { begin, end: place.end.line.max(begin) },
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sample;

    fn parse(report: &Report) -> Vec<Value> {
        let mut out = Vec::new();
        write(report, &mut out).expect("memory can be written");
        serde_json::from_slice(&out).expect("the output is a JSON array")
    }

    #[test]
    fn an_issue_has_what_gitlab_asks_for() {
        let issues = parse(&sample::rich());
        assert_eq!(issues.len(), 5, "what is accepted or known is no issue");
        assert_eq!(
            issues[2],
            json!({
                "description": "A value over two lines.",
                "check_name": "compose-port-public",
                "fingerprint": sample::rich().findings[4].fingerprint.to_string(),
                "severity": "major",
                "location": {"path": "docker-compose.yml", "lines": {"begin": 8, "end": 9}},
            })
        );
        let severities: Vec<&Value> = issues.iter().map(|issue| &issue["severity"]).collect();
        assert_eq!(severities, ["blocker", "major", "major", "minor", "info"]);
    }

    #[test]
    fn a_fingerprint_stands_once() {
        let same = sample::finding(&sample::PORT, "So.", sample::whole_file("a"));
        let issues = parse(&sample::report(vec![same.clone(), same]));
        assert_ne!(issues[0]["fingerprint"], issues[1]["fingerprint"]);
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        assert_eq!(parse(&sample::report(Vec::new())), [Value::Null; 0]);
    }
}
