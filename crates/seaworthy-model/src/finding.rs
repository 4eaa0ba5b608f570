//! What a rule found.

use crate::{Fix, Location, Precision, Rule, Severity};

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
}

/// SARIF's `baselineState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaselineState {
    /// Not in the baseline.
    New,
    /// In the baseline.
    Unchanged,
}
