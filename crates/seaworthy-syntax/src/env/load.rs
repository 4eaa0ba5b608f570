//! What real loaders make of an env file.

use std::fmt;

use seaworthy_model::{Region, mask};

/// A program that reads env files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loader {
    /// Node's `dotenv`, which expands nothing.
    Dotenv,
    /// Next.js (`@next/env`).
    Next,
    /// Docker Compose (`env_file`, `.env`).
    Compose,
    /// Python's `python-dotenv`.
    PythonDotenv,
}

/// What a loader got from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Each variable once; where it is set several times, the value that counts.
    pub values: Vec<LoadedValue>,
    /// Why the loader refuses the whole file; then there are no values.
    pub error: Option<EnvLoadError>,
}

/// A variable as a loader passes it on.
#[derive(Clone, PartialEq, Eq)]
pub struct LoadedValue {
    /// The name.
    pub key: String,
    /// The value; `None` where the loader knows the name alone.
    pub value: Option<String>,
    /// The bytes of the name where it is set.
    pub key_region: Region,
}

impl fmt::Debug for LoadedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedValue")
            .field("key", &self.key)
            .field("value", &self.value.as_deref().map(mask))
            .field("key_region", &self.key_region)
            .finish()
    }
}

/// Why a loader refuses a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvLoadError {
    /// Where.
    pub region: Region,
    /// What the loader stumbles over, as a phrase that quotes nothing.
    pub message: String,
}
