//! The report as JSON: the shape `seaworthy-report/1`, for scripts.
//!
//! One object on one line. Within version 1, keys are only ever added; a key
//! that has nothing to say is `null` or empty, never left out.
//!
//! | key | value |
//! |---|---|
//! | `schema` | `"seaworthy-report/1"` |
//! | `tool` | `name`, `version`, `uri` |
//! | `exit_code` | what the process ends with: 0 clean, 1 findings |
//! | `statistics` | `artifacts` and `documents` seen; `findings` that are `open`, `suppressed`, of these `foreign` by marks of other tools, `baselined`, `fixable` (by `--fix`), `unsafely_fixable` (only by `--unsafe-fixes`), and the open ones `by_severity` |
//! | `git` | `repository_uri`, `revision`, `branch`, or `null` outside git |
//! | `notifications[]` | `id`, `level`, `message`, `path`, `position`, `excerpt` (the line at fault in a settings file) |
//! | `plugins[]` | that took part: `name`, `version`, `summary`, `sha256`, `organization`, `uri`; sorted by name |
//! | `rules[]` | `id`, `former_ids`, `group`, `summary`, `severity`, `precision`, `cwe` (numbers), `enabled`, `uri`; all rules, sorted by id |
//! | `findings[]` | sorted by path, region and rule; suppressed and baselined ones too |
//!
//! A finding has `rule`, `severity` (`info`, `low`, `medium`, `high`,
//! `critical`), `level` (`note`, `warning`, `error`), `precision`, `message`,
//! `location`, `related[]` (locations), `fixes[]`, `fingerprint` (32 hex
//! digits, stable across moved lines), `suppression` (`kind`: `in-source`,
//! `external` or `foreign`, and `justification`) and `baseline` (`new` or `unchanged`).
//!
//! A location has `path`, `region` (`start` and `end` in bytes, half open),
//! `start` and `end` (positions), `snippet`, `context` (`region`, `start`,
//! `end`, `text`), `label` and `line_hash`. A position has `line` and `column`
//! (UTF-16 code units) and `byte_column`, all counted from 1.
//!
//! A fix has `title`, `applicability` (`safe`, `unsafe`, `display-only`) and
//! `replacements[]` (`path`, `region`, `start`, `end`, `text`).
//!
//! Secrets are masked by `*`, byte for byte.

use std::io::{BufWriter, Write};

use seaworthy_model::{
    BaselineState, Context, Extension, Finding, Fix, Location, Notification, Position, Region,
    Replacement, Report, Rule, Severity, SuppressionKind,
};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::tally::Tally;
use crate::{REPOSITORY, TOOL, rule_url};

/// The name and version of the shape.
pub const SCHEMA: &str = "seaworthy-report/1";

/// Writes the report as one line of JSON.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    serde_json::to_writer(&mut out, &Root::new(report))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// A list whose items are converted one at a time while it is written.
struct Each<'a, T, U>(&'a [T], fn(&'a T) -> U);

impl<'a, T, U: Serialize> Serialize for Each<'a, T, U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

/// What a report comes to.
#[derive(serde::Serialize)]
pub(crate) struct Summary<'a> {
    schema: &'static str,
    tool: Tool<'a>,
    exit_code: u8,
    statistics: Statistics,
}

impl<'a> Summary<'a> {
    pub(crate) fn new(report: &'a Report) -> Self {
        Self {
            schema: SCHEMA,
            tool: Tool { name: TOOL, version: report.version, uri: REPOSITORY },
            exit_code: report.exit_code,
            statistics: statistics(report),
        }
    }
}

#[derive(serde::Serialize)]
struct Root<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    git: Option<Git<'a>>,
    notifications: Each<'a, Notification, NotificationView<'a>>,
    plugins: Each<'a, Extension, PluginView<'a>>,
    rules: Each<'a, &'static Rule, RuleView>,
    findings: Each<'a, Finding, FindingView<'a>>,
}

