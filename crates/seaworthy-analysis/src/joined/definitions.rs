//! Which variable is defined where, with which kind of value, for which
//! environment.

use seaworthy_model::{ArtifactPath, Region};

use super::Joined;
use super::env_files::parsed;
use crate::names::{SecretKind, secret_kind};
use crate::roles::{Environment, FileRole};
use crate::secret_text::SecretText;
use crate::snapshot::Snapshot;
use crate::values::{ValueClass, ValueContext, classify};

/// A place that gives a variable a value.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The variable.
    pub name: String,
    /// Its value.
    pub value: SecretText,
    /// What kind of value it is.
    pub class: ValueClass,
    /// What kind of secret the name promises, if any.
    pub kind: Option<SecretKind>,
    /// The file.
    pub artifact: ArtifactPath,
    /// Where the name is written.
    pub key_region: Region,
    /// Where the value is written.
    pub value_region: Region,
    /// The role of the file, and the environment it is for.
    pub role: FileRole,
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
}

impl Definition {
    /// Whether the value may be what production uses.
    #[must_use]
    pub fn may_be_production(&self) -> bool {
        self.source != DefinitionSource::EnvTemplate
            && matches!(self.role.environment, Environment::Production | Environment::Unspecified)
    }
}

/// Every definition, sorted by name, then by file and place. What a Compose
/// service only passes on (`${X}`, no value) is no definition.
pub(crate) fn definitions(snapshot: &Snapshot, joined: &Joined) -> Vec<Definition> {
    let mut definitions = Vec::new();
    let names: Vec<&str> = snapshot.project_names().iter().map(String::as_str).collect();
    for facts in joined.env_files() {
        let Some((_, env)) = parsed(snapshot, &facts.path) else { continue };
        if facts.encrypted {
            continue;
        }
        for entry in env.entries().iter().filter(|entry| entry.has_value) {
            let context = ValueContext { key: &entry.key, user: None, project: &names };
            definitions.push(Definition {
                name: entry.key.to_string(),
                value: SecretText::new(&entry.value),
                class: classify(&entry.value, &context),
                kind: secret_kind(&entry.key),
                artifact: facts.path.clone(),
                key_region: entry.key_region,
                value_region: entry.value_region,
                role: facts.role,
                source: if facts.template {
                    DefinitionSource::EnvTemplate
                } else {
                    DefinitionSource::EnvFile
                },
            });
        }
    }
    for stack in joined.stacks() {
        for service in &stack.project().services {
            for variable in &service.environment {
                let Some(text) = &variable.value else { continue };
                let name = variable.key.raw();
                let context = ValueContext { key: name, user: None, project: &names };
                definitions.push(Definition {
                    name: name.to_owned(),
                    value: SecretText::new(text.raw()),
                    class: classify(text.raw(), &context),
                    kind: secret_kind(name),
                    artifact: variable.origin.artifact.clone(),
                    key_region: variable.key.region(),
                    value_region: variable.origin.region,
                    role: stack.role(),
                    source: DefinitionSource::ComposeService {
                        service: service.name.raw().to_owned(),
                    },
                });
            }
        }
    }
    definitions.sort_by(|a, b| {
        (&a.name, &a.artifact, a.value_region).cmp(&(&b.name, &b.artifact, b.value_region))
    });
    definitions.dedup_by(|b, a| {
        a.name == b.name && a.artifact == b.artifact && a.value_region == b.value_region
    });
    definitions
}
