//! The structural finders: secrets that are known by where they stand.
//!
//! A finder is called at each of its literals (`seaworthy-detector-pack`,
//! `anchors.rs`), in order, and looks at a bounded window of the text around it.
//! It judges syntax; what a value is worth is the business of [`crate::judge`].

pub(crate) mod authorization;
pub(crate) mod base64;
pub(crate) mod command;
pub(crate) mod der;
pub(crate) mod escape;
pub(crate) mod hash;
pub(crate) mod jwk;
pub(crate) mod jwt;
pub(crate) mod near;
pub(crate) mod pair;
pub(crate) mod private_key;
pub(crate) mod sql;
pub(crate) mod url;

use seaworthy_detector_pack::Kind;

/// What the finders find.
pub(crate) static KINDS: &[&Kind] = &[&private_key::KIND];
