//! Questions about the whole scan.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use memchr::memmem;
use seaworthy_analysis::{Piece, PieceSizes, Snapshot};
use seaworthy_formats::gitignore::IgnoreSource;
use wasmtime::component::Resource;

use super::answer::Answer;
use super::{DocumentHandle, StackHandle, definitions, kinds, region, stacks_of};
use crate::bindings::seaworthy::plugin::documents::{Definition, Origin};
use crate::bindings::seaworthy::plugin::repo as wit;
use crate::glob::Globs;
use crate::runtime::State;

/// The shortest literal that files are searched for.
const SHORTEST: usize = 3;

/// The longest one; a longer one would be cut where large files are.
const LONGEST: usize = 64 << 10;

/// How many answers are remembered; who asks more is answered anew.
const REMEMBERED: usize = 1_000;

/// Files by a question, as places among the snapshot's.
type Answers = Mutex<HashMap<String, Arc<Vec<u32>>>>;

/// Answers that cost a walk over all files, so that a plugin may ask again.
#[derive(Default)]
struct Known {
    globs: Answers,
    literals: Answers,
}

fn remembered(answers: &Answers, question: &str, work: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
    let locked = || answers.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = locked().get(question) {
        return Arc::clone(known);
    }
    // Worked out without the lock, so that nobody waits for a slow file.
    let found = Arc::new(work());
    let mut answers = locked();
    if answers.len() < REMEMBERED {
        answers.insert(question.to_owned(), Arc::clone(&found));
    }
    found
}

/// The places of files that are wanted.
fn places(snapshot: &Snapshot, wanted: impl Fn(usize) -> bool) -> Vec<u32> {
    let all = 0..snapshot.artifacts().len();
    all.filter(|&index| wanted(index)).filter_map(|index| u32::try_from(index).ok()).collect()
}

/// The paths that match a pattern.
fn find(snapshot: &Snapshot, glob: &str) -> Answer<String> {
    let known = snapshot.kept::<Known>();
    let found = remembered(&known.globs, glob, || match Globs::new([glob]) {
        Ok(pattern) => {
            places(snapshot, |index| pattern.matches(snapshot.artifacts()[index].path().as_str()))
        }
        Err(_) => Vec::new(),
    });
    paths(snapshot, found.iter().copied())
}

/// The paths of a kind.
fn of_kind(snapshot: &Snapshot, kind: &str) -> Answer<String> {
    let found =
        places(snapshot, |index| kinds::is_of_kind(snapshot, &snapshot.artifacts()[index], kind));
    paths(snapshot, found.into_iter())
}

/// The paths of files whose text contains a literal. Large files are looked at
/// piece by piece and not kept.
fn containing(snapshot: &Snapshot, literal: &str) -> Answer<String> {
    if !(SHORTEST..=LONGEST).contains(&literal.len()) {
        return Answer::new();
    }
    let known = snapshot.kept::<Known>();
    let found = remembered(&known.literals, literal, || {
        let finder = memmem::Finder::new(literal);
        let mut buffer = Vec::new();
        let mut found = Vec::new();
        for (index, artifact) in snapshot.artifacts().iter().enumerate() {
            let mut contains = false;
            let look = |piece: &Piece<'_>| {
                contains = contains || finder.find(piece.text.as_bytes()).is_some();
            };
            snapshot.with_pieces(artifact, PieceSizes::DEFAULT, &mut buffer, look);
            if contains {
                found.extend(u32::try_from(index));
            }
        }
        found
    });
    paths(snapshot, found.iter().copied())
}

fn paths(snapshot: &Snapshot, places: impl Iterator<Item = u32>) -> Answer<String> {
    let paths = places.map(|index| snapshot.artifacts()[index as usize].path().as_str().to_owned());
    Answer::filled(paths, String::len)
}

/// Whether git's rules ignore a path; `None` where it cannot be known.
pub(super) fn is_ignored(snapshot: &Snapshot, path: &str) -> Option<bool> {
    let verdict = snapshot.git()?.verdict(path, false);
    (!verdict.undecided).then_some(verdict.ignored)
}

/// The line of an ignore file of the scan that decides about a path.
fn ignored_by(snapshot: &Snapshot, path: &str) -> Option<Origin> {
    let decision = snapshot.git()?.verdict(path, false).decided_by?;
    let IgnoreSource::File { artifact } = decision.source else { return None };
    Some(Origin {
        path: artifact.as_str().to_owned(),
        region: region(decision.region),
        used_at: None,
    })
}

/// The directories with a `package.json`.
fn packages(snapshot: &Snapshot) -> Answer<wit::WorkspacePackage> {
    let packages = snapshot.joined().packages().all().iter();
    let packages = packages.map(|package| wit::WorkspacePackage {
        directory: package.directory.clone(),
        manifest: package.manifest.as_str().to_owned(),
        name: package.name.clone(),
        workspace_root: package.workspace_root.clone(),
    });
    Answer::filled(packages, |package| {
        let optional = [&package.name, &package.workspace_root];
        let optional = optional.into_iter().flatten().map(String::len).sum::<usize>();
        package.directory.len() + package.manifest.len() + optional
    })
}

