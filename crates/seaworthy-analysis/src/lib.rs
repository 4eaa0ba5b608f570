//! The repository as one thing.
//!
//! A [`Snapshot`] is the repository at one moment: its paths, its documents,
//! each parsed once, and what git knows. Here is also decided, in one place
//! each, what a [name](names), a [value](values) and a [file](roles) mean, how
//! the files [join](joined) into a deployment, and what a [rule](NativeRule) is.

mod context;
#[cfg(test)]
mod core_tests;
mod difference;
mod document;
mod git_state;
pub mod joined;
mod line_hash;
mod locate;
pub mod names;
mod notation;
mod options;
mod pieces;
pub mod published;
pub mod reads;
pub mod roles;
mod rule;
mod secret_text;
mod sensitive;
mod snapshot;
#[cfg(test)]
mod texts;
pub mod values;

pub use context::{Context, Draft, Edit};
pub use difference::{Difference, Differing, Sees, is_named_in, is_searched_only};
pub use document::{Document, DocumentKind, is_plain_compose};
pub use git_state::{GitStanding, GitState};
pub use locate::{Passage, PassageStart};
pub use notation::{notation, parse_tree};
pub use options::Options;
pub use pieces::{Piece, PieceSizes};
pub use rule::{Check, NativeRule, NativeRules, RuleSource, Run, TextRule};
pub use secret_text::SecretText;
pub use snapshot::{Artifact, ReadProblem, Snapshot, SourceText, TextSource};
