//! `cargo xtask bench --linear`: what reads the files of others takes time in
//! proportion to their length, also where they were written to make it slow.
//!
//! Each case is a text of some pieces and one of four times as many; the time may
//! grow a little more than fourfold, for caches, never sixteenfold. It is the time of
//! the processor that counts, so that other work of the machine disturbs little.
//!
//! The one step at which what was built no longer fits into the caches, or into the
//! memory that the allocator holds, costs more than that in itself. What grows too
//! much is therefore measured again from the longer text on: the step is behind it
//! there, while what is not linear grows as before.

use std::hint::black_box;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use seaworthy_analysis::roles::file_role;
use seaworthy_detectors::{File, Scanner, Scratch, embedded, leaks_of};
use seaworthy_formats::compose::{ComposeFile, Project};
use seaworthy_formats::lockfile::{Lockfile, LockfileKind};
use seaworthy_model::ArtifactPath;
use seaworthy_syntax::env::EnvFile;
use seaworthy_syntax::{json, toml, yaml};

/// How much longer four times the text may take.
const MOST: f64 = 6.0;

/// The size of the shorter text in bytes, about.
const SIZE: usize = 256 << 10;

/// How often a case is measured, at most: noise only ever adds.
const ROUNDS: usize = 15;

/// A case: what reads, and the text of a number of pieces.
struct Case<'c> {
    name: String,
    read: &'c dyn Fn(&str),
    text: Box<dyn Fn(usize) -> String>,
    pieces: usize,
}

/// Measures all cases whose names have `wanted` in them; whether all are linear.
pub(super) fn run(wanted: &str) -> anyhow::Result<bool> {
    let scanner = Scanner::new(&[embedded()]);
    let scan_as = |path: &str, text: &str| {
        let file = File::new(path, file_role(path, None));
        black_box(leaks_of(&scanner, text, &file, &mut Scratch::default()));
    };
    let (one_line, config) =
        (|text: &str| scan_as("a.js", text), |text: &str| scan_as("a.yaml", text));
    let mut cases = parsers();
    for piece in HOSTILE {
        for (file, scan) in [("a.js", &one_line as &dyn Fn(&str)), ("a.yaml", &config)] {
            cases.push(Case {
                name: format!("secrets of {file}, {piece:?} repeated"),
                read: scan,
                text: Box::new(|count| piece.repeat(count)),
                pieces: SIZE / piece.len(),
            });
        }
    }
    cases.retain(|case| case.name.contains(wanted));
    let mut good = true;
    let mut worst: (f64, String) = (0.0, String::new());
    let count = cases.len();
    for case in cases {
        let (mut once, mut ratio) = measured(&case, case.pieces)?;
        if ratio > MOST {
            (once, ratio) = measured(&case, 4 * case.pieces)?;
        }
        if ratio > MOST {
            let took = super::milliseconds(once);
            crate::say(&format!("  not linear: {}: {took}, then {ratio:.1} times that", case.name));
            good = false;
        }
        if ratio > worst.0 {
            worst = (ratio, case.name);
        }
    }
    let (ratio, name) = worst;
    crate::say(&format!(
        "linear: {count} cases; four times the text takes at most {ratio:.1} times as long ({name})"
    ));
    Ok(good)
}

/// What is repeated to make the scan slow: literals of finders and detectors, the
/// beginnings of what never ends, and what hides more of the same.
const HOSTILE: &[&str] = &[
    "password=",
    "password: ",
    "\"password\":",
    "secret_key_token_",
    "eyJ",
    "eyJhbGciOiJ.",
    "://",
    "a://b:",
    "https://user:",
    "@",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\\n",
    "%22",
    "%2522",
    "\\u0022",
    "&quot;",
    "\"",
    "'",
    "`",
    "\\\"",
    "\\",
    "(",
    "{",
    "[",
    "<",
    "Authorization: Basic ",
    "Bearer ",
    "curl -u ",
    "IDENTIFIED BY ",
    "INSERT INTO users (password) VALUES (",
    "$2a$10$",
    "$6$",
    "\"kty\":\"RSA\",\"d\":",
    "QUJDREVGR0hJSktM",
    "AKIA",
    "ghp_",
    "sk-",
    "xoxb-",
    "a",
    "A1",
    "=",
    "key=\"' + ",
    "key = \"a\" +\n",
    "<password>",
    "${password:-",
    "\u{e9}",
];

