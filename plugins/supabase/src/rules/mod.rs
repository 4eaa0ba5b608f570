//! The rules: what each looks at, and how it says what is wrong.

pub(crate) mod auth_settings;
pub(crate) mod key_in_browser;
pub(crate) mod open_policy;
mod project;
pub(crate) mod public_variable;
pub(crate) mod row_level_security;

/// Roles of files that are neither examples nor tests nor somebody else's.
const OWN: &[&str] = &["deployable", "template", "development", "source"];

/// One rule says no more than this: the rest is of the same kind.
const MAX_FINDINGS: usize = 200;
