//! URLs and connection strings with a password.
//!
//! `parse_url` of the analysis reads a text that is a URL and nothing else; here
//! the URL stands inside anything, so that its end has to be found first, past
//! templates with blanks in them.

use seaworthy_analysis::values::parse_url;
use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};

use super::near;
use crate::candidate::{Candidate, Standing};
use crate::file::File;

/// The password of a URL.
pub(super) static PASSWORD: Kind = Kind {
    id: "url-password",
    provider: "",
    name: "password in a URL",
    description: "Whoever reads it can log in to the host that the URL names.",
    revoke: "change the password at the host",
    severity: Severity::High,
    precision: Precision::High,
    family: Family::Connection,
};

/// A token in the place of a URL's user.
pub(super) static TOKEN: Kind = Kind {
    id: "url-token",
    provider: "",
    name: "token in a URL",
    description: "Whoever reads it can act at the host as the one it was issued to.",
    revoke: "delete the token at the host, and let a credential helper give the new one",
    severity: Severity::High,
    precision: Precision::Medium,
    family: Family::Connection,
};

/// The signature of a presigned URL.
pub(super) static PRESIGNED: Kind = Kind {
    id: "presigned-url",
    provider: "",
    name: "signature of a presigned URL",
    description: "Whoever reads the URL can use the one object it names until it expires.",
    revoke: "delete the key that signed it, or wait until it expires",
    severity: Severity::Low,
    precision: Precision::High,
    family: Family::Connection,
};

/// The signature of a shared access signature.
pub(super) static SHARED_ACCESS: Kind = Kind {
    id: "url-shared-access-signature",
    provider: "Microsoft Azure",
    name: "shared access signature",
    description: "Whoever reads it has the access that it grants, often for years.",
    revoke: "delete its stored access policy, or rotate the key of the account that signed it",
    severity: Severity::High,
    precision: Precision::High,
    family: Family::Connection,
};

/// How far a URL's userinfo is read.
const REACH: usize = 1024;

/// Looks at the literal at `hit`.
pub(crate) fn find(text: &str, hit: Region, _file: &File<'_>, out: &mut Vec<Candidate>) {
    let found = match text.as_bytes().get(hit.start) {
        Some(b':') => credentials(text, hit),
        Some(b'@') => go_source_name(text, hit),
        Some(b'j' | b'J') => oracle(text, hit),
        Some(b's' | b'S') => shared_access(text, hit),
        Some(b'x' | b'X' | b'a' | b'A' | b'g' | b'G') => presigned(text, hit),
        _ => None,
    };
    out.extend(found);
}

/// The parts of the text after `://`.
struct Authority {
    /// The `@` before the host.
    at: usize,
    /// The first colon of the userinfo.
    colon: Option<usize>,
}

/// The credentials of the URL whose `://` stands at `hit`.
fn credentials(text: &str, hit: Region) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let scheme_start = scheme_start(bytes, hit.start)?;
    let scheme = text.get(scheme_start..hit.start)?;
    let web = ["http", "https", "ws", "wss", "git", "git+https", "git+http"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web));
    let quote = scheme_start.checked_sub(1).map(|before| bytes[before]);
    let start = hit.end;
    let Some(authority) = authority(bytes, start, quote, web) else {
        return (!web).then(|| parameter(text, scheme_start)).flatten();
    };
    let host = host(text, authority.at + 1, web)?;
    let info = text.get(start..authority.at)?;
    if info.contains("://") || is_expression(info) {
        return None;
    }
    let (user, password) = match authority.colon {
        Some(colon) => (text.get(start..colon)?, text.get(colon + 1..authority.at)?),
        None => (info, ""),
    };
    // `TOKEN@`, `TOKEN:@`, `TOKEN:x-oauth-basic@`.
    let dummy = ["", "x", "X", "x-oauth-basic", "oauth", "oauth2", "api_token", "unused", "token"];
    // The names of mailers' sources: `sendgrid+smtp://KEY@default`.
    let source = scheme.contains('+') && password.is_empty() && !scheme.contains("ssh");
    if dummy.contains(&password) && (web || source) && is_token(user) {
        // The key of a crash reporter's address is meant for clients.
        if host.contains("sentry") || host.contains("bugsnag") {
            return None;
        }
        let region = Region::new(start, start + user.len());
        return Some(part(&TOKEN, region, near::percent_decode(user), "", host));
    }
    if near::is_reference(password) || user.eq_ignore_ascii_case("anonymous") {
        return None;
    }
    let end = start + info.len();
    let region = Region::new(end - password.len(), end);
    let secret = near::percent_decode(&near::unescape(password));
    Some(part(&PASSWORD, region, secret, user, host))
}

