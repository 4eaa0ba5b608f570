//! Snapshots of texts in memory, for tests.

use std::collections::HashMap;
use std::sync::Arc;

use seaworthy_analysis::{
    Artifact, GitState, Options, ReadProblem, Snapshot, SourceText, TextSource,
};
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_model::{ArtifactPath, NotificationKind};

struct Texts(HashMap<ArtifactPath, Arc<str>>);

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

fn of(files: &[(&str, &str)], git: Option<GitState>) -> Snapshot {
    let texts: HashMap<ArtifactPath, Arc<str>> =
        files.iter().map(|(path, text)| (ArtifactPath::new(*path), Arc::from(*text))).collect();
    Snapshot::new(texts.keys().cloned().collect(), Arc::new(Texts(texts)), git, Options::default())
}

/// A snapshot of these files, without git.
pub(super) fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    of(files, None)
}

/// A snapshot of these files in a repository that tracks some.
pub(super) fn repository(files: &[(&str, &str)], tracked: &[&str]) -> Snapshot {
    let mut rules = IgnoreRules::new(false);
    for (path, text) in files {
        let artifact = ArtifactPath::new(*path);
        if artifact.file_name() == ".gitignore" {
            rules.add(IgnoreSource::File { artifact }, Arc::from(*text));
        }
    }
    let tracked = tracked.iter().map(ArtifactPath::new).collect();
    of(files, Some(GitState::new(tracked, rules)))
}

/// The file at a path.
pub(super) fn file<'s>(snapshot: &'s Snapshot, path: &str) -> &'s Artifact {
    snapshot.artifact(path).expect("the sample has the file")
}
