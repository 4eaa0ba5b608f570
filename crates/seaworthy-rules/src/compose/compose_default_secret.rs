//! `compose-default-secret`

use seaworthy_analysis::names::{is_public_by_design, secret_kind};
use seaworthy_analysis::values::{ValueClass, ValueContext, classify, classify_url_password};
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{Part, Service, Template};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::secret_sites::{Site, project_names, sites};
use super::standing::{Judged, Once, Standing, judged};

use std::ops::Range;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-default-secret",
        group: Group::Compose,
        summary: "secret with a default that is used when nobody sets it",
        help: include_str!("compose_default_secret.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1188, 798],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        let names = project_names(cx, &judged);
        for service in &judged.stack.project().services {
            for site in sites(&judged, service) {
                let template = site.text.template();
                let alone = template.parts.len() == 1;
                let mut found = Vec::new();
                // Of a text with more in it the variable's own name decides.
                let named = site.named && alone;
                collect(&template, named, &site.name, &names, &mut found);
                for default in &found {
                    report(cx, &mut once, &judged, service, &site, default);
                }
            }
        }
    }
}

/// A default that is a secret.
struct Default {
    variable: String,
    /// From the operator to the end of the default.
    operation: Range<usize>,
    /// The secret itself.
    secret: Range<usize>,
    class: ValueClass,
}

fn collect(
    template: &Template<'_>,
    named: bool,
    key: &str,
    names: &[&str],
    found: &mut Vec<Default>,
) {
    for part in &template.parts {
        let Part::Variable(variable) = part else { continue };
        let Some(operation) = variable.operation.as_ref() else { continue };
        let name = variable.name;
        let named = named || (secret_kind(name).is_some() && !is_public_by_design(name));
        if !operation.operator.is_default() {
            continue;
        }
        let url = classify_url_password(
            operation.text,
            &ValueContext { key: name, user: None, project: names },
        );
        let mut add = |secret: Range<usize>, class| {
            found.push(Default {
                variable: name.to_owned(),
                operation: variable.name_range.end..operation.range.end,
                secret,
                class,
            });
        };
        if let Some(url) = url.filter(|url| url.class.is_secret()) {
            let start = operation.range.start;
            add(start + url.region.start..start + url.region.end, url.class);
        } else if operation.operand.is_literal() {
            if named {
                // The variable's own name judges best; an unnamed one is judged
                // by that of the setting.
                let key = if secret_kind(name).is_some() { name } else { key };
                let key = if secret_kind(key).is_some() { key } else { "" };
                let context = ValueContext { key, user: None, project: names };
                add(operation.range.clone(), classify(operation.text, &context));
            }
            continue;
        }
        let alone = operation.operand.parts.len() == 1;
        collect(&operation.operand, named && alone, key, names, found);
    }
}

fn severity(standing: Standing, class: ValueClass) -> Option<Severity> {
    match (standing, class) {
        (_, ValueClass::Empty | ValueClass::Inert | ValueClass::Reference) => None,
        (Standing::Production | Standing::Undeclared, ValueClass::TestKey) => Some(Severity::Low),
        (_, ValueClass::TestKey) => None,
        (Standing::Production, _) | (Standing::Undeclared, ValueClass::Real) => {
            Some(Severity::High)
        }
        (Standing::Undeclared, _) => Some(Severity::Medium),
        (Standing::Development, ValueClass::Real) => Some(Severity::Medium),
        (Standing::Development | Standing::Test, _) => None,
    }
}

