//! The bound of an instance's memory, over all its linear memories.

use wasmtime::ResourceLimiter;

use crate::Limits;

/// How much memory an instance has, and may have.
#[derive(Debug)]
pub(crate) struct Memory {
    used: usize,
    limits: Limits,
    refused: bool,
}

impl Memory {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { used: 0, limits: limits.clone(), refused: false }
    }

    /// The bytes it may have.
    pub(super) fn limit(&self) -> usize {
        self.limits.memory
    }

    /// The bytes it has.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Whether it asked for more than it may have.
    pub(super) fn was_refused(&self) -> bool {
        self.refused
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let used = self.used.saturating_sub(current).saturating_add(desired);
        if used > self.limits.memory {
            self.refused = true;
            return Ok(false);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= self.limits.table_elements)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}
