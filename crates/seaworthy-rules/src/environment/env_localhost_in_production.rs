//! `env-localhost-in-production`

use seaworthy_analysis::names::{is_app_url_name, is_origin_list_name, public_prefix, split_words};
use seaworthy_analysis::values::HostKind;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::hosts::{Host, hosts, is_database, is_loopback, is_meant_to_be_local};
use super::production::{Place, Setting, settings};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-localhost-in-production",
        group: Group::Environment,
        summary: "production setting points at localhost",
        help: include_str!("env_localhost_in_production.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for setting in settings(cx.snapshot()).iter() {
        if is_meant_to_be_local(&setting.name) || is_origin_list_name(&setting.name) {
            continue;
        }
        let found = hosts(&setting.name, &setting.value);
        // Of databases `database-local-in-production` speaks.
        let counts = |host: &&Host<'_>| {
            (is_loopback(host) && !is_database(&setting.name, host)) || is_private(setting, host)
        };
        let Some(host) = found.iter().find(counts) else {
            continue;
        };
        if matches!(setting.place, Place::Service(_)) && !setting.in_container {
            continue;
        }
        let severity = severity(setting, host);
        setting
            .report(
                cx,
                format!(
                    "{} points at {} in {}{}. {}",
                    setting.subject(),
                    host.text,
                    setting.environment(),
                    setting.condition(),
                    consequence(setting, host),
                ),
            )
            .severity(severity);
    }
}

fn consequence(setting: &Setting, host: &Host<'_>) -> String {
    if public_prefix(&setting.name).is_some() {
        "It is built into browser code, so every visitor's browser calls its own machine. Set the \
         public address."
            .to_owned()
    } else if is_private(setting, host) {
        "Nobody outside that network reaches it, so links, redirects and callbacks break. Set the \
         public address."
            .to_owned()
    } else if matches!(setting.place, Place::Vercel | Place::Route { .. }) {
        "On Vercel that is the function's own machine, where nothing else runs. Name the host that \
         is meant."
            .to_owned()
    } else if setting.in_container {
        "In a container that is the container itself. Name the service or the host that is meant."
            .to_owned()
    } else if is_app_url_name(&setting.name) {
        "Links, redirects and callbacks lead users to their own machine. Set the public address."
            .to_owned()
    } else {
        "That holds only if the service runs on the very same machine. Name the host that is meant."
            .to_owned()
    }
}

/// A private address as the public address of the application.
fn is_private(setting: &Setting, host: &Host<'_>) -> bool {
    let numeric = host.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    host.kind == HostKind::Private
        && numeric
        && !setting.staging
        && (public_prefix(&setting.name).is_some() || is_public_address_name(&setting.name))
        && hosts(&setting.name, &setting.value).len() == 1
}

/// `APP_URL`, `FRONTEND_URL`, `NEXTAUTH_URL`: what users see. An API or a
/// backend may well have a private address.
fn is_public_address_name(name: &str) -> bool {
    is_app_url_name(name)
        && !split_words(name).iter().any(|word| {
            matches!(word.as_str(), "api" | "backend" | "server" | "host" | "admin" | "auth")
        })
}

fn severity(setting: &Setting, host: &Host<'_>) -> Severity {
    let words = split_words(&setting.name);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    let scheme = host.scheme.as_deref().unwrap_or("");
    let side_service = has(&[
        "redis",
        "memcached",
        "cache",
        "smtp",
        "mail",
        "otel",
        "otlp",
        "statsd",
        "agent",
        "jaeger",
        "dd",
        "chrome",
        "browserless",
    ]) || scheme.starts_with("redis");
    let severity = if is_private(setting, host) {
        Severity::Medium
    } else if setting.in_container || public_prefix(&setting.name).is_some() {
        Severity::High
    } else if side_service {
        // One machine that runs all is a usual, if modest, production.
        Severity::Low
    } else {
        Severity::High
    };
    if setting.staging || setting.is_default { severity.min(Severity::Medium) } else { severity }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_localhost_in_a_production_env_file() {
        check(
            &RULE,
            "apps/web/.env.production",
            "
NEXT_PUBLIC_API_URL=http://localhost:4000/api
                    ^^^^^^^^^^^^^^^^^^^^^^^^^ [high] every visitor's browser
APP_URL=\"http://127.0.0.1:3000\"
         ^^^^^^^^^^^^^^^^^^^^^ [high] APP_URL points at 127.0.0.1 in production
BILLING_URL=http://localhost:4100
            ^^^^^^^^^^^^^^^^^^^^^ [high] the very same machine
DATABASE_URL=postgresql://app:pw@localhost:5432/app
REDIS_HOST=127.0.0.1
           ^^^^^^^^^ [low] REDIS_HOST
SITE_URL=http://192.168.1.20:3000
         ^^^^^^^^^^^^^^^^^^^^^^^^ [medium] Nobody outside that network
",
        );
        check(
            &RULE,
            ".env.staging",
            "
APP_URL=http://localhost:3000
        ^^^^^^^^^^^^^^^^^^^^^ [medium] in staging
",
        );
    }

    #[test]
    fn flags_localhost_and_its_default_in_a_production_stack() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    build:
      context: .
      args:
        VITE_API_URL: ${VITE_API_URL:-http://localhost:4000}
                                      ^^^^^^^^^^^^^^^^^^^^^ [medium] Build argument VITE_API_URL of service api
    environment:
      BILLING_URL: http://localhost:4100
                   ^^^^^^^^^^^^^^^^^^^^^ [high] the container itself
      DATABASE_URL: postgres://app:${DB_PASSWORD}@localhost:5432/app
      REDIS_URL: redis://redis:6379
      API_URL: ${API_URL}
    healthcheck:
      test: [\"CMD\", \"curl\", \"-f\", \"http://localhost:5000/api/health\"]
  worker:
    image: shop/api:1.2.3
    network_mode: host
    environment:
      - REDIS_URL=redis://localhost:6379
",
        );
    }

    #[test]
    fn flags_where_vercel_sends_requests() {
        check(
            &RULE,
            "vercel.json",
            "
{ \"rewrites\": [
  { \"source\": \"/api/(.*)\", \"destination\": \"http://localhost:8000/$1\" },
                                           ^^^^^^^^^^^^^^^^^^^^^^^^ [high] The rewrite of /api/(.*) points at localhost
  { \"source\": \"/(.*)\", \"destination\": \"/index.html\" }
] }
",
        );
    }

    #[test]
    fn a_default_does_not_count_where_production_sets_the_variable() {
        check_files(
            &RULE,
            "
//- compose.prod.yaml
services:
  api:
    image: shop/api:1.2.3
    environment:
      - API_URL=${API_URL:-http://localhost:4000}
//- .env.production
API_URL=https://api.shop.io
",
        );
    }

    #[test]
    fn passes_development_templates_and_what_is_local_by_nature() {
        for path in [
            ".env",
            ".env.local",
            ".env.development",
            ".env.production.example",
            ".env.production.local",
        ] {
            check(&RULE, path, "APP_URL=http://localhost:3000\n");
        }
        check(
            &RULE,
            ".env.production",
            "
HOST=0.0.0.0
HOSTNAME=localhost
LISTEN_ADDR=127.0.0.1:3000
NO_PROXY=localhost,127.0.0.1
ALLOWED_HOSTS=localhost,shop.io
HEALTHCHECK_URL=http://localhost:3000/health
# APP_URL=http://localhost:3000
APP_URL=https://shop.io
OLLAMA_URL=http://host.docker.internal:11434
",
        );
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  web:
    build: .
    environment:
      APP_URL: http://localhost:3000
",
        );
    }
}
