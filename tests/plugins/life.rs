//! From a component to findings, and back.

use super::guest::{Finding, Guest};
use super::{about_plugins, guest, of_plugins, put, repository};

#[test]
fn a_plugin_is_added_and_speaks_like_the_rules_of_the_house() {
    let sandbox = repository(&guest("team").build());
    let before = sandbox.scan(&[]).json();
    let added = sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    assert!(added.stdout.contains("team 1.0.0: A guest of tests."), "{}", added.stdout);
    assert!(added.stdout.contains("team/first  high"), "{}", added.stdout);
    assert_eq!(sandbox.read("seaworthy.toml"), "[plugins.team]\nsource = \"rules.wasm\"\n");
    let lock = sandbox.read("seaworthy.lock");
    for part in ["name = \"team\"", "version = \"1.0.0\"", "api = 1", "\"first\"", "\"second\""] {
        assert!(lock.contains(part), "{lock}");
    }

    let scan = sandbox.scan(&[]);
    assert_eq!(of_plugins(&scan), ["team/first .env.example:1"]);
    assert_eq!(about_plugins(&scan), [""; 0]);
    let json = scan.json();
    assert_eq!(json["plugins"][0]["name"], "team");
    // Everything else is as it was without the plugin.
    let own = |json: &serde_json::Value| -> Vec<serde_json::Value> {
        let findings = json["findings"].as_array().unwrap().iter();
        findings.filter(|f| !f["rule"].as_str().unwrap().contains('/')).cloned().collect()
    };
    assert_eq!(own(&json), own(&before));

    let sarif = sandbox.run(&["scan", "--format", "sarif"]).json();
    let extension = &sarif["runs"][0]["tool"]["extensions"][0];
    assert_eq!(extension["name"], "team");
    assert_eq!(extension["rules"][0]["id"], "team/first");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let ours = results.iter().find(|result| result["ruleId"] == "team/first").unwrap();
    assert_eq!(ours["rule"]["toolComponent"]["index"], 0);

    let rules = sandbox.run(&["rules"]).exits(0);
    assert!(rules.stdout.contains("team/second"), "{}", rules.stdout);
    let explained = sandbox.run(&["explain", "team/first"]).exits(0);
    assert!(explained.stdout.contains("Flags what is wrong."), "{}", explained.stdout);
}

