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

impl LogLevel {
    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        }
    }
}

impl Log {
    /// Notes a line.
    ///
    /// # Errors
    /// When there were too many.
    pub(super) fn say(
        &mut self,
        level: LogLevel,
        message: &str,
        most_lines: usize,
        most_bytes: usize,
    ) -> wasmtime::Result<()> {
        self.said += 1;
        if self.said > most_lines {
            return Err(wasmtime::Error::msg(format!(
                "it wrote more than {most_lines} lines of log"
            )));
        }
        self.lines.push((level, crate::check::plain(message, most_bytes)));
        Ok(())
    }

    /// Takes what was said, for a new call.
    pub(crate) fn take(&mut self) -> Vec<(LogLevel, String)> {
        self.said = 0;
        std::mem::take(&mut self.lines)
    }

    /// The last error that it told, as one phrase: what a panic says, often.
    pub(super) fn last_words(&self) -> Option<String> {
        let (level, words) = self.lines.last()?;
        (*level == LogLevel::Error).then(|| crate::check::phrase(words))
    }
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        let (lines, bytes) = (self.limits.log_lines, self.limits.log_line_bytes);
        self.log.say(level, &message, lines, bytes)
    }
}
