//! `pnpm-lock.yaml`, versions 5 to 9, read line by line: its YAML is regular,
//! and a file has tens of thousands of lines.

use std::collections::HashMap;

use seaworthy_model::Region;

use super::lines::{self, Line, Scalar};
use super::pnpm_keys;
use super::source::classify;
use super::{LockedPackage, LockedRoot, Lockfile, LockfileKind, PackageSource};
use crate::package_json::DependencyGroup;

/// The part of the file that a line stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Other,
    /// Lists of the only manifest, at the top.
    Manifest,
    Importers,
    Packages,
    Snapshots,
}

/// A list of a manifest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    None,
    /// Versions up to 5 keep the ranges apart: name → range.
    Specifiers,
    Group(DependencyGroup),
}

struct Reader<'a> {
    part: Part,
    known: bool,
    /// The folder of the manifest being read.
    importer: Box<str>,
    list: List,
    /// Name → position in `roots`, of the manifest being read.
    specified: HashMap<Box<str>, usize>,
    /// Name → list, where the ranges come after the lists, as in the oldest
    /// files.
    grouped: HashMap<Box<str>, DependencyGroup>,
    /// The dependency whose `specifier` follows.
    dependency: Option<Scalar<'a>>,
    /// Whether the lines belong to the last package.
    in_package: bool,
    in_resolution: bool,
    /// Key without peers → package, for `snapshots`.
    by_key: HashMap<&'a str, usize>,
    snapshot: Option<usize>,
}

