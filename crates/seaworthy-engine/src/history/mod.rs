//! Secrets of the past: every blob that the commits of a range introduced and `HEAD`
//! no longer has is scanned once, and what is found is told of the oldest commit that
//! had it.
//!
//! First the trees of the commits are walked, which tells what there is to scan and
//! where each blob stood; then the packs are read from end to end, which is much
//! cheaper than asking for one blob after the other. Blobs that no ref leads to are
//! left out: nobody gets them by cloning.

mod blobs;
mod commits;
mod secrets;
#[cfg(test)]
mod tests;
mod trees;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use gix_object::{Kind, compute_hash};
use rayon::prelude::*;
use seaworthy_analysis::{Artifact, Passage, PassageStart, RuleSource, Run};
use seaworthy_detectors::{Detectors, GitStanding};
use seaworthy_model::{ArtifactPath, Finding, Notification, NotificationKind, Rule};

use crate::decode::readable;
use crate::git::{GitError, ObjectId, Repository, Wanted};
use blobs::{Blob, Blobs};
use commits::{Commit, commits};
use secrets::{Place, Secrets};
use trees::Trees;

pub(crate) use commits::Range;

/// Trees and commits are small; what is larger was made to hurt.
const MAX_TREE_BYTES: usize = 64 * 1024 * 1024;
/// The largest blob that is scanned.
const MAX_BLOB_BYTES: usize = 32 * 1024 * 1024;
/// How many bytes of blobs are decoded altogether.
const MAX_BYTES: u64 = 256 << 30;

/// Whether a finding is about what only the history has.
pub(crate) fn is_past(finding: &Finding) -> bool {
    finding.rule.id == "git-history-secret"
}

/// The history of a repository as a rule source.
pub(crate) struct History {
    detectors: &'static Detectors,
    repository: Arc<Repository>,
    range: Range,
    /// Whether nothing is to be said about a path.
    excludes: Box<dyn Fn(&str) -> bool + Sync>,
}

impl History {
    /// The part of the history that `range` names; all of it when empty.
    ///
    /// # Errors
    /// When the range names no commits.
    pub(crate) fn new(
        detectors: &'static Detectors,
        repository: Arc<Repository>,
        range: &str,
        excludes: Box<dyn Fn(&str) -> bool + Sync>,
    ) -> Result<Self, GitError> {
        let range = Range::read(range, &repository)?;
        Ok(Self { detectors, repository, range, excludes })
    }

    fn check(&self, run: &mut Run<'_>) -> Result<(), GitError> {
        let (commits, blobs) = {
            let reader = self.repository.reader(MAX_TREE_BYTES)?;
            let commits = commits(&self.repository, &reader, &self.range)?;
            let trees = match self.range.is_everything() {
                true => Trees::read(&self.repository),
                false => Trees::default(),
            };
            let blobs = Blobs::introduced(&self.repository, &reader, &trees, &commits);
            (commits, blobs)
        };
        let scan = BlobScan {
            history: self,
            commits: &commits.ordered,
            blobs: &blobs,
            done: (0..blobs.len()).map(|_| AtomicBool::new(false)).collect(),
            too_large: AtomicUsize::new(0),
            corrupt: AtomicUsize::new(0),
            spent: AtomicU64::new(0),
            secrets: Secrets::default(),
            wanted: run.wanted,
            snapshot: run.snapshot,
        };
        scan.leave_out();
        scan.packed();
        let missing = scan.others() + commits.missing + blobs.missing;
        let missing = missing + scan.corrupt.load(Ordering::Relaxed);
        let too_large = scan.too_large.load(Ordering::Relaxed);
        let cut = commits.cut || blobs.cut || scan.spent.load(Ordering::Relaxed) > MAX_BYTES;
        run.findings.extend(scan.secrets.into_findings());

        let tell = |kind, message: String| run.snapshot.notify(Notification::new(kind, message));
        if missing > 0 {
            let message = format!(
                "{missing} object{} of the history {} missing or corrupt; what they hold was not \
                 scanned",
                if missing == 1 { "" } else { "s" },
                if missing == 1 { "is" } else { "are" },
            );
            tell(NotificationKind::GitUnknown, message);
        }
        if !self.repository.shallow_commits().is_empty() {
            let message = "history is shallow: commits before it were not scanned".to_owned();
            tell(NotificationKind::GitUnknown, message);
        }
        if too_large > 0 {
            let message = format!(
                "{too_large} file{} of the history larger than {MAX_BLOB_BYTES} bytes {} not \
                 scanned",
                if too_large == 1 { "" } else { "s" },
                if too_large == 1 { "was" } else { "were" },
            );
            tell(NotificationKind::LimitReached, message);
        }
        if cut {
            let message = "the history is too large; only a part of it was scanned".to_owned();
            tell(NotificationKind::LimitReached, message);
        }
        Ok(())
    }
}

