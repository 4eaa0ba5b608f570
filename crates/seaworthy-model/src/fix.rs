//! Edits that mend a finding.

use crate::{ArtifactPath, Position, Region};

/// How far an edit may be applied without a person looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// Keeps the meaning that the author intended; applied by `--fix`.
    Safe,
    /// Changes behaviour; applied by `--unsafe-fixes`.
    Unsafe,
    /// Shown only: a person has to fill something in.
    DisplayOnly,
}

impl Applicability {
    /// The name in kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
            Applicability::DisplayOnly => "display-only",
        }
    }
}

/// SARIF's `fix`: edits that belong together and are applied all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does, as an imperative sentence without a period.
    pub title: String,
    /// Whether it may be applied unseen.
    pub applicability: Applicability,
    /// The edits, in no particular order; they do not overlap within a file.
    pub replacements: Vec<Replacement>,
}

/// One edit: the bytes of `region` become `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The file to edit.
    pub artifact: ArtifactPath,
    /// The bytes to remove; empty to insert.
    pub region: Region,
    /// Where the removed bytes start.
    pub start: Position,
    /// Where the removed bytes end.
    pub end: Position,
    /// The text to put there. Never holds a secret.
    pub text: String,
}
