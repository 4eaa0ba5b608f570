//! Running the rules: every source over every file and over the repository.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use seaworthy_analysis::{Artifact, PieceSizes, RuleSource, Run, Snapshot};
use seaworthy_model::{
    ArtifactPath, Finding, Fingerprint, Notification, NotificationKind, Region, Rule, Suppression,
};

use crate::archive::{container, kind_of};
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
const STRETCH: usize = 8;

/// Which findings are wanted.
pub(crate) struct Filter<'a> {
    /// Files and directories; everything when empty.
    pub(crate) only: &'a [String],
    /// The staged paths, of which a finding must touch one.
    pub(crate) staged: Option<&'a HashSet<String>>,
}

impl Filter<'_> {
    fn wants(&self, finding: &Finding) -> bool {
        let path = container(finding.location.artifact.as_str());
        let mut places = std::iter::once(&finding.location).chain(&finding.related);
        (self.only.is_empty() || self.only.iter().any(|only| is_below(path, only)))
            && self.staged.is_none_or(|staged| {
                places.any(|place| staged.contains(container(place.artifact.as_str())))
            })
    }
}

/// Whether `path` is `only` or lies in it; everything lies in the root, `""`.
fn is_below(path: &str, only: &str) -> bool {
    only.is_empty()
        || path.strip_prefix(only).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Runs every source over every file and over the repository, in parallel, and
/// applies the settings that concern a single finding. Sorted, and the same
/// whatever the order in which the threads came by.
pub(crate) fn judge(
    sources: &[Box<dyn RuleSource>],
    snapshot: &Snapshot,
    settings: &Settings,
    filter: &Filter<'_>,
) -> Vec<Finding> {
    let wanted = |rule: &Rule, artifact: Option<&Artifact>| {
        settings.wants(rule, artifact.map(|artifact| artifact.path().as_str()))
    };
    let new_run = || Run { snapshot, wanted: &wanted, findings: Vec::new() };
    let over_file = |artifact: &Artifact| -> Vec<Finding> {
        let mut run = new_run();
        let path = artifact.path();
        let readers: Vec<&dyn RuleSource> =
            sources.iter().map(|source| &**source).filter(|s| s.reads(path.as_str())).collect();
        if !readers.is_empty() {
            BUFFER.with_borrow_mut(|buffer| {
                snapshot.with_pieces(artifact, PieceSizes::DEFAULT, buffer, |piece| {
                    for source in &readers {
                        guarded(&mut run, Some(path), |run| {
                            source.check_text(artifact, piece, run);
                        });
                    }
                });
            });
        }
        if artifact.kind().is_judged_alone() || kind_of(path.as_str()).is_some() {
            for source in sources {
                guarded(&mut run, Some(path), |run| source.check_artifact(artifact, run));
            }
        }
        run.findings
    };
    let over_repository = |source: &dyn RuleSource| -> Vec<Finding> {
        let mut run = new_run();
        guarded(&mut run, None, |run| source.check_repository(run));
        run.findings
    };
    let artifacts = snapshot.artifacts();
    let (mut findings, mut more): (Vec<Finding>, Vec<Finding>) = if artifacts.len() < FEW {
        (
            artifacts.iter().flat_map(over_file).collect(),
            sources.iter().flat_map(|source| over_repository(&**source)).collect(),
        )
    } else {
        rayon::join(
            || artifacts.par_iter().with_max_len(STRETCH).flat_map_iter(over_file).collect(),
            || sources.par_iter().flat_map_iter(|source| over_repository(&**source)).collect(),
        )
    };
    findings.append(&mut more);
    for source in sources {
        let mut run = new_run();
        guarded(&mut run, None, |run| source.conclude(run));
        findings.append(&mut run.findings);
    }
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
    let mut by_secret: HashMap<u64, usize> = HashMap::new();
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
        let Some(leak) = finding.leak.filter(|_| finding.is_open()) else {
            kept.push(finding);
            continue;
        };
        let Some(&index) = by_secret.get(&leak.identity) else {
            by_secret.insert(leak.identity, kept.len());
            kept.push(finding);
            continue;
        };
        // What is there now can be mended, which the past cannot.
        let (new, old) = (&finding, &kept[index]);
        if (is_past(old), new.severity) > (is_past(new), old.severity) {
            std::mem::swap(&mut finding, &mut kept[index]);
        }
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

        fn check_repository(&self, _: &mut Run<'_>) {
            panic!("a fault of ours");
        }
    }

    #[test]
    fn a_fault_of_ours_costs_one_file_only() {
        let paths = ["a/.env", "b/.env"].map(ArtifactPath::new).to_vec();
        let snapshot = Snapshot::new(paths, Box::new(Empty), None, Options::default());
        let filter = Filter { only: &[], staged: None };
        let sources: [Box<dyn RuleSource>; 1] = [Box::new(Failing)];
        let findings = judge(&sources, &snapshot, &Settings::default(), &filter);
        assert_eq!(findings.len(), 0);
        let mut told = snapshot.take_notifications();
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
