//! Values under a telling name, by all means of assignment in all languages.

use seaworthy_model::Region;

use crate::candidate::{Candidate, Name, Secret, Standing};
use crate::file::File;

/// A literal value and the name it is assigned to.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The name.
    pub(crate) name: Name,
    /// The bytes of the value, without quotes.
    pub(crate) region: Region,
    /// Its effective text.
    pub(crate) value: Secret,
    /// How it stands.
    pub(crate) standing: Standing,
}

/// The pair whose name contains the word at `word`; `None` when no literal is
/// assigned to it.
pub(crate) fn extract(_text: &str, _word: Region, _file: &File<'_>) -> Option<Pair> {
    None
}

/// The candidate that a pair is when no detector of a pack knows it: its name
/// speaks of a secret.
pub(crate) fn generic(_pair: &Pair, _text: &str, _file: &File<'_>) -> Option<Candidate> {
    None
}
