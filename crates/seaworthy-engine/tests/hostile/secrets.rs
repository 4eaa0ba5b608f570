//! Files that are hard on secret detection: large, dense, deep, broken.

use std::fmt::Write as _;
use std::fs::File;

use seaworthy_engine::Scan;
use seaworthy_model::{Finding, NotificationKind};

use crate::{Bench, said_about, told_of};

/// The length of a piece in which large files are scanned.
const PIECE: usize = 4 << 20;

/// The same bytes in every run, without an order that anything could go by.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() & 0xFF) as u8).collect()
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.next() % alphabet.len()])).collect()
    }
}

/// What all tokens begin with.
const PREFIX: &str = concat!("glp", "at-");

/// A token of a form that is found by itself, another for every number.
fn token(number: u64) -> String {
    let alphabet = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut noise = Noise(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..8 {
        noise.next();
    }
    format!("{PREFIX}{}", noise.text(alphabet, 20))
}

/// The findings about secrets in a file.
fn leaks<'s>(scan: &'s Scan, path: &str) -> Vec<&'s Finding> {
    let of_path =
        |found: &&Finding| found.leak.is_some() && found.location.artifact.as_str() == path;
    scan.report.findings.iter().filter(of_path).collect()
}

/// Where secrets of a file are: line and column.
fn places(scan: &Scan, path: &str) -> Vec<(u32, u32)> {
    let place = |found: &Finding| (found.location.start.line, found.location.start.column);
    leaks(scan, path).into_iter().map(place).collect()
}

/// Sees to it that nothing that the report shows has one of the secrets in it.
fn shows_none(scan: &Scan, secrets: &[String]) {
    let said = format!("{:?}", scan.report);
    for (at, _) in said.match_indices(PREFIX) {
        let shown = said.get(at..at + PREFIX.len() + 20).unwrap_or("");
        let number = secrets.iter().position(|secret| secret == shown);
        assert_eq!(number, None, "a secret is shown");
    }
}

fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte))
            << (8 * (3 - group.len()));
        for index in 0..4 {
            let sextet = (bits >> (18 - 6 * index)) as usize & 63;
            text.push(if index <= group.len() { char::from(alphabet[sextet]) } else { '=' });
        }
    }
    text
}

#[test]
fn random_bytes() {
    let bench = Bench::with_good_file();
    let mut noise = Noise(0x5EA);
    let names =
        ["a.ts", "a.py", "a.yml", "a.json", "a.xml", "a.sh", "a.sql", "a.md", ".npmrc", ".netrc"];
    for (number, name) in names.into_iter().enumerate() {
        let mut bytes = noise.bytes(100_000);
        // Most of them without what makes a file binary; some of ASCII alone.
        if number % 3 > 0 {
            bytes.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b'=');
        }
        if number % 3 > 1 {
            bytes.iter_mut().for_each(|byte| *byte = (*byte & 0x7F).max(9));
        }
        bench.write(&format!("random/{name}"), bytes);
    }
    bench.scan_with_good_file();
}

#[test]
fn a_sparse_file_is_binary_by_its_beginning() {
    let bench = Bench::with_good_file();
    File::create(bench.path("disk.txt")).unwrap().set_len(2 << 30).unwrap();
    let scan = bench.scan_with_good_file();
    assert_eq!(said_about(&scan, "disk.txt"), "");
    assert_eq!(scan.snapshot.artifact("disk.txt").map(|file| scan.snapshot.text(file)), Some(None));
}

