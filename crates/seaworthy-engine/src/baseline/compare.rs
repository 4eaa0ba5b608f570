//! Holding findings against a baseline.
//!
//! An entry stands for as many findings as it counts: of three equal ones two may be
//! mended, and it does not matter which. A finding that somebody suppressed is none
//! that an entry could stand for.

use std::collections::{BTreeMap, HashMap, HashSet};

use seaworthy_model::{Absent, ArtifactPath, BaselineState, Evidence, Finding, Matter, Rule};

use super::file::{Baseline, Key, Value};
use crate::history::is_past;

/// The most files that one which is gone is held against.
const MAX_CANDIDATES: usize = 100;

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What the baseline would be without its stale entries: with the counts and the
    /// paths of now.
    pub kept: Baseline,
    /// Entries, or part of what they counted, that nothing is found for.
    pub stale: Vec<(Key, Value)>,
    /// Files that were moved since the baseline was written, with their new paths.
    pub moved: Vec<(ArtifactPath, ArtifactPath)>,
}

impl Comparison {
    /// What is stale, as a report tells it; rules are those that ran.
    pub(crate) fn absent(&self, rules: &[&'static Rule]) -> Vec<Absent> {
        let absent = |(key, value): &(Key, Value)| {
            let rule = rules.iter().find(|rule| rule.answers_to(&key.rule))?;
            Some(Absent { rule, artifact: key.path.clone(), count: value.count })
        };
        self.stale.iter().filter_map(absent).collect()
    }
}

/// What a comparison must know of a scan.
pub(crate) struct Seen<'a> {
    /// Whether every finding is at hand. Else no entry is stale.
    pub(crate) whole: bool,
    /// Whether a rule, by its present id, was asked about a file.
    pub(crate) asked: &'a dyn Fn(&str, &str) -> bool,
    /// The present id of a rule.
    pub(crate) present_id: &'a dyn Fn(&str) -> Option<&'static str>,
    /// Whether a file is gone.
    pub(crate) gone: &'a dyn Fn(&str) -> bool,
}

/// An entry and how much of it is left.
struct Slot<'b> {
    key: &'b Key,
    value: &'b Value,
    /// The id that the rule has now.
    rule: &'b str,
    left: u32,
    /// Where what it counts is now, unless that is the path of the entry.
    moved: Option<ArtifactPath>,
}

/// Marks every finding as known or new.
pub(crate) fn compare(
    baseline: &Baseline,
    findings: &mut [Finding],
    seen: &Seen<'_>,
) -> Comparison {
    let mut slots: Vec<Slot<'_>> = baseline
        .entries()
        .map(|(key, value)| Slot {
            key,
            value,
            rule: (seen.present_id)(&key.rule).unwrap_or(&key.rule),
            left: value.count,
            moved: None,
        })
        .collect();
    let mut by_key: HashMap<(&str, &str, Evidence), Vec<usize>> = HashMap::new();
    for (index, slot) in slots.iter().enumerate() {
        let key = (slot.key.path.as_str(), slot.rule, slot.key.evidence);
        by_key.entry(key).or_default().push(index);
    }
    let mut unknown: Vec<usize> = Vec::new();
    for (index, finding) in findings.iter_mut().enumerate() {
        if finding.suppression.is_some() {
            continue;
        }
        let Some(matter) = finding.matters.first() else { continue };
        let key = (matter.artifact.as_str(), matter.rule, matter.evidence);
        let entries = by_key.get(&key).map_or(&[][..], Vec::as_slice);
        match entries.iter().find(|&&slot| slots[slot].left > 0) {
            Some(&slot) => {
                slots[slot].left -= 1;
                finding.baseline = Some(BaselineState::Unchanged);
            }
            None => unknown.push(index),
        }
    }
    let moved = follow_moves(&mut slots, findings, &unknown, seen);
    for &index in &unknown {
        findings[index].baseline.get_or_insert(BaselineState::New);
    }
    accept_the_past(findings);

    let mut comparison = Comparison { moved, ..Comparison::default() };
    for slot in slots {
        let is_stale = seen.whole && (seen.asked)(slot.rule, slot.key.path.as_str());
        let stale = if is_stale { slot.left } else { 0 };
        let with = |count| Value { count, ..slot.value.clone() };
        if slot.value.count > stale {
            let path = slot.moved.clone().unwrap_or_else(|| slot.key.path.clone());
            let key = Key { path, rule: slot.rule.to_owned(), evidence: slot.key.evidence };
            comparison.kept.join(key, with(slot.value.count - stale));
        }
        if stale > 0 || slot.value.count == 0 {
            comparison.stale.push((slot.key.clone(), with(stale)));
        }
    }
    comparison
}

