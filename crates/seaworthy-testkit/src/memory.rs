//! A snapshot over texts in memory.

use std::collections::HashMap;
use std::sync::Arc;

use seaworthy_analysis::{GitState, Options, ReadProblem, Snapshot, SourceText, TextSource};
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_model::{ArtifactPath, NotificationKind};

use crate::fixture::Fixture;

struct Memory(HashMap<ArtifactPath, Arc<str>>);

impl TextSource for Memory {
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        match self.0.get(path) {
            Some(text) => Ok(SourceText { text: Arc::clone(text), decoded: None }),
            None => Err(ReadProblem {
                kind: NotificationKind::Unreadable,
                message: "no such file".to_owned(),
            }),
        }
    }
}

/// The fixture as a snapshot; with `git`, its tracked files form the index and
/// its `.gitignore` files the rules.
#[must_use]
pub fn snapshot(fixture: &Fixture, git: bool, options: Options) -> Snapshot {
    let texts: HashMap<ArtifactPath, Arc<str>> = fixture
        .files
        .iter()
        .filter(|file| file.exists())
        .map(|file| (ArtifactPath::new(&file.path), Arc::from(file.text.as_str())))
        .collect();
    let state = git.then(|| {
        let mut rules = IgnoreRules::new(false);
        for (path, text) in &texts {
            if path.file_name() == ".gitignore" {
                rules.add(IgnoreSource::File { artifact: path.clone() }, Arc::clone(text));
            }
        }
        let tracked = fixture
            .files
            .iter()
            .filter(|f| f.tracked && f.exists())
            .map(|f| ArtifactPath::new(&f.path))
            .collect();
        GitState::new(tracked, rules)
    });
    Snapshot::new(texts.keys().cloned().collect(), Arc::new(Memory(texts)), state, options)
}