#[test]
fn a_line_of_many_pieces() {
    let length = 24 << 20;
    let mut line = "f(1);g(2);".repeat(length / 10);
    // Across the end of the first piece, and the beginning of the second.
    let spots = [PIECE - 12, 2 * PIECE - (128 << 10) - 10, 3 * PIECE, length - 100];
    let secrets: Vec<String> = (0..).take(spots.len()).map(token).collect();
    for (spot, secret) in spots.into_iter().zip(&secrets) {
        let quoted = format!("\"{secret}\"");
        line.replace_range(spot..spot + quoted.len(), &quoted);
    }
    let end = token(99);
    line.push_str(&end);
    let bench = Bench::with_good_file();
    bench.write("bundle.js", format!("// é\n{line}"));
    let scan = bench.scan_with_good_file();
    let mut want: Vec<(u32, u32)> =
        spots.map(|spot| (2, u32::try_from(spot + 2).unwrap())).to_vec();
    want.push((2, u32::try_from(line.len() - end.len() + 1).unwrap()));
    assert_eq!(places(&scan, "bundle.js"), want);
    for found in leaks(&scan, "bundle.js") {
        let shown = found.location.context.as_ref().map_or(0, |context| context.text.len());
        assert!((1..10_000).contains(&shown), "{shown} bytes");
    }
    shows_none(&scan, &secrets);
}

#[test]
fn lines_of_many_pieces() {
    let bench = Bench::with_good_file();
    let filler = "let a = b(c, \"d\");\n";
    let mut text = filler.repeat(6 * PIECE / 5 / filler.len());
    let secret = token(3);
    let lines = text.len() / filler.len();
    let _ = write!(text, "  \"{secret}\"\r\n{}", filler.repeat(50_000));
    // Bytes that are no UTF-8 move nothing.
    let mut bytes = text.into_bytes();
    bytes[9] = 0xE9;
    bench.write("bundle.js", bytes);
    let scan = bench.scan_with_good_file();
    assert_eq!(places(&scan, "bundle.js"), [(u32::try_from(lines + 1).unwrap(), 4)]);
    shows_none(&scan, &[secret]);
}

#[test]
fn encodings_within_encodings() {
    let bench = Bench::with_good_file();
    let plain = format!("{{\"user\": \"ann\", \"token\": \"{}\"}}", token(4));
    let mut encoded = plain.clone();
    for depth in 1..=12 {
        encoded = base64(format!("v: {encoded}").as_bytes());
        bench.write(&format!("base64/{depth}.txt"), format!("data: {encoded}\n"));
    }
    let mut percent = format!("q={}", plain.replace('"', "%22").replace(' ', "%20"));
    for depth in 1..=12 {
        bench.write(&format!("percent/{depth}.txt"), format!("https://h.example/?{percent}\n"));
        percent = percent.replace('%', "%25");
    }
    let mut escaped = plain.clone();
    for depth in 1..=12 {
        escaped = escaped.replace('\\', "\\\\").replace('"', "\\\"");
        bench.write(&format!("json/{depth}.json"), format!("{{\"v\": \"{escaped}\"}}\n"));
    }
    // The same deep, a hundred thousand times.
    bench.write("many.txt", format!("{}\n", "%25".repeat(400_000)));
    bench.write("wide.txt", format!("{}\n", "%2522a%3Db%26 ".repeat(50_000)));
    bench.write("back.txt", format!("\"{}\"\n", "\\".repeat(500_000)));
    bench.write("marks.html", format!("{}\n", "&amp;quot;&quot;".repeat(50_000)));
    let scan = bench.scan_with_good_file();
    // The same secret is told once; it is there, whichever file it is told of.
    let told = scan.report.findings.iter().filter(|found| found.leak.is_some());
    assert!(told.count() >= 1);
    shows_none(&scan, &[token(4)]);
}

#[test]
fn runs_that_turn_out_to_be_no_text() {
    // Each line begins as a text does, and all of them together are none.
    let mut noise = Noise(0xB64);
    let mut text = String::new();
    for _ in 0..20_000 {
        let line = [&b"password: is no secret, b"[..24], &noise.bytes(33)].concat();
        let _ = writeln!(text, "{}", base64(&line));
    }
    let bench = Bench::with_good_file();
    bench.write("notes.txt", format!("{text}.\n{}\n", token(5)));
    let scan = bench.scan_with_good_file();
    assert_eq!(places(&scan, "notes.txt"), [(20_002, 1)]);
}

