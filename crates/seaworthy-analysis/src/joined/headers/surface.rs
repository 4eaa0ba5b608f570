//! What an app answers with, and which directories belong to it.

use std::collections::HashSet;

use seaworthy_formats::http::HeaderRule;
use seaworthy_formats::package_json::PackageJson;
use seaworthy_formats::vercel::{Destination, VercelConfig};
use seaworthy_syntax::{NodeRef, Tree};

use super::super::packages::{Package, Packages, below};
use super::Surface;
use crate::document::Document;
use crate::roles::is_vendored;
use crate::snapshot::{Artifact, Snapshot};

/// Packages with which an app renders pages.
const PAGES: [&str; 28] = [
    "next",
    "nuxt",
    "nuxt3",
    "astro",
    "gatsby",
    "react-dom",
    "react-scripts",
    "preact",
    "vue",
    "svelte",
    "@sveltejs/kit",
    "@angular/core",
    "solid-js",
    "@solidjs/start",
    "solid-start",
    "@remix-run/react",
    "react-router-dom",
    "@tanstack/start",
    "@builder.io/qwik",
    "@11ty/eleventy",
    "@docusaurus/core",
    "vitepress",
    "vuepress",
    "ember-source",
    "gridsome",
    "@redwoodjs/web",
    "blitz",
    "umi",
];

/// Values of `framework` that are servers without pages of their own.
const SERVERS: [&str; 12] = [
    "express", "hono", "fastify", "nestjs", "koa", "h3", "nitro", "elysia", "xmcp", "fastapi",
    "flask", "python",
];

/// Top-level keys that only concern what serves pages.
const PAGE_KEYS: [&str; 4] = ["cleanUrls", "trailingSlash", "outputDirectory", "images"];

/// Headers that only pages need, in lower case.
const PAGE_HEADERS: [&str; 5] = [
    "content-security-policy",
    "content-security-policy-report-only",
    "permissions-policy",
    "referrer-policy",
    "x-frame-options",
];

/// Directories with pages, relative to a part of the app.
const PAGE_FOLDERS: [&str; 6] = ["", "public", "src", "static", "app", "www"];

/// The most pages that are read.
const MOST_PAGES: usize = 16;

/// The directories whose files make up the app: that of its file, and the
/// packages which its commands build. A workspace root that serves nothing
/// itself and names no package may build any of them.
pub(super) fn parts(
    packages: &Packages,
    others: &HashSet<&str>,
    directory: &str,
    said: &[&str],
) -> Vec<String> {
    let mut parts = vec![directory.to_owned()];
    let members: Vec<(&Package, &str)> = packages
        .all()
        .iter()
        .filter_map(|package| Some((package, below(&package.directory, directory)?)))
        .filter(|(package, relative)| {
            // What lies below another such file is another app.
            !relative.is_empty() && nearest(others, &package.directory) == Some(directory)
        })
        .collect();
    let named: Vec<String> = members
        .iter()
        .filter(|(package, relative)| {
            said.iter().any(|text| {
                mentions(text, relative)
                    || package.name.as_deref().is_some_and(|name| mentions(text, name))
            })
        })
        .map(|(package, _)| package.directory.clone())
        .collect();
    if !named.is_empty() {
        parts.extend(named);
    } else if packages.in_directory(directory).is_none_or(|root| root.is_workspace_root) {
        parts.extend(members.iter().map(|(package, _)| package.directory.clone()));
    }
    parts
}

/// The nearest of these directories at or above `directory`.
fn nearest<'a>(directories: &HashSet<&'a str>, directory: &str) -> Option<&'a str> {
    let mut directory = directory;
    loop {
        if let Some(found) = directories.get(directory) {
            return Some(found);
        }
        directory = match directory.rsplit_once('/') {
            Some((parent, _)) => parent,
            None if directory.is_empty() => return None,
            None => "",
        };
    }
}

/// The longest text that is searched for names.
const MOST_SAID: usize = 4096;

/// The texts of the file that may name a directory or a package.
pub(super) fn said(tree: &Tree) -> Vec<&str> {
    let root = tree.root();
    let mut said: Vec<&str> = ["buildCommand", "installCommand", "outputDirectory"]
        .iter()
        .filter_map(|key| root.get(key)?.as_str())
        .collect();
    let builds = root.get("builds").into_iter().flat_map(NodeRef::items);
    said.extend(builds.take(32).filter_map(|build| build.get("src")?.as_str()));
    said.retain(|text| text.len() <= MOST_SAID);
    said
}

/// Whether a text names a path or package as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '@');
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            !text[..at].ends_with(inside) && !text[at + name.len()..].starts_with(inside)
        })
}

/// Whether a package depends on what renders pages.
pub(super) fn renders_pages(manifest: &PackageJson) -> bool {
    PAGES.iter().any(|name| manifest.dependency(name).is_some())
}

/// What the app answers with.
pub(super) fn surface(
    snapshot: &Snapshot,
    packages: &Packages,
    parts: &[String],
    config: &VercelConfig,
    tree: &Tree,
) -> Surface {
    let root = tree.root();
    let framework = root.get("framework").and_then(NodeRef::as_str);
    if framework.is_some_and(|framework| !SERVERS.contains(&framework)) {
        return Surface::Pages;
    }
    let manifests = || parts.iter().filter_map(|part| manifest(snapshot, packages, part));
    if PAGE_KEYS.iter().any(|key| config.has_key(key))
        || manifests().any(renders_pages)
        || pages(snapshot, parts).next().is_some()
        || leads_to_pages(config)
        || builds_pages(root)
    {
        return Surface::Pages;
    }
    // Who thinks of frames and referrers has pages.
    if declares(config, |name| PAGE_HEADERS.contains(&name)) {
        return Surface::Pages;
    }
    let api = framework.is_some()
        || config.has_key("crons")
        || config.has_key("functions")
        || config.has_key("builds")
        || parts.iter().any(|part| snapshot.contains_directory(&join(part, "api")))
        || leads_to_api(config);
    if api {
        Surface::Api
    } else if declares(config, |_| true) {
        Surface::Pages
    } else {
        Surface::Unknown
    }
}

