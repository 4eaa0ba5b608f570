//! Where the texts of a snapshot come from.

use std::collections::{BTreeSet, HashMap};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use seaworthy_analysis::{ReadProblem, SourceText, TextSource};
use seaworthy_model::{ArtifactPath, NotificationKind};

use crate::decode::decode;
use crate::git::{GitError, ObjectId, Repository};

/// The files as they are on disk.
#[derive(Debug)]
pub(crate) struct WorkingTree {
    pub(crate) root: PathBuf,
    /// The real paths of files whose names are not UTF-8.
    pub(crate) unusual: HashMap<ArtifactPath, PathBuf>,
    /// The largest file that is read, in bytes.
    pub(crate) limit: u64,
}

impl TextSource for WorkingTree {
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        let real = match self.unusual.get(path) {
            Some(real) => real.clone(),
            None => self.root.join(path.as_str()),
        };
        read_file(&real, self.limit)
    }

    fn read_bytes(
        &self,
        path: &ArtifactPath,
        from: u64,
        most: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<Result<(), ReadProblem>> {
        let real = match self.unusual.get(path) {
            Some(real) => real.clone(),
            None => self.root.join(path.as_str()),
        };
        Some(read_part(&real, from, most, buffer))
    }

    fn read_whole(&self, path: &ArtifactPath, most: usize) -> Option<Result<Vec<u8>, ReadProblem>> {
        let real = match self.unusual.get(path) {
            Some(real) => real.clone(),
            None => self.root.join(path.as_str()),
        };
        Some(read_bytes(&real, most as u64))
    }
}

/// Reads at most `most` bytes of a plain file into a buffer.
fn read_part(path: &Path, from: u64, most: usize, buffer: &mut Vec<u8>) -> Result<(), ReadProblem> {
    buffer.clear();
    let (mut file, size) = open_plain(path)?;
    if from > 0 {
        file.seek(std::io::SeekFrom::Start(from)).map_err(unreadable)?;
    }
    // What is written to it meanwhile is not read, and so the end is not read for,
    // either. Some file systems tell no sizes.
    let most = if size > 0 { size.saturating_sub(from).min(most as u64) } else { most as u64 };
    file.take(most).read_to_end(buffer).map_err(unreadable)?;
    Ok(())
}

fn unreadable(error: std::io::Error) -> ReadProblem {
    ReadProblem {
        kind: NotificationKind::Unreadable,
        message: format!("cannot be read: {}", crate::reason::reason(&error)),
    }
}

/// Opens a plain file; with its size in bytes. No link is followed. To open a FIFO
/// would wait for ever, so none is waited for where that can be said, and otherwise
/// the kind is asked first.
fn open_plain(path: &Path) -> Result<(std::fs::File, u64), ReadProblem> {
    let not_plain = || ReadProblem {
        kind: NotificationKind::Unreadable,
        message: "not a plain file".to_owned(),
    };
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use nix::libc::{O_NOCTTY, O_NOFOLLOW, O_NONBLOCK};
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    }
    #[cfg(not(unix))]
    if !std::fs::symlink_metadata(path).map_err(unreadable)?.is_file() {
        return Err(not_plain());
    }
    let file = match options.open(path) {
        Ok(file) => file,
        // A link, a socket: only then is it worth asking.
        Err(_) if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) => {
            return Err(not_plain());
        }
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(not_plain());
    }
    Ok((file, metadata.len()))
}

/// Reads and decodes a plain file.
///
/// # Errors
/// When it is no plain file, too large, binary or unreadable.
pub(crate) fn read_file(path: &Path, limit: u64) -> Result<SourceText, ReadProblem> {
    read_bytes(path, limit).and_then(decode)
}

