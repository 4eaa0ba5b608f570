//! An earlier state as a snapshot: the present one with the former texts laid over it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use seaworthy_analysis::{GitState, ReadProblem, SourceText, TextSource, roles};
use seaworthy_formats::gitignore::IgnoreRules;
use seaworthy_model::ArtifactPath;

use super::Changes;
use crate::gather::Files;
use crate::source::Index;

/// Former texts over present ones.
struct Former {
    blobs: Index,
    present: Arc<dyn TextSource>,
}

impl TextSource for Former {
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        match self.blobs.has(path) {
            true => self.blobs.read(path),
            false => self.present.read(path),
        }
    }

    fn read_bytes(
        &self,
        path: &ArtifactPath,
        from: u64,
        most: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<Result<(), ReadProblem>> {
        match self.blobs.has(path) {
            true => None,
            false => self.present.read_bytes(path, from, most, buffer),
        }
    }

    fn read_whole(&self, path: &ArtifactPath, most: usize) -> Option<Result<Vec<u8>, ReadProblem>> {
        match self.blobs.has(path) {
            true => self.blobs.read_whole(path, most),
            false => self.present.read_whole(path, most),
        }
    }
}

impl Changes {
    /// The files of an earlier state.
    pub(crate) fn files_of(
        &self,
        number: usize,
        present: &[ArtifactPath],
        source: &Arc<dyn TextSource>,
    ) -> Files {
        let base = &self.bases[number];
        let mut blobs: BTreeMap<ArtifactPath, _> = BTreeMap::new();
        for was in base.changed.values().flatten() {
            blobs.insert(ArtifactPath::new(&was.path), was.blob);
        }
        for (path, blob) in &base.gone {
            if !path.split('/').any(roles::is_vendored_directory) {
                blobs.insert(ArtifactPath::new(path), *blob);
            }
        }
        let stays = |path: &&ArtifactPath| !matches!(base.changed.get(path.as_str()), Some(was) if was.as_ref().is_none_or(|was| was.path != path.as_str()));
        let mut paths: Vec<ArtifactPath> = present.iter().filter(stays).cloned().collect();
        paths.extend(blobs.keys().cloned());
        paths.sort_unstable();
        paths.dedup();
        let blobs = blobs.into_iter().collect();
        let blobs = Index { blobs, repository: Arc::clone(&self.repository), limit: self.limit };
        let source = Former { blobs, present: Arc::clone(source) };
        Files::given(paths, Arc::new(source))
    }

    /// The tracked paths of an earlier state.
    pub(crate) fn tracked_in(&self, number: usize, git: &GitState) -> Vec<ArtifactPath> {
        let base = &self.bases[number];
        let added: HashSet<&str> = base
            .changed
            .iter()
            .filter(|(path, was)| was.as_ref().is_none_or(|was| was.path != **path))
            .map(|(path, _)| path.as_str())
            .collect();
        let kept = git.tracked().filter(|path| !added.contains(path)).map(ArtifactPath::new);
        kept.chain(base.gone.keys().map(ArtifactPath::new)).collect()
    }

    /// The files of an earlier state that the next commit would change, for those who
    /// ask where a file stands.
    pub(crate) fn paths_in(&self, number: usize) -> Vec<String> {
        let was = self.bases[number].changed.values().flatten();
        was.map(|was| was.path.clone()).collect()
    }

    /// The ignore rules from outside the audited root, which no state changes.
    pub(crate) fn outer_rules(&self) -> Option<IgnoreRules> {
        self.repository.outer_ignore_rules().ok()
    }
}
