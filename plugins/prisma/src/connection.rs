//! Connection strings as Prisma reads them: what in them is secret, and whether
//! the connection is encrypted.

use std::ops::Range;

use seaworthy_plugin_api::Severity;

/// A connection that others on the way can read or change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) severity: Severity,
    /// What is wrong, to follow "the connection".
    pub(crate) what: &'static str,
    /// What to do, as an imperative sentence without a period.
    pub(crate) advice: &'static str,
    /// The bytes of the string to replace, and by what.
    pub(crate) edit: (Range<usize>, String),
}

/// The bytes of a connection string that are its secret.
pub(crate) fn secret(url: &str) -> Option<Range<usize>> {
    let (scheme, rest) = url.split_once("://")?;
    if scheme == "sqlserver" || scheme == "jdbc:sqlserver" {
        return parameters(url, ';')
            .into_iter()
            .find(|(name, _)| matches!(name.to_ascii_lowercase().as_str(), "password" | "pwd"))
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty());
    }
    let key = parameters(url, '&').into_iter().find(|(name, _)| *name == "api_key");
    if let Some((_, value)) = key {
        return (!value.is_empty()).then_some(value);
    }
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let (userinfo, _) = authority.rsplit_once('@')?;
    let (user, password) = userinfo.split_once(':')?;
    let start = scheme.len() + 3 + user.len() + 1;
    (!password.is_empty()).then(|| start..start + password.len())
}

/// The hosts of a connection string, without ports.
pub(crate) fn hosts(url: &str) -> Vec<&str> {
    let Some((_, rest)) = url.split_once("://") else { return Vec::new() };
    let authority = &rest[..rest.find(['/', '?', '#', ';']).unwrap_or(rest.len())];
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    hosts
        .split(',')
        .map(|host| match host.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or(""),
            None => host.split([':', '\\']).next().unwrap_or(""),
        })
        .collect()
}

/// Whether a host is reached over networks of others: a name with a dot or an
/// address, neither of a private network.
pub(crate) fn is_remote(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    if let Ok(address) = host.parse::<std::net::Ipv4Addr>() {
        return !(address.is_private()
            || address.is_loopback()
            || address.is_link_local()
            || address.is_unspecified());
    }
    if let Ok(address) = host.parse::<std::net::Ipv6Addr>() {
        return !(address.is_loopback() || address.is_unique_local() || address.is_unspecified());
    }
    const OWN: &[&str] = &[
        "localhost",
        "internal",
        "local",
        "lan",
        "localdomain",
        "flycast",
        "test",
        "example",
        "invalid",
        "intranet",
        "private",
        "home",
        "svc",
        "docker",
    ];
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let Some((name, top)) = host.rsplit_once('.') else { return false };
    plain
        && !OWN.contains(&top)
        && top.bytes().any(|b| b.is_ascii_alphabetic())
        && !name.ends_with("example")
        && !host.contains("svc.cluster")
}

