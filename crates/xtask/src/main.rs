//! Development tasks of seaworthy; run as `cargo xtask TASK`.

mod conformance;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

tasks:
  conformance DIR   hold our readers against what real engines said
";

/// Prints a line; a closed pipe is nobody's fault.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let good = match arguments.as_slice() {
        ["conformance", dir] => conformance::run(Path::new(dir))?,
        _ => {
            say(USAGE);
            return Ok(ExitCode::from(2));
        }
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
