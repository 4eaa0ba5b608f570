//! The layer of nginx: what each of its servers answers with.

use std::cell::OnceCell;

use seaworthy_formats::http::{HeaderRule, Matcher, Provider, RouteKind, SAMPLE_PATHS, Text};
use seaworthy_formats::nginx::{AddedHeader, Entry, LocationMatch, NodeId, Route, Surroundings};
use seaworthy_model::{ArtifactPath, Region};

use super::super::nginx::NginxSite;
use super::super::packages::Packages;
use super::super::stacks::Stack;
use super::{HeaderApp, HeaderRoute, MOST_RULES, Sent, Surface, layers, surface};
use crate::document::Document;
use crate::snapshot::{Artifact, Snapshot};

/// The most routes that are derived from a server's locations.
const MOST_DERIVED: usize = 24;

/// Files of a server that is deployed: every page and file is there, which is
/// what a visitor sees.
struct Deployed;

impl Surroundings for Deployed {
    fn entry(&self, path: &str) -> Entry {
        let name = path.rsplit('/').next().unwrap_or("");
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => Entry::File,
            _ if path.ends_with('/') => Entry::Directory,
            _ => Entry::Nothing,
        }
    }

    fn upstream(&self, _location: NodeId) -> u16 {
        200
    }

    /// Pages behind a password are seen by those who have it.
    fn is_admitted(&self) -> bool {
        true
    }
}

/// The most servers of one configuration that are judged; only a hostile file has
/// more.
const MOST_SERVERS: usize = 200;

/// What is known of the code around all servers, made when a server needs it.
pub(super) struct Around<'s> {
    snapshot: &'s Snapshot,
    packages: &'s Packages,
    parts: Vec<String>,
    behind: OnceCell<Behind>,
    meta_policy: OnceCell<bool>,
}

/// The code behind servers that pass requests on.
pub(super) struct Behind {
    pub(super) unread: Vec<ArtifactPath>,
    /// Whether there is code that no list of packages speaks for.
    pub(super) other_code: bool,
    pub(super) surface: Surface,
}

impl<'s> Around<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, packages: &'s Packages) -> Self {
        Self {
            snapshot,
            packages,
            parts: packages.all().iter().map(|package| package.directory.clone()).collect(),
            behind: OnceCell::new(),
            meta_policy: OnceCell::new(),
        }
    }

    pub(super) fn behind(&self) -> &Behind {
        self.behind.get_or_init(|| Behind {
            unread: layers::unread(self.snapshot, self.packages, &self.parts),
            other_code: self.parts.is_empty() || has_other_code(self.snapshot),
            surface: passed_surface(self.snapshot, self.packages, &self.parts),
        })
    }

    pub(super) fn meta_policy(&self) -> bool {
        *self.meta_policy.get_or_init(|| surface::meta_policy(self.snapshot, &self.parts))
    }
}

/// Each server that answers visitors with more than a redirect.
pub(super) fn apps(
    snapshot: &Snapshot,
    packages: &Packages,
    stacks: &[Stack],
    sites: &[NginxSite],
) -> Vec<HeaderApp> {
    if sites.is_empty() {
        return Vec::new();
    }
    let around = Around::new(snapshot, packages);
    let mut apps = Vec::new();
    let proxies = other_proxies(stacks);
    let fronts: Vec<bool> = sites.iter().map(is_front).collect();
    for (index, site) in sites.iter().enumerate() {
        for server in site.configuration.servers().take(MOST_SERVERS) {
            let Some(mut app) = app(&around, site, server) else { continue };
            if !app.secure {
                // Something with TLS stands before it and may add headers.
                let before = sites.iter().zip(&fronts).enumerate();
                let before = before.filter(|&(other, (_, front))| other != index && *front);
                app.unread_layers.extend(before.map(|(_, (other, _))| other.artifact.clone()));
                app.unread_layers.extend(proxies.iter().cloned());
            }
            apps.push(app);
        }
    }
    apps
}

/// Whether a configuration hands requests on to others.
fn is_front(site: &NginxSite) -> bool {
    let configuration = &site.configuration;
    configuration.all().any(|id| configuration.get(id).is("proxy_pass"))
}

