//! The baseline: findings that a team knows of and has not mended yet.
//!
//! A file in the repository lists them without lines and without anything made from a
//! secret. What it lists stays in the report and does not count; what it lists and is
//! not found any more is told. It is honoured as settings are: who can write to the
//! repository can write to its baseline, and a review shows both.

mod compare;
mod file;
pub mod import;
mod place;

use std::collections::{HashMap, HashSet};

use seaworthy_model::{ArtifactPath, Finding, Group, Notification, NotificationKind, Rule};

pub use compare::Comparison;
pub use file::{Baseline, Fault, Key, Value, Verdict};
pub use place::{BaselineError, Choice, FILE_NAME, OnDisk, path_by};
pub(crate) use place::{Loaded, Named, load};

use crate::archive::container;
use crate::scan::ScanOptions;
use crate::settings::Settings;
use compare::{Seen, compare};

/// The most stale entries that are told one by one.
const MAX_STALE: usize = 20;

/// What a baseline must know of a scan.
pub(crate) struct Around<'a> {
    /// Whether every finding is at hand.
    pub(crate) whole: bool,
    /// Whether the history was scanned, too.
    pub(crate) history: bool,
    /// Whether git could be asked.
    pub(crate) git: bool,
    pub(crate) settings: &'a Settings,
    /// Every rule that ran.
    pub(crate) rules: &'a [&'static Rule],
    /// Whether a file is gone.
    pub(crate) gone: &'a dyn Fn(&str) -> bool,
}

/// Marks the findings as known or new, and tells of entries that match nothing.
pub(crate) fn apply(
    loaded: &Loaded,
    findings: &mut [Finding],
    around: &Around<'_>,
    notifications: &mut Vec<Notification>,
) -> Comparison {
    let mut ids: HashMap<&str, &'static Rule> = HashMap::new();
    for rule in around.rules {
        for former in rule.former_ids {
            ids.entry(former).or_insert(rule);
        }
    }
    ids.extend(around.rules.iter().map(|&rule| (rule.id, rule)));
    // What hindered the rules on a file may have hidden a finding.
    let hindered: HashSet<Option<ArtifactPath>> = notifications
        .iter()
        .filter(|notification| hinders(notification.kind))
        .map(|notification| notification.artifact.clone())
        .collect();
    let asked = |rule: &str, path: &str| {
        let settings = around.settings;
        let file = ArtifactPath::new(container(path));
        let looked_at = !settings.excludes(path) && !settings.excludes(file.as_str());
        let ran = match ids.get(rule) {
            Some(rule) => {
                settings.wants(rule, Some(path))
                    && (around.history || rule.id != "git-history-secret")
                    && (around.git || rule.group != Group::GitHygiene)
            }
            // One of a plugin that did not run, or of a seaworthy of other times.
            None => !rule.contains('/'),
        };
        looked_at && ran && !hindered.contains(&None) && !hindered.contains(&Some(file))
    };
    let seen = Seen {
        whole: around.whole,
        asked: &asked,
        present_id: &|id| ids.get(id).map(|rule| rule.id),
        gone: around.gone,
    };
    let comparison = compare(&loaded.baseline, findings, &seen);
    tell(loaded, &comparison, notifications);
    comparison
}

/// Whether what was told may have kept a rule from speaking.
fn hinders(kind: NotificationKind) -> bool {
    matches!(
        kind,
        NotificationKind::Unreadable
            | NotificationKind::Malformed
            | NotificationKind::TooLarge
            | NotificationKind::Binary
            | NotificationKind::Path
            | NotificationKind::RuleFailed
            | NotificationKind::LimitReached
            | NotificationKind::PluginFailed
    )
}

fn tell(loaded: &Loaded, comparison: &Comparison, notifications: &mut Vec<Notification>) {
    let told = |message: String| {
        Notification::new(NotificationKind::BaselineStale, message)
            .in_artifact(loaded.artifact.clone())
    };
    for (key, value) in comparison.stale.iter().take(MAX_STALE) {
        let message = match value.count {
            0 | 1 => format!("`{}` in {} is not found any more", key.rule, key.path),
            n => format!("`{}` in {} is not found any more, {n} times", key.rule, key.path),
        };
        let notification = told(message);
        notifications.push(match file::place_of(key, &loaded.text) {
            Some(place) => notification.at(place),
            None => notification,
        });
    }
    let more = comparison.stale.len().saturating_sub(MAX_STALE);
    if more > 0 {
        let entries = if more == 1 { "entry is" } else { "entries are" };
        notifications.push(told(format!("and {more} more {entries} not found any more")));
    }
}

/// The baseline of what a report has that nobody suppressed.
#[must_use]
pub fn of(findings: &[Finding], reason: &str) -> Baseline {
    let mut baseline = Baseline::default();
    for finding in findings.iter().filter(|finding| finding.suppression.is_none()) {
        for matter in &finding.matters {
            baseline.add(matter, reason);
        }
    }
    baseline
}

/// Whether the baseline has a finding that nobody suppressed.
#[must_use]
pub fn holds(baseline: &Baseline, finding: &Finding) -> bool {
    let matter = finding.matters.first().filter(|_| finding.suppression.is_none());
    matter.is_some_and(|matter| baseline.has(matter))
}

/// The baseline brought up to date: without its stale entries, with what is new, which
/// gets this reason.
#[must_use]
pub fn updated(comparison: &Comparison, findings: &[Finding], reason: &str) -> Baseline {
    let mut baseline = comparison.kept.clone();
    for finding in findings.iter().filter(|finding| is_new(finding)) {
        for matter in &finding.matters {
            baseline.add(matter, reason);
        }
    }
    baseline
}

/// Whether a finding is in no baseline and nobody suppressed it.
#[must_use]
pub fn is_new(finding: &Finding) -> bool {
    finding.is_open()
}

/// The text of the baseline with these findings added, for an editor that writes files
/// itself. Those that are suppressed or known already change nothing.
///
/// # Errors
/// When the file or the settings that name it cannot be read.
pub fn add(
    options: &ScanOptions,
    findings: &[&Finding],
    reason: &str,
) -> Result<Addition, BaselineError> {
    let on_disk = OnDisk::find(options)?;
    let mut baseline = on_disk.baseline()?;
    for finding in findings.iter().filter(|finding| is_new(finding)) {
        for matter in &finding.matters {
            baseline.add(matter, reason);
        }
    }
    Ok(Addition {
        path: on_disk.path(),
        artifact: on_disk.artifact().clone(),
        before: on_disk.text,
        after: baseline.write(),
    })
}

/// A baseline before and after findings were added. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The file.
    pub path: std::path::PathBuf,
    /// The same, relative to the root.
    pub artifact: ArtifactPath,
    /// Its text, when it exists.
    pub before: Option<String>,
    /// Its text afterwards.
    pub after: String,
}
