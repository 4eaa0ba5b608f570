//! `jwt-refresh-secret-missing`

use std::collections::{HashMap, HashSet};

use seaworthy_analysis::joined::{Definition, DefinitionSource, EnvFileFacts, Stack, Supplied};
use seaworthy_analysis::names::{SecretKind, secret_kind, split_words};
use seaworthy_analysis::roles::Environment;
use seaworthy_analysis::values::ValueClass;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::Service;
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
    let tokens = TokenSecrets::new(cx);
    for facts in joined.env_files() {
        let Some((access, refresh)) = lacking_in_file(facts, &tokens) else { continue };
        reported.insert((access.artifact.clone(), access.key_region));
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
    for (service, access, refresh) in lacking_in_stacks(cx, &tokens) {
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

/// The token secrets of each env file.
struct TokenSecrets<'s> {
    /// The first access secret with a value or, in a template, without.
    access: HashMap<&'s ArtifactPath, &'s Definition>,
    refresh: HashMap<&'s ArtifactPath, &'s Definition>,
    /// The files that set a refresh secret.
    witnesses: Vec<&'s EnvFileFacts>,
    /// The package of each file in question.
    packages: HashMap<&'s ArtifactPath, &'s str>,
}

impl<'s> TokenSecrets<'s> {
    fn new(cx: &Context<'s>) -> Self {
        let joined = cx.joined();
        let mut tokens = Self {
            access: HashMap::new(),
            refresh: HashMap::new(),
            witnesses: Vec::new(),
            packages: HashMap::new(),
        };
        for definition in joined.definitions() {
            let in_env_file = matches!(
                definition.source,
                DefinitionSource::EnvFile | DefinitionSource::EnvTemplate
            );
            if !in_env_file {
                continue;
            }
            if definition.kind == Some(SecretKind::JwtRefresh) {
                tokens.refresh.entry(&definition.artifact).or_insert(definition);
            } else if !definition.overridden && signs_access_tokens(&definition.name) {
                tokens.access.entry(&definition.artifact).or_insert(definition);
            }
        }
        for facts in joined.env_files() {
            if tokens.refresh.contains_key(&facts.path) {
                tokens.witnesses.push(facts);
            }
            if (tokens.refresh.contains_key(&facts.path) || tokens.access.contains_key(&facts.path))
                && let Some(package) = joined.packages().of_path(facts.path.as_str())
            {
                tokens.packages.insert(&facts.path, &package.directory);
            }
        }
        // Templates are the best witnesses.
        tokens.witnesses.sort_by_key(|facts| !facts.template);
        tokens
    }

    /// Whether the file sets the same access secret.
    fn shares_access(&self, path: &ArtifactPath, name: &str) -> bool {
        self.access.get(path).is_some_and(|access| access.name == name)
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
    facts: &EnvFileFacts,
    tokens: &TokenSecrets<'s>,
) -> Option<(&'s Definition, &'s Definition)> {
    let access = *tokens.access.get(&facts.path)?;
    if facts.encrypted
        || !access.may_be_production()
        || access.class == ValueClass::Empty
        || tokens.refresh.contains_key(&facts.path)
    {
        return None;
    }
    let package = tokens.packages.get(&facts.path);
    let mut refresh = None;
    for other in &tokens.witnesses {
        let beside = other.path.parent() == facts.path.parent();
        if beside && is_layered(facts, other) {
            return None;
        }
        let near = beside || (package.is_some() && tokens.packages.get(&other.path) == package);
        if near && refresh.is_none() && tokens.shares_access(&other.path, &access.name) {
            refresh = tokens.refresh.get(&other.path).copied();
        }
    }
    Some((access, refresh?))
}

/// Whether both files are read for one start of the program: `.env` below
/// `.env.production`, and that below `.env.production.local`.
fn is_layered(file: &EnvFileFacts, other: &EnvFileFacts) -> bool {
    let (a, b) = (file.role.environment, other.role.environment);
    !other.template
        && other.path != file.path
        && (a == b || a == Environment::Unspecified || b == Environment::Unspecified)
}

/// A refresh secret that is set somewhere.
#[derive(Clone)]
struct Witness {
    name: String,
    artifact: ArtifactPath,
    region: Region,
}

/// A service of a stack, with what of tokens it is started with.
struct TokenService<'s> {
    stack: usize,
    service: &'s Service,
    access: Option<Supplied>,
    refresh: Option<Supplied>,
}

/// The services that get an access secret and no refresh secret where it may be
/// production, although the same service gets one in another stack, or the
/// template of its sources has one.
fn lacking_in_stacks(
    cx: &Context<'_>,
    tokens: &TokenSecrets<'_>,
) -> Vec<(String, Supplied, Witness)> {
    let snapshot = cx.snapshot();
    let stacks = cx.joined().stacks();
    let mut services = Vec::new();
    for (index, stack) in stacks.iter().enumerate() {
        for service in &stack.project().services {
            let supplied = stack.supplied(snapshot, service);
            let find = |wanted: &dyn Fn(&Supplied) -> bool| supplied.iter().find(|s| wanted(s));
            let access = find(&|supplied| signs_access_tokens(&supplied.name)).cloned();
            let refresh = find(&|supplied| is_refresh(supplied)).cloned();
            if access.is_some() || refresh.is_some() {
                services.push(TokenService { stack: index, service, access, refresh });
            }
        }
    }
    // A service with both, by its name and that of its access secret.
    let mut twins: HashMap<(&str, &str), Witness> = HashMap::new();
    for service in &services {
        if let (Some(access), Some(refresh)) = (&service.access, &service.refresh) {
            twins.entry((service.service.name.raw(), &access.name)).or_insert_with(|| Witness {
                name: refresh.name.clone(),
                artifact: refresh.artifact.clone(),
                region: refresh.key_region,
            });
        }
    }
    let mut lacking = Vec::new();
    for service in &services {
        let stack = &stacks[service.stack];
        let (Some(access), None) = (&service.access, &service.refresh) else { continue };
        if !stack.may_be_production() || !stack.supplies_all(snapshot, service.service) {
            continue;
        }
        let alone = || services.iter().filter(|other| other.stack == service.stack).count() == 1;
        let witness = twins
            .get(&(service.service.name.raw(), access.name.as_str()))
            .cloned()
            .or_else(|| in_template(stack, service.service, alone(), access, tokens));
        if let Some(witness) = witness {
            lacking.push((service.service.name.raw().to_owned(), access.clone(), witness));
        }
    }
    lacking
}

/// The refresh secret of the template beside the sources of a service; or, if no
/// other service of the stack has to do with tokens, beside the stack.
fn in_template(
    stack: &Stack,
    service: &Service,
    alone: bool,
    access: &Supplied,
    tokens: &TokenSecrets<'_>,
) -> Option<Witness> {
    let context = service.build.as_ref().and_then(|build| {
        let context = build.context.as_ref()?;
        let path = stack.expand(context)?;
        stack.project().resolve(&context.origin().clone(), &path)
    });
    let directory = match &context {
        Some(context) if !context.as_str().is_empty() => context.as_str(),
        _ if alone => stack.primary_file().parent(),
        _ => return None,
    };
    let template = tokens.witnesses.iter().find(|facts| {
        facts.template
            && facts.path.parent() == directory
            && tokens.shares_access(&facts.path, &access.name)
    })?;
    tokens.refresh.get(&template.path).map(|refresh| Witness {
        name: refresh.name.clone(),
        artifact: refresh.artifact.clone(),
        region: refresh.key_region,
    })
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
