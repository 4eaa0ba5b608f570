//! `cargo xtask bench --editor`: how long an editor waits for an answer to a keystroke
//! in an env file of a large workspace, asked of the server itself by its protocol.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::milliseconds;

/// How many keystrokes are timed.
const KEYSTROKES: usize = 60;

/// The longest that the usual keystroke may take until it is answered.
const MOST: Duration = Duration::from_millis(30);

/// The most memory of the server, in megabytes.
const MOST_MEGABYTES: u64 = 150;

const COMPOSE: &str = "services:\n  api:\n    image: shop/api:1.4.2\n    env_file: .env\n  db:\n    \
                       image: postgres:16.4\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD}\n";

/// What is in the env file before somebody types at its end.
const ENV: &str = "NODE_ENV=production\nPORT=3000\nDB_PASSWORD=\nJWT_SECRET=";

/// Prints how long keystrokes take, and what memory the server has.
pub(super) fn run(binary: &Path, tree: &Path) -> anyhow::Result<bool> {
    let mut server = Server::start(binary, tree)?;
    let began = Instant::now();
    server.open("docker-compose.yml", "dockercompose", COMPOSE)?;
    server.open(".env", "dotenv", ENV)?;
    let first = server.diagnose(".env")?;
    crate::say(&format!(
        "{}: first answer after {}, {first} findings in the env file",
        tree.display(),
        milliseconds(began.elapsed())
    ));
    let mut times = Vec::new();
    let (line, mut column) = (3, "JWT_SECRET=".len());
    for stroke in 0..KEYSTROKES {
        let typed = char::from(b'a' + u8::try_from(stroke % 26)?);
        let began = Instant::now();
        server.insert(".env", stroke + 2, (line, column), typed)?;
        server.diagnose(".env")?;
        times.push(began.elapsed());
        column += 1;
    }
    times.sort_unstable();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    let memory = server.memory()?;
    let peak = memory("VmHWM:").context("the kernel tells the peak")?;
    let now = memory("VmRSS:").context("the kernel tells what is in use")?;
    crate::say(&format!(
        "{KEYSTROKES} keystrokes: median {}, worst {}; memory {now} MB, peak {peak} MB",
        milliseconds(median),
        milliseconds(worst),
    ));
    server.stop()?;
    Ok(median < MOST && peak < MOST_MEGABYTES)
}

/// A server and its client.
struct Server {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    root: String,
    last: u64,
}

impl Server {
    fn start(binary: &Path, tree: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(binary)
            .arg("lsp")
            .current_dir(tree)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the server cannot be started")?;
        let to = child.stdin.take().context("it has a standard input")?;
        let from = BufReader::new(child.stdout.take().context("it has a standard output")?);
        let root = format!("file://{}", tree.canonicalize()?.display());
        let mut server = Self { child, to, from, root, last: 0 };
        let capabilities = json!({
            "general": { "positionEncodings": ["utf-8"] },
            "textDocument": { "diagnostic": {} },
        });
        let folders = json!([{ "uri": server.root, "name": "bench" }]);
        server.ask(
            "initialize",
            json!({
                "processId": std::process::id(),
                "rootUri": server.root,
                "workspaceFolders": folders,
                "capabilities": capabilities,
            }),
        )?;
        server.tell("initialized", json!({}))?;
        Ok(server)
    }

    fn uri(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    fn open(&mut self, path: &str, language: &str, text: &str) -> anyhow::Result<()> {
        let uri = self.uri(path);
        self.tell(
            "textDocument/didOpen",
            json!({ "textDocument": {
                "uri": uri, "languageId": language, "version": 1, "text": text,
            } }),
        )
    }

    fn insert(
        &mut self,
        path: &str,
        version: usize,
        (line, character): (usize, usize),
        typed: char,
    ) -> anyhow::Result<()> {
        let uri = self.uri(path);
        let at = json!({ "line": line, "character": character });
        self.tell(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": uri, "version": version },
                "contentChanges": [{ "range": { "start": at, "end": at }, "text": typed }],
            }),
        )
    }

    /// Asks for what is found in a file; how much that is.
    fn diagnose(&mut self, path: &str) -> anyhow::Result<usize> {
        let uri = self.uri(path);
        let answer =
            self.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }))?;
        let items = answer["items"].as_array().context("the answer has diagnostics")?;
        Ok(items.len())
    }

    /// What the kernel says of its memory, by name, in megabytes.
    fn memory(&self) -> anyhow::Result<impl Fn(&str) -> Option<u64> + use<>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        Ok(move |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
        })
    }

    fn stop(mut self) -> anyhow::Result<()> {
        self.ask("shutdown", Value::Null)?;
        self.tell("exit", Value::Null)?;
        self.child.wait()?;
        Ok(())
    }

    fn tell(&mut self, method: &str, params: Value) -> anyhow::Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
    }

    /// Sends a request and waits for its answer; what the server asks meanwhile is
    /// granted.
    fn ask(&mut self, method: &str, params: Value) -> anyhow::Result<Value> {
        self.last += 1;
        let id = self.last;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))?;
        loop {
            let mut message = self.receive()?;
            if message.get("method").is_some() {
                if let Some(asked) = message.get("id") {
                    let granted = json!({ "jsonrpc": "2.0", "id": asked, "result": null });
                    self.send(&granted)?;
                }
            } else if message["id"] == id {
                anyhow::ensure!(message.get("error").is_none(), "{method}: {}", message["error"]);
                return Ok(message["result"].take());
            }
        }
    }

    fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        let body = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{body}", body.len())?;
        Ok(self.to.flush()?)
    }

    fn receive(&mut self) -> anyhow::Result<Value> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            anyhow::ensure!(self.from.read_line(&mut line)? > 0, "the server is gone");
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(told) = line.strip_prefix("Content-Length:") {
                length = told.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body)?;
        Ok(serde_json::from_slice(&body)?)
    }
}
