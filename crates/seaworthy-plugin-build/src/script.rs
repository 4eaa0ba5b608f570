//! Plugins in JavaScript and Python: a tool of their own makes the component, with
//! the interpreter in it and without any access to a system.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::language::{Language, Script};
use crate::{BuildError, Component, inspect};

/// What builds plugins in Python, as pip names it: the version that is known to work.
pub const COMPONENTIZE_PY: &str = "componentize-py==0.25.1";

/// The folder with the contract in a plugin's folder.
const WIT: &str = "wit";

/// Builds a plugin that is a script. `target` is where the tool puts what it made.
pub(crate) fn build(
    language: Language,
    directory: &Path,
    target: &Path,
) -> Result<Component, BuildError> {
    let script = Script::read(language, directory)?;
    std::fs::create_dir_all(target)
        .map_err(|source| BuildError::Read { path: target.to_owned(), source })?;
    let target = std::path::absolute(target)
        .map_err(|source| BuildError::Read { path: target.to_owned(), source })?;
    let out = target.join("plugin.wasm");
    // What an earlier run left is not taken for what this one made.
    let _ = std::fs::remove_file(&out);
    let (program, hint) = match language {
        Language::Python => (
            find(directory, &[".venv/bin", ".venv/Scripts"], "componentize-py"),
            "componentize-py is missing; run in the plugin's folder `python3 -m venv .venv && \
             .venv/bin/pip install componentize-py==0.25.1`",
        ),
        _ => (
            // jco has the same command, but reads one file alone.
            find(directory, &["node_modules/.bin"], "componentize-js"),
            "componentize-js is missing; run `npm install` in the plugin's folder",
        ),
    };
    let program = program.ok_or(BuildError::NoTool { hint })?;
    let mut command = Command::new(&program);
    command.current_dir(directory).stdin(Stdio::null());
    command.args(arguments(language, &script, &out));
    let status = command
        .status()
        .map_err(|source| BuildError::Start { program: program.clone(), source })?;
    if !status.success() {
        return Err(BuildError::Tool { program });
    }
    let bytes = std::fs::read(&out).map_err(|source| BuildError::Read { path: out, source })?;
    inspect(bytes)
}

fn arguments(language: Language, script: &Script, out: &Path) -> Vec<OsString> {
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    let (world, entry) = (script.world.as_str(), script.entry.as_str());
    let mut arguments = match language {
        Language::Python => {
            words(&["--wit-path", WIT, "--world", world, "componentize", "--stub-wasi", entry])
        }
        _ => words(&[
            entry,
            "--wit",
            WIT,
            "--world-name",
            world,
            // What a system would have to give is left out.
            "--disable",
            "stdio",
            "random",
            "clocks",
            "http",
            "fetch-event",
        ]),
    };
    arguments.extend([OsString::from("-o"), out.as_os_str().to_owned()]);
    arguments
}

/// A program of the plugin's own packages, or of the `PATH`.
fn find(directory: &Path, folders: &[&str], name: &str) -> Option<PathBuf> {
    let directory = std::path::absolute(directory).ok()?;
    let own = directory
        .ancestors()
        .flat_map(|above| folders.iter().map(move |folder| above.join(folder)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = match cfg!(windows) {
        true => vec![format!("{name}.exe"), format!("{name}.cmd")],
        false => vec![name.to_owned()],
    };
    own.chain(std::env::split_paths(&path))
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>())
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_that_works_is_the_one_that_is_asked_for() {
        for text in [
            include_str!("../../../docs/plugins/python.md"),
            include_str!("../../seaworthy/src/plugin/templates/python/README.md"),
            include_str!("../../../plugins/repo-policy/requirements.txt"),
            include_str!("script.rs"),
        ] {
            assert!(text.contains(COMPONENTIZE_PY));
        }
    }

    #[test]
    fn scripts_are_built_without_a_system() {
        let script = Script { world: "file-plugin".to_owned(), entry: "a.js".to_owned() };
        let line = |language| {
            let words = arguments(language, &script, Path::new("/t/plugin.wasm"));
            words
                .iter()
                .map(|word| word.to_string_lossy().into_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            line(Language::JavaScript),
            "a.js --wit wit --world-name file-plugin --disable stdio random clocks \
             http fetch-event -o /t/plugin.wasm"
        );
        assert_eq!(
            line(Language::Python),
            "--wit-path wit --world file-plugin componentize --stub-wasi a.js -o /t/plugin.wasm"
        );
    }
}
