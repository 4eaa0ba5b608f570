//! `placeholder-domain-in-production`

use std::collections::BTreeSet;

use seaworthy_analysis::names::{is_origin_list_name, split_words};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::hosts::{hosts, is_placeholder_domain, items};
use super::placeholder_servers;
use super::production::settings;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "placeholder-domain-in-production",
        group: Group::Environment,
        summary: "placeholder domain in production configuration",
        help: include_str!("placeholder_domain_in_production.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for setting in settings(cx.snapshot()).iter() {
        if is_origin_list_name(&setting.name) {
            continue;
        }
        let Some(domain) = placeholder(&setting.name, &setting.value) else { continue };
        let message = format!(
            "{} still holds the placeholder {domain} in {}{}. What is sent there goes astray, or to \
             whoever owns the domain; set the real one.",
            setting.subject(),
            setting.environment(),
            setting.condition(),
        );
        setting.report(cx, message);
    }
    check_labels(cx);
    placeholder_servers::check(cx);
}

/// The first placeholder domain of a value.
fn placeholder(name: &str, value: &str) -> Option<String> {
    let found = hosts(name, value);
    if let Some(host) = found.iter().find(|host| is_placeholder_domain(host)) {
        return Some(host.text.to_owned());
    }
    let words = split_words(name);
    let is_address = words.iter().any(|word| {
        matches!(word.as_str(), "email" | "mail" | "from" | "sender" | "contact" | "address")
    });
    if !is_address || value.contains("://") {
        return None;
    }
    items(value).find_map(|item| {
        let item = item.trim_matches(|c: char| matches!(c, '<' | '>'));
        domain_of(item.rsplit_once('@')?.1)
    })
}

/// The text if it is a placeholder domain.
pub(super) fn domain_of(text: &str) -> Option<String> {
    let host = hosts("HOST", text).into_iter().next()?;
    let whole = host.text.len() == text.len();
    (whole && is_placeholder_domain(&host)).then(|| text.to_owned())
}

/// Routers of a proxy that are set up by labels: ``Host(`example.com`)``.
fn check_labels(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let mut seen = BTreeSet::new();
    for stack in snapshot.joined().stacks().iter().filter(|stack| stack.is_production()) {
        for service in &stack.project().services {
            for label in &service.labels {
                let Some(text) = &label.value else { continue };
                let Ok(rule) = text.expand_partly(&|_| None) else { continue };
                let Some(domain) = routed(&rule) else { continue };
                let origin = text.origin();
                if !seen.insert((origin.artifact.clone(), origin.region)) {
                    continue;
                }
                let (key, service) = (label.key.raw(), service.name.raw());
                cx.report_in(
                    &origin.artifact,
                    origin.region,
                    format!(
                        "The label {key} of service {service} still routes the placeholder \
                         {domain}. The real domain reaches nothing; set it."
                    ),
                )
                .evidence(format!("{service}:{key}"));
            }
        }
    }
}

fn routed(rule: &str) -> Option<String> {
    rule.split("Host(").skip(1).find_map(|rest| {
        let inner = rest.split(')').next().unwrap_or("");
        inner.split(',').find_map(|part| {
            domain_of(part.trim().trim_matches(|c: char| matches!(c, '`' | '"' | '\'')))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_placeholder_domains() {
        check(
            &RULE,
            ".env.production",
            "
APP_URL=https://yourdomain.com
        ^^^^^^^^^^^^^^^^^^^^^^ [medium] APP_URL still holds the placeholder yourdomain.com in production
COOKIE_DOMAIN=.your-domain.com
              ^^^^^^^^^^^^^^^^ COOKIE_DOMAIN
MAIL_FROM=\"Shop <noreply@example.com>\"
           ^^^^^^^^^^^^^^^^^^^^^^^^^^ placeholder example.com
SENTRY_URL=https://abc.shop.io
",
        );
        check_files(
            &RULE,
            "
//- compose.prod.yml
services:
  web:
    image: shop/web:1.2.3
    labels:
      - traefik.http.routers.web.rule=Host(`app.example.com`)
                                      ^^^^^^^^^^^^^^^^^^^^^^^ of service web still routes
      - traefik.enable=true
    environment:
      DOMAIN: ${DOMAIN:-example.com}
                        ^^^^^^^^^^^ unless somebody sets it
",
        );
    }

    #[test]
    fn passes_real_domains_templates_and_comments() {
        check(
            &RULE,
            ".env.production",
            "
# write to admin@example.com
APP_URL=https://shop.io
EXAMPLE_TEXT=example.com
DB_HOST=db
API_URL=https://${API_HOST}/v1
ALLOWED_ORIGINS=https://example.com
",
        );
        check(&RULE, ".env", "APP_URL=https://example.com\n");
        check(&RULE, ".env.production.example", "APP_URL=https://example.com\n");
    }

    #[test]
    fn flags_names_and_certificates_of_servers() {
        check(
            &RULE,
            "nginx/nginx.conf",
            "
server {
  listen 80;
  server_name yourdomain.com www.yourdomain.com;
              ^^^^^^^^^^^^^^ [medium] `server_name` still holds
}
server {
  listen 443 ssl;
  server_name _;
  ssl_certificate /etc/letsencrypt/live/your-domain.com/fullchain.pem;
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] `ssl_certificate`
  root /x;
}
",
        );
        check(
            &RULE,
            "Caddyfile",
            "\nyourdomain.com, www.shop.io {\n^^^^^^^^^^^^^^ [medium] still has the placeholder\n\tfile_server\n}\n",
        );
    }

    #[test]
    fn passes_real_names_templates_and_examples() {
        for (path, name) in [
            ("nginx/nginx.conf", "shop.io"),
            ("nginx/nginx.conf", "localhost"),
            ("nginx/nginx.conf", "desk.ferry.example"),
            ("nginx/nginx.conf", "_"),
            ("nginx/nginx.conf", "${DOMAIN}"),
            ("nginx/nginx.conf.example", "yourdomain.com"),
            ("docs/nginx.conf", "yourdomain.com"),
            ("nginx/nginx.conf", "shop.io; # yourdomain.com"),
        ] {
            check(
                &RULE,
                path,
                &format!("server {{ listen 80; server_name {name};\n root /x; }}\n"),
            );
        }
    }
}
