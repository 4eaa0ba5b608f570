//! Whether a name tells of a secret, in the many ways that people write.
//!
//! The meaning of names is the business of `seaworthy-analysis`; here names are
//! brought into the form that it knows (`dbpasswd`, `pass_phrase`, `setApiKey`)
//! and the senses that only source code has are taken out: tokens of parsers,
//! passwords that are wrong on purpose.

use seaworthy_analysis::names::{SecretKind, secret_kind, split_words};

use super::Pair;
use crate::candidate::Standing;
use crate::file::{File, Language};

/// The kind of secret that the name of a pair stands for.
pub(super) fn kind_of(name: &str, pair: &Pair, file: &File<'_>) -> Option<SecretKind> {
    if !may_tell(name.as_bytes()) {
        return None;
    }
    if !name.is_ascii() {
        return Some(SecretKind::Password);
    }
    if is_registry_login(name, pair, file) {
        return Some(SecretKind::Generic);
    }
    kind_of_words(&split(name))
}

/// A cheap look at a name: `false` when its end tells of something that has to
/// do with a secret and is none.
fn may_tell(name: &[u8]) -> bool {
    const ENDS: &[&[u8]] = &[
        b"name",
        b"type",
        b"field",
        b"label",
        b"url",
        b"uri",
        b"path",
        b"file",
        b"length",
        b"size",
        b"index",
        b"count",
        b"error",
        b"message",
        b"text",
        b"title",
        b"class",
        b"board",
        b"expiry",
        b"expires",
        b"format",
        b"placeholder",
        b"hash",
        b"policy",
        b"version",
        b"author",
        b"authors",
        b"map",
        b"list",
        b"provider",
        b"service",
        b"down",
        b"press",
        b"able",
        b"ed",
        b"id",
    ];
    let bare = name.eq_ignore_ascii_case(b"key") || name.eq_ignore_ascii_case(b"keys");
    !bare
        && !ENDS.iter().any(|end| {
            name.len() > end.len() && name[name.len() - end.len()..].eq_ignore_ascii_case(end)
        })
}

/// `_auth` of npm, `auth` of Docker: a login in base64.
fn is_registry_login(name: &str, pair: &Pair, file: &File<'_>) -> bool {
    let is_base64 = pair.value.len() >= 12
        && pair.value.len().is_multiple_of(4)
        && pair
            .value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    is_base64
        && (name == "_auth"
            || name == "auth"
                && pair.standing == Standing::Quoted
                && file.language == Language::Json)
}

/// The words of a name, those apart that are often written together.
fn split(name: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in split_words(name) {
        match parts_of(&word) {
            Some(parts) => out.extend(parts.into_iter().map(str::to_owned)),
            None => out.push(word),
        }
    }
    out
}

/// A noun at the end of a word that is written together with its owner.
fn parts_of(word: &str) -> Option<[&str; 2]> {
    /// Nouns that end no word of another meaning.
    const NOUNS: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "passwort",
        "kennwort",
        "secretkey",
        "accesskey",
        "apikey",
        "privatekey",
        "secret",
        "authtoken",
        "accesstoken",
        "apitoken",
        "token",
        "pwd",
    ];
    /// Owners before "pass", "key", "pw" or "auth".
    const OWNERS: &[&str] = &[
        "db",
        "user",
        "root",
        "admin",
        "mail",
        "email",
        "smtp",
        "imap",
        "ftp",
        "sftp",
        "ssh",
        "my",
        "proxy",
        "store",
        "key",
        "keystore",
        "truststore",
        "sql",
        "mysql",
        "pg",
        "http",
        "basic",
        "login",
        "bind",
        "ldap",
        "redis",
        "mongo",
        "mq",
        "rabbit",
        "amqp",
        "hmac",
        "sign",
        "signing",
        "signature",
        "encrypt",
        "encryption",
        "crypt",
        "crypto",
        "aes",
        "des",
        "master",
        "auth",
        "api",
        "secret",
        "private",
        "access",
        "app",
        "jwt",
        "cipher",
        "license",
        "session",
        "cookie",
        "client",
        "consumer",
        "service",
        "server",
        "account",
        "shared",
        "security",
        "wifi",
        "wlan",
        "wpa",
        "net",
        "host",
        "router",
        "test",
        "default",
        "new",
        "old",
        "sudo",
        "vnc",
        "rcon",
        "telnet",
        "snmp",
        "radius",
        "svn",
        "git",
        "repo",
        "maven",
        "nexus",
        "sonar",
        "storage",
        "aws",
        "gcp",
        "azure",
        "stripe",
        "twilio",
        "google",
        "maps",
        "slack",
    ];
    if word.len() < 5 || word.len() > 48 {
        return None;
    }
    for noun in NOUNS {
        if let Some(owner) = word.strip_suffix(noun) {
            return (owner.len() >= 2).then_some([owner, noun]);
        }
    }
    for noun in ["pass", "key", "pw", "psk"] {
        if let Some(owner) = word.strip_suffix(noun)
            && OWNERS.contains(&owner)
        {
            return Some([owner, noun]);
        }
    }
    None
}

