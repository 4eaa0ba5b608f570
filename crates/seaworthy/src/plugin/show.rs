//! What there is to know of the plugins of a repository.

use std::path::Path;

use anyhow::Context as _;
use seaworthy_engine::settings::PluginSettings;
use seaworthy_plugin_host::lock::Locked;
use seaworthy_plugin_host::trust::Trust;
use seaworthy_plugin_host::{Digest, Metadata};

use super::arguments::{InfoArguments, ListArguments, VerifyArguments};
use super::repository::Repository;
use super::source::Source;
use super::{compile, counted, fetch, manage, say};

pub(crate) fn list(arguments: &ListArguments) -> anyhow::Result<u8> {
    let repository = Repository::find(arguments.repository.repository.as_deref())?;
    let lock = repository.lock()?;
    let trust = Trust::load()?;
    let plugins = repository.plugins()?;
    let host = compile::host();
    if plugins.is_empty() {
        say("the settings name no plugins")?;
    }
    for PluginSettings { name, source, .. } in &plugins {
        let Some(locked) = lock.get(name) else {
            say(format!("{name}  not pinned  {source}"))?;
            continue;
        };
        let state = match () {
            () if locked.source != *source => "pinned from another source",
            () if !trust.has(&locked.sha256) => "not trusted",
            () if host.cache().component(&locked.sha256).is_some() => "ready",
            () if !is_path(locked) => "not on this machine",
            () if manage::fetch_pinned(locked, &repository.root).is_ok() => "ready",
            () => "not the pinned bytes, or none",
        };
        let rules = counted(locked.rules.len(), "rule");
        say(format!("{name} {}  {state}  {rules}  {}", locked.version, locked.resolved))?;
    }
    for locked in lock.plugins() {
        if !plugins.iter().any(|plugin| plugin.name == locked.name) {
            say(format!("{}  pinned, but not in the settings", locked.name))?;
        }
    }
    Ok(0)
}

pub(crate) fn info(arguments: &InfoArguments) -> anyhow::Result<u8> {
    let repository = Repository::find(arguments.repository.repository.as_deref())?;
    let host = compile::host();
    let lock = repository.lock()?;
    let (bytes, locked) = match lock.get(&arguments.plugin) {
        Some(locked) => {
            let kept = host.cache().component(&locked.sha256);
            let bytes = match kept {
                Some(bytes) => bytes,
                None if is_path(locked) => manage::fetch_pinned(locked, &repository.root)?,
                None => anyhow::bail!(
                    "{} is not on this machine; `seaworthy plugin fetch` gets it",
                    locked.name
                ),
            };
            (bytes, Some(locked))
        }
        None => {
            let path = Path::new(&arguments.plugin);
            anyhow::ensure!(
                path.exists(),
                "`{}` is neither a plugin that seaworthy.lock pins nor a component",
                arguments.plugin
            );
            (fetch::read(&fetch::component_at(path)?)?, None)
        }
    };
    let (digest, metadata) = host.install(&bytes).with_context(|| arguments.plugin.clone())?;
    tell(&metadata, &digest, locked)?;
    Ok(0)
}

fn is_path(locked: &Locked) -> bool {
    matches!(locked.resolved.parse(), Ok(Source::Path(_)))
}

fn tell(metadata: &Metadata, digest: &Digest, locked: Option<&Locked>) -> anyhow::Result<()> {
    let Metadata { name, version, summary, .. } = metadata;
    say(format!("{name} {version}: {summary}"))?;
    say(format!("sha256 {digest}"))?;
    let size = metadata.size.div_ceil(1024);
    say(format!("plugin API {}, {size} KiB", metadata.api))?;
    if let Some(locked) = locked {
        say(format!("from {}", locked.resolved))?;
        let trusted = Trust::load()?.has(digest);
        say(if trusted { "trusted on this machine" } else { "not trusted on this machine" })?;
    }
    for (key, value) in &metadata.attributes {
        say(format!("{key}: {value}"))?;
    }
    for rule in &metadata.rules {
        let enabled = if rule.enabled { "" } else { "  (off unless asked for)" };
        say("")?;
        say(format!("{name}/{}  {}{enabled}", rule.id, rule.severity))?;
        say(format!("  {}", rule.summary))?;
    }
    if let Some(schema) = &metadata.config_schema {
        let pretty = serde_json::from_str::<serde_json::Value>(schema)
            .and_then(|schema| serde_json::to_string_pretty(&schema));
        say("")?;
        say(format!("Its configuration, in [plugins.{name}.config], by this schema:"))?;
        for line in pretty.as_deref().unwrap_or(schema).lines() {
            say(line)?;
        }
    }
    for doubt in metadata.doubts() {
        say(format!("note: {doubt}"))?;
    }
    Ok(())
}

pub(crate) fn verify(arguments: &VerifyArguments) -> anyhow::Result<u8> {
    let repository = Repository::find(arguments.repository.repository.as_deref())?;
    let lock = repository.lock()?;
    let plugins = repository.plugins()?;
    let mut wrong = 0_usize;
    for plugin in plugins.iter().filter(|plugin| lock.get(&plugin.name).is_none()) {
        wrong += 1;
        say(format!("{}: seaworthy.lock does not pin it", plugin.name))?;
    }
    for locked in lock.plugins() {
        let problems = problems(locked, &plugins, &repository.root, arguments.fetch);
        if problems.is_empty() {
            say(format!("{} {}: as pinned", locked.name, locked.version))?;
        }
        wrong += problems.len();
        for problem in problems {
            say(format!("{}: {problem}", locked.name))?;
        }
    }
    Ok(u8::from(wrong > 0))
}

/// What about a plugin is not as it is pinned.
fn problems(locked: &Locked, plugins: &[PluginSettings], root: &Path, fetch: bool) -> Vec<String> {
    let mut problems = Vec::new();
    match plugins.iter().find(|plugin| plugin.name == locked.name) {
        None => problems.push("pinned, but the settings do not name it".to_owned()),
        Some(plugin) if plugin.source != locked.source => {
            problems.push("pinned from another source than the settings name".to_owned());
        }
        Some(_) => {}
    }
    let host = compile::host();
    let kept = host.cache().component_path(&locked.sha256).filter(|path| path.is_file());
    let damaged = kept.is_some() && host.cache().component(&locked.sha256).is_none();
    if damaged {
        problems.push("the copy on this machine is damaged; it will not run".to_owned());
    }
    if (fetch || is_path(locked))
        && let Err(error) = manage::fetch_pinned(locked, root)
    {
        problems.push(format!("{error:#}"));
    } else if kept.is_none() && !fetch && !is_path(locked) {
        problems.push("not on this machine; `seaworthy plugin fetch` gets it".to_owned());
    }
    // What it says of itself is in the lock, too, for people to review.
    if kept.is_some()
        && !damaged
        && let Some(metadata) = host.cache().metadata(&locked.sha256)
    {
        let mut rules: Vec<&str> = metadata.rules.iter().map(|rule| rule.id.as_str()).collect();
        rules.sort_unstable();
        if metadata.name != locked.name || metadata.version != locked.version {
            problems.push(format!("it calls itself {} {}", metadata.name, metadata.version));
        }
        if rules != locked.rules {
            problems.push("its rules are not those in seaworthy.lock".to_owned());
        }
    }
    problems
}
