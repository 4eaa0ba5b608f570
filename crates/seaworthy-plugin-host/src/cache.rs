//! Components and their compiled code on disk, by content.
//!
//! ```text
//! wasm/<sha256>.wasm          what was installed
//! meta/<sha256>.<form>        what it says of itself
//! meta/<sha256>.<word>.ok     a configuration that fits its schema
//! <key>/<sha256>.cwasm        compiled code; the key stands for compiler, processor
//!                             and settings
//! <key>/<sha256>.sum          its size and checksum, and when it was last changed
//! ```
//!
//! Compiled code is run as it is, so it is believed only where nobody but this user
//! can have written it: directory and file are theirs (or root's), writable by nobody
//! else, and no symbolic links. The checksum is no defence against somebody who may
//! write there, who could replace it as well; it tells a damaged file. It is not worked
//! out again while the system says that the file is the same and was not changed. What
//! is not believed is compiled anew and never fails a scan, nor does a cache that cannot be
//! written.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::metadata::Metadata;
use crate::{Digest, MAX_COMPONENT_BYTES};

/// The form in which metadata are written: another form is another file.
const FORM: &str = "2";

/// The most bytes of a file of metadata.
const MAX_METADATA_BYTES: u64 = 64 << 20;

/// How long compiled code of other versions is kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How much later a file must be looked at than it was changed for its times to tell
/// whether it was changed again: systems count them in steps.
const SETTLED: Duration = Duration::from_secs(2);

/// How long a file may take to be written.
const WRITING: Duration = Duration::from_secs(60 * 60);

/// A place for components and their compiled code.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    root: Option<PathBuf>,
}

