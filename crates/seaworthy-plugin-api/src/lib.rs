//! The contract between seaworthy and its plugins, and the Rust SDK to write
//! them.
//!
//! A plugin is a WASM component of the package `seaworthy:plugin` (the folder
//! `wit/`, or [`WIT`]). It has no authority of its own: it asks the host about
//! the files of the scan and answers with findings.
#![cfg_attr(feature = "guest", doc = "", doc = include_str!("sdk.md"))]

#[cfg(feature = "guest")]
mod context;
#[cfg(feature = "guest")]
mod finding;
#[cfg(feature = "guest")]
#[expect(
    missing_docs,
    reason = "generated; what the contract says of an item is its documentation"
)]
mod generated;
#[cfg(feature = "guest")]
mod region;
#[cfg(feature = "guest")]
mod rule;
#[cfg(feature = "guest")]
pub mod run;

#[cfg(feature = "guest")]
pub use context::Context;
#[cfg(feature = "guest")]
pub use generated::bindings;
#[cfg(feature = "guest")]
pub use generated::bindings::seaworthy::plugin::documents::{
    ComposePort, ComposeService, ComposeText, ComposeVolume, Definition, Dependency, Document,
    EnvEntry, EnvLoad, EnvValue, HeaderRule, IgnoreRule, Judgement, LockedPackage, MergedNode,
    Node, NodeKind, Origin, PortRange, Problem, Route, Stack,
};
#[cfg(feature = "guest")]
pub use generated::bindings::seaworthy::plugin::types::{
    Applicability, Attributes, Finding, Fix, Location, Position, Precision, Region, Related,
    Replacement, Severity,
};
#[cfg(feature = "guest")]
pub use generated::bindings::seaworthy::plugin::{log, repo, values};
#[cfg(feature = "guest")]
pub use rule::{Check, FileCheck, RepositoryCheck, Rule, Selector};
#[cfg(feature = "guest")]
pub use serde_json;

/// The major version of the contract. A host runs the plugins of its own.
pub const API_MAJOR: u64 = 1;

/// The contract: each file of the WIT package with its name.
pub const WIT: [(&str, &str); 4] = [
    ("types.wit", include_str!("../wit/types.wit")),
    ("documents.wit", include_str!("../wit/documents.wit")),
    ("host.wit", include_str!("../wit/host.wit")),
    ("plugin.wit", include_str!("../wit/plugin.wit")),
];

#[cfg(test)]
mod tests {
    use super::WIT;

    #[test]
    fn the_contract_is_whole_and_of_one_version() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/wit");
        let files = std::fs::read_dir(folder).expect("the folder of the contract is there");
        assert_eq!(files.count(), WIT.len());
        for (name, text) in WIT {
            assert!(text.starts_with("package seaworthy:plugin@1.0.0;\n"), "{name}");
        }
    }
}
