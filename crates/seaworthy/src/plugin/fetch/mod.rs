//! Getting components: from files, and from the network by a child with limits.
//!
//! A scan never comes here. What a server answers is read by a process of its own
//! (`seaworthy plugin download`), bounded in memory, processor time and time, so that
//! nothing that comes over the network can harm more than that.

mod npm;
mod oci;
mod web;

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use seaworthy_plugin_host::MAX_COMPONENT_BYTES;

use super::arguments::DownloadArguments;
use super::child;
use super::source::Source;

/// How long a download may take.
const TIME: Duration = Duration::from_secs(180);
/// The memory of the process that downloads.
const MEMORY: u64 = 512 << 20;
/// Its processor time.
const PROCESSOR_SECONDS: u64 = 60;

/// How every component begins.
const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";

/// A component that was fetched.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    /// The source that leads to these bytes alone, as far as sources can.
    pub(crate) resolved: String,
}

/// Gets what a source leads to. Paths are relative to `directory`.
pub(crate) fn fetch(source: &Source, directory: &Path) -> anyhow::Result<Fetched> {
    let fetched = match source {
        Source::Path(path) => {
            let file = component_at(&directory.join(path))?;
            Fetched { bytes: read(&file)?, resolved: source.to_string() }
        }
        _ => download(source)?,
    };
    anyhow::ensure!(
        !fetched.bytes.starts_with(b"\0asm\x01\0\0\0"),
        "{source}: a WebAssembly module, not a component; `seaworthy plugin build` makes one of it"
    );
    anyhow::ensure!(
        fetched.bytes.starts_with(PREAMBLE),
        "{source}: {}, not a WebAssembly component",
        what_it_is(&fetched.bytes)
    );
    Ok(fetched)
}

/// The component at a path: the file itself, or the only one in a folder.
pub(crate) fn component_at(path: &Path) -> anyhow::Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
    let is_component = |path: &PathBuf| path.extension().is_some_and(|found| found == "wasm");
    let mut found: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(is_component).collect();
    found.sort();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => anyhow::bail!(
            "{}: no component here; `seaworthy plugin build {}` makes one",
            path.display(),
            path.display()
        ),
        _ => anyhow::bail!("{}: several components here; name one of them", path.display()),
    }
}

/// Reads a component from a plain file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = || path.display().to_string();
    let found = std::fs::metadata(path).with_context(shown)?;
    anyhow::ensure!(found.is_file(), "{}: not a plain file", shown());
    anyhow::ensure!(found.len() <= MAX_COMPONENT_BYTES, "{}: {}", shown(), too_large());
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(shown)?;
    file.take(MAX_COMPONENT_BYTES + 1).read_to_end(&mut bytes).with_context(shown)?;
    anyhow::ensure!(bytes.len() as u64 <= MAX_COMPONENT_BYTES, "{}: {}", shown(), too_large());
    Ok(bytes)
}

fn too_large() -> String {
    format!("larger than {} MiB", MAX_COMPONENT_BYTES >> 20)
}

/// What bytes that are no component seem to be.
fn what_it_is(bytes: &[u8]) -> &'static str {
    let start = bytes.trim_ascii_start();
    match start.first() {
        None => "nothing at all",
        Some(b'<') => "a web page or XML",
        Some(b'{' | b'[') => "JSON",
        _ if start.starts_with(&[0x1f, 0x8b]) => "a compressed file",
        _ => "something else",
    }
}

/// Lets a child download.
fn download(source: &Source) -> anyhow::Result<Fetched> {
    let text = source.to_string();
    let arguments = [OsStr::new("download"), OsStr::new("--"), OsStr::new(&text)];
    let answer = child::run(&arguments, b"", TIME).map_err(|why| {
        anyhow::anyhow!("{source}: {}", why.trim_start_matches(&format!("{source}: ")))
    })?;
    let end = answer.iter().position(|&byte| byte == b'\n').context("the download broke off")?;
    let resolved = String::from_utf8(answer[..end].to_vec())?;
    Ok(Fetched { bytes: answer[end + 1..].to_vec(), resolved })
}

/// `seaworthy plugin download`: the child.
pub(crate) fn run(arguments: &DownloadArguments) -> anyhow::Result<u8> {
    child::confine(MEMORY, PROCESSOR_SECONDS)?;
    let source: Source = arguments.source.parse().map_err(anyhow::Error::msg)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let fetched = runtime.block_on(async {
        match &source {
            Source::Path(_) => anyhow::bail!("a path is not downloaded"),
            Source::Web(address) => {
                let bytes = web::Client::new(web::is_local(address))?
                    .get(address, None, MAX_COMPONENT_BYTES)
                    .await?;
                Ok(Fetched { bytes, resolved: source.to_string() })
            }
            Source::Oci(reference) => oci::fetch(reference).await,
            Source::Npm(package) => npm::fetch(package).await,
        }
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", fetched.resolved)?;
    out.write_all(&fetched.bytes)?;
    out.flush()?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_components_are_refused_by_what_they_are() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let tried = |name: &str, bytes: &[u8]| {
            std::fs::write(directory.path().join(name), bytes).expect("it can be written");
            let source = name.parse().expect("a path");
            fetch(&source, directory.path()).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(tried("a.wasm", PREAMBLE), Ok(()));
        let cases: [(&[u8], &str); 5] = [
            (b"\0asm\x01\0\0\0", "a.wasm: a WebAssembly module, not a component"),
            (b"", "a.wasm: nothing at all, not a WebAssembly component"),
            (b"<!doctype html>", "a.wasm: a web page or XML, not"),
            (b"{\"error\": 1}", "a.wasm: JSON, not"),
            (b"#!/bin/sh", "a.wasm: something else, not"),
        ];
        for (bytes, want) in cases {
            let told = tried("a.wasm", bytes).expect_err(want);
            assert!(told.starts_with(want), "{told}");
        }
        assert!(fetch(&Source::Path("gone.wasm".to_owned()), directory.path()).is_err());
    }

    #[test]
    fn a_folder_stands_for_its_only_component() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path();
        let told = |path: &Path| component_at(path).map_err(|error| error.to_string());
        assert!(told(path).is_err_and(|told| told.contains("`seaworthy plugin build")));
        std::fs::write(path.join("a.wasm"), PREAMBLE).expect("it can be written");
        assert_eq!(told(path), Ok(path.join("a.wasm")));
        std::fs::write(path.join("b.wasm"), PREAMBLE).expect("it can be written");
        assert!(told(path).is_err_and(|told| told.contains("several components")));
    }
}