#[test]
fn its_findings_are_set_and_suppressed_like_others() {
    let sandbox = repository(&guest("team").build());
    sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    let settings = sandbox.read("seaworthy.toml");
    let severity = |rules: &str| {
        sandbox.write("seaworthy.toml", &format!("{settings}[rules]\n{rules}\n"));
        let json = sandbox.scan(&[]).json();
        let found = json["findings"].as_array().unwrap().iter();
        found
            .filter(|f| f["rule"] == "team/first")
            .map(|f| f["severity"].to_string())
            .collect::<Vec<_>>()
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(severity(""), ["\"high\""]);
    assert_eq!(severity("\"team/first\" = \"low\""), ["\"low\""]);
    assert_eq!(severity("\"team/first\" = \"off\""), none);
    let wrong = sandbox.run(&["scan"]);
    assert_eq!(wrong.code, 0, "{}", wrong.stdout);
    sandbox.write("seaworthy.toml", &format!("{settings}[rules]\n\"team/frist\" = \"off\"\n"));
    let wrong = sandbox.run(&["scan"]).exits(2);
    assert!(wrong.stdout.contains("did you mean `team/first`?"), "{}", wrong.stdout);
    sandbox.write("seaworthy.toml", &settings);
    sandbox.write(".env.example", "PORT=3000 # seaworthy: ignore[team/first] it is right\n");
    assert_eq!(of_plugins(&sandbox.scan(&[])), [""; 0]);
}

#[test]
fn its_configuration_is_held_against_its_schema() {
    let schema = r#"{"type": "object", "properties": {"most": {"type": "integer"}}, "additionalProperties": false}"#;
    let sandbox = repository(&Guest { schema: Some(schema.to_owned()), ..guest("team") }.build());
    let added = sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    let settings = sandbox.read("seaworthy.toml");
    sandbox.write("seaworthy.toml", &format!("{settings}config = {{ most = 3 }}\n"));
    assert_eq!(of_plugins(&sandbox.scan(&[])).len(), 1);
    sandbox.write("seaworthy.toml", &format!("{settings}config = {{ most = \"three\" }}\n"));
    let scan = sandbox.scan(&[]);
    assert_eq!(of_plugins(&scan), [""; 0]);
    let told = about_plugins(&scan);
    assert!(told[0].contains("plugin `team`: its configuration is wrong: `most`"), "{told:?}");
    assert!(added.stdout.contains("note: it can be configured"), "{}", added.stdout);
    let info = sandbox.run(&["plugin", "info", "team"]).exits(0);
    assert!(info.stdout.contains("\"additionalProperties\": false"), "{}", info.stdout);
}

#[test]
fn what_there_is_is_listed_verified_updated_and_removed() {
    let sandbox = repository(&guest("team").build());
    sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    let listed = sandbox.run(&["plugin", "list"]).exits(0);
    assert!(listed.stdout.contains("team 1.0.0  ready  2 rules  rules.wasm"), "{}", listed.stdout);
    sandbox.run(&["plugin", "verify"]).exits(0);

    let newer = Guest { rules: vec!["first".to_owned(), "third".to_owned()], ..guest("team") };
    put(&sandbox, &newer.build());
    let verified = sandbox.run(&["plugin", "verify"]).exits(1);
    assert!(verified.stdout.contains("not the pinned bytes"), "{}", verified.stdout);
    let tried = sandbox.run(&["plugin", "update", "--dry-run"]).exits(0);
    assert!(tried.stdout.contains("+ team/third"), "{}", tried.stdout);
    assert!(tried.stdout.contains("- team/second"), "{}", tried.stdout);
    sandbox.run(&["plugin", "verify"]).exits(1);
    sandbox.run(&["plugin", "update", "team"]).exits(0);
    sandbox.run(&["plugin", "verify"]).exits(0);
    assert_eq!(of_plugins(&sandbox.scan(&[])).len(), 1);

    sandbox.run(&["plugin", "remove", "team"]).exits(0);
    assert_eq!(sandbox.read("seaworthy.toml"), "");
    assert!(!sandbox.read("seaworthy.lock").contains("team"));
    let scan = sandbox.scan(&[]);
    assert_eq!((of_plugins(&scan), about_plugins(&scan)), (vec![], vec![]));
    sandbox.run(&["plugin", "remove", "team"]).exits(2);
}

#[test]
fn what_is_no_plugin_is_refused_and_nothing_is_written() {
    let component = guest("team").build();
    let cases: [(&[u8], &str); 5] = [
        (b"\0asm\x01\0\0\0", "a WebAssembly module, not a component"),
        (b"#!/bin/sh\n", "not a WebAssembly component"),
        (b"", "nothing at all"),
        (&component[..component.len() / 2], "does not compile"),
        (b"\0asm\x0d\0\x01\0", "does not export"),
    ];
    for (bytes, want) in cases {
        let sandbox = repository(bytes);
        let run = sandbox.run(&["plugin", "add", "rules.wasm"]).exits(2);
        assert!(run.stderr.contains(want), "{want}: {}", run.stderr);
        assert!(run.stderr.contains("rules.wasm"), "{}", run.stderr);
        assert!(!sandbox.root().join("seaworthy.lock").exists());
        assert!(!sandbox.root().join("seaworthy.toml").exists());
    }
}

#[test]
fn a_plugin_is_held_against_its_fixtures() {
    let folder = "rules";
    let component = guest("team").build();
    let sandbox = repository(&component);
    let test = || sandbox.run(&["plugin", "test", folder, "--component", "rules.wasm"]);
    sandbox
        .write("rules/fixtures/right.txt", "//- .env\nPORT=3000\n^ [high first] It begins wrong\n");
    sandbox.write("rules/fixtures/tree/app/.env", "PORT=3000\n^ [team/first] begins wrong\nA=1\n");
    sandbox.write("rules/fixtures/tree/notes.md", "PORT=3000\n");
    let passed = test().exits(0);
    assert!(
        passed.stdout.contains("fixtures/right.txt ... ok  1 finding, 1 call, "),
        "{}",
        passed.stdout
    );
    assert!(passed.stdout.contains(" of fuel, "), "{}", passed.stdout);
    assert!(passed.stdout.contains("2 fixtures passed"), "{}", passed.stdout);
    sandbox.write("rules/fixtures/wrong.txt", "//- .env\nPORT=3000\nA=1\n^ It begins wrong\n");
    let failed = test().exits(1);
    for part in
        ["missing at .env:2:1", "unexpected at .env:1:1: team/first", "1 of 3 fixtures failed"]
    {
        assert!(failed.stdout.contains(part), "{part}: {}", failed.stdout);
    }
    sandbox.write("rules/fixtures/wrong.txt", "PORT=3000\n");
    assert!(test().exits(2).stderr.contains("text before the first `//- PATH`"));
    let trap = guest("team").checking("(unreachable)");
    put(&sandbox, &trap.build());
    std::fs::remove_file(sandbox.root().join("rules/fixtures/wrong.txt")).unwrap();
    assert!(test().exits(1).stdout.contains("plugin `team`"));
}

#[test]
fn a_plugin_that_fails_is_told_and_fails_the_scan_where_nobody_looks() {
    let trap = guest("team").checking("(unreachable)");
    let sandbox = repository(&trap.build());
    sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    let scan = sandbox.scan(&[]).exits(0);
    let told = about_plugins(&scan);
    assert!(told[0].starts_with("plugin-failed plugin `team`"), "{told:?}");
    let in_ci = |sandbox: &crate::sandbox::Sandbox| {
        sandbox.binary().env("CI", "true").arg("scan").output().unwrap().status.code()
    };
    assert_eq!(in_ci(&sandbox), Some(2));
    let settings = sandbox.read("seaworthy.toml");
    sandbox.write("seaworthy.toml", &format!("plugin-failures = \"report\"\n{settings}"));
    assert_eq!(in_ci(&sandbox), Some(0));
    sandbox.write("seaworthy.toml", &format!("plugin-failures = \"fail\"\n{settings}"));
    sandbox.scan(&[]).exits(2);
}

#[test]
fn new_plugins_come_from_templates() {
    let sandbox = repository(b"");
    for (language, file) in
        [("rust", "Cargo.toml"), ("js", "package.json"), ("python", "pyproject.toml")]
    {
        let path = format!("new/{language}-rules");
        sandbox.run(&["plugin", "new", "--lang", language, &path]).exits(0);
        let manifest = sandbox.read(&format!("{path}/{file}"));
        assert!(manifest.contains(&format!("{language}-rules")), "{manifest}");
        let fixtures = std::fs::read_dir(sandbox.root().join(&path).join("fixtures")).unwrap();
        assert!(fixtures.count() > 0, "{language}");
        for (_, bytes) in sandbox.files().iter().filter(|(name, _)| name.starts_with(&path)) {
            assert!(!String::from_utf8_lossy(bytes).contains("{{name}}"), "{language}");
        }
        assert_eq!(sandbox.root().join(&path).join("wit/plugin.wit").exists(), language != "rust");
        sandbox.run(&["plugin", "new", "--lang", language, &path]).exits(2);
    }
    sandbox.run(&["plugin", "new", "--lang", "rust", "Rules"]).exits(2);
}

#[test]
fn several_plugins_with_one_name_are_not_mixed_up() {
    let sandbox = repository(&guest("team").build());
    sandbox.run(&["plugin", "add", "rules.wasm"]).exits(0);
    let other = Guest { findings: Ok(vec![Finding::new("second", "Other.")]), ..guest("team") };
    std::fs::write(sandbox.root().join("other.wasm"), other.build()).unwrap();
    let run = sandbox.run(&["plugin", "add", "other.wasm"]).exits(2);
    assert!(run.stderr.contains("`seaworthy plugin remove team` first"), "{}", run.stderr);
    assert_eq!(of_plugins(&sandbox.scan(&[])), ["team/first .env.example:1"]);
}
