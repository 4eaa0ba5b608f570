//! Which findings are new.
//!
//! A finding is new when one of its places was added or changed, or when an earlier
//! state has no such finding, or a milder one: what is deleted here may let something
//! appear there. It is not new because its lines moved or its file bears another name.

use std::collections::{HashMap, HashSet};

use seaworthy_analysis::Snapshot;
use seaworthy_model::{ArtifactPath, BaselineState, Evidence, Finding, Severity};

use super::lines::{Line, compare};
use super::{Base, Changes, key};
use crate::history::is_past;

/// What is known about findings of an earlier state: how severe those are that are about
/// the same.
pub(super) type Known = HashMap<(String, &'static str, Evidence), Vec<Severity>>;

/// What makes a finding new or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    New,
    Old,
    /// None of its lines is new: an earlier state may have had it.
    Ask,
}

/// Finds in an earlier state, told by its number, what these rules find in these files.
type Earlier<'a> = dyn Fn(usize, &HashSet<&'static str>, &HashSet<String>) -> Vec<Finding> + 'a;

impl Changes {
    /// Marks findings as new or known. `earlier` finds in an earlier state what these
    /// rules find in these files.
    pub(crate) fn mark(
        &self,
        snapshot: &Snapshot,
        findings: &mut [Finding],
        earlier: &Earlier<'_>,
    ) {
        let mut lines = Lines { changes: self, snapshot, known: HashMap::new() };
        let mut verdicts: Vec<Verdict> =
            findings.iter().map(|finding| lines.verdict(finding)).collect();
        for (number, base) in self.bases.iter().enumerate() {
            let asked: Vec<usize> =
                (0..findings.len()).filter(|&at| verdicts[at] == Verdict::Ask).collect();
            if asked.is_empty() {
                break;
            }
            if base.changed.is_empty() && base.gone.is_empty() {
                asked.iter().for_each(|&at| verdicts[at] = Verdict::Old);
                break;
            }
            let rules = asked.iter().map(|&at| findings[at].rule.id).collect();
            let files = asked
                .iter()
                .map(|&at| base.former(key(&findings[at].location.artifact)).to_owned())
                .collect();
            let mut known = known(earlier(number, &rules, &files));
            // The worst first, so that what is milder than before finds its match, too.
            let mut asked = asked;
            asked.sort_by_key(|&at| std::cmp::Reverse(findings[at].severity));
            for at in asked {
                if base.knows(&mut known, &findings[at]) {
                    verdicts[at] = Verdict::Old;
                }
            }
        }
        for (finding, verdict) in findings.iter_mut().zip(verdicts) {
            match verdict {
                Verdict::Old => finding.baseline = Some(BaselineState::Unchanged),
                _ => drop(finding.baseline.get_or_insert(BaselineState::New)),
            }
        }
    }
}

fn known(findings: Vec<Finding>) -> Known {
    let mut known = Known::new();
    for finding in findings.into_iter().filter(|finding| finding.suppression.is_none()) {
        if let Some(matter) = finding.matters.first() {
            let key = (matter.artifact.as_str().to_owned(), matter.rule, matter.evidence);
            known.entry(key).or_default().push(finding.severity);
        }
    }
    known.values_mut().for_each(|severities| severities.sort_unstable());
    known
}

impl Base {
    /// The path that a file had.
    fn former<'p>(&'p self, path: &'p str) -> &'p str {
        match self.changed.get(path) {
            Some(Some(was)) => &was.path,
            _ => path,
        }
    }

    /// Whether the earlier state had a finding of the same, as bad or worse; each counts
    /// once.
    fn knows(&self, known: &mut Known, finding: &Finding) -> bool {
        let Some(matter) = finding.matters.first() else { return false };
        let path = matter.artifact.as_str();
        let file = key(&matter.artifact);
        let former = match path.strip_prefix(file) {
            Some(inside) => format!("{}{inside}", self.former(file)),
            None => path.to_owned(),
        };
        let Some(severities) = known.get_mut(&(former, matter.rule, matter.evidence)) else {
            return false;
        };
        severities.pop_if(|severity| *severity >= finding.severity).is_some()
    }
}

/// The states of the lines of changed files, each compared when first asked for.
struct Lines<'a> {
    changes: &'a Changes,
    snapshot: &'a Snapshot,
    known: HashMap<ArtifactPath, Option<Vec<Line>>>,
}

impl Lines<'_> {
    fn verdict(&mut self, finding: &Finding) -> Verdict {
        // A range of the history names what is wanted of it.
        if is_past(finding) {
            return Verdict::New;
        }
        let touched = std::iter::once(&finding.location).chain(&finding.related).any(|place| {
            let Some(lines) = self.of(&place.artifact) else { return false };
            let (first, last) = (place.start.line as usize, place.end.line as usize);
            // A region that ends with a line's end ends at the start of the next.
            let last = if place.end.column == 1 && last > first { last - 1 } else { last };
            lines
                .get(first.saturating_sub(1)..last.min(lines.len()))
                .is_some_and(|lines| lines.contains(&Line::New))
        });
        // What does not count anyway need not be asked about.
        let known = finding.baseline == Some(BaselineState::Unchanged);
        match touched {
            true => Verdict::New,
            false if known || finding.suppression.is_some() => Verdict::Old,
            false => Verdict::Ask,
        }
    }

    /// The lines of a file; `None` where none is new, or where there are none.
    fn of(&mut self, path: &ArtifactPath) -> Option<&[Line]> {
        if !self.changes.files.contains(path.as_str()) {
            return None;
        }
        let (changes, snapshot) = (self.changes, self.snapshot);
        let lines = self.known.entry(path.clone()).or_insert_with(|| {
            let text = snapshot.text(snapshot.artifact(path.as_str())?)?;
            let mut least: Option<Vec<Line>> = None;
            for base in &changes.bases {
                let was = base.changed.get(path.as_str())?.as_ref();
                let before = was.and_then(|was| changes.text(was.blob));
                let lines = match before {
                    Some(before) => compare(&before, text),
                    None => vec![Line::New; text.len() + 1],
                };
                least = Some(match least {
                    None => lines,
                    Some(least) => least.into_iter().zip(lines).map(|(a, b)| a.min(b)).collect(),
                });
            }
            least
        });
        lines.as_deref()
    }
}
