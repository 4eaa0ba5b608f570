//! `env-name-drift`

mod built;
#[cfg(test)]
mod elsewhere_tests;
mod hosted;
mod proxy;
mod written;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seaworthy_analysis::joined::{EnvFileFacts, Reader, VariableUse};
use seaworthy_analysis::roles::{Environment, Role};
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::deployment::Mentions;
use super::drift::{bucket, synonyms};
use super::loaded;
use super::production::env_file;
use super::templates::at_or_above;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-name-drift",
        group: Group::Environment,
        summary: "setting under a name that nobody reads",
        help: include_str!("env_name_drift.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, super::named::words),
};

/// The names with the same words that are looked at.
const MOST: usize = 16;

/// What the env files of a directory name.
#[derive(Default)]
struct Names<'s> {
    all: HashSet<&'s str>,
    /// Those that a file gives which is no template.
    given: HashSet<&'s str>,
    /// By what synonyms have in common.
    alike: HashMap<String, Vec<Named<'s>>>,
}

/// A variable as an env file or template names it.
struct Named<'s> {
    name: &'s str,
    artifact: &'s ArtifactPath,
    region: Region,
    template: bool,
}

fn check(cx: &mut Context<'_>) {
    let mut done = BTreeSet::new();
    readers(&mut done, cx);
    written::check(cx, &mut done);
    built::check(cx);
    hosted::check(cx);
    proxy::check(cx);
}

/// What Compose, Prisma and scripts read, against the env files they read it from.
fn readers(done: &mut BTreeSet<(ArtifactPath, String)>, cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let joined = snapshot.joined();
    let wanted = |used: &&VariableUse| {
        !used.has_default && matches!(used.reader, Reader::Compose { .. } | Reader::Prisma)
    };
    let uses: Vec<&VariableUse> = joined.uses(snapshot).iter().filter(wanted).collect();
    let loaded = loaded::reads(snapshot);
    if uses.is_empty() && loaded.is_empty() {
        return;
    }
    let directories = named(snapshot, |_| true);
    // Whoever sets production up fills in its own template, if there is one.
    let for_production = named(snapshot, |facts| {
        facts.template && facts.role.environment == Environment::Production
    });
    // A secret of the platform gives a variable its value, whatever its own name.
    let read: HashSet<&str> = joined
        .uses(snapshot)
        .iter()
        .filter(|used| !matches!(used.reader, Reader::Pipeline { .. }))
        .map(|used| used.name.as_str())
        .collect();
    let mut mentions = None;
    for used in uses {
        let mut production = false;
        let directory = match used.reader {
            Reader::Compose { in_image: true, .. } => continue,
            Reader::Compose { stack, .. } => {
                let Some(stack) = joined.stacks().get(stack) else { continue };
                if !matches!(stack.role().role, Role::Deployable | Role::Development) {
                    continue;
                }
                production = stack.is_production();
                stack.primary_file().parent()
            }
            Reader::Prisma => joined
                .packages()
                .of_path(used.artifact.as_str())
                .map_or(used.artifact.parent(), |package| &package.directory),
            _ => continue,
        };
        let name = used.name.as_str();
        let template = for_production.get(directory).filter(|_| production);
        let Some(own) = template.or_else(|| directories.get(directory)) else { continue };
        let supplied = own.all.contains(name)
            || at_or_above(directory).filter_map(|directory| directories.get(directory)).any(
                |names| match template {
                    Some(_) => names.given.contains(name),
                    None => names.all.contains(name),
                },
            );
        if supplied || !done.insert((used.artifact.clone(), used.name.clone())) {
            continue;
        }
        let Some(other) = own.other(&used.name, &read) else { continue };
        if mentions.get_or_insert_with(|| Mentions::read(snapshot)).variable(&used.name) {
            continue;
        }
        report(used, other, cx);
    }
    for loaded::Read { used, template } in loaded {
        let own = directories.get(template.parent());
        if let Some(other) = own.and_then(|own| own.other(&used.name, &read))
            && done.insert((used.artifact.clone(), used.name.clone()))
        {
            report(used, other, cx);
        }
    }
}

impl<'s> Names<'s> {
    /// Another name for a variable, which nothing reads.
    fn other(&self, name: &str, read: &HashSet<&str>) -> Option<&Named<'s>> {
        let alike = self.alike.get(&bucket(name))?.iter().take(MOST);
        alike.into_iter().find(|named| !read.contains(named.name) && synonyms(name, named.name))
    }
}

