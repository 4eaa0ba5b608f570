//! Whether a name stands for a secret, and what the secret is for.

use super::public::is_client_key;
use super::vocabulary::{
    DATABASES, KEY_OWNERS, KEY_VENDORS, OTHER_SENSES, PUBLIC_WORDS, SWITCHES, TRAILING,
};
use super::words::split_words;

/// What a secret is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// Signs access tokens or an auth library's sessions: `JWT_SECRET`,
    /// `ACCESS_TOKEN_SECRET`, `NEXTAUTH_SECRET`, `AUTH_SECRET`.
    JwtAccess,
    /// Signs refresh tokens: `JWT_REFRESH_SECRET`.
    JwtRefresh,
    /// Signs sessions and cookies: `SESSION_SECRET`, Django's `SECRET_KEY`.
    Session,
    /// Signs anti-forgery tokens.
    Csrf,
    /// Encrypts data: `ENCRYPTION_KEY`, Laravel's `APP_KEY`.
    Encryption,
    /// Opens a database, cache or broker.
    DatabasePassword,
    /// Any other password.
    Password,
    /// A provider's secret API key.
    ApiKey,
    /// A bearer, bot, access or deploy token.
    Token,
    /// An OAuth client secret.
    ClientSecret,
    /// Verifies or signs webhooks.
    Webhook,
    /// An asymmetric private key.
    PrivateKey,
    /// A salt or pepper.
    Salt,
    /// A secret whose use the name does not tell.
    Generic,
}

impl SecretKind {
    /// Whether the secret signs or encrypts by itself, so that it must be long
    /// and random.
    #[must_use]
    pub const fn is_key_material(self) -> bool {
        matches!(
            self,
            SecretKind::JwtAccess
                | SecretKind::JwtRefresh
                | SecretKind::Session
                | SecretKind::Csrf
                | SecretKind::Encryption
                | SecretKind::Webhook
        )
    }

    /// Whether a person chose or could have chosen the value.
    #[must_use]
    pub const fn is_password(self) -> bool {
        matches!(self, SecretKind::DatabasePassword | SecretKind::Password)
    }
}

/// Tells what kind of secret a name stands for; `None` when it stands for none.
///
/// Decided by whole words. The last word, apart from numbers and words such as
/// `PROD` or `BASE64`, has to be a noun for a secret; so `JWT_EXPIRES_IN`,
/// `ACCESS_KEY_ID`, `KEY_FILE` and `PASSWORD_HASH` are none. A bare `…_KEY` needs
/// an owner that makes it secret (`API`, `MASTER`, a provider), for most keys are
/// of caches, tables and keyboards. Public keys are no secrets.
#[must_use]
pub fn secret_kind(name: &str) -> Option<SecretKind> {
    let words = split_words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.ends_with(&["secret", "key", "base"]) {
        return Some(SecretKind::Session);
    }
    while let Some(last) = words.last() {
        let is_suffix = TRAILING.contains(last) || last.bytes().all(|byte| byte.is_ascii_digit());
        if words.len() > 1 && is_suffix {
            words.pop();
        } else {
            break;
        }
    }
    let (&noun, before) = words.split_last()?;
    let has = |word: &str| before.contains(&word);
    if before.first().is_some_and(|first| SWITCHES.contains(first)) && noun != "secret" {
        return None;
    }
    // A switch may follow the prefix that exposes it or names the product.
    let asks =
        ["enable", "disable", "use", "allow", "require", "skip", "bypass", "feature", "random"];
    if before.iter().any(|word| asks.contains(word)) {
        return None;
    }
    let is_public = before.iter().any(|word| PUBLIC_WORDS.contains(word))
        && !before.iter().any(|word| matches!(*word, "secret" | "private" | "service"));
    let other_sense = before.last().is_some_and(|word| OTHER_SENSES.contains(word));
    match noun {
        "password" | "passwd" | "pwd" | "passphrase" | "passcode" | "passwort" | "psw" => {
            Some(password(before))
        }
        "pass" | "pw" if !other_sense => Some(password(before)),
        "secret" | "secrets" => secret(before),
        "salt" | "pepper" => Some(SecretKind::Salt),
        "credential" | "credentials" | "creds" => Some(SecretKind::Generic),
        "pat" if !before.is_empty() => Some(SecretKind::Token),
        "jwt" if !before.is_empty() => Some(SecretKind::Token),
        "token" if other_sense || is_exposed_key(before) => None,
        "token" => Some(SecretKind::Token),
        // `REDIS_AUTH` is the word of the server's own command.
        "auth"
            if before.last().is_some_and(|word| matches!(*word, "redis" | "valkey" | "keydb")) =>
        {
            Some(SecretKind::DatabasePassword)
        }
        "key" if is_exposed_key(before) || other_sense || (is_public && !has("api")) => None,
        "key" if is_client_key(before) => None,
        "key" => key(before),
        _ => None,
    }
}