impl<'a> Root<'a> {
    fn new(report: &'a Report) -> Self {
        Self {
            summary: Summary::new(report),
            git: report.git.as_ref().map(|git| Git {
                repository_uri: git.repository_uri.as_deref(),
                revision: git.revision.as_deref(),
                branch: git.branch.as_deref(),
            }),
            notifications: Each(&report.notifications, notification),
            plugins: Each(&report.extensions, plugin),
            rules: Each(&report.rules, rule),
            findings: Each(&report.findings, finding),
        }
    }
}

fn statistics(report: &Report) -> Statistics {
    let tally = Tally::of(report);
    Statistics {
        artifacts: report.statistics.artifacts,
        documents: report.statistics.documents,
        findings: Counts {
            open: tally.open(),
            suppressed: tally.suppressed,
            foreign: tally.foreign,
            baselined: tally.baselined,
            fixable: tally.fixable,
            unsafely_fixable: tally.unsafely_fixable,
            by_severity: BySeverity(tally),
        },
    }
}

#[derive(serde::Serialize)]
struct Tool<'a> {
    name: &'a str,
    version: &'a str,
    uri: &'a str,
}

#[derive(serde::Serialize)]
struct Statistics {
    artifacts: usize,
    documents: usize,
    findings: Counts,
}

#[derive(serde::Serialize)]
struct Counts {
    open: usize,
    suppressed: usize,
    foreign: usize,
    baselined: usize,
    fixable: usize,
    unsafely_fixable: usize,
    by_severity: BySeverity,
}

struct BySeverity(Tally);

impl Serialize for BySeverity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Severity::ALL.len()))?;
        for severity in Severity::ALL.into_iter().rev() {
            map.serialize_entry(severity.as_str(), &self.0.count(severity))?;
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Git<'a> {
    repository_uri: Option<&'a str>,
    revision: Option<&'a str>,
    branch: Option<&'a str>,
}

#[derive(serde::Serialize)]
pub(crate) struct NotificationView<'a> {
    id: &'static str,
    level: &'static str,
    message: &'a str,
    path: Option<&'a str>,
    position: Option<PositionView>,
    excerpt: Option<&'a str>,
}

/// A notification with the keys of the report.
pub(crate) fn notification(notification: &Notification) -> NotificationView<'_> {
    NotificationView {
        id: notification.kind.id(),
        level: notification.kind.level().as_str(),
        message: &notification.message,
        path: notification.artifact.as_ref().map(|path| path.as_str()),
        position: notification.position.map(position),
        excerpt: notification.excerpt.as_deref(),
    }
}

#[derive(serde::Serialize)]
struct PluginView<'a> {
    name: &'a str,
    version: &'a str,
    summary: &'a str,
    sha256: &'a str,
    organization: Option<&'a str>,
    uri: Option<&'a str>,
}

fn plugin(plugin: &Extension) -> PluginView<'_> {
    PluginView {
        name: &plugin.name,
        version: &plugin.version,
        summary: &plugin.summary,
        sha256: &plugin.sha256,
        organization: plugin.organization.as_deref(),
        uri: plugin.information_uri.as_deref(),
    }
}

#[derive(serde::Serialize)]
struct RuleView {
    id: &'static str,
    former_ids: &'static [&'static str],
    group: &'static str,
    summary: &'static str,
    severity: &'static str,
    precision: &'static str,
    cwe: &'static [u16],
    enabled: bool,
    uri: String,
}

fn rule(rule: &&'static Rule) -> RuleView {
    RuleView {
        id: rule.id,
        former_ids: rule.former_ids,
        group: rule.group.as_str(),
        summary: rule.summary,
        severity: rule.severity.as_str(),
        precision: rule.precision.as_str(),
        cwe: rule.cwe,
        enabled: rule.enabled,
        uri: rule_url(rule),
    }
}

