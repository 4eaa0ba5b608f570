//! `jwt-secrets-identical`

use seaworthy_analysis::joined::{HeldSecret, Standing};
use seaworthy_analysis::names::SecretKind;
use seaworthy_analysis::values::ValueClass;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "jwt-secrets-identical",
        group: Group::Auth,
        summary: "access and refresh tokens are signed with the same secret",
        help: include_str!("jwt_secrets_identical.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[323, 287],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut reported = std::collections::HashSet::new();
    for holder in cx.joined().holders() {
        let tokens = |a: &HeldSecret, b: &HeldSecret| {
            matches!(
                (a.kind, b.kind),
                (SecretKind::JwtAccess, SecretKind::JwtRefresh)
                    | (SecretKind::JwtRefresh, SecretKind::JwtAccess)
            )
        };
        for (earlier, later) in holder.equal_pairs(tokens) {
            let (access, refresh) = match later.kind {
                SecretKind::JwtRefresh => (earlier, later),
                _ => (later, earlier),
            };
            let severity = match (holder.standing, refresh.class) {
                (Standing::Production | Standing::Deployable, _) => Severity::High,
                (Standing::Development, _) => Severity::Low,
                // A reference is copied as it is, other values are filled in.
                (Standing::Template, _) if refresh_is_reference(cx, refresh) => Severity::Medium,
                _ => continue,
            };
            if matches!(refresh.class, ValueClass::Empty | ValueClass::Inert)
                || !reported.insert((refresh.artifact.clone(), refresh.value_region))
            {
                continue;
            }
            let evidence = match &holder.service {
                Some(service) => format!("{service}:{}", refresh.name),
                None => refresh.name.clone(),
            };
            // Literals are masked in every excerpt; a reference is to be seen.
            cx.report_in(
                &refresh.artifact,
                refresh.value_region,
                format!(
                    "{} is the same as {}. Where only the key tells them apart, a refresh token \
                     passes as an access token, and one leak gives away both; use two secrets.",
                    refresh.name, access.name,
                ),
            )
            .severity(severity)
            .related(
                &access.artifact,
                access.value_region,
                format!("{} is set to the same here", access.name),
            )
            .evidence(evidence);
        }
    }
}

fn refresh_is_reference(cx: &Context<'_>, secret: &HeldSecret) -> bool {
    cx.joined().definitions_of(&secret.name).iter().any(|definition| {
        definition.artifact == secret.artifact
            && definition.value_region == secret.value_region
            && definition.class == ValueClass::Reference
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_equal_values_and_references_to_the_other() {
        check(
            &RULE,
            ".env.production",
            "
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
           ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ set to the same here
JWT_REFRESH_SECRET=\"q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\"
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] is the same as JWT_SECRET
",
        );
        check(
            &RULE,
            ".env",
            "
ACCESS_TOKEN_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
REFRESH_TOKEN_SECRET=${ACCESS_TOKEN_SECRET}
                     ^^^^^^^^^^^^^^^^^^^^^^ [high] is the same as ACCESS_TOKEN_SECRET
",
        );
        check(
            &RULE,
            ".env.example",
            "
JWT_SECRET=
JWT_REFRESH_SECRET=${JWT_SECRET}
",
        );
    }

    #[test]
    fn flags_a_service_that_gets_one_secret_twice() {
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  api:
    image: api
    environment:
      JWT_SECRET: ${JWT_SECRET}
      JWT_REFRESH_SECRET: ${JWT_SECRET}
                          ^^^^^^^^^^^^^ [high] is the same as JWT_SECRET
  worker:
    image: api
    environment:
      - JWT_SECRET
      - JWT_REFRESH_SECRET=${JWT_REFRESH_SECRET:-$JWT_SECRET}
                                                 ^^^^^^^^^^^ [high] JWT_REFRESH_SECRET
",
        );
        check_files(
            &RULE,
            "
//- api.env
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- docker-compose.yml
services:
  api:
    image: api
    env_file: api.env
    environment:
      JWT_REFRESH_SECRET: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] is the same as JWT_SECRET
",
        );
    }

    #[test]
    fn reports_values_of_an_env_file_there_alone() {
        check_files(
            &RULE,
            "
//- .env
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
JWT_REFRESH_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] is the same as JWT_SECRET
//- docker-compose.yml
services:
  api:
    image: api
    env_file: .env
  web:
    image: web
    environment:
      JWT_SECRET: ${JWT_SECRET}
      JWT_REFRESH_SECRET: ${JWT_REFRESH_SECRET}
",
        );
    }

    #[test]
    fn passes_different_secrets_other_services_and_placeholders_in_templates() {
        check(
            &RULE,
            ".env",
            "
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
JWT_REFRESH_SECRET=Tj1oXiKz4RwVnUbMlCyAeQhPq8Zt4nV0
NEXTAUTH_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
",
        );
        check(
            &RULE,
            ".env.example",
            "
JWT_SECRET=generate-with-node-crypto-randomBytes
JWT_REFRESH_SECRET=generate-with-node-crypto-randomBytes
",
        );
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  api:
    image: api
    environment:
      JWT_SECRET: ${JWT_SECRET}
  auth:
    image: auth
    environment:
      JWT_REFRESH_SECRET: ${JWT_SECRET}
",
        );
        check(&RULE, ".env.test", "JWT_SECRET=same-for-tests\nJWT_REFRESH_SECRET=same-for-tests\n");
    }
}
