//! Plugins from the network: all of it on this machine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest as _, Sha256, Sha512};

use super::pack::npm_package;
use super::server::{Answer, Server};
use super::{about_plugins, guest, of_plugins, repository};
use crate::sandbox::Sandbox;

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What `plugin add` says when it fails.
#[track_caller]
fn refused(sandbox: &Sandbox, source: &str, registry: &str) -> String {
    let mut command = sandbox.binary();
    command.args(["plugin", "add", source]).env("npm_config_registry", registry);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{source}");
    assert!(!sandbox.root().join("seaworthy.lock").exists(), "{source}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_component_is_fetched_once_and_pinned() {
    let server = Server::start();
    let component = guest("team").build();
    server.put("/rules.wasm", Answer::ok("application/wasm", component.clone()));
    server.put("/latest", Answer::redirect("/rules.wasm"));
    let sandbox = repository(b"");
    sandbox.run(&["plugin", "add", &server.url("/latest")]).exits(0);
    assert!(sandbox.read("seaworthy.lock").contains(&hex(&component)));
    let asked = server.count();
    assert_eq!(of_plugins(&sandbox.scan(&[])), ["team/first .env.example:1"]);
    assert_eq!(server.count(), asked, "a scan fetches nothing");

    // On another machine it is fetched by a command of its own.
    let home = sandbox.root().with_file_name("other");
    std::fs::create_dir(&home).unwrap();
    let scan = ["scan", "--format", "json", "--allow-repo-plugins"];
    let missing = sandbox.run_as(&home, &scan);
    assert_eq!(of_plugins(&missing), [""; 0]);
    assert!(about_plugins(&missing)[0].contains("`seaworthy plugin fetch` gets it"));
    assert_eq!(server.count(), asked, "a scan fetches nothing");
    sandbox.run_as(&home, &["plugin", "fetch"]).exits(0);
    assert_eq!(of_plugins(&sandbox.run_as(&home, &scan)), ["team/first .env.example:1"]);

    // What has changed at its source is not what was pinned.
    server.put(
        "/rules.wasm",
        Answer::ok("application/wasm", guest("team").checking("(nop)").build()),
    );
    let third = sandbox.root().with_file_name("third");
    std::fs::create_dir(&third).unwrap();
    let run = sandbox.run_as(&third, &["plugin", "fetch"]).exits(2);
    assert!(
        run.stdout.contains("team: ") && run.stdout.contains("not the pinned bytes"),
        "{}",
        run.stdout
    );
    sandbox.run(&["plugin", "verify"]).exits(0);
    sandbox.run(&["plugin", "verify", "--fetch"]).exits(1);
}

#[test]
fn what_a_server_may_not_do_is_refused() {
    let server = Server::start();
    server.put("/away", Answer::redirect("http://192.0.2.1/rules.wasm"));
    server.put("/round", Answer::redirect("/round"));
    server.put("/page", Answer::ok("text/html", "<!doctype html><p>Log in"));
    let long = Answer::ok("application/wasm", vec![0; (32 << 20) + 1]);
    server.put("/long", long);
    let sandbox = repository(b"");
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/rules.wasm", listener.local_addr().unwrap())
    };
    let cases = [
        (server.url("/away"), "it redirects to plain http, which is refused"),
        (server.url("/round"), "too many redirects"),
        (server.url("/page"), "a web page or XML, not a WebAssembly component"),
        (server.url("/gone"), "404"),
        (server.url("/long"), "larger than 32 MiB"),
        (closed, "onnect"),
        ("http://192.0.2.1/rules.wasm".to_owned(), "not fetched over plain http"),
    ];
    for (source, want) in cases {
        let told = refused(&sandbox, &source, "");
        assert!(told.contains(want) && told.contains(&source), "{want}: {told}");
    }
}

/// What a registry says of a version.
fn document(server: &Server, name: &str, version: &str, package: &[u8]) -> serde_json::Value {
    json!({
        "name": name,
        "version": version,
        "dist": {
            "tarball": server.url("/rules.tgz"),
            "integrity": format!("sha512-{}", STANDARD.encode(Sha512::digest(package))),
        },
    })
}

