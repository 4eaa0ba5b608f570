//! The engine: from a root to a report.
//!
//! All input and output of a scan is here: the walk, git, settings, and fixes.
//! One function, [`scan`], is called alike by the command line, the hook (a
//! snapshot of the index) and an editor (a snapshot with buffers laid over it).

mod archive;
mod decode;
pub mod fixes;
mod gather;
pub mod git;
mod history;
mod judge;
mod leaks;
mod mend;
pub mod packs;
mod scan;
pub mod settings;
mod source;
mod suppress;
mod team;
mod walk;

pub use decode::readable;
pub use mend::{Mended, mend};
pub use scan::{DEFAULT_MAX_FILE_SIZE, Scan, ScanError, ScanOptions, rules, scan};
pub use settings::FailOn;