/// Finds the files that were moved: one that is gone, and one that the baseline does
/// not know with the same faults in it. Either it has kept its name, or it lies in the
/// same directory and has exactly the faults of the other; and no second file fits as
/// well. Everything else is taken for new.
fn follow_moves(
    slots: &mut [Slot<'_>],
    findings: &mut [Finding],
    unknown: &[usize],
    seen: &Seen<'_>,
) -> Vec<(ArtifactPath, ArtifactPath)> {
    let known: HashSet<&str> = slots.iter().map(|slot| slot.key.path.as_str()).collect();
    let mut arrived: BTreeMap<ArtifactPath, Vec<usize>> = BTreeMap::new();
    for &index in unknown {
        let path = &findings[index].location.artifact;
        if !known.contains(path.as_str()) && !is_past(&findings[index]) {
            arrived.entry(path.clone()).or_default().push(index);
        }
    }
    if arrived.is_empty() {
        return Vec::new();
    }
    let mut gone: BTreeMap<ArtifactPath, Vec<usize>> = BTreeMap::new();
    for (index, slot) in slots.iter().enumerate() {
        if slot.left == slot.value.count && (seen.gone)(slot.key.path.as_str()) {
            gone.entry(slot.key.path.clone()).or_default().push(index);
        }
    }
    let mut by_name: HashMap<String, Vec<ArtifactPath>> = HashMap::new();
    let mut by_directory: HashMap<String, Vec<ArtifactPath>> = HashMap::new();
    for path in arrived.keys() {
        by_name.entry(path.file_name().to_owned()).or_default().push(path.clone());
        by_directory.entry(path.parent().to_owned()).or_default().push(path.clone());
    }
    let mut moves = Vec::new();
    for (old, entries) in gone {
        let same_name = by_name.get(old.file_name()).map_or(&[][..], Vec::as_slice);
        let beside = by_directory.get(old.parent()).map_or(&[][..], Vec::as_slice);
        if same_name.len() + beside.len() > MAX_CANDIDATES {
            continue;
        }
        let fit = |new: &ArtifactPath| {
            let here = arrived.get(new)?;
            let common = common(slots, &entries, findings, here);
            let all: u32 = entries.iter().map(|&entry| slots[entry].left).sum();
            let same_name = new.file_name() == old.file_name();
            let exact = common == all && common as usize == here.len();
            (common > 0 && (same_name || exact)).then(|| (common, likeness(&old, new), new.clone()))
        };
        let mut fits: Vec<_> = same_name.iter().chain(beside).filter_map(fit).collect();
        fits.sort();
        fits.dedup();
        let Some((common, likeness, new)) = fits.pop() else { continue };
        if fits.last().is_some_and(|second| (second.0, second.1) == (common, likeness)) {
            continue;
        }
        let here = arrived.remove(&new).unwrap_or_default();
        for index in here {
            let finding = &mut findings[index];
            let Some(entry) = entry_of(slots, &entries, finding.matters.first()) else { continue };
            slots[entry].left -= 1;
            slots[entry].moved = Some(new.clone());
            finding.baseline = Some(BaselineState::Unchanged);
        }
        moves.push((old, new));
    }
    moves
}

/// An entry among these that has room for what a finding in another file is about.
fn entry_of(slots: &[Slot<'_>], entries: &[usize], matter: Option<&Matter>) -> Option<usize> {
    let matter = matter?;
    let fits = |&&entry: &&usize| {
        let slot = &slots[entry];
        slot.left > 0 && slot.rule == matter.rule && slot.key.evidence == matter.evidence
    };
    entries.iter().find(fits).copied()
}

/// How many findings of a file the entries could stand for.
fn common(slots: &[Slot<'_>], entries: &[usize], findings: &[Finding], here: &[usize]) -> u32 {
    let mut left: HashMap<(&str, Evidence), u32> = HashMap::new();
    for &entry in entries {
        let slot = &slots[entry];
        *left.entry((slot.rule, slot.key.evidence)).or_default() += slot.left;
    }
    let mut common = 0;
    for matter in here.iter().filter_map(|&index| findings[index].matters.first()) {
        if let Some(left) = left.get_mut(&(matter.rule, matter.evidence)).filter(|left| **left > 0)
        {
            *left -= 1;
            common += 1;
        }
    }
    common
}

/// How many components two paths share at their ends and at their beginnings.
fn likeness(old: &ArtifactPath, new: &ArtifactPath) -> usize {
    let (old, new) = (old.as_str().split('/'), new.as_str().split('/'));
    let beginning = old.clone().zip(new.clone()).take_while(|(a, b)| a == b).count();
    let end = old.rev().zip(new.rev()).take_while(|(a, b)| a == b).count();
    beginning + end
}

/// Who knows of a secret that is there now knows of it in the past, too.
fn accept_the_past(findings: &mut [Finding]) {
    let known: HashSet<u64> = findings
        .iter()
        .filter(|finding| finding.baseline == Some(BaselineState::Unchanged) && !is_past(finding))
        .filter_map(|finding| Some(finding.leak?.identity))
        .collect();
    for finding in findings.iter_mut().filter(|finding| is_past(finding)) {
        if finding.leak.is_some_and(|leak| known.contains(&leak.identity)) {
            finding.baseline = Some(BaselineState::Unchanged);
        }
    }
}

#[cfg(test)]
mod tests {
    use seaworthy_model::{Fingerprint, Location, Position, Region, Suppression, SuppressionKind};

    use super::*;

    static WEAK: Rule = Rule { id: "weak", ..Rule::DEFAULT };
    static OTHER: Rule = Rule { id: "other", ..Rule::DEFAULT };

    fn finding(rule: &'static Rule, path: &str, evidence: u128) -> Finding {
        let artifact = ArtifactPath::new(path);
        let start = Position { line: 1, column: 1, byte_column: 1 };
        Finding {
            rule,
            severity: rule.severity,
            message: String::new(),
            location: Location {
                artifact: artifact.clone(),
                region: Region::empty(0),
                start,
                end: start,
                context: None,
                label: None,
                line_hash: None,
            },
            related: Vec::new(),
            fixes: Vec::new(),
            fingerprint: Fingerprint(0),
            matters: vec![Matter { artifact, rule: rule.id, evidence: Evidence(evidence) }],
            leak: None,
            suppression: None,
            baseline: None,
        }
    }

    /// A baseline of `known` held against `found`, where files that start with `gone/`
    /// are gone. `N` for each new finding, `u` for one that is known, and how many are
    /// stale.
    fn hold(known: &[Finding], found: &mut [Finding]) -> (String, usize, Comparison) {
        let baseline = super::super::of(known, "");
        let seen = Seen {
            whole: true,
            asked: &|_, _| true,
            present_id: &|id| (id == "weak-of-old").then_some("weak"),
            gone: &|path| path.starts_with("gone"),
        };
        let comparison = compare(&baseline, found, &seen);
        let states = found.iter().map(|finding| match finding.baseline {
            Some(BaselineState::New) => 'N',
            Some(BaselineState::Unchanged) => 'u',
            None => '-',
        });
        let stale = comparison.stale.iter().map(|(_, value)| value.count as usize).sum();
        (states.collect(), stale, comparison)
    }

    #[test]
    fn a_move_is_followed_only_where_it_is_plain() {
        let weak = |path: &str, evidence| finding(&WEAK, path, evidence);
        type Case = (&'static str, Vec<Finding>, Vec<Finding>, &'static str, usize);
        let cases: Vec<Case> = vec![
            ("same name", vec![weak("gone/.env", 1)], vec![weak("new/.env", 1)], "u", 0),
            ("another fault", vec![weak("gone/.env", 1)], vec![weak("new/.env", 2)], "N", 1),
            (
                "another rule",
                vec![weak("gone/.env", 1)],
                vec![finding(&OTHER, "new/.env", 1)],
                "N",
                1,
            ),
            ("not gone", vec![weak("old/.env", 1)], vec![weak("new/.env", 1)], "N", 1),
            (
                "a fault more",
                vec![weak("gone/.env", 1)],
                vec![weak("new/.env", 1), weak("new/.env", 2)],
                "uN",
                0,
            ),
            (
                "a fault less",
                vec![weak("gone/.env", 1), weak("gone/.env", 2)],
                vec![weak("new/.env", 1)],
                "u",
                1,
            ),
            ("beside it, exactly", vec![weak("gone.a", 1)], vec![weak("b.yml", 1)], "u", 0),
            (
                "beside it, and more",
                vec![weak("gone.a", 1)],
                vec![weak("b.yml", 1), weak("b.yml", 2)],
                "NN",
                1,
            ),
            ("elsewhere by another name", vec![weak("gone/a", 1)], vec![weak("new/b", 1)], "N", 1),
            (
                "two that fit",
                vec![weak("gone/.env", 1)],
                vec![weak("a/.env", 1), weak("b/.env", 1)],
                "NN",
                1,
            ),
            (
                "the nearer of two",
                vec![weak("gone/x/.env", 1)],
                vec![weak("a/.env", 1), weak("b/x/.env", 1)],
                "Nu",
                0,
            ),
            (
                "a file that is known",
                vec![weak("gone/.env", 1), weak("b/.env", 2)],
                vec![weak("b/.env", 1), weak("b/.env", 2)],
                "Nu",
                1,
            ),
        ];
        for (name, known, mut found, states, stale) in cases {
            let got = hold(&known, &mut found);
            assert_eq!((got.0.as_str(), got.1), (states, stale), "{name}");
        }
    }

    #[test]
    fn what_is_kept_has_the_paths_and_ids_of_now() {
        static OLD: Rule = Rule { id: "weak-of-old", ..Rule::DEFAULT };
        let known = [finding(&OLD, "gone/.env", 1), finding(&OLD, "a", 1), finding(&WEAK, "a", 1)];
        let mut found =
            [finding(&WEAK, "a", 1), finding(&WEAK, "a", 1), finding(&WEAK, "new/.env", 1)];
        let (states, stale, comparison) = hold(&known, &mut found);
        assert_eq!((states.as_str(), stale), ("uuu", 0));
        assert_eq!(comparison.kept, super::super::of(&found, ""));
        assert_eq!(comparison.moved.len(), 1);
    }

    #[test]
    fn a_suppressed_finding_takes_no_entry_and_a_known_one_stays_known() {
        let weak = |suppressed: bool| {
            let mut finding = finding(&WEAK, "a", 1);
            finding.suppression = suppressed.then(|| Suppression {
                kind: SuppressionKind::InSource,
                justification: String::new(),
            });
            finding
        };
        let mut found = [weak(true), weak(false), weak(false)];
        // As a comparison with a commit marks what stood there before.
        found[2].baseline = Some(BaselineState::Unchanged);
        let (states, stale, _) = hold(&[weak(false)], &mut found);
        assert_eq!((states.as_str(), stale), ("-uu", 0));
    }

    #[test]
    fn many_files_of_one_name_cost_little() {
        let files = |directory: &str| -> Vec<Finding> {
            (0..5_000).map(|n| finding(&WEAK, &format!("{directory}{n}/.env"), 1)).collect()
        };
        let mut found = files("new");
        let (states, stale, _) = hold(&files("gone"), &mut found);
        assert!(states.bytes().all(|state| state == b'N'));
        assert_eq!(stale, 5_000);
    }
}