#[test]
fn a_package_of_npm_is_checked_and_its_plugin_taken_out() {
    let server = Server::start();
    let component = guest("team").build();
    let manifest = br#"{"name": "@team/rules", "seaworthy": {"plugin": "./dist/rules.wasm"}}"#;
    let package = npm_package(&[("package.json", manifest), ("dist/rules.wasm", &component)]);
    let said = document(&server, "@team/rules", "1.2.0", &package);
    for path in ["/@team%2frules/latest", "/@team%2frules/1.2.0"] {
        server.put(path, Answer::ok("application/json", said.to_string()));
    }
    server.put("/rules.tgz", Answer::ok("application/octet-stream", package.clone()));
    let sandbox = repository(b"");
    let add = |sandbox: &Sandbox| {
        let mut command = sandbox.binary();
        command.args(["plugin", "add", "npm:@team/rules"]);
        command.env("npm_config_registry", server.url("/")).output().unwrap()
    };
    let output = add(&sandbox);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let lock = sandbox.read("seaworthy.lock");
    assert!(lock.contains("source = \"npm:@team/rules\""), "{lock}");
    assert!(lock.contains("resolved = \"npm:@team/rules@1.2.0\""), "{lock}");
    assert!(lock.contains(&hex(&component)), "{lock}");
    assert_eq!(of_plugins(&sandbox.scan(&[])).len(), 1);

    let other = repository(b"");
    let registry = server.url("/");
    let mut altered = package.clone();
    let last = altered.len() - 700;
    altered[last] ^= 1;
    let no_plugin = npm_package(&[("package.json", b"{}")]);
    let no_file = npm_package(&[("package.json", manifest)]);
    let bad = |package: &[u8]| document(&server, "@team/rules", "1.2.0", package).to_string();
    let cases = [
        (said.to_string(), altered, "its SHA-512 differs"),
        (bad(&no_plugin), no_plugin, "the package is no plugin"),
        (bad(&no_file), no_file, "the package holds no `dist/rules.wasm`"),
        (bad(b"no archive"), b"no archive".to_vec(), "the package holds no `package.json`"),
        ("<html>".to_owned(), package.clone(), "the registry answers with no JSON"),
        ("{}".to_owned(), package.clone(), "not what a registry of npm answers"),
        (
            said.to_string().replace("sha512-", "sha1-"),
            package.clone(),
            "gives no SHA-512 to check the package by",
        ),
        (
            said.to_string().replace(&server.url(""), "http://192.0.2.1"),
            package,
            "plugins are not fetched over plain http",
        ),
    ];
    for (said, package, want) in cases {
        server.put("/@team%2frules/latest", Answer::ok("application/json", said));
        server.put("/rules.tgz", Answer::ok("application/octet-stream", package));
        let told = refused(&other, "npm:@team/rules", &registry);
        assert!(told.contains(want), "{want}: {told}");
    }
    let told = refused(&other, "npm:@team/rules", "http://192.0.2.1/");
    assert!(told.contains("not fetched over plain http"), "{told}");
}

#[test]
fn an_artifact_of_an_oci_registry_is_held_against_its_digests() {
    let server = Server::start();
    let component = guest("team").build();
    let put = |media: &str, blob: &[u8]| {
        let digest = format!("sha256:{}", hex(&component));
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.wasm.config.v0+json",
                "digest": format!("sha256:{}", hex(b"{}")),
                "size": 2,
            },
            "layers": [{"mediaType": media, "digest": digest, "size": component.len()}],
        })
        .to_string();
        let of_manifest = format!("sha256:{}", hex(manifest.as_bytes()));
        let answer = Answer::ok("application/vnd.oci.image.manifest.v1+json", manifest)
            .header("docker-content-digest", &of_manifest);
        server.put("/v2/", Answer::ok("application/json", "{}"));
        server.put("/v2/team/rules/manifests/1.0", answer.clone());
        server.put(&format!("/v2/team/rules/manifests/{of_manifest}"), answer);
        server.put(
            &format!("/v2/team/rules/blobs/{digest}"),
            Answer::ok("application/octet-stream", blob),
        );
        of_manifest
    };
    let source = format!("oci:{}/team/rules:1.0", server.address());
    let sandbox = repository(b"");
    let of_manifest = put("application/wasm", &component);
    sandbox.run(&["plugin", "add", &source]).exits(0);
    let lock = sandbox.read("seaworthy.lock");
    assert!(lock.contains(&format!("resolved = \"{source}@{of_manifest}\"")), "{lock}");
    assert!(lock.contains(&hex(&component)), "{lock}");
    assert_eq!(of_plugins(&sandbox.scan(&[])).len(), 1);
    sandbox.run(&["plugin", "verify", "--fetch"]).exits(0);

    let other = repository(b"");
    let mut altered = component.clone();
    altered[20] ^= 1;
    put("application/wasm", &altered);
    assert!(refused(&other, &source, "").contains("the component cannot be had"));
    put("application/vnd.oci.image.layer.v1.tar+gzip", &component);
    assert!(refused(&other, &source, "").contains("not a plugin"));
    server.put("/v2/team/rules/manifests/1.0", Answer::ok("text/html", "<html>"));
    assert!(refused(&other, &source, "").contains("the registry gives no manifest"));
    let gone = format!("oci:{}/team/gone:1.0", server.address());
    assert!(refused(&other, &gone, "").contains("the registry gives no manifest"));

    // What plain http elsewhere would answer, were it asked. The address is that of this
    // machine by another name than those that plain http is allowed for.
    let digest = format!("sha256:{}", hex(&component));
    let elsewhere = Server::start();
    let blob = Answer::ok("application/octet-stream", component.clone());
    elsewhere.put("/rules.wasm", blob);
    let port = elsewhere.address().rsplit_once(':').unwrap().1.to_owned();
    put("application/wasm", &component);
    let path = format!("/v2/team/rules/blobs/{digest}");
    server.put(&path, Answer::redirect(&format!("http://0.0.0.0:{port}/rules.wasm")));
    assert!(refused(&other, &source, "").contains("the component cannot be had"));
    assert_eq!(elsewhere.count(), 0, "nobody was asked over plain http");
    server.put(&path, Answer::redirect(&elsewhere.url("/rules.wasm")));
    sandbox.run(&["plugin", "verify", "--fetch"]).exits(0);
}
