//! The layers of Netlify and Cloudflare: `_headers` and what stands beside it.
//!
//! Who reads a `_headers` is told by the nearest `netlify.toml` or `wrangler.*`
//! above it. Where nothing tells, only what both make of it counts as certain.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use seaworthy_formats::hosting::{NetlifyConfig, WranglerConfig};
use seaworthy_formats::http::{
    CLOUDFLARE_BLOCKS, CLOUDFLARE_LINE, HeaderBlock, HeaderRule, HeadersFile, Matcher, PathPattern,
    Provider, Text,
};
use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::{json, toml};

use super::super::packages::{Packages, below};
use super::{HeaderApp, Surface, cut, file_routes, first_character, layers, named, surface};
use crate::roles::is_vendored;
use crate::snapshot::{Artifact, Snapshot};

/// What Cloudflare Pages sends by itself.
const PAGES_SENDS: &[&str] = &["x-content-type-options", "referrer-policy"];
/// What one or the other may send by itself.
const EITHER_SENDS: &[&str] =
    &["x-content-type-options", "referrer-policy", "strict-transport-security"];

/// Plugins of Netlify that leave headers alone.
const PLAIN_PLUGINS: [&str; 8] = [
    "@netlify/plugin-nextjs",
    "@netlify/plugin-gatsby",
    "@netlify/plugin-lighthouse",
    "@netlify/plugin-sitemap",
    "netlify-plugin-cache",
    "netlify-plugin-submit-sitemap",
    "netlify-plugin-checklinks",
    "netlify-plugin-cypress",
];

/// Directories from which a site's files are taken over as they are.
const PUBLIC: [&str; 8] = ["public", "static", "assets", "src", "www", "site", "dist", "out"];

/// A deployment: its configuration and the `_headers` below it.
#[derive(Default)]
struct Host<'s> {
    netlify: Option<(&'s Artifact, NetlifyConfig)>,
    wrangler: Option<(&'s Artifact, WranglerConfig)>,
    files: Vec<&'s Artifact>,
}

/// Each deployment to Netlify or Cloudflare, and each `_headers` that is left.
pub(super) fn apps(snapshot: &Snapshot, packages: &Packages) -> Vec<HeaderApp> {
    let mut hosts: BTreeMap<String, Host<'_>> = BTreeMap::new();
    for artifact in named(snapshot, &["netlify.toml"]) {
        let tree = toml::parse(snapshot.text(artifact).unwrap_or(""));
        let host = hosts.entry(artifact.path().parent().to_owned()).or_default();
        host.netlify = Some((artifact, NetlifyConfig::read(&tree)));
    }
    for artifact in named(snapshot, &["wrangler.toml", "wrangler.json", "wrangler.jsonc"]) {
        let text = snapshot.text(artifact).unwrap_or("");
        let tree = match artifact.path().file_name().ends_with(".toml") {
            true => toml::parse(text),
            false => json::parse(text),
        };
        let host = hosts.entry(artifact.path().parent().to_owned()).or_default();
        host.wrangler = Some((artifact, WranglerConfig::read(&tree)));
    }
    let governing: HashSet<String> = hosts.keys().cloned().collect();
    for artifact in named(snapshot, &["_headers"]) {
        let above = nearest(&governing, artifact.path().parent());
        let directory = above.unwrap_or_else(|| own_directory(packages, artifact.path()));
        hosts.entry(directory).or_default().files.push(artifact);
    }
    let directories: HashSet<&str> = hosts.keys().map(String::as_str).collect();
    hosts
        .iter()
        .filter_map(|(directory, host)| app(snapshot, packages, &directories, directory, host))
        .collect()
}

fn nearest(known: &HashSet<String>, directory: &str) -> Option<String> {
    let mut directory = directory;
    loop {
        if known.contains(directory) {
            return Some(directory.to_owned());
        }
        directory = match directory.rsplit_once('/') {
            Some((parent, _)) => parent,
            None if directory.is_empty() => return None,
            None => "",
        };
    }
}

/// The directory of the site to which a `_headers` belongs.
fn own_directory(packages: &Packages, path: &ArtifactPath) -> String {
    if let Some(package) = packages.of_path(path.parent()) {
        return package.directory.clone();
    }
    let (above, last) = path.parent().rsplit_once('/').unwrap_or(("", path.parent()));
    if PUBLIC.contains(&last) { above.to_owned() } else { path.parent().to_owned() }
}

impl Host<'_> {
    fn provider(&self, files: &[HeadersFile]) -> Option<Provider> {
        match (&self.netlify, &self.wrangler) {
            (Some(_), Some(_)) => Some(Provider::HeadersFile),
            (Some(_), None) => Some(Provider::Netlify),
            (None, Some((_, wrangler))) => {
                // A Worker without files of its own serves none.
                let serves = wrangler.pages.is_some() || wrangler.assets.is_some();
                (serves || !self.files.is_empty()).then_some(Provider::Cloudflare)
            }
            (None, None) if files.iter().any(|file| file.cloudflare_only) => {
                Some(Provider::Cloudflare)
            }
            (None, None) => Some(Provider::HeadersFile),
        }
    }

    /// The directory in which the site is built.
    fn base(&self, directory: &str) -> String {
        let base = self.netlify.as_ref().and_then(|(_, config)| config.base.as_ref());
        let base = base.map_or("", |base| base.value.trim_start_matches("./").trim_matches('/'));
        if base.is_empty() {
            return directory.to_owned();
        }
        ArtifactPath::resolve(directory, base)
            .map_or_else(|| directory.to_owned(), |path| path.as_str().to_owned())
    }
}

