//! Files whose content is bad.

use std::fmt::Write as _;
use std::fs::File;

use seaworthy_model::NotificationKind::{self, Binary, Encoding, Malformed, TooLarge, Unreadable};

use crate::{BAD_LINE, Bench, found, said_about, told_of};

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn encodings_line_ends_and_binaries() {
    let with_mark = format!("\u{feff}{BAD_LINE}");
    let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4665\nsize 12345\n";
    // The bytes, what is told of them, and whether the finding is there.
    let cases: Vec<(&str, Vec<u8>, Option<NotificationKind>, bool)> = vec![
        ("le/.env", utf16(&with_mark, u16::to_le_bytes), Some(Encoding), true),
        ("be/.env", utf16(&with_mark, u16::to_be_bytes), Some(Encoding), true),
        ("le-bare/.env", utf16(BAD_LINE, u16::to_le_bytes), Some(Encoding), true),
        ("be-bare/.env", utf16(BAD_LINE, u16::to_be_bytes), Some(Encoding), true),
        ("latin/.env", [BAD_LINE.as_bytes(), b"NAME=caf\xE9\n"].concat(), Some(Encoding), true),
        ("mark/.env", with_mark.clone().into_bytes(), None, true),
        ("crlf/.env", BAD_LINE.replace('\n', "\r\n").into_bytes(), None, true),
        ("cr/.env", BAD_LINE.replace('\n', "\r").into_bytes(), None, true),
        ("late/.env", [BAD_LINE.as_bytes(), &[b'#'; 8_000], b"\0\n"].concat(), None, true),
        ("elf/.env", b"\x7fELF\x02\x01\x01\0\0\0".to_vec(), Some(Binary), false),
        ("zero/.env", vec![0; 5_000], Some(Binary), false),
        ("png/vercel.json", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), Some(Binary), false),
        ("wide/.env", b"\xFF\xFE\0\0N\0\0\0".to_vec(), Some(Binary), false),
        ("lfs/.env", lfs.as_bytes().to_vec(), Some(Unreadable), false),
        ("empty/.env", Vec::new(), None, false),
        ("empty/vercel.json", Vec::new(), Some(Malformed), false),
        ("cut/vercel.json", b"{\"headers\": [{\"source\": \"/\"".to_vec(), Some(Malformed), false),
        ("cut/package.json", b"{\"name\": \"x".to_vec(), Some(Malformed), false),
        (
            "cut/docker-compose.yml",
            b"services:\n  a:\n    image: \"x".to_vec(),
            Some(Malformed),
            false,
        ),
        (
            "cut/package-lock.json",
            b"{\"lockfileVersion\": 3, \"packages\": {\"\"".to_vec(),
            None,
            false,
        ),
        ("cut/pnpm-lock.yaml", b"lockfileVersion: '9.0'\npackages:\n  'a@".to_vec(), None, false),
        ("cut/Cargo.lock", b"version = 4\n[[package]]\nname = \"".to_vec(), None, false),
        ("cut/yarn.lock", b"a@^1:\n  version \"".to_vec(), None, false),
    ];
    let bench = Bench::with_good_file();
    for (path, bytes, ..) in &cases {
        bench.write(path, bytes);
    }
    let scan = bench.scan_with_good_file();
    let found = found(&scan);
    for (path, _, want, judged) in &cases {
        for kind in [Binary, Encoding, Malformed, Unreadable, TooLarge] {
            let told = told_of(&scan, kind).contains(path);
            assert_eq!(told, *want == Some(kind), "{path}: {kind:?}: {}", said_about(&scan, path));
        }
        assert_eq!(found.contains(&format!("{path}:1")), *judged, "{path}: {found:?}");
    }
    assert!(said_about(&scan, "zero/.env").contains("a NUL at byte 0"));
}

#[test]
fn files_beyond_the_limit_are_told_and_not_read() {
    let bench = Bench::with_good_file();
    let names = [".env", ".gitignore", "docker-compose.yml", "package-lock.json", "vercel.json"];
    for name in names {
        // Sparse: it takes no room on the disk.
        File::create(bench.path(name)).unwrap().set_len(100 * 1024 * 1024).unwrap();
    }
    let scan = bench.scan_with_good_file();
    assert_eq!(told_of(&scan, TooLarge), names);
    assert_eq!(said_about(&scan, ".env"), "104857600 bytes exceed the limit of 33554432 bytes");
}

