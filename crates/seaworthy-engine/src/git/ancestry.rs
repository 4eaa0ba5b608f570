//! Where two lines of commits parted.

use std::collections::{BinaryHeap, HashMap, HashSet};

use gix_hash::ObjectId;

use super::GitError;
use super::objects::Reader;

/// No repository has more commits.
const MAX_COMMITS: usize = 4_000_000;

const OURS: u8 = 1;
const THEIRS: u8 = 2;
/// Below a commit that was found.
const STALE: u8 = 4;
const FOUND: u8 = 8;

/// The best common ancestors of one commit and any of the others, sorted; none where
/// they share nothing, as far as this clone knows. The parents of `shallow` commits are
/// not there.
pub(super) fn merge_bases(
    reader: &Reader,
    one: ObjectId,
    others: &[ObjectId],
    shallow: &HashSet<ObjectId>,
) -> Result<Vec<ObjectId>, GitError> {
    let mut flags: HashMap<ObjectId, u8> = HashMap::new();
    // By date, the youngest first: an ancestor is seldom younger than its children.
    let mut open: BinaryHeap<(i64, ObjectId)> = BinaryHeap::new();
    let date = |id| reader.commit(id).map(|commit| commit.committed);
    flags.insert(one, OURS);
    open.push((date(one)?, one));
    for &other in others {
        let known = flags.entry(other).or_default();
        if *known & THEIRS == 0 {
            *known |= THEIRS;
            open.push((date(other)?, other));
        }
    }
    let mut found = Vec::new();
    while let Some((_, id)) = open.pop() {
        let mut flag = flags.get(&id).copied().unwrap_or_default();
        if flag & STALE != 0 && open.iter().all(|(_, id)| flags[id] & STALE != 0) {
            break;
        }
        if flags.len() > MAX_COMMITS {
            let what = "the history".to_owned();
            return Err(GitError::TooLarge { what, limit: MAX_COMMITS as u64 });
        }
        if flag & (OURS | THEIRS | STALE) == OURS | THEIRS && flag & FOUND == 0 {
            found.push(id);
            flags.insert(id, flag | FOUND);
            flag |= STALE;
        }
        let down = flag & (OURS | THEIRS | STALE);
        if shallow.contains(&id) {
            continue;
        }
        for parent in reader.commit(id)?.parents {
            let known = flags.entry(parent).or_default();
            if *known & down != down {
                *known |= down;
                // What a damaged clone lacks leads nowhere.
                if let Ok(committed) = date(parent) {
                    open.push((committed, parent));
                }
            }
        }
    }
    found.retain(|id| flags[id] & STALE == 0);
    found.sort_unstable();
    Ok(found)
}
