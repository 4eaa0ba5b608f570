//! Which package a path belongs to.

use std::collections::HashMap;

use seaworthy_formats::package_json::{Field, workspace_matches};
use seaworthy_model::ArtifactPath;

use crate::document::{Document, DocumentKind};
use crate::roles::Role;
use crate::snapshot::Snapshot;

/// A directory with a `package.json`.
#[derive(Clone, Debug)]
pub struct Package {
    /// The directory, `""` for the root.
    pub directory: String,
    /// Its `package.json`.
    pub manifest: ArtifactPath,
    /// What the manifest is for by its path: tests and examples are packages
    /// too, but nobody ships them.
    pub role: Role,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The directory of the workspace root that counts it as a member.
    pub workspace_root: Option<String>,
    /// Whether it declares workspace members itself.
    pub is_workspace_root: bool,
}

/// All packages.
#[derive(Debug, Default)]
pub struct Packages {
    packages: Vec<Package>,
}

impl Packages {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let mut packages = Vec::new();
        // Directory → patterns of the members, for every workspace root.
        let mut roots: HashMap<String, Vec<String>> = HashMap::new();
        for artifact in snapshot.of_kind(DocumentKind::PackageJson) {
            let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) else {
                continue;
            };
            let directory = artifact.path().parent().to_owned();
            if let Some(patterns) = &manifest.workspaces {
                roots.entry(directory.clone()).or_default().extend(texts(patterns));
            }
            packages.push(Package {
                directory,
                manifest: artifact.path().clone(),
                role: snapshot.role(artifact).role,
                name: manifest.name.as_ref().map(|name| name.text.to_string()),
                workspace_root: None,
                is_workspace_root: false,
            });
        }
        for artifact in snapshot.of_kind(DocumentKind::PnpmWorkspace) {
            if let Some(Document::PnpmWorkspace(workspace)) = snapshot.document(artifact) {
                let patterns = workspace.packages.as_deref().unwrap_or_default();
                let directory = artifact.path().parent().to_owned();
                roots.entry(directory).or_default().extend(texts(patterns));
            }
        }
        for package in &mut packages {
            package.is_workspace_root = roots.contains_key(&package.directory);
            package.workspace_root = above(&package.directory)
                .find(|&root| {
                    roots.get(root).is_some_and(|patterns| {
                        let relative = below(&package.directory, root).unwrap_or_default();
                        workspace_matches(patterns.iter().map(String::as_str), relative)
                    })
                })
                .map(ToOwned::to_owned);
        }
        packages.sort_by(|a: &Package, b| a.directory.cmp(&b.directory));
        Self { packages }
    }

    /// All packages, sorted by directory.
    #[must_use]
    pub fn all(&self) -> &[Package] {
        &self.packages
    }

    /// The package that a path belongs to: the nearest one above it.
    #[must_use]
    pub fn of_path(&self, path: &str) -> Option<&Package> {
        above(path).find_map(|directory| self.in_directory(directory))
    }

    /// The package whose manifest stands in this very directory.
    #[must_use]
    pub fn in_directory(&self, directory: &str) -> Option<&Package> {
        self.packages
            .binary_search_by(|package| package.directory.as_str().cmp(directory))
            .ok()
            .map(|index| &self.packages[index])
    }
}

fn texts(fields: &[Field]) -> impl Iterator<Item = String> + '_ {
    fields.iter().map(|field| field.text.to_string())
}

/// The directories above one, the nearest first, the root (`""`) last.
fn above(directory: &str) -> impl Iterator<Item = &str> {
    let parent = |path: &'_ str| -> Option<usize> {
        if path.is_empty() { None } else { Some(path.rfind('/').unwrap_or(0)) }
    };
    let mut rest = directory;
    std::iter::from_fn(move || {
        rest = &rest[..parent(rest)?];
        Some(rest)
    })
}

/// The path of `directory` relative to `root`, if it lies in it.
pub(crate) fn below<'a>(directory: &'a str, root: &str) -> Option<&'a str> {
    if root.is_empty() {
        return Some(directory);
    }
    let rest = directory.strip_prefix(root)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::snapshot;

    fn packages(files: &[(&str, &'static str)]) -> Packages {
        Packages::new(&snapshot(files))
    }

    fn root_of<'p>(packages: &'p Packages, directory: &str) -> Option<&'p str> {
        packages.in_directory(directory).expect("a package").workspace_root.as_deref()
    }

    #[test]
    fn members_belong_to_the_root_whose_patterns_name_them() {
        let packages = packages(&[
            ("package.json", r#"{"workspaces": ["apps/*", "!apps/old"]}"#),
            ("apps/web/package.json", r#"{"name": "web"}"#),
            ("apps/old/package.json", "{}"),
            ("tools/package.json", "{}"),
        ]);
        assert_eq!(root_of(&packages, "apps/web"), Some(""));
        assert_eq!(root_of(&packages, "apps/old"), None);
        assert_eq!(root_of(&packages, "tools"), None);
        assert_eq!(root_of(&packages, ""), None);
        assert!(packages.in_directory("").expect("the root").is_workspace_root);
        let web = packages.in_directory("apps/web").expect("a package");
        assert_eq!(web.name.as_deref(), Some("web"));
        assert!(!web.is_workspace_root);
    }

    #[test]
    fn the_nearest_root_that_names_a_member_has_it() {
        let packages = packages(&[
            ("package.json", r#"{"workspaces": ["**"]}"#),
            ("sub/package.json", "{}"),
            ("sub/pnpm-workspace.yaml", "packages: ['packages/*']\n"),
            ("sub/packages/a/package.json", "{}"),
            ("sub/other/package.json", "{}"),
        ]);
        assert_eq!(root_of(&packages, "sub/packages/a"), Some("sub"));
        assert_eq!(root_of(&packages, "sub/other"), Some(""));
        assert_eq!(root_of(&packages, "sub"), Some(""));
        assert!(packages.in_directory("sub").expect("a package").is_workspace_root);
    }

    #[test]
    fn a_path_belongs_to_the_nearest_manifest_above_it() {
        let packages = packages(&[
            ("package.json", "{}"),
            ("web/package.json", "{}"),
            ("examples/basic/package.json", "{}"),
        ]);
        let of = |path: &str| packages.of_path(path).map(|p| p.directory.as_str());
        assert_eq!(of("web/src/index.ts"), Some("web"));
        assert_eq!(of("web/package.json"), Some("web"));
        assert_eq!(of("website/index.ts"), Some(""));
        assert_eq!(of("index.ts"), Some(""));
        assert_eq!(of("examples/basic/.env"), Some("examples/basic"));
        let roles = packages.all().iter().map(|p| p.role).collect::<Vec<_>>();
        assert_eq!(roles, [Role::Source, Role::Docs, Role::Source]);
    }

    #[test]
    fn without_a_manifest_above_it_a_path_has_no_package() {
        let packages = packages(&[("web/package.json", "{}")]);
        assert!(packages.of_path("api/main.ts").is_none());
        assert!(packages.of_path("").is_none());
    }

    #[test]
    fn directories_above_end_at_the_root() {
        assert_eq!(above("a/b/c").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(above("a").collect::<Vec<_>>(), [""]);
        assert_eq!(above("").count(), 0);
    }
}