#[test]
fn nesting_without_end() {
    let deep = 100_000;
    let json = format!("{{\"a\": {}", "[".repeat(deep));
    let objects = "{\"a\":".repeat(deep);
    let closed = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    let mut indented = String::from("services:\n");
    for depth in 0..1_000 {
        let _ = writeln!(indented, "{}a:", " ".repeat(depth));
    }
    let cases = [
        ("a/vercel.json", json.clone()),
        ("b/vercel.json", objects.clone()),
        ("c/package.json", closed.clone()),
        ("d/package-lock.json", objects),
        ("e/docker-compose.yml", format!("services: {}", "[".repeat(deep))),
        ("f/docker-compose.yml", format!("services:\n  a:\n    image: x\n    command: {closed}\n")),
        ("g/docker-compose.yml", format!("services:\n{}", "- ".repeat(deep))),
        ("h/docker-compose.yml", indented),
        ("i/docker-compose.yml", "{a: ".repeat(deep)),
        ("j/pnpm-lock.yaml", format!("packages: {}", "{a: ".repeat(deep))),
        ("k/Cargo.lock", format!("a = {}", "[".repeat(deep))),
        ("l/Cargo.lock", format!("a = {}", "{a = ".repeat(deep))),
        ("m/Cargo.lock", format!("[{}b]", "a.".repeat(deep))),
        ("n/.env", format!("A={}", "${B:-".repeat(deep))),
    ];
    let bench = Bench::with_good_file();
    for (path, text) in &cases {
        bench.write(path, text);
    }
    let scan = bench.scan_with_good_file();
    for path in ["a/vercel.json", "b/vercel.json", "c/package.json", "f/docker-compose.yml"] {
        assert!(
            told_of(&scan, Malformed).contains(&path),
            "{path} {:?}",
            scan.report.notifications
        );
    }
}

#[test]
fn aliases_that_multiply() {
    let mut bomb = String::from("x-a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..30 {
        let _ = writeln!(bomb, "x-a{n}: &a{n} [{}]", vec![format!("*a{}", n - 1); 9].join(", "));
    }
    bomb.push_str("services:\n  web:\n    image: x\n    environment: *a29\n    ports: *a29\n");
    let mut merges = String::from("x-m0: &m0 {k: v}\n");
    for n in 1..30 {
        let of = vec![format!("*m{}", n - 1); 9].join(", ");
        let _ = writeln!(merges, "x-m{n}: &m{n} {{<<: [{of}], k{n}: v}}");
    }
    merges.push_str("services:\n  web:\n    image: x\n    environment:\n      <<: *m29\n");
    let own = "services: &s\n  web:\n    image: x\n    environment: *s\n    depends_on: *s\n";
    let bench = Bench::with_good_file();
    for (path, text) in [("a", &*bomb), ("b", &merges), ("c", own)] {
        bench.write(&format!("{path}/docker-compose.yml"), text);
    }
    bench.scan_with_good_file();
}

#[test]
fn many_lines_and_long_lines() {
    let bench = Bench::with_good_file();
    let mut lines = String::from(BAD_LINE);
    for n in 0..MANY {
        let _ = writeln!(lines, "A{n}=1");
    }
    bench.write("lines/.env", lines);
    bench.write("line/.env", format!("{BAD_LINE}A={}\n", "x y ".repeat(LENGTH / 4)));
    bench.write("line/vercel.json", format!("{{\"name\": \"{}\"}}", "x".repeat(LENGTH)));
    let scan = bench.scan_with_good_file();
    assert!(found(&scan).contains(&"lines/.env:1".to_owned()));
    assert!(found(&scan).contains(&"line/.env:1".to_owned()));
    // A report of a file with long lines is itself no longer than its windows.
    for finding in &scan.report.findings {
        let shown = finding.location.context.as_ref().map_or(0, |context| context.text.len());
        assert!(shown < 100_000, "{}: {shown} bytes", finding.location.artifact);
    }
}

/// As many as a debug build reads in a second; the time is linear in both.
const MANY: usize = 30_000;
const LENGTH: usize = 10_000_000;

#[test]
fn a_thousand_env_files_in_one_directory() {
    let bench = Bench::with_good_file();
    std::fs::create_dir(bench.path("many")).unwrap();
    for n in 0..1_000 {
        std::fs::write(bench.path(&format!("many/.env.{n}")), BAD_LINE).unwrap();
    }
    let scan = bench.scan_with_good_file();
    assert_eq!(found(&scan).len(), 1_001);
}
