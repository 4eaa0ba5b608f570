//! `jwt-refresh-secret-missing`

use std::collections::HashSet;

use seaworthy_analysis::joined::{Definition, EnvFileFacts, Stack, Standing, Supplied};
use seaworthy_analysis::names::{SecretKind, secret_kind, split_words};
use seaworthy_analysis::roles::Environment;
use seaworthy_analysis::values::ValueClass;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "jwt-refresh-secret-missing",
        group: Group::Auth,
        summary: "refresh token secret is missing where it is deployed",
        help: include_str!("jwt_refresh_secret_missing.md"),
        severity: Severity::Medium,
        precision: Precision::Medium,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut reported: HashSet<(ArtifactPath, Region)> = HashSet::new();
    let joined = cx.joined();
    for facts in joined.env_files() {
        let Some((access, refresh)) = lacking_in_file(cx, facts) else { continue };
        if !reported.insert((access.artifact.clone(), access.key_region)) {
            continue;
        }
        let line_end = end_of_line(cx, access);
        let draft = cx.report_in(
            &access.artifact,
            access.key_region,
            message(&access.name, None, &refresh.name, &refresh.artifact),
        );
        draft
            .related(&refresh.artifact, refresh.key_region, "the refresh secret is set here")
            .sensitive(access.value_region)
            .sensitive_in(&refresh.artifact, refresh.value_region)
            .evidence(refresh.name.clone());
        if let Some(offset) = line_end {
            draft.fix(Edit::shown(format!("Add {} and fill it in", refresh.name)).insert(
                &access.artifact,
                offset,
                format!("\n{}=", refresh.name),
            ));
        }
    }
    for stack in joined.stacks().iter().filter(|stack| stack.may_be_production()) {
        for (service, access, refresh) in lacking_in_stack(cx, stack) {
            if !reported.insert((access.artifact.clone(), access.key_region)) {
                continue;
            }
            cx.report_in(
                &access.artifact,
                access.key_region,
                message(&access.name, Some(&service), &refresh.name, &refresh.artifact),
            )
            .related(&refresh.artifact, refresh.region, "the refresh secret is set here")
            .sensitive(access.value_region)
            .evidence(format!("{service}:{}", refresh.name));
        }
    }
}

fn message(access: &str, service: Option<&str>, refresh: &str, known: &ArtifactPath) -> String {
    let whom = match service {
        Some(service) => format!("Service {service} gets {access} but no {refresh}"),
        None => format!("{access} is set here but {refresh} is not"),
    };
    format!(
        "{whom}, which {known} asks for. Without it the application fails when it issues refresh \
         tokens, or falls back to a default that everybody can read; set a secret of its own."
    )
}

/// The access secret of a deployed env file that has no refresh secret, and the
/// refresh secret of a sibling that shows that there should be one.
fn lacking_in_file<'s>(
    cx: &Context<'s>,
    facts: &EnvFileFacts,
) -> Option<(&'s Definition, &'s Definition)> {
    if facts.template || facts.encrypted || !Standing::of(facts.role).may_be_production() {
        return None;
    }
    let joined = cx.joined();
    let access = joined.definitions().iter().find(|definition| {
        definition.artifact == facts.path
            && !definition.overridden
            && definition.class != ValueClass::Empty
            && definition.may_be_production()
            && signs_access_tokens(&definition.name)
    })?;
    let mut siblings: Vec<&EnvFileFacts> = joined
        .env_files()
        .iter()
        .filter(|other| {
            let package = |path: &ArtifactPath| {
                joined.packages().of_path(path.as_str()).map(|package| package.directory.clone())
            };
            let near = other.path.parent() == facts.path.parent()
                || (package(&other.path).is_some() && package(&other.path) == package(&facts.path));
            near && !other.encrypted && defines(cx, &other.path, &access.name)
        })
        .collect();
    let mut refresh = None;
    // Templates are the best witnesses.
    siblings.sort_by_key(|other| !other.template);
    for other in siblings {
        let Some(found) = refresh_of(cx, &other.path) else { continue };
        if other.path == facts.path || is_layered(facts, other) {
            return None;
        }
        refresh = refresh.or(Some(found));
    }
    // A layer may set the refresh secret alone.
    let layered = joined.env_files().iter().any(|other| {
        other.path.parent() == facts.path.parent()
            && is_layered(facts, other)
            && refresh_of(cx, &other.path).is_some()
    });
    if layered { None } else { Some((access, refresh?)) }
}

