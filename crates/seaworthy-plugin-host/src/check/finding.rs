//! From what a plugin returns to findings of the house.

use seaworthy_analysis::{Artifact, Draft, Edit, Run, Snapshot};
use seaworthy_model::{ArtifactPath, Finding, Region, Rule, Severity};

use super::{phrase, plain};
use crate::bindings::seaworthy::plugin::types;

/// The most bytes of a message.
const MAX_MESSAGE: usize = 4_096;
/// The most sensitive places of a finding.
const MAX_SENSITIVE: usize = 1_000;
/// The most related places of a finding; further ones are left out.
const MAX_RELATED: usize = 64;
/// The most fixes of a finding; further ones are left out.
const MAX_FIXES: usize = 16;
/// The most edits of a fix.
const MAX_EDITS: usize = 1_000;

/// Something in an answer that had to be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The rule, without the plugin's name, if it is one of the plugin's.
    pub(crate) rule: Option<&'static str>,
    /// What is wrong, as a phrase.
    pub(crate) reason: String,
}

/// What an answer is held against.
pub(crate) struct Asked<'a> {
    /// All rules of the plugin.
    pub(crate) rules: &'a [&'static Rule],
    /// The places among them of those that were asked for.
    pub(crate) wanted: &'a [usize],
    /// The file under judgement, if one is.
    pub(crate) file: Option<&'a Artifact>,
}

/// Believes of an answer what is as the contract has it.
pub(crate) fn checked(
    answer: Vec<types::Finding>,
    asked: &Asked<'_>,
    run: &Run<'_>,
) -> (Vec<Finding>, Vec<Refusal>) {
    let mut own = Run { snapshot: run.snapshot, wanted: run.wanted, findings: Vec::new() };
    let mut refusals = Vec::new();
    for finding in answer {
        let named = asked.rules.iter().position(|rule| short(rule) == finding.rule);
        let Some(place) = named else {
            let reason = format!("it has no rule `{}`", phrase(&finding.rule));
            refusals.push(Refusal { rule: None, reason });
            continue;
        };
        // The user does not want to know.
        if !asked.wanted.contains(&place) {
            continue;
        }
        let rule = asked.rules[place];
        let mut refuse = |reason: String| {
            refusals.push(Refusal { rule: Some(short(rule)), reason });
        };
        match Report::of(finding, run.snapshot, asked.file, &mut refuse) {
            Ok(report) => own.guarded(rule, asked.file, |cx| {
                let draft = cx.report_in(&report.path, report.region, report.message.clone());
                report.fill(draft);
            }),
            Err(reason) => refuse(reason),
        }
    }
    (own.findings, refusals)
}

/// The id of a rule without its plugin's name.
pub(crate) fn short(rule: &Rule) -> &'static str {
    rule.id.split_once('/').map_or(rule.id, |(_, id)| id)
}

/// A finding whose every part was checked.
struct Report {
    path: ArtifactPath,
    region: Region,
    message: String,
    label: Option<String>,
    severity: Option<Severity>,
    evidence: String,
    sensitive: Vec<(ArtifactPath, Region)>,
    related: Vec<(ArtifactPath, Region, String)>,
    fixes: Vec<Edit>,
}

impl Report {
    fn of(
        finding: types::Finding,
        snapshot: &Snapshot,
        file: Option<&Artifact>,
        refuse: &mut dyn FnMut(String),
    ) -> Result<Self, String> {
        let message = plain(&finding.message, MAX_MESSAGE).trim().to_owned();
        if message.is_empty() {
            return Err("a finding without a message".to_owned());
        }
        let (path, region) = place(&finding.location, snapshot, file)?;
        if finding.sensitive.len() > MAX_SENSITIVE {
            // Without all of them the finding might show a secret.
            return Err(format!("a finding with more than {MAX_SENSITIVE} sensitive places"));
        }
        let mut sensitive = Vec::new();
        for location in &finding.sensitive {
            let (path, mut region) = place(location, snapshot, file)?;
            if location.region.is_none() {
                let artifact = snapshot.artifact(path.as_str());
                let text = artifact.and_then(|artifact| snapshot.text(artifact));
                region = Region::new(0, text.map_or(0, str::len));
            }
            sensitive.push((path, region));
        }
        let mut related = Vec::new();
        for other in finding.related.iter().take(MAX_RELATED) {
            match place(&other.location, snapshot, file) {
                Ok((path, region)) => related.push((path, region, phrase(&other.label))),
                Err(reason) => refuse(format!("a related place was left out: {reason}")),
            }
        }
        let mut fixes = Vec::new();
        for fix in finding.fixes.into_iter().take(MAX_FIXES) {
            match edit(fix, snapshot, file) {
                Ok(edit) => fixes.push(edit),
                Err(reason) => refuse(format!("a fix was left out: {reason}")),
            }
        }
        Ok(Self {
            path,
            region,
            message,
            label: finding.label.map(|label| phrase(&label)).filter(|label| !label.is_empty()),
            severity: finding.severity.map(severity),
            evidence: phrase(&finding.evidence),
            sensitive,
            related,
            fixes,
        })
    }

