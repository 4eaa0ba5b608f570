//! `cargo xtask plugins`: builds the plugins of this repository from their sources and
//! holds each against its fixtures in the real host.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use seaworthy_plugin_build::{Language, Locking, build};

use crate::say;

/// Plugins that tests of the host run; they have no fixtures of their own.
const GUESTS: &str = "crates/seaworthy-plugin-host/guests";

/// The contract; plugins that are scripts have a copy of it.
const WIT: &str = "crates/seaworthy-plugin-api/wit";

/// Builds the plugins in the folders given, or all of the repository, each to
/// `target/plugins/<folder>.wasm`, and tests them. Those in Rust share one target
/// directory, so that where the standard library is built from its sources, it is
/// built once. Whether all is well.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    let (seaworthy, folders) = match arguments {
        ["--with", program, folders @ ..] => (Some(Path::new(*program).canonicalize()?), folders),
        folders => (None, folders),
    };
    let folders = match folders {
        [] => [all(&root.join("plugins"))?, all(&root.join(GUESTS))?].concat(),
        given => given.iter().map(PathBuf::from).collect(),
    };
    let mut good = true;
    for folder in folders {
        let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
        let path = component(root, &folder)?;
        if folder.parent() != Some(&root.join(GUESTS).canonicalize()?) {
            good &= test(root, seaworthy.as_deref(), &folder, &path)?;
        }
    }
    Ok(good)
}

/// Builds the plugin of a folder and says where its component lies.
pub(crate) fn component(root: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let target = crate::target(root).join("plugins");
    std::fs::create_dir_all(&target)?;
    let name = folder.file_name().context("a plugin has a folder")?;
    let started = Instant::now();
    prepare(root, folder)?;
    let component = build(folder, &target.join("build"), Locking::Locked)
        .with_context(|| folder.display().to_string())?;
    let path = target.join(name).with_extension("wasm");
    std::fs::write(&path, &component.bytes)?;
    let (size, seconds) = (component.bytes.len(), started.elapsed().as_secs());
    say(&format!("{}: {size} bytes, built in {seconds} s", path.display()));
    Ok(path)
}

/// The folders of plugins, sorted.
fn all(plugins: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(plugins)? {
        let folder = entry?.path();
        if Language::of(&folder).is_ok() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Gets the tools that a script is built by, as its lock pins them, and runs what is
/// tested without a host.
fn prepare(root: &Path, folder: &Path) -> anyhow::Result<()> {
    match Language::of(folder)? {
        Language::Rust => tool(folder, "cargo", &["test", "--quiet", "--locked"]),
        Language::JavaScript => {
            same_contract(root, folder)?;
            if !folder.join("node_modules").is_dir() {
                // Not `ci`: it refuses a lock for the packages of other systems that
                // were never published.
                tool(folder, "npm", &["install", "--no-save", "--no-audit", "--no-fund"])?;
            }
            tool(folder, "npm", &["run", "--silent", "--if-present", "check"])
        }
        Language::Python => {
            same_contract(root, folder)?;
            if !folder.join(".venv").is_dir() {
                tool(folder, "python3", &["-m", "venv", ".venv"])?;
                let pip = ["-m", "pip", "install", "--quiet", "--require-hashes"];
                let python = folder.join(".venv/bin/python");
                let arguments = [&pip[..], &["-r", "requirements.txt"]].concat();
                tool(folder, &python.to_string_lossy(), &arguments)?;
            }
            tool(folder, "python3", &["-m", "unittest", "--quiet"])
        }
    }
}

/// Runs a program that must go well.
fn tool(folder: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    let line = arguments.join(" ");
    anyhow::ensure!(status.success(), "{}: `{program} {line}` failed", folder.display());
    Ok(())
}

/// Whether a plugin's copy of the contract is the contract.
fn same_contract(root: &Path, folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(root.join(WIT))? {
        let ours = entry?.path();
        let theirs = folder.join("wit").join(ours.file_name().unwrap_or_default());
        let same = std::fs::read(&theirs)
            .is_ok_and(|bytes| std::fs::read(&ours).is_ok_and(|ours| ours == bytes));
        anyhow::ensure!(same, "{} differs from {}; copy it", theirs.display(), ours.display());
    }
    Ok(())
}

/// Holds a component against the fixtures of its plugin, by the program that users run.
fn test(
    root: &Path,
    seaworthy: Option<&Path>,
    folder: &Path,
    component: &Path,
) -> anyhow::Result<bool> {
    let mut command = if let Some(program) = seaworthy {
        Command::new(program)
    } else {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--quiet", "--locked", "--package", "seaworthy", "--manifest-path"]);
        cargo.arg(root.join("Cargo.toml")).arg("--");
        cargo
    };
    command.args(["plugin", "test", "--component"]).arg(component).arg(folder);
    Ok(command.status().context("cannot run seaworthy")?.success())
}