/// A candidate inside a URL.
fn part(kind: &'static Kind, region: Region, secret: String, user: &str, host: &str) -> Candidate {
    let known = |text: &str| {
        (!text.is_empty() && !near::is_reference(text)).then(|| near::percent_decode(text))
    };
    Candidate {
        user: known(user),
        host: (!host.is_empty()).then(|| host.to_owned()),
        standing: Standing::Part,
        ..Candidate::new(kind, region, secret)
    }
}

/// Where the scheme that ends at `end` begins.
fn scheme_start(bytes: &[u8], end: usize) -> Option<usize> {
    let floor = end.saturating_sub(40);
    let mut start = end;
    while start > floor
        && (bytes[start - 1].is_ascii_alphanumeric()
            || matches!(bytes[start - 1], b'+' | b'-' | b'.' | b':' | b'_'))
    {
        start -= 1;
    }
    // A scheme from a template: `${SCHEME}://`, `%s://`.
    let template = start == end && end > 0 && matches!(bytes[end - 1], b'}' | b'>' | b')' | b'?');
    (start < end || template).then_some(start)
}

/// Finds the `@` that ends the userinfo, which begins at `start`.
fn authority(bytes: &[u8], start: usize, quote: Option<u8>, web: bool) -> Option<Authority> {
    let end = bytes.len().min(start + REACH);
    let (mut early, mut late, mut path, mut colon) = (None, None, None, None);
    let (mut question, mut query) = (false, false);
    let mut at = start;
    while at < end {
        match bytes[at] {
            b'@' if path.is_none() => early = Some(at),
            b'@' if !query => late = Some(at),
            b':' if colon.is_none() && path.is_none() => colon = Some(at),
            b'#' | b'$' | b'%' if bytes.get(at + 1) == Some(&b'{') => {}
            // The next URL begins: this one has no credentials.
            b'/' if at > start && bytes[at - 1] == b'/' && bytes[at - 2] == b':' => break,
            b'/' | b'#' => path = path.or(Some(at)),
            b'?' => {
                path = path.or(Some(at));
                question = true;
            }
            // Behind a parameter an `@` is an address.
            b'=' if question => query = true,
            b'{' => at = template_end(bytes, at, end).unwrap_or(at),
            b'(' if at > start && bytes[at - 1] == b'$' => {
                at = (at..end).find(|&at| bytes[at] == b')').unwrap_or(at);
            }
            b'<' => at = angle_end(bytes, at, end)?,
            b'\'' if !matches!(quote, Some(b'"' | b'`')) => break,
            b'"' | b'`' | b'>' | b'|' => break,
            b'\\' if matches!(bytes.get(at + 1), Some(b'n' | b'r' | b't' | b'"' | b'\'')) => break,
            byte if byte <= b' ' || byte == 0x7f => break,
            _ => {}
        }
        // A link of the web without an `@` before its path has no userinfo.
        if web && path.is_some() {
            break;
        }
        at += 1;
    }
    let colon = |at: usize| colon.filter(|&colon| colon < at);
    if let Some(at) = early {
        return Some(Authority { at, colon: colon(at) });
    }
    // A password that holds `/`, `?` or `#`.
    let (at, path) = late.zip(path)?;
    let colon = colon(path)?;
    let port = &bytes[colon + 1..path];
    (!port.is_empty()
        && !port.iter().all(u8::is_ascii_digit)
        && !port.eq_ignore_ascii_case(b"port")
        && !port.contains(&b'{')
        && !port.contains(&b'$'))
    .then_some(Authority { at, colon: Some(colon) })
}

