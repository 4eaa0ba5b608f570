//! From candidates to leaks: each secret of a text once, with the verdict on it.

use std::collections::{BTreeMap, HashMap};

use seaworthy_detector_pack::Family;
use seaworthy_model::{Precision, Region};

use crate::candidate::{Candidate, Secret};
use crate::file::File;
use crate::judge::{Verdict, judge};
use crate::scan::{Scanner, Scratch};

/// A secret of a text.
#[derive(Clone, Debug)]
pub struct Leak {
    /// What is known about it, at the place that tells most.
    pub candidate: Candidate,
    /// What it is worth.
    pub verdict: Verdict,
    /// The same secret elsewhere in the text.
    pub also: Vec<Region>,
}

/// The leaks of a text, in its order.
pub fn leaks_of(
    scanner: &Scanner,
    text: &str,
    file: &File<'_>,
    scratch: &mut Scratch,
) -> Vec<Leak> {
    scanner.scan(text, file, scratch);
    leaks(text, file, scratch)
}

/// Judges what was found in a text. Where several detectors speak of the same
/// bytes, the one that knows most decides, also when it decides that there is no
/// secret; a secret that stands in several places is one leak.
pub(crate) fn leaks(text: &str, file: &File<'_>, scratch: &mut Scratch) -> Vec<Leak> {
    if scratch.found.is_empty() {
        return Vec::new();
    }
    let mut candidates = std::mem::take(&mut scratch.found);
    candidates.sort_by(|a, b| {
        rank(a).cmp(&rank(b)).then_with(|| a.region.cmp(&b.region)).then(a.kind.id.cmp(b.kind.id))
    });
    let mut decided = Decided::default();
    for &region in &scratch.refuted {
        decided.take(region);
    }
    let mut leaks: Vec<Leak> = Vec::new();
    let mut known: HashMap<Secret, usize> = HashMap::new();
    for candidate in candidates {
        if !decided.is_free(candidate.region) {
            continue;
        }
        let verdict = judge(&candidate, text, file);
        // That a value under a telling name is none, or a doubtful one, says nothing
        // about its parts and what else it is.
        let told = verdict.is_some_and(|verdict| verdict.precision > Precision::Low);
        if told || candidate.kind.family != Family::Assignment {
            decided.take(candidate.region);
        }
        let Some(verdict) = verdict.filter(|verdict| verdict.precision > Precision::Low) else {
            continue;
        };
        match known.get(&candidate.secret) {
            Some(&index) => leaks[index].also.push(candidate.region),
            None => {
                known.insert(candidate.secret.clone(), leaks.len());
                leaks.push(Leak { candidate, verdict, also: Vec::new() });
            }
        }
    }
    for leak in &mut leaks {
        leak.also.sort_unstable();
    }
    leaks.sort_by_key(|leak| leak.candidate.region);
    leaks
}

/// How much a candidate tells, the most first: what its own form proves before
/// what only its place says, and what stands there before what has to be decoded.
fn rank(candidate: &Candidate) -> (bool, Family, bool, std::cmp::Reverse<Precision>) {
    (
        candidate.proof.is_none(),
        candidate.kind.family,
        candidate.encoding.is_some(),
        std::cmp::Reverse(candidate.kind.precision),
    )
}

/// The bytes that were decided about: the ends of regions by their beginnings, free
/// of overlaps.
#[derive(Default)]
struct Decided(BTreeMap<usize, usize>);

impl Decided {
    fn is_free(&self, region: Region) -> bool {
        let before = self.0.range(..region.end).next_back();
        before.is_none_or(|(_, &end)| end <= region.start)
    }

    fn take(&mut self, region: Region) {
        if self.is_free(region) {
            self.0.insert(region.start, region.end);
        }
    }
}
