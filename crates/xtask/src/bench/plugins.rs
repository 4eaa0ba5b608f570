//! `cargo xtask bench plugins`: what plugins cost, in time, memory and bytes.
//!
//! Whole processes of the release binary, with and without a plugin, take turns; a
//! figure is the median of the differences of neighbours, so that what disturbs the
//! machine disturbs both alike. Without a plugin means the same files, but settings and
//! lock are comments: that they are read, and all that comes of it, is counted; that
//! there are two more files to search is not.
//!
//! That a rule costs little more than the same rule natively is measured inside one
//! process, by the benchmark `same_rule` of `seaworthy-plugin-host`, which says how.

mod scenes;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::{build, milliseconds, peak_megabytes, quiet};
use scenes::Scenes;

/// Pairs of runs where a run takes some milliseconds.
const SHORT_RUNS: usize = 101;
/// Pairs of runs where it takes longer.
const LONG_RUNS: usize = 21;

/// What is asked of plugins. Times are in milliseconds, memory is in megabytes.
const RUST_PLUGIN: f64 = 1.0;
const TEN_PLUGINS: f64 = 1.0;
/// Less than this cannot be told from nothing: neighbouring runs of one and the same
/// program differ by more.
const NOTHING: f64 = 0.3;
const SAME_RULE: f64 = 2.0;
const RUST_INSTANCE: f64 = 2.0;
const SCRIPT_PLUGIN: f64 = 60.0;
const SCRIPT_MEMORY: f64 = 50.0;
const BINARY: f64 = 40.0;

/// Measures everything; whether all targets are met.
pub(super) fn run(root: &Path, directory: &Path) -> anyhow::Result<bool> {
    let directory = directory.join("plugins");
    std::fs::create_dir_all(&directory)?;
    let binary = directory.join("seaworthy");
    std::fs::copy(build(root, &[])?, &binary)?;
    let built = |name: &str| crate::plugins::component(root, &root.join("plugins").join(name));
    let components = Components {
        prisma: built("prisma")?,
        supabase: built("supabase")?,
        env_policy: built("env-policy")?,
        repo_policy: built("repo-policy")?,
    };
    let inside = same_rule(root, &components.prisma)?;
    let scenes = Scenes::new(&directory, &binary)?;
    let mut figures = Figures { good: true };
    of_one_file(&scenes, &components, &mut figures)?;
    of_many_files(&scenes, &components, &inside, &mut figures)?;
    of_scripts(root, &scenes, &components, &mut figures)?;
    sizes(root, &binary, &mut figures)?;
    let word = if figures.good { "within the targets" } else { "a target is missed" };
    crate::say(&format!("plugins: {word}"));
    Ok(figures.good)
}

/// The plugins of this repository, built.
struct Components {
    prisma: PathBuf,
    supabase: PathBuf,
    env_policy: PathBuf,
    repo_policy: PathBuf,
}

/// What a plugin in Rust adds to the scan of one file.
fn of_one_file(
    scenes: &Scenes,
    components: &Components,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let Components { prisma, supabase, .. } = components;
    let one = scenes.repository("one", &[(".env.example", "PORT=3000\nJWT_SECRET=\n")])?;
    for (name, component) in [("prisma", prisma), ("supabase", supabase)] {
        let beside = scenes.with_plugins("one-beside", &one, std::slice::from_ref(component))?;
        let without = scenes.without_plugins("one-without", &beside)?;
        figures.tell(
            &format!("{name}, one file that it is not about"),
            scenes.added(&without, &beside, SHORT_RUNS)?,
            "ms",
            NOTHING,
        );
    }
    for (name, component, path, text) in [
        ("prisma", prisma, "prisma/schema.prisma", scenes::SCHEMA),
        ("supabase", supabase, "src/client.ts", scenes::CLIENT),
    ] {
        let about = scenes.repository("about", &[(path, text)])?;
        let with = scenes.with_plugins("about-with", &about, std::slice::from_ref(component))?;
        scenes.must_find(&with, name, 1)?;
        let without = scenes.without_plugins("about-without", &with)?;
        figures.tell(
            &format!("{name}, one file in which it finds a fault"),
            scenes.added(&without, &with, SHORT_RUNS)?,
            "ms",
            RUST_PLUGIN,
        );
    }
    let ten = scenes.with_plugins("one-ten", &one, &scenes.ten(prisma)?)?;
    let without = scenes.without_plugins("one-without", &ten)?;
    figures.tell(
        "ten plugins, one file that they are not about",
        scenes.added(&without, &ten, SHORT_RUNS)?,
        "ms",
        TEN_PLUGINS,
    );
    Ok(())
}

