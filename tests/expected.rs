//! The hand-made verdict on a fixture: `fixtures/<case>/expected.toml`.

use serde::Deserialize;

use crate::sandbox::fixture_directory;

/// A verdict.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// Texts that no output may hold.
    pub(crate) secrets: Vec<String>,
    #[serde(rename = "fault")]
    pub(crate) faults: Vec<Fault>,
    /// Findings that are right, though nobody planted them.
    #[serde(default, rename = "also")]
    pub(crate) also: Vec<Fault>,
    #[serde(rename = "trap")]
    pub(crate) traps: Vec<Trap>,
}

/// What must be found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) rule: String,
    pub(crate) path: String,
    /// The line it starts on; left out where something is absent.
    pub(crate) line: Option<u64>,
    pub(crate) severity: Option<String>,
    /// The kind of its suppression, if it is suppressed.
    pub(crate) suppressed: Option<String>,
    /// For the reader.
    #[expect(dead_code, reason = "a word to whoever reads the file")]
    pub(crate) why: String,
}

/// What looks like a fault and is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trap {
    pub(crate) path: String,
    /// The whole file when left out.
    pub(crate) line: Option<u64>,
    /// The rules that must be silent; all when left out.
    #[serde(default)]
    pub(crate) rules: Vec<String>,
    pub(crate) why: String,
}

/// Reads the verdict on a fixture.
pub(crate) fn expected(case: &str) -> Expected {
    let path = fixture_directory(case).join("expected.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
