//! What a run produced.

use std::borrow::Cow;

use crate::{ArtifactPath, Finding, Notification, Rule, Severity};

/// SARIF's `run`: everything a renderer needs.
#[derive(Clone, Debug)]
pub struct Report {
    /// The tool's version, without a leading `v`.
    pub version: &'static str,
    /// Every rule that could have spoken, sorted by id, whether or not it did.
    pub rules: Vec<&'static Rule>,
    /// The plugins that took part, sorted by name.
    pub extensions: Vec<Extension>,
    /// The findings, sorted by path, region and rule. Suppressed ones are kept.
    pub findings: Vec<Finding>,
    /// What a baseline knows and is not found any more.
    pub absent: Vec<Absent>,
    /// What hindered the run, sorted.
    pub notifications: Vec<Notification>,
    /// Figures about the run.
    pub statistics: Statistics,
    /// What was looked at.
    pub scope: Scope,
    /// Where the audited files come from, when git knows.
    pub git: Option<GitProvenance>,
    /// The least severity that fails the scan; none: nothing does.
    pub fails_at: Option<Severity>,
    /// The exit code the process will end with.
    pub exit_code: u8,
}

impl Report {
    /// The findings that count, in order.
    pub fn open_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_open())
    }

    /// The same with paths from the root of the repository, for who looks there: they
    /// differ where the audited root is a directory of it.
    #[must_use]
    pub fn seen_from_repository(&self) -> Cow<'_, Report> {
        let Some(prefix) =
            self.git.as_ref().map(|git| git.prefix.as_str()).filter(|p| !p.is_empty())
        else {
            return Cow::Borrowed(self);
        };
        let mut report = self.clone();
        let moved = |path: &mut ArtifactPath| *path = ArtifactPath::new(format!("{prefix}/{path}"));
        for finding in &mut report.findings {
            moved(&mut finding.location.artifact);
            finding.related.iter_mut().for_each(|place| moved(&mut place.artifact));
            let replacements = finding.fixes.iter_mut().flat_map(|fix| &mut fix.replacements);
            replacements.for_each(|replacement| moved(&mut replacement.artifact));
        }
        report.absent.iter_mut().for_each(|absent| moved(&mut absent.artifact));
        report.notifications.iter_mut().filter_map(|n| n.artifact.as_mut()).for_each(moved);
        if let Some(git) = &mut report.git {
            git.prefix.clear();
        }
        Cow::Owned(report)
    }

    /// Whether an open finding is at or above `threshold`.
    #[must_use]
    pub fn reaches(&self, threshold: Severity) -> bool {
        self.open_findings().any(|finding| finding.severity >= threshold)
    }
}

/// SARIF's `result` whose `baselineState` is `absent`: findings that are gone.
#[derive(Clone, Debug)]
pub struct Absent {
    /// The rule that spoke.
    pub rule: &'static Rule,
    /// The file, which may be gone, too.
    pub artifact: ArtifactPath,
    /// How many were equal in all that a baseline knows.
    pub count: u32,
}

/// SARIF's `toolComponent` among the tool's extensions: a plugin. Its rules are those
/// whose ids begin with its name and a slash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extension {
    /// Kebab-case.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// What it is about, in one sentence.
    pub summary: String,
    /// The SHA-256 of its component, in hex.
    pub sha256: String,
    /// Who made it.
    pub organization: Option<String>,
    /// Its page.
    pub information_uri: Option<String>,
}

/// Figures about a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Files seen by the walk.
    pub artifacts: usize,
    /// Files that were recognised and parsed.
    pub documents: usize,
}

/// What a scan looked at and counted, in the words of who asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scope {
    /// What was read in place of the files that lie there, such as `index`.
    pub view: Option<String>,
    /// What a finding had to be new against to count; all counted without.
    pub since: Option<String>,
    /// What alone was reported on; all when empty.
    pub only: Vec<String>,
}

impl Scope {
    /// The word for findings that count, which stands before theirs.
    #[must_use]
    pub fn new_word(&self) -> &'static str {
        if self.since.is_some() { "new " } else { "" }
    }

    /// What makes findings known that do not count.
    #[must_use]
    pub fn known_word(&self) -> &'static str {
        if self.since.is_some() { "known before" } else { "in the baseline" }
    }

    /// Where it was looked and against what, for instance `in 25 files (index)`.
    #[must_use]
    pub fn place(&self, files: usize) -> String {
        let files = format!("{files} file{}", if files == 1 { "" } else { "s" });
        let (mut place, mut aside) = match self.only.as_slice() {
            [] => (format!("in {files}"), Vec::new()),
            [path] => (format!("in {path}"), vec![format!("{files} read")]),
            paths => (format!("in {} paths", paths.len()), vec![format!("{files} read")]),
        };
        if let Some(view) = &self.view {
            aside.insert(0, view.clone());
        }
        if !aside.is_empty() {
            place.push_str(&format!(" ({})", aside.join(", ")));
        }
        if let Some(since) = self.since.as_deref().filter(|since| !since.is_empty()) {
            place.push_str(&format!(" against {since}"));
        }
        place
    }
}

/// SARIF's `versionControlProvenance`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct GitProvenance {
    /// The repository's remote address without any credentials.
    pub repository_uri: Option<String>,
    /// The commit at HEAD, in hex.
    pub revision: Option<String>,
    /// The branch at HEAD.
    pub branch: Option<String>,
    /// Where the audited root is below that of the repository, `/`-separated; `""` where
    /// they are one.
    pub prefix: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_says_where_it_was_looked() {
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        for (view, since, only, want) in [
            (None, None, &[][..], "in 1 file"),
            (Some("index"), Some(""), &[], "in 1 file (index)"),
            (None, Some("origin/main"), &["a"], "in a (1 file read) against origin/main"),
            (
                Some("commit v1"),
                Some("v0"),
                &["a", "b"],
                "in 2 paths (commit v1, 1 file read) against v0",
            ),
        ] {
            let (view, since) = (view.map(str::to_owned), since.map(str::to_owned));
            let scope = Scope { view, since, only: words(only) };
            assert_eq!(scope.place(1), want);
        }
    }
}
