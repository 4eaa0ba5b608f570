//! Answers with an end.
//!
//! A host call cannot be interrupted and its answer is copied into the memory of
//! the plugin, so every list ends at a number of items and of bytes. Whoever looks
//! for something in a cut list may miss it; that is said in the report, once for
//! each file and kind of answer.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use seaworthy_analysis::Snapshot;
use seaworthy_model::{ArtifactPath, Notification, NotificationKind};

/// The most items of a list.
pub(super) const MAX_ITEMS: usize = 100_000;

/// The most bytes of texts in one answer. A record takes some more, and a guest
/// may need the whole twice: together it fits into the memory that plugins get.
pub(super) const MAX_BYTES: usize = 8 << 20;

/// A list that is being filled.
#[derive(Debug)]
pub(super) struct Answer<T> {
    items: Vec<T>,
    bytes: usize,
    most_items: usize,
    cut: bool,
}

impl<T> Answer<T> {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self::of_at_most(MAX_ITEMS)
    }

    /// One for few items.
    pub(super) fn of_at_most(most_items: usize) -> Self {
        Self { items: Vec::new(), bytes: 0, most_items, cut: false }
    }

    /// Fills one with what there is, `bytes` telling the size of the texts in an item.
    pub(super) fn filled(items: impl Iterator<Item = T>, bytes: impl Fn(&T) -> usize) -> Self {
        let mut answer = Self::new();
        for item in items {
            let size = bytes(&item);
            if !answer.push(item, size) {
                break;
            }
        }
        answer
    }

    /// Adds an item with texts of `bytes` in all; false when there is no room. What
    /// comes after it is then left out too, so that a list never has gaps.
    pub(super) fn push(&mut self, item: T, bytes: usize) -> bool {
        self.cut |= self.items.len() >= self.most_items || !self.charge(bytes);
        if !self.cut {
            self.items.push(item);
        }
        !self.cut
    }

    /// Counts bytes that were worked on for nothing; false when there is no room.
    pub(super) fn charge(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.cut |= self.bytes > MAX_BYTES;
        !self.cut
    }

    /// Notes that something was left out.
    pub(super) fn cut(&mut self) {
        self.cut = true;
    }

    /// Whether something was left out.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The list; the report says so when `what` of the file was cut.
    pub(super) fn told(
        self,
        snapshot: &Snapshot,
        artifact: Option<&ArtifactPath>,
        what: &'static str,
    ) -> Vec<T> {
        if self.cut {
            tell(snapshot, artifact, what);
        }
        self.items
    }
}

/// What was told already, so that ten plugins that ask do not make ten notes.
#[derive(Default)]
struct Told(Mutex<HashSet<(Option<ArtifactPath>, &'static str)>>);

/// Says that plugins did not see all. Not how much they saw: that hangs on who asked
/// first.
pub(super) fn tell(snapshot: &Snapshot, artifact: Option<&ArtifactPath>, what: &'static str) {
    let told = snapshot.kept::<Told>();
    let mut told = told.0.lock().unwrap_or_else(PoisonError::into_inner);
    if !told.insert((artifact.cloned(), what)) {
        return;
    }
    let message = format!("there are too many {what} to show plugins all of them");
    let mut notification = Notification::new(NotificationKind::LimitReached, message);
    if let Some(artifact) = artifact {
        notification = notification.in_artifact(artifact.clone());
    }
    snapshot.notify(notification);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::snapshot;

    #[test]
    fn a_list_ends_at_its_bounds_and_has_no_gaps() {
        let mut answer = Answer::of_at_most(2);
        assert!(answer.push('a', 1) && answer.push('b', 1));
        assert!(!answer.push('c', 1));
        assert_eq!(answer.items, ['a', 'b']);
        let mut answer = Answer::new();
        assert!(answer.push('a', MAX_BYTES) && !answer.push('b', 1) && !answer.push('c', 0));
        assert_eq!(answer.items, ['a']);
    }

    #[test]
    fn what_is_cut_is_told_once_for_each_file_and_kind() {
        let snapshot = snapshot(&[]);
        let path = ArtifactPath::new("a.yml");
        for what in ["nodes", "nodes", "packages"] {
            let mut answer = Answer::<u8>::new();
            answer.cut();
            let _ = answer.told(&snapshot, Some(&path), what);
        }
        let _ = Answer::<u8>::new().told(&snapshot, None, "paths");
        let messages: Vec<_> =
            snapshot.notifications().into_iter().map(|told| told.message).collect();
        assert_eq!(
            messages,
            [
                "there are too many nodes to show plugins all of them",
                "there are too many packages to show plugins all of them"
            ]
        );
    }
}
