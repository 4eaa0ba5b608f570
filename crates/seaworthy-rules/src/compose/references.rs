//! What services refer to by name: other services, networks, volumes, secrets
//! and configs.

use seaworthy_formats::compose::{Project, Service, Text, UNKNOWN, Value, VolumeKind};
use seaworthy_model::{ArtifactPath, Region};

use super::standing::Judged;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Service,
    Network,
    Volume,
    Secret,
    Config,
}

impl Kind {
    /// The singular for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Service => "service",
            Kind::Network => "network",
            Kind::Volume => "volume",
            Kind::Secret => "secret",
            Kind::Config => "config",
        }
    }

    /// The top-level key that declares it.
    pub(super) fn section(self) -> &'static str {
        match self {
            Kind::Service => "services",
            Kind::Network => "networks",
            Kind::Volume => "volumes",
            Kind::Secret => "secrets",
            Kind::Config => "configs",
        }
    }
}

/// A name that a service uses.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) kind: Kind,
    /// The name, variables replaced.
    pub(super) name: String,
    /// The attribute that uses it.
    pub(super) by: &'static str,
    pub(super) artifact: ArtifactPath,
    pub(super) region: Region,
    /// Whether the region holds the name and nothing else.
    pub(super) exact: bool,
}

/// Everything that a service refers to, as far as it can be read.
pub(super) fn references(judged: &Judged<'_>, service: &Service) -> Vec<Reference> {
    let mut found = Collector { judged, found: Vec::new() };
    for dependency in service.depends_on.iter().filter(|dependency| dependency.required) {
        found.whole(Kind::Service, "depends_on", &dependency.service);
    }
    for network in service.networks.iter().filter(|network| network.name.raw() != "default") {
        found.whole(Kind::Network, "networks", &network.name);
    }
    for (kind, by, mounts) in
        [(Kind::Secret, "secrets", &service.secrets), (Kind::Config, "configs", &service.configs)]
    {
        for mount in mounts {
            found.whole(kind, by, &mount.source);
        }
    }
    found.volumes(service);
    for (key, by) in [("network_mode", "network_mode"), ("pid", "pid"), ("ipc", "ipc")] {
        if let Some(text) = service.extra(key).and_then(Value::text)
            && let Some(name) = text.raw().strip_prefix("service:")
        {
            let start = text.raw().len() - name.len();
            found.part(Kind::Service, by, text, start..text.raw().len());
        }
    }
    let lists = [("links", "links"), ("volumes_from", "volumes_from")];
    for (key, by) in lists {
        for text in service.extra(key).map_or(&[][..], Value::items).iter().filter_map(Value::text)
        {
            let name = text.raw().split(':').next().unwrap_or("");
            if key == "volumes_from" && name == "container" {
                continue;
            }
            found.part(Kind::Service, by, text, 0..name.len());
        }
    }
    let build_secrets = service.raw().at(&["build", "secrets"]);
    for secret in build_secrets.map_or(&[][..], Value::items) {
        let name = secret.text().or_else(|| secret.get("source").and_then(Value::text));
        if let Some(name) = name {
            found.whole(Kind::Secret, "build.secrets", name);
        }
    }
    let contexts = service.raw().at(&["build", "additional_contexts"]);
    for context in contexts.map_or(&[][..], Value::members) {
        if let Some(text) = context.value.text()
            && let Some(name) = text.raw().strip_prefix("service:")
        {
            let start = text.raw().len() - name.len();
            found.part(Kind::Service, "build.additional_contexts", text, start..text.raw().len());
        }
    }
    found.found
}

struct Collector<'a, 's> {
    judged: &'a Judged<'s>,
    found: Vec<Reference>,
}

impl Collector<'_, '_> {
    fn whole(&mut self, kind: Kind, by: &'static str, text: &Text) {
        self.part(kind, by, text, 0..text.raw().len());
    }

    fn part(&mut self, kind: Kind, by: &'static str, text: &Text, range: std::ops::Range<usize>) {
        let exact = text.region_of(range.clone());
        let part = text.slice(range);
        let Some(name) = self.judged.stack.expand(&part) else { return };
        if name.is_empty() {
            return;
        }
        self.found.push(Reference {
            kind,
            exact: exact.is_some() && name == part.raw(),
            name,
            by,
            artifact: text.origin().artifact.clone(),
            region: exact.unwrap_or(text.region()),
        });
    }

    fn volumes(&mut self, service: &Service) {
        for reference in &service.volumes {
            let Ok(volume) = reference.resolve(&|name| self.judged.variable(name)) else {
                continue;
            };
            let Some(source) = volume.source.filter(|_| volume.kind == VolumeKind::Volume) else {
                continue;
            };
            if source.contains(UNKNOWN) {
                continue;
            }
            let field = reference.value.get("source").or_else(|| reference.value.get("src"));
            let text = field.and_then(Value::text).or_else(|| reference.value.text());
            let Some(text) = text else { continue };
            if text.raw().starts_with(&*source) {
                self.part(Kind::Volume, "volumes", text, 0..source.len());
            } else {
                self.found.push(Reference {
                    kind: Kind::Volume,
                    name: source,
                    by: "volumes",
                    artifact: text.origin().artifact.clone(),
                    region: text.region(),
                    exact: false,
                });
            }
        }
    }
}

/// The names that a project declares.
pub(super) fn declared_names(project: &Project, kind: Kind) -> Vec<&str> {
    let declared = match kind {
        Kind::Service => {
            return project.services.iter().map(|service| service.name.raw()).collect();
        }
        Kind::Network => &project.networks,
        Kind::Volume => &project.volumes,
        Kind::Secret => &project.secrets,
        Kind::Config => &project.configs,
    };
    declared.iter().map(|declared| declared.name.raw()).collect()
}

/// How many declared names are compared with a misspelt one.
const COMPARED: usize = 200;

/// The longest name that is compared.
const LONGEST: usize = 64;

/// The declared name that was probably meant.
pub(super) fn nearest<'n>(name: &str, declared: &[&'n str]) -> Option<&'n str> {
    if name.len() > LONGEST {
        return None;
    }
    let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '.'], "_");
    let wanted = plain(name);
    let best = declared
        .iter()
        .take(COMPARED)
        .filter(|other| other.len() <= LONGEST)
        .map(|&other| (distance(&wanted, &plain(other)), other))
        .min()?;
    let most = if name.len() <= 4 { 1 } else { 2 };
    (best.0 <= most).then_some(best.1)
}

/// Levenshtein's distance, with neighbours that changed places as one step.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        let declared = ["postgres", "backend", "app_network", "db"];
        let cases = [
            ("postgress", Some("postgres")),
            ("potsgres", Some("postgres")),
            ("app-network", Some("app_network")),
            ("Backend", Some("backend")),
            ("dv", Some("db")),
            ("redis", None),
            ("api", None),
            ("frontend", None),
        ];
        for (name, want) in cases {
            assert_eq!(nearest(name, &declared), want, "{name}");
        }
    }
}