/// What a host of files answers with: pages where anything speaks for them.
pub(super) fn static_surface(
    snapshot: &Snapshot,
    packages: &Packages,
    parts: &[String],
    serves_pages: bool,
    rules: &[HeaderRule],
) -> Surface {
    let renders =
        parts.iter().any(|part| manifest(snapshot, packages, part).is_some_and(renders_pages));
    let thought_of = rules.iter().any(|rule| {
        let name = rule.name.value.to_ascii_lowercase();
        !rule.removes && PAGE_HEADERS.contains(&name.as_str())
    });
    match serves_pages || renders || thought_of || pages(snapshot, parts).next().is_some() {
        true => Surface::Pages,
        false => Surface::Unknown,
    }
}

/// Whether a header is set whose name in lower case is meant, beyond `/api`.
fn declares(config: &VercelConfig, meant: impl Fn(&str) -> bool) -> bool {
    let listed = config.headers.iter().flatten().filter(|rule| {
        let path = rule.source.text.value.trim_start_matches(['^', '/']);
        path != "api" && !path.starts_with("api/")
    });
    let routed = config.routes.iter().flatten().filter_map(|route| route.headers.as_ref());
    listed
        .map(|rule| &rule.headers)
        .chain(routed)
        .flatten()
        .any(|header| meant(&header.key.value.to_ascii_lowercase()))
}

pub(super) fn manifest<'s>(
    snapshot: &'s Snapshot,
    packages: &Packages,
    directory: &str,
) -> Option<&'s PackageJson> {
    let package = packages.in_directory(directory)?;
    match snapshot.document(snapshot.artifact(package.manifest.as_str())?)? {
        Document::PackageJson(manifest) => Some(manifest),
        _ => None,
    }
}

/// A rewrite to a page, or a redirect between paths that are none of an API.
fn leads_to_pages(config: &VercelConfig) -> bool {
    let page = |path: &str| {
        let path = path.split(['?', '#']).next().unwrap_or("");
        path == "/" || path.ends_with(".html") || path == "/index"
    };
    let rewritten = config.rewrites.iter().flatten().any(|rewrite| match &rewrite.destination {
        Destination::Text(text) => page(&text.value),
        Destination::Service { .. } => false,
    });
    let routed = config
        .routes
        .iter()
        .flatten()
        .any(|route| route.dest.as_ref().is_some_and(|dest| page(&dest.value)));
    rewritten || routed || config.redirects.as_ref().is_some_and(|list| !list.is_empty())
}

/// Everything is handed to a function or another host.
fn leads_to_api(config: &VercelConfig) -> bool {
    config.rewrites.iter().flatten().any(|rewrite| match &rewrite.destination {
        Destination::Text(text) => text.value.trim_start_matches('/').starts_with("api"),
        Destination::Service { .. } => false,
    })
}

/// The legacy `builds`: builders of static files and of pages.
fn builds_pages(root: NodeRef<'_>) -> bool {
    root.get("builds").into_iter().flat_map(NodeRef::items).any(|build| {
        let builder = build.get("use").and_then(NodeRef::as_str).unwrap_or("");
        let name = builder.strip_prefix("@vercel/").or_else(|| builder.strip_prefix("@now/"));
        let name = name.unwrap_or("").split('@').next().unwrap_or("");
        matches!(name, "static" | "static-build" | "next" | "gatsby" | "redwood" | "remix-builder")
    })
}

/// The HTML files that the parts serve or build from.
fn pages<'s>(snapshot: &'s Snapshot, parts: &'s [String]) -> impl Iterator<Item = &'s Artifact> {
    parts.iter().flat_map(move |part| {
        snapshot.below(part).iter().filter(move |artifact| {
            let path = artifact.path();
            matches!(path.file_name().rsplit_once('.'), Some((_, "html" | "htm")))
                && !is_vendored(path.as_str())
                && below(path.parent(), part).is_some_and(|folder| PAGE_FOLDERS.contains(&folder))
        })
    })
}

/// Whether a page restricts itself by `<meta http-equiv="Content-Security-Policy">`.
pub(super) fn meta_policy(snapshot: &Snapshot, parts: &[String]) -> bool {
    pages(snapshot, parts).take(MOST_PAGES).any(|artifact| {
        let text = snapshot.text(artifact).unwrap_or("").to_ascii_lowercase();
        let text = without_markup_comments(&text);
        text.split("<meta").skip(1).any(|rest| {
            let tag = rest.split('>').next().unwrap_or("");
            tag.contains("http-equiv")
                && ["\"", "'", " "]
                    .iter()
                    .any(|end| tag.contains(&format!("content-security-policy{end}")))
        })
    })
}

fn without_markup_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<!--") {
        out.push_str(&rest[..at]);
        rest = rest[at..].find("-->").map_or("", |end| &rest[at + end + 3..]);
    }
    out.push_str(rest);
    out
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}
