//! How the sources of a plugin become a component.
//!
//! A Rust plugin is built in two steps: cargo makes a core module for
//! `wasm32-unknown-unknown`, a target without any system, so that nothing but the
//! host's interfaces can be asked for; then [`componentize`] wraps the module into
//! a component by the description that the bindings put into it.
//!
//! By hand, with the target installed (`rustup target add wasm32-unknown-unknown`),
//! the first step is
//!
//! ```text
//! cargo build --release --target wasm32-unknown-unknown
//! ```
//!
//! Where the target cannot be had, any compiler with the sources of the standard
//! library builds that too (Debian: `apt-get install rustc-web rust-web-src lld-19`):
//!
//! ```text
//! RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
//! CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
//!   cargo build --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort
//! ```
//!
//! [`Toolchain::find`] looks which of the two works; [`build`] does both steps. A
//! script becomes a component by the tool of its language: componentize-js for
//! JavaScript, componentize-py for Python.

mod cargo;
mod component;
mod error;
mod language;
mod script;
mod toolchain;

pub use cargo::{Locking, core_module};
pub use component::{Component, PLUGIN_EXPORT, componentize, inspect};
pub use error::BuildError;
pub use language::Language;
pub use script::COMPONENTIZE_PY;
pub use toolchain::Toolchain;

use std::path::Path;

/// Builds the plugin in `directory`, whatever it is written in. What the tools have
/// to say goes to standard error. `target` is where they keep what they made; Rust
/// plugins that share one build the standard library once.
///
/// # Errors
/// When there is no toolchain, the build fails, or what it made is no plugin.
pub fn build(directory: &Path, target: &Path, locking: Locking) -> Result<Component, BuildError> {
    let component = match Language::of(directory)? {
        Language::Rust => build_rust(directory, target, locking)?,
        script => script::build(script, directory, target)?,
    };
    component.check()?;
    Ok(component)
}

fn build_rust(directory: &Path, target: &Path, locking: Locking) -> Result<Component, BuildError> {
    let toolchain = Toolchain::find(directory)?;
    let path = core_module(directory, target, &toolchain, locking)?;
    let module = std::fs::read(&path).map_err(|source| BuildError::Read { path, source })?;
    componentize(&module)
}
