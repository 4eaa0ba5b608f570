//! What a plugin is written in, and what its folder says about building it.

use std::path::Path;

use seaworthy_syntax::{NodeRef, json, toml};

use crate::BuildError;

/// The worlds of the contract that a plugin can have.
const WORLDS: [&str; 3] = ["file-plugin", "repo-plugin", "full-plugin"];

/// The most bytes of a manifest.
const MAX_MANIFEST: u64 = 1024 * 1024;

/// The languages that are known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A folder with a `Cargo.toml`.
    Rust,
    /// A folder with a `package.json`.
    JavaScript,
    /// A folder with a `pyproject.toml`.
    Python,
}

impl Language {
    /// The language of the plugin in a folder, by its manifest.
    ///
    /// # Errors
    /// When there is none.
    pub fn of(directory: &Path) -> Result<Self, BuildError> {
        [Language::Rust, Language::JavaScript, Language::Python]
            .into_iter()
            .find(|language| directory.join(language.manifest()).is_file())
            .ok_or_else(|| BuildError::NoManifest { path: directory.to_owned() })
    }

    /// The file that describes a package of the language.
    #[must_use]
    pub const fn manifest(self) -> &'static str {
        match self {
            Language::Rust => "Cargo.toml",
            Language::JavaScript => "package.json",
            Language::Python => "pyproject.toml",
        }
    }
}

/// What is to be built of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// The world that it implements.
    pub(crate) world: String,
    /// The file of a JavaScript plugin, the module of a Python one.
    pub(crate) entry: String,
}

impl Script {
    /// Reads a script's manifest: `"main"` and `"seaworthy": {"world": …}` of a
    /// `package.json`, `world` and `module` in `[tool.seaworthy]` of a
    /// `pyproject.toml`.
    pub(crate) fn read(language: Language, directory: &Path) -> Result<Self, BuildError> {
        let path = directory.join(language.manifest());
        let failed = |source| BuildError::Read { path: path.clone(), source };
        if std::fs::metadata(&path).map_err(failed)?.len() > MAX_MANIFEST {
            return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
        }
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        Self::parse(language, &text)
            .map_err(|reason| BuildError::Manifest { path: path.clone(), reason })
    }

    fn parse(language: Language, text: &str) -> Result<Self, String> {
        let (tree, table, entry, usual) = match language {
            Language::Python => (toml::parse(text), "tool.seaworthy", "module", "plugin"),
            _ => (json::parse(text), "seaworthy", "main", "plugin.js"),
        };
        if let Some(error) = tree.errors().first() {
            return Err(error.message.clone());
        }
        let root = tree.root();
        let own = table.split('.').try_fold(root, NodeRef::get);
        let string =
            |node: Option<NodeRef<'_>>, key: &str| Some(node?.get(key)?.as_str()?.to_owned());
        let world = string(own, "world").unwrap_or_else(|| "full-plugin".to_owned());
        if !WORLDS.contains(&world.as_str()) {
            return Err(format!("`world` in {table} is none of {}", WORLDS.join(", ")));
        }
        let holder = if language == Language::Python { own } else { Some(root) };
        let entry = string(holder, entry).unwrap_or_else(|| usual.to_owned());
        let entry = entry.trim_start_matches("./").to_owned();
        if entry.is_empty() || entry.starts_with('-') {
            return Err("the file to build has no usable name".to_owned());
        }
        Ok(Self { world, entry })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_says_what_is_built() {
        let read = |language, text| {
            Script::parse(language, text).map(|script| format!("{} {}", script.world, script.entry))
        };
        let (js, py) = (Language::JavaScript, Language::Python);
        let cases = [
            (js, "{}", Ok("full-plugin plugin.js")),
            (
                js,
                r#"{"main": "./src/a.js", "seaworthy": {"world": "file-plugin"}}"#,
                Ok("file-plugin src/a.js"),
            ),
            (js, r#"{"seaworthy": {"world": "no"}}"#, Err("`world` in seaworthy is none of")),
            (js, r#"{"main": "--version"}"#, Err("the file to build")),
            (js, "{", Err("")),
            (py, "", Ok("full-plugin plugin")),
            (
                py,
                "[tool.seaworthy]\nworld = 'repo-plugin'\nmodule = 'app'\n",
                Ok("repo-plugin app"),
            ),
        ];
        for (language, text, want) in cases {
            let got = read(language, text);
            match want {
                Ok(want) => assert_eq!(got.as_deref(), Ok(want), "{text}"),
                Err(want) => {
                    assert!(got.as_ref().is_err_and(|got| got.contains(want)), "{text}: {got:?}");
                }
            }
        }
    }

    #[test]
    fn the_manifest_tells_the_language() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(Language::of(here).ok(), Some(Language::Rust));
        assert!(matches!(Language::of(&here.join("src")), Err(BuildError::NoManifest { .. })));
    }
}
