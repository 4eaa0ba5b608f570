//! What an editor offers to do about a finding.

use lsp_server::RequestId;
use lsp_types::{CodeAction, CodeActionKind, CodeActionParams, CodeActionTriggerKind, Range, Uri};
use seaworthy_engine::baseline::{self, Baseline};
use seaworthy_engine::{Scan, ignore_comment, settings};
use seaworthy_model::{Applicability, ArtifactPath, Finding, Fix};
use serde::{Deserialize, Serialize};

use crate::edits::{Edited, between, of_replacements, text_edit, whole};
use crate::picture::Picture;
use crate::pull::Question;
use crate::roots::RootId;
use crate::server::Server;

/// Does something about one finding.
const QUICK_FIX: &str = "quickfix";
/// Fixes all of a document that can be fixed safely.
const FIX_ALL: &str = "source.fixAll.seaworthy";
/// Fixes what may change behaviour, too.
const FIX_ALL_UNSAFE: &str = "source.fixAll.seaworthy.unsafe";

/// The most findings for which actions are offered at once.
const MOST_FINDINGS: usize = 20;

/// Why somebody accepts a finding. A comment that says why is worth more than one that
/// has to be asked about; these two are the most common reasons.
const REASONS: [&str; 2] = ["false positive", "accepted risk"];

/// Why somebody adds a finding to the baseline.
const KNOWN: &str = "to be mended later";

/// What is to be done: what an action carries until it is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Todo {
    pub(crate) uri: Uri,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum What {
    /// A fix of a finding, by its place among the fixes.
    Fix { fingerprint: String, index: usize },
    /// To accept a finding, for one of the reasons.
    Ignore { fingerprint: String, reason: usize },
    /// To add a finding to the baseline.
    Baseline { fingerprint: String },
    /// All fixes of the document.
    FixAll { risky: bool },
}

/// The kinds of actions that there are.
pub(crate) fn kinds() -> [&'static str; 3] {
    [QUICK_FIX, FIX_ALL, FIX_ALL_UNSAFE]
}

/// Whether actions of a kind are wanted.
fn wants(only: Option<&[CodeActionKind]>, kind: &str) -> bool {
    let Some(only) = only else { return true };
    only.iter().any(|wanted| {
        let wanted = wanted.as_str();
        let within = kind
            .strip_prefix(wanted)
            .is_some_and(|rest| wanted.is_empty() || rest.is_empty() || rest.starts_with('.'));
        // Who fixes all on saving does not ask for what may change behaviour.
        within && (kind != FIX_ALL_UNSAFE || wanted == kind)
    })
}

impl Server {
    pub(crate) fn code_actions(&mut self, id: RequestId, params: CodeActionParams) {
        if !self.client.actions {
            self.respond(id, serde_json::json!([]));
            return;
        }
        self.wait(id, Question::Actions(Box::new(params)));
    }

    pub(crate) fn resolve(&mut self, id: RequestId, action: CodeAction) {
        let todo = action.data.clone().and_then(|data| serde_json::from_value(data).ok());
        match todo {
            Some(todo) => self.wait(id, Question::Resolve(Box::new(action), todo)),
            // Nothing is missing, as far as we can know.
            None => self.respond(id, action),
        }
    }

    /// The actions for a place. The report is up to date.
    pub(crate) fn actions_at(&self, params: &CodeActionParams) -> Vec<CodeAction> {
        let uri = &params.text_document.uri;
        let Some((root, artifact)) = self.place_of(uri.as_str()) else { return Vec::new() };
        let Some(picture) = self.roots.get(&root).and_then(|root| root.picture.clone()) else {
            return Vec::new();
        };
        let Some(scan) = &picture.scan else { return Vec::new() };
        let only = params.context.only.as_deref();
        let mut actions = Vec::new();
        if wants(only, QUICK_FIX) {
            let mut preferred = false;
            for finding in self.findings_at(scan, &artifact, params.range) {
                self.actions_of(uri, root, &picture, finding, &mut preferred, &mut actions);
            }
        }
        let asked = params.context.trigger_kind != Some(CodeActionTriggerKind::AUTOMATIC);
        if only.is_some() || asked {
            for (kind, risky) in [(FIX_ALL, false), (FIX_ALL_UNSAFE, true)] {
                if wants(only, kind) && has_fixes(scan, &artifact, risky) {
                    let title = match risky {
                        false => "Fix all that can be fixed safely (seaworthy)",
                        true => "Fix all, even where behaviour may change (seaworthy)",
                    };
                    actions.push(CodeAction {
                        kind: Some(CodeActionKind::from(kind)),
                        data: data(uri, What::FixAll { risky }),
                        ..action(title.to_owned())
                    });
                }
            }
        }
        actions
    }

