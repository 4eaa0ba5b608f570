//! Values that point elsewhere, and values that are no secrets by nature.

use super::{dictionary, shape};
use crate::names;

/// `null`, `true`, `off` and their like.
pub(super) fn is_null_or_bool(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "null",
        "nil",
        "none",
        "undefined",
        "~",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "''",
        "\"\"",
        "n/a",
        "na",
        "(null)",
        "(empty)",
        "(none)",
        "null://null",
        "nan",
    ];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// A plain number, with sign, fraction or digit groups.
pub(super) fn is_number(value: &str) -> bool {
    let body = value.strip_prefix(['-', '+']).unwrap_or(value);
    body.len() <= 40
        && body.bytes().any(|byte| byte.is_ascii_digit())
        && body.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b','))
}

/// Whether the value is taken from somewhere else: a variable of any notation, a
/// secret store, a template expression, a program's own lookup.
///
/// A text that merely contains an interpolation counts too, since the whole is
/// not known.
#[must_use]
pub fn is_reference(value: &str) -> bool {
    let value = super::bounded(value).trim();
    has_interpolation(value)
        || is_plain_variable(value)
        || is_store_address(value)
        || is_code_lookup(value)
        || is_encrypted(value)
}

/// `${X}`, `$(cmd)`, `${{ x }}`, `{{ x }}`, `<%= x %>`, `#{x}`, `%{x}`, backticks.
fn has_interpolation(value: &str) -> bool {
    let closed = |open: &str, close: &str| {
        value.find(open).is_some_and(|at| {
            // `$${X}` is an escaped dollar in Compose.
            let escaped = open.starts_with('$') && value[..at].ends_with('$');
            !escaped && value[at + open.len()..].contains(close)
        })
    };
    closed("${", "}")
        || closed("$(", ")")
        || closed("{{", "}}")
        || closed("<%", "%>")
        || closed("#{", "}")
        || closed("%{", "}")
        || closed("$[", "]")
        || is_command(value)
        || closed("@Microsoft.KeyVault(", ")")
        || embedded_dollar(value)
}

/// A command in backticks.
fn is_command(value: &str) -> bool {
    let inner = value.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
    inner.is_some_and(|inner| {
        inner.len() > 2
            && inner
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b" -_./|'\"=".contains(&byte))
    })
}

/// `http://$HOST:$PORT`: upper-case variables after something that is no word.
fn embedded_dollar(value: &str) -> bool {
    value.match_indices('$').any(|(at, _)| {
        let name: &str = &value[at + 1..];
        let end = name
            .find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
            .unwrap_or(name.len());
        let before = value[..at].bytes().next_back();
        let after = name.as_bytes().get(end).copied();
        let name = &name[..end];
        name.len() >= 3
            && name.as_bytes()[0].is_ascii_uppercase()
            && (name.contains('_') || name.len() >= 4)
            && !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'$')
            && !after.is_some_and(|byte| byte.is_ascii_alphanumeric())
            && (before.is_none()
                || matches!(before, Some(b':' | b'/' | b'@' | b'=' | b'-' | b'_' | b'.' | b' ')))
    })
}

/// A value that is nothing but a variable: `$NAME`, `$name`, `%NAME%`, `$env:NAME`.
fn is_plain_variable(value: &str) -> bool {
    let identifier = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.as_bytes()[0].is_ascii_digit()
    };
    if let Some(name) = value.strip_prefix("$env:").or_else(|| value.strip_prefix("env:")) {
        return identifier(name);
    }
    if let Some(name) = value.strip_prefix('$') {
        let upper = name.bytes().all(|byte| !byte.is_ascii_lowercase());
        let lower = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        return identifier(name) && (lower || (upper && name.len() >= 2));
    }
    value
        .strip_prefix('%')
        .and_then(|rest| rest.strip_suffix('%'))
        .is_some_and(|name| identifier(name) && name.len() > 1)
}

