//! Connection strings, read by hand.
//!
//! URL parsers refuse what env files hold: `HOST:PORT/DATABASE`, several hosts,
//! `@` inside the password, JDBC's second scheme. This reader takes anything of
//! the form `scheme://…` apart and keeps every byte range.

use std::ops::Range;

use super::{ValueClass, ValueContext, Weakness, classify_text};
use crate::names;

/// A connection string, as ranges of the text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionUrl {
    /// `postgresql+asyncpg`, `jdbc:mysql`.
    pub scheme: Range<usize>,
    /// The user before the colon; empty in `redis://:pw@host`.
    pub user: Option<Range<usize>>,
    /// The password, still percent-encoded: of the userinfo, or else of a query
    /// or property list.
    pub password: Option<Range<usize>>,
    /// All hosts, in order; without brackets and ports. At most 16.
    pub hosts: Vec<Range<usize>>,
    /// The first host's port as written, which may be a word.
    pub port: Option<Range<usize>>,
    /// From the slash after the hosts to the query.
    pub path: Range<usize>,
    /// What follows `?`, or JDBC's first `;`.
    pub query: Option<Range<usize>>,
}

impl ConnectionUrl {
    /// The value of a parameter of the query or property list, by its name in
    /// any case.
    #[must_use]
    pub fn parameter(&self, text: &str, name: &str) -> Option<Range<usize>> {
        let query = self.query.clone()?;
        find_parameter(text, query, |found| found.eq_ignore_ascii_case(name))
    }
}

fn find_parameter(
    text: &str,
    query: Range<usize>,
    wanted: impl Fn(&str) -> bool,
) -> Option<Range<usize>> {
    let body = text.get(query.clone())?;
    let mut start = query.start;
    for pair in body.split(['&', ';']) {
        if let Some((name, value)) = pair.split_once('=')
            && wanted(name.trim())
        {
            let value_start = start + name.len() + 1;
            return Some(value_start..value_start + value.len());
        }
        start += pair.len() + 1;
    }
    None
}

/// Takes a connection string apart; `None` when the text has no `scheme://` (or
/// `jdbc:scheme:`) at its start or holds white space.
#[must_use]
pub fn parse_url(text: &str) -> Option<ConnectionUrl> {
    let text = super::bounded(text);
    let separator = text.find("://")?;
    let scheme = 0..separator;
    let named = text[scheme.clone()].bytes().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b':' | b'_')
    });
    if !named || separator == 0 || !text.as_bytes()[0].is_ascii_alphabetic() || separator > 64 {
        return None;
    }
    let start = separator + 3;
    let end = text[start..]
        .find(|c: char| c.is_whitespace() || "\"'`".contains(c))
        .map_or(text.len(), |at| start + at);
    let jdbc = text[..separator].to_ascii_lowercase().starts_with("jdbc:");
    let rest = &text[start..end];
    // The userinfo ends at the last `@` before the path; a password may hold
    // `@`, and often `/`, `?` or `#` that somebody forgot to encode. An `@` in
    // the query is an address, unless nothing before it can be a host.
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let at = rest[..authority_end].rfind('@').or_else(|| {
        let unencoded = rest[..authority_end].find(':')?;
        let port = &rest[unencoded + 1..authority_end];
        let query = rest.find('?').unwrap_or(rest.len());
        let late = rest[..query].rfind('@').or_else(|| {
            rest.rfind('@').filter(|_| rest.as_bytes().get(authority_end) == Some(&b'#'))
        })?;
        (!port.is_empty()
            && !port.bytes().all(|byte| byte.is_ascii_digit())
            && !port.eq_ignore_ascii_case("port"))
        .then_some(late)
    });
    let (mut user, mut password) = (None, None);
    let mut cursor = start;
    if let Some(at) = at {
        let info = &rest[..at];
        match info.find(':') {
            Some(colon) => {
                user = Some(start..start + colon);
                password = Some(start + colon + 1..start + at);
            }
            None => user = Some(start..start + at),
        }
        cursor = start + at + 1;
    }
    let tail = &text[cursor..end];
    let hosts_end = cursor + tail.find(['/', '?', '#', ';']).unwrap_or(tail.len());
    let (hosts, port) = read_hosts(text, cursor..hosts_end);
    let after = &text[hosts_end..end];
    let query_at = after.find(if jdbc { &['?', ';'][..] } else { &['?'][..] });
    let path_end = query_at.or_else(|| after.find('#')).map_or(end, |at| hosts_end + at);
    let query = query_at.map(|at| hosts_end + at + 1..end);
    if password.is_none()
        && let Some(query) = query.clone()
    {
        password = find_parameter(text, query.clone(), |name| {
            matches!(
                name.to_ascii_lowercase().as_str(),
                "password" | "pwd" | "passwd" | "pass" | "accountkey"
            )
        })
        .filter(|range| !range.is_empty());
        if user.is_none() {
            user = find_parameter(text, query, |name| {
                matches!(name.to_ascii_lowercase().as_str(), "user" | "username" | "uid")
            });
        }
    }
    Some(ConnectionUrl { scheme, user, password, hosts, port, path: hosts_end..path_end, query })
}

