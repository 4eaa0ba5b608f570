//! `security-feature-disabled`

use std::collections::BTreeSet;

use seaworthy_analysis::names::{
    is_auth_off_switch, is_falsy, is_security_switch, is_truthy, split_words,
};
use seaworthy_analysis::values::HostKind;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use super::hosts::hosts;
use super::production::{Settings, settings};
use crate::tls_and_database::{REJECT_UNAUTHORIZED, is_database_check};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "security-feature-disabled",
        group: Group::Environment,
        summary: "security feature switched off in production",
        help: include_str!("security_feature_disabled.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1188, 693],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let settings = settings(cx.snapshot());
    let internal = internal_stores(&settings);
    for setting in settings.iter() {
        let value = setting.value.trim();
        let off = (is_security_switch(&setting.name) && is_falsy(value))
            || (is_off_switch(&setting.name) && is_truthy(value));
        // `node-tls-reject-disabled` and `database-ssl-no-verify` speak of these.
        if !off || setting.name == REJECT_UNAUTHORIZED || is_database_check(&setting.name) {
            continue;
        }
        if let Some(store) = store_of(&setting.name)
            && internal.contains(&(setting.artifact.clone(), store))
        {
            // Within one stack's network TLS is rarely worth its keys.
            continue;
        }
        let severity =
            if setting.staging || setting.is_default { Severity::Medium } else { Severity::High };
        let message = format!(
            "{} switches a protection off in {}{}. {} Switch it on.",
            setting.subject(),
            setting.environment(),
            setting.condition(),
            consequence(&setting.name),
        );
        setting.report(cx, message).severity(severity);
    }
}

/// `DISABLE_HELMET`, `HELMET_DISABLED`: what would be a security switch if it
/// said "enabled". Those of authentication are judged by `auth-disabled-flag`.
fn is_off_switch(name: &str) -> bool {
    const OFF: &[&str] = &["disable", "disabled", "skip", "bypass", "no", "without", "ignore"];
    let words = split_words(name);
    let off = |word: &String| OFF.contains(&word.as_str());
    if is_auth_off_switch(name) || !words.iter().any(off) {
        return false;
    }
    let mut positive: Vec<String> = words.into_iter().filter(|word| !off(word)).collect();
    positive.push("enabled".to_owned());
    is_security_switch(&positive.join("_"))
}

fn consequence(name: &str) -> &'static str {
    let words = split_words(name);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    if has(&["unauthorized", "verify"]) {
        "Certificates are no longer checked, so anybody on the way can pose as the other side."
    } else if has(&["limit", "limiting", "limiter", "ratelimit", "throttle", "brute", "captcha"]) {
        "Passwords and codes can be guessed without end."
    } else if has(&["cookie", "cookies"]) {
        "Session cookies can be read by scripts or on the network."
    } else if has(&["csrf", "xsrf"]) {
        "Other sites can act in the name of signed-in users."
    } else if has(&["https", "tls", "ssl", "hsts"]) {
        "Traffic can be read and changed on the way."
    } else if has(&["helmet", "csp", "headers"]) {
        "Browsers get none of the headers that stop injected scripts and framing."
    } else if has(&["auth", "authentication", "mfa"]) {
        "Whoever reaches the application is let in."
    } else {
        "Nothing takes its place."
    }
}

/// The data store that a switch of transport is about.
fn store_of(name: &str) -> Option<&'static str> {
    let words = split_words(name);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    if !has(&["tls", "ssl"]) {
        return None;
    }
    if has(&["redis"]) {
        Some("redis")
    } else if has(&["mongo", "mongodb"]) {
        Some("mongo")
    } else if has(&["db", "database", "postgres", "postgresql", "pg", "mysql", "mariadb"]) {
        Some("sql")
    } else {
        None
    }
}

/// The data stores that stand in the same network or machine, by file.
fn internal_stores(settings: &Settings) -> BTreeSet<(ArtifactPath, &'static str)> {
    let mut stores = BTreeSet::new();
    for setting in settings.iter() {
        let store = store_of(&format!("{}_SSL", setting.name));
        let internal = hosts(&setting.name, &setting.value).iter().any(|host| {
            matches!(host.kind, HostKind::ServiceName | HostKind::Local | HostKind::Private)
        });
        if let Some(store) = store.filter(|_| internal) {
            stores.insert((setting.artifact.clone(), store));
        }
    }
    stores
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_protections_that_are_off() {
        check(
            &RULE,
            ".env.production",
            "
ENABLE_RATE_LIMITING=false
                     ^^^^^ [high] ENABLE_RATE_LIMITING switches a protection off in production
HELMET_ENABLED=0
               ^ HELMET_ENABLED
COOKIE_SECURE=off
              ^^^ Session cookies
SMTP_REJECT_UNAUTHORIZED=false
                         ^^^^^ Certificates are no longer checked
NODE_TLS_REJECT_UNAUTHORIZED=0
DB_SSL_REJECT_UNAUTHORIZED=false
DISABLE_HELMET=true
               ^^^^ DISABLE_HELMET
REDIS_URL=redis://cache.shop.io:6379
REDIS_TLS=false
          ^^^^^ REDIS_TLS
",
        );
        check(
            &RULE,
            ".env.staging",
            "\nFORCE_HTTPS=false\n            ^^^^^ [medium] in staging\n",
        );
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      - CSRF_ENABLED=${CSRF_ENABLED:-false}
                                     ^^^^^ [medium] CSRF_ENABLED of service api
",
        );
    }

    #[test]
    fn passes_what_is_on_or_no_protection() {
        check(
            &RULE,
            ".env.production",
            "
ENABLE_RATE_LIMITING=true
COOKIE_SECURE=true
DISABLE_REDIS=true
DISABLE_HELMET=false
FORCE_HTTPS=
SMTP_SECURE=false
DISABLE_AUTH=true
REDIS_HOST=redis
REDIS_TLS=false
",
        );
        for path in [".env", ".env.development", ".env.production.example"] {
            check(&RULE, path, "COOKIE_SECURE=false\n");
        }
    }
}
