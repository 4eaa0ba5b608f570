//! `env-undocumented`

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seaworthy_analysis::joined::{Reader, Stack, VariableUse};
use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, Edit, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use super::deployment::Mentions;
use super::drift::bucket;
use super::loaded;
use super::production::env_file;
use super::templates::{Listed, becomes_dotenv, is_below};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-undocumented",
        group: Group::Environment,
        summary: "variable that no template lists",
        help: include_str!("env_undocumented.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[1053],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// From how many variables of one file on a single finding speaks of all.
const MANY: usize = 3;

/// How many of them it names.
const NAMED: usize = 5;

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let joined = snapshot.joined();
    let uses: Vec<&VariableUse> =
        joined.uses(snapshot).iter().filter(|used| counts(used)).collect();
    let loaded = loaded::reads(snapshot);
    if uses.is_empty() && loaded.is_empty() {
        return;
    }
    let names: HashSet<&str> = uses.iter().map(|used| used.name.as_str()).collect();
    let listed = Listed::new(snapshot, &names);
    let known = known_by_stack(&uses, &listed, joined.stacks());
    let mut mentions = None;
    let mut synonyms: HashMap<&ArtifactPath, HashSet<String>> = HashMap::new();
    let mut missing: BTreeMap<(&ArtifactPath, &ArtifactPath), Vec<&VariableUse>> = BTreeMap::new();
    let mut done = BTreeSet::new();
    for used in uses {
        let template = match used.reader {
            Reader::Compose { stack: index, .. } => {
                let Some(stack) = joined.stacks().get(index) else { continue };
                if !is_judged(stack) || is_silently_blank(used, stack) {
                    continue;
                }
                missing_from_stack(used, stack, &listed, &known)
            }
            Reader::Prisma => missing_from_package(used, snapshot, &listed),
            Reader::NginxTemplate => missing_from_proxy(used, snapshot, &listed),
            _ => continue,
        };
        let Some(template) = template else { continue };
        let buckets = synonyms.entry(template).or_insert_with(|| buckets(snapshot, template));
        // Of another name for the same `env-name-drift` speaks.
        if buckets.contains(&bucket(&used.name))
            || is_mentioned(mentions.get_or_insert_with(|| Mentions::read(snapshot)), used)
            || !done.insert((&used.artifact, used.name.as_str()))
        {
            continue;
        }
        missing.entry((&used.artifact, template)).or_default().push(used);
    }
    for loaded::Read { used, template } in loaded {
        let buckets = synonyms.entry(template).or_insert_with(|| buckets(snapshot, template));
        if !buckets.contains(&bucket(&used.name)) && done.insert((&used.artifact, &used.name)) {
            missing.entry((&used.artifact, template)).or_default().push(used);
        }
    }
    for ((artifact, template), uses) in missing {
        if uses.len() >= MANY {
            report_all(artifact, template, &uses, cx);
        } else {
            for used in uses {
                report(template, used, cx);
            }
        }
    }
}

/// What has to be told to whoever sets the project up: not what has a default, what
/// the system gives, or the tag of an image, which each deployment sets.
fn counts(used: &VariableUse) -> bool {
    let judged = matches!(
        used.reader,
        Reader::Compose { in_image: false, .. } | Reader::Prisma | Reader::NginxTemplate
    );
    judged && !used.has_default && !is_given_by_the_system(&used.name)
}

/// What shells, operating systems, Compose and services of continuous integration
/// set by themselves.
pub(super) fn is_given_by_the_system(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "PWD",
        "OLDPWD",
        "HOME",
        "USER",
        "USERNAME",
        "LOGNAME",
        "SHELL",
        "PATH",
        "HOSTNAME",
        "HOST",
        "UID",
        "GID",
        "PUID",
        "PGID",
        "TMPDIR",
        "TEMP",
        "TMP",
        "TZ",
        "LANG",
        "TERM",
        "DISPLAY",
        "XDG_RUNTIME_DIR",
        "SSH_AUTH_SOCK",
        "CI",
        "NODE_ENV",
        "PORT",
        "APPDATA",
        "USERPROFILE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "WINDIR",
        // Laravel Sail's command sets these.
        "WWWUSER",
        "WWWGROUP",
        "EUID",
        "USER_ID",
        "GROUP_ID",
    ];
    const PREFIXES: &[&str] =
        &["COMPOSE_", "DOCKER_", "GITHUB_", "CI_", "VERCEL_", "npm_", "AWS_LAMBDA_", "BUILDKIT_"];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether a script or pipeline may give a variable.
