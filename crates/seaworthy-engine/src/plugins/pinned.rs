//! From names in the settings to plugins that are pinned, trusted and loaded.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seaworthy_model::{Group, Notification, NotificationKind, Rule};
use seaworthy_plugin_host::lock::{LOCK_FILE, Lock, Locked};
use seaworthy_plugin_host::trust::Trust;
use seaworthy_plugin_host::{
    API_MAJOR, Cache, Digest, Host, Limits, MAX_COMPONENT_BYTES, PluginRequest, PluginRun, Plugins,
};

use super::{Named, OfPlugins, PluginOptions};
use crate::settings::{PluginLimits, PluginSettings};

/// How many sets of plugins are remembered. An editor scans again and again.
const MAX_REMEMBERED: usize = 8;

/// Finds and loads the plugins that settings name.
pub(super) fn of(
    named: &Named<'_>,
    wanted: &[PluginSettings],
    options: &PluginOptions,
) -> OfPlugins {
    let mut of = OfPlugins::default();
    let lock = match &named.lock {
        None => Lock::default(),
        Some(read) => {
            match read.clone().and_then(|text| Lock::parse(&text).map_err(|e| e.to_string())) {
                Ok(lock) => lock,
                Err(reason) => {
                    let why = format!("{LOCK_FILE} cannot be believed: {reason}");
                    of.notifications
                        .extend(wanted.iter().map(|plugin| named.not_run(plugin, &why)));
                    return of;
                }
            }
        }
    };
    let trust = match Trust::load() {
        Ok(trust) => trust,
        Err(error) => {
            let message = format!("no plugin is trusted, for the list cannot be read: {error}");
            of.notifications.push(Notification::new(NotificationKind::PluginNotRun, message));
            Trust::default()
        }
    };
    let cache = Cache::of_user();
    let mut requests = Vec::new();
    for plugin in wanted {
        let Some(locked) = lock.get(&plugin.name) else {
            let why = format!(
                "{LOCK_FILE} does not pin it; `seaworthy plugin add {}` does",
                plugin.source
            );
            of.notifications.push(named.not_run(plugin, why));
            continue;
        };
        let trusted = options.allow_untrusted || named.chosen || trust.has(&locked.sha256);
        let place = Place { directory: named.directory, cache: &cache, verify: options.verify };
        match request(plugin, locked, trusted, &place) {
            Ok(request) => requests.push(request),
            Err(why) => {
                of.notifications.push(named.not_run(plugin, why));
                of.absent.extend(absent_rules(locked));
            }
        }
    }
    let loaded = load(&requests, options, cache);
    of.rules = loaded.rules();
    of.extensions = loaded.extensions();
    of.notifications.extend(loaded.notifications().iter().cloned());
    for request in &requests {
        if !of.extensions.iter().any(|extension| extension.name == request.name) {
            of.absent.extend(lock.get(&request.name).into_iter().flat_map(absent_rules));
        }
    }
    if !loaded.plugins().is_empty() {
        of.source = Some(Box::new(PluginRun::new(loaded).without_debug()));
    }
    of
}

/// Where components are looked for, and how closely.
struct Place<'a> {
    directory: &'a Path,
    cache: &'a Cache,
    verify: bool,
}

/// What is asked of the host for one plugin, or why it is not asked.
fn request(
    plugin: &PluginSettings,
    locked: &Locked,
    trusted: bool,
    place: &Place<'_>,
) -> Result<PluginRequest, String> {
    let name = &plugin.name;
    let cache = place.cache;
    if locked.source != plugin.source {
        return Err(format!(
            "{LOCK_FILE} pins it from another source; `seaworthy plugin update {name}` looks again"
        ));
    }
    if locked.api != API_MAJOR {
        return Err(format!(
            "it needs plugin API {}, and this seaworthy speaks {API_MAJOR}",
            locked.api
        ));
    }
    if !trusted {
        return Err(format!(
            "it is pinned by this repository, and you have not trusted it; look at it with \
             `seaworthy plugin info {name}`, then run `seaworthy plugin trust {name}`, or scan \
             with --allow-repo-plugins"
        ));
    }
    let component = local_file(&plugin.source, place.directory);
    if let Some(path) = &component
        && let Some(found) = changed(path, &locked.sha256, place)
    {
        return Err(format!(
            "its bytes are not those that {LOCK_FILE} pins: expected {}, found {found}; \
             `seaworthy plugin update {name}` pins the new ones",
            locked.sha256
        ));
    }
    if component.is_none() && cache.metadata(&locked.sha256).is_none() && !is_kept(cache, locked) {
        return Err(match is_elsewhere(&plugin.source) {
            true => "it is not on this machine; `seaworthy plugin fetch` gets it".to_owned(),
            false => format!(
                "there is no {}; whoever pinned it has to commit it, or publish it and pin that",
                plugin.source
            ),
        });
    }
    let limits = limits(&plugin.limits, &locked.sha256, component.as_deref(), cache);
    Ok(PluginRequest {
        name: name.clone(),
        digest: locked.sha256,
        component,
        config: serde_json::from_str(&plugin.config).unwrap_or_default(),
        limits,
        trusted,
    })
}