fn report(used: &VariableUse, other: &Named<'_>, cx: &mut Context<'_>) {
    let reader = match used.reader {
        Reader::Compose { .. } => "Compose",
        Reader::Prisma => "Prisma",
        _ => "The script",
    };
    let verb = if other.template { "lists" } else { "sets" };
    let message = format!(
        "{reader} reads {} here, but {} {verb} {}. Whoever fills in that file sets nothing here; \
         use one name.",
        used.name, other.artifact, other.name,
    );
    cx.report_in(&used.artifact, used.region, message)
        .evidence(format!("{}:{}", used.name, other.name))
        .related(other.artifact, other.region, format!("it is called {} here", other.name));
}

/// What the env files and templates of each directory name; what is commented out
/// supplies nothing, but shows the name.
fn named(snapshot: &Snapshot, wanted: fn(&EnvFileFacts) -> bool) -> BTreeMap<&str, Names<'_>> {
    let mut found: BTreeMap<&str, Names<'_>> = BTreeMap::new();
    for facts in snapshot.joined().env_files() {
        let counts =
            facts.template || matches!(facts.role.role, Role::Deployable | Role::Development);
        if facts.encrypted || !counts || !wanted(facts) {
            continue;
        }
        let Some(env) = env_file(snapshot, &facts.path) else { continue };
        let names = found.entry(facts.path.parent()).or_default();
        if !facts.template {
            names.given.extend(env.entries().iter().map(|entry| &*entry.key));
        }
        for entry in env.entries().iter().chain(env.commented()) {
            if names.all.insert(&entry.key) {
                names.alike.entry(bucket(&entry.key)).or_default().push(Named {
                    name: &entry.key,
                    artifact: &facts.path,
                    region: entry.key_region,
                    template: facts.template,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_setting_that_is_filled_in_under_another_name() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      SMTP_PASSWORD: ${SMTP_PASSWORD}
                     ^^^^^^^^^^^^^^^^ [medium] Compose reads SMTP_PASSWORD here, but .env.example lists SMTP_PASS
      CORS: ${ALLOWED_ORIGINS:?}
            ^^^^^^^^^^^^^^^^^^^^ [medium] but .env.production sets CORS_ORIGIN
//- .env.example
SMTP_PASS=
~~~~~~~~~ it is called SMTP_PASS here
//- .env.production
CORS_ORIGIN=https://shop.io
~~~~~~~~~~~ it is called CORS_ORIGIN here
//- db/package.json
{}
//- db/.env.example
POSTGRES_URL=
~~~~~~~~~~~~ it is called POSTGRES_URL here
//- db/prisma/schema.prisma
datasource db {
  url = env(\"DATABASE_URL\")
             ^^^^^^^^^^^^ [medium] Prisma reads DATABASE_URL here
}
",
        );
    }

    #[test]
    fn production_is_filled_in_from_its_own_template() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      SMTP_PASSWORD: ${SMTP_PASSWORD}
                     ^^^^^^^^^^^^^^^^ [medium] .env.production.example lists SMTP_PASS
      DB_PASSWORD: ${DB_PASSWORD}
//- .env.example
SMTP_PASSWORD=
DB_PASSWORD=
//- .env
DB_PASSWORD=x
//- .env.production.example
SMTP_PASS=
~~~~~~~~~ it is called SMTP_PASS here
DB_PASS=
",
        );
    }

    #[test]
    fn passes_names_that_are_supplied_and_names_that_are_read_themselves() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD}
      POSTGRES_USER: ${POSTGRES_USER}
      POSTGRES_DB: ${POSTGRES_DB:-shop}
  api:
    image: shop/api:1.2.3
    environment:
      DB_USER: ${DB_USER}
      SMTP_PASSWORD: ${SMTP_PASSWORD}
      KEY: ${DEPLOY_PWD}
//- .env.example
DB_PASSWORD=
DB_USER=
POSTGRES_PASSWORD=
DB_NAME=
DEPLOY_PASSWORD=
SMTP_PASS=
# SMTP_PASSWORD=
//- scripts/deploy.sh
DEPLOY_PWD=x docker compose up
",
        );
    }
}