impl Cache {
    /// The cache in this directory, which need not exist.
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Self { root: Some(root) }
    }

    /// No cache: everything is compiled when it is needed.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// This user's cache: in `$SEAWORTHY_CACHE_DIR`, or else where the system keeps
    /// caches.
    #[must_use]
    pub fn of_user() -> Self {
        let set = |name: &str| {
            let path = std::env::var_os(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let root = set("SEAWORTHY_CACHE_DIR").or_else(|| {
            let base = match () {
                () if cfg!(windows) => set("LOCALAPPDATA"),
                () if cfg!(target_os = "macos") => Some(set("HOME")?.join("Library/Caches")),
                () => set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache"))),
            };
            Some(base?.join("seaworthy"))
        });
        Self { root: root.map(|root| root.join("plugins")) }
    }

    /// The directory, if there is to be one.
    #[must_use]
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Where a component is kept, whether it is there or not.
    #[must_use]
    pub fn component_path(&self, digest: &Digest) -> Option<PathBuf> {
        Some(self.root.as_ref()?.join("wasm").join(format!("{digest}.wasm")))
    }

    /// Keeps a component.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_component(&self, digest: &Digest, bytes: &[u8]) -> io::Result<()> {
        self.write("wasm", &format!("{digest}.wasm"), bytes)
    }

    /// A kept component, if its bytes are still those.
    #[must_use]
    pub fn component(&self, digest: &Digest) -> Option<Vec<u8>> {
        let (_, bytes) = self.read("wasm", &format!("{digest}.wasm"), MAX_COMPONENT_BYTES)?;
        (Digest::of(&bytes) == *digest).then_some(bytes)
    }

    /// Forgets a component with all that was made of it.
    ///
    /// # Errors
    /// When a file of it is there and cannot be removed.
    pub fn forget(&self, digest: &Digest) -> io::Result<()> {
        let Some(root) = &self.root else { return Ok(()) };
        let start = digest.to_string();
        let Ok(directories) = fs::read_dir(root) else { return Ok(()) };
        for directory in directories.flatten() {
            for file in fs::read_dir(directory.path()).into_iter().flatten().flatten() {
                if file.file_name().to_string_lossy().starts_with(&start) {
                    fs::remove_file(file.path())?;
                }
            }
        }
        Ok(())
    }

    /// What a component says of itself, if it was asked before.
    #[must_use]
    pub fn metadata(&self, digest: &Digest) -> Option<Metadata> {
        let name = format!("{digest}.{FORM}");
        let (_, bytes) = self.read("meta", &name, MAX_METADATA_BYTES)?;
        postcard::from_bytes(&bytes).ok()
    }

    pub(crate) fn keep_metadata(&self, digest: &Digest, metadata: &Metadata) -> io::Result<()> {
        let bytes = postcard::to_stdvec(metadata).map_err(io::Error::other)?;
        self.write("meta", &format!("{digest}.{FORM}"), &bytes)
    }

    /// Whether a configuration of a component was found to fit; the word stands for it
    /// and for the schema.
    pub(crate) fn fits(&self, digest: &Digest, word: &str) -> bool {
        self.read("meta", &format!("{digest}.{word}.ok"), 0).is_some()
    }

    pub(crate) fn keep_that_it_fits(&self, digest: &Digest, word: &str) -> io::Result<()> {
        self.write("meta", &format!("{digest}.{word}.ok"), b"")
    }

    /// Where the compiled code of a component lies, if it is there, can be believed
    /// and is whole.
    pub(crate) fn code(&self, key: &str, digest: &Digest) -> Option<PathBuf> {
        let name = format!("{digest}.sum");
        let (written, sum) = self.read(key, &name, 256)?;
        let sum = String::from_utf8(sum).ok()?;
        let mut words = sum.split_ascii_whitespace();
        let (size, checksum) = (words.next()?.parse::<u64>().ok()?, words.next()?);
        let path = self.trusted_path(key, &format!("{digest}.cwasm"))?;
        let mut file = open(&path)?;
        let found = file.metadata().ok()?;
        if found.len() != size {
            return None;
        }
        let stamp = stamp(&found);
        if stamp.is_some() && stamp.as_deref() == words.next() && is_settled(&found, &written) {
            return Some(path);
        }
        if checksum_of(&mut file).ok()? != checksum {
            return None;
        }
        // The next scan need not read it, once its times cannot mean two states of it.
        let is_old = || found.modified().ok()?.elapsed().ok().map(|age| age > SETTLED);
        if let Some(stamp) = stamp.filter(|_| is_old() == Some(true)) {
            let _ = self.write(key, &name, format!("{size} {checksum} {stamp}\n").as_bytes());
        }
        Some(path)
    }

    pub(crate) fn keep_code(&self, key: &str, digest: &Digest, code: &[u8]) -> io::Result<()> {
        let checksum = checksum_of(&mut &*code)?;
        // A process that sees new code beside an old sum compiles once more, no worse.
        self.write(key, &format!("{digest}.cwasm"), code)?;
        self.write(
            key,
            &format!("{digest}.sum"),
            format!("{} {checksum}\n", code.len()).as_bytes(),
        )?;
        self.tidy(key);
        Ok(())
    }

    /// Forgets compiled code that cannot be used.
    pub(crate) fn drop_code(&self, key: &str, digest: &Digest) {
        let Some(root) = &self.root else { return };
        for end in ["sum", "cwasm"] {
            let _ = fs::remove_file(root.join(key).join(format!("{digest}.{end}")));
        }
    }

    /// Removes compiled code of other versions that nobody added to for a month, and
    /// what was left half written.
    fn tidy(&self, current: &str) {
        let Some(root) = &self.root else { return };
        let is_older = |path: &Path, age: Duration| {
            let modified = fs::symlink_metadata(path).and_then(|found| found.modified());
            modified.is_ok_and(|at| at.elapsed().is_ok_and(|past| past > age))
        };
        for entry in fs::read_dir(root).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let is_code = name.to_str().is_some_and(|name| {
                name.len() == 64 && name != current && name.parse::<Digest>().is_ok()
            });
            if is_code && is_older(&path, KEPT) {
                let _ = fs::remove_dir_all(&path);
                continue;
            }
            for file in fs::read_dir(&path).into_iter().flatten().flatten() {
                let unfinished = file.file_name().to_string_lossy().starts_with('.');
                if unfinished && is_older(&file.path(), WRITING) {
                    let _ = fs::remove_file(file.path());
                }
            }
        }
    }

    /// The path of a file in a directory of the cache that only this user can write.
    fn trusted_path(&self, directory: &str, name: &str) -> Option<PathBuf> {
        let root = self.root.as_ref()?;
        let directory = root.join(directory);
        for path in [root, &directory] {
            let found = fs::symlink_metadata(path).ok()?;
            if !found.is_dir() || !is_ours(&found) {
                return None;
            }
        }
        Some(directory.join(name))
    }

    fn read(&self, directory: &str, name: &str, most: u64) -> Option<(fs::Metadata, Vec<u8>)> {
        let file = open(&self.trusted_path(directory, name)?)?;
        let found = file.metadata().ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(found.len().min(most)).ok()? + 1);
        file.take(most + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= most).then_some((found, bytes))
    }

    /// Writes a file so that whoever looks sees all of it or nothing.
    fn write(&self, directory: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let Some(root) = &self.root else { return Ok(()) };
        for path in [root, &root.join(directory)] {
            make_directory(path)?;
        }
        let Some(path) = self.trusted_path(directory, name) else {
            let refused = "the directory of the cache is not this user's alone";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, refused));
        };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_file_name(format!(".{name}.{}.{count}", std::process::id()));
        let written = create(&beside)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