fn report(
    cx: &mut Context<'_>,
    once: &mut Once,
    judged: &Judged<'_>,
    service: &Service,
    site: &Site,
    default: &Default,
) {
    let origin = site.text.origin();
    let standing = judged.at(Some(service), origin);
    let Some(severity) = severity(standing, default.class) else { return };
    let region = site.text.region_of(default.secret.clone()).unwrap_or(origin.region);
    if !once.first(&origin.artifact, region) {
        return;
    }
    let (name, variable) = (service.name.raw(), &default.variable);
    let kind = match default.class {
        ValueClass::Placeholder => "a placeholder that was never meant to be used",
        ValueClass::Weak(_) => "a value that can be guessed",
        ValueClass::TestKey => "a vendor's key for tests",
        _ => "a secret that everybody with the repository knows",
    };
    let operation = site.text.region_of(default.operation.clone());
    let draft = cx.report_in(
        &origin.artifact,
        region,
        format!(
            "{variable} of service {name} has a default in this file. Where nobody sets it the \
             service runs with {kind}, and nothing tells. Let Compose stop instead: \
             `${{{variable}:?{variable} is required}}`."
        ),
    );
    draft.severity(severity).sensitive(region).evidence(format!("{name}:{variable}"));
    if let Some(operation) = operation {
        let edit = Edit::risky(format!("Require {variable} instead of a default"));
        draft.fix(edit.replace(&origin.artifact, operation, format!(":?{variable} is required")));
    }
    judged.explain(draft, origin);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_the_default_of_a_secret() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  api:
    image: acme/api
    environment:
      JWT_SECRET: ${JWT_SECRET:-change-me-in-production}
                                ^^^^^^^^^^^^^^^^^^^^^^^ [high] JWT_SECRET of service api has a default
      DB_PASSWORD: "${DB_PASSWORD-postgres}"
                                  ^^^^^^^^ [high] can be guessed
      API_TOKEN: ${TOK:-q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f}
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] TOK of service api
      DATABASE_URL: postgres://${DB_USER:-app}:${DB_PASSWORD:-app_password}@db/app
                                                              ^^^^^^^^^^^^ [high] DB_PASSWORD
      REDIS_URL: ${REDIS_URL:-redis://:Vr7-kq2Lm-9xZt4b@cache:6379}
                                       ^^^^^^^^^^^^^^^^ [high] REDIS_URL of service api
      NESTED_SECRET: ${NESTED_SECRET:-${OTHER_SECRET:-q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f}}
                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] OTHER_SECRET
  cache:
    image: redis
    command: redis-server --requirepass ${REDIS_PASSWORD:-redis_password}
                                                          ^^^^^^^^^^^^^^ [high] REDIS_PASSWORD of service cache
    healthcheck:
      test: ["CMD", "redis-cli", "-a", "${REDIS_PW:-redis_password}", "ping"]
                                                    ^^^^^^^^^^^^^^ [high] REDIS_PW
"#,
        );
    }

    #[test]
    fn passes_other_defaults_and_required_variables() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  api:
    image: acme/api:${TAG:-latest}
    environment:
      POSTGRES_USER: ${POSTGRES_USER:-caadmin}
      JWT_EXPIRES_IN: ${JWT_EXPIRES_IN:-15m}
      A_SECRET: ${A_SECRET:?A_SECRET is required}
      B_SECRET: ${B_SECRET:-}
      C_SECRET: ${C_SECRET}
      D_SECRET: ${D_SECRET:+set}
      DATABASE_URL: ${DATABASE_URL:-postgres://app:${DB_PASSWORD}@db/app}
      DB_PASSWORD_FILE: ${DB_PASSWORD_FILE:-/run/secrets/db}
      NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY: ${STRIPE_PUBLISHABLE_KEY:-pk_test_1}
      E_SECRET: $${E_SECRET:-not-compose}
    command: ["--log", "${LOG:-info}"]
"#,
        );
    }

    #[test]
    fn severity_follows_the_stack() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-postgres}
                                              ^^^^^^^^ [medium] can be guessed
      API_TOKEN: ${API_TOKEN:-q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f}
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] API_TOKEN
//- docker-compose.dev.yml
services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-postgres}
      API_TOKEN: ${API_TOKEN:-q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f}
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] API_TOKEN
//- docker-compose.example.yml
services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-postgres}
",
        );
    }

    #[test]
    fn requires_the_variable() {
        check_fix(
            &RULE,
            "compose.prod.yml",
            r#"
services:
  a:
    image: a
    environment:
      - JWT_SECRET=${JWT_SECRET:-change-me-in-production}
      - "REDIS_URL=${REDIS_URL-redis://:Vr7-kq2Lm-9xZt4b@cache}"
"#,
            r#"
services:
  a:
    image: a
    environment:
      - JWT_SECRET=${JWT_SECRET:?JWT_SECRET is required}
      - "REDIS_URL=${REDIS_URL:?REDIS_URL is required}"
"#,
        );
    }
}
