//! Plugins: WebAssembly components with rules of their own, run without any
//! authority and inside bounds.
//!
//! A plugin speaks the contract of `seaworthy-plugin-api/wit`. Here it is loaded,
//! its compiled code cached, its self-description checked, its rules run beside
//! those of the house and everything that it returns checked. Nothing here opens
//! a connection.

mod bindings;
mod cache;
mod check;
mod digest;
mod error;
mod glob;
mod host;
mod limits;
pub mod lock;
mod metadata;
mod runtime;
mod select;
mod source;
pub mod trust;
mod view;
mod word;

pub use cache::Cache;
pub use digest::Digest;
pub use error::{API_MAJOR, MAX_COMPONENT_BYTES, PluginError};
pub use host::{Compile, Host, Plugin, PluginRequest, compile};
pub use limits::Limits;
pub use metadata::{Metadata, RuleMetadata, SelectorMetadata};
pub use runtime::LogLevel;
pub use source::{PluginRun, Plugins, Usage};