/// What plugins in Rust cost where there is much to do.
fn of_many_files(
    scenes: &Scenes,
    components: &Components,
    inside: &Numbers,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    for (key, files) in [("fresh", "nobody looked at yet"), ("judged", "that were judged before")] {
        let milliseconds =
            |end: &str| Ok::<_, anyhow::Error>(inside.get(&format!("{key}-{end}"))? / 1e3);
        crate::say(&format!(
            "a rule of prisma, 2,000 of 25,000 files {files}: {:.1} ms, natively {:.1} ms",
            milliseconds("plugin-us")?,
            milliseconds("native-us")?,
        ));
        let ratio = inside.get(&format!("{key}-percent"))? / 100.0;
        figures.tell("  as many times of the same natively", ratio, "times", SAME_RULE);
    }
    let kilobytes = inside.get("instance-kb")?;
    figures.tell("a live instance of prisma", kilobytes / 1024.0, "MB", RUST_INSTANCE);
    let tree = scenes.tree()?;
    for (name, component) in [("prisma", &components.prisma), ("supabase", &components.supabase)] {
        let with = scenes.with_plugins("tree-with", &tree, std::slice::from_ref(component))?;
        scenes.must_find(&with, name, scenes::MATCHES)?;
        let added = scenes.added(&tree, &with, LONG_RUNS)?;
        let whole = milliseconds(scenes.scan(&tree).time()?);
        crate::say(&format!(
            "{name}, all rules, 25,000 files on disk, 2,000 matches: {added:.1} ms more than {whole}"
        ));
    }
    Ok(())
}

/// What plugins cost that bring the engine of a language with them.
fn of_scripts(
    root: &Path,
    scenes: &Scenes,
    components: &Components,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    for (name, component) in
        [("env-policy", &components.env_policy), ("repo-policy", &components.repo_policy)]
    {
        let plain = scenes.fixture(root, "script")?;
        let with = scenes.with_plugins("script-with", &plain, std::slice::from_ref(component))?;
        scenes.configure(&with, name)?;
        scenes.must_find(&with, name, 1)?;
        figures.tell(
            &format!("{name}, a repository in which it finds faults"),
            scenes.added(&plain, &with, LONG_RUNS)?,
            "ms",
            SCRIPT_PLUGIN,
        );
        let peak = |repository| peak_megabytes(&scenes.scan(repository));
        let more = peak(&with)? as f64 - peak(&plain)? as f64;
        figures.tell(&format!("{name}, memory"), more, "MB", SCRIPT_MEMORY);
    }
    Ok(())
}

/// What was measured, told as it comes.
struct Figures {
    good: bool,
}

impl Figures {
    fn tell(&mut self, what: &str, figure: f64, unit: &str, most: f64) {
        let missed = figure > most;
        let end = if missed { "  MISSED" } else { "" };
        crate::say(&format!("{what}: {figure:.2} {unit}, at most {most} {unit}{end}"));
        self.good &= !missed;
    }
}

/// What another process measured: names and numbers.
struct Numbers(Vec<(String, f64)>);

impl Numbers {
    fn get(&self, name: &str) -> anyhow::Result<f64> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, number)| *number).with_context(|| format!("`{name}` was not measured"))
    }
}

/// Runs the benchmark inside one process.
fn same_rule(root: &Path, component: &Path) -> anyhow::Result<Numbers> {
    let output = Command::new(env!("CARGO"))
        .args(["bench", "--quiet", "--locked", "--package", "seaworthy-plugin-host"])
        .args(["--bench", "same_rule", "--"])
        .arg(component)
        .current_dir(root)
        .output()
        .context("cannot run cargo")?;
    anyhow::ensure!(
        output.status.success(),
        "the benchmark `same_rule` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let number = |line: &str| {
        let (name, number) = line.split_once(' ')?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    Ok(Numbers(String::from_utf8(output.stdout)?.lines().filter_map(number).collect()))
}

/// The binary as users get it, and the one without the host.
fn sizes(root: &Path, binary: &Path, figures: &mut Figures) -> anyhow::Result<()> {
    let megabytes = |path: &Path| Ok::<_, std::io::Error>(path.metadata()?.len() as f64 / 1e6);
    figures.tell("the binary with the host", megabytes(binary)?, "MB", BINARY);
    let bare = ["--no-default-features"];
    let tree = quiet(
        env!("CARGO"),
        &[&["tree", "--locked", "--package", "seaworthy", "--edges", "normal"], &bare[..]].concat(),
        root,
    )?;
    let without = megabytes(&build(root, &bare)?)?;
    let clean = !tree.contains("wasmtime");
    crate::say(&format!(
        "without the host it builds{}, {without:.1} MB",
        if clean { " without wasmtime" } else { ", but WITH WASMTIME" },
    ));
    figures.good &= clean;
    // Whoever comes next finds what he had.
    build(root, &[])?;
    Ok(())
}
