//! Running the rules: every source over every file and over the repository.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use seaworthy_analysis::{Artifact, PieceSizes, RuleSource, Run, Snapshot};
use seaworthy_model::{
    ArtifactPath, BaselineState, Finding, Fingerprint, Notification, NotificationKind, Region,
    Rule, Suppression,
};

use crate::archive::{container, kind_of};
use crate::changes::Scope;
use crate::history::is_past;
use crate::settings::Settings;

/// Fewer files than this are judged sooner than threads are started.
const FEW: usize = 8;

thread_local! {
    /// What a thread reads files into, one after the other.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// How many neighbouring files one thread takes at most at once: large ones often
/// lie together, and must not all fall to one thread at the end.
pub(crate) const STRETCH: usize = 8;

/// Which findings are wanted.
pub(crate) struct Filter<'a> {
    /// Files and directories; everything when empty.
    pub(crate) only: &'a [String],
}

impl Filter<'_> {
    fn wants(&self, finding: &Finding) -> bool {
        let path = container(finding.location.artifact.as_str());
        self.only.is_empty() || self.only.iter().any(|only| is_below(path, only))
    }
}

/// Whether `path` is `only` or lies in it; everything lies in the root, `""`.
fn is_below(path: &str, only: &str) -> bool {
    only.is_empty()
        || path.strip_prefix(only).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What judges a snapshot.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(crate) sources: &'a [Box<dyn RuleSource>],
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) settings: &'a Settings,
    /// What is judged. All files are understood either way.
    pub(crate) scope: Scope<'a>,
}

impl Judge<'_> {
    /// Runs every source over every file and over the repository, in parallel.
    pub(crate) fn everything(&self) -> Vec<Finding> {
        let of_file = |artifact: &Artifact| {
            let mut findings = self.text(artifact);
            findings.append(&mut self.document(artifact));
            findings
        };
        let of_part = |&(source, part): &(usize, usize)| self.repository(source, part);
        let artifacts = self.snapshot.artifacts();
        let parts = self.repository_parts();
        let (mut findings, mut more): (Vec<Finding>, Vec<Finding>) = if artifacts.len() < FEW {
            (artifacts.iter().flat_map(of_file).collect(), parts.iter().flat_map(of_part).collect())
        } else {
            rayon::join(
                || artifacts.par_iter().with_max_len(STRETCH).flat_map_iter(of_file).collect(),
                || parts.par_iter().flat_map_iter(of_part).collect(),
            )
        };
        findings.append(&mut more);
        findings.append(&mut self.conclusion());
        findings
    }

    /// Shows the text of a file to the sources that read it.
    pub(crate) fn text(&self, artifact: &Artifact) -> Vec<Finding> {
        let path = artifact.path();
        if !self.scope.has_text(path.as_str()) {
            return Vec::new();
        }
        let sources = self.sources.iter().map(|source| &**source);
        let readers: Vec<&dyn RuleSource> =
            sources.filter(|source| source.reads(path.as_str())).collect();
        if readers.is_empty() {
            return Vec::new();
        }
        self.run(|run| {
            BUFFER.with_borrow_mut(|buffer| {
                self.snapshot.with_pieces(artifact, PieceSizes::DEFAULT, buffer, |piece| {
                    for source in &readers {
                        guarded(run, Some(path), |run| source.check_text(artifact, piece, run));
                    }
                });
            });
        })
    }

    /// Shows a file as what it is to every source.
    pub(crate) fn document(&self, artifact: &Artifact) -> Vec<Finding> {
        let path = artifact.path();
        let archive = kind_of(path.as_str()).is_some() && self.scope.has_text(path.as_str());
        let judged = artifact.kind().is_judged_alone() && self.scope.has_document(path.as_str());
        if !judged && !archive {
            return Vec::new();
        }
        self.run(|run| {
            for source in self.sources {
                guarded(run, Some(path), |run| source.check_artifact(artifact, run));
            }
        })
    }

    /// The parts in which sources look at the whole repository, each as the number of
    /// its source and its own.
    pub(crate) fn repository_parts(&self) -> Vec<(usize, usize)> {
        let sources = self.sources.iter().enumerate();
        sources.flat_map(|(at, s)| (0..s.repository_parts()).map(move |part| (at, part))).collect()
    }

    /// Runs one of those parts.
    pub(crate) fn repository(&self, source: usize, part: usize) -> Vec<Finding> {
        let source = &self.sources[source];
        if !self.scope.has_part(&**source, part, self.snapshot) {
            return Vec::new();
        }
        self.run(|run| guarded(run, None, |run| source.check_repository(part, run)))
    }

    /// What only the sight of all files decides.
    pub(crate) fn conclusion(&self) -> Vec<Finding> {
        self.run(|run| {
            for source in self.sources {
                guarded(run, None, |run| source.conclude(run));
            }
        })
    }

    /// Has every source forget what it remembers of a file.
    pub(crate) fn forget(&self, path: &ArtifactPath) {
        self.sources.iter().for_each(|source| source.forget(path));
    }

    fn run(&self, work: impl FnOnce(&mut Run<'_>)) -> Vec<Finding> {
        let wanted = |rule: &Rule, artifact: Option<&Artifact>| {
            self.scope.has_rule(rule)
                && self.settings.wants(rule, artifact.map(|artifact| artifact.path().as_str()))
        };
        let mut run = Run { snapshot: self.snapshot, wanted: &wanted, findings: Vec::new() };
        work(&mut run);
        run.findings
    }
}

