//! Adding plugins to a repository, and all that changes them there.

use std::path::Path;

use anyhow::Context as _;
use seaworthy_plugin_host::lock::{Lock, Locked};
use seaworthy_plugin_host::trust::{self, Trust, Trusted};
use seaworthy_plugin_host::{Digest, Metadata};

use super::arguments::{
    AddArguments, FetchArguments, RemoveArguments, TrustArguments, UpdateArguments,
};
use super::fetch::{Fetched, fetch};
use super::repository::Repository;
use super::source::Source;
use super::{compile, counted, say};

pub(crate) fn add(arguments: &AddArguments) -> anyhow::Result<u8> {
    let repository = Repository::find(arguments.repository.repository.as_deref())?;
    let mut source: Source = arguments.source.parse().map_err(anyhow::Error::msg)?;
    if let Source::Path(path) = &source {
        let absolute = Path::new(path).canonicalize().with_context(|| path.clone())?;
        let file = super::fetch::component_at(&absolute)?;
        source = Source::Path(repository.relative(&file));
    }
    let Fetched { bytes, resolved } = fetch(&source, &repository.root)?;
    let (digest, metadata) = install(&bytes, &source)?;
    let name = metadata.name.clone();
    let mut lock = repository.lock()?;
    let entry = entry(&metadata, digest, &source.to_string(), resolved)?;
    if let Some(known) = lock.get(&name) {
        anyhow::ensure!(
            known.source == entry.source,
            "a plugin called `{name}` is pinned already, from {}; `seaworthy plugin remove {name}` \
             first",
            known.source
        );
    }
    lock.set(entry.clone());
    // The settings may have a form that cannot be edited: then nothing is changed.
    repository.name_plugin(&name, &entry.source)?;
    repository.write_lock(&lock)?;
    say(format!("{name} {}: {}", metadata.version, metadata.summary))?;
    for rule in &metadata.rules {
        let off = if rule.enabled { "" } else { "  (off unless asked for)" };
        say(format!("  {name}/{}  {}  {}{off}", rule.id, rule.severity, rule.summary))?;
    }
    for doubt in metadata.doubts() {
        say(format!("  note: {doubt}"))?;
    }
    if metadata.config_schema.is_some() {
        say(format!("  note: it can be configured; `seaworthy plugin info {name}` shows how"))?;
    }
    if let Source::Path(path) = &source
        && (path.starts_with("..") || Path::new(path).is_absolute())
    {
        say(format!("  note: {path} lies outside of this repository, where nobody else has it"))?;
    }
    say(format!("pinned in seaworthy.lock as {digest}"))?;
    match arguments.no_trust {
        true => say(format!("not trusted; `seaworthy plugin trust {name}` lets it run"))?,
        false => trust_entry(&entry)?,
    }
    Ok(0)
}

/// Compiles a component and asks it what it is.
pub(crate) fn install(bytes: &[u8], source: &Source) -> anyhow::Result<(Digest, Metadata)> {
    compile::host().install(bytes).with_context(|| source.to_string())
}

/// What the lock says of a plugin.
fn entry(
    metadata: &Metadata,
    sha256: Digest,
    source: &str,
    resolved: String,
) -> anyhow::Result<Locked> {
    let mut rules: Vec<String> = metadata.rules.iter().map(|rule| rule.id.clone()).collect();
    rules.sort();
    let major = metadata.api.split('.').next().unwrap_or("");
    Ok(Locked {
        name: metadata.name.clone(),
        source: source.to_owned(),
        resolved,
        version: metadata.version.clone(),
        api: major.parse().context("the version of its interface is none")?,
        sha256,
        rules,
    })
}

fn trust_entry(locked: &Locked) -> anyhow::Result<()> {
    let added = Trust::add(Trusted {
        sha256: locked.sha256,
        name: locked.name.clone(),
        version: locked.version.clone(),
        source: locked.source.clone(),
    })?;
    let list = trust::path().map_or(String::new(), |path| format!(" ({})", path.display()));
    match added {
        true => say(format!("{} is trusted on this machine{list}", locked.name)),
        false => say(format!("{} was trusted already", locked.name)),
    }
}

pub(crate) fn trust(arguments: &TrustArguments) -> anyhow::Result<u8> {
    if arguments.revoke {
        for name in &arguments.names {
            let removed = Trust::remove(name)?;
            say(format!("{name}: {} taken off the list", counted(removed, "entry")))?;
        }
        return Ok(0);
    }
    let repository = Repository::find(arguments.repository.repository.as_deref())?;
    let lock = repository.lock()?;
    for name in &arguments.names {
        trust_entry(pinned(&lock, name)?)?;
    }
    Ok(0)
}

fn pinned<'l>(lock: &'l Lock, name: &str) -> anyhow::Result<&'l Locked> {
    lock.get(name).with_context(|| format!("seaworthy.lock pins no plugin called `{name}`"))
}

