//! `jwt-secret-too-short`

use seaworthy_analysis::joined::Standing;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::signing_keys::{Fault, TOKEN_KEYS, harm, keys};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "jwt-secret-too-short",
        group: Group::Auth,
        summary: "token signing secret is too short",
        help: include_str!("jwt_secret_too_short.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[326, 521],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let least = cx.options().jwt_secret_min_length;
    for (definition, fault) in keys(cx, TOKEN_KEYS) {
        let length = definition.value.reveal().trim().chars().count();
        let severity = match (definition.standing, fault) {
            (Standing::Production | Standing::Deployable, Fault::Short(_)) => Severity::High,
            // Nobody else speaks about a guessable value in a template.
            (Standing::Template, Fault::Short(_) | Fault::Common(_)) if length < least => {
                Severity::Info
            }
            _ => continue,
        };
        cx.report_in(
            &definition.artifact,
            definition.value_region,
            format!(
                "{} is {length} characters long, at least {least} are needed. A key shorter than \
                 the hash can be found by trying keys against any one token, and whoever has it \
                 can {}. Generate one with `openssl rand -base64 48`.",
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
    fn flags_a_random_but_short_secret_where_it_is_deployed() {
        check(
            &RULE,
            ".env",
            "
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5s # signs the access tokens
           ^^^^^^^^^^^^^^^^^^^^ [high] JWT_SECRET is 20 characters long
export JWT_REFRESH_SECRET=\"Yc1RsHgP9uEaTj6Dw3Kf\"
                           ^^^^^^^^^^^^^^^^^^^^ [high] can sign refresh tokens
NEXTAUTH_SECRET='Vb7xQn2Lz9Rt4Kp1Mw8Hs5'
                 ^^^^^^^^^^^^^^^^^^^^^^ [high] is 22 characters long
",
        );
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  api:
    image: ghcr.io/harbour/api:1.4.2
    environment:
      - JWT_SECRET=${JWT_SECRET:-q8Zt4nV0xW7rLk2mPb5s}
                                 ^^^^^^^^^^^^^^^^^^^^ [high] is 20 characters long
      - AUTH_SECRET=${AUTH_SECRET}
",
        );
    }

    #[test]
    fn only_notes_it_in_a_template() {
        check(
            &RULE,
            ".env.example",
            "
JWT_SECRET=supersecret
           ^^^^^^^^^^^ [info] is 11 characters long
JWT_REFRESH_SECRET=change-me
",
        );
    }

    #[test]
    fn passes_long_placeholder_common_and_referenced_values() {
        check(
            &RULE,
            ".env.production",
            "
JWT_SECRET=Zk3+vQ9/pLx7wRt2mBn5cYd8sFgHj4Kq
JWT_REFRESH_SECRET=change-me
ACCESS_TOKEN_SECRET=supersecret
AUTH_SECRET=${AUTH_SECRET}
NEXTAUTH_SECRET=
JWT_SECRET_FILE=/run/secrets/jwt
JWT_EXPIRES_IN=15m
",
        );
        check(&RULE, "vercel.json", r#"{ "env": { "JWT_SECRET": "q8Zt4nV0xW7rLk2mPb5s" } }"#);
        check(&RULE, ".env.test", "JWT_SECRET=q8Zt4nV0xW7rLk2mPb5s\n");
        check(&RULE, ".env.local", "JWT_SECRET=q8Zt4nV0xW7rLk2mPb5s\n");
    }

    #[test]
    fn judges_the_value_that_wins() {
        check(
            &RULE,
            ".env",
            "
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5s
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
",
        );
        check_files(
            &RULE,
            "
//- .env
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- docker-compose.yml
services:
  api:
    image: ghcr.io/harbour/api:1.4.2
    environment:
      JWT_SECRET: ${JWT_SECRET:-q8Zt4nV0xW7rLk2mPb5s}
",
        );
    }
}
