//! A guest that asks everything that the contract offers, in a real sandbox.
//!
//! Building it takes a compiler for WebAssembly, so the tests run where it is built:
//! `cargo xtask plugins crates/seaworthy-plugin-host/guests/tour` first, then
//! `cargo test --workspace --test host tour -- --ignored`, as CI does.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use seaworthy_analysis::{Artifact, Options, RuleSource as _, Run, Snapshot};
use seaworthy_model::{Notification, NotificationKind, Rule};
use seaworthy_plugin_host::{Cache, Host, Limits, PluginRequest, PluginRun, Plugins};
use seaworthy_testkit::{Fixture, snapshot};

const FILES: &str = r#"//- .env untracked
# DB_PASSWORD=old
export DB_PASSWORD="vR7kq2Wz9Lx4nT8bQ3mYh5" # the real one
//- .gitignore
.env
//- compose.yml
name: harbour
services:
  db:
    image: postgres:${TAG:-16}
    env_file: .env
    environment: { MODE: fast }
    ports: ['127.0.0.1:5432:5432']
    volumes: ['./data:/var/lib/postgresql/data:ro']
//- package-lock.json
{"lockfileVersion": 3, "packages": {"node_modules/left": {"version": "1.2.0", "resolved": "https://packages.example/left/-/left-1.2.0.tgz", "integrity": "sha512-abc"}}}
//- package.json
{"name": "harbour-web", "dependencies": {"left": "^1.0.0"}}
//- vercel.json
{"headers": [{"source": "/(.*)", "headers": [{"key": "X-A", "value": "1"}]}], "redirects": [{"source": "/r", "destination": "/s"}]}
//- notes.txt
a ü text
"#;

/// The component, where `cargo xtask plugins` puts it.
fn component() -> PathBuf {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    root.join(target).join("plugins/tour.wasm")
}

/// What rules of the guest report, each with its file, and what the host says.
fn report(
    rules: &[&str],
    files: &str,
    limits: Option<Limits>,
) -> (Vec<(String, String)>, Vec<Notification>) {
    let path = component();
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let host = Host::new(Cache::none());
    let (digest, metadata) = host.install(&bytes).expect("it is a plugin");
    let request = PluginRequest {
        name: metadata.name,
        digest,
        component: Some(path),
        config: serde_json::json!({}),
        limits,
        trusted: true,
    };
    let plugins = Plugins::load(&host, &[request]);
    assert_eq!(plugins.notifications(), []);
    let snapshot = snapshot(&Fixture::parse(files), true, Options::default());
    let findings = scan(&PluginRun::new(Arc::new(plugins)), &snapshot, rules);
    (findings, snapshot.notifications())
}

fn scan(source: &PluginRun, snapshot: &Snapshot, rules: &[&str]) -> Vec<(String, String)> {
    let wanted = |rule: &Rule, _: Option<&Artifact>| {
        rules.iter().any(|wanted| rule.id == format!("tour/{wanted}"))
    };
    let mut run = Run { snapshot, wanted: &wanted, findings: Vec::new() };
    for artifact in snapshot.artifacts() {
        run.check_file(source, artifact);
    }
    run.check_whole(source);
    source.conclude(&mut run);
    let found = run.findings.into_iter();
    found.map(|found| (found.location.artifact.as_str().to_owned(), found.message)).collect()
}

