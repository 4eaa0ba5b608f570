//! Env files as the deployment uses them.

use std::collections::BTreeSet;

use seaworthy_model::ArtifactPath;
use seaworthy_syntax::env::{EnvFile, Loader};

use super::stacks::Stack;

use crate::document::{Document, DocumentKind};
use crate::names::is_runtime_mode_name;
use crate::roles::{Environment, FileRole, Role, is_env_file_name, template_target};
use crate::snapshot::{Artifact, Snapshot};

/// What is known of an env file beyond its text.
#[derive(Clone, Debug)]
pub struct EnvFileFacts {
    /// The file.
    pub path: ArtifactPath,
    /// Its role.
    pub role: FileRole,
    /// Whether it is meant to be copied and filled in.
    pub template: bool,
    /// Whether its values are encrypted (dotenv-vault, dotenvx).
    pub encrypted: bool,
    /// The loader that most likely reads it.
    pub loader: Loader,
    /// The loaders that evidently read it, each once; none where nothing tells.
    pub readers: Vec<Loader>,
}

impl EnvFileFacts {
    /// Whether its values are, or may be, those of production: it says so, or
    /// it is the plain `.env` of a deployment.
    #[must_use]
    pub fn may_be_production(&self) -> bool {
        !self.template
            && matches!(self.role.environment, Environment::Production | Environment::Unspecified)
    }
}

/// All env files with their facts, sorted by path.
pub(crate) fn env_files(snapshot: &Snapshot, stacks: &[Stack]) -> Vec<EnvFileFacts> {
    let compose = ComposeUse::new(stacks);
    snapshot
        .of_kind(DocumentKind::Env)
        .map(|artifact| {
            let path = artifact.path();
            let name = is_env_file_name(path.file_name());
            let readers = readers(snapshot, path, &compose);
            EnvFileFacts {
                path: path.clone(),
                role: role_of(snapshot, artifact),
                template: name.as_ref().is_some_and(|name| name.template),
                encrypted: name.is_some_and(|name| name.encrypted),
                loader: readers.first().copied().unwrap_or(Loader::Dotenv),
                readers,
            }
        })
        .collect()
}

/// The role of an env file. A `.env` says nothing by its name; one that is not
/// committed and sets `NODE_ENV=development` is its developer's own.
fn role_of(snapshot: &Snapshot, artifact: &Artifact) -> FileRole {
    let role = snapshot.role(artifact);
    let path = artifact.path().as_str();
    let unnamed = role.role == Role::Deployable && role.environment == Environment::Unspecified;
    if !unnamed || snapshot.git().is_some_and(|git| git.is_tracked(path)) {
        return role;
    }
    let Some(Document::Env(env)) = snapshot.document(artifact) else { return role };
    let mode = env.entries().iter().rev().find(|entry| is_runtime_mode_name(&entry.key));
    match mode.map(|entry| entry.value.trim().to_ascii_lowercase()).as_deref() {
        Some("development" | "dev" | "local") => {
            FileRole { role: Role::Development, environment: Environment::Development }
        }
        _ => role,
    }
}

/// What Compose reads: the directories whose `.env` it interpolates from, and
/// the files that services ask for.
struct ComposeUse<'s> {
    directories: BTreeSet<&'s str>,
    files: BTreeSet<ArtifactPath>,
    /// Files that are asked for with `format: raw`, which is another parser
    /// and takes all as written.
    raw_files: BTreeSet<ArtifactPath>,
}

impl<'s> ComposeUse<'s> {
    fn new(stacks: &'s [Stack]) -> Self {
        let (mut files, mut raw_files) = (BTreeSet::new(), BTreeSet::new());
        for stack in stacks {
            for entry in stack.project().services.iter().flat_map(|service| &service.env_file) {
                if entry.format.is_none() {
                    files.extend(stack.env_file(entry));
                } else {
                    raw_files.extend(stack.env_file(entry));
                }
            }
        }
        let directories = stacks.iter().map(|stack| stack.primary_file().parent()).collect();
        Self { directories, files, raw_files }
    }
}

