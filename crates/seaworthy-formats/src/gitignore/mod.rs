//! Which paths git ignores, and which line decides.
//!
//! [`IgnoreRules::verdict`] answers as `git check-ignore -v -n --no-index`
//! does: from the root down, the first ignored directory decides about all
//! below it; for each path the deepest `.gitignore` speaks first and
//! `.git/info/exclude` last; within a file the last matching line wins.
//!
//! A user's global excludes are no property of the repository. They can be
//! added as [`IgnoreSource::Global`], yet an audit leaves them out, so that it
//! says the same on every machine.
//!
//! Work is bounded: a path over whose patterns more than [`STEPS_PER_PATH`]
//! steps would go is left [undecided](Verdict::undecided).

mod table;
mod wildmatch;

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::{Arc, PoisonError, RwLock};

use seaworthy_model::{ArtifactPath, Region, split_last};
use seaworthy_syntax::ignore::{IgnoreFile, IgnoreLine};

use table::{Query, Table};
use wildmatch::Budget;

/// How many steps of matching one path may cost. Thousands of ordinary globs
/// fit; only patterns made to hurt do not.
pub const STEPS_PER_PATH: u32 = 1_000_000;

/// Whether a path matches a glob as git reads one in an ignore file: without a
/// slash it is about the file's name, with one about the whole path.
#[must_use]
pub fn glob_matches(glob: &str, path: &str) -> bool {
    let (text, whole) = match glob.trim_end_matches('/').contains('/') {
        true => (path, true),
        false => (split_last(path, b'/').map_or(path, |(_, name)| name), false),
    };
    let mode = wildmatch::Mode { path: whole, ignore_case: false };
    let mut budget = Budget::new(STEPS_PER_PATH);
    let glob = glob.trim_start_matches('/');
    wildmatch::wildmatch(glob.as_bytes(), text.as_bytes(), mode, &mut budget)
}

/// Where ignore patterns are written down.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IgnoreSource {
    /// A `.gitignore` inside the audited root.
    File {
        /// Its path; the patterns apply below its directory.
        artifact: ArtifactPath,
    },
    /// A `.gitignore` of the repository above the audited root.
    Above {
        /// Its path relative to the top of the working tree.
        path: ArtifactPath,
    },
    /// `.git/info/exclude`.
    InfoExclude,
    /// The user's own `core.excludesFile`.
    Global,
}

/// The line that decides about a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Where the line stands.
    pub source: IgnoreSource,
    /// Its number, from 1, counting line feeds as git does.
    pub line: u32,
    /// The line in the source's text, without its ending.
    pub region: Region,
    /// Whether the line starts with `!` and so keeps the path.
    pub negated: bool,
}

/// What git says about a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether `git add .` would pass the path by if it were not tracked.
    pub ignored: bool,
    /// The deciding line; `None` when no line matches.
    pub decided_by: Option<Decision>,
    /// True when the patterns were too costly to try. The path then counts as
    /// not ignored.
    pub undecided: bool,
}

/// All ignore rules of a repository. Deciding needs only `&self` and may be
/// done from many threads.
#[derive(Debug, Default)]
pub struct IgnoreRules {
    ignore_case: bool,
    /// The audited root relative to the top, `""` or with a trailing slash.
    prefix: String,
    sources: Vec<Source>,
    /// Index into `sources` by directory relative to the top, `""` or with a
    /// trailing slash.
    by_directory: HashMap<Box<str>, usize>,
    info_exclude: Option<usize>,
    global: Option<usize>,
    hasher: RandomState,
    directories: RwLock<HashMap<Box<str>, Directory>>,
}

#[derive(Debug)]
struct Source {
    source: IgnoreSource,
    /// The length of the directory its patterns are relative to, with slash.
    base: usize,
    table: Table,
}