#[test]
fn more_candidates_than_anybody_reads() {
    let bench = Bench::with_good_file();
    let mut tokens = String::new();
    for number in 0..20_000 {
        let _ = writeln!(tokens, "{}", token(number));
    }
    bench.write("a/tokens.txt", tokens);
    let anchors = "password=; api_key: secret_token=\"\" https://u:@h eyJ ";
    bench.write("a/words.js", anchors.repeat(40_000));
    bench.write("a/close.txt", PREFIX.repeat(300_000));
    bench.write("a/keys.txt", concat!("-----BEGIN ", "PRIVATE KEY-----\n").repeat(40_000));
    bench.write("a/hashes.txt", "$2b$12$".repeat(100_000));
    bench.write("b/other.txt", format!("{}\n", token(1_000_000)));
    let scan = bench.scan_with_good_file();
    assert_eq!(told_of(&scan, NotificationKind::LimitReached), ["a/tokens.txt"]);
    let found = leaks(&scan, "a/tokens.txt");
    assert!((500..=1_100).contains(&found.len()), "{}", found.len());
    assert_eq!(places(&scan, "b/other.txt"), [(1, 1)]);
    // What was left out stands beside what is told, and is not shown either.
    let others: Vec<String> = (900..1_100).map(token).collect();
    shows_none(&scan, &others);
}

#[test]
fn secrets_of_many_kinds_in_one_text() {
    // Below the limit of each, and many together.
    let bench = Bench::with_good_file();
    let mut text = String::new();
    let alphabet = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut noise = Noise(0x217);
    for number in 0..900 {
        let (name, value) = (noise.text(b"abcdefgh", 5), noise.text(alphabet, 24));
        let _ = writeln!(text, "{name}_password = \"{value}\"");
        let _ = writeln!(text, "url = \"postgres://app:{value}x@db.{name}.net/a\"");
        let _ = writeln!(text, "curl -u {name}:{value}y https://{name}.net/");
        let _ = writeln!(text, "{}", token(number));
    }
    bench.write("deploy/setup.py", text);
    let scan = bench.scan_with_good_file();
    assert!(leaks(&scan, "deploy/setup.py").len() > 1_000);
}

#[test]
fn bytes_that_are_no_text_within_and_beside_a_secret() {
    let secret = token(6);
    let (head, tail) = secret.split_at(12);
    let bench = Bench::with_good_file();
    let within = [head.as_bytes(), b"\xFF\xC3", tail.as_bytes(), b"\n"].concat();
    bench.write("within.py", [b"x = 1\ny = '", &within[..]].concat());
    for (number, beside) in [&b"\xFF"[..], b"\xC3", b"\xE2\x82", b"\xF0\x9F\x98"].iter().enumerate()
    {
        let secret = token(60 + number as u64);
        let line = [b"key = '", *beside, secret.as_bytes(), *beside, b"'\n"].concat();
        bench.write(&format!("beside{number}.py"), line);
    }
    let mut cut = token(70).into_bytes();
    cut.extend(b"\xE2\x82");
    bench.write("end.txt", cut);
    let scan = bench.scan_with_good_file();
    assert_eq!(leaks(&scan, "within.py").len(), 0);
    for number in 0..4 {
        let found = leaks(&scan, &format!("beside{number}.py"));
        assert_eq!(found.len(), 1, "{number}");
        assert_eq!(found[0].location.start.line, 1);
    }
    assert_eq!(places(&scan, "end.txt"), [(1, 1)]);
}

#[test]
fn line_ends_of_all_times() {
    let bench = Bench::with_good_file();
    for (name, end) in [("cr", "\r"), ("lf", "\n"), ("crlf", "\r\n")] {
        let secret = token(u64::from(end.as_bytes()[0]) * 10 + end.len() as u64);
        let lines = ["# one", "a: 1", "", &format!("  key: {secret}"), "b: 2", ""];
        bench.write(&format!("{name}.yml"), lines.join(end));
    }
    let scan = bench.scan_with_good_file();
    for name in ["cr.yml", "lf.yml", "crlf.yml"] {
        assert_eq!(places(&scan, name), [(4, 8)], "{name}");
    }
}