/// Packages that read env files as `dotenv` does, by it or by a parser of the
/// same rules.
const DOTENV_PACKAGES: &[&str] = &[
    "dotenv",
    "dotenv-cli",
    "dotenv-flow",
    "dotenv-safe",
    "dotenv-defaults",
    "dotenvx",
    "@dotenvx/dotenvx",
    "env-cmd",
    "@nestjs/config",
    "vite",
    "react-scripts",
    "gatsby",
    "nuxt",
    "@nuxt/kit",
    "prisma",
];

/// Python packages that read env files with python-dotenv.
const PYTHON_PACKAGES: &[&str] = &[
    "dotenv",
    "pydantic-settings",
    "pydantic_settings",
    "environs",
    "starlette",
    "fastapi",
    "flask",
];

/// Python packages with a parser of their own, which we do not know.
const OTHER_PYTHON_PACKAGES: &[&str] = &["decouple", "django-environ"];

/// Files that make a directory a program in a language whose loaders we do not
/// know: Go, Rust, PHP, Ruby, Elixir, Java.
const OTHER_PROGRAMS: &[&str] = &[
    "go.mod",
    "Cargo.toml",
    "composer.json",
    "Gemfile",
    "mix.exs",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
];

/// The loaders of a file, the most likely first: Compose for a file that a
/// service asks for, then that of the nearest program. A file beside a Compose
/// file and no program is Compose's; the `.env` there is Compose's too, and so
/// is one whose program brings no loader of its own.
fn readers(snapshot: &Snapshot, path: &ArtifactPath, compose: &ComposeUse<'_>) -> Vec<Loader> {
    // What a template is copied to says who reads the copy.
    let target = template_target(path.as_str()).map_or_else(|| path.clone(), ArtifactPath::new);
    let mut readers = Vec::new();
    if compose.raw_files.contains(&target) {
        return readers;
    }
    if compose.files.contains(&target) {
        readers.push(Loader::Compose);
    }
    match program_reader(snapshot, &target, compose) {
        Program::Reads(loader) if !readers.contains(&loader) => readers.push(loader),
        Program::Reads(_) | Program::Unknown => {}
        Program::None => {
            if readers.is_empty() && compose.directories.contains(target.parent()) {
                readers.push(Loader::Compose);
            }
        }
    }
    // A `.env` for interpolation alone: its program takes values as they are.
    let interpolated =
        target.file_name() == ".env" && compose.directories.contains(target.parent());
    if interpolated && !readers.contains(&Loader::Compose) {
        readers.push(Loader::Compose);
    }
    readers
}

enum Program {
    Reads(Loader),
    /// There is one, and nothing tells how it reads the file, if it does.
    Unknown,
    None,
}

/// The loader of the nearest program at or above the file.
fn program_reader(snapshot: &Snapshot, target: &ArtifactPath, compose: &ComposeUse<'_>) -> Program {
    let own = target.parent();
    let mut directory = own;
    loop {
        let here = |name: &str| {
            if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
        };
        let with_compose = compose.directories.contains(directory);
        if let Some(artifact) = snapshot.artifact(&here("package.json"))
            && let Some(Document::PackageJson(manifest)) = snapshot.document(artifact)
        {
            if directory == own && manifest.dependency("next").is_some() {
                // Next.js reads the names of its modes and no others.
                return match target.file_name() {
                    ".env"
                    | ".env.local"
                    | ".env.production"
                    | ".env.development"
                    | ".env.test"
                    | ".env.production.local"
                    | ".env.development.local"
                    | ".env.test.local" => Program::Reads(Loader::Next),
                    _ if with_compose => Program::None,
                    _ => Program::Unknown,
                };
            }
            if DOTENV_PACKAGES.iter().any(|name| manifest.dependency(name).is_some()) {
                return Program::Reads(Loader::Dotenv);
            }
            if with_compose {
                return Program::None;
            }
            if directory == own {
                // Node's and Bun's own readers cut values as dotenv does.
                return Program::Reads(Loader::Dotenv);
            }
        }
        let manifests = ["pyproject.toml", "requirements.txt", "Pipfile", "manage.py"];
        let python: Vec<&Artifact> =
            manifests.iter().filter_map(|name| snapshot.artifact(&here(name))).collect();
        if !python.is_empty() {
            let names = |packages: &[&str]| {
                python.iter().any(|artifact| {
                    let text = snapshot.text(artifact).unwrap_or("").to_ascii_lowercase();
                    packages.iter().any(|package| text.contains(package))
                })
            };
            return if names(OTHER_PYTHON_PACKAGES) {
                Program::Unknown
            } else if names(PYTHON_PACKAGES) {
                Program::Reads(Loader::PythonDotenv)
            } else if with_compose {
                Program::None
            } else {
                Program::Unknown
            };
        }
        if OTHER_PROGRAMS.iter().any(|name| snapshot.contains(&here(name))) {
            return if with_compose { Program::None } else { Program::Unknown };
        }
        if with_compose {
            return Program::None;
        }
        match directory.rsplit_once('/') {
            Some((parent, _)) => directory = parent,
            None if directory.is_empty() => return Program::None,
            None => directory = "",
        }
    }
}