fn is_mentioned(mentions: &Mentions, used: &VariableUse) -> bool {
    match used.reader {
        Reader::NginxTemplate => mentions.anywhere(&used.name),
        _ => mentions.variable(&used.name),
    }
}

fn is_judged(stack: &Stack) -> bool {
    matches!(stack.role().role, Role::Deployable | Role::Development)
}

/// Of such a secret `env-blank-substitution` speaks.
fn is_silently_blank(used: &VariableUse, stack: &Stack) -> bool {
    !used.guarded && stack.may_be_production() && secret_kind(&used.name).is_some()
}

/// The directories of stacks with a template that is theirs: it lists one of their
/// variables.
fn known_by_stack<'s>(
    uses: &[&VariableUse],
    listed: &Listed<'_>,
    stacks: &'s [Stack],
) -> HashSet<&'s str> {
    let mut known = HashSet::new();
    for used in uses {
        let Reader::Compose { stack, .. } = used.reader else { continue };
        let Some(directory) = stacks.get(stack).map(|stack| stack.primary_file().parent()) else {
            continue;
        };
        if !known.contains(directory) && listed.at_or_above(&used.name, directory) {
            known.insert(directory);
        }
    }
    known
}

/// The template that should list the variable of a stack.
fn missing_from_stack<'s>(
    used: &VariableUse,
    stack: &Stack,
    listed: &Listed<'s>,
    known: &HashSet<&str>,
) -> Option<&'s ArtifactPath> {
    let directory = stack.primary_file().parent();
    let template = listed.template_for(directory)?;
    // Compose reads the `.env` beside its file; another template may be for
    // something else.
    let is_its_own = template.parent() == directory && becomes_dotenv(template);
    let is_listed = listed.at_or_above(&used.name, directory)
        || listed.directories(&used.name).take(64).any(|other| is_below(other, directory));
    (!is_listed && (is_its_own || known.contains(directory))).then_some(template)
}

/// The template that should list the variable of a schema: that of its package. Where
/// the package has none, any other may be meant.
fn missing_from_package<'s>(
    used: &VariableUse,
    snapshot: &Snapshot,
    listed: &Listed<'s>,
) -> Option<&'s ArtifactPath> {
    let directory = used.artifact.parent();
    let package =
        snapshot.joined().packages().of_path(used.artifact.as_str()).map_or("", |p| &p.directory);
    if listed.at_or_above(&used.name, directory) {
        return None;
    }
    let template = listed.template_for(directory)?;
    let own = is_below(template.parent(), package);
    (own || !listed.anywhere(&used.name)).then_some(template)
}

/// The template that should list a variable which nginx's image fills in: nothing in the
/// repository gives it, so somebody has to be told of it.
fn missing_from_proxy<'s>(
    used: &VariableUse,
    snapshot: &Snapshot,
    listed: &Listed<'s>,
) -> Option<&'s ArtifactPath> {
    let joined = snapshot.joined();
    // Without a stack nobody knows where the image is run.
    let given = joined.stacks().is_empty()
        || listed.anywhere(&used.name)
        || used.name.starts_with("NGINX_")
        || !joined.definitions_of(&used.name).is_empty()
        || !joined.given_of(snapshot, &used.name).is_empty();
    let template = listed.template_for(used.artifact.parent()).filter(|_| !given)?;
    becomes_dotenv(template).then_some(template)
}

/// What the names of a template have in common with their synonyms.
fn buckets(snapshot: &Snapshot, template: &ArtifactPath) -> HashSet<String> {
    env_file(snapshot, template)
        .map(|env| env.entries().iter().map(|entry| bucket(&entry.key)).collect())
        .unwrap_or_default()
}

