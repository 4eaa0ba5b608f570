//! Work that strangers' bytes decide about, done by this program in a process of its
//! own: compiling a component, and reading what a server answers.
//!
//! The child bounds its own memory and processor time before it looks at anything,
//! and the parent ends it when its time is over. So a component that makes the
//! compiler burst, or a server that never stops talking, costs an error message.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The most bytes of a child's answer.
const MAX_ANSWER: u64 = 1 << 30;
/// The most bytes of what a child says about a failure.
const MAX_WORDS: u64 = 4_096;
/// How often it is looked whether a child has ended.
const PATIENCE: Duration = Duration::from_millis(3);

/// Processor time for compiling a component of this size. JavaScript's 12 MiB take
/// 35 s on a slow machine.
pub(crate) fn compile_seconds(bytes: u64) -> u64 {
    let seconds = 20 + 6 * (bytes >> 20);
    // A compiler that was itself compiled without optimisation takes longer.
    if cfg!(debug_assertions) { 4 * seconds } else { seconds }
}

/// Bounds this process.
///
/// # Errors
/// When the system refuses: then nothing is to be looked at.
#[cfg(unix)]
pub(crate) fn confine(memory: u64, seconds: u64) -> anyhow::Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    // What is written to counts as data; addresses that are only set aside, as the
    // allocator does for each thread, do not.
    for (resource, most) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_CPU, seconds),
        (Resource::RLIMIT_DATA, memory),
    ] {
        // Whoever started us may have set a lower bound, which nobody can raise.
        let (_, hard) = getrlimit(resource)?;
        setrlimit(resource, most.min(hard), most.min(hard))?;
    }
    Ok(())
}

/// Elsewhere the parent's clock is the only bound.
#[cfg(not(unix))]
pub(crate) fn confine(_: u64, _: u64) -> anyhow::Result<()> {
    Ok(())
}

/// Runs `seaworthy plugin …` in a process of its own and gives what it wrote.
///
/// # Errors
/// What it said about its failure, or that a bound was met.
pub(crate) fn run(arguments: &[&OsStr], input: &[u8], time: Duration) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("cannot start a process: {error}");
    let mut child = Command::new(this_program().map_err(failed)?)
        .arg("plugin")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (status, answer, words) = std::thread::scope(|scope| {
        scope.spawn(|| {
            // A child that has failed already reads no more.
            stdin.map(|mut stdin| stdin.write_all(input))
        });
        let answer = scope.spawn(|| read(stdout, MAX_ANSWER));
        let words = scope.spawn(|| read(stderr, MAX_WORDS));
        let status = wait(&mut child, time);
        (status, answer.join().unwrap_or_default(), words.join().unwrap_or_default())
    });
    match status {
        None => Err(format!("it took more than {} s", time.as_secs())),
        Some(status) if status.success() => Ok(answer),
        Some(status) if status.code().is_none() => {
            Err("it needed more memory or time than allowed".to_owned())
        }
        Some(_) => {
            let words = String::from_utf8_lossy(&words);
            let words = words.trim();
            Err(words.strip_prefix("error: ").unwrap_or(words).to_owned())
        }
    }
}

/// Waits for the end; `None` when time was over first.
fn wait(child: &mut Child, time: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if started.elapsed() < time => std::thread::sleep(PATIENCE),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn read(stream: Option<impl std::io::Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        let _ = stream.take(most).read_to_end(&mut bytes);
    }
    bytes
}

/// This very program, even if its file was replaced meanwhile.
fn this_program() -> std::io::Result<PathBuf> {
    let itself = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && itself.exists() {
        return Ok(itself);
    }
    std::env::current_exe()
}
