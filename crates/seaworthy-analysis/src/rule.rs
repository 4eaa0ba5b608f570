//! What a rule is to the engine: a description and a function.

use seaworthy_formats::compose::ComposeFile;
use seaworthy_formats::lockfile::Lockfile;
use seaworthy_formats::package_json::PackageJson;
use seaworthy_formats::vercel::VercelConfig;
use seaworthy_model::{ArtifactPath, Finding, Notification, NotificationKind, Rule};
use seaworthy_syntax::env::EnvFile;
use seaworthy_syntax::ignore::IgnoreFile;

use crate::context::Context;
use crate::difference::{Difference, Sees};
use crate::document::Document;
use crate::joined::Stack;
use crate::locate::Passage;
use crate::pieces::{Piece, PieceSizes};
use crate::reads;
use crate::snapshot::{Artifact, Snapshot};

/// A rule compiled into the binary: a `static` per rule file.
#[derive(Debug)]
pub struct NativeRule {
    /// Its identity and documentation.
    pub rule: Rule,
    /// What it looks at, and how it decides.
    pub check: Check,
}

/// What a rule looks at. The function is called once for each such thing.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Each env file, templates included.
    Env(fn(&EnvFile, &mut Context<'_>)),
    /// Each `.gitignore`.
    Ignore(fn(&IgnoreFile, &mut Context<'_>)),
    /// Each `vercel.json`.
    Vercel(fn(&VercelConfig, &mut Context<'_>)),
    /// Each `package.json`.
    PackageJson(fn(&PackageJson, &mut Context<'_>)),
    /// Each lockfile.
    Lockfile(fn(&Lockfile, &mut Context<'_>)),
    /// Each Compose file by itself, as written.
    ComposeFile(fn(&ComposeFile, &mut Context<'_>)),
    /// The text of each file that the rule asks for by its path.
    Text(TextRule),
    /// Each effective Compose project: a base with its overrides, merged.
    Stack(fn(&Stack, &mut Context<'_>)),
    /// The repository, once.
    Repository(fn(&mut Context<'_>)),
    /// The repository, once, by a rule that searches programs or documents for people, too
    /// ([`is_searched_only`](crate::is_searched_only)): with what it sees of them. What it
    /// finds hangs on such files by that alone.
    Searching(fn(&mut Context<'_>), Sees),
}

/// A rule about texts.
#[derive(Clone, Copy, Debug)]
pub struct TextRule {
    /// Whether the rule looks at a file of this path. Asked for every file of the
    /// repository, so it has to be cheap: no allocation, an end or a name first.
    pub paths: fn(&str) -> bool,
    /// Looks at the whole text. A file larger than a piece
    /// ([`PieceSizes::DEFAULT`]) is not shown.
    pub check: fn(&str, &mut Context<'_>),
}

/// Anything that has rules and can run them: native rules today; detectors and
/// plugins are others.
pub trait RuleSource: Sync {
    /// Every rule of the source, whether it is switched on or not.
    fn rules(&self) -> Vec<&'static Rule>;

    /// Runs the rules that look at one file as what it is.
    fn check_artifact(&self, artifact: &Artifact, run: &mut Run<'_>);

    /// Whether the source is to be shown the text of the file at this path,
    /// whatever the file is.
    fn reads(&self, _path: &str) -> bool {
        false
    }

    /// Runs the rules that look at texts. Every source is shown the same reading
    /// of a file, so that it is read once; a large one comes in pieces, which
    /// overlap.
    fn check_text(&self, _artifact: &Artifact, _piece: &Piece<'_>, _run: &mut Run<'_>) {}

    /// In how many parts the rules that look at the whole repository are run, beside
    /// each other and each by itself.
    fn repository_parts(&self) -> usize {
        1
    }

    /// Runs one part of the rules that look at the whole repository; parts are counted
    /// from 0.
    fn check_repository(&self, part: usize, run: &mut Run<'_>);

    /// Says what only the sight of all files decides; called when every other call has
    /// returned. An editor calls it again when some files were shown anew.
    fn conclude(&self, _run: &mut Run<'_>) {}

    /// Whether what one part finds may differ from what it finds in an earlier state.
    fn is_concerned(&self, _part: usize, _difference: &Difference, _snapshot: &Snapshot) -> bool {
        true
    }

    /// Forgets what was remembered of a file, which is to be shown anew.
    fn forget(&self, _path: &ArtifactPath) {}
}

/// What a rule source is given for one call, and where it leaves its results.
pub struct Run<'s> {
    /// The repository.
    pub snapshot: &'s Snapshot,
    /// Whether settings want the rule for the file; without a file, at all.
    pub wanted: &'s (dyn Fn(&Rule, Option<&Artifact>) -> bool + Sync),
    /// What was found, located and masked.
    pub findings: Vec<Finding>,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("findings", &self.findings.len()).finish_non_exhaustive()
    }
}

/// A list of native rules as a rule source.
#[derive(Debug)]
pub struct NativeRules {
    /// Those that look at one file.
    rules: Vec<&'static NativeRule>,
    /// Those among them that look at texts, which are asked about every file.
    texts: Vec<(&'static Rule, TextRule)>,
    /// Those that look at the whole repository.
    wide: Vec<&'static NativeRule>,
}

impl Check {
    /// Whether it looks at the whole repository.
    fn is_wide(&self) -> bool {
        matches!(self, Self::Repository(_) | Self::Searching(..) | Self::Stack(_))
    }
}

impl NativeRules {
    /// A source of these rules.
    #[must_use]
    pub fn new(rules: Vec<&'static NativeRule>) -> Self {
        let of_text = |native: &&'static NativeRule| match native.check {
            Check::Text(text) => Some((&native.rule, text)),
            _ => None,
        };
        let texts = rules.iter().filter_map(of_text).collect();
        let (wide, rules) = rules.into_iter().partition(|native| native.check.is_wide());
        Self { rules, texts, wide }
    }
}

impl RuleSource for NativeRules {
    fn rules(&self) -> Vec<&'static Rule> {
        self.rules.iter().chain(&self.wide).map(|native| &native.rule).collect()
    }

    fn check_artifact(&self, artifact: &Artifact, run: &mut Run<'_>) {
        if !artifact.kind().is_judged_alone() {
            return;
        }
        let Some(document) = run.snapshot.document(artifact) else { return };
        for native in &self.rules {
            if !(run.wanted)(&native.rule, Some(artifact)) {
                continue;
            }
            reads::held_to_documents(true, || match (native.check, document) {
                (Check::Env(check), Document::Env(env)) => {
                    run.guarded(&native.rule, Some(artifact), |cx| check(env, cx));
                }
                (Check::Ignore(check), Document::Ignore(ignore)) => {
                    run.guarded(&native.rule, Some(artifact), |cx| check(ignore, cx));
                }
                (Check::Vercel(check), Document::Vercel(vercel)) => {
                    run.guarded(&native.rule, Some(artifact), |cx| check(vercel, cx));
                }
                (Check::PackageJson(check), Document::PackageJson(package)) => {
                    run.guarded(&native.rule, Some(artifact), |cx| check(package, cx));
                }
                (Check::Lockfile(check), Document::Lockfile(lockfile)) => {
                    run.guarded(&native.rule, Some(artifact), |cx| check(lockfile, cx));
                }
                (Check::ComposeFile(check), Document::Compose(compose)) => {
                    run.guarded(&native.rule, Some(artifact), |cx| check(compose, cx));
                }
                _ => {}
            });
        }
    }

    fn reads(&self, path: &str) -> bool {
        self.texts.iter().any(|(_, text)| (text.paths)(path))
    }

    fn check_text(&self, artifact: &Artifact, piece: &Piece<'_>, run: &mut Run<'_>) {
        if !(piece.first && piece.last) {
            return;
        }
        let path = artifact.path().as_str();
        for (rule, of_text) in &self.texts {
            if !(of_text.paths)(path) || !(run.wanted)(rule, Some(artifact)) {
                continue;
            }
            // Regions mean the text as the snapshot has it.
            let text = match piece.exact {
                true => Some(piece.text),
                false => run.snapshot.text(artifact),
            };
            let Some(text) = text else { return };
            reads::held_to_documents(true, || {
                run.guarded(rule, Some(artifact), |cx| (of_text.check)(text, cx));
            });
        }
    }

    fn repository_parts(&self) -> usize {
        self.wide.len()
    }

    fn check_repository(&self, part: usize, run: &mut Run<'_>) {
        let Some(native) = self.wide.get(part) else { return };
        if !(run.wanted)(&native.rule, None) {
            return;
        }
        let held = !matches!(native.check, Check::Searching(..));
        reads::held_to_documents(held, || match native.check {
            Check::Repository(check) | Check::Searching(check, _) => {
                run.guarded(&native.rule, None, check)
            }
            Check::Stack(check) => {
                for stack in run.snapshot.joined().stacks() {
                    let artifact = run.snapshot.artifact(stack.primary_file().as_str());
                    run.guarded(&native.rule, artifact, |cx| check(stack, cx));
                }
            }
            _ => {}
        });
    }

    fn is_concerned(&self, part: usize, difference: &Difference, snapshot: &Snapshot) -> bool {
        let Some(native) = self.wide.get(part) else { return false };
        match native.check {
            Check::Searching(_, sees) => difference.is_seen(snapshot, sees),
            _ => difference.concerns_documents(),
        }
    }
}

impl Run<'_> {
    /// Runs everything of one source that looks at the whole repository.
    pub fn check_whole(&mut self, source: &dyn RuleSource) {
        for part in 0..source.repository_parts() {
            source.check_repository(part, self);
        }
    }

    /// Shows a file to one source, its text and what it is.
    pub fn check_file(&mut self, source: &dyn RuleSource, artifact: &Artifact) {
        if source.reads(artifact.path().as_str()) {
            let snapshot = self.snapshot;
            snapshot.with_pieces(artifact, PieceSizes::DEFAULT, &mut Vec::new(), |piece| {
                source.check_text(artifact, piece, self);
            });
        }
        source.check_artifact(artifact, self);
    }

    /// Runs one rule on one thing; a panic becomes a notification, so that a fault
    /// in one rule costs nobody the findings of the others.
    pub fn guarded(
        &mut self,
        rule: &'static Rule,
        artifact: Option<&Artifact>,
        check: impl FnOnce(&mut Context<'_>),
    ) {
        let context = Context::new(self.snapshot, rule, artifact);
        self.run(rule, artifact.map(Artifact::path), context, check);
    }

    /// Runs one rule on a text that is no file of the snapshot.
    pub fn guarded_on(
        &mut self,
        rule: &'static Rule,
        passage: &Passage<'_>,
        check: impl FnOnce(&mut Context<'_>),
    ) {
        let context = Context::of_passage(self.snapshot, rule, passage);
        self.run(rule, Some(passage.path()), context, check);
    }

    fn run<'c>(
        &mut self,
        rule: &'static Rule,
        path: Option<&ArtifactPath>,
        mut context: Context<'c>,
        check: impl FnOnce(&mut Context<'c>),
    ) {
        let outcome =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&mut context)));
        match outcome {
            // To say where a finding is takes its file, whatever it is.
            Ok(()) => self.findings.extend(reads::held_to_documents(false, || context.finish())),
            Err(_) => {
                let message = format!("rule {} stopped with an internal error", rule.id);
                let mut notification = Notification::new(NotificationKind::RuleFailed, message);
                if let Some(path) = path {
                    notification = notification.in_artifact(path.clone());
                }
                self.snapshot.notify(notification);
            }
        }
    }
}
