//! A project: what Compose makes of a set of files.

use seaworthy_model::ArtifactPath;

use super::ComposeFile;
use super::load::{FileLookup, Loader, Problem, ProblemKind};
use super::service::Service;
use super::text::{Origin, Text};
use super::value::Value;

use std::collections::HashMap;

/// A project, its files merged.
#[derive(Clone, Debug)]
pub struct Project {
    /// Every file that contributes: the given ones first to last, those they
    /// extend or include where they come in.
    pub files: Vec<ArtifactPath>,
    /// The project's `name`.
    pub name: Option<Text>,
    /// The services, whatever their profiles.
    pub services: Vec<Service>,
    /// The declared networks.
    pub networks: Vec<Declared>,
    /// The declared volumes.
    pub volumes: Vec<Declared>,
    /// The declared secrets.
    pub secrets: Vec<Declared>,
    /// The declared configs.
    pub configs: Vec<Declared>,
    /// What `include` asks for, nested ones too.
    pub includes: Vec<Include>,
    /// What could not be put together as Compose would.
    pub problems: Vec<Problem>,
    raw: Value,
    uncertain: bool,
    bases: HashMap<ArtifactPath, String>,
}

/// A top-level network, volume, secret or config.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The key that services use, with its place.
    pub name: Text,
    /// What is declared; null is the default.
    pub value: Value,
}

impl Declared {
    /// Whether it is made elsewhere (`external: true` or the older mapping).
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.value.get("external").is_some_and(|external| match external {
            Value::Scalar(text) => is_true(text),
            Value::Mapping(..) => true,
            _ => false,
        })
    }
}

/// Whether a scalar is true for Compose, defaults of variables included.
pub(super) fn is_true(text: &Text) -> bool {
    text.with_defaults().is_some_and(|text| {
        ["true", "yes", "on", "y", "1"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
    })
}

/// An item of `include`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The file, and files that override it.
    pub paths: Vec<Text>,
    /// The directory that relative paths in it start from, if it is not the
    /// file's own.
    pub project_directory: Option<Text>,
    /// Env files for the variables in it.
    pub env_file: Vec<Text>,
    /// Where the item is written.
    pub origin: Origin,
}

impl Include {
    pub(super) fn read(item: &Value) -> Include {
        let list = |value: Option<&Value>| -> Vec<Text> {
            let Some(value) = value else { return Vec::new() };
            match value {
                Value::Scalar(text) => vec![text.clone()],
                value => value.items().iter().filter_map(Value::text).cloned().collect(),
            }
        };
        let paths = match item {
            Value::Scalar(text) => vec![text.clone()],
            item => list(item.get("path")),
        };
        Include {
            paths,
            project_directory: item.get("project_directory").and_then(Value::text).cloned(),
            env_file: list(item.get("env_file")),
            origin: item.origin().clone(),
        }
    }
}

impl Project {
    /// Puts the files together, the base first and then what overrides it.
    /// Files they extend or include come from `lookup`. Never fails: what does
    /// not fit is in [`Project::problems`].
    #[must_use]
    pub fn load(files: &[(ArtifactPath, &ComposeFile)], lookup: &FileLookup<'_>) -> Project {
        let mut loader = Loader::new(lookup);
        let base = files.first().map_or("", |(path, _)| path.parent());
        let raw = loader.load(files, base, &[]);
        let mut problems = std::mem::take(&mut loader.problems);
        if loader.is_exhausted() {
            problems.push(Problem {
                kind: ProblemKind::TooMuch,
                origin: raw.origin().clone(),
                message: "the project is too large or too deep to be read whole".to_owned(),
            });
        }
        let declared = |section: &str| -> Vec<Declared> {
            let members = raw.get(section).map_or(&[][..], Value::members);
            members
                .iter()
                .map(|member| Declared { name: member.key.clone(), value: member.value.clone() })
                .collect()
        };
        let services = raw.get("services").map_or(&[][..], Value::members);
        Project {
            files: std::mem::take(&mut loader.files),
            name: raw.get("name").and_then(Value::text).cloned(),
            services: services.iter().map(Service::read).collect(),
            networks: declared("networks"),
            volumes: declared("volumes"),
            secrets: declared("secrets"),
            configs: declared("configs"),
            includes: std::mem::take(&mut loader.includes),
            problems,
            uncertain: loader.uncertain,
            bases: std::mem::take(&mut loader.bases),
            raw,
        }
    }

    /// A project of one file that needs no other.
    #[must_use]
    pub fn single(artifact: ArtifactPath, file: &ComposeFile) -> Project {
        Self::load(&[(artifact, file)], &|_| None)
    }

    /// Whether a file of it was broken and read by guess: what is there is
    /// likely, what is absent is unknown.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.uncertain
    }

    /// Whether parts are missing (a remote or absent file, too much), so that
    /// the absence of something proves nothing.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.uncertain
            || self.problems.iter().any(|problem| {
                !matches!(
                    problem.kind,
                    ProblemKind::Conflict | ProblemKind::Cycle | ProblemKind::Malformed
                )
            })
    }

    /// The merged model as it is, for attributes without a field here.
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name.raw() == name)
    }

    /// The artifact that a relative path written at `origin` means: it starts
    /// from the project's directory, or from that of the included or extended
    /// file. `None` when it is absolute or leaves the root.
    #[must_use]
    pub fn resolve(&self, origin: &Origin, path: &str) -> Option<ArtifactPath> {
        let base = self.bases.get(&origin.artifact).map_or("", String::as_str);
        ArtifactPath::resolve(base, path)
    }
}
