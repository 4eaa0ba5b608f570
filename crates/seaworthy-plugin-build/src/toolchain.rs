//! Which compiler can build for WASM here.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::BuildError;

/// The target of plugins: WASM without a system.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// A way to compile for WASM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The compiler that cargo takes anyway has the target.
    Installed,
    /// The standard library is built from its sources along with the plugin, by
    /// options that are not stable yet.
    FromSources {
        /// The compiler; none: the one that cargo takes anyway.
        rustc: Option<PathBuf>,
        /// The linker; none: the one that comes with the compiler.
        linker: Option<PathBuf>,
    },
}

/// The compiler of the distribution, which may have what rustup's lacks.
const SYSTEM_RUSTC: &str = "/usr/bin/rustc";

/// The names of LLVM's linker for WASM: as it is, and as Debian has it.
const LINKERS: [&str; 6] =
    ["wasm-ld", "wasm-ld-22", "wasm-ld-21", "wasm-ld-20", "wasm-ld-19", "wasm-ld-18"];

impl Toolchain {
    /// The first way that works for the crate in `directory`, whose
    /// `rust-toolchain.toml` counts: the target if it is installed, else a compiler
    /// with the sources of the standard library.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(directory: &Path) -> Result<Self, BuildError> {
        let ours = rustc();
        if has_target(&ours, directory) {
            return Ok(Self::Installed);
        }
        if has_sources(&ours, directory) && has_linker_of_its_own(&ours, directory) {
            return Ok(Self::FromSources { rustc: None, linker: None });
        }
        let system = Path::new(SYSTEM_RUSTC);
        if has_sources(system, directory)
            && let Some(linker) = linker()
        {
            let rustc = Some(system.to_owned());
            return Ok(Self::FromSources { rustc, linker: Some(linker) });
        }
        Err(BuildError::NoToolchain)
    }
}

/// The compiler that cargo takes.
fn rustc() -> PathBuf {
    std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from)
}

/// A path that the compiler prints; `None` when it does not exist.
fn printed(rustc: &Path, directory: &Path, what: &[&str]) -> Option<PathBuf> {
    let output = Command::new(rustc).args(what).current_dir(directory).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let path = PathBuf::from(text.trim_end());
    (output.status.success() && path.is_dir()).then_some(path)
}

fn has_target(rustc: &Path, directory: &Path) -> bool {
    let libraries = printed(rustc, directory, &["--print", "target-libdir", "--target", TARGET]);
    let Some(entries) = libraries.and_then(|path| std::fs::read_dir(path).ok()) else {
        return false;
    };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

fn has_sources(rustc: &Path, directory: &Path) -> bool {
    printed(rustc, directory, &["--print", "sysroot"])
        .is_some_and(|sysroot| sysroot.join("lib/rustlib/src/rust/library/std").is_dir())
}

fn has_linker_of_its_own(rustc: &Path, directory: &Path) -> bool {
    printed(rustc, directory, &["--print", "target-libdir"])
        .and_then(|libraries| Some(libraries.parent()?.join("bin")))
        .is_some_and(|tools| {
            tools.join("rust-lld").is_file() || tools.join("rust-lld.exe").is_file()
        })
}

fn linker() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    LINKERS.iter().find_map(|name| {
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    })
}
