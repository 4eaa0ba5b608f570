//! What a scan knows before the first rule runs, and what it makes of findings.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use seaworthy_analysis::{
    Difference, GitState, NativeRule, NativeRules, RuleSource, Snapshot, TextSource,
};
use seaworthy_detector_pack::Table;
use seaworthy_detectors::Detectors;
use seaworthy_model::{
    ArtifactPath, Extension, Finding, Notification, NotificationKind, Report, Rule, Severity,
    Statistics,
};

use crate::archive::container;
use crate::baseline::{self, Around, Comparison, Loaded};
use crate::changes::{Changes, Scope, View};
use crate::foreign::{self, Honoured, Tool};
use crate::gather::{Files, git_state, ignore_rules, named_plugins, project_names, settings_files};
use crate::git::{self, ObjectId, Repository};
use crate::history::History;
use crate::judge::{Filter, Judge, one_finding_a_secret, settled};
use crate::leaks::Leaks;
use crate::plugins::{OfPlugins, is_failure};
use crate::reason::reason;
use crate::scan::{GREATEST_MAX_FILE_SIZE, ScanError, ScanOptions};
use crate::settings::{FailOn, PluginFailures, Settings};
use crate::source::{Nowhere, Watched};
use crate::suppress::suppress;
use crate::team::{Accepted, Team};

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

/// A repository that is ready to be judged.
pub(crate) struct Prepared {
    /// The files, with the texts that are laid over them.
    pub(crate) snapshot: Snapshot,
    /// Where texts come from that nothing is laid over.
    pub(crate) below: Arc<dyn TextSource>,
    /// The same with the texts that are laid over it.
    source: Arc<dyn TextSource>,
    /// Files whose texts decide how all others are judged: settings, what git ignores.
    pub(crate) decisive: BTreeSet<ArtifactPath>,
    sources: Vec<Box<dyn RuleSource>>,
    settings: Arc<Settings>,
    baseline: Option<Loaded>,
    has_history: bool,
    root: PathBuf,
    rules: Vec<&'static Rule>,
    named: Vec<&'static Rule>,
    accepted: Option<Accepted>,
    honoured: Honoured,
    extensions: Vec<Extension>,
    notifications: Vec<Notification>,
    is_settings_broken: bool,
    only: Vec<String>,
    changes: Option<Changes>,
    /// What rules can see of these changes.
    pub(crate) difference: Option<Difference>,
    view: View,
    detectors: &'static Detectors,
    repository: Option<Arc<Repository>>,
    fail_on: FailOn,
    plugin_failures: PluginFailures,
}

impl Prepared {
    /// The repository around the root.
    pub(crate) fn repository(&self) -> Option<&Repository> {
        self.repository.as_deref()
    }

