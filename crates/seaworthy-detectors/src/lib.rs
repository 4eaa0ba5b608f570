//! Secret detection: the engine that runs the detectors of the packs and the
//! structural finders over every text, and the judgement of what they find.

pub(crate) mod candidate;
pub(crate) mod file;
pub(crate) mod find;
pub(crate) mod judge;

pub use candidate::{Candidate, Name, Secret, Standing};
pub use file::{File, Language};
