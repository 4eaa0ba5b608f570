//! Which files a piece of work looked at.
//!
//! An editor has a repository judged again with every keystroke. What did not look at
//! the file that changed need not be judged again; so a snapshot notes, while
//! [`recorded`] runs, which files it shows on this thread.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use seaworthy_model::Notification;

use crate::difference::is_searched_only;
use crate::joined;
use crate::snapshot::Artifact;

/// What a piece of work looked at, and what it had to say besides its result.
#[derive(Debug, Default)]
pub struct Reads {
    /// The numbers of the files whose texts it was shown, in no order.
    pub files: Vec<u32>,
    /// Whether it asked for what is worked out once for all who ask: the joined view,
    /// or what rules keep with the snapshot. Who fills it is chance, so all who ask
    /// looked at whatever any of them looked at.
    pub shared: bool,
    /// What it noted for the reader of the report.
    pub notifications: Vec<Notification>,
}

#[derive(Default)]
struct Recorder {
    reads: Option<Reads>,
    /// By number of a file, the last recording that saw it.
    seen: Vec<u32>,
    recording: u32,
}

impl Recorder {
    /// From here on, every file is new.
    fn turn(&mut self) {
        self.recording = self.recording.wrapping_add(1);
        if self.recording == 0 {
            self.seen.clear();
            self.recording = 1;
        }
    }
}

thread_local! {
    static RECORDER: RefCell<Recorder> = RefCell::default();
    /// Whether the rule that runs must read no programs.
    static ONLY_DOCUMENTS: Cell<bool> = const { Cell::new(false) };
}

/// Runs a rule that does not say what it sees of programs, and so must read none of them:
/// that it reads none is tested in all builds that test anything.
pub(crate) fn held_to_documents<T>(held: bool, rule: impl FnOnce() -> T) -> T {
    if !cfg!(debug_assertions) {
        return rule();
    }
    let before = ONLY_DOCUMENTS.replace(held);
    let result = rule();
    ONLY_DOCUMENTS.set(before);
    result
}

/// Does some work and says what it looked at in snapshots, on this thread. A recording
/// within another one notes for itself alone.
pub fn recorded<T>(work: impl FnOnce() -> T) -> (T, Reads) {
    let outer = RECORDER.with_borrow_mut(|recorder| {
        recorder.turn();
        recorder.reads.replace(Reads::default())
    });
    let result = work();
    let reads = RECORDER.with_borrow_mut(|recorder| {
        // What the inner recording saw is not yet noted in the outer one.
        recorder.turn();
        std::mem::replace(&mut recorder.reads, outer)
    });
    (result, reads.unwrap_or_default())
}

fn is_recording() -> bool {
    RECORDER.with_borrow(|recorder| recorder.reads.is_some())
}

/// Notes that a file is shown.
pub(crate) fn note(artifact: &Artifact) {
    debug_assert!(
        !ONLY_DOCUMENTS.get()
            || !is_searched_only(artifact.path().as_str())
            || joined::may_read(artifact.path().as_str()),
        "a rule reads {} and does not say what it sees of such files",
        artifact.path()
    );
    note_number(artifact.number());
}

/// Whether a rule that runs here may see that there is a file at this path, or none.
#[track_caller]
pub(crate) fn ask(path: &str) {
    debug_assert!(
        !ONLY_DOCUMENTS.get() || !is_searched_only(path) || joined::may_read(path),
        "a rule asks whether {path} is there and does not say what it sees of such files"
    );
}

/// Whether a rule that runs here may look through the paths of all files.
#[track_caller]
pub(crate) fn ask_for_all() {
    debug_assert!(
        !ONLY_DOCUMENTS.get(),
        "a rule looks through all files and does not say what it sees of programs"
    );
}

