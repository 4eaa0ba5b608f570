//! The detectors as a rule source: every file is scanned, and each leak becomes a
//! finding of the rule that its kind and its place call for.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::hash::{BuildHasher, RandomState};

use seaworthy_analysis::roles::{Environment, FileRole, Role, file_role};
use seaworthy_analysis::{
    Artifact, Context, DocumentKind, Passage, Piece, PieceSizes, RuleSource, Run, Snapshot,
};
use seaworthy_detector_pack::{Family, Kind, Table};
use seaworthy_model::{ArtifactPath, Notification, NotificationKind, Region, Rule, Severity};

use crate::embedded::embedded;
use crate::file::{File, Language};
use crate::leaks::{Leak, leaks, leaks_of};
use crate::message;
use crate::paths;
use crate::rules;
use crate::scan::{MAX_CANDIDATES, Scanner, Scratch};

/// How large files are read. A piece overlaps the next by more than twice what the
/// longest secret takes, so that each is whole in one of them.
const PIECES: PieceSizes = PieceSizes { piece: 4 << 20, overlap: 128 << 10, most: 256 << 20 };

/// How far around a leak others are masked in what is shown of it, in bytes.
const NEIGHBOURHOOD: usize = 4_096;

thread_local! {
    static BUFFERS: RefCell<(Vec<u8>, Scratch)> = RefCell::default();
}

/// Every detector and structural finder as a rule, by which settings and ignores
/// can name it.
#[must_use]
pub fn as_rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let kinds = embedded().detectors.iter().map(|detector| &detector.kind);
        kinds
            .chain(crate::find::KINDS.iter().copied())
            .map(|kind| Rule {
                id: kind.id,
                summary: kind.name,
                help: kind.description,
                severity: kind.severity,
                precision: kind.precision,
                ..Rule::DEFAULT
            })
            .collect()
    })
}

/// Secret detection as a rule source.
#[derive(Debug)]
pub struct Detectors {
    scanner: Scanner,
    /// The rule for passwords of URLs, which native rules speak by too.
    connection: &'static Rule,
    keys: RandomState,
}

impl Detectors {
    /// The detectors of these tables. `connection` is the rule by which passwords
    /// in URLs are reported.
    #[must_use]
    pub fn new(tables: &[&'static Table], connection: &'static Rule) -> Self {
        Self { scanner: Scanner::new(tables), connection, keys: RandomState::new() }
    }

    /// Every kind of secret that is known.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        self.scanner.detectors().map(|detector| &detector.kind)
    }

    /// Scans a text that is no file of the snapshot and reports its leaks.
    /// `standing` says where it stands with git; `about` is added to each message.
    pub fn check_passage(
        &self,
        passage: &Passage<'_>,
        text: &str,
        standing: Standing,
        about: &str,
        run: &mut Run<'_>,
    ) {
        let path = passage.path().as_str();
        let file = File::new(path, file_role(path, None));
        let found = leaks_of(&self.scanner, text, &file, &mut Scratch::default());
        let place = Place { artifact: None, passage: Some(passage), standing, about };
        self.report(&place, found, text, &file, run);
    }

    fn report(
        &self,
        place: &Place<'_>,
        found: Vec<Leak>,
        text: &str,
        file: &File<'_>,
        run: &mut Run<'_>,
    ) {
        let regions: Vec<Region> = found
            .iter()
            .flat_map(|leak| leak.also.iter().copied().chain([leak.candidate.region]))
            .collect();
        let path = ArtifactPath::new(file.path);
        for leak in found {
            let kind = place.artifact.map_or(DocumentKind::Other, Artifact::kind);
            let Some(severity) = place.standing.severity(&leak, kind, file) else { continue };
            let kind = leak.candidate.kind;
            let rule = self.rule(&leak, text, file);
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
                let message = message::message(&leak, place.standing.place(), place.about);
                let draft = cx.report_in(&path, region, message);
                draft.severity(severity).evidence(message::evidence(&leak)).leak(about);
                for &also in leak.also.iter().take(MAX_RELATED) {
                    draft.related(&path, also, "the same secret");
                }
                for &(related, label) in &leak.candidate.related {
                    draft.related(&path, related, label);
                }
                let near = region.start.saturating_sub(NEIGHBOURHOOD)..region.end + NEIGHBOURHOOD;
                draft.sensitive(region);
                for &other in &regions {
                    if near.contains(&other.start) || leak.also.contains(&other) {
                        draft.sensitive(other);
                    }
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
        if file.role.role == Role::Template {
            &rules::EXAMPLE_FILE_REAL_SECRET
        } else if paths::is_workflow(file.path) {
            &rules::CI_LITERAL_SECRET
        } else if file.language == Language::Prose || file.role.role == Role::Docs {
            &rules::SECRET_IN_DOCS
        } else if is_comment(text, leak.candidate.region) {
            &rules::SECRET_IN_COMMENT
        } else {
            by_kind
        }
    }
}

/// Where leaks are reported.
struct Place<'p> {
    /// The file of the snapshot.
    artifact: Option<&'p Artifact>,
    /// The text, when it is not that of the file as the snapshot has it.
    passage: Option<&'p Passage<'p>>,
    standing: Standing,
    /// What else is to be said.
    about: &'p str,
}

/// Whether a leak is to be reported with this piece, and not with the one before or
/// after, which has it too and sees more of its surroundings.
fn is_of_piece(piece: &Piece<'_>, region: Region) -> bool {
    let margin = PIECES.overlap / 2;
    (piece.first || region.start >= margin)
        && (piece.last || region.start < piece.text.len().saturating_sub(margin))
}

/// How many other places of a secret are named.
const MAX_RELATED: usize = 20;

impl RuleSource for Detectors {
    fn rules(&self) -> Vec<&'static Rule> {
        rules::ALL.to_vec()
    }

