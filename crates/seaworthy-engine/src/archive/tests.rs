//! Archives made by the git that is installed, and hostile ones made by hand.

use zlib_rs::{Deflate, DeflateFlush};

use super::*;
use crate::git::tests::Bench;
use crate::{ScanOptions, scan};

/// The members of an archive, with their texts, and what there is to say of it.
fn members(path: &str, bytes: &[u8]) -> (Vec<(String, String)>, Told) {
    let kind = kind_of(path).expect("an archive");
    let mut shown = Vec::new();
    let told = open(kind, path, bytes, &|path| !path.ends_with(".png"), &mut |path, bytes| {
        shown.push((path.to_owned(), String::from_utf8_lossy(bytes).into_owned()));
    });
    (shown, told)
}

fn names(path: &str, bytes: &[u8]) -> Vec<String> {
    members(path, bytes).0.into_iter().map(|(name, _)| name).collect()
}

fn deflated(bytes: &[u8], gzip: bool) -> Vec<u8> {
    let mut deflate = if gzip { Deflate::new(6, true, 31) } else { Deflate::new(6, false, 15) };
    let mut out = vec![0; bytes.len() + 1024];
    deflate.compress(bytes, &mut out, DeflateFlush::Finish).expect("compressible");
    out.truncate(usize::try_from(deflate.total_out()).expect("small"));
    out
}

struct Member<'m> {
    name: &'m str,
    data: &'m [u8],
    method: u16,
    encrypted: bool,
}

fn stored<'m>(name: &'m str, data: &'m [u8]) -> Member<'m> {
    Member { name, data, method: 0, encrypted: false }
}

fn zip(members: &[Member<'_>]) -> Vec<u8> {
    let u16 = |value: usize| u16::try_from(value).expect("small").to_le_bytes();
    let u32 = |value: usize| u32::try_from(value).expect("small").to_le_bytes();
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let mut shared = Vec::new();
        shared.extend(u16(usize::from(member.encrypted)));
        shared.extend(member.method.to_le_bytes());
        shared.extend([0; 8]);
        shared.extend(u32(member.data.len()));
        shared.extend(u32(member.data.len()));
        shared.extend(u16(member.name.len()));
        shared.extend(u16(0));
        directory.extend(b"PK\x01\x02\x14\0\x14\0");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend(u32(bytes.len()));
        directory.extend(member.name.as_bytes());
        bytes.extend(b"PK\x03\x04\x14\0");
        bytes.extend(&shared);
        bytes.extend(member.name.as_bytes());
        bytes.extend(member.data);
    }
    let start = bytes.len();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(u16(members.len()).repeat(2));
    bytes.extend(u32(directory.len()));
    bytes.extend(u32(start));
    bytes.extend(u16(0));
    bytes
}

fn tar(members: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, data) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
        header[156] = *kind;
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        bytes.extend(header);
        bytes.extend(*data);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

#[test]
fn archives_are_told_by_their_names() {
    let cases = [
        ("a.zip", Some(Kind::Zip)),
        ("dist/App.JAR", Some(Kind::Zip)),
        ("a.tar", Some(Kind::Tar)),
        ("a.tar.gz", Some(Kind::TarGz)),
        ("a.Tar.GZ", Some(Kind::TarGz)),
        ("a.tgz", Some(Kind::TarGz)),
        ("dump.sql.gz", Some(Kind::Gz)),
        ("tar.gz", Some(Kind::Gz)),
        ("zip", None),
        ("a.zip/b", None),
        ("a.js", None),
    ];
    for (path, want) in cases {
        assert_eq!(kind_of(path), want, "{path}");
    }
    assert_eq!(container("a/b.zip!/c/d"), "a/b.zip");
    assert_eq!(container("a/b.zip!/c.zip!/d"), "a/b.zip");
    assert_eq!(container("wow!/c.js"), "wow!/c.js");
}

#[test]
fn what_git_packs_is_read() {
    let bench = Bench::with_repository();
    let long = format!("{}/{}/c.txt", "d".repeat(90), "e".repeat(90));
    bench.commit(&[("a.txt", "first"), ("b/b.txt", &"second ".repeat(500)), (&long, "third")]);
    bench.commit(&[("picture.png", "fourth")]);
    for file in ["x.zip", "x.tar", "x.tar.gz"] {
        bench.git("r", &format!("archive -o ../{file} HEAD"));
        let bytes = std::fs::read(bench.path(file)).expect("an archive");
        let (shown, told) = members(file, &bytes);
        let want = [
            (format!("{file}!/a.txt"), "first".to_owned()),
            (format!("{file}!/b/b.txt"), "second ".repeat(500)),
            (format!("{file}!/{long}"), "third".to_owned()),
        ];
        assert_eq!(shown, want, "{file}");
        assert_eq!(told, Told::default(), "{file}");
        // Cut anywhere, it costs no more than what is behind the cut.
        for cut in (0..bytes.len()).step_by(bytes.len() / 50 + 1) {
            let (shown, _) = members(file, &bytes[..cut]);
            assert!(shown.len() <= 3, "{file} {cut}");
        }
    }
}

