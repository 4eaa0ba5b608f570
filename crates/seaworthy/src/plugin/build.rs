//! `seaworthy plugin build`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use seaworthy_plugin_build::{Component, Language, Locking, build};

use super::arguments::BuildArguments;
use super::say;

pub(crate) fn run(arguments: &BuildArguments) -> anyhow::Result<u8> {
    let folder = folder(&arguments.path)?;
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => component_path(&folder)?,
    };
    let component = component(&folder)?;
    std::fs::write(&output, &component.bytes)
        .with_context(|| format!("cannot write {}", output.display()))?;
    say(format!("{}: {} KiB", output.display(), component.bytes.len().div_ceil(1024)))?;
    Ok(0)
}

/// Builds the component of the plugin in a folder. What the tools have to say goes to
/// standard error.
pub(crate) fn component(folder: &Path) -> anyhow::Result<Component> {
    let target = folder.join("target");
    build(folder, &target, Locking::Free).with_context(|| folder.display().to_string())
}

/// The folder of a plugin.
pub(crate) fn folder(path: &Path) -> anyhow::Result<PathBuf> {
    let folder = path.canonicalize().with_context(|| path.display().to_string())?;
    Language::of(&folder)?;
    Ok(folder)
}

/// Where the component of a folder goes.
fn component_path(folder: &Path) -> anyhow::Result<PathBuf> {
    let name = folder.file_name().context("a plugin has a folder of its own")?;
    let mut file = name.to_owned();
    file.push(".wasm");
    Ok(folder.join(file))
}
