//! Which layer sets which response header, for each app.
//!
//! An app is what one provider's file configures. Its rules are reduced to what
//! each representative path gets, once, so that every rule about headers judges
//! the merged result and none has to match patterns again.

mod caddy;
mod firebase;
mod layers;
mod nginx;
mod static_hosts;
mod static_web_apps;
mod surface;
mod traefik;

pub(crate) use layers::{may_set_headers, set_by};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use seaworthy_formats::http::{HeaderRule, Matcher, Provider, RouteKind, effective, sample_paths};
use seaworthy_formats::vercel::{Pattern, Source, VercelConfig, suggest};
use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::json;

use super::nginx::NginxSite;
use super::packages::Packages;
use super::stacks::Stack;
use crate::document::{Document, DocumentKind};
use crate::roles::{Role, is_vendored};
use crate::snapshot::{Artifact, Snapshot};

/// An app whose response headers are declared in files that we read.
#[derive(Debug)]
pub struct HeaderApp {
    /// What reads the file.
    pub provider: Provider,
    /// Its directory, `""` for the root.
    pub directory: String,
    /// The file where headers are declared, or where they would be.
    pub artifact: ArtifactPath,
    /// Where a header that is missing would be declared: the key of the list, or
    /// the file's first character.
    pub anchor: Region,
    /// The declared headers, in the order in which later ones win.
    pub rules: Vec<HeaderRule>,
    /// What representative paths get.
    pub routes: Vec<HeaderRoute>,
    /// What the app answers with.
    pub surface: Surface,
    /// Whether a page restricts itself by a `<meta>` policy.
    pub meta_policy: bool,
    /// Files that may set headers in code, which is not read: where there is
    /// one, a header that is not declared is unknown, not missing.
    pub unread_layers: Vec<ArtifactPath>,
    /// Whether the file itself could be read in part only.
    pub uncertain: bool,
    /// Whether it answers over HTTPS, as far as the file knows: what stands
    /// before a server in clear text may do so.
    pub secure: bool,
    /// The files that were read for it, in the order in which they count.
    pub layers: Vec<ArtifactPath>,
    /// Headers in lower case that the platform sends by itself.
    pub platform: &'static [&'static str],
}

/// What an app answers with, as far as its files tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// HTML, perhaps beside an API.
    Pages,
    /// An API alone.
    Api,
    /// Nothing speaks for either.
    Unknown,
}

/// A representative path and its headers.
#[derive(Debug)]
pub struct HeaderRoute {
    /// The path.
    pub path: String,
    /// What it serves.
    pub kind: RouteKind,
    headers: Vec<Sent>,
}

/// One header of a route; the numbers are places in [`HeaderApp::rules`].
#[derive(Debug)]
struct Sent {
    name: String,
    winner: Option<usize>,
    maybe: Vec<usize>,
    overridden: Vec<usize>,
}

/// Whether a route gets a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// No rule sets it.
    Absent,
    /// A rule may set it: it has conditions, or its pattern cannot be decided.
    Perhaps,
    /// A rule sets it.
    Certain,
}

/// The most declared headers that are joined; only a hostile file has more, and
/// what it lacks is then unknown.
const MOST_RULES: usize = 2_000;

impl HeaderApp {
    /// Whether a header that no rule declares is certainly not sent.
    #[must_use]
    pub fn knows_all_layers(&self) -> bool {
        self.unread_layers.is_empty() && !self.uncertain
    }

    /// The rules that set a header, by its name in lower case.
    pub fn setters<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a HeaderRule> {
        self.rules
            .iter()
            .filter(move |rule| !rule.removes && rule.name.value.eq_ignore_ascii_case(name))
    }

    /// Whether `route` gets the header of this name in lower case.
    #[must_use]
    pub fn presence(&self, route: &HeaderRoute, name: &str) -> Presence {
        match route.sent(name) {
            Some(sent) if sent.winner.is_some() => Presence::Certain,
            Some(_) => Presence::Perhaps,
            None if self.platform.contains(&name) => Presence::Perhaps,
            None => Presence::Absent,
        }
    }

