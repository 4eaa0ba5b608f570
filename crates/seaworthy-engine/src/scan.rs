//! The way of the data: walk, snapshot, rule sources, suppression, report.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use seaworthy_analysis::{NativeRule, NativeRules, RuleSource, Snapshot};
use seaworthy_detector_pack::Table;
use seaworthy_detectors::Detectors;
use seaworthy_model::{
    ArtifactPath, Notification, NotificationKind, Report, Rule, Severity, Statistics,
};

use crate::gather::{Files, git_state, named_plugins, project_names, settings_files};
use crate::git::{self, GitError};
use crate::history::History;
use crate::judge::{Filter, judge, one_finding_a_secret};
use crate::leaks::Leaks;
use crate::plugins::{OfPlugins, PluginOptions, is_failure};
use crate::settings::{FailOn, PluginFailures, Settings};
use crate::source::Nowhere;
use crate::suppress::suppress;
use crate::team::Team;

/// The largest file that is parsed unless told otherwise: 32 MiB.
pub const DEFAULT_MAX_FILE_SIZE: u64 = 32 * 1024 * 1024;

/// What the limit can be raised to: lines are counted by 32-bit offsets.
const GREATEST_MAX_FILE_SIZE: u64 = u32::MAX as u64 - 1;

/// What to scan, and how.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// The directory whose files are understood as one repository.
    pub root: PathBuf,
    /// Scan git's index instead of the working tree, and report only what
    /// touches a staged change.
    pub staged: bool,
    /// Scan the history, too: the commits of this range, all when it is empty.
    pub history: Option<String>,
    /// Texts laid over the files, by path relative to the root.
    pub overlays: Vec<(ArtifactPath, String)>,
    /// Judge the overlays by themselves: neither the files below the root nor git
    /// are asked.
    pub alone: bool,
    /// Report only on these files and directories, relative to the root; on
    /// everything when empty. All files are understood either way.
    pub only: Vec<String>,
    /// A settings file to use instead of those that are found.
    pub config: Option<PathBuf>,
    /// When the scan fails; settings decide when `None`.
    pub fail_on: Option<FailOn>,
    /// The largest file that is parsed, in bytes.
    pub max_file_size: u64,
    /// How plugins are treated.
    pub plugins: PluginOptions,
}

impl ScanOptions {
    /// A scan of the working tree below `root` by the defaults.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            staged: false,
            history: None,
            overlays: Vec::new(),
            alone: false,
            only: Vec::new(),
            config: None,
            fail_on: None,
            max_file_size: DEFAULT_MAX_FILE_SIZE,
            plugins: PluginOptions::default(),
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
    /// There is no history without a git repository.
    #[error("{path}: not in a git repository, so there is no history")]
    NoHistory {
        /// The root.
        path: PathBuf,
    },
    /// `--staged` needs an index, which a bare repository has not.
    #[error("{path}: a bare repository has no index, so nothing is staged")]
    Bare {
        /// The root.
        path: PathBuf,
    },
    /// A text was to be laid over a file outside the root.
    #[error("{path}: not a path below the root")]
    Overlay {
        /// The path as given.
        path: ArtifactPath,
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

/// How many parts the native rules are judged in, beside each other.
const PARTS: usize = 4;

/// The rule sources of this build. The native rules are dealt out to several, so
/// that those of one costly group do not all fall to one thread.
fn sources(detectors: &'static Detectors) -> Vec<Box<dyn RuleSource>> {
    let mut parts: Vec<Vec<&'static NativeRule>> = vec![Vec::new(); PARTS];
    for (index, rule) in seaworthy_rules::all().into_iter().enumerate() {
        parts[index % PARTS].push(rule);
    }
    let natives =
        parts.into_iter().map(|rules| -> Box<dyn RuleSource> { Box::new(NativeRules::new(rules)) });
    std::iter::once::<Box<dyn RuleSource>>(Box::new(Leaks::new(detectors))).chain(natives).collect()
}

/// Secret detection, which reports passwords of URLs and tokens of package managers
/// by native rules.
pub(crate) fn detectors_of(tables: &[&'static Table]) -> Detectors {
    let native = |id: &str| {
        let mut natives = seaworthy_rules::all().into_iter();
        let found = natives.find(|native| native.rule.id == id);
        &found.expect("the native rules have one for URLs and one for .npmrc files").rule
    };
    Detectors::new(tables, native("connection-string-credential"), native("npmrc-insecure"))
}

/// The detectors of this build.
pub(crate) fn detectors() -> &'static Detectors {
    static DETECTORS: OnceLock<Detectors> = OnceLock::new();
    DETECTORS.get_or_init(|| detectors_of(&[seaworthy_detectors::embedded()]))
}

/// Every rule of this build, sorted by id.
#[must_use]
pub fn rules() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> =
        sources(detectors()).iter().flat_map(|source| source.rules()).collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}

/// The rules of this build and of the plugins that a repository names, sorted by id,
/// and what is to be said of plugins that do not run.
#[must_use]
pub fn rules_of(options: &ScanOptions) -> (Vec<&'static Rule>, Vec<Notification>) {
    let root = options.root.canonicalize().unwrap_or_else(|_| options.root.clone());
    let limit = options.max_file_size.min(GREATEST_MAX_FILE_SIZE);
    let files = Files::in_root(&root, limit);
    let mut rules = rules();
    let Ok((written, mut notifications)) = settings_files(options, &root, &files) else {
        return (rules, Vec::new());
    };
    let of_plugins =
        OfPlugins::new(named_plugins(options, &root, &written, &files), &options.plugins);
    rules.extend(of_plugins.rules);
    rules.sort_by_key(|rule| rule.id);
    notifications.extend(of_plugins.notifications);
    (rules, notifications)
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
        _ if options.alone => None,
        Ok(repository) => repository.map(Arc::new),
        Err(error) if options.staged => return Err(error.into()),
        Err(error) => {
            notifications.push(Notification::new(NotificationKind::GitUnknown, error.to_string()));
            None
        }
    };
    let limit = options.max_file_size.min(GREATEST_MAX_FILE_SIZE);
    let mut files = match (options.staged, &repository) {
        (true, None) => return Err(ScanError::NoRepository { path: options.root.clone() }),
        (true, Some(repository)) if repository.top().is_none() => {
            return Err(ScanError::Bare { path: options.root.clone() });
        }
        (true, Some(repository)) => Files::staged(repository, limit)?,
        (false, _) if options.alone => {
            Files { paths: Vec::new(), source: Box::new(Nowhere), notifications: Vec::new() }
        }
        (false, _) => Files::on_disk(&root, limit),
    };
    files = files.overlaid(&options.overlays, limit)?;
    notifications.append(&mut files.notifications);

