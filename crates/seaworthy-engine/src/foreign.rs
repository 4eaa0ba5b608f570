//! Marks by which other tools are told to be silent: `gitleaks:allow`, `nosemgrep`,
//! `pragma: allowlist secret` and their like.
//!
//! They count only where the settings say so: whoever adds a leak can add a mark beside
//! it, and a team that never ran the tool would not look at it. How many stand at
//! findings is told either way. A mark speaks only of what its tool could have meant: one
//! about secrets silences no missing health check.

mod marks;

use std::collections::{BTreeMap, HashMap};

use seaworthy_analysis::{Artifact, DocumentKind, Snapshot};
use seaworthy_model::{
    Finding, Group, Notification, NotificationKind, Suppression, SuppressionKind,
};

pub(crate) use marks::{Means, Tool, of_rule};

use crate::history::is_past;
use marks::{Kind, Mark, Topic, collect};

/// Rules about a secret that stands in a text, besides those of the detectors.
const LITERALS: [&str; 9] = [
    "admin-credential-documented",
    "ci-literal-secret",
    "compose-literal-secret",
    "connection-string-credential",
    "dockerfile-secret-in-layer",
    "example-file-real-secret",
    "jwt-token-committed",
    "password-hash-committed",
    "private-key-tracked",
];

/// Whose marks count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Honoured(pub(crate) Vec<Tool>);

/// Suppresses the findings at marks that count. Tells how many findings stand at marks
/// that do not.
pub(crate) fn suppress(
    honoured: &Honoured,
    snapshot: &Snapshot,
    findings: &mut [Finding],
) -> Option<Notification> {
    let mut by_path: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        // The lines of a finding of the past are not those that the file has now.
        if finding.suppression.is_none() && !is_past(finding) {
            let path = finding.location.artifact.as_str();
            by_path.entry(path.to_owned()).or_default().push(index);
        }
    }
    let mut passed_over: BTreeMap<Tool, usize> = BTreeMap::new();
    for (path, reported) in by_path {
        let Some(artifact) = snapshot.artifact(&path) else { continue };
        let Some((text, lines)) = snapshot.text(artifact).zip(snapshot.lines(artifact)) else {
            continue;
        };
        let page = Marks::of(collect(text, lines, kind_of(artifact)));
        if page.marks.is_empty() {
            continue;
        }
        for index in reported {
            let finding = &mut findings[index];
            let (counts, does_not): (Vec<&Mark>, Vec<&Mark>) =
                page.at(finding).partition(|mark| honoured.0.contains(&mark.tool));
            if let Some(mark) = counts.first() {
                finding.suppression = Some(Suppression {
                    kind: SuppressionKind::Foreign,
                    justification: mark.tool.mark().to_owned(),
                });
            } else if let Some(mark) = does_not.first() {
                *passed_over.entry(mark.tool).or_default() += 1;
            }
        }
    }
    tell(&passed_over)
}

fn tell(passed_over: &BTreeMap<Tool, usize>) -> Option<Notification> {
    let count: usize = passed_over.values().sum();
    let list: Vec<String> =
        passed_over.iter().map(|(tool, count)| format!("{count} {}", tool.mark())).collect();
    let names: Vec<String> =
        passed_over.keys().map(|tool| format!("\"{}\"", tool.name())).collect();
    let (findings, marks) = match count {
        0 => return None,
        1 => ("1 finding stands".to_owned(), "a mark of another tool that does"),
        count => (format!("{count} findings stand"), "marks of other tools that do"),
    };
    let message = format!(
        "{findings} at {marks} not count here ({}); `foreign-ignores = [{}]` in seaworthy.toml \
         lets them",
        list.join(", "),
        names.join(", ")
    );
    Some(Notification::new(NotificationKind::ForeignIgnores, message))
}

fn kind_of(artifact: &Artifact) -> Kind {
    let name = artifact.path().file_name();
    match artifact.kind() {
        DocumentKind::Dockerfile => Kind::Dockerfile,
        _ if name.ends_with(".py") => Kind::Python,
        _ if name.ends_with(".go") => Kind::Go,
        _ => Kind::Other,
    }
}