/// Words at the front that set a value or mark a variable, not the secret.
const FRONT: &[&str] = &[
    "set", "with", "put", "k", "m", "s", "g", "p", "str", "sz", "my", "the", "our", "default", "c",
    "const", "l", "lp", "psz", "in", "arg", "opt", "tf", "var",
];

/// Words that make of a secret something else: wrong on purpose, not the thing
/// itself, of short life, of a parser.
const DENIALS: &[&str] = &[
    "wrong",
    "bad",
    "fake",
    "dummy",
    "mock",
    "mocked",
    "example",
    "sample",
    "invalid",
    "incorrect",
    "placeholder",
    "encrypted",
    "hashed",
    "crypted",
    "masked",
    "redacted",
    "obfuscated",
    "forgot",
    "csrf",
    "xsrf",
    "authenticity",
    "forgery",
    "requestverification",
    "missing",
    "expired",
    "empty",
    "no",
    "non",
    "not",
    "unknown",
];

/// Words right before "token" of parsers and pages.
const PARSED: &[&str] = &[
    "start",
    "end",
    "close",
    "closing",
    "opening",
    "next",
    "prev",
    "previous",
    "last",
    "current",
    "comment",
    "string",
    "number",
    "operator",
    "identifier",
    "keyword",
    "literal",
    "punctuation",
    "delimiter",
    "separator",
    "placeholder",
    "special",
    "unknown",
    "sep",
    "cls",
    "begin",
    "code",
    "text",
    "word",
    "char",
    "template",
    "verification",
    "date",
    "time",
    "format",
    "expected",
    "unexpected",
    "new",
    "eof",
    "tag",
    "regex",
    "filter",
    "match",
    "split",
    "cursor",
];

/// Services whose keys are called by nothing but their names.
const SERVICES: &[&str] = &[
    "maps",
    "gmaps",
    "weather",
    "openweather",
    "geocode",
    "geocoding",
    "geocoder",
    "fernet",
    "sms",
    "fcm",
    "gcm",
    "news",
    "tmdb",
    "omdb",
    "youtube",
    "translate",
    "vision",
    "google",
    "bing",
    "yandex",
    "ipinfo",
    "ipstack",
    "fixer",
    "exchange",
    "unsplash",
    "pexels",
    "giphy",
    "deepl",
    "mailer",
    "backend",
    "gateway",
];

