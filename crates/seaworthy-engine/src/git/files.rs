//! Reading git's own files, bounded: only regular files, and only so much.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::GitError;

/// `HEAD`, loose refs, `gitdir:` files and the like are a line or two.
const SMALL: u64 = 64 * 1024;

/// The bytes of a small file; `None` when it is not there.
pub(super) fn read_small(path: &Path) -> Result<Option<Vec<u8>>, GitError> {
    read(path, SMALL)
}

/// The bytes of a regular file of at most `limit` bytes; `None` when it is not
/// there. What is no regular file (a pipe, a device) is never opened.
pub(super) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, GitError> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    let failed =
        |error: std::io::Error| GitError::Read { path: path.to_owned(), kind: error.kind() };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if !metadata.is_file() {
        return Err(GitError::Broken { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    // One byte more than allowed tells a file that is too large.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(GitError::TooLarge { what: path.display().to_string(), limit });
    }
    Ok(Some(bytes))
}

/// A path written in one of git's files.
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).as_ref())
    }
}
