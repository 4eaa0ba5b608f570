//! The detectors as a rule source: every file is scanned, and each leak becomes a
//! finding of the rule that its kind and its place call for.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};

use seaworthy_analysis::roles::{Environment, FileRole, Role};
use seaworthy_analysis::{Artifact, DocumentKind, RuleSource, Run, Snapshot};
use seaworthy_detector_pack::{Family, Kind, Table};
use seaworthy_model::{Notification, NotificationKind, Region, Rule, Severity};

use crate::file::{File, Language};
use crate::leaks::{Leak, leaks};
use crate::message;
use crate::paths;
use crate::rules;
use crate::scan::{MAX_CANDIDATES, Scanner, Scratch};

/// The most bytes of a text that is scanned in one piece.
const MAX_TEXT: usize = 32 << 20;

/// How far around a leak others are masked in what is shown of it, in bytes.
const NEIGHBOURHOOD: usize = 4_096;

thread_local! {
    static BUFFERS: RefCell<(Vec<u8>, Scratch)> = RefCell::default();
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

    /// The leaks of a text, in its order.
    #[must_use]
    pub fn leaks(&self, text: &str, file: &File<'_>) -> Vec<Leak> {
        let mut scratch = Scratch::default();
        self.scanner.scan(text, file, &mut scratch);
        leaks(text, file, &mut scratch)
    }

    /// Every kind of secret that is known.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        self.scanner.detectors().map(|detector| &detector.kind)
    }

    fn report(
        &self,
        artifact: &Artifact,
        found: Vec<Leak>,
        text: &str,
        file: &File<'_>,
        run: &mut Run<'_>,
    ) {
        let git = Standing::of(run.snapshot, artifact);
        let regions: Vec<Region> = found
            .iter()
            .flat_map(|leak| leak.also.iter().copied().chain([leak.candidate.region]))
            .collect();
        for leak in found {
            let Some(severity) = git.severity(&leak, artifact, file) else { continue };
            let kind = leak.candidate.kind;
            let rule = self.rule(&leak, text, file);
            let named = Rule { id: kind.id, ..Rule::DEFAULT };
            if !(run.wanted)(rule, Some(artifact)) || !(run.wanted)(&named, Some(artifact)) {
                continue;
            }
            let about = seaworthy_model::Leak {
                detector: kind.id,
                precision: leak.verdict.precision,
                identity: self.keys.hash_one(&leak.candidate.secret.0),
            };
            let region = leak.candidate.region;
            let path = artifact.path();
            run.guarded(rule, Some(artifact), |cx| {
                let draft = cx.report(region, message::message(&leak, git.place()));
                draft.severity(severity).evidence(message::evidence(&leak)).leak(about);
                for &also in leak.also.iter().take(MAX_RELATED) {
                    draft.related(path, also, "the same secret");
                }
                for &(related, label) in &leak.candidate.related {
                    draft.related(path, related, label);
                }
                let near = region.start.saturating_sub(NEIGHBOURHOOD)..region.end + NEIGHBOURHOOD;
                draft.sensitive(region);
                for &other in &regions {
                    if near.contains(&other.start) || leak.also.contains(&other) {
                        draft.sensitive(other);
                    }
                }
            });
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
            let mut file = File { path, role: unknown, language: Language::Code };
            run.snapshot.with_text(artifact, MAX_TEXT, buffer, |text| {
                self.scanner.scan(text, &file, scratch);
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
                let found = leaks(text, &file, scratch);
                if !found.is_empty() {
                    self.report(artifact, found, text, &file, run);
                }
            });
        });
    }

    fn check_repository(&self, _run: &mut Run<'_>) {}
}

/// Where a file stands with git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Tracked,
    /// Neither tracked nor ignored: the next `git add` takes it.
    Untracked,
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
    fn severity(self, leak: &Leak, artifact: &Artifact, file: &File<'_>) -> Option<Severity> {
        let env = artifact.kind() == DocumentKind::Env && file.role.role != Role::Template;
        // Rules about env files, Compose and Vercel speak of these.
        let native = matches!(
            artifact.kind(),
            DocumentKind::Env | DocumentKind::Compose | DocumentKind::Vercel
        );
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
