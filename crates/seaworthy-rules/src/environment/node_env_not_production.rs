//! `node-env-not-production`

use std::collections::{BTreeMap, BTreeSet};

use seaworthy_analysis::joined::Stack;
use seaworthy_analysis::names::is_runtime_mode_name;
use seaworthy_analysis::values::is_reference;
use seaworthy_analysis::{Check, Context, Document, Edit, NativeRule, Snapshot};
use seaworthy_formats::compose::{ImageName, Service, UNKNOWN};
use seaworthy_formats::dockerfile::Dockerfile;
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use super::dockerfile::{Image, image};
use super::production::{Place, Setting, env_file, is_production, settings};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "node-env-not-production",
        group: Group::Environment,
        summary: "production does not run in production mode",
        help: include_str!("node_env_not_production.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[489, 1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for setting in settings(cx.snapshot()).iter() {
        if let Some(message) = wrong_mode(setting) {
            let lower = setting.staging || setting.is_default || setting.place.is_build();
            let severity = if lower { Severity::Medium } else { Severity::High };
            let edit = Edit::risky("Set it to production").replace(
                &setting.artifact,
                setting.value_region,
                "production",
            );
            setting.report(cx, message).severity(severity).fix(edit);
        }
    }
    let mut seen = BTreeSet::new();
    let mut images = Images::new();
    for stack in cx.snapshot().joined().stacks().iter().filter(|stack| stack.is_production()) {
        for service in &stack.project().services {
            let origin = service.name.origin();
            let Some(fault) = unset_mode(cx.snapshot(), stack, service, &mut images) else {
                continue;
            };
            if !seen.insert((origin.artifact.clone(), origin.region)) {
                continue;
            }
            let name = service.name.raw();
            let (severity, message) = match fault {
                Unset::Nowhere => (
                    Severity::Medium,
                    format!(
                        "Service {name} runs Node.js without NODE_ENV. Frameworks take that for \
                         development: they show stack traces and skip caches; set \
                         NODE_ENV: production."
                    ),
                ),
                Unset::Image(mode) => (
                    Severity::High,
                    format!(
                        "Service {name} runs with NODE_ENV={mode}, which its image sets. Frameworks \
                         then show stack traces and skip caches; set NODE_ENV: production."
                    ),
                ),
            };
            cx.report_in(&origin.artifact, origin.region, message)
                .severity(severity)
                .evidence(format!("{name}:NODE_ENV"));
        }
    }
}

/// What a message says about a mode that is not production's.
fn wrong_mode(setting: &Setting) -> Option<String> {
    let value = setting.value.as_str();
    if value.contains(UNKNOWN) || is_reference(value) || !is_runtime_mode_name(&setting.name) {
        return None;
    }
    let trimmed = value.trim();
    let lower = trimmed.to_ascii_lowercase();
    let developing = matches!(
        lower.as_str(),
        "development" | "dev" | "develop" | "local" | "test" | "testing" | "debug"
    );
    let (name, what) = (setting.subject(), setting.environment());
    let condition = setting.condition();
    let consequence = "Frameworks then show stack traces and skip caches and safeguards; set it to \
                       production.";
    if developing {
        return Some(format!("{name} is {trimmed} in {what}{condition}. {consequence}"));
    }
    // Other words are names of a team's own for any variable but this one.
    if setting.name != "NODE_ENV" || setting.staging || value == "production" {
        return None;
    }
    Some(if trimmed.is_empty() {
        format!("{name} is empty in {what}{condition}. {consequence}")
    } else if trimmed == "production" {
        format!(
            "{name} has blanks around its value in {what}{condition}. The value is compared as it \
             is and so is not production; remove the blanks."
        )
    } else if lower == "production" || lower == "prod" {
        format!(
            "{name} is {trimmed}, not production, in {what}{condition}. Only that very word counts. \
             {consequence}"
        )
    } else {
        format!("{name} is not production in {what}{condition}. {consequence}")
    })
}

impl Place {
    fn is_build(&self) -> bool {
        matches!(self, Place::Build(_))
    }
}

/// Dockerfiles that were read, by path and target stage.
type Images<'s> = BTreeMap<(&'s ArtifactPath, Option<String>), Option<Image>>;

enum Unset {
    Nowhere,
    Image(String),
}

