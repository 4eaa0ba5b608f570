//! Files that bear another name: a finding that moves with its file is not new.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use gix_hash::ObjectId;

use super::lines::likeness;

/// The largest file that is compared, in bytes.
pub(super) const MAX_BYTES: u64 = 1024 * 1024;
/// The most files on a side that are compared, each with each.
const MAX_FILES: usize = 64;
/// What two files have in common at least, of 100, to be one.
const LEAST: usize = 50;

/// The former paths of files that were renamed, by their present ones: those of the same
/// content first, then those that are most alike. Each file counts once.
pub(super) fn renamed(
    gone: &BTreeMap<String, ObjectId>,
    added: &BTreeMap<String, ObjectId>,
    text: &dyn Fn(ObjectId) -> Option<Arc<str>>,
) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut left: BTreeSet<&String> = gone.keys().collect();
    let mut by_blob: HashMap<ObjectId, Vec<&String>> = HashMap::new();
    for (path, blob) in gone {
        by_blob.entry(*blob).or_default().push(path);
    }
    for (path, blob) in added {
        let Some(same) = by_blob.get_mut(blob) else { continue };
        // One of the same name is likelier than the first.
        let at = same.iter().position(|old| name(old) == name(path)).unwrap_or(0);
        if at < same.len() {
            let old = same.remove(at);
            left.remove(old);
            found.insert(path.clone(), old.clone());
        }
    }
    let others: Vec<(&String, &ObjectId)> =
        added.iter().filter(|(path, _)| !found.contains_key(*path)).collect();
    if left.is_empty() || left.len() > MAX_FILES || others.len() > MAX_FILES {
        return found;
    }
    let old_texts: Vec<(&String, Arc<str>)> =
        left.iter().filter_map(|path| Some((*path, text(gone[*path])?))).collect();
    let mut alike = Vec::new();
    for (path, blob) in others {
        let Some(new) = text(*blob) else { continue };
        for (old, before) in &old_texts {
            let likeness = likeness(before, &new);
            if likeness >= LEAST {
                alike.push((likeness, name(old) == name(path), path, *old));
            }
        }
    }
    alike.sort_unstable();
    let mut used: BTreeSet<&String> = BTreeSet::new();
    for (_, _, path, old) in alike.into_iter().rev() {
        if !found.contains_key(path) && used.insert(old) {
            found.insert(path.clone(), old.clone());
        }
    }
    found
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> ObjectId {
        ObjectId::try_from(&[n; 20][..]).expect("an id")
    }

    fn of(gone: &[(&str, u8)], added: &[(&str, u8)]) -> Vec<(String, String)> {
        let side = |side: &[(&str, u8)]| {
            side.iter().map(|(path, n)| ((*path).to_owned(), id(*n))).collect()
        };
        let texts = ["", "a\nb\nc\nd", "a\nb\nc\nX", "1\n2\n3", "a\n7\n8\n9"];
        let text = |blob: ObjectId| {
            texts.get(usize::from(blob.as_bytes()[0])).map(|text| Arc::from(*text))
        };
        let mut found: Vec<_> = renamed(&side(gone), &side(added), &text).into_iter().collect();
        found.sort();
        found
    }

    #[test]
    fn files_are_followed_by_content_then_by_likeness() {
        let pair = |new: &str, old: &str| (new.to_owned(), old.to_owned());
        assert_eq!(of(&[("a", 1)], &[("b", 1)]), [pair("b", "a")]);
        assert_eq!(of(&[("a", 1)], &[("b", 2)]), [pair("b", "a")]);
        assert_eq!(of(&[("a", 1)], &[("b", 3), ("c", 4)]), []);
        assert_eq!(of(&[("a", 1), ("z", 1)], &[("d/z", 1)]), [pair("d/z", "z")]);
        assert_eq!(of(&[("a", 1)], &[("b", 2), ("c", 1)]), [pair("c", "a")]);
    }
}
