//! Inline ignores: `# seaworthy: ignore[rule-id] reason`.
//!
//! A comment on a line of its own speaks for the next line that is not a
//! comment, one behind something for its own line, and `ignore-file` for the
//! whole file. What it silences stays in the report as suppressed; one that
//! silences nothing is told to the reader. Formats without comments (JSON,
//! lockfiles) have `[[ignore]]` in the settings.

mod comments;
mod insert;
#[cfg(test)]
mod tests;

pub use insert::ignore_comment;

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use seaworthy_analysis::{Artifact, Snapshot};
use seaworthy_model::{
    Finding, Group, Notification, NotificationKind, Region, Rule, Suppression, SuppressionKind,
};

use crate::history::is_past;
use seaworthy_model::nearest;

/// The most complaints about one file.
const MAX_COMPLAINTS: usize = 100;

/// An ignore comment.
#[derive(Debug)]
struct Ignore {
    /// The bytes of the marker, `seaworthy: ignore`.
    marker: Region,
    /// The rule ids in the brackets, with their places.
    rules: Vec<(String, Region)>,
    reason: String,
    /// What it speaks for.
    reach: Reach,
    /// For each id, whether it silenced anything.
    used: Vec<bool>,
}

/// What an ignore comment speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The whole file.
    File,
    /// A line, counted from 1.
    Line(u32),
    /// An own-line comment with nothing below it.
    Nothing,
}

/// Marks the findings that inline ignores accept. Returns a notification for
/// each ignore that names no rule, an unknown rule, or silences nothing.
///
/// `ran` says whether a rule was run on a file and all of its findings are at
/// hand: else an ignore of it is not unused.
pub(crate) fn suppress(
    snapshot: &Snapshot,
    findings: &mut [Finding],
    rules: &[&'static Rule],
    ran: &dyn Fn(&Rule, &str) -> bool,
) -> Vec<Notification> {
    let mut by_path: HashMap<String, Vec<usize>> = HashMap::new();
    // The lines of a finding of the past are not those that the file has now.
    let present = findings.iter().enumerate().filter(|(_, finding)| !is_past(finding));
    for (index, finding) in present {
        let path = finding.location.artifact.as_str();
        match by_path.get_mut(path) {
            Some(indices) => indices.push(index),
            None => drop(by_path.insert(path.to_owned(), vec![index])),
        }
    }
    let mut notifications = Vec::new();
    for artifact in snapshot.artifacts() {
        let reported = by_path.get(artifact.path().as_str()).map_or(&[][..], Vec::as_slice);
        if !artifact.kind().is_judged_alone() && reported.is_empty() {
            continue;
        }
        // A parser that fails on the file was told of when rules ran.
        let collect = AssertUnwindSafe(|| comments::collect(snapshot, artifact));
        let (mut ignores, more) = catch_unwind(collect).unwrap_or_default();
        if more {
            let message =
                format!("only the first {} ignore comments of the file count", ignores.len());
            notifications.push(
                Notification::new(NotificationKind::LimitReached, message)
                    .in_artifact(artifact.path().clone()),
            );
        }
        if !ignores.is_empty() {
            accept(findings, reported, &mut ignores);
            complain(snapshot, artifact, &ignores, rules, ran, &mut notifications);
        }
    }
    notifications
}

/// Marks the findings of one file.
fn accept(findings: &mut [Finding], reported: &[usize], ignores: &mut [Ignore]) {
    let mut by_line: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, ignore) in ignores.iter().enumerate() {
        match ignore.reach {
            // Lines are counted from 1, so 0 is free for the whole file.
            Reach::File => by_line.entry(0).or_default().push(index),
            Reach::Line(line) => by_line.entry(line).or_default().push(index),
            Reach::Nothing => {}
        }
    }
    for &index in reported {
        let finding = &mut findings[index];
        let first = finding.location.start.line;
        let lines = first..=finding.location.end.line.max(first);
        let speaking = by_line.get(&0).into_iter().chain(by_line.range(lines).map(|(_, of)| of));
        for &speaks in speaking.flatten() {
            let ignore = &mut ignores[speaks];
            let named = ignore.rules.iter().position(|(id, _)| finding.answers_to(id));
            if let Some(named) = named {
                ignore.used[named] = true;
                finding.suppression.get_or_insert_with(|| Suppression {
                    kind: SuppressionKind::InSource,
                    justification: ignore.reason.clone(),
                });
            }
        }
    }
}

/// Tells what is wrong with the ignores of one file.
fn complain(
    snapshot: &Snapshot,
    artifact: &Artifact,
    ignores: &[Ignore],
    rules: &[&'static Rule],
    ran: &dyn Fn(&Rule, &str) -> bool,
    notifications: &mut Vec<Notification>,
) {
    let Some((text, lines)) = snapshot.text(artifact).zip(snapshot.lines(artifact)) else { return };
    let mut count = 0_usize;
    let mut tell = |region: Region, kind, message: String| {
        count += 1;
        if count <= MAX_COMPLAINTS {
            notifications.push(
                Notification::new(kind, message)
                    .in_artifact(artifact.path().clone())
                    .at(lines.position(text, region.start)),
            );
        }
    };
    // Rules that need git were silent where git is unknown.
    let could_run = |rule: &Rule| snapshot.git().is_some() || rule.group != Group::GitHygiene;
    for ignore in ignores {
        if ignore.rules.is_empty() {
            let message = "an ignore must name its rules: `seaworthy: ignore[rule-id] reason`";
            tell(ignore.marker, NotificationKind::SettingsInvalid, message.to_owned());
        }
        for ((id, region), used) in ignore.rules.iter().zip(&ignore.used) {
            match rules.iter().find(|rule| rule.answers_to(id)) {
                None => tell(*region, NotificationKind::SettingsInvalid, unknown(id, rules)),
                Some(rule) if !used && could_run(rule) && ran(rule, artifact.path().as_str()) => {
                    let message = format!("an ignore of `{id}` silences nothing; remove it");
                    tell(*region, NotificationKind::SettingsUnused, message);
                }
                Some(_) => {}
            }
        }
    }
    if count > MAX_COMPLAINTS {
        let message = format!("and {} more ignores without effect", count - MAX_COMPLAINTS);
        notifications.push(
            Notification::new(NotificationKind::SettingsUnused, message)
                .in_artifact(artifact.path().clone()),
        );
    }
}

/// An id is quoted only if it looks like one: anything may stand in a comment,
/// a secret too.
fn unknown(id: &str, rules: &[&'static Rule]) -> String {
    let plausible =
        id.len() <= 60 && id.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'/'));
    if !plausible {
        return "an ignore names something that is no rule id".to_owned();
    }
    let hint = nearest(id, rules.iter().map(|rule| rule.id))
        .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    format!("an ignore names the unknown rule `{id}`{hint}")
}
