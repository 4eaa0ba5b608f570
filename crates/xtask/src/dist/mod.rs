//! `cargo xtask dist`: from programs that are built to what a release carries.
//!
//! An archive for each target (the program, completions, the manual page, licences), the
//! packages for npm, the formula for Homebrew and the checksums. Nothing is compiled here,
//! so one machine packs the programs of all; and equal programs give equal bytes, at the
//! time that `SOURCE_DATE_EPOCH` or the commit says. The packages for pip are maturin's.

mod archive;
mod formula;
mod licences;
mod npm;
pub(crate) mod targets;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use sha2::Digest as _;

use self::archive::Entry;
use self::targets::{TARGETS, Target};
use crate::say;

/// The version of the workspace, which everything is released under.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What stands beside the program in every archive.
const TEXTS: &[&str] = &["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "NOTICE", "README.md"];

/// The licences and notices that go with every copy of the program.
const LICENCES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"];

/// The completions, by the name that each shell looks for.
const COMPLETIONS: &[(&str, &str)] = &[
    ("bash", "seaworthy.bash"),
    ("elvish", "seaworthy.elv"),
    ("fish", "seaworthy.fish"),
    ("powershell", "_seaworthy.ps1"),
    ("zsh", "_seaworthy"),
];

/// What `cargo xtask dist` is asked.
#[derive(Debug, Default)]
struct Options<'a> {
    /// A folder with `<target>/seaworthy` for every target.
    binaries: Option<&'a Path>,
    /// A program for this machine, to pack it alone.
    program: Option<&'a Path>,
    /// A folder of further files that the release carries.
    also: Option<&'a Path>,
    out: Option<&'a Path>,
    /// The tag that is released.
    tag: Option<&'a str>,
}

/// Runs the task with its arguments.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut options = Options::default();
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = *rest.next().with_context(|| format!("{name} needs a value"))?;
        match *name {
            "--binaries" => options.binaries = Some(Path::new(value)),
            "--with" => options.program = Some(Path::new(value)),
            "--also" => options.also = Some(Path::new(value)),
            "--out" => options.out = Some(Path::new(value)),
            "--tag" => options.tag = Some(value),
            other => anyhow::bail!("unknown option `{other}`"),
        }
    }
    if let Some(tag) = options.tag {
        anyhow::ensure!(
            tag.strip_prefix('v') == Some(VERSION),
            "the tag is {tag}, and the version of Cargo.toml {VERSION}"
        );
    }
    let out = options.out.map_or_else(|| crate::target(root).join("dist"), Path::to_owned);
    let programs = match (options.binaries, options.program) {
        (Some(folder), None) => all(folder)?,
        (None, Some(program)) => BTreeMap::from([(host()?, program.to_owned())]),
        _ => anyhow::bail!("either --binaries with the programs of all, or --with one program"),
    };
    pack(root, &programs, &out)?;
    if let Some(also) = options.also {
        for entry in std::fs::read_dir(also)? {
            let file = entry?.path();
            std::fs::copy(&file, out.join(file.file_name().unwrap_or_default()))
                .with_context(|| format!("cannot copy {}", file.display()))?;
        }
    }
    checksums(&out)
}

/// The programs of all targets, which must all be there.
fn all(folder: &Path) -> anyhow::Result<BTreeMap<&'static Target, PathBuf>> {
    let mut programs = BTreeMap::new();
    for target in TARGETS {
        let program = folder.join(target.triple).join(target.program());
        anyhow::ensure!(program.is_file(), "{} is missing", program.display());
        programs.insert(target, program);
    }
    Ok(programs)
}

/// The target of this machine.
pub(crate) fn host() -> anyhow::Result<&'static Target> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let text = String::from_utf8(output.stdout)?;
    let triple = text.lines().find_map(|line| line.strip_prefix("host: "));
    let triple = triple.context("rustc does not say its host")?;
    targets::of(triple).with_context(|| format!("{triple} is no target of a release"))
}

