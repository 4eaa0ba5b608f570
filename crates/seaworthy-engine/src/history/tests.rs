//! Histories made by the git that is installed, and broken by hand.

use seaworthy_model::{Finding, NotificationKind, Report};

use crate::git::tests::Bench;
use crate::{ScanError, ScanOptions, scan};

/// A key that a payment service might have given out.
const KEY: &str = concat!("sk_", "live_", "51Kq8ZtRvWm3XbY7cPdLfHgJ");
const OTHER: &str = concat!("sk_", "live_", "51Pw2NsTuQx9CeV4aMzBkRyD");

fn file(key: &str) -> String {
    format!("const stripe = new Stripe('{key}');\n")
}

fn report(bench: &Bench, root: &str, range: &str) -> Report {
    let options =
        ScanOptions { history: Some(range.to_owned()), ..ScanOptions::new(bench.path(root)) };
    scan(&options).expect("the scan runs").report
}

fn past(report: &Report) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| super::is_past(finding)).collect()
}

/// The paths and messages of the past, as far as they say where and when.
fn told(bench: &Bench, root: &str, range: &str) -> Vec<String> {
    let report = report(bench, root, range);
    let told = past(&report).into_iter().map(|finding| {
        let about = finding.message.split(", in commit ").nth(1).unwrap_or_default();
        let about = about.split_once(" of ").map_or("", |(_, about)| about);
        let about = about.split(". ").next().unwrap_or_default();
        format!("{}: {about}", finding.location.artifact)
    });
    told.collect()
}

/// A repository in which a key was added, changed and deleted.
fn leaky() -> Bench {
    let bench = Bench::with_repository();
    bench.commit(&[("readme.md", "# A\n"), ("src/kept.js", "let a = 1;\n")]);
    bench.commit(&[("src/pay.js", &file(KEY))]);
    bench.commit(&[("src/pay.js", &format!("// second\n{}", file(KEY)))]);
    bench.commit(&[("src/pay.js", "// gone\n")]);
    bench
}

#[test]
fn a_deleted_secret_is_told_of_its_oldest_commit() {
    let bench = leaky();
    for packed in [false, true] {
        if packed {
            bench.git("r", "gc -q --aggressive --prune=now");
        }
        let report = report(&bench, "r", "");
        let [finding] = past(&report)[..] else { panic!("{:?}", report.findings) };
        assert_eq!(finding.location.artifact.as_str(), "src/pay.js");
        assert_eq!((finding.location.start.line, finding.related.len()), (1, 1), "{packed}");
        assert_eq!(finding.related[0].start.line, 2);
        assert!(finding.message.contains(", in commit "), "{}", finding.message);
        assert!(finding.message.contains("(changed since)"), "{}", finding.message);
        assert!(!format!("{report:?}").contains(KEY), "the secret is masked");
        assert!(report.notifications.is_empty(), "{:?}", report.notifications);
    }
    std::fs::remove_file(bench.path("r/src/pay.js")).expect("removable");
    bench.git("r", "add -A");
    bench.git("r", "commit -q -m c");
    let [told] = &told(&bench, "r", "")[..] else { panic!() };
    assert!(told.ends_with("(deleted since)"), "{told}");
}

#[test]
fn without_being_asked_the_history_is_not_read() {
    let bench = leaky();
    let report = scan(&ScanOptions::new(bench.path("r"))).expect("the scan runs").report;
    assert!(past(&report).is_empty());
}

#[test]
fn what_head_has_is_the_business_of_the_other_rules() {
    let bench = leaky();
    bench.commit(&[("src/again.js", &file(OTHER))]);
    bench.git("r", "mv src/again.js src/moved.js");
    bench.git("r", "commit -q -m c");
    let all = report(&bench, "r", "");
    let paths: Vec<_> = past(&all).iter().map(|f| f.location.artifact.to_string()).collect();
    assert_eq!(paths, ["src/pay.js"]);
    // The secret of the past is one that is still there.
    bench.commit(&[("src/copy.js", &format!("\n\n{}", file(KEY)))]);
    let all = report(&bench, "r", "");
    assert!(past(&all).is_empty());
    let copy = all.findings.iter().find(|f| f.location.artifact.as_str() == "src/copy.js");
    let related = &copy.expect("the present secret").related;
    assert!(related.iter().any(|place| place.artifact.as_str() == "src/pay.js"), "{related:?}");
}

#[test]
fn a_range_names_the_commits_that_are_looked_at() {
    let bench = leaky();
    bench.git("r", "tag -a -m t v1");
    bench.git("r", "checkout -q -b side");
    bench.commit(&[("b.js", &file(OTHER))]);
    bench.commit(&[("b.js", "")]);
    bench.git("r", "checkout -q main");
    let id = bench.open("r").provenance().revision.expect("a commit");
    let (pay, b) = ("src/pay.js", "b.js");
    let cases: [(&str, &[&str]); 16] = [
        ("", &[b, pay]),
        ("HEAD", &[pay]),
        ("@", &[pay]),
        ("main", &[pay]),
        ("side", &[b, pay]),
        ("refs/heads/side", &[b, pay]),
        ("v1..side", &[b]),
        ("..side", &[b]),
        ("main..side~1", &[b]),
        ("side^..side", &[]),
        ("HEAD~3..", &[pay]),
        ("HEAD~1..HEAD", &[]),
        ("HEAD~3..HEAD~1", &[pay]),
        ("side..main", &[]),
        (&id, &[pay]),
        (&id[..8], &[pay]),
    ];
    for (range, want) in cases {
        let report = report(&bench, "r", range);
        let got: Vec<_> = past(&report).iter().map(|f| f.location.artifact.as_str()).collect();
        assert_eq!(got, want, "{range}");
    }
    let told = told(&bench, "r", "v1..side");
    assert!(told[0].ends_with("(not in the past of HEAD)"), "{told:?}");
    for range in
        ["nowhere", "main..nowhere", "a...b", "HEAD~99", "HEAD^2", "v1^{tree}", "../x", "1"]
    {
        let options =
            ScanOptions { history: Some(range.to_owned()), ..ScanOptions::new(bench.path("r")) };
        assert!(matches!(scan(&options), Err(ScanError::Git(_))), "{range}");
    }
}