#[derive(serde::Serialize)]
pub(crate) struct FindingView<'a> {
    rule: &'static str,
    severity: &'static str,
    level: &'static str,
    precision: &'static str,
    message: &'a str,
    location: LocationView<'a>,
    related: Each<'a, Location, LocationView<'a>>,
    fixes: Each<'a, Fix, FixView<'a>>,
    fingerprint: String,
    suppression: Option<SuppressionView<'a>>,
    baseline: Option<&'static str>,
}

/// A finding with the keys of the report.
pub(crate) fn finding(finding: &Finding) -> FindingView<'_> {
    FindingView {
        rule: finding.rule.id,
        severity: finding.severity.as_str(),
        level: finding.severity.level().as_str(),
        precision: finding.rule.precision.as_str(),
        message: &finding.message,
        location: location(&finding.location),
        related: Each(&finding.related, location),
        fixes: Each(&finding.fixes, fix),
        fingerprint: finding.fingerprint.to_string(),
        suppression: finding.suppression.as_ref().map(|suppression| SuppressionView {
            kind: match suppression.kind {
                SuppressionKind::InSource => "in-source",
                SuppressionKind::External => "external",
                SuppressionKind::Foreign => "foreign",
            },
            justification: &suppression.justification,
        }),
        baseline: finding.baseline.map(|state| match state {
            BaselineState::New => "new",
            BaselineState::Unchanged => "unchanged",
        }),
    }
}

#[derive(serde::Serialize)]
struct SuppressionView<'a> {
    kind: &'static str,
    justification: &'a str,
}

#[derive(serde::Serialize)]
struct LocationView<'a> {
    path: &'a str,
    region: RegionView,
    start: PositionView,
    end: PositionView,
    snippet: Option<&'a str>,
    context: Option<ContextView<'a>>,
    label: Option<&'a str>,
    line_hash: Option<&'a str>,
}

fn location(location: &Location) -> LocationView<'_> {
    LocationView {
        path: location.artifact.as_str(),
        region: region(location.region),
        start: position(location.start),
        end: position(location.end),
        snippet: location.snippet(),
        context: location.context.as_ref().map(context),
        label: location.label.as_deref(),
        line_hash: location.line_hash.as_deref(),
    }
}

#[derive(serde::Serialize)]
struct ContextView<'a> {
    region: RegionView,
    start: PositionView,
    end: PositionView,
    text: &'a str,
}

fn context(context: &Context) -> ContextView<'_> {
    ContextView {
        region: region(context.region),
        start: position(context.start),
        end: position(context.end),
        text: &context.text,
    }
}

#[derive(serde::Serialize)]
struct FixView<'a> {
    title: &'a str,
    applicability: &'static str,
    replacements: Each<'a, Replacement, ReplacementView<'a>>,
}

fn fix(fix: &Fix) -> FixView<'_> {
    FixView {
        title: &fix.title,
        applicability: fix.applicability.as_str(),
        replacements: Each(&fix.replacements, replacement),
    }
}

#[derive(serde::Serialize)]
struct ReplacementView<'a> {
    path: &'a str,
    region: RegionView,
    start: PositionView,
    end: PositionView,
    text: &'a str,
}

fn replacement(replacement: &Replacement) -> ReplacementView<'_> {
    ReplacementView {
        path: replacement.artifact.as_str(),
        region: region(replacement.region),
        start: position(replacement.start),
        end: position(replacement.end),
        text: &replacement.text,
    }
}

#[derive(serde::Serialize)]
struct RegionView {
    start: usize,
    end: usize,
}

fn region(region: Region) -> RegionView {
    RegionView { start: region.start, end: region.end }
}

#[derive(serde::Serialize)]
struct PositionView {
    line: u32,
    column: u32,
    byte_column: u32,
}

fn position(position: Position) -> PositionView {
    PositionView { line: position.line, column: position.column, byte_column: position.byte_column }
}

#[cfg(test)]
mod tests;