#[test]
#[ignore = "takes a built guest"]
fn everything_that_a_guest_asks_is_answered() {
    let (findings, notifications) = report(&["file", "repository"], FILES, None);
    let said: Vec<&str> = notifications.iter().map(|said| said.message.as_str()).collect();
    assert_eq!(said.len(), 7, "one line of the log for each file, and no complaint: {said:?}");
    assert_eq!(said[0], "plugin `tour`, info: looking at .env");
    let answers = |path: &str, question: &str| -> Vec<&str> {
        let question = format!("{question}: ");
        let of = findings.iter().filter(|(of, _)| of == path);
        of.filter_map(|(_, message)| message.strip_prefix(&question)).collect()
    };
    let exact = [
        (".env", "path", "\".env\""),
        (".env", "kind", "\"env\""),
        (".env", "is_tracked", "Some(false)"),
        (".env", "is_ignored", "Some(true)"),
        (".gitignore", "kind", "\"gitignore\""),
        ("compose.yml", "notation", "Some(\"yaml\")"),
        ("compose.yml", "is_exact", "true"),
        ("compose.yml", "stack.name", "Some(\"harbour\")"),
        ("compose.yml", "stack.dotenv", "Some(\".env\")"),
        ("notes.txt", "size", "10"),
        ("notes.txt", "tree", "None"),
        ("compose.yml", "stacks", "1"),
        ("compose.yml", "containing", "[\"compose.yml\"]"),
        ("compose.yml", "project_names", "[\"harbour\", \"harbour-web\"]"),
    ];
    for (path, question, answer) in exact {
        assert_eq!(answers(path, question), [answer], "{question} of {path}");
    }
    let parts = [
        (".env", "env_entries", "commented: true"),
        (".env", "env_entries", "secret-kind: Some(\"database-password\")"),
        (".env", "env_loaders", "\"compose\""),
        (".env", "env_load", "values: ["),
        (".env", "env_load", "None"),
        (".env", "definitions", "standing: \"deployable\""),
        (".gitignore", "ignore_rules", "pattern: \".env\""),
        ("compose.yml", "tree", "path: \"services.db.image\""),
        ("compose.yml", "select", "value: Some(\"postgres:${TAG:-16}\")"),
        ("compose.yml", "select", "None"),
        ("compose.yml", "stack.services", "value: Some(\"postgres:16\")"),
        ("compose.yml", "stack.services", "exposed: Some(false)"),
        ("compose.yml", "stack.environment_of", "name: \"DB_PASSWORD\""),
        ("compose.yml", "stack.environment_of", "None"),
        ("compose.yml", "stack.select", "path: \"services.db.ports[0]\""),
        ("package-lock.json", "packages", "integrity: Some(\"sha512-abc\")"),
        ("package.json", "dependencies", "range: \"^1.0.0\""),
        ("vercel.json", "header_rules", "name: \"X-A\""),
        ("vercel.json", "routes", "status: Some(308)"),
        ("notes.txt", "text", "a ü text"),
        ("compose.yml", "find", "package-lock.json"),
        ("compose.yml", "ignored_by", "path: \".gitignore\""),
        ("compose.yml", "packages", "name: Some(\"harbour-web\")"),
        ("compose.yml", "judge", "weakness: Some(\"dictionary\")"),
        ("compose.yml", "parse_url", "hosts: ["),
        ("compose.yml", "open", "Some("),
        ("compose.yml", "open", "None"),
    ];
    for (path, question, part) in parts {
        let found = answers(path, question);
        assert!(
            found.iter().any(|answer| answer.contains(part)),
            "{question} of {path}: {found:?}"
        );
    }
}

#[test]
#[ignore = "takes a built guest"]
fn who_holds_too_many_documents_is_stopped() {
    let (findings, notifications) = report(&["hoard"], FILES, None);
    assert!(findings.is_empty());
    let [told] = &notifications[..] else { panic!("one notification: {notifications:?}") };
    assert!(told.message.contains("too many documents"), "{}", told.message);
}

#[test]
#[ignore = "takes a built guest"]
fn answers_about_huge_files_fit_into_a_guest_and_what_is_cut_is_told() {
    let files = format!(
        "//- .env\n{}//- wide.json\n[{}1]\n//- z.txt\n{}\n",
        "A=1\n".repeat(150_000),
        "1,".repeat(200_000),
        "x".repeat(20 << 20),
    );
    // The bounds are those of everybody, but for the time: this is no optimised build.
    let limits = Limits { file_time: Duration::from_secs(60), ..Limits::default() };
    let (findings, notifications) = report(&["count"], &files, Some(limits));
    let counts: Vec<&str> = findings.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(
        counts,
        [
            "count: (600000, None, None, None, Some(100000), 100000)",
            "count: (400004, Some(100000), Some(100000), Some(1), None, 100000)",
            "count: (16777216, None, None, None, None, 0)",
        ]
    );
    let told: Vec<String> = notifications
        .iter()
        .filter(|told| told.kind == NotificationKind::LimitReached)
        .map(|told| {
            let path = told.artifact.as_ref().map_or("", |path| path.as_str());
            format!("{path}: {}", told.message)
        })
        .collect();
    for (path, what) in [
        (".env", "variables"),
        ("wide.json", "nodes of the tree"),
        ("wide.json", "nodes that a path leads to"),
        ("z.txt", "bytes"),
    ] {
        let want = format!("{path}: there are too many {what} to show plugins all of them");
        assert!(told.contains(&want), "{want}: {told:?}");
    }
}
