//! The vocabulary of seaworthy.
//!
//! Plain data that every other crate speaks: where something is ([`Artifact`
//! paths](ArtifactPath), [`Region`]s, [`Location`]s), what is checked
//! ([`Rule`]), what was found ([`Finding`]) and what a run produced
//! ([`Report`]). Nothing here reads a file, a clock or the environment.
//!
//! A [`Finding`] stands alone: it carries its masked excerpt, so that a report
//! can be rendered without the repository, and it never holds a secret.

mod artifact;
mod finding;
mod fix;
mod location;
mod notification;
mod report;
mod rule;
mod spelling;

pub use artifact::{ArtifactPath, split_last};
pub use finding::{
    BaselineState, Evidence, Finding, Fingerprint, Leak, Matter, Suppression, SuppressionKind,
};
pub use fix::{Applicability, Fix, Replacement, apply};
pub use location::{Context, LineIndex, Location, Position, Region, mask};
pub use notification::{Notification, NotificationKind};
pub use report::{Absent, Extension, GitProvenance, Report, Scope, Statistics};
pub use rule::{Group, Level, Precision, Rule, Severity};
pub use spelling::nearest;
