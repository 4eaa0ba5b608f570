//! What real loaders make of an env file.
//!
//! Each loader is its engine's own algorithm, written out by hand: where an
//! engine uses a regular expression, its backtracking is worked out, not
//! replayed, so that time stays linear. What the engines leave unbounded, the
//! expansion of references, is bounded here.

mod compose;
mod dotenv;
mod next;
mod python;
mod template;

use std::collections::HashMap;
use std::fmt;

use seaworthy_model::{Region, mask};

/// A program that reads env files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loader {
    /// Node's `dotenv` 16 to 18, which expands nothing.
    Dotenv,
    /// Next.js (`@next/env` 16): `dotenv` 16.3 and an expansion of its own.
    Next,
    /// Docker Compose (compose-go 2) for `env_file` and `.env`.
    Compose,
    /// Python's `python-dotenv` 1.2, interpolating.
    PythonDotenv,
}

/// What a loader got from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Each variable once, in the order of their first assignments, with the
    /// value that counts.
    pub values: Vec<LoadedValue>,
    /// Why the loader refuses the whole file; then there are no values.
    pub error: Option<EnvLoadError>,
}

/// A variable as a loader passes it on.
#[derive(Clone, PartialEq, Eq)]
pub struct LoadedValue {
    /// The name; empty where the loader takes a line for a variable without one.
    pub key: String,
    /// The value; `None` where the loader knows the name alone.
    pub value: Option<String>,
    /// The bytes of the name where the value that counts is set.
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
    /// The name of the variable or the line that the loader stumbles over.
    pub region: Region,
    /// Why, as a phrase that quotes nothing of the text.
    pub message: String,
}

impl EnvLoadError {
    fn new(region: Region, message: &str) -> Self {
        Self { region, message: message.to_owned() }
    }
}

/// A lookup in the process environment.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads `text` as `loader` does, in a process with the given environment.
#[must_use]
pub fn load(text: &str, loader: Loader, environment: Environment<'_>) -> Loaded {
    let result = match loader {
        Loader::Dotenv => Ok(dotenv::load(text)),
        Loader::Next => next::load(text, environment),
        Loader::Compose => compose::load(text, environment),
        Loader::PythonDotenv => python::load(text, environment),
    };
    match result {
        Ok(table) => Loaded { values: table.values, error: None },
        Err(error) => Loaded { values: Vec::new(), error: Some(error) },
    }
}

/// Variables by name; a later assignment takes the place of an earlier one.
#[derive(Default)]
struct Table {
    values: Vec<LoadedValue>,
    positions: HashMap<String, usize>,
}

impl Table {
    fn set(&mut self, key: &str, value: Option<String>, key_region: Region) {
        if let Some(&position) = self.positions.get(key) {
            let known = &mut self.values[position];
            known.value = value;
            known.key_region = key_region;
        } else {
            self.positions.insert(key.to_owned(), self.values.len());
            self.values.push(LoadedValue { key: key.to_owned(), value, key_region });
        }
    }

    /// The entry under `key`: outside `None` if there is none, inside if it has
    /// no value.
    fn get(&self, key: &str) -> Option<Option<&str>> {
        let &position = self.positions.get(key)?;
        Some(self.values[position].value.as_deref())
    }
}

/// How many bytes the expansion of a file's references may still produce.
///
/// Generous for any real file; a chain of `B=$A$A` reaches it soon.
struct Budget {
    left: usize,
}

/// The message when the [`Budget`] is used up.
const TOO_LARGE: &str = "references expand to too much text";

impl Budget {
    const BASE: usize = 1 << 20;
    const PER_BYTE: usize = 16;

    fn new(text: &str) -> Self {
        Self { left: Self::BASE.saturating_add(text.len().saturating_mul(Self::PER_BYTE)) }
    }

    /// Takes `bytes`; false when that is more than is left.
    fn spend(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.left = 0;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