/// Whether both files are read for one start of the program: `.env` below
/// `.env.production`, and that below `.env.production.local`.
fn is_layered(file: &EnvFileFacts, other: &EnvFileFacts) -> bool {
    let (a, b) = (file.role.environment, other.role.environment);
    !other.template
        && other.path != file.path
        && (a == b || a == Environment::Unspecified || b == Environment::Unspecified)
}

fn defines(cx: &Context<'_>, path: &ArtifactPath, name: &str) -> bool {
    cx.joined().definitions_of(name).iter().any(|definition| definition.artifact == *path)
}

fn refresh_of<'s>(cx: &Context<'s>, path: &ArtifactPath) -> Option<&'s Definition> {
    cx.joined().definitions().iter().find(|definition| {
        definition.kind == Some(SecretKind::JwtRefresh) && definition.artifact == *path
    })
}

/// A refresh secret that is set somewhere.
struct Witness {
    name: String,
    artifact: ArtifactPath,
    region: Region,
}

/// The services of a stack that get an access secret and no refresh secret,
/// although the same service gets one in another stack, or the template of its
/// sources has one.
fn lacking_in_stack(cx: &Context<'_>, stack: &Stack) -> Vec<(String, Supplied, Witness)> {
    let snapshot = cx.snapshot();
    let services: Vec<_> = stack
        .project()
        .services
        .iter()
        .map(|service| (service, stack.supplied(snapshot, service)))
        .collect();
    let has_refresh = |supplied: &[Supplied]| supplied.iter().any(is_refresh);
    let anyone_refreshes = services.iter().any(|(_, supplied)| has_refresh(supplied));
    let with_access =
        services.iter().filter(|(_, s)| s.iter().any(|s| signs_access_tokens(&s.name))).count();
    let mut lacking = Vec::new();
    for (service, supplied) in &services {
        if has_refresh(supplied) || !stack.supplies_all(snapshot, service) {
            continue;
        }
        let Some(access) = supplied.iter().find(|s| signs_access_tokens(&s.name)) else { continue };
        let elsewhere = || {
            let others = cx.joined().stacks().iter();
            others.filter(|other| other.primary_file() != stack.primary_file()).find_map(|other| {
                let twin =
                    other.project().services.iter().find(|s| s.name.raw() == service.name.raw())?;
                let supplied = other.supplied(snapshot, twin);
                supplied.iter().find(|other| other.name == access.name)?;
                supplied.into_iter().find(is_refresh).map(|refresh| Witness {
                    name: refresh.name,
                    artifact: refresh.artifact,
                    region: refresh.key_region,
                })
            })
        };
        let context = service.build.as_ref().and_then(|build| {
            let context = build.context.as_ref()?;
            let path = stack.expand(context)?;
            stack.project().resolve(&context.origin().clone(), &path)
        });
        let in_template = || {
            // Who else but the only one would be meant by the stack's template?
            let directory = match &context {
                Some(context) if !context.as_str().is_empty() => context.as_str(),
                _ if with_access == 1 && !anyone_refreshes => stack.primary_file().parent(),
                _ => return None,
            };
            let templates = cx.joined().env_files().iter().filter(|facts| {
                facts.template
                    && facts.path.parent() == directory
                    && defines(cx, &facts.path, &access.name)
            });
            templates.filter_map(|facts| refresh_of(cx, &facts.path)).next().map(|refresh| {
                Witness {
                    name: refresh.name.clone(),
                    artifact: refresh.artifact.clone(),
                    region: refresh.key_region,
                }
            })
        };
        if let Some(witness) = elsewhere().or_else(in_template) {
            lacking.push((service.name.raw().to_owned(), access.clone(), witness));
        }
    }
    lacking
}

