//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
//!
//! Version 1 nests packages in `dependencies`; version 3 lists them flat in
//! `packages`, by path; version 2 has both, and the flat list counts.

use std::borrow::Cow;

use seaworthy_model::Region;
use seaworthy_syntax::Style;
use seaworthy_syntax::json::{Event, Events, Token};

use super::source::{classify, http_host, split_name};
use super::{LockedPackage, LockedRoot, Lockfile, LockfileKind, PackageSource};
use crate::package_json::DependencyGroup;

pub(super) fn read(kind: LockfileKind, text: &str) -> Lockfile {
    let mut lock = Lockfile::new(kind);
    let mut events = Events::new(text);
    let is_object = events.next().is_some_and(|first| first.event == Event::BeginObject);
    lock.readable = is_object;
    let mut flat = false;
    while is_object && let Some((key, token)) = entry(&mut events) {
        match (&*key.text, &token.event) {
            ("lockfileVersion", Event::Number(version)) => {
                lock.version = Some((*version).to_owned());
                lock.version_region = Some(token.region);
            }
            ("packages", Event::BeginObject) => {
                flat = true;
                lock.packages.clear();
                read_flat(&mut events, &mut lock);
            }
            ("dependencies", Event::BeginObject) if !flat => read_nested(&mut events, &mut lock),
            _ => {
                events.skip_value(&token);
            }
        }
    }
    // What follows the document is an error too.
    while events.next().is_some() {}
    lock.errors.extend(events.finish().0);
    lock
}

/// A key with its place, quotes included.
pub(super) struct Key<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) region: Region,
}

/// The next entry of the object being read, down to the first token of its
/// value; `None` at the end of the object, which is then read.
pub(super) fn entry<'a>(events: &mut Events<'a>) -> Option<(Key<'a>, Token<'a>)> {
    let token = events.next()?;
    let Event::Key(text) = token.event else { return None };
    Some((Key { text, region: token.region }, events.next()?))
}

/// The bytes of a string without its quotes.
pub(super) fn content(token: &Token<'_>) -> Region {
    match token.style {
        Style::Double | Style::Single => {
            Region::new(token.region.start + 1, token.region.end.max(token.region.start + 2) - 1)
        }
        _ => token.region,
    }
}

/// The flat list: path of the folder → package.
fn read_flat(events: &mut Events<'_>, lock: &mut Lockfile) {
    while let Some((key, token)) = entry(events) {
        if token.event != Event::BeginObject {
            lock.error(key.region, "entry of a package is not an object");
            events.skip_value(&token);
            continue;
        }
        let path = &*key.text;
        // A path without `node_modules` is that of a manifest in the
        // repository: the root or a folder that is linked to.
        let (installed, manifest) = match path.rsplit_once("node_modules/") {
            Some((_, name)) => (name, false),
            None => (path.rsplit('/').next().unwrap_or(path), true),
        };
        let mut package = LockedPackage::new(installed, key.region);
        if manifest {
            package.source = PackageSource::Workspace;
        }
        while let Some((field, token)) = entry(events) {
            let group = if manifest { DependencyGroup::of_key(&field.text) } else { None };
            match (group, &token.event) {
                (Some(group), Event::BeginObject) => read_roots(events, path, group, lock),
                _ => read_field(&mut package, &field.text, token, events),
            }
        }
        if !manifest && *package.name != *installed {
            package.alias = Some(installed.into());
        }
        if !path.is_empty() {
            lock.packages.push(package);
        }
    }
}

/// A manifest's list of dependencies, up to its end.
pub(super) fn read_roots(
    events: &mut Events<'_>,
    importer: &str,
    group: DependencyGroup,
    lock: &mut Lockfile,
) {
    while let Some((key, token)) = entry(events) {
        if let Event::String(range) = &token.event {
            lock.roots.push(LockedRoot {
                importer: importer.into(),
                name: key.text.as_ref().into(),
                range: range.as_ref().into(),
                group,
                region: key.region,
            });
        } else {
            events.skip_value(&token);
        }
    }
}

/// Takes over one field that both forms share; passes over all others.
fn read_field(package: &mut LockedPackage, key: &str, token: Token<'_>, events: &mut Events<'_>) {
    let set = token.event == Event::Bool(true);
    match key {
        "dev" => package.dev |= set,
        "optional" => package.optional |= set,
        // Needed by development and optional packages alone.
        "devOptional" => {
            package.dev |= set;
            package.optional |= set;
        }
        "peer" => package.peer |= set,
        "inBundle" | "bundled" => package.bundled |= set,
        "hasInstallScript" => package.has_install_script |= set,
        "link" if set => package.source = PackageSource::Link,
        _ => {
            let Event::String(value) = &token.event else {
                events.skip_value(&token);
                return;
            };
            match key {
                "name" => package.name = value.as_ref().into(),
                "version" => package.version = value.as_ref().into(),
                "integrity" => package.integrity = Some((value.as_ref().into(), content(&token))),
                "resolved" => {
                    if package.source == PackageSource::Registry {
                        package.source = classify(value);
                    }
                    package.resolved = Some((value.as_ref().into(), content(&token)));
                }
                _ => {}
            }
        }
    }
}

/// The nested list: name → package, with packages of its own. The nesting is
/// bounded by the tokenizer.
fn read_nested(events: &mut Events<'_>, lock: &mut Lockfile) {
    // The packages whose objects are open; above each, its `dependencies`.
    let mut open: Vec<usize> = Vec::new();
    // Whether the innermost open object is a list of packages.
    let mut in_list = true;
    loop {
        let Some((key, token)) = entry(events) else {
            // The end of a list gives back its package, that of a package the
            // list it stands in.
            if in_list {
                if open.is_empty() {
                    return;
                }
                in_list = false;
            } else {
                open.pop();
                in_list = true;
            }
            continue;
        };
        let object = token.event == Event::BeginObject;
        if in_list {
            if object {
                open.push(lock.packages.len());
                lock.packages.push(LockedPackage::new(&key.text, key.region));
                in_list = false;
            } else {
                lock.error(key.region, "entry of a package is not an object");
                events.skip_value(&token);
            }
        } else if object && key.text == "dependencies" {
            in_list = true;
        } else if let Some(&index) = open.last() {
            if key.text == "version" {
                set_version(&mut lock.packages[index], &token);
                events.skip_value(&token);
            } else {
                read_field(&mut lock.packages[index], &key.text, token, events);
            }
        }
    }
}

/// Version 1 writes anything into `version`: a version, an alias, an address.
fn set_version(package: &mut LockedPackage, token: &Token<'_>) {
    let Event::String(value) = &token.event else { return };
    if let Some(alias) = value.strip_prefix("npm:") {
        let (name, version) = split_name(alias).unwrap_or((alias, ""));
        let installed = std::mem::replace(&mut package.name, name.into());
        package.version = version.into();
        package.alias = (installed != package.name).then_some(installed);
        return;
    }
    match classify(value) {
        PackageSource::Registry if http_host(value).is_none() => {
            package.version = value.as_ref().into();
        }
        source => {
            package.source = source;
            if let Some((_, version)) = super::registry_url_package(value) {
                package.version = version.into();
            }
            package.resolved = Some((value.as_ref().into(), content(token)));
        }
    }
}