    /// The rules whose value a client of `route` may see, the certain one first.
    pub fn candidates<'a>(
        &'a self,
        route: &'a HeaderRoute,
        name: &str,
    ) -> impl Iterator<Item = &'a HeaderRule> {
        let sent = route.sent(name);
        sent.into_iter()
            .flat_map(|sent| sent.winner.iter().chain(&sent.maybe))
            .map(|&index| &self.rules[index])
    }

    /// The rules of a header whose value some client may see: all but those that
    /// a later rule overrides wherever they hold.
    #[must_use]
    pub fn effective_setters(&self, name: &str) -> Vec<&HeaderRule> {
        let mut overridden = Vec::new();
        let mut seen = Vec::new();
        for sent in self.routes.iter().filter_map(|route| route.sent(name)) {
            seen.extend(sent.winner.iter().chain(&sent.maybe).copied());
            overridden.extend(sent.overridden.iter().copied());
        }
        seen.sort_unstable();
        overridden.sort_unstable();
        self.rules
            .iter()
            .enumerate()
            .filter(|(index, rule)| {
                !rule.removes
                    && rule.name.value.eq_ignore_ascii_case(name)
                    && (seen.binary_search(index).is_ok()
                        || overridden.binary_search(index).is_err())
            })
            .map(|(_, rule)| rule)
            .collect()
    }

    /// Each rule that later ones override wherever it holds, with the rule that
    /// wins on the first such route.
    #[must_use]
    pub fn shadowed(&self) -> Vec<(&HeaderRule, &HeaderRule)> {
        let mut seen = vec![false; self.rules.len()];
        let mut winner_over: Vec<Option<usize>> = vec![None; self.rules.len()];
        for sent in self.routes.iter().flat_map(|route| &route.headers) {
            for &index in sent.winner.iter().chain(&sent.maybe) {
                seen[index] = true;
            }
            for &index in &sent.overridden {
                winner_over[index] = winner_over[index].or(sent.winner);
            }
        }
        let pair = |index: usize| Some((&self.rules[index], &self.rules[winner_over[index]?]));
        (0..self.rules.len()).filter(|&index| !seen[index]).filter_map(pair).collect()
    }
}

impl HeaderRoute {
    fn sent(&self, name: &str) -> Option<&Sent> {
        let place = self.headers.binary_search_by(|sent| sent.name.as_str().cmp(name)).ok()?;
        Some(&self.headers[place])
    }
}

/// The deployed files of a name, in the order of their paths.
fn named<'s>(
    snapshot: &'s Snapshot,
    names: &'static [&'static str],
) -> impl Iterator<Item = &'s Artifact> {
    snapshot.named(names).into_iter().filter(|artifact| {
        !is_vendored(artifact.path().as_str()) && is_deployed(snapshot, artifact)
    })
}

/// Cuts rules off that only a hostile file has; returns whether there were any.
fn cut(rules: &mut Vec<HeaderRule>) -> bool {
    let too_many = rules.len() > MOST_RULES;
    rules.truncate(MOST_RULES);
    too_many
}

/// The routes of files that a host serves: what its functions answer is not
/// theirs.
fn file_routes(rules: &[HeaderRule]) -> Vec<HeaderRoute> {
    let mut routes = routes(rules);
    routes.retain(|route| route.kind != RouteKind::Api);
    routes
}

/// The first character of a file, to point at what it lacks.
fn first_character(text: &str) -> Region {
    let start = text.len() - text.trim_start().len();
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    Region::new(start, start + length)
}

/// All apps whose headers are declared by a host's or a proxy's files that are
/// deployed.
pub(crate) fn header_apps(
    snapshot: &Snapshot,
    packages: &Packages,
    stacks: &[Stack],
    sites: &[NginxSite],
) -> Vec<HeaderApp> {
    let mut apps = vercel_apps(snapshot, packages);
    apps.extend(static_hosts::apps(snapshot, packages));
    apps.extend(firebase::apps(snapshot, packages));
    apps.extend(static_web_apps::apps(snapshot, packages));
    apps.extend(nginx::apps(snapshot, packages, stacks, sites));
    apps.extend(caddy::apps(snapshot, packages));
    apps.extend(traefik::apps(snapshot, stacks));
    apps
}

fn vercel_apps(snapshot: &Snapshot, packages: &Packages) -> Vec<HeaderApp> {
    let files: Vec<(&Artifact, &VercelConfig)> = snapshot
        .of_kind(DocumentKind::Vercel)
        .filter(|artifact| is_deployed(snapshot, artifact))
        .filter_map(|artifact| match snapshot.document(artifact)? {
            Document::Vercel(config) => Some((artifact, &**config)),
            _ => None,
        })
        .collect();
    let directories: HashSet<&str> = files.iter().map(|(file, _)| file.path().parent()).collect();
    files
        .iter()
        .map(|(artifact, config)| vercel_app(snapshot, packages, &directories, artifact, config))
        .collect()
}

