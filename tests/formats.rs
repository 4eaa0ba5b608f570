//! What the formats say of the fixtures, as those who read them parse it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

use crate::sandbox::{CASES, Run, Sandbox};

const FORMATS: [&str; 13] = [
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
    "markdown",
    "html",
];

fn in_format(sandbox: &Sandbox, format: &str) -> Run {
    sandbox.run(&["scan", "--format", format])
}

/// The reports of one scan, by format.
struct Reports(HashMap<&'static str, String>);

impl Reports {
    fn of(sandbox: &Sandbox) -> Self {
        let mut arguments = vec!["scan".to_owned()];
        for format in FORMATS {
            arguments.extend(["--output".to_owned(), format!("{format}=../{format}.out")]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        sandbox.run(&arguments).exits(1);
        let read = |format: &str| {
            fs::read_to_string(sandbox.root().join(format!("../{format}.out"))).unwrap()
        };
        Self(FORMATS.into_iter().map(|format| (format, read(format))).collect())
    }

    fn text(&self, format: &str) -> &str {
        &self.0[format]
    }

    fn json(&self, format: &str) -> Value {
        serde_json::from_str(self.text(format)).unwrap()
    }

    /// The open findings of the JSON report.
    fn open(&self) -> Vec<Value> {
        let report = self.json("json");
        let findings = report["findings"].as_array().unwrap().iter();
        findings.filter(|finding| finding["suppression"].is_null()).cloned().collect()
    }
}

/// The reports of each fixture, and of a repository that means to break them.
static ALL: LazyLock<Vec<Reports>> = LazyLock::new(|| {
    let fixtures = CASES.map(Sandbox::fixture);
    fixtures.iter().chain([&hostile()]).map(Reports::of).collect()
});

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
    let found = Sandbox::with(&[(".env.production", "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2m\n")]);
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
    let sandbox =
        Sandbox::with(&[(".env.production", "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2m\n")]);
    let reports = Reports::of(&sandbox);
    for format in FORMATS {
        assert_eq!(reports.text(format), in_format(&sandbox, format).stdout, "{format}");
    }
    let run = sandbox.run(&["scan", "--output", "sarif=-"]).exits(2);
    assert!(run.stderr.contains("standard output has --format"), "{}", run.stderr);
    let run = sandbox.run(&["scan", "--output", "yaml=x"]).exits(2);
    assert!(run.stderr.contains("expected one of full, concise, sarif"), "{}", run.stderr);
}

#[test]
fn lists_of_json_hold_every_open_finding() {
    for reports in ALL.iter() {
        let open = reports.open();
        assert!(!open.is_empty());
        let gitlab = reports.json("gitlab");
        let issues = gitlab.as_array().unwrap();
        assert_eq!(issues.len(), open.len());
        let prints: HashSet<&str> =
            issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(prints.len(), issues.len(), "GitLab drops what has an equal fingerprint");
        let rdjson = reports.json("rdjson");
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
        let lines = reports.text("jsonl");
        let whole = reports.json("json");
        let of = |name: &str| whole[name].as_array().unwrap().len();
        assert_eq!(lines.lines().count(), of("findings") + of("notifications") + 1);
        for line in lines.lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
    }
}

#[test]
fn commands_of_github_stand_on_lines_of_their_own_within_the_limits() {
    for reports in ALL.iter() {
        let text = reports.text("github");
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
    for reports in ALL.iter() {
        let open = reports.open().len();
        let Some(errors) = python(PROGRAM, reports.text("checkstyle")) else {
            return;
        };
        assert_eq!(errors.len(), open);
        let cases = python(PROGRAM, reports.text("junit")).unwrap();
        let all = reports.json("json")["findings"].as_array().unwrap().len();
        assert_eq!(cases.len(), all);
    }
}

#[test]
fn pages_are_read_by_a_parser_of_pages() {
    const PROGRAM: &str = "
import html.parser, sys
known = set('html head meta title style body header h1 h2 h3 p strong code main section ul ol li '
            'fieldset legend label input article b a span pre mark br footer'.split())
stack = []
class Page(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        assert tag in known, tag
        assert {name for name, _ in attributes} <= set(
            'lang charset http-equiv content name class id type checked href'.split()), attributes
        if tag == 'article':
            print(tag)
        if tag not in ('meta', 'input', 'br'):
            stack.append(tag)
    def handle_endtag(self, tag):
        assert stack.pop() == tag, tag
Page().feed(sys.stdin.buffer.read().decode('utf-8'))
assert not stack, stack
";
    for reports in ALL.iter() {
        let Some(articles) = python(PROGRAM, reports.text("html")) else { return };
        assert_eq!(articles.len(), reports.open().len());
    }
}

#[test]
fn a_summary_is_added_to_what_stands_there() {
    let sandbox = hostile();
    let file = sandbox.root().join("../summary.md");
    fs::write(&file, "# Before\n").unwrap();
    let sha = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";
    let mut command = sandbox.binary();
    command.args(["scan", "--format", "github", "--summary-file", "../summary.md"]);
    command.env("GITHUB_SERVER_URL", "https://github.com").env("GITHUB_REPOSITORY", "team/pier");
    let output = command.env("GITHUB_SHA", sha).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# Before\n\n## "), "{text}");
    let link = format!("https://github.com/team/pier/blob/{sha}/");
    assert!(text.contains(&link), "{text}");
    for mark in ["<script", "`tick`", "@team", "|`"] {
        assert!(!text.contains(mark), "{mark} in {text}");
    }
    // A table has as many cells in each row as in its head.
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        assert!([3, 5].contains(&row.matches('|').count()), "{row}");
    }
    let run = sandbox.run(&["scan", "--summary-file", "no/such/place.md"]).exits(2);
    assert!(run.stderr.contains("place.md"), "{}", run.stderr);
}

#[test]
fn places_are_told_from_the_root_of_the_repository_to_who_looks_there() {
    let sandbox =
        Sandbox::with(&[("deploy/.env.production", "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2m\n")]);
    let of = |format: &str| {
        let run = sandbox.run(&["scan", "deploy", "--format", format, "--sarif-profile", "github"]);
        run.exits(1).stdout
    };
    assert!(of("github").contains(" file=deploy/.env.production,line=1,"));
    assert!(of("gitlab").contains("\"path\":\"deploy/.env.production\""));
    assert!(of("rdjson").contains("\"path\":\"deploy/.env.production\""));
    assert!(of("sarif").contains("\"uri\":\"deploy/.env.production\""));
    assert!(of("json").contains("\"path\":\".env.production\""));
    assert!(of("concise").starts_with(".env.production:1:"));
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
    for reports in ALL.iter() {
        let Some(rows) = python(PROGRAM, reports.text("csv")) else { return };
        let name = |finding: &Value| {
            let text = |key: &str| finding[key].as_str().unwrap();
            format!("{} {}", text("severity"), text("rule"))
        };
        assert_eq!(rows, reports.open().iter().map(name).collect::<Vec<_>>());
    }
}
