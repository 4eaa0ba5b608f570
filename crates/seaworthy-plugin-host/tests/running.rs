//! Plugins in a scan: when they are asked, and how they are stopped.

use std::sync::Arc;
use std::time::{Duration, Instant};

use seaworthy_analysis::{Options, ReadProblem, Snapshot, SourceText, TextSource};
use seaworthy_model::{ArtifactPath, NotificationKind};
use seaworthy_plugin_host::Limits;
use serde_json::json;

use crate::guest::{Finding, Guest};
use crate::scene::{files, plugins, plugins_with, scan, scan_by};

fn found() -> Vec<Finding> {
    vec![Finding::new("second", "Wrong.")]
}

#[test]
fn a_plugin_finds_faults_in_the_files_that_concern_it() {
    let snapshot = files(&[(".env", "A=1\n"), ("a/.env", "B=2\n"), ("a/b.txt", "C\n")]);
    let told = scan(&plugins(&[&Guest::new("team").finding(found())]), &snapshot);
    assert_eq!(told.findings, [".env team/second: Wrong.", "a/.env team/second: Wrong."]);
    assert_eq!(told.notifications, [""; 0]);
}

#[test]
fn kinds_patterns_and_needles_decide() {
    let files = [
        (".env", "SECRET_A=1\n"),
        ("b/.env", "B=2\n"),
        ("c.sql", "-- SECRET_A\n"),
        ("db/d.sql", "x\n"),
        ("compose.yml", "services: {a: {image: SECRET_A}}\n"),
        ("e.json", "{}\n"),
    ];
    type Words = &'static [&'static str];
    let cases: [(Words, Words, Words, Words); 8] = [
        (&["env"], &[], &[], &[".env", "b/.env"]),
        (&[], &["*.sql"], &[], &["c.sql", "db/d.sql"]),
        (&[], &["db/*.sql"], &[], &["db/d.sql"]),
        (&["env"], &["*.sql"], &["SECRET_A", "nowhere"], &[".env", "c.sql"]),
        (&[], &[], &["SECRET_A"], &[".env", "c.sql", "compose.yml"]),
        (&["yaml", "json"], &[], &[], &["compose.yml", "e.json"]),
        (&["compose"], &[], &["SECRET_B"], &[]),
        (&["unheard-of"], &[], &[], &[]),
    ];
    for (kinds, globs, needles, want) in cases {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let mut guest = Guest::new("team").finding(found());
        (guest.kinds, guest.globs, guest.needles) = (words(kinds), words(globs), words(needles));
        let told = scan(&plugins(&[&guest]), &crate::scene::files(&files));
        let paths: Vec<&str> =
            told.findings.iter().filter_map(|line| Some(line.split_once(' ')?.0)).collect();
        assert_eq!(paths, want, "{kinds:?} {globs:?} {needles:?}");
    }
}

#[test]
fn a_rule_about_the_repository_is_asked_once() {
    let mut guest = Guest::new("team");
    guest.world = "repo-plugin";
    let mut finding = Finding::new("first", "Missing.");
    (finding.path, finding.region) = (Some("SECURITY.md".to_owned()), None);
    let told = scan(&plugins(&[&guest.finding(vec![finding])]), &files(&[("a", "1"), ("b", "2")]));
    assert_eq!(told.findings, ["SECURITY.md team/first: Missing."]);
    assert_eq!(told.notifications, [""; 0]);
}

#[test]
fn many_plugins_and_threads_give_one_report() {
    let paths: Vec<String> = (0..60).map(|n| format!("d{n}/.env")).collect();
    let written: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "A=1\n")).collect();
    let guests = ["a", "b", "c"].map(|name| Guest::new(name).finding(found()));
    let stopped = Guest::new("d").checking("(unreachable)");
    let loaded = plugins(&[&guests[2], &stopped, &guests[0], &guests[1]]);
    let alone = scan_by(&loaded, &files(&written), 1);
    assert_eq!(alone.findings.len(), 180);
    assert_eq!(alone.notifications.len(), 4, "{:?}", alone.notifications);
    for threads in [2, 8] {
        assert_eq!(scan_by(&loaded, &files(&written), threads), alone);
    }
}

#[test]
fn whatever_fails_is_told_and_costs_its_own_findings_alone() {
    let endless = "(loop $again (br $again))";
    let deep = "(call $deep (i32.const 0))";
    let grow = "(if (i32.eq (memory.grow (i32.const 100000)) (i32.const -1)) (then (unreachable)))";
    let cases = [
        (endless, "plugin `bad` was stopped after 50 ms (rules `first`, `second`)"),
        ("(unreachable)", "plugin `bad` panicked (rules `first`, `second`)"),
        (deep, "plugin `bad` ran out of stack ("),
        (grow, "plugin `bad` ran out of memory (64 MiB) ("),
        ("(drop (i32.load (i32.const -8)))", "plugin `bad` reached outside of its memory"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "plugin `bad` stopped: "),
        (
            "(loop $again (call $log (i32.const 1) (i32.const 0) (i32.const 3)) (br $again))",
            "plugin `bad` was stopped: ",
        ),
    ];
    let limits = Limits { file_time: Duration::from_millis(50), ..Limits::default() };
    for (instructions, want) in cases {
        let mut bad = Guest::new("bad").checking(instructions).finding(found());
        bad.parts = "(func $deep (param i32) (call $deep (i32.const 1)))".to_owned();
        let good = Guest::new("good").finding(found());
        let snapshot = files(&[(".env", "A=1\n"), ("a/.env", "B=2\n")]);
        let began = Instant::now();
        let told = scan(&plugins_with(&[&bad, &good], &json!({}), Some(&limits)), &snapshot);
        assert_eq!(told.findings, [".env good/second: Wrong.", "a/.env good/second: Wrong."]);
        let failures: Vec<_> =
            told.notifications.iter().filter(|line| line.starts_with("failed")).collect();
        assert_eq!(failures.len(), 2, "{failures:?}");
        for (line, path) in failures.iter().zip([".env", "a/.env"]) {
            assert!(line.contains(&format!("failed {path}: {want}")), "{want}: {line}");
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{want}");
    }
}

#[test]
fn a_plugin_that_fails_again_and_again_is_stopped_at_the_same_file_always() {
    let paths: Vec<String> = (10..40).map(|n| format!("d{n}/.env")).collect();
    let written: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "A=1\n")).collect();
    let loaded = plugins(&[&Guest::new("bad").checking("(unreachable)")]);
    let alone = scan_by(&loaded, &files(&written), 1);
    let lines: Vec<&str> = alone.notifications.iter().map(String::as_str).collect();
    assert_eq!(
        lines,
        [
            "failed -: plugin `bad` failed 3 times and was stopped; 27 more files were not judged \
             by it",
            "failed d10/.env: plugin `bad` panicked (rules `first`, `second`)",
            "failed d11/.env: plugin `bad` panicked (rules `first`, `second`)",
            "failed d12/.env: plugin `bad` panicked (rules `first`, `second`)",
        ]
    );
    assert_eq!(scan_by(&loaded, &files(&written), 8), alone);
}