    /// The findings of a file that touch a range.
    fn findings_at<'s>(
        &'s self,
        scan: &'s Scan,
        artifact: &'s ArtifactPath,
        range: Range,
    ) -> impl Iterator<Item = &'s Finding> {
        let encoding = self.client.encoding;
        let touches = move |finding: &&Finding| {
            let of = encoding.range(&finding.location);
            of.start <= range.end && range.start <= of.end
        };
        let shown = |finding: &&Finding| finding.severity >= self.settings.minimum_severity;
        open_findings(scan, artifact).filter(shown).filter(touches).take(MOST_FINDINGS)
    }

    fn actions_of(
        &self,
        uri: &Uri,
        root: RootId,
        picture: &Picture,
        finding: &Finding,
        preferred: &mut bool,
        actions: &mut Vec<CodeAction>,
    ) {
        let Some(known) = self.roots.get(&root) else { return };
        let view = crate::server::view(&self.client, &self.settings, known);
        let shown = view.of_finding(finding);
        let fingerprint = finding.fingerprint.to_string();
        let mut offer = |title: String, is_preferred: Option<bool>, what: What| {
            actions.push(CodeAction {
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![shown.clone()]),
                is_preferred,
                data: data(uri, what),
                ..action(title)
            });
        };
        for (index, fix) in finding.fixes.iter().enumerate() {
            let title = match fix.applicability {
                Applicability::Safe => fix.title.clone(),
                Applicability::Unsafe => format!("{} (may change behaviour)", fix.title),
                Applicability::DisplayOnly => format!("{} (then adapt it)", fix.title),
            };
            let first = fix.applicability == Applicability::Safe && !*preferred;
            *preferred |= first;
            let what = What::Fix { fingerprint: fingerprint.clone(), index };
            offer(title, first.then_some(true), what);
        }
        let Some(scan) = &picture.scan else { return };
        let (place, offered) = match ignore_comment(&scan.snapshot, finding, REASONS[0]) {
            Some(_) => ("here", true),
            None => ("in seaworthy.toml", self.accept(root, scan, finding, "").is_some()),
        };
        if offered {
            for (reason, words) in REASONS.iter().enumerate() {
                let title = format!("Ignore `{}` {place}: {words}", finding.rule.id);
                offer(title, None, What::Ignore { fingerprint: fingerprint.clone(), reason });
            }
        }
        if self.known(root, scan, finding).is_some() {
            let title = format!("Add to the baseline: {KNOWN}");
            offer(title, None, What::Baseline { fingerprint });
        }
    }

    /// The entry in the root's baseline by which a finding is known.
    fn known(&self, root: RootId, scan: &Scan, finding: &Finding) -> Option<Vec<Edited>> {
        if self.roots.get(&root)?.alone {
            return None;
        }
        let settings = text_of(scan, &ArtifactPath::new(settings::FILE_NAME))?;
        let path = baseline::path_by(settings.unwrap_or(""));
        let text = text_of(scan, &path)?;
        let mut known = match text {
            Some(text) => Baseline::read(text).ok()?.0,
            None => Baseline::default(),
        };
        for matter in &finding.matters {
            known.add(matter, KNOWN);
        }
        self.rewritten(path, text, &known.write())
    }

    /// A file that gets another text, or comes to be.
    fn rewritten(
        &self,
        artifact: ArtifactPath,
        before: Option<&str>,
        after: &str,
    ) -> Option<Vec<Edited>> {
        let edits = match before {
            Some(before) => between(self.client.encoding, before, after),
            None if self.client.creates => whole(after),
            None => return None,
        };
        Some(vec![Edited { artifact, edits, new: before.is_none() }])
    }

    /// The entry in the root's settings that accepts a finding.
    fn accept(
        &self,
        root: RootId,
        scan: &Scan,
        finding: &Finding,
        reason: &str,
    ) -> Option<Vec<Edited>> {
        let path = ArtifactPath::new(settings::FILE_NAME);
        if self.roots.get(&root)?.alone {
            return None;
        }
        let text = text_of(scan, &path)?;
        let place = &finding.location.artifact;
        let after = settings::with_ignore(text.unwrap_or(""), finding.rule, place, reason).ok()?;
        self.rewritten(path, text, &after)
    }

    /// Gives an action its edit. The report is up to date. `Err` when that has become
    /// impossible.
    pub(crate) fn complete(&self, mut action: CodeAction, todo: &Todo) -> Result<CodeAction, ()> {
        let (root, artifact) = self.place_of(todo.uri.as_str()).ok_or(())?;
        let picture = self.roots.get(&root).and_then(|root| root.picture.clone()).ok_or(())?;
        let scan = picture.scan.as_ref().ok_or(())?;
        let encoding = self.client.encoding;
        let find = |fingerprint: &str| {
            let mut open = open_findings(scan, &artifact);
            open.find(|finding| finding.fingerprint.to_string() == fingerprint)
        };
        let edits = match &todo.what {
            What::Fix { fingerprint, index } => {
                let fix: &Fix =
                    find(fingerprint).and_then(|found| found.fixes.get(*index)).ok_or(())?;
                of_replacements(encoding, &fix.replacements)
            }
            What::Ignore { fingerprint, reason } => {
                let finding = find(fingerprint).ok_or(())?;
                let reason = REASONS.get(*reason).ok_or(())?;
                match ignore_comment(&scan.snapshot, finding, reason) {
                    Some(comment) => vec![Edited {
                        artifact: comment.artifact.clone(),
                        edits: vec![text_edit(encoding, &comment)],
                        new: false,
                    }],
                    None => self.accept(root, scan, finding, reason).ok_or(())?,
                }
            }
            What::Baseline { fingerprint } => {
                let finding = find(fingerprint).ok_or(())?;
                self.known(root, scan, finding).ok_or(())?
            }
            // That takes a while.
            What::FixAll { .. } => return Err(()),
        };
        action.edit = Some(self.workspace_edit(root, edits).ok_or(())?);
        Ok(action)
    }

    /// Answers with actions, complete ones if the client does not ask again.
    pub(crate) fn answer_actions(&mut self, id: RequestId, params: &CodeActionParams) {
        let actions = self.actions_at(params);
        if self.client.resolves {
            self.respond(id, actions);
            return;
        }
        let complete = |action: CodeAction| {
            let todo = serde_json::from_value(action.data.clone()?).ok()?;
            match fixes_all(&action) {
                Some(_) => Some(action),
                None => self.complete(action, &todo).ok(),
            }
        };
        let actions: Vec<CodeAction> = actions.into_iter().filter_map(complete).collect();
        match actions.iter().any(|action| fixes_all(action).is_some()) {
            true => self.mend(id, actions, false, params.text_document.uri.as_str()),
            false => self.respond(id, actions),
        }
    }

    pub(crate) fn answer_resolve(&mut self, id: RequestId, action: CodeAction, todo: &Todo) {
        if fixes_all(&action).is_some() {
            self.mend(id, vec![action], true, todo.uri.as_str());
            return;
        }
        match self.complete(action, todo) {
            Ok(action) => self.respond(id, action),
            Err(()) => self.refuse_stale(id),
        }
    }
}

