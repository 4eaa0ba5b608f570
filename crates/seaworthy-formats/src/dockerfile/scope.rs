//! The variables that are known at a place of a stage.

use std::collections::BTreeMap;

use super::expand::{NoValue, Value, expand};

/// Variables at a place of a Dockerfile.
#[derive(Clone, Debug)]
pub struct Scope {
    escape: char,
    env: BTreeMap<String, Option<String>>,
    args: BTreeMap<String, Value>,
    /// Whether what is not here is not set; otherwise the base image may set it.
    closed: bool,
    /// The bytes of all values that were set.
    spent: usize,
}

/// The most bytes of values that are kept; later ones are not known.
const MOST: usize = 4 << 20;

/// Arguments that BuildKit sets by itself.
const GIVEN: &[&str] = &[
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "TARGETSTAGE",
    "SOURCE_DATE_EPOCH",
];

/// Arguments that exist without being declared.
const UNDECLARED: &[&str] = &["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

impl Scope {
    /// The scope before the first `FROM`.
    pub(super) fn global(escape: char) -> Self {
        Self { escape, env: BTreeMap::new(), args: BTreeMap::new(), closed: true, spent: 0 }
    }

    /// The scope of a stage that begins with an image.
    pub(super) fn stage(escape: char, closed: bool) -> Self {
        Self { escape, env: BTreeMap::new(), args: BTreeMap::new(), closed, spent: 0 }
    }

    pub(super) fn declare(&mut self, name: &str, value: Value) {
        let value = match value {
            Value::Known(text) => self.kept(Some(text)).map_or(Value::Unknown, Value::Known),
            other => other,
        };
        self.args.insert(name.to_owned(), value);
    }

    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        let value = self.kept(value);
        self.env.insert(name.to_owned(), value);
    }

    fn kept(&mut self, value: Option<String>) -> Option<String> {
        self.spent += value.as_ref().map_or(0, String::len);
        value.filter(|_| self.spent <= MOST)
    }

    /// What is known of a variable.
    #[must_use]
    pub fn value(&self, name: &str) -> Value {
        if let Some(value) = self.env.get(name) {
            return value.clone().map_or(Value::Unknown, Value::Known);
        }
        match self.args.get(name) {
            Some(value) => value.clone(),
            None if GIVEN.contains(&name) => Value::Unknown,
            None if UNDECLARED.iter().any(|known| known.eq_ignore_ascii_case(name)) => {
                Value::Unknown
            }
            None if self.closed => Value::Unset,
            None => Value::Unknown,
        }
    }

    /// The value of a word here, quotes removed.
    ///
    /// # Errors
    /// When only the build knows it, or BuildKit refuses it.
    pub fn expand(&self, word: &str) -> Result<String, NoValue> {
        expand(word, self.escape, &|name| self.value(name))
    }

    /// The variables that `ENV` has set so far; `None` for a value that only the
    /// build knows.
    #[must_use]
    pub fn env(&self) -> &BTreeMap<String, Option<String>> {
        &self.env
    }
}