/// `PUBLISHABLE_KEY`, `SITE_KEY`, `ANON_KEY`, `PUBLIC_KEY`: the public word
/// stands right before the noun, however the name begins.
fn is_exposed_key(before: &[&str]) -> bool {
    before.last().is_some_and(|word| PUBLIC_WORDS.contains(word))
}

fn password(before: &[&str]) -> SecretKind {
    if before.iter().any(|word| DATABASES.contains(word)) {
        SecretKind::DatabasePassword
    } else if before.iter().any(|word| matches!(*word, "session" | "cookie")) {
        SecretKind::Session
    } else {
        SecretKind::Password
    }
}

fn secret(before: &[&str]) -> Option<SecretKind> {
    let has = |word: &str| before.contains(&word);
    if has("refresh") {
        Some(SecretKind::JwtRefresh)
    } else if has("webhook") || has("webhooks") || has("signing") || has("hook") {
        Some(SecretKind::Webhook)
    } else if has("client") || has("consumer") {
        Some(SecretKind::ClientSecret)
    } else if has("jwt")
        || has("nextauth")
        || has("authjs")
        || is_auth_library(before)
        || is_token_signer(before)
    {
        Some(SecretKind::JwtAccess)
    } else if has("session") || has("cookie") || has("cookies") {
        Some(SecretKind::Session)
    } else if has("csrf") || has("xsrf") {
        Some(SecretKind::Csrf)
    } else if has("encryption") || has("encrypt") || has("cipher") {
        Some(SecretKind::Encryption)
    } else if matches!(before, ["app"] | ["s"]) {
        Some(SecretKind::Session)
    } else {
        Some(SecretKind::Generic)
    }
}

/// `AUTH_SECRET`, `BETTER_AUTH_SECRET`, `TOKEN_SECRET`.
fn is_auth_library(before: &[&str]) -> bool {
    let mut rest = before.iter();
    before == ["token"]
        || (before.last() == Some(&"auth")
            && rest.all(|word| matches!(*word, "auth" | "better" | "next" | "app" | "payload")))
}

/// `ACCESS_TOKEN_SECRET` without a provider in front: with one it is half of an
/// OAuth 1 credential.
fn is_token_signer(before: &[&str]) -> bool {
    before.strip_suffix(&["access", "token"]).is_some_and(|owner| {
        owner.iter().all(|word| {
            matches!(*word, "app" | "api" | "auth" | "user" | "server" | "admin" | "backend")
        })
    })
}

fn key(before: &[&str]) -> Option<SecretKind> {
    let has = |word: &str| before.contains(&word);
    let &owner = before.last()?;
    if has("private") || (has("ssh") && owner == "ssh") || (owner == "deploy") {
        return Some(SecretKind::PrivateKey);
    }
    if has("refresh") && (has("jwt") || has("token")) {
        return Some(SecretKind::JwtRefresh);
    }
    if has("jwt") && KEY_OWNERS.contains(&owner) {
        return Some(SecretKind::JwtAccess);
    }
    if matches!(before, ["secret"] | ["django", "secret"] | ["flask", "secret"] | ["app", "secret"])
        || (owner == "session" || owner == "cookie")
    {
        return Some(SecretKind::Session);
    }
    if has("encryption") || has("encrypt") || has("decryption") || has("cipher") || has("aes") {
        return Some(SecretKind::Encryption);
    }
    if matches!(owner, "crypto" | "kek" | "dek" | "master" | "field") || before == ["app"] {
        return Some(SecretKind::Encryption);
    }
    if owner == "hash" && before.len() > 1 {
        return None;
    }
    let secret =
        KEY_OWNERS.contains(&owner) || before.iter().any(|word| KEY_VENDORS.contains(word));
    secret.then_some(SecretKind::ApiKey)
}

