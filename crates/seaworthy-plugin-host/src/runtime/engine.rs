//! The engine, its clock, and code that is ready to be run.

use std::hash::{Hash as _, Hasher};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use wasmtime::component::Component;
use wasmtime::{Config, Engine};

use crate::PluginError;

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
        let mut hasher = Stable::default();
        hasher.write(REVISION.as_bytes());
        self.engine()?.precompile_compatibility_hash().hash(&mut hasher);
        Ok(hasher.word())
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

/// A hasher whose answer is the same in every version of the standard library: FNV-1a
/// from four beginnings. Nobody gains by two settings with one word, and a hash that
/// somebody could not forge would first ask the processor what it can do, which takes
/// longer than all of this.
struct Stable([u64; 4]);

impl Default for Stable {
    fn default() -> Self {
        Self([0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 1])
    }
}

impl Stable {
    /// 64 hexadecimal digits.
    fn word(&self) -> String {
        self.0.iter().map(|lane| format!("{lane:016x}")).collect()
    }
}

impl Hasher for Stable {
    fn write(&mut self, bytes: &[u8]) {
        for lane in &mut self.0 {
            for byte in bytes {
                *lane = (*lane ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
    }

    fn finish(&self) -> u64 {
        self.0[0]
    }
}

/// A thread that moves the engine's epoch on.
///
/// It ends soon after the clock is dropped. Nobody waits for that: a scan would be over
/// by then.
pub(crate) struct Clock {
    _stop: Sender<()>,
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
        thread.map_err(|error| PluginError::Engine { reason: error.kind().to_string() })?;
        Ok(Self { _stop: stop })
    }
}
