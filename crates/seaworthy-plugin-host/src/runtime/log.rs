//! The log of a plugin: words for its author and user, bounded.

use super::State;
use crate::bindings::seaworthy::plugin::log;

/// What one instance said since it was last asked.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: Vec<(LogLevel, String)>,
    said: usize,
}

/// How important a line of a plugin's log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For the author.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is not as it should be.
    Warn,
    /// Something went wrong.
    Error,
}

impl Log {
    /// Takes what was said.
    pub(crate) fn take(&mut self) -> Vec<(LogLevel, String)> {
        std::mem::take(&mut self.lines)
    }
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.log.said += 1;
        if self.log.said > self.limits.log_lines {
            return Err(wasmtime::Error::msg("it flooded the log"));
        }
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        let message = crate::check::plain(&message, self.limits.log_line_bytes);
        self.log.lines.push((level, message));
        Ok(())
    }
}
