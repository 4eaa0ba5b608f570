//! What the formats say of the fixtures, as those who read them parse it.

use std::collections::HashSet;
use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::sandbox::{CASES, Run, Sandbox};

const FORMATS: [&str; 11] = [
    "full",
    "concise",
    "sarif",
    "json",
    "jsonl",
    "github",
    "gitlab",
    "junit",
    "rdjson",
    "checkstyle",
    "csv",
];

fn in_format(sandbox: &Sandbox, format: &str) -> Run {
    sandbox.run(&["scan", "--format", format])
}

/// The open findings of the JSON report.
fn open(sandbox: &Sandbox) -> Vec<Value> {
    let report = sandbox.scan(&[]).json();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["suppression"].is_null()).cloned().collect()
}

/// What Python's own parser makes of a text: a line for each thing it was asked for.
fn python(program: &str, input: &str) -> Option<Vec<String>> {
    use std::io::Write as _;
    let mut child = match Command::new("python3")
        .args(["-I", "-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(_) if std::env::var_os("CI").is_none() => return None,
        Err(error) => panic!("python3: {error}"),
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "python cannot read it:\n{input}");
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// A repository whose paths and values are made to break out of every format.
fn hostile() -> Sandbox {
    let text = "JWT_SECRET=changeme\nNEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n";
    let files = [
        "<script>alert(1)</script>/.env",
        "=cmd|' /C calc'!A0/.env",
        "::error::x/.env.production",
        "a,line=9::b%0A/.env.production",
        "a\"]]>&amp;b/.env.production",
        "tab\tand\u{1b}[2Jescape\u{1}/.env.production",
        "pipe|`tick`|@team #1/.env.production",
        "\u{202e}ünï 😀/.env.production",
    ];
    Sandbox::with(&files.map(|path| (path, text)))
}

#[test]
fn every_format_has_the_same_exit_code() {
    let found = Sandbox::fixture("express-compose");
    let clean = Sandbox::with(&[("README.md", "# Pier\n")]);
    let broken = Sandbox::with(&[("seaworthy.toml", "fail-on = 3\n")]);
    for format in FORMATS {
        in_format(&found, format).exits(1);
        found.run(&["scan", "--format", format, "--fail-on", "never"]).exits(0);
        in_format(&clean, format).exits(0);
        in_format(&broken, format).exits(2);
    }
}

#[test]
fn one_scan_writes_several_reports() {
    let sandbox = Sandbox::fixture("express-compose");
    let mut arguments = vec!["scan".to_owned(), "--format".to_owned(), "concise".to_owned()];
    for format in FORMATS {
        arguments.extend(["--output".to_owned(), format!("{format}=../{format}.out")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = sandbox.run(&arguments).exits(1);
    for format in FORMATS {
        let written = fs::read_to_string(sandbox.root().join(format!("../{format}.out"))).unwrap();
        assert_eq!(written, in_format(&sandbox, format).stdout, "{format}");
    }
    assert_eq!(run.stdout, in_format(&sandbox, "concise").stdout);
    let run = sandbox.run(&["scan", "--output", "sarif=-"]).exits(2);
    assert!(run.stderr.contains("standard output has --format"), "{}", run.stderr);
    let run = sandbox.run(&["scan", "--output", "yaml=x"]).exits(2);
    assert!(run.stderr.contains("expected one of full, concise, sarif"), "{}", run.stderr);
}

#[test]
fn lists_of_json_hold_every_open_finding() {
    let hostile = hostile();
    let fixtures = CASES.map(Sandbox::fixture);
    for sandbox in fixtures.iter().chain([&hostile]) {
        let open = open(sandbox);
        assert!(!open.is_empty());
        let gitlab = in_format(sandbox, "gitlab").json();
        let issues = gitlab.as_array().unwrap();
        assert_eq!(issues.len(), open.len());
        let prints: HashSet<&str> =
            issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(prints.len(), issues.len(), "GitLab drops what has an equal fingerprint");
        let rdjson = in_format(sandbox, "rdjson").json();
        let diagnostics = rdjson["diagnostics"].as_array().unwrap();
        assert_eq!(diagnostics.len(), open.len());
        for ((finding, issue), diagnostic) in open.iter().zip(issues).zip(diagnostics) {
            let path = &finding["location"]["path"];
            assert_eq!(&issue["location"]["path"], path);
            assert_eq!(&diagnostic["location"]["path"], path);
            assert_eq!(issue["check_name"], finding["rule"]);
            assert_eq!(diagnostic["code"]["value"], finding["rule"]);
            assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
            assert!(diagnostic["location"]["range"]["start"]["line"].as_u64().unwrap() >= 1);
        }
        let lines = in_format(sandbox, "jsonl").stdout;
        let whole = in_format(sandbox, "json").json();
        let of = |name: &str| whole[name].as_array().unwrap().len();
        assert_eq!(lines.lines().count(), of("findings") + of("notifications") + 1);
        for line in lines.lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
    }
}

#[test]
fn commands_of_github_stand_on_lines_of_their_own_within_the_limits() {
    let hostile = hostile();
    let fixtures = CASES.map(Sandbox::fixture);
    for sandbox in fixtures.iter().chain([&hostile]) {
        let text = in_format(sandbox, "github").stdout;
        for level in ["error", "warning", "notice"] {
            let start = format!("::{level} ");
            assert!(text.lines().filter(|line| line.starts_with(&start)).count() <= 10);
        }
        for line in text.lines() {
            let (command, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (name, properties) = command.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&name), "{line}");
            for property in properties.split(',') {
                let (key, _) = property.split_once('=').unwrap();
                let known = ["file", "line", "endLine", "col", "endColumn", "title"];
                assert!(known.contains(&key), "{line}");
            }
        }
    }
}

#[test]
fn xml_is_read_by_a_parser_of_xml() {
    const PROGRAM: &str = "
import sys, xml.etree.ElementTree as tree
sys.stdout.reconfigure(encoding='utf-8')
for element in tree.parse(sys.stdin.buffer).iter():
    if element.tag in ('error', 'testcase'):
        print(element.tag, element.get('line'))
";
    let hostile = hostile();
    let fixtures = CASES.map(Sandbox::fixture);
    for sandbox in fixtures.iter().chain([&hostile]) {
        let open = open(sandbox).len();
        let Some(errors) = python(PROGRAM, &in_format(sandbox, "checkstyle").stdout) else {
            return;
        };
        assert_eq!(errors.len(), open);
        let cases = python(PROGRAM, &in_format(sandbox, "junit").stdout).unwrap();
        let all = sandbox.scan(&[]).json()["findings"].as_array().unwrap().len();
        assert_eq!(cases.len(), all);
    }
}

#[test]
fn tables_are_read_by_a_parser_of_tables() {
    const PROGRAM: &str = "
import csv, io, sys
sys.stdout.reconfigure(encoding='utf-8')
text = sys.stdin.buffer.read().decode('utf-8')
for row in csv.DictReader(io.StringIO(text, newline=''), strict=True):
    assert None not in row and None not in row.values(), row
    assert not any(cell[:1] in tuple('=+-@\\t\\r') and cell for cell in row.values()), row
    print(row['severity'], row['rule'])
";
    let hostile = hostile();
    let fixtures = CASES.map(Sandbox::fixture);
    for sandbox in fixtures.iter().chain([&hostile]) {
        let Some(rows) = python(PROGRAM, &in_format(sandbox, "csv").stdout) else { return };
        let name = |finding: &Value| {
            let text = |key: &str| finding[key].as_str().unwrap();
            format!("{} {}", text("severity"), text("rule"))
        };
        assert_eq!(rows, open(sandbox).iter().map(name).collect::<Vec<_>>());
    }
}
