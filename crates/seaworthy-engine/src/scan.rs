//! The way of the data: walk, snapshot, rule sources, suppression, report.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use seaworthy_analysis::roles;
use seaworthy_analysis::{GitState, NativeRules, Options, RuleSource, Run, Snapshot, TextSource};
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_model::{
    ArtifactPath, Finding, Fingerprint, Notification, NotificationKind, Report, Rule, Statistics,
};

use crate::git::{self, GitError, Repository, TrackedKind};
use crate::settings::{FILE_NAME, FailOn, Settings};
use crate::source::{Index, Overlay, WorkingTree, read_file};
use crate::suppress::suppress;
use crate::walk::{Walked, walk};

/// The largest file that is parsed unless told otherwise: 32 MiB.
pub const DEFAULT_MAX_FILE_SIZE: u64 = 32 * 1024 * 1024;

/// What to scan, and how.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// The directory whose files are understood as one repository.
    pub root: PathBuf,
    /// Scan git's index instead of the working tree, and report only what
    /// touches a staged change.
    pub staged: bool,
    /// Texts laid over the files, by path relative to the root.
    pub overlays: Vec<(ArtifactPath, String)>,
    /// Report only on these files and directories, relative to the root; on
    /// everything when empty. All files are understood either way.
    pub only: Vec<String>,
    /// A settings file to use instead of those that are found.
    pub config: Option<PathBuf>,
    /// When the scan fails; settings decide when `None`.
    pub fail_on: Option<FailOn>,
    /// The largest file that is parsed, in bytes.
    pub max_file_size: u64,
}

impl ScanOptions {
    /// A scan of the working tree below `root` by the defaults.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            staged: false,
            overlays: Vec::new(),
            only: Vec::new(),
            config: None,
            fail_on: None,
            max_file_size: DEFAULT_MAX_FILE_SIZE,
        }
    }
}

/// Why nothing could be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The root is not a directory that can be entered.
    #[error("{path}: {reason}")]
    Root {
        /// The path as given.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `--staged` needs a git repository.
    #[error("{path}: not in a git repository, so nothing is staged")]
    NoRepository {
        /// The root.
        path: PathBuf,
    },
    /// The git repository cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The given settings file cannot be read.
    #[error("{path}: {reason}")]
    Config {
        /// The settings file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A finished scan.
#[derive(Debug)]
pub struct Scan {
    /// What was found.
    pub report: Report,
    /// What was looked at; fixes are planned against it.
    pub snapshot: Snapshot,
}

/// The rule sources of this build.
fn sources() -> Vec<Box<dyn RuleSource>> {
    vec![Box::new(NativeRules(seaworthy_rules::all()))]
}

/// Every rule of this build, sorted by id.
#[must_use]
pub fn rules() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> =
        sources().iter().flat_map(|source| source.rules()).collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}

/// Scans a repository.
///
/// # Errors
/// When there is nothing that could be scanned; whatever hinders only part of
/// the scan is a notification in the report.
pub fn scan(options: &ScanOptions) -> Result<Scan, ScanError> {
    let root = options.root.canonicalize().map_err(|error| ScanError::Root {
        path: options.root.clone(),
        reason: error.kind().to_string(),
    })?;
    if !root.is_dir() {
        return Err(ScanError::Root {
            path: options.root.clone(),
            reason: "not a directory".into(),
        });
    }
    let mut notifications = Vec::new();
    let repository = match git::open(&root) {
        Ok(repository) => repository.map(Arc::new),
        Err(error) if options.staged => return Err(error.into()),
        Err(error) => {
            notifications.push(Notification::new(NotificationKind::GitUnknown, error.to_string()));
            None
        }
    };
    let files = match (options.staged, &repository) {
        (true, None) => return Err(ScanError::NoRepository { path: options.root.clone() }),
        (true, Some(repository)) => Files::staged(repository, options.max_file_size)?,
        (false, _) => Files::on_disk(&root, options.max_file_size),
    };
    let Files { mut paths, source, notifications: mut walked } = files;
    notifications.append(&mut walked);
    let source = overlay(source, &options.overlays, &mut paths);

    let rules = rules();
    let (settings, mut complaints) = settings(options, &paths, source.as_ref(), &rules)?;
    notifications.append(&mut complaints);

    let git = repository.as_deref().and_then(|repository| {
        let unknown = |message: String| Notification::new(NotificationKind::GitUnknown, message);
        notifications.extend(repository.limits().into_iter().map(unknown));
        match git_state(repository, &paths, source.as_ref()) {
            Ok(state) => state,
            // The limits already say why.
            Err(_) => None,
        }
    });
    let names = project_names(&root, repository.as_deref());
    let thresholds: Options = settings.options.clone();
    let snapshot = Snapshot::new(paths, source, git, thresholds).with_project_names(names);

    let staged: Option<HashSet<String>> = match (&repository, options.staged) {
        (Some(repository), true) => {
            Some(repository.staged()?.into_iter().map(|staged| staged.entry.path).collect())
        }
        _ => None,
    };
    let filter = Filter { only: &options.only, staged: staged.as_ref() };
    let mut findings = run(&snapshot, &settings, &filter);
    notifications.extend(settings.suppress(&mut findings));
    if options.only.is_empty() && !options.staged {
        let ran = |rule: &Rule| settings.wants(rule, None);
        notifications.extend(suppress(&snapshot, &mut findings, &rules, &ran));
    } else {
        // Only part of the findings is at hand, so nothing can be called unused.
        let _ = suppress(&snapshot, &mut findings, &rules, &|_| false);
    }
    count_equals(&mut findings);
    notifications.extend(snapshot.take_notifications());
    notifications.sort();
    notifications.dedup();

    let fail_on = options
        .fail_on
        .or(settings.fail_on)
        .unwrap_or(FailOn::Severity(seaworthy_model::Severity::Medium));
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        rules,
        findings,
        statistics: Statistics {
            artifacts: snapshot.artifacts().len(),
            documents: snapshot.documents_read(),
        },
        notifications,
        git: repository.as_ref().map(|repository| repository.provenance()),
        exit_code: 0,
    };
    let settings_broken = report.notifications.iter().any(|notification| {
        notification.kind == NotificationKind::SettingsInvalid
            && notification
                .artifact
                .as_ref()
                .is_some_and(|artifact| artifact.file_name() == FILE_NAME)
    });
    report.exit_code = match fail_on {
        _ if settings_broken => 2,
        FailOn::Severity(threshold) if report.reaches(threshold) => 1,
        FailOn::Severity(_) | FailOn::Never => 0,
    };
    Ok(Scan { report, snapshot })
}