/// Compose files with a proxy whose configuration is not read.
fn other_proxies(stacks: &[Stack]) -> Vec<ArtifactPath> {
    let unread =
        ["traefik", "caddy", "haproxy", "envoy", "kong", "nginx-proxy", "swag", "cloudflared"];
    let mut found: Vec<ArtifactPath> = stacks
        .iter()
        .flat_map(|stack| &stack.project().services)
        .filter_map(|service| service.image.as_ref())
        .filter(|image| unread.iter().any(|name| image.raw().contains(name)))
        .map(|image| image.origin().artifact.clone())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn app(around: &Around<'_>, site: &NginxSite, server: NodeId) -> Option<HeaderApp> {
    let configuration = &site.configuration;
    let front = configuration.respond(server, "/", &Deployed);
    // A redirect to HTTPS, or a server that refuses everybody, shows no page.
    if !(200..300).contains(&front.status) {
        return None;
    }
    let passed_on = configuration.passes_on(front.level)
        || matches!(configuration.route(server, "/"), Route::Level(level) if configuration.passes_on(level));
    let mut rules: Vec<HeaderRule> = Vec::new();
    let mut nodes: Vec<NodeId> = Vec::new();
    let mut uncertain = configuration.is_open(server);
    let mut routes = Vec::new();
    for (path, kind) in paths(site, server) {
        let response = configuration.respond(server, &path, &Deployed);
        uncertain |= !response.certain;
        let mut headers: Vec<Sent> = Vec::new();
        for added in configuration.sent_headers(&response) {
            let index = nodes.iter().position(|&node| node == added.node).unwrap_or_else(|| {
                nodes.push(added.node);
                rules.push(rule(site, &added));
                rules.len() - 1
            });
            let name = added.name.value.to_ascii_lowercase();
            match headers.iter_mut().find(|sent| sent.name == name) {
                Some(sent) => sent.maybe.push(index),
                None => headers.push(Sent {
                    name,
                    winner: Some(index),
                    maybe: Vec::new(),
                    overridden: Vec::new(),
                }),
            }
        }
        uncertain |= !configuration.more_set(response.level).is_empty();
        headers.sort_by(|a, b| a.name.cmp(&b.name));
        routes.push(HeaderRoute { path, kind, headers });
        if rules.len() > MOST_RULES {
            uncertain = true;
            break;
        }
    }
    // Headers of locations that no sampled path leads to count as declared.
    for node in below(site, server) {
        if nodes.contains(&node) || rules.len() > MOST_RULES {
            continue;
        }
        let level = configuration.parent(node)?;
        if let Some(added) = configuration.own_headers(level).into_iter().find(|a| a.node == node) {
            nodes.push(node);
            rules.push(rule(site, &added));
        }
    }
    let (unread_layers, surface) = if passed_on {
        let behind = around.behind();
        uncertain |= behind.other_code;
        (behind.unread.clone(), behind.surface)
    } else {
        (Vec::new(), Surface::Pages)
    };
    Some(HeaderApp {
        provider: Provider::Nginx,
        directory: site.artifact.parent().to_owned(),
        artifact: configuration.artifact(server).clone(),
        anchor: configuration.region(server),
        rules,
        routes,
        surface,
        meta_policy: around.meta_policy(),
        unread_layers,
        uncertain,
        secure: site.speaks_tls(server),
        layers: configuration.files().iter().map(|(path, _)| path.clone()).collect(),
        platform: &[],
    })
}

/// The sampled paths, and one for each location that has a literal path.
fn paths(site: &NginxSite, server: NodeId) -> Vec<(String, RouteKind)> {
    let configuration = &site.configuration;
    let mut paths: Vec<(String, RouteKind)> =
        SAMPLE_PATHS.iter().map(|&(path, kind)| (path.to_owned(), kind)).collect();
    let most = paths.len() + MOST_DERIVED;
    for location in configuration.locations(server) {
        let path = match configuration.location_match(location) {
            Some(LocationMatch::Exact(path)) => path,
            Some(LocationMatch::Prefix(path, _)) => format!("{}/x", path.trim_end_matches('/')),
            _ => continue,
        };
        if paths.len() < most && paths.iter().all(|(known, _)| *known != path) {
            let kind = if path.starts_with("/api") { RouteKind::Api } else { RouteKind::Asset };
            paths.push((path, kind));
        }
    }
    paths
}

/// Every `add_header` below a server and around it.
fn below(site: &NginxSite, server: NodeId) -> Vec<NodeId> {
    let configuration = &site.configuration;
    configuration
        .all()
        .filter(|&id| {
            configuration.get(id).is("add_header")
                && configuration.chain(id).skip(1).any(|level| level == server)
        })
        .collect()
}

fn rule(site: &NginxSite, added: &AddedHeader) -> HeaderRule {
    let configuration = &site.configuration;
    let level = configuration.parent(added.node);
    let in_place = level.is_some_and(|level| configuration.get(level).is("location"));
    HeaderRule {
        provider: Provider::Nginx,
        artifact: configuration.artifact(added.node).clone(),
        matcher: if in_place { Matcher::Unknown } else { Matcher::All },
        conditional: false,
        removes: false,
        source: level.map_or(Region::empty(0), |level| {
            match configuration.artifact(level) == configuration.artifact(added.node) {
                true => configuration.region(level),
                false => configuration.region(added.node),
            }
        }),
        name: Text::new(added.name.value.clone(), added.name.region),
        value: Text::new(added.value.value.clone(), added.value.region),
    }
}

/// Manifests of languages whose code is not read for headers.
const OTHER_CODE: [&str; 12] = [
    "go.mod",
    "Cargo.toml",
    "Gemfile",
    "composer.json",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "pyproject.toml",
    "requirements.txt",
    "Pipfile",
    "manage.py",
    "mix.exs",
];

fn has_other_code(snapshot: &Snapshot) -> bool {
    let is_other = |artifact: &Artifact| {
        let name = artifact.path().file_name();
        OTHER_CODE.contains(&name) || name.ends_with(".csproj")
    };
    !snapshot.chosen(is_other).is_empty()
}

/// What the servers behind nginx answer with.
fn passed_surface(snapshot: &Snapshot, packages: &Packages, parts: &[String]) -> Surface {
    let renders = parts.iter().any(|part| {
        let manifest = packages.in_directory(part).and_then(|package| {
            match snapshot.document(snapshot.artifact(package.manifest.as_str())?)? {
                Document::PackageJson(manifest) => Some(manifest),
                _ => None,
            }
        });
        manifest.is_some_and(|manifest| surface::renders_pages(manifest))
    });
    if renders { Surface::Pages } else { Surface::Api }
}