/// Reads a plain file.
fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, ReadProblem> {
    let (file, size) = open_plain(path)?;
    if size > limit {
        return Err(too_large(size, limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // A file that grows meanwhile must not exceed the limit either.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64, limit));
    }
    Ok(bytes)
}

fn too_large(size: u64, limit: u64) -> ReadProblem {
    ReadProblem {
        kind: NotificationKind::TooLarge,
        message: format!("{size} bytes exceed the limit of {limit} bytes"),
    }
}

/// The files as they are staged.
pub(crate) struct Index {
    /// Sorted by path.
    pub(crate) blobs: Vec<(ArtifactPath, ObjectId)>,
    pub(crate) repository: Arc<Repository>,
    pub(crate) limit: u64,
}

impl Index {
    fn blob(&self, path: &ArtifactPath) -> Option<ObjectId> {
        let at = self.blobs.binary_search_by(|(other, _)| other.cmp(path)).ok()?;
        Some(self.blobs[at].1)
    }

    pub(crate) fn has(&self, path: &ArtifactPath) -> bool {
        self.blob(path).is_some()
    }
}

impl TextSource for Index {
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        let unreadable =
            |message: String| ReadProblem { kind: NotificationKind::Unreadable, message };
        let id = self.blob(path).ok_or_else(|| unreadable("not in the index".to_owned()))?;
        match self.repository.read_blob(id, self.limit) {
            Ok(bytes) => decode(bytes),
            Err(GitError::TooLarge { .. }) => Err(ReadProblem {
                kind: NotificationKind::TooLarge,
                message: format!("the staged file exceeds the limit of {} bytes", self.limit),
            }),
            Err(error) => Err(unreadable(format!("cannot be read from the index: {error}"))),
        }
    }

    fn read_whole(&self, path: &ArtifactPath, most: usize) -> Option<Result<Vec<u8>, ReadProblem>> {
        let id = self.blob(path)?;
        Some(self.repository.read_blob(id, most as u64).map_err(|error| match error {
            GitError::TooLarge { .. } => ReadProblem {
                kind: NotificationKind::TooLarge,
                message: format!("the staged file exceeds the limit of {most} bytes"),
            },
            error => ReadProblem {
                kind: NotificationKind::Unreadable,
                message: format!("cannot be read from the index: {error}"),
            },
        }))
    }
}

/// No files at all.
pub(crate) struct Nowhere;

impl TextSource for Nowhere {
    fn read(&self, _: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        Err(ReadProblem {
            kind: NotificationKind::Unreadable,
            message: "not among the texts that were given".to_owned(),
        })
    }
}

/// Texts laid over another source: an editor's unsaved buffers, or standard
/// input under a file name.
pub(crate) struct Overlay {
    pub(crate) texts: HashMap<ArtifactPath, Arc<str>>,
    pub(crate) below: Arc<dyn TextSource>,
    /// The longest text that is judged, in bytes.
    pub(crate) limit: u64,
}

impl TextSource for Overlay {
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        match self.texts.get(path) {
            Some(text) if text.len() as u64 > self.limit => {
                Err(too_large(text.len() as u64, self.limit))
            }
            Some(text) => Ok(SourceText { text: Arc::clone(text), decoded: None }),
            None => self.below.read(path),
        }
    }

    fn read_bytes(
        &self,
        path: &ArtifactPath,
        from: u64,
        most: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<Result<(), ReadProblem>> {
        match self.texts.contains_key(path) {
            true => None,
            false => self.below.read_bytes(path, from, most, buffer),
        }
    }

    fn read_whole(&self, path: &ArtifactPath, most: usize) -> Option<Result<Vec<u8>, ReadProblem>> {
        match self.texts.contains_key(path) {
            true => None,
            false => self.below.read_whole(path, most),
        }
    }
}

/// Another source, and which of its texts were read.
pub(crate) struct Watched {
    below: Arc<dyn TextSource>,
    seen: Mutex<BTreeSet<ArtifactPath>>,
}

impl Watched {
    /// Watches a source of which nothing was read yet.
    pub(crate) fn new(below: Arc<dyn TextSource>) -> Self {
        Self { below, seen: Mutex::default() }
    }

    /// The files that were read so far.
    pub(crate) fn seen(&self) -> BTreeSet<ArtifactPath> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TextSource for Watched {
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        self.below.read(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_is_bounded_and_speaks_for_its_own_paths_only() {
        let texts = [("a", "12345"), ("b", "123456")]
            .map(|(path, text)| (ArtifactPath::new(path), Arc::from(text)));
        let overlay =
            Overlay { texts: texts.into_iter().collect(), below: Arc::new(Nowhere), limit: 5 };
        let read = |path| overlay.read(&ArtifactPath::new(path)).map(|text| text.text.len());
        assert_eq!(read("a"), Ok(5));
        assert_eq!(read("b"), Err(too_large(6, 5)));
        assert_eq!(read("c").map_err(|problem| problem.kind), Err(NotificationKind::Unreadable));
    }

    #[test]
    fn a_file_at_the_limit_is_read_and_one_above_is_not() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("x");
        std::fs::write(&path, "12345").expect("a file is written");
        assert!(read_file(&path, 5).is_ok());
        let problem = read_file(&path, 4).expect_err("too large");
        assert_eq!(problem, too_large(5, 4));
        assert_eq!(
            read_file(directory.path(), 5).map_err(|problem| problem.message).err().as_deref(),
            Some("not a plain file")
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_and_special_files_are_not_waited_for() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = |name| directory.path().join(name);
        std::fs::write(path("plain"), "12345").expect("a file is written");
        std::os::unix::fs::symlink("plain", path("link")).expect("a link");
        let made = std::process::Command::new("mkfifo").arg(path("fifo")).status();
        assert!(made.expect("mkfifo is installed").success());
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).expect("a socket");
        for name in ["link", "fifo", "socket"] {
            let problem = read_part(&path(name), 0, 100, &mut Vec::new()).expect_err(name);
            assert_eq!(problem.message, "not a plain file", "{name}");
        }
        let mut buffer = b"left over".to_vec();
        for (from, most, wanted) in [(0, 9, "12345"), (0, 2, "12"), (3, 9, "45"), (9, 9, "")] {
            read_part(&path("plain"), from, most, &mut buffer).expect("readable");
            assert_eq!(buffer, wanted.as_bytes(), "{from} {most}");
        }
    }
}
