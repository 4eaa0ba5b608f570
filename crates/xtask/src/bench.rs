//! `cargo xtask bench`: whole processes, timed against ripgrep in the same run.
//!
//! The large trees are made of packages of the npm registry, named below, so that
//! anyone can make the same ones; they are kept under `target/bench`. Every figure is
//! the median of several runs that alternate with the peer's, and a ratio is the
//! median of the ratios of neighbours, so that a noisy machine disturbs both
//! alike.

mod detectors;
mod editor;
mod groups;
mod linear;
mod plugins;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// What the first tree is made of: real applications, libraries and templates. The
/// engine was tuned on it.
const TUNED: &[&str] = &[
    "@evershop/evershop@2.2.1",
    "unleash-server@8.2.0",
    "generator-jhipster@9.4.0",
    "date-fns@4.4.0",
    "create-nodejs-express-app@1.7.0",
    "create-fullstack-app@3.3.0",
    "typescript-express-starter@11.1.1",
    "next@16.4.6",
    "antd@6.6.8",
];

/// What the second tree is made of. Nothing was ever tuned on it.
const HELD_OUT: &[&str] =
    &["n8n-nodes-base@2.41.2", "monaco-editor@0.57.0", "ghost@6.65.0", "aws-sdk@2.1693.0"];

/// Files at least, or the figure says nothing about 25,000.
const ENOUGH: usize = 25_000;

const RUNS: usize = 11;

/// Runs the benchmark. `--quick` leaves the large trees out; `--peers` times
/// kingfisher and gitleaks, too, which must be installed; `--detectors`, `--groups`,
/// `--editor` and `--linear` measure only what they name; `--linear NAME` the cases of
/// that name.
/// `plugins` measures plugins, and nothing else.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    let directory = root.join("target/bench");
    std::fs::create_dir_all(&directory)?;
    match arguments {
        ["--detectors"] => {
            let (tree, _) = large_tree(&directory, "tune", TUNED)?;
            return detectors::run(&tree);
        }
        ["--linear"] => return linear::run(""),
        ["--linear", wanted] => return linear::run(wanted),
        ["--groups"] => {
            let (tree, _) = large_tree(&directory, "tune", TUNED)?;
            return groups::run(&build(root, &[])?, &tree, &directory);
        }
        ["--editor"] => {
            let (tree, _) = large_tree(&directory, "tune", TUNED)?;
            return editor::run(&build(root, &[])?, &tree);
        }
        ["plugins"] => return plugins::run(root, &directory),
        _ => {}
    }
    let binary = build(root, &[])?;
    let one = one_file_repository(&directory)?;
    let scan_one = Process::new(&binary, &["scan", "--fail-on", "never", "--format", "json"], &one);
    let nothing = Process::new("true", &[], &one);
    let (start, baseline, _) = compare(&scan_one, &nothing)?;
    crate::say(&format!(
        "one file: {} (an empty process: {}), peak {} MB",
        milliseconds(start),
        milliseconds(baseline),
        peak_megabytes(&scan_one)?,
    ));
    let mut good = start < Duration::from_millis(5);
    if arguments.contains(&"--quick") {
        return Ok(good);
    }
    for (name, packages) in [("tune", TUNED), ("held", HELD_OUT)] {
        good &= large(&directory, name, packages, &binary, arguments)?;
    }
    let (tree, _) = large_tree(&directory, "tune", TUNED)?;
    good &= groups::run(&binary, &tree, &directory)?;
    good &= editor::run(&binary, &tree)?;
    for part in ["--detectors", "--linear"] {
        good &= crate::optimised(root, &["bench", part])?;
    }
    crate::say(if good { "bench: within the targets" } else { "bench: a target is missed" });
    Ok(good)
}

/// Times the scan of a large tree against its peers. Those that are slow run only
/// with `--peers`, and once.
fn large(
    directory: &Path,
    name: &str,
    packages: &[&str],
    binary: &Path,
    arguments: &[&str],
) -> anyhow::Result<bool> {
    let (tree, files) = large_tree(directory, name, packages)?;
    let scan = Process::new(binary, &["scan", "--fail-on", "never", "--format", "json"], &tree);
    let grep = Process::new("rg", &["-uuu", "--glob", "!.git", "-c", "zzzzqqqq", "."], &tree);
    let (ours, theirs, ratio) = compare(&scan, &grep)
        .context("is ripgrep (`rg`) installed? It is the peer of this benchmark")?;
    let peak = peak_megabytes(&scan)?;
    crate::say(&format!(
        "{name}, {files} files: scan {}, rg -uuu -c {}, ratio {ratio:.2}, peak {peak} MB",
        milliseconds(ours),
        milliseconds(theirs),
    ));
    let mut good = ratio <= 2.5 && peak < 60;
    if arguments.contains(&"--peers") {
        let kingfisher =
            ["scan", ".", "--no-validate", "--git-history", "none", "--format", "json"];
        let gitleaks = ["dir", ".", "--no-banner", "--report-format", "json", "--exit-code", "0"];
        for (peer, flags, least) in
            [("kingfisher", &kingfisher[..], 8.0), ("gitleaks", &gitleaks[..], 40.0)]
        {
            let took = Process::new(peer, flags, &tree).time()?;
            let factor = took.as_secs_f64() / scan.time()?.as_secs_f64();
            crate::say(&format!("{name}: {peer} {}, {factor:.1} times ours", milliseconds(took)));
            good &= factor >= least;
        }
    }
    Ok(good)
}

