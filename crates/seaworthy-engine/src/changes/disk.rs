//! The working tree against the index, without git's help: a file that looks as it did
//! when git last read it is taken for unchanged, as git takes it.

use std::collections::BTreeMap;
use std::path::Path;

use gix_hash::ObjectId;
use gix_object::{Kind, compute_hash};
use seaworthy_analysis::GitState;
use seaworthy_model::ArtifactPath;

use crate::gather::Files;
use crate::git::{Change, GitError, Repository, Seen, TrackedKind};

/// The largest file that is hashed. One that is larger counts as changed where it does
/// not look as it did.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// A plain file, whatever may be run.
const PLAIN: TrackedKind = TrackedKind::File { executable: false };

/// A file of which nobody knows the content: it is like no blob.
fn unknown() -> ObjectId {
    ObjectId::null(gix_hash::Kind::Sha1)
}

/// What a file is, and what the index has of it.
type Two = (Option<ObjectId>, Option<ObjectId>);

/// The paths whose files on disk are not as the index has them, with what they are and
/// what the index has.
pub(super) fn differences(
    repository: &Repository,
    files: &Files,
    git: Option<&GitState>,
) -> Result<BTreeMap<String, Two>, GitError> {
    let looks = repository.looks()?;
    let written = std::fs::metadata(repository.index_path()).ok().and_then(|m| looks_of(&m));
    let mut differs = BTreeMap::new();
    let mut walked = std::collections::HashSet::new();
    for path in &files.paths {
        walked.insert(path.as_str());
        let tracked = looks.get(path.as_str());
        if tracked.is_none() && git.is_some_and(|git| git.is_ignored(path.as_str())) {
            continue;
        }
        let indexed = tracked.map(|(id, _)| *id);
        let unchanged = |seen: &Seen| {
            let real = files.root.as_deref().map(|root| root.join(path.as_str()));
            let found = real.and_then(|real| std::fs::symlink_metadata(real).ok());
            let found = found.and_then(|found| looks_of(&found));
            // What was written just when the index was may have changed since.
            found == Some(*seen) && written.is_some_and(|index| seen.modified < index.modified)
        };
        if !files.is_laid_over(path) && tracked.is_some_and(|(_, seen)| unchanged(seen)) {
            continue;
        }
        let now = content(files, path);
        if indexed != Some(now) {
            differs.insert(path.as_str().to_owned(), (Some(now), indexed));
        }
    }
    for (path, (id, _)) in &looks {
        let gone = || {
            let root = files.root.as_deref().unwrap_or(Path::new(""));
            std::fs::symlink_metadata(root.join(path)).is_err()
        };
        if !walked.contains(path.as_str()) && gone() {
            differs.insert(path.clone(), (None, Some(*id)));
        }
    }
    Ok(differs)
}

/// The id that git would give to the file.
fn content(files: &Files, path: &ArtifactPath) -> ObjectId {
    let bytes = match files.source.read_whole(path, MAX_BYTES) {
        Some(Ok(bytes)) => bytes,
        Some(Err(_)) => return unknown(),
        None => match files.source.read(path) {
            Ok(text) => text.text.as_bytes().to_vec(),
            Err(_) => return unknown(),
        },
    };
    compute_hash(gix_hash::Kind::Sha1, Kind::Blob, &bytes).unwrap_or_else(|_| unknown())
}

#[cfg(unix)]
fn looks_of(metadata: &std::fs::Metadata) -> Option<Seen> {
    use std::os::unix::fs::MetadataExt as _;
    let seconds = u32::try_from(metadata.mtime()).ok()?;
    let nanoseconds = u32::try_from(metadata.mtime_nsec()).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "git keeps the lower half, too")]
    let size = metadata.size() as u32;
    Some(Seen { modified: (seconds, nanoseconds), size })
}

/// Elsewhere every file is read.
#[cfg(not(unix))]
fn looks_of(_: &std::fs::Metadata) -> Option<Seen> {
    None
}

/// Changes of the index, with those of the working tree laid over them.
pub(super) fn laid_over(
    changes: Vec<Change>,
    disk: &BTreeMap<String, (Option<ObjectId>, Option<ObjectId>)>,
) -> Vec<Change> {
    let mut all: BTreeMap<String, Change> =
        changes.into_iter().map(|change| (change.path.clone(), change)).collect();
    let plain = |id: Option<ObjectId>| id.map(|id| (PLAIN, id));
    for (path, (now, indexed)) in disk {
        let before = match all.get(path) {
            Some(change) => change.before,
            None => plain(*indexed),
        };
        let same = before.map(|(_, id)| id) == *now;
        match same {
            true => drop(all.remove(path)),
            false => {
                let change = Change { path: path.clone(), before, after: plain(*now) };
                all.insert(path.clone(), change);
            }
        }
    }
    all.into_values().collect()
}
