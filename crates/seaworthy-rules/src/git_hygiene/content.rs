//! How bad it is that a file is public: the secrets in its text.

use seaworthy_analysis::Draft;
use seaworthy_analysis::names::{is_public_by_design, public_prefix, secret_kind};
use seaworthy_analysis::values::{
    HostKind, ValueClass, ValueContext, classify, host_kind, parse_url, vendor_token,
};
use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::env::EnvFile;

/// How much of a file is looked at.
const LONGEST: usize = 4 << 20;

/// How many secrets are told; more do not make it worse.
const ENOUGH: usize = 5;

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The name it is assigned to.
    pub(super) name: String,
    /// Where the name is written.
    pub(super) name_region: Region,
    /// Where the secret is written.
    pub(super) region: Region,
    /// Whether nobody could guess it.
    pub(super) real: bool,
    /// Whether it is for a service on the machine of whoever has the file.
    pub(super) local: bool,
}

/// The variables of an env file whose values open something.
pub(super) fn env_secrets(env: &EnvFile) -> Vec<Found> {
    let secrets = env.entries().iter().filter_map(|entry| {
        let class = secret_class(&entry.key, &entry.value)?;
        Some(Found {
            name: entry.key.to_string(),
            name_region: entry.key_region,
            region: entry.value_region,
            real: class == ValueClass::Real,
            local: is_local(&entry.value),
        })
    });
    secrets.collect()
}

/// Whether every host of a connection string is this machine.
fn is_local(value: &str) -> bool {
    parse_url(value).is_some_and(|url| {
        !url.hosts.is_empty()
            && url.hosts.iter().all(|host| host_kind(&value[host.clone()]) == HostKind::Local)
    })
}

/// Whether an env file holds a value that opens something.
pub(super) fn has_env_secrets(env: &EnvFile) -> bool {
    env.entries().iter().any(|entry| secret_class(&entry.key, &entry.value).is_some())
}

/// Whether a dotenv tool has encrypted every secret of the file.
pub(super) fn is_encrypted(env: &EnvFile) -> bool {
    let mut encrypted = false;
    for entry in env.entries() {
        if entry.value.starts_with("encrypted:") {
            encrypted = true;
        } else if secret_class(&entry.key, &entry.value).is_some() {
            return false;
        }
    }
    encrypted
}

/// Pairs of a name and a secret in a text of any format, one to a line:
/// `name = value`, `name: value`, `"name": "value"`, shell, HCL, JSON, YAML.
pub(super) fn text_secrets(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.get(..LONGEST).unwrap_or(text).split_inclusive('\n') {
        if line.contains("-----BEGIN ") && is_private_key(&text[start..]) {
            let region = Region::new(start, start + line.trim_end().len());
            found.push(Found {
                name: "a private key".to_owned(),
                name_region: region,
                region,
                real: true,
                local: false,
            });
        }
        pairs_of_line(line, start, &mut found);
        if found.len() >= ENOUGH {
            break;
        }
        start += line.len();
    }
    found
}

/// What the value of a pair is when it opens something.
fn secret_class(name: &str, value: &str) -> Option<ValueClass> {
    if is_public_by_design(name) {
        return None;
    }
    let class = classify(value, &ValueContext { key: name, ..ValueContext::default() });
    let promised = secret_kind(name).is_some() || value.contains("://");
    match class {
        ValueClass::Weak(_) if promised && public_prefix(name).is_none() => Some(class),
        ValueClass::Real if promised || vendor_token(value).is_some() => Some(class),
        _ => None,
    }
}

/// Reads `name = value` pairs off one line; in minified JSON there are many.
fn pairs_of_line(line: &str, offset: usize, found: &mut Vec<Found>) {
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(step) = line[at..].find(['=', ':']) {
        let sign = at + step;
        at = sign + 1;
        if found.len() >= ENOUGH {
            return;
        }
        // `=>`, `==`, `://` and `:=` are read by their last sign or not at all.
        if matches!(bytes.get(at), Some(b'=' | b'/')) {
            continue;
        }
        let name_end = line[..sign].trim_end_matches([' ', '\t', '"', '\'']).len();
        let name_start = line[..name_end]
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
            .map_or(0, |before| before + 1);
        // A character of several bytes may stand before the name.
        let Some(name) = line.get(name_start..name_end).filter(|name| is_name(name)) else {
            continue;
        };
        let gap = line[at..].len() - line[at..].trim_start_matches([' ', '\t', '>']).len();
        let mut value_start = at + gap;
        let quote = bytes.get(value_start).copied().filter(|byte| matches!(byte, b'"' | b'\''));
        value_start += usize::from(quote.is_some());
        let rest = &line[value_start..];
        let length = match quote {
            Some(quote) => rest.find(char::from(quote)).unwrap_or(0),
            None => rest.find(VALUE_END).unwrap_or(rest.len()),
        };
        let value = &rest[..length];
        // What is read is not read again: a line costs what it is long.
        at = value_start + length;
        // Without quotes, program text looks the same as a value.
        let code = quote.is_none() && rest[length..].starts_with(['(', '{', '[', '<', '$']);
        if code || secret_class(name, value) != Some(ValueClass::Real) {
            continue;
        }
        found.push(Found {
            name: name.to_owned(),
            name_region: Region::new(offset + name_start, offset + name_end),
            region: Region::new(offset + value_start, offset + value_start + length),
            real: true,
            local: is_local(value),
        });
    }
}

