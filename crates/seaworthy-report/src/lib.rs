//! Renderers: a [`Report`](seaworthy_model::Report) for a terminal, for scripts and for
//! the platforms that show findings in their own way.
//!
//! Each is a plain function over a report and a writer. A finding carries its
//! masked excerpt, so nothing here opens a file of the audited repository, and
//! equal reports give equal bytes: no clock, no locale, no machine paths.
//!
//! Findings are written one after the other; what a renderer holds in memory
//! does not grow with their number, apart from the table of paths in SARIF.

pub mod checkstyle;
pub mod concise;
pub mod csv;
pub mod first;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod markdown;
mod message;
mod order;
mod plain;
pub mod rdjson;
#[cfg(test)]
mod sample;
pub mod sarif;
mod tally;
pub mod terminal;
mod visible;
pub mod web;
mod xml;

pub use visible::visible;

use seaworthy_model::Rule;

/// The tool's name in every report.
const TOOL: &str = "seaworthy";
/// Where the tool lives.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The address of a rule's documentation.
#[must_use]
pub fn rule_url(rule: &Rule) -> String {
    rule.url()
}
