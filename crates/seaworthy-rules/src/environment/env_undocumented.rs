//! `env-undocumented`

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seaworthy_analysis::joined::{Reader, Stack, VariableUse};
use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, Edit, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use super::deployment::Mentions;
use super::drift::bucket;
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
    if uses.is_empty() {
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
        };
        let Some(template) = template else { continue };
        let buckets = synonyms.entry(template).or_insert_with(|| buckets(snapshot, template));
        // Of another name for the same `env-name-drift` speaks.
        if buckets.contains(&bucket(&used.name))
            || mentions.get_or_insert_with(|| Mentions::read(snapshot)).variable(&used.name)
            || !done.insert((&used.artifact, used.name.as_str()))
        {
            continue;
        }
        missing.entry((&used.artifact, template)).or_default().push(used);
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
    !used.has_default
        && !is_given_by_the_system(&used.name)
        && !matches!(used.reader, Reader::Compose { in_image: true, .. })
}

/// What shells, operating systems, Compose and services of continuous integration
/// set by themselves.
fn is_given_by_the_system(name: &str) -> bool {
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
}
