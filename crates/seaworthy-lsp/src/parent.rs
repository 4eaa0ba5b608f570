//! Whether the editor still lives. One that dies closes our standard input, as a rule;
//! but another process may hold it open.

use std::time::Duration;

use crossbeam_channel::{Receiver, never, tick};

/// How often is looked.
const INTERVAL: Duration = Duration::from_secs(3);

/// The process that started us for its editor.
pub(crate) struct Parent {
    process: Option<i32>,
}

impl Parent {
    /// The process of this id. One that is not there at the start, since it lives in
    /// another container, is not missed later.
    pub(crate) fn new(id: Option<i64>) -> Self {
        let process = id.and_then(|id| i32::try_from(id).ok()).filter(|&id| id > 0);
        Self { process: process.filter(|&process| lives(process)) }
    }

    /// When to look.
    pub(crate) fn ticks(&self) -> Receiver<std::time::Instant> {
        if self.process.is_some() { tick(INTERVAL) } else { never() }
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.process.is_some_and(|process| !lives(process))
    }
}

#[cfg(unix)]
fn lives(process: i32) -> bool {
    // No signal: it is only asked whether it could be sent.
    let asked = nix::sys::signal::kill(nix::unistd::Pid::from_raw(process), None);
    asked != Err(nix::errno::Errno::ESRCH)
}

#[cfg(not(unix))]
fn lives(_: i32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_parent_that_dies_is_missed_and_one_that_never_was_is_not() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let parent = Parent::new(Some(i64::from(child.id())));
        assert!(!parent.is_gone());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(parent.is_gone());
        for id in [None, Some(0), Some(-1), Some(i64::MAX), Some(i64::from(child.id()))] {
            assert!(!Parent::new(id).is_gone(), "{id:?}");
        }
    }
}
