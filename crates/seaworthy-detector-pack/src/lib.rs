//! Detectors as data: the form of a pack, its strict checking, and the tables
//! that the engine searches by.
//!
//! The crate is used twice: by the build of `seaworthy-detectors`, which compiles
//! the packs of `rules/` into tables inside the binary, and at run time for the
//! packs of a team. It knows nothing of files or judgement.

mod anchors;
mod detector;
mod proof;
mod table;

pub use anchors::{Finder, STRUCTURAL};
pub use detector::{Detector, Family, Kind, Shape};
pub use proof::Proof;
pub use table::{Entry, Literal, TRIGRAMS, Table, Target};
