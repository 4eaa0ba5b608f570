//! `header-config-not-loaded`

use std::collections::BTreeSet;

use seaworthy_analysis::roles::{Role, is_vendored};
use seaworthy_analysis::{Artifact, Check, Context, Document, NativeRule, Snapshot, DocumentKind};
use seaworthy_formats::hosting::NetlifyConfig;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::toml;

use crate::compose::proxy_targets::{readers, readers_of};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-config-not-loaded",
        group: Group::HttpHeaders,
        summary: "headers in a file that nothing loads",
        help: include_str!("header_config_not_loaded.md"),
        severity: Severity::Medium,
        precision: Precision::Medium,
        cwe: &[693, 1164],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// The most files that are searched for a name.
const MOST_TEXTS: usize = 2_000;

fn check(cx: &mut Context<'_>) {
    next_configs(cx);
    netlify(cx);
    nginx(cx);
}

const CONFIGS: [&str; 5] =
    ["next.config.js", "next.config.mjs", "next.config.cjs", "next.config.ts", "next.config.mts"];

/// `next.config.secure.js` beside the `next.config.js` that Next.js loads.
fn next_configs(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let variants: Vec<&Artifact> = snapshot
        .chosen(|artifact| artifact.path().file_name().starts_with("next.config."))
        .into_iter()
        .filter(|artifact| {
            let name = artifact.path().file_name();
            !CONFIGS.contains(&name)
                && [".js", ".mjs", ".cjs", ".ts", ".mts"].iter().any(|end| name.ends_with(end))
                && !is_vendored(artifact.path().as_str())
                && matches!(snapshot.role(artifact).role, Role::Source | Role::Deployable)
        })
        .collect();
    for artifact in variants {
        let directory = artifact.path().parent();
        let loaded = CONFIGS
            .iter()
            .find_map(|name| snapshot.artifact(ArtifactPath::resolve(directory, name)?.as_str()));
        let (Some(loaded), Some(text)) = (loaded, snapshot.text(artifact)) else { continue };
        let Some(at) = declares_headers(text) else { continue };
        if declares_headers(snapshot.text(loaded).unwrap_or("")).is_some() {
            continue;
        }
        let name = artifact.path().file_name();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        if is_named(snapshot, stem, artifact.path()) {
            continue;
        }
        let message = format!(
            "These headers are never sent: Next.js loads `{}` alone, which has none, and nothing \
             else names this file. Move them there.",
            loaded.path().file_name()
        );
        cx.report_in(artifact.path(), at, message)
            .related(loaded.path(), Region::empty(0), "the file that is loaded")
            .evidence("next.config");
    }
}

/// Where code declares the headers of its answers, comments on lines of their own
/// left out.
fn declares_headers(text: &str) -> Option<Region> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        let from = start + (line.len() - code.len());
        start += line.len();
        if code.starts_with("//") || code.starts_with('*') || code.starts_with("/*") {
            continue;
        }
        for words in ["async headers", "headers()", "headers:", "headers ="] {
            if let Some(at) = code.find(words) {
                let at = from + at;
                return Some(Region::new(at, at + words.trim_end_matches([':', '=', ' ']).len()));
            }
        }
    }
    None
}

/// `_headers` beside a `netlify.toml` that serves another directory, into which
/// the build takes over `public` alone.
fn netlify(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    for artifact in snapshot.named(&["_headers"]) {
        if is_vendored(artifact.path().as_str()) {
            continue;
        }
        let directory = artifact.path().parent();
        let beside =
            |name: &str| snapshot.artifact(ArtifactPath::resolve(directory, name)?.as_str());
        let (Some(toml_file), Some(package)) = (beside("netlify.toml"), beside("package.json"))
        else {
            continue;
        };
        let config = NetlifyConfig::read(&toml::parse(snapshot.text(toml_file).unwrap_or("")));
        let Some(publish) = config.publish.filter(|_| config.base.is_none()) else { continue };
        let served = publish.value.trim_start_matches("./").trim_matches('/').to_owned();
        let Some(Document::PackageJson(manifest)) = snapshot.document(package) else { continue };
        let bundles = ["vite", "react-scripts", "astro", "@vue/cli-service", "@angular/core"]
            .iter()
            .any(|name| manifest.dependency(name).is_some());
        if served.is_empty() || served == "." || !bundles || !config.plugins.is_empty() {
            continue;
        }
        if is_named(snapshot, "_headers", artifact.path()) {
            continue;
        }
        let text = snapshot.text(artifact).unwrap_or("");
        let line = text.lines().next().map_or(0, str::len);
        let message = format!(
            "These headers are never sent: Netlify reads `_headers` from the directory that it \
             serves, `{served}`, and the build takes over only what lies in `public`. Move the file \
             to `public/_headers`."
        );
        cx.report_in(artifact.path(), Region::new(0, line), message)
            .related(toml_file.path(), publish.region, "the directory that is served")
            .evidence("_headers");
    }
}

