//! Fixing until nothing is left to fix.
//!
//! One fix may make room for the next: two headers want to be inserted at the
//! same place, and of two overlapping edits only one is applied. So the fixed
//! texts are laid over the files and scanned again, until no fix applies. Nothing
//! is written here; what is shown as a diff and what is written is the same.

use std::collections::{BTreeMap, HashMap};

use seaworthy_model::{Applicability, ArtifactPath, Finding, Fingerprint, Fix};

use crate::fixes::{self, FileEdit, applicable, plan, plan_wanted};
use crate::scan::{Scan, ScanError, ScanOptions, scan};

/// A fix that makes room for another takes a round each; more rounds than this
/// means that two fixes undo each other.
const MOST_ROUNDS: usize = 20;

/// What fixing came to.
#[derive(Debug)]
pub struct Mended {
    /// The files that change, from what they are to what they become.
    pub edits: Vec<FileEdit>,
    /// How many fixes somebody did not want.
    pub left: usize,
    /// What is found in the files as they become.
    pub scan: Scan,
}

/// A fix that may change behaviour, before it is applied.
pub struct Proposal<'a> {
    /// What it mends.
    pub finding: &'a Finding,
    /// The fix.
    pub fix: &'a Fix,
    /// What it changes, with secrets masked.
    pub diff: String,
}

/// What is said to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Apply it.
    Yes,
    /// Leave it.
    No,
    /// Apply it and all that follow.
    All,
    /// Leave it and all that follow.
    None,
}

/// Applies fixes up to an applicability to the texts of a scan, again and again
/// until none is left.
///
/// # Errors
/// Those of [`scan`].
pub fn mend(options: &ScanOptions, first: Scan, up_to: Applicability) -> Result<Mended, ScanError> {
    mend_asking(options, first, up_to, &mut |_| Answer::All)
}

