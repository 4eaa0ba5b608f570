//! An editor that says what a test has it say.

use std::path::Path;
use std::time::Duration;

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use crate::{Options, server};

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Editor {
    pub(super) connection: Connection,
    server: Option<std::thread::JoinHandle<u8>>,
    pub(super) root: tempfile::TempDir,
    next: i32,
    /// Notifications that came while something else was waited for.
    pub(super) heard: Vec<Notification>,
    /// Requests of the server, answered with null.
    pub(super) asked: Vec<Request>,
    capabilities: Value,
}

/// An editor that is sent diagnostics, like many.
pub(super) fn pushed() -> Value {
    json!({
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true, "versionSupport": true, "codeDescriptionSupport": true,
                "dataSupport": true, "tagSupport": { "valueSet": [1, 2] },
            },
            "codeAction": {
                "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix"] } },
            },
            "hover": { "contentFormat": ["markdown"] },
        },
        "workspace": {
            "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create"] },
        },
    })
}

/// An editor that asks for diagnostics and counts in bytes.
pub(super) fn pulling() -> Value {
    let mut capabilities = pushed();
    capabilities["textDocument"]["diagnostic"] = json!({ "dynamicRegistration": true });
    capabilities["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    capabilities["general"] = json!({ "positionEncodings": ["utf-8", "utf-16"] });
    capabilities
}

impl Editor {
    /// Opens a repository of these files.
    pub(super) fn open(capabilities: Value, files: &[(&str, &str)]) -> Self {
        Self::open_with(capabilities, json!({ "debounce": 0 }), files)
    }

    pub(super) fn open_with(capabilities: Value, options: Value, files: &[(&str, &str)]) -> Self {
        let mut editor = Self::start(files);
        let root = editor.root_uri();
        editor.initialize(json!({
            "processId": null,
            "capabilities": capabilities,
            "initializationOptions": options,
            "workspaceFolders": [{ "uri": root, "name": "root" }],
        }));
        editor
    }

    /// Starts a server that has been told nothing yet.
    pub(super) fn start(files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            write(root.path(), path, text);
        }
        let (connection, client) = Connection::memory();
        let server = std::thread::spawn(move || server::serve(&connection, Options::default()));
        Self {
            connection: client,
            server: Some(server),
            root,
            next: 0,
            heard: Vec::new(),
            asked: Vec::new(),
            capabilities: Value::Null,
        }
    }

    pub(super) fn initialize(&mut self, params: Value) {
        let result = self.request("initialize", params);
        self.capabilities = result["capabilities"].clone();
        self.notify("initialized", json!({}));
    }

    pub(super) fn root_uri(&self) -> String {
        format!("file://{}", self.root.path().display())
    }

    pub(super) fn uri(&self, path: &str) -> String {
        format!("{}/{path}", self.root_uri())
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        write(self.root.path(), path, text);
    }

    pub(super) fn notify(&self, method: &str, params: Value) {
        let notification = Notification { method: method.to_owned(), params };
        self.connection.sender.send(notification.into()).unwrap();
    }

    /// Sends a request and does not wait.
    pub(super) fn ask(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        let request = Request { id: id.clone(), method: method.to_owned(), params };
        self.connection.sender.send(request.into()).unwrap();
        id
    }

    /// The answer to a request: a result, or the code of an error.
    pub(super) fn answer(&mut self, id: &RequestId) -> Result<Value, i32> {
        loop {
            match self.hear() {
                Message::Response(Response { id: of, response_result }) if of == *id => {
                    return response_result.map_err(|error| error.code);
                }
                Message::Response(other) => panic!("an answer to {:?}", other.id),
                Message::Notification(notification) => self.heard.push(notification),
                Message::Request(request) => self.asked.push(request),
            }
        }
    }

    pub(super) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(&id).unwrap_or_else(|code| panic!("{method} is refused by {code}"))
    }

    fn hear(&mut self) -> Message {
        let message = self.connection.receiver.recv_timeout(PATIENCE).expect("the server speaks");
        if let Message::Request(request) = &message {
            let answer = Response::new_ok(request.id.clone(), Value::Null);
            self.connection.sender.send(answer.into()).unwrap();
        }
        message
    }

    /// Waits for a notification.
    pub(super) fn wait(&mut self, wanted: impl Fn(&Notification) -> bool) -> Notification {
        if let Some(at) = self.heard.iter().position(&wanted) {
            return self.heard.remove(at);
        }
        loop {
            match self.hear() {
                Message::Notification(notification) if wanted(&notification) => {
                    return notification;
                }
                Message::Notification(notification) => self.heard.push(notification),
                Message::Request(request) => self.asked.push(request),
                Message::Response(response) => panic!("an answer to {:?}", response.id),
            }
        }
    }

    pub(super) fn did_open(&self, path: &str, text: &str) {
        let uri = self.uri(path);
        let document = json!({ "uri": uri, "languageId": "x", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces the whole text.
    pub(super) fn did_change(&self, path: &str, version: i32, text: &str) {
        self.change(path, version, json!({ "text": text }));
    }

    pub(super) fn change(&self, path: &str, version: i32, change: Value) {
        let document = json!({ "uri": self.uri(path), "version": version });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        self.notify("textDocument/didChange", params);
    }

    pub(super) fn did_close(&self, path: &str) {
        let params = json!({ "textDocument": { "uri": self.uri(path) } });
        self.notify("textDocument/didClose", params);
    }

    /// The diagnostics that are sent of this version of a document.
    pub(super) fn published(&mut self, path: &str, version: Option<i32>) -> Vec<Value> {
        let uri = self.uri(path);
        let wanted = |notification: &Notification| {
            notification.method == "textDocument/publishDiagnostics"
                && notification.params["uri"] == uri.as_str()
                && notification.params["version"] == json!(version)
        };
        let mut notification = self.wait(wanted);
        notification.params["diagnostics"].as_array_mut().map(std::mem::take).unwrap()
    }

    /// The diagnostics of a document, asked for.
    pub(super) fn pull(&mut self, path: &str) -> Vec<Value> {
        let params = json!({ "textDocument": { "uri": self.uri(path) } });
        let report = self.request("textDocument/diagnostic", params);
        assert_eq!(report["kind"], "full", "{report}");
        report["items"].as_array().unwrap().clone()
    }

    /// Says goodbye; the exit code.
    pub(super) fn leave(mut self) -> u8 {
        self.request("shutdown", Value::Null);
        self.exit()
    }

    pub(super) fn exit(mut self) -> u8 {
        self.notify("exit", Value::Null);
        self.server.take().unwrap().join().unwrap()
    }

    /// Is gone without a word; the exit code.
    pub(super) fn die(self) -> u8 {
        let Self { connection, mut server, .. } = self;
        drop(connection);
        server.take().unwrap().join().unwrap()
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// The rules of diagnostics, in order.
pub(super) fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic["code"].as_str().unwrap()).collect()
}

/// Whether a rule is among diagnostics.
pub(super) fn has(diagnostics: &[Value], code: &str) -> bool {
    codes(diagnostics).contains(&code)
}
