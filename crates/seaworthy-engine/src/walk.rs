//! Finding the files.
//!
//! Hidden and git-ignored paths are entered, since an `.env` is ignored and
//! interesting; `.git` and trees that belong to others (`node_modules`, build
//! output) are not. Symbolic links are never followed, so the walk cannot leave
//! the root nor run in circles; what a link inside the root points to is met at
//! its own path. Whatever bears the name of a configuration and cannot be read
//! as one is told.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{WalkBuilder, WalkState};
use rayon::slice::ParallelSliceMut as _;
use seaworthy_analysis::{DocumentKind, roles};
use seaworthy_model::{ArtifactPath, Notification, NotificationKind};

use crate::settings;

/// What a walk came to.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The files, in no particular order.
    pub(crate) files: Vec<ArtifactPath>,
    /// The real paths of files whose names are not UTF-8.
    pub(crate) unusual: Vec<(ArtifactPath, PathBuf)>,
    /// What could not be entered or read.
    pub(crate) notifications: Vec<Notification>,
}

/// A tree of more entries than this is worth a walk by several threads: those
/// wait for each other in steps of a millisecond, which is longer than a small
/// tree takes altogether.
const SMALL: usize = 1_000;

/// Walks everything below `root`, a canonical path. In a large tree `meanwhile` is done
/// beside it.
pub(crate) fn walk(root: &Path, meanwhile: &(dyn Fn() + Sync)) -> Walked {
    let mut builder = WalkBuilder::new(root);
    builder
        .standard_filters(false)
        .follow_links(false)
        .threads(std::thread::available_parallelism().map_or(1, usize::from).min(4))
        .filter_entry(|entry| {
            let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            entry.depth() == 0 || !directory || !is_foreign(entry.path())
        });
    let mut walked =
        walk_small(root, &builder).unwrap_or_else(|| walk_large(root, &builder, meanwhile));
    one_file_a_name(&mut walked);
    walked
}

