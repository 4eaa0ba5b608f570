//! The layer of Azure Static Web Apps.

use std::collections::HashSet;
use std::sync::Arc;

use seaworthy_formats::hosting::StaticWebApps;
use seaworthy_formats::http::{HeaderRule, Matcher, PathPattern, Provider};
use seaworthy_syntax::json;

use super::super::packages::Packages;
use super::{HeaderApp, cut, file_routes, first_character, layers, named, surface};
use crate::snapshot::{Artifact, Snapshot};

/// What Azure sends by itself.
const SENDS: &[&str] =
    &["x-content-type-options", "referrer-policy", "x-dns-prefetch-control", "x-xss-protection"];

/// Of more routes than a real file has only these are compared.
const MOST_ROUTES: usize = 200;

/// Each `staticwebapp.config.json`.
pub(super) fn apps(snapshot: &Snapshot, packages: &Packages) -> Vec<HeaderApp> {
    let files: Vec<&Artifact> = named(snapshot, &["staticwebapp.config.json"]).collect();
    let directories: HashSet<&str> = files.iter().map(|file| file.path().parent()).collect();
    files.iter().map(|artifact| app(snapshot, packages, &directories, artifact)).collect()
}

fn app(
    snapshot: &Snapshot,
    packages: &Packages,
    directories: &HashSet<&str>,
    artifact: &Artifact,
) -> HeaderApp {
    let text = snapshot.text(artifact).unwrap_or("");
    let config = StaticWebApps::read(&json::parse(text));
    let mut rules = rules(&config, artifact);
    let uncertain = config.uncertain || config.routes.len() > MOST_ROUTES || cut(&mut rules);
    let directory = artifact.path().parent().to_owned();
    let mut parts = surface::parts(packages, directories, &directory, &[]);
    // The file may stand among the files that are served.
    if let Some((above, "public" | "static" | "src")) = directory.rsplit_once('/') {
        parts.push(above.to_owned());
    } else if matches!(directory.as_str(), "public" | "static" | "src") {
        parts.push(String::new());
    }
    HeaderApp {
        provider: Provider::StaticWebApps,
        artifact: artifact.path().clone(),
        anchor: config.global_key.unwrap_or_else(|| first_character(text)),
        routes: file_routes(&rules),
        surface: surface::static_surface(snapshot, packages, &parts, true, &rules),
        meta_policy: surface::meta_policy(snapshot, &parts),
        unread_layers: layers::unread(snapshot, packages, &parts),
        uncertain,
        secure: true,
        layers: vec![artifact.path().clone()],
        platform: SENDS,
        directory,
        rules,
    }
}

/// The global headers, then those of the routes, of which the first counts.
fn rules(config: &StaticWebApps, artifact: &Artifact) -> Vec<HeaderRule> {
    let all = Matcher::Pattern(Arc::new(PathPattern::below("/")));
    let rule = |matcher: &Matcher, (name, value): &(_, seaworthy_formats::http::Text), source| {
        HeaderRule {
            provider: Provider::StaticWebApps,
            artifact: artifact.path().clone(),
            matcher: matcher.clone(),
            conditional: false,
            removes: value.value.is_empty(),
            source,
            name: Clone::clone(name),
            value: value.clone(),
        }
    };
    let source = config.global_key.unwrap_or_default();
    let mut rules: Vec<HeaderRule> =
        config.global.iter().map(|pair| rule(&all, pair, source)).collect();
    let list: Arc<[Option<PathPattern>]> = config
        .routes
        .iter()
        .take(MOST_ROUTES)
        .map(|route| {
            // What holds for some methods only may leave the rest to a later one.
            if route.methods { None } else { PathPattern::azure(&route.route.value) }
        })
        .collect();
    for (place, route) in config.routes.iter().take(MOST_ROUTES).enumerate() {
        let matcher = Matcher::First { list: Arc::clone(&list), place };
        let pairs = route.headers.iter().filter(|_| !route.redirects);
        rules.extend(pairs.map(|pair| rule(&matcher, pair, route.route.region)));
    }
    rules
}
