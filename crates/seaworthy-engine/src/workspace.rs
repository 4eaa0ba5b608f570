//! A repository that is looked at again and again: what an editor works with.
//!
//! The first report costs a scan. After that, what looked at no file that changed is
//! not judged again: every piece of work is recorded with the files that it looked at
//! ([`seaworthy_analysis::reads`]), and keeps its findings as long as these stay as they
//! are. What all reports have in common with a scan is the same code, so a report is
//! what a scan of the same texts would say.
//!
//! Paths that come and go, settings, and what git ignores decide about everything:
//! where they change, the repository is scanned anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use seaworthy_analysis::reads::{Reads, recorded};
use seaworthy_analysis::{Difference, Snapshot, roles};
use seaworthy_model::{ArtifactPath, Finding};

use crate::judge::{Judge, STRETCH};
use crate::prepare::Prepared;
use crate::scan::{Scan, ScanError, ScanOptions};
use crate::source::Overlay;

/// A repository with an editor's buffers laid over its files.
pub struct Workspace {
    options: ScanOptions,
    buffers: BTreeMap<ArtifactPath, Arc<str>>,
    known: Option<Known>,
}

/// Why a report was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum Interrupted {
    /// Somebody wanted it no longer.
    #[error("cancelled")]
    Cancelled,
    /// The repository cannot be scanned.
    #[error(transparent)]
    Scan(#[from] ScanError),
}

/// What is known of a repository that was prepared.
struct Known {
    prepared: Prepared,
    root: PathBuf,
    /// Files that only a buffer makes exist.
    unsaved: BTreeSet<ArtifactPath>,
    /// The repository as it was when it was last judged, in whole or in part.
    snapshot: Snapshot,
    /// The numbers of the files whose texts changed since.
    changed: BTreeSet<u32>,
    results: HashMap<Work, Outcome>,
    /// What has to be done, or done again.
    todo: Vec<Work>,
    report: Option<Arc<Scan>>,
}

/// A piece of work that is done by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Work {
    /// A part of a source, over the repository.
    Repository(usize, usize),
    /// A file as what it is, by its number.
    Document(u32),
    /// The text of a file, by its number.
    Text(u32),
}

/// What came of a piece of work. Nothing is kept of those that only looked at their own
/// file and found nothing.
struct Outcome {
    findings: Vec<Finding>,
    reads: Reads,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("root", &self.options.root).finish_non_exhaustive()
    }
}

impl Workspace {
    /// A repository that is to be scanned by these options; their overlays are taken
    /// for buffers. Nothing is read yet.
    #[must_use]
    pub fn new(mut options: ScanOptions) -> Self {
        let buffers = std::mem::take(&mut options.overlays);
        let buffers = buffers.into_iter().map(|(path, text)| (path, Arc::from(text))).collect();
        Self { options, buffers, known: None }
    }

    /// Lays a text over a file, which need not exist, or takes it away. The next report
    /// sees it.
    pub fn set_overlay(&mut self, path: ArtifactPath, text: Option<String>) {
        if is_passed_over(&path) {
            return;
        }
        let is_gone = text.is_none();
        match text {
            Some(text) => drop(self.buffers.insert(path.clone(), Arc::from(text))),
            None if self.buffers.remove(&path).is_none() => return,
            None => {}
        }
        let Some(known) = &mut self.known else { return };
        let vanishes = is_gone && known.unsaved.contains(&path);
        if vanishes || !known.change(&path) {
            self.known = None;
        }
    }

    /// Says that files changed, appeared or vanished on disk.
    pub fn changed_on_disk(&mut self, paths: &[ArtifactPath]) {
        for path in paths {
            let Some(known) = &mut self.known else { return };
            // A buffer hides what is on disk.
            if self.buffers.contains_key(path) && !known.unsaved.contains(path) {
                continue;
            }
            if !known.changed_on_disk(path) {
                self.known = None;
            }
        }
    }

    /// The report on the repository as it is now.
    ///
    /// # Errors
    /// When `cancel` was set meanwhile, or as [`scan`](crate::scan) says. What was done
    /// until then is not lost: the next report goes on from there.
    pub fn report(&mut self, cancel: &AtomicBool) -> Result<Arc<Scan>, Interrupted> {
        let known = match &mut self.known {
            Some(known) => known,
            None => {
                let buffers = self.buffers.iter();
                let overlays = buffers.map(|(path, text)| (path.clone(), text.to_string()));
                let options = ScanOptions { overlays: overlays.collect(), ..self.options.clone() };
                self.known.insert(Known::new(&options)?)
            }
        };
        if let Some(report) = &known.report {
            return Ok(Arc::clone(report));
        }
        known.take_changes(&self.buffers, self.options.max_file_size);
        known.work(cancel)?;
        Ok(known.finish())
    }
}

impl Known {
    fn new(options: &ScanOptions) -> Result<Self, ScanError> {
        let mut prepared = Prepared::new(options)?;
        // Edits come, and nobody knows yet which.
        prepared.difference = prepared.difference.map(|_| Difference::of_anything());
        let snapshot = prepared.snapshot.clone();
        let root = options.root.canonicalize().unwrap_or_else(|_| options.root.clone());
        let is_unsaved =
            |path: &&ArtifactPath| root.join(path.as_str()).symlink_metadata().is_err();
        let buffers = options.overlays.iter().map(|(path, _)| path);
        let unsaved = buffers.filter(is_unsaved).cloned().collect();
        let parts = prepared.judge(&snapshot).repository_parts();
        let over_all = parts.into_iter().map(|(source, part)| Work::Repository(source, part));
        let numbers = snapshot.artifacts().iter().map(|artifact| artifact.number());
        let of_files = numbers.flat_map(|number| [Work::Document(number), Work::Text(number)]);
        let todo = over_all.chain(of_files).collect();
        Ok(Self {
            prepared,
            root,
            unsaved,
            snapshot,
            changed: BTreeSet::new(),
            results: HashMap::new(),
            todo,
            report: None,
        })
    }