fn app(
    snapshot: &Snapshot,
    packages: &Packages,
    directories: &HashSet<&str>,
    directory: &str,
    host: &Host<'_>,
) -> Option<HeaderApp> {
    let parsed: Vec<HeadersFile> = host
        .files
        .iter()
        .map(|file| HeadersFile::parse(snapshot.text(file).unwrap_or("")))
        .collect();
    let provider = host.provider(&parsed)?;
    let mut rules = Vec::new();
    let mut uncertain = parsed.len() > 1 || parsed.iter().any(|file| file.truncated);
    for (file, parsed) in host.files.iter().zip(&parsed) {
        from_file(provider, file.path(), parsed, &mut rules);
    }
    let base = host.base(directory);
    let mut said: Vec<&str> = Vec::new();
    if let Some((artifact, config)) = &host.netlify {
        uncertain |= config.uncertain;
        said.extend(
            [&config.command, &config.publish].into_iter().flatten().map(|text| &*text.value),
        );
        for entry in &config.headers {
            let pattern = PathPattern::netlify(&entry.path.value);
            let matcher = matcher(pattern);
            rules.extend(entry.values.iter().map(|(name, value)| HeaderRule {
                provider: Provider::Netlify,
                artifact: artifact.path().clone(),
                matcher: matcher.clone(),
                conditional: provider != Provider::Netlify,
                removes: false,
                source: entry.path.region,
                name: name.clone(),
                value: value.clone(),
            }));
        }
    }
    uncertain |= cut(&mut rules);
    let parts = surface::parts(packages, directories, &base, &said);
    let unread = unread(snapshot, packages, host, directory, &parts);
    let (artifact, anchor) = place(snapshot, host)?;
    let pages = host.wrangler.as_ref().is_some_and(|(_, config)| config.pages.is_some())
        || host.netlify.as_ref().is_some_and(|(_, config)| config.publish.is_some());
    // Nothing tells of a file alone whether its site is deployed as it stands.
    let serves = surface::static_surface(snapshot, packages, &parts, pages, &rules);
    let mut looked_at: Vec<ArtifactPath> =
        host.files.iter().map(|file| file.path().clone()).collect();
    looked_at.extend(host.netlify.iter().map(|(artifact, _)| artifact.path().clone()));
    looked_at.extend(host.wrangler.iter().map(|(artifact, _)| artifact.path().clone()));
    Some(HeaderApp {
        provider,
        directory: directory.to_owned(),
        routes: file_routes(&rules),
        meta_policy: surface::meta_policy(snapshot, &parts),
        surface: if rules.is_empty() && !host.files.is_empty() { Surface::Unknown } else { serves },
        unread_layers: unread,
        uncertain,
        secure: true,
        layers: looked_at,
        platform: match provider {
            Provider::Cloudflare
                if host.wrangler.as_ref().is_none_or(|(_, w)| w.assets.is_none()) =>
            {
                PAGES_SENDS
            }
            Provider::HeadersFile => EITHER_SENDS,
            _ => &[],
        },
        artifact,
        anchor,
        rules,
    })
}

/// Where a header that is missing would be written.
fn place(snapshot: &Snapshot, host: &Host<'_>) -> Option<(ArtifactPath, Region)> {
    let first = |artifact: &Artifact| {
        let region = first_character(snapshot.text(artifact).unwrap_or(""));
        (artifact.path().clone(), region)
    };
    if let Some(file) = host.files.first() {
        let text = snapshot.text(file).unwrap_or("");
        let parsed = HeadersFile::parse(text);
        let everywhere = parsed.blocks.iter().find(|block| block.path.value == "/*");
        let region = everywhere.map(|block| block.path.region);
        return Some((file.path().clone(), region.unwrap_or_else(|| first_character(text))));
    }
    if let Some((artifact, config)) = &host.netlify {
        let everywhere = config.headers.iter().find(|entry| entry.path.value == "/*");
        let region = everywhere.map(|entry| entry.path.region);
        return Some((artifact.path().clone(), region.unwrap_or_else(|| first(artifact).1)));
    }
    host.wrangler.as_ref().map(|(artifact, _)| first(artifact))
}