/// Builds the release binary, with more arguments for cargo, and says where it lies.
fn build(root: &Path, more: &[&str]) -> anyhow::Result<PathBuf> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--package", "seaworthy"])
        .args(more)
        .current_dir(root)
        .status()
        .context("cannot run cargo")?;
    anyhow::ensure!(status.success(), "the release build failed");
    Ok(crate::target(root).join("release/seaworthy"))
}

fn one_file_repository(directory: &Path) -> anyhow::Result<PathBuf> {
    let path = directory.join("one");
    if !path.join(".git").exists() {
        std::fs::create_dir_all(&path)?;
        std::fs::write(path.join(".env.example"), "PORT=3000\nJWT_SECRET=\n")?;
        commit_everything(&path)?;
    }
    Ok(path)
}

fn large_tree(directory: &Path, name: &str, packages: &[&str]) -> anyhow::Result<(PathBuf, usize)> {
    let tree = directory.join(name);
    if !tree.join(".git").exists() {
        for package in packages {
            let name = package.trim_start_matches('@').replace(['/', '@'], "-");
            let target = tree.join(name);
            std::fs::create_dir_all(&target)?;
            crate::say(&format!("fetching {package}"));
            let archive = quiet("npm", &["pack", "--silent", package], &target)
                .with_context(|| format!("cannot fetch {package}"))?;
            let archive = archive.lines().last().context("npm pack named no file")?.to_owned();
            quiet("tar", &["xzf", archive.as_str()], &target)?;
            std::fs::remove_file(target.join(archive))?;
        }
        commit_everything(&tree)?;
    }
    let listed = quiet("git", &["ls-files"], &tree)?;
    let files = listed.lines().count();
    if files < ENOUGH {
        crate::say(&format!("note: the tree has {files} files, fewer than {ENOUGH}"));
    }
    Ok((tree, files))
}

fn commit_everything(path: &Path) -> anyhow::Result<()> {
    quiet("git", &["init", "--quiet"], path)?;
    quiet("git", &["add", "--all", "--force"], path)?;
    quiet(
        "git",
        &["-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-qm", "tree"],
        path,
    )?;
    Ok(())
}

fn quiet(program: &str, arguments: &[&str], directory: &Path) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    anyhow::ensure!(output.status.success(), "{program} {} failed", arguments.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command with its directory and what it finds in its environment besides.
struct Process {
    program: PathBuf,
    arguments: Vec<String>,
    directory: PathBuf,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Process {
    fn new(program: impl AsRef<OsStr>, arguments: &[&str], directory: &Path) -> Self {
        Self {
            program: PathBuf::from(program.as_ref()),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            directory: directory.to_owned(),
            environment: Vec::new(),
        }
    }

    fn with_environment(mut self, name: &'static str, value: PathBuf) -> Self {
        self.environment.push((name, value));
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .current_dir(&self.directory)
            .envs(self.environment.iter().cloned())
            // There plugins are looked at more closely.
            .env_remove("CI")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// What it says.
    fn output(&self) -> anyhow::Result<Output> {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.output().with_context(|| format!("cannot run {}", self.program.display()))
    }

    fn time(&self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        self.command()
            .status()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        Ok(started.elapsed())
    }
}

/// The medians of both, and the median of the ratios of neighbouring runs.
fn compare(ours: &Process, theirs: &Process) -> anyhow::Result<(Duration, Duration, f64)> {
    let (mut our_times, mut their_times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    ours.time()?;
    theirs.time()?;
    for _ in 0..RUNS {
        let (a, b) = (ours.time()?, theirs.time()?);
        our_times.push(a);
        their_times.push(b);
        ratios.push(a.as_secs_f64() / b.as_secs_f64());
    }
    our_times.sort_unstable();
    their_times.sort_unstable();
    ratios.sort_unstable_by(f64::total_cmp);
    Ok((our_times[RUNS / 2], their_times[RUNS / 2], ratios[RUNS / 2]))
}

/// The largest resident set of one run, as the kernel accounts for it.
///
/// The kernel keeps one figure for all children of a process, so the run gets a
/// parent of its own: this program again, as `bench-peak`.
fn peak_megabytes(process: &Process) -> anyhow::Result<u64> {
    let output = Command::new(std::env::current_exe()?)
        .arg("bench-peak")
        .arg(&process.program)
        .args(&process.arguments)
        .current_dir(&process.directory)
        .envs(process.environment.iter().cloned())
        .env_remove("CI")
        .output()?;
    let kilobytes: u64 = String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .context("the peak memory of a run is unknown")?;
    Ok(kilobytes.div_ceil(1024))
}

/// Runs a command and prints the peak resident set of it in kilobytes.
pub(crate) fn peak(arguments: &[&str]) -> anyhow::Result<bool> {
    let (program, rest) = arguments.split_first().context("bench-peak needs a command")?;
    Command::new(program)
        .args(rest)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)?;
    crate::say(&usage.max_rss().to_string());
    Ok(true)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}