fn read_hosts(text: &str, range: Range<usize>) -> (Vec<Range<usize>>, Option<Range<usize>>) {
    let mut hosts = Vec::new();
    let mut port = None;
    let mut start = range.start;
    for (index, part) in text[range].split(',').take(16).enumerate() {
        let (host_start, host_len, rest) =
            match part.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                Some((host, rest)) => (start + 1, host.len(), rest),
                None => {
                    let end = part.find(':').unwrap_or(part.len());
                    (start, end, &part[end..])
                }
            };
        if host_len > 0 {
            hosts.push(host_start..host_start + host_len);
        }
        if index == 0
            && let Some(digits) = rest.strip_prefix(':').filter(|digits| !digits.is_empty())
        {
            let port_start = start + part.len() - digits.len();
            port = Some(port_start..port_start + digits.len());
        }
        start += part.len() + 1;
    }
    (hosts, port)
}

/// Where a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostKind {
    /// This machine: `localhost`, a loopback address, `host.docker.internal`, or
    /// no host at all.
    Local,
    /// A name without a dot: a service of the same network.
    ServiceName,
    /// A private address or a name under `.local`, `.internal` and the like.
    Private,
    /// To be replaced: `HOST`, `your-db.example.com`, `<host>`, `${HOST}`.
    Placeholder,
    /// Reachable from anywhere.
    Public,
}

/// Tells where a host is.
#[must_use]
pub fn host_kind(host: &str) -> HostKind {
    use std::net::IpAddr;
    let host = super::bounded(host).trim().trim_end_matches('.');
    let lower = host.to_ascii_lowercase();
    if let Ok(address) = lower.parse::<IpAddr>() {
        return match address {
            _ if address.is_loopback() || address.is_unspecified() => HostKind::Local,
            IpAddr::V4(v4)
                if v4.is_private()
                    || v4.is_link_local()
                    || (v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1])) =>
            {
                HostKind::Private
            }
            IpAddr::V4(v4) if v4.is_documentation() => HostKind::Placeholder,
            IpAddr::V6(v6) if v6.is_unique_local() || v6.is_unicast_link_local() => {
                HostKind::Private
            }
            _ => HostKind::Public,
        };
    }
    if lower.is_empty()
        || lower == "localhost"
        || lower.ends_with(".localhost")
        || lower == "host.docker.internal"
        || lower == "host.containers.internal"
        || lower == "gateway.docker.internal"
    {
        return HostKind::Local;
    }
    let all_caps = host.bytes().any(|byte| byte.is_ascii_uppercase())
        && !host.bytes().any(|byte| byte.is_ascii_lowercase());
    let odd = !host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let words = names::split_words(&lower);
    let marker = words.iter().any(|word| {
        matches!(
            word.as_str(),
            "your"
                | "yours"
                | "yourdomain"
                | "yourhost"
                | "yourapp"
                | "yoursite"
                | "yourcompany"
                | "example"
                | "examples"
                | "mydomain"
                | "changeme"
                | "placeholder"
                | "hostname"
                | "xxx"
                | "xxxx"
                | "xxxxx"
                | "xxxxxx"
                | "domain"
                | "somehost"
                | "somewhere"
                | "remotehost"
                | "replace"
                | "host"
                | "server"
                | "dbhost"
                | "region"
                | "ref"
        )
    });
    let has_dot = lower.contains('.');
    // `host` and `region` are placeholders on their own or in caps; within a
    // longer name they are ordinary.
    let certain = words.iter().any(|word| {
        word.starts_with("your")
            || word.starts_with("xxx")
            || matches!(
                word.as_str(),
                "example"
                    | "examples"
                    | "mydomain"
                    | "changeme"
                    | "placeholder"
                    | "replace"
                    | "somehost"
            )
    });
    let marker = marker
        && (certain
            || (words.len() == 1 && lower != "server")
            || lower == "domain.com"
            || lower.ends_with(".domain.com"));
    let xs = lower
        .split(['.', '-'])
        .any(|part| part.len() >= 3 && part.bytes().all(|byte| byte == b'x'));
    if all_caps
        || odd
        || marker
        || xs
        || lower.contains("...")
        || ["example.com", "example.org", "example.net"]
            .iter()
            .any(|domain| lower.ends_with(domain))
        || lower.ends_with(".example")
        || lower.ends_with(".invalid")
        || lower.ends_with(".test")
        || host.split(['.', '-']).any(|part| {
            part.len() >= 4
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte == b'-')
        })
    {
        return HostKind::Placeholder;
    }
    if !has_dot {
        return HostKind::ServiceName;
    }
    if [".local", ".internal", ".lan", ".home", ".corp", ".intranet", ".svc", ".consul", ".private"]
        .iter()
        .any(|tld| lower.ends_with(tld))
        || lower.contains(".svc.cluster")
    {
        return HostKind::Private;
    }
    HostKind::Public
}

