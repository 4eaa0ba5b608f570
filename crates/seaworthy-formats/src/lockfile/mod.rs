//! Lockfiles of npm, yarn, pnpm, bun and Cargo as one model: which packages
//! are installed, from where, and how each is known to be whole.
//!
//! Lockfiles are megabytes long, so no reader builds a tree: each goes over the
//! text once and keeps the packages alone. Whatever is broken is an error with
//! a region, and the rest is read.

mod bun;
mod cargo;
mod lines;
mod npm;
mod pnpm;
mod pnpm_keys;
pub mod registries;
mod source;
mod yarn;

use std::fmt;

use seaworthy_model::Region;
use seaworthy_syntax::SyntaxError;

pub use source::{registry_url_package, url_host};

use crate::package_json::DependencyGroup;

/// Which program wrote a lockfile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockfileKind {
    /// `package-lock.json`
    Npm,
    /// `npm-shrinkwrap.json`, of the same form; it wins over the other.
    NpmShrinkwrap,
    /// `yarn.lock` of yarn 1.
    YarnClassic,
    /// `yarn.lock` of yarn 2 and later.
    YarnBerry,
    /// `pnpm-lock.yaml`
    Pnpm,
    /// `bun.lock`
    Bun,
    /// `Cargo.lock`
    Cargo,
}

impl LockfileKind {
    /// The kind by the name of the file. `yarn.lock` is taken for yarn 1 until
    /// it is read.
    #[must_use]
    pub fn recognise(file_name: &str) -> Option<Self> {
        Some(match file_name {
            "package-lock.json" => LockfileKind::Npm,
            "npm-shrinkwrap.json" => LockfileKind::NpmShrinkwrap,
            "yarn.lock" => LockfileKind::YarnClassic,
            "pnpm-lock.yaml" => LockfileKind::Pnpm,
            "bun.lock" => LockfileKind::Bun,
            "Cargo.lock" => LockfileKind::Cargo,
            _ => return None,
        })
    }

    /// The package manager that installs from it.
    #[must_use]
    pub const fn manager(self) -> &'static str {
        match self {
            LockfileKind::Npm | LockfileKind::NpmShrinkwrap => "npm",
            LockfileKind::YarnClassic | LockfileKind::YarnBerry => "yarn",
            LockfileKind::Pnpm => "pnpm",
            LockfileKind::Bun => "bun",
            LockfileKind::Cargo => "cargo",
        }
    }
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageSource {
    /// A package registry.
    Registry,
    /// A git repository, or the archive of a commit that a git host makes.
    Git {
        /// The commit in hex, whole or shortened; `None` when the lock names a
        /// branch or tag, or nothing.
        commit: Option<Box<str>>,
    },
    /// An archive at an address that is not a registry's.
    Url,
    /// A file or folder that is copied.
    File,
    /// A folder that is linked to.
    Link,
    /// A member of the same workspace, or (Cargo) any package by path.
    Workspace,
}

/// A package that the lock installs.
#[derive(Clone, PartialEq, Eq)]
pub struct LockedPackage {
    /// The name in its registry.
    pub name: Box<str>,
    /// The version; empty when the lock gives none, as for some git sources.
    pub version: Box<str>,
    /// The name it is installed under, when that is another.
    pub alias: Option<Box<str>>,
    /// The key of the entry, quotes included.
    pub region: Region,
    /// The address it is fetched from as written, and its place without quotes.
    /// May hold credentials.
    pub resolved: Option<(Box<str>, Region)>,
    /// The hash as written, and its place without quotes. Of old files of yarn
    /// 1 the SHA-1 in hex that ends the address.
    pub integrity: Option<(Box<str>, Region)>,
    /// Where it comes from.
    pub source: PackageSource,
    /// Needed for development alone. Recorded by npm and pnpm up to 8.
    pub dev: bool,
    /// May fail to install. Recorded by npm and pnpm.
    pub optional: bool,
    /// Needed as a peer alone. Recorded by npm 7 and later.
    pub peer: bool,
    /// Inside the archive of another package, so without a source of its own.
    pub bundled: bool,
    /// Runs a script when installed. Recorded by npm 7 and later and by pnpm up
    /// to 8; false elsewhere means nothing.
    pub has_install_script: bool,
    /// What was asked for and is answered by this entry: yarn's
    /// `lodash@^4.17.0`. Empty for others.
    pub descriptors: Vec<Box<str>>,
}