/// What changes whenever a file is replaced or written to: nobody sets the time of its
/// last change.
#[cfg(unix)]
fn stamp(found: &fs::Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let (device, file) = (found.dev(), found.ino());
    let changed = (found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec());
    let (modified, nanos, changed, more_nanos) = changed;
    Some(format!("{device}.{file}.{modified}.{nanos}.{changed}.{more_nanos}"))
}

#[cfg(not(unix))]
fn stamp(_: &fs::Metadata) -> Option<String> {
    None
}

/// Whether a file was written so long after another was changed that it speaks of that
/// change.
#[cfg(unix)]
fn is_settled(changed: &fs::Metadata, written: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // One second more, since fractions are left out.
    written.ctime() - changed.ctime() > 1
}

#[cfg(not(unix))]
fn is_settled(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    false
}

/// Four lanes of FNV-1a over words of 8 bytes: as fast as memory, and any single
/// damage changes it.
fn checksum_of(source: &mut dyn io::Read) -> io::Result<String> {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut lanes = [0xcbf2_9ce4_8422_2325_u64, 1, 2, 3];
    // It stays in the nearest cache of the processor, and is no new memory each time.
    let mut buffer = vec![0; 32 << 10];
    loop {
        let mut filled = 0;
        while filled < buffer.len() {
            match source.read(&mut buffer[filled..])? {
                0 => break,
                more => filled += more,
            }
        }
        let mut words = buffer[..filled].chunks_exact(32);
        for block in words.by_ref() {
            for (lane, word) in lanes.iter_mut().zip(block.chunks_exact(8)) {
                let word = word.try_into().map_or(0, u64::from_le_bytes);
                *lane = (*lane ^ word).wrapping_mul(PRIME);
            }
        }
        for byte in words.remainder() {
            lanes[0] = (lanes[0] ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
        if filled < buffer.len() {
            return Ok(lanes.iter().map(|lane| format!("{lane:016x}")).collect());
        }
    }
}

/// Opens a file that only this user can have written.
fn open(path: &Path) -> Option<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options
            .custom_flags((nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK).bits());
    }
    let file = options.open(path).ok()?;
    let found = file.metadata().ok()?;
    (found.is_file() && is_ours(&found)).then_some(file)
}

/// Makes a new file that only this user can read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Whether only this user, or root, can have written there.
#[cfg(unix)]
fn is_ours(found: &fs::Metadata) -> bool {
    belongs_to(nix::unistd::geteuid().as_raw(), found)
}

#[cfg(unix)]
fn belongs_to(user: u32, found: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (found.uid() == user || found.uid() == 0) && found.mode() & 0o022 == 0
}

