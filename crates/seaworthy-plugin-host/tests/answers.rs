//! What plugins return: all of it is checked.

use crate::guest::{Edit, Finding, Guest};
use crate::scene::{files, plugins, scan};

fn told(finding: Finding) -> (Vec<String>, Vec<String>) {
    let snapshot = files(&[(".env", "KEY=größer\nB=hunter2hunter2\n"), ("b.txt", "b\n")]);
    let guest = Guest::new("team").finding(vec![finding, Finding::new("first", "Right.")]);
    let told = scan(&plugins(&[&guest]), &snapshot);
    (told.findings, told.notifications)
}

#[test]
fn what_is_against_the_contract_is_left_out_and_told() {
    let finding = || Finding::new("second", "Wrong.");
    let at = |start, end| Finding { region: Some((start, end)), ..finding() };
    let in_path = |path: &str| Finding { path: Some(path.to_owned()), ..finding() };
    let cases = [
        (Finding::new("third", "x"), "it has no rule `third`"),
        (Finding::new("\u{1b}[2Jx", "x"), "it has no rule `[2Jx`"),
        (Finding::new("second", " \u{7}"), "rule `second`: a finding without a message"),
        (at(3, 1), "rule `second`: the region 3..1 ends before it starts"),
        (at(0, 9_999), "rule `second`: the region 0..9999 reaches past the end"),
        (at(0, u32::MAX), "reaches past the end"),
        (at(7, 8), "rule `second`: the region 7..8 cuts a character apart"),
        (in_path("../x"), "rule `second`: `../x` is no path inside the repository"),
        (in_path("/etc/passwd"), "is no path inside the repository"),
        (in_path("./b.txt"), "is no path inside the repository"),
        (in_path("gone.txt"), "rule `second`: `gone.txt` is no file of the scan"),
    ];
    for (finding, want) in cases {
        let (findings, notifications) = told(finding);
        assert_eq!(findings, [".env team/first: Right."], "{want}");
        assert_eq!(notifications.len(), 1, "{notifications:?}");
        assert!(notifications[0].starts_with("failed .env: plugin `team`: "), "{notifications:?}");
        assert!(notifications[0].contains(want), "{want}: {notifications:?}");
    }
}

#[test]
fn wrong_fixes_are_left_out_and_their_findings_kept() {
    let edit = |path: Option<&str>, start, end| -> Edit {
        (path.map(str::to_owned), (start, end), "x".to_owned())
    };
    let cases = [
        (vec![edit(None, 0, 3), edit(None, 2, 4)], "its edits overlap"),
        (vec![edit(Some("../b.txt"), 0, 0)], "is no path inside the repository"),
        (vec![edit(Some("c.txt"), 0, 0)], "is no file of the scan"),
        (vec![edit(None, 0, 99)], "reaches past the end"),
        (Vec::new(), "it has no title or no edits"),
    ];
    for (edits, want) in cases {
        let fixes = vec![("Mend it".to_owned(), edits)];
        let (findings, notifications) = told(Finding { fixes, ..Finding::new("second", "Wrong.") });
        assert_eq!(findings, [".env team/second: Wrong.", ".env team/first: Right."], "{want}");
        let told = format!("rule `second`: a fix was left out: {want}");
        assert!(
            notifications
                .iter()
                .any(|line| line.contains("a fix was left out") && line.contains(want)),
            "{told}: {notifications:?}"
        );
    }
}

#[test]
fn messages_are_plain_and_hold_no_secret() {
    let mut finding = Finding::new("second", "Look\u{1b}[31m at hunter2hunter2\u{202E}!");
    finding.sensitive = vec![(15, 29)];
    let (findings, notifications) = told(finding);
    assert_eq!(notifications, [""; 0]);
    assert!(findings[0].contains("Look[31m at "), "{findings:?}");
    assert!(!findings[0].contains("hunter2hunter2") && !findings[0].contains('\u{202E}'));
}
