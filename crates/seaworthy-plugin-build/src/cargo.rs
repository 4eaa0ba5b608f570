//! The first step: cargo makes a core module.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::toolchain::TARGET;
use crate::{BuildError, Toolchain};

/// What becomes of the plugin's `Cargo.lock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// Cargo may write it: for authors.
    Free,
    /// It must be there and stay as it is: for CI.
    Locked,
}

/// Builds the crate in `directory` and returns the path of its core module.
///
/// # Errors
/// When cargo fails or the crate makes no module.
pub fn core_module(
    directory: &Path,
    target: &Path,
    toolchain: &Toolchain,
    locking: Locking,
) -> Result<PathBuf, BuildError> {
    let mut command = command(directory, target, toolchain, locking);
    command.arg("--config").arg(nameless(&places(directory, locking)));
    let start = |source| BuildError::Start { program: PathBuf::from("cargo"), source };
    let mut cargo = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(start)?;
    let messages = cargo.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines());
    let mut module = None;
    for line in messages.map_while(Result::ok) {
        module = module_of(&line).or(module);
    }
    if !cargo.wait().map_err(start)?.success() {
        return Err(BuildError::Cargo);
    }
    module.ok_or(BuildError::NoModule)
}

/// Directories of this machine that would stand in the component, and what stands there
/// instead: the same sources give the same bytes wherever they lie, and nobody reads whose
/// home it was.
fn places(directory: &Path, locking: Locking) -> Vec<(PathBuf, String)> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let mut places: Vec<_> = home.map(|home| (home, "/cargo".to_owned())).into_iter().collect();
    let mut cargo = Command::new("cargo");
    cargo.current_dir(directory).args(["metadata", "--format-version", "1"]);
    cargo.args(["--filter-platform", TARGET]).stderr(Stdio::null());
    if locking == Locking::Locked {
        cargo.arg("--locked");
    }
    // What is wrong here is wrong for the build, too, which says it.
    let known = cargo.output().ok().and_then(|out| serde_json::from_slice(&out.stdout).ok());
    let known: serde_json::Value = known.unwrap_or_default();
    for package in known["packages"].as_array().into_iter().flatten() {
        let manifest = package["manifest_path"].as_str().map(Path::new);
        if package["source"].is_null()
            && let (Some(name), Some(folder)) =
                (package["name"].as_str(), manifest.and_then(Path::parent))
        {
            places.push((folder.to_owned(), format!("/{name}")));
        }
    }
    places
}

/// The setting of cargo that gives places other names.
fn nameless(places: &[(PathBuf, String)]) -> String {
    let flags: Vec<String> = places
        .iter()
        .map(|(place, name)| format!("--remap-path-prefix={}={name}", place.display()))
        .collect();
    let flags = serde_json::Value::from(flags);
    format!("target.{TARGET}.rustflags={flags}")
}

fn command(directory: &Path, target: &Path, toolchain: &Toolchain, locking: Locking) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(directory);
    command.args(["build", "--release", "--lib", "--target", TARGET]);
    command.args(["--message-format", "json-render-diagnostics", "--target-dir"]).arg(target);
    if locking == Locking::Locked {
        command.arg("--locked");
    }
    // Flags for the machine at hand are not for WASM.
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        command.env_remove(variable);
    }
    if let Toolchain::FromSources { rustc, linker } = toolchain {
        command.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
        if let Some(rustc) = rustc {
            command.env("RUSTC", rustc);
        }
        if let Some(linker) = linker {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
    }
    command
}

/// The module that a message of cargo's tells of. That of the plugin comes last,
/// for what it depends on is built before it.
fn module_of(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let kinds = message["target"]["kind"].as_array()?;
    if !kinds.iter().any(|kind| kind == "cdylib") {
        return None;
    }
    let mut files = message["filenames"].as_array()?.iter().filter_map(|file| file.as_str());
    files.find(|file| file.ends_with(".wasm")).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_wasm_file_of_a_dynamic_library() {
        let message = |reason: &str, kind: &str, file: &str| {
            format!(
                r#"{{"reason":"{reason}","target":{{"kind":["{kind}"]}},"filenames":["a.d","{file}"]}}"#
            )
        };
        let found = |reason, kind, file| module_of(&message(reason, kind, file));
        assert_eq!(found("compiler-artifact", "cdylib", "t/p.wasm"), Some("t/p.wasm".into()));
        assert_eq!(found("compiler-artifact", "lib", "t/p.wasm"), None);
        assert_eq!(found("compiler-artifact", "cdylib", "t/p.so"), None);
        assert_eq!(found("build-script-executed", "cdylib", "t/p.wasm"), None);
        assert_eq!(module_of("warning: not JSON"), None);
    }

    #[test]
    fn places_of_this_machine_get_other_names() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = places(here, Locking::Free);
        let ours = found.iter().find(|(folder, _)| folder == here);
        assert_eq!(ours.map(|(_, name)| name.as_str()), Some("/seaworthy-plugin-build"));
        assert_eq!(
            nameless(&[("/home/a \"b\"".into(), "/cargo".to_owned())]),
            r#"target.wasm32-unknown-unknown.rustflags=["--remap-path-prefix=/home/a \"b\"=/cargo"]"#
        );
    }

    #[test]
    fn flags_for_this_machine_do_not_reach_the_plugin() {
        let sources = Toolchain::FromSources {
            rustc: Some("/usr/bin/rustc".into()),
            linker: Some("/usr/bin/wasm-ld".into()),
        };
        let (here, target) = (Path::new("."), Path::new("target"));
        let plain = command(here, target, &Toolchain::Installed, Locking::Free);
        let built = command(here, target, &sources, Locking::Locked);
        let environment = |command: &Command, name: &str| {
            command.get_envs().find(|(key, _)| *key == name).map(|(_, value)| value.is_some())
        };
        for command in [&plain, &built] {
            assert_eq!(environment(command, "RUSTFLAGS"), Some(false));
        }
        assert_eq!(environment(&plain, "RUSTC_BOOTSTRAP"), None);
        assert_eq!(environment(&built, "RUSTC_BOOTSTRAP"), Some(true));
        assert!(!plain.get_args().any(|argument| argument == "--locked"));
        assert!(built.get_args().any(|argument| argument == "--locked"));
    }
}