/// Whether a provider's configuration is deployed from where it stands: not in
/// templates, tests, examples and foreign code. A documentation site or a blog
/// is deployed as well.
#[must_use]
pub fn is_deployed(snapshot: &Snapshot, artifact: &Artifact) -> bool {
    match snapshot.role(artifact).role {
        Role::Template | Role::Test | Role::Vendored => false,
        Role::Docs => !artifact
            .path()
            .as_str()
            .split('/')
            .any(|part| matches!(part, "example" | "examples" | "sample" | "samples")),
        Role::Deployable | Role::Development | Role::Source => true,
    }
}

fn vercel_app(
    snapshot: &Snapshot,
    packages: &Packages,
    directories: &HashSet<&str>,
    artifact: &Artifact,
    config: &VercelConfig,
) -> HeaderApp {
    let directory = artifact.path().parent().to_owned();
    let tree = json::parse(snapshot.text(artifact).unwrap_or(""));
    let said = surface::said(&tree);
    let parts = surface::parts(packages, directories, &directory, &said);
    let mut rules = vercel_rules(config, artifact.path());
    let mut uncertain = config.uncertain;
    if rules.len() > MOST_RULES {
        rules.truncate(MOST_RULES);
        uncertain = true;
    }
    let key = |name: &str| config.keys.iter().find(|key| key.value == name);
    let root = tree.root().region();
    let anchor = key("headers")
        .or_else(|| key("routes"))
        .map_or(Region::new(root.start, root.end.min(root.start + 1)), |key| key.region);
    HeaderApp {
        provider: Provider::Vercel,
        anchor,
        routes: routes(&rules),
        rules,
        surface: surface::surface(snapshot, packages, &parts, config, &tree),
        meta_policy: surface::meta_policy(snapshot, &parts),
        unread_layers: layers::unread(snapshot, packages, &parts),
        uncertain,
        secure: true,
        layers: vec![artifact.path().clone()],
        platform: &[],
        artifact: artifact.path().clone(),
        directory,
    }
}

/// The rules of the file, those that Vercel refuses or that match nothing taken
/// for what they evidently mean: another rule speaks about their pattern, and
/// the header they set is not forgotten.
fn vercel_rules(config: &VercelConfig, artifact: &ArtifactPath) -> Vec<HeaderRule> {
    let faulty = |pattern: &Pattern| match &pattern.compiled {
        Ok(source) => source.useless().is_some(),
        Err(_) => true,
    };
    let mut rules = config.header_rules(artifact);
    let mut mended = false;
    for entry in config.headers.iter().flatten().filter(|entry| faulty(&entry.source)) {
        let text = &entry.source.text;
        let meant = suggest(&text.value).and_then(|meant| Source::compile(&meant).ok());
        let matcher = meant.map_or(Matcher::Unknown, |source| Matcher::Source(Arc::new(source)));
        rules.retain(|rule| rule.source != text.region);
        rules.extend(entry.headers.iter().map(|header| HeaderRule {
            provider: Provider::Vercel,
            artifact: artifact.clone(),
            matcher: matcher.clone(),
            conditional: entry.conditions.any(),
            removes: false,
            source: text.region,
            name: header.key.clone(),
            value: header.value.clone(),
        }));
        mended = true;
    }
    if mended {
        rules.sort_by_key(|rule| rule.source);
    }
    rules
}

fn routes(rules: &[HeaderRule]) -> Vec<HeaderRoute> {
    let places: HashMap<*const HeaderRule, usize> =
        rules.iter().enumerate().map(|(index, rule)| (std::ptr::from_ref(rule), index)).collect();
    let place = |rule: &HeaderRule| places[&std::ptr::from_ref(rule)];
    let route = |path: seaworthy_formats::http::SamplePath| HeaderRoute {
        headers: effective(rules, &path.path)
            .into_iter()
            .map(|header| Sent {
                winner: header.winner.map(place),
                maybe: header.maybe.into_iter().map(place).collect(),
                overridden: header.overridden.into_iter().map(place).collect(),
                name: header.name,
            })
            .collect(),
        path: path.path,
        kind: path.kind,
    };
    sample_paths(rules).into_iter().map(route).collect()
}

#[cfg(test)]
mod tests;
