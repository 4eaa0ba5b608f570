//! Secrets that one process holds together: those of an env file, those of a
//! Compose service.

use std::collections::{BTreeMap, HashMap};

use seaworthy_model::{ArtifactPath, Region};

use super::Joined;
use super::definitions::{Definition, DefinitionSource, Standing};
use super::effective::Written;
use super::stacks::{Stack, Supplied};
use crate::names::{SecretKind, secret_kind};
use crate::secret_text::SecretText;
use crate::snapshot::Snapshot;
use crate::values::{ValueClass, ValueContext, classify};

/// The secrets of one env file or one service, in the order of their places.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The Compose service; `None` for an env file.
    pub service: Option<String>,
    /// How near to production it is.
    pub standing: Standing,
    /// Its secrets.
    pub secrets: Vec<HeldSecret>,
}

/// A secret as its holder sees it.
#[derive(Clone, Debug)]
pub struct HeldSecret {
    /// The variable.
    pub name: String,
    /// What the name promises.
    pub kind: SecretKind,
    /// What it comes to.
    pub content: Content,
    /// What kind of value it is; a reference when the value is not known.
    pub class: ValueClass,
    /// The file that decides.
    pub artifact: ArtifactPath,
    /// Where the name is written.
    pub key_region: Region,
    /// Where the value is written.
    pub value_region: Region,
    /// The line of an env file where the value really stands: its path and name.
    source: Option<(ArtifactPath, String)>,
}

/// What a secret comes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// This value.
    Value(SecretText),
    /// Whatever the environment has under this name.
    Variable(String),
}

impl Holder {
    /// The pairs of an earlier and a later secret that come to the same, at most
    /// one for each later secret: the first earlier one that `wanted` takes.
    pub fn equal_pairs(
        &self,
        wanted: impl Fn(&HeldSecret, &HeldSecret) -> bool,
    ) -> Vec<(&HeldSecret, &HeldSecret)> {
        // A few of each kind stand for all, so that a huge file costs little.
        let mut earlier: HashMap<&Content, Vec<&HeldSecret>> = HashMap::new();
        let mut pairs = Vec::new();
        for later in &self.secrets {
            let same = earlier.entry(&later.content).or_default();
            if let Some(found) =
                same.iter().find(|found| wanted(found, later) && found.equals(later))
            {
                pairs.push((*found, later));
            }
            if same.iter().filter(|found| found.kind == later.kind).count() < 3 {
                same.push(later);
            }
        }
        pairs
    }
}

impl HeldSecret {
    /// Whether both come to the same, and it is here that they do: two lines of
    /// one env file that a service only passes on are that file's own matter.
    #[must_use]
    pub fn equals(&self, other: &HeldSecret) -> bool {
        let elsewhere = match (&self.source, &other.source) {
            (Some(a), Some(b)) => a.0 == b.0 && a.1 != b.1,
            _ => false,
        };
        self.content == other.content && !elsewhere
    }
}

/// Every holder of at least one secret: env files first, then services.
pub(super) fn holders(snapshot: &Snapshot, joined: &Joined) -> Vec<Holder> {
    let mut holders = Vec::new();
    let mut files: BTreeMap<&ArtifactPath, Vec<&Definition>> = BTreeMap::new();
    for definition in joined.definitions() {
        let in_env_file =
            matches!(definition.source, DefinitionSource::EnvFile | DefinitionSource::EnvTemplate);
        if in_env_file && !definition.overridden {
            files.entry(&definition.artifact).or_default().push(definition);
        }
    }
    for definitions in files.values_mut() {
        definitions.sort_by_key(|definition| definition.key_region);
        // One step suffices: a chain ends in the same variable.
        let values: HashMap<&str, &Definition> = definitions
            .iter()
            .filter(|definition| !matches!(definition.written, Written::Reference { .. }))
            .map(|definition| (definition.name.as_str(), *definition))
            .collect();
        let secrets: Vec<HeldSecret> =
            definitions.iter().filter_map(|definition| of_env_file(definition, &values)).collect();
        if let (Some(first), false) = (definitions.first(), secrets.is_empty()) {
            holders.push(Holder { service: None, standing: first.standing, secrets });
        }
    }
    // Many services may read one env file, whose values are judged already.
    let judged: HashMap<(&ArtifactPath, Region), ValueClass> = (joined.definitions().iter())
        .map(|definition| ((&definition.artifact, definition.key_region), definition.class))
        .collect();
    for stack in joined.stacks() {
        for service in &stack.project().services {
            let mut secrets: Vec<HeldSecret> = stack
                .supplied(snapshot, service)
                .into_iter()
                .filter_map(|supplied| of_service(stack, supplied, &judged))
                .collect();
            secrets.sort_by(|a, b| (&a.artifact, a.key_region).cmp(&(&b.artifact, b.key_region)));
            if !secrets.is_empty() {
                holders.push(Holder {
                    service: Some(service.name.raw().to_owned()),
                    standing: Standing::of_stack(stack),
                    secrets,
                });
            }
        }
    }
    holders
}

fn of_env_file(definition: &Definition, file: &HashMap<&str, &Definition>) -> Option<HeldSecret> {
    let kind = definition.kind?;
    let (content, class) = match &definition.written {
        Written::Reference { variable } => match file.get(variable.as_str()) {
            Some(other) => (Content::Value(other.value.clone()), other.class),
            None => (Content::Variable(variable.clone()), ValueClass::Reference),
        },
        _ if definition.class == ValueClass::Empty => return None,
        _ => (Content::Value(definition.value.clone()), definition.class),
    };
    Some(HeldSecret {
        name: definition.name.clone(),
        kind,
        content,
        class,
        artifact: definition.artifact.clone(),
        key_region: definition.key_region,
        value_region: definition.value_region,
        source: None,
    })
}

fn of_service(
    stack: &Stack,
    supplied: Supplied,
    judged: &HashMap<(&ArtifactPath, Region), ValueClass>,
) -> Option<HeldSecret> {
    let kind = secret_kind(&supplied.name)?;
    let class = |value: &str| {
        let known = judged.get(&(&supplied.artifact, supplied.key_region));
        if let Some(class) = known.filter(|class| supplied.from_env_file && class.is_secret()) {
            return *class;
        }
        classify(value, &ValueContext { key: &supplied.name, user: None, project: &[] })
    };
    let source = match &supplied.written {
        _ if supplied.from_env_file => Some((supplied.artifact.clone(), supplied.name.clone())),
        Written::Reference { variable } => {
            stack.dotenv().map(|dotenv| (dotenv.clone(), variable.clone()))
        }
        _ => None,
    };
    let (content, class) = match (&supplied.written, &supplied.value) {
        (Written::Reference { variable }, None) => {
            (Content::Variable(variable.clone()), ValueClass::Reference)
        }
        (_, Some(value)) if !value.reveal().is_empty() => {
            (Content::Value(value.clone()), class(value.reveal()))
        }
        _ => return None,
    };
    Some(HeldSecret {
        kind,
        content,
        class,
        source,
        artifact: supplied.artifact,
        key_region: supplied.key_region,
        value_region: supplied.value_region,
        name: supplied.name,
    })
}