/// What settings and the filter leave of findings. Sorted, and the same whatever the
/// order in which threads came by.
pub(crate) fn settled(
    mut findings: Vec<Finding>,
    settings: &Settings,
    filter: &Filter<'_>,
) -> Vec<Finding> {
    findings.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    findings.dedup_by(|b, a| sort_key(a) == sort_key(b));
    // Before anything is left out, so that a finding is the same in every scan.
    count_equals(&mut findings);
    findings.retain_mut(|finding| {
        let path = finding.location.artifact.as_str();
        let by_detector = finding
            .leak
            .and_then(|leak| settings.severity(&Rule { id: leak.detector, ..Rule::DEFAULT }, path));
        if let Some(severity) = by_detector.or_else(|| settings.severity(finding.rule, path)) {
            finding.severity = severity;
        }
        settings.wants(finding.rule, Some(path))
            && !settings.excludes(path)
            && !settings.excludes(container(path))
            && filter.wants(finding)
    });
    findings
}

/// How many other places of a secret are named.
const MAX_RELATED: usize = 20;

/// Makes one finding of all that are about the same secret: the worst one, the
/// first among equals, with the places of the others. A finding that somebody
/// accepted stays by itself, so that it hides none that nobody did.
pub(crate) fn one_finding_a_secret(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut by_secret: HashMap<(u64, bool), usize> = HashMap::new();
    // Who accepted a secret that is there now accepted it for the past, too.
    let accepted: HashMap<u64, Suppression> = findings
        .iter()
        .filter_map(|finding| Some((finding.leak?.identity, finding.suppression.clone()?)))
        .collect();
    for mut finding in findings {
        if is_past(&finding) && finding.suppression.is_none() {
            finding.suppression =
                finding.leak.and_then(|leak| accepted.get(&leak.identity).cloned());
        }
        // What a baseline knows must not hide what it does not know, either.
        let known = finding.baseline == Some(BaselineState::Unchanged);
        let Some(leak) = finding.leak.filter(|_| finding.suppression.is_none()) else {
            kept.push(finding);
            continue;
        };
        let Some(&index) = by_secret.get(&(leak.identity, known)) else {
            by_secret.insert((leak.identity, known), kept.len());
            kept.push(finding);
            continue;
        };
        // What is there now can be mended, which the past cannot.
        let (new, old) = (&finding, &kept[index]);
        if (is_past(old), new.severity) > (is_past(new), old.severity) {
            std::mem::swap(&mut finding, &mut kept[index]);
        }
        kept[index].matters.append(&mut finding.matters);
        let past = is_past(&finding);
        let mut place = finding.location;
        let label = if past { "the same secret, in the past" } else { "the same secret" };
        place.label = Some(label.to_owned());
        let places = std::iter::once(place).chain(finding.related);
        let related = &mut kept[index].related;
        related.extend(places);
        related.truncate(MAX_RELATED);
    }
    kept.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    kept
}