/// An address in a secret store or a mounted secret.
fn is_store_address(value: &str) -> bool {
    const SCHEMES: &[&str] = &[
        "op://",
        "vault:",
        "vault://",
        "arn:",
        "aws-sm://",
        "awssm://",
        "gcp-sm://",
        "sm://",
        "ssm:",
        "ssm://",
        "akv://",
        "azurekv://",
        "keyvault://",
        "doppler://",
        "infisical://",
        "bw://",
        "bitwarden://",
        "secret://",
        "secrets://",
        "secretsmanager:",
        "ref+",
        "kms:",
        "keychain:",
        "keyring:",
        "berglas://",
        "chamber://",
        "lastpass://",
        "dashlane://",
        "akeyless:",
        "exec:",
        "file:",
        "env://",
        "keepass://",
        "pass://",
        "awskms:",
        "gopass:",
        "projects/",
    ];
    if SCHEMES.iter().any(|scheme| {
        value.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    }) {
        return true;
    }
    let mounts =
        ["/run/secrets/", "/var/run/secrets/", "/etc/secrets/", "/vault/secrets/", "/mnt/secrets"];
    mounts.iter().any(|mount| value.starts_with(mount))
        || value.contains("secretKeyRef")
        || value.contains("valueFrom")
        || (value.contains("/secrets/") && value.starts_with("projects/"))
}

/// Code that looks a value up: `process.env.X`, `os.environ["X"]`,
/// `config.password`, `getenv('X')`, `secrets.X`.
fn is_code_lookup(value: &str) -> bool {
    const HEADS: &[&str] = &[
        "process.env",
        "import.meta.env",
        "os.environ",
        "os.getenv",
        "Deno.env",
        "Bun.env",
        "ENV[",
        "getenv(",
        "env(",
        "env.",
        "env!",
        "std::env",
        "System.getenv",
        "Environment.Get",
        "secrets.",
        "vars.",
        "config(",
        "config.",
        "config[",
        "settings.",
        "options.",
        "this.",
        "self.",
        "args.",
        "props.",
        "req.",
        "request.",
        "ctx.",
        "context.",
        "params.",
        "process.argv",
        "var.",
        "local.",
        "module.",
        "data.",
        "random_password.",
        "Rails.application",
        "ConfigService",
        "configService",
        "viper.",
        "await ",
        "new ",
        "function",
        "()",
        "lookup(",
        "Sys.getenv",
        "fs.",
        "sys.",
        "crypto.",
        "!Ref",
        "!Sub",
        "!GetAtt",
        "!vault",
        "Fn::",
        "inputs.",
        "github.",
        "matrix.",
        "steps.",
        "randomBytes(",
        "uuid",
        "secrets[",
    ];
    if HEADS.iter().any(|head| value.starts_with(head) && value.len() > head.len().min(5)) {
        // `env.` and the rest are code only as one identifier-like expression.
        return value.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'!')
            && !value.contains("://")
            && dotted_or_call(value);
    }
    // `credentials.password`, `user.getPassword()`: all parts are words.
    let parts: Vec<&str> = value
        .trim_end_matches("()")
        .split(['.', '[', ']', '(', ')'])
        .filter(|part| !part.is_empty())
        .collect();
    (2..=6).contains(&parts.len())
        && value.contains('.')
        && parts.iter().all(|part| {
            part.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
                && part.len() <= 30
                && part.as_bytes()[0].is_ascii_lowercase()
        })
        && parts
            .last()
            .is_some_and(|last| names::secret_kind(last).is_some() || value.ends_with("()"))
}

fn dotted_or_call(value: &str) -> bool {
    value.contains(['(', '[', '.', '!']) || value.starts_with("new ") || value.starts_with("await ")
}

/// Encrypted in place: sops, dotenvx, Ansible, git-crypt, sealed values.
fn is_encrypted(value: &str) -> bool {
    [
        "ENC[",
        "encrypted:",
        "$ANSIBLE_VAULT",
        "enc:",
        "ENC(",
        "{cipher}",
        "AQICAH",
        "age-encryption.org",
    ]
    .iter()
    .any(|head| value.starts_with(head))
}

