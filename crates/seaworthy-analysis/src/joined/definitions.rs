//! Which variable is defined where, with which kind of value, for which
//! environment.

use std::collections::HashMap;

use seaworthy_formats::compose::{EnvVar, Service};
use seaworthy_formats::vercel::Pair;
use seaworthy_model::{ArtifactPath, Region};

use super::effective::{Effective, Written, env_reference};
use super::env_files::{EnvFileFacts, parsed};
use super::{Joined, Packages, Stack};
use crate::document::{Document, DocumentKind};
use crate::names::{SecretKind, secret_kind, user_name_for};
use crate::roles::{Environment, FileRole, Role, is_env_file_name};
use crate::secret_text::SecretText;
use crate::snapshot::Snapshot;
use crate::values::{ValueClass, ValueContext, classify};

/// The names of the project that values are judged with.
const MAX_NAMES: usize = 32;

/// A place that gives a variable a value.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The variable.
    pub name: String,
    /// The value that takes effect: of `${X:-default}` the default, when nothing
    /// sets `X`; of a reference the text as written.
    pub value: SecretText,
    /// How the value is given.
    pub written: Written,
    /// What kind of value it is.
    pub class: ValueClass,
    /// What kind of secret the name promises, if any.
    pub kind: Option<SecretKind>,
    /// The user name that stands beside a password.
    pub user: Option<SecretText>,
    /// The file.
    pub artifact: ArtifactPath,
    /// Where the name is written.
    pub key_region: Region,
    /// Where the value that takes effect is written, quotes excluded.
    pub value_region: Region,
    /// The role of the file, and the environment it is for.
    pub role: FileRole,
    /// How near to production the value is.
    pub standing: Standing,
    /// Whether a later line of the same env file gives the variable another
    /// value.
    pub overridden: bool,
    /// What kind of place it is.
    pub source: DefinitionSource,
}

/// The kinds of places that define a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionSource {
    /// An env file.
    EnvFile,
    /// A template of an env file.
    EnvTemplate,
    /// The `environment` of a Compose service.
    ComposeService {
        /// The service.
        service: String,
    },
    /// The build arguments of a Compose service.
    ComposeBuild {
        /// The service.
        service: String,
    },
    /// `env` or `build.env` of a `vercel.json`.
    Vercel,
}

/// How near to production a value is, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The file says that it is for production or staging.
    Production,
    /// The file is deployed, as far as is known: `.env`, `docker-compose.yml`.
    Deployable,
    /// The file is for a developer's machine, or its neighbour is for
    /// production.
    Development,
    /// The file is for automated tests.
    Test,
    /// The file is to be copied and filled in.
    Template,
    /// The file is documentation or somebody else's.
    Aside,
}

impl Standing {
    /// The standing of a file by its role alone.
    #[must_use]
    pub fn of(role: FileRole) -> Self {
        match (role.role, role.environment) {
            (Role::Deployable, Environment::Production | Environment::Staging) => {
                Standing::Production
            }
            (Role::Deployable, _) => Standing::Deployable,
            (Role::Development, _) => Standing::Development,
            (Role::Test, _) => Standing::Test,
            (Role::Template, _) => Standing::Template,
            (Role::Docs | Role::Vendored | Role::Source, _) => Standing::Aside,
        }
    }

    /// The standing of what a Compose project is given.
    #[must_use]
    pub fn of_stack(stack: &Stack) -> Self {
        match Self::of(stack.role()) {
            Standing::Deployable if !stack.may_be_production() => Standing::Development,
            standing => standing,
        }
    }

    /// Whether it is, or may be, what production uses.
    #[must_use]
    pub const fn may_be_production(self) -> bool {
        matches!(self, Standing::Production | Standing::Deployable)
    }
}

impl Definition {
    /// Whether the value may be what production uses.
    #[must_use]
    pub fn may_be_production(&self) -> bool {
        self.standing.may_be_production()
    }

    /// What identifies the definition within its file: the variable, with its
    /// service if it has one.
    #[must_use]
    pub fn evidence(&self) -> String {
        match &self.source {
            DefinitionSource::ComposeService { service }
            | DefinitionSource::ComposeBuild { service } => format!("{service}:{}", self.name),
            _ => self.name.clone(),
        }
    }
}

