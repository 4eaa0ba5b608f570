//! `public-env-secret`

use seaworthy_analysis::names::{is_public_by_design, public_prefix, secret_kind};
use seaworthy_analysis::values::{ValueClass, ValueContext, classify};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};
use seaworthy_syntax::env::EnvFile;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "public-env-secret",
        group: Group::Secrets,
        summary: "secret in a variable that is sent to the browser",
        help: include_str!("public_env_secret.md"),
        severity: Severity::Critical,
        precision: Precision::High,
        cwe: &[200, 540],
        ..Rule::DEFAULT
    },
    check: Check::Env(check),
};

fn check(env: &EnvFile, cx: &mut Context<'_>) {
    for entry in env.entries() {
        let Some(framework) = public_prefix(&entry.key) else { continue };
        if is_public_by_design(&entry.key) || secret_kind(&entry.key).is_none() {
            continue;
        }
        let class =
            classify(&entry.value, &ValueContext { key: &entry.key, user: None, project: &[] });
        // A template's empty or placeholder line still tells people to put the
        // secret there.
        let severity = match class {
            ValueClass::Inert | ValueClass::Reference | ValueClass::TestKey => continue,
            ValueClass::Real | ValueClass::Weak(_) => Severity::Critical,
            ValueClass::Empty | ValueClass::Placeholder => Severity::Medium,
        };
        cx.report(
            entry.key_region,
            format!(
                "{} is sent to every browser: {} puts variables with this prefix into client \
                 code. Read the secret on the server under a name without the prefix.",
                entry.key, framework.name,
            ),
        )
        .severity(severity)
        .sensitive(entry.value_region)
        .evidence(&*entry.key);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_a_secret_behind_a_public_prefix() {
        check(
            &RULE,
            "web/.env.production",
            "
NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
^^^^^^^^^^^^^^^^^^^^^^ [critical] NEXT_PUBLIC_JWT_SECRET is sent to every browser
VITE_SUPABASE_SERVICE_ROLE_KEY=
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] is sent to every browser
",
        );
    }

    #[test]
    fn passes_what_is_public_by_design() {
        check(
            &RULE,
            ".env",
            "
NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY=pk_test_your_key
NEXT_PUBLIC_SUPABASE_ANON_KEY=your-anon-key
VITE_GOOGLE_MAPS_API_KEY=your-key
REACT_APP_PASSWORD_RESET_ENABLED=true
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
",
        );
    }
}