pub(super) fn read(text: &str) -> Lockfile {
    let mut lock = Lockfile::new(LockfileKind::Pnpm);
    let mut reader = Reader {
        part: Part::Other,
        known: false,
        importer: "".into(),
        list: List::None,
        specified: HashMap::new(),
        grouped: HashMap::new(),
        dependency: None,
        in_package: false,
        in_resolution: false,
        by_key: HashMap::new(),
        snapshot: None,
    };
    lines::each(text, &mut lock, |line, lock| reader.line(line, lock));
    lock.readable = reader.known || lock.errors.is_empty();
    for package in &mut lock.packages {
        // Held until the entry's own name was known.
        if package.version.is_empty() && package.source == PackageSource::Registry {
            package.source =
                package.resolved.as_ref().map_or(PackageSource::Registry, |r| classify(&r.0));
        }
    }
    lock
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: Line<'a>, lock: &mut Lockfile) {
        if matches!(line.text, "---" | "...") && line.indent == 0 {
            return;
        }
        // Very long keys are written `? key`, and a colon on the next line.
        let explicit = line.text.strip_prefix("? ");
        let entry = match explicit {
            Some(key) => {
                let start = line.start + 2;
                Some((lines::value(key, start), "", start + key.len()))
            }
            None if line.text == ":" => return,
            None => lines::key_value(line),
        };
        let Some((key, value, start)) = entry else {
            let region = Region::new(line.start, line.start + line.text.len());
            // Items of lists and folded texts are nothing to us.
            if line.indent == 0 {
                lock.error(region, "neither a key nor an item");
                self.part = Part::Other;
            }
            return;
        };
        if line.indent == 0 {
            self.section(&key, value, start, lock);
            return;
        }
        match self.part {
            Part::Other => {}
            Part::Manifest => self.manifest_line(line.indent, key, value, start, lock),
            Part::Importers if line.indent == 2 => {
                self.importer = if key.text == "." { "" } else { &*key.text }.into();
                self.list = List::None;
                self.specified.clear();
                self.grouped.clear();
            }
            Part::Importers if line.indent == 4 => self.list = list_of(&key.text),
            Part::Importers => {
                self.manifest_line(line.indent.saturating_sub(4), key, value, start, lock)
            }
            Part::Packages => self.package_line(line, key, value, start, lock),
            Part::Snapshots if line.indent == 2 => {
                let base = key.content;
                let text = line.text.get(base.start - line.start..base.end - line.start);
                let text = text.unwrap_or("");
                let base = text.find('(').map_or(text, |at| &text[..at]);
                self.snapshot = self.by_key.get(base).copied();
            }
            Part::Snapshots => {
                if line.indent == 4
                    && key.text == "optional"
                    && value == "true"
                    && let Some(package) = self.snapshot.and_then(|i| lock.packages.get_mut(i))
                {
                    package.optional = true;
                }
            }
        }
    }

    /// A key at the beginning of a line.
    fn section(&mut self, key: &Scalar<'_>, value: &str, start: usize, lock: &mut Lockfile) {
        self.in_package = false;
        self.snapshot = None;
        self.list = list_of(&key.text);
        self.part = match &*key.text {
            "importers" => Part::Importers,
            "packages" => Part::Packages,
            "snapshots" => Part::Snapshots,
            _ if self.list != List::None => {
                self.importer = "".into();
                Part::Manifest
            }
            _ => Part::Other,
        };
        self.known |= self.part != Part::Other;
        if matches!(&*key.text, "lockfileVersion" | "shrinkwrapVersion") {
            let value = lines::value(value, start);
            lock.version = Some(value.text.into_owned());
            lock.version_region = Some(value.region);
            self.known = true;
        }
    }

    /// A line of a manifest's list; the names are indented by 2.
    fn manifest_line(
        &mut self,
        indent: usize,
        key: Scalar<'a>,
        value: &str,
        start: usize,
        lock: &mut Lockfile,
    ) {
        let range = || lines::value(value, start).text;
        match self.list {
            List::None => {}
            List::Specifiers => {
                if indent == 2 {
                    self.specified.insert(key.text.as_ref().into(), lock.roots.len());
                    let group = self.grouped.get(&*key.text).copied();
                    self.root(&key, &range(), group.unwrap_or(DependencyGroup::Production), lock);
                }
            }
            List::Group(group) => {
                if indent == 2 {
                    if let Some(&index) = self.specified.get(&*key.text) {
                        lock.roots[index].group = group;
                    } else if !value.is_empty() {
                        self.grouped.insert(key.text.as_ref().into(), group);
                    }
                    self.dependency = Some(key);
                } else if indent == 4
                    && key.text == "specifier"
                    && let Some(name) = self.dependency.take()
                {
                    self.root(&name, &range(), group, lock);
                }
            }
        }
    }

    fn root(&self, name: &Scalar<'_>, range: &str, group: DependencyGroup, lock: &mut Lockfile) {
        lock.roots.push(LockedRoot {
            importer: self.importer.clone(),
            name: name.text.as_ref().into(),
            range: range.into(),
            group,
            region: name.region,
        });
    }

    fn package_line(
        &mut self,
        line: Line<'a>,
        key: Scalar<'a>,
        value: &'a str,
        start: usize,
        lock: &mut Lockfile,
    ) {
        if line.indent == 2 {
            self.package(line, &key, lock);
            return;
        }
        let Some(package) = lock.packages.last_mut().filter(|_| self.in_package) else { return };
        if line.indent == 4 {
            self.in_resolution = key.text == "resolution";
            if self.in_resolution {
                for (key, value) in lines::flow_entries(value, start) {
                    resolution(package, &key.text, &value);
                }
                return;
            }
            let set = value == "true";
            match &*key.text {
                "dev" => package.dev = set,
                "optional" => package.optional = set,
                "requiresBuild" => package.has_install_script = set,
                "name" => package.name = lines::value(value, start).text.as_ref().into(),
                "version" => package.version = lines::value(value, start).text.as_ref().into(),
                _ => {}
            }
        } else if self.in_resolution && line.indent == 6 {
            resolution(package, &key.text, &lines::value(value, start));
        }
    }

    /// The key of a package.
    fn package(&mut self, line: Line<'a>, key: &Scalar<'a>, lock: &mut Lockfile) {
        self.in_resolution = false;
        let Some(parsed) = pnpm_keys::parse(&key.text) else {
            self.in_package = false;
            lock.error(key.region, "key does not name a package");
            return;
        };
        let mut package = LockedPackage::new(parsed.name, key.region);
        package.version = parsed.version.into();
        package.source = parsed.source;
        if let Some(address) = parsed.address {
            let end = key.content.end;
            let place = Region::new(end.saturating_sub(address.len()).max(key.content.start), end);
            package.resolved = Some((address.into(), place));
        }
        self.in_package = true;
        let content = key.content;
        if let Some(text) = line.text.get(content.start - line.start..content.end - line.start) {
            self.by_key.insert(text, lock.packages.len());
        }
        lock.packages.push(package);
    }
}

fn list_of(key: &str) -> List {
    if key == "specifiers" {
        return List::Specifiers;
    }
    DependencyGroup::of_key(key).map_or(List::None, List::Group)
}

/// One field of a package's `resolution`.
fn resolution(package: &mut LockedPackage, key: &str, value: &Scalar<'_>) {
    let text = &*value.text;
    let held = || Some((text.into(), value.content));
    match key {
        "integrity" => package.integrity = held(),
        "tarball" => {
            package.resolved = held();
            package.source = classify(text);
        }
        "commit" => package.source = PackageSource::Git { commit: Some(text.into()) },
        "repo" => {
            package.resolved = held();
            if !matches!(package.source, PackageSource::Git { .. }) {
                package.source = PackageSource::Git { commit: None };
            }
        }
        "directory" => {
            package.resolved = held();
            package.source = PackageSource::File;
        }
        _ => {}
    }
}