    let mut rules = rules();
    let mut named: Vec<&'static Rule> =
        rules.iter().copied().chain(seaworthy_detectors::as_rules()).collect();
    let (written, complaints) = settings_files(options, &root, &files)?;
    notifications.extend(complaints);
    let of_plugins =
        OfPlugins::new(named_plugins(options, &root, &written, &files), &options.plugins);
    rules.extend(&of_plugins.rules);
    rules.sort_by_key(|rule| rule.id);
    named.extend(&of_plugins.rules);
    named.extend(&of_plugins.absent);
    notifications.extend(of_plugins.notifications);
    let mut team = Team::new(&written, &files, &named);
    named.extend(team.rules);
    notifications.append(&mut team.notifications);
    let (mut settings, complaints) = Settings::read_files(written, &named);
    settings.switch_off(&team.off);
    notifications.extend(complaints);
    // Only the settings are wrong so far, not yet an inline ignore.
    let settings_broken = notifications.iter().any(|n| n.kind == NotificationKind::SettingsInvalid);

    let staged: Option<Vec<String>> = match (&repository, options.staged) {
        (Some(repository), true) => {
            Some(repository.staged()?.into_iter().map(|staged| staged.entry.path).collect())
        }
        _ => None,
    };
    let git = repository
        .as_deref()
        .and_then(|repository| git_state(repository, &files, &mut notifications))
        .map(|git| git.with_staged(staged.clone().unwrap_or_default()));
    let names = project_names(&root, repository.as_deref());
    let snapshot = Snapshot::new(files.paths, files.source, git, settings.options.clone())
        .with_project_names(names);

    let staged: Option<HashSet<String>> = staged.map(|paths| paths.into_iter().collect());
    let only: Vec<String> = options.only.iter().map(|path| normal(path)).collect();
    let filter = Filter { only: &only, staged: staged.as_ref() };
    let settings = Arc::new(settings);
    let mut sources = sources(team.detectors);
    sources.extend(of_plugins.source);
    if let Some(range) = &options.history {
        let no_history = || ScanError::NoHistory { path: options.root.clone() };
        let repository = Arc::clone(repository.as_ref().ok_or_else(no_history)?);
        let of_excludes = Arc::clone(&settings);
        let excludes = Box::new(move |path: &str| of_excludes.excludes(path));
        sources.push(Box::new(History::new(team.detectors, repository, range, excludes)?));
    }
    let mut findings = judge(&sources, &snapshot, &settings, &filter);

    // Where only part of the findings is at hand, nothing can be called unused.
    let whole = only.is_empty() && !options.staged;
    let unused = settings.suppress(&mut findings);
    if let Some(accepted) = &team.accepted {
        accepted.suppress(&snapshot, &mut findings);
    }
    if whole {
        notifications.extend(unused);
        let paths: Vec<&str> = snapshot.artifacts().iter().map(|a| a.path().as_str()).collect();
        notifications.extend(settings.unused_excludes(&paths));
    }
    let ran = |rule: &Rule, path: &str| {
        whole && settings.wants(rule, Some(path)) && !settings.excludes(path)
    };
    notifications.extend(suppress(&snapshot, &mut findings, &named, &ran));
    let findings = one_finding_a_secret(findings);
    notifications.extend(snapshot.take_notifications());
    // Nothing is reported on what the settings leave out.
    notifications.retain(|notification| {
        notification.artifact.as_ref().is_none_or(|path| !settings.excludes(path.as_str()))
    });
    notifications.sort();
    notifications.dedup();

    let fail_on =
        options.fail_on.or(settings.fail_on).unwrap_or(FailOn::Severity(Severity::Medium));
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        rules,
        extensions: of_plugins.extensions,
        findings,
        statistics: Statistics {
            artifacts: snapshot.artifacts().len(),
            documents: snapshot.documents_read(),
        },
        notifications,
        git: repository.as_ref().map(|repository| repository.provenance()),
        exit_code: 0,
    };
    let failures = settings.plugin_failures.unwrap_or(match options.plugins.fail {
        true => PluginFailures::Fail,
        false => PluginFailures::Report,
    });
    let incomplete =
        failures == PluginFailures::Fail && report.notifications.iter().any(is_failure);
    report.exit_code = match fail_on {
        _ if settings_broken || incomplete => 2,
        FailOn::Severity(threshold) if report.reaches(threshold) => 1,
        FailOn::Severity(_) | FailOn::Never => 0,
    };
    Ok(Scan { report, snapshot })
}

/// A path of the filter without `./` and a slash at its end. One that leaves the
/// root stays as it is and names nothing.
fn normal(path: &str) -> String {
    ArtifactPath::resolve("", path).map_or_else(|| path.to_owned(), |p| p.as_str().to_owned())
}
