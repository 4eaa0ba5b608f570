//! Secret detection: the engine that runs the detectors of the packs and the
//! structural finders over every text, and the judgement of what they find.

mod candidate;
pub mod check;
mod embedded;
mod expression;
mod file;
mod files;
mod find;
mod gitleaks;
mod judge;
mod jwt_proof;
mod leaks;
mod message;
mod names;
mod paths;
pub mod reference;
mod rules;
mod scan;
mod session;
mod source;

pub use candidate::{Candidate, Name, Secret, Standing};
pub use embedded::{TABLE, embedded};
pub use file::{File, Language};
pub use gitleaks::Gitleaks;
pub use judge::Verdict;
pub use leaks::{Leak, leaks_of};
pub use scan::{Cost, Part, Profile, Scanner, Scratch, compiles};
pub use seaworthy_analysis::GitStanding;
pub use session::Session;
pub use source::{Detectors, as_rules, kinds, rules_of};
