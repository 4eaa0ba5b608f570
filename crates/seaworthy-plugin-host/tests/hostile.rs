//! Plugins that mean harm: each is stopped, the report names plugin, rules and file,
//! and says all that it says without them.

use std::sync::Arc;
use std::time::Duration;

use seaworthy_plugin_host::{
    Cache, Digest, Host, Limits, MAX_COMPONENT_BYTES, PluginError, PluginRequest, Plugins,
};
use serde_json::json;

use crate::guest::{Finding, Guest};
use crate::scene::{plugins, plugins_with};
use crate::whole::{of_the_house, report};

/// The end of a message about a file.
const RULES: &str = " (rules `first`, `second`)";

fn plugin_of(guest: &Guest) -> Arc<Plugins> {
    let limits = Limits {
        file_time: Duration::from_millis(50),
        repository_time: Duration::from_millis(50),
        start_time: Duration::from_millis(50),
        ..Limits::default()
    };
    plugins_with(&[guest], &json!({}), Some(&limits))
}

/// What is said of a plugin, while the house says what it always says.
fn said(guest: &Guest) -> Vec<String> {
    let alone = report(None, 2);
    let beside = report(Some(&plugin_of(guest)), 2);
    assert_eq!(of_the_house(&beside), of_the_house(&alone));
    assert_eq!(beside.findings.len(), alone.findings.len(), "{:?}", guest.checking);
    let lines = beside.notifications.iter().filter(|line| !alone.notifications.contains(line));
    lines
        .map(|line| {
            let path = line.artifact.as_ref().map_or("-", |path| path.as_str());
            format!("{path}: {}", line.message)
        })
        .collect()
}

/// Instructions that answer with this many findings, all written at `at`.
fn answer(count: u32, at: u32) -> String {
    format!(
        "(i32.store8 (i32.const 16) (i32.const 0))
        (i32.store (i32.const 20) (i32.const {at}))
        (i32.store (i32.const 24) (i32.const {count}))
        (call $drop (local.get $file))
        (return (i32.const 16))"
    )
}

#[test]
fn a_call_that_means_harm_is_stopped_and_told_with_plugin_rules_and_file() {
    let deep = "(func $deep (param i32) (call $deep (i32.const 1)))";
    // The stack of a compiled language grows down in memory, and past its beginning.
    let shadow = "(global $stack (mut i32) (i32.const 65536))
        (func $sink (global.set $stack (i32.sub (global.get $stack) (i32.const 4096)))
            (i32.store (global.get $stack) (i32.const 1)) (call $sink))";
    let grow = "(loop $again
        (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then (unreachable)))
        (br $again))";
    let flood = "(loop $again
        (call $log (i32.const 1) (i32.const 0) (i32.const 3)) (br $again))";
    let last_words = "(i32.store (i32.const 16) (i32.const 0x5b1b6f6e))
        (call $log (i32.const 3) (i32.const 16) (i32.const 4)) (unreachable)";
    // 64 MiB hold some 500000 findings of nothing, and the list may lie anywhere.
    let many = format!("(drop (memory.grow (i32.const 1000))) {}", answer(500_000, 131_072));
    let cases = [
        ("(loop $again (br $again))", "", "was stopped after 50 ms"),
        ("(unreachable)", "", "panicked"),
        (last_words, "", "panicked: no["),
        ("(call $deep (i32.const 0))", deep, "ran out of stack"),
        (
            "(call $sink)",
            shadow,
            "reached outside of its memory, as one that runs out of stack does",
        ),
        (grow, "", "ran out of memory (64 MiB)"),
        (flood, "", "was stopped: it wrote more than 1000 lines of log"),
        (&answer(10_000_000, 131_072), "", "was stopped: "),
        (&many, "", "was stopped: "),
        (&answer(u32::MAX, 8), "", "was stopped: "),
        (&answer(1, u32::MAX - 4), "", "was stopped: "),
        ("(return (i32.const -4))", "", "was stopped: "),
        ("(return (i32.const 6))", "", "was stopped: "),
        // A file that was lent and is not given back.
        ("(return (i32.const 1024))", "", "was stopped: "),
        ("(call $drop (local.get $file))", "", "was stopped: "),
        ("(call $drop (i32.const 77))", "", "was stopped: "),
    ];
    for (instructions, parts, want) in cases {
        let mut guest = Guest::new("bad").checking(instructions);
        guest.parts = parts.to_owned();
        let said = said(&guest);
        for path in [".env", "api/.env.production"] {
            let line = said.iter().find(|line| {
                line.starts_with(&format!("{path}: plugin `bad` {want}")) && line.ends_with(RULES)
            });
            assert!(line.is_some(), "{instructions}\n{path}: {want}\n{said:#?}");
        }
        assert!(said.iter().all(|line| !line.contains(char::is_control)), "{said:?}");
    }
}

