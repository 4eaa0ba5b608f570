//! `--dry-run` and `--fix`: what is announced is what is done, and nothing else.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::sandbox::{CASES, Run, Sandbox};

/// A unified diff, one file after the other, with its hunks.
struct Hunk {
    /// The first line in the old file, counted from 0.
    start: usize,
    lines: Vec<String>,
}

fn parse(diff: &str) -> BTreeMap<String, Vec<Hunk>> {
    let mut files: BTreeMap<String, Vec<Hunk>> = BTreeMap::new();
    let mut current = String::new();
    // A removed line may itself begin with "-- ", so lines are counted.
    let (mut old_left, mut new_left) = (0_usize, 0_usize);
    for line in diff.split_inclusive('\n') {
        if old_left == 0 && new_left == 0 {
            if let Some(name) = line.strip_prefix("+++ b/") {
                current = name.trim_end().to_owned();
            } else if let Some(head) = line.strip_prefix("@@ -") {
                let (old, rest) = head.split_once(" +").unwrap();
                let (new, _) = rest.split_once(" @@").unwrap();
                let range = |text: &str| -> (usize, usize) {
                    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
                    (start.parse().unwrap(), count.parse().unwrap())
                };
                let (start, count) = range(old);
                (old_left, new_left) = (count, range(new).1);
                let start = if count == 0 { start } else { start - 1 };
                files.entry(current.clone()).or_default().push(Hunk { start, lines: Vec::new() });
            }
            continue;
        }
        match line.as_bytes().first() {
            Some(b'-') => old_left -= 1,
            Some(b'+') => new_left -= 1,
            Some(b' ') => (old_left, new_left) = (old_left - 1, new_left - 1),
            _ => continue,
        }
        let hunk = files.get_mut(&current).unwrap().last_mut().unwrap();
        hunk.lines.push(line.to_owned());
    }
    files
}

/// Whether a text is the shown one, in which stars hide bytes of secrets.
fn is_shown_as(text: &str, shown: &str) -> bool {
    let (text, shown) = (text.trim_end_matches('\n'), shown.trim_end_matches('\n'));
    text.len() == shown.len()
        && text.bytes().zip(shown.bytes()).all(|(byte, shown)| shown == b'*' || byte == shown)
}

/// Asserts that `after` is `before` with the hunks applied.
fn assert_applied(name: &str, before: &str, after: &str, hunks: &[Hunk]) {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let (mut at_old, mut at_new) = (0, 0);
    for hunk in hunks {
        while at_old < hunk.start {
            assert_eq!(old[at_old], new[at_new], "{name}: a line that no hunk names");
            (at_old, at_new) = (at_old + 1, at_new + 1);
        }
        for line in &hunk.lines {
            let (mark, shown) = line.split_at(1);
            if mark != "+" {
                assert!(is_shown_as(old[at_old], shown), "{name}: {} / {shown}", old[at_old]);
                at_old += 1;
            }
            if mark != "-" {
                assert!(is_shown_as(new[at_new], shown), "{name}: {} / {shown}", new[at_new]);
                at_new += 1;
            }
        }
    }
    assert_eq!(old[at_old..], new[at_new..], "{name}: the rest");
}

/// The fingerprints of open findings that have a fix of one of these kinds.
fn fixable(run: &Run, kinds: &[&str]) -> HashSet<String> {
    let report = run.json();
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["suppression"].is_null())
        .filter(|finding| {
            finding["fixes"].as_array().unwrap().iter().any(|fix: &Value| {
                kinds.contains(&fix["applicability"].as_str().unwrap())
                    && !fix["replacements"].as_array().unwrap().is_empty()
            })
        })
        .map(|finding| format!("{} {}", finding["rule"].as_str().unwrap(), finding["fingerprint"]))
        .collect()
}

