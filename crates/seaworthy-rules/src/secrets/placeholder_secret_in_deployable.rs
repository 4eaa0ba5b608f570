//! `placeholder-secret-in-deployable`

use std::collections::HashSet;

use seaworthy_analysis::joined::{Definition, DefinitionSource, Standing, Written};
use seaworthy_analysis::names::{SecretKind, public_prefix};
use seaworthy_analysis::values::{HostKind, ValueClass};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::passwords::passwords;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "placeholder-secret-in-deployable",
        group: Group::Secrets,
        summary: "placeholder in place of a secret where it is deployed",
        help: include_str!("placeholder_secret_in_deployable.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1188, 798],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut reported: HashSet<(&ArtifactPath, Region)> = HashSet::new();
    for definition in cx.joined().definitions() {
        let Some(kind) = definition.kind.filter(|_| is_judged(definition)) else { continue };
        let issued_by_others = matches!(
            kind,
            SecretKind::ApiKey
                | SecretKind::Token
                | SecretKind::ClientSecret
                | SecretKind::PrivateKey
        );
        let (severity, harm) = if issued_by_others {
            (Severity::Medium, "What it is for fails as soon as it is used")
        } else {
            (Severity::High, "Everybody who knows the template or the repository knows it")
        };
        let length = definition.value.reveal().trim().chars().count();
        let least = cx.options().jwt_secret_min_length;
        let short = if kind.is_key_material() && length < least {
            format!(" With {length} characters it would be too short as well.")
        } else {
            String::new()
        };
        reported.insert((&definition.artifact, definition.value_region));
        cx.report_in(
            &definition.artifact,
            definition.value_region,
            format!(
                "{} still has its placeholder{}. {harm}; put the real value in where it is \
                 deployed.{short}",
                definition.name,
                match &definition.written {
                    Written::Default { variable } => format!(", the default of {variable}"),
                    _ => String::new(),
                },
            ),
        )
        .severity(severity)
        .evidence(definition.evidence());
    }
    for password in passwords(cx) {
        let definition = password.definition;
        // `user:password@localhost` is how people write a local database, and
        // `user:password@host` says only in production that nobody filled it in.
        let reached = match password.host {
            None | Some(HostKind::Local) => false,
            Some(HostKind::Placeholder) => definition.standing == Standing::Production,
            Some(_) => definition.may_be_production(),
        };
        let judged = reached
            && password.class == ValueClass::Placeholder
            && !reported.contains(&(&definition.artifact, definition.value_region));
        if !judged {
            continue;
        }
        cx.report_in(
            &definition.artifact,
            password.region,
            format!(
                "The password in {} is still a placeholder. The application cannot connect, or \
                 the database has a password that everybody knows; put the real value in where it \
                 is deployed.",
                definition.name,
            ),
        )
        .evidence(definition.evidence());
    }
}

/// A secret under a public prefix is `public-env-secret`, whatever its value;
/// one in `vercel.json` is `vercel-env-literal`.
fn is_judged(definition: &Definition) -> bool {
    definition.class == ValueClass::Placeholder
        && !definition.overridden
        && definition.may_be_production()
        && definition.source != DefinitionSource::Vercel
        && public_prefix(&definition.name).is_none()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_placeholders_where_they_are_deployed_whatever_their_length() {
        check(
            &RULE,
            ".env",
            "
JWT_SECRET=your-super-secret-jwt-key-change-this-in-production
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] JWT_SECRET still has its placeholder
DB_PASSWORD=changeme
            ^^^^^^^^ [high] DB_PASSWORD
SESSION_SECRET=REPLACE_ME
               ^^^^^^^^^^ [high] With 10 characters it would be too short
STRIPE_SECRET_KEY=sk_test_your_secret_key
                  ^^^^^^^^^^^^^^^^^^^^^^^ [medium] STRIPE_SECRET_KEY
ELASTIC_URL=https://elastic:changeme@elastic:9200
                            ^^^^^^^^ [high] The password in ELASTIC_URL
",
        );
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
    image: api
    environment:
      JWT_SECRET: ${JWT_SECRET:-change-me}
                                ^^^^^^^^^ [high] the default of JWT_SECRET
      DATABASE_URL: postgres://app:CHANGE_ME@db:5432/app
                                   ^^^^^^^^^ [high] The password in DATABASE_URL
",
        );
    }

    #[test]
    fn passes_templates_development_and_defaults_that_are_replaced() {
        for path in [
            ".env.example",
            ".env.production.example",
            ".env.development",
            ".env.test",
            ".env.local",
        ] {
            check(&RULE, path, "JWT_SECRET=change-me\n");
        }
        check_files(
            &RULE,
            "
//- .env
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- docker-compose.yml
services:
  api:
    image: api
    environment:
      JWT_SECRET: ${JWT_SECRET:-change-me}
",
        );
    }

    #[test]
    fn passes_what_is_no_secret_empty_or_a_reference() {
        check(
            &RULE,
            ".env.production",
            "
APP_NAME=your-app-name
JWT_SECRET=
DB_PASSWORD=${DB_PASSWORD}
NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY=pk_live_xxx
DATABASE_URL=postgres://user:password@localhost:5432/app
",
        );
    }
}
