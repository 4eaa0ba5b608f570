//! What a reader with room for only some of the findings is shown first.

use std::cmp::Reverse;

use seaworthy_model::{BaselineState, Finding, Location, Report};

/// The open findings, the most severe first, and among equals those that a baseline
/// shows to be new; otherwise in the order of the report.
pub(crate) fn worst_first(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.open_findings().collect();
    findings.sort_by_key(|finding| {
        (Reverse(finding.severity), finding.baseline != Some(BaselineState::New))
    });
    findings
}

/// Whether the finding is about a file as a whole, not about a place in it.
pub(crate) fn is_whole_file(location: &Location) -> bool {
    location.context.is_none() && location.region.is_empty()
}

#[cfg(test)]
mod tests {
    use seaworthy_model::Severity;

    use super::*;
    use crate::sample;

    #[test]
    fn severe_and_new_findings_come_first() {
        let found = |severity, path: &str, baseline| {
            let mut finding = sample::finding(&sample::PORT, "So.", sample::whole_file(path));
            (finding.severity, finding.baseline) = (severity, baseline);
            finding
        };
        let report = sample::report(vec![
            found(Severity::Low, "a", Some(BaselineState::New)),
            found(Severity::High, "b", None),
            found(Severity::High, "c", Some(BaselineState::New)),
            found(Severity::Critical, "d", Some(BaselineState::Unchanged)),
        ]);
        let paths: Vec<&str> =
            worst_first(&report).iter().map(|f| f.location.artifact.as_str()).collect();
        assert_eq!(paths, ["c", "b", "a"]);
    }
}
