//! JUnit's XML, which every CI server shows as a list of tests.
//!
//! A file is a suite, a finding a case in it: failed if it is as severe as what fails
//! the scan, passed with a note if it is less, skipped if somebody accepted it. Names
//! have no line numbers, so that a server knows a case again when lines move.

use std::collections::HashMap;
use std::io::{BufWriter, Write};

use seaworthy_model::{BaselineState, Finding, Report};

use crate::TOOL;
use crate::message::{title, with_related};
use crate::xml::escape;

/// Writes all findings but those that a baseline knows. A report without any has one
/// case that passed: servers take a run without tests for a fault.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    let findings: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.baseline != Some(BaselineState::Unchanged))
        .collect();
    let failures = findings.iter().filter(|finding| fails(report, finding)).count();
    let skipped = findings.iter().filter(|finding| finding.suppression.is_some()).count();
    let tests = findings.len().max(1);
    write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"{TOOL}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n"
    )?;
    if findings.is_empty() {
        write!(
            out,
            "  <testsuite name=\"{TOOL}\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n    \
             <testcase classname=\"{TOOL}\" name=\"nothing found\" time=\"0\"/>\n  </testsuite>\n"
        )?;
    }
    for suite in findings.chunk_by(|a, b| a.location.artifact == b.location.artifact) {
        self::suite(report, suite, &mut out)?;
    }
    out.write_all(b"</testsuites>\n")?;
    out.flush()
}

fn fails(report: &Report, finding: &Finding) -> bool {
    finding.is_open() && report.fails_at.is_some_and(|least| finding.severity >= least)
}

fn suite(report: &Report, findings: &[&Finding], out: &mut dyn Write) -> std::io::Result<()> {
    let path = findings.first().map_or("", |finding| finding.location.artifact.as_str());
    let path = escape(path);
    writeln!(
        out,
        "  <testsuite name=\"{path}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
        findings.len(),
        findings.iter().filter(|finding| fails(report, finding)).count(),
        findings.iter().filter(|finding| finding.suppression.is_some()).count(),
    )?;
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for finding in findings {
        let count = seen.entry(finding.rule.id).or_default();
        *count += 1;
        let number = if *count == 1 { String::new() } else { format!(" #{count}") };
        let line = finding.location.start.line.max(1);
        writeln!(
            out,
            "    <testcase classname=\"{path}\" name=\"{}{number}\" file=\"{path}\" line=\"{line}\" time=\"0\">",
            escape(finding.rule.id),
        )?;
        let lines: Vec<String> = with_related(finding).lines().map(escape).collect();
        let text = format!("{path}:{line}: {}", lines.join("\n"));
        let what = escape(title(&finding.message));
        match &finding.suppression {
            Some(accepted) => {
                writeln!(out, "      <skipped message=\"{}\"/>", escape(&accepted.justification))?;
            }
            None if fails(report, finding) => writeln!(
                out,
                "      <failure type=\"{}\" message=\"{what}\">{text}</failure>",
                finding.severity,
            )?,
            None => {
                writeln!(out, "      <system-out>{}: {text}</system-out>", finding.severity)?;
            }
        }
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

#[cfg(test)]
mod tests {
    use seaworthy_model::Severity;

    use super::*;
    use crate::sample;

    fn render(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).expect("memory can be written");
        String::from_utf8(out).expect("the output is UTF-8")
    }

    #[test]
    fn what_fails_the_scan_has_failed_and_what_is_accepted_is_skipped() {
        let text = render(&sample::rich());
        assert!(text.contains("<testsuites name=\"seaworthy\" tests=\"6\" failures=\"3\" errors=\"0\" skipped=\"1\">"), "{text}");
        assert!(text.contains("name=\"compose-port-public #2\""), "{text}");
        assert!(text.contains("<skipped message=\"local only\"/>"), "{text}");
        assert!(text.contains("<system-out>low: src/ä b/.env:1: This file is"), "{text}");
        let mut strict = sample::rich();
        strict.fails_at = Some(Severity::Info);
        assert!(render(&strict).contains(" failures=\"5\" "));
        let never = Report { fails_at: None, ..sample::rich() };
        assert!(render(&never).contains(" failures=\"0\" "));
    }

    #[test]
    fn a_clean_report_has_a_test_that_passed() {
        assert_eq!(
            render(&sample::report(Vec::new())),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
<testsuites name=\"seaworthy\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">
  <testsuite name=\"seaworthy\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">
    <testcase classname=\"seaworthy\" name=\"nothing found\" time=\"0\"/>
  </testsuite>
</testsuites>
"
        );
    }
}
