//! From candidates to leaks: each secret of a text once, with the verdict on it.

use seaworthy_detector_pack::Family;
use seaworthy_model::{Precision, Region};

use crate::candidate::Candidate;
use crate::file::File;
use crate::judge::{Verdict, judge};
use crate::scan::{Scanner, Scratch};

/// A secret of a text.
#[derive(Debug)]
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
    // Sorted by their beginning and free of overlaps.
    let mut decided: Vec<Region> = Vec::new();
    for &region in &scratch.refuted {
        take(&mut decided, region);
    }
    let mut leaks: Vec<Leak> = Vec::new();
    for candidate in candidates {
        if !is_free(&decided, candidate.region) {
            continue;
        }
        let verdict = judge(&candidate, text, file);
        // That a value under a telling name is none, or a doubtful one, says nothing
        // about its parts and what else it is.
        let told = verdict.is_some_and(|verdict| verdict.precision > Precision::Low);
        if told || candidate.kind.family != Family::Assignment {
            take(&mut decided, candidate.region);
        }
        let Some(verdict) = verdict.filter(|verdict| verdict.precision > Precision::Low) else {
            continue;
        };
        let same = leaks.iter_mut().find(|leak| leak.candidate.secret == candidate.secret);
        match same {
            Some(leak) => leak.also.push(candidate.region),
            None => leaks.push(Leak { candidate, verdict, also: Vec::new() }),
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

fn is_free(decided: &[Region], region: Region) -> bool {
    let after = decided.partition_point(|other| other.end <= region.start);
    decided.get(after).is_none_or(|other| other.start >= region.end)
}

fn take(decided: &mut Vec<Region>, region: Region) {
    if is_free(decided, region) {
        let at = decided.partition_point(|other| other.start < region.start);
        decided.insert(at, region);
    }
}
