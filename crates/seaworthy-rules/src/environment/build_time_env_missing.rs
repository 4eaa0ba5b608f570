//! `build-time-env-missing`

use std::collections::{BTreeSet, HashSet};

use seaworthy_analysis::joined::{ImageBuild, Stack};
use seaworthy_analysis::names::{Framework, public_prefix, split_words};
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, Document, NativeRule, Snapshot};
use seaworthy_formats::compose::{Command as ServiceCommand, Service, Words};
use seaworthy_formats::dockerfile::{Assignment, Base, Command, CommandLine};
use seaworthy_formats::package_json::PackageJson;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::deployment::Mentions;
use super::hosts::{hosts, is_loopback};
use super::production::env_file;
use super::templates::at_or_above;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "build-time-env-missing",
        group: Group::Environment,
        summary: "value for the bundle that the build does not get",
        help: include_str!("build_time_env_missing.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Prefixes of variables that a build writes into the bundle, and the package that
/// does so. Nuxt, SvelteKit and Astro can read theirs when they run.
const INLINED: &[(&str, &[&str])] = &[
    ("NEXT_PUBLIC_", &["next"]),
    ("VITE_", &["vite"]),
    ("REACT_APP_", &["react-scripts", "@craco/craco", "react-app-rewired"]),
    ("VUE_APP_", &["@vue/cli-service"]),
    ("GATSBY_", &["gatsby"]),
    ("EXPO_PUBLIC_", &["expo"]),
];

/// Packages that fill the bundle in when the container starts.
const AT_RUNTIME: &[&str] = &[
    "next-runtime-env",
    "react-env",
    "@import-meta-env/cli",
    "@import-meta-env/unplugin",
    "runtime-env-cra",
    "vite-plugin-runtime-env",
    "@runtime-env/cli",
    "vite-envs",
    "env-cmd",
    "next-public-env",
    "@dotenv-run/cli",
    "dotenv-cli",
];

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let joined = snapshot.joined();
    let mut mentions = None;
    let mut done = BTreeSet::new();
    for build in joined.images(snapshot).iter().filter(|build| build.is_composed()) {
        let users: Vec<(&Stack, &Service)> = build
            .services(joined.stacks())
            .filter(|(stack, _)| stack.may_be_production() && stack.role().role == Role::Deployable)
            .collect();
        if users.is_empty() {
            continue;
        }
        let Some(bundle) = Bundle::of(build, snapshot) else { continue };
        let mut faults = Vec::new();
        for (stack, service) in users {
            if service.command.as_ref().is_some_and(may_build)
                || service.entrypoint.as_ref().is_some_and(may_build)
            {
                continue;
            }
            bundle.only_at_run_time(service, &mut faults);
            if stack.is_production() {
                bundle.without_production_value(service, &mut faults);
            }
        }
        for fault in faults {
            let named =
                mentions.get_or_insert_with(|| Mentions::read(snapshot)).anywhere(&fault.name);
            if !named && done.insert((fault.artifact.clone(), fault.region)) {
                report(fault, cx);
            }
        }
    }
}

/// Whether a command may build anew when the container starts, or fill the bundle in.
fn may_build(command: &ServiceCommand) -> bool {
    match &command.words {
        Words::Line(text) => starts_build(text.raw()),
        Words::List(words) => words.iter().any(|word| starts_build(word.raw())),
    }
}

