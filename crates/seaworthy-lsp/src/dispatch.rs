//! From messages to what is done about them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{MessageType, WorkspaceFolder};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::client::Client;
use crate::parent::Parent;
use crate::pull::Question;
use crate::server::{Asked, Phase, Server};
use crate::settings::SECTION;

impl Server {
    /// Handles a message. Gives the exit code when it was the last one.
    pub(crate) fn handle(&mut self, message: Message) -> Option<u8> {
        match message {
            Message::Notification(notification) if notification.method == "exit" => {
                return Some(self.farewell());
            }
            Message::Notification(notification) => {
                if self.phase == Phase::Serving {
                    // A fault of ours costs this message, and not the server.
                    let handled = AssertUnwindSafe(|| self.notification(notification));
                    if catch_unwind(handled).is_err() {
                        self.log(MessageType::ERROR, "internal error; a message was not handled");
                    }
                }
            }
            Message::Request(request) => {
                let id = request.id.clone();
                let handled = AssertUnwindSafe(|| self.request(request));
                if catch_unwind(handled).is_err() {
                    self.refuse(id, ErrorCode::InternalError as i32, "internal error", None);
                }
            }
            Message::Response(response) => self.response(response),
        }
        None
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        match (self.phase, method.as_str()) {
            (Phase::New, "initialize") => self.initialize(id, &params),
            (Phase::New, _) => {
                let code = ErrorCode::ServerNotInitialized as i32;
                self.refuse(id, code, "`initialize` comes first", None);
            }
            (_, "initialize") | (Phase::ShutDown, _) => {
                let code = ErrorCode::InvalidRequest as i32;
                self.refuse(id, code, "not at this time", None);
            }
            (Phase::Serving, "shutdown") => {
                self.phase = Phase::ShutDown;
                for waiting in std::mem::take(&mut self.waiting) {
                    let code = ErrorCode::RequestCanceled as i32;
                    self.refuse(waiting.id, code, "the server shuts down", None);
                }
                for id in self.drop_mending(|_| true) {
                    let code = ErrorCode::RequestCanceled as i32;
                    self.refuse(id, code, "the server shuts down", None);
                }
                self.roots.clear();
                self.respond(id, Value::Null);
            }
            (Phase::Serving, "textDocument/diagnostic") => {
                self.with(id, params, |server, id, params| server.pull(id, params));
            }
            (Phase::Serving, "workspace/diagnostic") => {
                self.with(id, params, |server, id, params| server.pull_all(id, params));
            }
            (Phase::Serving, "textDocument/codeAction") => {
                self.with(id, params, |server, id, params| server.code_actions(id, params));
            }
            (Phase::Serving, "codeAction/resolve") => {
                self.with(id, params, |server, id, params| server.resolve(id, params));
            }
            (Phase::Serving, "textDocument/hover") => {
                self.with(id, params, |server, id, params| {
                    server.wait(id, Question::Hover(params));
                });
            }
            (Phase::Serving, _) => {
                let code = ErrorCode::MethodNotFound as i32;
                self.refuse(id, code, "no such method", None);
            }
        }
    }

