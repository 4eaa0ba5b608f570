//! What a file is, in the words of the contract.

use seaworthy_analysis::roles::{Environment, FileRole, Role};
use seaworthy_analysis::{Artifact, Document, DocumentKind, Snapshot, notation};
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

/// `document.kind`.
pub(crate) fn kind(snapshot: &Snapshot, artifact: &Artifact) -> &'static str {
    match artifact.kind() {
        DocumentKind::Env => "env",
        DocumentKind::Ignore => "gitignore",
        DocumentKind::Compose if is_compose(snapshot, artifact) => "compose",
        DocumentKind::Vercel => "vercel",
        DocumentKind::PackageJson => "package-json",
        DocumentKind::PnpmWorkspace => "pnpm-workspace",
        DocumentKind::Npmrc => "npmrc",
        DocumentKind::Lockfile(_) => "lockfile",
        DocumentKind::Compose
        | DocumentKind::Dockerfile
        | DocumentKind::Nginx
        | DocumentKind::Workflow
        | DocumentKind::Action
        | DocumentKind::GitlabCi
        | DocumentKind::Prisma
        | DocumentKind::Other => notation(artifact.path()).map_or("text", notation_name),
    }
}

/// Whether a file is of a kind as a selector means it: `json`, `yaml` and `toml`
/// are all files of the notation. Reads the file only where its shape decides.
pub(crate) fn is_of_kind(snapshot: &Snapshot, artifact: &Artifact, wanted: &str) -> bool {
    match wanted {
        "json" | "yaml" | "toml" => notation(artifact.path()).map(notation_name) == Some(wanted),
        "compose" => artifact.kind() == DocumentKind::Compose && is_compose(snapshot, artifact),
        "text" => artifact.kind().is_text() && notation(artifact.path()).is_none(),
        // A candidate whose shape is not known yet is none of the others.
        _ => artifact.kind() != DocumentKind::Compose && kind(snapshot, artifact) == wanted,
    }
}

fn is_compose(snapshot: &Snapshot, artifact: &Artifact) -> bool {
    matches!(snapshot.document(artifact), Some(Document::Compose(_)))
}

/// The name of a notation.
pub(super) const fn notation_name(notation: Notation) -> &'static str {
    match notation {
        Notation::Json => "json",
        Notation::Yaml => "yaml",
        Notation::Toml => "toml",
    }
}

/// The role of a file; of an env file as the joined view knows it.
pub(crate) fn role(snapshot: &Snapshot, artifact: &Artifact) -> FileRole {
    let facts = match artifact.kind() {
        DocumentKind::Env => snapshot.joined().env_file(artifact.path().as_str()),
        _ => None,
    };
    facts.map_or_else(|| snapshot.role(artifact), |facts| facts.role)
}

/// `document.role`.
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

/// `document.environment`.
pub(super) const fn environment_name(environment: Environment) -> &'static str {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::{file, snapshot};

    #[test]
    fn files_have_one_kind_and_may_be_of_a_notation_too() {
        let files = [
            (".env", "A=1\n"),
            (".gitignore", "x\n"),
            ("compose.yml", "services: { a: { image: x } }\n"),
            ("staging.yml", "on: push\n"),
            ("vercel.json", "{}"),
            ("package.json", "{}"),
            ("pnpm-workspace.yaml", ""),
            (".npmrc", ""),
            ("Cargo.lock", ""),
            ("yarn.lock", ""),
            ("a.json", "1"),
            ("a.toml", ""),
            ("README.md", ""),
            ("Dockerfile", "FROM a\n"),
            ("nginx.conf", "events {}\n"),
        ];
        let snapshot = snapshot(&files);
        let cases = [
            (".env", "env", ""),
            (".gitignore", "gitignore", ""),
            ("compose.yml", "compose", "yaml"),
            ("staging.yml", "yaml", "yaml"),
            ("vercel.json", "vercel", "json"),
            ("package.json", "package-json", "json"),
            ("pnpm-workspace.yaml", "pnpm-workspace", "yaml"),
            (".npmrc", "npmrc", ""),
            ("Cargo.lock", "lockfile", "toml"),
            ("yarn.lock", "lockfile", ""),
            ("a.json", "json", "json"),
            ("a.toml", "toml", "toml"),
            ("README.md", "text", ""),
            ("Dockerfile", "text", ""),
            ("nginx.conf", "text", ""),
        ];
        for (path, own, notation) in cases {
            let artifact = file(&snapshot, path);
            assert_eq!(kind(&snapshot, artifact), own, "{path}");
            for &wanted in KINDS.iter().chain(&["unheard-of"]) {
                let want = wanted == own || wanted == notation;
                assert_eq!(is_of_kind(&snapshot, artifact, wanted), want, "{path} {wanted}");
            }
        }
    }

    #[test]
    fn an_uncommitted_env_file_that_says_development_is_its_developers() {
        let files = [(".env", "NODE_ENV=development\n"), ("tests/.env", "A=1\n")];
        let snapshot = snapshot(&files);
        let role_of = |path| role(&snapshot, file(&snapshot, path));
        assert_eq!(role_name(role_of(".env").role), "development");
        assert_eq!(environment_name(role_of(".env").environment), "development");
        assert_eq!(role_name(role_of("tests/.env").role), "test");
    }
}
