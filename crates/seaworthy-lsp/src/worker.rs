//! The thread of a root: it owns the workspace, and makes reports.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};
use seaworthy_engine::{Interrupted, ScanOptions, Workspace};
use seaworthy_model::ArtifactPath;

use crate::picture::{Picture, View};
use crate::roots::RootId;

/// What a root is asked to do.
pub(crate) struct Job {
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

/// What a root says.
pub(crate) enum Event {
    /// A report is there.
    Report { root: RootId, picture: Picture },
    /// There is no report of this state.
    Failed {
        root: RootId,
        revision: u64,
        reason: String,
        /// Whether the buffers are forgotten and have to be sent again.
        forgotten: bool,
    },
}

/// Does jobs until there will be no more.
pub(crate) fn run(
    root: RootId,
    options: &ScanOptions,
    jobs: &Receiver<Job>,
    events: &Sender<Event>,
) {
    let mut workspace = Workspace::new(options.clone());
    for job in jobs {
        for (path, text) in job.overlays {
            workspace.set_overlay(path, text);
        }
        if !job.disk.is_empty() {
            workspace.changed_on_disk(&job.disk);
        }
        if job.cancel.load(Ordering::Relaxed) {
            continue;
        }
        let (revision, cancel) = (job.revision, Arc::clone(&job.cancel));
        let view = job.view;
        let made = catch_unwind(AssertUnwindSafe(|| {
            let scan = workspace.report(&cancel)?;
            Ok(Picture::new(revision, job.versions, scan, &view))
        }));
        let event = match made {
            Ok(Ok(picture)) => Event::Report { root, picture },
            Ok(Err(Interrupted::Cancelled)) => continue,
            Ok(Err(Interrupted::Scan(error))) => {
                let reason = format!("cannot be scanned: {error}");
                Event::Failed { root, revision, reason, forgotten: false }
            }
            // What it was doing then is not to be trusted.
            Err(_) => {
                workspace = Workspace::new(options.clone());
                let reason = "internal error; the next change is looked at anew".to_owned();
                Event::Failed { root, revision, reason, forgotten: true }
            }
        };
        if events.send(event).is_err() {
            return;
        }
    }
}
