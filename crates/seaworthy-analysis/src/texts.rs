//! Files in memory, for tests.

use std::collections::HashMap;
use std::sync::Arc;

use seaworthy_model::{ArtifactPath, NotificationKind};

use crate::git_state::GitState;
use crate::options::Options;
use crate::snapshot::{ReadProblem, Snapshot, SourceText, TextSource};

/// Texts by their paths; no other file can be read.
pub(crate) struct Texts(HashMap<ArtifactPath, Arc<str>>);

impl Texts {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter();
        Self(files.map(|&(path, text)| (ArtifactPath::new(path), Arc::from(text))).collect())
    }
}

impl TextSource for Texts {
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        match self.0.get(path) {
            Some(text) => Ok(SourceText { text: Arc::clone(text), decoded: None }),
            None => {
                Err(ReadProblem { kind: NotificationKind::Unreadable, message: "gone".to_owned() })
            }
        }
    }
}

/// A snapshot of these files.
pub(crate) fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    snapshot_in(files, None)
}

/// A snapshot of these files, with what git knows of them.
pub(crate) fn snapshot_in(files: &[(&str, &str)], git: Option<GitState>) -> Snapshot {
    let paths = files.iter().map(|(path, _)| ArtifactPath::new(*path)).collect();
    Snapshot::new(paths, Arc::new(Texts::of(files)), git, Options::default())
}
