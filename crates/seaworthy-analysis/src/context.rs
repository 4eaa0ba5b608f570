//! What a rule is given, and how it speaks.

use seaworthy_model::{
    Applicability, ArtifactPath, Evidence, Finding, Fingerprint, Fix, Leak, Matter, Region,
    Replacement, Rule, Severity,
};

use crate::document::DocumentKind;
use crate::joined::Joined;
use crate::locate::{self, Passage};
use crate::options::Options;
use crate::roles::FileRole;
use crate::snapshot::{Artifact, Snapshot};

/// The repository as a rule sees it, and the place to report to.
#[derive(Debug)]
pub struct Context<'s> {
    snapshot: &'s Snapshot,
    rule: &'static Rule,
    artifact: Option<&'s Artifact>,
    passage: Option<&'s Passage<'s>>,
    drafts: Vec<Draft>,
}

impl<'s> Context<'s> {
    pub(crate) fn new(
        snapshot: &'s Snapshot,
        rule: &'static Rule,
        artifact: Option<&'s Artifact>,
    ) -> Self {
        Self { snapshot, rule, artifact, passage: None, drafts: Vec::new() }
    }

    /// A context for a text that is no file of the snapshot.
    pub(crate) fn of_passage(
        snapshot: &'s Snapshot,
        rule: &'static Rule,
        passage: &'s Passage<'s>,
    ) -> Self {
        Self { snapshot, rule, artifact: None, passage: Some(passage), drafts: Vec::new() }
    }

    /// The repository.
    #[must_use]
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// The joined view of the repository.
    #[must_use]
    pub fn joined(&self) -> &'s Joined {
        self.snapshot.joined()
    }

    /// The thresholds in force.
    #[must_use]
    pub fn options(&self) -> &'s Options {
        self.snapshot.options()
    }

    /// The path of the file under judgement.
    ///
    /// # Panics
    /// In a `Check::Repository` rule, which judges no single file.
    #[must_use]
    pub fn path(&self) -> &'s ArtifactPath {
        self.current().path()
    }

    /// What the name of the file under judgement says that it is.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.current().kind()
    }

    /// The text of the file under judgement.
    ///
    /// # Panics
    /// In a `Check::Repository` rule, which judges no single file.
    #[must_use]
    pub fn text(&self) -> &'s str {
        self.snapshot.text(self.current()).unwrap_or("")
    }

    /// The role of the file under judgement.
    ///
    /// # Panics
    /// In a `Check::Repository` rule, which judges no single file.
    #[must_use]
    pub fn role(&self) -> FileRole {
        self.snapshot.role(self.current())
    }

    fn current(&self) -> &'s Artifact {
        self.artifact.expect("rules over the repository name the file they report in")
    }

    /// Reports a fault in the file under judgement. The first sentence of the
    /// message must stand alone; it never quotes a secret.
    ///
    /// # Panics
    /// In a `Check::Repository` rule, which judges no single file.
    pub fn report(&mut self, region: Region, message: impl Into<String>) -> &mut Draft {
        let path = self.path().clone();
        self.report_in(&path, region, message)
    }

    /// Reports a fault in any file of the snapshot.
    pub fn report_in(
        &mut self,
        artifact: &ArtifactPath,
        region: Region,
        message: impl Into<String>,
    ) -> &mut Draft {
        self.drafts.push(Draft {
            place: Place { artifact: artifact.clone(), region, label: None },
            message: message.into(),
            severity: self.rule.severity,
            related: Vec::new(),
            sensitive: Vec::new(),
            fixes: Vec::new(),
            evidence: String::new(),
            leak: None,
        });
        self.drafts.last_mut().expect("a draft was just pushed")
    }

    /// Locates, masks and identifies what was reported.
    pub(crate) fn finish(self) -> Vec<Finding> {
        let Context { snapshot, rule, passage, drafts, .. } = self;
        drafts.into_iter().map(|draft| draft.finish(snapshot, passage, rule)).collect()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) artifact: ArtifactPath,
    pub(crate) region: Region,
    pub(crate) label: Option<String>,
}

/// A finding in the making.
#[derive(Debug)]
pub struct Draft {
    place: Place,
    message: String,
    severity: Severity,
    related: Vec<Place>,
    sensitive: Vec<(ArtifactPath, Region)>,
    fixes: Vec<Edit>,
    evidence: String,
    leak: Option<Leak>,
}

impl Draft {
    /// Deviates from the rule's usual severity.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// Masks a region of the reported file wherever the finding shows it.
    pub fn sensitive(&mut self, region: Region) -> &mut Self {
        self.sensitive.push((self.place.artifact.clone(), region));
        self
    }

    /// Masks a region of another file.
    pub fn sensitive_in(&mut self, artifact: &ArtifactPath, region: Region) -> &mut Self {
        self.sensitive.push((artifact.clone(), region));
        self
    }