pub(crate) fn fetch_all(arguments: &FetchArguments) -> anyhow::Result<u8> {
    let repository = Repository::find(arguments.repository.repository.as_deref())?;
    let lock = repository.lock()?;
    let trust = Trust::load()?;
    let host = compile::host();
    let mut failed = 0_usize;
    for locked in lock.plugins() {
        let trusted = arguments.trust || trust.has(&locked.sha256);
        let bytes = match host.cache().component(&locked.sha256) {
            Some(bytes) => bytes,
            None => match fetch_pinned(locked, &repository.root) {
                Ok(bytes) => bytes,
                Err(error) => {
                    failed += 1;
                    say(format!("{}: {error:#}", locked.name))?;
                    continue;
                }
            },
        };
        host.cache()
            .keep_component(&locked.sha256, &bytes)
            .context("the component cannot be kept on this machine")?;
        // Nothing of a stranger's is run, not even to ask what it is.
        if trusted && let Err(error) = host.install(&bytes) {
            failed += 1;
            say(format!("{}: {error}", locked.name))?;
            continue;
        }
        say(format!("{} {} is on this machine", locked.name, locked.version))?;
        if arguments.trust {
            trust_entry(locked)?;
        }
    }
    if lock.plugins().is_empty() {
        say("seaworthy.lock pins no plugins")?;
    }
    Ok(if failed > 0 { 2 } else { 0 })
}

/// Gets the very bytes that are pinned.
pub(crate) fn fetch_pinned(locked: &Locked, root: &Path) -> anyhow::Result<Vec<u8>> {
    let source: Source = locked.resolved.parse().map_err(anyhow::Error::msg)?;
    let fetched = fetch(&source, root)?;
    let found = Digest::of(&fetched.bytes);
    anyhow::ensure!(
        found == locked.sha256,
        "{source}: not the pinned bytes: seaworthy.lock wants {}, this is {found}",
        locked.sha256
    );
    Ok(fetched.bytes)
}

pub(crate) fn update(arguments: &UpdateArguments) -> anyhow::Result<u8> {
    let repository = Repository::find(arguments.repository.repository.as_deref())?;
    let mut lock = repository.lock()?;
    let plugins = repository.plugins()?;
    for name in &arguments.names {
        anyhow::ensure!(
            plugins.iter().any(|plugin| plugin.name == *name),
            "the settings name no plugin called `{name}`"
        );
    }
    let mut failed = false;
    for plugin in &plugins {
        if !arguments.names.is_empty() && !arguments.names.contains(&plugin.name) {
            continue;
        }
        match newest(&plugin.name, &plugin.source, &repository.root) {
            Ok(new) => {
                let old = lock.get(&plugin.name).cloned();
                tell_change(old.as_ref(), &new)?;
                if !arguments.dry_run && old.as_ref() != Some(&new) {
                    lock.set(new.clone());
                    repository.write_lock(&lock)?;
                    trust_entry(&new)?;
                }
            }
            Err(error) => {
                failed = true;
                say(format!("{}: {error:#}", plugin.name))?;
            }
        }
    }
    Ok(if failed { 2 } else { 0 })
}

/// What a source leads to now.
fn newest(name: &str, source: &str, root: &Path) -> anyhow::Result<Locked> {
    let parsed: Source = source.parse().map_err(anyhow::Error::msg)?;
    let Fetched { bytes, resolved } = fetch(&parsed, root)?;
    let (digest, metadata) = install(&bytes, &parsed)?;
    anyhow::ensure!(metadata.name == name, "it calls itself `{}` now", metadata.name);
    entry(&metadata, digest, source, resolved)
}

/// Says what an update changes: for rules that come and go settings may need a look.
fn tell_change(old: Option<&Locked>, new: &Locked) -> anyhow::Result<()> {
    let name = &new.name;
    let Some(old) = old else {
        return say(format!("{name} {} is new: {}", new.version, counted(new.rules.len(), "rule")));
    };
    if old == new {
        return say(format!("{name} {} is unchanged", new.version));
    }
    say(format!("{name} {} -> {}  {}", old.version, new.version, new.sha256))?;
    for rule in new.rules.iter().filter(|rule| !old.rules.contains(rule)) {
        say(format!("  + {name}/{rule}"))?;
    }
    for rule in old.rules.iter().filter(|rule| !new.rules.contains(rule)) {
        say(format!("  - {name}/{rule}"))?;
    }
    Ok(())
}

pub(crate) fn remove(arguments: &RemoveArguments) -> anyhow::Result<u8> {
    let repository = Repository::find(arguments.repository.repository.as_deref())?;
    let name = &arguments.name;
    let mut lock = repository.lock()?;
    let named = repository.plugins()?.iter().any(|plugin| plugin.name == *name);
    anyhow::ensure!(
        named || lock.get(name).is_some(),
        "this repository has no plugin called `{name}`"
    );
    repository.unname_plugin(name)?;
    lock.remove(name);
    repository.write_lock(&lock)?;
    say(format!("{name} is removed; `seaworthy plugin trust --revoke {name}` forgets its trust"))?;
    Ok(0)
}