/// What ends a value without quotes.
const VALUE_END: &[char] =
    &[' ', '\t', '\r', '\n', ',', '"', '\'', ';', '(', '{', '[', '<', '$', ')', '}', ']'];

fn is_name(name: &str) -> bool {
    (2..=100).contains(&name.len()) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether the text begins with a private key that has a body.
fn is_private_key(text: &str) -> bool {
    let Some((_, after)) = text.split_once("PRIVATE KEY-----") else { return false };
    let head = &text[..text.len() - after.len()];
    if head.contains('\n') {
        return false;
    }
    let body = after.split("-----END").next().unwrap_or("").bytes().take(8192);
    body.filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).count() >= 100
}

/// How many secrets of a file are pointed at: the message counts the others.
const POINTED_AT: usize = 3;

/// How many are masked on top of what every excerpt masks by itself.
const MASKED: usize = 100;

/// Masks the secrets of a file and points at the first of them.
pub(super) fn point_at(draft: &mut Draft, artifact: &ArtifactPath, found: &[Found]) {
    for (index, secret) in found.iter().take(MASKED).enumerate() {
        draft.sensitive_in(artifact, secret.region);
        if index < POINTED_AT {
            draft.related(artifact, secret.name_region, format!("{} is set here", secret.name));
        }
    }
}

/// The names of secrets for a message: `A, B and 3 more`.
pub(super) fn names(found: &[Found]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in found.iter().map(|found| found.name.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    list(&names)
}

/// Some words for a message: `a`, `a and b`, `a, b and 3 more`.
pub(super) fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_every_format() {
        let cases = [
            ("db_password = \"k8Fz2LqX0vRt5YbN7wHc3mJs\"\n", "db_password"),
            ("{\"a\":1,\"secret_key\":\"k8Fz2LqX0vRt5YbN7wHc3mJs\"}", "secret_key"),
            ("  apiSecret: k8Fz2LqX0vRt5YbN7wHc3mJs\n", "apiSecret"),
            ("export JWT_SECRET='k8Fz2LqX0vRt5YbN7wHc3mJs'", "JWT_SECRET"),
            ("ü JWT_SECRET=k8Fz2LqX0vRt5YbN7wHc3mJs", "JWT_SECRET"),
            ("password = var.db_password\n", ""),
            ("const secret = process.env.JWT_SECRET;\n", ""),
            ("secret: getSecret(options)\n", ""),
            ("JWT_SECRET=changeme\n", ""),
            ("password:\n", ""),
            ("=", ""),
        ];
        for (text, want) in cases {
            assert_eq!(names(&text_secrets(text)), want, "{text:?}");
        }
    }

    #[test]
    fn a_private_key_needs_a_body() {
        let body = "MIIEowIBAAKCAQEAyZ8fQ".repeat(8);
        let key = format!("-----BEGIN {} KEY-----\n{body}\n-----END", "PRIVATE");
        assert_eq!(names(&text_secrets(&key)), "a private key");
        assert!(text_secrets("-----BEGIN PRIVATE KEY-----\n...\n-----END").is_empty());
        assert!(text_secrets("-----BEGIN CERTIFICATE-----\nMIIE\n").is_empty());
    }

    #[test]
    fn an_env_file_is_encrypted_when_no_secret_is_plain() {
        let read = |text: &str| is_encrypted(&EnvFile::parse(text));
        assert!(read("DOTENV_PUBLIC_KEY=\"02ab\"\nJWT_SECRET=\"encrypted:BGf0\"\n"));
        assert!(!read("A=encrypted:x\nJWT_SECRET=k8Fz2LqX0vRt5YbN7wHc3mJs\n"));
        assert!(!read("PORT=3000\n"));
    }
}
