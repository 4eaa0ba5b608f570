//! The layer of Firebase Hosting.

use std::collections::HashSet;
use std::sync::Arc;

use seaworthy_formats::hosting::{FirebaseConfig, FirebaseSite};
use seaworthy_formats::http::{HeaderRule, Matcher, PathPattern, Provider};
use seaworthy_model::Region;
use seaworthy_syntax::json;

use super::super::packages::Packages;
use super::{HeaderApp, cut, file_routes, layers, named, surface};
use crate::snapshot::{Artifact, Snapshot};

/// The most sites of one file that are judged; only a hostile file has more.
const MOST_SITES: usize = 32;

/// Each site of each `firebase.json`.
pub(super) fn apps(snapshot: &Snapshot, packages: &Packages) -> Vec<HeaderApp> {
    let files: Vec<&Artifact> = named(snapshot, &["firebase.json"]).collect();
    let directories: HashSet<&str> = files.iter().map(|file| file.path().parent()).collect();
    let mut apps = Vec::new();
    for artifact in files {
        let config = FirebaseConfig::read(&json::parse(snapshot.text(artifact).unwrap_or("")));
        for site in config.sites.iter().take(MOST_SITES) {
            apps.push(app(snapshot, packages, &directories, artifact, &config, site));
        }
    }
    apps
}

fn app(
    snapshot: &Snapshot,
    packages: &Packages,
    directories: &HashSet<&str>,
    artifact: &Artifact,
    config: &FirebaseConfig,
    site: &FirebaseSite,
) -> HeaderApp {
    let mut rules = Vec::new();
    for entry in &site.headers {
        let pattern = entry.source.as_ref().and_then(|text| PathPattern::firebase(&text.value));
        let matcher =
            pattern.map_or(Matcher::Unknown, |pattern| Matcher::Pattern(Arc::new(pattern)));
        rules.extend(entry.values.iter().map(|(name, value)| HeaderRule {
            provider: Provider::Firebase,
            artifact: artifact.path().clone(),
            matcher: matcher.clone(),
            conditional: false,
            removes: false,
            source: entry.region,
            name: name.clone(),
            value: value.clone(),
        }));
    }
    let uncertain = config.uncertain || cut(&mut rules);
    let directory = artifact.path().parent().to_owned();
    let said: Vec<&str> =
        [&site.public, &site.source].into_iter().flatten().map(|text| &*text.value).collect();
    let parts = surface::parts(packages, directories, &directory, &said);
    let mut unread = layers::unread(snapshot, packages, &parts);
    if site.runs_code || site.source.is_some() {
        unread.push(artifact.path().clone());
    }
    HeaderApp {
        provider: Provider::Firebase,
        artifact: artifact.path().clone(),
        anchor: site
            .headers_key
            .unwrap_or(Region::new(site.region.start, site.region.end.min(site.region.start + 1))),
        routes: file_routes(&rules),
        surface: surface::static_surface(snapshot, packages, &parts, site.single_page, &rules),
        meta_policy: surface::meta_policy(snapshot, &parts),
        unread_layers: unread,
        uncertain,
        secure: true,
        layers: vec![artifact.path().clone()],
        platform: &[],
        directory,
        rules,
    }
}
