//! From bytes to a plugin, and back from the cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seaworthy_plugin_host::{Cache, Digest, Host, PluginError, PluginRequest, Plugins, compile};
use serde_json::json;

use crate::guest::{Finding, Guest};
use crate::scene::{files, scan};

fn request(name: &str, digest: Digest) -> PluginRequest {
    PluginRequest {
        name: name.to_owned(),
        digest,
        component: None,
        config: json!({}),
        limits: None,
        trusted: true,
    }
}

/// A host that counts what it compiles.
fn counting(cache: &Cache) -> (Host, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let compiler = move |wasm: &[u8]| {
        counted.fetch_add(1, Ordering::Relaxed);
        compile(wasm).map_err(|error| error.to_string())
    };
    (Host::new(cache.clone()).with_compiler(Arc::new(compiler)), count)
}

#[test]
fn bytes_that_are_no_plugin_are_named() {
    let host = Host::new(Cache::none());
    let component = Guest::new("team").build();
    let other_api = String::from_utf8_lossy(&component).contains("plugin@1.0.0");
    assert!(other_api);
    let of_version = |version: &[u8; 5]| {
        let mut bytes = component.clone();
        for at in 0..bytes.len() - 6 {
            if &bytes[at..at + 6] == b"@1.0.0" {
                bytes[at + 1..at + 6].copy_from_slice(version);
            }
        }
        bytes
    };
    let empty = wat::parse_str("(component)").expect("the text is right");
    let module = wat::parse_str("(module)").expect("the text is right");
    let cases: [(&[u8], &str); 8] = [
        (b"", "no WebAssembly component"),
        (b"#!/bin/sh\n", "no WebAssembly component"),
        (&module, "a WebAssembly module, not a component"),
        (&component[..component.len() / 2], "does not compile"),
        (&empty, "does not export `seaworthy:plugin/plugin`"),
        (&of_version(b"2.0.0"), "plugin needs plugin API 2, this host speaks 1"),
        (&of_version(b"0.1.0"), "plugin needs plugin API 0, this host speaks 1"),
        (&vec![0; (32 << 20) + 1], "larger than 32 MiB"),
    ];
    for (bytes, want) in cases {
        let error = host.install(bytes).expect_err(want).to_string();
        assert!(error.contains(want), "{want}: {error}");
    }
}

#[test]
fn a_plugin_of_a_later_minor_version_is_taken_if_it_needs_nothing_new() {
    let mut bytes = Guest::new("team").build();
    for at in 0..bytes.len() - 6 {
        if &bytes[at..at + 6] == b"@1.0.0" {
            bytes[at + 1..at + 6].copy_from_slice(b"1.7.0");
        }
    }
    let (_, metadata) = Host::new(Cache::none()).install(&bytes).expect("it fits");
    assert_eq!(metadata.api, "1.7.0");
}

#[test]
fn one_that_cannot_describe_itself_is_refused() {
    let host = Host::new(Cache::none());
    let with = |describing: &str| Guest { describing: describing.to_owned(), ..Guest::new("team") };
    let name = Guest { name: "Team".to_owned(), ..Guest::new("team") };
    let memory = Guest { pages: 1_100, ..Guest::new("team") };
    let start = Guest { starting: "(unreachable)".to_owned(), ..Guest::new("team") };
    let cases = [
        (with("(unreachable)"), "failed to describe itself: panicked"),
        (with("(loop $again (br $again))"), "failed to describe itself: was stopped after 1000 ms"),
        (name, "what it says of itself is wrong: `name`"),
        (memory, "failed to describe itself: did not start"),
        (start, "failed to describe itself: did not start: it panicked"),
    ];
    for (guest, want) in cases {
        let error = host.install(&guest.build()).expect_err(want).to_string();
        assert!(error.contains(want), "{want}: {error}");
    }
}