/// The parsed env file at a path.
pub(crate) fn parsed<'s>(
    snapshot: &'s Snapshot,
    path: &ArtifactPath,
) -> Option<(&'s Artifact, &'s EnvFile)> {
    let artifact = snapshot.artifact(path.as_str())?;
    match snapshot.document(artifact)? {
        Document::Env(env) => Some((artifact, env)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::snapshot;

    fn readers_of(path: &str, files: &[(&'static str, &'static str)]) -> Vec<Loader> {
        let snapshot = snapshot(files);
        snapshot.joined().env_file(path).expect("the file is there").readers.clone()
    }

    const NEXT: (&str, &str) = ("package.json", r#"{"dependencies":{"next":"16.0.0"}}"#);
    const DOTENV: (&str, &str) = ("package.json", r#"{"dependencies":{"dotenv":"16.0.0"}}"#);
    const PLAIN: (&str, &str) = ("package.json", "{}");
    const COMPOSE: (&str, &str) = ("compose.yml", "services:\n  app:\n    image: a/b\n");
    const ASKS: (&str, &str) =
        ("compose.yml", "services:\n  app:\n    image: a/b\n    env_file: [.env.production]\n");
    const RAW: (&str, &str) = (
        "compose.yml",
        "services:\n  app:\n    image: a/b\n    env_file:\n      - path: .env.raw\n        format: raw\n",
    );

    #[test]
    fn the_nearest_program_and_compose_read_a_file() {
        use Loader::{Compose, Dotenv, Next, PythonDotenv};
        type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [Loader]);
        let cases: &[Case] = &[
            (".env", &[NEXT], &[Next]),
            (".env.production", &[NEXT], &[Next]),
            // Next.js does not know this name.
            (".env.prod", &[NEXT], &[]),
            (".env.prod", &[NEXT, COMPOSE], &[Compose]),
            // Nor does it look below its own directory.
            ("docker/.env", &[NEXT], &[]),
            (".env", &[NEXT, COMPOSE], &[Next, Compose]),
            (".env.production", &[NEXT, ASKS], &[Compose, Next]),
            (".env.production.example", &[NEXT, ASKS], &[Compose, Next]),
            (".env", &[DOTENV], &[Dotenv]),
            ("config/.env", &[DOTENV], &[Dotenv]),
            (".env", &[DOTENV, COMPOSE], &[Dotenv, Compose]),
            (".env", &[PLAIN], &[Dotenv]),
            (".env", &[PLAIN, COMPOSE], &[Compose]),
            ("config/.env", &[PLAIN], &[]),
            (".env", &[COMPOSE], &[Compose]),
            (".env.raw", &[RAW], &[]),
            (".env", &[("requirements.txt", "python-dotenv==1.0")], &[PythonDotenv]),
            (".env", &[("requirements.txt", "python-decouple==3.8")], &[]),
            (".env", &[("requirements.txt", "requests"), COMPOSE], &[Compose]),
            ("api/.env", &[("api/pyproject.toml", "fastapi"), NEXT], &[PythonDotenv]),
            (".env", &[("go.mod", "")], &[]),
            (".env", &[], &[]),
        ];
        for (path, files, want) in cases {
            let mut all = files.to_vec();
            all.push((path, ""));
            assert_eq!(readers_of(path, &all), *want, "{path} beside {files:?}");
        }
    }
}
