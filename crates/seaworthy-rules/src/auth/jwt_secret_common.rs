//! `jwt-secret-common`

use seaworthy_analysis::joined::Standing;
use seaworthy_analysis::roles::Environment;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::signing_keys::{Fault, SESSION_KEYS, TOKEN_KEYS, harm, keys};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "jwt-secret-common",
        group: Group::Auth,
        summary: "signing secret can be guessed",
        help: include_str!("jwt_secret_common.md"),
        severity: Severity::Critical,
        precision: Precision::High,
        cwe: &[521, 798, 1391],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for (definition, fault) in keys(cx, TOKEN_KEYS).chain(keys(cx, SESSION_KEYS)) {
        let Fault::Common(reason) = fault else { continue };
        let severity = match definition.standing {
            Standing::Production | Standing::Deployable => Severity::Critical,
            // A stack that does not say that it is for development may be run
            // elsewhere too.
            Standing::Development if definition.role.environment == Environment::Unspecified => {
                Severity::Low
            }
            _ => continue,
        };
        cx.report_in(
            &definition.artifact,
            definition.value_region,
            format!(
                "{} {reason}. Guessing tools try such values first, whatever their length, and \
                 whoever finds it can {}. Generate one with `openssl rand -base64 48`.",
                definition.name,
                harm(definition),
            ),
        )
        .severity(severity)
        .sensitive(definition.value_region)
        .evidence(definition.evidence());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_words_however_long_they_are() {
        check(
            &RULE,
            ".env",
            "
JWT_SECRET=secret
           ^^^^^^ [critical] JWT_SECRET
JWT_REFRESH_SECRET=my-super-secret-jwt-refresh-signing-key-for-my-app-2025
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] sign refresh tokens
SESSION_SECRET=keyboard cat
               ^^^^^^^^^^^^ [critical] forge sessions
AUTH_SECRET=quokkaquokka
            ^^^^^^^^^^^^ [critical] AUTH_SECRET repeats one piece
",
        );
    }

    #[test]
    fn flags_a_compose_default() {
        check(
            &RULE,
            "compose.yaml",
            "
services:
  api:
    image: ghcr.io/harbour/api:1.4.2
    environment:
      JWT_SECRET: \"${JWT_SECRET:-supersecret}\"
                                 ^^^^^^^^^^^ [critical] JWT_SECRET
",
        );
    }

    #[test]
    fn passes_random_values_even_with_a_word_in_them_and_templates() {
        check(
            &RULE,
            ".env.production",
            "
JWT_SECRET=q7Zr2mVx9KpLw4TnB8sDtestYc1RsHgP9uEa
JWT_REFRESH_SECRET=9f3a1c7e5b2d4e8fa6c01d7b3e9f5a2c9f3a1c7e5b2d4e8fa6c01d7b3e9f5a20
SESSION_SECRET=q8Zt4nV0xW7rLk2m
AUTH_SECRET=your-super-secret-jwt-key-change-this-in-production
NEXTAUTH_SECRET=${NEXTAUTH_SECRET}
",
        );
        for path in [".env.example", ".env.development", ".env.local", ".env.test"] {
            check(&RULE, path, "JWT_SECRET=local-dev-secret\n");
        }
    }

    #[test]
    fn judges_a_base_file_beside_a_production_file_as_development() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  api:
    image: api
    environment:
      JWT_SECRET: supersecret
                  ^^^^^^^^^^^ [low] JWT_SECRET
//- docker-compose.prod.yml
services:
  api:
    image: api
    environment:
      JWT_SECRET: ${JWT_SECRET:?set JWT_SECRET}
",
        );
    }
}