    /// Answers a request whose parameters can be read.
    fn with<P: DeserializeOwned>(
        &mut self,
        id: RequestId,
        params: Value,
        answer: impl FnOnce(&mut Self, RequestId, P),
    ) {
        match serde_json::from_value(params) {
            Ok(params) => answer(self, id, params),
            // What is wrong with them may quote a text.
            Err(_) => {
                let code = ErrorCode::InvalidParams as i32;
                self.refuse(id, code, "the parameters cannot be read", None);
            }
        }
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => self.told(&method, params, Self::opened),
            "textDocument/didChange" => self.told(&method, params, Self::edited),
            "textDocument/didSave" => self.told(&method, params, |s, p| s.saved(&p)),
            "textDocument/didClose" => self.told(&method, params, |s, p| s.closed(&p)),
            "workspace/didChangeWatchedFiles" => {
                self.told(&method, params, Self::changed_on_disk);
            }
            "workspace/didChangeWorkspaceFolders" => {
                self.told(&method, params, Self::folders_changed);
            }
            "workspace/didChangeConfiguration" => self.settings_changed(&params),
            "$/cancelRequest" => {
                let id = params.get("id").cloned().unwrap_or_default();
                if let Ok(id) = serde_json::from_value(id) {
                    self.cancel(&id);
                }
            }
            // Others are optional, or mean nothing here.
            _ => {}
        }
    }

    fn told<P: DeserializeOwned>(
        &mut self,
        method: &str,
        params: Value,
        note: impl FnOnce(&mut Self, P),
    ) {
        match serde_json::from_value(params) {
            Ok(params) => note(self, params),
            Err(_) => {
                let message = format!("the parameters of `{method}` cannot be read");
                self.log(MessageType::WARNING, message);
            }
        }
    }

    fn response(&mut self, response: Response) {
        match self.answered_to(&response.id) {
            Some(Asked::Settings) => {
                if let Ok(value) = response.response_result {
                    self.change_settings(value.get(0).unwrap_or(&Value::Null));
                }
            }
            Some(Asked::Refresh) => self.refreshing = false,
            Some(Asked::Nothing) | None => {}
        }
    }

    fn initialize(&mut self, id: RequestId, params: &Value) {
        self.phase = Phase::Serving;
        self.client = Client::read(params.get("capabilities").unwrap_or(&Value::Null));
        self.parent = Parent::new(params.get("processId").and_then(Value::as_i64));
        let options = params.get("initializationOptions").unwrap_or(&Value::Null);
        let (settings, complaints) = self.settings.changed(options);
        self.settings = settings;

        let mut capabilities = json!({
            "positionEncoding": self.client.encoding.kind(),
            "textDocumentSync": { "openClose": true, "change": 2, "save": {} },
            "codeActionProvider": {
                "codeActionKinds": crate::actions::kinds(),
                "resolveProvider": true,
            },
            "hoverProvider": true,
            "workspace": {
                "workspaceFolders": { "supported": true, "changeNotifications": true },
            },
        });
        if self.client.pulls {
            capabilities["diagnosticProvider"] = json!({
                "identifier": crate::picture::SOURCE,
                "interFileDependencies": true,
                "workspaceDiagnostics": true,
            });
        }
        let server = json!({ "name": "seaworthy", "version": env!("CARGO_PKG_VERSION") });
        self.respond(id, json!({ "capabilities": capabilities, "serverInfo": server }));
        for complaint in complaints {
            self.log(MessageType::WARNING, complaint);
        }
        for uri in folders(params) {
            self.start_folder(&uri);
        }
        self.settle();
    }

    /// The client is ready to be asked things.
    fn initialized(&mut self) {
        let mut registrations = Vec::new();
        if self.client.watches {
            registrations.push(json!({
                "id": "seaworthy-files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": [{ "globPattern": "**/*" }] },
            }));
        }
        if self.client.tells_settings {
            registrations.push(json!({
                "id": "seaworthy-settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": { "section": SECTION },
            }));
        }
        if !registrations.is_empty() {
            let params = json!({ "registrations": registrations });
            self.ask("client/registerCapability", params, Asked::Nothing);
        }
    }

    fn settings_changed(&mut self, params: &Value) {
        match params.pointer(&format!("/settings/{SECTION}")) {
            Some(options) => self.change_settings(options),
            None if self.client.configuration => {
                let params = json!({ "items": [{ "section": SECTION }] });
                self.ask("workspace/configuration", params, Asked::Settings);
            }
            None => {}
        }
    }

    fn change_settings(&mut self, options: &Value) {
        let (settings, complaints) = self.settings.changed(options);
        for complaint in complaints {
            self.log(MessageType::WARNING, complaint);
        }
        if settings == self.settings {
            return;
        }
        let trust_changed = settings.trusted != self.settings.trusted;
        self.settings = settings;
        if trust_changed {
            self.restart();
        }
        for root in self.roots.values_mut() {
            root.changed(std::time::Duration::ZERO);
        }
    }
}

/// The URIs of the folders of the workspace.
fn folders(params: &Value) -> Vec<String> {
    let listed = params.get("workspaceFolders").filter(|folders| folders.is_array());
    if let Some(folders) = listed {
        let folders: Vec<WorkspaceFolder> =
            serde_json::from_value(folders.clone()).unwrap_or_default();
        return folders.into_iter().map(|folder| folder.uri.as_str().to_owned()).collect();
    }
    if let Some(uri) = params.get("rootUri").and_then(Value::as_str) {
        return vec![uri.to_owned()];
    }
    // What clients sent before there were URIs.
    let path = params.get("rootPath").and_then(Value::as_str).filter(|path| !path.is_empty());
    let uri = |path: &str| {
        let path = path.replace('\\', "/");
        let slash = if path.starts_with('/') { "" } else { "/" };
        format!("file://{slash}{}", seaworthy_model::ArtifactPath::new(&path).to_uri())
    };
    path.map(uri).into_iter().collect()
}