fn is_refresh(supplied: &Supplied) -> bool {
    secret_kind(&supplied.name) == Some(SecretKind::JwtRefresh)
}

/// Whether the secret signs access tokens that refresh tokens may belong to; an
/// auth library's own secret (`NEXTAUTH_SECRET`) does not.
fn signs_access_tokens(name: &str) -> bool {
    secret_kind(name) == Some(SecretKind::JwtAccess)
        && split_words(name).iter().any(|word| matches!(word.as_str(), "jwt" | "access"))
}

/// The end of the line on which a definition ends.
fn end_of_line(cx: &Context<'_>, definition: &Definition) -> Option<usize> {
    let artifact = cx.snapshot().artifact(definition.artifact.as_str())?;
    let rest = cx.snapshot().text(artifact)?.get(definition.value_region.end..)?;
    let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
    Some(definition.value_region.end + length)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_an_env_file_that_lacks_what_its_template_asks_for() {
        check_files(
            &RULE,
            "
//- api/.env.example
JWT_SECRET=
JWT_REFRESH_SECRET=
~~~~~~~~~~~~~~~~~~ the refresh secret is set here
//- api/.env.production
PORT=3000
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
^^^^^^^^^^ [medium] JWT_SECRET is set here but JWT_REFRESH_SECRET is not
//- web/.env.production
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
",
        );
    }

    #[test]
    fn passes_files_that_are_read_together_and_libraries_of_their_own() {
        check_files(
            &RULE,
            "
//- .env.example
JWT_SECRET=
NEXTAUTH_SECRET=
JWT_REFRESH_SECRET=
//- .env
JWT_REFRESH_SECRET=Tj1oXiKz4RwVnUbMlCyAeQhPq8Zt4nV0
//- .env.production
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- .env.test
JWT_SECRET=for-tests
//- app/.env.example
NEXTAUTH_SECRET=
JWT_REFRESH_SECRET=
//- app/.env
NEXTAUTH_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
",
        );
    }

    #[test]
    fn flags_a_production_service_that_lacks_what_its_twin_gets() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  api:
    build: ./api
    environment:
      JWT_SECRET: ${JWT_SECRET}
      JWT_REFRESH_SECRET: ${JWT_REFRESH_SECRET}
      ~~~~~~~~~~~~~~~~~~ the refresh secret is set here
  worker:
    build: ./worker
    environment:
      JWT_SECRET: ${JWT_SECRET}
//- docker-compose.prod.yml
services:
  api:
    image: ghcr.io/harbour/api:1.4.2
    environment:
      JWT_SECRET: ${JWT_SECRET}
      ^^^^^^^^^^ [medium] Service api gets JWT_SECRET but no JWT_REFRESH_SECRET
  worker:
    image: ghcr.io/harbour/worker:1.4.2
    environment:
      JWT_SECRET: ${JWT_SECRET}
",
        );
    }

    #[test]
    fn flags_a_service_whose_sources_have_a_template_that_asks_for_it() {
        check_files(
            &RULE,
            "
//- api/.env.example
JWT_SECRET=
JWT_REFRESH_SECRET=
//- docker-compose.prod.yml
services:
  api:
    build: ./api
    environment:
      - JWT_SECRET=${JWT_SECRET}
        ^^^^^^^^^^ [medium] Service api gets JWT_SECRET but no JWT_REFRESH_SECRET
  worker:
    image: worker
    environment:
      - JWT_SECRET=${JWT_SECRET}
",
        );
    }

    #[test]
    fn passes_a_service_that_gets_it_from_an_env_file_or_from_one_we_cannot_see() {
        let fixture = |env_file: &str| {
            format!(
                "
//- .env.example
JWT_SECRET=
JWT_REFRESH_SECRET=
//- api.env
JWT_REFRESH_SECRET=Tj1oXiKz4RwVnUbMlCyAeQhPq8Zt4nV0
//- docker-compose.yml
services:
  api:
    build: .
    env_file: {env_file}
    environment:
      JWT_SECRET: ${{JWT_SECRET}}
"
            )
        };
        check_files(&RULE, &fixture("api.env"));
        check_files(&RULE, &fixture("absent.env"));
    }
}
