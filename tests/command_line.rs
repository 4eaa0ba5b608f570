//! Arguments, exit codes and the commands beside `scan`.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::sandbox::{Sandbox, fixture_directory};

const PUBLIC: &str = "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n";

fn clean() -> Sandbox {
    Sandbox::with(&[
        (".gitignore", "node_modules/\n.env\n.env.*\n!.env.example\n"),
        ("README.md", "# Pier\n"),
    ])
}

fn two_files() -> Sandbox {
    Sandbox::with(&[("a/.env.staging", PUBLIC), ("b/.env.staging", PUBLIC)])
}

#[test]
fn without_arguments_the_current_directory_is_scanned() {
    let sandbox = two_files();
    let run = sandbox.run(&[]).exits(1);
    assert!(run.stdout.contains("a/.env.staging"), "{}", run.stdout);
    assert_eq!(run.stdout, sandbox.run(&["scan"]).stdout);
    assert_eq!(run.stdout, sandbox.run(&["scan", "."]).stdout);
}

#[test]
fn a_clean_repository_ends_in_0() {
    let run = clean().run(&[]).exits(0);
    assert_eq!(run.stderr, "");
    assert_eq!(clean().scan(&[]).findings(), [""; 0]);
}

#[test]
fn the_exit_code_follows_the_least_severity_that_fails() {
    let cases = [
        ("critical", 1),
        ("high", 1),
        ("medium", 1),
        ("low", 1),
        ("info", 1),
        ("error", 1),
        ("warning", 1),
        ("note", 1),
        ("never", 0),
    ];
    let sandbox = two_files();
    for (fail_on, code) in cases {
        let run = sandbox.scan(&["--fail-on", fail_on]).exits(code);
        assert_eq!(run.json()["exit_code"], code, "{fail_on}");
    }
    let low = Sandbox::with(&[
        (".gitignore", ".env.local\n.env\n.env.*\n"),
        ("seaworthy.toml", "exclude = [\"*\"]\n"),
        (".env.staging", PUBLIC),
    ]);
    low.scan(&["--fail-on", "info"]).exits(0);
    let info = Sandbox::with(&[
        (
            "seaworthy.toml",
            "[rules]\npublic-env-secret = \"info\"\n[[ignore]]\nrules = [\"env-file-tracked\"]\n",
        ),
        (".gitignore", ".env\n.env.*\n!/a/\n"),
        ("a/.env.preview", PUBLIC),
    ]);
    let run = info.run(&["scan", "--fail-on", "loud"]).exits(2);
    assert!(run.stderr.contains("expected critical, high, medium"), "{}", run.stderr);
}

