//! Names of settings that rules judge: lifetimes, switches, URLs, origins,
//! accounts.

use super::words::split_words;
use super::{public_prefix, secret_kind};

/// The token whose lifetime a setting gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// An access token, or a JWT of unsaid use.
    Access,
    /// A refresh token.
    Refresh,
}

/// The token whose lifetime this name sets, and the unit if the name has one
/// (`ACCESS_TOKEN_EXPIRE_MINUTES`), in seconds.
///
/// `None` for lifetimes of other things: sessions, caches, links that reset a
/// password, certificates.
#[must_use]
pub fn expiry_of(name: &str) -> Option<(TokenUse, Option<u64>)> {
    let words = split_words(name);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    let lifetime = has(&[
        "expires",
        "expire",
        "expiry",
        "expiration",
        "exp",
        "ttl",
        "lifetime",
        "lifespan",
        "validity",
        "duration",
        "expiresin",
        "expirein",
    ]) || (has(&["max"]) && has(&["age"]));
    let token = has(&["jwt", "access", "refresh", "token"]);
    let other = has(&[
        "reset",
        "verification",
        "verify",
        "email",
        "invite",
        "invitation",
        "magic",
        "confirm",
        "confirmation",
        "otp",
        "csrf",
        "cache",
        "blacklist",
        "revoked",
        "skew",
        "tolerance",
        "leeway",
        "signed",
        "upload",
        "grace",
        "cookie",
        "session",
        "threshold",
        "cleanup",
        "renew",
        "buffer",
        "password",
        "activation",
        "code",
        "id",
        "unsubscribe",
        "download",
    ]);
    if !lifetime || !token || other {
        return None;
    }
    let unit = words.iter().rev().find_map(|word| match word.as_str() {
        "ms" | "millis" | "milliseconds" => Some(0),
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "min" | "mins" | "minute" | "minutes" => Some(60),
        "hour" | "hours" | "hrs" => Some(3_600),
        "day" | "days" => Some(86_400),
        _ => None,
    });
    let token_use = if has(&["refresh"]) { TokenUse::Refresh } else { TokenUse::Access };
    // Milliseconds are written as unit 0: less than a second.
    Some((token_use, unit))
}