/// The last byte of the template whose first brace stands at `at`: the outermost
/// closing brace, within 96 bytes of one line.
fn template_end(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in bytes.get(at..end.min(at + 96))?.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + index);
                }
            }
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// The last byte of `<name>`; `None` when the angle is something else.
fn angle_end(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    let close = (at + 1..end.min(at + 48)).find(|&index| {
        !(near::is_word(bytes[index]) || matches!(bytes[index], b' ' | b'-' | b'.' | b':'))
    })?;
    (bytes[close] == b'>' && close > at + 1).then_some(close)
}

/// The host at `start`; `None` when none can begin there.
fn host(text: &str, start: usize, web: bool) -> Option<&str> {
    let bytes = text.as_bytes();
    match *bytes.get(start)? {
        b'/' | b'\\' if !web => return Some(""),
        b'[' => {
            let end = (start..bytes.len().min(start + 64)).find(|&at| bytes[at] == b']')?;
            return text.get(start + 1..end);
        }
        byte if byte.is_ascii_alphanumeric() || b"$%{<_*#(".contains(&byte) => {}
        byte if !byte.is_ascii() => {}
        _ => return None,
    }
    let end = (start..bytes.len().min(start + 256))
        .find(|&at| bytes[at] <= b' ' || b":/?#,;\"'`\\)".contains(&bytes[at]) && at > start)
        .unwrap_or(bytes.len().min(start + 256));
    text.get(start..end)
}

/// Whether the userinfo belongs to a regular expression.
fn is_expression(info: &str) -> bool {
    ["[^", ")+", "(?", "\\w", "\\S", "\\d", ".*", ".+", "]+", "]*", "\\s", "([", "(\\"]
        .iter()
        .any(|part| info.contains(part))
}

/// Whether a user is more likely a token.
fn is_token(user: &str) -> bool {
    user.len() >= 16
        && user.bytes().any(|byte| byte.is_ascii_digit())
        && user.bytes().any(|byte| byte.is_ascii_alphabetic())
        && user.bytes().all(|byte| near::is_word(byte) || b"-.~+=%".contains(&byte))
        && !user.contains("%40")
}

/// The password among the parameters: `jdbc:mysql://h/db?user=u&password=p`.
fn parameter(text: &str, start: usize) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let body = start + near::seek(bytes.get(start..)?, Region::new(0, 48), "://")? + 3;
    let end = (body..bytes.len().min(start + REACH))
        .find(|&at| {
            bytes[at] <= b' ' || b"\"'`<>\\".contains(&bytes[at]) || near::stands(bytes, at, "://")
        })
        .unwrap_or_else(|| text.floor_char_boundary(start + REACH));
    let url = text.get(start..end)?;
    if !url.contains(['?', ';']) {
        return None;
    }
    let parts = parse_url(url)?;
    let password = parts.password?;
    let secret = &url[password.clone()];
    if near::is_reference(secret) {
        return None;
    }
    let user = parts.user.map_or("", |user| &url[user]);
    let host = parts.hosts.first().map_or("", |host| &url[host.clone()]);
    let region = Region::new(start + password.start, start + password.end);
    Some(part(&PASSWORD, region, near::percent_decode(secret), user, host))
}

