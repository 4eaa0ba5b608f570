//! How a call into a plugin can fail, in words.

use wasmtime::Trap;

use super::State;

/// A call that did not end as it should. The instance is of no use any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// A phrase that follows the plugin's name.
    pub(crate) reason: String,
}

impl Failure {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }

    /// The words for an error of a call.
    pub(super) fn of(error: &wasmtime::Error, state: &State) -> Self {
        let milliseconds = state.deadline.allowed().as_millis();
        let said = state.log.last_words().map(|words| format!(": {words}")).unwrap_or_default();
        let memory = state.memory.limit() >> 20;
        let reason = match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => format!("was stopped after {milliseconds} ms"),
            Some(Trap::StackOverflow) => "ran out of stack".to_owned(),
            Some(Trap::UnreachableCodeReached) if state.memory.was_refused() => {
                format!("ran out of memory ({memory} MiB){said}")
            }
            Some(Trap::UnreachableCodeReached) => format!("panicked{said}"),
            Some(Trap::MemoryOutOfBounds) => {
                "reached outside of its memory, as one that runs out of stack does".to_owned()
            }
            Some(trap) => format!("stopped: {trap}"),
            None => format!("was stopped: {}", told(error)),
        };
        Self { reason }
    }
}

/// The words of an error, the outermost and the innermost.
pub(super) fn told(error: &wasmtime::Error) -> String {
    let outer = error.to_string();
    let inner = error.root_cause().to_string();
    match outer.contains(&inner) {
        true => crate::check::phrase(&outer),
        false => crate::check::phrase(&format!("{outer}: {inner}")),
    }
}