/// Whether the value says yes: `true`, `1`, `yes`, `on`, `enabled`.
#[must_use]
pub fn is_truthy(value: &str) -> bool {
    let value = value.trim();
    ["true", "1", "yes", "on", "y", "t", "enabled", "enable"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether the value says no: `false`, `0`, `no`, `off`, `disabled`. An empty
/// value says nothing.
#[must_use]
pub fn is_falsy(value: &str) -> bool {
    let value = value.trim();
    ["false", "0", "no", "off", "n", "f", "disabled", "disable", "none"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

const OFF: &[&str] =
    &["disable", "disabled", "skip", "bypass", "no", "without", "ignore", "omit", "mock", "fake"];

/// Words of a name without a framework's public prefix.
fn own_words(name: &str) -> Vec<String> {
    let skip = public_prefix(name).map_or(0, |framework| framework.prefix.len());
    split_words(&name[skip..])
}

/// Whether a truthy value switches authentication or a like control off:
/// `DISABLE_AUTH`, `SKIP_AUTH`, `AUTH_DISABLED`, `CSRF_DISABLE`,
/// `ALLOW_DEV_SECRETS`, `NEXT_PUBLIC_STAGING_BYPASS_AUTH`.
#[must_use]
pub fn is_auth_off_switch(name: &str) -> bool {
    let words = own_words(name);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    let pair =
        |first: &str, second: &str| words.windows(2).any(|two| two[0] == first && two[1] == second);
    // A number or a text about the switch is not the switch.
    let tail_ok = words.last().is_some_and(|word| {
        ![
            "url", "path", "paths", "routes", "list", "host", "hosts", "message", "secret",
            "token", "key", "user", "users", "role", "roles", "ips", "ip", "domains", "provider",
        ]
        .contains(&word.as_str())
    });
    let control = has(&[
        "auth",
        "authentication",
        "authorization",
        "authorisation",
        "authn",
        "authz",
        "csrf",
        "xsrf",
        "login",
        "mfa",
        "captcha",
        "permissions",
        "rbac",
        "jwt",
        "signature",
    ]) || pair("rate", "limit")
        || pair("rate", "limiting");
    let insecure_modes = pair("dev", "secrets")
        || pair("dev", "auth")
        || pair("insecure", "secrets")
        || pair("default", "secrets")
        || (has(&["insecure"]) && has(&["auth", "login", "jwt"]))
        || pair("anonymous", "admin")
        || pair("anonymous", "login");
    tail_ok
        && ((has(OFF) && control) || (has(&["allow", "use", "enable", "accept"]) && insecure_modes))
        && !has(&["email"])
}

/// Whether the name is a switch of a security feature that must not be off:
/// `ENABLE_RATE_LIMITING`, `HELMET_ENABLED`, `FORCE_HTTPS`, `COOKIE_SECURE`,
/// `CSRF_PROTECTION`, `REDIS_TLS`, Django's `SESSION_COOKIE_SECURE`.
#[must_use]
pub fn is_security_switch(name: &str) -> bool {
    let words = own_words(name);
    let names: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |options: &[&str]| names.iter().any(|word| options.contains(word));
    let pair = |first: &str, second: &str| names.windows(2).any(|two| two == [first, second]);
    if has(OFF) {
        return false;
    }
    let switched = has(&[
        "enable", "enabled", "force", "require", "required", "use", "enforce", "on", "active",
    ]);
    let feature =
        has(&["helmet", "csrf", "xsrf", "hsts", "csp", "captcha", "waf", "ratelimit", "throttle"])
            || pair("rate", "limit")
            || pair("rate", "limiting")
            || pair("rate", "limiter")
            || pair("security", "headers")
            || pair("audit", "log")
            || pair("audit", "logging")
            || pair("brute", "force");
    let transport = has(&["https", "tls", "ssl"]);
    let last = names.last().copied().unwrap_or("");
    (feature && (switched || matches!(last, "helmet" | "csrf" | "hsts" | "csp" | "protection")))
        || (transport && (has(&["force", "require", "enforce"]) || pair("ssl", "redirect")))
        || (has(&["cookie", "cookies"]) && matches!(last, "secure" | "httponly"))
        || pair("secure", "cookie")
        || pair("secure", "cookies")
        || names.ends_with(&["http", "only"]) && has(&["cookie", "cookies", "session"])
        || (has(&["redis", "db", "database", "postgres", "mysql", "mongo", "smtp"])
            && (matches!(last, "tls" | "ssl") || (transport && switched)))
        || names.ends_with(&["reject", "unauthorized"])
        || names.ends_with(&["ssl", "verify"])
        || names.ends_with(&["verify", "ssl"])
        || names == ["pythonhttpsverify"]
        || (pair("basic", "auth") && matches!(last, "enabled" | "active" | "required"))
        || (has(&["auth", "authentication", "mfa"])
            && matches!(last, "enabled" | "required")
            && names.len() == 2)
        || matches!(
            names.as_slice(),
            ["enable" | "require" | "enforce", "auth" | "authentication" | "mfa"]
        )
        || matches!(names.as_slice(), ["xpack", "security", "enabled"])
}

/// Whether a truthy value turns on what belongs to development: `DEBUG`,
/// `APP_DEBUG`, `SHOW_STACK_TRACES`, `ENABLE_PLAYGROUND`, `SWAGGER_ENABLED`.
#[must_use]
pub fn is_debug_switch(name: &str) -> bool {
    let words = own_words(name);
    let names: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |options: &[&str]| names.iter().any(|word| options.contains(word));
    if has(OFF) || has(&["level", "port", "host", "url", "path", "token", "key", "secret", "file"])
    {
        return false;
    }
    let debug = matches!(
        names.as_slice(),
        ["debug"]
            | ["debug", "mode" | "enabled"]
            | [
                "app"
                    | "django"
                    | "flask"
                    | "api"
                    | "server"
                    | "wp"
                    | "enable"
                    | "is"
                    | "node"
                    | "symfony"
                    | "fastapi"
                    | "backend"
                    | "rails",
                "debug"
            ]
            | ["enable", "debug", ..]
            | ["app", "debug", "mode"]
    );
    let traces = has(&["stack", "stacktrace", "stacktraces"])
        && has(&["show", "expose", "include", "print"])
        || has(&["stack"])
            && has(&["trace", "traces"])
            && has(&["show", "expose", "include", "enable"]);
    let pair = |first: &str, second: &str| names.windows(2).any(|two| two == [first, second]);
    let surface = (has(&[
        "playground",
        "introspection",
        "graphiql",
        "swagger",
        "devtools",
        "profiler",
        "pprof",
    ]) || pair("api", "docs")
        || names.ends_with(&["enable", "console"]))
        && (names.len() == 1
            || has(&["enable", "enabled", "graphql", "show", "ui", "use", "expose"]));
    debug || traces || surface
}

/// Whether the value of a debug switch turns it on: truthy, `*`, or a pattern
/// of the `debug` package (`app:*`).
#[must_use]
pub fn is_debug_value(value: &str) -> bool {
    let value = value.trim();
    is_truthy(value) || value == "*" || value.ends_with(":*") || value.ends_with(",*")
}

/// Whether the name sets a log level: `LOG_LEVEL`, `LOGGING_LEVEL`.
#[must_use]
pub fn is_log_level_name(name: &str) -> bool {
    let words = split_words(name);
    let names: Vec<&str> = words.iter().map(String::as_str).collect();
    names.ends_with(&["log", "level"])
        || names.ends_with(&["logging", "level"])
        || names.ends_with(&["logger", "level"])
        || names == ["loglevel"]
        || names == ["rust", "log"]
}

/// Whether the name tells the mode a program runs in: `NODE_ENV`, `APP_ENV`,
/// `RAILS_ENV`, `FLASK_ENV`, `DJANGO_ENV`, `ASPNETCORE_ENVIRONMENT`.
#[must_use]
pub fn is_runtime_mode_name(name: &str) -> bool {
    let words = split_words(name);
    matches!(
        words.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
        [
            "node"
                | "app"
                | "rails"
                | "rack"
                | "flask"
                | "django"
                | "go"
                | "mix"
                | "fastapi"
                | "symfony"
                | "api",
            "env"
        ] | ["environment" | "env"]
            | ["app" | "aspnetcore" | "dotnet", "environment"]
    )
}

/// Whether the name holds a URL: its last word is `URL`, `URI`, `DSN`,
/// `ENDPOINT`, `ORIGIN` or `WEBHOOK`.
#[must_use]
pub fn is_url_name(name: &str) -> bool {
    split_words(name).last().is_some_and(|word| {
        matches!(
            word.as_str(),
            "url" | "uri" | "dsn" | "endpoint" | "origin" | "href" | "webhook" | "urls" | "uris"
        )
    })
}

/// Whether the name is the public address of the application itself:
/// `APP_URL`, `NEXTAUTH_URL`, `FRONTEND_URL`, `NEXT_PUBLIC_API_URL`.
#[must_use]
pub fn is_app_url_name(name: &str) -> bool {
    if secret_kind(name).is_some() {
        return false;
    }
    let words = own_words(name);
    let names: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some((&last, before)) = names.split_last() else { return false };
    if !matches!(last, "url" | "uri" | "origin") {
        return false;
    }
    let exposed = public_prefix(name).is_some();
    let internal = ["internal", "private", "database", "db", "redis", "local", "proxy", "upstream"];
    if before.iter().any(|word| internal.contains(word)) {
        return false;
    }
    exposed
        || before.iter().any(|word| {
            matches!(
                *word,
                "app"
                    | "site"
                    | "frontend"
                    | "client"
                    | "web"
                    | "website"
                    | "nextauth"
                    | "auth"
                    | "public"
                    | "base"
                    | "root"
                    | "webhook"
                    | "callback"
                    | "redirect"
                    | "host"
                    | "dashboard"
                    | "admin"
                    | "portal"
                    | "server"
                    | "backend"
                    | "api"
            )
        })
}

/// Whether the name lists origins that may call the application:
/// `ALLOWED_ORIGINS`, `CORS_ORIGIN`, `CSRF_TRUSTED_ORIGINS`.
#[must_use]
pub fn is_origin_list_name(name: &str) -> bool {
    let words = own_words(name);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    let last = words.last().map_or("", String::as_str);
    matches!(last, "origin" | "origins" | "whitelist" | "allowlist" | "domains" | "urls")
        && (has(&["cors"])
            || (has(&["origin", "origins"])
                && has(&["allowed", "allow", "trusted", "permitted", "whitelisted", "accepted"])))
        || matches!(last, "cors")
        || words.iter().map(String::as_str).eq(["cors", "allow", "origins"])
}

/// Whether the name is for a key that encrypts data with a cipher that demands
/// a certain size.
#[must_use]
pub fn is_encryption_key_name(name: &str) -> bool {
    secret_kind(name) == Some(super::SecretKind::Encryption)
        && split_words(name).iter().any(|word| {
            matches!(
                word.as_str(),
                "encryption" | "encrypt" | "aes" | "cipher" | "decryption" | "crypto"
            )
        })
}

/// Whether the name sets the cost of password hashing: `BCRYPT_ROUNDS`,
/// `SALT_ROUNDS`, `BCRYPT_COST`.
#[must_use]
pub fn is_password_rounds_name(name: &str) -> bool {
    let words = split_words(name);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    has(&["rounds", "cost", "factor"]) && has(&["bcrypt", "salt", "hash", "hashing"])
}

/// The names under which the user of a password may stand, best first:
/// `POSTGRES_PASSWORD` gives `POSTGRES_USER`, `POSTGRES_USERNAME`, ….
///
/// Empty when the name is no password's.
#[must_use]
pub fn user_name_for(password_name: &str) -> Vec<String> {
    let Some(kind) = secret_kind(password_name).filter(|kind| kind.is_password()) else {
        return Vec::new();
    };
    let Some(cut) = ["PASSWORD", "PASSWD", "PASS", "PWD", "PW"].iter().find_map(|noun| {
        let start = password_name.len().checked_sub(noun.len())?;
        let tail = password_name.get(start..)?;
        tail.eq_ignore_ascii_case(noun).then_some(start)
    }) else {
        return Vec::new();
    };
    let (stem, noun) = password_name.split_at(cut);
    let nouns = ["USER", "USERNAME", "USER_NAME", "LOGIN", "EMAIL", "NAME"];
    let account = kind != super::SecretKind::DatabasePassword;
    let lower = noun.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let camel = !lower && noun.as_bytes().get(1).is_some_and(|byte| byte.is_ascii_lowercase());
    nouns
        .iter()
        .filter(|noun| account || !matches!(**noun, "EMAIL" | "NAME"))
        .map(|noun| {
            let lowered = noun.to_ascii_lowercase();
            if lower {
                format!("{stem}{lowered}")
            } else if camel {
                let mut letters = lowered.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                format!("{stem}{}{}", first.unwrap_or_default(), letters.as_str())
            } else {
                format!("{stem}{noun}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_name_their_token_and_unit() {
        let cases = [
            ("JWT_EXPIRES_IN", Some((TokenUse::Access, None))),
            ("ACCESS_TOKEN_EXPIRE_MINUTES", Some((TokenUse::Access, Some(60)))),
            ("JWT_REFRESH_EXPIRES_IN", Some((TokenUse::Refresh, None))),
            ("REFRESH_TOKEN_EXPIRE_DAYS", Some((TokenUse::Refresh, Some(86_400)))),
            ("REFRESH_TOKEN_EXPIRY", Some((TokenUse::Refresh, None))),
            ("PASSWORD_RESET_TOKEN_TTL", None),
            ("SESSION_LIFETIME", None),
            ("CACHE_TTL", None),
            ("JWT_SECRET", None),
        ];
        for (name, want) in cases {
            assert_eq!(expiry_of(name), want, "{name}");
        }
    }

    type Judge = fn(&str) -> bool;

    #[test]
    fn settings_are_told_by_whole_words() {
        let cases: &[(&str, Judge, &[&str], &[&str])] = &[
            (
                "auth off",
                is_auth_off_switch,
                &[
                    "DISABLE_AUTH",
                    "SKIP_AUTH",
                    "AUTH_DISABLED",
                    "CSRF_DISABLE",
                    "ALLOW_DEV_SECRETS",
                    "NEXT_PUBLIC_STAGING_BYPASS_AUTH",
                    "BYPASS_AUTHENTICATION",
                    "DISABLE_RATE_LIMIT",
                    "DANGEROUSLY_OMIT_AUTH",
                    "MOCK_AUTH",
                    "ALLOW_ANONYMOUS_LOGIN",
                ],
                &[
                    "AUTH_ENABLED",
                    "DISABLE_TELEMETRY",
                    "AUTHOR_DISABLED",
                    "SKIP_AUTH_PATHS",
                    "BYPASS_SECRET",
                    "VERCEL_AUTOMATION_BYPASS_SECRET",
                    "NO_COLOR",
                    "MOCK_PAYMENTS",
                    "FAKE_AUTH_USER",
                ],
            ),
            (
                "security switch",
                is_security_switch,
                &[
                    "ENABLE_RATE_LIMITING",
                    "HELMET_ENABLED",
                    "FORCE_HTTPS",
                    "COOKIE_SECURE",
                    "SESSION_COOKIE_SECURE",
                    "REDIS_TLS",
                    "CSRF_PROTECTION",
                    "SECURE_SSL_REDIRECT",
                    "SESSION_SECURE_COOKIE",
                    "SECURE_COOKIES",
                    "PYTHONHTTPSVERIFY",
                    "N8N_BASIC_AUTH_ACTIVE",
                    "AUTH_ENABLED",
                ],
                &[
                    "DISABLE_REDIS",
                    "SMTP_SECURE",
                    "RATE_LIMIT_MAX",
                    "HTTPS_PORT",
                    "DISABLE_CSRF",
                    "COOKIE_DOMAIN",
                ],
            ),
            (
                "debug",
                is_debug_switch,
                &[
                    "DEBUG",
                    "APP_DEBUG",
                    "SHOW_STACK_TRACES",
                    "ENABLE_PLAYGROUND",
                    "SWAGGER_ENABLED",
                    "GRAPHQL_INTROSPECTION",
                    "API_DOCS_ENABLED",
                    "HASURA_GRAPHQL_ENABLE_CONSOLE",
                ],
                &[
                    "API_DOCS_URL",
                    "ENABLE_CONSOLE_LOG",
                    "DEBUG_PORT",
                    "DISABLE_DEBUG",
                    "LOG_LEVEL",
                    "SWAGGER_PATH",
                    "DEBUGGER_URL",
                ],
            ),
            (
                "origins",
                is_origin_list_name,
                &["ALLOWED_ORIGINS", "CORS_ORIGIN", "CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS"],
                &["ORIGIN", "CORS_MAX_AGE", "ORIGINAL_URL", "ALLOWED_HOSTS"],
            ),
            (
                "app url",
                is_app_url_name,
                &["APP_URL", "NEXTAUTH_URL", "FRONTEND_URL", "NEXT_PUBLIC_API_URL", "API_URL"],
                &["DATABASE_URL", "REDIS_URL", "INTERNAL_API_URL", "URL", "APP_NAME"],
            ),
            (
                "rounds",
                is_password_rounds_name,
                &["BCRYPT_ROUNDS", "SALT_ROUNDS", "BCRYPT_COST"],
                &["ROUNDS", "COST_CENTER", "GAME_ROUNDS"],
            ),
        ];
        for (what, judge, yes, no) in cases {
            for name in *yes {
                assert!(judge(name), "{what}: {name}");
            }
            for name in *no {
                assert!(!judge(name), "{what}: {name}");
            }
        }
    }

    #[test]
    fn a_password_knows_where_its_user_may_stand() {
        assert_eq!(user_name_for("POSTGRES_PASSWORD")[..2], ["POSTGRES_USER", "POSTGRES_USERNAME"]);
        assert_eq!(user_name_for("smtp_pass")[0], "smtp_user");
        assert_eq!(user_name_for("dbPassword")[0], "dbUser");
        assert!(user_name_for("JWT_SECRET").is_empty());
    }
}
