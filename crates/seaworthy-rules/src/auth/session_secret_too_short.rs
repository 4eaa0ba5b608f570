//! `session-secret-too-short`

use seaworthy_analysis::joined::Standing;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::signing_keys::{Fault, SESSION_KEYS, harm, keys};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "session-secret-too-short",
        group: Group::Auth,
        summary: "session or cookie secret is too short",
        help: include_str!("session_secret_too_short.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[326, 521],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let least = cx.options().jwt_secret_min_length;
    for (definition, fault) in keys(cx, SESSION_KEYS) {
        let length = definition.value.reveal().trim().chars().count();
        let severity = match (definition.standing, fault) {
            (Standing::Production | Standing::Deployable, Fault::Short(_)) => Severity::High,
            (Standing::Template, Fault::Short(_) | Fault::Common(_)) if length < least => {
                Severity::Info
            }
            _ => continue,
        };
        cx.report_in(
            &definition.artifact,
            definition.value_region,
            format!(
                "{} is {length} characters long, at least {least} are needed. Whoever finds it \
                 by trying keys against one signed cookie can {}. Generate one with \
                 `openssl rand -base64 48`.",
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
    use seaworthy_testkit::check;

    #[test]
    fn flags_a_short_secret_where_it_is_deployed() {
        check(
            &RULE,
            ".env.production",
            "
SESSION_SECRET=q8Zt4nV0xW7rLk2mPb5s
               ^^^^^^^^^^^^^^^^^^^^ [high] is 20 characters long
COOKIE_SECRET=\"Yc1RsHgP9uEaTj6Dw3Kf\"
               ^^^^^^^^^^^^^^^^^^^^ [high] forge sessions
CSRF_SECRET=Vb7xQn2Lz9Rt4Kp1Mw8Hs5
            ^^^^^^^^^^^^^^^^^^^^^^ [high] anti-forgery tokens
",
        );
    }

    #[test]
    fn passes_long_common_and_placeholder_values() {
        check(
            &RULE,
            ".env.production",
            "
SESSION_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
COOKIE_SECRET=keyboard cat
CSRF_SECRET=change-me
SESSION_SECRET_PREVIOUS=
SESSION_LIFETIME=120
SESSION_DRIVER=redis
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5s
",
        );
        check(&RULE, ".env.test", "SESSION_SECRET=q8Zt4nV0xW7rLk2mPb5s\n");
    }
}