/// The parsers, over texts as they are and over some that are nothing but opened.
fn parsers() -> Vec<Case<'static>> {
    let mut cases = Vec::new();
    let mut add = |name: &str,
                   read: &'static dyn Fn(&str),
                   head: &'static str,
                   piece: fn(usize) -> String,
                   tail: &'static str| {
        cases.push(Case {
            name: name.to_owned(),
            read,
            text: Box::new(move |count| {
                let body: String = (0..count).map(piece).collect();
                format!("{head}{body}{tail}")
            }),
            pieces: SIZE / piece(1000).len(),
        });
    };
    add("env", &read_env, "", |n| format!("KEY_{n}=\"value {n}\"\n"), "");
    add("env, references", &read_env, "", |n| format!("K{n}=${{K{}:-x}}\n", n / 2), "");
    add("env, quotes", &read_env, "", |_| "A='\nB=\"\n".to_owned(), "");
    add("json", &read_json, "{", |n| format!("\"k{n}\": [{n}, \"v\"],\n"), "\"z\": 0}");
    add("json, one key", &read_json, "{", |_| "\"k\": 1,".to_owned(), "\"k\": 0}");
    add("json, opened", &read_json, "", |_| "[{\"a\":".to_owned(), "");
    add("json, quotes", &read_json, "", |_| "\"".to_owned(), "");
    add("yaml", &read_yaml, "", |n| format!("k{n}:\n  - {n}\n  - v: \"x\"\n"), "");
    add("yaml, one key", &read_yaml, "", |_| "k: 1\n".to_owned(), "");
    add("yaml, one line", &read_yaml, "", |_| "{a: [".to_owned(), "");
    add("yaml, aliases", &read_yaml, "a: &a [1]\nb:\n", |_| "  - *a\n".to_owned(), "");
    add("yaml, anchors", &read_yaml, "", |n| format!("- &a{n} {{<<: *a{}}}\n", n / 2), "");
    add("toml", &read_toml, "", |n| format!("[t{n}]\nk = [{n}, \"v\"]\n"), "");
    add("toml, one table", &read_toml, "", |_| "[[a.b]]\nk.l = 1\n".to_owned(), "");
    add("toml, opened", &read_toml, "a = ", |_| "[{b=".to_owned(), "");
    add("toml, keys", &read_toml, "[a]\n", |n| format!("k{n} = 1\n"), "");
    add(
        "lockfile",
        &read_npm,
        "{\"lockfileVersion\": 3, \"packages\": {\"\": {}",
        |n| {
            format!(
                ",\n\"node_modules/p{n}\": {{\"version\": \"1.0.{n}\", \"resolved\": \
             \"https://registry.example/p{n}/-/p{n}.tgz\", \"dependencies\": {{\"p{}\": \"1\"}}}}",
                n / 2
            )
        },
        "}}",
    );
    add(
        "lockfile of yarn",
        &read_yarn,
        "# yarn lockfile v1\n\n",
        |n| {
            format!(
                "p{n}@^1.0.0:\n  version \"1.0.{n}\"\n  dependencies:\n    p{} \"^1.0.0\"\n\n",
                n / 2
            )
        },
        "",
    );
    add(
        "Compose file",
        &read_compose,
        "services:\n",
        |n| {
            format!(
                "  s{n}:\n    image: i:{n}\n    ports: [\"{n}:80\"]\n    depends_on: [s{}]\n    \
             environment:\n      A: ${{B:-{n}}}\n",
                n / 2
            )
        },
        "",
    );
    add(
        "Compose file, extends",
        &read_compose,
        "services:\n",
        |n| format!("  s{n}:\n    image: i\n    extends: {{service: s{}}}\n", n.saturating_sub(1)),
        "",
    );
    cases
}

fn read_env(text: &str) {
    black_box(EnvFile::parse(text));
}

fn read_json(text: &str) {
    black_box(json::parse(text));
}

fn read_yaml(text: &str) {
    black_box(yaml::parse(text));
}

fn read_toml(text: &str) {
    black_box(toml::parse(text));
}

fn read_npm(text: &str) {
    black_box(Lockfile::read(LockfileKind::Npm, text));
}

fn read_yarn(text: &str) {
    black_box(Lockfile::read(LockfileKind::YarnClassic, text));
}

fn read_compose(text: &str) {
    let file = ComposeFile::parse(text);
    black_box(Project::single(ArtifactPath::new("compose.yaml"), &file));
}

/// How long a text of so many pieces takes, and how many times as long one of four
/// times as many.
fn measured(case: &Case<'_>, pieces: usize) -> anyhow::Result<(Duration, f64)> {
    let (short, long) = ((case.text)(pieces), (case.text)(4 * pieces));
    let time = |text: &str| -> anyhow::Result<Duration> {
        let started = spent()?;
        (case.read)(text);
        Ok(spent()?.saturating_sub(started))
    };
    // What takes less than this is noise.
    let least = Duration::from_millis(1);
    let (mut once, mut fourfold, mut ratio) = (Duration::MAX, Duration::MAX, f64::MAX);
    for round in 0..ROUNDS {
        once = once.min(time(&short)?);
        fourfold = fourfold.min(time(&long)?);
        ratio = fourfold.as_secs_f64() / once.max(least).as_secs_f64();
        // A case that passes with ease need not be measured again.
        if round > 1 && ratio <= MOST * 0.9 {
            break;
        }
    }
    Ok((once, ratio))
}

/// The time of the processor that this program has taken.
fn spent() -> anyhow::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    Ok(Duration::from_micros(u64::try_from(microseconds)?))
}
