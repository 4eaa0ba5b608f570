//! Checking detectors by their own examples, through the engine that scans files.
//!
//! Each example is a file by itself. A detector has to find exactly one secret in
//! each of its `matches`, and the judgement has to agree that it is one; in its
//! `rejects` nothing may be found, be it that the expression does not match or
//! that the judgement sees no secret.

use std::fmt;

use seaworthy_analysis::roles::file_role;
use seaworthy_detector_pack::{Detector, Shape, Table, Texts};
use seaworthy_model::{Precision, Severity};

use crate::file::File;
use crate::judge::judge;
use crate::scan::{Scanner, Scratch};

/// The files that an example may stand in: text, configuration, code, a script,
/// data. It has to hold in one of them.
const PATHS: [&str; 6] = [
    "config/settings.txt",
    "config/settings.ini",
    "src/settings.ts",
    "scripts/settings.sh",
    "config/settings.json",
    "config/settings.xml",
];

/// An example that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The detector's id.
    pub detector: &'static str,
    /// Which of its lists.
    pub list: List,
    /// Which example of the list, counted from 0.
    pub index: usize,
    /// What came of it.
    pub wrong: Wrong,
}

/// A list of examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// `matches`
    Matches,
    /// `rejects`
    Rejects,
}

/// What came of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No secret was found where one is.
    Missed,
    /// Several secrets were found where one is.
    Several(usize),
    /// The judgement takes the secret for none: a placeholder, words, a pattern.
    Dismissed,
    /// A secret was found where none is.
    Found,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Missed => f.write_str("the detector finds nothing in this example"),
            Wrong::Several(count) => {
                write!(f, "the detector finds {count} secrets in this example, not one")
            }
            Wrong::Dismissed => f.write_str(
                "what the detector finds in this example is taken for a placeholder: write a \
                 random one",
            ),
            Wrong::Found => f.write_str("the detector finds a secret in this example"),
        }
    }
}

/// Runs every example of the detectors. `None` when there are too many literals
/// for a table.
#[must_use]
pub fn check(detectors: &'static [Detector]) -> Option<Vec<Failure>> {
    let table: &'static Table = Box::leak(Box::new(Table::build(detectors, false)?));
    let scanner = Scanner::new(&[table]);
    let mut scratch = Scratch::default();
    let mut failures = Vec::new();
    for detector in detectors {
        let paths = paths(detector);
        let lists = [(List::Matches, detector.matches), (List::Rejects, detector.rejects)];
        for (list, examples) in lists {
            for (index, text) in examples.iter().enumerate() {
                let outcomes =
                    paths.iter().map(|path| outcome(&scanner, detector, text, path, &mut scratch));
                let wrong = match list {
                    List::Matches => best(outcomes),
                    List::Rejects => found(outcomes),
                };
                if let Some(wrong) = wrong {
                    failures.push(Failure { detector: detector.kind.id, list, index, wrong });
                }
            }
        }
    }
    Some(failures)
}

/// The first example of a detector with its secret left out: what it looks like
/// where it stands.
#[must_use]
pub fn shape(detector: &'static Detector) -> Option<String> {
    let table = Table::build(std::slice::from_ref(detector), false)?;
    let scanner = Scanner::new(&[Box::leak(Box::new(table))]);
    let text = detector.matches.iter().next()?;
    let mut scratch = Scratch::default();
    for path in paths(detector) {
        let file = File::new(&path, file_role(&path, None));
        scanner.scan(text, &file, &mut scratch);
        let Some(candidate) = scratch.found.first() else { continue };
        let (start, end) = (candidate.region.start, candidate.region.end);
        let secret = text.get(start..end)?;
        // The anchor is the same for all; nothing else of the secret is shown.
        let anchors = match detector.shape {
            Shape::Anchored { anchors, .. } => anchors,
            Shape::Named { .. } => Texts::default(),
        };
        let hidden = |part: &str| match part.chars().count() {
            0 => String::new(),
            count => format!("<{count} characters>"),
        };
        let shown = anchors.iter().find_map(|anchor| {
            let (before, after) = secret.split_once(anchor)?;
            Some(format!("{}{anchor}{}", hidden(before), hidden(after)))
        });
        let shown = shown.unwrap_or_else(|| hidden(secret));
        return Some(format!("{}{shown}{}", &text[..start], text.get(end..)?));
    }
    None
}

/// What a detector says of a text in one file.
#[derive(Clone, Copy, Debug)]
struct Outcome {
    /// Secrets before judgement.
    candidates: usize,
    /// Those that the judgement would report.
    reported: usize,
    /// Whether the judgement has to agree.
    judged: bool,
}

fn outcome(
    scanner: &Scanner,
    detector: &Detector,
    text: &str,
    path: &str,
    scratch: &mut Scratch,
) -> Outcome {
    let file = File::new(path, file_role(path, None));
    scanner.scan(text, &file, scratch);
    let ours = || scratch.found.iter().filter(|found| found.kind.id == detector.kind.id);
    let reported = ours()
        .filter_map(|candidate| judge(candidate, text, &file))
        .filter(|verdict| verdict.precision > Precision::Low)
        .count();
    let kind = &detector.kind;
    let judged = kind.severity >= Severity::Medium && kind.precision > Precision::Low;
    Outcome { candidates: ours().count(), reported, judged }
}

