//! The main loop, and what it knows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Sender, after, never, select, unbounded};
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use lsp_types::MessageType;
use serde::Serialize;
use serde_json::{Value, json};

use crate::Options;
use crate::buffers::Buffer;
use crate::client::Client;
use crate::mend::Mending;
use crate::parent::Parent;
use crate::picture::{Picture, View};
use crate::publish::Published;
use crate::pull::Waiting;
use crate::roots::{Root, RootId};
use crate::settings::Settings;
use crate::worker::Event;

/// How far the conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Before `initialize`.
    New,
    /// Between that and `shutdown`.
    Serving,
    /// Nothing is left but to go.
    ShutDown,
}

/// What a request of ours was about.
pub(crate) enum Asked {
    /// The answer does not matter.
    Nothing,
    /// The client's settings.
    Settings,
    /// That diagnostics are asked for again.
    Refresh,
}

pub(crate) struct Server {
    sender: Sender<Message>,
    pub(crate) events: Sender<Event>,
    pub(crate) options: Options,
    pub(crate) phase: Phase,
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    pub(crate) parent: Parent,
    pub(crate) roots: BTreeMap<RootId, Root>,
    pub(crate) next_root: u64,
    /// By URI.
    pub(crate) buffers: BTreeMap<String, Buffer>,
    /// Requests that wait for a report.
    pub(crate) waiting: Vec<Waiting>,
    /// What was sent unasked, by URI.
    pub(crate) published: HashMap<String, Published>,
    /// The result ids that open documents were last answered with, by URI.
    pub(crate) answered: HashMap<String, String>,
    /// Whether the client was ever told about the whole workspace.
    pub(crate) told_workspace: bool,
    /// Whether the client has not yet taken note of the last refresh.
    pub(crate) refreshing: bool,
    /// Requests for which documents are fixed, by ticket.
    pub(crate) mending: HashMap<u64, Mending>,
    pub(crate) next_ticket: u64,
    asked: HashMap<RequestId, Asked>,
    next_request: i32,
}

/// Serves a client to the end. Returns the exit code.
pub(crate) fn serve(connection: &Connection, options: Options) -> u8 {
    let (events, reported) = unbounded();
    let mut server = Server::new(connection.sender.clone(), events, options);
    let mut ticks = server.parent.ticks();
    loop {
        let alarm = server
            .next_due()
            .map_or_else(never, |due| after(due.saturating_duration_since(Instant::now())));
        select! {
            recv(connection.receiver) -> message => {
                let Ok(message) = message else { return server.farewell() };
                let was = server.phase;
                if let Some(code) = server.handle(message) {
                    return code;
                }
                if was != server.phase {
                    ticks = server.parent.ticks();
                }
            }
            recv(reported) -> event => {
                if let Ok(event) = event {
                    server.hear(event);
                }
            }
            recv(alarm) -> _ => server.begin_reports(),
            recv(ticks) -> _ => {
                if server.parent.is_gone() {
                    return server.farewell();
                }
            }
        }
    }
}

impl Server {
    fn new(sender: Sender<Message>, events: Sender<Event>, options: Options) -> Self {
        Self {
            sender,
            events,
            options,
            phase: Phase::New,
            client: Client::default(),
            settings: Settings::default(),
            parent: Parent::new(None),
            roots: BTreeMap::new(),
            next_root: 0,
            buffers: BTreeMap::new(),
            waiting: Vec::new(),
            published: HashMap::new(),
            answered: HashMap::new(),
            told_workspace: false,
            refreshing: false,
            mending: HashMap::new(),
            next_ticket: 0,
            asked: HashMap::new(),
            next_request: 0,
        }
    }

    /// The exit code when the client is gone: who shut the server down before was done
    /// with it.
    pub(crate) fn farewell(&self) -> u8 {
        u8::from(self.phase != Phase::ShutDown)
    }

    /// When the next report is to be begun.
    fn next_due(&self) -> Option<Instant> {
        self.roots.values().filter_map(|root| root.due).min()
    }

    /// Begins the reports that are due.
    fn begin_reports(&mut self) {
        let now = Instant::now();
        let due: Vec<RootId> = self
            .roots
            .values()
            .filter(|root| root.due.is_some_and(|due| due <= now))
            .map(|root| root.id)
            .collect();
        for id in due {
            self.begin_report(id);
        }
    }

