//! The detectors as a rule source: every file is scanned, and each leak becomes a
//! finding of the rule that its kind and its place call for.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use seaworthy_analysis::roles::{Environment, FileRole, Role, file_role};
use seaworthy_analysis::{
    Artifact, Context, DocumentKind, GitStanding, Passage, Piece, PieceSizes, Run,
};
use seaworthy_detector_pack::{Family, Kind, Table};
use seaworthy_model::{ArtifactPath, Notification, NotificationKind, Region, Rule, Severity};

use crate::embedded::embedded;
use crate::file::{File, Language};
use crate::gitleaks::Gitleaks;
use crate::leaks::{Leak, leaks, leaks_of};
use crate::message;
use crate::paths;
use crate::rules;
use crate::scan::{MAX_CANDIDATES, Scanner, Scratch};
use crate::session::Ledger;

/// How far around a leak others are masked in what is shown of it, in bytes.
pub(crate) const NEIGHBOURHOOD: usize = 4_096;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Every detector and structural finder as a rule, by which settings and ignores
/// can name it.
#[must_use]
pub fn as_rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| rules_of(kinds()))
}

/// Whatever this build finds: by its detectors and by its structural finders.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    let kinds = embedded().detectors.iter().map(|detector| &detector.kind);
    let finders = crate::find::KINDS.iter().chain(crate::files::KINDS.iter()).copied();
    kinds.chain(finders)
}

/// Kinds of secrets as rules, by which settings and ignores can name them.
pub fn rules_of(kinds: impl Iterator<Item = &'static Kind>) -> Vec<Rule> {
    kinds
        .map(|kind| Rule {
            id: kind.id,
            summary: kind.name,
            help: kind.description,
            severity: kind.severity,
            precision: kind.precision,
            ..Rule::DEFAULT
        })
        .collect()
}

/// Secret detection as a rule source.
#[derive(Debug)]
pub struct Detectors {
    scanner: Scanner,
    /// The rule for passwords of URLs, which native rules speak by too.
    connection: &'static Rule,
    /// The rule for the settings of package managers, which is native too.
    npmrc: &'static Rule,
    /// What a team wrote for gitleaks.
    gitleaks: Option<Gitleaks>,
    keys: RandomState,
}

impl Detectors {
    /// The detectors of these tables. `connection` is the rule by which passwords
    /// in URLs are reported, `npmrc` the one for whatever stands in `.npmrc` files.
    #[must_use]
    pub fn new(tables: &[&'static Table], connection: &'static Rule, npmrc: &'static Rule) -> Self {
        let (scanner, keys) = (Scanner::new(tables), RandomState::new());
        Self { scanner, connection, npmrc, gitleaks: None, keys }
    }

    /// Runs the rules that a team wrote for gitleaks, too, and allows what they allow.
    #[must_use]
    pub fn with_gitleaks(mut self, gitleaks: Gitleaks) -> Self {
        self.gitleaks = Some(gitleaks);
        self
    }

    /// Every kind of secret that is known.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        let asked = self.gitleaks.iter().flat_map(Gitleaks::kinds);
        self.scanner.detectors().map(|detector| &detector.kind).chain(asked)
    }

    /// Adds what the rules of a team find and takes away what they allow. Whether
    /// some was left out for its number.
    fn apply_gitleaks(&self, text: &str, path: &str, found: &mut Vec<Leak>) -> bool {
        self.gitleaks.as_ref().is_some_and(|gitleaks| gitleaks.apply(text, path, found))
    }

    /// Reports the files that a team forbids by their paths.
    pub(crate) fn check_paths(&self, run: &mut Run<'_>) {
        let Some(gitleaks) = self.gitleaks.as_ref().filter(|gitleaks| gitleaks.names_paths())
        else {
            return;
        };
        let snapshot = run.snapshot;
        for artifact in snapshot.artifacts() {
            let path = artifact.path().as_str();
            let Some(mut leak) = gitleaks.of_path(path) else { continue };
            // Nobody knows what the file holds: the line that is shown is masked.
            if Self::reads(path)
                && let Some(line) = snapshot.text(artifact).and_then(|text| text.lines().next())
            {
                leak.candidate.region = Region::new(0, line.len());
            }
            let file = File::new(path, snapshot.role(artifact));
            let place = Place {
                artifact: Some(artifact),
                passage: None,
                standing: GitStanding::of(snapshot, path),
                about: "",
                signer: None,
                others: &[],
                cut: false,
            };
            self.report(&place, vec![leak], "", &file, run);
        }
    }

