//! Trees whose entries are bad: links, pipes, names, settings.

#![cfg(unix)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use seaworthy_model::NotificationKind::{Path, SettingsInvalid, SettingsUnused, Unreadable};

use crate::{BAD_LINE, Bench, Prepare, found, said_about, scan, told_of};

#[test]
fn links_are_not_followed() {
    let outside = Bench::with_good_file();
    outside.write("secret.env", BAD_LINE);
    let bench = Bench::with_good_file();
    bench.write("notes.txt", "NEXT_PUBLIC_API_SECRET_KEY=abc\n");
    let links = [
        (outside.path("good/.env"), "out/.env"),
        (outside.path("good"), "out/directory"),
        (outside.path("good/.env"), "out/unknown.bin"),
        (outside.path("secret.env"), ".gitignore"),
        (bench.path("good/.env"), "in/.env"),
        (bench.path("good"), "in/directory"),
        (bench.path("notes.txt"), "in/.env.production"),
        (bench.path("nowhere"), "dangling/.env"),
        (bench.path("loop/vercel.json"), "loop/vercel.json"),
        (bench.path("loop"), "loop/again"),
        (std::path::PathBuf::from(".."), "loop/parent"),
        (std::path::PathBuf::from("/"), "loop/root"),
        (std::path::PathBuf::from("/dev/zero"), "device/.env"),
    ];
    for (target, link) in links {
        std::fs::create_dir_all(bench.path(link).parent().unwrap()).unwrap();
        symlink(target, bench.path(link)).unwrap();
    }
    let result = bench.scan_with_good_file();
    assert_eq!(found(&result), ["good/.env:1"]);
    let told = told_of(&result, Path);
    let want = [
        ".gitignore",
        "dangling/.env",
        "device/.env",
        "in/.env.production",
        "loop/root",
        "loop/vercel.json",
        "out/.env",
        "out/directory",
    ];
    assert_eq!(told, want);
    assert!(said_about(&result, "out/.env").contains("leaves the audited root"));
    assert!(said_about(&result, "dangling/.env").contains("leads nowhere"));

    // The root itself may be one.
    let link = outside.path("link");
    symlink(bench.root(), &link).unwrap();
    assert_eq!(found(&scan(&seaworthy_engine::ScanOptions::new(link))), ["good/.env:1"]);
}

#[test]
fn what_is_no_plain_file_is_told_and_not_opened() {
    let bench = Bench::with_good_file();
    for pipe in [".env", "vercel.json"] {
        assert!(Command::new("mkfifo").arg(bench.path(pipe)).status().unwrap().success());
    }
    let _socket = UnixListener::bind(bench.path("package.json")).unwrap();
    for directory in ["a/vercel.json", "b/.env", "c/docker-compose.yml", "d/env", "e/.env"] {
        std::fs::create_dir_all(bench.path(directory)).unwrap();
    }
    bench.write("b/.env/.env.local", BAD_LINE);
    // A Python environment is somebody else's code.
    bench.write("e/.env/pyvenv.cfg", "home = /usr/bin\n");
    bench.write("e/.env/lib/.env.local", BAD_LINE);
    let scan = bench.scan_with_good_file();
    assert_eq!(found(&scan), ["b/.env/.env.local:1", "good/.env:1"]);
    assert_eq!(told_of(&scan, Unreadable), [".env", "package.json", "vercel.json"]);
    assert_eq!(told_of(&scan, Path), ["a/vercel.json", "b/.env", "c/docker-compose.yml"]);
}

#[test]
fn names_that_are_no_text_for_people() {
    let bench = Bench::with_good_file();
    let names: [&[u8]; 7] = [
        b"new\nline",
        b"\x1b[2Jescape",
        "left\u{202e}right".as_bytes(),
        b"caf\xE9",
        b"same\xFE",
        b"same\xFF",
        b" % ? # & ",
    ];
    for name in names {
        let directory = bench.root().join(OsStr::from_bytes(name));
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join(".env"), BAD_LINE).unwrap();
    }
    let scan = bench.scan_with_good_file();
    // Of the two that look the same, one is left out and told.
    assert_eq!(found(&scan).len(), names.len(), "{:?}", found(&scan));
    assert!(found(&scan).contains(&"caf\u{fffd}/.env:1".to_owned()));
    assert!(said_about(&scan, "caf\u{fffd}/.env").contains("not UTF-8"));
    assert!(said_about(&scan, "same\u{fffd}/.env").contains("another path looks the same"));
}