fn kind_of_words(words: &[String]) -> Option<SecretKind> {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    // "pass phrase", "pass word" are one noun.
    let mut at = 0;
    while at + 1 < words.len() {
        let joined = match (words[at], words[at + 1]) {
            ("pass", "phrase") => "passphrase",
            ("pass", "word" | "wd") => "password",
            ("pass", "code") => "passcode",
            ("api", "keys") => "apikey",
            _ => {
                at += 1;
                continue;
            }
        };
        words.splice(at..at + 2, [joined]);
    }
    while words.len() > 1 && words.first().is_some_and(|first| FRONT.contains(first)) {
        words.remove(0);
    }
    let last = *words.last()?;
    if words.iter().rev().take(3).any(|word| DENIALS.contains(word)) {
        return None;
    }
    match words.as_slice() {
        // WordPress.
        ["auth" | "nonce", "key" | "salt"]
        | ["secure", "auth", "key" | "salt"]
        | ["logged", "in", "key" | "salt"] => return Some(SecretKind::Session),
        [.., "public", "key", "token"] => return None,
        [.., before, "token" | "tokens"] if PARSED.contains(before) => return None,
        // A login of a registry, encoded or not.
        [.., "npm" | "registry" | "nexus" | "artifactory" | "docker" | "jfrog", "auth"] => {
            return Some(SecretKind::Token);
        }
        [.., owner, "key"] if SERVICES.contains(owner) => return Some(SecretKind::ApiKey),
        ["requirepass" | "masterauth"] => return Some(SecretKind::DatabasePassword),
        [.., "unseal", "key"] => return Some(SecretKind::Encryption),
        ["rootpw" | "bindpw" | "psk" | "userpw" | "cpassword"] | [.., "psk"] | [.., "rcon"] => {
            return Some(SecretKind::Password);
        }
        [.., "access" | "consumer" | "api" | "app", "key", "secret"] => {
            return Some(SecretKind::ApiKey);
        }
        [.., "proxy" | "fastcgi" | "uwsgi" | "grpc" | "scgi", "pass"] => {
            return Some(SecretKind::Password);
        }
        [
            ..,
            "contrasena" | "senha" | "kennwort" | "motdepasse" | "haslo" | "wachtwoord"
            | "losenord" | "parola" | "sifre" | "heslo",
        ]
        | [.., "mot", "de", "passe"] => return Some(SecretKind::Password),
        _ => {}
    }
    let kind = secret_kind(&words.join("_")).or(match last {
        "apikey" => Some(SecretKind::ApiKey),
        "secretkey" | "accesskey" => Some(SecretKind::ApiKey),
        "privatekey" => Some(SecretKind::PrivateKey),
        "accesstoken" | "apitoken" | "authtoken" => Some(SecretKind::Token),
        _ => None,
    })?;
    // A salt needs no secrecy by itself.
    (kind != SecretKind::Salt).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_names_about_secrets() {
        let telling = [
            "SES_PASS",
            "proxyPass",
            "cookieValidationKey",
            "masterKey",
            "signingKey",
            "clientSecret",
            "pass_phrase",
            "dbpasswd",
            "jwtSecretKey",
            "authkey",
            "storePassword",
            "storepass",
            "hmacKey",
            "encryption_key",
            "setPassword",
            "builder.withApiKey",
            "kSecretKey",
            "x-api-key",
            "API key",
            "LOGGED_IN_SALT",
            "mysqlpassword",
            "aws_secret_access_key",
            "AccountKey",
            "requirepass",
            "accessKeySecret",
            "userPassword2",
            "com.example.app.store.secret",
            "passPhrase",
            "bottoken",
        ];
        let about = [
            "passwordField",
            "token_url",
            "tokenExpiry",
            "keyName",
            "secretName",
            "publicKey",
            "primaryKey",
            "keyboard",
            "passwordLabel",
            "salt",
            "password_salt",
            "csrf_token",
            "wrongPassword",
            "nextToken",
            "publicKeyToken",
            "compass",
            "monkey",
            "author",
            "tokenizer",
            "passed",
            "secretary",
            "encrypted_password",
            "key",
            "dummy_token",
            "bypass",
        ];
        for name in telling {
            assert!(kind_of_words(&split(name)).is_some(), "{name}");
        }
        for name in about {
            assert!(!may_tell(name.as_bytes()) || kind_of_words(&split(name)).is_none(), "{name}");
        }
    }
}