/// The judgement of a connection string's password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlPassword {
    /// What the password is.
    pub class: ValueClass,
    /// Its bytes in the text, still percent-encoded.
    pub region: Range<usize>,
    /// Where the first host is.
    pub host: HostKind,
}

/// Judges the password of a connection string; `None` when the text is no URL or
/// has no password.
///
/// Documentation forms (`user:password@`, `USER:PASSWORD@HOST`) are placeholders
/// unless the host is a real one, where `password` might be the password: then
/// they are weak. A part with a reference is a reference.
#[must_use]
pub fn classify_url_password(text: &str, context: &ValueContext<'_>) -> Option<UrlPassword> {
    let text = super::bounded(text);
    let url = parse_url(text)?;
    let region = url.password.clone()?;
    let raw = &text[region.clone()];
    let password = percent_decode(raw);
    let user = url.user.clone().map(|user| percent_decode(&text[user]));
    let host = url.hosts.first().map_or(HostKind::Local, |host| host_kind(&text[host.clone()]));
    let is_password_word = |word: &str| {
        matches!(
            word.to_ascii_lowercase().as_str(),
            "password"
                | "pass"
                | "passwd"
                | "pwd"
                | "pw"
                | "db_password"
                | "dbpassword"
                | "mypassword"
                | "api_secret"
                | "apisecret"
                | "secret"
                | "userpassword"
        )
    };
    let is_user_word = |word: &str| {
        matches!(
            word.to_ascii_lowercase().as_str(),
            "user"
                | "username"
                | "usr"
                | "db_user"
                | "dbuser"
                | "login"
                | "myuser"
                | "api_key"
                | "apikey"
                | "ref"
                | "name"
                | ""
        )
    };
    let user_word = user.as_deref().is_some_and(is_user_word);
    let inner = ValueContext { key: "", user: user.as_deref(), project: context.project };
    let class = if is_password_word(&password)
        && (password.bytes().all(|byte| !byte.is_ascii_lowercase())
            || (user_word && user.as_deref() != Some(""))
            || host == HostKind::Placeholder)
        && !matches!((host, user_word), (HostKind::Public, false))
    {
        ValueClass::Placeholder
    } else {
        match classify_text(&password, &inner) {
            // Any other literal in this place is a password, whatever it looks like.
            ValueClass::Inert => {
                if password.eq_ignore_ascii_case("null") || password.eq_ignore_ascii_case("none") {
                    ValueClass::Empty
                } else {
                    ValueClass::Weak(Weakness::Dictionary)
                }
            }
            class => class,
        }
    };
    Some(UrlPassword { class, region, host })
}

