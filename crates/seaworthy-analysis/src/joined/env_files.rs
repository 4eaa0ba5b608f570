//! Env files as the deployment uses them.

use seaworthy_model::ArtifactPath;
use seaworthy_syntax::env::{EnvFile, Loader};

use crate::document::{Document, DocumentKind};
use crate::roles::{Environment, FileRole, is_env_file_name};
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
pub(crate) fn env_files(snapshot: &Snapshot, compose_directories: &[&str]) -> Vec<EnvFileFacts> {
    snapshot
        .of_kind(DocumentKind::Env)
        .map(|artifact| {
            let path = artifact.path();
            let name = is_env_file_name(path.file_name());
            EnvFileFacts {
                path: path.clone(),
                role: snapshot.role(artifact),
                template: name.as_ref().is_some_and(|name| name.template),
                encrypted: name.is_some_and(|name| name.encrypted),
                loader: loader(snapshot, path, compose_directories),
            }
        })
        .collect()
}

/// The loader of the nearest program: Next.js and other users of dotenv by
/// `package.json`, python-dotenv by a Python project; a file beside a Compose
/// file and no program is Compose's.
fn loader(snapshot: &Snapshot, path: &ArtifactPath, compose_directories: &[&str]) -> Loader {
    let mut directory = path.parent();
    loop {
        let here = |name: &str| {
            if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
        };
        if let Some(artifact) = snapshot.artifact(&here("package.json")) {
            if let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) {
                let compose = compose_directories.contains(&directory);
                if manifest.dependency("next").is_some() {
                    return Loader::Next;
                }
                if !compose || manifest.dependency("dotenv").is_some() {
                    return Loader::Dotenv;
                }
            }
        }
        let python = ["pyproject.toml", "requirements.txt", "Pipfile", "manage.py"];
        if python.iter().any(|name| snapshot.contains(&here(name))) {
            return Loader::PythonDotenv;
        }
        if compose_directories.contains(&directory) {
            return Loader::Compose;
        }
        match directory.rsplit_once('/') {
            Some((parent, _)) => directory = parent,
            None if directory.is_empty() => return Loader::Dotenv,
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
