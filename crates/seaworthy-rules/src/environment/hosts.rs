//! The hosts that a setting names: in a URL, in a list of URLs, or alone under
//! a name that promises a host.

use seaworthy_analysis::names::split_words;
use seaworthy_analysis::values::{HostKind, host_kind, parse_url};

/// A host in a value.
pub(crate) struct Host<'v> {
    /// Its text, without port.
    pub(crate) text: &'v str,
    /// The scheme of its URL, in lower case.
    pub(crate) scheme: Option<String>,
    /// Where it is.
    pub(crate) kind: HostKind,
}

/// Last words of names whose value is a host, with or without a port.
const HOST_WORDS: &[&str] = &[
    "host",
    "hostname",
    "hosts",
    "server",
    "servers",
    "broker",
    "brokers",
    "addr",
    "address",
    "domain",
    "domains",
    "node",
    "nodes",
    "endpoint",
    "endpoints",
    "url",
    "uri",
    "urls",
    "origin",
    "origins",
];

/// The hosts of a value, those left out that are not known.
pub(crate) fn hosts<'v>(name: &str, value: &'v str) -> Vec<Host<'v>> {
    let mut found = Vec::new();
    if value.contains("://") {
        if value.matches("://").take(2).count() == 1 && !value.trim().contains(char::is_whitespace)
        {
            of_url(value.trim(), &mut found);
        } else {
            for item in items(value) {
                of_url(item, &mut found);
            }
        }
        return found;
    }
    let last = split_words(name).pop().unwrap_or_default();
    if !HOST_WORDS.contains(&last.as_str()) {
        return found;
    }
    for item in items(value) {
        let host = match item.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or(""),
            // An address of IPv6 has many colons, a port one.
            None if item.matches(':').count() == 1 => item.split(':').next().unwrap_or(""),
            None => item,
        };
        let host = host.split('/').next().unwrap_or("");
        if !host.is_empty() && host.bytes().all(is_host_byte) {
            found.push(Host { text: host, scheme: None, kind: host_kind(host) });
        }
    }
    found
}

/// The items of a list as people write them: parted by commas, semicolons or
/// blanks, perhaps in brackets and quotes.
pub(crate) fn items(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(|c: char| matches!(c, ',' | ';') || c.is_whitespace())
        .map(|item| item.trim_matches(|c: char| matches!(c, '[' | ']' | '"' | '\'')))
        .filter(|item| !item.is_empty())
        .take(256)
}

fn of_url<'v>(url: &'v str, found: &mut Vec<Host<'v>>) {
    let Some(parsed) = parse_url(url) else { return };
    for range in parsed.hosts {
        let text = &url[range];
        if text.bytes().all(is_host_byte) {
            found.push(Host {
                text,
                scheme: Some(url[parsed.scheme.clone()].to_ascii_lowercase()),
                kind: host_kind(text),
            });
        }
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':')
}

/// Whether the host is this machine by name or loopback address: not the
/// wildcard `0.0.0.0`, to which servers bind, nor the way out of a container.
pub(crate) fn is_loopback(host: &Host<'_>) -> bool {
    host.kind == HostKind::Local
        && !matches!(host.text, "0.0.0.0" | "::" | "[::]")
        && !host.text.ends_with(".internal")
}

/// Names of what is local by its nature: health checks, the address that a
/// server binds to, proxies to be trusted or avoided.
pub(crate) fn is_meant_to_be_local(name: &str) -> bool {
    let words = split_words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |options: &[&str]| words.iter().any(|word| options.contains(word));
    has(&[
        "health",
        "healthcheck",
        "healthz",
        "bind",
        "listen",
        "probe",
        "trusted",
        "allowed",
        "proxies",
        "whitelist",
        "allowlist",
        "dev",
        "development",
        "local",
        "test",
        "testing",
    ]) || matches!(words.as_slice(), ["host" | "hostname"] | ["no", "proxy"])
        || words.ends_with(&["no", "proxy"])
}

/// Whether the setting leads to a database, by its scheme or its name. Caches and
/// queues are none.
pub(crate) fn is_database(name: &str, host: &Host<'_>) -> bool {
    let words = split_words(name);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    let scheme = host.scheme.as_deref().unwrap_or("");
    let base = scheme.strip_prefix("jdbc:").unwrap_or(scheme);
    match base.split(['+', ':']).next().unwrap_or(base) {
        "" => {
            !has(&["redis", "memcached", "cache"])
                && has(&[
                    "db",
                    "database",
                    "postgres",
                    "postgresql",
                    "pg",
                    "mysql",
                    "mariadb",
                    "mongo",
                    "mongodb",
                    "mssql",
                    "pghost",
                ])
        }
        base => matches!(
            base,
            "postgres"
                | "postgresql"
                | "pgsql"
                | "mysql"
                | "mysql2"
                | "mariadb"
                | "mongodb"
                | "sqlserver"
                | "mssql"
                | "cockroachdb"
        ),
    }
}

/// Whether the host is a domain that somebody forgot to replace:
/// `example.com`, `api.yourdomain.com`, `your-app.vercel.app`.
pub(crate) fn is_placeholder_domain(host: &Host<'_>) -> bool {
    host.kind == HostKind::Placeholder
        && host.text.contains('.')
        && !host.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_urls_lists_and_under_host_names() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("API_URL", "https://api.shop.io:8443/v1", &["api.shop.io"]),
            ("DATABASE_URL", "postgres://u:p@db:5432/app", &["db"]),
            ("MONGO_URI", "mongodb://a:1,b:2/x", &["a", "b"]),
            ("ORIGINS", "https://a.io, http://localhost:3000", &["a.io", "localhost"]),
            ("ORIGINS", r#"["https://a.io","https://b.io"]"#, &["a.io", "b.io"]),
            ("REDIS_HOST", "localhost", &["localhost"]),
            ("KAFKA_BROKERS", "k1:9092,k2:9092", &["k1", "k2"]),
            ("DB_HOST", "::1", &["::1"]),
            ("DB_HOST", "${}", &[]),
            ("API_URL", "https://${}/v1", &[]),
            ("NOTE", "localhost", &[]),
            ("MAIL_FROM_ADDRESS", "me@shop.io", &[]),
        ];
        for (name, value, want) in cases {
            let found: Vec<&str> = hosts(name, value).iter().map(|host| host.text).collect();
            assert_eq!(found, *want, "{name}={value}");
        }
    }
}