/// Whether the connection that a string describes is encrypted, as the engine of
/// a provider does it. `None`: it is, or that cannot be said.
pub(crate) fn fault(provider: Option<&str>, url: &str) -> Option<Fault> {
    let (scheme, _) = url.split_once("://")?;
    let engine = match (scheme, provider) {
        ("postgres" | "postgresql" | "cockroachdb", _) => "postgresql",
        ("mysql" | "mariadb", _) => "mysql",
        ("mongodb", _) => "mongodb",
        ("mongodb+srv", _) => "mongodb+srv",
        ("sqlserver" | "jdbc:sqlserver", _) => "sqlserver",
        _ => return None,
    };
    if !hosts(url).iter().any(|host| is_remote(host)) {
        return None;
    }
    let separator = if engine == "sqlserver" { ';' } else { '&' };
    let given = parameters(url, separator);
    let find = |names: &[&str]| {
        given.iter().find(|(name, _)| names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)))
    };
    let value = |parameter: &(&str, Range<usize>)| url[parameter.1.clone()].to_ascii_lowercase();
    match engine {
        "postgresql" => {
            if find(&["host"]).is_some_and(|host| value(host).starts_with(['/', '%'])) {
                return None;
            }
            let Some(mode) = find(&["sslmode"]) else {
                if find(&["ssl"]).is_some_and(|ssl| value(ssl) != "false") {
                    return None;
                }
                return Some(Fault {
                    severity: Severity::Medium,
                    what: "does not insist on TLS: without `sslmode` Prisma goes on in plain text \
                           when the server, or somebody in between, offers none, and the driver \
                           adapters do not even try",
                    advice: "Add `sslmode=require`",
                    edit: added(url, "sslmode=require"),
                });
            };
            let (severity, what) = match value(mode).as_str() {
                "disable" => (Severity::High, "is not encrypted: `sslmode=disable` forbids TLS"),
                "prefer" | "allow" => (
                    Severity::Medium,
                    "does not insist on TLS: it goes on in plain text when the server, or \
                     somebody in between, offers none",
                ),
                _ => return None,
            };
            let (advice, edit) = ("Require TLS", (mode.1.clone(), "require".to_owned()));
            Some(Fault { severity, what, advice, edit })
        }
        "mysql" => {
            let names =
                ["sslaccept", "sslcert", "sslidentity", "sslca", "ssl", "sslmode", "ssl-mode"];
            find(&names).is_none().then(|| Fault {
                severity: Severity::Medium,
                what: "is not encrypted: Prisma uses TLS with MySQL only when the string has \
                       `sslaccept` or a certificate",
                advice: "Add `sslaccept=strict`",
                edit: added(url, "sslaccept=strict"),
            })
        }
        "sqlserver" => {
            if let Some(encrypt) = find(&["encrypt"])
                && matches!(value(encrypt).as_str(), "false" | "no" | "danger_plaintext")
            {
                return Some(Fault {
                    severity: Severity::High,
                    what: "is not encrypted but for the login: `encrypt` is off",
                    advice: "Turn encryption on",
                    edit: (encrypt.1.clone(), "true".to_owned()),
                });
            }
            let trust = find(&["trustServerCertificate"])?;
            (value(trust) == "true").then(|| Fault {
                severity: Severity::Medium,
                what: "accepts any certificate, so somebody in between can read along",
                advice: "Check the server's certificate",
                edit: (trust.1.clone(), "false".to_owned()),
            })
        }
        _ => {
            if let Some(tls) = find(&["tls", "ssl"]) {
                if value(tls) == "false" {
                    return Some(Fault {
                        severity: Severity::High,
                        what: "is not encrypted: TLS is turned off",
                        advice: "Turn TLS on",
                        edit: (tls.1.clone(), "true".to_owned()),
                    });
                }
            } else if engine == "mongodb" {
                return Some(Fault {
                    severity: Severity::Medium,
                    what: "is not encrypted: with `mongodb://` TLS is off unless the string asks \
                           for it",
                    advice: "Add `tls=true`",
                    edit: added(url, "tls=true"),
                });
            }
            let loose = find(&[
                "tlsInsecure",
                "tlsAllowInvalidCertificates",
                "sslInvalidCertificatesAllowed",
            ])?;
            (value(loose) == "true").then(|| Fault {
                severity: Severity::Medium,
                what: "accepts any certificate, so somebody in between can read along",
                advice: "Check the server's certificate",
                edit: (loose.1.clone(), "false".to_owned()),
            })
        }
    }
}

/// Where a parameter is added, and with what before it.
fn added(url: &str, parameter: &str) -> (Range<usize>, String) {
    let sign = match url.split_once('?') {
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
        None => "?",
    };
    (url.len()..url.len(), format!("{sign}{parameter}"))
}

