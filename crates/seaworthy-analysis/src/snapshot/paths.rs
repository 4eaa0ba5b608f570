//! Which files a snapshot has.

use std::any::{Any, TypeId};
use std::sync::Arc;

use super::{Artifact, Snapshot};
use crate::document::DocumentKind;
use crate::reads;

impl Snapshot {
    /// Every file, sorted by path.
    #[must_use]
    #[track_caller]
    pub fn artifacts(&self) -> &[Artifact] {
        reads::ask_for_all();
        &self.shared.artifacts
    }

    /// The file at this path.
    #[must_use]
    #[track_caller]
    pub fn artifact(&self, path: &str) -> Option<&Artifact> {
        reads::ask(path);
        self.shared
            .artifacts
            .binary_search_by(|artifact| artifact.path.as_str().cmp(path))
            .ok()
            .map(|index| &self.shared.artifacts[index])
    }

    /// Whether the snapshot has a file at this path.
    #[must_use]
    #[track_caller]
    pub fn contains(&self, path: &str) -> bool {
        self.artifact(path).is_some()
    }

    /// Whether the snapshot has a file below this directory.
    #[must_use]
    pub fn contains_directory(&self, directory: &str) -> bool {
        !self.below(directory).is_empty()
    }

    /// The files below a directory (`""` is the root), sorted by path. Who does not say what
    /// it sees of programs passes over them.
    #[must_use]
    pub fn below(&self, directory: &str) -> &[Artifact] {
        let all = &self.shared.artifacts;
        if directory.is_empty() {
            return all;
        }
        let prefix = format!("{directory}/");
        let below = &all[all.partition_point(|it| it.path.as_str() < prefix.as_str())..];
        &below[..below.partition_point(|it| it.path.as_str().starts_with(&prefix))]
    }

    /// The files of a kind that a name tells, sorted by path.
    pub fn of_kind(&self, kind: DocumentKind) -> impl Iterator<Item = &Artifact> {
        let by_kind = &self.shared.around.by_kind;
        let first = by_kind.partition_point(|(other, _)| *other < kind);
        let documents = by_kind[first..].iter().take_while(move |(other, _)| *other == kind);
        documents.map(|(_, number)| &self.shared.artifacts[*number as usize])
    }

    /// The files that a predicate chooses by their paths, sorted by these. An editor looks
    /// through all of them but once, so the predicate must hold nothing that may change:
    /// it is a function, or a closure that captures nothing.
    pub fn chosen<F>(&self, by_path: F) -> Vec<&Artifact>
    where
        F: Fn(&Artifact) -> bool + 'static,
    {
        const { assert!(size_of::<F>() == 0, "a predicate captures nothing") };
        self.kept_choice(TypeId::of::<F>(), by_path)
    }

    /// The files of these names, sorted by path.
    #[must_use]
    pub fn named(&self, names: &'static [&'static str]) -> Vec<&Artifact> {
        self.kept_choice(names, |artifact| names.contains(&artifact.path().file_name()))
    }

    fn kept_choice<Q>(&self, question: Q, is: impl Fn(&Artifact) -> bool) -> Vec<&Artifact>
    where
        Q: Any + PartialEq + Send,
    {
        let artifacts = &self.shared.artifacts;
        let choose = || -> Arc<[u32]> {
            let chosen = artifacts.iter().filter(|it| is(it));
            chosen.inspect(|it| reads::ask(it.path.as_str())).map(Artifact::number).collect()
        };
        let numbers = self.answer(question, choose);
        numbers.iter().map(|number| &artifacts[*number as usize]).collect()
    }
}
