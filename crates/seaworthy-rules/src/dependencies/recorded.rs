//! What a lockfile holds of the manifests that it was made from, asked
//! dependency by dependency.

use std::collections::{HashMap, HashSet};

use seaworthy_analysis::Snapshot;
use seaworthy_formats::lockfile::{LockedRoot, Lockfile, LockfileKind};
use seaworthy_formats::package_json::{Dependency, DependencyGroup, PackageJson};

use super::managers::{in_directory, manifest};

/// How a dependency stands in the lockfile.
pub(super) enum Standing<'l> {
    /// As the manifest says, or not to be told.
    Agrees,
    /// The lockfile does not know it.
    Absent,
    /// The lockfile was made for another range.
    Differs(&'l LockedRoot),
}

/// The dependencies of a manifest: name → ranges.
pub(super) type Wanted<'m> = HashMap<&'m str, Vec<&'m str>>;

/// Indexes a manifest. A name may stand in several lists; of one that stands in
/// very many, only as many ranges are kept as there are lists.
pub(super) fn wanted(manifest: &PackageJson) -> Wanted<'_> {
    let mut wanted = Wanted::new();
    for dependency in &manifest.dependencies {
        let ranges = wanted.entry(&dependency.name).or_default();
        if ranges.len() < DependencyGroup::ALL.len() {
            ranges.push(&dependency.range);
        }
    }
    wanted
}

/// A lockfile, indexed for questions about manifests.
pub(super) struct Recorded<'l> {
    lock: &'l Lockfile,
    /// Importer → name → what is recorded. A name may stand in two lists.
    roots: HashMap<&'l str, HashMap<&'l str, Vec<&'l LockedRoot>>>,
    /// Names of packages, by which they are installed (npm 1, yarn 1).
    names: HashSet<&'l str>,
    /// `name@range` (yarn 1).
    descriptors: HashSet<&'l str>,
    /// Names of the workspace's own members, which yarn does not lock.
    members: HashSet<String>,
    /// Names whose ranges are replaced before they are recorded.
    overridden: HashSet<&'l str>,
    /// Whether ranges may be replaced by what we do not read: code that changes
    /// manifests, or yarn's resolutions.
    ranges_replaced: bool,
}

impl<'l> Recorded<'l> {
    pub(super) fn new(
        lock: &'l Lockfile,
        text: &'l str,
        directory: &str,
        members: HashSet<String>,
        snapshot: &Snapshot,
    ) -> Self {
        let mut roots: HashMap<&str, HashMap<&str, Vec<&LockedRoot>>> = HashMap::new();
        for root in &lock.roots {
            let names = roots.entry(&root.importer).or_default();
            let known = names.entry(&root.name).or_default();
            if known.len() < DependencyGroup::ALL.len() {
                known.push(root);
            }
        }
        let by_name = lock.roots.is_empty();
        let mut names = HashSet::new();
        let mut descriptors = HashSet::new();
        for package in lock.packages.iter().filter(|_| by_name) {
            names.insert(package.alias.as_deref().unwrap_or(&package.name));
            for descriptor in &package.descriptors {
                descriptors.insert(&**descriptor);
                if let Some((name, _)) = split(descriptor) {
                    names.insert(name);
                }
            }
        }
        let pnpm = lock.kind == LockfileKind::Pnpm;
        let yarn = matches!(lock.kind, LockfileKind::YarnClassic | LockfileKind::YarnBerry);
        let has = |name: &str| snapshot.contains(&in_directory(directory, name));
        let root = manifest(snapshot, directory).map(|(_, manifest)| manifest);
        let hooks = pnpm && (has(".pnpmfile.cjs") || has("pnpmfile.js") || has(".pnpmfile.mjs"));
        let resolutions = yarn && root.is_some_and(|root| root.resolutions.is_some());
        Self {
            lock,
            roots,
            names,
            descriptors,
            members,
            overridden: if pnpm { overridden(text) } else { HashSet::new() },
            ranges_replaced: hooks || resolutions || (pnpm && text.contains("\npnpmfileChecksum:")),
        }
    }

    /// Whether the lockfile records manifests at all; else it can only be asked
    /// for names.
    pub(super) fn has_roots(&self) -> bool {
        match self.lock.kind {
            LockfileKind::Npm | LockfileKind::NpmShrinkwrap => {
                self.lock.major().is_some_and(|major| major >= 2)
            }
            LockfileKind::YarnClassic | LockfileKind::Cargo => false,
            LockfileKind::YarnBerry | LockfileKind::Pnpm | LockfileKind::Bun => true,
        }
    }

