//! What of a report goes into a file, and the tables that results refer to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use seaworthy_model::{
    Absent, ArtifactPath, BaselineState, Extension, Finding, Notification, NotificationKind,
    Report, Rule,
};

use super::Profile;
use super::result::GITHUB_LOCATIONS;

/// GitHub shows this many results of a run and drops the rest unsaid.
const GITHUB_RESULTS: usize = 5_000;

/// The findings of a file with its tables of rules and artifacts.
pub(super) struct Selection<'a> {
    /// In the order of the report.
    pub(super) findings: Vec<&'a Finding>,
    /// What the baseline knows and is gone; GitHub hears nothing of a baseline.
    pub(super) absent: &'a [Absent],
    /// The report's notifications, and one more if findings were cut.
    pub(super) notifications: Vec<Notification>,
    /// Those of the tool itself, sorted by id, each once.
    pub(super) rules: Vec<&'static Rule>,
    /// The plugins with their rules, sorted likewise.
    pub(super) extensions: Vec<(&'a Extension, Vec<&'static Rule>)>,
    /// The files that the findings, fixes and notifications name, sorted.
    pub(super) artifacts: Vec<&'a ArtifactPath>,
    /// Whether a baseline was compared with: then every result has a state.
    pub(super) has_baseline: bool,
    indices: BTreeMap<&'a str, usize>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(report: &'a Report, profile: Profile) -> Self {
        let mut findings: Vec<&Finding> = match profile {
            Profile::Full => report.findings.iter().collect(),
            Profile::Github => report.open_findings().collect(),
        };
        let absent: &[Absent] = match profile {
            Profile::Full => &report.absent,
            Profile::Github => &[],
        };
        let mut notifications = report.notifications.clone();
        let total = findings.len();
        if profile == Profile::Github && total > GITHUB_RESULTS {
            findings = keep_worst(findings);
            notifications.push(Notification::new(
                NotificationKind::Truncated,
                format!(
                    "GitHub shows {GITHUB_RESULTS} results; the {} least severe of {total} were left out.",
                    total - GITHUB_RESULTS
                ),
            ));
        }
        let rules: BTreeMap<&str, &'static Rule> = report
            .rules
            .iter()
            .copied()
            .chain(findings.iter().map(|finding| finding.rule))
            .map(|rule| (rule.id, rule))
            .collect();
        let mut extensions: Vec<(&Extension, Vec<&'static Rule>)> =
            report.extensions.iter().map(|extension| (extension, Vec::new())).collect();
        let mut own = Vec::with_capacity(rules.len());
        for rule in rules.into_values() {
            let of_plugin = |(extension, _): &&mut (&Extension, _)| {
                rule.plugin() == Some(extension.name.as_str())
            };
            match extensions.iter_mut().find(of_plugin) {
                Some((_, rules)) => rules.push(rule),
                None => own.push(rule),
            }
        }
        let artifacts = artifacts(report, &findings, profile);
        let indices = artifacts.iter().enumerate().map(|(n, path)| (path.as_str(), n)).collect();
        Self {
            has_baseline: !absent.is_empty()
                || findings.iter().any(|finding| finding.baseline.is_some()),
            findings,
            absent,
            notifications,
            rules: own,
            extensions,
            artifacts,
            indices,
        }
    }

    pub(super) fn artifact_index(&self, path: &ArtifactPath) -> Option<usize> {
        self.indices.get(path.as_str()).copied()
    }

    /// The place of a rule of the tool itself.
    pub(super) fn rule_index(&self, rule: &Rule) -> Option<usize> {
        self.rules.binary_search_by(|known| known.id.cmp(rule.id)).ok()
    }

    /// The place of a plugin's rule: that of the plugin, and its own there.
    pub(super) fn extension_index(&self, rule: &Rule) -> Option<(usize, usize)> {
        let plugin = rule.plugin()?;
        let place = self.extensions.iter().position(|(known, _)| known.name == plugin)?;
        let rules = &self.extensions[place].1;
        Some((place, rules.binary_search_by(|known| known.id.cmp(rule.id)).ok()?))
    }

    /// The finding's state against the baseline, if there was one.
    pub(super) fn baseline_state(&self, finding: &Finding) -> Option<BaselineState> {
        self.has_baseline.then(|| finding.baseline.unwrap_or(BaselineState::New))
    }
}

/// The most severe findings that fit, the earlier first among equals, in the
/// order in which they came.
fn keep_worst(findings: Vec<&Finding>) -> Vec<&Finding> {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|&n| Reverse(findings[n].severity));
    order.truncate(GITHUB_RESULTS);
    order.sort_unstable();
    order.into_iter().map(|n| findings[n]).collect()
}

fn artifacts<'a>(
    report: &'a Report,
    findings: &[&'a Finding],
    profile: Profile,
) -> Vec<&'a ArtifactPath> {
    let related_limit = match profile {
        Profile::Full => usize::MAX,
        Profile::Github => GITHUB_LOCATIONS - 1,
    };
    let mut paths: BTreeSet<&ArtifactPath> =
        report.notifications.iter().filter_map(|n| n.artifact.as_ref()).collect();
    for finding in findings {
        paths.insert(&finding.location.artifact);
        paths.extend(finding.related.iter().take(related_limit).map(|place| &place.artifact));
        let replacements = finding.fixes.iter().flat_map(|fix| &fix.replacements);
        paths.extend(replacements.map(|replacement| &replacement.artifact));
    }
    paths.into_iter().collect()
}