#[test]
fn an_installed_plugin_is_neither_compiled_nor_asked_again() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cache = Cache::at(directory.path().join("plugins"));
    let bytes = Guest::new("team").finding(vec![Finding::new("first", "Wrong.")]).build();
    let (host, count) = counting(&cache);
    let (digest, metadata) = host.install(&bytes).expect("it is a plugin");
    assert_eq!(count.load(Ordering::Relaxed), 1);
    let (host, count) = counting(&cache);
    let plugins = Arc::new(Plugins::load(&host, &[request("team", digest)]));
    assert_eq!(plugins.plugins()[0].metadata(), &metadata);
    let told = scan(&plugins, &files(&[(".env", "A=1\n")]));
    assert_eq!(told.findings, [".env team/first: Wrong."]);
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[test]
fn damaged_code_is_compiled_anew() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cache = Cache::at(directory.path().join("plugins"));
    let bytes = Guest::new("team").finding(vec![Finding::new("first", "Wrong.")]).build();
    let (digest, _) = Host::new(cache.clone()).install(&bytes).expect("it is a plugin");
    let code = || {
        let root = std::fs::read_dir(cache.root().expect("there is a cache")).expect("it is there");
        let files = root.flatten().flat_map(|entry| std::fs::read_dir(entry.path()).expect("ours"));
        let mut paths = files.flatten().map(|file| file.path());
        paths.find(|path| path.extension().is_some_and(|end| end == "cwasm")).expect("it is there")
    };
    let mut damaged = std::fs::read(code()).expect("it can be read");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    std::fs::write(code(), damaged).expect("it can be written");
    for compiled in [1, 0] {
        let (host, count) = counting(&cache);
        let plugins = Arc::new(Plugins::load(&host, &[request("team", digest)]));
        let told = scan(&plugins, &files(&[(".env", "A=1\n")]));
        assert_eq!(told.findings, [".env team/first: Wrong."]);
        assert_eq!(count.load(Ordering::Relaxed), compiled);
    }
    // Without another process the worker of the scan compiles by itself.
    std::fs::remove_file(code()).expect("it can be removed");
    let plugins = Arc::new(Plugins::load(&Host::new(cache.clone()), &[request("team", digest)]));
    let told = scan(&plugins, &files(&[(".env", "A=1\n")]));
    assert_eq!(told.findings, [".env team/first: Wrong."]);
    assert!(code().exists());
}

#[test]
fn requests_that_cannot_be_met_are_told() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let host = Host::new(Cache::at(directory.path().join("plugins")));
    let schema = r#"{"type":"object","required":["owner"]}"#.to_owned();
    let bytes = Guest { schema: Some(schema), ..Guest::new("team") }.build();
    let (digest, _) = host.install(&bytes).expect("it is a plugin");
    let other = Digest::of(b"other");
    let altered = directory.path().join("altered.wasm");
    std::fs::write(&altered, b"altered").expect("it can be written");
    let configured = || PluginRequest { config: json!({"owner": "a"}), ..request("team", digest) };
    let cases = [
        (PluginRequest { trusted: false, ..configured() }, PluginError::Untrusted),
        (request("team", other), PluginError::NotInstalled { digest: other }),
        (
            PluginRequest { component: Some(altered), ..request("team", other) },
            PluginError::OtherBytes { expected: other, found: Digest::of(b"altered") },
        ),
        (
            PluginRequest { name: "b".to_owned(), ..configured() },
            PluginError::OtherName { found: "team".to_owned() },
        ),
    ];
    for (request, want) in cases {
        assert_eq!(host.load(&request).map(|_| ()), Err(want));
    }
    let error = host.load(&request("team", digest)).expect_err("the owner is missing");
    assert!(matches!(error, PluginError::Configuration { .. }), "{error}");
    let twice = Plugins::load(&host, &[configured(), configured()]);
    assert_eq!(twice.plugins().len(), 1);
    assert_eq!(twice.notifications().len(), 1);
}

#[test]
fn a_cache_that_cannot_be_written_costs_time_alone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("file");
    std::fs::write(&file, "").expect("it can be written");
    let bytes = Guest::new("team").build();
    let host = Host::new(Cache::at(file.join("plugins")));
    let (digest, _) = host.install(&bytes).expect("it is a plugin");
    let wasm = directory.path().join("a.wasm");
    std::fs::write(&wasm, &bytes).expect("it can be written");
    let request = PluginRequest { component: Some(wasm), ..request("team", digest) };
    assert!(host.load(&request).is_ok());
}
