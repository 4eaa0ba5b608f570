//! One scan: the detectors as a rule source, and what has to wait until every file
//! was seen.
//!
//! A token that is signed with a shared secret is kept back. At the end it is
//! tried whether a value of the repository signed it; if so, the finding is about
//! something far worse than a token.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use seaworthy_analysis::joined::Written;
use seaworthy_analysis::{Artifact, GitStanding, Piece, RuleSource, Run, Snapshot};
use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{
    ArtifactPath, Notification, NotificationKind, Precision, Region, Rule, Severity,
};

use crate::candidate::{Candidate, Secret};
use crate::file::File;
use crate::jwt_proof::{self, Known, Signer};
use crate::leaks::Leak;
use crate::rules;
use crate::source::{Detectors, NEIGHBOURHOOD, Place};

/// A token of which the signing secret is known.
pub(crate) static VERIFIED: Kind = Kind {
    id: "jwt-of-known-secret",
    provider: "",
    name: "JSON Web Token that anybody can forge",
    description: "Whoever reads the repository can sign tokens for any user, with any rights.",
    revoke: "change the secret that signs tokens, wherever it is in use, to 32 random bytes",
    severity: Severity::Critical,
    precision: Precision::VeryHigh,
    family: Family::Jwt,
};

/// How many values are remembered. Which ones, when there are more, does not depend
/// on the order in which files are scanned.
const MOST: usize = 20_000;

/// The longest value that is remembered, in bytes.
const LONGEST: usize = 1_024;

/// The detectors for one scan.
#[derive(Debug)]
pub struct Session {
    detectors: &'static Detectors,
    ledger: Ledger,
}

impl Session {
    /// A scan by these detectors.
    #[must_use]
    pub fn new(detectors: &'static Detectors) -> Self {
        Self { detectors, ledger: Ledger::default() }
    }
}

impl RuleSource for Session {
    fn rules(&self) -> Vec<&'static Rule> {
        rules::ALL.to_vec()
    }

    fn reads(&self, path: &str) -> bool {
        Detectors::reads(path)
    }

    fn check_artifact(&self, _artifact: &Artifact, _run: &mut Run<'_>) {}

    fn check_text(&self, artifact: &Artifact, piece: &Piece<'_>, run: &mut Run<'_>) {
        self.detectors.check_text(artifact, piece, &self.ledger, run);
    }

    fn check_repository(&self, _part: usize, run: &mut Run<'_>) {
        self.detectors.check_paths(run);
    }

    fn forget(&self, path: &ArtifactPath) {
        self.ledger.forget(path);
    }

    fn conclude(&self, run: &mut Run<'_>) {
        let held = locked(&self.ledger.held).clone();
        if held.is_empty() {
            return;
        }
        let known = locked(&self.ledger.known).clone();
        let mut known: Vec<Known> = known
            .into_iter()
            .map(|((path, region), (name, value))| Known { path, region, name, value })
            .collect();
        known.extend(defined(run.snapshot));
        let tokens: Vec<Secret> =
            held.values().map(|held| held.leak.candidate.secret.clone()).collect();
        let verified = jwt_proof::verify(&tokens, &known);
        if verified.cut {
            run.snapshot.notify(Notification::new(
                NotificationKind::LimitReached,
                "too many tokens or values to try each on each; some tokens were not tried",
            ));
        }
        let mut matches = verified.matches.iter().peekable();
        for (number, ((path, _), mut held)) in held.into_iter().enumerate() {
            let found = matches.next_if(|found| found.jwt == number);
            let (about, signer) = match found.map(|found| (found.signer, found.decoded)) {
                None => (String::new(), None),
                Some((Signer::Common, _)) => {
                    let known = "a secret from the lists that everybody tries";
                    (format!(", and its signature verifies with {known}"), None)
                }
                Some((Signer::Known(index), decoded)) => {
                    let known = &known[index];
                    let decoded = if decoded { ", decoded from base64" } else { "" };
                    let about = format!(
                        ", and its signature verifies with a value of {}{decoded}",
                        known.path
                    );
                    (about, Some((&known.path, known.region)))
                }
            };
            if found.is_some() {
                let leak = &mut held.leak;
                leak.candidate.kind = &VERIFIED;
                // The first sentence says what proves it.
                leak.candidate.proof = None;
                leak.verdict.severity = Severity::Critical;
                leak.verdict.precision = Precision::VeryHigh;
            }
            self.report(&path, held, &about, signer, run);
        }
    }
}

