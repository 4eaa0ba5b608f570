//! `secret-shared-across-environments`

use std::collections::{BTreeMap, BTreeSet};

use seaworthy_analysis::joined::{Definition, DefinitionSource, Standing, Written};
use seaworthy_analysis::names::public_prefix;
use seaworthy_analysis::roles::Environment;
use seaworthy_analysis::values::{ValueClass, ValueContext, classify_url_password};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

/// The places that one finding names.
const MAX_RELATED: usize = 10;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "secret-shared-across-environments",
        group: Group::Secrets,
        summary: "several environments use one secret",
        help: include_str!("secret_shared_across_environments.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1391, 668],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// A secret at one of its places.
struct Use<'s> {
    definition: &'s Definition,
    region: Region,
    environment: Environment,
}

fn check(cx: &mut Context<'_>) {
    let mut uses: BTreeMap<&str, Vec<Use<'_>>> = BTreeMap::new();
    for definition in cx.joined().definitions() {
        let Some(environment) = environment(definition) else { continue };
        if definition.overridden || public_prefix(&definition.name).is_some() {
            continue;
        }
        if let Some((value, region)) = secret(definition) {
            uses.entry(value).or_default().push(Use { definition, region, environment });
        }
    }
    for places in uses.values_mut() {
        let environments: BTreeSet<Environment> =
            places.iter().map(|place| place.environment).collect();
        let automated = |e: &Environment| matches!(e, Environment::Test | Environment::Ci);
        if environments.len() < 2 || environments.iter().all(automated) {
            continue;
        }
        // A guessable value is worth a word when production has it.
        let production = environments.contains(&Environment::Production);
        let is_real = places.iter().any(|place| !is_weak(place.definition));
        if !production && !is_real {
            continue;
        }
        // Environments are ordered from production on.
        places.sort_by_key(|place| place.environment);
        let Some((first, others)) = places.split_first() else { continue };
        let names: Vec<&str> = environments.iter().map(|e| name(*e)).collect();
        let draft = cx.report_in(
            &first.definition.artifact,
            first.region,
            format!(
                "{} has the same value in {}. Whoever can read the file of one environment gets \
                 into the other; give each environment its own secret.",
                first.definition.name,
                names.join(" and "),
            ),
        );
        draft
            .severity(if production { Severity::High } else { Severity::Medium })
            .sensitive(first.region)
            .evidence(first.definition.evidence());
        let elsewhere = others.iter().filter(|place| place.environment != first.environment);
        for place in elsewhere.take(MAX_RELATED) {
            draft.sensitive_in(&place.definition.artifact, place.region).related(
                &place.definition.artifact,
                place.region,
                format!("the same value, for {}", name(place.environment)),
            );
        }
    }
}

/// The environment that a place is for, if it says so. A plain `.env` may be the
/// base of any.
fn environment(definition: &Definition) -> Option<Environment> {
    match (definition.standing, definition.role.environment) {
        (Standing::Template | Standing::Aside, _) => None,
        (Standing::Development, Environment::Unspecified)
            if matches!(definition.source, DefinitionSource::ComposeService { .. }) =>
        {
            Some(Environment::Development)
        }
        (_, Environment::Unspecified) => None,
        (_, Environment::Local) => Some(Environment::Development),
        (_, environment) => Some(environment),
    }
}

fn is_weak(definition: &Definition) -> bool {
    matches!(definition.class, ValueClass::Weak(_))
}

/// The secret of a definition with its bytes: its value, or the password in its
/// connection string.
fn secret(definition: &Definition) -> Option<(&str, Region)> {
    if !matches!(definition.written, Written::Literal | Written::Default { .. }) {
        return None;
    }
    let value = definition.value.reveal();
    if definition.kind.is_some() {
        let secret = value.trim();
        // Test mode keys are one for all test environments.
        let counts = definition.class.is_secret() && secret.len() >= 8 && !is_test_mode(secret);
        return counts.then_some((secret, definition.value_region));
    }
    let found = classify_url_password(value, &ValueContext::default())?;
    let exact = definition.value_region.range().len() == value.len();
    let password = value.get(found.region.clone())?;
    (found.class == ValueClass::Real && exact).then(|| {
        let region = Region::new(found.region.start, found.region.end);
        (password, region.offset(definition.value_region.start))
    })
}

fn is_test_mode(value: &str) -> bool {
    value.split('_').nth(1) == Some("test")
}

fn name(environment: Environment) -> &'static str {
    match environment {
        Environment::Production => "production",
        Environment::Staging => "staging",
        Environment::Development | Environment::Local => "development",
        Environment::Test => "tests",
        Environment::Ci => "CI",
        Environment::Unspecified => "an unnamed environment",
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_one_value_in_two_environments() {
        check_files(
            &RULE,
            "
//- .env.production
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] the same value in production and development
//- .env.development
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
           ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the same value, for development
DB_PASSWORD=k3Jd82nFq0ZxLw7VtB5m
            ~~~~~~~~~~~~~~~~~~~~ the same value, for development
//- .env.staging
DATABASE_URL=postgres://app:k3Jd82nFq0ZxLw7VtB5m@db:5432/app
                            ^^^^^^^^^^^^^^^^^^^^ [medium] in staging and development
",
        );
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: HarbourQuokka41
                         ~~~~~~~~~~~~~~~ the same value, for development
//- docker-compose.prod.yml
services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: HarbourQuokka41
                         ^^^^^^^^^^^^^^^ [high] POSTGRES_PASSWORD
",
        );
    }

    #[test]
    fn passes_what_is_one_environment_or_says_none() {
        check_files(
            &RULE,
            "
//- .env
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- .env.production
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
DB_PASSWORD=change-me
SESSION_SECRET=${SESSION_SECRET}
//- api/.env.production
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- .env.development
DB_PASSWORD=change-me
SESSION_SECRET=${SESSION_SECRET}
CI_TOKEN=
//- .env.test
REDIS_PASSWORD=k3Jd82nFq0ZxLw7VtB5m
//- .env.ci
REDIS_PASSWORD=k3Jd82nFq0ZxLw7VtB5m
//- .env.production.example
JWT_SECRET=k3Jd82nFq0ZxLw7VtB5m
",
        );
    }

    #[test]
    fn passes_guessable_values_that_production_does_not_have() {
        check_files(
            &RULE,
            "
//- .env.development
DB_PASSWORD=postgres-local-dev
//- .env.test
DB_PASSWORD=postgres-local-dev
",
        );
    }
}
