//! `dockerfile-missing-source`

use std::collections::BTreeSet;

use seaworthy_analysis::roles::is_vendored;
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot, DocumentKind, is_named_in};
use seaworthy_formats::dockerignore::DockerIgnore;
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use super::shipped::{Shipped, shipped};
use super::sources::{copied, is_everything, join, transfer};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-missing-source",
        group: Group::Dockerfile,
        summary: "COPY names what is not there, so that the image does not build",
        help: include_str!("dockerfile_missing_source.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[684],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    u64::from(text.is_some() && is_named_in(&[DocumentKind::Dockerfile], snapshot, path))
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let mut seen = BTreeSet::new();
    for shipped in shipped(cx) {
        let ignored = shipped.build.ignored(snapshot);
        let path = shipped.build.dockerfile();
        let anchored = is_anchored(&shipped, snapshot);
        for stage in shipped.needed() {
            for (instruction, source, wanted) in copied(&shipped, stage) {
                if instruction.stage != Some(stage) {
                    continue;
                }
                let Some(fault) = absent(&shipped, snapshot, &ignored, &wanted) else { continue };
                if matches!(fault, Fault::Missing) && !anchored {
                    continue;
                }
                if !seen.insert((path, source.region)) {
                    continue;
                }
                let context = match shipped.build.context() {
                    "" => "the root of the repository".to_owned(),
                    directory => format!("the build context {directory}"),
                };
                let message = match fault {
                    Fault::Missing => format!(
                        "{wanted} does not exist in {context}. The build stops here; paths of COPY \
                         start at the context and not at the Dockerfile."
                    ),
                    Fault::Ignored => format!(
                        "{wanted} is kept out of the build context by the ignore file. The build \
                         stops here as if it did not exist."
                    ),
                };
                let decided = ignored.verdict(&wanted).decided_by;
                let draft = cx.report_in(path, source.region, message);
                draft.evidence(wanted.clone());
                if let (Fault::Ignored, Some(line)) = (fault, decided)
                    && let Some((file, _)) = shipped.build.ignore_file(snapshot)
                {
                    draft.related(file, line, "this line keeps it out");
                }
            }
            standalone(cx, &shipped, stage, &mut seen);
        }
    }
}

#[derive(Clone, Copy)]
enum Fault {
    Missing,
    Ignored,
}

/// Why a source cannot be copied; `None` if it can, or nobody knows.
fn absent(
    shipped: &Shipped<'_>,
    snapshot: &Snapshot,
    ignored: &DockerIgnore,
    wanted: &str,
) -> Option<Fault> {
    if is_everything(wanted)
        || wanted.contains(['*', '?', '[', '$', '\\'])
        || wanted.split('/').any(|part| part == "..")
        || is_made(wanted)
    {
        return None;
    }
    let there = |base: &str| {
        let path = join(base, wanted);
        snapshot.contains(&path) || snapshot.contains_directory(&path)
    };
    let context = shipped.build.context();
    let path = join(context, wanted);
    if there(context) {
        // Of a directory an exception may take something back.
        let whole = snapshot.contains(&path) || !ignored.has_exceptions();
        return (whole && ignored.verdict(wanted).ignored).then_some(Fault::Ignored);
    }
    // A file inside tells of the directories; lockfiles are nobody's sources.
    if is_vendored(&join(&path, "source.c")) || is_elsewhere(snapshot, &path) {
        return None;
    }
    // A package that was published has lost its lockfile.
    let lockfile = |name: &str| LOCKFILES.contains(&name);
    if lockfile(wanted) && !LOCKFILES.iter().any(|name| snapshot.contains(&join(context, name))) {
        return None;
    }
    // What git does not take is made before the build.
    let git = snapshot.git()?;
    if git.is_ignored(&path) || git.ignore_rules().verdict(&path, true).ignored {
        return None;
    }
    if shipped.build.is_composed() {
        return Some(Fault::Missing);
    }
    // Without Compose the context may be any directory on the way.
    let mut directory = shipped.build.dockerfile().parent();
    loop {
        if there(directory) {
            return None;
        }
        match directory.rsplit_once('/') {
            Some((parent, _)) => directory = parent,
            None if directory.is_empty() => break,
            None => directory = "",
        }
    }
    Some(Fault::Missing)
}

