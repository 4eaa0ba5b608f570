//! How two states of a repository differ, for those who want to know only what is new.
//!
//! Most commits change programs, and most rules read none: what they find is the same
//! before and after. So whoever only asks what is new need not run them.

use std::collections::HashSet;
use std::sync::Arc;

use seaworthy_model::ArtifactPath;

use crate::document::DocumentKind;
use crate::joined;
use crate::snapshot::Snapshot;

/// What a rule sees of a file by its path and text, as a number: equal for texts that
/// are the same to it. There is no text where there is no file.
pub type Sees = fn(&Snapshot, &str, Option<&str>) -> u64;

/// How the files of a snapshot differ from those of earlier states.
#[derive(Debug)]
pub struct Difference {
    /// What differs, where it is no more than programs and documents for people.
    searched: Option<Vec<Differing>>,
    /// Whether what rules find may differ that read none of these.
    concerns_documents: bool,
}

/// A file that differs.
#[derive(Clone, Debug)]
pub struct Differing {
    /// Its path.
    pub path: ArtifactPath,
    /// Its texts in all the states, one after the other.
    pub texts: Vec<Option<Arc<str>>>,
}

impl Difference {
    /// Any file may differ, and so anything that is found.
    #[must_use]
    pub fn of_anything() -> Self {
        Self { searched: None, concerns_documents: true }
    }

    /// These files differ and no others from what the snapshot has; each is
    /// [searched only](is_searched_only).
    #[must_use]
    pub fn of_searched(files: Vec<Differing>, snapshot: &Snapshot) -> Self {
        let moved: HashSet<&str> = files.iter().filter_map(Differing::comes_or_goes).collect();
        let mut directories: HashSet<&str> = moved.iter().map(|path| directory_of(path)).collect();
        directories.retain(|directory| {
            let mut there = snapshot.below(directory).iter().map(|it| it.path().as_str());
            there.all(|path| moved.contains(path))
        });
        let concerns_documents = !directories.is_empty()
            || files.iter().any(|file| {
                let path = file.path.as_str();
                file.differs(|text| joined::sees(snapshot, path, text))
            });
        Self { searched: Some(files), concerns_documents }
    }

    /// Whether what a rule finds may differ that says nothing of programs.
    #[must_use]
    pub fn concerns_documents(&self) -> bool {
        self.concerns_documents
    }

    /// Whether what a rule finds may differ that sees this of programs.
    #[must_use]
    pub fn is_seen(&self, snapshot: &Snapshot, sees: Sees) -> bool {
        let Some(files) = &self.searched else { return true };
        files.iter().any(|file| file.differs(|text| sees(snapshot, file.path.as_str(), text)))
    }
}

impl Differing {
    /// Its path, where some state has no such file.
    fn comes_or_goes(&self) -> Option<&str> {
        self.texts.iter().any(Option::is_none).then_some(self.path.as_str())
    }

    fn differs<T: PartialEq>(&self, sees: impl Fn(Option<&str>) -> T) -> bool {
        let mut seen = self.texts.iter().map(|text| sees(text.as_deref()));
        let first = seen.next();
        seen.any(|other| Some(other) != first)
    }
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Whether a document of these kinds names a file: its name stands in the text, without the
/// ending, since others may be meant by what it is compiled to. Who asks for programs by what
/// documents say sees no others.
#[must_use]
pub fn is_named_in(kinds: &[DocumentKind], snapshot: &Snapshot, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let names = |text: &str| {
        let mut found = text.match_indices(stem).map(|(at, _)| (at, at + stem.len()));
        found.any(|(start, end)| {
            let (before, after) = (&text.as_bytes()[..start], &text.as_bytes()[end..]);
            !before.last().is_some_and(is_word) && !after.first().is_some_and(is_word)
        })
    };
    let mut documents = kinds.iter().flat_map(|kind| snapshot.of_kind(*kind));
    documents.any(|document| snapshot.text(document).is_some_and(names))
}

/// Whether a file is a program, a style sheet or a document for people: no rule reads its
/// text or asks whether it is there that does not [say what it sees](crate::Check::Searching)
/// of such files. What programs are configured by is none of them.
#[must_use]
pub fn is_searched_only(path: &str) -> bool {
    const EXTENSIONS: &[&str] = &[
        "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "astro", "py", "rs",
        "go", "rb", "php", "ex", "exs", "java", "kt", "scala", "cs", "fs", "swift", "dart", "clj",
        "lua", "cr", "c", "h", "cc", "cpp", "hpp", "m", "css", "scss", "sass", "less", "md", "mdx",
        "rst", "adoc", "snap",
    ];
    // What says by its name what a directory holds.
    const MANIFESTS: &[&str] = &["manage.py", "mix.exs", "pnpmfile.js"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    EXTENSIONS.contains(&extension)
        && !stem.starts_with('.')
        && !stem.ends_with("rc")
        && !stem.split('.').any(|part| matches!(part, "" | "config" | "conf" | "workspace"))
        && !MANIFESTS.contains(&name)
        && DocumentKind::recognise(path) == DocumentKind::Other
}
