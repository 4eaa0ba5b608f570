//! The layer of Traefik: the headers that its middlewares set, by labels of
//! Compose services or in a dynamic file.
//!
//! Which router uses a middleware, and what stands behind it, is not followed:
//! a header that no middleware sets is unknown, never missing.

use std::collections::BTreeMap;

use seaworthy_formats::hosting::{TraefikFile, field_header};
use seaworthy_formats::http::{HeaderRule, Matcher, Provider, Text};
use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::{toml, yaml};

use super::super::stacks::Stack;
use super::{HeaderApp, Surface, cut, is_deployed};
use crate::document::DocumentKind;
use crate::roles::Role;
use crate::snapshot::{Artifact, Snapshot};

/// Each file with middlewares that set headers.
pub(super) fn apps(snapshot: &Snapshot, stacks: &[Stack]) -> Vec<HeaderApp> {
    let mut rules: BTreeMap<ArtifactPath, Vec<HeaderRule>> = BTreeMap::new();
    for stack in stacks.iter().filter(|stack| stack.may_be_production()) {
        for label in stack.project().services.iter().flat_map(|service| &service.labels) {
            let Some(field) = header_field(label.key.raw()) else { continue };
            let Some(value) = &label.value else { continue };
            let Some(known) = stack.expand(value) else { continue };
            let Some((name, sent)) = field_header(field, &known) else { continue };
            let artifact = &label.origin.artifact;
            let text = Text::new(sent, value.region());
            let found = rules.entry(artifact.clone()).or_default();
            if found.iter().all(|rule| rule.value.region != text.region) {
                found.push(rule(artifact, Text::new(name, label.key.region()), text));
            }
        }
    }
    for artifact in dynamic_files(snapshot) {
        let text = snapshot.text(artifact).unwrap_or("");
        let tree = match artifact.path().file_name().ends_with(".toml") {
            true => toml::parse(text),
            false => yaml::parse(text),
        };
        let found = rules.entry(artifact.path().clone()).or_default();
        for field in TraefikFile::read(&tree).fields {
            let (name, value) = field.header;
            found.push(rule(artifact.path(), name, value));
        }
    }
    rules.into_iter().filter(|(_, rules)| !rules.is_empty()).map(app).collect()
}

/// The files of a dynamic configuration: of the name of Traefik, or in a folder
/// of that name.
fn dynamic_files(snapshot: &Snapshot) -> impl Iterator<Item = &Artifact> {
    let may_be = |artifact: &Artifact| {
        let path = artifact.path();
        let name = path.file_name();
        [".yml", ".yaml", ".toml"].iter().any(|end| name.ends_with(end))
            && path.as_str().contains("traefik")
            && artifact.kind() == DocumentKind::Other
    };
    snapshot.chosen(may_be).into_iter().filter(|artifact| {
        matches!(snapshot.role(artifact).role, Role::Deployable | Role::Source)
            && is_deployed(snapshot, artifact)
            && snapshot.text(artifact).is_some_and(|text| {
                text.contains("middlewares") && text.contains("eaders") && !text.contains("{{")
            })
    })
}

/// The field of a label `traefik.http.middlewares.NAME.headers.FIELD`.
fn header_field(label: &str) -> Option<&str> {
    let rest = label.strip_prefix("traefik.http.middlewares.")?;
    let (_, rest) = rest.split_once('.')?;
    let (kind, field) = rest.split_once('.')?;
    kind.eq_ignore_ascii_case("headers").then_some(field)
}

fn rule(artifact: &ArtifactPath, name: Text, value: Text) -> HeaderRule {
    HeaderRule {
        provider: Provider::Traefik,
        artifact: artifact.clone(),
        matcher: Matcher::Unknown,
        conditional: true,
        removes: false,
        source: name.region,
        name,
        value,
    }
}

fn app((artifact, mut rules): (ArtifactPath, Vec<HeaderRule>)) -> HeaderApp {
    cut(&mut rules);
    HeaderApp {
        provider: Provider::Traefik,
        directory: artifact.parent().to_owned(),
        anchor: rules.first().map_or(Region::empty(0), |rule| rule.name.region),
        routes: Vec::new(),
        surface: Surface::Unknown,
        meta_policy: false,
        unread_layers: Vec::new(),
        uncertain: true,
        secure: true,
        layers: vec![artifact.clone()],
        platform: &[],
        artifact,
        rules,
    }
}
