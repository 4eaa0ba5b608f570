//! A table.

use super::{Access, Place};

/// A table as the migrations leave it.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Its name where it was created.
    pub(crate) created: Place,
    /// The byte after the statement that created it, in the same file; none when
    /// another statement is around it.
    pub(crate) statement_end: Option<usize>,
    /// Whether row level security is on.
    pub(crate) secured: bool,
    /// Where it was switched off again.
    pub(crate) switched_off: Option<Place>,
    /// Who may use it.
    pub(crate) access: Access,
}