/// Whether a service runs Node.js and nothing sets the mode to production.
fn unset_mode<'s>(
    snapshot: &'s Snapshot,
    stack: &Stack,
    service: &Service,
    images: &mut Images<'s>,
) -> Option<Unset> {
    if service.env("NODE_ENV").is_some()
        || service
            .env_file
            .iter()
            .any(|entry| stack.env_file(entry).is_none_or(|path| may_set_mode(snapshot, &path)))
        || stack.project().is_partial()
    {
        return None;
    }
    let sets =
        |text: &str| text.contains("NODE_ENV=production") || text.contains("--env=production");
    if service.command.as_ref().is_some_and(|command| sets(&command.line())) {
        return None;
    }
    let Some(build) = &service.build else {
        let image = ImageName::of(service.image.as_ref()?)?;
        return is_node(&image).then_some(Unset::Nowhere);
    };
    let directory = match &build.context {
        Some(context) => stack.project().resolve(context.origin(), &stack.expand(context)?)?,
        None => stack.project().resolve(&build.origin, ".")?,
    };
    let file = match &build.dockerfile {
        Some(file) => stack.expand(file)?,
        None => "Dockerfile".to_owned(),
    };
    let path = ArtifactPath::resolve(directory.as_str(), &file)?;
    let dockerfile = snapshot.artifact(path.as_str())?;
    let target = match &build.target {
        Some(target) => Some(stack.expand(target)?),
        None => None,
    };
    let image = images
        .entry((dockerfile.path(), target.clone()))
        .or_insert_with(|| match snapshot.document(dockerfile)? {
            Document::Dockerfile(file) => image(file, target.as_deref()),
            // Compose may name any file.
            _ => image(&Dockerfile::parse(snapshot.text(dockerfile)?), target.as_deref()),
        })
        .as_ref()?;
    if !is_node(&ImageName::parse(&image.base)) || sets(&image.command) {
        return None;
    }
    match image.env.get("NODE_ENV") {
        Some(mode) if mode == "production" || mode.contains('$') => None,
        Some(mode) => {
            let plain = mode.bytes().all(|byte| byte.is_ascii_alphanumeric()) && mode.len() < 20;
            Some(Unset::Image(if plain { mode.clone() } else { "another value".to_owned() }))
        }
        None => (!sets_mode_itself(snapshot, directory.as_str())).then_some(Unset::Nowhere),
    }
}

/// Whether an env file may set the mode: it is not there to tell, is no file
/// of production, or does.
fn may_set_mode(snapshot: &Snapshot, path: &ArtifactPath) -> bool {
    let production = snapshot.joined().env_file(path.as_str()).is_some_and(is_production);
    !production || env_file(snapshot, path).is_none_or(|env| env.get("NODE_ENV").is_some())
}

fn is_node(image: &ImageName) -> bool {
    let name = image.name();
    let last = name.rsplit('/').next().unwrap_or(name);
    last == "node" || last.starts_with("nodejs")
}

/// Whether the package starts in production mode by itself: by its framework
/// or by its start script.
fn sets_mode_itself(snapshot: &Snapshot, directory: &str) -> bool {
    let Some(path) = ArtifactPath::resolve(directory, "package.json") else { return true };
    let Some(artifact) = snapshot.artifact(path.as_str()) else { return true };
    let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) else { return true };
    ["next", "nuxt", "@sveltejs/kit", "astro"]
        .iter()
        .any(|name| manifest.dependency(name).is_some())
        || snapshot.text(artifact).is_some_and(|text| text.contains("NODE_ENV=production"))
        || PROCESS_FILES.iter().any(|name| {
            ArtifactPath::resolve(directory, name)
                .and_then(|path| snapshot.artifact(path.as_str()))
                .and_then(|artifact| snapshot.text(artifact))
                .is_some_and(|text| text.contains("NODE_ENV") && text.contains("production"))
        })
}

