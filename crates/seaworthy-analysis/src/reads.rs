//! Which files a piece of work looked at.
//!
//! An editor has a repository judged again with every keystroke. What did not look at
//! the file that changed need not be judged again; so a snapshot notes, while
//! [`recorded`] runs, which files it shows on this thread.

use std::cell::RefCell;

use seaworthy_model::Notification;

use crate::snapshot::Artifact;

/// What a piece of work looked at, and what it had to say besides its result.
#[derive(Debug, Default)]
pub struct Reads {
    /// The numbers of the files whose texts it was shown, each once, in no order.
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

thread_local! {
    static RECORDER: RefCell<Recorder> = RefCell::default();
}

/// Does some work and says what it looked at in snapshots, on this thread. Recordings
/// do not nest.
pub fn recorded<T>(work: impl FnOnce() -> T) -> (T, Reads) {
    RECORDER.with_borrow_mut(|recorder| {
        recorder.recording = recorder.recording.wrapping_add(1);
        if recorder.recording == 0 {
            recorder.seen.clear();
            recorder.recording = 1;
        }
        recorder.reads = Some(Reads::default());
    });
    let result = work();
    let reads = RECORDER.with_borrow_mut(|recorder| recorder.reads.take());
    (result, reads.unwrap_or_default())
}

/// Notes that a file is shown.
pub(crate) fn note(artifact: &Artifact) {
    RECORDER.with_borrow_mut(|recorder| {
        let Some(reads) = &mut recorder.reads else { return };
        let number = artifact.number();
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
