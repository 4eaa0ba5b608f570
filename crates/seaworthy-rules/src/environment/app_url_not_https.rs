//! `app-url-not-https`

use seaworthy_analysis::names::{
    is_app_url_name, is_origin_list_name, public_prefix, secret_kind, split_words,
};
use seaworthy_analysis::values::HostKind;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::hosts::hosts;
use super::production::settings;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "app-url-not-https",
        group: Group::Environment,
        summary: "public address without TLS in production",
        help: include_str!("app_url_not_https.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[319],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for setting in settings(cx.snapshot()).iter() {
        if !is_public_url_name(&setting.name) {
            continue;
        }
        let found = hosts(&setting.name, &setting.value);
        let Some(host) = found.iter().find(|host| {
            matches!(host.scheme.as_deref(), Some("http" | "ws"))
                && matches!(host.kind, HostKind::Public | HostKind::Placeholder)
                && host.text.contains('.')
        }) else {
            continue;
        };
        let plain = host.scheme.as_deref().unwrap_or("http");
        let (article, secure) = if plain == "ws" { ("a", "wss") } else { ("an", "https") };
        let severity =
            if setting.staging || setting.is_default { Severity::Medium } else { Severity::High };
        let message = format!(
            "{} is {article} {plain}:// address in {}{}. Passwords, cookies and tokens that go there can be \
             read and changed on the way; use {secure}://.",
            setting.subject(),
            setting.environment(),
            setting.condition(),
        );
        let text = cx.snapshot().artifact(setting.artifact.as_str());
        let written = text
            .and_then(|artifact| cx.snapshot().text(artifact))
            .and_then(|text| text.get(setting.value_region.range()))
            .unwrap_or("");
        // Only a value that begins with the scheme, and names it once.
        let fixable = written.get(..plain.len()).is_some_and(|s| s.eq_ignore_ascii_case(plain))
            && written.matches("://").count() == 1;
        let draft = setting.report(cx, message);
        draft.severity(severity);
        if fixable {
            let start = setting.value_region.start;
            draft.fix(Edit::risky(format!("Use {secure}://")).replace(
                &setting.artifact,
                Region::new(start, start + plain.len()),
                secure,
            ));
        }
    }
}

/// The application's own addresses, and what browsers and other parties call.
fn is_public_url_name(name: &str) -> bool {
    if is_origin_list_name(name) || secret_kind(name).is_some() {
        return false;
    }
    let words = split_words(name);
    let last = words.last().map_or("", String::as_str);
    let webhook = words.iter().any(|word| word == "webhook")
        && matches!(last, "url" | "uri" | "endpoint" | "webhook");
    let exposed = public_prefix(name).is_some()
        && matches!(last, "url" | "uri" | "endpoint" | "origin" | "api" | "ws" | "socket");
    is_app_url_name(name) || webhook || exposed
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_public_addresses_without_tls() {
        check(
            &RULE,
            ".env.production",
            "
APP_URL=http://shop.io
        ^^^^^^^^^^^^^^ [high] APP_URL is an http:// address in production
NEXT_PUBLIC_WS_URL=ws://live.shop.io
                   ^^^^^^^^^^^^^^^^^ [high] use wss://
PAYMENT_WEBHOOK_URL=http://shop.io/hooks
                    ^^^^^^^^^^^^^^^^^^^^ PAYMENT_WEBHOOK_URL
NEXTAUTH_URL='http://shop.example.com'
              ^^^^^^^^^^^^^^^^^^^^^^^ NEXTAUTH_URL
",
        );
        check_files(
            &RULE,
            "
//- compose.prod.yml
services:
  web:
    image: shop/web:1.2.3
    environment:
      - APP_URL=${APP_URL:-http://shop.io}
                           ^^^^^^^^^^^^^^ [medium] APP_URL of service web
//- vercel.json
{ \"env\": { \"SITE_URL\": \"http://shop.io\" } }
                        ^^^^^^^^^^^^^^ [high] SITE_URL
",
        );
    }

    #[test]
    fn passes_tls_internal_and_local_addresses() {
        check(
            &RULE,
            ".env.production",
            "
APP_URL=https://shop.io
API_URL=http://backend:3001
BACKEND_URL=http://10.0.3.4:3001
INTERNAL_API_URL=http://api.shop.io
SITE_URL=http://localhost:3000
XML_NAMESPACE=http://www.w3.org/2000/svg
OLLAMA_URL=http://gpu.shop.io
CORS_ORIGIN=http://shop.io
",
        );
        check(&RULE, ".env", "APP_URL=http://shop.io\n");
        check(&RULE, ".env.production.example", "APP_URL=http://shop.io\n");
    }

    #[test]
    fn the_fix_changes_the_scheme() {
        check_fix(
            &RULE,
            ".env.production",
            "APP_URL=\"http://shop.io/\"\nAPI_URL=http://api.shop.io\n",
            "APP_URL=\"https://shop.io/\"\nAPI_URL=https://api.shop.io\n",
        );
    }
}
