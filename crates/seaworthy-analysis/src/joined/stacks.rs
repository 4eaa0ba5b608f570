//! Compose projects as they are run.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use seaworthy_formats::compose::{self, ComposeFile, EnvFileRef, Project, Service, Text};
use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::env::{EnvEntry, Loader};

use super::effective::{Effective, Written, effective};
use super::env_files::parsed;
use crate::document::{Document, DocumentKind};
use crate::roles::{Environment, FileRole, Role};
use crate::secret_text::SecretText;
use crate::snapshot::Snapshot;

/// A Compose project: a base file with the overrides that belong to it, merged
/// as Compose merges them, and the variables that its `.env` gives.
#[derive(Debug)]
pub struct Stack {
    project: Project,
    files: Vec<ArtifactPath>,
    role: FileRole,
    has_production_sibling: bool,
    dotenv: Option<ArtifactPath>,
    variables: BTreeMap<String, SecretText>,
}

/// A variable that a service is started with.
#[derive(Clone, Debug)]
pub struct Supplied {
    /// Its name.
    pub name: String,
    /// The value as written, if Compose is to interpolate it. `None` for one
    /// from an env file and for one that Compose's own environment supplies.
    pub text: Option<Text>,
    /// The effective value; `None` when it cannot be known.
    pub value: Option<SecretText>,
    /// How the value is given.
    pub written: Written,
    /// The file that decides.
    pub artifact: ArtifactPath,
    /// Where the name is written.
    pub key_region: Region,
    /// Where the value that takes effect is written; where the name is when
    /// there is none.
    pub value_region: Region,
    /// Whether an env file supplies it.
    pub from_env_file: bool,
}

impl Stack {
    /// The merged model.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The files that were given to Compose, the base first.
    #[must_use]
    pub fn files(&self) -> &[ArtifactPath] {
        &self.files
    }

    /// The base file.
    ///
    /// # Panics
    /// Never: a stack has at least one file.
    #[must_use]
    pub fn primary_file(&self) -> &ArtifactPath {
        self.files.first().expect("a stack has at least one file")
    }

    /// The role of the stack: that of the last of its files which says one.
    #[must_use]
    pub fn role(&self) -> FileRole {
        self.role
    }

    /// Whether it is, by its name or its words, a production or staging stack.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.role.role == Role::Deployable
            && matches!(self.role.environment, Environment::Production | Environment::Staging)
    }

    /// Whether it may be what production runs: it says so, or nothing says what
    /// it is for and no file beside it is for production.
    #[must_use]
    pub fn may_be_production(&self) -> bool {
        self.is_production()
            || (self.role.role == Role::Deployable
                && self.role.environment == Environment::Unspecified
                && !self.has_production_sibling)
    }

    /// Whether another file in the same directory is the production stack, so
    /// that this one is for development.
    #[must_use]
    pub fn has_production_sibling(&self) -> bool {
        self.has_production_sibling
    }

    /// The `.env` file that Compose reads for interpolation, if there is one.
    #[must_use]
    pub fn dotenv(&self) -> Option<&ArtifactPath> {
        self.dotenv.as_ref()
    }

    /// The value that Compose interpolates for a variable, from its `.env`.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&SecretText> {
        self.variables.get(name)
    }

    /// A text with the variables that are known; `None` when one that counts is
    /// neither known nor has a default.
    #[must_use]
    pub fn expand(&self, text: &Text) -> Option<String> {
        text.expand_known(&|name| self.variable(name).map(|value| value.reveal().to_owned()))
    }

    /// What a text comes to with the variables of the `.env` file.
    pub(super) fn effective(&self, text: &str) -> Effective {
        effective(text, &|name| self.variable(name).map(|value| value.reveal().to_owned()))
    }

    /// Whether every env file of a service is there, so that what
    /// [`Stack::supplied`] lacks is lacking.
    #[must_use]
    pub fn supplies_all(&self, snapshot: &Snapshot, service: &Service) -> bool {
        service
            .env_file
            .iter()
            .all(|entry| self.env_file(entry).is_some_and(|path| parsed(snapshot, &path).is_some()))
    }

    /// The file that an `env_file` entry means; `None` when its path cannot be
    /// known or leaves the root.
    #[must_use]
    pub fn env_file(&self, entry: &EnvFileRef) -> Option<ArtifactPath> {
        let path = self.expand(&entry.path)?;
        self.project.resolve(&entry.path.origin().clone(), &path)
    }

    /// What a service is started with: its env files in order, then its
    /// `environment`, later ones winning.
    #[must_use]
    pub fn supplied(&self, snapshot: &Snapshot, service: &Service) -> Vec<Supplied> {
        let mut supplied: BTreeMap<String, Supplied> = BTreeMap::new();
        for entry in &service.env_file {
            let Some(path) = self.env_file(entry) else { continue };
            let Some((artifact, env)) = parsed(snapshot, &path) else { continue };
            let text = snapshot.text(artifact).unwrap_or("");
            let lookup = |name: &str| self.variable(name).map(|v| v.reveal().to_owned());
            let loaded = seaworthy_syntax::env::load(text, Loader::Compose, &lookup);
            // Of a key written twice the last one with a value counts.
            let entries: HashMap<&str, &EnvEntry> = (env.entries().iter())
                .filter(|entry| entry.has_value)
                .map(|entry| (&*entry.key, entry))
                .collect();
            for value in loaded.values {
                let Some(written) = entries.get(value.key.as_str()) else { continue };
                supplied.insert(
                    value.key.clone(),
                    Supplied {
                        name: value.key,
                        text: None,
                        value: value.value.as_deref().map(SecretText::new),
                        written: Written::Literal,
                        artifact: path.clone(),
                        key_region: written.key_region,
                        value_region: written.value_region,
                        from_env_file: true,
                    },
                );
            }
        }
        for variable in &service.environment {
            let name = variable.key.raw().to_owned();
            let (value, written, region) = match &variable.value {
                Some(text) => {
                    let found = self.effective(text.raw());
                    let region = text.region_of(found.range).unwrap_or(text.region());
                    let value = self.expand(text).as_deref().map(SecretText::new);
                    (value, found.written, region)
                }
                None => {
                    let written = Written::Reference { variable: name.clone() };
                    (self.variable(&name).cloned(), written, variable.key.region())
                }
            };
            supplied.insert(
                name.clone(),
                Supplied {
                    name,
                    text: variable.value.clone(),
                    value,
                    written,
                    artifact: variable.origin.artifact.clone(),
                    key_region: variable.key.region(),
                    value_region: region,
                    from_env_file: false,
                },
            );
        }
        supplied.into_values().collect()
    }
}

