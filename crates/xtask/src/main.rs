//! Development tasks of seaworthy; run as `cargo xtask TASK`.

mod bench;
mod book;
mod catalogue;
mod codegen;
mod compare;
mod conformance;
mod dist;
mod editors;
mod exactness;
mod fuzz;
mod new_rule;
mod packages;
mod plugins;
mod published_secrets;
mod tidy;
mod versions;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context as _;

const USAGE: &str = "\
usage: cargo xtask TASK

tasks:
  bench [--quick]   time the scan, whole processes, against ripgrep
  bench --detectors hold each detector and finder to its budget of time and hits
  bench --linear    hold what reads files to time in proportion to their length
  bench plugins     hold plugins to what they may cost in time, memory and bytes
  catalogue [GROUP] print which checks have a rule, and which are still to be built
  codegen           write what is derived from the rules: docs/rules, the schema
  codegen commands  write docs/commands.md, which is derived from the arguments
  compare [--with PROGRAM] [--tree DIR] [--write]
                    hold this beside its peers: what each finds in the fixtures, and how long
                    each takes over a tree; write that into docs/compare.md
  conformance DIR   hold our readers against what real engines said
  dist --with PROGRAM [--out DIR] | --binaries DIR [--also DIR] [--out DIR] [--tag TAG]
                    pack a program, or those of all targets, as a release carries them
  editors [--with PROGRAM]
                    try the language server by real editors: Neovim, Emacs, Visual Studio Code
  exactness [--every N] [DIR...]
                    hold the secret scan against its slow reference, over every
                    40th file of the trees of the benchmark unless told otherwise
  fuzz [SECONDS]    run every fuzz target, a minute each unless told otherwise
  new-rule GROUP ID write the files of a new rule
  packages [--with PROGRAM] [--wheel FILE]
                    install the packages for pip and npm into empty folders, and scan by them
  plugins [--with PROGRAM] [DIR...]
                    build the plugins of plugins/, or those given, and test each;
                    by this seaworthy instead of one that is built for it
  tidy              check layers, bans, sizes and that generated files are fresh
  codegen published-secrets LIST
                    make the table of published secrets from their list
";

/// Prints a line; a closed pipe is nobody's fault.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Where cargo puts what it builds.
fn target(root: &Path) -> PathBuf {
    let set = std::env::var_os("CARGO_TARGET_DIR");
    set.map_or_else(|| root.join("target"), |target| root.join(target))
}

/// Runs a task in an optimised build of this program; whether it went well.
fn optimised(root: &Path, task: &[&str]) -> anyhow::Result<bool> {
    let status = Command::new(env!("CARGO"))
        .args(["run", "--release", "--locked", "--quiet", "--package", "xtask", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .arg("--")
        .args(task)
        .status()
        .context("cannot run cargo")?;
    anyhow::ensure!(status.code().is_some_and(|code| code < 2), "the optimised task broke off");
    Ok(status.success())
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .context("xtask lies two levels below the root")?;
    let good = match arguments.as_slice() {
        ["exactness", ..] | ["bench", "--detectors" | "--linear"] if cfg!(debug_assertions) => {
            optimised(root, &arguments)?
        }
        ["exactness", rest @ ..] => exactness::run(root, rest)?,
        ["bench", rest @ ..] => bench::run(root, rest)?,
        ["bench-peak", rest @ ..] => bench::peak(rest)?,
        ["fuzz", rest @ ..] => return fuzz::run(root, rest),
        ["catalogue"] => catalogue::run(root, None)?,
        ["catalogue", group] => catalogue::run(root, Some(*group))?,
        ["compare", rest @ ..] => compare::run(root, rest)?,
        ["codegen"] => codegen::run(root).map(|()| true)?,
        ["dist", rest @ ..] => dist::run(root, rest).map(|()| true)?,
        ["codegen", "commands"] => book::commands(root)?,
        ["editors", rest @ ..] => editors::run(root, rest)?,
        ["new-rule", group, id] => new_rule::run(root, group, id).map(|()| true)?,
        ["packages", rest @ ..] => packages::run(root, rest)?,
        ["plugins", folders @ ..] => plugins::run(root, folders)?,
        ["tidy"] => tidy::run(root)?,
        ["conformance", dir] => conformance::run(Path::new(dir))?,
        ["codegen", "published-secrets", list] => {
            let out = Path::new("crates/seaworthy-analysis/src/published/table.bin");
            published_secrets::generate(Path::new(list), out)?;
            true
        }
        _ => {
            say(USAGE);
            return Ok(ExitCode::from(2));
        }
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