    fn fill(self, draft: &mut Draft) {
        if let Some(severity) = self.severity {
            draft.severity(severity);
        }
        if let Some(label) = self.label {
            draft.label(label);
        }
        draft.evidence(self.evidence);
        for (path, region) in self.sensitive {
            draft.sensitive_in(&path, region);
        }
        for (path, region, label) in self.related {
            draft.related(&path, region, label);
        }
        for edit in self.fixes {
            draft.fix(edit);
        }
    }
}

const fn severity(severity: types::Severity) -> Severity {
    match severity {
        types::Severity::Info => Severity::Info,
        types::Severity::Low => Severity::Low,
        types::Severity::Medium => Severity::Medium,
        types::Severity::High => Severity::High,
        types::Severity::Critical => Severity::Critical,
    }
}

/// The path that a plugin means: one inside the root, as the contract writes it; and
/// the file there, if there is one.
fn path<'s>(
    path: Option<&str>,
    snapshot: &'s Snapshot,
    file: Option<&'s Artifact>,
) -> Result<(ArtifactPath, Option<&'s Artifact>), String> {
    let artifact = match (path, file) {
        (None, None) => return Err("no path is given".to_owned()),
        (None, file) => file,
        (Some(path), _) => snapshot.artifact(path),
    };
    if let Some(artifact) = artifact {
        return Ok((artifact.path().clone(), Some(artifact)));
    }
    let path = path.unwrap_or_default();
    let unfit = path.is_empty() || path.len() > 4_096 || path.contains(char::is_control);
    match ArtifactPath::resolve("", path).filter(|clean| clean.as_str() == path && !unfit) {
        Some(path) => Ok((path, None)),
        None => Err(format!("`{}` is no path inside the repository", phrase(path))),
    }
}

fn place(
    location: &types::Location,
    snapshot: &Snapshot,
    file: Option<&Artifact>,
) -> Result<(ArtifactPath, Region), String> {
    let (path, artifact) = path(location.path.as_deref(), snapshot, file)?;
    let region = match location.region {
        Some(written) => region(written, &path, artifact, snapshot)?,
        None => Region::empty(0),
    };
    Ok((path, region))
}

/// A region that fits the text of the file.
fn region(
    region: types::Region,
    path: &ArtifactPath,
    artifact: Option<&Artifact>,
    snapshot: &Snapshot,
) -> Result<Region, String> {
    let (start, end) = (region.start as usize, region.end as usize);
    let Some(text) = artifact.and_then(|artifact| snapshot.text(artifact)) else {
        return Err(format!("`{}` is no file of the scan", phrase(path.as_str())));
    };
    let what = match () {
        () if start > end => "ends before it starts",
        () if end > text.len() => "reaches past the end of the file",
        () if text.get(start..end).is_none() => "cuts a character apart",
        () => return Ok(Region::new(start, end)),
    };
    Err(format!("the region {start}..{end} {what}"))
}

fn edit(fix: types::Fix, snapshot: &Snapshot, file: Option<&Artifact>) -> Result<Edit, String> {
    let title = phrase(&fix.title);
    if title.is_empty() || fix.replacements.is_empty() {
        return Err("it has no title or no edits".to_owned());
    }
    if fix.replacements.len() > MAX_EDITS {
        return Err(format!("it has more than {MAX_EDITS} edits"));
    }
    let mut edits = Vec::with_capacity(fix.replacements.len());
    for replacement in fix.replacements {
        let (path, artifact) = path(replacement.path.as_deref(), snapshot, file)?;
        let region = region(replacement.region, &path, artifact, snapshot)?;
        edits.push((path, region, replacement.text));
    }
    edits.sort_by(|(path_a, a, _), (path_b, b, _)| (path_a, a).cmp(&(path_b, b)));
    if edits.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[1].1.start < pair[0].1.end) {
        return Err("its edits overlap".to_owned());
    }
    let empty = match fix.applicability {
        types::Applicability::Safe => Edit::safe(title),
        types::Applicability::Unsafe => Edit::risky(title),
        types::Applicability::DisplayOnly => Edit::shown(title),
    };
    Ok(edits
        .into_iter()
        .fold(empty, |edit, (path, region, text)| edit.replace(&path, region, text)))
}