/// Profiles of users are their own on Windows.
#[cfg(not(unix))]
fn is_ours(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn cache() -> (tempfile::TempDir, Cache) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let cache = Cache::at(directory.path().join("deep/plugins"));
        (directory, cache)
    }

    #[test]
    fn what_was_kept_is_found() {
        let (_directory, cache) = cache();
        let digest = Digest::of(b"component");
        assert_eq!((cache.component(&digest), cache.code(KEY, &digest)), (None, None));
        cache.keep_component(&digest, b"component").expect("it can be written");
        cache.keep_code(KEY, &digest, b"code").expect("it can be written");
        assert_eq!(cache.component(&digest).as_deref(), Some(&b"component"[..]));
        let path = cache.code(KEY, &digest).expect("it is there");
        assert_eq!(fs::read(path).expect("it can be read"), b"code");
        cache.forget(&digest).expect("it can be removed");
        assert_eq!((cache.component(&digest), cache.code(KEY, &digest)), (None, None));
    }

    #[test]
    fn damaged_files_are_not_believed() {
        let (_directory, cache) = cache();
        let digest = Digest::of(b"component");
        cache.keep_component(&digest, b"component").expect("it can be written");
        let code = vec![7; 300_000];
        for damage in [0, 31, 299_999, 262_144] {
            cache.keep_code(KEY, &digest, &code).expect("it can be written");
            let path = cache.code(KEY, &digest).expect("it is there");
            let mut damaged = code.clone();
            damaged[damage] ^= 1;
            fs::write(&path, &damaged).expect("it can be written");
            assert_eq!(cache.code(KEY, &digest), None, "byte {damage}");
            fs::write(&path, &code[1..]).expect("it can be written");
            assert_eq!(cache.code(KEY, &digest), None, "cut");
        }
        let path = cache.component_path(&digest).expect("there is a cache");
        fs::write(path, b"other bytes").expect("it can be written");
        assert_eq!(cache.component(&digest), None);
    }

    #[cfg(unix)]
    #[test]
    fn code_is_read_again_once_it_was_touched() {
        let (_directory, cache) = cache();
        let digest = Digest::of(b"component");
        cache.keep_code(KEY, &digest, b"code").expect("it can be written");
        let path = cache.code(KEY, &digest).expect("it is there");
        let sum = path.with_extension("sum");
        let words = |path: &Path| fs::read_to_string(path).expect("text").split(' ').count();
        assert_eq!(words(&sum), 2, "too young for its times to mean anything");
        let long_ago = fs::metadata(&path).expect("it is there").modified().expect("a time")
            - Duration::from_secs(60);
        let file = File::options().write(true).open(&path).expect("ours");
        file.set_modified(long_ago).expect("ours");
        assert!(cache.code(KEY, &digest).is_some());
        assert_eq!(words(&sum), 3, "the next one believes it");
        // Put back in time, but not the change of that.
        fs::write(&path, b"evil").expect("ours");
        file.set_modified(long_ago).expect("ours");
        assert_eq!(cache.code(KEY, &digest), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_others_can_write_is_not_believed() {
        use std::os::unix::fs::PermissionsExt as _;
        let (directory, cache) = cache();
        let digest = Digest::of(b"component");
        cache.keep_code(KEY, &digest, b"code").expect("it can be written");
        let root = cache.root().expect("there is a cache").to_owned();
        let file = root.join(KEY).join(format!("{digest}.cwasm"));
        for path in [root.clone(), root.join(KEY), file.clone()] {
            let mode = fs::metadata(&path).expect("it is there").permissions().mode();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode | 0o020)).expect("ours");
            assert_eq!(cache.code(KEY, &digest), None, "{}", path.display());
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
            assert!(cache.code(KEY, &digest).is_some());
        }
        let elsewhere = directory.path().join("elsewhere");
        fs::rename(&file, &elsewhere).expect("it can be moved");
        std::os::unix::fs::symlink(&elsewhere, &file).expect("a link");
        assert_eq!(cache.code(KEY, &digest), None, "a symbolic link");
    }

    #[cfg(unix)]
    #[test]
    fn what_another_user_owns_is_not_believed() {
        use std::os::unix::fs::MetadataExt as _;
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        // Root, whose files are believed, can give the file away.
        let _ = nix::unistd::chown(file.path(), Some(nix::unistd::Uid::from_raw(65_534)), None);
        let found = fs::metadata(file.path()).expect("it is there");
        assert!(belongs_to(found.uid(), &found));
        assert!(!belongs_to(found.uid() + 1, &found));
    }

    #[test]
    fn half_written_and_forsaken_code_goes() {
        let (_directory, cache) = cache();
        let digest = Digest::of(b"component");
        cache.keep_code(KEY, &digest, b"code").expect("it can be written");
        let root = cache.root().expect("there is a cache").to_owned();
        let left: Vec<_> = fs::read_dir(root.join(KEY)).expect("it is there").flatten().collect();
        assert_eq!(left.len(), 2, "nothing is left beside the files");
        let now = Digest::of(b"another compiler").to_string();
        cache.tidy(&now);
        assert!(cache.code(KEY, &digest).is_some(), "it is not a month old");
        let old = std::time::SystemTime::now() - (KEPT + WRITING);
        File::open(root.join(KEY)).and_then(|d| d.set_modified(old)).expect("ours");
        cache.tidy(KEY);
        assert!(cache.code(KEY, &digest).is_some(), "it is the current one");
        cache.tidy(&now);
        assert!(!root.join(KEY).exists());
    }

    #[test]
    fn many_writers_leave_a_whole_file() {
        let (_directory, cache) = cache();
        let digest = Digest::of(b"component");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        cache.keep_code(KEY, &digest, &[9; 10_000]).expect("it can be written");
                    }
                });
            }
        });
        let path = cache.code(KEY, &digest).expect("it is whole");
        assert_eq!(fs::read(path).expect("it can be read"), [9; 10_000]);
    }

    #[test]
    fn a_cache_that_cannot_be_made_is_an_error_of_the_writer_alone() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("file");
        fs::write(&file, "").expect("it can be written");
        let cache = Cache::at(file.join("plugins"));
        let digest = Digest::of(b"component");
        assert!(cache.keep_component(&digest, b"component").is_err());
        assert_eq!(cache.component(&digest), None);
        assert!(Cache::none().keep_component(&digest, b"component").is_ok());
    }
}
