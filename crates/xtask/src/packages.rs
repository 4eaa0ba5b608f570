//! `cargo xtask packages`: whether those who install the packages get the program.
//!
//! The package for pip is built by maturin and installed into an empty environment, those
//! for npm into an empty folder, both without a registry; the archive is unpacked. A scan by
//! each has to say, to the byte, what the program says that they were made of.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::Context as _;

use crate::dist::{self, VERSION};
use crate::{say, target};

/// What is scanned: a repository with planted faults.
const SAMPLE: &str = "fixtures/express-compose/repo";

/// maturin and what it needs, pinned with their sums.
const REQUIREMENTS: &str = "packages/python/requirements.txt";

/// Tries every package; prints what is wrong. Returns whether nothing is.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    let (mut program, mut wheel) = (target(root).join("debug/seaworthy"), None);
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = std::path::absolute(rest.next().context("an option needs a value")?)?;
        match *name {
            "--with" => program = value,
            "--wheel" => wheel = Some(value),
            other => anyhow::bail!("unknown option `{other}`"),
        }
    }
    anyhow::ensure!(program.is_file(), "{} is not built", program.display());
    let place = target(root).join("packages");
    std::fs::create_dir_all(&place)?;
    let expected = scan(root, Command::new(&program))?;
    let wheel = match wheel {
        Some(wheel) => wheel,
        None => build_wheel(root, &place)?,
    };
    let mut good = true;
    let mut tell = |what: &str, outcome: anyhow::Result<()>| match outcome {
        Ok(()) => say(&format!("{what}: scans like the program itself")),
        Err(error) => {
            good = false;
            say(&format!("{what}: {error:#}"));
        }
    };
    tell("wheel", try_wheel(root, &place, &wheel, &expected));
    // Without its symbols, as it is released: there is half as much to pack.
    let small = place.join("seaworthy");
    std::fs::copy(&program, &small)?;
    let _ = Command::new("strip").arg(&small).status();
    let out = place.join("dist");
    let text = out.to_string_lossy();
    dist::run(root, &["--with", &small.to_string_lossy(), "--out", &text])?;
    tell("npm", try_npm(root, &place, &out, &expected));
    tell("archive", try_archive(root, &place, &out, &expected));
    Ok(good)
}

/// What a scan of the sample prints.
fn scan(root: &Path, mut program: Command) -> anyhow::Result<Vec<u8>> {
    let output = program
        .args(["scan", "--format", "json"])
        .arg(root.join(SAMPLE))
        .output()
        .with_context(|| format!("cannot run {program:?}"))?;
    let Output { status, stdout, stderr } = output;
    let stderr = String::from_utf8_lossy(&stderr);
    anyhow::ensure!(status.code() == Some(1), "the scan ended with {status}: {stderr}");
    anyhow::ensure!(!stdout.is_empty(), "the scan said nothing");
    Ok(stdout)
}

/// The package for pip, in the profile of the tests: what they built is built.
fn build_wheel(root: &Path, place: &Path) -> anyhow::Result<PathBuf> {
    let tools = place.join("tools");
    let requirements = std::fs::read(root.join(REQUIREMENTS))?;
    let installed = tools.join("requirements.txt");
    if std::fs::read(&installed).ok().as_ref() != Some(&requirements) {
        fresh(&tools)?;
        must(Command::new("python3").args(["-m", "venv"]).arg(&tools))?;
        let pip = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r"];
        must(Command::new(tools.join("bin/python")).args(pip).arg(root.join(REQUIREMENTS)))?;
        std::fs::write(&installed, &requirements)?;
    }
    let wheels = place.join("wheels");
    fresh(&wheels)?;
    must(
        Command::new(tools.join("bin/maturin"))
            .args(["build", "--quiet", "--profile", "dev", "--locked"])
            .args(["--compatibility", "linux", "--out"])
            .arg(&wheels)
            .current_dir(root),
    )?;
    let mut found = crate::tidy::files(&wheels, "whl")?;
    found.pop().context("maturin made no wheel")
}

fn try_wheel(root: &Path, place: &Path, wheel: &Path, expected: &[u8]) -> anyhow::Result<()> {
    let name = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let tags = name.strip_prefix(&format!("seaworthy-{VERSION}-py3-none-"));
    let platform = tags.and_then(|tags| tags.strip_suffix(".whl"));
    let platform = platform.with_context(|| format!("{name} is not of this version"))?;
    // A program for one system under `any` breaks everybody else's installation.
    anyhow::ensure!(platform != "any", "{name} says that it runs everywhere");
    let parts = parts(wheel)?;
    anyhow::ensure!(parts > 100, "the bill of materials in {name} names {parts} parts");
    let environment = place.join("environment");
    fresh(&environment)?;
    must(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    let pip = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps"];
    must(Command::new(environment.join("bin/python")).args(pip).arg(wheel))?;
    same(&scan(root, Command::new(environment.join("bin/seaworthy")))?, expected)
}

/// How many components the bill of materials of a wheel names.
fn parts(wheel: &Path) -> anyhow::Result<usize> {
    let path = format!("seaworthy-{VERSION}.dist-info/sboms/seaworthy.cyclonedx.json");
    let script = "import sys, zipfile; \
                  sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";
    let mut python = Command::new("python3");
    let output = python.args(["-c", script]).arg(wheel).arg(path).output()?;
    let sbom: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("the wheel has no bill of materials")?;
    Ok(sbom["components"].as_array().map_or(0, Vec::len))
}

fn try_npm(root: &Path, place: &Path, out: &Path, expected: &[u8]) -> anyhow::Result<()> {
    let folder = place.join("npm");
    fresh(&folder)?;
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("package.json"), "{ \"private\": true }\n")?;
    must(
        Command::new("npm")
            .args(["install", "--silent", "--offline", "--no-audit", "--no-fund"])
            .args(crate::tidy::files(out, "tgz")?)
            .current_dir(&folder),
    )?;
    let mut npx = Command::new("npx");
    npx.args(["--offline", "--no-install", "seaworthy"]).current_dir(&folder);
    same(&scan(root, npx)?, expected)?;
    must(Command::new("npm").args(["test", "--silent"]).current_dir(root.join("packages/npm")))
}

fn try_archive(root: &Path, place: &Path, out: &Path, expected: &[u8]) -> anyhow::Result<()> {
    must(Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(out))?;
    let stem = format!("seaworthy-{VERSION}-{}", dist::host()?.triple);
    let folder = place.join("archive");
    fresh(&folder)?;
    std::fs::create_dir_all(&folder)?;
    let archive = out.join(format!("{stem}.tar.gz"));
    must(Command::new("tar").arg("-xzf").arg(archive).current_dir(&folder))?;
    let unpacked = folder.join(&stem);
    for name in ["LICENSE-MIT", "THIRD-PARTY", "completions/_seaworthy", "man/seaworthy.1"] {
        let size = std::fs::metadata(unpacked.join(name)).map_or(0, |file| file.len());
        anyhow::ensure!(size > 0, "{name} is missing");
    }
    same(&scan(root, Command::new(unpacked.join("seaworthy")))?, expected)
}

fn same(found: &[u8], expected: &[u8]) -> anyhow::Result<()> {
    anyhow::ensure!(found == expected, "it reports something else than the program");
    Ok(())
}

fn fresh(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// Runs a program that must go well.
fn must(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
    anyhow::ensure!(status.success(), "{command:?} failed");
    Ok(())
}