fn report(template: &ArtifactPath, used: &VariableUse, cx: &mut Context<'_>) {
    let name = &used.name;
    let reader = match used.reader {
        Reader::Compose { .. } => "Compose",
        Reader::Prisma => "Prisma",
        Reader::NginxTemplate => "nginx's template",
        _ => "The script",
    };
    let message = format!(
        "{reader} reads {name}, and {template} does not list it. Whoever sets the project up does \
         not know of it; add it to the template, without its value."
    );
    let secret = secret_kind(name).is_some();
    let edit = addition(cx.snapshot(), template, &[name]);
    let draft = cx.report_in(&used.artifact, used.region, message);
    draft.evidence(name).severity(if secret { Severity::Medium } else { Severity::Low });
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

fn report_all(
    artifact: &ArtifactPath,
    template: &ArtifactPath,
    uses: &[&VariableUse],
    cx: &mut Context<'_>,
) {
    let names: Vec<&str> = uses.iter().map(|used| used.name.as_str()).collect();
    let first = uses.iter().map(|used| used.region).min().unwrap_or_default();
    let message = format!(
        "{artifact} reads {} variables that {template} does not list: {}{}. Whoever sets \
         the project up does not know of them; add them to the template, without their values.",
        names.len(),
        names[..names.len().min(NAMED)].join(", "),
        if names.len() > NAMED { " and others" } else { "" },
    );
    let secret = names.iter().any(|name| secret_kind(name).is_some());
    let edit = addition(cx.snapshot(), template, &names);
    let draft = cx.report_in(artifact, first, message);
    draft.severity(if secret { Severity::Medium } else { Severity::Low });
    for used in uses.iter().filter(|used| used.region != first).take(8) {
        draft.related(artifact, used.region, format!("{} is not listed either", used.name));
    }
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// Adds names without values at the end of a template.
fn addition(
    snapshot: &Snapshot,
    template: &ArtifactPath,
    names: &[impl AsRef<str>],
) -> Option<Edit> {
    let text = snapshot.text(snapshot.artifact(template.as_str())?)?;
    let mut lines = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" }.to_owned();
    for name in names {
        lines += name.as_ref();
        lines += "=\n";
    }
    Some(Edit::safe(format!("List it in {template}")).insert(template, text.len(), lines))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_repo};

    #[test]
    fn flags_what_compose_and_prisma_read_and_no_template_lists() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  api:
    image: shop/api:${TAG}
    environment:
      APP_DOMAIN: ${APP_DOMAIN}
                  ^^^^^^^^^^^^^ [low] Compose reads APP_DOMAIN, and .env.example does not list it
      JWT_SECRET: ${JWT_SECRET:?set it}
                  ^^^^^^^^^^^^^^^^^^^^^ [medium] JWT_SECRET
      BILLING_TOKEN: ${BILLING_TOKEN}
      HOME: ${HOME}
      LEVEL: ${LOG_LEVEL:-info}
      REGION: ${REGION}
      SEEN: ${SEEN}
      WEB: ${WEB_URL}
//- .env.example
REGION=eu
# SEEN=1
//- web/.env.example
WEB_URL=
//- packages/db/package.json
{}
//- packages/db/prisma/schema.prisma
datasource db {
  url = env(\"DATABASE_URL\")
             ^^^^^^^^^^^^ [low] Prisma reads DATABASE_URL, and .env.example does not list it
}
//- apps/api/package.json
{}
//- apps/api/.env.sample
PORT=3000
//- apps/api/prisma/schema.prisma
datasource db {
  url       = env(\"REGION\")
  directUrl = env(\"WEB_URL\")
                   ^^^^^^^ [low] apps/api/.env.sample does not list it
}
",
        );
    }

    #[test]
    fn many_are_one_finding() {
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  api:
    environment:
      A: ${A1} ${A2} ${A3}
         ^^^^^ [low] reads 7 variables that .env.example does not list: A1, A2, A3, A4, A5 and others
               ~~~~~ A2 is not listed
                     ~~~~~ A3 is not listed
      B: ${A4} ${A5} ${A6} ${A7}
         ~~~~~ A4 is not listed
               ~~~~~ A5 is not listed
                     ~~~~~ A6 is not listed
                           ~~~~~ A7 is not listed
//- .env.example
PORT=1
",
        );
    }

    #[test]
    fn passes_where_nobody_needs_to_be_told() {
        let stack =
            "//- docker-compose.yml\nservices:\n  api:\n    environment:\n      X: ${APP_DOMAIN}\n";
        // `env-template-missing` speaks of that.
        check_files(&RULE, stack);
        // It is for something else.
        check_files(&RULE, &format!("{stack}//- apps/web/.env.example\nAPI_URL=\n"));
        check_files(&RULE, &format!("{stack}//- .env.web.example\nAPI_URL=\n"));
        // A script that deploys sets it.
        check_files(
            &RULE,
            &format!(
                "{stack}//- .env.example\nA=\n//- deploy.sh\nAPP_DOMAIN=x docker compose up\n"
            ),
        );
        // `env-name-drift` speaks of that.
        check_files(&RULE, &format!("{stack}//- .env.example\nAPPLICATION_DOMAIN=\n"));
        for path in ["tests/docker-compose.yml", "examples/a/docker-compose.yml"] {
            let moved = stack.replace("docker-compose.yml", path);
            check_files(&RULE, &format!("{moved}//- .env.example\nA=\n"));
        }
        check_repo(&RULE, &format!("{stack}//- .env\nAPP_DOMAIN=shop.io\n//- .env.example\nA=\n"));
    }

    #[test]
    fn flags_what_a_script_reads_of_the_file_it_loads() {
        check_files(
            &RULE,
            r#"
//- scripts/deploy.sh
#!/usr/bin/env bash
# DEPLOY_PORT may be set
echo "$TOO_EARLY_HERE"
. "$ROOT_DIRECTORY/.env"
rsync dist/ "$DEPLOY_HOST:/srv"
             ^^^^^^^^^^^^ [low] The script reads DEPLOY_HOST, and .env.example does not list it
curl -H "X: ${DEPLOY_TOKEN:?}" "$PUBLIC_ADDRESS" "$DEPLOY_PORT" "${DEPLOY_PATH:-/srv}"
            ^^^^^^^^^^^^^^^^^ [medium] The script reads DEPLOY_TOKEN
OWN_NAME=1; echo "$OWN_NAME" "$BASH_SOURCE" "$HOME" "$1"
if [ -z "$ASKED_FOR" ]; then echo "$ASKED_FOR"; fi
use "$GIVEN_BY_CI" "$IN_COMPOSE" "$AWS_PROFILE" "$PGPASSWORD" "$VERSION" "$IMAGE_TAG"
//- .github/workflows/d.yml
on: push
jobs:
  d:
    steps:
      - run: scripts/deploy.sh
        env:
          GIVEN_BY_CI: x
//- docker-compose.yml
services:
  api:
    image: shop/api:1
    environment:
      IN_COMPOSE: 1
//- .env.example
PUBLIC_ADDRESS=
"#,
        );
        // It loads nothing, or other scripts as well.
        for script in ["use \"$DEPLOY_HOST\"\n", ". ./lib.sh\n. ./.env\nuse \"$DEPLOY_HOST\"\n"] {
            check_files(&RULE, &format!("//- deploy.sh\n{script}//- .env.example\nA=\n"));
        }
    }

    #[test]
    fn flags_what_an_image_does_not_start_without() {
        check_files(
            &RULE,
            r#"
//- Dockerfile
FROM node:22
ENV CACHE_HOME=/cache
COPY . .
ENTRYPOINT ["./entrypoint.sh"]
//- entrypoint.sh
#!/bin/sh
: "${LICENCE_FILE:?}" "${CACHE_HOME:?}" "${QUEUE_NAME:?}" "${RELEASE_NAME:?}"
   ^^^^^^^^^^^^^^^^^ [low] The script reads LICENCE_FILE, and .env.example does not list it
exec node server.js --home "$NODE_HOME_DIR"
//- other.sh
#!/bin/sh
: "${SOMETHING_ELSE:?}"
//- docker-compose.yml
services:
  api:
    build: .
    environment:
      QUEUE_NAME: mail
//- .env.example
RELEASE_NAME=
"#,
        );
    }

    #[test]
    fn flags_what_nginx_is_filled_in_with() {
        check_files(
            &RULE,
            "
//- nginx/templates/app.conf.template
server {
  server_name ${SITE_DOMAIN};
              ^^^^^^^^^^^^^^ [low] nginx's template reads SITE_DOMAIN, and .env.example does not list it
  listen ${PORT};
  resolver ${NGINX_LOCAL_RESOLVERS};
  location / { proxy_pass http://${API_UPSTREAM}; }
}
//- docker-compose.yml
services:
  proxy:
    build: .
//- Dockerfile
FROM nginx:1.28
ENV API_UPSTREAM=api:3000
//- .env.example
A=
",
        );
    }
}