    /// Whether a file of this name is read at all: one that holds no text by its
    /// name is not.
    #[must_use]
    pub fn reads(path: &str) -> bool {
        !paths::holds_no_text(path)
    }

    /// Whether a text that is no file of the snapshot has a leak: cheaper than to
    /// report it.
    #[must_use]
    pub fn has_leak(&self, path: &str, text: &str) -> bool {
        let file = File::new(path, file_role(path, None));
        SCRATCH.with_borrow_mut(|scratch| {
            self.scanner.scan(text, &file, scratch);
            let mut found = leaks(text, &file, scratch);
            self.apply_gitleaks(text, path, &mut found);
            !found.is_empty()
        })
    }

    /// Scans a text that is no file of the snapshot and reports its leaks.
    /// `standing` says where it stands with git; `about` is added to each message.
    pub fn check_passage(
        &self,
        passage: &Passage<'_>,
        text: &str,
        standing: GitStanding,
        about: &str,
        run: &mut Run<'_>,
    ) {
        let path = passage.path().as_str();
        let file = File::new(path, file_role(path, None));
        let mut scratch = Scratch::default();
        let mut found = leaks_of(&self.scanner, text, &file, &mut scratch);
        let cut = self.apply_gitleaks(text, path, &mut found) || scratch.cut;
        let place = Place {
            artifact: None,
            passage: Some(passage),
            standing,
            about,
            signer: None,
            others: &[],
            cut,
        };
        self.report(&place, found, text, &file, run);
    }

    pub(crate) fn report(
        &self,
        place: &Place<'_>,
        found: Vec<Leak>,
        text: &str,
        file: &File<'_>,
        run: &mut Run<'_>,
    ) {
        let mut regions: Vec<Region> = found
            .iter()
            .flat_map(|leak| leak.also.iter().copied().chain([leak.candidate.region]))
            .chain(place.others.iter().copied())
            .collect();
        regions.sort_unstable();
        regions.dedup();
        let path = ArtifactPath::new(file.path);
        for leak in found {
            let kind = place.artifact.map_or(DocumentKind::Other, Artifact::kind);
            let Some(severity) = severity(place.standing, &leak, kind, file) else { continue };
            let kind = leak.candidate.kind;
            let rule = match place.standing {
                GitStanding::Past => &rules::GIT_HISTORY_SECRET,
                _ => self.rule(&leak, text, file),
            };
            let named = Rule { id: kind.id, ..Rule::DEFAULT };
            if !(run.wanted)(rule, place.artifact) || !(run.wanted)(&named, place.artifact) {
                continue;
            }
            let about = seaworthy_model::Leak {
                detector: kind.id,
                precision: leak.verdict.precision,
                identity: self.keys.hash_one(&leak.candidate.secret.0),
            };
            let region = leak.candidate.region;
            let say = |cx: &mut Context<'_>| {
                let message = message::message(&leak.candidate, place.standing, place.about);
                let draft = cx.report_in(&path, region, message);
                draft.severity(severity).evidence(message::evidence(&leak)).leak(about);
                for &also in leak.also.iter().take(MAX_RELATED) {
                    draft.related(&path, also, "the same secret");
                }
                for &(related, label) in &leak.candidate.related {
                    draft.related(&path, related, label);
                }
                if let Some((signer, region)) = place.signer {
                    draft.related(signer, region, "the value that it verifies with");
                    draft.sensitive_in(signer, region);
                }
                draft.sensitive(region);
                let (cut, shown) = (place.cut, leak.also.iter().take(MAX_RELATED));
                for &place in shown.chain([&region]) {
                    let from = place.start.saturating_sub(NEIGHBOURHOOD);
                    let near = place.end + NEIGHBOURHOOD;
                    if cut {
                        draft.sensitive(Region::new(from, place.start));
                        draft.sensitive(Region::new(place.end, near));
                    }
                    let from = regions.partition_point(|other| other.start < from);
                    let near = regions[from..].iter().take_while(|other| other.start < near);
                    near.for_each(|&other| {
                        draft.sensitive(other);
                    });
                }
            };
            match place.passage {
                Some(passage) => run.guarded_on(rule, passage, say),
                None => run.guarded(rule, place.artifact, say),
            }
        }
    }

    /// The rule that a leak calls for: by the file where that says most, else by
    /// the kind of secret.
    fn rule(&self, leak: &Leak, text: &str, file: &File<'_>) -> &'static Rule {
        let by_kind = match leak.candidate.kind.family {
            Family::PrivateKey => return &rules::PRIVATE_KEY_TRACKED,
            Family::Jwt => return &rules::JWT_TOKEN_COMMITTED,
            Family::PasswordHash => return &rules::PASSWORD_HASH_COMMITTED,
            Family::Token => &rules::SECRET_KNOWN_TOKEN,
            Family::Assignment => &rules::SECRET_GENERIC_ASSIGNMENT,
            Family::Connection => self.connection,
        };
        if paths::is_npmrc(file.path) {
            self.npmrc
        } else if file.role.role == Role::Template {
            &rules::EXAMPLE_FILE_REAL_SECRET
        } else if paths::is_workflow(file.path) {
            &rules::CI_LITERAL_SECRET
        } else if is_documentation(file) {
            &rules::SECRET_IN_DOCS
        } else if is_comment(text, leak.candidate.region) {
            &rules::SECRET_IN_COMMENT
        } else {
            by_kind
        }
    }
}

