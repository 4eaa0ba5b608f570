//! `cargo xtask fuzz [SECONDS]`: every fuzz target of `fuzz/` for a while.
//!
//! The targets are a workspace of their own, because libFuzzer needs a nightly
//! compiler. They start from the small inputs of `fuzz/seeds/` and keep what
//! they learn in `fuzz/corpus/`, which is not committed.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context as _;

use crate::say;

/// How long each target runs unless told otherwise.
const SECONDS: u32 = 60;

/// What a target may take: for one input in seconds, and in memory in MiB.
const LIMITS: [&str; 2] = ["-timeout=10", "-rss_limit_mb=2048"];

/// Runs all targets, one after the other, and goes on after a crash.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let seconds = match arguments {
        [] => SECONDS,
        [seconds] => match seconds.parse() {
            Ok(seconds) if seconds > 0 => seconds,
            _ => {
                say(&format!("`{seconds}` is not a number of seconds"));
                return Ok(ExitCode::from(2));
            }
        },
        _ => {
            say("usage: cargo xtask fuzz [SECONDS]");
            return Ok(ExitCode::from(2));
        }
    };
    if let Some(reason) = obstacle() {
        say(&format!("cannot fuzz: {reason}"));
        return Ok(ExitCode::from(2));
    }
    let directory = root.join("fuzz");
    let targets = targets(&directory)?;
    anyhow::ensure!(!targets.is_empty(), "no targets in {}", directory.display());
    let build = cargo(&directory).args(["fuzz", "build", "--sanitizer", "none"]).status()?;
    anyhow::ensure!(build.success(), "the fuzz targets do not build");
    let mut failed = Vec::new();
    for target in &targets {
        say(&format!("{target}: {seconds} s"));
        let corpus = directory.join("corpus").join(target);
        std::fs::create_dir_all(&corpus)
            .with_context(|| format!("cannot make {}", corpus.display()))?;
        let mut command = cargo(&directory);
        // Our crates forbid unsafe code, so a sanitizer would only cost time.
        command.args(["fuzz", "run", "--sanitizer", "none", target]).arg(&corpus);
        let seeds = directory.join("seeds").join(target);
        if seeds.is_dir() {
            command.arg(seeds);
        }
        command.arg("--").arg(format!("-max_total_time={seconds}")).args(LIMITS);
        // Naming each new function takes longer than running the target.
        command.args(["-print_funcs=0", "-print_final_stats=1"]);
        if !command.status().context("cannot start cargo fuzz")?.success() {
            failed.push(target.as_str());
        }
    }
    if failed.is_empty() {
        say(&format!("{} targets, no crash", targets.len()));
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("crashed: {}; the inputs are in fuzz/artifacts/", failed.join(", ")));
    Ok(ExitCode::from(1))
}

/// Why fuzzing is not possible here, as an advice.
fn obstacle() -> Option<&'static str> {
    let works = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        without_own_toolchain(&mut command).status().is_ok_and(|status| status.success())
    };
    if !works(&["+nightly", "--version"]) {
        return Some("there is no nightly toolchain (`rustup toolchain install nightly`)");
    }
    if !works(&["+nightly", "fuzz", "--version"]) {
        return Some("cargo-fuzz is not installed (`cargo install cargo-fuzz`)");
    }
    None
}

fn cargo(directory: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.arg("+nightly").current_dir(directory);
    without_own_toolchain(&mut command);
    command
}

/// This task was started by the workspace's pinned toolchain, whose variables
/// would win over `+nightly`.
fn without_own_toolchain(command: &mut Command) -> &mut Command {
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC", "CARGO"] {
        command.env_remove(name);
    }
    command
}

/// The targets by the names of their files, sorted.
fn targets(directory: &Path) -> anyhow::Result<Vec<String>> {
    let folder = directory.join("fuzz_targets");
    let mut targets = Vec::new();
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && let Some(stem) = path.file_stem().and_then(|stem| stem.to_str())
        {
            targets.push(stem.to_owned());
        }
    }
    targets.sort_unstable();
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_declared() {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
        let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).expect("a manifest");
        let targets = targets(&fuzz).expect("targets");
        assert!(!targets.is_empty());
        for target in &targets {
            assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}");
        }
        assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
    }

    #[test]
    fn wrong_arguments_are_refused() {
        let root = Path::new("/nowhere");
        for arguments in [&["soon"][..], &["0"], &["1", "2"]] {
            assert_eq!(run(root, arguments).expect("no failure"), ExitCode::from(2));
        }
    }
}