    /// Gathers everything that rules will need.
    pub(crate) fn new(options: &ScanOptions) -> Result<Self, ScanError> {
        let root = options.root.canonicalize().map_err(|error| ScanError::Root {
            path: options.root.clone(),
            reason: reason(&error),
        })?;
        if !root.is_dir() {
            return Err(ScanError::Root {
                path: options.root.clone(),
                reason: "not a directory".into(),
            });
        }
        let mut notifications = Vec::new();
        let needs_git = options.view != View::WorkingTree || options.since.is_some();
        let repository = match git::open(&root) {
            _ if options.alone => None,
            Ok(repository) => repository,
            Err(error) if needs_git => return Err(error.into()),
            Err(error) => {
                notifications
                    .push(Notification::new(NotificationKind::GitUnknown, error.to_string()));
                None
            }
        };
        let limit = options.max_file_size.min(GREATEST_MAX_FILE_SIZE);
        let (repository, tip) = seen_at(repository, options)?;
        let mut files = match (&options.view, &repository) {
            (View::Index | View::Commit(_), Some(repository)) => Files::tracked(repository, limit)?,
            _ if options.alone => Files::given(Vec::new(), Arc::new(Nowhere)),
            _ => Files::on_disk(&root, limit, &|| {
                // What it comes to, the repository keeps for who asks later.
                if let Some(repository) = &repository {
                    let _ = repository.tracked();
                }
            }),
        };
        let below = Arc::clone(&files.source);
        files = files.overlaid(&options.overlays, limit)?;
        notifications.append(&mut files.notifications);
        let source = Arc::clone(&files.source);
        let watched = Arc::new(Watched::new(files.source));
        files.source = watched.clone();

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
        let loaded = baseline::load(options, &root, &settings, &files, &mut notifications)?;
        if let Some(Loaded { artifact, text, .. }) = &loaded
            && !team.detectors.has_leak(artifact.as_str(), text)
        {
            // It names many files: rules that ask who names a file must not hear of it.
            files.paths.retain(|path| path != artifact);
        }
        // Only the settings are wrong so far, not yet an inline ignore.
        let is_settings_broken =
            notifications.iter().any(|n| n.kind == NotificationKind::SettingsInvalid);

        let mut git = repository
            .as_deref()
            .and_then(|repository| git_state(repository, &files, &mut notifications));
        let changes = match (&repository, &options.since, &options.view) {
            (Some(repository), Some(since), View::WorkingTree) => {
                Some(Changes::on_disk(repository, since, tip, limit, &files, git.as_ref())?)
            }
            (Some(repository), Some(since), _) => {
                Some(Changes::new(repository, since, tip, limit)?)
            }
            _ => None,
        };
        if let Some(changes) = changes.as_ref().filter(|_| options.view == View::Index) {
            git = git.map(|git| git.with_staged(changes.paths()));
        }
        let names = project_names(&root, repository.as_deref());
        let snapshot =
            Snapshot::new(files.paths, Arc::clone(&source), git, settings.options.clone())
                .with_project_names(names);

        let difference = changes.as_ref().map(|changes| changes.difference(&snapshot));

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
        // Who takes over the configuration of gitleaks takes over its comments.
        let of_gitleaks = || team.accepted.iter().map(|_| Tool::Gitleaks).collect();
        let honoured = settings.foreign.clone().unwrap_or_else(|| Honoured(of_gitleaks()));
        let fail_on =
            options.fail_on.or(settings.fail_on).unwrap_or(FailOn::Severity(Severity::Medium));
        let plugin_failures = settings.plugin_failures.unwrap_or(match options.plugins.fail {
            true => PluginFailures::Fail,
            false => PluginFailures::Report,
        });
        Ok(Self {
            snapshot,
            below,
            source,
            decisive: watched.seen(),
            sources,
            settings,
            baseline: loaded,
            has_history: options.history.is_some(),
            root,
            rules,
            named,
            honoured,
            accepted: team.accepted,
            extensions: of_plugins.extensions,
            notifications,
            is_settings_broken,
            only: options.only.iter().map(|path| normal(path)).collect(),
            changes,
            difference,
            view: options.view.clone(),
            detectors: team.detectors,
            repository,
            fail_on,
            plugin_failures,
        })
    }

    /// What judges a snapshot of this repository.
    pub(crate) fn judge<'a>(&'a self, snapshot: &'a Snapshot) -> Judge<'a> {
        let scope = match (&self.changes, &self.difference) {
            (Some(changes), Some(difference)) => Scope::Changed { changes, difference },
            _ => Scope::Everything,
        };
        Judge { sources: &self.sources, snapshot, settings: &self.settings, scope }
    }

    /// The report on findings as the rules made them, all of a snapshot, and what came of
    /// holding them against a baseline.
    pub(crate) fn report(
        &self,
        snapshot: &Snapshot,
        findings: Vec<Finding>,
    ) -> (Report, Option<Comparison>) {
        let settings = &self.settings;
        let filter = Filter { only: &self.only };
        let mut findings = settled(findings, settings, &filter);
        let mut notifications = self.notifications.clone();

        // Where only part of the findings is at hand, nothing can be called unused.
        let whole = self.only.is_empty() && self.changes.is_none();
        let unused = settings.suppress(&mut findings);
        if let Some(accepted) = &self.accepted {
            accepted.suppress(&mut findings);
        }
        if whole {
            notifications.extend(unused);
            let paths: Vec<&str> = snapshot.artifacts().iter().map(|a| a.path().as_str()).collect();
            notifications.extend(settings.unused_excludes(&paths));
        }
        let ran = |rule: &Rule, path: &str| {
            whole && settings.wants(rule, Some(path)) && !settings.excludes(path)
        };
        notifications.extend(suppress(snapshot, &mut findings, &self.named, &ran));
        notifications.extend(foreign::suppress(&self.honoured, snapshot, &mut findings));
        notifications.extend(snapshot.notifications());
        let comparison =
            self.hold_against_baseline(snapshot, &mut findings, whole, &mut notifications);
        if let Some(changes) = &self.changes {
            changes.mark(snapshot, &mut findings, &|number, rules, files| {
                self.earlier(changes, snapshot, number, Scope::Asked { rules, files })
            });
        }
        let findings = one_finding_a_secret(findings);
        // Nothing is reported on what the settings leave out.
        notifications.retain(|notification| {
            notification.artifact.as_ref().is_none_or(|path| !settings.excludes(path.as_str()))
        });
        notifications.sort();
        notifications.dedup();

        let mut report = Report {
            version: env!("CARGO_PKG_VERSION"),
            rules: self.rules.clone(),
            extensions: self.extensions.clone(),
            findings,
            absent: comparison.as_ref().map_or_else(Vec::new, |known| known.absent(&self.rules)),
            statistics: Statistics {
                artifacts: snapshot.artifacts().len(),
                documents: snapshot.documents_read(),
            },
            notifications,
            scope: seaworthy_model::Scope::default(),
            git: self.repository.as_ref().map(|repository| repository.provenance()),
            fails_at: match self.fail_on {
                FailOn::Severity(threshold) => Some(threshold),
                FailOn::Never => None,
            },
            exit_code: 0,
        };
        let incomplete = self.plugin_failures == PluginFailures::Fail
            && report.notifications.iter().any(is_failure);
        report.exit_code = match self.fail_on {
            _ if self.is_settings_broken || incomplete => 2,
            FailOn::Severity(threshold) if report.reaches(threshold) => 1,
            FailOn::Severity(_) | FailOn::Never => 0,
        };
        (report, comparison)
    }

