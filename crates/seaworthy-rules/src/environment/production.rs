//! The settings that production runs with, wherever they are written: env
//! files of production and staging, the `environment` and build arguments of
//! production stacks, the `env` of `vercel.json`.
//!
//! A plain `.env` is a developer's as often as a server's, so it does not
//! count. Of an interpolated text, the defaults count where nothing that is
//! known to belong to production supplies the variable.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use seaworthy_analysis::joined::{EnvFileFacts, Stack};
use seaworthy_analysis::roles::{Environment, Role, is_env_file_name};
use seaworthy_analysis::values::parse_url;
use seaworthy_analysis::{Context, Document, DocumentKind, Draft, Snapshot, names};
use seaworthy_formats::compose::{EnvVar, Service, Text, UNKNOWN};
use seaworthy_formats::http::Text as Written;
use seaworthy_formats::vercel::{Destination, VercelConfig};
use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::env::{EnvEntry, EnvFile};

/// A variable with the value that production uses.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) name: String,
    /// The effective value; [`UNKNOWN`] stands where a part is not known.
    pub(crate) value: String,
    pub(crate) artifact: ArtifactPath,
    pub(crate) key_region: Region,
    /// The value, or the default that stands for it.
    pub(crate) value_region: Region,
    pub(crate) place: Place,
    /// Whether the value counts only if nobody sets the variable.
    pub(crate) is_default: bool,
    /// Whether it is for staging.
    pub(crate) staging: bool,
    /// Whether the program runs in a container of its own, where `localhost`
    /// is the container.
    pub(crate) in_container: bool,
}

/// The kind of place where a [`Setting`] stands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    EnvFile,
    Service(String),
    Build(String),
    Vercel,
    /// Where a redirect or rewrite of `vercel.json` leads.
    Route {
        kind: &'static str,
        source: String,
    },
}

impl Setting {
    /// How a message calls it.
    pub(crate) fn subject(&self) -> String {
        match &self.place {
            Place::EnvFile | Place::Vercel => self.name.clone(),
            Place::Service(service) => format!("{} of service {service}", self.name),
            Place::Route { kind, source } => format!("The {kind} of {source}"),
            Place::Build(service) => {
                format!("Build argument {} of service {service}", self.name)
            }
        }
    }

    /// What identifies it across runs.
    pub(crate) fn evidence(&self) -> String {
        match &self.place {
            Place::EnvFile | Place::Vercel => self.name.clone(),
            Place::Service(service) | Place::Build(service) => format!("{service}:{}", self.name),
            Place::Route { kind, source } => format!("{kind}:{source}"),
        }
    }

    /// "production" or "staging".
    pub(crate) fn environment(&self) -> &'static str {
        if self.staging { "staging" } else { "production" }
    }

    /// " unless it is set" for a default.
    pub(crate) fn condition(&self) -> &'static str {
        if self.is_default { " unless somebody sets it" } else { "" }
    }

    /// Whether the text must be masked: its name promises a secret, or it is a
    /// URL with a password.
    pub(crate) fn may_hold_secret(&self) -> bool {
        names::secret_kind(&self.name).is_some()
            || parse_url(&self.value).is_some_and(|url| url.password.is_some())
    }

    /// Reports a fault of its value.
    pub(crate) fn report<'c>(&self, cx: &'c mut Context<'_>, message: String) -> &'c mut Draft {
        let draft = cx.report_in(&self.artifact, self.value_region, message);
        draft.evidence(self.evidence());
        if self.may_hold_secret() {
            draft.sensitive(self.value_region);
        }
        draft
    }
}

/// The settings of a snapshot, which many rules ask for.
#[derive(Default)]
pub(crate) struct Settings(OnceLock<Vec<Setting>>);

impl Settings {
    /// Each of them.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Setting> {
        self.0.get().map_or(&[][..], Vec::as_slice).iter()
    }
}

