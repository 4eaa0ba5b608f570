//! Compiling components out of this process's way.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use seaworthy_plugin_host::{Cache, Host, MAX_COMPONENT_BYTES};

use super::arguments::CompileArguments;
use super::child;

/// The memory of the compiler: 3 GiB. The largest components need less than one.
const MEMORY: u64 = 3 << 30;

/// How much longer than its processor time a compiler may take on a busy machine.
const BUSY: u32 = 4;

/// A host whose components are compiled by a child with limits.
pub(crate) fn host() -> Host {
    Host::new(Cache::of_user()).with_compiler(Arc::new(compile))
}

/// Compiles a component in a child.
///
/// # Errors
/// What the compiler said, or that a limit was met.
pub(crate) fn compile(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let size = wasm.len().to_string();
    let time = Duration::from_secs(child::compile_seconds(wasm.len() as u64)) * BUSY;
    let arguments = [OsStr::new("compile"), OsStr::new("--size"), OsStr::new(&size)];
    child::run(&arguments, wasm, time)
}

/// `seaworthy plugin compile`: the child.
pub(crate) fn run(arguments: &CompileArguments) -> anyhow::Result<u8> {
    child::confine(MEMORY, child::compile_seconds(arguments.size))?;
    let mut wasm = Vec::new();
    std::io::stdin().lock().take(MAX_COMPONENT_BYTES + 1).read_to_end(&mut wasm)?;
    let code = seaworthy_plugin_host::compile(&wasm)?;
    let mut out = std::io::stdout().lock();
    out.write_all(&code)?;
    out.flush()?;
    Ok(0)
}