/// Whether an action fixes all of its document; if so, whether even what may change
/// behaviour.
pub(crate) fn fixes_all(action: &CodeAction) -> Option<bool> {
    let todo: Todo = serde_json::from_value(action.data.clone()?).ok()?;
    match todo.what {
        What::FixAll { risky } => Some(risky),
        _ => None,
    }
}

/// The text of a file; nothing within when there is no such file, `None` when it cannot
/// be read.
fn text_of<'s>(scan: &'s Scan, path: &ArtifactPath) -> Option<Option<&'s str>> {
    match scan.snapshot.artifact(path.as_str()) {
        Some(artifact) => scan.snapshot.text(artifact).map(Some),
        None => Some(None),
    }
}

fn open_findings<'s>(
    scan: &'s Scan,
    artifact: &'s ArtifactPath,
) -> impl Iterator<Item = &'s Finding> {
    scan.report.open_findings().filter(move |finding| finding.location.artifact == *artifact)
}

fn up_to(risky: bool) -> Applicability {
    if risky { Applicability::Unsafe } else { Applicability::Safe }
}

/// Whether a fix can be applied with others of a document: it edits nothing else.
fn is_local(fix: &Fix, artifact: &ArtifactPath, risky: bool) -> bool {
    fix.applicability <= up_to(risky)
        && fix.replacements.iter().all(|replacement| replacement.artifact == *artifact)
}

fn has_fixes(scan: &Scan, artifact: &ArtifactPath, risky: bool) -> bool {
    open_findings(scan, artifact)
        .any(|finding| finding.fixes.iter().any(|fix| is_local(fix, artifact, risky)))
}

/// The findings of a document with the fixes that edit only that.
pub(crate) fn fixable(scan: &Scan, artifact: &ArtifactPath, risky: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = open_findings(scan, artifact).cloned().collect();
    for finding in &mut findings {
        finding.fixes.retain(|fix| is_local(fix, artifact, risky));
    }
    findings.retain(|finding| !finding.fixes.is_empty());
    findings
}

fn action(title: String) -> CodeAction {
    CodeAction { title: crate::picture::plain(&title), ..CodeAction::default() }
}

fn data(uri: &Uri, what: What) -> Option<serde_json::Value> {
    serde_json::to_value(Todo { uri: uri.clone(), what }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_change_behaviour_is_only_done_when_asked_for_by_its_name() {
        let cases: [(&[&'static str], &str, bool); 8] = [
            (&["quickfix"], "quickfix", true),
            (&["source.fixAll"], FIX_ALL, true),
            (&["source"], FIX_ALL, true),
            (&["source.fixAll"], FIX_ALL_UNSAFE, false),
            (&[FIX_ALL], FIX_ALL_UNSAFE, false),
            (&[FIX_ALL_UNSAFE], FIX_ALL_UNSAFE, true),
            (&["refactor", "source.fix"], FIX_ALL, false),
            (&[""], "quickfix", true),
        ];
        for (only, kind, wanted) in cases {
            let only: Vec<CodeActionKind> =
                only.iter().map(|kind| CodeActionKind::new(kind)).collect();
            assert_eq!(wants(Some(&only), kind), wanted, "{only:?} {kind}");
        }
        assert!(wants(None, FIX_ALL_UNSAFE), "somebody looks at the list");
    }
}
