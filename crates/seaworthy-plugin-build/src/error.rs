//! Why a plugin could not be built.

use std::path::PathBuf;

/// Why a plugin could not be built, in words for its author.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no way to compile for WASM.
    #[error(
        "no Rust compiler here can build for wasm32-unknown-unknown; run `rustup target add \
         wasm32-unknown-unknown`, or on Debian install rustc-web, rust-web-src and lld-19"
    )]
    NoToolchain,
    /// The folder holds no package.
    #[error(
        "{} is no plugin's folder: it holds no Cargo.toml, package.json or pyproject.toml",
        path.display()
    )]
    NoManifest {
        /// The folder.
        path: PathBuf,
    },
    /// The manifest is wrong.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The tool that builds scripts is not there.
    #[error("{hint}")]
    NoTool {
        /// What to do.
        hint: &'static str,
    },
    /// The tool failed; it has said why.
    #[error("{} could not build the plugin", program.display())]
    Tool {
        /// The program.
        program: PathBuf,
    },
    /// A program could not be started.
    #[error("cannot run {program}: {source}")]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Cargo failed; it has said why.
    #[error("cargo could not build the plugin")]
    Cargo,
    /// The crate makes no WASM module.
    #[error("the crate makes no module; its Cargo.toml needs `crate-type = [\"cdylib\"]` in [lib]")]
    NoModule,
    /// The module could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The encoder refuses the module.
    #[error("the module cannot be made a component: {0}")]
    Encode(String),
    /// The bytes are no component.
    #[error("not a WASM component: {0}")]
    NotAComponent(String),
    /// It exports no plugin of ours.
    #[error("the component exports no plugin; `plugin! {{ … }}` in its lib.rs does that")]
    NoPlugin,
    /// It asks for what no host gives.
    #[error("the component asks for more than a host gives: {}", .0.join(", "))]
    ForeignImports(Vec<String>),
}
