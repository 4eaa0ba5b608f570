//! The judgement: what makes of a candidate a finding worth reading.

use seaworthy_model::{Precision, Severity};

use crate::candidate::Candidate;
use crate::file::File;

/// What a candidate is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub precision: Precision,
}

/// Judges a candidate; `None` when it is no secret.
pub(crate) fn judge(_candidate: &Candidate, _text: &str, _file: &File<'_>) -> Option<Verdict> {
    None
}