/// Every definition, sorted by name, then by file and place. What a Compose
/// service only passes on (no value at all) is no definition; `${X}` is one, of
/// class [`ValueClass::Reference`].
pub(crate) fn definitions(snapshot: &Snapshot, joined: &Joined) -> Vec<Definition> {
    let names: Vec<&str> = joined.project_names().iter().map(String::as_str).collect();
    let mut definitions = Vec::new();
    for facts in joined.env_files() {
        if !facts.encrypted {
            env_file(snapshot, joined, facts, &names, &mut definitions);
        }
    }
    for stack in joined.stacks() {
        for service in &stack.project().services {
            compose_service(stack, service, &names, &mut definitions);
        }
    }
    for artifact in snapshot.of_kind(DocumentKind::Vercel) {
        if let Some(Document::Vercel(config)) = snapshot.document(artifact) {
            let role = snapshot.role(artifact);
            let role = FileRole {
                // Nothing but its directory can make the file anything else.
                role: if role.role == Role::Source { Role::Deployable } else { role.role },
                ..role
            };
            for pair in config.env.iter().chain(&config.build_env) {
                definitions.push(vercel(artifact.path(), role, pair, &names));
            }
        }
    }
    definitions.sort_by(|a, b| {
        (&a.name, &a.artifact, a.value_region, a.standing).cmp(&(
            &b.name,
            &b.artifact,
            b.value_region,
            b.standing,
        ))
    });
    // A base file belongs to several stacks, an anchored block to several
    // services: the one nearest to production stays.
    definitions.dedup_by(|b, a| {
        a.name == b.name && a.artifact == b.artifact && a.value_region == b.value_region
    });
    definitions
}

/// Names by which the project is known, the most telling first: judging a value
/// looks at a few of them only.
pub(super) fn project_names(
    snapshot: &Snapshot,
    packages: &Packages,
    stacks: &[Stack],
) -> Vec<String> {
    let given = snapshot.project_names().iter().map(String::as_str);
    let stacks = stacks.iter().filter_map(|s| Some(s.project().name.as_ref()?.raw()));
    let packages = packages.all().iter().filter_map(|p| p.name.as_deref());
    let mut names: Vec<String> = Vec::new();
    for name in given.chain(stacks).chain(packages) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        if names.len() == MAX_NAMES {
            break;
        }
    }
    names
}

/// How near to production an env file is. A `.env` beside a `.env.production`
/// that is not committed is its developer's own.
fn standing_of(snapshot: &Snapshot, joined: &Joined, facts: &EnvFileFacts) -> Standing {
    if facts.template {
        return Standing::Template;
    }
    let standing = Standing::of(facts.role);
    let unnamed =
        standing == Standing::Deployable && facts.role.environment == Environment::Unspecified;
    let tracked = || snapshot.git().is_some_and(|git| git.is_tracked(facts.path.as_str()));
    let has_sibling = || {
        joined.env_files_in(facts.path.parent()).any(|other| {
            !other.template
                && other.role.role == Role::Deployable
                && other.role.environment == Environment::Production
                && middle_words(&other.path) == middle_words(&facts.path)
        })
    };
    if unnamed && !tracked() && has_sibling() { Standing::Development } else { standing }
}

/// The words of an env file's name that say whose it is: `api` in `api.env`.
fn middle_words(path: &ArtifactPath) -> Vec<String> {
    is_env_file_name(path.file_name()).map_or_else(Vec::new, |name| name.middle)
}