/// All stacks of the repository, in the order of their files.
pub(crate) fn stacks(snapshot: &Snapshot) -> Vec<Stack> {
    let mut files: Vec<(ArtifactPath, Arc<ComposeFile>)> = Vec::new();
    for artifact in snapshot.of_kind(DocumentKind::Compose) {
        if let Some(Document::Compose(file)) = snapshot.document(artifact) {
            files.push((artifact.path().clone(), Arc::clone(file)));
        }
    }
    // What is extended or included may have any name. Read once each, since many
    // services may extend one file.
    let others: RefCell<HashMap<ArtifactPath, Option<Arc<ComposeFile>>>> = RefCell::default();
    let lookup = |path: &ArtifactPath| {
        if let Ok(index) = files.binary_search_by(|(candidate, _)| candidate.cmp(path)) {
            return Some(Arc::clone(&files[index].1));
        }
        let mut others = others.borrow_mut();
        let read = || {
            let text = snapshot.text(snapshot.artifact(path.as_str())?)?;
            Some(Arc::new(ComposeFile::parse(text)))
        };
        others.entry(path.clone()).or_insert_with(read).clone()
    };
    let borrowed: Vec<(ArtifactPath, &ComposeFile)> =
        files.iter().map(|(path, file)| (path.clone(), &**file)).collect();
    let role = |path: &ArtifactPath| {
        snapshot.artifact(path.as_str()).map_or(
            FileRole { role: Role::Source, environment: Environment::Unspecified },
            |artifact| snapshot.role(artifact),
        )
    };
    let production_directories: Vec<&str> = files
        .iter()
        // An overlay counts as well: with it, the base is judged as production.
        .filter(|(path, _)| role(path).environment == Environment::Production)
        .map(|(path, _)| path.parent())
        .collect();
    let mut stacks = Vec::new();
    for group in compose::projects(&borrowed) {
        let members: Vec<(ArtifactPath, &ComposeFile)> =
            group.iter().map(|&index| borrowed[index].clone()).collect();
        let Some((primary, _)) = members.first() else { continue };
        let paths: Vec<ArtifactPath> = members.iter().map(|(path, _)| path.clone()).collect();
        let role = paths
            .iter()
            .rev()
            .map(&role)
            .find(|role| role.environment != Environment::Unspecified)
            .unwrap_or_else(|| role(primary));
        let project = Project::load(&members, &lookup);
        let role = if is_generated_for_development(&project) && !says_production(role) {
            FileRole { role: Role::Development, environment: Environment::Development }
        } else {
            role
        };
        let dotenv = ArtifactPath::resolve(primary.parent(), ".env")
            .filter(|path| snapshot.contains(path.as_str()));
        let mut variables = BTreeMap::new();
        if let Some(artifact) = dotenv.as_ref().and_then(|path| snapshot.artifact(path.as_str())) {
            let text = snapshot.text(artifact).unwrap_or("");
            let loaded = seaworthy_syntax::env::load(text, Loader::Compose, &|_| None);
            for value in loaded.values {
                if let Some(text) = value.value {
                    variables.insert(value.key, SecretText::new(&text));
                }
            }
        }
        stacks.push(Stack {
            has_production_sibling: role.environment != Environment::Production
                && production_directories.contains(&primary.parent()),
            project,
            files: paths,
            role,
            dotenv,
            variables,
        });
    }
    stacks
}

fn says_production(role: FileRole) -> bool {
    matches!(role.environment, Environment::Production | Environment::Staging)
        || !matches!(role.role, Role::Deployable | Role::Source)
}

/// Whether the stack is one that a framework writes for its developers, and
/// that serves nothing else: Laravel Sail's builds from the package that is
/// only there for development.
fn is_generated_for_development(project: &Project) -> bool {
    project.services.iter().any(|service| {
        let sail = |text: &Text| text.raw().contains("vendor/laravel/sail/");
        service.build.as_ref().and_then(|build| build.context.as_ref()).is_some_and(sail)
            || service.environment.iter().any(|variable| variable.key.raw() == "LARAVEL_SAIL")
    })
}
