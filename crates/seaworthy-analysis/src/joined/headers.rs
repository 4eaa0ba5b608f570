//! Which layer sets which response header, for each app.

use seaworthy_formats::http::HeaderRule;
use seaworthy_model::ArtifactPath;

use super::packages::Packages;
use crate::document::{Document, DocumentKind};
use crate::snapshot::Snapshot;

/// An app whose response headers are declared in files that we read.
#[derive(Debug)]
pub struct HeaderApp {
    /// Its directory, `""` for the root.
    pub directory: String,
    /// The file where headers are declared, or where they would be.
    pub artifact: ArtifactPath,
    /// The declared headers, in the order in which later ones win.
    pub rules: Vec<HeaderRule>,
    /// Files that may set headers in code, which is not read: where there is
    /// one, a header that is not declared is unknown, not missing.
    pub unread_layers: Vec<ArtifactPath>,
}

/// Files that set headers in code, by the start of their name, where frameworks
/// look for them.
const LAYERS: &[&str] = &[
    "next.config.",
    "nuxt.config.",
    "astro.config.",
    "svelte.config.",
    "middleware.",
    "proxy.",
    "src/middleware.",
    "src/proxy.",
    "src/hooks.server.",
    "app/entry.server.",
    "app/root.",
    "server.",
    "src/server.",
    "api/index.",
    "server/index.",
];

/// Packages that exist to set security headers.
const PACKAGES: &[&str] = &[
    "helmet",
    "@fastify/helmet",
    "koa-helmet",
    "next-secure-headers",
    "@nosecone/next",
    "nosecone",
    "@next-safe/middleware",
    "next-safe",
    "nuxt-security",
    "@hono/secure-headers",
    "lusca",
];

/// What a file that sets headers says, in lower case.
const WORDS: &[&str] = &[
    "headers",
    "setheader",
    "helmet(",
    "strict-transport-security",
    "content-security-policy",
    "x-frame-options",
];

/// All apps with a `vercel.json`.
pub(crate) fn header_apps(snapshot: &Snapshot, packages: &Packages) -> Vec<HeaderApp> {
    let mut apps = Vec::new();
    for artifact in snapshot.of_kind(DocumentKind::Vercel) {
        let Some(Document::Vercel(config)) = snapshot.document(artifact) else { continue };
        let directory = artifact.path().parent().to_owned();
        apps.push(HeaderApp {
            rules: config.header_rules(artifact.path()),
            unread_layers: unread_layers(snapshot, packages, &directory),
            artifact: artifact.path().clone(),
            directory,
        });
    }
    apps
}

fn unread_layers(snapshot: &Snapshot, packages: &Packages, directory: &str) -> Vec<ArtifactPath> {
    let mut layers = Vec::new();
    let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    for artifact in snapshot.artifacts() {
        let Some(relative) = artifact.path().as_str().strip_prefix(&prefix) else { continue };
        let known = LAYERS.iter().any(|layer| {
            relative.strip_prefix(layer).is_some_and(|rest| {
                matches!(rest, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "jsx" | "tsx")
            })
        });
        if known {
            let text = snapshot.text(artifact).unwrap_or("").to_ascii_lowercase();
            if WORDS.iter().any(|word| text.contains(word)) {
                layers.push(artifact.path().clone());
            }
        }
    }
    if let Some(package) = packages.in_directory(directory) {
        let manifest = snapshot.artifact(package.manifest.as_str());
        if let Some(Document::PackageJson(manifest)) = manifest.and_then(|a| snapshot.document(a)) {
            if PACKAGES.iter().any(|name| manifest.dependency(name).is_some()) {
                layers.push(package.manifest.clone());
            }
        }
    }
    layers
}
