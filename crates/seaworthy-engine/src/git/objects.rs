//! The object database, opened only when an object is asked for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use gix_hash::ObjectId;
use gix_object::{Find as _, Kind};
use gix_odb::Header as _;

use super::GitError;
use super::commit::Commit;

/// No pack may make the reader ask for more memory at once.
const MAX_ALLOCATION: usize = 1 << 30;
/// Commits and trees are small; what is larger was made to hurt.
const MAX_TREE_BYTES: u64 = 64 * 1024 * 1024;

/// A repository's objects.
pub(super) struct Objects {
    store: Arc<gix_odb::Store>,
}

impl Objects {
    /// Lists the packs in `common_dir`; reads none.
    pub(super) fn open(common_dir: &Path) -> Result<Self, GitError> {
        Self::limited(common_dir, MAX_ALLOCATION)
    }

    /// As [`Objects::open`]; nothing may make the reader ask for more than `limit`
    /// bytes at once.
    fn limited(common_dir: &Path, limit: usize) -> Result<Self, GitError> {
        let options = gix_odb::store::init::Options {
            alloc_limit_bytes: Some(limit),
            current_dir: Some(common_dir.to_owned()),
            ..Default::default()
        };
        let directory = common_dir.join("objects");
        guarded(|| {
            gix_odb::Store::at_opts(
                directory.clone(),
                gix_hash::Kind::Sha1,
                &mut std::iter::empty(),
                options,
            )
            .map(|store| Self { store: Arc::new(store) })
            .map_err(|error| GitError::Read { path: directory.clone(), kind: error.kind() })
        })
    }

    /// The bytes of a blob of at most `limit` bytes.
    pub(super) fn blob(&self, id: ObjectId, limit: u64) -> Result<Vec<u8>, GitError> {
        self.object(id, Kind::Blob, limit)
    }

    /// The bytes of a tree.
    pub(super) fn tree(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.object(id, Kind::Tree, MAX_TREE_BYTES)
    }

    /// The tree of a commit.
    pub(super) fn tree_of_commit(&self, id: ObjectId) -> Result<ObjectId, GitError> {
        let commit = self.object(id, Kind::Commit, MAX_TREE_BYTES)?;
        commit
            .strip_prefix(b"tree ")
            .and_then(|rest| rest.get(..40))
            .and_then(|hex| ObjectId::from_hex(hex).ok())
            .ok_or(GitError::Object { id: id.to_string() })
    }

    fn object(&self, id: ObjectId, kind: Kind, limit: u64) -> Result<Vec<u8>, GitError> {
        let broken = || GitError::Object { id: id.to_string() };
        guarded(|| {
            let handle = self.store.to_cache_arc();
            let header = handle.try_header(&id).map_err(|_| broken())?;
            let header = header.ok_or_else(|| GitError::Missing { id: id.to_string() })?;
            if header.kind() != kind {
                return Err(broken());
            }
            if header.size() > limit {
                return Err(GitError::TooLarge { what: id.to_string(), limit });
            }
            let mut bytes = Vec::new();
            match handle.try_find(&id, &mut bytes) {
                Ok(Some(data)) if data.kind == kind => {}
                _ => return Err(broken()),
            }
            Ok(bytes)
        })
    }
}

/// What a revision may name.
pub(super) enum Object {
    Commit,
    /// A tag, and what it stands for.
    Tag(ObjectId),
    Other,
}

/// Reads many objects one after the other, for one thread.
pub(crate) struct Reader {
    handle: gix_odb::Cache<gix_odb::store::Handle<Arc<gix_odb::Store>>>,
    store: Arc<gix_odb::Store>,
    buffer: std::cell::RefCell<Vec<u8>>,
}

impl Reader {
    /// A reader of the objects in `common_dir`, none of which may be larger than
    /// `limit` bytes.
    pub(super) fn open(common_dir: &Path, limit: usize) -> Result<Self, GitError> {
        let Objects { store } = Objects::limited(common_dir, limit)?;
        let mut handle = store.to_cache_arc();
        handle.set_pack_cache(|| Box::new(BaseCache::default()));
        Ok(Self { handle, store, buffer: std::cell::RefCell::default() })
    }