/// Configurations of nginx with security headers that no stack reads, where
/// others are read.
fn nginx(cx: &mut Context<'_>) {
    let stacks = cx.joined().stacks();
    let sites = cx.joined().nginx_sites();
    if sites.len() < 2 || stacks.is_empty() {
        return;
    }
    let mut read: BTreeSet<&ArtifactPath> = BTreeSet::new();
    for stack in stacks {
        let readers = readers(cx, stack);
        for site in sites {
            if readers_of(&readers, &site.artifact).next().is_some() {
                read.insert(&site.artifact);
            }
        }
    }
    if read.is_empty() {
        return;
    }
    for site in sites.iter().filter(|site| !read.contains(&site.artifact)) {
        let configuration = &site.configuration;
        let header = configuration.all().find(|&id| {
            let directive = configuration.get(id);
            let name = directive.arg(0).unwrap_or("").to_ascii_lowercase();
            directive.is("add_header") && SECURITY.contains(&name.as_str())
        });
        let Some(header) = header.filter(|&id| *configuration.artifact(id) == site.artifact) else {
            continue;
        };
        // Whoever names the file, or the directory that holds it, may load it.
        let folder = site.artifact.parent().rsplit('/').next().unwrap_or("");
        let named = is_named(cx.snapshot(), site.artifact.file_name(), &site.artifact)
            || !folder.is_empty()
                && anywhere(cx.snapshot(), &site.artifact, |text| names_folder(text, folder));
        if named {
            continue;
        }
        let draft = cx
            .report_in(
                &site.artifact,
                configuration.region(header),
                "These headers are never sent: no stack mounts this configuration of nginx, no \
                 image copies it, and nothing names it, while another one is loaded. Move them \
                 there, or remove the file.",
            )
            .evidence("nginx");
        if let Some(other) = read.first() {
            draft.related(other, Region::empty(0), "the configuration that is loaded");
        }
    }
}

const SECURITY: [&str; 6] = [
    "content-security-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

/// Whether any file that builds, deploys or tells of it names something.
fn is_named(snapshot: &Snapshot, name: &str, but: &ArtifactPath) -> bool {
    anywhere(snapshot, but, |text| text.contains(name))
}

fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    const OTHERS: [&str; 2] = ["_headers", "next.config"];
    let Some(text) = text.filter(|_| is_asked(path)) else { return 0 };
    let sites = snapshot.of_kind(DocumentKind::Nginx).flat_map(|artifact| {
        let path = artifact.path();
        [path.file_name(), path.parent().rsplit('/').next().unwrap_or("")]
    });
    let names = sites.chain(OTHERS).filter(|name| !name.is_empty());
    let named: Vec<bool> = names.map(|name| text.contains(name)).collect();
    // Which of them is not told apart where there are several in a text.
    if named.contains(&true) { crate::hash(text).max(1) } else { 0 }
}

/// Whether a text names a whole directory: `./nginx`, `nginx/`, `nginx/*.conf`.
fn names_folder(text: &str, folder: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ':' | ',' | ')');
    text.match_indices(folder).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + folder.len()..];
        let begins = before.is_none_or(|c| c == '/' || ends(c));
        let inside = after.strip_prefix('/').is_some_and(|rest| {
            rest.chars().next().is_none_or(|c| ends(c) || matches!(c, '*' | '.' | '$'))
        });
        let alone = before == Some('/') && after.chars().next().is_none_or(ends);
        begins && (inside || alone)
    })
}