/// Whether the value is a password hash in the modular crypt format or LDAP's:
/// `$2b$…`, `$argon2id$…`, `$6$…`, `{SSHA}…`, `pbkdf2_sha256$…`.
#[must_use]
pub fn is_password_hash(value: &str) -> bool {
    let value = super::bounded(value).trim();
    let modular = [
        "$2a$", "$2b$", "$2x$", "$2y$", "$argon2", "$1$", "$5$", "$6$", "$7$", "$y$", "$scrypt$",
        "$pbkdf2", "$apr1$", "$P$", "$H$",
    ];
    let named = [
        "pbkdf2_sha",
        "bcrypt_sha",
        "bcrypt$",
        "argon2$",
        "{SSHA",
        "{SHA",
        "{CRYPT}",
        "{PBKDF2",
        "{bcrypt}",
        "scrypt:",
        "pbkdf2:",
        "SCRAM-SHA-",
    ];
    value.len() >= 20 && modular.iter().chain(&named).any(|head| value.starts_with(head))
}

/// No secret by nature, whatever it is called: a path, a plain URL, an e-mail
/// address, a host, an image, a hash with its algorithm, a public key, a message.
pub(super) fn is_inert(value: &str, key: &str, secret_key: bool) -> bool {
    if is_password_hash(value) || is_public_material(value) {
        return true;
    }
    let hash_key = names::is_identifier_name(key);
    if hash_key && !secret_key && shape::is_hex(value) {
        return true;
    }
    is_path(value)
        || is_address(value)
        || is_time_zone(value)
        || (is_image(value))
        || (!secret_key && (is_list(value) || is_option(value)))
}

/// Options of a command, as in `NODE_OPTIONS`: `--max-old-space-size=4096`.
fn is_option(value: &str) -> bool {
    value.split_ascii_whitespace().all(|word| {
        word.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphabetic())
            && word.starts_with('-')
    })
}

fn is_public_material(value: &str) -> bool {
    let integrity = [
        "sha1-", "sha256-", "sha384-", "sha512-", "sha1:", "sha256:", "sha384:", "sha512:", "md5:",
        "blake2b:", "h1:",
    ];
    let public = [
        "ssh-rsa ",
        "ssh-ed25519 ",
        "ecdsa-sha2-",
        "-----BEGIN PUBLIC KEY",
        "-----BEGIN RSA PUBLIC KEY",
        "-----BEGIN CERTIFICATE",
        "-----BEGIN PGP PUBLIC",
        "pk_live_",
        "pk_test_",
        // Map, analytics and backend keys that are made to be seen.
        "pk.eyJ",
        "phc_",
        "sb_publishable_",
        "data:image/",
        "data:application/",
        "age1",
    ];
    integrity.iter().chain(&public).any(|head| value.starts_with(head)) || is_crypto_address(value)
        // A package manager's pin: `pnpm@9.1.0+sha512.…`.
        || value.contains("+sha")
}