/// Configurations of the process manager pm2, which sets the environment of what
/// it starts.
const PROCESS_FILES: &[&str] = &[
    "ecosystem.config.js",
    "ecosystem.config.cjs",
    "ecosystem.config.json",
    "ecosystem.json",
    "pm2.config.js",
    "process.json",
];

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn passes_a_service_whose_process_manager_sets_the_mode() {
        let files = |process: &str| {
            format!(
                "//- docker-compose.prod.yml
services:
  api:
    build: .
    command: yarn start
//- Dockerfile
FROM node:22
CMD yarn start
//- package.json
{{\"scripts\": {{\"start\": \"pm2 start ecosystem.config.json\"}}}}
{process}"
            )
        };
        let sets =
            "//- ecosystem.config.json\n{\"apps\": [{\"env\": {\"NODE_ENV\": \"production\"}}]}\n";
        check_files(&RULE, &files(sets));
        let found =
            seaworthy_testkit::run(&RULE, &seaworthy_testkit::Fixture::parse(&files("")), false);
        assert_eq!(found.len(), 1, "without it nothing sets the mode");
    }

    #[test]
    fn flags_another_mode_in_a_production_file() {
        check(
            &RULE,
            ".env.production",
            "
NODE_ENV=development
         ^^^^^^^^^^^ [high] NODE_ENV is development in production
APP_ENV=local
        ^^^^^ [high] APP_ENV is local
",
        );
        check(
            &RULE,
            ".env.prod",
            "\nNODE_ENV=\"production \"\n          ^^^^^^^^^^^ [high] blanks around\n",
        );
        check(
            &RULE,
            ".env.prod",
            "\nNODE_ENV=prod\n         ^^^^ [high] Only that very word counts\n",
        );
        check(&RULE, ".env.prod", "\nNODE_ENV=\n         ^ [high] NODE_ENV is empty\n");
        check(
            &RULE,
            ".env.staging",
            "\nNODE_ENV=development\n         ^^^^^^^^^^^ [medium] in staging\n",
        );
    }

    #[test]
    fn flags_a_service_of_a_production_stack() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    build: ./api
    environment:
      - NODE_ENV=${NODE_ENV:-development}
                             ^^^^^^^^^^^ [medium] NODE_ENV of service api is development in production unless
  bare:
  ^^^^ [medium] Service bare runs Node.js without NODE_ENV
    build: ./api
  image:
  ^^^^^ [high] runs with NODE_ENV=development, which its image sets
    build:
      context: ./api
      dockerfile: Dockerfile.bad
  plain:
  ^^^^^ [medium] Service plain
    image: node:22-alpine
    command: node server.js
//- api/package.json
{ \"dependencies\": { \"express\": \"5.0.0\" } }
//- api/Dockerfile
FROM node:22
CMD [\"node\", \"server.js\"]
//- api/Dockerfile.bad
FROM node:22
ENV NODE_ENV=development
",
        );
    }

    #[test]
    fn passes_services_that_get_it_from_somewhere() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  set:
    build: ./api
    environment: { NODE_ENV: production }
  inherited:
    build: ./api
    environment: [NODE_ENV]
  required:
    build: ./api
    environment: [\"NODE_ENV=${NODE_ENV:?}\"]
  image:
    build: { context: ./api, dockerfile: Dockerfile.good }
  file:
    build: ./api
    env_file: .env.production
  absent_file:
    build: ./api
    env_file: api.env
  next:
    build: ./web
  static:
    build: ./site
  db:
    image: postgres:16
//- .env.production
NODE_ENV=production
//- api/package.json
{ \"dependencies\": { \"express\": \"5.0.0\" } }
//- api/Dockerfile
FROM node:22
//- api/Dockerfile.good
FROM node:22 AS base
ENV NODE_ENV production
FROM base
//- web/package.json
{ \"dependencies\": { \"next\": \"16.0.0\" } }
//- web/Dockerfile
FROM node:22
//- site/Dockerfile
FROM node:22 AS build
FROM nginx:1.27
",
        );
    }

    #[test]
    fn passes_development_files() {
        check(
            &RULE,
            "docker-compose.yml",
            "services:\n  a:\n    image: node:22\n    environment:\n      NODE_ENV: development\n",
        );
        for path in [".env", ".env.example", ".env.development", ".env.production.example"] {
            check(&RULE, path, "NODE_ENV=development\n");
        }
        check(
            &RULE,
            ".env.production",
            "NODE_ENV=production # here\nAPP_ENV=${MODE}\nAPP_ENV=prod\n",
        );
        check(&RULE, ".env.staging", "NODE_ENV=staging\n");
    }

    #[test]
    fn the_fix_sets_the_mode() {
        check_fix(&RULE, ".env.production", "NODE_ENV=dev\n", "NODE_ENV=production\n");
    }
}
