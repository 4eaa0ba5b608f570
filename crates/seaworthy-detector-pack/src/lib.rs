//! Detectors as data: the form of a pack, its strict checking, and the tables
//! that the engine searches by.
//!
//! The crate is used twice: by the build of `seaworthy-detectors`, which compiles
//! the packs of `rules/` into tables inside the binary, and at run time for the
//! packs of a team; the rules that a team wrote for gitleaks are read, too. It knows nothing of files or judgement.

mod anchors;
mod build;
mod detector;
mod emit;
mod expression;
pub mod gitleaks;
pub mod pack;
mod proof;
mod runs;
mod search;
mod spelling;
mod table;
mod windows;

pub use anchors::{Finder, STRUCTURAL};
pub use detector::{Detector, Family, Kind, Shape, Texts};
pub use emit::emit;
pub use proof::Proof;
pub use runs::{RUN, far_from_runs, runs, runs_into};
pub use table::{Beside, Entry, Index, Literal, TRIGRAMS, Table, Target};