fn note_number(number: u32) {
    RECORDER.with_borrow_mut(|recorder| {
        let Some(reads) = &mut recorder.reads else { return };
        let index = number as usize;
        if recorder.seen.len() <= index {
            recorder.seen.resize(index + 1, 0);
        }
        if std::mem::replace(&mut recorder.seen[index], recorder.recording) != recorder.recording {
            reads.files.push(number);
        }
    });
}

/// Notes that something common to all is asked for.
pub(crate) fn note_shared() {
    RECORDER.with_borrow_mut(|recorder| {
        if let Some(reads) = &mut recorder.reads {
            reads.shared = true;
        }
    });
}

/// Keeps a notification with the recording; gives it back where there is none.
pub(crate) fn keep(notification: Notification) -> Option<Notification> {
    RECORDER.with_borrow_mut(|recorder| match &mut recorder.reads {
        Some(reads) => {
            reads.notifications.push(notification);
            None
        }
        None => Some(notification),
    })
}

/// The most results of one kind that are remembered.
const MOST_REMEMBERED: usize = 256;

/// Results of work on texts of a snapshot, which hold as long as these texts do.
#[derive(Default)]
pub(crate) struct Remembered {
    by_kind: Mutex<HashMap<TypeId, Vec<Answered>>>,
}

struct Answered {
    files: Vec<u32>,
    /// What was asked, with the answer.
    pair: Box<dyn Any + Send>,
}

impl Remembered {
    /// The answer to a question: what was found before, or what `work` finds now. Only
    /// recorded work remembers: in a single scan nobody asks twice.
    pub(crate) fn ask<Q, A>(&self, question: Q, work: impl FnOnce() -> A) -> A
    where
        Q: Any + PartialEq + Send,
        A: Any + Clone + Send,
    {
        if !is_recording() {
            return work();
        }
        let lock = || self.by_kind.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = TypeId::of::<(Q, A)>();
        let known = lock().get(&kind).and_then(|results| {
            results.iter().find_map(|result| {
                let (asked, answer) = result.pair.downcast_ref::<(Q, A)>()?;
                (*asked == question).then(|| (answer.clone(), result.files.clone()))
            })
        });
        if let Some((answer, files)) = known {
            files.into_iter().for_each(note_number);
            return answer;
        }
        let (answer, reads) = recorded(work);
        reads.files.iter().for_each(|number| note_number(*number));
        if reads.shared {
            note_shared();
        }
        let lasts = !reads.shared && reads.notifications.is_empty();
        for notification in reads.notifications {
            keep(notification);
        }
        if lasts {
            let mut by_kind = lock();
            let results = by_kind.entry(kind).or_default();
            if results.len() >= MOST_REMEMBERED {
                results.remove(0);
            }
            let pair = Box::new((question, answer.clone()));
            results.push(Answered { files: reads.files, pair });
        }
        answer
    }

    /// Forgets what was found in files that change.
    pub(crate) fn forget(&self, files: &[u32]) {
        let mut by_kind = self.by_kind.lock().unwrap_or_else(PoisonError::into_inner);
        for results in by_kind.values_mut() {
            results.retain(|result| !result.files.iter().any(|number| files.contains(number)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_for_an_answer_counts_for_who_asked() {
        let remembered = Remembered::default();
        let ask = || {
            recorded(|| {
                note_number(1);
                let answer = remembered.ask("question", || {
                    note_number(1);
                    note_number(2);
                    7
                });
                note_number(3);
                answer
            })
        };
        for _ in 0..2 {
            let (answer, mut reads) = ask();
            reads.files.sort_unstable();
            reads.files.dedup();
            assert_eq!((answer, reads.files), (7, vec![1, 2, 3]));
        }
        remembered.forget(&[3]);
        assert_eq!(recorded(|| remembered.ask("question", || 8)).0, 7);
        remembered.forget(&[2]);
        assert_eq!(recorded(|| remembered.ask("question", || 8)).0, 8);
        assert_eq!(remembered.ask("question", || 9), 9, "nobody records");
    }
}