impl wit::Host for State {
    fn find(&mut self, glob: String) -> wasmtime::Result<Vec<String>> {
        self.at_our_expense(|snapshot| {
            find(snapshot, &glob).told(snapshot, None, "paths that match a pattern")
        })
    }

    fn of_kind(&mut self, kind: String) -> wasmtime::Result<Vec<String>> {
        self.at_our_expense(|snapshot| {
            of_kind(snapshot, &kind).told(snapshot, None, "paths of a kind")
        })
    }

    fn containing(&mut self, literal: String) -> wasmtime::Result<Vec<String>> {
        self.at_our_expense(|snapshot| {
            containing(snapshot, &literal).told(snapshot, None, "files that contain a text")
        })
    }

    fn exists(&mut self, path: String) -> wasmtime::Result<bool> {
        Ok(self.snapshot()?.contains(&path))
    }

    fn open(&mut self, path: String) -> wasmtime::Result<Option<Resource<DocumentHandle>>> {
        let snapshot = self.snapshot()?;
        let readable = |index: &usize| snapshot.text(&snapshot.artifacts()[*index]).is_some();
        let found = snapshot
            .artifacts()
            .binary_search_by(|artifact| artifact.path().as_str().cmp(&path))
            .ok()
            .filter(readable);
        found.map(|index| self.push_document(DocumentHandle(index))).transpose()
    }

    fn is_tracked(&mut self, path: String) -> wasmtime::Result<Option<bool>> {
        Ok(self.snapshot()?.git().map(|git| git.is_tracked(&path)))
    }

    fn is_ignored(&mut self, path: String) -> wasmtime::Result<Option<bool>> {
        Ok(is_ignored(&self.snapshot()?, &path))
    }

    fn ignored_by(&mut self, path: String) -> wasmtime::Result<Option<Origin>> {
        Ok(ignored_by(&self.snapshot()?, &path))
    }

    fn definitions(&mut self, name: Option<String>) -> wasmtime::Result<Vec<Definition>> {
        let snapshot = self.joined_snapshot()?;
        let found = definitions::of_name(&snapshot, name.as_deref());
        Ok(found.told(&snapshot, None, "definitions"))
    }

    fn stacks(&mut self) -> wasmtime::Result<Vec<Resource<StackHandle>>> {
        stacks_of(self, None)
    }

    fn packages(&mut self) -> wasmtime::Result<Vec<wit::WorkspacePackage>> {
        let snapshot = self.joined_snapshot()?;
        Ok(packages(&snapshot).told(&snapshot, None, "packages with a manifest"))
    }

    fn project_names(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(self.joined_snapshot()?.joined().project_names().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::{repository, snapshot};

    const FILES: &[(&str, &str)] = &[
        (".env", "A=1\n"),
        (".gitignore", "*.log\n!kept.log\n"),
        ("api/package.json", r#"{"name": "api"}"#),
        ("compose.yml", "services: { a: { image: x } }\n"),
        ("db/init.sql", "create table t ();\n"),
        ("dev.yml", "on: push\n"),
        ("package.json", r#"{"workspaces": ["api"]}"#),
    ];

    fn all(answer: Answer<String>) -> Vec<String> {
        answer.told(&snapshot(&[]), None, "x")
    }

    #[test]
    fn files_are_found_by_pattern_kind_and_content() {
        let snapshot = repository(FILES, &[]);
        assert_eq!(all(find(&snapshot, "*.sql")), ["db/init.sql"]);
        assert_eq!(all(find(&snapshot, "*/package.json")), ["api/package.json"]);
        assert_eq!(all(find(&snapshot, "[")), [""; 0]);
        assert_eq!(all(of_kind(&snapshot, "compose")), ["compose.yml"]);
        assert_eq!(all(of_kind(&snapshot, "yaml")), ["compose.yml", "dev.yml"]);
        assert_eq!(all(of_kind(&snapshot, "unheard-of")), [""; 0]);
        for _ in 0..2 {
            assert_eq!(all(containing(&snapshot, "create table")), ["db/init.sql"]);
        }
        assert_eq!(all(containing(&snapshot, "Create table")), [""; 0]);
        assert_eq!(all(containing(&snapshot, "A=")), [""; 0], "too short");
    }

    #[test]
    fn the_line_that_decides_about_a_path_is_told() {
        let snapshot = repository(FILES, &[]);
        let text = FILES[1].1;
        let line = |path: &str| {
            let origin = ignored_by(&snapshot, path)?;
            assert_eq!(origin.path, ".gitignore");
            Some(&text[origin.region.start as usize..origin.region.end as usize])
        };
        assert_eq!(line("x.log"), Some("*.log"));
        assert_eq!(line("a/kept.log"), Some("!kept.log"));
        assert_eq!(line("x.txt"), None);
    }

    #[test]
    fn packages_know_their_workspace() {
        let snapshot = repository(FILES, &[]);
        let found = packages(&snapshot).told(&snapshot, None, "x");
        let shown: Vec<_> = found
            .iter()
            .map(|p| (p.directory.as_str(), p.name.as_deref(), p.workspace_root.as_deref()))
            .collect();
        assert_eq!(shown, [("", None, None), ("api", Some("api"), Some(""))]);
    }
}