#[test]
fn merged_packed_and_tagged_commits_are_reached_and_others_are_not() {
    let bench = leaky();
    bench.git("r", "checkout -q -b side HEAD~3");
    bench.commit(&[("only.js", &file(OTHER))]);
    bench.git("r", "tag kept");
    bench.git("r", "checkout -q main");
    bench.git("r", "branch -q -D side");
    bench.git("r", "pack-refs --all");
    assert_eq!(told(&bench, "r", "").len(), 2);
    bench.git("r", "tag -d kept");
    // Only the reflog knows of it, which nobody clones.
    assert_eq!(told(&bench, "r", "").len(), 1);
}

#[test]
fn below_a_root_inside_the_tree_only_its_part_is_history() {
    let bench = leaky();
    bench.commit(&[("app/x/a.js", &file(OTHER))]);
    bench.commit(&[("app/x/a.js", "")]);
    let report = report(&bench, "r/app", "");
    let got: Vec<_> = past(&report).iter().map(|f| f.location.artifact.as_str()).collect();
    assert_eq!(got, ["x/a.js"]);
}

#[test]
fn excluded_paths_are_excluded_in_the_past_too() {
    let bench = leaky();
    bench.write("r/seaworthy.toml", "exclude = [\"src/\"]\n");
    assert!(told(&bench, "r", "").is_empty());
    bench.write("r/seaworthy.toml", "[rules]\n\"git-history-secret\" = \"off\"\n");
    assert!(told(&bench, "r", "").is_empty());
}

#[test]
fn all_of_a_bare_repository_is_history() {
    let bench = leaky();
    bench.commit(&[("now.js", &file(OTHER))]);
    bench.git(".", "clone -q --bare r bare.git");
    let told = told(&bench, "bare.git", "");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|told| !told.contains('(')), "{told:?}");
}

#[test]
fn shallow_and_partial_clones_are_scanned_as_far_as_they_go() {
    let bench = leaky();
    let url = format!("file://{}", bench.path("r").display());
    bench.git(".", &format!("clone -q --depth 2 {url} shallow"));
    let shallow = report(&bench, "shallow", "");
    assert_eq!(past(&shallow).len(), 1, "the commit before the last one has it");
    let says = |report: &Report, words: &str| {
        report
            .notifications
            .iter()
            .any(|n| n.kind == NotificationKind::GitUnknown && n.message.contains(words))
    };
    assert!(says(&shallow, "history is shallow"), "{:?}", shallow.notifications);
    assert!(!says(&shallow, "missing or corrupt"), "{:?}", shallow.notifications);
    bench.git("r", "config uploadpack.allowFilter true");
    bench.git(".", &format!("clone -q --filter=blob:none {url} partial"));
    let partial = report(&bench, "partial", "");
    assert!(past(&partial).is_empty());
    assert!(says(&partial, "2 objects of the history are missing"), "{:?}", partial.notifications);
}

#[test]
fn corrupt_objects_cost_what_they_hold_and_no_more() {
    let bench = leaky();
    bench.commit(&[("b.js", &file(OTHER))]);
    bench.commit(&[("b.js", "")]);
    let whole = told(&bench, "r", "").len();
    assert_eq!(whole, 2);
    bench.git("r", "gc -q --prune=now");
    let packs = std::fs::read_dir(bench.path("r/.git/objects/pack")).expect("packs");
    let pack = packs
        .flatten()
        .map(|entry| entry.path())
        .find(|p| p.extension().is_some_and(|e| e == "pack"));
    let pack = pack.expect("a pack");
    let bytes = std::fs::read(&pack).expect("readable");
    let mut permissions = std::fs::metadata(&pack).expect("there").permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of the test's own")]
    permissions.set_readonly(false);
    std::fs::set_permissions(&pack, permissions).expect("changeable");
    let mut random = 12345_u64;
    for _ in 0..60 {
        let mut broken = bytes.clone();
        for _ in 0..3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (random >> 33) as usize % broken.len();
            broken[at] = (random >> 13) as u8;
        }
        std::fs::write(&pack, &broken).expect("writable");
        let options =
            ScanOptions { history: Some(String::new()), ..ScanOptions::new(bench.path("r")) };
        // What cannot even be begun is an error, and nothing panics.
        let findings = scan(&options).map_or(0, |scan| past(&scan.report).len());
        assert!(findings <= whole);
    }
    std::fs::write(&pack, &bytes).expect("writable");
    assert_eq!(told(&bench, "r", "").len(), whole);
}

#[test]
fn there_is_no_history_without_a_repository() {
    let bench = Bench::new();
    bench.write("r/a", "");
    let options = ScanOptions { history: Some(String::new()), ..ScanOptions::new(bench.path("r")) };
    assert!(matches!(scan(&options), Err(ScanError::NoHistory { .. })));
    bench.git(".", "init -q -b main empty");
    assert!(report(&bench, "empty", "").findings.iter().all(|f| !super::is_past(f)));
}