    /// Notes that the text of a file changed. `false` when everything has to be
    /// prepared anew.
    fn change(&mut self, path: &ArtifactPath) -> bool {
        let Some(artifact) = self.snapshot.artifact(path.as_str()) else { return false };
        self.changed.insert(artifact.number());
        self.report = None;
        !self.prepared.decisive.contains(path)
    }

    /// As [`Known::change`], for a file that may have appeared or vanished.
    fn changed_on_disk(&mut self, path: &ArtifactPath) -> bool {
        let is_there =
            self.root.join(path.as_str()).symlink_metadata().is_ok_and(|found| !found.is_dir());
        match self.snapshot.contains(path.as_str()) {
            true => is_there && !self.unsaved.contains(path) && self.change(path),
            // What came and went meanwhile is no news.
            false => {
                is_passed_over(path)
                    || !is_there && !self.snapshot.contains_directory(path.as_str())
            }
        }
    }

    /// Makes a snapshot with the texts that changed, and finds out what has to be done
    /// again.
    fn take_changes(&mut self, buffers: &BTreeMap<ArtifactPath, Arc<str>>, limit: u64) {
        if self.changed.is_empty() {
            return;
        }
        let changed = std::mem::take(&mut self.changed);
        let saw =
            |outcome: &Outcome| outcome.reads.files.iter().any(|number| changed.contains(number));
        let shared_saw = self.results.values().any(|o| o.reads.shared && saw(o));
        let mut again: BTreeSet<Work> = self
            .results
            .iter()
            .filter(|(_, outcome)| (outcome.reads.shared && shared_saw) || saw(outcome))
            .map(|(work, _)| *work)
            .collect();
        again.extend(
            changed.iter().flat_map(|number| [Work::Text(*number), Work::Document(*number)]),
        );
        again.extend(self.todo.drain(..));
        self.todo = again.into_iter().collect();

        let texts = buffers.iter().map(|(path, text)| (path.clone(), Arc::clone(text))).collect();
        let below = Arc::clone(&self.prepared.below);
        let source = Arc::new(Overlay { texts, below, limit });
        let changed: Vec<u32> = changed.into_iter().collect();
        self.snapshot = self.snapshot.changed(source, &changed, !shared_saw);
    }

    /// Does what is to be done, in parallel, until somebody cancels.
    fn work(&mut self, cancel: &AtomicBool) -> Result<(), Interrupted> {
        let judge = self.prepared.judge(&self.snapshot);
        for work in &self.todo {
            if let Work::Text(number) = work {
                judge.forget(self.snapshot.artifacts()[*number as usize].path());
            }
        }
        let done = self.todo.par_iter().with_max_len(STRETCH).map(|work| {
            let is_wanted = !cancel.load(Ordering::Relaxed);
            is_wanted.then(|| recorded(|| work.run(judge)))
        });
        let done: Vec<Option<(Vec<Finding>, Reads)>> = done.collect();
        let mut left = Vec::new();
        for (work, done) in std::mem::take(&mut self.todo).into_iter().zip(done) {
            match done {
                None => left.push(work),
                Some((findings, reads)) => {
                    let outcome = Outcome { findings, reads };
                    match outcome.is_worth_keeping(work) {
                        true => drop(self.results.insert(work, outcome)),
                        false => drop(self.results.remove(&work)),
                    }
                }
            }
        }
        self.todo = left;
        if self.todo.is_empty() { Ok(()) } else { Err(Interrupted::Cancelled) }
    }

    /// Makes a report of all results.
    fn finish(&mut self) -> Arc<Scan> {
        let judge = self.prepared.judge(&self.snapshot);
        let mut findings = judge.conclusion();
        for outcome in self.results.values() {
            findings.extend(outcome.findings.iter().cloned());
            for notification in &outcome.reads.notifications {
                self.snapshot.notify(notification.clone());
            }
        }
        let (report, baseline) = self.prepared.report(&self.snapshot, findings);
        let scan = Arc::new(Scan { report, snapshot: self.snapshot.clone(), baseline });
        Arc::clone(self.report.insert(scan))
    }
}

impl Outcome {
    /// Whether there is more to know of it than that a file was looked at by itself.
    fn is_worth_keeping(&self, work: Work) -> bool {
        let own = match work {
            Work::Repository(..) => return true,
            Work::Document(number) | Work::Text(number) => number,
        };
        self.reads.shared
            || !self.findings.is_empty()
            || !self.reads.notifications.is_empty()
            || self.reads.files.iter().any(|number| *number != own)
    }
}

/// Whether nothing of a path is ever looked at: it lies in a vendored tree, or is git's
/// own and says nothing of what is tracked.
fn is_passed_over(path: &ArtifactPath) -> bool {
    let path = path.as_str();
    match path.strip_prefix(".git/") {
        Some(own) => !matches!(own, "index" | "HEAD" | "config" | "info/exclude"),
        None => path.split('/').any(roles::is_vendored_directory),
    }
}

impl Work {
    fn run(self, judge: Judge<'_>) -> Vec<Finding> {
        let artifact = |number: u32| &judge.snapshot.artifacts()[number as usize];
        match self {
            Self::Text(number) => judge.text(artifact(number)),
            Self::Document(number) => judge.document(artifact(number)),
            Self::Repository(source, part) => judge.repository(source, part),
        }
    }
}
