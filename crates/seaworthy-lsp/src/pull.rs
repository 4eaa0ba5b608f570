//! Requests that are answered from a report: at once when it is up to date, else when
//! it is there.

use std::collections::{BTreeMap, HashMap};

use lsp_server::{ErrorCode, RequestId};
use lsp_types::{
    CodeAction, CodeActionParams, DocumentDiagnosticParams, DocumentDiagnosticReport,
    FullDocumentDiagnosticReport, HoverParams, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport, Uri,
    WorkspaceDiagnosticParams, WorkspaceDiagnosticReport, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};
use seaworthy_model::ArtifactPath;
use serde_json::json;

use crate::actions::Todo;
use crate::picture::CLEAN;
use crate::roots::RootId;
use crate::server::Server;

/// A request that waits for a report.
pub(crate) struct Waiting {
    pub(crate) id: RequestId,
    pub(crate) question: Question,
}

/// What was asked.
pub(crate) enum Question {
    /// The diagnostics of a document, unless they are the ones of this result id.
    Document { uri: Uri, previous: Option<String> },
    /// The diagnostics of all documents, but those of these result ids, by URI.
    Workspace { previous: HashMap<String, String> },
    /// What can be done about a place.
    Actions(Box<CodeActionParams>),
    /// The edit of an action.
    Resolve(Box<CodeAction>, Todo),
    /// What is to be said of a place.
    Hover(HoverParams),
}

impl Question {
    /// The document that it is about.
    fn document(&self) -> Option<&str> {
        match self {
            Question::Document { uri, .. } => Some(uri.as_str()),
            Question::Workspace { .. } => None,
            Question::Actions(params) => Some(params.text_document.uri.as_str()),
            Question::Resolve(_, todo) => Some(todo.uri.as_str()),
            Question::Hover(params) => {
                Some(params.text_document_position_params.text_document.uri.as_str())
            }
        }
    }
}

impl Server {
    pub(crate) fn pull(&mut self, id: RequestId, params: DocumentDiagnosticParams) {
        let previous = params.previous_result_id;
        self.wait(id, Question::Document { uri: params.text_document.uri, previous });
    }

    pub(crate) fn pull_all(&mut self, id: RequestId, params: WorkspaceDiagnosticParams) {
        let previous = params.previous_result_ids.into_iter();
        let previous = previous.map(|known| (known.uri.as_str().to_owned(), known.value)).collect();
        self.wait(id, Question::Workspace { previous });
    }

    /// Answers a question at once or as soon as that can be done.
    pub(crate) fn wait(&mut self, id: RequestId, question: Question) {
        let concerned = match question.document() {
            Some(uri) => self.place_of(uri).map(|(root, _)| root),
            None => None,
        };
        for root in self.roots.values_mut() {
            if question.document().is_none() || concerned == Some(root.id) {
                root.hurry();
            }
        }
        self.waiting.push(Waiting { id, question });
        self.answer_waiting();
    }

