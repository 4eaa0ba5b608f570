//! `jwt-secret-below-recommended`

use seaworthy_analysis::joined::Standing;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::signing_keys::{Fault, TOKEN_KEYS, keys};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "jwt-secret-below-recommended",
        group: Group::Auth,
        summary: "token signing secret is shorter than recommended for production",
        help: include_str!("jwt_secret_below_recommended.md"),
        severity: Severity::Info,
        precision: Precision::VeryHigh,
        cwe: &[326],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let recommended = cx.options().jwt_secret_recommended_length;
    for (definition, fault) in keys(cx, TOKEN_KEYS) {
        let (Fault::BelowRecommended(length), Standing::Production) = (fault, definition.standing)
        else {
            continue;
        };
        cx.report_in(
            &definition.artifact,
            definition.value_region,
            format!(
                "{} is {length} characters long, {recommended} are recommended in production. \
                 The key suffices for HS256; the next time it is replaced, generate one with \
                 `openssl rand -base64 48`.",
                definition.name,
            ),
        )
        .sensitive(definition.value_region)
        .evidence(definition.evidence());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn notes_a_sufficient_but_shorter_key_in_a_production_file() {
        check(
            &RULE,
            ".env.production",
            "
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [info] is 32 characters long, 64 are recommended
JWT_REFRESH_SECRET=q8Zt4nV0xW7rLk2mPb5s
",
        );
    }

    #[test]
    fn passes_long_keys_and_files_that_are_not_for_production() {
        check(
            &RULE,
            ".env.production",
            "JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6fTj1oXiKz4RwVnUbMlCyAeQhP0vB7sFgD\n",
        );
        for path in [".env", ".env.production.example", ".env.development"] {
            check(&RULE, path, "JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n");
        }
    }
}