/// `user:password@tcp(host:3306)/db`, the source name of Go's MySQL driver.
fn go_source_name(text: &str, hit: Region) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let floor = hit.start.saturating_sub(256);
    let start = (floor..hit.start)
        .rev()
        .find(|&at| bytes[at] <= b' ' || b"\"'`".contains(&bytes[at]))
        .map_or(floor, |at| at + 1);
    let info = text.get(start..hit.start)?;
    if info.contains("://") {
        return None;
    }
    let (user, password) = info.split_once(':')?;
    let user = user.rsplit('=').next().unwrap_or(user);
    if user.is_empty() || near::is_reference(password) || is_expression(info) {
        return None;
    }
    let host_end = (hit.end..bytes.len().min(hit.end + 256))
        .find(|&at| matches!(bytes[at], b')' | b':') || bytes[at] <= b' ')?;
    let host = text.get(hit.end..host_end)?;
    let region = Region::new(hit.start - password.len(), hit.start);
    Some(part(&PASSWORD, region, near::unescape(password), user, host))
}

/// `jdbc:oracle:thin:user/password@//host:1521/service`.
fn oracle(text: &str, hit: Region) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let driver = (hit.end..bytes.len().min(hit.end + 8)).find(|&at| bytes[at] == b':')?;
    let start = driver + 1;
    let end = (start..bytes.len().min(start + 256))
        .find(|&at| bytes[at] <= b' ' || b"\"'`<>".contains(&bytes[at]))
        .unwrap_or_else(|| text.floor_char_boundary(start + 256));
    let rest = text.get(start..end)?;
    let at = rest.rfind('@')?;
    let (user, password) = rest[..at].split_once('/')?;
    if user.is_empty() || near::is_reference(password) {
        return None;
    }
    let tail = rest[at + 1..].trim_start_matches('/');
    let host = tail.split([':', '/']).next().unwrap_or(tail);
    let region = Region::new(start + at - password.len(), start + at);
    Some(part(&PASSWORD, region, password.to_owned(), user, host))
}

/// The text of the URL around a hit, up to 1,024 bytes on either side.
fn around(text: &str, hit: Region) -> &str {
    let bytes = text.as_bytes();
    let ends = |byte: u8| byte <= b' ' || b"\"'`<>\\".contains(&byte);
    let floor = hit.start.saturating_sub(REACH);
    let start = (floor..hit.start)
        .rev()
        .find(|&at| ends(bytes[at]))
        .map_or_else(|| text.ceil_char_boundary(floor), |at| at + 1);
    let ceiling = bytes.len().min(hit.end + REACH);
    let end = (hit.end..ceiling)
        .find(|&at| ends(bytes[at]))
        .unwrap_or_else(|| text.floor_char_boundary(ceiling));
    text.get(start..end).unwrap_or_default()
}

/// Whether the URL has the parameter.
fn has_parameter(url: &str, name: &str) -> bool {
    url.match_indices(name).any(|(at, _)| {
        let before = at.checked_sub(1).map(|before| url.as_bytes()[before]);
        matches!(before, None | Some(b'?' | b'&' | b';' | b'='))
    })
}

/// The value of the parameter whose `=` ends the hit.
fn parameter_value(text: &str, start: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let end = (start..bytes.len().min(start + 512))
        .find(|&at| !(near::is_word(bytes[at]) || b"%+/-=.~".contains(&bytes[at])))
        .unwrap_or(bytes.len().min(start + 512));
    text.get(start..end)
}

/// A shared access signature of Azure: 32 bytes in base64 beside the version or
/// the expiry. The host of a workflow's trigger has no expiry.
fn shared_access(text: &str, hit: Region) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let before = hit.start.checked_sub(1).map(|before| bytes[before]);
    if before.is_some_and(near::is_word) {
        return None;
    }
    let value = parameter_value(text, hit.end)?;
    let secret = near::percent_decode(value);
    if !matches!(secret.len(), 43 | 44) || near::base64(secret.as_bytes())?.len() != 32 {
        return None;
    }
    let url = around(text, hit);
    if !["se=", "sv=", "skn="].iter().any(|name| has_parameter(url, name)) {
        return None;
    }
    let region = Region::new(hit.end, hit.end + value.len());
    let host = url
        .split_once("://")
        .map_or("", |(_, rest)| rest.split(['/', '?', ':']).next().unwrap_or(rest));
    Some(part(&SHARED_ACCESS, region, secret, "", host))
}

