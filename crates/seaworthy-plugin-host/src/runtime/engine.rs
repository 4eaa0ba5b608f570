//! The engine, its clock, and code that is ready to be run.

use std::hash::{Hash as _, Hasher};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use wasmtime::component::Component;
use wasmtime::{Config, Engine};

use crate::{Digest, PluginError};

/// How often running plugins are asked whether their time is over.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// The stack of a plugin.
const STACK: usize = 512 << 10;

/// Changed when compiled code of an older version must not be used any more.
const REVISION: &str = "1";

/// The engine of a process, made when it is first needed.
#[derive(Default)]
pub(crate) struct Machine {
    /// Whether what a plugin executes is counted, which takes time itself.
    metering: bool,
    engine: OnceLock<Result<Engine, PluginError>>,
    clock: Mutex<Weak<Clock>>,
}

/// Compiled code.
pub(crate) enum Source<'a> {
    /// A file of the cache that only this user can have written.
    File(&'a Path),
    /// What this process, or one that it started, just made.
    Bytes(&'a [u8]),
}

impl Machine {
    /// One that counts what plugins execute.
    pub(crate) fn metering() -> Self {
        Self { metering: true, ..Self::default() }
    }

    /// The engine.
    ///
    /// # Errors
    /// When WebAssembly cannot be run on this machine.
    pub(crate) fn engine(&self) -> Result<&Engine, PluginError> {
        self.engine.get_or_init(|| engine(true, self.metering)).as_ref().map_err(Clone::clone)
    }

    /// A word for compiler, processor and settings: code compiled under one is of no
    /// use under another.
    ///
    /// # Errors
    /// As [`Machine::engine`].
    pub(crate) fn key(&self) -> Result<String, PluginError> {
        let mut hasher = Stable(Sha256::new());
        hasher.0.update(REVISION);
        self.engine()?.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Digest(hasher.0.finalize().into()).to_string())
    }

    /// Compiles a component on all processors. Only for a thread that is no worker of
    /// a scan: it helps the pool, and might take up work that waits for this.
    ///
    /// # Errors
    /// When it is no component, or a broken one.
    pub(crate) fn compile(&self, wasm: &[u8]) -> Result<Vec<u8>, PluginError> {
        precompile(self.engine()?, wasm)
    }

    /// Compiles a component on the calling thread alone.
    ///
    /// # Errors
    /// As [`Machine::compile`].
    pub(crate) fn compile_alone(&self, wasm: &[u8]) -> Result<Vec<u8>, PluginError> {
        precompile(&engine(false, self.metering)?, wasm)
    }

    /// Makes compiled code ready.
    ///
    /// # Errors
    /// When it was compiled for another machine or version, or is damaged.
    pub(crate) fn load(&self, code: &Source<'_>) -> Result<Component, PluginError> {
        load(self.engine()?, code)
    }

    /// The clock, which runs as long as somebody has it.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn clock(&self) -> Result<Arc<Clock>, PluginError> {
        let mut held = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(clock) = held.upgrade() {
            return Ok(clock);
        }
        let clock = Arc::new(Clock::start(self.engine()?.clone())?);
        *held = Arc::downgrade(&clock);
        Ok(clock)
    }
}

fn engine(parallel: bool, metering: bool) -> Result<Engine, PluginError> {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .consume_fuel(metering)
        .max_wasm_stack(STACK)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false)
        // Equal input gives equal bytes, on every processor.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .parallel_compilation(parallel);
    Engine::new(&config)
        .map_err(|error| PluginError::Engine { reason: super::failure::told(&error) })
}

fn precompile(engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, PluginError> {
    engine
        .precompile_component(wasm)
        .map_err(|error| PluginError::Invalid { reason: super::failure::told(&error) })
}

#[expect(
    unsafe_code,
    reason = "compiled code cannot be proven to be what a compiler made, only guarded"
)]
fn load(engine: &Engine, code: &Source<'_>) -> Result<Component, PluginError> {
    // SAFETY: what is loaded must be what `precompile_component` gave, unchanged. A
    // file is one of the cache, which looked that nobody but this user, or root, can
    // have written it or its directory, that it is whole, and never changes a file in
    // place: it writes another and renames it. Bytes come straight from this
    // process's compiler, or over a pipe from a child that runs the same program.
    let loaded = unsafe {
        match code {
            Source::File(path) => Component::deserialize_file(engine, path),
            Source::Bytes(bytes) => Component::deserialize(engine, bytes),
        }
    };
    loaded.map_err(|error| PluginError::Invalid { reason: super::failure::told(&error) })
}

/// A hasher whose answer is the same in every version of the standard library.
struct Stable(Sha256);

impl Hasher for Stable {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// A thread that moves the engine's epoch on.
pub(crate) struct Clock {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Clock {
    fn start(engine: Engine) -> Result<Self, PluginError> {
        let (stop, stopped) = mpsc::channel::<()>();
        let tick = move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        };
        let thread = std::thread::Builder::new().name("plugin-clock".to_owned()).spawn(tick);
        let thread =
            thread.map_err(|error| PluginError::Engine { reason: error.kind().to_string() })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
