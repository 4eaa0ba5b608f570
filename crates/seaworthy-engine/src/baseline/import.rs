//! Taking over what another tool was told: which of our findings its report or its
//! baseline knows.
//!
//! An entry is one of ours if it stands at the same place, or in the same file with the
//! very same secret, and speaks of the same matter. Secrets of a report are only held
//! against the texts of the repository; nothing of them is kept.

mod detect_secrets;
mod gitleaks;
mod sarif;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use seaworthy_analysis::Snapshot;
use seaworthy_model::{ArtifactPath, Finding, Location};

use super::file::{Baseline, Fault, Key, Verdict, fault_of};
use crate::foreign::{Means, means};
use crate::history::is_past;
use crate::scan::Scan;

/// The most bytes of a file that is taken over.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What other tools write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The JSON report of gitleaks.
    Gitleaks,
    /// The baseline of detect-secrets.
    DetectSecrets,
    /// SARIF 2.1.0.
    Sarif,
}

/// What was found of another tool's entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The findings that it knows.
    pub baseline: Baseline,
    /// How many entries there were.
    pub entries: usize,
    /// Those that are no finding of ours.
    pub unmatched: Vec<Unmatched>,
}

/// An entry that is no finding of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The file, as the entry names it.
    pub path: String,
    /// The line; 0 when it names none.
    pub line: u32,
    /// The rule of the other tool.
    pub rule: String,
    /// Why.
    pub why: Why,
}

/// Why an entry is no finding of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The repository has no such file.
    NoFile,
    /// Nothing is found in that place.
    NothingThere,
    /// What is found in that place is about something else.
    OtherMatter,
}

/// An entry of another tool. It may hold a secret, so it is not shown.
struct Entry {
    path: String,
    /// Lines from 1; 0 for a file as a whole.
    first: u32,
    last: u32,
    rule: String,
    /// What it speaks of; `None` for our own, which tell by a fingerprint.
    means: Option<Means>,
    token: Option<Token>,
    /// The commit of a finding of the past.
    commit: Option<String>,
    fingerprint: Option<u128>,
    verdict: Option<Verdict>,
}

/// How an entry tells its secret.
enum Token {
    Text(String),
    /// In hex.
    Sha1(String),
}

impl Token {
    fn is(&self, text: &str) -> bool {
        match self {
            Token::Text(secret) => text == secret,
            Token::Sha1(hash) => sha1(text).is_some_and(|sum| sum.eq_ignore_ascii_case(hash)),
        }
    }
}

/// In hex.
fn sha1(text: &str) -> Option<String> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(text.as_bytes());
    hasher.try_finalize().ok().map(|sum| sum.to_hex().to_string())
}

/// Looks for the entries of another tool among the findings of a scan of `root`.
///
/// # Errors
/// When the text is not of that form.
pub fn import(
    format: Format,
    text: &str,
    root: &Path,
    scan: &Scan,
    reason: &str,
) -> Result<Imported, Fault> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let entries = match format {
        Format::Gitleaks => gitleaks::read(body),
        Format::DetectSecrets => detect_secrets::read(body),
        Format::Sarif => sarif::read(body),
    };
    let entries = entries.map_err(|error| fault_of(&error))?;
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let places = Places::of(&root, scan);
    let mut imported = Imported { entries: entries.len(), ..Imported::default() };
    let mut taken: HashSet<(usize, usize)> = HashSet::new();
    for entry in &entries {
        match places.find(entry) {
            Err(why) => imported.unmatched.push(Unmatched {
                path: entry.path.clone(),
                line: entry.first,
                rule: entry.rule.clone(),
                why,
            }),
            Ok(found) => {
                for (finding, matter) in found {
                    let known = &scan.report.findings[finding].matters[matter];
                    if taken.insert((finding, matter)) {
                        imported.baseline.add(known, reason);
                    }
                    if let Some(verdict) = entry.verdict {
                        imported.baseline.decide(&Key::of(known), verdict, None);
                    }
                }
            }
        }
    }
    Ok(imported)
}

/// The findings of a scan by where they stand.
struct Places<'s> {
    root: String,
    findings: &'s [Finding],
    snapshot: &'s Snapshot,
    /// By path: the places of each finding in it.
    by_path: HashMap<&'s str, Vec<(usize, &'s Location)>>,
    by_fingerprint: HashMap<u128, usize>,
}

