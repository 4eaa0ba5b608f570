//! Env files that a repository uses or tells people to make.
//!
//! A fixed list of names would flag most repositories: hardly any ignores every
//! variant that some framework knows. What counts is what this repository names:
//! files that are there, what its templates are copied to, what its Compose
//! files, scripts and read-me speak of, and `.env` itself.

use std::collections::BTreeMap;

use seaworthy_analysis::roles::{
    Environment, Role, file_role, is_env_file_name, is_vendored, template_target,
};
use seaworthy_analysis::{Artifact, Document, DocumentKind, GitState, Snapshot};
use seaworthy_model::{ArtifactPath, Region, Severity};

use super::content::has_env_secrets;
use super::env_file_tracked::is_real_env_file;
use super::tracked::{file_name, is_docs_directory, is_test_directory, join, parent};

/// An env file that must not be committed.
#[derive(Clone, Debug)]
pub(super) struct EnvPath {
    pub(super) path: String,
    /// Why it is expected, as a label; and where that is written.
    pub(super) why: String,
    pub(super) place: Option<(ArtifactPath, Region)>,
    pub(super) severity: Severity,
}

/// How many scripts are read, and how much of each.
const SCRIPTS: usize = 100;
const SCRIPT_BYTES: usize = 256 << 10;

/// Packages that read `.env` files by themselves.
const LOADERS: &[&str] = &[
    "next",
    "nuxt",
    "vite",
    "astro",
    "gatsby",
    "expo",
    "dotenv",
    "dotenv-cli",
    "dotenv-flow",
    "dotenv-expand",
    "dotenv-safe",
    "env-cmd",
    "react-scripts",
    "@nestjs/config",
    "@sveltejs/kit",
    "@dotenvx/dotenvx",
    "@next/env",
    "envalid",
    "@t3-oss/env-nextjs",
    "convict",
    "prisma",
    "drizzle-kit",
];

/// Every untracked env file that is expected, sorted by path, each for its
/// strongest reason.
pub(super) fn expected(snapshot: &Snapshot, git: &GitState) -> Vec<EnvPath> {
    let mut expected = Expected { git, paths: BTreeMap::new() };
    existing(snapshot, &mut expected);
    templates(snapshot, &mut expected);
    stacks(snapshot, &mut expected);
    package_scripts(snapshot, &mut expected);
    texts(snapshot, &mut expected);
    plain(snapshot, &mut expected);
    expected.paths.into_values().collect()
}

struct Expected<'g> {
    git: &'g GitState,
    paths: BTreeMap<String, EnvPath>,
}

impl Expected<'_> {
    fn add(&mut self, path: String, why: String, place: Option<(ArtifactPath, Region)>) {
        let severity = usual_severity(&path);
        self.add_as(path, why, place, severity);
    }

    fn add_as(
        &mut self,
        path: String,
        why: String,
        place: Option<(ArtifactPath, Region)>,
        severity: Severity,
    ) {
        // A tracked env file is spoken of by a rule of its own.
        let known = self.git.is_tracked(&path) || self.paths.contains_key(&path);
        if !known && is_real_env_file(&path) && !is_test_directory(parent(&path)) {
            self.paths.insert(path.clone(), EnvPath { path, why, place, severity });
        }
    }
}

/// By the environment: production and what is unnamed hold the secrets that
/// matter.
fn usual_severity(path: &str) -> Severity {
    let local = is_env_file_name(file_name(path)).is_some_and(|name| name.local);
    match file_role(path, None).environment {
        _ if is_docs_directory(parent(path)) => Severity::Medium,
        _ if local => Severity::High,
        Environment::Production | Environment::Local | Environment::Unspecified => Severity::High,
        _ => Severity::Medium,
    }
}

fn existing(snapshot: &Snapshot, expected: &mut Expected<'_>) {
    for artifact in snapshot.of_kind(DocumentKind::Env) {
        let path = artifact.path();
        if !is_real_env_file(path.as_str()) {
            continue;
        }
        let secrets = match snapshot.document(artifact) {
            Some(Document::Env(env)) => has_env_secrets(env),
            _ => false,
        };
        let severity = if secrets { Severity::High } else { usual_severity(path.as_str()) };
        let place = Some((path.clone(), Region::empty(0)));
        expected.add_as(path.as_str().to_owned(), "this file is there".to_owned(), place, severity);
    }
}

fn templates(snapshot: &Snapshot, expected: &mut Expected<'_>) {
    for facts in snapshot.joined().env_files().iter().filter(|facts| facts.template) {
        let Some(target) = template_target(facts.path.as_str()) else { continue };
        let why = format!("this template is to be copied to {target}");
        expected.add(target, why, Some((facts.path.clone(), Region::empty(0))));
    }
}

