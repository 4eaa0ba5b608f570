//! Which package a path belongs to.

use seaworthy_formats::package_json::{Field, PackageJson, workspace_matches};
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
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The directory of the workspace root that counts it as a member.
    pub workspace_root: Option<String>,
    /// Whether it declares workspace members itself.
    pub is_workspace_root: bool,
}

/// All packages, deepest last.
#[derive(Debug, Default)]
pub struct Packages {
    packages: Vec<Package>,
}

impl Packages {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let mut packages = Vec::new();
        // Directory and member patterns of every workspace root.
        let mut roots: Vec<(String, Vec<String>)> = Vec::new();
        for artifact in snapshot.of_kind(DocumentKind::PackageJson) {
            let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) else {
                continue;
            };
            if matches!(snapshot.role(artifact).role, Role::Test | Role::Docs | Role::Vendored) {
                continue;
            }
            let directory = artifact.path().parent().to_owned();
            if let Some(patterns) = &manifest.workspaces {
                roots.push((directory.clone(), texts(patterns)));
            }
            packages.push(package(directory, artifact.path(), manifest));
        }
        for artifact in snapshot.of_kind(DocumentKind::PnpmWorkspace) {
            if let Some(Document::PnpmWorkspace(workspace)) = snapshot.document(artifact) {
                let patterns = workspace.packages.as_deref().map_or_else(Vec::new, texts);
                roots.push((artifact.path().parent().to_owned(), patterns));
            }
        }
        for package in &mut packages {
            package.is_workspace_root = roots.iter().any(|(root, _)| *root == package.directory);
            package.workspace_root = roots
                .iter()
                .filter(|(root, patterns)| {
                    below(&package.directory, root).is_some_and(|relative| {
                        !relative.is_empty()
                            && workspace_matches(patterns.iter().map(String::as_str), relative)
                    })
                })
                .map(|(root, _)| root.clone())
                .max_by_key(String::len);
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
        let mut directory = path;
        loop {
            directory = match directory.rsplit_once('/') {
                Some((parent, _)) => parent,
                None if directory.is_empty() => return None,
                None => "",
            };
            if let Some(package) = self.in_directory(directory) {
                return Some(package);
            }
        }
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

fn package(directory: String, path: &ArtifactPath, manifest: &PackageJson) -> Package {
    Package {
        directory,
        manifest: path.clone(),
        name: manifest.name.as_ref().map(|name| name.text.to_string()),
        workspace_root: None,
        is_workspace_root: false,
    }
}

fn texts(fields: &[Field]) -> Vec<String> {
    fields.iter().map(|field| field.text.to_string()).collect()
}

/// The path of `directory` relative to `root`, if it lies in it.
pub(crate) fn below<'a>(directory: &'a str, root: &str) -> Option<&'a str> {
    if root.is_empty() {
        return Some(directory);
    }
    let rest = directory.strip_prefix(root)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}
