//! `dockerfile-secret-in-layer`

use std::collections::BTreeSet;

use seaworthy_analysis::names::{is_public_by_design, public_prefix, secret_kind};
use seaworthy_analysis::roles::{Role, file_role, is_env_file_name};
use seaworthy_analysis::values::{
    HostKind, ValueClass, ValueContext, classify, classify_url_password, parse_url,
};
use seaworthy_analysis::{Check, Context, Document, NativeRule, Snapshot};
use seaworthy_formats::dockerfile::{Assignment, Command, Instruction};
use seaworthy_formats::dockerignore::DockerIgnore;
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::shipped::{Shipped, shipped};
use super::sources::{join, transfer};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-secret-in-layer",
        group: Group::Dockerfile,
        summary: "secret that everyone can read who can pull the image",
        help: include_str!("dockerfile_secret_in_layer.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[538, 798],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen = BTreeSet::new();
    for shipped in shipped(cx) {
        let names: Vec<&str> = cx.joined().project_names().iter().map(String::as_str).collect();
        let ignored = shipped.build.ignored(cx.snapshot());
        for stage in shipped.needed() {
            let ships = shipped.image.stages.contains(&stage);
            for instruction in shipped.build.file().stage_instructions(stage) {
                match &instruction.command {
                    Command::Env(list) | Command::Arg(list) => {
                        for assignment in list {
                            variable(
                                cx,
                                &shipped,
                                instruction,
                                assignment,
                                ships,
                                &names,
                                &mut seen,
                            );
                        }
                    }
                    _ => files(cx, &shipped, instruction, (ships, &ignored), &mut seen),
                }
            }
        }
    }
}

/// Places that were told of.
type Seen<'s> = BTreeSet<(&'s str, Region)>;

/// How a value counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Secret,
    /// Something stands there so that a build goes through.
    Dummy,
}

fn variable<'s>(
    cx: &mut Context<'_>,
    shipped: &Shipped<'s>,
    instruction: &'s Instruction,
    assignment: &'s Assignment,
    ships: bool,
    project: &[&str],
    seen: &mut Seen<'s>,
) {
    let Some(value) = &assignment.value else { return };
    let name = &assignment.key.raw;
    let text = value.raw.trim().trim_matches(['"', '\'']);
    let Some(weight) = weight(name, text, project) else { return };
    let is_env = matches!(instruction.command, Command::Env(_));
    let severity = match (weight, ships, shipped.development) {
        (Weight::Dummy, true, _) if is_env => Severity::Info,
        (Weight::Dummy, ..) => return,
        (Weight::Secret, _, true) => Severity::Low,
        (Weight::Secret, true, false) => Severity::High,
        (Weight::Secret, false, false) => Severity::Medium,
    };
    let path = shipped.build.dockerfile();
    if !seen.insert((path.as_str(), assignment.key.region)) {
        return;
    }
    let message = match (weight, is_env) {
        (Weight::Dummy, _) => format!(
            "The value of {name} for the build stays in the image. A program that is started \
             without a real one takes it and says nothing; set it for the one RUN that needs it."
        ),
        (Weight::Secret, true) if ships => format!(
            "ENV {name} puts a secret into the image. Everyone who can pull it reads the value \
             with docker inspect; hand it to the container when it starts, and change it."
        ),
        (Weight::Secret, true) => format!(
            "ENV {name} puts a secret into a layer of the builder. It stays in caches and \
             registries, and in git; mount it with --mount=type=secret, and change it."
        ),
        (Weight::Secret, false) => format!(
            "ARG {name} has a secret as its default. It stays in the image's history and in git; \
             mount it with --mount=type=secret, and change it."
        ),
    };
    let draft = cx.report_in(path, assignment.key.region, message);
    draft.severity(severity).evidence(name.clone()).sensitive(value.region);
}

fn weight(name: &str, text: &str, project: &[&str]) -> Option<Weight> {
    if public_prefix(name).is_some() || is_public_by_design(name) || text.contains('$') {
        return None;
    }
    let context = ValueContext { key: name, user: None, project };
    if parse_url(text).is_some() {
        let password = classify_url_password(text, &context)?;
        if password.class == ValueClass::Reference {
            return None;
        }
        let dummy = !matches!(password.class, ValueClass::Real | ValueClass::Weak(_));
        // A build that only needs some address.
        let here = !matches!(password.host, HostKind::Public | HostKind::Private);
        return Some(if dummy || here { Weight::Dummy } else { Weight::Secret });
    }
    secret_kind(name)?;
    match classify(text, &context) {
        ValueClass::Real => Some(Weight::Secret),
        ValueClass::Weak(_) if is_dummy(text) => Some(Weight::Dummy),
        ValueClass::Weak(_) => Some(Weight::Secret),
        ValueClass::Placeholder => Some(Weight::Dummy),
        _ => None,
    }
}