    /// The bytes of an object of the kind, shown to `look`.
    pub(crate) fn with<T>(
        &self,
        id: ObjectId,
        kind: Kind,
        look: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, GitError> {
        let broken = || GitError::Object { id: id.to_string() };
        let mut buffer = self.buffer.try_borrow_mut().map_err(|_| broken())?;
        guarded(|| match self.handle.try_find(&id, &mut buffer) {
            Ok(Some(data)) if data.kind == kind => look(data.data).ok_or_else(broken),
            Ok(None) => Err(GitError::Missing { id: id.to_string() }),
            _ => Err(broken()),
        })
    }

    /// A commit.
    pub(crate) fn commit(&self, id: ObjectId) -> Result<Commit, GitError> {
        self.with(id, Kind::Commit, Commit::parse)
    }

    pub(super) fn object(&self, id: ObjectId) -> Result<Object, GitError> {
        let broken = || GitError::Object { id: id.to_string() };
        let mut buffer = self.buffer.try_borrow_mut().map_err(|_| broken())?;
        guarded(|| match self.handle.try_find(&id, &mut buffer) {
            Ok(Some(data)) => match data.kind {
                Kind::Commit => Ok(Object::Commit),
                Kind::Tag => data
                    .data
                    .strip_prefix(b"object ")
                    .and_then(|rest| rest.get(..40))
                    .and_then(|hex| ObjectId::from_hex(hex).ok())
                    .map(Object::Tag)
                    .ok_or_else(broken),
                Kind::Tree | Kind::Blob => Ok(Object::Other),
            },
            Ok(None) => Err(GitError::Missing { id: id.to_string() }),
            Err(_) => Err(broken()),
        })
    }

    /// The object whose id begins with these hexadecimal digits, if it is the only
    /// one.
    pub(super) fn by_prefix(&self, hex: &str) -> Result<Option<ObjectId>, GitError> {
        if !(4..=40).contains(&hex.len()) {
            return Ok(None);
        }
        let Ok(prefix) = gix_hash::Prefix::from_hex(hex) else { return Ok(None) };
        guarded(|| {
            let handle = self.store.to_handle_arc();
            Ok(handle.lookup_prefix(prefix, None).ok().flatten().and_then(Result::ok))
        })
    }
}

/// The slots of a [`BaseCache`], and how many bytes it holds at most.
const CACHE_SLOTS: usize = 2048;
const CACHE_BYTES: usize = 48 * 1024 * 1024;

/// The objects that were decoded last: others are stored as their difference to
/// these.
struct BaseCache {
    slots: Vec<Option<Base>>,
    bytes: usize,
}

struct Base {
    pack: u32,
    offset: u64,
    kind: Kind,
    compressed: usize,
    data: Vec<u8>,
}

impl Default for BaseCache {
    fn default() -> Self {
        Self { slots: std::iter::repeat_with(|| None).take(CACHE_SLOTS).collect(), bytes: 0 }
    }
}

impl BaseCache {
    fn slot(pack: u32, offset: u64) -> usize {
        let mixed = (offset ^ u64::from(pack) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as usize % CACHE_SLOTS
    }
}

impl gix_pack::cache::DecodeEntry for BaseCache {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, compressed: usize) {
        if data.len() > CACHE_BYTES / 8 {
            return;
        }
        if self.bytes + data.len() > CACHE_BYTES {
            self.slots.fill_with(|| None);
            self.bytes = 0;
        }
        let base = Base { pack, offset, kind, compressed, data: data.to_vec() };
        self.bytes += data.len();
        if let Some(old) = self.slots[Self::slot(pack, offset)].replace(base) {
            self.bytes -= old.data.len();
        }
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let base = self.slots[Self::slot(pack, offset)].as_ref()?;
        if (base.pack, base.offset) != (pack, offset) {
            return None;
        }
        out.clear();
        out.extend_from_slice(&base.data);
        Some((base.kind, base.compressed))
    }
}

/// Turns a panic over corrupt data into an error.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, GitError>) -> Result<T, GitError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or(Err(GitError::Object { id: "unknown".to_owned() }))
}