impl LockedPackage {
    fn new(name: &str, region: Region) -> Self {
        Self {
            name: name.into(),
            version: "".into(),
            alias: None,
            region,
            resolved: None,
            integrity: None,
            source: PackageSource::Registry,
            dev: false,
            optional: false,
            peer: false,
            bundled: false,
            has_install_script: false,
            descriptors: Vec::new(),
        }
    }
}

/// Leaves out addresses, which may hold credentials.
impl fmt::Debug for LockedPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "LockedPackage({}@{} {:?} at {:?})",
            self.name, self.version, self.source, self.region
        )
    }
}

/// A dependency of a manifest as the lock recorded it.
#[derive(Clone, PartialEq, Eq)]
pub struct LockedRoot {
    /// The folder of the manifest, relative to the lockfile; empty for its own.
    pub importer: Box<str>,
    /// The dependency's name in the manifest.
    pub name: Box<str>,
    /// The range in the manifest. Of yarn 2 and later without its default
    /// `npm:`. May hold credentials.
    pub range: Box<str>,
    /// The list it stands in. Yarn 2 and later does not record it:
    /// `Production`.
    pub group: DependencyGroup,
    /// The name in the lock, quotes included.
    pub region: Region,
}

/// Leaves out the range, which may hold credentials.
impl fmt::Debug for LockedRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LockedRoot({:?} {} {:?})", self.importer, self.name, self.group)
    }
}

/// A lockfile as read.
#[derive(Clone, Debug)]
pub struct Lockfile {
    /// Which program wrote it.
    pub kind: LockfileKind,
    /// The version of its form as written.
    pub version: Option<String>,
    /// Where the version is written.
    pub version_region: Option<Region>,
    /// The packages, in the order of the text.
    pub packages: Vec<LockedPackage>,
    /// What the lock records of the manifests it was made from. Nothing in
    /// npm's first version, yarn 1 and Cargo.
    pub roots: Vec<LockedRoot>,
    /// Where the text is broken.
    pub errors: Vec<SyntaxError>,
    /// Whether it was a lockfile at all; if not, nothing is known.
    pub readable: bool,
}

/// How many errors are kept of one lockfile.
const ERROR_LIMIT: usize = 200;

impl Lockfile {
    /// Reads a lockfile.
    #[must_use]
    pub fn read(kind: LockfileKind, text: &str) -> Self {
        let lock = match kind {
            LockfileKind::Npm | LockfileKind::NpmShrinkwrap => npm::read(kind, text),
            LockfileKind::YarnClassic | LockfileKind::YarnBerry => yarn::read(text),
            LockfileKind::Pnpm => pnpm::read(text),
            LockfileKind::Bun => bun::read(text),
            LockfileKind::Cargo => cargo::read(text),
        };
        let mut lock = lock;
        lock.errors.sort_by_key(|error| error.region);
        lock.packages.shrink_to_fit();
        lock
    }

    /// The leading number of the version.
    #[must_use]
    pub fn major(&self) -> Option<u32> {
        self.version.as_deref()?.split('.').next()?.parse().ok()
    }

    fn new(kind: LockfileKind) -> Self {
        Self {
            kind,
            version: None,
            version_region: None,
            packages: Vec::new(),
            roots: Vec::new(),
            errors: Vec::new(),
            readable: false,
        }
    }

    fn error(&mut self, region: Region, message: &str) {
        if self.errors.len() < ERROR_LIMIT {
            self.errors.push(SyntaxError { region, message: message.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests;