fn starts_build(text: &str) -> bool {
    [
        "build",
        "export",
        "dev",
        ".sh",
        "envsubst",
        "sed ",
        "sh -c",
        "-c",
        "$",
        "env.js",
        "docker-entrypoint",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// An image with a bundle that is made while it is built.
struct Bundle<'s> {
    build: &'s ImageBuild,
    framework: Framework,
    /// What the build knows, by `ENV` or env files of the context.
    known: HashSet<&'s str>,
    /// The arguments of the stages.
    arguments: Vec<&'s Assignment>,
}

struct Fault {
    name: String,
    artifact: ArtifactPath,
    region: Region,
    message: String,
    related: Option<(ArtifactPath, Region, &'static str)>,
}

impl<'s> Bundle<'s> {
    fn of(build: &'s ImageBuild, snapshot: &'s Snapshot) -> Option<Self> {
        let manifest = manifest(build, snapshot)?;
        let has = |name: &&str| manifest.dependency(name).is_some();
        if AT_RUNTIME.iter().any(&has) {
            return None;
        }
        let (prefix, _) = INLINED.iter().find(|(_, packages)| packages.iter().any(&has))?;
        let framework = public_prefix(&format!("{prefix}X"))?;
        let image = build.image()?;
        let file = build.file();
        let commands = [image.entrypoint, image.cmd];
        let is_web_server = match &image.base {
            Base::Image(name) => ["nginx", "caddy", "httpd", "static-web-server", "serve"]
                .iter()
                .any(|server| name.contains(server)),
            _ => false,
        };
        if commands.iter().flatten().any(|command| starts_build(&command.value.text())) {
            return None;
        }
        let mut known = HashSet::new();
        let mut arguments = Vec::new();
        let mut builds = false;
        for instruction in file.instructions() {
            match &instruction.command {
                Command::Env(assignments) => {
                    // `ENV X=$X` only passes an argument on.
                    let own = assignments.iter().filter(|assignment| {
                        assignment.value.as_ref().is_some_and(|value| !value.raw.contains('$'))
                    });
                    known.extend(own.map(|assignment| assignment.key.raw.as_str()));
                }
                Command::Arg(declared) if instruction.stage.is_some() => {
                    arguments.extend(declared.iter());
                }
                Command::Run(CommandLine::Shell(text)) => {
                    builds |= runs_build(&text.raw);
                    // A secret or a script may bring an env file along.
                    if text.raw.contains(".env")
                        || instruction.flag("mount").is_some_and(|mount| mount.contains("secret"))
                    {
                        return None;
                    }
                }
                Command::Copy(transfer) | Command::Add(transfer) => {
                    let fills_in = |word: &str| {
                        [
                            "docker-entrypoint.d",
                            "nginx/templates",
                            "env.sh",
                            "env-config",
                            "entrypoint",
                        ]
                        .iter()
                        .any(|name| word.contains(name))
                    };
                    if fills_in(&transfer.destination.raw)
                        || transfer.sources.iter().any(|source| fills_in(&source.raw))
                    {
                        return None;
                    }
                }
                _ => {}
            }
        }
        let runs_by_itself = commands.iter().flatten().next().is_some() || is_web_server;
        if !builds || !runs_by_itself {
            return None;
        }
        known.extend(from_env_files(build, snapshot));
        Some(Self { build, framework, known, arguments })
    }

    fn is_inlined(&self, name: &str) -> bool {
        name.len() > self.framework.prefix.len() && name.starts_with(self.framework.prefix)
    }

    fn is_given(&self, service: &Service, name: &str) -> bool {
        self.known.contains(name)
            || service
                .build
                .iter()
                .flat_map(|build| &build.args)
                .any(|argument| argument.key.raw() == name)
    }

    /// Variables that the service is started with and the build is not given.
    fn only_at_run_time(&self, service: &Service, faults: &mut Vec<Fault>) {
        for variable in &service.environment {
            let name = variable.key.raw();
            let has_default = self
                .arguments
                .iter()
                .any(|argument| argument.key.raw == name && argument.value.is_some());
            if !self.is_inlined(name) || self.is_given(service, name) || has_default {
                continue;
            }
            faults.push(Fault {
                name: name.to_owned(),
                artifact: variable.origin.artifact.clone(),
                region: variable.key.region(),
                message: format!(
                    "Service {} is given {name} when it runs, but {} writes it into the bundle \
                     when the image is built, and {} does not get it then. Browsers see no value; \
                     pass it under `build.args` and declare it with ARG.",
                    service.name.raw(),
                    self.framework.name,
                    self.build.dockerfile(),
                ),
                related: None,
            });
        }
    }

    /// Arguments without a value that can be production's.
    fn without_production_value(&self, service: &Service, faults: &mut Vec<Fault>) {
        for argument in &self.arguments {
            let name = argument.key.raw.as_str();
            if !self.is_inlined(name) || self.is_given(service, name) || !is_address(name) {
                continue;
            }
            let problem = match &argument.value {
                None => "has no default".to_owned(),
                Some(value) => {
                    let value = value.raw.trim_matches(['"', '\'']);
                    let found = hosts(name, value);
                    let Some(host) = found.iter().find(|host| is_loopback(host)) else { continue };
                    format!("points at {} unless it is given", host.text)
                }
            };
            let built = service.build.as_ref().map(|build| {
                let place = service.name.region();
                (build.origin.artifact.clone(), place, "built here without it")
            });
            faults.push(Fault {
                name: name.to_owned(),
                artifact: self.build.dockerfile().clone(),
                region: argument.key.region,
                message: format!(
                    "Build argument {name} {problem}, and service {} is built for production \
                     without it. {} writes it into the bundle, so every visitor's browser gets \
                     that; pass it under `build.args`.",
                    service.name.raw(),
                    self.framework.name,
                ),
                related: built,
            });
        }
    }
}

fn report(fault: Fault, cx: &mut Context<'_>) {
    let draft = cx.report_in(&fault.artifact, fault.region, fault.message);
    draft.evidence(fault.name);
    if let Some((artifact, region, label)) = fault.related {
        draft.related(&artifact, region, label);
    }
}

/// Whether a page cannot do without it: the address of something, not a key of
/// analytics that may be left out.
fn is_address(name: &str) -> bool {
    let words = split_words(name);
    let last = words.last().map_or("", String::as_str);
    matches!(last, "url" | "uri" | "endpoint" | "host" | "origin" | "api" | "backend")
        && !words.iter().any(|word| {
            matches!(
                word.as_str(),
                "sentry"
                    | "analytics"
                    | "posthog"
                    | "umami"
                    | "plausible"
                    | "matomo"
                    | "cdn"
                    | "image"
                    | "images"
                    | "asset"
                    | "assets"
                    | "docs"
                    | "support"
                    | "feedback"
            )
        })
}

fn runs_build(text: &str) -> bool {
    text.split(['\n', ';', '&', '|']).any(|command| {
        let words: Vec<&str> = command.split_whitespace().collect();
        words.iter().any(|word| *word == "build" || word.starts_with("build:"))
            && words.iter().any(|word| {
                matches!(
                    *word,
                    "npm"
                        | "yarn"
                        | "pnpm"
                        | "bun"
                        | "npx"
                        | "next"
                        | "vite"
                        | "react-scripts"
                        | "gatsby"
                        | "vue-cli-service"
                        | "craco"
                )
            })
    })
}

/// The manifest of what is built: beside the Dockerfile, or in the context.
fn manifest<'s>(build: &ImageBuild, snapshot: &'s Snapshot) -> Option<&'s PackageJson> {
    [build.dockerfile().parent(), build.context()].iter().find_map(|directory| {
        let package = snapshot.joined().packages().in_directory(directory)?;
        match snapshot.document(snapshot.artifact(package.manifest.as_str())?)? {
            Document::PackageJson(manifest) => Some(&**manifest),
            _ => None,
        }
    })
}