/// What is known of a directory, for all that lies below.
#[derive(Clone, Debug)]
struct Directory {
    /// The verdict all below inherit, when it is settled.
    inherited: Option<Verdict>,
    /// The sources that apply below, first to speak first.
    sources: Arc<[usize]>,
}

impl IgnoreRules {
    /// No rules yet. `ignore_case` is git's `core.ignoreCase`.
    #[must_use]
    pub fn new(ignore_case: bool) -> Self {
        Self { ignore_case, ..Self::default() }
    }

    /// Tells that the audited root is the directory `prefix` of a larger
    /// working tree. To be called before anything is added.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        self.prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        self
    }

    /// Adds the text of a source; of two texts for one place the later counts.
    pub fn add(&mut self, source: IgnoreSource, text: impl Into<Arc<str>>) {
        let table = Table::new(text.into(), self.ignore_case, &self.hasher);
        let directory = self.directory_of(&source);
        let index = self.sources.len();
        match source {
            IgnoreSource::InfoExclude => self.info_exclude = Some(index),
            IgnoreSource::Global => self.global = Some(index),
            _ => drop(self.by_directory.insert(directory.as_str().into(), index)),
        }
        self.sources.push(Source { source, base: directory.len(), table });
        self.directories.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The directory that the patterns of a source are relative to, `""` or with
    /// a trailing slash.
    fn directory_of(&self, source: &IgnoreSource) -> String {
        match source {
            IgnoreSource::File { artifact } => slashed(&self.prefix, artifact.parent()),
            IgnoreSource::Above { path } => slashed("", path.parent()),
            IgnoreSource::InfoExclude | IgnoreSource::Global => String::new(),
        }
    }

    /// Every source with its text and lines, in the order they were added.
    pub fn files(&self) -> impl Iterator<Item = (&IgnoreSource, &str, &IgnoreFile)> {
        self.sources.iter().map(|source| (&source.source, &*source.table.text, &source.table.file))
    }

    /// The rules as they would be with another text for one source, which is
    /// added if it was not there: what git would say after an edit.
    #[must_use]
    pub fn edited(&self, source: IgnoreSource, text: impl Into<Arc<str>>) -> EditedRules<'_> {
        let directory = self.directory_of(&source);
        let table = Table::new(text.into(), self.ignore_case, &self.hasher);
        EditedRules {
            rules: self,
            edited: Source { source, base: directory.len(), table },
            directory,
        }
    }

    /// Git's verdict on a path relative to the audited root, whether or not it
    /// exists or is tracked.
    #[must_use]
    pub fn verdict(&self, path: &str, is_dir: bool) -> Verdict {
        let path = path.trim_end_matches('/');
        if path.is_empty() {
            return Verdict::default();
        }
        let full;
        let full = if self.prefix.is_empty() {
            path
        } else {
            full = format!("{}{path}", self.prefix);
            &full
        };
        let parent = full.rfind('/').map_or("", |slash| &full[..=slash]);
        let directory = self.directory(parent);
        directory
            .inherited
            .unwrap_or_else(|| self.decide(full, is_dir, self.all(&directory.sources)))
    }

    /// What is known of a directory, given as `""` or with a trailing slash.
    fn directory(&self, path: &str) -> Directory {
        let mut missing = Vec::new();
        let mut at = path;
        let mut known = loop {
            let cache = self.directories.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(directory) = cache.get(at) {
                break directory.clone();
            }
            missing.push(at);
            if at.is_empty() {
                break Directory { inherited: None, sources: self.last_resorts() };
            }
            at = at[..at.len() - 1].rfind('/').map_or("", |slash| &at[..=slash]);
        };
        for path in missing.into_iter().rev() {
            if known.inherited.is_none() && !path.is_empty() {
                let verdict = self.decide(&path[..path.len() - 1], true, self.all(&known.sources));
                known.inherited = (verdict.ignored || verdict.undecided).then_some(verdict);
            }
            if let Some(&own) = self.by_directory.get(path) {
                known.sources = std::iter::once(own).chain(known.sources.iter().copied()).collect();
            }
            let mut cache = self.directories.write().unwrap_or_else(PoisonError::into_inner);
            cache.insert(path.into(), known.clone());
        }
        known
    }

    fn last_resorts(&self) -> Arc<[usize]> {
        self.info_exclude.into_iter().chain(self.global).collect()
    }

    fn all<'r>(&'r self, indices: &'r [usize]) -> impl Iterator<Item = &'r Source> {
        indices.iter().map(|&index| &self.sources[index])
    }

    /// The verdict on a path none of whose directories is ignored.
    fn decide<'r>(
        &'r self,
        path: &str,
        is_dir: bool,
        sources: impl Iterator<Item = &'r Source>,
    ) -> Verdict {
        let lower;
        let folded = if self.ignore_case {
            lower = path.to_ascii_lowercase();
            lower.as_bytes()
        } else {
            path.as_bytes()
        };
        let mut budget = Budget::new(STEPS_PER_PATH);
        for Source { source, base, table } in sources {
            let query = Query { folded: &folded[*base..], path: &path.as_bytes()[*base..], is_dir };
            let found = table.last_match(query, &self.hasher, &mut budget);
            if budget.is_spent() {
                return Verdict { undecided: true, ..Verdict::default() };
            }
            if let Some(line) = found {
                return verdict_of(source, line);
            }
        }
        Verdict::default()
    }
}

