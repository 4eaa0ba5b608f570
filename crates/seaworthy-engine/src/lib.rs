//! To be written.

pub mod git;
