//! Inline ignores: `# seaworthy: ignore[rule-id] reason`.
//!
//! A comment on a line of its own speaks for the next line that is not a
//! comment, one behind something for its own line, and `ignore-file` for the
//! whole file. What it silences stays in the report as suppressed; one that
//! silences nothing is told to the reader.

use seaworthy_analysis::{Artifact, Document, Snapshot};
use seaworthy_model::{
    ArtifactPath, Finding, LineIndex, Notification, NotificationKind, Region, Rule, Suppression,
    SuppressionKind,
};

const MARKER: &str = "seaworthy: ignore";

/// The comment openers that are known where a format has no parser of ours.
const OPENERS: [&str; 6] = ["#", "//", "--", ";", "<!--", "/*"];

/// An ignore comment.
#[derive(Debug)]
struct Ignore {
    artifact: ArtifactPath,
    /// The rule ids in the brackets, with their places.
    rules: Vec<(String, Region)>,
    reason: String,
    /// The line it speaks for, counted from 1; `None` for the whole file.
    line: Option<u32>,
    used: Vec<bool>,
}

/// Marks the findings that inline ignores accept. Returns a notification for
/// each ignore that names no rule, an unknown rule, or silences nothing.
///
/// `ran` says whether a rule was run at all: an ignore for a rule that was off
/// is not unused.
pub(crate) fn suppress(
    snapshot: &Snapshot,
    findings: &mut [Finding],
    rules: &[&'static Rule],
    ran: &dyn Fn(&Rule) -> bool,
) -> Vec<Notification> {
    let mut notifications = Vec::new();
    let mut ignores: Vec<Ignore> = Vec::new();
    for artifact in snapshot.artifacts() {
        let reported = findings.iter().any(|f| f.location.artifact == *artifact.path());
        if artifact.kind().is_judged_alone() || reported {
            collect(snapshot, artifact, &mut ignores);
        }
    }
    for finding in findings.iter_mut() {
        for ignore in &mut ignores {
            if ignore.artifact != finding.location.artifact {
                continue;
            }
            let (first, last) = (finding.location.start.line, finding.location.end.line);
            if ignore.line.is_some_and(|line| line < first || line > last) {
                continue;
            }
            let named = ignore.rules.iter().position(|(id, _)| finding.rule.answers_to(id));
            if let Some(index) = named {
                ignore.used[index] = true;
                if finding.suppression.is_none() {
                    finding.suppression = Some(Suppression {
                        kind: SuppressionKind::InSource,
                        justification: ignore.reason.clone(),
                    });
                }
            }
        }
    }
    for ignore in &ignores {
        if ignore.rules.is_empty() {
            notifications.push(about(
                snapshot,
                ignore,
                None,
                NotificationKind::SettingsInvalid,
                "an ignore must name its rules: `seaworthy: ignore[rule-id] reason`".to_owned(),
            ));
        }
        for ((id, region), used) in ignore.rules.iter().zip(&ignore.used) {
            let rule = rules.iter().find(|rule| rule.answers_to(id));
            let (kind, message) = match rule {
                None => (
                    NotificationKind::SettingsInvalid,
                    format!("an ignore names the unknown rule `{id}`"),
                ),
                Some(rule) if !used && ran(rule) => (
                    NotificationKind::SettingsUnused,
                    format!("an ignore of `{id}` silences nothing; remove it"),
                ),
                Some(_) => continue,
            };
            notifications.push(about(snapshot, ignore, Some(*region), kind, message));
        }
    }
    notifications
}

fn about(
    snapshot: &Snapshot,
    ignore: &Ignore,
    region: Option<Region>,
    kind: NotificationKind,
    message: String,
) -> Notification {
    let mut notification = Notification::new(kind, message).in_artifact(ignore.artifact.clone());
    let place = snapshot
        .artifact(ignore.artifact.as_str())
        .and_then(|artifact| Some((snapshot.text(artifact)?, snapshot.lines(artifact)?)));
    if let (Some((text, lines)), Some(region)) = (place, region) {
        notification = notification.at(lines.position(text, region.start));
    }
    notification
}

fn collect(snapshot: &Snapshot, artifact: &Artifact, ignores: &mut Vec<Ignore>) {
    let Some(text) = snapshot.text(artifact) else { return };
    if !text.contains(MARKER) {
        return;
    }
    let Some(lines) = snapshot.lines(artifact) else { return };
    let comments = snapshot.document(artifact).and_then(Document::comments);
    for (offset, _) in text.match_indices(MARKER) {
        let line = lines.line_of(offset);
        let Some(comment) = comment_at(text, lines, comments.as_deref(), offset) else { continue };
        let whole_line = lines.line_region(text, line);
        let alone = text[whole_line.start..comment.start].trim().is_empty();
        let tail = &text[offset + MARKER.len()..comment.end.max(offset + MARKER.len())];
        let (whole_file, tail) = match tail.strip_prefix("-file") {
            Some(tail) => (true, tail),
            None => (false, tail),
        };
        let (rules, reason) = read(tail, comment.end - tail.len());
        let line = if whole_file {
            None
        } else if alone {
            next_line(text, lines, comments.as_deref(), line)
        } else {
            Some(line)
        };
        let used = vec![false; rules.len()];
        ignores.push(Ignore {
            artifact: artifact.path().clone(),
            rules,
            reason,
            line: line.map(|line| u32::try_from(line + 1).unwrap_or(u32::MAX)),
            used,
        });
    }
}

/// The comment around `offset`: one that the parser saw, or, where there is no
/// parser, from an opener before it to the end of the line.
fn comment_at(
    text: &str,
    lines: &LineIndex,
    comments: Option<&[Region]>,
    offset: usize,
) -> Option<Region> {
    if let Some(comments) = comments {
        let found = comments.iter().find(|c| c.start <= offset && offset < c.end)?;
        return Some(*found);
    }
    let line = lines.line_region(text, lines.line_of(offset));
    let before = &text[line.start..offset];
    let opener = OPENERS.iter().filter_map(|opener| before.rfind(opener)).min()?;
    Some(Region::new(line.start + opener, line.end))
}

/// The next line that holds something else than a comment.
fn next_line(
    text: &str,
    lines: &LineIndex,
    comments: Option<&[Region]>,
    line: usize,
) -> Option<usize> {
    (line + 1..lines.len()).find(|&candidate| {
        let region = lines.line_region(text, candidate);
        let body = region.of(text);
        let blank = body.len() - body.trim_start().len();
        let start = region.start + blank;
        !body.trim().is_empty()
            && match comments {
                Some(comments) => !comments.iter().any(|c| c.start <= start && start < c.end),
                None => !OPENERS.iter().any(|opener| body.trim_start().starts_with(opener)),
            }
    })
}

/// Reads `[a, b] reason`; `base` is the offset of `tail` in the text.
fn read(tail: &str, base: usize) -> (Vec<(String, Region)>, String) {
    let Some((list, reason)) = tail.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return (Vec::new(), String::new());
    };
    let mut rules = Vec::new();
    let mut start = base + 1;
    for word in list.split(',') {
        let id = word.trim();
        let lead = word.len() - word.trim_start().len();
        if !id.is_empty() {
            let region = Region::new(start + lead, start + lead + id.len());
            rules.push((id.to_owned(), region));
        }
        start += word.len() + 1;
    }
    let reason = reason.trim().trim_end_matches("-->").trim_end_matches("*/").trim();
    (rules, reason.lines().next().unwrap_or("").to_owned())
}