/// Name and bytes of the value of each parameter: behind the `?`, or behind the
/// first `;`.
fn parameters(url: &str, separator: char) -> Vec<(&str, Range<usize>)> {
    let Some(first) = url.find(if separator == ';' { ';' } else { '?' }) else {
        return Vec::new();
    };
    let mut at = first + 1;
    let mut found = Vec::new();
    for part in url[at..].split(separator) {
        if let Some((name, value)) = part.split_once('=') {
            let start = at + name.len() + 1;
            found.push((name.trim(), start..start + value.len()));
        }
        at += part.len() + separator.len_utf8();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_of_a_string_is_found() {
        let cases = [
            ("postgresql://app:s3cr3t@db.acme.io:5432/shop", Some("s3cr3t")),
            ("mysql://root@db/x", None),
            ("postgresql://app:@db/x", None),
            ("file:./dev.db", None),
            (
                "sqlserver://db.acme.io:1433;database=x;user=sa;password=s3cr3t;encrypt=true",
                Some("s3cr3t"),
            ),
            ("prisma://accelerate.prisma-data.net/?api_key=s3cr3t", Some("s3cr3t")),
            ("mongodb+srv://app:s3cr3t@cluster.mongodb.net/x?retryWrites=true", Some("s3cr3t")),
            ("postgresql://db/x?note=a:b@c", None),
        ];
        for (url, expected) in cases {
            assert_eq!(secret(url).map(|range| &url[range]), expected, "{url}");
        }
    }

    #[test]
    fn only_networks_of_others_matter() {
        for remote in ["db.acme.io", "ep-x.eu.neon.tech", "34.1.2.3", "2a01::1"] {
            assert!(is_remote(remote), "{remote}");
        }
        let own = [
            "localhost",
            "db",
            "postgres",
            "127.0.0.1",
            "10.0.0.5",
            "192.168.1.2",
            "172.20.0.3",
            "::1",
            "db.railway.internal",
            "pg.svc.cluster.local",
            "app.flycast",
            "db.example.com",
            "${DB_HOST}",
            "<host>.acme.io",
            "host.docker.internal",
            "",
            "db.example",
        ];
        for own in own {
            assert!(!is_remote(own), "{own}");
        }
        assert_eq!(hosts("postgres://u:p@a.io:1,b.io:2/x"), ["a.io", "b.io"]);
        assert_eq!(hosts("postgres://u:p@[::1]:5432/x"), ["::1"]);
        assert_eq!(hosts("sqlserver://db.acme.io\\inst:1433;database=x"), ["db.acme.io"]);
    }

    #[test]
    fn each_engine_has_its_own_way_to_insist_on_tls() {
        use Severity::{High, Medium};
        let cases = [
            ("postgresql://u:p@db.acme.io/x", Some(Medium)),
            ("postgresql://u:p@db.acme.io/x?schema=public", Some(Medium)),
            ("postgresql://u:p@db.acme.io/x?sslmode=require", None),
            ("postgresql://u:p@db.acme.io/x?sslmode=verify-full&sslrootcert=ca.pem", None),
            ("postgresql://u:p@db.acme.io/x?sslmode=disable", Some(High)),
            ("postgresql://u:p@db.acme.io/x?sslmode=prefer", Some(Medium)),
            ("postgresql://u:p@db.acme.io/x?application_name=sslmode%3Drequire", Some(Medium)),
            ("postgresql://u:p@db.acme.io/x?ssl=true", None),
            ("postgresql://u:p@localhost/x?host=/cloudsql/a:b:c", None),
            ("postgresql://u:p@db:5432/x", None),
            ("postgres://u:p@10.1.2.3/x", None),
            ("prisma+postgres://accelerate.prisma-data.net/?api_key=x", None),
            ("mysql://u:p@db.acme.io/x", Some(Medium)),
            ("mysql://u:p@db.acme.io/x?sslaccept=strict", None),
            ("mysql://u:p@db.acme.io/x?sslcert=ca.pem", None),
            ("sqlserver://db.acme.io;database=x", None),
            ("sqlserver://db.acme.io;database=x;encrypt=false", Some(High)),
            ("sqlserver://db.acme.io;encrypt=true;trustServerCertificate=true", Some(Medium)),
            ("mongodb+srv://u:p@c.mongodb.net/x", None),
            ("mongodb+srv://u:p@c.mongodb.net/x?tls=false", Some(High)),
            ("mongodb://u:p@c.acme.io/x", Some(Medium)),
            ("mongodb://u:p@c.acme.io/x?ssl=true", None),
            ("mongodb://u:p@c.acme.io/x?tls=true&tlsInsecure=true", Some(Medium)),
            ("file:./dev.db", None),
            ("libsql://x.turso.io", None),
        ];
        for (url, expected) in cases {
            assert_eq!(fault(None, url).map(|fault| fault.severity), expected, "{url}");
        }
    }

    #[test]
    fn an_edit_leaves_no_fault() {
        let faulty = [
            "postgresql://u:p@db.acme.io/x",
            "postgresql://u:p@db.acme.io/x?schema=public",
            "postgresql://u:p@db.acme.io/x?",
            "postgresql://u:p@db.acme.io/x?sslmode=disable&schema=a",
            "mysql://u:p@db.acme.io/x",
            "sqlserver://db.acme.io;encrypt=false;database=x",
            "mongodb://u:p@c.acme.io/x?a=b",
        ];
        for url in faulty {
            let (range, text) = fault(None, url).expect("a fault").edit;
            let mut mended = url.to_owned();
            mended.replace_range(range, &text);
            assert_eq!(fault(None, &mended), None, "{mended}");
        }
    }
}