impl<'s> Places<'s> {
    fn of(root: &Path, scan: &'s Scan) -> Self {
        let findings = scan.report.findings.as_slice();
        let mut by_path: HashMap<&str, Vec<(usize, &Location)>> = HashMap::new();
        let mut by_fingerprint = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            if finding.suppression.is_some() {
                continue;
            }
            by_fingerprint.insert(finding.fingerprint.0, index);
            // Where else a finding about a secret shows is a place of that secret.
            let others = finding.related.iter().filter(|_| finding.leak.is_some());
            for place in std::iter::once(&finding.location).chain(others) {
                by_path.entry(place.artifact.as_str()).or_default().push((index, place));
            }
        }
        let root = root.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        Self { root, findings, snapshot: &scan.snapshot, by_path, by_fingerprint }
    }

    /// What an entry knows: findings, and which of their matters.
    fn find(&self, entry: &Entry) -> Result<Vec<(usize, usize)>, Why> {
        if let Some(fingerprint) = entry.fingerprint
            && let Some(&index) = self.by_fingerprint.get(&fingerprint)
        {
            return Ok((0..self.findings[index].matters.len()).map(|n| (index, n)).collect());
        }
        let path = self.path(&entry.path).ok_or(Why::NoFile)?;
        let Some(here) = self.by_path.get(path.as_str()) else { return Err(Why::NothingThere) };
        let of_time = |index: usize| {
            let finding = &self.findings[index];
            match &entry.commit {
                // The message names the commit by its beginning.
                Some(commit) if is_past(finding) => {
                    commit.get(..7).is_some_and(|short| finding.message.contains(short))
                }
                _ => !is_past(finding),
            }
        };
        let at_place = |&&(index, place): &&(usize, &Location)| {
            let last = place.end.line.max(place.start.line);
            of_time(index) && entry.first <= last && place.start.line <= entry.last
        };
        let same_secret = |&&(index, place): &&(usize, &Location)| {
            let shown = || self.text_of(place);
            let token = entry.token.as_ref().filter(|_| of_time(index));
            token.is_some_and(|token| shown().is_some_and(|text| token.is(text)))
        };
        let mut found: Vec<&(usize, &Location)> = here.iter().filter(at_place).collect();
        // In a report of the history lines are those of another time.
        if entry.commit.is_some() || found.is_empty() {
            let same: Vec<_> = here.iter().filter(same_secret).collect();
            if !same.is_empty() {
                found = same;
            }
        }
        if found.is_empty() {
            return Err(Why::NothingThere);
        }
        let meant = |finding: &Finding| match &entry.means {
            Some(of) => means(of, finding),
            None => finding.answers_to(&entry.rule),
        };
        found.retain(|(index, _)| meant(&self.findings[*index]));
        let mut known: Vec<(usize, usize)> = found
            .into_iter()
            .flat_map(|&(index, _)| {
                let matters = self.findings[index].matters.iter().enumerate();
                matters
                    .filter(|(_, matter)| matter.artifact == path)
                    .map(move |(matter, _)| (index, matter))
            })
            .collect();
        known.sort_unstable();
        known.dedup();
        if known.is_empty() { Err(Why::OtherMatter) } else { Ok(known) }
    }

    fn text_of(&self, place: &Location) -> Option<&str> {
        let artifact = self.snapshot.artifact(place.artifact.as_str())?;
        self.snapshot.text(artifact)?.get(place.region.range())
    }

    /// The file of the repository that a path means. A report may come from another
    /// machine: then an absolute path means the file that has most of its end.
    fn path(&self, path: &str) -> Option<ArtifactPath> {
        let below = path.strip_prefix(self.root.as_str()).and_then(|rest| rest.strip_prefix('/'));
        let exists = |path: &str| {
            let path = ArtifactPath::resolve("", path)?;
            let past = || self.by_path.contains_key(path.as_str());
            (self.snapshot.artifact(path.as_str()).is_some() || past()).then_some(path)
        };
        if let Some(found) = exists(below.unwrap_or(path)) {
            return Some(found);
        }
        let is_absolute = path.starts_with('/') || path.as_bytes().get(1) == Some(&b':');
        let mut rest = Some(path).filter(|_| is_absolute);
        while let Some((_, end)) = rest.and_then(|rest| rest.split_once('/')) {
            if let Some(found) = exists(end) {
                return Some(found);
            }
            rest = Some(end);
        }
        None
    }
}