/// Whether the file is text for people. The cells of a notebook are code that was
/// run, whatever is written between them.
fn is_documentation(file: &File<'_>) -> bool {
    file.language == Language::Prose
        || (file.role.role == Role::Docs && !file.has_extension(&["ipynb"]))
}

/// Where leaks are reported.
pub(crate) struct Place<'p> {
    /// The file of the snapshot.
    pub(crate) artifact: Option<&'p Artifact>,
    /// The text, when it is not that of the file as the snapshot has it.
    pub(crate) passage: Option<&'p Passage<'p>>,
    pub(crate) standing: GitStanding,
    /// What else is to be said.
    pub(crate) about: &'p str,
    /// Where the secret stands that signed a token.
    pub(crate) signer: Option<(&'p ArtifactPath, Region)>,
    /// Other secrets of the text, which are reported elsewhere.
    pub(crate) others: &'p [Region],
    /// Whether the text has secrets of which nothing is known, for their number:
    /// nothing around a leak is shown.
    pub(crate) cut: bool,
}

/// Whether a leak is to be reported with this piece, and not with the one before or
/// after, which has it too and sees more of its surroundings.
fn is_of_piece(piece: &Piece<'_>, region: Region) -> bool {
    let margin = PieceSizes::DEFAULT.overlap / 2;
    (piece.first || region.start >= margin)
        && (piece.last || region.start < piece.text.len().saturating_sub(margin))
}

/// How many other places of a secret are named.
const MAX_RELATED: usize = 20;

