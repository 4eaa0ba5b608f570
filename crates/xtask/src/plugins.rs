//! `cargo xtask plugins`: builds the plugins of this repository from their sources.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use seaworthy_plugin_build::{Locking, build};

use crate::say;

/// Builds the Rust plugins in the folders given, or all in `plugins/`, each to
/// `target/plugins/<folder>.wasm`. They share one target directory, so that where
/// the standard library is built from its sources, it is built once.
pub(crate) fn run(root: &Path, folders: &[&str]) -> anyhow::Result<()> {
    let folders = match folders {
        [] => all(&root.join("plugins"))?,
        given => given.iter().map(PathBuf::from).collect(),
    };
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |target| root.join(target))
        .join("plugins");
    std::fs::create_dir_all(&target)?;
    for folder in folders {
        let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
        let name = folder.file_name().context("a plugin has a folder")?;
        let component = build(&folder, &target.join("build"), Locking::Locked)
            .with_context(|| folder.display().to_string())?;
        let path = target.join(name).with_extension("wasm");
        std::fs::write(&path, &component.bytes)?;
        say(&format!("{}: {} bytes", path.display(), component.bytes.len()));
    }
    Ok(())
}

/// The folders with a `Cargo.toml`, sorted.
fn all(plugins: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(plugins)? {
        let folder = entry?.path();
        if folder.join("Cargo.toml").is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}
