//! Holds every rule's documentation to its form and runs its examples.
//!
//! A fenced block whose info string reads `LANGUAGE fails PATH` or
//! `LANGUAGE passes PATH` is run: the rule must speak about the first and be
//! silent about the second. With `git` after the path, it is run in a git
//! repository. A block may hold several files, each after `//- PATH`.

use seaworthy_testkit::{Fixture, run};

const HEADINGS: [&str; 4] = ["## Why", "## Example", "## Fix", "## Limits"];

#[test]
fn documentation_has_the_same_form_everywhere() {
    let mut problems = Vec::new();
    for native in crate::all() {
        let (id, help) = (native.rule.id, native.rule.help);
        if !help.starts_with("Flags ") {
            problems.push(format!("{id}: the first line must begin with \"Flags \""));
        }
        let mut rest = help;
        for heading in HEADINGS {
            match rest.split_once(&format!("\n{heading}\n")) {
                Some((_, after)) => rest = after,
                None => problems.push(format!("{id}: {heading} is missing or out of order")),
            }
        }
        let file = id.replace('-', "_");
        let module = native.rule.group.as_str().replace('-', "_").replace("jwt_and_", "");
        let path = format!("{}/src/{module}/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        if !std::path::Path::new(&path).exists() {
            problems.push(format!("{id}: expected in {module}/{file}.rs"));
        }
        let summary = native.rule.summary;
        if summary.is_empty()
            || summary.ends_with('.')
            || summary.chars().nth(1).is_some_and(char::is_lowercase)
                && summary.starts_with(char::is_uppercase)
        {
            problems.push(format!("{id}: the summary is a phrase without capital and period"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn ids_are_unique_and_kebab_case() {
    let rules = crate::all();
    for pair in rules.windows(2) {
        assert_ne!(pair[0].rule.id, pair[1].rule.id);
    }
    for native in rules {
        let id = native.rule.id;
        assert!(
            id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{id}"
        );
    }
}

#[test]
fn examples_do_what_the_documentation_says() {
    let mut problems = Vec::new();
    for native in crate::all() {
        let id = native.rule.id;
        let mut verdicts = Vec::new();
        for (info, body) in fenced_blocks(native.rule.help) {
            let words: Vec<&str> = info.split_whitespace().collect();
            let (fails, path) = match words.as_slice() {
                [_, "fails", path, ..] => (true, *path),
                [_, "passes", path, ..] => (false, *path),
                _ => continue,
            };
            let git = words.contains(&"git");
            let fixture = if body.starts_with("//- ") {
                Fixture::parse(&body)
            } else {
                Fixture::single(path, &body)
            };
            let findings = run(native, &fixture, git);
            if findings.is_empty() == fails {
                problems.push(format!("{id}: the example `{info}` does not do so:\n{body}"));
            }
            verdicts.push(fails);
        }
        for (wanted, word) in [(true, "fails"), (false, "passes")] {
            if !verdicts.contains(&wanted) {
                problems.push(format!("{id}: no example that {word}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn fenced_blocks(markdown: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in markdown.split_inclusive('\n') {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(info), None) => open = Some((info.trim().to_owned(), String::new())),
            (None, Some((_, body))) => body.push_str(line),
            (None, None) => {}
        }
    }
    blocks
}
