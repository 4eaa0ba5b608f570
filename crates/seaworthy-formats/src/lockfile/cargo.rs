//! `Cargo.lock`, read line by line: its TOML is regular.

use std::collections::HashMap;

use seaworthy_model::Region;

use super::lines::{self, Line};
use super::{LockedPackage, Lockfile, LockfileKind, PackageSource};

/// Name and version → package.
type ByName = HashMap<(Box<str>, Box<str>), usize>;

/// The part of the file that a line stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Top,
    Package,
    Metadata,
    /// A table or list that says nothing of packages.
    Other,
    /// A list in a package.
    List,
}

pub(super) fn read(text: &str) -> Lockfile {
    let mut lock = Lockfile::new(LockfileKind::Cargo);
    let mut part = Part::Top;
    let mut known = text.trim().is_empty();
    // For the hashes of the first version, which stand at the end.
    let mut by_name: Option<ByName> = None;
    lines::each(text, &mut lock, |line, lock| {
        let region = Region::new(line.start, line.start + line.text.len());
        if part == Part::List {
            if line.text.starts_with(']') {
                part = Part::Package;
                return;
            }
            if !line.text.starts_with('[') {
                return;
            }
            lock.error(region, "list is not closed");
        }
        if line.text.starts_with('[') {
            part = match line.text {
                // The root's own entry had a table of its own once.
                "[[package]]" | "[root]" => {
                    lock.packages.push(LockedPackage::new("", region));
                    Part::Package
                }
                "[metadata]" => Part::Metadata,
                text => {
                    if !is_table(text) {
                        lock.error(region, "neither a table nor a key with a value");
                    }
                    Part::Other
                }
            };
            known |= part != Part::Other;
            return;
        }
        let Some((key, value, start)) = assignment(line) else {
            if part != Part::Other {
                lock.error(region, "neither a table nor a key with a value");
            }
            return;
        };
        if part == Part::Package && value.starts_with('[') {
            if !value.ends_with(']') {
                part = Part::List;
            }
            return;
        }
        let value = lines::value(value, start);
        match part {
            Part::Top if key.text == "version" => {
                lock.version = Some(value.text.into_owned());
                lock.version_region = Some(value.region);
                known = true;
            }
            Part::Package => {
                let Some(package) = lock.packages.last_mut() else { return };
                match &*key.text {
                    "name" => {
                        package.name = value.text.as_ref().into();
                        package.region = value.region;
                    }
                    "version" => package.version = value.text.as_ref().into(),
                    "source" => {
                        package.source = source_of(&value.text);
                        package.resolved = Some((value.text.as_ref().into(), value.content));
                    }
                    "checksum" => {
                        package.integrity = Some((value.text.as_ref().into(), value.content));
                    }
                    _ => {}
                }
            }
            Part::Metadata => {
                // "checksum NAME VERSION (SOURCE)" = "HASH"
                let mut words = key.text.split(' ');
                let (Some("checksum"), Some(name), Some(version)) =
                    (words.next(), words.next(), words.next())
                else {
                    return;
                };
                let packages = &lock.packages;
                let by_name = by_name.get_or_insert_with(|| {
                    let of = |p: &LockedPackage| (p.name.clone(), p.version.clone());
                    packages.iter().enumerate().map(|(i, p)| (of(p), i)).collect()
                });
                if let Some(&index) = by_name.get(&(name.into(), version.into()))
                    && &*value.text != "<none>"
                {
                    lock.packages[index].integrity =
                        Some((value.text.as_ref().into(), value.content));
                }
            }
            _ => {}
        }
    });
    lock.packages.retain_mut(|package| {
        // Without a source it lies in the repository or beside it.
        if package.resolved.is_none() {
            package.source = PackageSource::Workspace;
        }
        !package.name.is_empty()
    });
    lock.readable = known || lock.errors.is_empty();
    lock
}

/// Whether the line is the head of a table: a dotted key in brackets.
fn is_table(text: &str) -> bool {
    let inner = text.trim_matches(['[', ']']);
    text.ends_with(']')
        && !inner.is_empty()
        && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.\"'".contains(&b))
}

/// Divides `key = value`.
fn assignment<'a>(line: Line<'a>) -> Option<(lines::Scalar<'a>, &'a str, usize)> {
    let (key, rest) =
        lines::scalar(line.text, line.start, |text| text.find('=').unwrap_or(text.len()));
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    Some((key, value, line.start + line.text.len() - value.len()))
}

fn source_of(source: &str) -> PackageSource {
    if let Some(git) = source.strip_prefix("git+") {
        let commit = git.rsplit_once('#').map(|(_, commit)| commit);
        PackageSource::Git { commit: commit.filter(|c| !c.is_empty()).map(Into::into) }
    } else if source.starts_with("registry+") || source.starts_with("sparse+") {
        PackageSource::Registry
    } else {
        super::source::classify(source)
    }
}