/// The signature of a presigned URL, of version 4 or 2, or of Google's.
fn presigned(text: &str, hit: Region) -> Option<Candidate> {
    let by_key = ["awsaccesskeyid=", "googleaccessid="];
    let start = if by_key.iter().any(|key| near::stands(text.as_bytes(), hit.start, key)) {
        let window = Region::new(hit.end, hit.end + 512);
        let at = near::seek(text.as_bytes(), window, "&signature=")?;
        if text.get(hit.end..at)?.contains([' ', '\n', '"', '\'', '<']) {
            return None;
        }
        at + "&signature=".len()
    } else {
        hit.end
    };
    let value = parameter_value(text, start)?;
    let is_signature = value.len() >= 27
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && !value.contains('.');
    if !is_signature {
        return None;
    }
    let url = around(text, hit);
    if !["X-Amz-Credential=", "X-Goog-Credential=", "Expires="]
        .iter()
        .any(|name| url.contains(name))
    {
        return None;
    }
    let host = url
        .split_once("://")
        .map_or("", |(_, rest)| rest.split(['/', '?', ':']).next().unwrap_or(rest));
    let region = Region::new(start, start + value.len());
    Some(part(&PRESIGNED, region, near::percent_decode(value), "", host))
}

#[cfg(test)]
mod tests {
    use seaworthy_detector_pack::Finder;

    use super::super::near::tests as near;
    use super::*;
    use crate::file::Language;

    #[test]
    fn the_password_of_a_url_is_found_wherever_the_url_stands() {
        let cases = [
            ("DB=postgres://ann:kR7tq2Vx@db.corp.io:5432/app", "kR7tq2Vx", "ann", "db.corp.io"),
            ("redis://:kR7tq2Vx@cache:6379/0", "kR7tq2Vx", "", "cache"),
            (
                "url = \"mongodb+srv://ann:kR7tq2Vx@c0.mongodb.net/x\"",
                "kR7tq2Vx",
                "ann",
                "c0.mongodb.net",
            ),
            ("mongodb://ann:kR7tq2Vx@one:1,two:2/x", "kR7tq2Vx", "ann", "one"),
            ("postgres://ann:k@R7@tq@db:1/x", "k@R7@tq", "ann", "db"),
            ("postgres://ann:k/R7?tq@db:1/x", "k/R7?tq", "ann", "db"),
            ("mysql://ann:kR7tq2Vx@${DB_HOST}:3306/x", "kR7tq2Vx", "ann", "${DB_HOST}"),
            ("mysql://{{ user }}:kR7tq2Vx@{{ host }}/x", "kR7tq2Vx", "", "{{"),
            ("amqp://${USER:-a}:kR7tq2Vx@mq/", "kR7tq2Vx", "", "mq"),
            ("[x](https://ann:kR7tq2Vx@git.corp.io/r.git)", "kR7tq2Vx", "ann", "git.corp.io"),
            ("`ftp://ann:kR7tq2Vx@ftp.corp.io`", "kR7tq2Vx", "ann", "ftp.corp.io"),
            ("<smtp://ann%40corp.io:kR7%21x@mail:587>", "kR7%21x", "ann@corp.io", "mail"),
            ("{\"u\":\"https:\\/\\/ann:kR7tq2Vx@h.io\\/x\"}", "kR7tq2Vx", "ann", "h.io"),
            ("custom+x://ann:kR7tq2Vx@[::1]:80/", "kR7tq2Vx", "ann", "::1"),
            ("postgres://ann:kR7tq2Vx@/db?host=/cloudsql/x", "kR7tq2Vx", "ann", ""),
            ("${PROTO}://ann:kR7tq2Vx@h.io", "kR7tq2Vx", "ann", "h.io"),
            ("jdbc:mysql://h.io/db?user=ann&password=kR7tq2Vx&x=1", "kR7tq2Vx", "ann", "h.io"),
            ("jdbc:oracle:thin:ann/kR7tq2Vx@//ora.io:1521/svc", "kR7tq2Vx", "ann", "ora.io"),
            ("\"ann:kR7tq2Vx@tcp(db.io:3306)/app\"", "kR7tq2Vx", "ann", "db.io"),
            ("DSN=ann:kR7tq2Vx@tcp(db.io:3306)/app", "kR7tq2Vx", "ann", "db.io"),
            (
                "https://oauth2:kR7tq2VxkR7tq2Vx@gitlab.com/r.git",
                "kR7tq2VxkR7tq2Vx",
                "oauth2",
                "gitlab.com",
            ),
            ("https://kR7tq2VxkR7tq2Vxaa@github.com/r.git", "kR7tq2VxkR7tq2Vxaa", "", "github.com"),
            (
                "https://kR7tq2VxkR7tq2Vxaa:x-oauth-basic@github.com/r",
                "kR7tq2VxkR7tq2Vxaa",
                "",
                "github.com",
            ),
            ("A=http://a:1,http://ann:kR7tq2Vx@b:2", "kR7tq2Vx", "ann", "b"),
        ];
        for (text, want, user, host) in cases {
            let found = near::run(find, Finder::Url, Language::Other, text);
            assert_eq!(found.len(), 1, "{text}");
            let region = found[0].region;
            assert_eq!(&text[region.start..region.end], want, "{text}");
            assert_eq!(found[0].user.as_deref().unwrap_or(""), user, "{text}");
            assert_eq!(found[0].host.as_deref().unwrap_or(""), host, "{text}");
        }
        let found = near::run(find, Finder::Url, Language::Other, "smtp://a:k%52%21x@mail");
        assert_eq!(&*found[0].secret, "kR!x");
    }