#[test]
fn a_plugin_says_that_it_could_not_do_it() {
    let mut guest = Guest::new("team");
    guest.findings = Err("the file is \u{1b}[31mstrange".to_owned());
    let told = scan(&plugins(&[&guest]), &files(&[(".env", "A=1\n")]));
    let want = "failed .env: plugin `team` could not judge it: the file is [31mstrange (rules \
                `first`, `second`)";
    assert_eq!(told.notifications, [want]);
}

#[test]
fn one_that_does_not_start_is_told_once() {
    let mut slow = Guest::new("slow");
    slow.configuring = "(loop $again (br $again))".to_owned();
    let mut picky = Guest::new("picky");
    picky.refuses = Some("no owner is given".to_owned());
    let limits = Limits { start_time: Duration::from_millis(50), ..Limits::default() };
    let snapshot = files(&[(".env", "A=1\n"), ("a/.env", "B=2\n")]);
    let told = scan(&plugins_with(&[&slow, &picky], &json!({}), Some(&limits)), &snapshot);
    assert_eq!(
        told.notifications,
        [
            "failed -: plugin `picky` refuses its configuration: no owner is given",
            "failed -: plugin `slow` was stopped after 50 ms",
        ]
    );
}

#[test]
fn too_many_findings_are_cut_at_the_same_place_always() {
    let paths: Vec<String> = (100..140).map(|n| format!("d{n}/.env")).collect();
    let written: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "A=1\n")).collect();
    let findings = (0..12).map(|n| Finding::new("first", &format!("Number {n}."))).collect();
    let limits = Limits { findings: 50, findings_per_call: 10, ..Limits::default() };
    let guest = Guest::new("team").finding(findings);
    let loaded = plugins_with(&[&guest], &json!({}), Some(&limits));
    let alone = scan_by(&loaded, &files(&written), 1);
    assert_eq!(alone.findings.len(), 50);
    assert_eq!(alone.findings[49], "d104/.env team/first: Number 9.");
    let many = "failed -: plugin `team` found more than 50 faults; the rest was left out";
    assert!(alone.notifications.iter().any(|line| line == many), "{:?}", alone.notifications);
    let once = "plugin `team`: returned 12 findings at once; the first 10 were taken";
    assert_eq!(alone.notifications.iter().filter(|line| line.ends_with(once)).count(), 40);
    assert_eq!(scan_by(&loaded, &files(&written), 8), alone);
}

/// A file that can be streamed; read whole only if it is not too large.
struct Streamed {
    text: String,
    too_large: bool,
}

impl TextSource for Streamed {
    fn read(&self, _: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        match self.too_large {
            false => Ok(SourceText { text: self.text.as_str().into(), decoded: None }),
            true => Err(ReadProblem {
                kind: NotificationKind::TooLarge,
                message: "too large".to_owned(),
            }),
        }
    }

    fn read_bytes(
        &self,
        _: &ArtifactPath,
        from: u64,
        most: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<Result<(), ReadProblem>> {
        let from = usize::try_from(from).expect("the text is in memory").min(self.text.len());
        buffer.clear();
        buffer.extend(self.text.as_bytes()[from..].iter().take(most));
        Some(Ok(()))
    }
}

#[test]
fn a_needle_is_found_at_the_end_of_a_large_file() {
    let mut guest = Guest::new("team").finding(found());
    (guest.kinds, guest.needles) = (vec!["text".to_owned()], vec!["NEEDLE".to_owned()]);
    let loaded = plugins(&[&guest]);
    let of = |end: &str, too_large| {
        let text = format!("{}{end}", "hay and straw\n".repeat(1 << 19));
        let source = Arc::new(Streamed { text, too_large });
        Snapshot::new(vec![ArtifactPath::new("big.txt")], source, None, Options::default())
    };
    let told = scan(&loaded, &of("NEEDLE", false));
    assert_eq!(told.findings, ["big.txt team/second: Wrong."]);
    assert_eq!(told.notifications, [""; 0]);
    assert_eq!(scan(&loaded, &of("needle", false)).findings, [""; 0]);
    // What cannot be had whole is no fault of the plugin.
    let told = scan(&loaded, &of("NEEDLE", true));
    assert_eq!(told.findings, [""; 0]);
    let want = "other big.txt: too large, or no readable text: no plugin judged it";
    assert_eq!(told.notifications, [want]);
}