fn matcher(pattern: Option<PathPattern>) -> Matcher {
    pattern.map_or(Matcher::Unknown, |pattern| Matcher::Pattern(Arc::new(pattern)))
}

/// The rules of one file as its reader takes them.
fn from_file(
    provider: Provider,
    artifact: &ArtifactPath,
    file: &HeadersFile,
    rules: &mut Vec<HeaderRule>,
) {
    let cloudflare = provider == Provider::Cloudflare;
    let too_long = |region: Region| cloudflare && region.len() > CLOUDFLARE_LINE;
    let mut blocks: Vec<&HeaderBlock> =
        file.blocks.iter().filter(|block| !too_long(block.path.region)).collect();
    if cloudflare {
        blocks.retain(|block| !block.lines.is_empty());
        blocks.truncate(CLOUDFLARE_BLOCKS);
        blocks = last_of_each_path(blocks);
    }
    for block in blocks {
        let path = &block.path.value;
        let host_bound = path.contains("://");
        let pattern = match provider {
            Provider::Netlify => PathPattern::netlify(path),
            Provider::Cloudflare => PathPattern::cloudflare(path),
            // Where the two read it alike.
            _ if path == "/*" || !path.contains([':', '*']) => PathPattern::cloudflare(path),
            _ => None,
        };
        // What Cloudflare refuses holds nowhere.
        if pattern.is_none() && cloudflare {
            continue;
        }
        let matcher = if host_bound { Matcher::Unknown } else { matcher(pattern) };
        for line in &block.lines {
            let whole =
                line.value.as_ref().map_or(line.name.region, |v| line.name.region.cover(v.region));
            if too_long(whole) || (line.value.is_none() && provider == Provider::Netlify) {
                continue;
            }
            rules.push(HeaderRule {
                provider,
                artifact: artifact.clone(),
                matcher: matcher.clone(),
                conditional: host_bound || (line.value.is_none() && !cloudflare),
                removes: line.value.is_none(),
                source: block.path.region,
                name: line.name.clone(),
                value: line
                    .value
                    .clone()
                    .unwrap_or_else(|| Text::new("", Region::empty(line.name.region.end))),
            });
        }
    }
}

/// Of the blocks for one path the last, in the place of the first.
fn last_of_each_path(blocks: Vec<&HeaderBlock>) -> Vec<&HeaderBlock> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kept: Vec<&HeaderBlock> = Vec::new();
    for block in blocks {
        let place = *places.entry(&block.path.value).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(known) => *known = block,
            None => kept.push(block),
        }
    }
    kept
}

/// The files that may set headers in code or write them while the site is built.
fn unread(
    snapshot: &Snapshot,
    packages: &Packages,
    host: &Host<'_>,
    directory: &str,
    parts: &[String],
) -> Vec<ArtifactPath> {
    let mut found = layers::unread(snapshot, packages, parts);
    found.extend(layers::writes_headers_file(snapshot, packages, parts));
    if let Some((artifact, config)) = &host.netlify {
        let plugins = config.plugins.iter().any(|name| !PLAIN_PLUGINS.contains(&name.as_str()));
        let written = config.command.as_ref().is_some_and(|text| text.value.contains("_headers"));
        let edge = parts
            .iter()
            .any(|part| snapshot.contains_directory(&within(part, "netlify/edge-functions")));
        if plugins || written || edge || config.edge_functions {
            found.push(artifact.path().clone());
        }
    }
    if let Some((artifact, config)) = &host.wrangler
        && config.runs_code
    {
        found.push(artifact.path().clone());
    }
    // Code of Cloudflare Pages that passes every answer.
    let may_pass = |artifact: &Artifact| {
        let name = artifact.path().file_name();
        name.starts_with("_middleware.") || name == "_worker.js"
    };
    for artifact in snapshot.chosen(may_pass) {
        let path = artifact.path();
        let Some(relative) = below(path.parent(), directory) else { continue };
        let middleware = path.file_name().starts_with("_middleware.");
        if (!middleware || relative.ends_with("functions")) && !is_vendored(path.as_str()) {
            found.push(path.clone());
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn within(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}
