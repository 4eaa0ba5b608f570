//! What a rule found.

use crate::{ArtifactPath, Fix, Location, Precision, Rule, Severity};

/// SARIF's `result`: one fault at one place.
///
/// It stands alone (its locations carry masked excerpts) and holds no secret.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that speaks.
    pub rule: &'static Rule,
    /// How bad it is here; may differ from the rule's own severity.
    pub severity: Severity,
    /// What is wrong and why it matters. The first sentence stands alone.
    pub message: String,
    /// The place to look at and to mend.
    pub location: Location,
    /// Other places that belong to the fault, each with a label.
    pub related: Vec<Location>,
    /// Ways to mend it, the best first.
    pub fixes: Vec<Fix>,
    /// Identity across runs.
    pub fingerprint: Fingerprint,
    /// What a baseline knows it by; several where findings about one secret were made
    /// one.
    pub matters: Vec<Matter>,
    /// Set when the finding is about a leaked secret.
    pub leak: Option<Leak>,
    /// Set when somebody accepted the finding; it stays in the report.
    pub suppression: Option<Suppression>,
    /// Set when a baseline was compared with.
    pub baseline: Option<BaselineState>,
}

impl Finding {
    /// Whether the finding counts: neither suppressed nor known from a
    /// baseline.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.suppression.is_none() && matches!(self.baseline, None | Some(BaselineState::New))
    }

    /// Whether settings or a suppression that say `id` mean this finding: its rule
    /// or the detector that spoke.
    #[must_use]
    pub fn answers_to(&self, id: &str) -> bool {
        self.rule.answers_to(id) || self.leak.is_some_and(|leak| leak.detector == id)
    }
}

/// What is known about the secret of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The id of the detector that knew it.
    pub detector: &'static str,
    /// How sure it is that this is a secret.
    pub precision: Precision,
    /// The same for the same secret, within one run only: a hash under a random
    /// key, which is never written anywhere.
    pub identity: u64,
}

/// The identity of a finding that survives moved lines: 128 bits over the rule,
/// the path, the evidence that the rule named and a count among equals.
///
/// Never derived from the bytes of a secret: a plain hash of a weak secret can
/// be reversed by trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u128);

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// What a finding is about, wherever in its file it stands and however often.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Matter {
    /// The file.
    pub artifact: ArtifactPath,
    /// The id of the rule.
    pub rule: &'static str,
    /// What the rule named.
    pub evidence: Evidence,
}

/// What a rule named as the object of a finding, the same in whatever file: 128 bits
/// over a text that holds no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence(pub u128);

/// As a UUID is written: what looks for secrets in a file takes it for none.
impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = format!("{:032x}", self.0);
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
        f.write_str(&parts.join("-"))
    }
}

impl std::str::FromStr for Evidence {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits: String = text.split('-').collect();
        let evidence = u128::from_str_radix(&digits, 16).map(Self).map_err(|_| ())?;
        // One way to write it, or two entries could be the same.
        (evidence.to_string() == text).then_some(evidence).ok_or(())
    }
}

/// SARIF's `suppression`: who accepted a finding, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// In the source or outside it.
    pub kind: SuppressionKind,
    /// The reason that was given, possibly empty.
    pub justification: String,
}

/// Where a suppression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressionKind {
    /// A comment in the file: SARIF's `inSource`.
    InSource,
    /// The settings or another file: SARIF's `external`.
    External,
    /// The mark of another tool in the file: SARIF's `inSource`.
    Foreign,
}

/// SARIF's `baselineState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaselineState {
    /// Not in the baseline.
    New,
    /// In the baseline.
    Unchanged,
}