/// Whether the texts of such files are searched.
fn is_asked(path: &str) -> bool {
    const ENDS: [&str; 17] = [
        ".sh", ".yml", ".yaml", ".json", ".js", ".mjs", ".cjs", ".ts", ".toml", ".md", ".tf",
        ".mk", ".py", ".bash", ".ps1", ".rb", ".conf",
    ];
    const NAMES: [&str; 5] = ["Makefile", "Dockerfile", "justfile", "Procfile", "Jenkinsfile"];
    let file = path.rsplit('/').next().unwrap_or(path);
    !is_vendored(path)
        && (ENDS.iter().any(|end| file.ends_with(end))
            || NAMES.iter().any(|known| file.contains(known)))
}

/// Whether a text of these files fits.
fn anywhere(snapshot: &Snapshot, but: &ArtifactPath, fits: impl Fn(&str) -> bool) -> bool {
    snapshot
        .chosen(|artifact| is_asked(artifact.path().as_str()))
        .into_iter()
        .filter(|artifact| artifact.path() != but)
        .take(MOST_TEXTS)
        .any(|artifact| snapshot.text(artifact).is_some_and(&fits))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    const HEADERS: &str =
        "export default {\n  async headers() { return [{ source: '/(.*)', headers: [] }] }\n}\n";

    #[test]
    fn flags_a_configuration_of_next_that_is_not_loaded() {
        let files = |loaded: &str, script: &str, mark: &str| {
            format!(
                "
//- web/next.config.mjs
{loaded}
//- web/package.json
{{\"scripts\": {{\"build\": \"{script}\"}}}}
//- web/next.config.secure.mjs
export default {{
  async headers() {{ return [] }}
{mark}}}
"
            )
        };
        let plain = "export default { reactStrictMode: true }";
        check_files(
            &RULE,
            &files(plain, "next build", "  ^^^^^^^^^^^^^ [medium] loads `next.config.mjs` alone\n"),
        );
        check_files(&RULE, &files("import x from './next.config.secure.mjs'", "next build", ""));
        check_files(
            &RULE,
            &files(plain, "cp next.config.secure.mjs next.config.mjs && next build", ""),
        );
        check_files(&RULE, &files(HEADERS, "next build", ""));
    }

    #[test]
    fn flags_headers_that_the_build_leaves_behind() {
        let files = |publish: &str, package: &str, mark: &str| {
            format!(
                "
//- netlify.toml
[build]
publish = \"{publish}\"
//- package.json
{package}
//- _headers
/*
{mark}  X-Frame-Options: DENY
"
            )
        };
        let vite = r#"{"devDependencies": {"vite": "7.0.0"}, "scripts": {"build": "vite build"}}"#;
        check_files(
            &RULE,
            &files("dist", vite, "^^ [medium] Move the file to `public/_headers`\n"),
        );
        check_files(&RULE, &files(".", vite, ""));
        check_files(&RULE, &files("dist", r#"{"scripts": {"build": "node make.js"}}"#, ""));
        let copies = r#"{"devDependencies": {"vite": "7.0.0"}, "scripts": {"build": "vite build && cp _headers dist"}}"#;
        check_files(&RULE, &files("dist", copies, ""));
    }

    #[test]
    fn flags_a_configuration_of_nginx_beside_the_one_that_is_mounted() {
        let files = |more: &str, mark: &str| {
            format!(
                "
//- compose.yaml
services:
  web:
    image: nginx:1.27
    volumes:
      - ./nginx/live.conf:/etc/nginx/conf.d/default.conf
{more}//- nginx/live.conf
server {{ listen 80; root /x; }}
//- nginx/hardened.conf
server {{
  listen 80;
  root /x;
  add_header X-Frame-Options DENY;
{mark}}}
"
            )
        };
        check_files(
            &RULE,
            &files("", "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] no stack mounts this\n"),
        );
        check_files(&RULE, &files("//- deploy.sh\nscp nginx/hardened.conf host:/etc/nginx/\n", ""));
        check_files(&RULE, &files("//- README.md\nThe host reads what is in `nginx/`.\n", ""));
    }
}
