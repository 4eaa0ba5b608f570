//! `jwt-access-expiry-too-long`

use seaworthy_analysis::names::TokenUse;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::lifetimes::{lifetimes, spoken};

/// Up to here nothing is said.
const RECOMMENDED: u64 = 15 * 60;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "jwt-access-expiry-too-long",
        group: Group::Auth,
        summary: "access tokens live too long",
        help: include_str!("jwt_access_expiry_too_long.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[613],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let longest = cx.options().access_token_max_seconds;
    for lifetime in lifetimes(cx, TokenUse::Access) {
        let (definition, seconds) = (lifetime.definition, lifetime.seconds);
        let severity = if seconds > longest {
            Severity::Medium
        } else if seconds > RECOMMENDED.min(longest) {
            Severity::Low
        } else {
            continue;
        };
        let aim = RECOMMENDED.min(longest);
        let draft = cx.report_in(
            &definition.artifact,
            definition.value_region,
            format!(
                "{} lets access tokens live {}. A stolen token cannot be called back and works \
                 until it expires; let it live {} and renew it with a refresh token.",
                definition.name,
                spoken(seconds),
                spoken(aim),
            ),
        );
        draft.severity(severity).evidence(definition.evidence());
        if lifetime.has_unit && aim == RECOMMENDED {
            draft.fix(Edit::risky("Let access tokens live 15 minutes").replace(
                &definition.artifact,
                definition.value_region,
                "15m",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_lifetimes_beyond_an_hour_and_notes_those_beyond_a_quarter() {
        check(
            &RULE,
            ".env",
            "
JWT_EXPIRES_IN=7d
               ^^ [medium] live 7 days
ACCESS_TOKEN_EXPIRE_MINUTES=90
                            ^^ [medium] live 90 minutes
JWT_ACCESS_EXPIRATION='2 days'
                       ^^^^^^ [medium] live 2 days
JWT_EXPIRE=86400
           ^^^^^ [medium] live 1 day
JWT_TTL=1h
        ^^ [low] live 1 hour
ACCESS_TOKEN_TTL=3600000
                 ^^^^^^^ [low] live 1 hour
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
      JWT_EXPIRES_IN: ${JWT_EXPIRES_IN:-24h}
                                        ^^^ [medium] live 1 day
",
        );
    }

    #[test]
    fn passes_short_lives_other_lifetimes_and_other_files() {
        check(
            &RULE,
            ".env.production",
            "
JWT_EXPIRES_IN=15m
ACCESS_TOKEN_EXPIRE=900
ACCESS_TOKEN_LIFETIME=900000
JWT_REFRESH_EXPIRES_IN=7d
REFRESH_TOKEN_EXPIRY=604800
PASSWORD_RESET_TOKEN_EXPIRES=24h
SESSION_LIFETIME=7d
JWT_EXPIRES_IN_DEFAULT=${JWT_EXPIRES_IN}
JWT_EXPIRATION=
",
        );
        for path in [".env.test", ".env.example", ".env.development", "docker-compose.test.yml"] {
            check(&RULE, path, "JWT_EXPIRES_IN=24h\n");
        }
    }

    #[test]
    fn shortens_what_is_written_with_a_unit() {
        check_fix(
            &RULE,
            ".env",
            "JWT_EXPIRES_IN=\"7d\" # a week\n",
            "JWT_EXPIRES_IN=\"15m\" # a week\n",
        );
    }
}
