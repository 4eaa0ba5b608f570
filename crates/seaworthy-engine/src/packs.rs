//! Checking packs of detectors as their authors write them: their form, and every
//! example through the engine that scans files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use seaworthy_detector_pack::pack;
use seaworthy_detectors::check::{Failure, List, check};
use seaworthy_formats::gitignore::glob_matches;
use seaworthy_model::{
    ArtifactPath, LineIndex, Notification, NotificationKind, Precision, Region, Severity,
};
use seaworthy_syntax::toml;

use crate::reason::reason;
use crate::source::read_file;

/// The most bytes of a pack.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// The most files that a directory or glob may name.
const MAX_FILES: usize = 10_000;
/// How deep directories are searched for a glob.
const MAX_DEPTH: usize = 16;

/// What came of checking packs.
#[derive(Debug, Default)]
pub struct PackCheck {
    /// Files that were read.
    pub files: usize,
    /// Detectors whose form is right.
    pub detectors: usize,
    /// Examples that were run.
    pub examples: usize,
    /// Everything that is wrong.
    pub problems: Vec<Notification>,
}

/// Runs the examples of the detectors of this build.
///
/// # Panics
/// Never: the literals of this build were numbered when it was made.
#[must_use]
pub fn check_embedded() -> PackCheck {
    let detectors = seaworthy_detectors::embedded().detectors;
    let failures = check(detectors).expect("the embedded literals are numbered");
    let problems = failures
        .iter()
        .map(|Failure { detector, list, index, wrong }| {
            let message = format!("{detector}, {}[{index}]: {wrong}", key(*list));
            Notification::new(NotificationKind::SettingsInvalid, message)
        })
        .collect();
    PackCheck {
        files: 0,
        detectors: detectors.len(),
        examples: detectors
            .iter()
            .map(|d| d.matches.iter().count() + d.rejects.iter().count())
            .sum(),
        problems,
    }
}

/// Checks packs: files, directories with `*.toml` files, and paths with `*`.
///
/// # Errors
/// When one of them cannot be read, or names no file; the message says which.
pub fn check_packs(paths: &[PathBuf]) -> Result<PackCheck, String> {
    let mut outcome = PackCheck::default();
    let mut ids: HashMap<&'static str, PathBuf> = HashMap::new();
    let taken = seaworthy_detectors::as_rules();
    for path in files(paths)? {
        let failed = |reason: String| format!("{}: {reason}", path.display());
        let real = path.canonicalize().map_err(|error| failed(reason(&error)))?;
        let text = read_file(&real, MAX_BYTES).map_err(|problem| failed(problem.message))?.text;
        let file = File { path: &path, text: &text, lines: LineIndex::new(&text) };
        outcome.files += 1;
        let (mut detectors, problems) = pack::parse(&text);
        let told = |problem: pack::Problem| file.note(problem.region, problem.message);
        outcome.problems.extend(problems.into_iter().map(told));
        detectors.retain(|detector| {
            let compiles = seaworthy_detectors::compiles(detector);
            if !compiles {
                let place = file.place(detector.kind.id, None);
                outcome.problems.push(file.note(place, "the expression is too large"));
            }
            compiles
        });
        for detector in &detectors {
            let id = detector.kind.id;
            // The packs of this build may be checked where they are written.
            let theirs =
                taken.iter().any(|rule| rule.id == id && rule.summary != detector.kind.name);
            let other = ids.insert(id, path.clone()).map(|other| other.display().to_string());
            if let Some(other) = other.or(theirs.then(|| "seaworthy itself".to_owned())) {
                let message = format!("the id `{id}` is taken by {other}");
                outcome.problems.push(file.note(file.place(id, None), message));
            }
        }
        outcome.detectors += detectors.len();
        outcome.examples += detectors
            .iter()
            .map(|d| d.matches.iter().count() + d.rejects.iter().count())
            .sum::<usize>();
        let Some(failures) = check(Vec::leak(detectors)) else {
            let message = "the detectors have more anchors and names than can be told apart";
            outcome.problems.push(file.note(Region::empty(0), message));
            continue;
        };
        for Failure { detector, list, index, wrong } in failures {
            let place = file.place(detector, Some((list, index)));
            outcome.problems.push(file.note(place, wrong.to_string()));
        }
    }
    outcome.problems.sort();
    Ok(outcome)
}

fn key(list: List) -> &'static str {
    match list {
        List::Matches => "matches",
        List::Rejects => "rejects",
    }
}

/// A pack under check.
struct File<'t> {
    path: &'t Path,
    text: &'t str,
    lines: LineIndex,
}