/// The variables of env files that reach the build with its context.
fn from_env_files<'s>(build: &ImageBuild, snapshot: &'s Snapshot) -> HashSet<&'s str> {
    let mut names = HashSet::new();
    let ignored = build.ignored(snapshot);
    let own = build.dockerfile().parent();
    let directories = at_or_above(own).chain([build.context()]).collect::<BTreeSet<&str>>();
    for directory in directories {
        for name in [".env", ".env.local", ".env.production", ".env.production.local"] {
            let Some(path) = ArtifactPath::resolve(directory, name) else { continue };
            let inner = match build.context() {
                "" => Some(path.as_str()),
                context => path.as_str().strip_prefix(context).and_then(|p| p.strip_prefix('/')),
            };
            let Some(inner) = inner else { continue };
            if ignored.verdict(inner).ignored {
                continue;
            }
            let entries = env_file(snapshot, &path).map_or(&[][..], |env| env.entries());
            names.extend(entries.iter().map(|entry| &*entry.key));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    const VITE: &str = "//- web/package.json\n{ \"devDependencies\": { \"vite\": \"6\" } }\n";
    const NGINX: &str = "FROM node:22 AS build\nCOPY . .\nRUN npm ci && npm run build\nFROM nginx:1.27-alpine\nCOPY --from=build /app/dist /usr/share/nginx/html\n";

    #[test]
    fn flags_what_a_bundle_is_given_too_late() {
        check_files(
            &RULE,
            &format!(
                "{VITE}//- web/Dockerfile\n{NGINX}//- docker-compose.yml
services:
  web:
    build: ./web
    environment:
      - VITE_API_URL=https://api.shop.io
        ^^^^^^^^^^^^ [medium] Service web is given VITE_API_URL when it runs, but Vite
      - PORT=80
"
            ),
        );
        check_files(
            &RULE,
            "
//- package.json
{ \"dependencies\": { \"next\": \"15\" } }
//- Dockerfile
FROM node:22-alpine
ARG NEXT_PUBLIC_API_URL=http://localhost:4000
    ^^^^^^^^^^^^^^^^^^^ [medium] points at localhost unless it is given, and service web
ARG NEXT_PUBLIC_SITE_URL
    ^^^^^^^^^^^^^^^^^^^^ [medium] has no default
ARG NEXT_PUBLIC_GA_ID
ARG NEXT_PUBLIC_WS_URL=wss://live.shop.io
ARG NEXT_PUBLIC_SHOP_URL
ENV NEXT_PUBLIC_SHOP_URL=$NEXT_PUBLIC_SHOP_URL
RUN npm run build
CMD [\"node\", \"server.js\"]
//- compose.prod.yml
services:
  web:
  ~~~ built here without it
    build:
      context: .
      args:
        NEXT_PUBLIC_SHOP_URL: ${SHOP_URL}
",
        );
    }

    #[test]
    fn passes_what_the_build_gets_by_any_way() {
        let late = "services:\n  web:\n    build: ./web\n    environment:\n      - VITE_API_URL=https://api.shop.io\n";
        let stack = format!("//- docker-compose.yml\n{late}");
        let image = format!("//- web/Dockerfile\n{NGINX}");
        // An env file of the context.
        check_files(
            &RULE,
            &format!(
                "{VITE}{image}{stack}//- web/.env.production\nVITE_API_URL=https://api.shop.io\n"
            ),
        );
        // A workflow that builds.
        check_files(
            &RULE,
            &format!(
                "{VITE}{image}{stack}//- .github/workflows/ci.yml\non: push\njobs:\n  b:\n    steps:\n      - run: docker build --build-arg VITE_API_URL=x web\n"
            ),
        );
        // A script that fills the bundle in.
        let copies = image.clone() + "COPY env.sh /docker-entrypoint.d/40-env.sh\n";
        check_files(&RULE, &format!("{VITE}{copies}{stack}"));
        // A program that builds when it starts, and one that only serves.
        for dockerfile in [
            "FROM node:22\nRUN npm ci\nCMD npm run build && npm start\n",
            "FROM node:22\nRUN npm ci\nCMD [\"npm\", \"start\"]\n",
        ] {
            check_files(&RULE, &format!("{VITE}//- web/Dockerfile\n{dockerfile}{stack}"));
        }
        // No bundle at all.
        check_files(&RULE, &format!("//- web/package.json\n{{}}\n{image}{stack}"));
        // For developers.
        check_files(&RULE, &format!("{VITE}{image}//- docker-compose.dev.yml\n{late}"));
        let both = stack
            .replace(
                "    environment",
                "    build:\n      context: ./web\n      args: [VITE_API_URL]\n    environment",
            )
            .replace("    build: ./web\n", "");
        check_files(&RULE, &format!("{VITE}{image}{both}"));
    }
}
