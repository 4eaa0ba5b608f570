//! The engine finds exactly what its reference finds: every expression over the
//! whole text, every literal by a plain search.
//!
//! The examples of all detectors are planted in many surroundings. `cargo xtask
//! exactness` does the same over whole trees of real source.

use seaworthy_analysis::roles::file_role;
use seaworthy_detectors::{Candidate, File, Scanner, Scratch, embedded, reference};

/// What a candidate is, apart from its secret: kind, region, name, proof, layer.
type Seen =
    (&'static str, usize, usize, Option<String>, Option<&'static str>, Option<&'static str>);

fn seen(candidate: &Candidate) -> Seen {
    (
        candidate.kind.id,
        candidate.region.start,
        candidate.region.end,
        candidate.name.as_ref().map(|name| name.text.clone()),
        candidate.proof,
        candidate.encoding,
    )
}

/// Puts an example into a text.
type Surround = fn(&str) -> String;

/// The same example in the surroundings that it may have in files, each with the
/// path of such a file.
const SURROUNDINGS: &[(&str, Surround)] = &[
    ("notes.txt", |example| example.to_owned()),
    ("notes.txt", |example| format!("{example}\n")),
    ("notes.txt", |example| format!("\n\n{example}")),
    ("data.json", |example| format!("{{\"a\": [1, {:?}], \"b\": null}}", example)),
    ("values.yaml", |example| format!("a:\n  b: >-\n    {example}\n  c: 1\n")),
    (".env.production", |example| format!("A=1\nVALUE={example}\nB=2\n")),
    ("pom.xml", |example| format!("<a><b c=\"1\">{example}</b></a>\n")),
    ("a.js", |example| format!("const x = `{example}`;\n// {example}\n")),
    ("a.py", |example| format!("x = '''{example}'''\n# {example}\n")),
    ("a.go", |example| format!("package a\n\nvar x = `{example}`\n")),
    ("A.java", |example| format!("class A {{ String x = {example:?}; /* {example} */ }}\n")),
    ("a.rb", |example| format!("x = %q({example})\n=begin\n{example}\n=end\n")),
    ("a.php", |example| format!("<?php $x = <<<'X'\n{example}\nX;\n")),
    ("a.rs", |example| format!("const X: &str = r##\"{example}\"##;\n")),
    ("a.sh", |example| format!("#!/bin/sh\nX='{example}'\necho {example} | cat\n")),
    ("a.cs", |example| format!("var x = @\"{example}\"; // {example}\n")),
    ("a.min.js", |example| format!("{}{example}{}", "a=1;b(2);".repeat(300), "c={};".repeat(300))),
    ("a.txt", |example| format!("a\r\nb\r\n{example}\r\nc\r\n")),
    ("a.txt", |example| format!("{example}{example} {example}\u{e9}\u{20ac}{example}")),
];

fn compare(scanner: &Scanner, path: &str, text: &str, scratch: &mut Scratch) -> Option<String> {
    let file = File::new(path, file_role(path, None));
    let fast: Vec<Seen> = scanner.candidates(text, &file, scratch).iter().map(seen).collect();
    let slow: Vec<Seen> = reference::candidates(scanner, text, &file).iter().map(seen).collect();
    let missing: Vec<_> = slow.iter().filter(|one| !fast.contains(one)).collect();
    let extra: Vec<_> = fast.iter().filter(|one| !slow.contains(one)).collect();
    (fast != slow).then(|| format!("{path}: missing {missing:?}, extra {extra:?}"))
}

#[test]
fn examples_in_all_surroundings_are_found_as_by_the_reference() {
    let scanner = Scanner::new(&[embedded()]);
    let mut scratch = Scratch::default();
    let examples: Vec<&str> = scanner
        .detectors()
        .flat_map(|detector| detector.matches.iter().chain(detector.rejects))
        .collect();
    let mut problems = Vec::new();
    // Several examples share a text, so that the reference is run less often; each
    // example stands in another of the surroundings.
    for (number, (path, surround)) in SURROUNDINGS.iter().enumerate() {
        let own = examples.iter().skip(number).step_by(SURROUNDINGS.len());
        let texts: Vec<String> = own.map(|example| surround(example)).collect();
        for some in texts.chunks(24) {
            let text = some.concat();
            problems.extend(compare(&scanner, path, &text, &mut scratch));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