/// An account or contract address of a chain.
fn is_crypto_address(value: &str) -> bool {
    value
        .strip_prefix("0x")
        .is_some_and(|rest| rest.len() == 40 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || (["bc1q", "bc1p", "ltc1", "addr1", "cosmos1"].iter().any(|head| value.starts_with(head))
            && value.len() >= 30
            && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// A file path: rooted, relative, of Windows, or one whose last part has a
/// telling extension. Base64 may hold slashes, so one with dense mixed text is
/// none.
fn is_path(value: &str) -> bool {
    if value.contains(char::is_whitespace) || value.contains("://") {
        return false;
    }
    let windows = value.as_bytes().get(1) == Some(&b':') && value.as_bytes().get(2) == Some(&b'\\');
    let rooted =
        ["./", "../", "~/", "/"].iter().any(|head| value.starts_with(head)) && value.len() > 2;
    const EXTENSIONS: &[&str] = &[
        "json", "pem", "key", "crt", "cer", "p12", "pfx", "jks", "yml", "yaml", "toml", "txt",
        "env", "conf", "js", "ts", "py", "sh", "sql", "db", "sqlite", "sqlite3", "log", "html",
        "png", "svg", "jpg", "pub", "ini", "xml", "p8", "keystore", "so", "sock",
    ];
    let (stem, extension) = value.rsplit_once('.').unwrap_or((value, ""));
    let file = EXTENSIONS.contains(&extension) && stem.len() >= 2 && !shape::looks_random(stem);
    windows
        || file
        || (rooted && {
            let slashes = value.bytes().filter(|&byte| byte == b'/').count();
            let (surprise, pairs) = shape::letter_surprise(value);
            shape::class_changes(value) < 0.25
                && (pairs < 6 || surprise < 4.6)
                && slashes * 24 >= value.len()
        })
}

/// A URL without credentials, an e-mail address, a host name, an IP address.
fn is_address(value: &str) -> bool {
    if value.contains(char::is_whitespace) {
        return false;
    }
    if let Some((scheme, rest)) = value.split_once("://") {
        let query_secret = rest.split_once('?').is_some_and(|(_, query)| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .any(|(name, _)| names::secret_kind(name).is_some())
        });
        // The path of a webhook is its secret; vendors' detectors know those.
        return scheme.len() <= 32
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
            && !rest.split(['/', '?', '#']).next().unwrap_or("").contains('@')
            && !query_secret;
    }
    if let Some((local, domain)) = value.split_once('@') {
        let host = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+')
                })
        };
        return host(local)
            && host(domain)
            && domain.contains('.')
            && domain.len() >= 4
            && domain.rsplit('.').next().is_some_and(|tld| {
                tld.len() >= 2 && tld.bytes().all(|byte| byte.is_ascii_alphabetic())
            });
    }
    let host_and_port = value.rsplit_once(':').filter(|(_, port)| {
        !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    let host = host_and_port.map_or(value, |(host, _)| host);
    host.parse::<std::net::IpAddr>().is_ok()
        || (host_and_port.is_some()
            && host.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'-'))
            && host.len() <= 60)
        || (host.split('.').count() >= 2
            && host.rsplit('.').next().is_some_and(|tld| {
                matches!(
                    tld,
                    "com"
                        | "org"
                        | "net"
                        | "io"
                        | "dev"
                        | "app"
                        | "co"
                        | "local"
                        | "internal"
                        | "ai"
                        | "cloud"
                        | "localhost"
                        | "eu"
                        | "de"
                        | "fr"
                        | "uk"
                )
            })
            && host.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-')
            }))
}

fn is_time_zone(value: &str) -> bool {
    [
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
        "Etc/",
    ]
    .iter()
    .any(|head| value.starts_with(head))
        && value.len() <= 40
}

/// `ghcr.io/owner/name:tag`, `postgres:16-alpine`.
fn is_image(value: &str) -> bool {
    let Some((name, tag)) = value.rsplit_once(':') else { return false };
    let plain = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || matches!(byte, b'.' | b'-' | b'_' | b'/')
            })
    };
    let version = tag == "latest"
        || (tag.trim_start_matches('v').bytes().next().is_some_and(|byte| byte.is_ascii_digit())
            && tag.contains(['.', '-'])
            && tag.len() <= 40);
    plain(name)
        && version
        && name.len() >= 2
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn is_list(value: &str) -> bool {
    value.contains(',') && value.split(',').all(|item| !shape::looks_random(item.trim()))
}

/// A sentence for people: `Password is required`.
pub(super) fn is_message(value: &str) -> bool {
    const GLUE: &[&str] = &[
        "is", "are", "the", "a", "an", "to", "for", "must", "be", "please", "required", "not",
        "and", "or", "of", "in", "do", "does", "match", "found", "invalid", "missing", "failed",
        "enter", "your", "you", "with", "at", "least", "has", "have", "been", "can", "cannot",
        "no", "was", "will", "should", "too", "short", "forgot", "reset", "confirm", "expired",
    ];
    let sentence = value.starts_with(|c: char| c.is_ascii_uppercase()) && value.contains(' ');
    if !sentence || value.contains(['<', '[', '{', '_']) {
        return false;
    }
    let words: Vec<String> = dictionary::words(value);
    let glue = words.iter().filter(|word| GLUE.contains(&word.as_str())).count();
    words.len() >= 2
        && glue >= 1
        && value.split(' ').all(|word| !shape::looks_random(word) || word.len() < 12)
}
