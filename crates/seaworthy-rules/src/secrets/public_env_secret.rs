//! `public-env-secret`

use seaworthy_analysis::joined::{Definition, DefinitionSource, Standing};
use seaworthy_analysis::names::{
    SecretKind, is_auth_off_switch, is_public_by_design, public_prefix, split_words,
};
use seaworthy_analysis::values::{
    HostKind, ValueClass, ValueContext, VendorToken, classify_url_password, is_service_role_jwt,
    vendor_token,
};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

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
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for definition in cx.joined().definitions() {
        let Some(framework) = public_prefix(&definition.name) else { continue };
        if definition.standing == Standing::Aside || is_auth_off_switch(&definition.name) {
            continue;
        }
        let Some((severity, what)) = exposed(definition) else { continue };
        let subject = match &definition.source {
            DefinitionSource::ComposeBuild { .. } => "The build argument ",
            _ => "",
        };
        cx.report_in(
            &definition.artifact,
            definition.key_region,
            format!(
                "{subject}{} is sent to every browser{what}. {} puts variables with this prefix \
                 into client code. Read the secret on the server under a name without the prefix.",
                definition.name, framework.name,
            ),
        )
        .severity(severity)
        .sensitive(definition.value_region)
        .evidence(definition.evidence());
    }
}

/// How bad the exposure is, and what it is if the name does not say.
fn exposed(definition: &Definition) -> Option<(Severity, &'static str)> {
    let by_design = is_public_by_design(&definition.name);
    if definition.kind.is_some() && !by_design && !is_for_browsers(definition) {
        // A template's empty or placeholder line still tells people to put the
        // secret there.
        let severity = match definition.class {
            ValueClass::Inert | ValueClass::TestKey => return None,
            ValueClass::Real | ValueClass::Weak(_) => Severity::Critical,
            ValueClass::Reference if definition.may_be_production() => Severity::High,
            ValueClass::Reference | ValueClass::Empty | ValueClass::Placeholder => Severity::Medium,
        };
        if severity != Severity::Critical && !is_surely_secret(definition) {
            return None;
        }
        return Some((severity, ""));
    }
    let value = definition.value.reveal().trim();
    if definition.class == ValueClass::Real && value.starts_with("-----BEGIN") {
        let public = value.starts_with("-----BEGIN PUBLIC") || value.contains("CERTIFICATE");
        return (!public).then_some((Severity::Critical, " and holds a private key"));
    }
    if definition.class == ValueClass::Real && is_service_role_jwt(value) {
        return Some((Severity::Critical, " and holds a service role token"));
    }
    if vendor_token(value) == Some(VendorToken::Real)
        && !MEANT_FOR_BROWSERS.iter().any(|prefix| value.starts_with(prefix))
    {
        return Some((Severity::Critical, " and holds a provider's secret key"));
    }
    let context = ValueContext { key: &definition.name, user: None, project: &[] };
    let found = classify_url_password(value, &context)?;
    let opens = found.class.is_secret()
        && !matches!(found.host, HostKind::Local | HostKind::Placeholder)
        && definition.standing != Standing::Template;
    opens.then_some((Severity::Critical, " and holds a password"))
}

/// Whether the value is a key that its provider gives out for browsers.
fn is_for_browsers(definition: &Definition) -> bool {
    let value = definition.value.reveal().trim();
    definition.kind == Some(SecretKind::ApiKey)
        && ["AIza", "phc_", "pk_"].iter().any(|prefix| value.starts_with(prefix))
}

/// Whether the name alone tells that the value must not be public. Of a bare API
/// key or token one cannot know before there is a value.
fn is_surely_secret(definition: &Definition) -> bool {
    const WORDS: &[&str] = &["secret", "private", "password", "service", "admin", "server"];
    const SERVER_ONLY: &[&str] = &[
        "openai",
        "anthropic",
        "claude",
        "groq",
        "mistral",
        "cohere",
        "huggingface",
        "replicate",
        "sendgrid",
        "resend",
        "twilio",
        "mailgun",
        "postmark",
        "github",
        "gitlab",
        "aws",
        "notion",
        "airtable",
        "telegram",
        "slack",
    ];
    !matches!(definition.kind, Some(SecretKind::ApiKey | SecretKind::Token))
        || split_words(&definition.name)
            .iter()
            .any(|word| WORDS.contains(&word.as_str()) || SERVER_ONLY.contains(&word.as_str()))
}

/// Prefixes of keys that providers give out for browsers, or use for both.
const MEANT_FOR_BROWSERS: &[&str] = &["AIza", "phc_", "0x4AAAAAAA", "EAAC", "pat", "key-", "re_"];

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
VITE_OPENAI_API_KEY=
^^^^^^^^^^^^^^^^^^^ [medium] Vite
VITE_API_KEY=q8Zt4nV0xW7rLk2mPb5sYd9e
^^^^^^^^^^^^ [critical] Vite
REACT_APP_ADMIN_PASSWORD=${ADMIN_PASSWORD}
^^^^^^^^^^^^^^^^^^^^^^^^ [high] Create React App
",
        );
    }

    #[test]
    fn flags_a_secret_value_behind_a_harmless_name() {
        check(
            &RULE,
            ".env",
            &format!(
                "
NEXT_PUBLIC_PAYMENTS={0}live_Zk3vQ9pLx7wRt2
^^^^^^^^^^^^^^^^^^^^ [critical] holds a provider's secret key
VITE_DATABASE=postgres://app:vR7kQ2mX9wL4zTb8@db.harbour-lights.io/app
^^^^^^^^^^^^^ [critical] holds a password
NEXT_PUBLIC_SUPABASE_ANON_KEY={1}.{2}.vR7kQ2mX9wL4zTb8nYc3Jd82nFq0ZxLw7VtB5mYc1Rs
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] holds a service role token
",
                "rzp_",
                "eyJhbGciOiJIUzI1NiJ9",
                "eyJyb2xlIjoic2VydmljZV9yb2xlIiwicmVmIjoicXVva2thIn0"
            ),
        );
    }

    #[test]
    fn flags_build_arguments_and_environments() {
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  web:
    build:
      context: .
      args:
        NEXT_PUBLIC_API_SECRET: ${API_SECRET}
        ^^^^^^^^^^^^^^^^^^^^^^ [high] The build argument NEXT_PUBLIC_API_SECRET
    environment:
      - VITE_ADMIN_TOKEN=q8Zt4nV0xW7rLk2mPb5sYd9e
        ^^^^^^^^^^^^^^^^ [critical] VITE_ADMIN_TOKEN is sent to every browser
      - VITE_API_URL=${API_URL}
",
        );
        check(
            &RULE,
            "vercel.json",
            r#"
{ "build": { "env": { "NEXT_PUBLIC_API_SECRET": "@api-secret" } } }
                       ^^^^^^^^^^^^^^^^^^^^^^ [high] NEXT_PUBLIC_API_SECRET
"#,
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
NEXT_PUBLIC_POSTHOG_KEY=phc_Zk3vQ9pLx7wRt2mBn5cYd8sFgHj4KqXeUo1TiAz6
REACT_APP_PASSWORD_RESET_ENABLED=true
NEXT_PUBLIC_SENTRY_DSN=https://9f3a1c7e5b2d4e8fa6c01d7b3e9f5a2c@o41.ingest.sentry.io/7
NEXT_PUBLIC_STAGING_BYPASS_AUTH=true
NEXT_PUBLIC_API_URL=https://api.harbour-lights.io
VITE_API_KEY=your-api-key
VITE_ACCESS_TOKEN=
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
",
        );
    }
}