/// Writes the archives, the packages for npm and, if all are there, the formula.
fn pack(
    root: &Path,
    programs: &BTreeMap<&'static Target, PathBuf>,
    out: &Path,
) -> anyhow::Result<()> {
    let time = time(root)?;
    let speaker = programs
        .iter()
        .find(|(target, _)| host().is_ok_and(|host| host == **target))
        .map(|(_, program)| program)
        .context("the program of this machine is needed for the completions")?;
    let documents = documents(speaker)?;
    if out.exists() {
        std::fs::remove_dir_all(out)?;
    }
    std::fs::create_dir_all(out)?;
    let mut sums = BTreeMap::new();
    for (target, program) in programs {
        let licences = licences::of(root, target)?;
        let mut entries = documents.clone();
        for name in TEXTS {
            entries.push(Entry::text(name, std::fs::read(root.join(name))?));
        }
        entries.push(Entry::text("THIRD-PARTY", licences.clone().into_bytes()));
        let bytes =
            std::fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
        entries.push(Entry { path: target.program().to_owned(), bytes, executable: true });
        let stem = format!("seaworthy-{VERSION}-{}", target.triple);
        let (name, packed) = if target.windows() {
            (format!("{stem}.zip"), archive::zip(&stem, entries, time)?)
        } else {
            (format!("{stem}.tar.gz"), archive::tar_gz(&stem, entries, time)?)
        };
        say(&format!("{name}: {} bytes", packed.len()));
        sums.insert(target.triple, sum(&packed));
        std::fs::write(out.join(&name), &packed)?;
        npm::platform(root, target, program, &licences, out)?;
    }
    npm::launcher(root, &programs.keys().copied().collect::<Vec<_>>(), out)?;
    if let Some(text) = formula::render(root, &sums)? {
        std::fs::write(out.join("seaworthy.rb"), text)?;
    }
    Ok(())
}

/// The completions and the manual page, as the program itself writes them.
fn documents(program: &Path) -> anyhow::Result<Vec<Entry>> {
    let said = |arguments: &[&str]| -> anyhow::Result<Vec<u8>> {
        let program = std::path::absolute(program)?;
        let output = Command::new(&program).args(arguments).output();
        let output = output.with_context(|| format!("cannot run {}", program.display()))?;
        anyhow::ensure!(output.status.success(), "`seaworthy {}` failed", arguments.join(" "));
        Ok(output.stdout)
    };
    let mut entries = vec![Entry::text("man/seaworthy.1", said(&["man"])?)];
    for (shell, name) in COMPLETIONS {
        entries.push(Entry::text(&format!("completions/{name}"), said(&["completions", shell])?));
    }
    Ok(entries)
}

/// The time that everything in the archives bears, in seconds since 1970: that of
/// `SOURCE_DATE_EPOCH`, otherwise of the commit.
fn time(root: &Path) -> anyhow::Result<u64> {
    if let Some(set) = std::env::var_os("SOURCE_DATE_EPOCH") {
        let set = set.to_str().and_then(|set| set.parse().ok());
        return set.context("SOURCE_DATE_EPOCH is no number of seconds");
    }
    let output = Command::new("git")
        .args(["log", "-1", "--format=%ct"])
        .current_dir(root)
        .output()
        .context("cannot run git")?;
    let said = String::from_utf8(output.stdout)?;
    said.trim().parse().context("git does not say the time of the commit")
}

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sum(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes `SHA256SUMS` for all files of a folder, in the form that `sha256sum -c` reads.
fn checksums(out: &Path) -> anyhow::Result<()> {
    let mut sums = BTreeMap::new();
    for entry in std::fs::read_dir(out)? {
        let path = entry?.path();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            sums.insert(name, sum(&std::fs::read(&path)?));
        }
    }
    let text: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    std::fs::write(out.join("SHA256SUMS"), text)?;
    say(&format!("{}: {} files", out.display(), sums.len() + 1));
    Ok(())
}
