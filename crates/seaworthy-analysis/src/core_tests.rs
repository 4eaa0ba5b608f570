//! What holds for every finding, whichever rule made it.

use std::sync::Arc;

use seaworthy_model::{ArtifactPath, Finding, NotificationKind, Region, Rule};

use crate::context::{Context, Edit};
use crate::options::Options;
use crate::snapshot::Snapshot;
use crate::texts::Texts;

fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    let mut paths: Vec<ArtifactPath> =
        files.iter().map(|(path, _)| ArtifactPath::new(*path)).collect();
    paths.push(ArtifactPath::new("missing.env"));
    Snapshot::new(paths, Arc::new(Texts::of(files)), None, Options::default())
}

static RULE: Rule = Rule { id: "test-rule", ..Rule::DEFAULT };

fn report(snapshot: &Snapshot, path: &str, speak: impl Fn(&mut Context<'_>)) -> Vec<Finding> {
    let mut context = Context::new(snapshot, &RULE, snapshot.artifact(path));
    speak(&mut context);
    context.finish()
}

const SECRET: &str = "vT9xQ2mLp7Zr4KwB8sYc3NdH6fJg1aEu";

#[test]
fn an_excerpt_is_masked_and_keeps_its_offsets() {
    let text = format!("A=1\nJWT_SECRET={SECRET} # ünïcode\n");
    let snapshot = snapshot(&[(".env", &text)]);
    let region = Region::new(4, 14);
    let findings = report(&snapshot, ".env", |cx| {
        cx.report(region, "JWT_SECRET is bad.");
    });
    let location = &findings[0].location;
    let context = location.context.as_ref().unwrap();
    assert_eq!(context.text.len(), context.region.len());
    assert_eq!(location.snippet(), Some("JWT_SECRET"));
    assert!(context.text.starts_with("JWT_SECRET=vT9x***"), "{}", context.text);
    assert!(!context.text.contains(&SECRET[..8]));
    assert_eq!((location.start.line, location.end.byte_column), (2, 11));
}

#[test]
fn a_neighbouring_secret_on_the_line_is_masked_too() {
    let text = format!(
        "services:\n  a:\n    image: x\n    environment: {{DEBUG: \"1\", JWT_SECRET: {SECRET}}}\n"
    );
    let snapshot = snapshot(&[("compose.yml", &text)]);
    let debug = text.find("DEBUG").unwrap();
    let findings = report(&snapshot, "compose.yml", |cx| {
        cx.report(Region::new(debug, debug + 5), "DEBUG is on.");
    });
    let shown = &findings[0].location.context.as_ref().unwrap().text;
    assert!(shown.contains("JWT_SECRET: vT9x***") && !shown.contains(SECRET), "{shown}");
}

#[test]
fn a_rule_that_quotes_a_secret_is_corrected() {
    let text = format!("KEY={SECRET}\n");
    let snapshot = snapshot(&[(".env", &text)]);
    let path = ArtifactPath::new(".env");
    let secret = Region::new(4, 4 + SECRET.len());
    let findings = report(&snapshot, ".env", |cx| {
        cx.report(Region::new(0, 3), format!("The value {SECRET} leaks."))
            .sensitive(secret)
            .evidence(SECRET)
            .fix(Edit::safe("Quote it").replace(&path, secret, format!("\"{SECRET}\"")));
    });
    assert!(!findings[0].message.contains(SECRET), "{}", findings[0].message);
    assert!(findings[0].fixes.is_empty(), "a fix must not carry the secret");
    let quoted = findings[0].fingerprint;
    let plain = report(&snapshot, ".env", |cx| {
        cx.report(Region::new(0, 3), "x").evidence(SECRET);
    });
    assert_ne!(quoted, plain[0].fingerprint, "evidence is masked before it is hashed");
}

#[test]
fn a_long_line_is_cut_around_the_region() {
    let text = format!("{}TARGET{}", "x".repeat(5_000), "ü".repeat(5_000));
    let snapshot = snapshot(&[("a.txt", &text)]);
    let findings = report(&snapshot, "a.txt", |cx| {
        cx.report(Region::new(5_000, 5_006), "x");
    });
    let location = &findings[0].location;
    assert!(location.context.as_ref().unwrap().text.len() < 400);
    assert_eq!(location.snippet(), Some("TARGET"));
}

#[test]
fn regions_outside_the_text_are_brought_inside() {
    let snapshot = snapshot(&[("a.txt", "aü")]);
    for region in [Region::new(2, 2), Region::new(1, 99), Region::new(50, 60)] {
        let findings = report(&snapshot, "a.txt", |cx| {
            cx.report(region, "x");
        });
        let region = findings[0].location.region;
        assert!("aü".get(region.range()).is_some(), "{region:?}");
    }
}

#[test]
fn an_unreadable_file_is_told_once_and_located_at_its_start() {
    let snapshot = snapshot(&[]);
    let findings = report(&snapshot, "missing.env", |cx| {
        cx.report(Region::new(3, 5), "x");
        cx.report(Region::new(3, 5), "y");
    });
    assert_eq!(findings[0].location.region, Region::empty(0));
    assert!(findings[0].location.context.is_none());
    let notifications = snapshot.notifications();
    assert_eq!(notifications.len(), 1, "{notifications:?}");
    assert_eq!(notifications[0].kind, NotificationKind::Unreadable);
}

#[test]
fn fingerprints_ignore_moved_lines_and_tell_evidence_apart() {
    let fingerprint = |text: &str, evidence: &str| {
        let snapshot = snapshot(&[(".env", text)]);
        let start = text.find("KEY").unwrap();
        report(&snapshot, ".env", |cx| {
            cx.report(Region::new(start, start + 3), "x").evidence(evidence);
        })[0]
            .fingerprint
    };
    assert_eq!(fingerprint("KEY=1\n", "KEY"), fingerprint("# moved\n\nKEY=1\n", "KEY"));
    assert_ne!(fingerprint("KEY=1\n", "KEY"), fingerprint("KEY=1\n", "OTHER"));
}

#[test]
fn passwords_in_addresses_are_masked_in_any_file() {
    let snapshot = snapshot(&[("notes.md", "see postgres://app:Wq8-zLm2-Rt5x@db.internal/x\n")]);
    let artifact = snapshot.artifact("notes.md").unwrap();
    let masked = snapshot.masked_text(artifact).unwrap();
    assert!(!masked.contains("Wq8-zLm2"), "{masked}");
    assert!(masked.contains("postgres://app:") && masked.contains("@db.internal"), "{masked}");
}

#[test]
fn secrets_inside_longer_texts_are_masked() {
    let cases = [
        ("compose.yml", "services:\n  a:\n    environment:\n      - TOKEN=${TOKEN:-SECRET}\n"),
        (
            "compose.yml",
            "services:\n  a:\n    environment:\n      TOKEN: \"${A:-${TOKEN-SECRET}}\"\n",
        ),
        ("compose.yml", "services:\n  a:\n    environment:\n      API_KEY: ${X:-SECRET}\n"),
        (
            "compose.yml",
            "services:\n  a:\n    command: redis-server --requirepass SECRET --port 1\n",
        ),
        ("compose.yml", "services:\n  a:\n    command: [redis-server, --requirepass, SECRET]\n"),
        ("compose.yml", "services:\n  a:\n    command: server --admin-password=SECRET\n"),
        (".env", "TOKEN=${OTHER:-SECRET}\n"),
        (".env", "# TOKEN=\"${OTHER:-SECRET}\"\n"),
    ];
    for (path, text) in cases {
        let text = text.replace("SECRET", "Wq8zLm2Rt5xKv9Np3");
        let snapshot = snapshot(&[(path, &text)]);
        let artifact = snapshot.artifact(path).unwrap();
        let masked = snapshot.masked_text(artifact).unwrap();
        assert!(!masked.contains("zLm2Rt5x"), "{masked}");
        assert_eq!(masked.len(), text.len(), "{masked}");
    }
}

#[test]
fn what_is_no_secret_is_shown() {
    let text = "services:\n  a:\n    command: redis-server --requirepass ${PW:?} --port ${PORT:-6379}\n    environment:\n      LOG: ${LOG:-info}\n";
    let snapshot = snapshot(&[("compose.yml", text)]);
    let artifact = snapshot.artifact("compose.yml").unwrap();
    assert_eq!(snapshot.masked_text(artifact).unwrap(), text);
}

#[test]
fn what_is_kept_with_a_snapshot_is_the_same_for_all_its_clones() {
    let first = snapshot(&[]);
    let second = first.clone();
    first.kept::<std::sync::Mutex<u8>>().lock().map(|mut value| *value = 7).expect("unpoisoned");
    assert_eq!(*second.kept::<std::sync::Mutex<u8>>().lock().expect("unpoisoned"), 7);
    assert_eq!(*second.kept::<u8>(), 0);
}