    fn begin_report(&mut self, id: RootId) {
        let Some(root) = self.roots.get_mut(&id) else { return };
        let of_root = |buffer: &&Buffer| buffer.place.as_ref().is_some_and(|(root, _)| *root == id);
        let mut versions = HashMap::new();
        let mut overlays = Vec::new();
        for buffer in self.buffers.values().filter(of_root) {
            let Some((_, artifact)) = &buffer.place else { continue };
            versions.insert(artifact.clone(), buffer.version);
            if root.stale.remove(artifact) {
                overlays.push((artifact.clone(), Some(buffer.text.clone())));
            }
        }
        // What is stale and not open was closed.
        overlays.extend(std::mem::take(&mut root.stale).into_iter().map(|path| (path, None)));
        let view = view(&self.client, &self.settings, root);
        let first = root.count == 0 && !root.alone;
        root.send(overlays, versions, view);
        if first {
            self.begin_progress(id);
        }
    }

    /// Takes note of what a root says.
    fn hear(&mut self, event: Event) {
        let (id, picture) = match event {
            Event::Report { root, picture } => (root, picture),
            Event::Mended { ticket, mended } => {
                self.mended(ticket, mended);
                return;
            }
            Event::Failed { root, revision, reason, forgotten } => {
                let Some(known) = self.roots.get_mut(&root) else { return };
                if forgotten {
                    let open = self.buffers.values().filter_map(|buffer| buffer.place.clone());
                    known.stale.extend(open.filter(|(id, _)| *id == root).map(|(_, path)| path));
                }
                let message = format!("{}: {reason}", known.path.display());
                self.log(MessageType::ERROR, message);
                (root, Picture::empty(revision))
            }
        };
        let Some(root) = self.roots.get_mut(&id) else { return };
        if root.picture.as_ref().is_some_and(|known| known.revision > picture.revision) {
            return;
        }
        let first = root.picture.is_none() && !root.alone;
        root.picture = Some(Arc::new(picture));
        if first {
            self.end_progress(id);
        }
        self.answer_waiting();
        self.tell(id);
    }

    fn begin_progress(&mut self, id: RootId) {
        if !self.client.progress {
            return;
        }
        let token = progress_token(id);
        self.ask("window/workDoneProgress/create", json!({ "token": token }), Asked::Nothing);
        let name = self.roots.get(&id).map_or(String::new(), root_name);
        let value = json!({
            "kind": "begin", "title": "seaworthy", "message": format!("scanning {name}"),
            "cancellable": false,
        });
        self.notify("$/progress", json!({ "token": token, "value": value }));
    }

    fn end_progress(&mut self, id: RootId) {
        let scan = self.roots.get(&id).and_then(|root| root.picture.as_ref()?.scan.clone());
        let message = scan.map_or_else(
            || "could not scan".to_owned(),
            |scan| {
                let findings = scan.report.open_findings().count();
                format!("{findings} findings in {} files", scan.report.statistics.artifacts)
            },
        );
        if self.client.progress {
            let value = json!({ "kind": "end", "message": message });
            self.notify("$/progress", json!({ "token": progress_token(id), "value": value }));
        }
    }

    pub(crate) fn notify(&self, method: &str, params: impl Serialize) {
        self.send(Notification::new(method.to_owned(), params).into());
    }

    /// Sends a request; what it was about decides what is done with the answer.
    pub(crate) fn ask(&mut self, method: &str, params: impl Serialize, about: Asked) {
        self.next_request += 1;
        let id = RequestId::from(format!("seaworthy-{}", self.next_request));
        self.asked.insert(id.clone(), about);
        self.send(Request::new(id, method.to_owned(), params).into());
    }

    /// What the request was about that this answers.
    pub(crate) fn answered_to(&mut self, id: &RequestId) -> Option<Asked> {
        self.asked.remove(id)
    }

    pub(crate) fn respond(&self, id: RequestId, result: impl Serialize) {
        self.send(Response::new_ok(id, result).into());
    }

    pub(crate) fn refuse(&self, id: RequestId, code: i32, message: &str, data: Option<Value>) {
        let mut response = Response::new_err(id, code, message.to_owned());
        if let Err(error) = &mut response.response_result {
            error.data = data;
        }
        self.send(response.into());
    }

    pub(crate) fn log(&self, kind: MessageType, message: impl Into<String>) {
        let message: String = message.into();
        self.notify("window/logMessage", json!({ "type": kind, "message": message }));
    }

    fn send(&self, message: Message) {
        // When nobody reads any more, the main loop hears of it, too.
        let _ = self.sender.send(message);
    }
}

/// How the client wants to see the reports of a root.
pub(crate) fn view(client: &Client, settings: &Settings, root: &Root) -> View {
    View {
        encoding: client.encoding,
        related: client.related,
        links: client.links,
        tags: client.tags,
        minimum_severity: settings.minimum_severity,
        most_per_file: settings.most_per_file,
        root_uri: root.uri.clone(),
        alone: root.alone,
    }
}

fn progress_token(id: RootId) -> String {
    format!("seaworthy/scan/{}", id.0)
}

fn root_name(root: &Root) -> String {
    root.path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned())
}