/// The paths to understand and where their texts are.
struct Files {
    paths: Vec<ArtifactPath>,
    source: Box<dyn TextSource>,
    notifications: Vec<Notification>,
}

impl Files {
    fn on_disk(root: &Path, limit: u64) -> Self {
        let Walked { files, unusual, notifications } = walk(root);
        let unusual: HashMap<_, _> = unusual.into_iter().collect();
        let source = WorkingTree { root: root.to_owned(), unusual, limit };
        Self { paths: files, source: Box::new(source), notifications }
    }

    /// The plain files of the index; of a path in conflict our side.
    fn staged(repository: &Arc<Repository>, limit: u64) -> Result<Self, ScanError> {
        let blobs: HashMap<ArtifactPath, _> = repository
            .tracked()?
            .iter()
            .filter(|entry| {
                matches!(entry.kind, TrackedKind::File { .. }) && matches!(entry.stage, 0 | 2)
            })
            .filter(|entry| !entry.intent_to_add)
            .filter(|entry| !entry.path.split('/').any(roles::is_vendored_directory))
            .map(|entry| (ArtifactPath::new(&entry.path), entry.id))
            .collect();
        let paths = blobs.keys().cloned().collect();
        let source = Index { blobs, repository: Arc::clone(repository), limit };
        Ok(Self { paths, source: Box::new(source), notifications: Vec::new() })
    }
}

fn overlay(
    source: Box<dyn TextSource>,
    overlays: &[(ArtifactPath, String)],
    paths: &mut Vec<ArtifactPath>,
) -> Box<dyn TextSource> {
    if overlays.is_empty() {
        return source;
    }
    let mut texts: HashMap<ArtifactPath, Arc<str>> = HashMap::new();
    for (path, text) in overlays {
        texts.insert(path.clone(), Arc::from(text.as_str()));
        paths.push(path.clone());
    }
    Box::new(Overlay { texts, below: source })
}