#[test]
fn who_keeps_the_host_busy_or_hoards_what_it_gives_is_stopped() {
    let repo = |function: &str, parameters: &str| {
        format!(
            r#"(import "seaworthy:plugin/repo@1.0.0" "{function}" (func $ask (param {parameters})))
            (global $next (mut i32) (i32.const 0x2e2e2e2e))"#
        )
    };
    // Asks the same about ".env", or always about something else.
    let same = "(i32.store (i32.const 1000) (i32.const 0x766e652e))
        (loop $again (call $ask (i32.const 1000) (i32.const 4) (i32.const 16)) (br $again))";
    let other = "(loop $again
        (global.set $next (i32.add (global.get $next) (i32.const 1)))
        (i32.store (i32.const 1000) (i32.and (global.get $next) (i32.const 0x7f7f7f7f)))
        (call $ask (i32.const 1000) (i32.const 4) (i32.const 16)) (br $again))";
    let all = "(loop $again (call $ask (i32.const 16)) (br $again))";
    let cases = [
        ("open", "i32 i32 i32", same, "was stopped: it holds too many documents at a time"),
        ("stacks", "i32", all, "was stopped: it holds too many documents at a time"),
        ("find", "i32 i32 i32", other, "was stopped after 50 ms"),
        ("containing", "i32 i32 i32", other, "was stopped after 50 ms"),
    ];
    for (function, parameters, instructions, want) in cases {
        let mut guest = Guest::new("bad").checking(instructions);
        guest.parts = repo(function, parameters);
        let said = said(&guest);
        let want = format!(".env: plugin `bad` {want}{RULES}");
        assert!(said.contains(&want), "{function}: {said:#?}");
    }
}

#[test]
fn a_call_over_the_repository_is_stopped_and_told() {
    let cases =
        [("(loop $again (br $again))", "was stopped after 50 ms"), ("(unreachable)", "panicked")];
    for (instructions, want) in cases {
        let mut guest = Guest::new("bad").checking(instructions);
        guest.world = "repo-plugin";
        assert_eq!(said(&guest), [format!("-: plugin `bad` {want} over the repository{RULES}")]);
    }
}

#[test]
fn one_that_does_not_start_is_told_and_the_rest_said() {
    let endless = "(loop $again (br $again))".to_owned();
    let new = || Guest::new("bad");
    let cases = [
        (
            Guest { starting: endless.clone(), ..new() },
            "plugin `bad`: it failed to describe itself: did not start: it was stopped after 1000 ms",
        ),
        (
            Guest { describing: endless.clone(), ..new() },
            "plugin `bad`: it failed to describe itself: was stopped after 1000 ms",
        ),
        (Guest { configuring: endless, ..new() }, "plugin `bad` was stopped after 50 ms"),
        (Guest { configuring: "(unreachable)".to_owned(), ..new() }, "plugin `bad` panicked"),
        (
            Guest { pages: 65_000, ..new() },
            "plugin `bad`: it failed to describe itself: did not start: it was stopped: memory \
             minimum size of 65000 pages exceeds memory limits",
        ),
        (
            Guest { refuses: Some("n\u{1b}[2Jo".to_owned()), ..new() },
            "plugin `bad` refuses its configuration: n[2Jo",
        ),
        (
            Guest { rules: vec!["a".to_owned(); 300], ..new() },
            "plugin `bad`: what it says of itself is wrong: it has 300 rules; 1 to 256 are allowed",
        ),
        (
            Guest { rules: vec!["Z\u{1b}[2J".to_owned()], ..new() },
            "plugin `bad`: what it says of itself is wrong: the id of a rule is not kebab-case of \
             at most 64 bytes",
        ),
    ];
    for (guest, want) in cases {
        assert_eq!(said(&guest), [format!("-: {want}")]);
    }
}

