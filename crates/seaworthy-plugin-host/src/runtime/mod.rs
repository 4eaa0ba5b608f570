//! Running a plugin inside its bounds.
//!
//! One engine, made when the first plugin is needed; per plugin the linked code
//! ([`Linked`]), shared by all threads; per plugin and thread an [`Instance`], used
//! for file after file. Whatever fails inside an instance ends it.

mod engine;
mod failure;
mod instance;
mod linked;
mod log;
mod memory;
mod state;
mod wasi;

pub(crate) use engine::{Machine, Source};
pub(crate) use failure::Failure;
pub(crate) use instance::Instance;
pub(crate) use linked::{Linked, api_version};
pub use log::LogLevel;
pub(crate) use state::State;
