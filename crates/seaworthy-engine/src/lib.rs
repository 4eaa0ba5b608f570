//! The engine: from a root to a report.
//!
//! All input and output of a scan is here: the walk, git, settings, and fixes.
//! One function, [`scan`], is called alike by the command line, the hook (a
//! snapshot of the index) and an editor (a snapshot with buffers laid over it).

mod archive;
pub mod baseline;
mod changes;
mod decode;
pub mod fixes;
mod foreign;
mod gather;
pub mod git;
mod history;
mod judge;
mod leaks;
mod mend;
mod package;
pub mod packs;
mod plugins;
mod prepare;
mod reason;
mod scan;
pub mod settings;
pub mod setup;
mod source;
mod suppress;
mod team;
mod walk;
mod workspace;

pub use changes::{Since, View};
pub use decode::readable;
pub use mend::{Answer, Mended, Proposal, mend, mend_asking};
pub use package::{file_of_package, public_npm_registry};
pub use plugins::{Compiler, PluginOptions};
pub use prepare::{rules, rules_of};
pub use scan::{DEFAULT_MAX_FILE_SIZE, Scan, ScanError, ScanOptions, scan};
pub use settings::FailOn;
pub use suppress::ignore_comment;
pub use workspace::{Interrupted, Workspace};