fn stacks(snapshot: &Snapshot, expected: &mut Expected<'_>) {
    for stack in snapshot.joined().stacks() {
        if stack.role().role == Role::Test {
            continue;
        }
        for service in &stack.project().services {
            for entry in &service.env_file {
                let Some(path) = stack.env_file(entry) else { continue };
                let place = (entry.path.origin().artifact.clone(), entry.path.region());
                let why = format!("this service is given {path}");
                expected.add(path.as_str().to_owned(), why, Some(place));
            }
        }
    }
}

fn package_scripts(snapshot: &Snapshot, expected: &mut Expected<'_>) {
    for package in snapshot.joined().packages().all() {
        let Some(artifact) = snapshot.artifact(package.manifest.as_str()) else { continue };
        let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) else { continue };
        for script in &manifest.scripts {
            for mention in mentions(&script.text) {
                let Some(path) = resolve(snapshot, &package.directory, &mention) else { continue };
                let place = Some((package.manifest.clone(), script.region));
                expected.add(path, "this script names it".to_owned(), place);
            }
        }
        let loads = manifest.dependencies.iter().any(|d| LOADERS.contains(&&*d.name));
        if loads && !package.directory.is_empty() {
            let why = "this package reads .env files".to_owned();
            let place = Some((package.manifest.clone(), Region::empty(0)));
            expected.add(join(&package.directory, ".env"), why, place);
        }
    }
}

fn texts(snapshot: &Snapshot, expected: &mut Expected<'_>) {
    let scripts = scripts(snapshot);
    for (artifact, text) in scripts {
        let path = artifact.as_str();
        let prose = is_read_me(file_name(path));
        let base = if prose {
            parent(path)
        } else {
            snapshot.joined().packages().of_path(path).map_or("", |p| p.directory.as_str())
        };
        for mention in mentions(text) {
            let known = is_env_file_name(file_name(mention.path))
                .is_some_and(|name| name.middle.is_empty() || !prose);
            if !known {
                continue;
            }
            let Some(path) = resolve(snapshot, base, &mention) else { continue };
            let place = Some((artifact.clone(), mention.region));
            expected.add(path, "it is named here".to_owned(), place);
        }
    }
}

/// The scripts and read-me files of the repository with the start of their
/// texts.
pub(super) fn scripts(snapshot: &Snapshot) -> Vec<(&ArtifactPath, &str)> {
    let is_of_interest = |artifact: &Artifact| {
        let path = artifact.path().as_str();
        artifact.kind().is_text()
            && (path.ends_with(".sh") || is_build_file_or_read_me(artifact.path().file_name()))
            && !is_vendored(path)
            && !is_test_directory(parent(path))
            && !is_docs_directory(parent(path))
    };
    let mut scripts = Vec::new();
    for artifact in snapshot.chosen(is_of_interest).into_iter().take(SCRIPTS) {
        let Some(text) = snapshot.text(artifact) else { continue };
        let mut end = text.len().min(SCRIPT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        scripts.push((artifact.path(), &text[..end]));
    }
    scripts
}

/// What they [see](seaworthy_analysis::Sees) of a program or document who ask for
/// [what is expected](expected): the env files that a read-me names.
pub(super) fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    let text = text.filter(|_| is_read_me(file_name(path))).unwrap_or("");
    crate::hash(&mentions(text).iter().map(|mention| mention.path).collect::<Vec<_>>())
}

/// What they see who look in [scripts] for these commands.
pub(super) fn sees_commands<'c>(
    path: &str,
    text: Option<&str>,
    commands: impl Iterator<Item = &'c str>,
) -> u64 {
    let text = text.filter(|_| is_read_me(file_name(path))).unwrap_or("");
    crate::hash(&commands.map(|command| text.contains(command)).collect::<Vec<_>>())
}

fn is_build_file_or_read_me(name: &str) -> bool {
    // Of tens of thousands of names hardly any begins with one of these.
    if !name.starts_with(['D', 'M', 'm', 'J', 'j', 'T', 'R', 'r']) {
        return false;
    }
    matches!(name, "Makefile" | "makefile" | "justfile" | "Justfile" | "Taskfile.yml")
        || name == "Dockerfile"
        || name.starts_with("Dockerfile.")
        || is_read_me(name)
}

/// Whether a script is a read-me, in which names are spoken of in prose.
pub(super) fn is_read_me(name: &str) -> bool {
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("readme"))
}