    /// Answers what can be answered.
    pub(crate) fn answer_waiting(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            let Waiting { id, question } = waiting;
            if let Some(question) = self.answer(&id, question) {
                self.waiting.push(Waiting { id, question });
            }
        }
    }

    /// Answers a question, or gives it back when its time has not come.
    fn answer(&mut self, id: &RequestId, question: Question) -> Option<Question> {
        if let Some(uri) = question.document() {
            let place = self.place_of(uri).and_then(|(root, _)| self.roots.get(&root));
            if place.is_some_and(|root| !root.is_fresh()) {
                return Some(question);
            }
        }
        match question {
            Question::Document { uri, previous } => {
                let place = self.place_of(uri.as_str());
                let report = self.document_report(&uri, place, previous.as_deref());
                self.respond(id.clone(), report);
                None
            }
            Question::Workspace { previous } => {
                if !self.roots.values().all(|root| root.is_fresh()) {
                    return Some(Question::Workspace { previous });
                }
                let (items, news) = self.workspace_report(&previous);
                // With nothing to say the client would only ask again.
                if !news && self.told_workspace {
                    return Some(Question::Workspace { previous });
                }
                self.told_workspace = true;
                self.respond(id.clone(), WorkspaceDiagnosticReport { items });
                None
            }
            Question::Actions(params) => {
                self.answer_actions(id.clone(), &params);
                None
            }
            Question::Resolve(action, todo) => {
                self.answer_resolve(id.clone(), *action, &todo);
                None
            }
            Question::Hover(params) => {
                self.respond(id.clone(), self.hover(&params));
                None
            }
        }
    }

    fn document_report(
        &mut self,
        uri: &Uri,
        place: Option<(RootId, ArtifactPath)>,
        previous: Option<&str>,
    ) -> DocumentDiagnosticReport {
        let picture = |root| self.roots.get(&root).and_then(|root| root.picture.clone());
        let shown = self.settings.whole_workspace || self.buffers.contains_key(uri.as_str());
        let found =
            place.filter(|_| shown).and_then(|(root, artifact)| Some((picture(root)?, artifact)));
        let result_id = match &found {
            Some((picture, artifact)) => picture.result_id(artifact).to_owned(),
            None => CLEAN.to_owned(),
        };
        self.answered.insert(uri.as_str().to_owned(), result_id.clone());
        if previous == Some(&result_id) {
            let unchanged_document_diagnostic_report =
                UnchangedDocumentDiagnosticReport { result_id };
            return DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report,
            });
        }
        let items =
            found.map_or(Vec::new(), |(picture, artifact)| picture.diagnostics(&artifact).to_vec());
        let full_document_diagnostic_report =
            FullDocumentDiagnosticReport { result_id: Some(result_id), items };
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report,
        })
    }

    /// What is said of all documents, and whether any of it is news to one who knows
    /// these result ids.
    fn workspace_report(
        &self,
        previous: &HashMap<String, String>,
    ) -> (Vec<WorkspaceDocumentDiagnosticReport>, bool) {
        let mut known: BTreeMap<&str, &str> =
            previous.iter().map(|(uri, id)| (uri.as_str(), id.as_str())).collect();
        let mut open = HashMap::new();
        for buffer in self.buffers.values() {
            if let Some((id, artifact)) = &buffer.place {
                open.insert((*id, artifact), buffer);
            }
        }
        let mut items = Vec::new();
        let mut news = false;
        for root in self.roots.values() {
            let Some(picture) = &root.picture else { continue };
            let view = crate::server::view(&self.client, &self.settings, root);
            for (artifact, file) in &picture.files {
                let open = open.get(&(root.id, artifact));
                let shown = self.settings.whole_workspace || open.is_some();
                let spelled = open.map(|buffer| buffer.uri.clone());
                let Some(uri) = spelled.or_else(|| view.uri(artifact)) else { continue };
                if !shown || !root.owns(artifact) {
                    continue;
                }
                let version = open.map(|buffer| i64::from(buffer.version));
                let result_id = file.result_id.clone();
                items.push(if known.remove(uri.as_str()) == Some(&result_id) {
                    unchanged(uri, version, result_id)
                } else {
                    news = true;
                    full(uri, version, result_id, file.diagnostics.clone())
                });
            }
        }
        for (uri, result_id) in known {
            if result_id == CLEAN {
                continue;
            }
            if let Ok(uri) = uri.parse::<Uri>() {
                news = true;
                items.push(full(uri, None, CLEAN.to_owned(), Vec::new()));
            }
        }
        (items, news)
    }

    /// A document was edited: what was asked about it is asked about another text.
    pub(crate) fn outdate(&mut self, uri: &str) {
        let concerned = |waiting: &Waiting| waiting.question.document() == Some(uri);
        let (stale, kept) = std::mem::take(&mut self.waiting).into_iter().partition(concerned);
        self.waiting = kept;
        for Waiting { id, question } in stale {
            match question {
                Question::Document { .. } => {
                    let data = json!({ "retriggerRequest": true });
                    let code = ErrorCode::ServerCancelled as i32;
                    self.refuse(id, code, "the document changed", Some(data));
                }
                Question::Actions(_) | Question::Resolve(..) | Question::Hover(_) => {
                    self.refuse_stale(id);
                }
                Question::Workspace { .. } => {}
            }
        }
        for id in self.drop_mending(|mending| mending.uri == uri) {
            self.refuse_stale(id);
        }
    }

    /// The client does not want an answer any more, and gets this one.
    pub(crate) fn cancel(&mut self, id: &RequestId) {
        if let Some(at) = self.waiting.iter().position(|waiting| waiting.id == *id) {
            let waiting = self.waiting.remove(at);
            self.refuse(waiting.id, ErrorCode::RequestCanceled as i32, "cancelled", None);
        }
        for id in self.drop_mending(|mending| mending.id == *id) {
            self.refuse(id, ErrorCode::RequestCanceled as i32, "cancelled", None);
        }
    }
}

fn full(
    uri: Uri,
    version: Option<i64>,
    result_id: String,
    items: Vec<lsp_types::Diagnostic>,
) -> WorkspaceDocumentDiagnosticReport {
    let full_document_diagnostic_report =
        FullDocumentDiagnosticReport { result_id: Some(result_id), items };
    WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
        uri,
        version,
        full_document_diagnostic_report,
    })
}

fn unchanged(
    uri: Uri,
    version: Option<i64>,
    result_id: String,
) -> WorkspaceDocumentDiagnosticReport {
    WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
        uri,
        version,
        unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
    })
}