/// What is wrong with an example that has a secret, in the file that suits it best.
fn best(outcomes: impl Iterator<Item = Outcome>) -> Option<Wrong> {
    let mut worst = Wrong::Missed;
    for outcome in outcomes {
        match outcome.candidates {
            0 => {}
            1 if outcome.reported == 1 || !outcome.judged => return None,
            1 => worst = Wrong::Dismissed,
            count if worst == Wrong::Missed => worst = Wrong::Several(count),
            _ => {}
        }
    }
    Some(worst)
}

/// What is wrong with an example that has none: one file is enough.
fn found(outcomes: impl Iterator<Item = Outcome>) -> Option<Wrong> {
    let mut any = outcomes.filter(|outcome| outcome.reported > 0);
    any.next().map(|_| Wrong::Found)
}

/// The files to try a detector's examples in: those it asks for, if it does.
fn paths(detector: &Detector) -> Vec<String> {
    if detector.paths.is_empty() {
        return PATHS.iter().map(|&path| path.to_owned()).collect();
    }
    detector.paths.iter().map(named_by).collect()
}

/// A path that a glob matches, for the usual ones.
fn named_by(glob: &str) -> String {
    let mut path = String::new();
    let mut rest = glob.trim_start_matches('/').replace("**/", "").replace("/**", "/settings");
    rest = rest.trim_end_matches('/').to_owned();
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' if path.is_empty() || path.ends_with('/') => path.push_str("settings"),
            '*' => {}
            '?' => path.push('a'),
            '\\' => path.extend(characters.next()),
            '[' => {
                let first = characters.next().filter(|first| !matches!(first, '!' | '^'));
                path.push(first.unwrap_or('a'));
                characters.by_ref().find(|&character| character == ']');
            }
            other => path.push(other),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use seaworthy_detector_pack::pack;

    use super::*;
    use crate::embedded::embedded;
    use crate::paths::match_any;

    #[test]
    fn every_example_of_every_pack_holds() {
        let detectors = embedded().detectors;
        let failures = check(detectors).expect("the embedded literals are numbered");
        let mut wrong = String::new();
        for failure in &failures {
            let Failure { detector, list, index, wrong: what } = failure;
            wrong.push_str(&format!("{detector} {list:?} {index}: {what}\n"));
        }
        assert!(failures.is_empty(), "{} examples do not hold:\n{wrong}", failures.len());
    }

    #[test]
    fn an_example_that_does_not_hold_is_told() {
        let text = "
provider = \"Quay\"
[[detector]]
id = \"quay-key\"
name = \"Quay key\"
description = \"Opens the quay.\"
revoke = \"https://quay.example\"
severity = \"high\"
anchors = [\"quay_\"]
expression = '\\bquay_[A-Za-z0-9]{24}\\b'
matches = [
  'key = quay_Zk3vPq8LwT2nXc7RbY5mJd9H',
  'key = quay_short',
  'quay_Zk3vPq8LwT2nXc7RbY5mJd9H quay_b7Qd2mXw9Tz4LkP8sRb3Yc6N',
  'key = quay_xxxxxxxxxxxxxxxxxxxxxxxx',
]
rejects = ['quay_xxxxxxxxxxxxxxxxxxxxxxxx', 'quay_b7Qd2mXw9Tz4LkP8sRb3Yc6N', 'quay_']
";
        let (detectors, problems) = pack::parse(text);
        assert!(problems.is_empty(), "{problems:?}");
        let failures = check(Vec::leak(detectors)).expect("few literals");
        let told: Vec<_> = failures.iter().map(|f| (f.list, f.index, f.wrong)).collect();
        assert_eq!(
            told,
            [
                (List::Matches, 1, Wrong::Missed),
                (List::Matches, 2, Wrong::Several(2)),
                (List::Matches, 3, Wrong::Dismissed),
                (List::Rejects, 1, Wrong::Found),
            ]
        );
    }

    #[test]
    fn a_shape_shows_no_secret() {
        let mut shapes = 0;
        for detector in embedded().detectors.iter().step_by(20) {
            let Some(shown) = shape(detector) else { continue };
            shapes += 1;
            assert!(shown.contains(" characters>"), "{}: {shown}", detector.kind.id);
            assert!(!detector.matches.iter().any(|example| example == shown));
        }
        assert!(shapes > 40, "{shapes}");
    }

    #[test]
    fn a_path_is_made_that_the_glob_matches() {
        for glob in ["*.npmrc", "**/.docker/config.json", ".config/**", "a?b[cd].json", "/x/*.yml"]
        {
            let path = named_by(glob);
            assert!(match_any([glob], &path), "{glob}: {path}");
        }
        for detector in embedded().detectors.iter().filter(|d| !d.paths.is_empty()) {
            for glob in detector.paths {
                assert!(match_any([glob], &named_by(glob)), "{glob}");
            }
        }
    }
}
