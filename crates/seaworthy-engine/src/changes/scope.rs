//! What of a repository is judged.
//!
//! What does not change is understood, since rules look at several files at once; but
//! its text has been looked at when it was new.

use std::collections::HashSet;

use seaworthy_analysis::{Difference, RuleSource, Snapshot};
use seaworthy_model::Rule;

use super::Changes;
use crate::archive::container;

/// What is judged of a snapshot.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// All of it.
    Everything,
    /// The texts of what changed, and all that several files decide.
    Changed {
        /// What changed.
        changes: &'a Changes,
        /// What rules can see of it.
        difference: &'a Difference,
    },
    /// What these rules find in these files.
    Asked {
        /// By their ids.
        rules: &'a HashSet<&'static str>,
        /// By their paths.
        files: &'a HashSet<String>,
    },
}

impl Scope<'_> {
    /// Whether the text of the file is searched.
    pub(crate) fn has_text(&self, path: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Changed { changes, .. } => changes.touches(path),
            Self::Asked { files, .. } => files.contains(container(path)),
        }
    }

    /// Whether the file is judged as what it is, which other files may decide.
    pub(crate) fn has_document(&self, path: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Changed { changes, difference } => {
                difference.concerns_documents() || changes.touches(path)
            }
            Self::Asked { files, .. } => files.contains(path),
        }
    }

    /// Whether a part of a source is run, over the repository.
    pub(crate) fn has_part(
        &self,
        source: &dyn RuleSource,
        part: usize,
        snapshot: &Snapshot,
    ) -> bool {
        match self {
            Self::Changed { difference, .. } => source.is_concerned(part, difference, snapshot),
            Self::Everything | Self::Asked { .. } => true,
        }
    }

    /// Whether the rule is asked.
    pub(crate) fn has_rule(&self, rule: &Rule) -> bool {
        match self {
            Self::Everything | Self::Changed { .. } => true,
            Self::Asked { rules, .. } => rules.contains(rule.id),
        }
    }
}
