//! The figures that sum up a report.

use seaworthy_model::{Applicability, BaselineState, Finding, Report, Severity, SuppressionKind};

/// How many findings of which kind a report holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Open findings by severity, in the order of [`Severity::ALL`].
    by_severity: [usize; Severity::ALL.len()],
    /// Accepted by somebody.
    pub(crate) suppressed: usize,
    /// Of these, by the mark of another tool.
    pub(crate) foreign: usize,
    /// Known from the baseline and not suppressed.
    pub(crate) baselined: usize,
    /// Open findings that `--fix` mends.
    pub(crate) fixable: usize,
    /// Open findings that only `--unsafe-fixes` mends.
    pub(crate) unsafely_fixable: usize,
}

impl Tally {
    pub(crate) fn of(report: &Report) -> Self {
        let mut tally = Tally::default();
        for finding in &report.findings {
            if let Some(suppression) = &finding.suppression {
                tally.suppressed += 1;
                tally.foreign += usize::from(suppression.kind == SuppressionKind::Foreign);
            } else if finding.baseline == Some(BaselineState::Unchanged) {
                tally.baselined += 1;
            } else {
                tally.by_severity[finding.severity as usize] += 1;
                match easiest_fix(finding) {
                    Some(Applicability::Safe) => tally.fixable += 1,
                    Some(Applicability::Unsafe) => tally.unsafely_fixable += 1,
                    Some(Applicability::DisplayOnly) | None => {}
                }
            }
        }
        tally
    }

    /// Open findings of one severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.by_severity[severity as usize]
    }

    /// Open findings that are more than an observation.
    pub(crate) fn framed(&self) -> usize {
        self.open() - self.count(Severity::Info)
    }

    /// All open findings.
    pub(crate) fn open(&self) -> usize {
        self.by_severity.iter().sum()
    }
}

/// The least risky way in which the finding can be mended.
pub(crate) fn easiest_fix(finding: &Finding) -> Option<Applicability> {
    finding.fixes.iter().map(|fix| fix.applicability).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_finding_is_counted_once() {
        let report = sample::rich();
        let tally = Tally::of(&report);
        assert_eq!(tally.open() + tally.suppressed + tally.baselined, report.findings.len());
        assert_eq!(tally.open(), report.open_findings().count());
        assert_eq!((tally.suppressed, tally.baselined), (1, 1));
        assert_eq!((tally.fixable, tally.unsafely_fixable), (1, 1));
        assert_eq!(tally.count(Severity::Critical), 1);
    }
}
