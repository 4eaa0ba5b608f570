//! Docker Compose: what a project of one or several files comes to.
//!
//! A [`ComposeFile`] is one file; a [`Project`] is what Compose makes of a base,
//! its overrides, `extends` and `include`. Values stay unexpanded ([`Text`]) and
//! keep their [`Origin`], so that a rule expands them with the environment it
//! knows and points at the bytes that decide. The rules are those of compose-go.

mod canonical;
mod entries;
mod file_names;
mod image;
mod interpolate;
mod kind;
mod load;
mod merge;
mod ports;
mod project;
mod service;
mod text;
mod value;
mod volumes;

use std::sync::Arc;

use seaworthy_syntax::{NodeRef, Tree};

pub use entries::{HostIp, PortRef, Published, ResolvedPort, VolumeRef};
pub use file_names::{FileName, projects};
pub use image::ImageName;
pub use interpolate::{
    Lookup, Operation, Operator, Part, Template, TemplateError, UNKNOWN, Variable,
};
pub use kind::{Engine, ServiceKind};
pub use load::{FileLookup, Problem, ProblemKind};
pub use ports::{Port, PortError, PortMapping, PortRange, Protocol, parse_port};
pub use project::{Declared, Include, Project};
pub use service::{
    Build, Command, Condition, DependsOn, EnvFileRef, EnvVar, Healthcheck, MountRef, NetworkRef,
    Service, Words,
};
pub use text::{Origin, ScalarKind, Text, VariableUse};
pub use value::{Member, Value};
pub use volumes::{Volume, VolumeError, VolumeKind, is_host_path, parse_volume};

/// One Compose file with its text, which `Debug` does not show.
#[derive(Clone)]
pub struct ComposeFile {
    text: Arc<str>,
    tree: Tree,
}

/// Attributes that say that a mapping describes a service, not something else
/// that calls itself one.
const TELLING: &[&str] =
    &["image", "build", "extends", "container_name", "depends_on", "env_file", "provider"];

impl std::fmt::Debug for ComposeFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ComposeFile({} bytes, {} nodes)", self.text.len(), self.tree.len())
    }
}

/// How many services are looked at to judge a file as a whole.
const ENOUGH: usize = 500;

impl ComposeFile {
    /// Reads a text; never fails.
    #[must_use]
    pub fn parse(text: &str) -> ComposeFile {
        Self::new(text, seaworthy_syntax::yaml::parse(text))
    }

    /// Takes a tree that is already read from `text`.
    #[must_use]
    pub fn new(text: &str, tree: Tree) -> ComposeFile {
        ComposeFile { text: Arc::from(text), tree }
    }

    /// The tree.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether part of it was guessed because the text is broken.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.tree.is_uncertain()
    }

    /// The services as written, with their bodies.
    fn service_entries(&self) -> Vec<(&str, NodeRef<'_>)> {
        let Some(services) = self.tree.root().get("services") else { return Vec::new() };
        let entries = services.entries().into_iter();
        entries.filter_map(|entry| Some((entry.key.scalar()?, entry.value))).collect()
    }

    /// The names of its services, in order.
    #[must_use]
    pub fn service_names(&self) -> Vec<&str> {
        self.service_entries().into_iter().map(|(name, _)| name).collect()
    }

    /// Whether it includes other files.
    #[must_use]
    pub fn has_include(&self) -> bool {
        self.tree.root().get("include").is_some_and(|include| !include.is_null())
    }

    /// Whether every service says what to run, so that the file can stand
    /// alone. A file without services cannot.
    #[must_use]
    pub fn is_standalone(&self) -> bool {
        let services = self.service_entries();
        let runs = |service: &NodeRef<'_>| {
            ["image", "build", "extends", "provider"]
                .iter()
                .any(|key| service.get(key).is_some_and(|value| !value.is_null()))
        };
        !services.is_empty() && services.iter().take(ENOUGH).all(|(_, service)| runs(service))
    }
}

/// Whether a tree has the shape of a Compose file: services, most of which say
/// something that only a Compose service says. No `version` is needed.
#[must_use]
pub fn looks_like_compose(tree: &Tree) -> bool {
    let Some(services) = tree.root().get("services") else { return false };
    let mut services = services.entries();
    services.truncate(ENOUGH);
    let telling = services
        .iter()
        .filter(|entry| TELLING.iter().any(|key| entry.value.get(key).is_some()))
        .count();
    telling > 0 && telling * 2 >= services.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compose_files_are_known_by_their_shape() {
        let cases = [
            ("services:\n  db:\n    image: postgres\n", true),
            ("services:\n  a:\n    build: .\n  b:\n    command: x\n", true),
            ("x-base: &b\n  image: a\nservices:\n  a:\n    <<: *b\n", true),
            (
                "services:\n  App\\:\n    resource: ../src\n  _defaults:\n    autowire: true\n",
                false,
            ),
            ("services:\n  - name: api\n    image: x\n", false),
            ("jobs:\n  t:\n    services:\n      db:\n        image: x\n", false),
            ("services:\n", false),
            ("", false),
        ];
        for (text, want) in cases {
            assert_eq!(looks_like_compose(ComposeFile::parse(text).tree()), want, "{text}");
        }
    }

    #[test]
    fn a_file_stands_alone_when_every_service_says_what_to_run() {
        let cases = [
            ("services:\n  a:\n    image: x\n  b:\n    build: .\n", true),
            ("services:\n  a:\n    image: x\n  b:\n    ports: ['1:1']\n", false),
            ("services: {}\n", false),
            ("volumes:\n  x:\n", false),
        ];
        for (text, want) in cases {
            assert_eq!(ComposeFile::parse(text).is_standalone(), want, "{text}");
        }
    }
}
