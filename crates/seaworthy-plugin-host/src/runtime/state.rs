//! What the host keeps for one instance of a plugin.

use seaworthy_analysis::Snapshot;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime::{StoreLimits, StoreLimitsBuilder};

use super::log::Log;
use crate::limits::Limits;
use crate::view::{DocumentHandle, StackHandle};

/// The data of one store.
pub(crate) struct State {
    snapshot: Option<Snapshot>,
    /// What the plugin holds handles to.
    pub(crate) table: ResourceTable,
    /// Memory, tables, instances.
    pub(crate) memory: StoreLimits,
    /// What the plugin said.
    pub(crate) log: Log,
    /// The bounds in force.
    pub(crate) limits: Limits,
    /// Handles given out in this call and not yet dropped are bounded by the table;
    /// this counts all of a call, dropped or not.
    documents_opened: usize,
}

impl State {
    /// State for an instance that may ask about a snapshot; without one it can
    /// only describe itself.
    pub(crate) fn new(limits: &Limits, snapshot: Option<Snapshot>) -> Self {
        let memory = StoreLimitsBuilder::new()
            .memory_size(limits.memory)
            .table_elements(limits.table_elements)
            .memories(limits.memories)
            .tables(limits.tables)
            .instances(limits.instances)
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            snapshot,
            table,
            memory,
            log: Log::default(),
            limits: limits.clone(),
            documents_opened: 0,
        }
    }

    /// The snapshot under judgement.
    ///
    /// # Errors
    /// While the plugin describes itself there is none; the call is a fault of the
    /// plugin.
    pub(crate) fn snapshot(&self) -> wasmtime::Result<Snapshot> {
        self.snapshot.clone().ok_or_else(|| {
            wasmtime::Error::msg("it asked about the repository while it described itself")
        })
    }

    /// A new handle to a file.
    ///
    /// # Errors
    /// When the plugin holds too many.
    pub(crate) fn push_document(
        &mut self,
        handle: DocumentHandle,
    ) -> wasmtime::Result<Resource<DocumentHandle>> {
        self.documents_opened += 1;
        self.table.push(handle).map_err(|_| too_many())
    }

    /// A new handle to a Compose project.
    ///
    /// # Errors
    /// When the plugin holds too many.
    pub(crate) fn push_stack(
        &mut self,
        handle: StackHandle,
    ) -> wasmtime::Result<Resource<StackHandle>> {
        self.table.push(handle).map_err(|_| too_many())
    }
}

fn too_many() -> wasmtime::Error {
    wasmtime::Error::msg("it holds too many documents at a time")
}
