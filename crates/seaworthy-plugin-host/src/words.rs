//! The contract's words for what a file is: kinds, roles, environments.
//!
//! Selectors and the plugin's view of a document use the same ones, from here.

use seaworthy_analysis::roles::{Environment, Role};
use seaworthy_analysis::{Artifact, Document, DocumentKind, Snapshot, notation};
use seaworthy_model::ArtifactPath;
use seaworthy_syntax::Notation;

/// Every kind that a selector can name.
pub(crate) const KINDS: [&str; 12] = [
    "env",
    "gitignore",
    "compose",
    "vercel",
    "package-json",
    "pnpm-workspace",
    "npmrc",
    "lockfile",
    "json",
    "yaml",
    "toml",
    "text",
];

/// Every role that a selector can name.
pub(crate) const ROLES: [&str; 7] =
    ["deployable", "template", "test", "docs", "vendored", "development", "source"];

/// The kind that a file's name promises. Of a YAML file that is named like a Compose
/// file, [`kind`] knows better.
pub(crate) fn kind_by_path(kind: DocumentKind, path: &ArtifactPath) -> &'static str {
    match kind {
        DocumentKind::Env => "env",
        DocumentKind::Ignore => "gitignore",
        DocumentKind::Compose => "compose",
        DocumentKind::Vercel => "vercel",
        DocumentKind::PackageJson => "package-json",
        DocumentKind::PnpmWorkspace => "pnpm-workspace",
        DocumentKind::Npmrc => "npmrc",
        DocumentKind::Lockfile(_) => "lockfile",
        DocumentKind::Other => notation(path).map_or("text", notation_name),
    }
}

/// What `document.kind` answers.
pub(crate) fn kind(snapshot: &Snapshot, artifact: &Artifact) -> &'static str {
    if artifact.kind() == DocumentKind::Compose
        && !matches!(snapshot.document(artifact), Some(Document::Compose(_)))
    {
        return notation(artifact.path()).map_or("text", notation_name);
    }
    kind_by_path(artifact.kind(), artifact.path())
}

/// The contract's word for a notation.
pub(crate) const fn notation_name(notation: Notation) -> &'static str {
    match notation {
        Notation::Json => "json",
        Notation::Yaml => "yaml",
        Notation::Toml => "toml",
    }
}

/// The contract's word for a role.
pub(crate) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Deployable => "deployable",
        Role::Template => "template",
        Role::Test => "test",
        Role::Docs => "docs",
        Role::Vendored => "vendored",
        Role::Development => "development",
        Role::Source => "source",
    }
}

/// The contract's word for an environment.
pub(crate) const fn environment_name(environment: Environment) -> &'static str {
    match environment {
        Environment::Production => "production",
        Environment::Staging => "staging",
        Environment::Development => "development",
        Environment::Test => "test",
        Environment::Ci => "ci",
        Environment::Local => "local",
        Environment::Unspecified => "unspecified",
    }
}