impl File<'_> {
    /// Where a detector is named, or one of its examples stands.
    fn place(&self, id: &str, example: Option<(List, usize)>) -> Region {
        let tree = toml::parse(self.text);
        let Some(list) = tree.root().get("detector") else { return Region::empty(0) };
        let named = |name: Option<&str>| name == Some(id);
        let found = list.items().find(|item| named(item.get("id").and_then(|id| id.as_str())));
        let Some(detector) = found else { return Region::empty(0) };
        let node = match example {
            Some((list, index)) => detector.get(key(list)).and_then(|list| list.items().nth(index)),
            None => detector.get("id"),
        };
        node.map_or(Region::empty(0), |node| node.region())
    }

    fn note(&self, region: Region, message: impl Into<String>) -> Notification {
        let start = region.start.min(self.text.len());
        let line = self.lines.line_region(self.text, self.lines.line_of(start));
        Notification::new(NotificationKind::SettingsInvalid, message)
            .in_artifact(ArtifactPath::new(self.path.to_string_lossy()))
            .at(self.lines.position(self.text, start))
            .quoting(line.of(self.text))
    }
}

/// The files that paths name, in their order.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        if path.is_dir() {
            list(path, 1, &mut |file| {
                if file.extension().is_some_and(|extension| extension == "toml") {
                    found.push(file.to_owned());
                }
            })?;
        } else if path.exists() || !path.to_string_lossy().contains(['*', '?', '[']) {
            found.push(path.clone());
        } else {
            glob(path, &mut found)?;
        }
        if found.len() == before {
            return Err(format!("{}: names no pack", path.display()));
        }
        if found.len() > MAX_FILES {
            return Err(format!("{}: names more than {MAX_FILES} files", path.display()));
        }
        found[before..].sort();
    }
    found.dedup();
    Ok(found)
}

/// Files whose path below the part without wildcards matches the rest.
fn glob(pattern: &Path, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let wild = |part: &std::ffi::OsStr| part.to_string_lossy().contains(['*', '?', '[']);
    let base: PathBuf = pattern.iter().take_while(|part| !wild(part)).collect();
    let rest: Vec<String> = pattern
        .iter()
        .skip_while(|part| !wild(part))
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    // With a slash in front it is about the whole path.
    let rest = format!("/{}", rest.join("/"));
    let start = if base.as_os_str().is_empty() { Path::new(".") } else { &base };
    if !start.is_dir() {
        return Ok(());
    }
    list(start, MAX_DEPTH, &mut |file| {
        let below = file.strip_prefix(start).unwrap_or(file).to_string_lossy().into_owned();
        let below = below.replace(std::path::MAIN_SEPARATOR, "/");
        if glob_matches(&rest, &below) {
            found.push(if base.as_os_str().is_empty() { below.into() } else { file.to_owned() });
        }
    })
}

/// Every plain file below a directory; links are not followed.
fn list(directory: &Path, depth: usize, take: &mut dyn FnMut(&Path)) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {}", directory.display(), reason(&error));
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_file() {
            take(&entry.path());
        } else if kind.is_dir() && depth > 1 {
            list(&entry.path(), depth - 1, take)?;
        }
    }
    Ok(())
}

/// What is known of a kind of secret that this build finds.
#[derive(Debug)]
pub struct About {
    /// The id of its detector.
    pub id: &'static str,
    /// Who issues it; empty when nobody in particular does.
    pub provider: &'static str,
    /// What it is, after "a" or "an".
    pub name: &'static str,
    /// What somebody who finds it can do.
    pub description: &'static str,
    /// Where or how it is revoked; empty when there is no one place.
    pub revoke: &'static str,
    /// How bad a leak of it is.
    pub severity: Severity,
    /// How often it is right.
    pub precision: Precision,
}

/// Every kind of secret that this build finds, sorted by id.
#[must_use]
pub fn detectors() -> Vec<About> {
    let mut all: Vec<About> = seaworthy_detectors::kinds()
        .map(|kind| About {
            id: kind.id,
            provider: kind.provider,
            name: kind.name,
            description: kind.description,
            revoke: kind.revoke,
            severity: kind.severity,
            precision: kind.precision,
        })
        .collect();
    all.sort_by_key(|about| about.id);
    all
}

/// What the secret of a detector looks like where it stands, without the secret.
#[must_use]
pub fn shape(id: &str) -> Option<String> {
    let mut all = seaworthy_detectors::embedded().detectors.iter();
    seaworthy_detectors::check::shape(all.find(|detector| detector.kind.id == id)?)
}
