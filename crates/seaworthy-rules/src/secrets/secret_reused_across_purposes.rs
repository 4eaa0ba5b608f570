//! `secret-reused-across-purposes`

use std::collections::HashSet;

use seaworthy_analysis::joined::{HeldSecret, Standing};
use seaworthy_analysis::names::{SecretKind, public_prefix};
use seaworthy_analysis::values::ValueClass;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "secret-reused-across-purposes",
        group: Group::Secrets,
        summary: "one secret serves several purposes",
        help: include_str!("secret_reused_across_purposes.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[323, 1391],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut reported = HashSet::new();
    for holder in cx.joined().holders() {
        let severity = match holder.standing {
            Standing::Production | Standing::Deployable => Severity::Medium,
            Standing::Development => Severity::Low,
            Standing::Test | Standing::Template | Standing::Aside => continue,
        };
        for (earlier, later) in holder.equal_pairs(have_two_purposes) {
            if !reported.insert((later.artifact.clone(), later.value_region)) {
                continue;
            }
            cx.report_in(
                &later.artifact,
                later.value_region,
                format!(
                    "{} is the same as {}, which serves another purpose. Whoever gets it in one \
                     place can use it in the other, and neither can be replaced alone; use two \
                     secrets.",
                    later.name, earlier.name,
                ),
            )
            .severity(severity)
            .sensitive(later.value_region)
            .sensitive_in(&earlier.artifact, earlier.value_region)
            .related(
                &earlier.artifact,
                earlier.value_region,
                format!("{} is set to the same here", earlier.name),
            )
            .evidence(match &holder.service {
                Some(service) => format!("{service}:{}", later.name),
                None => later.name.clone(),
            });
        }
    }
}

/// Whether the names stand for different purposes, one of them a key that signs
/// or encrypts. Two passwords may well be those of one account, under the
/// names of two programs; access and refresh tokens have a rule of their own.
fn have_two_purposes(a: &HeldSecret, b: &HeldSecret) -> bool {
    let is_key = |kind: SecretKind| kind.is_key_material() || kind == SecretKind::Salt;
    let tokens = |kind| matches!(kind, SecretKind::JwtAccess | SecretKind::JwtRefresh);
    let judged = |secret: &HeldSecret| {
        public_prefix(&secret.name).is_none()
            && matches!(
                secret.class,
                ValueClass::Real | ValueClass::Weak(_) | ValueClass::Reference
            )
    };
    a.kind != b.kind
        && (is_key(a.kind) || is_key(b.kind))
        && !(tokens(a.kind) && tokens(b.kind))
        && judged(a)
        && judged(b)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_one_value_under_names_of_two_purposes() {
        check(
            &RULE,
            ".env",
            "
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
           ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ JWT_SECRET is set to the same here
SESSION_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] SESSION_SECRET is the same as JWT_SECRET
CSRF_SECRET=${JWT_SECRET}
            ^^^^^^^^^^^^^ [medium] CSRF_SECRET is the same as JWT_SECRET
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
      AUTH_SECRET: ${AUTH_SECRET}
      ENCRYPTION_KEY: ${AUTH_SECRET}
                      ^^^^^^^^^^^^^^ [medium] ENCRYPTION_KEY is the same as AUTH_SECRET
",
        );
    }

    #[test]
    fn passes_aliases_other_rules_matters_and_placeholders() {
        check(
            &RULE,
            ".env",
            "
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
JWT_REFRESH_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
SESSION_SECRET=Tj1oXiKz4RwVnUbMlCyAeQhPq8Zt4nV0
AUTH_SECRET=Zk3vQ9pLx7wRt2mBn5cYd8sFgHj4KqXe
NEXTAUTH_SECRET=Zk3vQ9pLx7wRt2mBn5cYd8sFgHj4KqXe
DB_PASSWORD=k3Jd82nFq0ZxLw7VtB5m
POSTGRES_PASSWORD=k3Jd82nFq0ZxLw7VtB5m
COOKIE_SECRET=change-me
ENCRYPTION_KEY=change-me
",
        );
        for path in [".env.example", ".env.test"] {
            check(
                &RULE,
                path,
                "JWT_SECRET=Zk3vQ9pLx7wRt2mBn5cYd8sF\nCSRF_SECRET=Zk3vQ9pLx7wRt2mBn5cYd8sF\n",
            );
        }
    }
}
