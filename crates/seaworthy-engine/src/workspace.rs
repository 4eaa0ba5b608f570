//! A repository that is looked at again and again: what an editor works with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use seaworthy_model::ArtifactPath;

use crate::scan::{Scan, ScanError, ScanOptions, scan};

/// A repository with an editor's buffers laid over its files.
#[derive(Debug)]
pub struct Workspace {
    options: ScanOptions,
    buffers: BTreeMap<ArtifactPath, String>,
    current: Option<Arc<Scan>>,
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

impl Workspace {
    /// A repository that is to be scanned by these options; their overlays are taken
    /// for buffers. Nothing is read yet.
    #[must_use]
    pub fn new(mut options: ScanOptions) -> Self {
        let buffers = std::mem::take(&mut options.overlays).into_iter().collect();
        Self { options, buffers, current: None }
    }

    /// Lays a text over a file, which need not exist, or takes it away. The next report
    /// sees it.
    pub fn set_overlay(&mut self, path: ArtifactPath, text: Option<String>) {
        match text {
            Some(text) => drop(self.buffers.insert(path, text)),
            None => drop(self.buffers.remove(&path)),
        }
        self.current = None;
    }

    /// Says that files changed, appeared or vanished on disk.
    pub fn changed_on_disk(&mut self, _paths: &[ArtifactPath]) {
        self.current = None;
    }

    /// The report on the repository as it is now.
    ///
    /// # Errors
    /// When `cancel` was set meanwhile, or as [`scan`] says.
    pub fn report(&mut self, cancel: &AtomicBool) -> Result<Arc<Scan>, Interrupted> {
        if let Some(current) = &self.current {
            return Ok(Arc::clone(current));
        }
        let buffers = self.buffers.iter().map(|(path, text)| (path.clone(), text.clone()));
        let options = ScanOptions { overlays: buffers.collect(), ..self.options.clone() };
        let scan = Arc::new(scan(&options)?);
        if cancel.load(Ordering::Relaxed) {
            return Err(Interrupted::Cancelled);
        }
        Ok(Arc::clone(self.current.insert(scan)))
    }
}
