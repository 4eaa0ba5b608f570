//! `package.json` and its neighbours: `pnpm-workspace.yaml` and the registries
//! of `.npmrc`.

mod npmrc;
mod workspace;

use std::fmt;

use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, Tree};

pub use npmrc::{NpmrcRegistry, npmrc_registries};
pub use workspace::{PnpmWorkspace, workspace_matches};

/// The lists of dependencies that a manifest has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencyGroup {
    /// `dependencies`
    Production,
    /// `devDependencies`
    Development,
    /// `optionalDependencies`
    Optional,
    /// `peerDependencies`
    Peer,
}

impl DependencyGroup {
    /// All groups, in the order in which they are read.
    pub const ALL: [DependencyGroup; 4] = [
        DependencyGroup::Production,
        DependencyGroup::Development,
        DependencyGroup::Optional,
        DependencyGroup::Peer,
    ];

    /// The key of the list in a manifest.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            DependencyGroup::Production => "dependencies",
            DependencyGroup::Development => "devDependencies",
            DependencyGroup::Optional => "optionalDependencies",
            DependencyGroup::Peer => "peerDependencies",
        }
    }

    /// The group whose list has this key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.key() == key)
    }
}

/// A text with the place of its content, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The text.
    pub text: Box<str>,
    /// Where it is written.
    pub region: Region,
}

impl Field {
    fn of(node: NodeRef<'_>) -> Option<Self> {
        let text = node.as_str()?.into();
        Some(Self { text, region: node.content_region() })
    }
}

/// A dependency of a manifest.
#[derive(Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The name it is installed under.
    pub name: Box<str>,
    /// The key, quotes included.
    pub name_region: Region,
    /// The range, tag or address that is asked for. May hold credentials.
    pub range: Box<str>,
    /// The range, without quotes.
    pub range_region: Region,
    /// The list it stands in.
    pub group: DependencyGroup,
}

/// Leaves out the range, which may hold credentials.
impl fmt::Debug for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dependency({} {:?} at {:?})", self.name, self.group, self.name_region)
    }
}

/// A script of a manifest.
#[derive(Clone, PartialEq, Eq)]
pub struct Script {
    /// The name.
    pub name: Box<str>,
    /// The key, quotes included.
    pub name_region: Region,
    /// The command. May hold anything.
    pub text: Box<str>,
    /// The command, without quotes.
    pub region: Region,
}

/// Leaves out the command, which may hold a secret.
impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Script({} at {:?})", self.name, self.region)
    }
}

/// The manifest of a package.
#[derive(Clone, Debug, Default)]
pub struct PackageJson {
    /// `name`
    pub name: Option<Field>,
    /// `version`
    pub version: Option<Field>,
    /// Whether `private` is true.
    pub private: bool,
    /// `packageManager`, as `pnpm@9.1.0` with or without a hash.
    pub package_manager: Option<Field>,
    /// The patterns of `workspaces`, or of `packages` in it. `None` when it has
    /// no such field.
    pub workspaces: Option<Vec<Field>>,
    /// `scripts`
    pub scripts: Vec<Script>,
    /// `engines`: program and range.
    pub engines: Vec<(Box<str>, Field)>,
    /// All dependencies, group after group, each in its written order.
    pub dependencies: Vec<Dependency>,
    /// The key of `overrides` (npm, bun), if it is there.
    pub overrides: Option<Region>,
    /// The key of `resolutions` (yarn), if it is there.
    pub resolutions: Option<Region>,
    /// The names in `bundledDependencies` or `bundleDependencies`; all of
    /// `dependencies` when that is `true`.
    pub bundled_dependencies: Vec<Box<str>>,
}

impl PackageJson {
    /// Reads a manifest. What is of the wrong type counts as absent.
    #[must_use]
    pub fn read(tree: &Tree) -> Self {
        let root = tree.root();
        let field = |key: &str| root.get(key).and_then(Field::of);
        let mut manifest = Self {
            name: field("name"),
            version: field("version"),
            private: root.get("private").and_then(NodeRef::as_bool) == Some(true),
            package_manager: field("packageManager"),
            workspaces: root.get("workspaces").map(workspaces),
            overrides: root.entry("overrides").map(|entry| entry.key.region()),
            resolutions: root.entry("resolutions").map(|entry| entry.key.region()),
            ..Self::default()
        };
        if let Some(scripts) = root.get("scripts") {
            for entry in scripts.entries() {
                if let (Some(name), Some(value)) = (entry.key.as_str(), Field::of(entry.value)) {
                    manifest.scripts.push(Script {
                        name: name.into(),
                        name_region: entry.key.region(),
                        text: value.text,
                        region: value.region,
                    });
                }
            }
        }
        if let Some(engines) = root.get("engines") {
            for entry in engines.entries() {
                if let (Some(name), Some(range)) = (entry.key.as_str(), Field::of(entry.value)) {
                    manifest.engines.push((name.into(), range));
                }
            }
        }
        for group in DependencyGroup::ALL {
            let Some(list) = root.get(group.key()) else { continue };
            for entry in list.entries() {
                if let (Some(name), Some(range)) = (entry.key.as_str(), Field::of(entry.value)) {
                    manifest.dependencies.push(Dependency {
                        name: name.into(),
                        name_region: entry.key.region(),
                        range: range.text,
                        range_region: range.region,
                        group,
                    });
                }
            }
        }
        let bundled = root.get("bundledDependencies").or_else(|| root.get("bundleDependencies"));
        if let Some(bundled) = bundled {
            manifest.bundled_dependencies = if bundled.as_bool() == Some(true) {
                manifest.in_group(DependencyGroup::Production).map(|d| d.name.clone()).collect()
            } else {
                bundled.items().filter_map(|item| item.as_str().map(Into::into)).collect()
            };
        }
        manifest
    }

    /// The dependencies of one group.
    pub fn in_group(&self, group: DependencyGroup) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(move |dependency| dependency.group == group)
    }

    /// The dependency of this name; of several groups the first.
    #[must_use]
    pub fn dependency(&self, name: &str) -> Option<&Dependency> {
        self.dependencies.iter().find(|dependency| &*dependency.name == name)
    }

    /// The range of an engine, for instance `node`.
    #[must_use]
    pub fn engine(&self, name: &str) -> Option<&Field> {
        self.engines.iter().find(|(engine, _)| &**engine == name).map(|(_, range)| range)
    }

    /// The script of this name.
    #[must_use]
    pub fn script(&self, name: &str) -> Option<&Script> {
        self.scripts.iter().find(|script| &*script.name == name)
    }
}

/// An array of patterns, or yarn's object with one in `packages`.
fn workspaces(node: NodeRef<'_>) -> Vec<Field> {
    let list = if node.is_mapping() { node.get("packages") } else { Some(node) };
    list.into_iter().flat_map(NodeRef::items).filter_map(Field::of).collect()
}

#[cfg(test)]
mod tests;