/// Walks on this thread; `None` when the tree is not small.
fn walk_small(root: &Path, builder: &WalkBuilder) -> Option<Walked> {
    let shared = Mutex::new(Walked::default());
    let mut batch = Batch { root, shared: &shared, own: Walked::default() };
    for (count, entry) in builder.build().enumerate() {
        if count >= SMALL {
            return None;
        }
        batch.visit(entry);
    }
    drop(batch);
    Some(shared.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn walk_large(root: &Path, builder: &WalkBuilder, meanwhile: &(dyn Fn() + Sync)) -> Walked {
    let shared = Mutex::new(Walked::default());
    std::thread::scope(|scope| {
        scope.spawn(meanwhile);
        builder.build_parallel().run(|| {
            let mut batch = Batch { root, shared: &shared, own: Walked::default() };
            Box::new(move |entry| {
                batch.visit(entry);
                WalkState::Continue
            })
        });
    });
    let mut walked = shared.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Who needs them sorted finds them so, and several threads were quicker.
    walked.files.par_sort_unstable();
    walked
}

/// Two names that are not UTF-8 may look alike once they are. The one that is
/// exactly so named is kept, or else the first; of the others it is told.
fn one_file_a_name(walked: &mut Walked) {
    if walked.unusual.is_empty() {
        return;
    }
    walked.unusual.sort();
    let mut bearers: HashMap<&ArtifactPath, usize> =
        walked.unusual.iter().map(|(path, _)| (path, 0)).collect();
    for path in &walked.files {
        bearers.entry(path).and_modify(|count| *count += 1);
    }
    let mut kept: Vec<(ArtifactPath, PathBuf)> = Vec::new();
    for same in walked.unusual.chunk_by(|(a, _), (b, _)| a == b) {
        let path = &same[0].0;
        let bearers = bearers.get(path).copied().unwrap_or(same.len());
        if bearers == same.len() {
            kept.push(same[0].clone());
        }
        for _ in 1..bearers {
            let message = "another path looks the same once it is made UTF-8; it was left out";
            walked
                .notifications
                .push(Notification::new(NotificationKind::Path, message).in_artifact(path.clone()));
        }
    }
    walked.unusual = kept;
}

/// What tells, beside a directory of an ordinary name, that a tool fills it.
const FILLED_BY_TOOLS: &[(&str, &[&str])] = &[
    ("target", &["Cargo.toml", "pom.xml", "build.sbt"]),
    ("vendor", &["composer.json", "go.mod", "Gemfile"]),
    ("build", &["build.gradle", "build.gradle.kts", "pubspec.yaml"]),
];

/// Whether a directory belongs to others: third-party code or build output.
fn is_foreign(directory: &Path) -> bool {
    let Some(name) = directory.file_name().and_then(|name| name.to_str()) else { return false };
    roles::is_vendored_directory(name)
        // A Python environment under a name that is also that of an env file.
        || (matches!(name, "env" | ".env") && directory.join("pyvenv.cfg").is_file())
        || FILLED_BY_TOOLS.iter().any(|(filled, manifests)| {
            *filled == name
                && directory.parent().is_some_and(|parent| {
                    manifests.iter().any(|manifest| parent.join(manifest).is_file())
                })
        })
}

/// One thread's share, handed over when the thread ends.
struct Batch<'a> {
    root: &'a Path,
    shared: &'a Mutex<Walked>,
    own: Walked,
}

impl Batch<'_> {
    fn visit(&mut self, entry: Result<ignore::DirEntry, ignore::Error>) {
        match entry {
            Ok(entry) => self.file(&entry),
            Err(error) => self.own.notifications.push(self.problem(&error)),
        }
    }

    fn file(&mut self, entry: &ignore::DirEntry) {
        let Some(kind) = entry.file_type() else { return };
        if entry.depth() == 0 {
            return;
        }
        let relative = entry.path().strip_prefix(self.root).unwrap_or(entry.path());
        let (path, exact) = artifact_path(relative);
        if kind.is_file() {
            if !exact {
                if is_expected(&path) {
                    let message = "the path is not UTF-8; it is shown with replacement characters";
                    self.tell(NotificationKind::Path, message, &path);
                }
                self.own.unusual.push((path.clone(), entry.path().to_owned()));
            }
            self.own.files.push(path);
        } else if path.file_name() == settings::FILE_NAME {
            let message = "settings are read from a plain file only; name another by --config";
            self.tell(NotificationKind::SettingsInvalid, message, &path);
        } else if kind.is_symlink() {
            if let Some(message) = link_problem(self.root, entry.path(), &path) {
                self.tell(NotificationKind::Path, message, &path);
            }
        } else if kind.is_dir() {
            // Env files have many names, which directories have, too.
            let dotted = path.file_name().starts_with('.');
            let env = DocumentKind::recognise(path.as_str()) == DocumentKind::Env;
            if is_expected(&path) && (dotted || !env) {
                let message = "a directory where a file is expected; what lies in it was judged";
                self.tell(NotificationKind::Path, message, &path);
            }
        } else if is_expected(&path) {
            let message = "not a plain file but a pipe, socket or device; it was not opened";
            self.tell(NotificationKind::Unreadable, message, &path);
        }
    }

    fn tell(&mut self, kind: NotificationKind, message: &str, path: &ArtifactPath) {
        self.own.notifications.push(Notification::new(kind, message).in_artifact(path.clone()));
    }

    fn problem(&self, error: &ignore::Error) -> Notification {
        let mut notification = Notification::new(
            NotificationKind::Unreadable,
            format!("cannot be read: {}", plain(error)),
        );
        if let Some(path) = path_of(error) {
            let relative = path.strip_prefix(self.root).unwrap_or(path);
            notification = notification.in_artifact(artifact_path(relative).0);
        }
        notification
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.files.append(&mut self.own.files);
        shared.unusual.append(&mut self.own.unusual);
        shared.notifications.append(&mut self.own.notifications);
    }
}

/// The path for the report, and whether it is exactly the real one.
fn artifact_path(relative: &Path) -> (ArtifactPath, bool) {
    let exact = relative.to_str().is_some();
    let text = relative.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    };
    (ArtifactPath::new(text), exact)
}

/// Whether a file of this name is judged.
fn is_expected(path: &ArtifactPath) -> bool {
    DocumentKind::recognise(path.as_str()).is_judged_alone()
}

/// What is wrong with a link: it leaves the root, or the name of a
/// configuration leads to what is not judged as one.
fn link_problem(root: &Path, link: &Path, path: &ArtifactPath) -> Option<&'static str> {
    let expected = is_expected(path);
    // The root is canonical.
    match link.canonicalize() {
        Ok(target) => match target.strip_prefix(root) {
            Ok(inside) => {
                let met = is_expected(&artifact_path(inside).0);
                (expected && !met).then_some(
                    "a symbolic link to what is not judged by its own name; it was not followed",
                )
            }
            // What is not entered where it lies is not missed behind a link either.
            Err(_) => (expected || (target.is_dir() && !is_foreign(link)))
                .then_some("a symbolic link that leaves the audited root; it was not followed"),
        },
        Err(_) => expected
            .then_some("a symbolic link that leads nowhere or in a circle; it was not followed"),
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// The reason alone: the path is said elsewhere.
fn plain(error: &ignore::Error) -> String {
    match error {
        ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => plain(err),
        ignore::Error::Io(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}
