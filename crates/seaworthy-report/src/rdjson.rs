//! The Reviewdog Diagnostic Format, by which findings become comments of a review, and
//! fixes suggestions that are applied with a click.
//!
//! Columns are counted in bytes of UTF-8, and ends are exclusive.

use std::io::{BufWriter, Write};

use seaworthy_model::{Applicability, Finding, Level, Position, Report};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use crate::message::with_related;
use crate::order::is_whole_file;
use crate::{REPOSITORY, TOOL, rule_url};

/// Writes the open findings as one JSON object, a `DiagnosticResult`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    let mut serializer = serde_json::Serializer::new(&mut out);
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("source", &Source { name: TOOL, url: REPOSITORY })?;
    map.serialize_entry("diagnostics", &Diagnostics(report))?;
    map.end()?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

struct Diagnostics<'a>(&'a Report);

impl Serialize for Diagnostics<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.open_findings().map(diagnostic))
    }
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Place>,
}

#[derive(Serialize)]
struct Place {
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    url: String,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

fn diagnostic(finding: &Finding) -> Diagnostic<'_> {
    let place = &finding.location;
    Diagnostic {
        message: with_related(finding),
        location: Location {
            path: place.artifact.as_str(),
            range: match is_whole_file(place) {
                true => Range { start: Place { line: 1, column: None }, end: None },
                false => range(place.start, place.end),
            },
        },
        severity: match finding.severity.level() {
            Level::Error => "ERROR",
            Level::Warning => "WARNING",
            Level::Note => "INFO",
        },
        code: Code { value: finding.rule.id, url: rule_url(finding.rule) },
        suggestions: suggestions(finding),
    }
}

fn range(start: Position, end: Position) -> Range {
    let place = |position: Position| Place {
        line: position.line.max(1),
        column: Some(position.byte_column.max(1)),
    };
    Range { start: place(start), end: Some(place(end)) }
}

/// The fixes of one edit in the file of the finding. A suggestion is applied by itself,
/// so one edit of several would leave a half.
fn suggestions(finding: &Finding) -> Vec<Suggestion<'_>> {
    let fixes = finding.fixes.iter();
    fixes
        .filter(|fix| fix.applicability != Applicability::DisplayOnly)
        .filter_map(|fix| match fix.replacements.as_slice() {
            [only] if only.artifact == finding.location.artifact => {
                Some(Suggestion { range: range(only.start, only.end), text: &only.text })
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sample;

    fn parse(report: &Report) -> Value {
        let mut out = Vec::new();
        write(report, &mut out).expect("memory can be written");
        serde_json::from_slice(&out).expect("the output is JSON")
    }

    #[test]
    fn a_diagnostic_carries_its_place_its_rule_and_its_fix() {
        let result = parse(&sample::rich());
        assert_eq!(result["source"]["name"], "seaworthy");
        assert_eq!(
            result["diagnostics"][1],
            json!({
                "message": "Port 5432 of 'db' is published on all interfaces.",
                "location": {
                    "path": "docker-compose.yml",
                    "range": {"start": {"line": 5, "column": 9}, "end": {"line": 5, "column": 20}},
                },
                "severity": "WARNING",
                "code": {
                    "value": "compose-port-public",
                    "url": "https://github.com/seaworthy-rs/seaworthy/blob/main/docs/rules/compose-port-public.md",
                },
                "suggestions": [{
                    "range": {"start": {"line": 5, "column": 10}, "end": {"line": 5, "column": 10}},
                    "text": "127.0.0.1:",
                }],
            })
        );
        let whole = &result["diagnostics"][3];
        assert_eq!(whole["location"]["range"], json!({"start": {"line": 1}}));
        assert_eq!(whole.get("suggestions"), None);
    }

    #[test]
    fn half_a_fix_is_no_suggestion() {
        let mut report = sample::rich();
        let fixed = &mut report.findings[3];
        let mut other = fixed.fixes[0].replacements[0].clone();
        other.region = seaworthy_model::Region::empty(0);
        fixed.fixes[0].replacements.push(other);
        assert_eq!(parse(&report)["diagnostics"][1].get("suggestions"), None);
    }
}
