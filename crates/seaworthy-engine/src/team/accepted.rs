//! What a team accepted in the manner of gitleaks: the fingerprints in
//! `.gitleaksignore`.
//!
//! Such findings are suppressed, not dropped, as by comments of our own.

use std::collections::{HashMap, HashSet};

use seaworthy_model::{Finding, Suppression, SuppressionKind};

const IGNORE_FILE: &str = ".gitleaksignore";

/// The most fingerprints of a file.
const MAX_FINGERPRINTS: usize = 50_000;

/// What is accepted.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// By path and line.
    fingerprints: HashMap<(String, u32), Vec<Fingerprint>>,
    /// The ids of the team's own rules.
    rules: HashSet<&'static str>,
}

#[derive(Debug)]
struct Fingerprint {
    rule: String,
    commit: Option<String>,
}

impl Accepted {
    pub(crate) fn new(text: &str, rules: HashSet<&'static str>) -> Self {
        let mut fingerprints: HashMap<(String, u32), Vec<Fingerprint>> = HashMap::new();
        for line in text.lines().take(MAX_FINGERPRINTS) {
            let Some((place, fingerprint)) = parse(line) else { continue };
            fingerprints.entry(place).or_default().push(fingerprint);
        }
        Self { fingerprints, rules }
    }

    /// Marks the findings about secrets that are accepted.
    pub(crate) fn suppress(&self, findings: &mut [Finding]) {
        for finding in findings {
            let Some(leak) = finding.leak.filter(|_| finding.is_open()) else { continue };
            let past = finding.rule.id == "git-history-secret";
            if self.is_named(finding, leak.detector, past) {
                finding.suppression = Some(Suppression {
                    kind: SuppressionKind::External,
                    justification: IGNORE_FILE.to_owned(),
                });
            }
        }
    }

    /// Whether a fingerprint names the finding: its place, and the rule if that is
    /// one of the team's. The rules that gitleaks brings along are not ours, so any
    /// detector of ours stands for any of them.
    fn is_named(&self, finding: &Finding, detector: &str, past: bool) -> bool {
        let place = (finding.location.artifact.as_str().to_owned(), finding.location.start.line);
        let Some(fingerprints) = self.fingerprints.get(&place) else { return false };
        fingerprints.iter().any(|fingerprint| {
            let rule = fingerprint.rule == detector
                || !self.rules.contains(fingerprint.rule.as_str())
                    && !self.rules.contains(detector);
            let commit = match &fingerprint.commit {
                // The message names the commit by its beginning.
                Some(commit) => past && finding.message.contains(&commit[..7]),
                None => true,
            };
            rule && commit
        })
    }
}

/// `path:rule:line`, or with a commit in front.
fn parse(line: &str) -> Option<((String, u32), Fingerprint)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (rest, number) = line.rsplit_once(':')?;
    let (place, rule) = rest.rsplit_once(':')?;
    let (commit, path) = match place.split_once(':') {
        Some((commit, path)) if is_commit(commit) => (Some(commit.to_owned()), path),
        _ => (None, place),
    };
    let place = (path.replace('\\', "/"), number.parse().ok()?);
    Some((place, Fingerprint { rule: rule.to_owned(), commit }))
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_with_and_without_a_commit() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let with = format!("{commit}:src/a.py:aws-access-token:12");
        let cases = [
            ("src/a.py:generic-api-key:3", Some(("src/a.py", 3, "generic-api-key", None))),
            (with.as_str(), Some(("src/a.py", 12, "aws-access-token", Some(commit)))),
            ("c:d.py:rule:4  ", Some(("c:d.py", 4, "rule", None))),
            (r"src\a.py:rule:4", Some(("src/a.py", 4, "rule", None))),
            ("# src/a.py:rule:4", None),
            ("", None),
            ("src/a.py:rule", None),
            ("src/a.py:rule:x", None),
        ];
        for (line, want) in cases {
            let got = parse(line);
            let got = got.as_ref().map(|((path, line), fingerprint)| {
                let Fingerprint { rule, commit } = fingerprint;
                (path.as_str(), *line, rule.as_str(), commit.as_deref())
            });
            assert_eq!(got, want, "{line}");
        }
    }
}
