//! Makes the table of published secrets from the list that it stands for.
//!
//! The list is Wallarm's `jwt-secrets` (`jwt.secrets.list`); only fingerprints of
//! its entries enter the repository.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use seaworthy_analysis::published::{encode, fingerprint};

/// Reads the list, one secret a line, and writes the table of fingerprints.
///
/// Lines are trimmed as values are. Left out are empty lines and templates
/// (`<…>`, `${…}`, `process.env.…`), which are no secrets.
pub(crate) fn generate(list: &Path, out: &Path) -> anyhow::Result<()> {
    let text = fs::read(list).with_context(|| format!("cannot read {}", list.display()))?;
    let text = String::from_utf8_lossy(&text);
    let prints: Vec<u64> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !is_template(line))
        .map(|line| fingerprint(line.as_bytes()))
        .collect();
    let table = encode(&prints).context("too many entries for the table's format")?;
    fs::write(out, &table).with_context(|| format!("cannot write {}", out.display()))?;
    crate::say(&format!("{} secrets, {} bytes", prints.len(), table.len()));
    Ok(())
}

fn is_template(line: &str) -> bool {
    (line.starts_with('<') && line.ends_with('>'))
        || (line.contains("${") && line.contains('}'))
        || line.starts_with("process.env")
}