    fn reads_everything(&self) -> bool {
        true
    }

    fn check_artifact(&self, artifact: &Artifact, run: &mut Run<'_>) {
        let path = artifact.path().as_str();
        if paths::holds_no_text(path) {
            return;
        }
        BUFFERS.with_borrow_mut(|(buffer, scratch)| {
            // The role is asked for when there is something to judge.
            let unknown = FileRole { role: Role::Source, environment: Environment::Unspecified };
            let mut file = File::new(path, unknown);
            run.snapshot.with_pieces(artifact, PIECES, buffer, |piece| {
                self.scanner.scan(piece.text, &file, scratch);
                if scratch.cut {
                    let message = format!(
                        "more than {MAX_CANDIDATES} candidates of one detector; the others of the \
                         file were left out"
                    );
                    run.snapshot.notify(
                        Notification::new(NotificationKind::LimitReached, message)
                            .in_artifact(artifact.path().clone()),
                    );
                }
                if scratch.found.is_empty() {
                    return;
                }
                file.role = run.snapshot.role(artifact);
                let mut found = leaks(piece.text, &file, scratch);
                found.retain(|leak| is_of_piece(piece, leak.candidate.region));
                if found.is_empty() {
                    return;
                }
                let passage = (!piece.exact)
                    .then(|| Passage::new(artifact.path().clone(), piece.text, piece.start));
                let place = Place {
                    artifact: Some(artifact),
                    passage: passage.as_ref(),
                    standing: Standing::of(run.snapshot, artifact),
                    about: "",
                };
                self.report(&place, found, piece.text, &file, run);
            });
        });
    }

    fn check_repository(&self, _run: &mut Run<'_>) {}
}

/// Where a text stands with git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In the index, or in a commit.
    Tracked,
    /// Neither tracked nor ignored: the next `git add` takes it.
    Untracked,
    /// Git ignores it.
    Ignored,
    /// There is no git to ask.
    Unknown,
}

impl Standing {
    fn of(snapshot: &Snapshot, artifact: &Artifact) -> Self {
        let path = artifact.path().as_str();
        match snapshot.git() {
            None => Self::Unknown,
            Some(git) if git.is_tracked(path) => Self::Tracked,
            Some(git) if git.is_ignored(path) => Self::Ignored,
            Some(_) => Self::Untracked,
        }
    }

    /// How bad a leak is here. A secret that git does not take is a lesser one,
    /// and in an env file it is where it belongs.
    fn severity(self, leak: &Leak, kind: DocumentKind, file: &File<'_>) -> Option<Severity> {
        let env = kind == DocumentKind::Env && file.role.role != Role::Template;
        // Rules about env files, Compose and Vercel speak of these.
        let native =
            matches!(kind, DocumentKind::Env | DocumentKind::Compose | DocumentKind::Vercel);
        match (self, leak.candidate.kind.family) {
            (_, Family::Connection) if native => None,
            (_, Family::Assignment) if native && file.role.role != Role::Template => None,
            (Self::Ignored, _) if env => None,
            (Self::Unknown, _) if env => Some(leak.verdict.severity.min(Severity::Medium)),
            (Self::Ignored, _) => Some(leak.verdict.severity.min(Severity::Low)),
            _ => Some(leak.verdict.severity),
        }
    }

    /// What the reader is told of it.
    const fn place(self) -> &'static str {
        match self {
            Self::Tracked => "is committed",
            Self::Untracked => "would be committed with the next `git add`",
            Self::Ignored => "lies in a file that git ignores",
            Self::Unknown => "is written out here",
        }
    }
}

/// Whether the line on which the region begins is a comment up to there.
fn is_comment(text: &str, region: Region) -> bool {
    let before = &text[..region.start.min(text.len())];
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    // A minified line is no comment, however it begins.
    let line = &before[line..];
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
