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
//! [`Toolchain::find`] looks which of the two works; [`build`] does both steps.

mod cargo;
mod component;
mod error;
mod toolchain;

pub use cargo::{Locking, core_module};
pub use component::{Component, PLUGIN_EXPORT, componentize, inspect};
pub use error::BuildError;
pub use toolchain::Toolchain;

use std::path::Path;

/// Builds the Rust plugin in `directory`, a folder with a `Cargo.toml`. What cargo
/// has to say goes to standard error. `target` is where it keeps what it made;
/// plugins that share one build the standard library once.
///
/// # Errors
/// When there is no toolchain, cargo fails, or what it made is no plugin.
pub fn build(directory: &Path, target: &Path, locking: Locking) -> Result<Component, BuildError> {
    let toolchain = Toolchain::find(directory)?;
    let path = core_module(directory, target, &toolchain, locking)?;
    let module = std::fs::read(&path).map_err(|source| BuildError::Read { path, source })?;
    let component = componentize(&module)?;
    component.check()?;
    Ok(component)
}