#[test]
fn a_directory_that_does_not_exist_is_said() {
    let run = clean().run(&["scan", "no/such/place"]).exits(2);
    assert!(run.stderr.contains("no/such/place"), "{}", run.stderr);
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn wrong_arguments_end_in_2() {
    let sandbox = clean();
    for arguments in [
        &["scan", "--no-such-flag"][..],
        &["scan", "--format", "xml"],
        &["scan", "--output", "sarif"],
        &["scan", "--output", "xml=a"],
        &["scan", "--output", "sarif="],
        &["explain"],
    ] {
        let run = sandbox.run(arguments).exits(2);
        assert!(run.stderr.contains("error"), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn files_are_a_filter_and_not_the_universe() {
    let sandbox = two_files();
    let all = |arguments: &[&str]| {
        let mut found = sandbox.scan(arguments).findings();
        found.retain(|finding| finding.starts_with("public-env-secret "));
        found
    };
    assert_eq!(all(&[]).len(), 2);
    assert_eq!(all(&["b/.env.staging"]), ["public-env-secret b/.env.staging:1"]);
    assert_eq!(all(&["a", "b/.env.staging"]).len(), 2);
    let run = sandbox.run(&["scan", "a/.env.staging", "c"]).exits(2);
    assert!(run.stderr.contains("cannot read c"), "{}", run.stderr);
    // One directory is a repository of its own.
    assert_eq!(all(&["a"]), ["public-env-secret .env.staging:1"]);
}

/// The same finding, though the file that is named shows only half of it.
#[test]
fn a_filtered_scan_still_understands_other_files() {
    let sandbox = Sandbox::fixture("express-compose");
    let whole = sandbox.scan(&[]).findings();
    let part = sandbox.scan(&["docker-compose.prod.yml"]).findings();
    let of_file: Vec<String> =
        whole.into_iter().filter(|finding| finding.contains(" docker-compose.prod.yml:")).collect();
    assert!(!part.is_empty());
    assert_eq!(part, of_file);
}

#[test]
fn standard_input_stands_for_a_file() {
    let sandbox = two_files();
    let arguments = ["scan", "--format", "json", "--stdin-filename", "a/.env.staging"];
    let public = |input: &str| {
        let mut found = sandbox.run_with(&arguments, input).findings();
        found.retain(|finding| finding.starts_with("public-env-secret"));
        found
    };
    assert_eq!(public(&format!("PORT=1\n{PUBLIC}")), ["public-env-secret a/.env.staging:2"]);
    assert_eq!(public("PORT=1\n"), [""; 0]);
    // A file that is not there yet, in a directory that is not there either.
    let arguments = ["scan", "--format", "json", "--stdin-filename", "new/app/.env.production"];
    let found = sandbox.run_with(&arguments, PUBLIC).findings();
    assert!(
        found.iter().any(|finding| finding == "public-env-secret new/app/.env.production:1"),
        "{found:#?}"
    );
    sandbox.run(&["scan", "--stdin-filename", "a/.env", "b"]).exits(2);
}

#[test]
fn standard_input_is_a_text_by_itself() {
    let sandbox = two_files();
    let key = concat!("sk_", "live_", "51Kq8ZtRvWm3XbY7cPdLfHgJ");
    let found =
        sandbox.run_with(&["scan", "--format", "json", "-"], &format!("\nkey: {key}\n")).findings();
    assert_eq!(found, ["secret-known-token stdin:2"], "no file of the directory is looked at");
    let named = ["scan", "--format", "json", "--stdin-filename", "src/a.js", "-"];
    let found = sandbox.run_with(&named, &format!("pay('{key}')\n")).findings();
    assert_eq!(found, ["secret-known-token src/a.js:1"]);
    sandbox.run_with(&["scan", "-"], "nothing\n").exits(0);
    sandbox.run_with(&["scan", "-"], "binary\0\0\0\n").exits(2);
    sandbox.run(&["scan", "-", "a"]).exits(2);
    sandbox.run(&["scan", "--history", "HEAD", "-"]).exits(2);
}

#[test]
fn several_reports_are_written_at_once() {
    let sandbox = two_files();
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let run = sandbox
        .run(&[
            "scan",
            "--output",
            &format!("sarif={}", path("a.sarif")),
            "--output",
            &format!("json={}", path("a.json")),
            "--output",
            &format!("full={}", path("a.txt")),
        ])
        .exits(1);
    assert_eq!(fs::read_to_string(path("a.txt")).unwrap(), run.stdout);
    let json = sandbox.scan(&[]).stdout;
    assert_eq!(fs::read_to_string(path("a.json")).unwrap(), json);
    let sarif = sandbox.run(&["scan", "--format", "sarif"]).stdout;
    assert_eq!(fs::read_to_string(path("a.sarif")).unwrap(), sarif);
    let nowhere = format!("json={}", path("no/such/directory/a.json"));
    let run = sandbox.run(&["scan", "--output", &nowhere]).exits(2);
    assert!(run.stderr.contains("cannot write"), "{}", run.stderr);
}

#[test]
fn colours_come_only_when_wanted() {
    let sandbox = two_files();
    assert!(!sandbox.run(&["scan"]).stdout.contains('\u{1b}'));
    assert!(sandbox.run(&["scan", "--color", "always"]).stdout.contains('\u{1b}'));
    assert!(!sandbox.run(&["scan", "--color", "never"]).stdout.contains('\u{1b}'));
}

#[test]
fn rules_are_listed_with_unique_ids_and_whole_documentation() {
    let sandbox = clean();
    let rules = sandbox.run(&["rules", "--format", "json"]).exits(0).json();
    let table = sandbox.run(&["rules"]).exits(0).stdout;
    let mut ids = HashSet::new();
    for rule in rules.as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} twice");
        for former in rule["formerIds"].as_array().unwrap() {
            assert!(ids.insert(former.as_str().unwrap().to_owned()), "{former} twice");
        }
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{id}"
        );
        let help = rule["help"].as_str().unwrap();
        assert!(help.starts_with("Flags "), "{id}");
        for heading in ["## Why", "## Example", "## Fix", "## Limits"] {
            assert!(help.contains(heading), "{id} lacks {heading}");
        }
        assert!(!rule["cwe"].as_array().unwrap().is_empty(), "{id} has no CWE");
        assert!(table.contains(&format!("{id} ")), "{id} is not in the table");
    }
    // Below the rules stands how many detectors there are.
    assert_eq!(table.lines().count(), rules.as_array().unwrap().len() + 2);
    // The address of a rule in the reports leads to a page of this repository.
    let report = sandbox.scan(&[]).json();
    for rule in report["rules"].as_array().unwrap() {
        let (_, page) = rule["uri"].as_str().unwrap().split_once("/blob/main/").unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
        assert!(path.is_file(), "{page}");
    }
}

/// What is to be done first is told by the rules' ids.
#[test]
fn the_rules_by_which_findings_are_ordered_exist() {
    let rules = clean().run(&["rules", "--format", "json"]).json();
    let exists = |id: &str| rules.as_array().unwrap().iter().any(|rule| rule["id"] == id);
    for id in seaworthy_report::first::NAMED.into_iter().flatten() {
        assert!(exists(id), "{id}");
    }
}

#[test]
fn rules_are_narrowed_down_by_group_and_severity() {
    let sandbox = clean();
    let ids = |arguments: &[&str]| -> HashSet<String> {
        let all = [&["rules", "--format", "json"], arguments].concat();
        let list = sandbox.run(&all).exits(0).json();
        list.as_array().unwrap().iter().map(|rule| rule["id"].to_string()).collect()
    };
    let (compose, both) =
        (ids(&["--group", "compose"]), ids(&["--group", "compose", "--group", "ci"]));
    assert!(compose.len() > 10 && compose.is_subset(&both) && both.len() > compose.len());
    let severe = ids(&["--group", "compose", "--severity", "critical"]);
    assert!(!severe.is_empty() && severe.is_subset(&compose) && severe.len() < compose.len());
    let run = sandbox.run(&["rules", "--group", "docker"]).exits(2);
    assert!(run.stderr.contains("dockerfile, vercel"), "{}", run.stderr);
    sandbox.run(&["rules", "--detectors", "--group", "ci"]).exits(2);
}

#[test]
fn every_rule_can_be_explained() {
    let sandbox = clean();
    let rules = sandbox.run(&["rules", "--format", "json"]).json();
    for rule in rules.as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        let run = sandbox.run(&["explain", id]).exits(0);
        assert!(run.stdout.starts_with(&format!("{id}: ")), "{}", run.stdout);
        assert!(run.stdout.contains(rule["help"].as_str().unwrap().trim_end()), "{id}");
    }
    let run = sandbox.run(&["explain", "public-env-sekret"]).exits(2);
    assert!(run.stderr.contains("public-env-secret"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `public-env-secret`?"), "{}", run.stderr);
    let run = sandbox.run(&["explain", "zzz"]).exits(2);
    assert!(run.stderr.contains("`seaworthy rules` lists them all"), "{}", run.stderr);
}

#[test]
fn init_writes_a_settings_file_that_is_valid_and_changes_nothing() {
    let sandbox = two_files();
    let before = sandbox.scan(&[]).findings();
    let run = sandbox.run(&["init"]).exits(2);
    assert!(run.stderr.contains("nothing was written"), "{}", run.stderr);
    assert!(!sandbox.root().join("seaworthy.toml").exists());
    let run = sandbox.run(&["init", "--settings", "--yes"]).exits(0);
    let text = sandbox.read("seaworthy.toml");
    for line in text.lines() {
        assert!(run.stdout.contains(&format!("+ {line}\n")), "{line}");
    }
    assert_eq!(sandbox.scan(&[]).exits(1).findings(), before);
    // What is commented out is valid, too, and says the defaults.
    let uncommented: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") || setting.starts_with('[') => setting,
            _ => line,
        })
        .map(|line| format!("{line}\n"))
        .collect();
    sandbox.run(&["baseline", "create"]).exits(0);
    sandbox.write("seaworthy.toml", &uncommented);
    sandbox.write(".gitleaks.toml", "");
    let run = sandbox.scan(&[]);
    assert!(run.code != 2, "{:#?}\n{uncommented}", run.notifications());
    let run = sandbox.run(&["init", "--settings", "--yes"]).exits(0);
    assert!(run.stdout.contains("is there already"), "{}", run.stdout);
    assert_eq!(sandbox.read("seaworthy.toml"), uncommented, "what is there stays");
}