impl RuleSource for History {
    fn rules(&self) -> Vec<&'static Rule> {
        Vec::new()
    }

    fn check_artifact(&self, _artifact: &Artifact, _run: &mut Run<'_>) {}

    fn check_repository(&self, _part: usize, run: &mut Run<'_>) {
        if let Err(error) = self.check(run) {
            let message = format!("the history was not scanned: {error}");
            run.snapshot.notify(Notification::new(NotificationKind::GitUnknown, message));
        }
    }
}

/// A scan of blobs, by several threads.
struct BlobScan<'h> {
    history: &'h History,
    commits: &'h [Commit],
    blobs: &'h Blobs,
    /// Which were looked at, by their numbers.
    done: Vec<AtomicBool>,
    too_large: AtomicUsize,
    corrupt: AtomicUsize,
    /// The bytes that were decoded.
    spent: AtomicU64,
    secrets: Secrets,
    snapshot: &'h seaworthy_analysis::Snapshot,
    wanted: &'h (dyn Fn(&Rule, Option<&Artifact>) -> bool + Sync),
}

impl BlobScan<'_> {
    /// What is not to be scanned counts as done: what holds no text by its name, and
    /// what the settings leave out.
    fn leave_out(&self) {
        for (blob, done) in self.blobs.all().iter().zip(&self.done) {
            let path = self.blobs.path(blob);
            if !Detectors::reads(&path) || (self.history.excludes)(&path) {
                done.store(true, Ordering::Relaxed);
            }
        }
    }

    /// The blob of this id, if it is still to be scanned.
    fn open(&self, id: &ObjectId) -> Option<usize> {
        self.blobs.number(id).filter(|&number| !self.done[number].load(Ordering::Relaxed))
    }

    /// Scans what is in packs.
    fn packed(&self) {
        self.history.repository.read_packs(&Wanted {
            kind: Kind::Blob,
            is_wanted: &|id| self.open(id).is_some(),
            visit: &|id, bytes| {
                if let Some(number) = self.open(&id)
                    && !self.done[number].swap(true, Ordering::Relaxed)
                {
                    self.look(&self.blobs.all()[number], bytes);
                }
            },
            too_large: &|id| {
                if let Some(number) = self.open(&id)
                    && !self.done[number].swap(true, Ordering::Relaxed)
                {
                    self.too_large.fetch_add(1, Ordering::Relaxed);
                }
            },
            limit: MAX_BLOB_BYTES,
            spent: &self.spent,
            budget: MAX_BYTES,
        });
    }

    /// Scans what is not in packs, or in none that can be read. Returns how many
    /// blobs are not there.
    fn others(&self) -> usize {
        let open: Vec<&Blob> = self
            .blobs
            .all()
            .iter()
            .zip(&self.done)
            .filter_map(|(blob, done)| (!done.load(Ordering::Relaxed)).then_some(blob))
            .collect();
        open.par_chunks(64)
            .map(|blobs| {
                let repository = &self.history.repository;
                let Ok(reader) = repository.reader(MAX_BLOB_BYTES) else { return blobs.len() };
                let mut missing = 0;
                for blob in blobs {
                    let spent = self.spent.load(Ordering::Relaxed);
                    let read = reader.with(blob.id, Kind::Blob, |bytes| {
                        self.spent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                        if spent <= MAX_BYTES {
                            self.look(blob, bytes);
                        }
                        Some(())
                    });
                    missing += usize::from(read.is_err());
                }
                missing
            })
            .sum()
    }

    /// Scans one blob.
    fn look(&self, blob: &Blob, bytes: &[u8]) {
        let Some(text) = readable(bytes) else { return };
        let text = &*text;
        let path = self.blobs.path(blob);
        if !self.history.detectors.has_leak(&path, text) {
            return;
        }
        // A damaged pack can give bytes that were never committed. To hash what is not
        // reported would cost more than to scan it.
        if compute_hash(blob.id.kind(), Kind::Blob, bytes).ok() != Some(blob.id) {
            self.corrupt.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let commit = &self.commits[blob.commit as usize];
        let path = ArtifactPath::new(path);
        let hex = commit.id.to_string();
        let place = Place { order: blob.commit, commit: hex[..8].to_owned() };
        let state = match (self.history.repository.top(), commit.is_past) {
            // All of a bare repository is history.
            (None, _) => "",
            (Some(_), false) => " (not in the past of HEAD)",
            (Some(_), true) if self.snapshot.contains(path.as_str()) => " (changed since)",
            (Some(_), true) => " (deleted since)",
        };
        let about = format!(", in commit {} of {}{state}", place.commit, commit.authored);
        let mut run = Run { snapshot: self.snapshot, wanted: self.wanted, findings: Vec::new() };
        let passage = Passage::new(path, text, PassageStart::default());
        self.history.detectors.check_passage(&passage, text, GitStanding::Past, &about, &mut run);
        for finding in run.findings {
            self.secrets.add(finding, &place);
        }
    }
}
