//! `bcrypt-rounds-too-low`

use seaworthy_analysis::joined::{Definition, Standing};
use seaworthy_analysis::names::{is_password_rounds_name, split_words};
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "bcrypt-rounds-too-low",
        group: Group::Auth,
        summary: "password hashing is too cheap",
        help: include_str!("bcrypt_rounds_too_low.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[916],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// The least cost, and the one to aim at.
const LEAST: u32 = 10;
const AIM: u32 = 12;

fn check(cx: &mut Context<'_>) {
    for definition in cx.joined().definitions() {
        if definition.overridden || !is_bcrypt_cost(&definition.name) {
            continue;
        }
        let Some(rounds) = rounds(definition) else { continue };
        let severity = match (definition.standing, rounds < LEAST) {
            (Standing::Production, true) => Severity::High,
            (Standing::Deployable | Standing::Template, true) => Severity::Medium,
            (Standing::Production, false) if rounds < AIM => Severity::Info,
            _ => continue,
        };
        let times = 1_u64 << (AIM - rounds);
        let message = format!(
            "{} is {rounds}: whoever gets hold of the hashes guesses passwords {times} times as \
             fast as at {AIM}. Set it to {AIM}; passwords that are hashed already stay valid.",
            definition.name,
        );
        let draft = cx.report_in(&definition.artifact, definition.value_region, message);
        draft.severity(severity).evidence(definition.evidence()).fix(
            Edit::risky(format!("Set it to {AIM}")).replace(
                &definition.artifact,
                definition.value_region,
                AIM.to_string(),
            ),
        );
    }
}

/// The cost, if it is one of bcrypt: others count in thousands.
fn rounds(definition: &Definition) -> Option<u32> {
    let rounds: u32 = definition.value.reveal().trim().parse().ok()?;
    (1..AIM).contains(&rounds).then_some(rounds)
}

/// Whether the name is of bcrypt's cost; other algorithms count otherwise.
fn is_bcrypt_cost(name: &str) -> bool {
    is_password_rounds_name(name)
        && !split_words(name).iter().any(|word| {
            matches!(
                word.as_str(),
                "argon"
                    | "argon2"
                    | "argon2id"
                    | "scrypt"
                    | "pbkdf2"
                    | "pbkdf"
                    | "sha"
                    | "memory"
                    | "time"
                    | "test"
                    | "testing"
                    | "dev"
                    | "development"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_a_cost_that_is_too_low() {
        check(
            &RULE,
            ".env.production",
            "
BCRYPT_ROUNDS=8
              ^ [high] BCRYPT_ROUNDS is 8: whoever gets hold of the hashes guesses passwords 16 times as fast
SALT_ROUNDS=\"10\"
             ^^ [info] SALT_ROUNDS is 10
",
        );
        check_files(
            &RULE,
            "
//- .env.example
BCRYPT_COST=4
            ^ [medium] BCRYPT_COST is 4
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      BCRYPT_ROUNDS: ${BCRYPT_ROUNDS:-5}
                                      ^ [high] BCRYPT_ROUNDS is 5
",
        );
    }

    #[test]
    fn passes_a_cost_that_will_do_other_algorithms_and_tests() {
        check(
            &RULE,
            ".env.production",
            "
BCRYPT_ROUNDS=12
HASH_ROUNDS=100000
ARGON2_HASH_COST=3
SALT_ROUNDS=
GAME_ROUNDS=3
BCRYPT_COST=${COST}
# BCRYPT_ROUNDS=4
",
        );
        for path in [".env.test", ".env.development", "tests/.env.production"] {
            check(&RULE, path, "BCRYPT_ROUNDS=4\n");
        }
        check(&RULE, ".env.example", "BCRYPT_ROUNDS=10\n");
    }

    #[test]
    fn the_fix_sets_a_higher_cost() {
        check_fix(&RULE, ".env.production", "BCRYPT_ROUNDS=6\n", "BCRYPT_ROUNDS=12\n");
    }
}