impl Session {
    fn report(
        &self,
        path: &ArtifactPath,
        held: Held,
        about: &str,
        signer: Option<(&ArtifactPath, Region)>,
        run: &mut Run<'_>,
    ) {
        let snapshot = run.snapshot;
        let Some(artifact) = snapshot.artifact(path.as_str()) else { return };
        let file = File::new(path.as_str(), snapshot.role(artifact));
        let place = Place {
            artifact: Some(artifact),
            passage: None,
            standing: GitStanding::of(snapshot, path.as_str()),
            about,
            signer,
            others: &held.others,
            cut: held.cut,
        };
        let text = snapshot.text(artifact).unwrap_or("");
        self.detectors.report(&place, vec![held.leak], text, &file, run);
    }
}

/// What variables are set to, also what is too weak to be a leak.
fn defined(snapshot: &Snapshot) -> impl Iterator<Item = Known> {
    snapshot
        .joined()
        .definitions()
        .iter()
        .filter(|definition| {
            matches!(definition.written, Written::Literal | Written::Default { .. })
                && definition.kind.is_some()
        })
        .map(|definition| Known {
            path: definition.artifact.clone(),
            region: definition.value_region,
            name: definition.name.clone(),
            value: Secret(definition.value.reveal().to_owned()),
        })
}

type Spot = (ArtifactPath, Region);

/// A token that is kept back.
#[derive(Clone, Debug)]
struct Held {
    leak: Leak,
    /// Other secrets around it.
    others: Vec<Region>,
    /// Whether there are more of them than are known.
    cut: bool,
}

/// What is remembered of the files that were scanned.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    held: Mutex<BTreeMap<Spot, Held>>,
    known: Mutex<BTreeMap<Spot, (String, Secret)>>,
}

impl Ledger {
    /// Forgets what is remembered of a file.
    fn forget(&self, path: &ArtifactPath) {
        locked(&self.held).retain(|(of, _), _| of != path);
        locked(&self.known).retain(|(of, _), _| of != path);
    }

    /// Remembers every value of a file that may have signed a token.
    pub(crate) fn note(&self, path: &ArtifactPath, candidates: &[Candidate]) {
        let values = candidates.iter().filter(|candidate| {
            matches!(candidate.kind.family, Family::Assignment | Family::Token)
                && candidate.secret.len() <= LONGEST
        });
        let mut known = locked(&self.known);
        for candidate in values {
            let name = candidate.name.as_ref().map_or("", |name| &name.text).to_owned();
            let spot = (path.clone(), candidate.region);
            known.insert(spot, (name, candidate.secret.clone()));
            if known.len() > MOST {
                known.pop_last();
            }
        }
    }

