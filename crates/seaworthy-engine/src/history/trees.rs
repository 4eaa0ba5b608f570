//! The trees of the packs, read from end to end.
//!
//! A walk through all commits reads nearly every tree once. To read them in the order
//! of the packs, and several at a time, is much cheaper than to ask for one after the
//! other.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use gix_object::Kind;

use crate::git::{ObjectId, Repository, Wanted};

/// How many bytes of trees are held. Of a larger history the rest is asked for by
/// itself.
const MAX_BYTES: u64 = 96 << 20;
/// What is larger is not held.
const MAX_TREE_BYTES: usize = 4 << 20;
/// So many threads rarely wait for each other.
const SHARDS: usize = 16;

/// Trees by their ids.
#[derive(Debug, Default)]
pub(super) struct Trees(Vec<HashMap<ObjectId, Box<[u8]>>>);

impl Trees {
    /// Reads what the packs have, up to a bound.
    pub(super) fn read(repository: &Repository) -> Self {
        let shards: Vec<Mutex<HashMap<_, _>>> = (0..SHARDS).map(|_| Mutex::default()).collect();
        repository.read_packs(&Wanted {
            kind: Kind::Tree,
            is_wanted: &|_| true,
            visit: &|id, bytes| {
                let mut shard = shards[shard(&id)].lock().unwrap_or_else(PoisonError::into_inner);
                shard.insert(id, Box::from(bytes));
            },
            too_large: &|_| {},
            limit: MAX_TREE_BYTES,
            spent: &AtomicU64::new(0),
            budget: MAX_BYTES,
        });
        let shards = shards.into_iter();
        Self(shards.map(|s| s.into_inner().unwrap_or_else(PoisonError::into_inner)).collect())
    }

    /// The bytes of a tree, if it is held.
    pub(super) fn get(&self, id: &ObjectId) -> Option<&[u8]> {
        self.0.get(shard(id))?.get(id).map(AsRef::as_ref)
    }
}

fn shard(id: &ObjectId) -> usize {
    usize::from(id.first_byte()) % SHARDS
}
