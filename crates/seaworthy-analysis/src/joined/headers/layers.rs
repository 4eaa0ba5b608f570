//! Files that may set headers in code, which is not read.

use seaworthy_model::ArtifactPath;

use super::super::packages::Packages;
use crate::document::Document;
use crate::roles::Role;
use crate::snapshot::{Artifact, Snapshot};

/// What a file's name promises, and with it which words speak for headers.
#[derive(Clone, Copy)]
enum Layer {
    /// A framework's configuration: any word of headers.
    Configuration,
    /// Code that answers or passes on every request.
    Server,
    /// Code that may be anything.
    Any,
}

/// Where a part of an app keeps such files.
const FOLDERS: [&str; 5] = ["", "src/", "app/", "server/", "api/"];

const CODE: [&str; 8] = ["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx"];

/// Packages that exist to set security headers.
const PACKAGES: [&str; 12] = [
    "helmet",
    "@fastify/helmet",
    "koa-helmet",
    "next-secure-headers",
    "@nosecone/next",
    "@nosecone/sveltekit",
    "nosecone",
    "@next-safe/middleware",
    "next-safe",
    "nuxt-security",
    "@hono/secure-headers",
    "lusca",
];

/// How code sets a header that it answers with.
const SETTERS: [&str; 7] = [
    "headers.set(",
    "headers.append(",
    "setheader(",
    "setheaders(",
    ".header(",
    "headers:",
    "new headers(",
];

/// Words that mean security headers in any code.
const NAMES: [&str; 10] = [
    "helmet(",
    "secureheaders",
    "securityheaders",
    "secure-headers",
    "nosecone",
    "strict-transport-security",
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
];

/// Python frameworks that set security headers themselves or by a package.
const PYTHON: [&str; 4] = ["django", "flask-talisman", "secure", "secweb"];

/// The most of a file that is searched for words.
const MOST_TEXT: usize = 256 * 1024;

/// The files of these directories that may set headers in code.
pub(super) fn unread(
    snapshot: &Snapshot,
    packages: &Packages,
    parts: &[String],
) -> Vec<ArtifactPath> {
    let mut layers = Vec::new();
    let may_speak = |artifact: &Artifact| {
        let path = artifact.path();
        path.file_name() == "requirements.txt" || may_set_headers(path.as_str())
    };
    let speakers = snapshot.chosen(may_speak);
    for part in parts {
        let prefix = if part.is_empty() { String::new() } else { format!("{part}/") };
        for &artifact in &speakers {
            let Some(relative) = artifact.path().as_str().strip_prefix(&prefix) else { continue };
            let speaks = if relative == "requirements.txt" {
                requires_python(snapshot.text(artifact).unwrap_or(""))
            } else if let Some(layer) = layer(relative) {
                let deployed = !matches!(snapshot.role(artifact).role, Role::Test | Role::Vendored);
                deployed && sets_headers(layer, snapshot.text(artifact).unwrap_or(""))
            } else {
                false
            };
            if speaks {
                layers.push(artifact.path().clone());
            }
        }
        let Some(package) = packages.in_directory(part) else { continue };
        let manifest = snapshot.artifact(package.manifest.as_str());
        if let Some(Document::PackageJson(manifest)) = manifest.and_then(|a| snapshot.document(a))
            && PACKAGES.iter().any(|name| manifest.dependency(name).is_some())
        {
            layers.push(package.manifest.clone());
        }
    }
    layers.sort_unstable();
    layers.dedup();
    layers
}

/// Packages that write `_headers` while a site is built.
const WRITERS: [&str; 6] = [
    "gatsby-plugin-netlify",
    "gatsby-plugin-netlify-headers",
    "gatsby-plugin-cloudflare-pages",
    "@navarchus/cf-headers",
    "vite-plugin-netlify-headers",
    "@kindspells/astro-shield",
];

/// The manifests whose scripts or packages write `_headers`.
pub(super) fn writes_headers_file(
    snapshot: &Snapshot,
    packages: &Packages,
    parts: &[String],
) -> Vec<ArtifactPath> {
    let writes = |part: &String| {
        let package = packages.in_directory(part)?;
        let manifest = super::surface::manifest(snapshot, packages, part)?;
        let scripted = manifest.scripts.iter().any(|script| script.text.contains("_headers"));
        let packaged = WRITERS.iter().any(|name| manifest.dependency(name).is_some());
        (scripted || packaged).then(|| package.manifest.clone())
    };
    parts.iter().filter_map(writes).collect()
}