impl Detectors {
    /// Scans a text of a file and reports its leaks, but for those that the ledger
    /// keeps back.
    pub(crate) fn check_text(
        &self,
        artifact: &Artifact,
        piece: &Piece<'_>,
        ledger: &Ledger,
        run: &mut Run<'_>,
    ) {
        // The role is asked for when there is something to judge.
        let unknown = FileRole { role: Role::Source, environment: Environment::Unspecified };
        let mut file = File::new(artifact.path().as_str(), unknown);
        let (found, cut) = SCRATCH.with_borrow_mut(|scratch| {
            self.scanner.scan(piece.text, &file, scratch);
            let mut found = Vec::new();
            if !scratch.found.is_empty() {
                file.role = run.snapshot.role(artifact);
                if piece.exact {
                    ledger.note(artifact.path(), &scratch.found);
                }
                found = leaks(piece.text, &file, scratch);
            }
            let cut = self.apply_gitleaks(piece.text, file.path, &mut found) || scratch.cut;
            if cut {
                let message = format!(
                    "more than {MAX_CANDIDATES} candidates of one detector; the others of the \
                     file were left out"
                );
                run.snapshot.notify(
                    Notification::new(NotificationKind::LimitReached, message)
                        .in_artifact(artifact.path().clone()),
                );
            }
            (found, cut)
        });
        // Also of what is reported with another piece or later.
        let others: Vec<Region> = found.iter().map(|leak| leak.candidate.region).collect();
        let found: Vec<Leak> =
            found.into_iter().filter(|leak| is_of_piece(piece, leak.candidate.region)).collect();
        let found = match piece.exact {
            true => ledger.hold(artifact.path(), found, &others, cut),
            false => found,
        };
        if found.is_empty() {
            return;
        }
        file.role = run.snapshot.role(artifact);
        let passage =
            (!piece.exact).then(|| Passage::new(artifact.path().clone(), piece.text, piece.start));
        let place = Place {
            artifact: Some(artifact),
            passage: passage.as_ref(),
            standing: GitStanding::of(run.snapshot, file.path),
            about: "",
            signer: None,
            others: &others,
            cut,
        };
        self.report(&place, found, piece.text, &file, run);
    }
}

/// How bad a leak is where it stands. A secret that git does not take is a lesser
/// one, and in an env file it is where it belongs.
fn severity(
    standing: GitStanding,
    leak: &Leak,
    kind: DocumentKind,
    file: &File<'_>,
) -> Option<Severity> {
    let env = kind == DocumentKind::Env && file.role.role != Role::Template;
    // Rules about env files, Compose and Vercel speak of these.
    let native = matches!(kind, DocumentKind::Env | DocumentKind::Compose | DocumentKind::Vercel);
    match (standing, leak.candidate.kind.family) {
        (_, Family::Connection) if native => None,
        // `vercel-env-literal` speaks of whatever looks like a secret there.
        (_, Family::Token) if kind == DocumentKind::Vercel => None,
        (_, Family::Assignment) if native && file.role.role != Role::Template => None,
        (GitStanding::Ignored, _) if env => None,
        (GitStanding::Unknown, _) if env => Some(leak.verdict.severity.min(Severity::Medium)),
        (GitStanding::Ignored, _) => Some(leak.verdict.severity.min(Severity::Low)),
        _ => Some(leak.verdict.severity),
    }
}

/// How far before a secret its line is looked at, in bytes.
const LONGEST_COMMENT: usize = 1_200;

/// Whether the line on which the region begins is a comment up to there.
fn is_comment(text: &str, region: Region) -> bool {
    // A minified line is no comment, however it begins.
    let from = text.floor_char_boundary(region.start.saturating_sub(LONGEST_COMMENT));
    let Some(before) = text.get(from..region.start.min(text.len())) else { return false };
    let line = match before.rfind('\n') {
        Some(at) => &before[at + 1..],
        None if from == 0 => before,
        None => return false,
    };
    let line = line.trim_start();
    line.len() < 1_000
        && ["//", "#", "--", "/*", "* ", "<!--", ";", "%", "REM ", "rem ", "'''"]
            .iter()
            .any(|marker| line.starts_with(marker))
        && !line.starts_with("#!")
        && !line.starts_with("#define")
        && !line.starts_with("#[")
        && !line.starts_with("---")
}

#[cfg(test)]
mod tests {
    use seaworthy_analysis::roles::file_role;

    use super::*;

    #[test]
    fn a_notebook_is_code_and_no_documentation() {
        for (path, want) in [
            ("analysis/load.ipynb", false),
            ("docs/tour.ipynb", false),
            ("docs/setup.md", true),
            ("docs/index.html", true),
            ("src/load.py", false),
        ] {
            assert_eq!(is_documentation(&File::new(path, file_role(path, None))), want, "{path}");
        }
    }
}