/// Every setting of production and staging, each place once; gathered when a rule
/// first asks.
pub(crate) fn settings(snapshot: &Snapshot) -> Arc<Settings> {
    let kept = snapshot.kept::<Settings>();
    kept.0.get_or_init(|| gather(snapshot));
    kept
}

fn gather(snapshot: &Snapshot) -> Vec<Setting> {
    let mut settings = Vec::new();
    let in_containers = files_of_containers(snapshot);
    for facts in snapshot.joined().env_files().iter().filter(|facts| is_production(facts)) {
        let Some(env) = env_file(snapshot, &facts.path) else { continue };
        for entry in counting(env).into_iter().filter(|entry| entry.has_value) {
            settings.push(Setting {
                name: entry.key.to_string(),
                value: entry.value.to_string(),
                artifact: facts.path.clone(),
                key_region: entry.key_region,
                value_region: entry.value_region,
                place: Place::EnvFile,
                is_default: false,
                staging: facts.role.environment == Environment::Staging,
                in_container: in_containers.contains(&facts.path),
            });
        }
    }
    let mut supplied = HashMap::new();
    // Anchors and stacks bring one place up many times.
    let mut seen = BTreeSet::new();
    for stack in snapshot.joined().stacks().iter().filter(|stack| stack.is_production()) {
        let directory = stack.primary_file().parent();
        let supplied =
            supplied.entry(directory).or_insert_with(|| supplied_names(snapshot, directory));
        for service in &stack.project().services {
            let place_in_service: fn(String) -> Place = Place::Service;
            let own = service.environment.iter().map(|variable| (variable, place_in_service));
            let arguments = service.build.iter().flat_map(|build| &build.args);
            let place_in_build: fn(String) -> Place = Place::Build;
            for (variable, place) in own.chain(arguments.map(|v| (v, place_in_build))) {
                let Some(value) = &variable.value else { continue };
                let at = (&value.origin().artifact, variable.key.region(), value.region());
                if seen.contains(&at) {
                    continue;
                }
                let place = place(service.name.raw().to_owned());
                if let Some(setting) = setting(stack, service, variable, place, supplied) {
                    seen.insert(at);
                    settings.push(setting);
                }
            }
        }
    }
    for artifact in snapshot.of_kind(DocumentKind::Vercel) {
        let Some(Document::Vercel(config)) = snapshot.document(artifact) else { continue };
        if snapshot.role(artifact).role == Role::Deployable {
            of_vercel(artifact.path(), config, &mut settings);
        }
    }
    let mut seen = BTreeSet::new();
    settings.retain(|setting| {
        seen.insert((setting.artifact.clone(), setting.key_region, setting.value_region))
    });
    settings
}

fn of_vercel(path: &ArtifactPath, config: &VercelConfig, settings: &mut Vec<Setting>) {
    let mut add = |key: &Written, value: &Written, name: &str, place: Place| {
        settings.push(Setting {
            name: name.to_owned(),
            value: value.value.clone(),
            artifact: path.clone(),
            key_region: key.region,
            value_region: value.region,
            place,
            is_default: false,
            staging: false,
            in_container: true,
        });
    };
    for pair in config.env.iter().chain(&config.build_env) {
        add(&pair.key, &pair.value, &pair.key.value, Place::Vercel);
    }
    let route = |kind, source: &Written| Place::Route { kind, source: source.value.clone() };
    for redirect in config.redirects.iter().flatten() {
        let source = &redirect.source.text;
        add(source, &redirect.destination, "destination", route("redirect", source));
    }
    for rewrite in config.rewrites.iter().flatten() {
        let source = &rewrite.source.text;
        if let Destination::Text(target) = &rewrite.destination {
            add(source, target, "destination", route("rewrite", source));
        }
    }
}

