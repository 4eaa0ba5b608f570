//! What other tools were told, taken over into a baseline.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::sandbox::{Run, Sandbox};

const FILE: &str = "seaworthy-baseline.json";
const ONE: &str = "Hk3vTz9qLw5xRn7bMc2jYd4gPs8fUe6a";
const OTHER: &str = "q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f";
const SHA1_OF_ONE: &str = "06b493cf499971a539cd6d580fce1589eaf7131f";
const SHA1_OF_OTHER: &str = "94160a60d816876983d9b69715306e4a0d37a12f";

fn sandbox() -> Sandbox {
    Sandbox::with(&[
        (".gitignore", ".env*\nreport.*\n"),
        ("src/a.py", &format!("# a\napi_key = \"{ONE}\"\n")),
        ("src/b c.py", &format!("client_secret = \"{OTHER}\"\n")),
        ("Dockerfile", "FROM node:latest\nCMD [\"node\", \"a.js\"]\n"),
    ])
}

/// Takes a report over. Gives what was said.
fn take(sandbox: &Sandbox, tool: &str, report: &Value) -> String {
    sandbox.write("report.json", &report.to_string());
    let run = sandbox.run(&["baseline", "create", "--force", "--from", tool, "report.json"]);
    run.exits(0).stdout
}

fn entries(sandbox: &Sandbox) -> Vec<String> {
    let baseline: Value = serde_json::from_str(&sandbox.read(FILE)).unwrap();
    let entries = baseline["entries"].as_array().unwrap().iter();
    let entry = |entry: &Value| {
        format!("{} {}", entry["rule"].as_str().unwrap(), entry["path"].as_str().unwrap())
    };
    entries.map(entry).collect()
}

fn holds_no_secret(sandbox: &Sandbox, said: &str) {
    let text = sandbox.read(FILE);
    for secret in [ONE, OTHER, SHA1_OF_ONE, SHA1_OF_OTHER] {
        assert!(!text.contains(&secret[..12]) && !said.contains(&secret[..12]));
    }
}

const BOTH: [&str; 2] =
    ["secret-generic-assignment src/a.py", "secret-generic-assignment src/b c.py"];

#[test]
fn a_report_of_gitleaks_is_taken_over_by_place_and_by_secret() {
    let sandbox = sandbox();
    let finding = |file: &str, line: u32, secret: &str, commit: &str| {
        json!({
            "RuleID": "generic-api-key", "StartLine": line, "EndLine": line, "File": file,
            "Match": secret, "Secret": secret, "Commit": commit, "Tags": [],
        })
    };
    let said = take(
        &sandbox,
        "gitleaks",
        &json!([
            finding("src/a.py", 2, ONE, ""),
            // Lines of a commit are those of another time.
            finding("src/b c.py", 40, OTHER, "0123456789abcdef0123456789abcdef01234567"),
            finding("src/gone.py", 1, OTHER, ""),
            finding("src/a.py", 1, "nothing of the kind", ""),
        ]),
    );
    assert!(said.contains("report.json: 2 of 4 entries match 2 findings."), "{said}");
    assert!(said.contains("generic-api-key src/gone.py:1: there is no such file"), "{said}");
    assert!(said.contains("generic-api-key src/a.py:1: seaworthy finds nothing there"), "{said}");
    assert_eq!(entries(&sandbox), BOTH);
    holds_no_secret(&sandbox, &said);
    let said = take(&sandbox, "gitleaks", &Value::Null);
    assert!(said.contains("0 of 0 entries"), "{said}");
}

#[test]
fn a_baseline_of_detect_secrets_is_taken_over_with_its_verdicts() {
    let sandbox = sandbox();
    let secret = |hash: &str, line: u32, verdict: Value| {
        json!({
            "type": "Secret Keyword", "filename": "x", "hashed_secret": hash,
            "is_verified": false, "line_number": line, "is_secret": verdict,
        })
    };
    let results = json!({
        "src/a.py": [secret(SHA1_OF_ONE, 2, json!(false)), secret(SHA1_OF_ONE, 2, Value::Null)],
        // The line has moved since.
        "src\\b c.py": [secret(SHA1_OF_OTHER, 30, json!(true))],
    });
    let report = json!({"version": "1.5.0", "plugins_used": [], "results": results});
    let said = take(&sandbox, "detect-secrets", &report);
    assert!(said.contains("3 of 3 entries match 2 findings."), "{said}");
    assert_eq!(entries(&sandbox), BOTH);
    holds_no_secret(&sandbox, &said);
    let text = sandbox.read(FILE);
    let verdicts: Vec<&str> =
        text.lines().filter_map(|line| line.split("\"verdict\": \"").nth(1)).collect();
    assert_eq!(verdicts, ["false-positive\"},", "real\"}"]);
}

fn sarif(tool: &str, results: &[(&str, &str, u32)]) -> Value {
    let results: Vec<Value> = results
        .iter()
        .map(|(rule, uri, line)| {
            let place = json!({"artifactLocation": {"uri": uri}, "region": {"startLine": line}});
            json!({"ruleId": rule, "message": {"text": "x"}, "locations": [{"physicalLocation": place}]})
        })
        .collect();
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, "results": results}]})
}

