//! The files of a repository that speak of plugins.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use seaworthy_engine::settings::{self, PluginSettings};
use seaworthy_plugin_host::lock::{LOCK_FILE, Lock, MAX_LOCK_BYTES};
use seaworthy_plugin_host::trust::write_whole;

/// A repository by its root: where its settings are.
pub(crate) struct Repository {
    pub(crate) root: PathBuf,
}

impl Repository {
    /// The given one, or the one around the current directory: the nearest directory
    /// with settings or git's.
    pub(crate) fn find(given: Option<&Path>) -> anyhow::Result<Self> {
        let start = match given {
            Some(directory) => directory.to_owned(),
            None => std::env::current_dir().context("the current directory cannot be found")?,
        };
        let start = start.canonicalize().with_context(|| start.display().to_string())?;
        anyhow::ensure!(start.is_dir(), "{} is no directory", start.display());
        if given.is_some() {
            return Ok(Self { root: start });
        }
        let is_root = |directory: &&Path| {
            directory.join(settings::FILE_NAME).is_file() || directory.join(".git").exists()
        };
        let root = start.ancestors().find(is_root).unwrap_or(&start).to_owned();
        Ok(Self { root })
    }

    /// The plugins that the settings name.
    pub(crate) fn plugins(&self) -> anyhow::Result<Vec<PluginSettings>> {
        Ok(settings::plugins(&self.settings()?))
    }

    fn settings(&self) -> anyhow::Result<String> {
        Ok(read(&self.root.join(settings::FILE_NAME), 1024 * 1024)?.unwrap_or_default())
    }

    /// Names a plugin in the settings.
    pub(crate) fn name_plugin(&self, name: &str, source: &str) -> anyhow::Result<()> {
        let before = self.settings()?;
        self.write_settings(&before, settings::with_plugin(&before, name, source))
    }

    /// Takes a plugin out of the settings.
    pub(crate) fn unname_plugin(&self, name: &str) -> anyhow::Result<()> {
        let before = self.settings()?;
        self.write_settings(&before, settings::without_plugin(&before, name))
    }

    fn write_settings(&self, before: &str, after: Result<String, String>) -> anyhow::Result<()> {
        let path = self.root.join(settings::FILE_NAME);
        let after = after.map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?;
        if after == before {
            return Ok(());
        }
        write_whole(&path, after.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// What is pinned.
    pub(crate) fn lock(&self) -> anyhow::Result<Lock> {
        let path = self.root.join(LOCK_FILE);
        match read(&path, MAX_LOCK_BYTES)? {
            Some(text) => Lock::parse(&text).with_context(|| path.display().to_string()),
            None => Ok(Lock::default()),
        }
    }

    pub(crate) fn write_lock(&self, lock: &Lock) -> anyhow::Result<()> {
        let path = self.root.join(LOCK_FILE);
        write_whole(&path, lock.render().as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// An absolute path as the settings write it: relative to the root where it lies
    /// below it or near it.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let shared = self.root.components().zip(path.components()).take_while(|(a, b)| a == b);
        let depth = self.root.components().count();
        let shown = match depth - shared.count() {
            0..=2 => super::new::relative(&self.root, path),
            _ => path.to_owned(),
        };
        shown.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// The text of a file; none where there is no file.
fn read(path: &Path, most: u64) -> anyhow::Result<Option<String>> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Ok(found) if !found.is_file() => anyhow::bail!("{} is no plain file", path.display()),
        Ok(found) if found.len() > most => anyhow::bail!("{} is too large", path.display()),
        _ => {}
    }
    let text = std::fs::read_to_string(path);
    Ok(Some(text.with_context(|| format!("cannot read {}", path.display()))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_near_the_repository_are_relative() {
        let repository = Repository { root: PathBuf::from("/home/ann/work/shop") };
        let cases = [
            ("/home/ann/work/shop/tools/a.wasm", "tools/a.wasm"),
            ("/home/ann/work/rules/a.wasm", "../rules/a.wasm"),
            ("/home/ann/rules/a.wasm", "../../rules/a.wasm"),
            ("/opt/rules/a.wasm", "/opt/rules/a.wasm"),
        ];
        for (path, want) in cases {
            assert_eq!(repository.relative(Path::new(path)), want);
        }
    }
}