#[test]
fn the_tool_describes_itself() {
    let sandbox = clean();
    let schema: Value = sandbox.run(&["schema"]).exits(0).json();
    for key in
        ["fail-on", "exclude", "rules", "thresholds", "headers", "lockfiles", "ignore", "detectors"]
    {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(sandbox.run(&["completions", shell]).exits(0).stdout.contains("staged"), "{shell}");
    }
    assert!(sandbox.run(&["man"]).exits(0).stdout.starts_with(".ie"));
    let version = sandbox.run(&["--version"]).exits(0).stdout;
    assert_eq!(version.trim(), format!("seaworthy {}", env!("CARGO_PKG_VERSION")));
    let help = sandbox.run(&["--help"]).exits(0).stdout;
    for word in ["scan", "rules", "explain", "init", "schema", "completions", "Exit codes:"] {
        assert!(help.contains(word), "{word}");
    }
}

/// `seaworthy … | head -1`: whoever has seen enough is no error.
#[test]
fn a_broken_pipe_ends_in_0() {
    let sandbox = Sandbox::fixture("nextjs-vercel");
    for arguments in [
        &["scan", "--verbose"][..],
        &["scan", "--format", "sarif"],
        &["rules"],
        &["explain", "public-env-secret"],
        &["schema"],
        &["completions", "bash"],
        &["man"],
    ] {
        let mut child = sandbox
            .binary()
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
        assert_eq!(stderr, "", "{arguments:?}");
    }
}

