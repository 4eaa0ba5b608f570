//! Which plugins this user trusts.
//!
//! A plugin runs confined, but it still takes time and memory and speaks in the
//! report. So what an audited repository pins runs only if the same bytes are in a
//! list of the user's own, outside of every repository: `trusted-plugins.toml` in
//! the configuration directory. `seaworthy plugin add` and `trust` write it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use seaworthy_syntax::{NodeRef, toml};

use crate::Digest;
use crate::lock::{LockError, line_of, quoted};

/// The name of the list.
pub const TRUST_FILE: &str = "trusted-plugins.toml";

/// The most bytes of the list.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The plugins that a user trusts, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    plugins: Vec<Trusted>,
}

/// One trusted plugin. Its bytes are what is trusted; the rest is for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// The bytes.
    pub sha256: Digest,
    /// What it called itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it was taken from.
    pub source: String,
}

/// Why the list cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// There is nowhere to keep it.
    #[error("no configuration directory: set SEAWORTHY_CONFIG_DIR, XDG_CONFIG_HOME or HOME")]
    NoDirectory,
    /// It cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The list.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It does not have its form.
    #[error("{}: {error}", path.display())]
    Form {
        /// The list.
        path: PathBuf,
        /// What is wrong.
        error: LockError,
    },
}

impl Trust {
    /// The list of this user, empty where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read: then nothing is trusted.
    pub fn load() -> Result<Self, TrustError> {
        match path() {
            Some(path) => Self::load_from(&path),
            None => Ok(Self::default()),
        }
    }

    fn load_from(path: &Path) -> Result<Self, TrustError> {
        let failed = |source| TrustError::File { path: path.to_owned(), source };
        let size = match std::fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(failed(error)),
        };
        if size > MAX_BYTES {
            return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        Self::parse(&text).map_err(|error| TrustError::Form { path: path.to_owned(), error })
    }

    /// Whether these bytes are trusted.
    #[must_use]
    pub fn has(&self, sha256: &Digest) -> bool {
        self.plugins.iter().any(|known| known.sha256 == *sha256)
    }

    /// The trusted plugins.
    #[must_use]
    pub fn plugins(&self) -> &[Trusted] {
        &self.plugins
    }

    /// Adds a plugin to this user's list on disk. Whether it is new there.
    ///
    /// # Errors
    /// When the list cannot be read or written.
    pub fn add(trusted: Trusted) -> Result<bool, TrustError> {
        let path = path().ok_or(TrustError::NoDirectory)?;
        let mut trust = Self::load_from(&path)?;
        if trust.has(&trusted.sha256) {
            return Ok(false);
        }
        trust.plugins.push(trusted);
        trust.write(&path)?;
        Ok(true)
    }

    /// Takes plugins off this user's list on disk: those with this name or digest.
    /// How many there were.
    ///
    /// # Errors
    /// When the list cannot be read or written.
    pub fn remove(name: &str) -> Result<usize, TrustError> {
        let path = path().ok_or(TrustError::NoDirectory)?;
        let mut trust = Self::load_from(&path)?;
        let before = trust.plugins.len();
        trust.plugins.retain(|known| known.name != name && known.sha256.to_string() != name);
        let removed = before - trust.plugins.len();
        if removed > 0 {
            trust.write(&path)?;
        }
        Ok(removed)
    }

    fn write(&self, path: &Path) -> Result<(), TrustError> {
        let failed = |source| TrustError::File { path: path.to_owned(), source };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        write_whole(path, self.render().as_bytes()).map_err(failed)
    }

    fn render(&self) -> String {
        let mut text = "# Plugins that may run wherever a repository pins them, by their bytes.\n\
                        # Written by `seaworthy plugin add` and `seaworthy plugin trust`.\n"
            .to_owned();
        for Trusted { sha256, name, version, source } in &self.plugins {
            let _ = write!(
                text,
                "\n[[plugin]]\nsha256 = \"{sha256}\"\nname = {}\nversion = {}\nsource = {}\n",
                quoted(name),
                quoted(version),
                quoted(source),
            );
        }
        text
    }

    fn parse(text: &str) -> Result<Self, LockError> {
        let tree = toml::parse(text);
        let at = |offset: usize, reason: &str| LockError {
            line: line_of(text, offset),
            reason: reason.to_owned(),
        };
        if let Some(error) = tree.errors().first() {
            return Err(at(error.region.start, &error.message));
        }
        let mut trust = Self::default();
        for table in tree.root().get("plugin").into_iter().flat_map(|list| list.items()) {
            let string = |key| table.get(key).and_then(NodeRef::as_str).unwrap_or("").to_owned();
            let Ok(sha256) = string("sha256").parse() else {
                return Err(at(table.region().start, "`sha256` is missing or no SHA-256"));
            };
            trust.plugins.push(Trusted {
                sha256,
                name: string("name"),
                version: string("version"),
                source: string("source"),
            });
        }
        Ok(trust)
    }
}

/// Where this user's list is.
#[must_use]
pub fn path() -> Option<PathBuf> {
    let set = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let directory = set("SEAWORTHY_CONFIG_DIR").or_else(|| {
        let base = match cfg!(windows) {
            true => set("APPDATA"),
            false => set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config"))),
        };
        Some(base?.join("seaworthy"))
    })?;
    Some(directory.join(TRUST_FILE))
}

/// Writes a file so that a reader sees the old one or the new one, never a part.
///
/// # Errors
/// When the file beside it cannot be written or moved into place.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(name: &str) -> Trusted {
        Trusted {
            sha256: Digest::of(name.as_bytes()),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            source: "npm:@team/\"x\"@1.0.0".to_owned(),
        }
    }

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let trust = Trust { plugins: vec![trusted("b"), trusted("a")] };
        assert_eq!(Trust::parse(&trust.render()), Ok(trust.clone()));
        assert!(trust.has(&Digest::of(b"a")) && !trust.has(&Digest::of(b"c")));
    }

    #[test]
    fn a_list_is_kept_whole_on_disk() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("deep").join(TRUST_FILE);
        assert_eq!(Trust::load_from(&path).expect("none is an empty one"), Trust::default());
        let trust = Trust { plugins: vec![trusted("a")] };
        trust.write(&path).expect("it can be written");
        assert_eq!(Trust::load_from(&path).expect("it can be read"), trust);
        let left = std::fs::read_dir(path.parent().expect("a directory")).expect("it is there");
        assert_eq!(left.count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_list_that_cannot_be_read_trusts_nobody() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join(TRUST_FILE);
        for text in ["[[plugin]]\nname = 'a'\n", "[[plugin]]\nsha256 = 'x'\n", "[[["] {
            std::fs::write(&path, text).expect("it can be written");
            assert!(matches!(Trust::load_from(&path), Err(TrustError::Form { .. })), "{text}");
        }
    }
}
