//! `seaworthy.toml`: what a team decides about its rules.
//!
//! Read from the root and from any directory below it; a nested file speaks for
//! its directory, and the nearest one wins. Every wrong setting is told with its
//! place and left out; a setting that has no effect is told too.

mod accept;
mod detectors;
mod edit;
mod plugins;
mod reader;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use seaworthy_analysis::Options;
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_model::{
    ArtifactPath, Finding, LineIndex, Notification, NotificationKind, Region, Rule, Severity,
    Suppression, SuppressionKind,
};

use crate::baseline::Named;
use crate::foreign::Honoured;
pub use accept::with_ignore;
pub(crate) use detectors::own_detectors;
pub use edit::{with_plugin, without_plugin};
pub use plugins::{PluginLimits, PluginSettings, plugins};
pub use schema::schema;

/// The name of a settings file.
pub const FILE_NAME: &str = "seaworthy.toml";

/// The configuration of gitleaks that a settings file names, if it is well formed.
#[must_use]
pub fn gitleaks(text: &str) -> Option<String> {
    if !seaworthy_syntax::toml::parse(text).errors().is_empty() {
        return None;
    }
    own_detectors(text).gitleaks.map(|(path, _)| path)
}

/// The most unused globs of one file that are looked at one by one.
const MAX_UNUSED: usize = 20;

/// When a scan fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// An open finding of this severity or worse.
    Severity(Severity),
    /// Nothing that is found.
    Never,
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(FailOn::Never);
        }
        text.parse().map(FailOn::Severity).map_err(|()| {
            "expected critical, high, medium, low, info, error, warning, note or never".to_owned()
        })
    }
}

/// What a plugin that fails, or that is named and cannot run, means for a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PluginFailures {
    /// The scan fails: a report without the plugin's findings is no report.
    Fail,
    /// They are told, and the scan goes by what was found.
    Report,
}

/// A settings file before it is read.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    /// Its path for the report.
    pub(crate) artifact: ArtifactPath,
    /// The directory it speaks for, `""` for the root.
    pub(crate) directory: String,
    /// Its text.
    pub(crate) text: String,
}

/// All settings in force.
#[derive(Debug, Default)]
pub struct Settings {
    /// When a scan fails, if the root file says so.
    pub fail_on: Option<FailOn>,
    /// What failures of plugins mean, if the root file says so.
    pub plugin_failures: Option<PluginFailures>,
    /// The baseline that the root file names.
    pub(crate) baseline: Option<Named>,
    /// Whose marks count, if the root file says so.
    pub(crate) foreign: Option<Honoured>,
    /// The thresholds of the root file.
    pub options: Options,
    scopes: Vec<Scope>,
    /// Index into `scopes` by directory.
    by_directory: HashMap<String, usize>,
}

/// A file and what it says for its directory.
#[derive(Debug)]
struct Scope {
    file: SettingsFile,
    lines: LineIndex,
    says: Decisions,
}

/// What one file says.
#[derive(Debug, Default)]
struct Decisions {
    /// By the rule's id: off, or the severity to report at.
    rules: HashMap<&'static str, Option<Severity>>,
    exclude: Globs,
    ignores: Vec<Ignore>,
}

/// Paths in the notation of `.gitignore`.
#[derive(Debug, Default)]
struct Globs {
    rules: IgnoreRules,
    /// As written, one for each line of the rules.
    written: Vec<(String, Region)>,
}

impl Globs {
    fn matches(&self, path: &str) -> bool {
        !self.written.is_empty() && self.rules.verdict(path, false).ignored
    }
}

#[derive(Debug)]
struct Ignore {
    region: Region,
    rules: Vec<&'static Rule>,
    paths: Option<Globs>,
    reason: String,
}

impl Settings {
    /// Reads settings files, given with their paths below the root. Rules are
    /// those that may be named.
    #[must_use]
    pub fn read(
        files: Vec<(ArtifactPath, String)>,
        rules: &[&'static Rule],
    ) -> (Self, Vec<Notification>) {
        let beside = |(artifact, text): (ArtifactPath, String)| SettingsFile {
            directory: artifact.parent().to_owned(),
            artifact,
            text,
        };
        Self::read_files(files.into_iter().map(beside).collect(), rules)
    }

    pub(crate) fn read_files(
        files: Vec<SettingsFile>,
        rules: &[&'static Rule],
    ) -> (Self, Vec<Notification>) {
        let mut settings = Self::default();
        let mut notifications = Vec::new();
        for file in files {
            let lines = LineIndex::new(&file.text);
            let (says, complaints) = reader::read(&file, &lines, rules, &mut settings);
            notifications.extend(complaints);
            settings.by_directory.insert(file.directory.clone(), settings.scopes.len());
            settings.scopes.push(Scope { file, lines, says });
        }
        (settings, notifications)
    }

    /// The scopes that a path lies in, the nearest first.
    fn scopes_for<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Scope> {
        let parent = |path: &'a str| path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let start = (!self.scopes.is_empty()).then(|| parent(path));
        std::iter::successors(start, move |directory| {
            (!directory.is_empty()).then(|| parent(directory))
        })
        .filter_map(|directory| self.by_directory.get(directory))
        .map(|&index| &self.scopes[index])
    }

    /// Whether the rule is to run on a file, or at all.
    #[must_use]
    pub fn wants(&self, rule: &Rule, path: Option<&str>) -> bool {
        match path {
            Some(path) => self
                .scopes_for(path)
                .find_map(|scope| scope.setting(rule))
                .map_or(rule.enabled, |setting| setting.is_some()),
            // A rule over the repository runs unless it is off everywhere.
            None => {
                let root = self.by_directory.get("").map(|&index| &self.scopes[index]);
                let by_default = root
                    .and_then(|scope| scope.setting(rule))
                    .map_or(rule.enabled, |setting| setting.is_some());
                by_default || self.scopes.iter().any(|s| matches!(s.setting(rule), Some(Some(_))))
            }
        }
    }

    /// Switches detectors off in the root, unless the root settings speak of them.
    pub(crate) fn switch_off(&mut self, ids: &[&'static str]) {
        if let Some(&root) = self.by_directory.get("") {
            for id in ids {
                self.scopes[root].says.rules.entry(id).or_insert(None);
            }
        }
    }

    /// The severity that the settings give a rule for a file, if they do.
    #[must_use]
    pub fn severity(&self, rule: &Rule, path: &str) -> Option<Severity> {
        self.scopes_for(path).find_map(|scope| scope.setting(rule)).flatten()
    }

    /// Whether nothing is to be reported on the path.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        self.scopes_for(path).any(|scope| {
            scope.relative(path).is_some_and(|relative| scope.says.exclude.matches(relative))
        })
    }

