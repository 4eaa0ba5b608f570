//! Applying fixes.
//!
//! Edits are planned against the texts that were analysed, never overlap, and
//! are written only if the file still is that text: to a file beside it, which
//! then takes its place, so that no crash leaves half a file. Links are not
//! followed, a read-only file stays as it is, and nothing outside the root is
//! touched. (A hard link to the file elsewhere keeps the old text.)

use std::collections::BTreeMap;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use seaworthy_analysis::Snapshot;
use seaworthy_model::{Applicability, ArtifactPath, Finding, Fix, Replacement, apply};

/// A file before and after its fixes.
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

/// Without the texts, which hold secrets.
impl std::fmt::Debug for FileEdit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileEdit")
            .field("artifact", &self.artifact)
            .field("fixes", &self.fixes)
            .finish_non_exhaustive()
    }
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
    /// The file is a link, or lies behind one.
    #[error("{path}: not a plain file below the root; nothing was written")]
    NotPlain {
        /// The file.
        path: PathBuf,
    },
    /// The file is not to be written to.
    #[error("{path}: read-only; nothing was written")]
    ReadOnly {
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

/// The edits chosen for a file, by where they start: they are disjoint, so no
/// two start at one place.
#[derive(Default)]
struct Chosen<'a> {
    replacements: BTreeMap<usize, &'a Replacement>,
    fixes: usize,
}

impl Chosen<'_> {
    /// Whether an edit overlaps or touches a different one at the same place.
    /// The very same edit, wanted twice, is no clash.
    fn clashes(&self, new: &Replacement) -> bool {
        let (start, end) = (new.region.start, new.region.end);
        if let Some(same) = self.replacements.get(&start) {
            return **same != *new;
        }
        let before = self.replacements.range(..start).next_back();
        before.is_some_and(|(_, old)| old.region.end > start)
            || (start < end && self.replacements.range(start..end).next().is_some())
    }
}

/// Plans the fixes of all open findings up to an applicability: for each
/// finding its first fix that may be applied. A fix that would overlap an
/// earlier one is left for the next run.
#[must_use]
pub fn plan(findings: &[Finding], snapshot: &Snapshot, up_to: Applicability) -> Vec<FileEdit> {
    plan_wanted(findings, snapshot, up_to, &|_, _| true)
}

/// The fix of a finding that may be applied.
pub(crate) fn applicable(finding: &Finding, up_to: Applicability) -> Option<&Fix> {
    finding.fixes.iter().find(|fix| fix.applicability <= up_to.min(Applicability::Unsafe))
}