/// Whether the name is for something that identifies and is shown openly: an
/// id, a hash, a commit, an address, a time zone, a fingerprint.
///
/// Their values look random and are not secret.
#[must_use]
pub fn is_identifier_name(name: &str) -> bool {
    const NOUNS: &[&str] = &[
        "id",
        "ids",
        "uid",
        "uuid",
        "guid",
        "arn",
        "address",
        "addr",
        "contract",
        "sha",
        "commit",
        "revision",
        "rev",
        "digest",
        "checksum",
        "integrity",
        "etag",
        "hash",
        "hashes",
        "fingerprint",
        "thumbprint",
        "image",
        "tag",
        "version",
        "subgraph",
        "tz",
        "timezone",
        "region",
        "zone",
        "bucket",
        "ref",
        "nonce",
        "slug",
        "path",
        "dir",
        "file",
        "filename",
        "filepath",
        "name",
        "hostname",
        "host",
        "domain",
        "locale",
        "container",
        "recipient",
        "endpoint",
        "cid",
        "schema",
        "alphabet",
        "charset",
        "measurement",
        "pixel",
        "project",
        "org",
        "organization",
        "tenant",
        "workspace",
        "zoneid",
    ];
    let words = split_words(name);
    words
        .iter()
        .rev()
        .find(|word| !word.bytes().all(|byte| byte.is_ascii_digit()))
        .is_some_and(|word| NOUNS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{SecretKind::*, *};

    #[test]
    fn kinds_follow_the_noun_and_its_owner() {
        let cases = [
            ("JWT_SECRET", JwtAccess),
            ("ACCESS_TOKEN_SECRET", JwtAccess),
            ("NEXTAUTH_SECRET", JwtAccess),
            ("AUTH_SECRET", JwtAccess),
            ("BETTER_AUTH_SECRET", JwtAccess),
            ("jwtSecretKey", JwtAccess),
            ("JWT_SECRET_PROD", JwtAccess),
            ("JWT_REFRESH_SECRET", JwtRefresh),
            ("REFRESH_TOKEN_SECRET", JwtRefresh),
            ("TWITTER_ACCESS_TOKEN_SECRET", Generic),
            ("SESSION_SECRET", Session),
            ("SECRET_KEY", Session),
            ("SECRET_KEY_BASE", Session),
            ("COOKIE_SECRET", Session),
            ("CSRF_SECRET", Csrf),
            ("ENCRYPTION_KEY", Encryption),
            ("APP_KEY", Encryption),
            ("MASTER_KEY", Encryption),
            ("POSTGRES_PASSWORD", DatabasePassword),
            ("DB_PASS", DatabasePassword),
            ("REDIS_PASSWORD", DatabasePassword),
            ("REDIS_AUTH", DatabasePassword),
            ("ALGOLIA_ADMIN_KEY", ApiKey),
            ("PUSHER_APP_SECRET", Generic),
            ("SMTP_PASS", Password),
            ("adminPassword", Password),
            ("STRIPE_SECRET_KEY", ApiKey),
            ("OPENAI_API_KEY", ApiKey),
            ("RESEND_KEY", ApiKey),
            ("apikey", ApiKey),
            ("SUPABASE_SERVICE_ROLE_KEY", ApiKey),
            ("NEXT_PUBLIC_STRIPE_SECRET_KEY", ApiKey),
            ("AWS_SECRET_ACCESS_KEY", ApiKey),
            ("TELEGRAM_BOT_TOKEN", Token),
            ("GITHUB_PAT", Token),
            ("STRIPE_WEBHOOK_SECRET", Webhook),
            ("GOOGLE_CLIENT_SECRET", ClientSecret),
            ("VAPID_PRIVATE_KEY", PrivateKey),
            ("PASSWORD_SALT", Salt),
            ("CRON_SECRET", Generic),
        ];
        for (name, want) in cases {
            assert_eq!(secret_kind(name), Some(want), "{name}");
        }
    }

    #[test]
    fn secret_worded_names_that_hold_no_secret_are_none() {
        for name in [
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "JWT_EXPIRES_IN",
            "PASSWORD_RESET_ENABLED",
            "AWS_ACCESS_KEY_ID",
            "KEY_VERSION",
            "TLS_KEY_FILE",
            "GOOGLE_CREDENTIALS_PATH",
            "VAPID_PUBLIC_KEY",
            "STRIPE_PUBLISHABLE_KEY",
            "TURNSTILE_SITE_KEY",
            "KMS_KEY_ARN",
            "ADMIN_PASSWORD_HASH",
            "SSH_PASSWORD_AUTHENTICATION",
            "SSH_KEY_USER",
            "DEPLOY_USE_LOCAL_KEYS",
            "NEXT_PUBLIC_E2E_ADMIN_BYPASS",
            "PASSPORT_TTL",
            "CACHE_KEY",
            "MONKEY",
            "KEYBOARD",
            "COMPASS",
            "BYPASS",
            "KEY_PREFIX",
            "MAX_TOKENS",
            "PRIMARY_KEY",
            "MYSQL_RANDOM_ROOT_PASSWORD",
            "MYSQL_ALLOW_EMPTY_PASSWORD",
            "TOKEN_URL",
            "SECRET_NAME",
            "NEXT_PUBLIC_FEATURE_PRIVATE_GROUPS",
            "SUPABASE_ANON_KEY",
            "PORT",
            "",
            "pageToken",
            "INDEXNOW_KEY",
            "MAILER_DSN",
            "PASSWORD_MIN_LENGTH",
            "USE_SECRET",
            "SORT_KEY",
        ] {
            assert_eq!(secret_kind(name), None, "{name}");
        }
    }

    #[test]
    fn identifiers_are_told_by_their_last_word() {
        for name in ["SUBGRAPH_ID", "GIT_COMMIT", "CONTRACT_ADDRESS", "BUILD_SHA_1", "TZ"] {
            assert!(is_identifier_name(name), "{name}");
        }
        for name in ["API_KEY", "IDENTITY_SECRET", "HASHED"] {
            assert!(!is_identifier_name(name), "{name}");
        }
    }
}
