use std::sync::Arc;

use seaworthy_analysis::{Options, ReadProblem, SourceText, TextSource};
use seaworthy_model::{
    Fingerprint, Location, Position, Region, Rule, Suppression, SuppressionKind,
};

use super::*;

static RULE: Rule = Rule { id: "mendable", ..Rule::DEFAULT };
const START: Position = Position { line: 1, column: 1, byte_column: 1 };

struct One(Arc<str>);

impl TextSource for One {
    fn read(&self, _: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        Ok(SourceText { text: Arc::clone(&self.0), decoded: None })
    }
}

fn snapshot(path: &str, text: &str) -> Snapshot {
    let source = Arc::new(One(Arc::from(text)));
    Snapshot::new(vec![ArtifactPath::new(path)], source, None, Options::default())
}

/// A finding with one fix: edits as start, end and text.
fn finding(path: &str, applicability: Applicability, edits: &[(usize, usize, &str)]) -> Finding {
    let artifact = ArtifactPath::new(path);
    let replacements = edits
        .iter()
        .map(|&(start, end, text)| Replacement {
            artifact: artifact.clone(),
            region: Region::new(start, end),
            start: START,
            end: START,
            text: text.to_owned(),
        })
        .collect();
    Finding {
        rule: &RULE,
        severity: RULE.severity,
        message: String::new(),
        location: Location {
            artifact,
            region: Region::empty(0),
            start: START,
            end: START,
            context: None,
            label: None,
            line_hash: None,
        },
        related: Vec::new(),
        fixes: vec![Fix { title: "Mend it".to_owned(), applicability, replacements }],
        fingerprint: Fingerprint(0),
        matters: Vec::new(),
        leak: None,
        suppression: None,
        baseline: None,
    }
}

fn safe(edits: &[(usize, usize, &str)]) -> Finding {
    finding("x", Applicability::Safe, edits)
}

/// The text after the fixes of one run, and how many they were.
fn fixed(text: &str, findings: &[Finding]) -> (String, usize) {
    let edits = plan(findings, &snapshot("x", text), Applicability::Safe);
    edits.first().map_or((text.to_owned(), 0), |edit| (edit.after.clone(), edit.fixes))
}

#[test]
fn fixes_that_touch_the_same_place_wait_for_the_next_run() {
    type Edits = &'static [(usize, usize, &'static str)];
    let cases: [(&str, &[Edits], &str, usize); 12] = [
        ("apart", &[&[(0, 1, "A")], &[(3, 4, "D")]], "AbcD", 2),
        ("side by side", &[&[(0, 2, "A")], &[(2, 4, "D")]], "AD", 2),
        ("the later one first", &[&[(2, 4, "D")], &[(0, 2, "A")]], "AD", 2),
        ("overlapping", &[&[(0, 3, "A")], &[(2, 4, "D")]], "Ad", 1),
        ("within", &[&[(0, 4, "A")], &[(1, 2, "")]], "A", 1),
        ("around", &[&[(1, 2, "")], &[(0, 4, "A")]], "acd", 1),
        ("the same edit twice", &[&[(1, 2, "B")], &[(1, 2, "B")]], "aBcd", 2),
        ("two texts at one place", &[&[(2, 2, "1")], &[(2, 2, "2")]], "ab1cd", 1),
        ("an insertion within", &[&[(0, 4, "A")], &[(2, 2, "+")]], "A", 1),
        ("around an insertion", &[&[(2, 2, "+")], &[(0, 4, "A")]], "ab+cd", 1),
        ("an insertion at the end of another", &[&[(0, 2, "A")], &[(2, 2, "+")]], "A+cd", 2),
        ("all or none", &[&[(0, 1, "A")], &[(0, 1, "X"), (3, 4, "D")]], "Abcd", 1),
    ];
    for (what, fixes, want, count) in cases {
        let findings: Vec<Finding> = fixes.iter().map(|edits| safe(edits)).collect();
        assert_eq!(fixed("abcd", &findings), (want.to_owned(), count), "{what}");
    }
}

#[test]
fn only_open_findings_and_permitted_fixes_are_applied() {
    let edit: &[(usize, usize, &str)] = &[(0, 1, "A")];
    let mut accepted = safe(edit);
    accepted.suppression =
        Some(Suppression { kind: SuppressionKind::InSource, justification: String::new() });
    let risky = finding("x", Applicability::Unsafe, edit);
    let display = finding("x", Applicability::DisplayOnly, edit);
    let count = |finding: &Finding, up_to| {
        plan(std::slice::from_ref(finding), &snapshot("x", "abcd"), up_to).len()
    };
    for (finding, safe, risky, display) in
        [(&accepted, 0, 0, 0), (&risky, 0, 1, 1), (&display, 0, 0, 0)]
    {
        assert_eq!(count(finding, Applicability::Safe), safe);
        assert_eq!(count(finding, Applicability::Unsafe), risky);
        assert_eq!(count(finding, Applicability::DisplayOnly), display);
    }
}

#[test]
fn edits_that_do_not_fit_the_text_or_change_nothing_are_dropped() {
    for edits in [&[(3, 9, "")][..], &[(1, 2, "b")], &[]] {
        assert_eq!(plan(&[safe(edits)], &snapshot("x", "abcd"), Applicability::Safe).len(), 0);
    }
    let elsewhere = finding("gone", Applicability::Safe, &[(0, 1, "A")]);
    assert_eq!(plan(&[elsewhere], &snapshot("x", "abcd"), Applicability::Safe).len(), 0);
}

