//! The engine, its clock, and code that is ready to be run.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use wasmtime::component::Component;
use wasmtime::{Config, Engine};

use crate::PluginError;
use crate::word::Word;

/// How often running plugins are asked whether their time is over.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// The stack of a plugin.
const STACK: usize = 512 << 10;

/// Changed when compiled code of an older version must not be used any more.
const REVISION: &str = "2";

/// The version of wasmtime.
const WASMTIME: &str = "48.0.8";

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

    /// The engine. It has no compiler: to make one ready takes longer than to run a
    /// plugin, and nearly always all is compiled.
    ///
    /// # Errors
    /// When WebAssembly cannot be run on this machine.
    pub(crate) fn engine(&self) -> Result<&Engine, PluginError> {
        let without = || {
            let mut config = config(self.metering);
            config.enable_compiler(false);
            engine(&config)
        };
        self.engine.get_or_init(without).as_ref().map_err(Clone::clone)
    }

    /// A word for compiler, processor and settings: code compiled under one is of no
    /// use under another. Whether it can be used is checked again when it is loaded.
    pub(crate) fn key(&self) -> String {
        let mut word = Word::default();
        for part in [REVISION, WASMTIME, env!("CARGO_PKG_VERSION"), std::env::consts::ARCH] {
            word.add(part.as_bytes());
        }
        word.add(&[u8::from(self.metering)]);
        word.add(&features().into_iter().map(u8::from).collect::<Vec<u8>>());
        word.to_string()
    }

    /// Compiles a component on all processors. Only for a thread that is no worker of
    /// a scan: it helps the pool, and might take up work that waits for this.
    ///
    /// # Errors
    /// When it is no component, or a broken one.
    pub(crate) fn compile(&self, wasm: &[u8]) -> Result<Vec<u8>, PluginError> {
        precompile(&self.compiler(true)?, wasm)
    }

    /// Compiles a component on the calling thread alone.
    ///
    /// # Errors
    /// As [`Machine::compile`].
    pub(crate) fn compile_alone(&self, wasm: &[u8]) -> Result<Vec<u8>, PluginError> {
        precompile(&self.compiler(false)?, wasm)
    }

    fn compiler(&self, parallel: bool) -> Result<Engine, PluginError> {
        let mut config = config(self.metering);
        // Equal input gives equal bytes, on every processor.
        config.cranelift_nan_canonicalization(true).parallel_compilation(parallel);
        engine(&config)
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

/// What compiler and engine have to agree about.
fn config(metering: bool) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .consume_fuel(metering)
        .max_wasm_stack(STACK)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false)
        .relaxed_simd_deterministic(true);
    config
}

fn engine(config: &Config) -> Result<Engine, PluginError> {
    Engine::new(config)
        .map_err(|error| PluginError::Engine { reason: super::failure::told(&error) })
}

/// What the compiler makes use of where the processor has it.
#[cfg(target_arch = "x86_64")]
fn features() -> Vec<bool> {
    use std::arch::is_x86_feature_detected as has;
    vec![
        has!("sse3"),
        has!("ssse3"),
        has!("sse4.1"),
        has!("sse4.2"),
        has!("popcnt"),
        has!("avx"),
        has!("avx2"),
        has!("fma"),
        has!("bmi1"),
        has!("bmi2"),
        has!("lzcnt"),
        has!("avx512bitalg"),
        has!("avx512dq"),
        has!("avx512f"),
        has!("avx512vl"),
        has!("avx512vbmi"),
    ]
}

/// What the compiler makes use of where the processor has it.
#[cfg(target_arch = "aarch64")]
fn features() -> Vec<bool> {
    use std::arch::is_aarch64_feature_detected as has;
    vec![has!("lse"), has!("paca"), has!("fp16")]
}

/// Elsewhere the compiler looks for nothing that is known here.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<bool> {
    Vec::new()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_knows_the_version_of_wasmtime() {
        let manifest = include_str!("../../../../Cargo.toml");
        assert!(manifest.contains(&format!("wasmtime = {{ version = \"={WASMTIME}\"")));
        let (plain, metering) = (Machine::default().key(), Machine::metering().key());
        assert_ne!(plain, metering);
        assert_eq!(plain, Machine::default().key());
        assert!(plain.parse::<crate::Digest>().is_ok(), "{plain}");
    }
}
