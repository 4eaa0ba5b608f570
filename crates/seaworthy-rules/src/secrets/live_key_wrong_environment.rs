//! `live-key-wrong-environment`

use seaworthy_analysis::joined::{Definition, DefinitionSource, Standing};
use seaworthy_analysis::names::{
    is_auth_off_switch, is_runtime_mode_name, is_truthy, is_url_name, secret_kind, split_words,
};
use seaworthy_analysis::roles::Environment;
use seaworthy_analysis::values::{ValueClass, VendorToken, is_test_key, parse_url, vendor_token};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "live-key-wrong-environment",
        group: Group::Secrets,
        summary: "a provider's test and live mode do not fit the environment",
        help: include_str!("live_key_wrong_environment.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[489, 668],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for definition in cx.joined().definitions().iter().filter(|d| !d.overridden) {
        let production = definition.role.environment == Environment::Production
            || definition.source == DefinitionSource::Vercel;
        let found = match definition.standing {
            Standing::Production | Standing::Deployable if production => test_mode(definition),
            Standing::Development | Standing::Test => live_key(definition),
            _ => None,
        };
        let Some((severity, message)) = found else { continue };
        let draft = cx.report_in(&definition.artifact, definition.value_region, message);
        draft.severity(severity).evidence(definition.evidence());
        // The name of a mode is to be seen.
        if secret_kind(&definition.name).is_some() {
            draft.sensitive(definition.value_region);
        }
    }
}

/// Prefixes of keys that work in a provider's test mode only.
const TEST_PREFIXES: &[&str] =
    &["sk_test_", "pk_test_", "rk_test_", "rzp_test_", "sandbox-sq0", "test_sk_", "test_pk_"];

/// What of a test mode a production file has.
fn test_mode(definition: &Definition) -> Option<(Severity, String)> {
    let name = &definition.name;
    let value = definition.value.reveal().trim();
    if matches!(definition.class, ValueClass::Empty | ValueClass::Reference) {
        return None;
    }
    // Of a secret, a placeholder has a rule of its own.
    let placeholder = definition.class == ValueClass::Placeholder;
    if is_test_key(value) {
        return Some((
            Severity::High,
            format!(
                "{name} is a key that its provider publishes for tests. In production it lets \
                 everything pass, or nothing; use the key of your own account."
            ),
        ));
    }
    if !placeholder && TEST_PREFIXES.iter().any(|prefix| value.starts_with(prefix)) {
        return Some((
            Severity::High,
            format!(
                "{name} is a test mode key in a production file. Payments and messages go to the \
                 provider's test environment and are lost; use the live key."
            ),
        ));
    }
    let words = split_words(name);
    let last = words.last().map_or("", String::as_str);
    let modes = ["sandbox", "mock", "mocked", "fake", "test"];
    let mode = matches!(last, "mode" | "env" | "environment")
        && !is_runtime_mode_name(name)
        && modes.iter().any(|mode| value.eq_ignore_ascii_case(mode));
    let switch = is_truthy(value)
        && !is_auth_off_switch(name)
        && words.iter().any(|word| matches!(word.as_str(), "sandbox" | "mock"))
        && !words.iter().any(|word| matches!(word.as_str(), "disable" | "disabled" | "no"));
    if mode || switch {
        return Some((
            Severity::High,
            format!(
                "{name} puts a provider into its test mode in a production file. What customers \
                 do there has no effect; set it to live."
            ),
        ));
    }
    let sandbox = is_url_name(name)
        && parse_url(value).is_some_and(|url| {
            let host = url.hosts.first().and_then(|host| value.get(host.clone()));
            host.is_some_and(|host| {
                host.split(['.', '-']).any(|label| label.eq_ignore_ascii_case("sandbox"))
            })
        });
    sandbox.then(|| {
        (
            Severity::Medium,
            format!(
                "{name} leads to a provider's sandbox in a production file. What is sent there \
                 has no effect; use the live address."
            ),
        )
    })
}

/// Live keys that move money.
const LIVE_PREFIXES: &[&str] = &["sk_live_", "rk_live_", "rzp_live_"];

/// What of a live mode a file for development or tests has.
fn live_key(definition: &Definition) -> Option<(Severity, String)> {
    let value = definition.value.reveal().trim();
    let live = LIVE_PREFIXES.iter().any(|prefix| value.starts_with(prefix))
        && vendor_token(value) == Some(VendorToken::Real);
    live.then(|| {
        (
            Severity::High,
            format!(
                "{} is a live key in a file for development or tests. A test run charges real \
                 customers, and every developer has the key; use the test mode key.",
                definition.name
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_test_modes_in_production() {
        check(
            &RULE,
            ".env.production",
            &format!(
                "
STRIPE_SECRET_KEY={0}test_Zk3vQ9pLx7wRt2mB
                  ^^^^^^^^^^^^^^^^^^^^^^^^ [high] is a test mode key
NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY=pk_test_Zk3vQ9pLx7wRt2mB
                                   ^^^^^^^^^^^^^^^^^^^^^^^^ [high] is a test mode key
PAYPAL_MODE=sandbox
            ^^^^^^^ [high] PAYPAL_MODE puts a provider into its test mode
PAYMENT_MODE=mock
             ^^^^ [high] PAYMENT_MODE
USE_SANDBOX=true
            ^^^^ [high] USE_SANDBOX
PAYPAL_API_URL=https://api-m.sandbox.paypal.com
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] leads to a provider's sandbox
TURNSTILE_SECRET_KEY=1x0000000000000000000000000000000AA
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] publishes for tests
",
                "sk_"
            ),
        );
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
    image: api
    environment:
      RAZORPAY_KEY_ID: ${RAZORPAY_KEY_ID:-rzp_test_Zk3vQ9pLx7wRt2}
                                          ^^^^^^^^^^^^^^^^^^^^^^^ [high] is a test mode key
",
        );
    }

    #[test]
    fn flags_live_keys_in_development_and_tests() {
        for path in [".env.development", ".env.test"] {
            check_files(
                &RULE,
                &format!(
                    "
//- {path}
RAZORPAY_KEY={0}live_Zk3vQ9pLx7wRt2
             ^^^^^^^^^^^^^^^^^^^^^^^ [high] is a live key
",
                    "rzp_"
                ),
            );
        }
    }

    #[test]
    fn passes_modes_that_fit_placeholders_and_files_that_do_not_say() {
        check(
            &RULE,
            ".env.production",
            "
STRIPE_SECRET_KEY=${STRIPE_SECRET_KEY}
STRIPE_WEBHOOK_SECRET=sk_test_your_key_here
PAYPAL_MODE=live
NODE_ENV=test
USE_SANDBOX=false
SANDBOX_MODE=
LOG_LEVEL=debug
",
        );
        for path in [".env", ".env.staging", ".env.example", ".env.development"] {
            check(&RULE, path, "PAYPAL_MODE=sandbox\nSTRIPE_KEY=pk_test_Zk3vQ9pLx7wRt2mB\n");
        }
        check(&RULE, ".env.development", "RAZORPAY_KEY=rzp_live_xxxxxxxxxxxxx\n");
    }
}