#[test]
fn a_diff_masks_secrets_and_shows_control_characters() {
    let secret = "q7Vd2mXw9Tz4LkP8sRb3";
    let text = format!("A=1\r\nSESSION_SECRET={secret}\r\nB=\u{1b}[2J\u{202e}\r\n");
    let finding = finding(".env", Applicability::Safe, &[(2, 3, "2")]);
    let edits = plan(&[finding], &snapshot(".env", &text), Applicability::Safe);
    let shown = diff(&edits[0]);
    assert!(shown.starts_with("--- a/.env\n+++ b/.env\n"), "{shown}");
    assert!(shown.contains("-A=1\r\n+A=2\r\n SESSION_SECRET="), "{shown}");
    assert!(!shown.contains(secret) && !format!("{:?}", edits[0]).contains(secret));
    assert!(shown.contains("B=\\u{1b}[2J\\u{202e}\r\n"), "{shown}");
    assert!(edits[0].after.contains(secret), "the file itself keeps it");
}

#[cfg(unix)]
mod on_disk {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn edit(path: &str, before: &str, after: &str) -> FileEdit {
        FileEdit {
            artifact: ArtifactPath::new(path),
            before: before.to_owned(),
            after: after.to_owned(),
            shown: (String::new(), String::new()),
            fixes: 1,
        }
    }

    /// A directory with `a/.env`, mode 0640.
    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(root.path().join("a")).expect("a directory");
        fs::write(root.path().join("a/.env"), "A=1\r\nB=ü\r\n").expect("a file");
        let mode = Permissions::from_mode(0o640);
        fs::set_permissions(root.path().join("a/.env"), mode).expect("a mode");
        root
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).expect("a directory");
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("an entry").file_name().to_string_lossy().into_owned()
        };
        entries.map(name).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_with_its_permissions() {
        let root = tree();
        write(root.path(), &edit("a/.env", "A=1\r\nB=ü\r\n", "A=2\r\nB=ü\r\n")).expect("written");
        let path = root.path().join("a/.env");
        assert_eq!(fs::read_to_string(&path).expect("a file"), "A=2\r\nB=ü\r\n");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o7777, 0o640);
        assert_eq!(names(&root.path().join("a")), [".env"], "nothing is left behind");
    }

    #[test]
    fn what_is_not_the_plain_file_that_was_analysed_stays_as_it_is() {
        let text = "A=1\r\nB=ü\r\n";
        let refused = |prepare: &dyn Fn(&Path), path: &str| -> String {
            let root = tree();
            prepare(root.path());
            let error = write(root.path(), &edit(path, text, "A=2")).expect_err("refused");
            assert_eq!(
                names(&root.path().join("a")).iter().filter(|n| n.contains("tmp")).count(),
                0
            );
            assert!(!error.to_string().contains("B=ü"));
            let still = fs::read_to_string(root.path().join("a/.env")).expect("a file");
            assert!(still.starts_with("A=1") || still == "changed", "{still}");
            format!("{error:?}").split([' ', '{']).next().unwrap_or("").to_owned()
        };
        let change = |text: &'static str| {
            move |root: &Path| fs::write(root.join("a/.env"), text).expect("a file")
        };
        assert_eq!(refused(&change("changed"), "a/.env"), "Changed");
        assert_eq!(refused(&change("A=1\r\nB=ü\r\nC=3"), "a/.env"), "Changed");
        assert_eq!(refused(&change("A=1\r\n"), "a/.env"), "Changed");
        let nothing = |_: &Path| {};
        assert_eq!(refused(&nothing, "a/gone"), "Io");
        assert_eq!(refused(&nothing, "a"), "NotPlain");
        let link = |root: &Path| symlink("a/.env", root.join("link")).expect("a link");
        assert_eq!(refused(&link, "link"), "NotPlain");
        let read_only = |root: &Path| {
            fs::set_permissions(root.join("a/.env"), Permissions::from_mode(0o400))
                .expect("a mode");
        };
        assert_eq!(refused(&read_only, "a/.env"), "ReadOnly");
    }

    #[test]
    fn a_directory_that_became_a_link_is_not_followed_out_of_the_root() {
        let (root, outside) = (tree(), tree());
        symlink(outside.path().join("a"), root.path().join("b")).expect("a link");
        for path in ["b/.env", "../x/.env"] {
            if path.starts_with("..") {
                fs::create_dir_all(root.path().join("inner")).expect("a directory");
                fs::create_dir_all(root.path().join("x")).expect("a directory");
                fs::write(root.path().join("x/.env"), "A=1").expect("a file");
            }
            let root = if path.starts_with("..") {
                root.path().join("inner")
            } else {
                root.path().to_owned()
            };
            let error = write(&root, &edit(path, "A=1\r\nB=ü\r\n", "A=2")).expect_err("refused");
            assert!(matches!(error, FixError::NotPlain { .. }), "{error:?}");
        }
        let text = fs::read_to_string(outside.path().join("a/.env")).expect("a file");
        assert_eq!(text, "A=1\r\nB=ü\r\n");
    }
}
