//! `seaworthy init`, `completions` and `man`.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::arguments::{Arguments, CompletionsArguments, InitArguments};

const SETTINGS: &str = "\
# Settings of seaworthy. Every line is optional; what is commented out shows the
# default. `seaworthy schema` prints the JSON Schema of this file.

# The least severity that makes a scan fail: critical, high, medium, low, info,
# or never.
# fail-on = \"medium\"

# Paths that are not reported on, in the notation of .gitignore.
# exclude = [\"legacy/\"]

[rules]
# A rule by its id: \"off\", or the severity to report it at.
# jwt-secret-below-recommended = \"off\"

[thresholds]
# jwt-secret-min-length = 32
# password-min-length = 16

[lockfiles]
# Hosts that packages may come from besides the public registries.
# allowed-hosts = [\"packages.example.com\"]

# Findings to accept in files that have no comments. Elsewhere write
# `seaworthy: ignore[rule-id] reason` in a comment on or above the line.
# [[ignore]]
# rules = [\"vercel-public-source\"]
# paths = [\"vercel.json\"]
# reason = \"the source is public anyway\"
";

pub(crate) fn init(arguments: &InitArguments) -> anyhow::Result<u8> {
    let path = arguments.directory.join(seaworthy_engine::settings::FILE_NAME);
    anyhow::ensure!(
        !path.exists(),
        "{} exists already; remove it first to start anew",
        path.display()
    );
    let mut out = anstream::stdout().lock();
    writeln!(out, "{SETTINGS}")?;
    out.flush()?;
    if !arguments.yes {
        anyhow::ensure!(
            std::io::stdin().is_terminal(),
            "nothing was written: say --yes to write {} without being asked",
            path.display()
        );
        write!(out, "Write this to {}? [y/N] ", path.display())?;
        out.flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            writeln!(out, "Nothing was written.")?;
            return Ok(0);
        }
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(SETTINGS.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))?;
    writeln!(out, "Wrote {}.", path.display())?;
    Ok(0)
}

pub(crate) fn completions(arguments: &CompletionsArguments) -> anyhow::Result<u8> {
    let mut command = Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "seaworthy", &mut script);
    let mut out = anstream::stdout().lock();
    out.write_all(&script)?;
    out.flush()?;
    Ok(0)
}

pub(crate) fn man() -> anyhow::Result<u8> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
    let mut out = anstream::stdout().lock();
    out.write_all(&page)?;
    out.flush()?;
    Ok(0)
}