/// Words that people write where a build wants any value.
fn is_dummy(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [
        "dummy",
        "build",
        "fake",
        "placeholder",
        "stub",
        "unused",
        "temp",
        "example",
        "notused",
        "skip",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// Files of secrets that are copied by name.
fn files<'s>(
    cx: &mut Context<'_>,
    shipped: &Shipped<'s>,
    instruction: &'s Instruction,
    (ships, ignored): (bool, &DockerIgnore),
    seen: &mut Seen<'s>,
) {
    let Some(transfer) = transfer(instruction) else { return };
    let snapshot = cx.snapshot();
    let path = shipped.build.dockerfile();
    if instruction.flag("from").is_some() {
        return;
    }
    for source in &transfer.sources {
        let name = source.raw.trim_matches(['"', '\'']).trim_start_matches("./");
        let file = name.rsplit('/').next().unwrap_or(name);
        if !holds_secrets(snapshot, &join(shipped.build.context(), name), file) {
            continue;
        }
        if ignored.verdict(name.trim_start_matches('/')).ignored
            || !seen.insert((path.as_str(), source.region))
        {
            continue;
        }
        let severity = match (shipped.development, ships) {
            (true, _) => Severity::Low,
            (false, true) => Severity::High,
            (false, false) => Severity::Medium,
        };
        let leak = if ships { "the image" } else { "a layer of the builder" };
        cx.report_in(
            path,
            source.region,
            format!(
                "This copies {file} into {leak}. Whoever gets hold of it has every secret in the \
                 file, also when a later layer deletes it; hand them to the container when it \
                 starts, or mount them with --mount=type=secret."
            ),
        )
        .severity(severity)
        .evidence(file.to_owned());
    }
}

/// Whether a file is one of secrets by its name, unless it is there to see that it
/// holds none.
fn holds_secrets(snapshot: &Snapshot, path: &str, name: &str) -> bool {
    let key = matches!(name, "id_rsa" | "id_ed25519" | "id_ecdsa" | ".netrc" | ".pgpass");
    let env = (name == ".env" || name.starts_with(".env.") || name.starts_with(".env*"))
        && (is_env_file_name(name.trim_end_matches('*')).is_some() || name.contains('*'))
        && file_role(name.trim_end_matches('*'), None).role != Role::Template;
    if key {
        return true;
    }
    if !env || name.contains("vault") {
        return false;
    }
    match snapshot.artifact(path).and_then(|artifact| snapshot.document(artifact)) {
        Some(Document::Env(env)) => env
            .entries()
            .iter()
            .any(|entry| public_prefix(&entry.key).is_none() && secret_kind(&entry.key).is_some()),
        // It is not in git, as it should be, and so holds what nobody should see.
        _ => !name.contains('*'),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_secrets_in_variables() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22 AS build
ARG NPM_TOKEN=kT8vQz2mXw4pLr9sYd3hBn6c
    ^^^^^^^^^ [medium] has a secret as its default
FROM node:22
ENV PORT=3000 JWT_SECRET=\"q8Zr3kVw6Ty1Lm9XsB4nHd7p\"
              ^^^^^^^^^^ [high] puts a secret into the image
ENV DB_PASSWORD hunter2
    ^^^^^^^^^^^ [high] puts a secret
ENV DATABASE_URL=postgres://app:vT7kQp2xLw9z@db.seashop.eu:5432/app
    ^^^^^^^^^^^^ [high] puts a secret
COPY --from=build /a /b
",
        );
    }

    #[test]
    fn flags_files_of_secrets() {
        check_files(
            &RULE,
            "
//- Dockerfile
FROM node:22 AS build
COPY .env.production ./.env
     ^^^^^^^^^^^^^^^ [medium] a layer of the builder
FROM node:22
COPY package.json .env ./
                  ^^^^ [high] into the image
ADD id_rsa /root/.ssh/
    ^^^^^^ [high] id_rsa
COPY --from=build /a /b
//- .env
API_KEY=x
",
        );
    }

    #[test]
    fn values_for_a_build_are_no_secrets() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22 AS build
ENV DATABASE_URL=postgresql://dummy:dummy@localhost/dummy
ENV JWT_SECRET=dummy-secret-for-build
RUN npx prisma generate
FROM node:22
ENV DATABASE_URL=postgresql://dummy:dummy@localhost/dummy
    ^^^^^^^^^^^^ [info] stays in the image
COPY --from=build /a /b
",
        );
    }

    #[test]
    fn passes_what_is_given_later_or_public() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22
ARG NPM_TOKEN
ARG JWT_SECRET=
ENV JWT_SECRET=$JWT_SECRET API_KEY=${API_KEY:-}
ENV NEXT_PUBLIC_API_KEY=abcdefgh12345678
ENV PASSWORD_MIN_LENGTH=12 TOKEN_EXPIRY=15m
ENV SECRET_FILE=/run/secrets/x
RUN --mount=type=secret,id=npm npm ci
COPY .env.example ./
COPY --from=build /app/.env.production ./
",
        );
        check_files(
            &RULE,
            "
//- Dockerfile
FROM node:22
COPY .env ./
COPY .env.production ./
//- .dockerignore
.env
//- .env.production
VITE_API_URL=https://api.seashop.eu
",
        );
    }
}