#[test]
fn a_large_file_is_left_out_and_said() {
    let sandbox = two_files();
    let run = sandbox.scan(&["--max-file-size", "10"]);
    assert!(run.notifications().iter().any(|told| told.contains("exceed the limit of 10 bytes")));
    assert!(run.findings().iter().all(|finding| !finding.starts_with("public-env-secret")));
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let sandbox = Sandbox::with(&[("a\u{1b}[2J\u{202e}b/.env.staging", PUBLIC)]);
    let run = sandbox.run(&["scan"]).exits(1);
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'), "{}", run.stdout);
}

#[cfg(unix)]
#[test]
fn links_that_lead_outside_are_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join(".env.production"), PUBLIC).unwrap();
    let sandbox = clean();
    std::os::unix::fs::symlink(outside.path(), sandbox.root().join("linked")).unwrap();
    std::os::unix::fs::symlink(
        outside.path().join(".env.production"),
        sandbox.root().join(".env.production"),
    )
    .unwrap();
    let run = sandbox.scan(&[]);
    assert!(run.findings().iter().all(|finding| !finding.starts_with("public-env-secret")));
    assert!(run.notifications().iter().any(|told| told.contains("leaves the audited root")));
}

/// A fixture is scanned from anywhere by its path.
#[test]
fn a_path_may_be_absolute() {
    let repo = fixture_directory("nextjs-vercel").join("repo");
    let run = clean().scan(&[repo.to_str().unwrap()]);
    assert!(run.findings().iter().any(|finding| finding.contains(" .env.production:")));
}
