//! The object database, opened only when an object is asked for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use gix_hash::ObjectId;
use gix_object::{Find as _, Kind};
use gix_odb::Header as _;

use super::GitError;

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
        let options = gix_odb::store::init::Options {
            alloc_limit_bytes: Some(MAX_ALLOCATION),
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

/// Turns a panic over corrupt data into an error.
fn guarded<T>(read: impl FnOnce() -> Result<T, GitError>) -> Result<T, GitError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or(Err(GitError::Object { id: "unknown".to_owned() }))
}
