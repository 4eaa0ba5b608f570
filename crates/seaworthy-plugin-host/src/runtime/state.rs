//! What the host keeps for one instance of a plugin.

use std::sync::Arc;
use std::time::{Duration, Instant};

use seaworthy_analysis::Snapshot;
use wasmtime::component::{Resource, ResourceTable};

use super::engine::Clock;
use super::log::Log;
use super::memory::Memory;
use crate::Limits;
use crate::view::{DocumentHandle, StackHandle};

/// The data of one store.
pub(crate) struct State {
    snapshot: Option<Snapshot>,
    /// Whether its joined view is made.
    joined: bool,
    /// What the plugin holds handles to.
    pub(crate) table: ResourceTable,
    /// Memory, tables, instances.
    pub(crate) memory: Memory,
    /// What the plugin said.
    pub(crate) log: Log,
    /// The bounds in force.
    pub(crate) limits: Limits,
    /// When the call at hand has to end.
    pub(crate) deadline: Deadline,
    /// What asks again and again whether that is over; runs as long as it is held.
    pub(crate) clock: Option<Arc<Clock>>,
}

impl State {
    /// State for an instance that may ask about a snapshot; without one it can
    /// only describe itself.
    pub(crate) fn new(limits: &Limits, snapshot: Option<Snapshot>) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            snapshot,
            joined: false,
            table,
            memory: Memory::new(limits),
            log: Log::default(),
            limits: limits.clone(),
            deadline: Deadline::after(limits.start_time),
            clock: None,
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

    /// The snapshot with its joined view made. Whoever asks first must not pay for
    /// what all share, or the end of a call hung on the order of calls.
    ///
    /// # Errors
    /// As [`State::snapshot`].
    pub(crate) fn joined_snapshot(&mut self) -> wasmtime::Result<Snapshot> {
        if self.joined {
            return self.snapshot();
        }
        self.joined = true;
        self.at_our_expense(|snapshot| {
            let _ = snapshot.joined();
            snapshot.clone()
        })
    }

    /// Does work whose result is kept for all: it does not count as time of the call.
    ///
    /// # Errors
    /// As [`State::snapshot`].
    pub(crate) fn at_our_expense<T>(
        &mut self,
        work: impl FnOnce(&Snapshot) -> T,
    ) -> wasmtime::Result<T> {
        let snapshot = self.snapshot()?;
        let (processor, clock) = (processor_time(), Instant::now());
        let done = work(&snapshot);
        let spent = processor_time().zip(processor).map(|(now, then)| now.saturating_sub(then));
        self.deadline.put_off(spent.unwrap_or_default(), clock.elapsed());
        Ok(done)
    }

    /// A new handle to a file.
    ///
    /// # Errors
    /// When the plugin holds too many.
    pub(crate) fn push_document(
        &mut self,
        handle: DocumentHandle,
    ) -> wasmtime::Result<Resource<DocumentHandle>> {
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

/// When a call has to end: after so much time of the processor, so that a busy
/// machine changes no result, and at last after twenty times that by the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    allowed: Duration,
    processor: Option<Duration>,
    clock: Instant,
    /// By how much more it may still be put off.
    grace: Duration,
}

/// How long the host may be busy for a call without counting it.
const GRACE: Duration = Duration::from_secs(60);

/// How much longer by the clock than by the processor.
const PATIENCE: u32 = 20;

impl Deadline {
    /// The end of a call of this thread that begins now.
    pub(crate) fn after(allowed: Duration) -> Self {
        let processor = processor_time().map(|now| now + allowed);
        let clock = match processor {
            Some(_) => allowed * PATIENCE,
            None => allowed,
        };
        Self { allowed, processor, clock: Instant::now() + clock, grace: GRACE }
    }

    /// Moves the end, for the host has been busy; not for ever, since a plugin may
    /// keep it so.
    fn put_off(&mut self, processor: Duration, clock: Duration) {
        let granted = clock.min(self.grace);
        self.grace -= granted;
        self.clock += granted;
        self.processor = self.processor.map(|end| end + processor.min(granted));
    }

    /// Whether the time is over.
    pub(crate) fn is_over(&self) -> bool {
        let spent = || Some(processor_time()? >= self.processor?);
        Instant::now() >= self.clock || spent().unwrap_or(false)
    }

    /// How long the call was allowed to take.
    pub(crate) fn allowed(&self) -> Duration {
        self.allowed
    }
}

/// The time of the processor that this thread has used, where it can be known.
#[cfg(unix)]
fn processor_time() -> Option<Duration> {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID).ok().map(Duration::from)
}

#[cfg(not(unix))]
fn processor_time() -> Option<Duration> {
    None
}