/// Rules with the text of one source replaced, for a few questions: nothing is
/// copied, and nothing is remembered from one path to the next.
#[derive(Debug)]
pub struct EditedRules<'r> {
    rules: &'r IgnoreRules,
    edited: Source,
    directory: String,
}

impl EditedRules<'_> {
    /// As [`IgnoreRules::verdict`], after the edit.
    #[must_use]
    pub fn verdict(&self, path: &str, is_dir: bool) -> Verdict {
        let path = path.trim_end_matches('/');
        if path.is_empty() {
            return Verdict::default();
        }
        let full = format!("{}{path}", self.rules.prefix);
        let last_resorts = [
            (IgnoreSource::Global, self.rules.global),
            (IgnoreSource::InfoExclude, self.rules.info_exclude),
        ];
        // First to speak last.
        let mut sources: Vec<&Source> = Vec::new();
        for (source, index) in last_resorts {
            if self.edited.source == source {
                sources.push(&self.edited);
            } else if let Some(index) = index {
                sources.push(&self.rules.sources[index]);
            }
        }
        let in_tree =
            matches!(self.edited.source, IgnoreSource::File { .. } | IgnoreSource::Above { .. });
        let ends = full.match_indices('/').map(|(at, _)| at + 1);
        for end in std::iter::once(0).chain(ends) {
            let directory = &full[..end];
            if let Some(name) = directory.strip_suffix('/') {
                let verdict = self.rules.decide(name, true, sources.iter().rev().copied());
                if verdict.ignored || verdict.undecided {
                    return verdict;
                }
            }
            if in_tree && self.directory == directory {
                sources.push(&self.edited);
            } else if let Some(&index) = self.rules.by_directory.get(directory) {
                sources.push(&self.rules.sources[index]);
            }
        }
        self.rules.decide(&full, is_dir, sources.iter().rev().copied())
    }
}

fn verdict_of(source: &IgnoreSource, line: &IgnoreLine) -> Verdict {
    let decision = Decision {
        source: source.clone(),
        line: line.number(),
        region: line.region(),
        negated: line.negated(),
    };
    Verdict { ignored: !line.negated(), decided_by: Some(decision), undecided: false }
}

/// `prefix` and `directory` joined, empty or with a trailing slash.
fn slashed(prefix: &str, directory: &str) -> String {
    if directory.is_empty() { prefix.to_owned() } else { format!("{prefix}{directory}/") }
}

#[cfg(test)]
mod tests;
