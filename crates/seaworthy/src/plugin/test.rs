//! `seaworthy plugin test`: a plugin held against its fixtures in the real host.
//!
//! A fixture is a text file in `fixtures/`, with several files after lines
//! `//- PATH [untracked]`, or a directory of files there. Marks say what the plugin
//! must find; see `seaworthy-testkit`. A fixture's own `seaworthy.toml` gives the
//! plugin its configuration. Every file is judged by an instance that has seen others
//! and by a new one, and both have to find the same.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use seaworthy_engine::settings;
use seaworthy_model::NotificationKind;
use seaworthy_plugin_host::{
    Cache, Digest, Host, Metadata, PluginRequest, PluginRun, Plugins, Usage,
};
use seaworthy_testkit::{File, Fixture, try_source};

use super::arguments::TestArguments;
use super::{build, counted, fetch, say};

/// The folder of fixtures in a plugin's folder.
const FIXTURES: &str = "fixtures";
/// The most bytes of a file of a fixture.
const MAX_FILE: u64 = 4 << 20;
/// The most files of a fixture that is a directory.
const MAX_FILES: usize = 2_000;

pub(crate) fn run(arguments: &TestArguments) -> anyhow::Result<u8> {
    let folder = match arguments.component {
        Some(_) => arguments.path.canonicalize().context("the plugin's folder")?,
        None => build::folder(&arguments.path)?,
    };
    let wasm = match &arguments.component {
        Some(path) => fetch::read(path)?,
        None => build::component(&folder)?.bytes,
    };
    let fixtures = fixtures(&folder, arguments.only.as_deref())?;
    let host = Host::new(Cache::of_user()).metering();
    let (digest, metadata) = host.install(&wasm)?;
    say(format!(
        "{} {}: {}, {} KiB, {digest}",
        metadata.name,
        metadata.version,
        counted(metadata.rules.len(), "rule"),
        wasm.len().div_ceil(1024)
    ))?;
    for doubt in metadata.doubts() {
        say(format!("note: {doubt}"))?;
    }
    let mut failed = 0_usize;
    for (name, fixture) in &fixtures {
        let problems = try_fixture(&host, &metadata, digest, name, fixture)?;
        failed += usize::from(problems);
    }
    match failed {
        0 => say(format!("{} passed", counted(fixtures.len(), "fixture")))?,
        _ => say(format!("{failed} of {} failed", counted(fixtures.len(), "fixture")))?,
    }
    Ok(u8::from(failed > 0))
}

/// Tries one fixture and prints what came of it. Whether anything is wrong.
fn try_fixture(
    host: &Host,
    metadata: &Metadata,
    digest: Digest,
    name: &str,
    fixture: &Fixture,
) -> anyhow::Result<bool> {
    let request = request(metadata, digest, fixture).with_context(|| name.to_owned())?;
    let plugins = Arc::new(Plugins::load(host, &[request]));
    let mut problems: Vec<String> =
        plugins.notifications().iter().map(|told| told.message.clone()).collect();
    let (mut line, mut log) = (String::new(), Vec::new());
    if problems.is_empty() {
        let started = Instant::now();
        let trial = try_source(fixture, || PluginRun::new(Arc::clone(&plugins)));
        let elapsed = started.elapsed();
        problems.extend(trial.problems);
        problems.extend(trial.differences);
        for notification in trial.notifications {
            let path = notification.artifact.map_or(String::new(), |path| format!("{path}: "));
            let told = format!("{path}{}", notification.message);
            match notification.kind {
                NotificationKind::PluginLog => log.push(told),
                NotificationKind::PluginFailed | NotificationKind::PluginNotRun => {
                    problems.push(told);
                }
                _ => {}
            }
        }
        let Usage { fuel, memory, calls } =
            trial.source.usage().first().copied().unwrap_or_default();
        line = format!(
            "{}, {}, {} of fuel, {} KiB of memory, {} ms",
            counted(trial.findings.len(), "finding"),
            counted(calls, "call"),
            short(fuel.unwrap_or(0)),
            memory.div_ceil(1024),
            elapsed.as_millis(),
        );
    }
    let verdict = if problems.is_empty() { "ok" } else { "FAILED" };
    say(format!("{name} ... {verdict}  {line}"))?;
    for told in log {
        say(format!("    {told}"))?;
    }
    for problem in &problems {
        for line in problem.lines() {
            say(format!("    {line}"))?;
        }
    }
    Ok(!problems.is_empty())
}

/// What is asked of the host for a fixture: the plugin with the configuration and the
/// limits that the fixture's settings give it.
fn request(
    metadata: &Metadata,
    digest: Digest,
    fixture: &Fixture,
) -> anyhow::Result<PluginRequest> {
    let text = fixture.files.iter().find(|file| file.path == settings::FILE_NAME);
    let text = text.map_or("", |file| file.text.as_str());
    let named = settings::plugins(text).into_iter().find(|plugin| plugin.name == metadata.name);
    let config = match named {
        Some(plugin) => serde_json::from_str(&plugin.config)?,
        None => serde_json::Value::Object(serde_json::Map::new()),
    };
    Ok(PluginRequest {
        name: metadata.name.clone(),
        digest,
        component: None,
        config,
        limits: None,
        trusted: true,
    })
}

/// The fixtures of a plugin by name, sorted.
fn fixtures(folder: &Path, only: Option<&str>) -> anyhow::Result<Vec<(String, Fixture)>> {
    let directory = folder.join(FIXTURES);
    let entries = std::fs::read_dir(&directory)
        .with_context(|| format!("{}: a plugin is tested by fixtures", directory.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut fixtures = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if only.is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let fixture = if path.is_dir() {
            directory_fixture(&path)?
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            Fixture::read(&text(&path)?)
                .map_err(anyhow::Error::msg)
                .with_context(|| path.display().to_string())?
        } else {
            continue;
        };
        fixtures.push((format!("{FIXTURES}/{name}"), fixture));
    }
    anyhow::ensure!(!fixtures.is_empty(), "{}: no fixtures to try", directory.display());
    Ok(fixtures)
}

/// A directory as a fixture. All of it is tracked; `dot.gitignore` stands for
/// `.gitignore`, which would hide files from the repository around.
fn directory_fixture(root: &Path) -> anyhow::Result<Fixture> {
    let mut files = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        let entries =
            std::fs::read_dir(&directory).with_context(|| directory.display().to_string())?;
        for entry in entries {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() {
                directories.push(path);
            } else if kind.is_file() {
                anyhow::ensure!(files.len() < MAX_FILES, "{}: too many files", root.display());
                let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
                let relative = relative.replace('\\', "/").replace("dot.gitignore", ".gitignore");
                files.push(File::new(&relative, true, &text(&path)?));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Fixture { files })
}

fn text(path: &Path) -> anyhow::Result<String> {
    let shown = || path.display().to_string();
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .with_context(shown)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .with_context(shown)?;
    anyhow::ensure!(bytes.len() as u64 <= MAX_FILE, "{}: too large", shown());
    String::from_utf8(bytes).with_context(|| format!("{}: no UTF-8", shown()))
}

/// A number that a person can take in.
fn short(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..10_000_000 => format!("{} k", number / 1_000),
        _ => format!("{} M", number / 1_000_000),
    }
}
