//! The roots of the editor's workspace: what is known of each, and what is asked of
//! its thread.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, unbounded};
use seaworthy_engine::{PluginOptions, ScanOptions};
use seaworthy_model::ArtifactPath;

use crate::picture::{Picture, View};
use crate::uri;
use crate::worker::{self, Event, Job, MendJob, ReportJob};

/// The identity of a root; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RootId(pub(crate) u64);

/// A directory that is understood as one repository, or a document that lies in none
/// and is judged by itself.
pub(crate) struct Root {
    pub(crate) id: RootId,
    /// As the client spells it, without a slash at its end.
    pub(crate) uri: String,
    pub(crate) path: PathBuf,
    /// The document, if it is judged by itself.
    pub(crate) alone: bool,
    /// Directories below that are roots of their own.
    pub(crate) inner: Vec<PathBuf>,
    /// Grows with every change.
    pub(crate) revision: u64,
    /// The last report.
    pub(crate) picture: Option<Arc<Picture>>,
    /// When the next report is to be begun.
    pub(crate) due: Option<Instant>,
    /// Buffers that the thread does not know yet.
    pub(crate) stale: BTreeSet<ArtifactPath>,
    /// Files that changed on disk since the last job.
    pub(crate) disk: BTreeSet<ArtifactPath>,
    jobs: Sender<Job>,
    /// Of the job that was sent last.
    cancel: Arc<AtomicBool>,
    sent: u64,
    /// How many jobs were sent.
    pub(crate) count: u64,
}

impl Root {
    /// Starts the thread of a root.
    pub(crate) fn start(
        id: RootId,
        uri: &str,
        path: PathBuf,
        alone: bool,
        plugins: Option<&PluginOptions>,
        events: Sender<Event>,
    ) -> std::io::Result<Self> {
        let mut options = ScanOptions::new(path.clone());
        options.alone = alone;
        match plugins {
            Some(plugins) => options.plugins = plugins.clone(),
            None => options.plugins.off = true,
        }
        let (jobs, received) = unbounded();
        std::thread::Builder::new()
            .name("root".to_owned())
            .spawn(move || worker::run(id, &options, &received, &events))?;
        Ok(Self {
            id,
            uri: uri.trim_end_matches('/').to_owned(),
            path,
            alone,
            inner: Vec::new(),
            revision: 1,
            picture: None,
            due: Some(Instant::now()),
            stale: BTreeSet::new(),
            disk: BTreeSet::new(),
            jobs,
            cancel: Arc::default(),
            sent: 0,
            count: 0,
        })
    }

    /// The path of a file in this root, if it belongs to it.
    pub(crate) fn relative(&self, path: &Path) -> Option<ArtifactPath> {
        if self.inner.iter().any(|inner| path.starts_with(inner)) {
            return None;
        }
        uri::relative(&self.path, path)
    }

    /// Whether the root, and not one within it, speaks for a file.
    pub(crate) fn owns(&self, artifact: &ArtifactPath) -> bool {
        self.inner.is_empty() || {
            let path = self.path.join(artifact.as_str());
            !self.inner.iter().any(|inner| path.starts_with(inner))
        }
    }

    /// Something changed: the report that is being made is stale, and a new one is to
    /// be begun when nothing has changed for a while.
    pub(crate) fn changed(&mut self, wait: Duration) {
        self.revision += 1;
        // A first look takes longest, and without it nothing is ever shown to someone
        // who keeps typing.
        if self.picture.is_some() || self.count > 1 {
            self.cancel.store(true, Ordering::Relaxed);
        }
        self.due = Some(Instant::now() + wait);
    }

    /// A report is wanted now, unless it is there or on its way.
    pub(crate) fn hurry(&mut self) {
        if !self.is_fresh() && self.sent < self.revision {
            self.due = Some(Instant::now());
        }
    }

    /// Whether the last report shows the present state.
    pub(crate) fn is_fresh(&self) -> bool {
        self.picture.as_ref().is_some_and(|picture| picture.revision == self.revision)
    }

    /// Asks for a report.
    pub(crate) fn send(
        &mut self,
        overlays: Vec<(ArtifactPath, Option<String>)>,
        versions: HashMap<ArtifactPath, i32>,
        view: View,
    ) {
        self.due = None;
        self.sent = self.revision;
        self.count += 1;
        self.cancel = Arc::default();
        let job = ReportJob {
            revision: self.revision,
            overlays,
            disk: std::mem::take(&mut self.disk).into_iter().collect(),
            versions,
            view,
            cancel: Arc::clone(&self.cancel),
        };
        // Its thread ends only after the root.
        let _ = self.jobs.send(Job::Report(job));
    }

    /// Asks for a document to be fixed, whose buffer has this text if it is open. The
    /// thread must know the present state.
    pub(crate) fn mend(
        &mut self,
        ticket: u64,
        artifact: ArtifactPath,
        text: Option<String>,
        risky: bool,
    ) {
        // The change that makes the answer useless cancels it.
        let cancel = Arc::clone(&self.cancel);
        let job = MendJob { ticket, artifact, text, risky, cancel };
        let _ = self.jobs.send(Job::Mend(job));
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}