/// The same, and asks about each fix that may change behaviour. A fix that was left is
/// not asked about again.
///
/// # Errors
/// Those of [`scan`].
pub fn mend_asking(
    options: &ScanOptions,
    first: Scan,
    up_to: Applicability,
    ask: &mut dyn FnMut(&Proposal<'_>) -> Answer,
) -> Result<Mended, ScanError> {
    let mut edits: BTreeMap<ArtifactPath, FileEdit> = BTreeMap::new();
    let mut answers = Answers::default();
    let mut current = first;
    for _ in 0..MOST_ROUNDS {
        let findings = &current.report.findings;
        for finding in findings.iter().filter(|finding| finding.is_open()) {
            let Some(fix) = applicable(finding, up_to) else { continue };
            if fix.applicability == Applicability::Unsafe && !answers.has(finding) {
                let alone = std::slice::from_ref(finding);
                let edits = plan(alone, &current.snapshot, up_to);
                let proposal =
                    Proposal { finding, fix, diff: edits.iter().map(fixes::diff).collect() };
                answers.take(finding, &mut || ask(&proposal));
            }
        }
        let wanted = |finding: &Finding, fix: &Fix| {
            fix.applicability < Applicability::Unsafe || answers.wants(finding)
        };
        let round = plan_wanted(findings, &current.snapshot, up_to, &wanted);
        if round.is_empty() {
            break;
        }
        for edit in round {
            match edits.get_mut(&edit.artifact) {
                Some(known) => {
                    known.after = edit.after;
                    known.shown.1 = edit.shown.1;
                    known.fixes += edit.fixes;
                }
                None => {
                    edits.insert(edit.artifact.clone(), edit);
                }
            }
        }
        let mut options = options.clone();
        options
            .overlays
            .extend(edits.values().map(|edit| (edit.artifact.clone(), edit.after.clone())));
        current = scan(&options)?;
    }
    edits.retain(|_, edit| edit.before != edit.after);
    let left = answers.of.values().filter(|&&wanted| !wanted).count();
    Ok(Mended { edits: edits.into_values().collect(), left, scan: current })
}

/// What was answered, by the finding.
#[derive(Default)]
struct Answers {
    of: HashMap<(&'static str, Fingerprint), bool>,
    /// The answer to all that follow.
    rest: Option<bool>,
}

impl Answers {
    fn key(finding: &Finding) -> (&'static str, Fingerprint) {
        (finding.rule.id, finding.fingerprint)
    }

    fn has(&self, finding: &Finding) -> bool {
        self.of.contains_key(&Self::key(finding))
    }

    fn wants(&self, finding: &Finding) -> bool {
        self.of.get(&Self::key(finding)).copied().unwrap_or(false)
    }

    fn take(&mut self, finding: &Finding, ask: &mut dyn FnMut() -> Answer) {
        let wanted = match self.rest {
            Some(rest) => rest,
            None => {
                let answer = ask();
                self.rest = match answer {
                    Answer::All => Some(true),
                    Answer::None => Some(false),
                    Answer::Yes | Answer::No => None,
                };
                matches!(answer, Answer::Yes | Answer::All)
            }
        };
        self.of.insert(Self::key(finding), wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_at_one_place_are_applied_one_after_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let config = "{\n  \"framework\": \"nextjs\"\n}\n";
        std::fs::write(directory.path().join("vercel.json"), config).unwrap();
        let options = ScanOptions::new(directory.path().to_owned());
        let first = scan(&options).unwrap();
        let mended = mend(&options, first, Applicability::Unsafe).unwrap();
        let [edit] = mended.edits.as_slice() else { panic!("{:?}", mended.edits) };
        for header in ["X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"] {
            assert!(edit.after.contains(header), "{header}\n{}", edit.after);
        }
        let on_disk = std::fs::read_to_string(directory.path().join("vercel.json")).unwrap();
        assert_eq!(on_disk, config, "nothing is written");
        let left = plan(&mended.scan.report.findings, &mended.scan.snapshot, Applicability::Unsafe);
        assert!(left.is_empty(), "{left:?}");
    }
    #[test]
    fn each_fix_that_may_change_behaviour_is_asked_about_once() {
        let directory = tempfile::tempdir().unwrap();
        let compose = "services:\n  a:\n    image: postgres:17\n    ports:\n      - \"5432:5432\"\n  \
                       b:\n    image: redis:7\n    ports:\n      - \"6379:6379\"\n";
        std::fs::write(directory.path().join("docker-compose.prod.yml"), compose).unwrap();
        let options = ScanOptions::new(directory.path().to_owned());
        let mend = |answers: &[Answer]| {
            let mut asked = Vec::new();
            let mut answers = answers.iter();
            let first = scan(&options).unwrap();
            let mended = mend_asking(&options, first, Applicability::Unsafe, &mut |proposal| {
                assert!(proposal.diff.contains("docker-compose.prod.yml"), "{}", proposal.diff);
                asked.push((proposal.finding.rule.id, proposal.finding.location.start.line));
                answers.next().copied().unwrap_or(Answer::No)
            });
            (asked, mended.unwrap())
        };
        let (asked, mended) = mend(&[Answer::None]);
        assert!(asked.len() == 1 && mended.edits.is_empty() && mended.left > 2, "{asked:?}");

        let (all, mended) = mend(&[]);
        assert!(mended.edits.is_empty() && mended.left == all.len(), "{all:?}");
        let mut once = all.clone();
        once.dedup();
        assert_eq!(once, all, "nothing is asked twice");

        let port = |asked: &(&str, u32)| asked.0 == "compose-db-port-published" && asked.1 < 6;
        let at = all.iter().position(port).unwrap();
        let mut answers = vec![Answer::No; at];
        answers.push(Answer::Yes);
        let (_, mended) = mend(&answers);
        let [edit] = mended.edits.as_slice() else { panic!("{:?}", mended.edits) };
        assert!(edit.after.contains("127.0.0.1:5432:5432") && edit.after.contains("\"6379:6379\""));
        assert_eq!(edit.fixes, 1);

        let (asked, mended) = mend(&[Answer::All]);
        assert!(asked.len() == 1 && mended.left == 0);
        assert!(mended.edits[0].after.contains("127.0.0.1:6379:6379"));
    }
}
