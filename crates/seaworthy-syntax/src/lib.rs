//! Parsers that never fail.
//!
//! Each takes a text and returns what it could read together with the errors,
//! always with byte [`Region`](seaworthy_model::Region)s into that text. YAML,
//! JSON and TOML come out as one kind of [`Tree`], so that what reads a
//! configuration does not care in which notation it was written. Env and ignore
//! files have models of their own.

pub mod env;
pub mod ignore;
pub mod json;
pub mod toml;
mod tree;
pub mod yaml;

use seaworthy_model::Region;

pub use tree::{Entry, Node, NodeId, NodeKind, NodeRef, Notation, Style, Tree, TreeBuilder};

/// A place where a text breaks its format's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where; empty when something is missing.
    pub region: Region,
    /// What is wrong, as a phrase without a capital or a period. Never quotes
    /// the text, which may be a secret.
    pub message: String,
}