/// Whether the context is known: Compose says it, or something else that is copied
/// is there. Otherwise it may be a directory that somebody prepares.
fn is_anchored(shipped: &Shipped<'_>, snapshot: &Snapshot) -> bool {
    let there = |wanted: &str| {
        let path = join(shipped.build.context(), wanted);
        snapshot.contains(&path) || snapshot.contains_directory(&path)
    };
    shipped.build.is_composed()
        || shipped.needed().into_iter().any(|stage| {
            let copied = copied(shipped, stage);
            copied.iter().any(|(_, _, source)| is_everything(source) || there(source))
        })
}

/// Names of what a build, or a job before it, makes.
fn is_made(path: &str) -> bool {
    let made = [
        "dist",
        "build",
        "out",
        "target",
        "bin",
        "release",
        "output",
        "node_modules",
        "vendor",
        ".next",
        ".nuxt",
        ".output",
        "coverage",
        "generated",
        "artifacts",
        "publish",
        "pkg",
        "tmp",
        ".git",
        ".yarn",
        "certs",
        "secrets",
        "public",
        "wheels",
        "bundle",
        "static",
        "lib",
    ];
    let ends = [
        ".jar", ".war", ".tgz", ".tar.gz", ".tar", ".zip", ".whl", ".so", ".deb", ".rpm", ".pem",
        ".key", ".crt",
    ];
    path.split('/').any(|part| made.contains(&part) || part.starts_with(".env"))
        || ends.iter().any(|end| path.ends_with(end))
        // A program by its name alone, built before.
        || (!path.contains('/') && !path.contains('.') && path.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && !KNOWN_DIRECTORIES.contains(&path))
}

/// The lockfiles of package managers for JavaScript.
const LOCKFILES: &[&str] =
    &["package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"];

/// Directories that sources are in.
const KNOWN_DIRECTORIES: &[&str] = &[
    "src",
    "app",
    "apps",
    "api",
    "server",
    "backend",
    "frontend",
    "client",
    "web",
    "packages",
    "prisma",
    "scripts",
    "config",
    "migrations",
    "nginx",
    "docker",
    "templates",
    "views",
    "routes",
    "db",
    "database",
    "models",
    "pages",
    "components",
    "cmd",
    "internal",
    "tests",
];

/// Whether a path lies in a submodule.
fn is_elsewhere(snapshot: &Snapshot, path: &str) -> bool {
    let modules = snapshot.artifact(".gitmodules").and_then(|artifact| snapshot.text(artifact));
    modules.unwrap_or("").lines().any(|line| {
        line.trim()
            .strip_prefix("path")
            .and_then(|rest| rest.trim_start().strip_prefix('='))
            .is_some_and(|module| {
                let module = module.trim();
                path == module
                    || path.strip_prefix(module).is_some_and(|rest| rest.starts_with('/'))
            })
    })
}

/// Next.js makes `.next/standalone` only when it is told to.
fn standalone<'s>(
    cx: &mut Context<'_>,
    shipped: &Shipped<'s>,
    stage: usize,
    seen: &mut BTreeSet<(&'s ArtifactPath, seaworthy_model::Region)>,
) {
    let snapshot = cx.snapshot();
    for instruction in shipped.build.file().stage_instructions(stage) {
        let Some(transfer) = transfer(instruction).filter(|_| instruction.flag("from").is_some())
        else {
            continue;
        };
        let source = transfer.sources.iter().find(|source| source.raw.contains(".next/standalone"));
        let Some(source) = source else { continue };
        let configs = next_configs(snapshot, shipped.build.context());
        // Without a file of its own something unknown builds it.
        let Some((config, _)) = configs.first() else { continue };
        let tells = configs.iter().any(|(_, text)| {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            code.clone().any(|line| line.contains("standalone"))
                || code.clone().any(|line| line.contains("output") && line.contains("process.env"))
        });
        // What another package puts into the configuration is not read here.
        let wrapped = configs.iter().any(|(_, text)| {
            text.contains("import(") || text.contains("...") || text.contains("merge(")
        });
        if tells || wrapped || !seen.insert((shipped.build.dockerfile(), source.region)) {
            continue;
        }
        cx.report_in(
            shipped.build.dockerfile(),
            source.region,
            "Next.js does not write .next/standalone, and the build stops here. Its configuration \
             lacks output: 'standalone'.",
        )
        .evidence(".next/standalone")
        .related(
            config,
            seaworthy_model::Region::empty(0),
            "no output: 'standalone' in here",
        );
    }
}