#[test]
fn what_a_plugin_writes_is_plain_wherever_it_is_shown() {
    const EVIL: &str = "a\u{1b}]0;b\u{7}\u{202E}\u{9b}c\r\n";
    let evil = || EVIL.to_owned();
    let wrong = |path: Option<String>, rule: &str| Finding { path, ..Finding::new(rule, EVIL) };
    let edit = |path: Option<String>| vec![(EVIL.to_owned(), vec![(path, (0, 0), "x".to_owned())])];
    let mut found = wrong(None, "first");
    (found.evidence, found.fixes) = (evil(), edit(None));
    let mut refused = wrong(None, "first");
    refused.fixes = edit(Some(evil()));
    let findings = vec![found, refused, wrong(Some(evil()), "first"), wrong(None, EVIL)];
    let mut guest = Guest::new("bad").finding(findings);
    // Logs what lies around its answers, texts among it, as far as it is UTF-8.
    guest.checking = "(i32.store (i32.const 16) (i32.const 0x0a5b1b61))
        (call $log (i32.const 3) (i32.const 16) (i32.const 4))"
        .to_owned();
    let report = report(Some(&plugins(&[&guest])), 1);
    let of_plugin = report.findings.iter().filter(|found| found.rule.id == "bad/first");
    let mut texts: Vec<String> = of_plugin
        .flat_map(|found| {
            let titles = found.fixes.iter().map(|fix| fix.title.clone());
            titles.chain([found.message.clone()]).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(texts.len(), 6, "two findings in two files, one with a fix: {texts:?}");
    texts.extend(report.notifications.iter().map(|line| line.message.clone()));
    assert!(texts.len() > 12, "{texts:?}");
    for text in texts {
        // Whoever shows it in a terminal escapes line breaks as well.
        let shown = |c: char| c == '\n' || !(c.is_control() || c == '\u{202E}');
        assert!(text.chars().all(shown), "{text:?}");
    }
}

fn request(name: &str, path: std::path::PathBuf, digest: Digest) -> PluginRequest {
    PluginRequest {
        name: name.to_owned(),
        digest,
        component: Some(path),
        config: json!({}),
        limits: None,
        trusted: true,
    }
}

#[test]
fn files_that_are_no_component_are_refused_without_reading_all_of_them() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let host = Host::new(Cache::none());
    let large = directory.path().join("large.wasm");
    let file = std::fs::File::create(&large).expect("it can be made");
    file.set_len(100 << 20).expect("it takes no room");
    let digest = Digest::of(b"");
    let error = host.load(&request("bad", large, digest)).expect_err("100 MiB");
    assert_eq!(error, PluginError::TooLarge);
    assert_eq!(MAX_COMPONENT_BYTES, 32 << 20);
    let unreadable = [directory.path().to_owned(), directory.path().join("gone.wasm")];
    for path in unreadable {
        let error = host.load(&request("bad", path, digest)).expect_err("no file");
        assert!(matches!(error, PluginError::Unreadable { .. }), "{error}");
    }
    #[cfg(unix)]
    {
        let pipe = directory.path().join("pipe.wasm");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).expect("it can be made");
        for path in [pipe, "/dev/zero".into()] {
            let error = host.load(&request("bad", path, digest)).expect_err("no regular file");
            assert!(matches!(error, PluginError::Unreadable { .. }), "{error}");
        }
    }
}

#[test]
fn other_bytes_than_the_pinned_ones_are_told_by_name_and_digest() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("a.wasm");
    std::fs::write(&path, Guest::new("team").build()).expect("it can be written");
    let pinned = Digest::of(b"pinned");
    let host = Host::new(Cache::none());
    let plugins = Arc::new(Plugins::load(&host, &[request("team", path, pinned)]));
    let told = &plugins.notifications()[0].message;
    let want =
        format!("plugin `team`: its component is not the pinned one: expected the digest {pinned}");
    assert!(told.starts_with(&want), "{told}");
    assert_eq!(of_the_house(&report(Some(&plugins), 2)), of_the_house(&report(None, 2)));
}

#[test]
fn a_component_that_no_compiler_finishes_is_told_and_the_rest_said() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("a.wasm");
    let bytes = Guest::new("bomb").build();
    std::fs::write(&path, &bytes).expect("it can be written");
    let bursts = |_: &[u8]| Err("it needed more memory\u{1b}[2J or time than allowed".to_owned());
    let host = Host::new(Cache::none()).with_compiler(Arc::new(bursts));
    let plugins = Arc::new(Plugins::load(&host, &[request("bomb", path, Digest::of(&bytes))]));
    let want = "plugin `bomb`: its component does not compile: it needed more memory[2J or time \
                than allowed";
    assert_eq!(plugins.notifications()[0].message, want);
    assert_eq!(of_the_house(&report(Some(&plugins), 2)), of_the_house(&report(None, 2)));
}
