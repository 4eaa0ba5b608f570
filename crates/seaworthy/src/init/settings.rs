//! The settings file that `seaworthy init` writes.

use std::path::Path;

use anyhow::Context as _;
use seaworthy_engine::setup::{Change, Plan};

const SETTINGS: &str = "\
# Settings of seaworthy. Every line is optional; what is commented out shows the
# default. `seaworthy schema` prints the JSON Schema of this file.

# The least severity that makes a scan fail: critical, high, medium, low, info,
# or never.
# fail-on = \"medium\"

# Paths that are not reported on, in the notation of .gitignore.
# exclude = [\"legacy/\"]

# Findings that are known and do not count: `seaworthy baseline create` writes them.
# baseline = \"seaworthy-baseline.json\"

# Whether marks such as `nosemgrep` and `gitleaks:allow` count, too: true, false, or a
# list of tools.
# foreign-ignores = false

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

/// A commented settings file, unless there is one.
pub(super) fn anew(directory: &Path) -> Plan {
    let path = directory.join(seaworthy_engine::settings::FILE_NAME);
    match path.symlink_metadata() {
        Ok(_) => Plan::Present(path),
        Err(_) => {
            let after = SETTINGS.to_owned();
            Plan::Write(Change { path, before: None, after, executable: false })
        }
    }
}

/// The setting by which the configuration of gitleaks counts, in a new file or in
/// the one that exists.
pub(super) fn from_gitleaks(directory: &Path) -> anyhow::Result<Plan> {
    let path = directory.join(seaworthy_engine::settings::FILE_NAME);
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
        return Ok(Plan::Write(Change { path, before: None, after, executable: false }));
    }
    let before = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
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
    if let Some(named) = settings(&before) {
        anyhow::ensure!(
            named == name,
            "{} names another configuration of gitleaks already: {named}",
            path.display()
        );
        return Ok(Plan::Present(path));
    }
    anyhow::ensure!(
        settings(&after).as_deref() == Some(name),
        "{} has a form that is not understood: write `{}` below `[detectors]` yourself",
        path.display(),
        setting.trim_end()
    );
    Ok(Plan::Write(Change { path, before: Some(before), after, executable: false }))
}
