//! What a text prints: the secrets that reach a terminal or a log.

mod call;
mod powershell;
mod shell;
mod workflow;

use seaworthy_analysis::names::{
    SecretKind, is_public_by_design, public_prefix, secret_kind, split_words,
};
use seaworthy_model::Region;

pub(super) use self::call::scan as scan_program;
pub(super) use self::powershell::scan as scan_powershell;
pub(super) use self::shell::scan as scan_shell;
pub(super) use self::workflow::scan as scan_workflow;

/// A secret that a text prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Printed {
    /// The name that it goes by.
    pub(super) name: String,
    /// Where the name is written.
    pub(super) region: Region,
    /// How much of it is printed.
    pub(super) part: Part,
}

/// How much of a secret is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The beginning, longer than what tells keys apart.
    Beginning,
}

/// The most findings of one file.
const MOST: usize = 200;

/// How many characters of a secret may be shown to tell it from others.
const TELLING: usize = 8;

/// How much is shown of a secret of which so many characters are printed.
fn part(characters: usize) -> Option<Part> {
    (characters > TELLING).then_some(Part::Beginning)
}

/// Whether a variable of this name holds a secret, or a URL with one in it.
pub(super) fn is_secret(name: &str) -> bool {
    const HARMLESS: &[&str] = &[
        "masked",
        "redacted",
        "safe",
        "hidden",
        "sanitized",
        "sanitised",
        "truncated",
        "encrypted",
        "hashed",
        "hash",
        "has",
        "is",
        "ignored",
        "invalid",
        "missing",
        "required",
        "expected",
        "fake",
        "dummy",
        "mock",
        "test",
        "example",
        "old",
        "count",
        "num",
        "error",
        "errors",
        "err",
        "label",
        "placeholder",
        "message",
        "msg",
        "next",
        "page",
        "show",
        "forgot",
        "regex",
        "public",
        "obfuscated",
        "short",
        "partial",
        "preview",
        "needs",
        "should",
        "valid",
        "no",
    ];
    // The directories of a shell.
    if matches!(name, "PWD" | "OLDPWD") {
        return false;
    }
    let words = split_words(name);
    if words.iter().any(|word| HARMLESS.contains(&word.as_str())) || is_public_by_design(name) {
        return false;
    }
    match secret_kind(name) {
        // A bare `pass` counts tests that went well.
        Some(_) if words.len() == 1 && words[0] == "pass" => false,
        Some(SecretKind::Salt) => false,
        Some(_) => true,
        None => is_credential_url(&words) && public_prefix(name).is_none(),
    }
}

/// `DATABASE_URL`, `mongoUri`, `connectionString`: URLs with a password in them.
fn is_credential_url(words: &[String]) -> bool {
    let Some((last, before)) = words.split_last() else { return false };
    let of_store = before.iter().any(|word| {
        matches!(
            word.as_str(),
            "database"
                | "db"
                | "mongo"
                | "mongodb"
                | "postgres"
                | "postgresql"
                | "pg"
                | "mysql"
                | "mariadb"
                | "redis"
                | "amqp"
                | "rabbitmq"
                | "cloudamqp"
                | "connection"
        )
    });
    let inner = before.iter().any(|word| matches!(word.as_str(), "base" | "admin" | "docs"));
    match last.as_str() {
        "url" | "uri" | "dsn" => of_store && !inner,
        "string" | "str" => before.last().is_some_and(|word| word == "connection"),
        "connectionstring" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_tell_what_must_not_be_printed() {
        for name in [
            "password",
            "DB_PASSWORD",
            "jwtSecret",
            "accessToken",
            "DATABASE_URL",
            "mongoUri",
            "connectionString",
            "REDIS_URL",
            "STRIPE_SECRET_KEY",
            "PROD_DATABASE_URL",
            "token",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "hasPassword",
            "maskedToken",
            "passwordHash",
            "tokenCount",
            "DATABASE_NAME",
            "API_URL",
            "pass",
            "nextToken",
            "resume_token",
            "ignored_credentials",
            "PWD",
            "STRIPE_PUBLISHABLE_KEY",
            "invalidToken",
            "query",
            "",
            "passwordError",
            "SALT",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