#[test]
fn nuls_behind_the_beginning_make_no_binary() {
    let bench = Bench::with_good_file();
    let filler = "-- a comment of a dump\n".repeat(400);
    assert!(filler.len() > 8_000);
    bench.write("dump.sql", format!("{filler}\0\0\0\n{}\0\n\0", token(8)));
    bench.write("binary.sql", format!("\0{filler}{}\n", token(9)));
    let scan = bench.scan_with_good_file();
    assert_eq!(places(&scan, "dump.sql"), [(402, 1)]);
    assert_eq!(leaks(&scan, "binary.sql").len(), 0);
}

#[test]
fn text_of_two_bytes_a_character() {
    let bench = Bench::with_good_file();
    for (number, (name, mark, unit)) in [
        ("le", "\u{feff}", u16::to_le_bytes as fn(u16) -> [u8; 2]),
        ("be", "\u{feff}", u16::to_be_bytes),
        ("le-bare", "", u16::to_le_bytes),
        ("be-bare", "", u16::to_be_bytes),
    ]
    .into_iter()
    .enumerate()
    {
        let text = format!("{mark}# é\r\n$key = \"{}\"\r\n", token(80 + number as u64));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
        bench.write(&format!("{name}.ps1"), bytes);
    }
    let scan = bench.scan_with_good_file();
    for name in ["le", "be", "le-bare", "be-bare"] {
        assert_eq!(places(&scan, &format!("{name}.ps1")), [(2, 9)], "{name}");
    }
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_not_read() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let outside = Bench::new();
    outside.write("notes.txt", token(10));
    let bench = Bench::with_good_file();
    std::fs::create_dir(bench.path("in")).unwrap();
    symlink(outside.path("notes.txt"), bench.path("in/notes.txt")).unwrap();
    symlink(outside.root(), bench.path("in/tree")).unwrap();
    symlink("/dev/zero", bench.path("in/zero.txt")).unwrap();
    symlink(bench.path("in"), bench.path("in/again")).unwrap();
    let pipe = bench.path("in/secrets.yml");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    std::fs::create_dir(bench.path("socket")).unwrap();
    let _socket = UnixListener::bind(bench.path("socket/secrets.yml")).unwrap();
    let scan = bench.scan_with_good_file();
    let of_good = |found: &Finding| found.location.artifact.as_str() == "good/.env";
    assert!(scan.report.findings.iter().all(of_good), "{:?}", scan.report.findings);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_told() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    let bench = Bench::with_good_file();
    bench.write("locked.txt", token(11));
    bench.write("directory/notes.txt", token(12));
    for path in ["locked.txt", "directory"] {
        set_permissions(bench.path(path), Permissions::from_mode(0o0)).unwrap();
    }
    // Whoever is root reads all of it.
    let root = File::open(bench.path("locked.txt")).is_ok();
    let scan = bench.scan_with_good_file();
    let told = told_of(&scan, NotificationKind::Unreadable);
    set_permissions(bench.path("directory"), Permissions::from_mode(0o700)).unwrap();
    if !root {
        assert_eq!(told, ["directory", "locked.txt"]);
    }
}

#[test]
fn one_secret_ten_thousand_times() {
    let bench = Bench::with_good_file();
    let secret = token(13);
    bench.write("lines.js", format!("f('{secret}');\n").repeat(10_000));
    let other = token(14);
    bench.write("line.js", format!("f('{other}');").repeat(10_000));
    let scan = bench.scan_with_good_file();
    for path in ["lines.js", "line.js"] {
        let found = leaks(&scan, path);
        assert_eq!(found.len(), 1, "{path}");
        assert!((1..=20).contains(&found[0].related.len()), "{path}");
    }
    shows_none(&scan, &[secret, other]);
}

#[test]
fn a_thousand_secrets_in_one_line() {
    let secrets: Vec<String> = (0..1_500).map(|number| token(2_000 + number)).collect();
    let line: String = secrets.iter().map(|secret| format!("f('{secret}');")).collect();
    let bench = Bench::with_good_file();
    bench.write("bundle.js", line);
    let scan = bench.scan_with_good_file();
    assert_eq!(leaks(&scan, "bundle.js").len(), 1_000);
    shows_none(&scan, &secrets);
}