fn fix(case: &str, diff: &[&str], fix: &[&str], kinds: &[&str]) {
    let sandbox = Sandbox::fixture(case);
    let before = sandbox.files();
    let wanted = fixable(&sandbox.scan(&[]), kinds);
    let announced = sandbox.run(&[&["scan"], diff].concat());
    assert_eq!(sandbox.files(), before, "{case}: --dry-run writes nothing");
    let hunks = parse(&announced.stdout);
    assert_eq!(hunks.is_empty(), wanted.is_empty(), "{case}: {wanted:?}\n{}", announced.stdout);

    let run = sandbox.run(&[&["scan"], fix].concat());
    let after = sandbox.files();
    assert_eq!(before.len(), after.len(), "{case}: no file comes or goes");
    for ((name, old), (_, new)) in before.iter().zip(&after) {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        match hunks.get(name) {
            Some(hunks) => {
                assert_applied(name, &text(old), &text(new), hunks);
                assert!(run.stderr.contains(&format!("fixed {name} (")), "{}", run.stderr);
            }
            None => assert_eq!(text(old), text(new), "{case}: {name} was not announced"),
        }
    }

    // A fix that would overlap another one waits for the next run.
    for _ in 0..4 {
        let files = sandbox.files();
        sandbox.run(&[&["scan"], fix].concat());
        if sandbox.files() == files {
            break;
        }
    }
    let left = fixable(&sandbox.scan(&[]), kinds);
    assert!(left.is_empty(), "{case}: still to be fixed: {left:#?}");
    let files = sandbox.files();
    let run = sandbox.run(&[&["scan"], fix].concat());
    assert_eq!(sandbox.files(), files, "{case}: fixing again changes nothing");
    assert!(!run.stderr.contains("fixed "), "{}", run.stderr);
}

#[test]
fn safe_fixes_do_what_the_diff_says_and_their_findings_are_gone() {
    for case in CASES {
        fix(case, &["--dry-run"], &["--fix"], &["safe"]);
    }
}

#[test]
fn unsafe_fixes_do_what_the_diff_says_and_their_findings_are_gone() {
    for case in CASES {
        fix(case, &["--dry-run", "--unsafe-fixes"], &["--unsafe-fixes"], &["safe", "unsafe"]);
    }
}

#[test]
fn a_fixed_repository_still_parses() {
    for case in CASES {
        let sandbox = Sandbox::fixture(case);
        let malformed = |run: &Run| {
            let mut list: Vec<String> =
                run.notifications().into_iter().filter(|n| !n.contains("ignore")).collect();
            list.sort();
            list.len()
        };
        let before = malformed(&sandbox.scan(&[]));
        sandbox.run(&["scan", "--unsafe-fixes"]);
        let after = sandbox.scan(&[]);
        assert!(malformed(&after) <= before, "{case}: {:#?}", after.notifications());
        for (name, bytes) in sandbox.files() {
            if name.ends_with("vercel.json") || name.ends_with("package.json") {
                let parsed: Result<Value, _> = serde_json::from_slice(&bytes);
                assert!(parsed.is_ok(), "{case}: {name}: {parsed:?}");
            }
        }
    }
}

#[test]
fn fixes_go_with_neither_the_index_nor_standard_input() {
    let sandbox = Sandbox::with(&[(".env.production", "PORT=1\nPORT=1\n")]);
    for arguments in
        [&["scan", "--staged", "--fix"][..], &["scan", "--stdin-filename", "a", "--fix"]]
    {
        let run = sandbox.run(arguments).exits(2);
        assert!(run.stderr.contains("--fix edits files on disk"), "{}", run.stderr);
    }
}

#[test]
fn fixing_keeps_line_ends_and_permissions() {
    let sandbox = Sandbox::with(&[
        (".gitignore", ".env*\r\n"),
        ("vercel.json", "{\r\n  \"public\": true\r\n}\r\n"),
        (
            "docker-compose.prod.yml",
            "services:\r\n  db:\r\n    image: postgres:17\r\n    ports:\r\n      - \"5432:5432\"\r\n",
        ),
    ]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = sandbox.root().join("docker-compose.prod.yml");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        sandbox.run(&["scan", "--unsafe-fixes"]);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
    for (name, bytes) in sandbox.files() {
        let text = String::from_utf8(bytes).unwrap();
        let bare = text.replace("\r\n", "");
        assert!(!bare.contains('\n') && !bare.contains('\r'), "{name}: {text:?}");
    }
}