    /// How a dependency of the manifest in the folder `importer` stands.
    pub(super) fn standing(
        &self,
        importer: &str,
        wanted: &Wanted<'_>,
        dependency: &Dependency,
    ) -> Standing<'l> {
        // Peers are installed, or not, by settings that we do not see.
        if dependency.group == DependencyGroup::Peer {
            return Standing::Agrees;
        }
        let range = dependency.range.trim();
        if !self.has_roots() {
            return self.by_name(wanted, dependency, range);
        }
        let recorded = self.roots.get(importer).and_then(|names| names.get(&*dependency.name));
        let Some(recorded) = recorded else {
            // pnpm leaves links out if told so; a hook may have removed it.
            let agrees = range.starts_with("link:")
                || (self.lock.kind == LockfileKind::Pnpm
                    && (self.ranges_replaced
                        || self.overridden.contains(&*dependency.name)
                        || dependency.group == DependencyGroup::Optional))
                || (self.lock.kind == LockfileKind::YarnBerry
                    && self.members.contains(&*dependency.name));
            return if agrees { Standing::Agrees } else { Standing::Absent };
        };
        // A name may stand in several lists of the manifest; managers differ in
        // which of them they record.
        let ranges = wanted.get(&*dependency.name).map_or(&[][..], Vec::as_slice);
        let same =
            recorded.iter().any(|root| ranges.iter().any(|range| same_range(&root.range, range)));
        let replaced = self.ranges_replaced || self.overridden.contains(&*dependency.name);
        // Yarn writes addresses in a form of its own.
        let unclear = self.lock.kind == LockfileKind::YarnBerry && !is_plain(range);
        if same || replaced || unclear { Standing::Agrees } else { Standing::Differs(recorded[0]) }
    }

    /// What the lockfile records of a manifest that no longer asks for it, where
    /// that stops an install.
    pub(super) fn left_over(&self, importer: &str, wanted: &Wanted<'_>) -> Vec<&'l LockedRoot> {
        let strict = matches!(
            self.lock.kind,
            LockfileKind::Pnpm | LockfileKind::Bun | LockfileKind::YarnBerry
        );
        if !strict || self.ranges_replaced {
            return Vec::new();
        }
        let mut left: Vec<&LockedRoot> = self
            .roots
            .get(importer)
            .into_iter()
            .flat_map(HashMap::values)
            .flatten()
            .filter(|root| root.group != DependencyGroup::Peer && !wanted.contains_key(&*root.name))
            .copied()
            .collect();
        left.sort_unstable_by_key(|root| root.region);
        left
    }

    /// Where the lockfile records no manifests: by what it installs.
    fn by_name(&self, wanted: &Wanted<'_>, dependency: &Dependency, range: &str) -> Standing<'l> {
        let name = &*dependency.name;
        let own = ["link:", "file:", "portal:", "workspace:"];
        if own.iter().any(|prefix| range.starts_with(prefix)) || self.members.contains(name) {
            return Standing::Agrees;
        }
        let yarn = self.lock.kind == LockfileKind::YarnClassic;
        // Of a name that stands in several lists, yarn takes one range.
        let ranges = wanted.get(name).map_or(&[][..], Vec::as_slice);
        let known = if yarn && ranges.iter().all(|range| is_plain(range)) && !self.ranges_replaced {
            ranges.iter().any(|range| self.answers(name, range.trim()))
        } else {
            self.names.contains(name)
        };
        // npm 6 leaves out optional packages that it could not install.
        let optional = dependency.group == DependencyGroup::Optional && !yarn;
        if known || optional { Standing::Agrees } else { Standing::Absent }
    }

    /// Whether an entry of yarn 1 answers the range.
    fn answers(&self, name: &str, range: &str) -> bool {
        let has = |range: &str| self.descriptors.contains(format!("{name}@{range}").as_str());
        if matches!(range, "" | "*") { has("*") || has("") } else { has(range) }
    }
}

/// Whether the lockfile's range is the manifest's.
fn same_range(locked: &str, wanted: &str) -> bool {
    let any = |range: &str| matches!(range, "" | "*");
    let (locked, wanted) = (locked.trim(), wanted.trim());
    let bare = wanted.strip_prefix("npm:").filter(|rest| split(rest).is_none());
    locked == wanted || bare == Some(locked) || (any(locked) && any(wanted))
}

/// Whether a range is versions or a tag, which all managers keep as written.
pub(super) fn is_plain(range: &str) -> bool {
    !range.contains([':', '/', '#'])
}

/// Divides `name@rest`, minding a scope.
fn split(text: &str) -> Option<(&str, &str)> {
    let (at, _) = text.char_indices().skip(1).find(|&(_, c)| c == '@')?;
    Some((&text[..at], &text[at + 1..]))
}

/// The names that pnpm's lockfile says are overridden or left out:
/// `foo`, `foo@1`, `parent>foo` below `overrides:`.
fn overridden(text: &str) -> HashSet<&str> {
    let mut names = HashSet::new();
    let mut inside = false;
    for line in text.lines() {
        if !line.starts_with(' ') && !line.is_empty() {
            inside = matches!(line.trim_end(), "overrides:" | "ignoredOptionalDependencies:");
            if line.starts_with("packages:") {
                break;
            }
            continue;
        }
        if !inside {
            continue;
        }
        let line = line.trim().trim_start_matches("- ");
        let key = match line.strip_prefix(['\'', '"']) {
            Some(rest) => rest.split(['\'', '"']).next().unwrap_or(rest),
            None => line.split(": ").next().unwrap_or(line).trim_end_matches(':'),
        };
        let name = key.rsplit('>').next().unwrap_or(key);
        names.insert(split(name).map_or(name, |(name, _)| name));
    }
    names
}