/// Decodes `%41`; bytes that do not form UTF-8 become U+FFFD's absence: the text
/// stays as written.
fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = text.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (bytes[at], pair) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, String, String, String)> {
        let url = parse_url(text)?;
        let of = |range: Option<Range<usize>>| {
            range.map_or("-".to_owned(), |range| text[range].to_owned())
        };
        let hosts: Vec<&str> = url.hosts.iter().map(|host| &text[host.clone()]).collect();
        Some((of(url.user.clone()), of(url.password.clone()), hosts.join(","), of(url.port)))
    }

    #[test]
    fn connection_strings_are_taken_apart() {
        let cases = [
            ("postgres://ann:pw@db:5432/app", "ann", "pw", "db", "5432"),
            ("redis://:pw@cache:6379/0", "", "pw", "cache", "6379"),
            ("postgresql+asyncpg://a:b@h/x", "a", "b", "h", "-"),
            ("mongodb+srv://a:b@c.mongodb.net/x?w=1", "a", "b", "c.mongodb.net", "-"),
            ("mongodb://a:b@one:1,two:2/x", "a", "b", "one,two", "1"),
            ("postgres://U:P@HOST:PORT/DATABASE", "U", "P", "HOST", "PORT"),
            ("postgres://a:p@ss@h:1/x", "a", "p@ss", "h", "1"),
            ("postgres://a:p/q?r@h:1/x", "-", "-", "a", "p"),
            ("postgres://a:p/q@h:1/x", "a", "p/q", "h", "1"),
            ("mysql://h/x", "-", "-", "h", "-"),
            ("https://key@host.io/1", "key", "-", "host.io", "-"),
            ("jdbc:mysql://h:3306/x?user=a&password=b", "a", "b", "h", "3306"),
            ("jdbc:sqlserver://h:1433;user=a;password=b;encrypt=true", "a", "b", "h", "1433"),
            ("http://[::1]:80/", "-", "-", "::1", "80"),
            ("sqlite:///file.db", "-", "-", "", "-"),
        ];
        for (text, user, password, hosts, port) in cases {
            let want = (user.to_owned(), password.to_owned(), hosts.to_owned(), port.to_owned());
            assert_eq!(parts(text), Some(want), "{text}");
        }
        for text in ["", "no url", "://x", "mailto:a@b", "not a://b"] {
            assert_eq!(parse_url(text), None, "{text}");
        }
    }

    #[test]
    fn hosts_are_told_apart() {
        use HostKind::*;
        let cases = [
            ("localhost", Local),
            ("127.0.0.1", Local),
            ("::1", Local),
            ("", Local),
            ("postgres", ServiceName),
            ("db-server", ServiceName),
            ("10.0.0.5", Private),
            ("db.corp.internal", Private),
            ("HOST", Placeholder),
            ("host", Placeholder),
            ("your-db.rds.amazonaws.com", Placeholder),
            ("shop.xxxxx.us-east-1.rds.amazonaws.com", Placeholder),
            ("db.example.com", Placeholder),
            ("aws-0-REGION.pooler.supabase.com", Placeholder),
            ("<host>", Placeholder),
            ("shop.c9akciq32.us-east-1.rds.amazonaws.com", Public),
            ("203.0.112.9", Public),
        ];
        for (host, want) in cases {
            assert_eq!(host_kind(host), want, "{host}");
        }
    }

    #[test]
    fn passwords_in_urls_are_judged_with_user_and_host() {
        use ValueClass::*;
        use Weakness::*;
        let cases = [
            ("postgres://postgres:postgres@localhost:5432/app", Weak(EqualsUser)),
            ("postgres://user:password@localhost:5432/app", Placeholder),
            ("postgres://USER:PASSWORD@HOST:PORT/DATABASE", Placeholder),
            (
                "postgres://postgres.ref:[YOUR-PASSWORD]@aws-0-eu.pooler.supabase.com:6543/postgres",
                Placeholder,
            ),
            ("postgres://app:${DB_PASSWORD}@db:5432/app", Reference),
            ("postgres://app:$DB_PASSWORD@db:5432/app", Reference),
            ("redis://:redis_password@redis:6379", Weak(Dictionary)),
            ("postgres://devuser:devpass@db/app", Weak(EnvironmentWord)),
            (
                "mysql://shop:q7Zr2mVx9KpLw4TnB8sD@shop.c9akciq32.us-east-1.rds.amazonaws.com/x",
                Real,
            ),
            ("mysql://shop:q7Zr2%6DVx9KpLw4TnB8sD@db/x", Real),
            ("postgres://app:****@db/app", Placeholder),
            (
                "postgres://admin:password@shop.c9akciq32.us-east-1.rds.amazonaws.com/x",
                Weak(Dictionary),
            ),
            ("postgres://app:@db/app", Empty),
            ("cloudinary://api_key:api_secret@cloud_name", Placeholder),
        ];
        for (text, want) in cases {
            let got = classify_url_password(text, &ValueContext::default());
            assert_eq!(got.map(|got| got.class), Some(want), "{text}");
        }
        assert_eq!(classify_url_password("redis://cache:6379", &ValueContext::default()), None);
    }
}
