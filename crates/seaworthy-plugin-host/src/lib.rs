//! Plugins: WebAssembly components with rules of their own, run without any
//! authority and inside bounds.
//!
//! A plugin speaks the contract of `seaworthy-plugin-api/wit`. Here it is loaded,
//! its compiled code cached, its self-description checked, its rules run beside
//! those of the house and everything that it returns checked. Nothing here opens
//! a connection.

mod bindings;
mod check;
mod digest;
mod glob;
mod limits;
pub mod lock;
mod runtime;
pub mod trust;
mod view;

pub use digest::Digest;
pub use limits::Limits;