#[test]
fn a_compressed_file_is_shown_under_its_own_name() {
    let mut bytes = deflated(b"INSERT 1;", true);
    bytes.extend(deflated(b"INSERT 2;", true));
    let (shown, told) = members("db/dump.sql.gz", &bytes);
    assert_eq!(shown, [("db/dump.sql.gz!/dump.sql".to_owned(), "INSERT 1;INSERT 2;".to_owned())]);
    assert_eq!(told, Told::default());
    let (shown, told) = members("dump.sql.gz", &bytes[..bytes.len() - 12]);
    assert_eq!((shown.len(), told.damaged), (1, true));
    for no_archive in [&b"version https://git-lfs"[..], b"", b"\x1f\x8b"] {
        for path in ["a.gz", "a.tgz", "a.zip", "a.tar"] {
            assert_eq!(members(path, no_archive), (Vec::new(), Told::default()), "{path}");
        }
    }
}

#[test]
fn names_lead_nowhere_and_speak_to_no_terminal() {
    let cases = [
        ("a/b", "a/b"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\x\\y", "x/y"),
        ("./a//b/.", "a/b"),
        ("..", "unnamed"),
        ("a\u{1b}[2Jb\nc", "a\u{fffd}[2Jb\u{fffd}c"),
    ];
    for (name, want) in cases {
        assert_eq!(names("a.zip", &zip(&[stored(name, b"x")])), [format!("a.zip!/{want}")]);
    }
    let long = "ü".repeat(2_000);
    assert!(names("a.zip", &zip(&[stored(&long, b"x")]))[0].len() <= MAX_NAME + 8);
}

#[test]
fn members_that_cannot_be_read_are_counted() {
    let text = deflated(b"text", false);
    let bytes = zip(&[
        Member { name: "locked", data: b"????", method: 8, encrypted: true },
        Member { name: "lzma", data: b"????", method: 14, encrypted: false },
        Member { name: "broken", data: b"\xff\xff\xff\xff", method: 8, encrypted: false },
        stored("directory/", b""),
        Member { name: "good", data: &text, method: 8, encrypted: false },
    ]);
    let (shown, told) = members("a.zip", &bytes);
    assert_eq!(shown.last(), Some(&("a.zip!/good".to_owned(), "text".to_owned())));
    assert_eq!((told.encrypted, told.unsupported, told.damaged), (1, 1, true));
    // Something may stand before the archive and behind it.
    let (shown, _) = members("a.zip", &[b"#!/bin/sh\n", &bytes[..]].concat());
    assert_eq!(shown.last().map(|(_, text)| text.as_str()), Some("text"));
}

#[test]
fn archives_nest_to_a_depth() {
    let text = zip(&[stored("text", b"x")]);
    let inner = tar(&[("in/text.zip", b'0', &text), ("in/b", b'0', b"y")]);
    let outer = zip(&[stored("inner.tar", &inner), stored("c", b"z")]);
    let (shown, told) = members("o.zip", &outer);
    let shown: Vec<_> = shown.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(shown, ["o.zip!/inner.tar!/in/b", "o.zip!/c"]);
    assert!(told.cut, "the third layer is not opened");
    assert_eq!(names("x.tar", &inner), ["x.tar!/in/text.zip!/text", "x.tar!/in/b"]);
}

#[test]
fn links_directories_and_devices_in_tar_files_are_passed_over() {
    let bytes = tar(&[
        ("link", b'2', b""),
        ("directory", b'5', b""),
        ("device", b'3', b""),
        ("long", b'L', b"a/very/long/name\0"),
        ("cut", b'0', b"1"),
        ("long", b'x', b"21 path=other/name.x\n"),
        ("cut", b'0', b"2"),
        ("short", 0, b"3"),
    ]);
    assert_eq!(
        names("a.tar", &bytes),
        ["a.tar!/a/very/long/name", "a.tar!/other/name.x", "a.tar!/short"]
    );
}

#[test]
fn bombs_do_not_burst() {
    let zeros = deflated(&vec![0; 30 << 20], false);
    let many: Vec<_> =
        (0..40).map(|_| Member { name: "0", data: &zeros, method: 8, encrypted: false }).collect();
    // All members are the same bytes, as in the bombs that overlap.
    let (shown, told) = members("bomb.zip", &zip(&many));
    assert!(told.cut && shown.len() < 12, "{}", shown.len());
    let (_, told) = members("bomb.tgz", &deflated(&vec![0; 40 << 20], true));
    assert!(!told.bomb, "a tar file of zeros ends at once");
    let large = tar(&[("big", b'0', &vec![b'a'; 40 << 20]), ("next", b'0', b"x")]);
    let (shown, told) = members("bomb.tgz", &deflated(&large, true));
    assert!(told.bomb, "{}", shown.len());
    // A large text that is no bomb is read as far as the limit.
    let (shown, told) = members("large.tar", &large);
    assert_eq!((shown[0].1.len(), told.cut, told.bomb), (MAX_MEMBER_BYTES, true, false));
    assert_eq!(shown[1].0, "large.tar!/next");
    let small: Vec<_> = (0..MAX_MEMBERS + 5).map(|_| stored("a", b"")).collect();
    let (shown, told) = members("many.zip", &zip(&small));
    assert_eq!((shown.len(), told.cut), (MAX_MEMBERS, true));
}

#[test]
fn damaged_archives_end_and_never_panic() {
    let inner = deflated(&tar(&[("a", b'0', &[b'x'; 3000]), ("b", b'0', b"y")]), true);
    let whole = zip(&[stored("i.tgz", &inner), stored("b", b"text")]);
    let mut random = 99_u64;
    for file in ["a.zip", "a.tar", "a.tgz", "a.gz"] {
        let whole = match file {
            "a.zip" => whole.clone(),
            "a.tar" => tar(&[("w.zip", b'0', &whole), ("long", b'L', b"name")]),
            _ => deflated(&tar(&[("w.zip", b'0', &whole)]), true),
        };
        for _ in 0..1_000 {
            let mut broken = whole.clone();
            for _ in 0..4 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = (random >> 33) as usize % broken.len();
                broken[at] = if random & 1 == 0 { 0xff } else { (random >> 9) as u8 };
            }
            members(file, &broken);
        }
    }
}

