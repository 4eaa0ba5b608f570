//! `seaworthy baseline create --from`: what other tools were told.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use seaworthy_engine::baseline::import::{self, Format, MAX_BYTES, Unmatched, Why};
use seaworthy_engine::baseline::{Baseline, BaselineError};
use seaworthy_engine::{Scan, ScanOptions};

use super::{counted, lines, say};

/// The findings that the files know; `pairs` are tools with their files.
pub(super) fn from(
    pairs: &[String],
    options: &ScanOptions,
    scan: &Scan,
    reason: &str,
) -> anyhow::Result<Baseline> {
    let mut baseline = Baseline::default();
    for pair in pairs.chunks_exact(2) {
        let format = match pair[0].as_str() {
            "gitleaks" => Format::Gitleaks,
            "detect-secrets" => Format::DetectSecrets,
            "sarif" => Format::Sarif,
            other => anyhow::bail!(
                "no report of `{other}` can be read: expected gitleaks, detect-secrets or sarif"
            ),
        };
        let path = Path::new(&pair[1]);
        let text = read(path)?;
        let imported = import::import(format, &text, &options.root, scan, reason)
            .map_err(|fault| BaselineError::Broken { path: path.to_owned(), fault })?;
        let matched = imported.entries - imported.unmatched.len();
        say(format!(
            "{}: {matched} of {} match {}.",
            path.display(),
            if imported.entries == 1 {
                "1 entry".to_owned()
            } else {
                format!("{} entries", imported.entries)
            },
            counted(imported.baseline.findings(), "finding"),
        ))?;
        lines(imported.unmatched.iter().map(unmatched))?;
        baseline.unite(imported.baseline);
    }
    Ok(baseline)
}

fn read(path: &Path) -> anyhow::Result<String> {
    let cannot = || format!("cannot read {}", path.display());
    let file = std::fs::File::open(path).with_context(cannot)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(cannot)?;
    anyhow::ensure!(
        bytes.len() as u64 <= MAX_BYTES,
        "{}: larger than {MAX_BYTES} bytes",
        path.display()
    );
    let text = seaworthy_engine::readable(&bytes);
    Ok(text.with_context(|| format!("{}: binary data, not a text", path.display()))?.into_owned())
}

fn unmatched(entry: &Unmatched) -> String {
    let why = match entry.why {
        Why::NoFile => "there is no such file",
        Why::NothingThere => "seaworthy finds nothing there",
        Why::OtherMatter => "what seaworthy finds there is about something else",
    };
    let line = if entry.line > 0 { format!(":{}", entry.line) } else { String::new() };
    format!("  {} {}{line}: {why}", entry.rule, entry.path)
}
