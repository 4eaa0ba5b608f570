//! How much a plugin may use.

use std::time::Duration;

/// The bounds of one plugin. What exceeds one stops the call, not the scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory of each instance: 64 MiB. Runtimes of JavaScript and
    /// Python need 256 MiB.
    pub memory: usize,
    /// Elements of a table.
    pub table_elements: usize,
    /// Linear memories of an instance.
    pub memories: usize,
    /// Tables of an instance.
    pub tables: usize,
    /// Core instances that a component is made of.
    pub instances: usize,
    /// Documents and Compose projects held at a time.
    pub handles: usize,
    /// How long one file may take.
    pub file_time: Duration,
    /// How long the repository may take.
    pub repository_time: Duration,
    /// How long a start may take: instantiation, `describe`, `configure`.
    pub start_time: Duration,
    /// Bytes that one call may hand to the host, in the units of wasmtime's
    /// `set_hostcall_fuel`.
    pub hostcall_fuel: usize,
    /// Findings of one call.
    pub findings_per_call: usize,
    /// Findings of a whole scan.
    pub findings: usize,
    /// Lines that an instance may log.
    pub log_lines: usize,
    /// Bytes of a line of the log; the rest is cut.
    pub log_line_bytes: usize,
    /// Failures after which the plugin is not called again in this scan.
    pub failures: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            table_elements: 20_000,
            memories: 16,
            tables: 64,
            instances: 128,
            handles: 1_000,
            file_time: Duration::from_millis(250),
            repository_time: Duration::from_secs(5),
            start_time: Duration::from_secs(1),
            hostcall_fuel: 4 << 20,
            findings_per_call: 1_000,
            findings: 10_000,
            log_lines: 1_000,
            log_line_bytes: 4_096,
            failures: 3,
        }
    }
}

/// A component of at least this many bytes brings the runtime of a language with it.
const RUNTIME_BYTES: u64 = 4 << 20;

impl Limits {
    /// The bounds for a component of this size: one that brings the runtime of
    /// JavaScript or Python with it gets 256 MiB, and more time to start.
    #[must_use]
    pub fn for_size(bytes: u64) -> Self {
        match bytes >= RUNTIME_BYTES {
            true => {
                Self { memory: 256 << 20, start_time: Duration::from_secs(5), ..Self::default() }
            }
            false => Self::default(),
        }
    }
}
