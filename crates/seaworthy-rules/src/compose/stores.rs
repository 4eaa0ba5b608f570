//! What the rules about stores without a password share.

use seaworthy_analysis::Context;
use seaworthy_formats::compose::{Command, Service, Text, VolumeKind};
use seaworthy_model::{ArtifactPath, Region, Severity};

use super::lines;
use super::standing::{Judged, Standing, exposed_port, on_host_network};

/// How many stores of a project are judged; each may have long env files.
pub(super) const MOST: usize = 100;

/// Where a store shows that it asks for no password.
pub(super) struct Open {
    pub(super) artifact: ArtifactPath,
    pub(super) region: Region,
    /// How it shows.
    pub(super) why: String,
}

impl Open {
    pub(super) fn at(text: &Text, why: impl Into<String>) -> Self {
        let origin = text.origin();
        Open { artifact: origin.artifact.clone(), region: origin.region, why: why.into() }
    }
}

/// What a variable of the service gives.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// Something, or what somebody else will supply.
    Something,
    /// Nothing: an empty value stands in the file, or an empty default.
    Nothing,
    /// The variable is not there.
    Absent,
}

/// What the first of `names` that a service has gives it; with the text that
/// says so, when that stands in the Compose file.
pub(super) fn given(
    cx: &Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    names: &[&str],
) -> (Given, Option<Text>) {
    let supplied = judged.stack.supplied(cx.snapshot(), service);
    let found = names.iter().find_map(|name| supplied.iter().find(|entry| entry.name == *name));
    let Some(entry) = found else { return (Given::Absent, None) };
    let empty = match (&entry.text, &entry.value) {
        (Some(text), _) => is_empty(judged, text),
        (None, Some(value)) => value.reveal().is_empty(),
        (None, None) => false,
    };
    (if empty { Given::Nothing } else { Given::Something }, entry.text.clone())
}

/// Whether a text is empty: written so, or by the default of a variable that
/// nothing sets. A variable without default is somebody's to set.
pub(super) fn is_empty(judged: &Judged<'_>, text: &Text) -> bool {
    judged.stack.expand(text).is_some_and(|value| value.trim().trim_matches(['"', '\'']).is_empty())
}

/// How bad a store without a password is.
pub(super) fn severity(judged: &Judged<'_>, service: &Service, open: &Open) -> Option<Severity> {
    let origin = seaworthy_formats::compose::Origin {
        artifact: open.artifact.clone(),
        region: open.region,
        used_at: None,
    };
    let reachable = exposed_port(judged, service).is_some() || on_host_network(service);
    match (judged.at(Some(service), &origin), reachable) {
        // Stores alone: what a developer starts beside the program.
        (Standing::Undeclared, true) if !judged.runs_program() => Some(Severity::High),
        (Standing::Undeclared, false) if !judged.runs_program() => Some(Severity::Medium),
        (Standing::Production | Standing::Undeclared, true) => Some(Severity::Critical),
        (Standing::Production | Standing::Undeclared, false) => Some(Severity::High),
        (Standing::Development, true) => Some(Severity::Medium),
        (Standing::Development, false) => Some(Severity::Low),
        (Standing::Test, true) => Some(Severity::Info),
        (Standing::Test, false) => None,
    }
}

/// What the settings file at a path of the container holds.
pub(super) enum Settings<'s> {
    /// This text.
    Text(&'s str),
    /// It comes from somewhere we cannot see.
    Unknown,
}

/// The text of a file that a bind mount brings to `path` in the container.
pub(super) fn settings<'s>(
    cx: &Context<'s>,
    judged: &Judged<'_>,
    service: &Service,
    path: &str,
) -> Settings<'s> {
    for reference in &service.volumes {
        let Ok(volume) = reference.resolve(&|name| judged.variable(name)) else { continue };
        let (VolumeKind::Bind, Some(source)) = (&volume.kind, &volume.source) else { continue };
        let Some(below) = path.strip_prefix(volume.target.trim_end_matches('/')) else { continue };
        if !(below.is_empty() || below.starts_with('/')) {
            continue;
        }
        let place = format!("{}{below}", source.trim_end_matches('/'));
        let artifact = judged.stack.project().resolve(reference.origin(), &place);
        if let Some(text) = artifact.and_then(|artifact| lines::text(cx, &artifact)) {
            return Settings::Text(text);
        }
    }
    Settings::Unknown
}

/// The lines of a settings file without comments.
pub(super) fn set_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The text that stands for a service when nothing about it decides: its
/// command, else its image.
pub(super) fn face(service: &Service) -> Option<&Text> {
    let command = service.command.as_ref().map(Command::texts).and_then(<[Text]>::first);
    command.or(service.image.as_ref())
}