/// The marks of one file.
struct Marks {
    marks: Vec<Mark>,
    /// Those that speak for single lines, by line.
    by_line: HashMap<u32, Vec<usize>>,
    /// The others.
    wide: Vec<usize>,
}

/// The most lines that a mark is filed under one by one.
const FEW_LINES: u32 = 3;
/// The most lines of a secret: a private key has some dozens.
const MAX_SECRET_LINES: u32 = 200;
/// The most marks of one file that speak for more.
const MAX_WIDE: usize = 200;

impl Marks {
    fn of(marks: Vec<Mark>) -> Self {
        let mut by_line: HashMap<u32, Vec<usize>> = HashMap::new();
        let mut wide = Vec::new();
        for (index, mark) in marks.iter().enumerate() {
            if mark.last - mark.first >= FEW_LINES {
                wide.push(index);
                continue;
            }
            for line in mark.first..=mark.last {
                by_line.entry(line).or_default().push(index);
            }
        }
        wide.truncate(MAX_WIDE);
        Self { marks, by_line, wide }
    }

    /// The marks that mean a finding. Tools know a finding by its first line, and a secret
    /// by all of its lines.
    fn at<'m>(&'m self, finding: &'m Finding) -> impl Iterator<Item = &'m Mark> {
        let first = finding.location.start.line;
        let last = match is_secret(finding) {
            true => finding.location.end.line.clamp(first, first.saturating_add(MAX_SECRET_LINES)),
            false => first,
        };
        let near = (first..=last).filter_map(|line| self.by_line.get(&line)).flatten();
        let near = near.map(|&index| &self.marks[index]);
        let wide = self.wide.iter().map(|&index| &self.marks[index]);
        let wide = wide.filter(move |mark| mark.first <= last && first <= mark.last);
        near.chain(wide).filter(|mark| means(&mark.means, finding))
    }
}

/// Whether a finding is of what is meant.
pub(crate) fn means(means: &Means, finding: &Finding) -> bool {
    let group = finding.rule.group;
    match means {
        Means::Secrets => is_secret(finding),
        Means::Deployment => {
            is_secret(finding) || matches!(group, Group::Compose | Group::Dockerfile | Group::Ci)
        }
        Means::File => {
            is_secret(finding)
                || matches!(
                    group,
                    Group::Auth
                        | Group::Compose
                        | Group::Dockerfile
                        | Group::Ci
                        | Group::HttpHeaders
                        | Group::TlsAndDatabase
                )
        }
        Means::Topics(topics) => topics.iter().any(|topic| match topic {
            Topic::Secrets => is_secret(finding),
            Topic::Dockerfile => group == Group::Dockerfile,
            Topic::Compose => group == Group::Compose,
            Topic::Headers => matches!(group, Group::HttpHeaders | Group::TlsAndDatabase),
            Topic::Ci => group == Group::Ci,
        }),
        Means::Rules(rules) => rules.contains(&finding.rule.id),
    }
}

/// Whether a finding is about a secret that stands in the text. That one is weak, or in
/// the wrong file, is no such finding: no tool's mark speaks of that.
fn is_secret(finding: &Finding) -> bool {
    finding.leak.is_some() || LITERALS.contains(&finding.rule.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_that_marks_speak_of_exist() {
        let ids: Vec<&str> = crate::rules().iter().map(|rule| rule.id).collect();
        let of_tools = [
            "dockerfile-user-root",
            "dockerfile-base-unpinned",
            "dockerfile-healthcheck-missing",
            "dockerfile-secret-in-layer",
            "ci-pull-request-target",
            "ci-permissions-broad",
            "ci-script-injection",
            "ci-action-unpinned",
        ];
        for id in LITERALS.into_iter().chain(of_tools) {
            assert!(ids.contains(&id), "{id}");
        }
    }
}
