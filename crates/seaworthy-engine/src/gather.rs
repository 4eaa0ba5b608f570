//! Gathering what a scan looks at: paths and texts, settings, git's rules.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seaworthy_analysis::{DocumentKind, GitState, ReadProblem, SourceText, TextSource, roles};
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_model::{ArtifactPath, Notification, NotificationKind};

use crate::git::{Repository, TrackedKind};
use crate::plugins::Named;
use crate::reason::reason;
use crate::scan::{ScanError, ScanOptions};
use crate::settings::{FILE_NAME, SettingsFile};
use crate::source::{Index, Overlay, WorkingTree, read_file};
use crate::walk::{Walked, walk};

/// No settings file is larger: it is written by hand.
const MAX_SETTINGS_BYTES: usize = 1024 * 1024;

/// The file that pins plugins.
const PLUGIN_LOCK: &str = "seaworthy.lock";

/// The paths to understand and where their texts are.
pub(crate) struct Files {
    pub(crate) paths: Vec<ArtifactPath>,
    pub(crate) source: Arc<dyn TextSource>,
    pub(crate) notifications: Vec<Notification>,
    /// Where they lie, when they lie on disk.
    pub(crate) root: Option<PathBuf>,
    /// Texts that are laid over them.
    laid_over: HashSet<ArtifactPath>,
}

impl Files {
    /// These files, whose texts come from there.
    pub(crate) fn given(paths: Vec<ArtifactPath>, source: Arc<dyn TextSource>) -> Self {
        Self { paths, source, notifications: Vec::new(), root: None, laid_over: HashSet::new() }
    }

    /// The files of a name.
    fn named(&self, name: &str) -> impl Iterator<Item = &ArtifactPath> {
        // Ends are compared first: there are tens of thousands.
        self.paths.iter().filter(move |it| it.as_str().ends_with(name) && it.file_name() == name)
    }

    /// Whether a text is laid over the file.
    pub(crate) fn is_laid_over(&self, path: &ArtifactPath) -> bool {
        self.laid_over.contains(path)
    }

    /// The files below the root. In a large tree `meanwhile` is done beside the walk.
    pub(crate) fn on_disk(root: &Path, limit: u64, meanwhile: &(dyn Fn() + Sync)) -> Self {
        let Walked { files, unusual, notifications } = walk(root, meanwhile);
        let unusual: HashMap<_, _> = unusual.into_iter().collect();
        let source = WorkingTree { root: root.to_owned(), unusual, limit };
        Self { notifications, root: Some(root.to_owned()), ..Self::given(files, Arc::new(source)) }
    }

    /// The settings and the lock file of a root, and nothing else.
    pub(crate) fn in_root(root: &Path, limit: u64) -> Self {
        let there = |name: &&str| {
            std::fs::symlink_metadata(root.join(name)).is_ok_and(|found| found.is_file())
        };
        let paths = [PLUGIN_LOCK, FILE_NAME].into_iter().filter(there).map(ArtifactPath::new);
        let source = WorkingTree { root: root.to_owned(), unusual: HashMap::new(), limit };
        Self::given(paths.collect(), Arc::new(source))
    }

    /// The plain files that are tracked; of a path in conflict our side.
    pub(crate) fn tracked(repository: &Arc<Repository>, limit: u64) -> Result<Self, ScanError> {
        let tracked = repository.tracked()?;
        let mut blobs: Vec<(ArtifactPath, _)> = Vec::with_capacity(tracked.len());
        let mut notifications = Vec::new();
        // Neighbours lie in the same directory, most of them.
        let (mut directory, mut is_vendored) = ("", false);
        for entry in tracked {
            let path = entry.path.as_str();
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            if parent != directory {
                directory = parent;
                is_vendored = parent.split('/').any(roles::is_vendored_directory);
            }
            let ours = matches!(entry.stage, 0 | 2);
            if !ours || entry.intent_to_add || is_vendored || roles::is_vendored_directory(name) {
                continue;
            }
            let path = entry.path.clone();
            match entry.kind {
                TrackedKind::File { .. } => blobs.push((path, entry.id)),
                TrackedKind::Symlink if path.file_name() == FILE_NAME => {
                    let message = "settings are read from a plain file only, not from a link";
                    let kind = NotificationKind::SettingsInvalid;
                    notifications.push(Notification::new(kind, message).in_artifact(path));
                }
                TrackedKind::Symlink
                    if DocumentKind::recognise(path.as_str()).is_judged_alone() =>
                {
                    let message = "a symbolic link; it was not followed in the index";
                    notifications
                        .push(Notification::new(NotificationKind::Path, message).in_artifact(path));
                }
                TrackedKind::Symlink | TrackedKind::Submodule | TrackedKind::SparseDirectory => {}
            }
        }
        let paths = blobs.iter().map(|(path, _)| path.clone()).collect();
        let source = Index { blobs, repository: Arc::clone(repository), limit };
        Ok(Self { notifications, ..Self::given(paths, Arc::new(source)) })
    }

    /// Lays texts over the files. A path that leaves the root is refused, so
    /// that nothing is ever judged, or mended, outside it.
    pub(crate) fn overlaid(
        mut self,
        overlays: &[(ArtifactPath, String)],
        limit: u64,
    ) -> Result<Self, ScanError> {
        let mut texts: HashMap<ArtifactPath, Arc<str>> = HashMap::new();
        for (path, text) in overlays {
            let inside = ArtifactPath::resolve("", path.as_str())
                .filter(|path| !path.as_str().is_empty())
                .ok_or_else(|| ScanError::Overlay { path: path.clone() })?;
            texts.insert(inside.clone(), Arc::from(text.as_str()));
            self.laid_over.insert(inside.clone());
            self.paths.push(inside);
        }
        if !texts.is_empty() {
            self.source = Arc::new(Overlay { texts, below: self.source, limit });
        }
        Ok(self)
    }
}