fn layer(relative: &str) -> Option<Layer> {
    let (stem, extension) = relative.rsplit_once('.')?;
    if !CODE.contains(&extension) {
        return None;
    }
    let folder = FOLDERS.iter().rev().find(|folder| stem.starts_with(**folder))?;
    let name = &stem[folder.len()..];
    if folder.is_empty() && name == "vercel" {
        return Some(Layer::Configuration);
    }
    Some(match name {
        "next.config"
        | "nuxt.config"
        | "astro.config"
        | "svelte.config"
        | "app.config"
        | "remix.config"
        | "react-router.config" => Layer::Configuration,
        "middleware"
        | "_middleware"
        | "proxy"
        | "hooks.server"
        | "entry.server"
        | "server"
        | "middleware/index"
        | "middleware/headers"
        | "middleware/security" => Layer::Server,
        "index" | "app" | "main" | "root" | "_document" | "pages/_document" => Layer::Any,
        _ => return None,
    })
}

fn sets_headers(layer: Layer, text: &str) -> bool {
    let mut end = text.len().min(MOST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let code = without_comments(&text[..end]).to_ascii_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| code.contains(word));
    match layer {
        Layer::Configuration => any(&["headers", "csp"]) || any(&NAMES),
        Layer::Server => any(&SETTERS) || any(&NAMES),
        Layer::Any => any(&["setheader(", "setheaders("]) || any(&NAMES),
    }
}

/// Whether a program may set headers by its name, in whatever directory an app lies.
pub(crate) fn may_set_headers(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    layer(name).is_some()
        || ["middleware/headers.", "middleware/security."].iter().any(|part| path.contains(part))
}

/// Whether such a program sets headers, by what counts for each layer.
pub(crate) fn set_by(text: &str) -> [bool; 3] {
    [Layer::Configuration, Layer::Server, Layer::Any].map(|layer| sets_headers(layer, text))
}

fn requires_python(text: &str) -> bool {
    text.lines().any(|line| {
        let name: String = line
            .trim()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        PYTHON.contains(&name.to_ascii_lowercase().as_str())
    })
}

/// JavaScript without its comments. Strings are told apart, so that `'**/*.log'`
/// opens no comment; a quote inside a regular expression may hide a comment's
/// start, and then a comment counts as code, which keeps rules silent.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if let Some(open) = quote {
            out.push(c);
            match c {
                '\\' => out.extend(chars.next().map(|(_, escaped)| escaped)),
                '\n' if open != '`' => quote = None,
                _ if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        let rest = &text[at..];
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(body) = rest.strip_prefix("/*") {
            body.find("*/").map_or(rest.len(), |end| end + 4)
        } else {
            if matches!(c, '"' | '\'' | '`') {
                quote = Some(c);
            }
            out.push(c);
            continue;
        };
        while chars.peek().is_some_and(|(next, _)| *next < at + skip) {
            chars.next();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_sets_headers_is_known_by_its_words() {
        let cases = [
            ("next.config.ts", "const c = { async headers() { return [] } }", true),
            ("next.config.js", "// async headers() {}\nmodule.exports = {}", false),
            (
                "next.config.js",
                "module.exports = { x: ['**/*.log'], headers: list, y: '*/' }",
                true,
            ),
            ("next.config.js", "module.exports = { reactStrictMode: true }", false),
            ("svelte.config.js", "export default { kit: { csp: { mode: 'auto' } } }", true),
            ("src/middleware.ts", "const lang = request.headers.get('accept-language')", false),
            ("src/middleware.ts", "response.headers.set(key, value)", true),
            ("src/index.tsx", "fetch('/x', { headers: { a: 'b' } })", false),
            ("api/index.js", "app.use(helmet())", true),
            ("server.js", "/* app.use(helmet()) */ app.listen()", false),
        ];
        for (path, text, expected) in cases {
            let layer = layer(path).expect(path);
            assert_eq!(sets_headers(layer, text), expected, "{path}: {text}");
        }
        for path in ["src/deep/middleware.ts", "next.config.json", "README.md", "src/pages/a.tsx"] {
            assert!(layer(path).is_none(), "{path}");
        }
    }

    #[test]
    fn comments_go_and_strings_stay() {
        let cases = [
            ("a // b\nc", "a \nc"),
            ("'//' /* é */ x", "'//'  x"),
            ("`a /* ${1} */`", "`a /* ${1} */`"),
            (r#""\"//" // y"#, r#""\"//" "#),
            ("/* open", ""),
            ("it's // no", "it's // no"),
        ];
        for (text, expected) in cases {
            assert_eq!(without_comments(text), expected);
        }
    }
}