#[test]
fn a_secret_in_an_archive_is_found_at_the_path_of_the_member() {
    let key = concat!("sk_", "live_", "51Kq8ZtRvWm3XbY7cPdLfHgJ");
    let text = format!("\nconst stripe = new Stripe('{key}');\n");
    let data = deflated(text.as_bytes(), false);
    let bytes = zip(&[
        Member { name: "src/pay.js", data: &data, method: 8, encrypted: false },
        stored("node_modules/x/pay.js", text.as_bytes()),
        Member { name: "locked.js", data: b"", method: 8, encrypted: true },
    ]);
    let bench = Bench::with_repository();
    bench.commit(&[("a", ""), (".gitignore", ".env\n")]);
    std::fs::write(bench.path("r/backup.zip"), bytes).expect("writable");
    let found = |options: &ScanOptions| {
        let report = scan(options).expect("the scan runs").report;
        assert!(!format!("{report:?}").contains(key), "the secret is masked");
        report
    };
    let mut options = ScanOptions::new(bench.path("r"));
    let report = found(&options);
    let [finding] = &report.findings[..] else { panic!("{:?}", report.findings) };
    assert_eq!(finding.location.artifact.as_str(), "backup.zip!/src/pay.js");
    assert_eq!((finding.location.start.line, finding.related.len()), (2, 0));
    assert!(finding.message.contains("inside an archive"), "{}", finding.message);
    let told: Vec<_> = report.notifications.iter().map(|n| n.message.as_str()).collect();
    assert_eq!(told, ["1 file of the archive needs a password and was not scanned"]);
    options.only = vec!["backup.zip".to_owned()];
    assert_eq!(found(&options).findings.len(), 1);
    options.only = vec!["a".to_owned()];
    assert!(found(&options).findings.is_empty());
    bench.git("r", "add -A");
    options = ScanOptions { view: crate::View::Index, ..ScanOptions::new(bench.path("r")) };
    assert_eq!(found(&options).findings.len(), 1);
    bench.write("r/seaworthy.toml", "exclude = [\"*.zip\"]\n");
    bench.git("r", "add -A");
    assert!(found(&ScanOptions::new(bench.path("r"))).findings.is_empty());
}
