//! What the calls of one scan gave, kept in the order of the files and bounded.

use std::collections::BTreeMap;

use seaworthy_model::{ArtifactPath, Finding};

use crate::LogLevel;

/// How many lines of a plugin's log a report shows.
const SHOWN_LINES: usize = 100;

/// What came of one file, or of the repository.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// The places of the rules that were asked for.
    pub(super) rules: Vec<usize>,
    /// Whether the plugin was asked.
    pub(super) asked: bool,
    /// Whether the file's text could not be had.
    pub(super) unread: bool,
    /// What it found.
    pub(super) findings: Vec<Finding>,
    /// Findings that are left out because there are too many.
    pub(super) left_out: usize,
    /// What of its answer was refused, in words.
    pub(super) refusals: Vec<String>,
    /// How it failed, in words.
    pub(super) failure: Option<String>,
    /// What it said.
    pub(super) log: Vec<(LogLevel, String)>,
}

/// The outcomes of a plugin by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes {
    pub(super) by_path: BTreeMap<ArtifactPath, Outcome>,
    findings: usize,
    lines: usize,
}

impl Outcomes {
    /// Keeps an outcome, and forgets what can no longer be among the first `most`
    /// findings.
    pub(super) fn keep(&mut self, path: &ArtifactPath, outcome: Outcome, most: usize) {
        self.findings += outcome.findings.len();
        self.lines += outcome.log.len();
        self.by_path.insert(path.clone(), outcome);
        if self.findings > 2 * most || self.lines > 2 * SHOWN_LINES {
            self.cut(most);
        }
    }

    /// Forgets the outcome of a file.
    pub(super) fn forget(&mut self, path: &ArtifactPath) -> Option<Outcome> {
        let outcome = self.by_path.remove(path)?;
        self.findings -= outcome.findings.len();
        self.lines -= outcome.log.len();
        Some(outcome)
    }

    /// Leaves the first `most` findings, and the first lines of the log.
    pub(super) fn cut(&mut self, most: usize) {
        let (mut findings, mut lines) = (0, 0);
        for outcome in self.by_path.values_mut() {
            let left = most - findings;
            if outcome.findings.len() > left {
                outcome.left_out += outcome.findings.len() - left;
                outcome.findings.truncate(left);
                outcome.findings.shrink_to_fit();
            }
            findings += outcome.findings.len();
            outcome.log.truncate(SHOWN_LINES - lines);
            lines += outcome.log.len();
        }
        (self.findings, self.lines) = (findings, lines);
    }
}
