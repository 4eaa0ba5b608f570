#![no_main]
//! Secret detection: the first byte picks the path, the rest is the text. What the
//! engine finds is what the slow way finds, and all of it lies in the text.

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use seaworthy_analysis::roles::file_role;
use seaworthy_detectors::{
    Candidate, File, Scanner, Scratch, Standing, embedded, leaks_of, reference,
};
use seaworthy_fuzz::fits;
use seaworthy_model::Region;

/// Files of every language, and some that have finders of their own.
const PATHS: [&str; 12] = [
    "src/app.ts",
    "src/app.py",
    ".env",
    "config/settings.yml",
    "deploy.sh",
    "package.json",
    "web/index.html",
    "db/seed.sql",
    "docs/guide.md",
    "notes",
    ".npmrc",
    "infra/main.tf",
];

/// The slow way is bearable up to here.
const LONGEST: usize = 4 * 1024;

/// What is compared of a candidate.
type Seen<'c> =
    (Region, &'static str, &'c str, Option<Region>, Option<std::ops::Range<usize>>, Standing);

fn seen(candidate: &Candidate) -> Seen<'_> {
    let name = candidate.name.as_ref().map(|name| name.region);
    let (kind, body) = (candidate.kind.id, candidate.body.clone());
    (candidate.region, kind, &candidate.secret, name, body, candidate.standing)
}

fn all_fits(text: &str, candidate: &Candidate) {
    fits(text, candidate.region);
    for &(related, _) in &candidate.related {
        fits(text, related);
    }
    if let Some(name) = &candidate.name {
        fits(text, name.region);
    }
    if let Some(body) = &candidate.body {
        assert!(candidate.secret.get(body.clone()).is_some(), "the body is a part of the secret");
    }
}

fuzz_target!(|input: &[u8]| {
    static SCANNER: OnceLock<Scanner> = OnceLock::new();
    let scanner = SCANNER.get_or_init(|| Scanner::new(&[embedded()]));
    let Some((&first, rest)) = input.split_first() else { return };
    let path = PATHS[usize::from(first) % PATHS.len()];
    let text = String::from_utf8_lossy(&rest[..rest.len().min(LONGEST)]);
    let file = File::new(path, file_role(path, None));
    let mut scratch = Scratch::default();

    let found = scanner.candidates(&text, &file, &mut scratch);
    let wanted = reference::candidates(scanner, &text, &file);
    let found_seen: Vec<Seen<'_>> = found.iter().map(seen).collect();
    let wanted_seen: Vec<Seen<'_>> = wanted.iter().map(seen).collect();
    assert_eq!(found_seen, wanted_seen, "{path}");
    for candidate in found {
        all_fits(&text, candidate);
    }

    let leaks = leaks_of(scanner, &text, &file, &mut scratch);
    for leak in &leaks {
        all_fits(&text, &leak.candidate);
        for &also in &leak.also {
            fits(&text, also);
        }
    }
    assert!(leaks.is_sorted_by_key(|leak| leak.candidate.region));
});