fn settings(
    options: &ScanOptions,
    paths: &[ArtifactPath],
    source: &dyn TextSource,
    rules: &[&'static Rule],
) -> Result<(Settings, Vec<Notification>), ScanError> {
    if let Some(path) = &options.config {
        let failed = |reason: String| ScanError::Config { path: path.clone(), reason };
        // A path given on the command line may be a link.
        let real = path.canonicalize().map_err(|error| failed(error.kind().to_string()))?;
        let text = read_file(&real, options.max_file_size).map_err(|p| failed(p.message))?;
        let file = (ArtifactPath::new(FILE_NAME), text.text.to_string());
        return Ok(Settings::read(vec![file], rules));
    }
    let mut files: Vec<(ArtifactPath, String)> = Vec::new();
    let mut notifications = Vec::new();
    let mut found: Vec<&ArtifactPath> =
        paths.iter().filter(|path| path.file_name() == FILE_NAME).collect();
    found.sort_unstable_by_key(|path| (path.as_str().matches('/').count(), path.as_str()));
    for path in found {
        match source.read(path) {
            Ok(text) => files.push((path.clone(), text.text.to_string())),
            Err(problem) => notifications
                .push(Notification::new(problem.kind, problem.message).in_artifact(path.clone())),
        }
    }
    let (settings, complaints) = Settings::read(files, rules);
    notifications.extend(complaints);
    Ok((settings, notifications))
}

/// The tracked paths and every ignore rule that applies below the root. `None`
/// in a bare repository, where no path counts as tracked.
fn git_state(
    repository: &Repository,
    paths: &[ArtifactPath],
    source: &dyn TextSource,
) -> Result<Option<GitState>, GitError> {
    if repository.top().is_none() {
        return Ok(None);
    }
    let tracked = repository.tracked()?.iter().map(|entry| entry.path.clone()).collect();
    let mut rules: IgnoreRules = repository.outer_ignore_rules()?;
    for path in paths.iter().filter(|path| path.file_name() == ".gitignore") {
        if let Ok(text) = source.read(path) {
            rules.add(IgnoreSource::File { artifact: path.clone() }, text.text);
        }
    }
    Ok(Some(GitState::new(tracked, rules)))
}

fn project_names(root: &Path, repository: Option<&Repository>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    names.extend(root.file_name().and_then(|name| name.to_str()).map(str::to_owned));
    if let Some(uri) = repository.and_then(|r| r.provenance().repository_uri) {
        let name = uri.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        names.push(name.trim_end_matches(".git").to_owned());
    }
    names.retain(|name| name.len() > 2);
    names
}

/// Which findings are wanted.
struct Filter<'a> {
    only: &'a [String],
    staged: Option<&'a HashSet<String>>,
}

impl Filter<'_> {
    fn wants(&self, finding: &Finding) -> bool {
        let mut places = std::iter::once(&finding.location).chain(&finding.related);
        let named = self.only.is_empty()
            || self
                .only
                .iter()
                .any(|only| only.is_empty() || below(finding.location.artifact.as_str(), only));
        named
            && self
                .staged
                .is_none_or(|staged| places.any(|place| staged.contains(place.artifact.as_str())))
    }
}

fn below(path: &str, only: &str) -> bool {
    path.strip_prefix(only).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Runs every source over every file and over the repository, in parallel, and
/// applies the settings that concern a single finding.
fn run(snapshot: &Snapshot, settings: &Settings, filter: &Filter<'_>) -> Vec<Finding> {
    let sources = sources();
    let wanted = |rule: &Rule, artifact: Option<&seaworthy_analysis::Artifact>| {
        settings.wants(rule, artifact.map(|artifact| artifact.path().as_str()))
    };
    let new_run = || Run { snapshot, wanted: &wanted, findings: Vec::new() };
    let alone: Vec<_> =
        snapshot.artifacts().iter().filter(|a| a.kind().is_judged_alone()).collect();
    let over_files = || -> Vec<Finding> {
        alone
            .par_iter()
            .flat_map_iter(|artifact| {
                let mut run = new_run();
                for source in &sources {
                    source.check_artifact(artifact, &mut run);
                }
                run.findings
            })
            .collect()
    };
    let over_repository = || -> Vec<Finding> {
        let mut run = new_run();
        for source in &sources {
            source.check_repository(&mut run);
        }
        run.findings
    };
    let (mut findings, mut more) = rayon::join(over_files, over_repository);
    findings.append(&mut more);
    findings.retain_mut(|finding| {
        let path = finding.location.artifact.as_str();
        if let Some(severity) = settings.severity(finding.rule, path) {
            finding.severity = severity;
        }
        settings.wants(finding.rule, Some(path))
            && !settings.excludes(path)
            && filter.wants(finding)
    });
    findings.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    findings.dedup_by(|b, a| sort_key(a) == sort_key(b));
    findings
}

fn sort_key(finding: &Finding) -> (&ArtifactPath, seaworthy_model::Region, &str, &str) {
    let location = &finding.location;
    (&location.artifact, location.region, finding.rule.id, &finding.message)
}

/// Gives findings with equal evidence fingerprints of their own, in order.
fn count_equals(findings: &mut [Finding]) {
    let mut seen: BTreeMap<Fingerprint, u128> = BTreeMap::new();
    for finding in findings {
        let count = seen.entry(finding.fingerprint).or_default();
        finding.fingerprint.0 = finding.fingerprint.0.wrapping_add(*count);
        *count += 1;
    }
}
