//! `cargo xtask editors`: real editors in front of the language server.
//!
//! A client for tests speaks to it with the capabilities of three editors; Neovim and Emacs
//! run without a screen; Visual Studio Code runs as a workbench in a browser, with the packaged
//! extension, and leaves pictures that are to be looked at. What cannot be tried for want of
//! an editor fails the task.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::{say, target};

/// What has to be there, any word of a line, and the package of Debian that brings it.
const NEEDED: [(&[&str], &str); 6] = [
    (&["nvim"], "neovim"),
    (&["emacs"], "emacs-nox and elpa-eglot"),
    (&["chromium", "chromium-browser"], "chromium"),
    (&["npm"], "nodejs and npm"),
    (&["curl"], "curl"),
    (&["python3"], "python3 and python3-venv"),
];

/// Tries every editor, `--with` a program or one that is built for it. Returns whether all
/// found what they are to find.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    let program = match arguments {
        [] => build(root)?,
        ["--with", program] => std::path::absolute(program)?,
        _ => anyhow::bail!("editors takes `--with PROGRAM`, and nothing else"),
    };
    anyhow::ensure!(program.is_file(), "{} is not built", program.display());
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(names, _)| !names.iter().any(|name| is_installed(name)))
        .map(|(_, package)| *package)
        .collect();
    anyhow::ensure!(missing.is_empty(), "not installed: {}", missing.join(", "));
    let place = target(root).join("editors");
    let python = environment(root, &place)?;
    let mut good = true;
    let mut tell = |what: &str, well: bool| {
        good &= well;
        say(&format!("{what}: {}", if well { "all is well" } else { "FAILED" }));
    };
    let mut client = Command::new(&python);
    client
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/lsp", "tests/editors"])
        .env("SEAWORTHY", &program)
        .env("SEAWORTHY_EDITORS", "nvim emacs")
        .current_dir(root);
    tell("client, Neovim and Emacs", succeeds(&mut client)?);
    let shots = place.join("shots");
    let mut workbench = Command::new(root.join("tests/editors/workbench.sh"));
    workbench.arg(&program).arg(&shots).env("WORKBENCH", place.join("workbench"));
    tell("Visual Studio Code", succeeds(&mut workbench)?);
    say(&format!("pictures to look at: {}", shots.display()));
    Ok(good)
}

fn is_installed(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// The program, built as users have it but for the time that takes.
fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--profile", "quick", "--locked", "-p", "seaworthy"]).current_dir(root);
    cargo.arg("--no-default-features");
    anyhow::ensure!(succeeds(&mut cargo)?, "the program could not be built");
    Ok(target(root).join("quick/seaworthy"))
}

/// A Python with the client for tests.
fn environment(root: &Path, place: &Path) -> anyhow::Result<PathBuf> {
    let python = place.join("python/bin/python");
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(place.join("python"));
    anyhow::ensure!(python.is_file() || succeeds(&mut venv)?, "python3 -m venv failed");
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]);
    pip.arg(root.join("tests/lsp/requirements.txt"));
    anyhow::ensure!(succeeds(&mut pip)?, "pip could not install the client for tests");
    Ok(python)
}

fn succeeds(command: &mut Command) -> anyhow::Result<bool> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    Ok(status.success())
}
