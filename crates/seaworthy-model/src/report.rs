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