fn env_file(
    snapshot: &Snapshot,
    joined: &Joined,
    facts: &EnvFileFacts,
    names: &[&str],
    definitions: &mut Vec<Definition>,
) {
    let Some((_, env)) = parsed(snapshot, &facts.path) else { return };
    let standing = standing_of(snapshot, joined, facts);
    let entries: Vec<_> = env.entries().iter().filter(|entry| entry.has_value).collect();
    let last: HashMap<&str, (usize, &str)> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| (&*entry.key, (index, &*entry.value)))
        .collect();
    for (index, entry) in entries.iter().enumerate() {
        let kind = secret_kind(&entry.key);
        let user = beside(&entry.key, kind, |name| last.get(name).map(|(_, value)| *value));
        let found = env_reference(&entry.value).unwrap_or_else(|| Effective {
            value: entry.value.to_string(),
            range: 0..entry.value.len(),
            written: Written::Literal,
        });
        let exact = entry.value_region.range().len() == entry.value.len();
        let value_region = if exact && found.range.len() < entry.value.len() {
            Region::new(found.range.start, found.range.end).offset(entry.value_region.start)
        } else {
            entry.value_region
        };
        definitions.push(Definition {
            name: entry.key.to_string(),
            class: judge(&entry.key, &found, user, names),
            value: SecretText::new(&found.value),
            written: found.written,
            kind,
            user: user.map(SecretText::new),
            artifact: facts.path.clone(),
            key_region: entry.key_region,
            value_region,
            role: facts.role,
            standing,
            overridden: last.get(&*entry.key).is_some_and(|(last, _)| *last != index),
            source: if facts.template {
                DefinitionSource::EnvTemplate
            } else {
                DefinitionSource::EnvFile
            },
        });
    }
}

fn compose_service(
    stack: &Stack,
    service: &Service,
    names: &[&str],
    definitions: &mut Vec<Definition>,
) {
    let name = || service.name.raw().to_owned();
    let lists = [
        (&service.environment[..], DefinitionSource::ComposeService { service: name() }),
        (
            service.build.as_ref().map_or(&[][..], |build| &build.args),
            DefinitionSource::ComposeBuild { service: name() },
        ),
    ];
    for (variables, source) in lists {
        let values: HashMap<&str, &EnvVar> =
            variables.iter().map(|variable| (variable.key.raw(), variable)).collect();
        for variable in variables {
            let Some(text) = &variable.value else { continue };
            let key = variable.key.raw();
            let kind = secret_kind(key);
            let user = beside(key, kind, |name| {
                let user = values.get(name)?.value.as_ref()?;
                Some(stack.effective(user.raw()).value)
            });
            let found = stack.effective(text.raw());
            let region = text.region_of(found.range.clone()).unwrap_or(text.region());
            definitions.push(Definition {
                name: key.to_owned(),
                class: judge(key, &found, user.as_deref(), names),
                value: SecretText::new(&found.value),
                written: found.written,
                kind,
                user: user.as_deref().map(SecretText::new),
                artifact: text.origin().artifact.clone(),
                key_region: variable.key.region(),
                value_region: region,
                role: stack.role(),
                standing: Standing::of_stack(stack),
                overridden: false,
                source: source.clone(),
            });
        }
    }
}

fn vercel(artifact: &ArtifactPath, role: FileRole, pair: &Pair, names: &[&str]) -> Definition {
    let name = &*pair.key.value;
    let value = &*pair.value.value;
    let found = Effective {
        value: value.to_owned(),
        range: 0..value.len(),
        // `@name` is a secret that Vercel keeps.
        written: match value.strip_prefix('@') {
            Some(secret) => Written::Reference { variable: secret.to_owned() },
            None => Written::Literal,
        },
    };
    Definition {
        name: name.to_owned(),
        class: judge(name, &found, None, names),
        value: SecretText::new(value),
        written: found.written,
        kind: secret_kind(name),
        user: None,
        artifact: artifact.clone(),
        key_region: pair.key.region,
        value_region: pair.value.region,
        role,
        standing: Standing::of(role),
        overridden: false,
        source: DefinitionSource::Vercel,
    }
}

/// The user name that the neighbours of a password give.
fn beside<T>(
    key: &str,
    kind: Option<SecretKind>,
    value_of: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    if !kind.is_some_and(SecretKind::is_password) {
        return None;
    }
    user_name_for(key).iter().find_map(|name| value_of(name))
}

fn judge(key: &str, found: &Effective, user: Option<&str>, project: &[&str]) -> ValueClass {
    match found.written {
        Written::Reference { .. } => ValueClass::Reference,
        _ => classify(&found.value, &ValueContext { key, user, project }),
    }
}

#[cfg(test)]
mod tests;
