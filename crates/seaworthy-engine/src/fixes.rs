//! Applying fixes.
//!
//! Edits are planned against the texts that were analysed, never overlap, and
//! are written only if the file still is that text: to a file beside it, which
//! then takes its place, so that no crash leaves half a file.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use seaworthy_analysis::Snapshot;
use seaworthy_model::{Applicability, ArtifactPath, Finding, Fix, Replacement, apply};

/// A file before and after its fixes.
#[derive(Debug)]
pub struct FileEdit {
    /// The file.
    pub artifact: ArtifactPath,
    /// Its text as analysed.
    pub before: String,
    /// Its text with the fixes applied.
    pub after: String,
    /// Both texts with every secret masked, for showing.
    pub shown: (String, String),
    /// How many fixes touch it.
    pub fixes: usize,
}

/// Why an edit was not written.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// The file is no longer what was analysed.
    #[error("{path}: changed since it was analysed; nothing was written")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
}

/// Plans the fixes of all open findings up to an applicability: for each
/// finding its first fix that may be applied. A fix that would overlap an
/// earlier one is left for the next run.
#[must_use]
pub fn plan(findings: &[Finding], snapshot: &Snapshot, up_to: Applicability) -> Vec<FileEdit> {
    let mut chosen: BTreeMap<&ArtifactPath, (Vec<&Replacement>, usize)> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.is_open()) {
        let Some(fix) = finding.fixes.iter().find(|fix| fix.applicability <= up_to) else {
            continue;
        };
        if fix.applicability == Applicability::DisplayOnly || clashes(fix, &chosen) {
            continue;
        }
        let mut counted: Vec<&ArtifactPath> = Vec::new();
        for replacement in &fix.replacements {
            let (replacements, count) = chosen.entry(&replacement.artifact).or_default();
            if !replacements.contains(&replacement) {
                replacements.push(replacement);
            }
            if !counted.contains(&&replacement.artifact) {
                counted.push(&replacement.artifact);
                *count += 1;
            }
        }
    }
    chosen
        .into_iter()
        .filter_map(|(path, (replacements, fixes))| {
            let artifact = snapshot.artifact(path.as_str())?;
            let before = snapshot.text(artifact)?.to_owned();
            let after = apply(&before, &replacements)?;
            let masked = snapshot.masked_text(artifact)?;
            let masked_after = apply(&masked, &replacements)?;
            let shown = (masked, masked_after);
            (after != before).then(|| FileEdit {
                artifact: path.clone(),
                before,
                after,
                shown,
                fixes,
            })
        })
        .collect()
}

/// Whether an edit of the fix overlaps or touches a different one at the same
/// place. The very same edit, wanted twice, is no clash.
fn clashes(fix: &Fix, chosen: &BTreeMap<&ArtifactPath, (Vec<&Replacement>, usize)>) -> bool {
    fix.replacements.iter().any(|new| {
        chosen.get(&new.artifact).is_some_and(|(replacements, _)| {
            replacements.iter().any(|old| {
                *old != new
                    && (old.region.overlaps(new.region)
                        || old.region.start == new.region.start
                        || (new.region.is_empty()
                            && old.region.start < new.region.start
                            && new.region.start < old.region.end)
                        || (old.region.is_empty()
                            && new.region.start < old.region.start
                            && old.region.start < new.region.end))
            })
        })
    })
}

/// Writes an edit below `root`.
///
/// # Errors
/// When the file changed since, is not a plain file, or cannot be written.
pub fn write(root: &Path, edit: &FileEdit) -> Result<(), FixError> {
    let path = root.join(edit.artifact.as_str());
    let failed = |source| FixError::Io { path: path.clone(), source };
    let metadata = std::fs::symlink_metadata(&path).map_err(failed)?;
    let current = std::fs::read(&path).map_err(failed)?;
    if !metadata.is_file() || current != edit.before.as_bytes() {
        return Err(FixError::Changed { path });
    }
    let name = edit.artifact.file_name();
    let temporary = path.with_file_name(format!("{name}.seaworthy-{}", std::process::id()));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| {
            file.set_permissions(metadata.permissions())?;
            file.write_all(edit.after.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&temporary, &path));
    written.map_err(|source| {
        // Best effort: the error that matters is already at hand.
        let _ = std::fs::remove_file(&temporary);
        failed(source)
    })
}

/// The edit as a unified diff with paths relative to the root and secrets masked.
#[must_use]
pub fn diff(edit: &FileEdit) -> String {
    let name = edit.artifact.as_str();
    similar::TextDiff::from_lines(edit.shown.0.as_str(), edit.shown.1.as_str())
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
}