/// Sources guard each rule; this guards what lies between them (reading,
/// parsing, joining), so that no file can end the scan.
fn guarded(run: &mut Run<'_>, path: Option<&ArtifactPath>, work: impl FnOnce(&mut Run<'_>)) {
    if catch_unwind(AssertUnwindSafe(|| work(run))).is_ok() {
        return;
    }
    let notification = match path {
        Some(path) => Notification::new(
            NotificationKind::RuleFailed,
            "an internal error stopped the rules on this file",
        )
        .in_artifact(path.clone()),
        None => Notification::new(
            NotificationKind::RuleFailed,
            "an internal error stopped the rules that look at the whole repository",
        ),
    };
    run.snapshot.notify(notification);
}

fn sort_key(finding: &Finding) -> (&ArtifactPath, Region, &str, &str) {
    let location = &finding.location;
    (&location.artifact, location.region, finding.rule.id, &finding.message)
}

/// Gives findings with equal evidence fingerprints of their own, in order.
fn count_equals(findings: &mut [Finding]) {
    let mut seen: BTreeMap<Fingerprint, u128> = BTreeMap::new();
    for finding in findings {
        let count = seen.entry(finding.fingerprint).or_default();
        finding.fingerprint.0 = finding.fingerprint.0.wrapping_add(*count);
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use seaworthy_analysis::{Artifact, Options, ReadProblem, SourceText, TextSource};

    use super::*;

    struct Empty;

    impl TextSource for Empty {
        fn read(&self, _: &ArtifactPath) -> Result<SourceText, ReadProblem> {
            Ok(SourceText { text: "".into(), decoded: None })
        }
    }

    /// A source that fails on one file and on the repository.
    struct Failing;

    impl RuleSource for Failing {
        fn rules(&self) -> Vec<&'static Rule> {
            Vec::new()
        }

        fn check_artifact(&self, artifact: &Artifact, run: &mut Run<'_>) {
            assert!(artifact.path().as_str() != "a/.env", "a fault of ours");
            let seen = Notification::new(NotificationKind::Path, "seen");
            run.snapshot.notify(seen.in_artifact(artifact.path().clone()));
        }

        fn check_repository(&self, _: usize, _: &mut Run<'_>) {
            panic!("a fault of ours");
        }
    }

    #[test]
    fn a_fault_of_ours_costs_one_file_only() {
        let paths = ["a/.env", "b/.env"].map(ArtifactPath::new).to_vec();
        let snapshot = Snapshot::new(paths, Arc::new(Empty), None, Options::default());
        let sources: [Box<dyn RuleSource>; 1] = [Box::new(Failing)];
        let settings = Settings::default();
        let judge = Judge {
            sources: &sources,
            snapshot: &snapshot,
            settings: &settings,
            scope: Scope::Everything,
        };
        let findings = judge.everything();
        assert_eq!(findings.len(), 0);
        let mut told = snapshot.notifications();
        told.sort();
        let told: Vec<_> =
            told.iter().map(|n| (n.artifact.as_ref().map(ArtifactPath::as_str), n.kind)).collect();
        let failed = NotificationKind::RuleFailed;
        assert_eq!(
            told,
            [(None, failed), (Some("a/.env"), failed), (Some("b/.env"), NotificationKind::Path)]
        );
    }

    #[test]
    fn a_filter_names_files_and_directories() {
        let cases = [
            ("a/b", "a/b", true),
            ("a/b", "a", true),
            ("a/b", "", true),
            ("ab/c", "a", false),
            ("a", "a/b", false),
        ];
        for (path, only, want) in cases {
            assert_eq!(is_below(path, only), want, "{path} below {only}");
        }
    }
}