    /// Says something at the reported place itself.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.place.label = Some(label.into());
        self
    }

    /// Adds another place that belongs to the fault, with what it has to do
    /// with it.
    pub fn related(
        &mut self,
        artifact: &ArtifactPath,
        region: Region,
        label: impl Into<String>,
    ) -> &mut Self {
        self.related.push(Place { artifact: artifact.clone(), region, label: Some(label.into()) });
        self
    }

    /// Offers a fix. The first one offered is the best.
    pub fn fix(&mut self, edit: Edit) -> &mut Self {
        self.fixes.push(edit);
        self
    }

    /// Names what makes this finding itself: a variable, a service, a header.
    /// With the rule and the path it identifies the finding across runs, so it
    /// must not contain positions, and never a secret.
    pub fn evidence(&mut self, evidence: impl Into<String>) -> &mut Self {
        self.evidence = evidence.into();
        self
    }

    /// Says what is known about the secret that the finding is about.
    pub fn leak(&mut self, leak: Leak) -> &mut Self {
        self.leak = Some(leak);
        self
    }

    fn finish(
        self,
        snapshot: &Snapshot,
        passage: Option<&Passage<'_>>,
        rule: &'static Rule,
    ) -> Finding {
        let secrets = locate::secret_texts(snapshot, passage, &self.sensitive);
        let mut places = std::iter::once(&self.place).chain(&self.related);
        let location = locate::location(
            snapshot,
            passage,
            places.next().expect("the chain begins with the reported place"),
            &self.sensitive,
            true,
        );
        let related = places
            .map(|place| locate::location(snapshot, passage, place, &self.sensitive, false))
            .collect();
        let fixes = self
            .fixes
            .into_iter()
            .filter_map(|edit| edit.finish(snapshot))
            .filter(|fix| !fix.replacements.iter().any(|r| locate::tells(&r.text, &secrets)))
            .collect();
        let message = locate::redact(self.message, &secrets);
        let evidence = locate::redact(self.evidence, &secrets);
        Finding {
            rule,
            severity: self.severity,
            fingerprint: fingerprint(rule, &self.place.artifact, &evidence),
            matters: vec![Matter {
                artifact: self.place.artifact.clone(),
                rule: rule.id,
                evidence: Evidence(hash(&[&evidence])),
            }],
            message,
            location,
            related,
            fixes,
            leak: self.leak,
            suppression: None,
            baseline: None,
        }
    }
}

fn fingerprint(rule: &Rule, artifact: &ArtifactPath, evidence: &str) -> Fingerprint {
    Fingerprint(hash(&[rule.id, artifact.as_str(), evidence]))
}

/// FNV-1a over 128 bits: stable across versions and machines, and nothing it
/// is fed is secret.
fn hash(parts: &[&str]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash = OFFSET;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
    }
    hash
}

/// A fix in the making: edits that belong together.
#[derive(Clone, Debug)]
pub struct Edit {
    title: String,
    applicability: Applicability,
    replacements: Vec<(ArtifactPath, Region, String)>,
}

impl Edit {
    /// An edit that keeps what the author meant; the title is an imperative
    /// sentence without a period.
    #[must_use]
    pub fn safe(title: impl Into<String>) -> Self {
        Self::new(title, Applicability::Safe)
    }

    /// An edit that changes behaviour.
    #[must_use]
    pub fn risky(title: impl Into<String>) -> Self {
        Self::new(title, Applicability::Unsafe)
    }

    /// An edit that only shows the way.
    #[must_use]
    pub fn shown(title: impl Into<String>) -> Self {
        Self::new(title, Applicability::DisplayOnly)
    }

    fn new(title: impl Into<String>, applicability: Applicability) -> Self {
        Self { title: title.into(), applicability, replacements: Vec::new() }
    }

    /// Replaces the bytes of `region`.
    #[must_use]
    pub fn replace(
        mut self,
        artifact: &ArtifactPath,
        region: Region,
        text: impl Into<String>,
    ) -> Self {
        self.replacements.push((artifact.clone(), region, text.into()));
        self
    }

    /// Inserts text before the byte at `offset`.
    #[must_use]
    pub fn insert(self, artifact: &ArtifactPath, offset: usize, text: impl Into<String>) -> Self {
        self.replace(artifact, Region::empty(offset), text)
    }

    /// Removes the bytes of `region`.
    #[must_use]
    pub fn remove(self, artifact: &ArtifactPath, region: Region) -> Self {
        self.replace(artifact, region, "")
    }

    /// `None` when a file cannot be edited: it is not there or not UTF-8.
    fn finish(self, snapshot: &Snapshot) -> Option<Fix> {
        let replacements = self
            .replacements
            .into_iter()
            .map(|(path, region, text)| {
                let artifact = snapshot.artifact(path.as_str())?;
                if !snapshot.is_editable(artifact) {
                    return None;
                }
                let source = snapshot.text(artifact)?;
                source.get(region.range())?;
                let lines = snapshot.lines(artifact)?;
                Some(Replacement {
                    start: lines.position(source, region.start),
                    end: lines.position(source, region.end),
                    artifact: path,
                    region,
                    text,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Fix { title: self.title, applicability: self.applicability, replacements })
    }
}