#[test]
fn sarif_of_another_tool_speaks_only_of_what_its_rule_means() {
    let sandbox = sandbox();
    let report = sarif(
        "kingfisher",
        &[("x", "src/a.py", 2), ("x", "src/b%20c.py", 1), ("x", "Dockerfile", 1)],
    );
    let said = take(&sandbox, "sarif", &report);
    assert!(said.contains("2 of 3 entries match 2 findings."), "{said}");
    assert!(said.contains("x Dockerfile:1: what seaworthy finds there is about something else"));
    assert_eq!(entries(&sandbox), BOTH);

    // From another machine, where the repository lay elsewhere.
    let report = sarif(
        "Hadolint",
        &[
            ("DL3007", "file:///home/runner/work/repo/Dockerfile", 1),
            ("DL3059", "file:///home/runner/work/repo/Dockerfile", 1),
        ],
    );
    let said = take(&sandbox, "sarif", &report);
    assert!(said.contains("1 of 2 entries match 1 finding."), "{said}");
    assert_eq!(entries(&sandbox), ["dockerfile-base-unpinned Dockerfile"]);

    let report = sarif(
        "Semgrep OSS",
        &[
            ("generic.secrets.security.detected-generic-api-key", "src/a.py", 2),
            ("python.lang.security.dangerous-eval", "src/b%20c.py", 1),
        ],
    );
    take(&sandbox, "sarif", &report);
    assert_eq!(entries(&sandbox), [BOTH[0]]);
}

#[test]
fn our_own_sarif_brings_back_every_finding() {
    let sandbox = Sandbox::fixture("express-compose");
    let sarif = sandbox.run(&["scan", "--format", "sarif"]).stdout;
    let outside = sandbox.root().parent().unwrap().join("home/own.sarif");
    std::fs::write(&outside, sarif).unwrap();
    let own = outside.to_str().unwrap();
    sandbox.run(&["baseline", "create", "--from", "sarif", own]).exits(0);
    let from_sarif = sandbox.read(FILE);
    sandbox.run(&["baseline", "create", "--force"]).exits(0);
    assert_eq!(from_sarif, sandbox.read(FILE));
    let run: Run = sandbox.scan(&[]).exits(0);
    assert_eq!(run.json()["statistics"]["findings"]["open"], 0);
}

#[test]
fn several_reports_are_one_baseline() {
    let sandbox = sandbox();
    sandbox.write("report.1", &sarif("kingfisher", &[("x", "src/a.py", 2)]).to_string());
    let both = [("x", "src/a.py", 2), ("x", "src/b%20c.py", 1)];
    sandbox.write("report.2", &sarif("gitleaks", &both).to_string());
    let from = ["--from", "sarif", "report.1", "--from", "sarif", "report.2"];
    sandbox.run(&[&["baseline", "create"], from.as_slice()].concat()).exits(0);
    assert_eq!(entries(&sandbox), BOTH);
    assert!(!sandbox.read(FILE).contains("count"), "{}", sandbox.read(FILE));
}

#[test]
fn what_is_no_report_is_told() {
    let sandbox = sandbox();
    let cases = [
        ("gitleaks", "{\"a\": 1}", "report.json:1:"),
        ("gitleaks", "[{\"RuleID\": \"a\"", "cut off"),
        ("detect-secrets", "{}", "missing field `results`"),
        ("sarif", "{\"runs\": [{}]}", "missing field `tool`"),
        ("sarif", "api_key = \"zzz\"", "no JSON"),
        ("trufflehog", "[]", "no report of `trufflehog` can be read"),
        ("sarif", "\0\0\0\0", "binary data"),
    ];
    for (tool, text, want) in cases {
        sandbox.write("report.json", text);
        let run = sandbox.run(&["baseline", "create", "--from", tool, "report.json"]).exits(2);
        assert!(run.stderr.contains(want), "{}", run.stderr);
        assert!(!sandbox.root().join(FILE).exists());
    }
    let run = sandbox.run(&["baseline", "create", "--from", "sarif", "absent.json"]).exits(2);
    assert!(run.stderr.contains("cannot read absent.json"), "{}", run.stderr);
}

/// The real one, where it is installed.
#[test]
#[expect(clippy::print_stderr, reason = "who runs the tests is to know what was left out")]
fn detect_secrets_itself_is_understood() {
    let there = Command::new("detect-secrets")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        let asked = std::env::var_os("SEAWORTHY_REQUIRE_PEERS").is_some();
        assert!(!asked, "detect-secrets is not installed");
        eprintln!("left out: detect-secrets is not installed");
        return;
    }
    let sandbox = sandbox();
    let run = Command::new("detect-secrets")
        .args(["scan", "--all-files"])
        .current_dir(sandbox.root())
        .output()
        .unwrap();
    assert!(run.status.success());
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    let said = take(&sandbox, "detect-secrets", &report);
    assert_eq!(entries(&sandbox), BOTH, "{said}");
    holds_no_secret(&sandbox, &said);
}