fn is_kept(cache: &Cache, locked: &Locked) -> bool {
    cache.component_path(&locked.sha256).is_some_and(|path| path.is_file())
}

/// Whether a source is no path.
fn is_elsewhere(source: &str) -> bool {
    ["https:", "http:", "oci:", "npm:"].iter().any(|scheme| source.starts_with(scheme))
}

/// The plain file that a source names, if it names one.
fn local_file(source: &str, directory: &Path) -> Option<PathBuf> {
    let path = directory.join(source);
    let is_plain = || std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
    (!is_elsewhere(source) && is_plain()).then_some(path)
}

/// The digest of a local component, if it is not the pinned one. Bytes are read only
/// where the file is younger than the copy that is kept, or of another size.
fn changed(path: &Path, pinned: &Digest, place: &Place<'_>) -> Option<Digest> {
    let cache = place.cache;
    let kept = cache.component_path(pinned).and_then(|kept| std::fs::metadata(kept).ok());
    let file = std::fs::metadata(path).ok()?;
    let age = |metadata: &std::fs::Metadata| metadata.modified().ok();
    if let Some(kept) = &kept
        && !place.verify
        && kept.len() == file.len()
        && age(kept).zip(age(&file)).is_some_and(|(kept, file)| file <= kept)
    {
        return None;
    }
    if file.len() > MAX_COMPONENT_BYTES {
        return None;
    }
    let found = Digest::of(&std::fs::read(path).ok()?);
    if found != *pinned {
        return Some(found);
    }
    // The next scan need not read it again.
    if let (Some(kept), Ok(modified)) = (cache.component_path(pinned), file.modified())
        && let Ok(kept) = std::fs::File::options().write(true).open(kept)
    {
        let _ = kept.set_modified(modified);
    }
    None
}

/// The bounds of a plugin, if the settings say anything of them.
fn limits(
    said: &PluginLimits,
    digest: &Digest,
    component: Option<&Path>,
    cache: &Cache,
) -> Option<Limits> {
    if *said == PluginLimits::default() {
        return None;
    }
    let size = |path: &Path| std::fs::metadata(path).map(|found| found.len()).ok();
    let size = cache
        .metadata(digest)
        .map(|metadata| metadata.size)
        .or_else(|| size(component?))
        .or_else(|| size(&cache.component_path(digest)?))
        .unwrap_or(0);
    let mut limits = Limits::for_size(size);
    let time = |milliseconds: u32| Duration::from_millis(milliseconds.into());
    if let Some(mib) = said.memory_mib {
        limits.memory = (mib as usize) << 20;
    }
    for (place, said) in [
        (&mut limits.file_time, said.file_milliseconds),
        (&mut limits.repository_time, said.repository_milliseconds),
        (&mut limits.start_time, said.start_milliseconds),
    ] {
        if let Some(milliseconds) = said {
            *place = time(milliseconds);
        }
    }
    Some(limits)
}

/// Loads plugins, or finds those that were loaded for the same requests before: their
/// rules live as long as the process.
fn load(requests: &[PluginRequest], options: &PluginOptions, cache: Cache) -> Arc<Plugins> {
    static REMEMBERED: Mutex<Vec<(String, Arc<Plugins>)>> = Mutex::new(Vec::new());
    let key = format!("{requests:?} {} {:?}", options.verify, cache.root());
    let mut remembered = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, plugins)) = remembered.iter().find(|(known, _)| *known == key) {
        return Arc::clone(plugins);
    }
    let mut host = Host::new(cache).verifying(options.verify);
    if let Some(compiler) = &options.compiler {
        host = host.with_compiler(Arc::clone(compiler));
    }
    let plugins = Arc::new(Plugins::load(&host, requests));
    // What failed may succeed next time.
    if plugins.notifications().is_empty() {
        if remembered.len() == MAX_REMEMBERED {
            remembered.remove(0);
        }
        remembered.push((key, Arc::clone(&plugins)));
    }
    plugins
}

/// The rules that a plugin has by its entry alone, each made once in a process.
fn absent_rules(locked: &Locked) -> Vec<&'static Rule> {
    static MADE: Mutex<Vec<&'static Rule>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut rules = Vec::new();
    for rule in &locked.rules {
        let id = format!("{}/{rule}", locked.name);
        let known = made.iter().find(|known| known.id == id).copied();
        rules.push(known.unwrap_or_else(|| {
            let rule: &'static Rule =
                Box::leak(Box::new(Rule { id: id.leak(), group: Group::Plugins, ..Rule::DEFAULT }));
            made.push(rule);
            rule
        }));
    }
    rules
}
