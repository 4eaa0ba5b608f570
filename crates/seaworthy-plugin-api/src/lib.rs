//! The contract between seaworthy and its plugins.

/// The major version of the contract: a host runs plugins of the same.
pub const API_MAJOR: u64 = 1;