/// The same, of those fixes alone that somebody wants.
pub(crate) fn plan_wanted(
    findings: &[Finding],
    snapshot: &Snapshot,
    up_to: Applicability,
    wanted: &dyn Fn(&Finding, &Fix) -> bool,
) -> Vec<FileEdit> {
    let mut chosen: BTreeMap<&ArtifactPath, Chosen<'_>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.is_open()) {
        let Some(fix) = applicable(finding, up_to).filter(|fix| wanted(finding, fix)) else {
            continue;
        };
        let clashes = fix.replacements.iter().any(|replacement| {
            chosen.get(&replacement.artifact).is_some_and(|chosen| chosen.clashes(replacement))
        });
        if clashes {
            continue;
        }
        let mut touched: Vec<&ArtifactPath> = Vec::new();
        for replacement in &fix.replacements {
            let chosen = chosen.entry(&replacement.artifact).or_default();
            chosen.replacements.insert(replacement.region.start, replacement);
            if !touched.contains(&&replacement.artifact) {
                touched.push(&replacement.artifact);
                chosen.fixes += 1;
            }
        }
    }
    chosen
        .into_iter()
        .filter_map(|(path, Chosen { replacements, fixes })| {
            let replacements: Vec<&Replacement> = replacements.into_values().collect();
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

/// Writes an edit below `root`.
///
/// # Errors
/// When the file changed since, is read-only or no plain file below the root,
/// or cannot be written. It is then as it was.
pub fn write(root: &Path, edit: &FileEdit) -> Result<(), FixError> {
    let path = root.join(edit.artifact.as_str());
    let failed = |source| FixError::Io { path: path.clone(), source };
    let metadata = std::fs::symlink_metadata(&path).map_err(failed)?;
    if !metadata.is_file() || !is_below(root, &path).map_err(failed)? {
        return Err(FixError::NotPlain { path });
    }
    if metadata.permissions().readonly() {
        return Err(FixError::ReadOnly { path });
    }
    if !holds(&path, edit.before.as_bytes()).map_err(failed)? {
        return Err(FixError::Changed { path });
    }
    let (temporary, file) = create_beside(&path).map_err(failed)?;
    let written = fill(file, &metadata, edit.after.as_bytes())
        .and_then(|()| std::fs::rename(&temporary, &path));
    written.map_err(|source| {
        // Best effort: the error that matters is already at hand.
        let _ = std::fs::remove_file(&temporary);
        failed(source)
    })
}

/// Writes a file that does not exist yet below `root`.
///
/// # Errors
/// When it exists, would lie outside the root, or cannot be written.
pub(crate) fn write_new(root: &Path, path: &str, text: &str) -> Result<(), FixError> {
    let path = root.join(path);
    let failed = |source| FixError::Io { path: path.clone(), source };
    if !is_below(root, &path).map_err(failed)? {
        return Err(FixError::NotPlain { path });
    }
    let mut file = File::create_new(&path).map_err(failed)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|source| {
        // Best effort: half a file is worse than none.
        let _ = std::fs::remove_file(&path);
        failed(source)
    })
}

/// Whether the directory of a file really lies below the root, links resolved.
fn is_below(root: &Path, path: &Path) -> std::io::Result<bool> {
    let directory = path.parent().unwrap_or(root).canonicalize()?;
    Ok(directory.starts_with(root.canonicalize()?))
}

/// Whether a file holds these bytes and no more.
fn holds(path: &Path, bytes: &[u8]) -> std::io::Result<bool> {
    let mut current = Vec::with_capacity(bytes.len());
    File::open(path)?.take(bytes.len() as u64 + 1).read_to_end(&mut current)?;
    Ok(current == bytes)
}

/// A new file beside another, readable by nobody else. Its name is one that no
/// rule takes for a configuration, should it ever be left behind.
pub(crate) fn create_beside(path: &Path) -> std::io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for attempt in 0..100 {
        let name = format!(".seaworthy-{}-{attempt}.tmp", std::process::id());
        let temporary = path.with_file_name(name);
        match options.open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Gives a new file the owner, the permissions and the text.
fn fill(mut file: File, like: &Metadata, text: &[u8]) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
            // Who may write a file need not be allowed to give it away.
            let _ = std::os::unix::fs::fchown(&file, Some(like.uid()), Some(like.gid()));
        }
    }
    file.set_permissions(like.permissions())?;
    file.write_all(text)?;
    file.sync_all()
}

/// The edit as a unified diff with paths relative to the root, secrets masked
/// and whatever a terminal would obey made visible.
#[must_use]
pub fn diff(edit: &FileEdit) -> String {
    let name = shown(edit.artifact.as_str());
    let diff = similar::TextDiff::from_lines(edit.shown.0.as_str(), edit.shown.1.as_str())
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string();
    let mut out = String::with_capacity(diff.len());
    for line in diff.split_inclusive('\n') {
        let (body, ending) = match line.strip_suffix('\n') {
            Some(body) => match body.strip_suffix('\r') {
                Some(body) => (body, "\r\n"),
                None => (body, "\n"),
            },
            None => (line, ""),
        };
        out.push_str(&shown(body));
        out.push_str(ending);
    }
    out
}

/// Control characters and those that turn the direction of text, escaped.
fn shown(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for character in line.chars() {
        let obeyed = character.is_control() && character != '\t'
            || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(character, '\u{2060}'..='\u{206f}');
        if obeyed {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests;
