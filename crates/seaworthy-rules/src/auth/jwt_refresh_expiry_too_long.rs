//! `jwt-refresh-expiry-too-long`

use seaworthy_analysis::names::TokenUse;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::lifetimes::{lifetimes, spoken};

/// Up to here nothing is said.
const RECOMMENDED: u64 = 7 * 24 * 60 * 60;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "jwt-refresh-expiry-too-long",
        group: Group::Auth,
        summary: "refresh tokens live too long",
        help: include_str!("jwt_refresh_expiry_too_long.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[613],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let longest = cx.options().refresh_token_max_seconds;
    let aim = RECOMMENDED.min(longest);
    for lifetime in lifetimes(cx, TokenUse::Refresh) {
        let (definition, seconds) = (lifetime.definition, lifetime.seconds);
        if seconds <= aim {
            continue;
        }
        let draft = cx.report_in(
            &definition.artifact,
            definition.value_region,
            format!(
                "{} lets refresh tokens live {}. A stolen one keeps an account open for that \
                 long; let it live {} and rotate it on every use.",
                definition.name,
                spoken(seconds),
                spoken(aim),
            ),
        );
        draft
            .severity(if seconds > longest { Severity::Low } else { Severity::Info })
            .evidence(definition.evidence());
        if lifetime.has_unit && aim == RECOMMENDED {
            draft.fix(Edit::risky("Let refresh tokens live 7 days").replace(
                &definition.artifact,
                definition.value_region,
                "7d",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_a_life_beyond_a_month_and_notes_one_beyond_a_week() {
        check(
            &RULE,
            ".env.production",
            "
JWT_REFRESH_EXPIRES_IN=90d
                       ^^^ [low] live 90 days
REFRESH_TOKEN_EXPIRE_DAYS=31
                          ^^ [low] live 31 days
REFRESH_TOKEN_TTL=2592000
                  ^^^^^^^ [info] live 30 days
",
        );
    }

    #[test]
    fn passes_a_week_and_other_tokens() {
        check(
            &RULE,
            ".env.production",
            "
JWT_REFRESH_EXPIRES_IN=7d
REFRESH_TOKEN_EXPIRY=604800
JWT_REFRESH_EXPIRY=604800000
JWT_EXPIRES_IN=90d
REFRESH_INTERVAL=90d
",
        );
        check(&RULE, ".env.example", "JWT_REFRESH_EXPIRES_IN=90d\n");
    }

    #[test]
    fn shortens_what_is_written_with_a_unit() {
        check_fix(&RULE, ".env", "JWT_REFRESH_EXPIRES_IN=1y\n", "JWT_REFRESH_EXPIRES_IN=7d\n");
    }
}
