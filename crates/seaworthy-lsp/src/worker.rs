//! The thread of a root: it owns the workspace, and makes reports.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};
use seaworthy_engine::{Interrupted, ScanOptions, Workspace, fixes};
use seaworthy_model::{Applicability, ArtifactPath};

use crate::actions::fixable;
use crate::mend::Mended;
use crate::picture::{Picture, View};
use crate::roots::RootId;

/// What a root is asked to do.
pub(crate) enum Job {
    Report(ReportJob),
    Mend(MendJob),
}

/// To report on the root after changes.
pub(crate) struct ReportJob {
    /// The state of the root after the changes.
    pub(crate) revision: u64,
    /// The buffers that changed; none where one was closed.
    pub(crate) overlays: Vec<(ArtifactPath, Option<String>)>,
    /// What changed on disk.
    pub(crate) disk: Vec<ArtifactPath>,
    /// The versions of all open buffers.
    pub(crate) versions: HashMap<ArtifactPath, i32>,
    pub(crate) view: View,
    /// Set when nobody wants the report any more. The changes count all the same.
    pub(crate) cancel: Arc<AtomicBool>,
}

/// To fix all of a document.
pub(crate) struct MendJob {
    pub(crate) ticket: u64,
    pub(crate) artifact: ArtifactPath,
    /// The text of its buffer, if it is open.
    pub(crate) text: Option<String>,
    /// Whether to fix what may change behaviour, too.
    pub(crate) risky: bool,
    pub(crate) cancel: Arc<AtomicBool>,
}

/// What a root says.
pub(crate) enum Event {
    /// A report is there.
    Report { root: RootId, picture: Picture },
    /// A document was fixed, if it could be.
    Mended { ticket: u64, mended: Option<Mended> },
    /// There is no report of this state.
    Failed {
        root: RootId,
        revision: u64,
        reason: String,
        /// Whether the buffers are forgotten and have to be sent again.
        forgotten: bool,
    },
}

/// A fix that makes room for another takes a round each; more rounds than this means
/// that two fixes undo each other.
const MOST_ROUNDS: usize = 20;

/// Does jobs until there will be no more.
pub(crate) fn run(
    root: RootId,
    options: &ScanOptions,
    jobs: &Receiver<Job>,
    events: &Sender<Event>,
) {
    let mut workspace = Workspace::new(options.clone());
    for job in jobs {
        // What a workspace was doing when it failed is not to be trusted.
        let done = catch_unwind(AssertUnwindSafe(|| match &job {
            Job::Report(job) => report(&mut workspace, root, job),
            Job::Mend(job) => {
                let mended = mend(&mut workspace, job);
                Some(Event::Mended { ticket: job.ticket, mended })
            }
        }));
        let event = done.unwrap_or_else(|_| {
            workspace = Workspace::new(options.clone());
            match &job {
                Job::Report(job) => {
                    let reason = "internal error; the next change is looked at anew".to_owned();
                    let revision = job.revision;
                    Some(Event::Failed { root, revision, reason, forgotten: true })
                }
                Job::Mend(job) => Some(Event::Mended { ticket: job.ticket, mended: None }),
            }
        });
        if event.is_some_and(|event| events.send(event).is_err()) {
            return;
        }
    }
}

fn report(workspace: &mut Workspace, root: RootId, job: &ReportJob) -> Option<Event> {
    for (path, text) in &job.overlays {
        workspace.set_overlay(path.clone(), text.clone());
    }
    if !job.disk.is_empty() {
        workspace.changed_on_disk(&job.disk);
    }
    if job.cancel.load(Ordering::Relaxed) {
        return None;
    }
    match workspace.report(&job.cancel) {
        Ok(scan) => {
            let picture = Picture::new(job.revision, job.versions.clone(), scan, &job.view);
            Some(Event::Report { root, picture })
        }
        Err(Interrupted::Cancelled) => None,
        Err(Interrupted::Scan(error)) => {
            let reason = format!("cannot be scanned: {error}");
            Some(Event::Failed { root, revision: job.revision, reason, forgotten: false })
        }
    }
}

/// Fixes a document as if its buffer changed, and puts the buffer back.
fn mend(workspace: &mut Workspace, job: &MendJob) -> Option<Mended> {
    let mut mended: Option<Mended> = None;
    for _ in 0..MOST_ROUNDS {
        let Ok(scan) = workspace.report(&job.cancel) else {
            mended = None;
            break;
        };
        let findings = fixable(&scan, &job.artifact, job.risky);
        let up_to = if job.risky { Applicability::Unsafe } else { Applicability::Safe };
        let planned = fixes::plan(&findings, &scan.snapshot, up_to);
        let Some(edit) = planned.into_iter().find(|edit| edit.artifact == job.artifact) else {
            break;
        };
        workspace.set_overlay(job.artifact.clone(), Some(edit.after.clone()));
        match &mut mended {
            Some(mended) => mended.after = edit.after,
            None => mended = Some(Mended { before: edit.before, after: edit.after }),
        }
    }
    workspace.set_overlay(job.artifact.clone(), job.text.clone());
    mended
}
