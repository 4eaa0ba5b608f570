//! Which package manager installs a directory: by the lockfiles that stand in
//! it and by what the manifest says.

use seaworthy_analysis::{Artifact, Document, Snapshot};
use seaworthy_formats::package_json::{Field, PackageJson};

/// The lockfiles of JavaScript's package managers, and who writes them.
const LOCKFILES: [(&str, &str); 7] = [
    ("npm-shrinkwrap.json", "npm"),
    ("package-lock.json", "npm"),
    ("yarn.lock", "yarn"),
    ("pnpm-lock.yaml", "pnpm"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("deno.lock", "deno"),
];

/// The path of a file in a directory.
pub(super) fn in_directory(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// The lockfiles in a directory, each with its manager.
pub(super) fn lockfiles<'s>(
    snapshot: &'s Snapshot,
    directory: &str,
) -> Vec<(&'s Artifact, &'static str)> {
    LOCKFILES
        .iter()
        .filter_map(|(name, manager)| {
            Some((snapshot.artifact(&in_directory(directory, name))?, *manager))
        })
        .collect()
}

/// The manifest of a directory.
pub(super) fn manifest<'s>(
    snapshot: &'s Snapshot,
    directory: &str,
) -> Option<(&'s Artifact, &'s PackageJson)> {
    let artifact = snapshot.artifact(&in_directory(directory, "package.json"))?;
    match snapshot.document(artifact)? {
        Document::PackageJson(manifest) => Some((artifact, manifest)),
        _ => None,
    }
}

/// The manager that `packageManager` names (`pnpm@9.1.0`), with its place.
pub(super) fn chosen(manifest: &PackageJson) -> Option<(&str, &Field)> {
    let field = manifest.package_manager.as_ref()?;
    let name = field.text.split('@').next()?.trim();
    LOCKFILES.iter().any(|(_, manager)| *manager == name).then_some((name, field))
}

/// Whether git keeps the file out of the repository: it lies on one machine and
/// nobody else gets it.
pub(super) fn is_kept_out(snapshot: &Snapshot, path: &str) -> bool {
    snapshot.git().is_some_and(|git| !git.is_tracked(path) && git.is_ignored(path))
}