    #[test]
    fn links_and_references_are_no_passwords() {
        let cases = [
            "https://fonts.example.com/css?family=Roboto:wght@400",
            "https://unpkg.com/react@18.2.0/umd/react.js",
            "http://localhost:3000/@me",
            "https://user@example.com/x",
            "ssh://git@github.com:22/o/r.git",
            "git+ssh://git@github.com:o/r@v1",
            "postgres://ann:${PW}@db/x",
            "postgres://ann:{{ pw }}@db/x",
            "postgres://ann:<password>@db/x",
            "postgres://${USER}:$PW@db/x",
            "postgres://%s:%s@%s/x",
            "postgres://ann@db/x",
            "redis://cache:6379/0",
            "r\"://([^:]+):([^@]+)@\"",
            "ftp://anonymous:me@h.io@ftp.io",
            "https://0123456789abcdef0123456789abcdef@o12.ingest.sentry.io/34",
            "see http://a:b and mail c@d.io",
            "x://",
            "://a:b@c",
            "http://$HOST:$PORT/x@y",
            "design=kR7tq2Vx&se=1",
        ];
        for text in cases {
            assert_eq!(near::regions(find, Finder::Url, Language::Other, text), [""; 0], "{text}");
        }
    }

    #[test]
    fn signatures_of_urls_are_found_beside_their_parameters() {
        let hex = "0123456789abcdef".repeat(4);
        let url = format!(
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=AK%2F2024&X-Amz-Signature={hex}&x=1"
        );
        assert_eq!(near::regions(find, Finder::Url, Language::Other, &url), [hex.as_str()]);
        let url = "https://a.blob.core.windows.net/c?sv=2022-11-02&se=2030-01-01&sig=\
                   q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA%3D";
        assert_eq!(
            near::regions(find, Finder::Url, Language::Other, url),
            ["q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA%3D"]
        );
    }

    #[test]
    fn disturbed_text_is_survived() {
        near::survives(
            find,
            Finder::Url,
            &[
                "jdbc:oracle:thin:a/b@//h:1/x mysql://a:b@h/x?password=c a:b@tcp(h:1)/x",
                "https:\\/\\/a:{b}@<h>/ https://h/x?sv=1&sig=abc&X-Amz-Signature=0",
            ],
        );
    }
}