/// Whether an env file is what production or staging uses. A
/// `.env.production.local` is for trying a production build on one's machine.
pub(crate) fn is_production(facts: &EnvFileFacts) -> bool {
    let local = is_env_file_name(facts.path.file_name()).is_some_and(|name| name.local);
    !local
        && !facts.template
        && !facts.encrypted
        && facts.role.role == Role::Deployable
        && matches!(facts.role.environment, Environment::Production | Environment::Staging)
}

/// Whether the file under judgement lies among tests: it is there to be read
/// by them, faults and all. A `.env.test` is no such file.
pub(super) fn is_fixture(cx: &Context<'_>) -> bool {
    let by_name = is_env_file_name(cx.path().file_name())
        .is_some_and(|name| matches!(name.environment, Environment::Test | Environment::Ci));
    cx.role().role == Role::Test && !by_name
}

/// The env file at a path.
pub(crate) fn env_file<'s>(snapshot: &'s Snapshot, path: &ArtifactPath) -> Option<&'s EnvFile> {
    match snapshot.document(snapshot.artifact(path.as_str())?)? {
        Document::Env(env) => Some(env),
        _ => None,
    }
}

/// The entries that count: of each variable the last one with a value, or the
/// last that names it; in written order.
pub(crate) fn counting(env: &EnvFile) -> Vec<&EnvEntry> {
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (index, entry) in env.entries().iter().enumerate() {
        let known = last.get(&*entry.key).is_some_and(|&index| env.entries()[index].has_value);
        if entry.has_value || !known {
            last.insert(&entry.key, index);
        }
    }
    let mut indices: Vec<usize> = last.into_values().collect();
    indices.sort_unstable();
    indices.into_iter().map(|index| &env.entries()[index]).collect()
}

/// The env files that services of any stack are started with.
fn files_of_containers(snapshot: &Snapshot) -> BTreeSet<ArtifactPath> {
    let mut files = BTreeSet::new();
    for stack in snapshot.joined().stacks() {
        for service in stack.project().services.iter().filter(|service| has_own_network(service)) {
            files.extend(service.env_file.iter().filter_map(|entry| stack.env_file(entry)));
        }
    }
    files
}

/// Whether `localhost` in the service is the service itself.
fn has_own_network(service: &Service) -> bool {
    service.network_mode.as_ref().is_none_or(|mode| {
        let mode = mode.raw();
        mode != "host" && !mode.starts_with("service:") && !mode.starts_with("container:")
    })
}

/// The variables that a production env file in the directory sets, so that
/// their defaults do not count.
fn supplied_names<'s>(snapshot: &'s Snapshot, directory: &str) -> BTreeSet<&'s str> {
    let mut names = BTreeSet::new();
    for facts in snapshot.joined().env_files_in(directory) {
        if is_production(facts) {
            let entries = env_file(snapshot, &facts.path).map_or(&[][..], EnvFile::entries);
            names.extend(entries.iter().filter(|e| !e.value.is_empty()).map(|e| &*e.key));
        }
    }
    names
}

fn setting(
    stack: &Stack,
    service: &Service,
    variable: &EnvVar,
    place: Place,
    supplied: &BTreeSet<&str>,
) -> Option<Setting> {
    let text = variable.value.as_ref()?;
    let value =
        text.expand_partly(&|name| supplied.contains(name).then(|| UNKNOWN.to_owned())).ok()?;
    let defaults: Vec<Text> = text
        .variables()
        .into_iter()
        .filter(|used| !supplied.contains(used.name.as_str()))
        .filter_map(|used| used.default().cloned())
        .collect();
    let value_region = match defaults.as_slice() {
        [only] if text.raw().starts_with("${") && text.raw().ends_with('}') => only.region(),
        _ => text.region(),
    };
    Some(Setting {
        name: variable.key.raw().to_owned(),
        value,
        artifact: text.origin().artifact.clone(),
        key_region: variable.key.region(),
        value_region,
        place,
        is_default: !defaults.is_empty(),
        staging: stack.role().environment == Environment::Staging,
        in_container: has_own_network(service),
    })
}