/// The configurations of Next.js in a context.
fn next_configs<'s>(snapshot: &'s Snapshot, context: &str) -> Vec<(&'s ArtifactPath, &'s str)> {
    let prefix = join(context, "");
    snapshot
        .artifacts()
        .iter()
        .filter(|artifact| {
            artifact.path().file_name().starts_with("next.config.")
                && artifact.path().as_str().starts_with(&prefix)
                && !is_vendored(artifact.path().as_str())
        })
        .take(50)
        .filter_map(|artifact| Some((artifact.path(), snapshot.text(artifact)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_repo;

    #[test]
    fn flags_what_is_not_in_the_context() {
        check_repo(
            &RULE,
            "
//- compose.yaml
services:
  api:
    build: ./api
//- api/Dockerfile
FROM node:22
COPY package.json ../x ./
COPY api/src ./src
     ^^^^^^^ [high] api/src does not exist in the build context api
COPY --chown=node:node server.js ./
                       ^^^^^^^^^ server.js does not exist
//- api/package.json
{}
//- api/src/index.js
x
",
        );
        check_repo(
            &RULE,
            "
//- Dockerfile
FROM node:22
COPY package.json yarn.lock ./
                  ^^^^^^^^^ yarn.lock does not exist in the root
COPY . .
//- package.json
{}
//- package-lock.json
{}
",
        );
    }

    #[test]
    fn flags_directories_that_the_ignore_file_keeps_out() {
        check_repo(
            &RULE,
            "
//- .dockerignore
.cache
~~~~~~ keeps it out
//- .cache/a.json
{}
//- Dockerfile
FROM rust:1.85
COPY .cache ./.cache
     ^^^^^^ [high] is kept out
",
        );
        check_repo(
            &RULE,
            "
//- .dockerignore
.cache
!.cache/a.json
//- .cache/a.json
{}
//- Dockerfile
FROM rust:1.85
COPY .cache ./.cache
",
        );
    }

    #[test]
    fn flags_what_the_ignore_file_keeps_out() {
        check_repo(
            &RULE,
            "
//- .dockerignore
*.conf
~~~~~~ keeps it out
//- nginx.conf
x
//- Dockerfile
FROM nginx:1.27
COPY nginx.conf /etc/nginx/nginx.conf
     ^^^^^^^^^^ [high] is kept out
",
        );
    }

    #[test]
    fn flags_a_standalone_server_that_is_not_made() {
        check_repo(
            &RULE,
            "
//- next.config.js
module.exports = { reactStrictMode: true }
//- Dockerfile
FROM node:22 AS build
COPY . .
FROM node:22
COPY --from=build /app/.next/standalone ./
                  ^^^^^^^^^^^^^^^^^^^^^ [high] lacks output
",
        );
        check_repo(
            &RULE,
            "
//- next.config.js
module.exports = { output: 'standalone' }
//- Dockerfile
FROM node:22 AS build
COPY . .
FROM node:22
COPY --from=build /app/.next/standalone ./
",
        );
    }

    #[test]
    fn passes_what_is_there_made_or_optional() {
        check_repo(
            &RULE,
            "
//- .gitignore
config/local.json
//- Dockerfile
ARG DIR=src
FROM node:22 AS build
COPY package.json package-lock.json* ./
COPY $DIR ./src
COPY dist ./dist
COPY target/release/app /usr/bin/
COPY app.jar /
COPY config/local.json ./
COPY ./src/ /src
COPY [\"src/a.js\", \"/a\"]
COPY <<EOT /x
y
EOT
ADD https://seashop.eu/a.js /a
FROM node:22
COPY --from=build /app/other ./
COPY --from=nginx:1.27 /etc/nginx/x /x
//- package.json
{}
//- src/a.js
x
",
        );
        check_repo(
            &RULE,
            "
//- docker/api/Dockerfile
FROM node:22
COPY package.json ./
COPY docker/api/run.sh ./
//- docker/api/run.sh
x
//- package.json
{}
",
        );
    }
}