/// The settings files in force, and those that cannot be read.
pub(crate) fn settings_files(
    options: &ScanOptions,
    root: &Path,
    files: &Files,
) -> Result<(Vec<SettingsFile>, Vec<Notification>), ScanError> {
    if let Some(path) = &options.config {
        let failed = |reason: String| ScanError::Config { path: path.clone(), reason };
        // A path given on the command line may be a link.
        let real = path.canonicalize().map_err(|error| failed(reason(&error)))?;
        let text = read_file(&real, MAX_SETTINGS_BYTES as u64).map_err(|p| failed(p.message))?;
        let shown = real.strip_prefix(root).unwrap_or(path).to_string_lossy();
        let file = SettingsFile {
            artifact: ArtifactPath::new(shown.replace(std::path::MAIN_SEPARATOR, "/")),
            directory: String::new(),
            text: text.text.to_string(),
        };
        return Ok((vec![file], Vec::new()));
    }
    let mut found = Vec::new();
    let mut notifications = Vec::new();
    let mut paths: Vec<&ArtifactPath> = files.named(FILE_NAME).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let problem = match files.source.read(path) {
            Ok(text) if text.text.len() <= MAX_SETTINGS_BYTES => {
                found.push(SettingsFile {
                    artifact: path.clone(),
                    directory: path.parent().to_owned(),
                    text: text.text.to_string(),
                });
                continue;
            }
            Ok(_) => format!("larger than {MAX_SETTINGS_BYTES} bytes"),
            Err(problem) => problem.message,
        };
        let message = format!("these settings do not count: {problem}");
        notifications.push(
            Notification::new(NotificationKind::SettingsInvalid, message).in_artifact(path.clone()),
        );
    }
    Ok((found, notifications))
}

/// What names and pins plugins: the root settings, and the lock file beside them.
pub(crate) fn named_plugins<'a>(
    options: &'a ScanOptions,
    root: &'a Path,
    settings: &'a [SettingsFile],
    files: &Files,
) -> Option<Named<'a>> {
    let settings = settings.iter().find(|file| file.directory.is_empty())?;
    let lock = |read: Result<SourceText, ReadProblem>| match read {
        Ok(text) if text.text.len() <= MAX_SETTINGS_BYTES => Ok(text.text.to_string()),
        Ok(_) => Err(format!("larger than {MAX_SETTINGS_BYTES} bytes")),
        Err(problem) => Err(problem.message),
    };
    // Settings from elsewhere have their lock file beside them, and are the user's own.
    if let Some(path) = &options.config {
        let directory = path.parent().unwrap_or(Path::new(""));
        let beside = directory.join(PLUGIN_LOCK);
        let chosen = path.canonicalize().is_ok_and(|real| !real.starts_with(root));
        let read = || lock(read_file(&beside, MAX_SETTINGS_BYTES as u64));
        let lock = beside.exists().then(read);
        return Some(Named { settings, lock, directory, chosen });
    }
    let path = ArtifactPath::new(PLUGIN_LOCK);
    let read = || lock(files.source.read(&path));
    let lock = files.paths.contains(&path).then(read);
    Some(Named { settings, lock, directory: root, chosen: false })
}

/// The tracked paths and every ignore rule that applies below the root. `None`
/// in a bare repository, where no path counts as tracked, and where git's files
/// cannot be read.
pub(crate) fn git_state(
    repository: &Repository,
    files: &Files,
    notifications: &mut Vec<Notification>,
) -> Option<GitState> {
    let mut unknown = |message: String| {
        notifications.push(Notification::new(NotificationKind::GitUnknown, message));
    };
    for limit in repository.limits() {
        unknown(limit);
    }
    if !repository.has_files() {
        return None;
    }
    // The limits have told of an index that cannot be read.
    let tracked = repository.tracked().ok()?.iter().map(|entry| entry.path.clone()).collect();
    let outer: IgnoreRules = match repository.outer_ignore_rules() {
        Ok(rules) => rules,
        Err(error) => {
            unknown(format!("what is ignored is unknown: {error}"));
            return None;
        }
    };
    let rules = ignore_rules(outer, files, notifications);
    Some(GitState::new(tracked, rules).of_part(!repository.prefix().is_empty()))
}

/// Adds the rules of the `.gitignore` files among the files to those from outside.
pub(crate) fn ignore_rules(
    mut rules: IgnoreRules,
    files: &Files,
    notifications: &mut Vec<Notification>,
) -> IgnoreRules {
    for path in files.named(".gitignore") {
        // That it cannot be read is told when the file itself is judged.
        let Ok(text) = files.source.read(path) else { continue };
        if is_lost_on_git(text.decoded) {
            let message = "git reads no UTF-16: none of these patterns has an effect";
            notifications.push(
                Notification::new(NotificationKind::Encoding, message).in_artifact(path.clone()),
            );
            continue;
        }
        rules.add(IgnoreSource::File { artifact: path.clone() }, text.text);
    }
    rules
}

/// Git compares bytes: what is ASCII in Latin-1 still counts, UTF-16 does not.
fn is_lost_on_git(decoded: Option<&str>) -> bool {
    decoded.is_some_and(|encoding| encoding.starts_with("UTF-16"))
}

/// Names by which the project is known.
pub(crate) fn project_names(root: &Path, repository: Option<&Repository>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    names.extend(root.file_name().and_then(|name| name.to_str()).map(str::to_owned));
    if let Some(uri) = repository.and_then(|r| r.provenance().repository_uri) {
        let name = uri.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        names.push(name.trim_end_matches(".git").to_owned());
    }
    names.retain(|name| name.len() > 2);
    names
}
