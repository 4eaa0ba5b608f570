//! `seaworthy init`, `completions` and `man`.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::arguments::{Arguments, CompletionsArguments, InitArguments, Tool};

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

[detectors]
# Files with detectors of your own, for instance \"security/*.toml\"; those of
# seaworthy that are not to run, by id; and a configuration of gitleaks that counts.
# packs = []
# off = []
# gitleaks = \".gitleaks.toml\"

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
    let plan = match arguments.from {
        None => {
            anyhow::ensure!(
                !path.exists(),
                "{} exists already; remove it first to start anew",
                path.display()
            );
            Plan { before: None, after: SETTINGS.to_owned(), shown: SETTINGS.to_owned() }
        }
        Some(Tool::Gitleaks) => from_gitleaks(&arguments.directory, &path)?,
    };
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}", plan.shown)?;
    out.flush()?;
    if arguments.dry_run {
        return Ok(0);
    }
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
    plan.write(&path).with_context(|| format!("cannot write {}", path.display()))?;
    writeln!(out, "Wrote {}.", path.display())?;
    Ok(0)
}

/// What is to become of a settings file.
struct Plan {
    /// Its text now, when there is one.
    before: Option<String>,
    after: String,
    /// What the reader is asked about.
    shown: String,
}

impl Plan {
    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let Some(before) = &self.before else {
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).open(path)?;
            return Ok(file.write_all(self.after.as_bytes())?);
        };
        // Whoever edited it meanwhile is not to lose that.
        anyhow::ensure!(
            std::fs::read_to_string(path)? == *before,
            "the file has changed meanwhile; nothing was written"
        );
        Ok(std::fs::write(path, &self.after)?)
    }
}

/// The setting by which the configuration of gitleaks counts, in a new file or in
/// the one that exists.
fn from_gitleaks(directory: &Path, path: &Path) -> anyhow::Result<Plan> {
    let is_file = |name: &&str| directory.join(name).is_file();
    let name = [".gitleaks.toml", "gitleaks.toml"].into_iter().find(is_file);
    let name = name.with_context(|| {
        format!("there is no .gitleaks.toml in {}: nothing to take over", directory.display())
    })?;
    let setting = format!("gitleaks = \"{name}\"\n");
    let shown = format!("[detectors]\n{setting}");
    if !path.exists() {
        let after = format!(
            "# The rules and allowlists of gitleaks count, and so do `gitleaks:allow` comments\n\
             # and .gitleaksignore.\n{shown}"
        );
        return Ok(Plan { before: None, shown: after.clone(), after });
    }
    let before =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let table = before.lines().position(|line| {
        line.split('#').next().unwrap_or("").replace([' ', '\t'], "") == "[detectors]"
    });
    let after = match table {
        None => {
            let seam = match before.as_str() {
                "" => "",
                text if text.ends_with("\n\n") => "",
                text if text.ends_with('\n') => "\n",
                _ => "\n\n",
            };
            format!("{before}{seam}{shown}")
        }
        Some(table) => {
            let mut after = String::new();
            for (number, line) in before.split_inclusive('\n').enumerate() {
                after.push_str(line);
                if number == table {
                    if !line.ends_with('\n') {
                        after.push('\n');
                    }
                    after.push_str(&setting);
                }
            }
            after
        }
    };
    let settings = |text: &str| seaworthy_engine::settings::gitleaks(text);
    anyhow::ensure!(
        settings(&before).is_none(),
        "{} names a configuration of gitleaks already",
        path.display()
    );
    anyhow::ensure!(
        settings(&after).as_deref() == Some(name),
        "{} has a form that is not understood: write `{}` below `[detectors]` yourself",
        path.display(),
        setting.trim_end()
    );
    Ok(Plan { before: Some(before), after, shown })
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