    /// Marks the findings that `[[ignore]]` entries accept, and tells of
    /// entries that accept nothing.
    pub(crate) fn suppress(&self, findings: &mut [Finding]) -> Vec<Notification> {
        let mut by_rule: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            by_rule.entry(finding.rule.id).or_default().push(index);
            if let Some(leak) = finding.leak {
                by_rule.entry(leak.detector).or_default().push(index);
            }
        }
        let mut notifications = Vec::new();
        for scope in &self.scopes {
            for ignore in &scope.says.ignores {
                let named = ignore.rules.iter().filter_map(|rule| by_rule.get(rule.id)).flatten();
                let mut used = false;
                for &index in named {
                    let finding = &mut findings[index];
                    let path = finding.location.artifact.as_str();
                    let accepted = scope.relative(path).is_some_and(|relative| {
                        ignore.paths.as_ref().is_none_or(|paths| paths.matches(relative))
                    });
                    if accepted {
                        used = true;
                        finding.suppression.get_or_insert_with(|| Suppression {
                            kind: SuppressionKind::External,
                            justification: ignore.reason.clone(),
                        });
                    }
                }
                // An entry for a rule that is off is kept for better times.
                if !used && ignore.rules.iter().any(|rule| self.wants(rule, None)) {
                    let message = "an ignore entry silences nothing; remove it";
                    notifications.push(scope.unused(ignore.region, message));
                }
            }
        }
        notifications
    }

    /// Tells of `exclude` entries that match none of the files.
    pub(crate) fn unused_excludes(&self, paths: &[&str]) -> Vec<Notification> {
        let mut notifications = Vec::new();
        for scope in self.scopes.iter().filter(|scope| !scope.says.exclude.written.is_empty()) {
            let within: Vec<&str> = paths.iter().filter_map(|path| scope.relative(path)).collect();
            let mut used = vec![false; scope.says.exclude.written.len()];
            for path in &within {
                let decision = scope.says.exclude.rules.verdict(path, false).decided_by;
                let line = decision.map_or(0, |decision| decision.line as usize);
                if let Some(used) = line.checked_sub(1).and_then(|index| used.get_mut(index)) {
                    *used = true;
                }
            }
            let unused = scope.says.exclude.written.iter().zip(&used).filter(|(_, used)| !**used);
            for ((glob, region), _) in unused.take(MAX_UNUSED) {
                // A later entry may have decided about all that this one matches.
                let mut alone = IgnoreRules::new(false);
                alone.add(IgnoreSource::InfoExclude, glob.strip_prefix('!').unwrap_or(glob));
                if !within.iter().any(|path| alone.verdict(path, false).decided_by.is_some()) {
                    let message = "an exclude entry matches no file that is scanned; remove it";
                    notifications.push(scope.unused(*region, message));
                }
            }
        }
        notifications
    }
}

impl Scope {
    /// The path relative to the scope's directory, if it lies in it.
    fn relative<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.file.directory.is_empty() {
            return Some(path);
        }
        path.strip_prefix(&self.file.directory)?.strip_prefix('/')
    }

    fn setting(&self, rule: &Rule) -> Option<Option<Severity>> {
        self.says.rules.get(rule.id).copied()
    }

    fn unused(&self, region: Region, message: &str) -> Notification {
        let kind = NotificationKind::SettingsUnused;
        note(&self.file, &self.lines, region, kind, message.to_owned())
    }
}

/// A word on a place of a settings file, with its line.
fn note(
    file: &SettingsFile,
    lines: &LineIndex,
    region: Region,
    kind: NotificationKind,
    message: String,
) -> Notification {
    let line = lines.line_region(&file.text, lines.line_of(region.start.min(file.text.len())));
    Notification::new(kind, message)
        .in_artifact(file.artifact.clone())
        .at(lines.position(&file.text, region.start))
        .quoting(line.of(&file.text))
}
