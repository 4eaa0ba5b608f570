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

/// Applies edits of one file to its text. `None` when they overlap or do not
/// fit the text, so that a stale fix never damages a file.
#[must_use]
pub fn apply(text: &str, replacements: &[&Replacement]) -> Option<String> {
    let mut sorted: Vec<&Replacement> = replacements.to_vec();
    sorted.sort_by_key(|replacement| replacement.region);
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for replacement in sorted {
        edited.push_str(text.get(done..replacement.region.start)?);
        text.get(replacement.region.range())?;
        edited.push_str(&replacement.text);
        done = replacement.region.end;
    }
    edited.push_str(text.get(done..)?);
    Some(edited)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replacement(start: usize, end: usize, text: &str) -> Replacement {
        let position = Position { line: 1, column: 1, byte_column: 1 };
        Replacement {
            artifact: ArtifactPath::new("x"),
            region: Region::new(start, end),
            start: position,
            end: position,
            text: text.to_owned(),
        }
    }

    #[test]
    fn edits_apply_in_any_order_and_never_overlap() {
        let (first, second) = (replacement(0, 1, "A"), replacement(3, 3, "+"));
        assert_eq!(apply("abcd", &[&second, &first]).as_deref(), Some("Abc+d"));
        let overlapping = replacement(0, 2, "");
        assert_eq!(apply("abcd", &[&first, &overlapping]), None);
        assert_eq!(apply("ab", &[&second]), None, "outside the text");
        assert_eq!(apply("ü", &[&replacement(1, 2, "")]), None, "inside a character");
    }
}