    /// Keeps back the tokens that a shared secret signed, and returns the others.
    /// `regions` are those of all leaks of the text, sorted, unless some were `cut`
    /// for their number.
    pub(crate) fn hold(
        &self,
        path: &ArtifactPath,
        leaks: Vec<Leak>,
        regions: &[Region],
        cut: bool,
    ) -> Vec<Leak> {
        let of_token = |leak: &Leak| {
            leak.candidate.kind.family == Family::Jwt
                && leak.candidate.encoding.is_none()
                && jwt_proof::can_be_tried(&leak.candidate.secret)
        };
        let (held, others): (Vec<Leak>, Vec<Leak>) = leaks.into_iter().partition(of_token);
        if !held.is_empty() {
            let mut all = locked(&self.held);
            all.extend(held.into_iter().map(|leak| {
                let region = leak.candidate.region;
                let from = region.start.saturating_sub(NEIGHBOURHOOD);
                let from = regions.partition_point(|other| other.start < from);
                let near = |other: &&Region| other.start < region.end + NEIGHBOURHOOD;
                let others = regions[from..].iter().take_while(near).copied().collect();
                ((path.clone(), region), Held { leak, others, cut })
            }));
        }
        others
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use seaworthy_analysis::{Options, PassageStart, ReadProblem, SourceText, TextSource};
    use seaworthy_model::Finding;

    use super::*;

    struct Files(Vec<(&'static str, String)>);

    impl TextSource for Files {
        fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
            let found = self.0.iter().find(|(name, _)| *name == path.as_str());
            let text = Arc::from(found.map_or("", |(_, text)| text.as_str()));
            Ok(SourceText { text, decoded: None })
        }
    }

    fn scan(files: Vec<(&'static str, String)>) -> Vec<Finding> {
        let paths = files.iter().map(|(name, _)| ArtifactPath::new(name)).collect();
        let snapshot = Snapshot::new(paths, Arc::new(Files(files)), None, Options::default());
        let detectors = Detectors::new(
            &[crate::embedded()],
            &rules::SECRET_KNOWN_TOKEN,
            &rules::SECRET_KNOWN_TOKEN,
        );
        let session = Session::new(Box::leak(Box::new(detectors)));
        let wanted = |_: &Rule, _: Option<&Artifact>| true;
        let mut run = Run { snapshot: &snapshot, wanted: &wanted, findings: Vec::new() };
        for artifact in snapshot.artifacts() {
            let text = snapshot.text(artifact).unwrap_or("");
            let start = PassageStart::default();
            let piece = Piece { text, start, first: true, last: true, exact: true };
            session.check_text(artifact, &piece, &mut run);
        }
        session.conclude(&mut run);
        run.findings
    }

    /// A token with an end, signed with `tidepool-9-keeper`.
    fn token() -> String {
        [
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
            "eyJzdWIiOiJ1LTcxIiwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDM2MDB9",
            "iyM-xnrgewJdtNi_jW2t1jE5kAqcAkdZfZLrxHVXlF8",
        ]
        .join(".")
    }

    #[test]
    fn a_token_is_reported_with_the_value_that_signed_it() {
        let client = format!("export const session = \"{}\";\n", token());
        let files = |env: &str| {
            vec![("web/client.ts", client.clone()), ("api/.env.production", env.to_owned())]
        };
        let found = scan(files("JWT_SECRET=tidepool-9-keeper\n"));
        let [found] = &found[..] else { panic!("{found:#?}") };
        assert_eq!(found.rule.id, "jwt-token-committed");
        assert_eq!(found.severity, Severity::Critical);
        assert!(found.message.contains("verifies with a value of api/.env.production"));
        assert!(!found.message.contains("tidepool"));
        assert_eq!(found.related[0].artifact.as_str(), "api/.env.production");
        assert!(!format!("{found:?}").contains("tidepool"));

        let found = scan(files("JWT_SECRET=another-9-keeper\n"));
        let [found] = &found[..] else { panic!("{found:#?}") };
        assert_eq!(found.severity, Severity::Medium);
        assert!(found.related.is_empty());
    }

    #[test]
    fn values_of_programs_are_tried_too() {
        let server = "const jwtSecret = \"tidepool-9-keeper\";\n";
        let found = scan(vec![
            ("web/client.ts", format!("export const session = \"{}\";\n", token())),
            ("api/server.ts", server.to_owned()),
        ]);
        let verified = found.iter().any(|found| found.message.contains("api/server.ts"));
        assert!(verified, "{found:#?}");
    }

    #[test]
    fn what_is_remembered_does_not_depend_on_the_order() {
        let note = |numbers: &mut dyn Iterator<Item = usize>| {
            let ledger = Ledger::default();
            for number in numbers {
                let mut candidate = Candidate::new(&VERIFIED, Region::new(number, number + 1), "x");
                candidate.kind = crate::files::KINDS[0];
                ledger.note(&ArtifactPath::new("a"), &[candidate]);
            }
            locked(&ledger.known).keys().cloned().collect::<Vec<_>>()
        };
        let there = note(&mut (0..MOST + 10));
        assert_eq!(there.len(), MOST);
        assert_eq!(there, note(&mut (0..MOST + 10).rev()));
    }
}
