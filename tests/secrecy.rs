//! No output holds a secret: not whole, not in part, not encoded.

use crate::expected::expected;
use crate::sandbox::{CASES, Sandbox};

/// The longest piece of a random secret that may be shown.
const SHOWN: usize = 7;

/// Every way to print.
const OUTPUTS: &[&[&str]] = &[
    &["scan"],
    &["scan", "--color", "always"],
    &["scan", "--verbose", "--show-suppressed"],
    &["scan", "--format", "json"],
    &["scan", "--format", "sarif", "--sarif-profile", "full"],
    &["scan", "--format", "sarif", "--sarif-profile", "github"],
    &["scan", "--dry-run"],
    &["scan", "--dry-run", "--unsafe-fixes"],
    &["scan", "--staged", "--format", "json"],
];

#[test]
fn no_output_holds_a_planted_secret() {
    for case in CASES {
        let needles: Vec<String> =
            expected(case).secrets.iter().flat_map(|secret| traces(secret)).collect();
        let sandbox = Sandbox::fixture(case);
        for arguments in OUTPUTS {
            let run = sandbox.run(arguments);
            for needle in &needles {
                for text in [&run.stdout, &run.stderr] {
                    assert!(!text.contains(needle), "{case} {arguments:?} holds {needle}");
                }
            }
        }
    }
}

/// Nor does a report in a file.
#[test]
fn no_report_holds_a_planted_secret() {
    const FORMATS: [&str; 10] = [
        "concise",
        "jsonl",
        "github",
        "gitlab",
        "junit",
        "rdjson",
        "checkstyle",
        "csv",
        "markdown",
        "html",
    ];
    for case in CASES {
        let needles: Vec<String> =
            expected(case).secrets.iter().flat_map(|secret| traces(secret)).collect();
        let sandbox = Sandbox::fixture(case);
        let outputs = FORMATS.map(|format| format!("{format}=../{format}.out"));
        let mut arguments = vec!["scan"];
        arguments.extend(outputs.iter().flat_map(|output| ["--output", output]));
        sandbox.run(&arguments);
        for format in FORMATS {
            let file = sandbox.root().join(format!("../{format}.out"));
            let text = std::fs::read_to_string(file).unwrap();
            for needle in &needles {
                assert!(!text.contains(needle), "{case} {format} holds {needle}");
            }
        }
    }
}

/// A changed value in a staged file is in no output either.
#[test]
fn no_output_of_a_staged_scan_holds_a_secret() {
    let secret = "Zr8mQ4vKp2XtLw9sB6nYdH3cJf7gRa5e";
    let sandbox = Sandbox::with(&[("README.md", "# Pier\n")]);
    sandbox
        .write(".env.production", &format!("API_KEY={secret}\nNEXT_PUBLIC_JWT_SECRET={secret}\n"));
    sandbox.git(&["add", "--all"]);
    for format in ["full", "json", "sarif"] {
        let run = sandbox.run(&["scan", "--staged", "--format", format]).exits(1);
        for needle in traces(secret) {
            assert!(!run.stdout.contains(&needle), "{format}: {}", run.stdout);
        }
    }
}

/// The secret, its base64 wherever that starts, and its longer pieces.
fn traces(secret: &str) -> Vec<String> {
    let mut traces = vec![secret.to_owned()];
    let random = secret.len() >= 20 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if random {
        traces.extend(
            secret
                .as_bytes()
                .windows(SHOWN + 1)
                .map(|piece| String::from_utf8(piece.to_vec()).unwrap()),
        );
    }
    // The first and last digits depend on what stands around the secret.
    for offset in 0..3 {
        let padded = [vec![b' '; offset], secret.as_bytes().to_vec()].concat();
        let encoded = base64(&padded);
        traces.push(encoded[offset + usize::from(offset > 0)..encoded.len() - 3].to_owned());
    }
    traces
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks_exact(3)
        .flat_map(|chunk| {
            let number =
                chunk.iter().fold(0_usize, |number, &byte| number << 8 | usize::from(byte));
            [18, 12, 6, 0].map(|shift| char::from(DIGITS[number >> shift & 63]))
        })
        .collect()
}
