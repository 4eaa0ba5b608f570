//! `bun.lock`: JSON with trailing commas, each package a tuple whose form
//! depends on its source.

use seaworthy_syntax::json::{Event, Events, Token};

use super::npm::{Key, content, entry, read_roots};
use super::source::{classify, split_name};
use super::{LockedPackage, Lockfile, LockfileKind, PackageSource};
use crate::package_json::DependencyGroup;

pub(super) fn read(text: &str) -> Lockfile {
    let mut lock = Lockfile::new(LockfileKind::Bun);
    let mut events = Events::new(text);
    lock.readable = events.next().is_some_and(|first| first.event == Event::BeginObject);
    while lock.readable
        && let Some((key, token)) = entry(&mut events)
    {
        match (&*key.text, &token.event) {
            ("lockfileVersion", Event::Number(version)) => {
                lock.version = Some((*version).to_owned());
                lock.version_region = Some(token.region);
            }
            ("workspaces", Event::BeginObject) => read_workspaces(&mut events, &mut lock),
            ("packages", Event::BeginObject) => {
                while let Some((key, token)) = entry(&mut events) {
                    read_package(&key, &token, &mut events, &mut lock);
                }
            }
            _ => {
                events.skip_value(&token);
            }
        }
    }
    while events.next().is_some() {}
    lock.errors.extend(events.finish().0);
    lock
}

/// Path of a member → its manifest's lists.
fn read_workspaces(events: &mut Events<'_>, lock: &mut Lockfile) {
    while let Some((path, token)) = entry(events) {
        if token.event != Event::BeginObject {
            events.skip_value(&token);
            continue;
        }
        while let Some((field, token)) = entry(events) {
            match (DependencyGroup::of_key(&field.text), &token.event) {
                (Some(group), Event::BeginObject) => read_roots(events, &path.text, group, lock),
                _ => {
                    events.skip_value(&token);
                }
            }
        }
    }
}

/// One tuple: `["name@what", …]`. From a registry follow its address (empty for
/// the usual one), an object, and the hash; from elsewhere an object and
/// sometimes a hash.
fn read_package(key: &Key<'_>, first: &Token<'_>, events: &mut Events<'_>, lock: &mut Lockfile) {
    let mut package = None;
    if first.event == Event::BeginArray {
        let mut position = 0;
        while let Some(token) = events.next() {
            match &token.event {
                Event::EndArray => break,
                Event::String(text) if position == 0 => package = identify(key, text, &token),
                Event::String(text) => {
                    if let Some(package) = &mut package {
                        read_string(package, text, position, &token);
                    }
                }
                Event::BeginObject => {
                    let mut bundled = false;
                    while let Some((field, token)) = entry(events) {
                        bundled |= field.text == "bundled" && token.event == Event::Bool(true);
                        events.skip_value(&token);
                    }
                    if let Some(package) = &mut package {
                        package.bundled |= bundled;
                    }
                }
                _ => {
                    events.skip_value(&token);
                }
            }
            position += 1;
        }
    } else {
        events.skip_value(first);
    }
    match package {
        // The root itself, which a member depends on.
        Some(package) if package.version.starts_with("root:") => {}
        Some(package) => lock.packages.push(package),
        None => lock.error(key.region, "entry does not name its package"),
    }
}

fn identify(key: &Key<'_>, text: &str, token: &Token<'_>) -> Option<LockedPackage> {
    let (name, what) = split_name(text)?;
    let mut package = LockedPackage::new(name, key.region);
    package.source = classify(what);
    match package.source {
        PackageSource::Registry => package.version = what.into(),
        _ => package.resolved = Some((what.into(), content(token))),
    }
    // The key is the path of names by which the package is reached.
    let mut segments = key.text.rsplitn(3, '/');
    let last = segments.next().unwrap_or("");
    let scoped = segments.next().filter(|scope| scope.starts_with('@'));
    let installed = match scoped {
        Some(_) => &key.text[key.text.len() - last.len() - scoped.map_or(0, str::len) - 1..],
        None => last,
    };
    if installed != name {
        package.alias = Some(installed.into());
    }
    Some(package)
}

fn read_string(package: &mut LockedPackage, text: &str, position: usize, token: &Token<'_>) {
    let hash = ["sha1-", "sha256-", "sha384-", "sha512-", "md5-"];
    if hash.iter().any(|prefix| text.starts_with(prefix)) {
        package.integrity = Some((text.into(), content(token)));
    } else if position == 1 && !text.is_empty() && package.resolved.is_none() {
        package.resolved = Some((text.into(), content(token)));
    }
}
