//! What each detector and each structural finder costs by itself, for the budget
//! that `cargo xtask bench` holds them to.
//!
//! The literals are found once; then each part of the engine is asked at its own
//! literals as if there were no other. Parts that share work in a scan (a pair is
//! extracted once for all that ask for it) each pay for it here, so a cost is
//! never understated. Decoded layers are not followed.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use seaworthy_detector_pack::{Finder, Target, far_from_runs, runs};
use seaworthy_model::Region;

use super::{Pass, Scanner, Scratch, Set, order, overlaps};
use crate::file::File;
use crate::files;
use crate::find::escape;

/// A part of the engine that has a cost of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The search for all literals at once.
    Literals,
    /// The search for runs of letters and digits.
    Runs,
    /// Files that are told by their form.
    Forms,
    /// The search for runs of base64.
    Base64,
    /// A structural finder.
    Finder(Finder),
    /// The detector of this id.
    Detector(&'static str),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literals => f.write_str("all literals"),
            Self::Runs => f.write_str("runs of letters and digits"),
            Self::Forms => f.write_str("forms of files"),
            Self::Base64 => f.write_str("runs of base64"),
            Self::Finder(finder) => write!(f, "finder {finder:?}"),
            Self::Detector(id) => f.write_str(id),
        }
    }
}

/// What a part has cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// At how many literals it was asked.
    pub hits: usize,
    /// How many windows of text its expression was run over.
    pub windows: usize,
    /// How many candidates it found.
    pub candidates: usize,
    /// How long it took.
    pub time: Duration,
}

/// What each part has cost so far.
pub type Profile = BTreeMap<Part, Cost>;

impl Scanner {
    /// Adds to the profile what each part costs over a text.
    pub fn profile(
        &self,
        text: &str,
        file: &File<'_>,
        scratch: &mut Scratch,
        profile: &mut Profile,
    ) {
        let mut add = |part, cost: Cost| {
            let sum: &mut Cost = profile.entry(part).or_default();
            sum.hits += cost.hits;
            sum.windows += cost.windows;
            sum.candidates += cost.candidates;
            sum.time += cost.time;
        };
        let started = Instant::now();
        let mut found = Vec::new();
        files::scan(file.path, text, &mut found);
        let time = started.elapsed();
        add(Part::Forms, Cost { candidates: found.len(), time, ..Cost::default() });

        let started = Instant::now();
        let runs = runs(text.as_bytes());
        let time = started.elapsed();
        add(Part::Runs, Cost { hits: runs.len(), time, ..Cost::default() });

        let started = Instant::now();
        let mut layers = Vec::new();
        escape::base64_runs(text, &runs, &mut layers);
        let time = started.elapsed();
        add(Part::Base64, Cost { hits: layers.len(), time, ..Cost::default() });

        for set in &self.sets {
            set.profile(text, &runs, file, scratch, &mut add);
        }
    }
}

impl Set {
    fn profile(
        &self,
        text: &str,
        runs: &[Region],
        file: &File<'_>,
        scratch: &mut Scratch,
        add: &mut impl FnMut(Part, Cost),
    ) {
        let mut asked: BTreeMap<Target, Vec<Region>> = BTreeMap::new();
        let started = Instant::now();
        let mut far = Vec::new();
        far_from_runs(text.as_bytes(), runs, &mut far);
        let time = started.elapsed();
        add(Part::Runs, Cost { time, ..Cost::default() });
        for (index, left_out) in
            [(&self.table.everywhere, &[][..]), (&self.table.near_runs, &far[..])]
        {
            let mut hits = Vec::new();
            let started = Instant::now();
            index.hits_outside(text.as_bytes(), left_out, |number, at| hits.push((number, at)));
            let time = started.elapsed();
            add(Part::Literals, Cost { hits: hits.len(), time, ..Cost::default() });
            for (number, at) in hits {
                let length = index.literals[usize::from(number)].text.len();
                let hit = Region::new(at, at + length);
                if overlaps(left_out, hit) {
                    continue;
                }
                for &target in index.targets_of(number) {
                    asked.entry(target).or_default().push(hit);
                }
            }
        }
        for (target, regions) in asked {
            scratch.begin();
            scratch.begin_pass();
            let mut pass = Pass::default();
            let started = Instant::now();
            for &region in &regions {
                self.ask(target, text, region, file, scratch, &mut pass);
            }
            let windows = scratch.windows.len();
            self.windows(text, scratch);
            let time = started.elapsed();
            let part = match target {
                Target::Finder(finder) => Part::Finder(finder),
                Target::Detector(number) => {
                    Part::Detector(self.table.detectors[usize::from(number)].kind.id)
                }
            };
            // What is found at several literals of one name counts once, as in a scan.
            scratch.found.sort_by(|a, b| order(a).cmp(&order(b)));
            scratch.found.dedup_by(|b, a| order(a) == order(b));
            let candidates = scratch.found.len();
            add(part, Cost { hits: regions.len(), windows, candidates, time });
        }
    }
}

#[cfg(test)]
mod tests {
    use seaworthy_analysis::roles::file_role;

    use super::*;
    use crate::embedded;

    #[test]
    fn the_parts_find_what_the_engine_finds() {
        let scanner = Scanner::new(&[embedded()]);
        let mut scratch = Scratch::default();
        for detector in scanner.detectors() {
            let Some(text) = detector.matches.iter().next() else { continue };
            let file = File::new("notes.txt", file_role("notes.txt", None));
            let whole = scanner
                .candidates(text, &file, &mut scratch)
                .iter()
                .filter(|candidate| {
                    candidate.kind.id == detector.kind.id && candidate.encoding.is_none()
                })
                .count();
            let mut profile = Profile::new();
            scanner.profile(text, &file, &mut scratch, &mut profile);
            let cost = profile.get(&Part::Detector(detector.kind.id)).copied().unwrap_or_default();
            assert_eq!(cost.candidates, whole, "{}", detector.kind.id);
            assert!(cost.hits >= cost.candidates.min(1), "{}", detector.kind.id);
        }
    }
}