/// `.env` at the root, where anything suggests that env files are used.
fn plain(snapshot: &Snapshot, expected: &mut Expected<'_>) {
    let root = snapshot.artifact("package.json");
    let manifest = root.and_then(|artifact| match snapshot.document(artifact) {
        Some(Document::PackageJson(manifest)) => Some(manifest),
        _ => None,
    });
    let loads =
        manifest.is_some_and(|m| m.dependencies.iter().any(|d| LOADERS.contains(&&*d.name)));
    let has_env_files = snapshot.joined().env_files().iter().any(|facts| {
        !is_test_directory(facts.path.parent()) && !is_docs_directory(facts.path.parent())
    });
    // What an example or a test starts is no deployment of the repository's own.
    let deploys = snapshot.contains("Dockerfile")
        || snapshot.joined().stacks().iter().any(|stack| {
            !matches!(stack.role().role, Role::Docs | Role::Test | Role::Template | Role::Vendored)
        });
    let program = ["requirements.txt", "pyproject.toml", "composer.json", "Gemfile", "manage.py"]
        .iter()
        .any(|name| snapshot.contains(name));
    // A published library has no environment of its own.
    let application = manifest.is_some_and(|m| m.private || m.version.is_none());
    let severity = if loads || has_env_files {
        Severity::High
    } else if deploys || program || application {
        Severity::Medium
    } else {
        return;
    };
    expected.add_as(".env".to_owned(), String::new(), None, severity);
}

/// A path ending in the name of an env file, as written in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention<'t> {
    pub(super) path: &'t str,
    pub(super) region: Region,
    /// Whether a variable stands before the path.
    below_variable: bool,
}

/// The env files that a text names.
pub(super) fn mentions(text: &str) -> Vec<Mention<'_>> {
    let bytes = text.as_bytes();
    let mut mentions: Vec<Mention<'_>> = Vec::new();
    let of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    for (at, _) in text.match_indices(".env") {
        let start = bytes[..at].iter().rposition(|&byte| !of_path(byte)).map_or(0, |p| p + 1);
        // `process.env` and `api.env` are no hidden files.
        if start < at && bytes[at - 1] != b'/' {
            continue;
        }
        let length = bytes[at..].iter().position(|&byte| !of_path(byte) || byte == b'/');
        let end = length.map_or(bytes.len(), |length| at + length);
        // The name goes on in what is not written here: `.env.$MODE`, `.env*`.
        if bytes.get(end).is_some_and(|byte| b"*$<{[%/?+@".contains(byte)) {
            continue;
        }
        let path = text[start..end].trim_end_matches(['.', '-', '_']);
        let before = start.checked_sub(1).map(|before| bytes[before]);
        let below_variable = matches!(before, Some(b'$' | b'}' | b')'));
        if matches!(before, Some(b'~' | b'*' | b'!' | b'\\' | b':' | b'@' | b'#'))
            && (before != Some(b':') || path.starts_with('/'))
        {
            continue;
        }
        if path.starts_with('/') && !below_variable {
            continue;
        }
        let region = Region::new(start, start + path.len());
        if !mentions.iter().any(|known| known.path == path) {
            mentions.push(Mention { path, region, below_variable });
        }
        if mentions.len() >= 50 {
            break;
        }
    }
    mentions
}

/// The path that a mention means, seen from `base` or from the root; `None`
/// when its directory is not there.
fn resolve(snapshot: &Snapshot, base: &str, mention: &Mention<'_>) -> Option<String> {
    if mention.below_variable {
        return Some(file_name(mention.path).to_owned());
    }
    [base, ""].iter().find_map(|base| {
        let path = ArtifactPath::resolve(base, mention.path)?;
        let there = path.parent().is_empty() || snapshot.contains_directory(path.parent());
        there.then(|| path.as_str().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_off_scripts_and_prose() {
        let cases: &[(&str, &[&str])] = &[
            ("cp .env.example .env.", &[".env.example", ".env"]),
            ("docker compose --env-file=.env.prod up", &[".env.prod"]),
            ("source \"$DIR/.env.local\"", &["DIR/.env.local"]),
            ("source ${DIR}/.env", &["/.env"]),
            ("cat apps/api/.env", &["apps/api/.env"]),
            ("put it in `.env.production`, then", &[".env.production"]),
            ("process.env.PORT import.meta.env api.env", &[]),
            (".env.* .env.$MODE .env.<name> .env*", &[]),
            ("/opt/app/.env ~/.env https://x.io/.env", &[]),
            ("", &[]),
        ];
        for (text, want) in cases {
            let got: Vec<&str> = mentions(text).iter().map(|mention| mention.path).collect();
            assert_eq!(got, *want, "{text}");
        }
    }
}
