//! The layer of Caddy: what each of its sites answers with.

use std::sync::Arc;

use seaworthy_formats::hosting::{Caddyfile, HeaderChange, HeaderOperation, Site};
use seaworthy_formats::http::{HeaderRule, Matcher, PathPattern, Provider};
use seaworthy_model::{ArtifactPath, Region};

use super::super::packages::Packages;
use super::nginx::Around;
use super::{HeaderApp, Surface, cut, first_character, is_deployed, routes};
use crate::roles::{Role, is_vendored};
use crate::snapshot::{Artifact, Snapshot};

/// The most sites of one file that are judged; only a hostile file has more.
const MOST_SITES: usize = 100;

/// Directives that hand requests to a server behind.
const PASSES_ON: [&str; 3] = ["reverse_proxy", "php_fastcgi", "forward_auth"];
/// Directives that answer with files or texts.
const SERVES: [&str; 2] = ["file_server", "templates"];

/// Each site that answers visitors with more than a redirect.
pub(super) fn apps(snapshot: &Snapshot, packages: &Packages) -> Vec<HeaderApp> {
    let files: Vec<&Artifact> = snapshot
        .chosen(|artifact| is_caddyfile(artifact.path().file_name()))
        .into_iter()
        .filter(|artifact| {
            !is_vendored(artifact.path().as_str())
                && matches!(snapshot.role(artifact).role, Role::Deployable | Role::Source)
                && is_deployed(snapshot, artifact)
        })
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    let around = Around::new(snapshot, packages);
    let mut apps = Vec::new();
    for artifact in files {
        let text = snapshot.text(artifact).unwrap_or("");
        // What another program fills in is not known.
        if text.contains("{{") {
            continue;
        }
        let file = Caddyfile::parse(text);
        for site in file.sites.iter().take(MOST_SITES) {
            apps.extend(app(&around, artifact, text, &file, site));
        }
    }
    apps
}

/// `Caddyfile`, `Caddyfile.prod`, `prod.Caddyfile`.
fn is_caddyfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let variant = |rest: &str| {
        ![
            "example",
            "sample",
            "template",
            "tmpl",
            "j2",
            "md",
            "dev",
            "local",
            "development",
            "test",
        ]
        .contains(&rest)
    };
    name == "caddyfile"
        || name.strip_prefix("caddyfile.").is_some_and(variant)
        || name.strip_suffix(".caddyfile").is_some_and(variant)
}

fn app(
    around: &Around<'_>,
    artifact: &Artifact,
    text: &str,
    file: &Caddyfile,
    site: &Site,
) -> Option<HeaderApp> {
    let passes_on = PASSES_ON.iter().any(|name| file.has(site, name));
    let serves = SERVES.iter().any(|name| file.has(site, name));
    if !passes_on && !serves {
        return None;
    }
    let addresses: Vec<&str> = site.addresses.iter().map(|address| &*address.value).collect();
    if !addresses.is_empty() && addresses.iter().all(|address| is_local(address)) {
        return None;
    }
    let (operations, unknown) = file.headers(site);
    let mut rules: Vec<HeaderRule> =
        operations.into_iter().map(|operation| rule(artifact.path(), operation)).collect();
    let mut uncertain = file.uncertain || unknown || cut(&mut rules);
    let (unread_layers, surface) = if passes_on {
        let behind = around.behind();
        uncertain |= behind.other_code;
        (behind.unread.clone(), if serves { Surface::Pages } else { behind.surface })
    } else {
        (Vec::new(), Surface::Pages)
    };
    let anchor = match (site.addresses.first(), site.addresses.last()) {
        (Some(first), Some(last)) => first.region.cover(last.region),
        _ => first_character(text),
    };
    Some(HeaderApp {
        provider: Provider::Caddy,
        directory: artifact.path().parent().to_owned(),
        artifact: artifact.path().clone(),
        anchor,
        routes: routes(&rules),
        surface,
        meta_policy: around.meta_policy(),
        unread_layers,
        uncertain,
        secure: addresses.iter().any(|address| has_certificate(address)),
        layers: vec![artifact.path().clone()],
        platform: &[],
        rules,
    })
}

fn rule(artifact: &ArtifactPath, operation: HeaderOperation) -> HeaderRule {
    let matcher = match &operation.path {
        None => Matcher::All,
        Some(path) => PathPattern::caddy(path)
            .map_or(Matcher::Unknown, |pattern| Matcher::Pattern(Arc::new(pattern))),
    };
    HeaderRule {
        provider: Provider::Caddy,
        artifact: artifact.clone(),
        matcher,
        conditional: operation.conditional || operation.change == HeaderChange::Edit,
        removes: operation.change == HeaderChange::Remove,
        source: operation.source,
        name: operation.name,
        value: if operation.change == HeaderChange::Edit {
            // A part of what another layer says.
            seaworthy_formats::http::Text::new("{}", Region::empty(operation.value.region.start))
        } else {
            operation.value
        },
    }
}

/// Whether a site is only for this machine or for tests.
fn is_local(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or("");
    host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.")
}

/// Whether Caddy gets a certificate for the address by itself.
fn has_certificate(address: &str) -> bool {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let host = rest.split('/').next().unwrap_or("");
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains('}') => (name, port),
        _ => (host, ""),
    };
    if scheme == "http" || port == "80" {
        return false;
    }
    scheme == "https" || port == "443" || (name.contains('.') && !name.contains('{'))
}