    /// What is found in an earlier state.
    fn earlier(
        &self,
        changes: &Changes,
        present: &Snapshot,
        number: usize,
        scope: Scope<'_>,
    ) -> Vec<Finding> {
        let paths: Vec<ArtifactPath> =
            present.artifacts().iter().map(|artifact| artifact.path().clone()).collect();
        let files = changes.files_of(number, &paths, &self.source);
        let git = present.git().zip(changes.outer_rules()).map(|(git, outer)| {
            let rules = ignore_rules(outer, &files, &mut Vec::new());
            let staged = match self.view {
                View::Index => changes.paths_in(number),
                View::WorkingTree | View::Commit(_) => Vec::new(),
            };
            GitState::new(changes.tracked_in(number, git), rules)
                .of_part(git.is_part())
                .with_staged(staged)
        });
        let names = present.project_names().to_vec();
        let then = Snapshot::new(files.paths, files.source, git, present.options().clone())
            .with_project_names(names);
        let settings = &self.settings;
        // The detectors remember what they saw of the present.
        let fresh = sources(self.detectors);
        let others = fresh.len()..self.sources.len() - usize::from(self.has_history);
        let judge = |sources| Judge { sources, snapshot: &then, settings, scope }.everything();
        let mut findings = judge(&fresh);
        if !others.is_empty() {
            findings.append(&mut judge(&self.sources[others]));
        }
        let mut findings = settled(findings, settings, &Filter { only: &[] });
        suppress(&then, &mut findings, &self.named, &|_, _| false);
        findings
    }

    /// Marks the findings that the baseline knows, where there is one.
    fn hold_against_baseline(
        &self,
        snapshot: &Snapshot,
        findings: &mut [Finding],
        whole: bool,
        notifications: &mut Vec<Notification>,
    ) -> Option<Comparison> {
        let loaded = self.baseline.as_ref()?;
        let gone = |path: &str| {
            let file = container(path);
            let on_disk = || std::fs::symlink_metadata(self.root.join(file)).is_ok();
            snapshot.artifact(file).is_none() && !on_disk()
        };
        let around = Around {
            whole,
            history: self.has_history,
            git: snapshot.git().is_some(),
            settings: &self.settings,
            rules: &self.rules,
            gone: &gone,
        };
        Some(baseline::apply(loaded, findings, &around, notifications))
    }
}

/// The repository, seen at the commit that is to be looked at, and that commit: for the
/// files on disk and the index the one that they belong to.
fn seen_at(
    repository: Option<Repository>,
    options: &ScanOptions,
) -> Result<(Option<Arc<Repository>>, Option<ObjectId>), ScanError> {
    let path = || options.root.clone();
    let missing = match (&options.view, &options.since) {
        (View::WorkingTree, None) => return Ok((repository.map(Arc::new), None)),
        (View::Index, _) => {
            "nothing is staged; without --staged the files are looked at as they lie there"
        }
        (View::WorkingTree, Some(_)) => "there is nothing to compare with",
        (View::Commit(_), _) => "there are no commits",
    };
    let Some(repository) = repository else {
        return Err(ScanError::NoRepository { path: path(), missing });
    };
    if let View::Commit(name) = &options.view {
        let commit = repository.commit_named(name)?;
        return Ok((Some(Arc::new(repository.at(commit)?)), Some(commit)));
    }
    if repository.top().is_none() {
        return Err(ScanError::Bare { path: path() });
    }
    let tip = match options.since {
        Some(_) => repository.head()?,
        None => None,
    };
    Ok((Some(Arc::new(repository)), tip))
}

/// A path of the filter without `./` and a slash at its end. One that leaves the
/// root stays as it is and names nothing.
fn normal(path: &str) -> String {
    ArtifactPath::resolve("", path).map_or_else(|| path.to_owned(), |p| p.as_str().to_owned())
}
