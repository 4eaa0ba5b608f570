//! Overlays, filters, and that equal input gives equal reports.

use seaworthy_engine::ScanError;
use seaworthy_model::ArtifactPath;
use seaworthy_model::NotificationKind::{Encoding, SettingsUnused, TooLarge};

use crate::repository::git;
use crate::{BAD_LINE, Bench, found, said_about, scan, told_of};

fn overlay(path: &str, text: &str) -> (ArtifactPath, String) {
    (ArtifactPath::new(path), text.to_owned())
}

#[test]
fn buffers_are_laid_over_the_files() {
    let bench = Bench::with_good_file();
    bench.write("kept/.env", BAD_LINE);
    let mut options = bench.options();
    options.overlays = vec![
        overlay("good/.env", "A=1\n"),
        overlay("new/deep/.env", &format!("A=1\n{BAD_LINE}")),
        overlay("./dotted/../normal/.env", BAD_LINE),
    ];
    assert_eq!(found(&scan(&options)), ["kept/.env:1", "new/deep/.env:2", "normal/.env:1"]);
    // Settings and ignore files count as they are in the editor.
    options.overlays.push(overlay("kept/seaworthy.toml", "rules.public-env-secret = \"off\""));
    assert_eq!(found(&scan(&options)), ["new/deep/.env:2", "normal/.env:1"]);
    git(&bench, ".", "init -q");
    options.overlays.push(overlay(".gitignore", "kept/\n"));
    let state = scan(&options).snapshot;
    assert!(state.git().unwrap().is_ignored("kept/.env"));
    options.max_file_size = 10;
    assert!(told_of(&scan(&options), TooLarge).contains(&"new/deep/.env"));
}

#[test]
fn a_buffer_outside_the_root_is_refused() {
    let bench = Bench::with_good_file();
    for path in ["../x/.env", "a/../../.env", "/etc/passwd", "C:/x", "", ".", "a/.."] {
        let mut options = bench.options();
        options.overlays = vec![overlay(path, BAD_LINE)];
        let error = seaworthy_engine::scan(&options).unwrap_err();
        assert!(matches!(error, ScanError::Overlay { .. }), "{path}: {error}");
    }
}

#[test]
fn a_filter_leaves_out_findings_and_not_knowledge() {
    let bench = Bench::with_good_file();
    bench.write("a/.env", format!("{BAD_LINE}A=1 # seaworthy: ignore[public-env-secret]\n"));
    bench.write("ab/.env", BAD_LINE);
    let whole = bench.scan();
    assert_eq!(told_of(&whole, SettingsUnused), ["a/.env"]);
    let cases: [(&str, &[&str]); 7] = [
        ("a", &["a/.env:1"]),
        ("a/", &["a/.env:1"]),
        ("./a/.env", &["a/.env:1"]),
        ("a/.env/x", &[]),
        ("../a", &[]),
        ("", &["a/.env:1", "ab/.env:1", "good/.env:1"]),
        (".", &["a/.env:1", "ab/.env:1", "good/.env:1"]),
    ];
    for (only, want) in cases {
        let mut options = bench.options();
        options.only = vec![only.to_owned()];
        let scan = scan(&options);
        assert_eq!(found(&scan), want, "{only}");
        assert!(told_of(&scan, SettingsUnused).is_empty(), "{only}");
        assert_eq!(scan.report.statistics.artifacts, 3);
        // A finding is the same in every scan.
        for finding in &scan.report.findings {
            let same = |other: &&seaworthy_model::Finding| {
                other.fingerprint == finding.fingerprint && other.message == finding.message
            };
            assert!(whole.report.findings.iter().any(|other| same(&other)));
        }
    }
}

#[test]
fn an_ignore_file_in_utf16_ignores_nothing() {
    let bench = Bench::with_good_file();
    git(&bench, ".", "init -q");
    let text: Vec<u8> = "\u{feff}.env\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bench.write(".gitignore", text);
    let scan = bench.scan_with_good_file();
    assert!(!scan.snapshot.git().unwrap().is_ignored("good/.env"));
    assert!(told_of(&scan, Encoding).contains(&".gitignore"));
    assert!(said_about(&scan, ".gitignore").contains("git reads no UTF-16"));
}

#[test]
fn equal_trees_give_equal_reports() {
    let bench = Bench::with_good_file();
    for n in 0..40 {
        bench.write(&format!("d{n}/.env"), BAD_LINE.repeat(3));
        bench.write(&format!("d{n}/.env.production"), "JWT_SECRET=changeme\nDEBUG=true\n");
        bench.write(&format!("d{n}/vercel.json"), "{\"headers\": [");
        bench.write(
            &format!("d{n}/docker-compose.yml"),
            "services:\n  db:\n    image: postgres\n    ports: [\"5432:5432\"]\n    \
             environment:\n      POSTGRES_PASSWORD: postgres\n",
        );
        bench.write(&format!("d{n}/seaworthy.toml"), "exclude = [\"nothing\"]\n");
    }
    git(&bench, ".", "init -q");
    git(&bench, ".", "add d1 d2 d3");
    let first = format!("{:?}", bench.scan().report);
    for _ in 0..3 {
        assert!(first == format!("{:?}", bench.scan().report), "the reports differ");
    }
}
