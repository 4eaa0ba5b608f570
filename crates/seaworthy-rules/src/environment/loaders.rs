//! What the loaders of a file make of it.

use std::collections::HashMap;

use seaworthy_model::Region;
use seaworthy_syntax::env::{EnvEntry, EnvLoadError, Loader, load};

/// The values that each of a file's loaders gets from it.
pub(super) struct Values {
    loaded: Vec<(Loader, HashMap<Region, String>, Option<EnvLoadError>)>,
}

impl Values {
    /// Loads the text with each loader, in an empty process environment.
    pub(super) fn load(text: &str, loaders: &[Loader]) -> Self {
        let loaded = loaders
            .iter()
            .map(|&loader| {
                let result = load(text, loader, &|_| None);
                let values = result.values.into_iter().filter_map(|value| {
                    let region = value.key_region;
                    value.value.map(|value| (region, value))
                });
                (loader, values.collect(), result.error)
            })
            .collect();
        Self { loaded }
    }

    /// Whether no loader is known.
    pub(super) fn is_empty(&self) -> bool {
        self.loaded.is_empty()
    }

    /// What each loader has for the entry; `None` where another line sets the
    /// variable, or the loader does not see it. A loader that refuses the file
    /// is left out.
    pub(super) fn of(&self, entry: &EnvEntry) -> impl Iterator<Item = (Loader, Option<&String>)> {
        let region = entry.key_region;
        self.loaded
            .iter()
            .filter(|(_, _, error)| error.is_none())
            .map(move |(loader, values, _)| (*loader, values.get(&region)))
    }

    /// The loaders that refuse the whole file, and why.
    pub(super) fn refusals(&self) -> impl Iterator<Item = (Loader, &EnvLoadError)> {
        self.loaded
            .iter()
            .filter_map(|(loader, _, error)| error.as_ref().map(|error| (*loader, error)))
    }
}

/// How messages call a loader.
pub(super) const fn called(loader: Loader) -> &'static str {
    match loader {
        Loader::Dotenv => "dotenv",
        Loader::Next => "Next.js",
        Loader::Compose => "Docker Compose",
        Loader::PythonDotenv => "python-dotenv",
    }
}
