//! The labelled cases: how many of their secrets are found, and how much of what
//! is found is one.
//!
//! `recall/held-out` was written from the formats' documentation, without sight of
//! the detectors; nothing is tuned to it. `recall/own` grew with them.
//!
//! A secret counts as found when a leak overlaps it; a leak that overlaps none is
//! false. `cargo test -p seaworthy-detectors --test recall -- --nocapture` prints
//! the figures and every miss.

#![expect(clippy::print_stdout, reason = "the figures are what the test is for")]

use std::collections::BTreeMap;
use std::path::Path;

use seaworthy_analysis::roles::file_role;
use seaworthy_detectors::{File, Scanner, Scratch, embedded, leaks_of};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[expect(dead_code, reason = "for the reader: the document that the format is from")]
    source: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    files: Vec<Text>,
    secrets: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    path: String,
    text: String,
}

#[derive(Default)]
struct Score {
    labelled: usize,
    found: usize,
    reported: usize,
    false_alarms: usize,
}

impl Score {
    fn recall(&self) -> f64 {
        self.found as f64 / self.labelled.max(1) as f64
    }

    fn precision(&self) -> f64 {
        1.0 - self.false_alarms as f64 / self.reported.max(1) as f64
    }

    fn add(&mut self, other: &Score) {
        self.labelled += other.labelled;
        self.found += other.found;
        self.reported += other.reported;
        self.false_alarms += other.false_alarms;
    }
}

/// A seam keeps a token in two, so that no scanner of a hosting service stops it.
fn joined(text: &str) -> String {
    text.replace('¦', "")
}

fn judge(case: &Case, scanner: &Scanner, scratch: &mut Scratch) -> Score {
    let mut score = Score::default();
    let mut files: Vec<(&str, String)> =
        case.files.iter().map(|file| (file.path.as_str(), joined(&file.text))).collect();
    if files.is_empty() {
        files.push((case.path.as_str(), joined(&case.text)));
    }
    let secrets: Vec<String> = case.secrets.iter().map(|secret| joined(secret)).collect();
    let mut found = vec![false; secrets.len()];
    for (path, text) in &files {
        let file = File::new(path, file_role(path, None));
        for leak in leaks_of(scanner, text, &file, scratch) {
            let regions = leak.also.iter().copied().chain([leak.candidate.region]);
            let mut is_one = false;
            for region in regions {
                for (secret, found) in secrets.iter().zip(&mut found) {
                    for (start, _) in text.match_indices(secret.as_str()) {
                        if start < region.end && region.start < start + secret.len() {
                            *found = true;
                            is_one = true;
                        }
                    }
                }
            }
            score.reported += 1;
            if !is_one {
                score.false_alarms += 1;
                println!("  false: {} ({})", case.name, leak.candidate.kind.id);
            }
        }
    }
    score.labelled = found.len();
    score.found = found.iter().filter(|&&found| found).count();
    for (number, _) in found.iter().enumerate().filter(|(_, found)| !**found) {
        println!("  missed: {} (secret {})", case.name, number + 1);
    }
    score
}

fn measure(half: &str) -> Score {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recall").join(half);
    let mut groups: BTreeMap<String, Score> = BTreeMap::new();
    let scanner = Scanner::new(&[embedded()]);
    let mut scratch = Scratch::default();
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .expect("the cases can be listed")
        .map(|entry| entry.expect("the cases can be listed").path())
        .collect();
    paths.sort();
    let mut cases = 0;
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("cases can be read");
        let read: Cases =
            toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let group = path.file_stem().expect("a name").to_string_lossy().into_owned();
        for case in &read.case {
            cases += 1;
            let score = judge(case, &scanner, &mut scratch);
            groups.entry(group.clone()).or_default().add(&score);
        }
    }
    let mut all = Score::default();
    for (group, score) in &groups {
        println!(
            "{half}/{group}: {}/{} found, {} of {} reported are false",
            score.found, score.labelled, score.false_alarms, score.reported
        );
        all.add(score);
    }
    println!(
        "{half}: {cases} cases, recall {:.1} %, precision {:.1} %",
        all.recall() * 100.0,
        all.precision() * 100.0
    );
    all
}

#[test]
fn secrets_are_found_by_structure_in_cases_written_apart() {
    let score = measure("held-out");
    assert!(score.recall() >= 0.90, "recall {}", score.recall());
    assert!(score.precision() >= 0.95, "precision {}", score.precision());
}

#[test]
fn secrets_are_found_by_structure_in_our_own_cases() {
    let score = measure("own");
    assert!(score.recall() >= 0.90, "recall {}", score.recall());
    assert!(score.precision() >= 0.95, "precision {}", score.precision());
}
