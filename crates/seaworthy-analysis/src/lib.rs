//! The repository as one thing.

pub mod names;
pub mod roles;
pub mod values;