#[test]
fn paths_of_any_length() {
    let bench = Bench::with_good_file();
    let name = "d".repeat(200);
    bench.write(&format!("{}/.env", vec![&*name; 15].join("/")), BAD_LINE);
    // Deeper than a path may be long; only a shell gets there.
    let script = "cd good && for i in $(seq 40); do mkdir \"$0\" && cd \"$0\" || exit; done; \
                  echo A=1 > .env";
    let status =
        Command::new("bash").args(["-c", script, &name]).current_dir(bench.root()).status();
    assert!(status.unwrap().success());
    let scan = bench.scan_with_good_file();
    assert_eq!(found(&scan).len(), 2);
    assert!(!told_of(&scan, Unreadable).is_empty());
    let script = "cd good && rm -rf d*";
    assert!(Command::new("bash").args(["-c", script]).current_dir(bench.root()).status().is_ok());
}

#[test]
fn settings_that_cannot_be_read_end_in_exit_code_two() {
    let link = |bench: &Bench| symlink("/etc/hostname", bench.path("seaworthy.toml")).unwrap();
    let directory = |bench: &Bench| std::fs::create_dir(bench.path("seaworthy.toml")).unwrap();
    let write = |text: &'static [u8]| move |bench: &Bench| bench.write("seaworthy.toml", text);
    let large = |bench: &Bench| bench.write("seaworthy.toml", vec![b'#'; 2_000_000]);
    let cases: [(&str, Prepare<'_>); 6] = [
        ("link", &link),
        ("directory", &directory),
        ("binary", &write(b"\0\0\0")),
        ("large", &large),
        ("broken", &write(b"fail-on = [")),
        ("wrong", &write(b"fail-on = 3")),
    ];
    for (what, prepare) in cases {
        let bench = Bench::with_good_file();
        prepare(&bench);
        let scan = bench.scan_with_good_file();
        assert_eq!(scan.report.exit_code, 2, "{what}");
        assert!(told_of(&scan, SettingsInvalid).contains(&"seaworthy.toml"), "{what}");
    }
    // An inline ignore of nothing is no reason.
    let bench = Bench::new();
    bench.write(".env", "# seaworthy: ignore[no-such-rule]\nA=1\n");
    let scan = bench.scan();
    assert_eq!((scan.report.exit_code, told_of(&scan, SettingsInvalid)), (0, vec![".env"]));
}

#[test]
fn settings_reach_the_findings() {
    let bench = Bench::new();
    for directory in ["a", "b", "c", "d", "legacy"] {
        bench.write(&format!("{directory}/.env"), BAD_LINE);
    }
    bench.write(
        "seaworthy.toml",
        "exclude = [\"legacy/\", \"gone/\"]\n\
         [rules]\npublic-env-secret = \"low\"\n\
         [[ignore]]\nrules = [\"public-env-secret\"]\npaths = [\"/c/\"]\nreason = \"r\"\n\
         [[ignore]]\nrules = [\"public-env-secret\"]\npaths = [\"/x/\"]\n",
    );
    bench.write("b/seaworthy.toml", "rules.public-env-secret = \"critical\"\n");
    bench.write("d/seaworthy.toml", "rules.public-env-secret = \"off\"\n");
    let scan = bench.scan();
    assert_eq!(found(&scan), ["a/.env:1", "b/.env:1", "c/.env:1*"]);
    let severities: Vec<_> = scan
        .report
        .findings
        .iter()
        .filter(|finding| finding.rule.id == crate::RULE)
        .map(|finding| finding.severity.as_str())
        .collect();
    assert_eq!(severities, ["low", "critical", "low"]);
    let unused: Vec<_> = scan
        .report
        .notifications
        .iter()
        .filter(|told| told.kind == SettingsUnused)
        .map(|told| (told.position.unwrap().line, told.excerpt.as_deref().unwrap_or("")))
        .collect();
    assert_eq!(unused, [(1, "exclude = [\"legacy/\", \"gone/\"]"), (8, "[[ignore]]")]);
}
