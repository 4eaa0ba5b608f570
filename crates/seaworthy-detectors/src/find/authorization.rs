//! The values of authorization headers, of headers that carry a key, and of
//! session cookies: in dumps of HTTP, maps, lists, and calls that take a name and
//! a value.

mod header;
mod scheme;

use std::ops::Range;

use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};

use self::header::Value;
use super::near;
use crate::candidate::{Candidate, Name, Standing};
use crate::file::File;

pub(super) static BEARER: Kind = Kind {
    id: "bearer-token",
    provider: "",
    name: "bearer token",
    description: "Whoever bears it can call the service as the one it was issued to.",
    revoke: "delete the token at the service that issued it",
    severity: Severity::High,
    precision: Precision::Medium,
    family: Family::Assignment,
};

pub(crate) static BASIC: Kind = Kind {
    id: "basic-credentials",
    provider: "",
    name: "password of a Basic authorization",
    description: "Base64 hides nothing: whoever decodes it can log in as the user.",
    revoke: "change the password of the user",
    severity: Severity::High,
    precision: Precision::High,
    family: Family::Assignment,
};

pub(super) static NTLM: Kind = Kind {
    id: "ntlm-response",
    provider: "",
    name: "response of an NTLM authorization",
    description: "The password can be guessed from it without the server.",
    revoke: "change the password of the user",
    severity: Severity::Low,
    precision: Precision::High,
    family: Family::Assignment,
};

pub(super) static HEADER: Kind = Kind {
    id: "authorization-header",
    provider: "",
    name: "key in a request header",
    description: "Whoever reads it can call the service as its owner.",
    revoke: "delete the key at the service that issued it",
    severity: Severity::High,
    precision: Precision::Medium,
    family: Family::Assignment,
};

pub(super) static COOKIE: Kind = Kind {
    id: "session-cookie",
    provider: "",
    name: "session cookie",
    description: "Whoever reads it is logged in as its owner while the session lasts.",
    revoke: "end the session at the service",
    severity: Severity::Medium,
    precision: Precision::Medium,
    family: Family::Assignment,
};

/// Looks at the literal at `hit`.
pub(crate) fn find(text: &str, hit: Region, file: &File<'_>, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let is = |word: &str| near::stands(bytes, hit.start, word);
    if is("bearer") {
        scheme::bearer(text, hit, out);
    } else if is("basic") {
        scheme::basic(text, hit, out);
    } else if is("tlrmtvntuaad") {
        scheme::ntlm(text, hit, out);
    } else if is("auth plain ") {
        scheme::plain(text, hit, out);
    } else if is("auth\":") || is("auth\\\":") {
        scheme::member(text, hit, out);
    } else if is("authorization") {
        out.extend(authorization(text, hit, file));
    } else if is("cookie") || is("--cookie") {
        cookies(text, hit, file, out);
    } else {
        out.extend(key(text, hit, file));
    }
}

/// A candidate under the name of a header.
fn named(
    kind: &'static Kind,
    text: &str,
    name: Region,
    region: Region,
    standing: Standing,
) -> Candidate {
    let spelling = &text[name.start..name.end];
    Candidate {
        name: Some(Name { text: spelling.to_owned(), region: name }),
        standing,
        ..Candidate::new(kind, region, near::unescape(&text[region.start..region.end]))
    }
}

/// `Authorization: Token <t>`, `Authorization: <t>`; the schemes that name
/// themselves have literals of their own.
fn authorization(text: &str, hit: Region, file: &File<'_>) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let name = header::whole_name(bytes, hit)?;
    // `Proxy-Authorization`, not `ASAuthorization`.
    let first = hit.start == name.start || matches!(bytes[hit.start - 1], b'-' | b'_');
    if name.end != hit.end || !first {
        return None;
    }
    let found = header::value(text, name, file)?;
    let value = text.get(found.region.start..found.region.end)?;
    let (scheme, rest) = match value.split_once(' ') {
        Some((scheme, rest)) => (scheme, rest.trim_start()),
        None => ("", value),
    };
    // Clients of `.http` files encode what is written out.
    if file.has_extension(&["http", "rest"])
        && ["basic", "digest"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && let Some((user, password)) = rest.split_once([':', ' '])
        && password.len() >= 6
        && !near::is_reference(password)
        && !password.contains([' ', '=', '{'])
    {
        let region = Region::new(found.region.end - password.len(), found.region.end);
        return Some(Candidate {
            user: Some(user.to_owned()),
            standing: Standing::Part,
            ..Candidate::new(&BASIC, region, password)
        });
    }
    // Signatures of one request, and schemes that are found by themselves.
    let other = [
        "bearer",
        "basic",
        "digest",
        "negotiate",
        "ntlm",
        "kerberos",
        "hawk",
        "oauth",
        "signature",
        "hmac",
        "aws",
        "aws4-hmac-sha256",
        "sharedkey",
        "sharedkeylite",
        "gnap",
        "dpop",
        "mutual",
        "sharedaccesssignature",
    ];
    if other.iter().any(|other| scheme.eq_ignore_ascii_case(other)) {
        return None;
    }
    let inner = parameter(rest);
    let start = found.region.end - rest.len() + inner.start;
    let rest = rest.get(inner)?;
    let limit = if scheme.is_empty() { 16 } else { 8 };
    if !is_key(rest, limit, &found) {
        return None;
    }
    let region = Region::new(start, start + rest.len());
    let standing = if scheme.is_empty() { found.standing } else { Standing::Part };
    Some(named(&HEADER, text, name, region, standing))
}

/// Where the value of `token="…"` is, or the whole text.
fn parameter(text: &str) -> Range<usize> {
    let whole = 0..text.len();
    let Some((name, value)) = text.split_once('=') else { return whole };
    if !["token", "key", "apikey", "api_key", "auth", "access_token"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
    {
        return whole;
    }
    let value = value.trim_start_matches(['\\', '"', '\'']);
    let start = text.len() - value.len();
    let length = value.find(['"', '\'', '\\', ',', ' ']).unwrap_or(value.len());
    start..start + length
}

/// Whether a value can be a key: one word without a sign of code, not the name
/// of another header in a list of them.
fn is_key(value: &str, limit: usize, found: &Value) -> bool {
    let digits = value.bytes().any(|byte| byte.is_ascii_digit());
    if value.len() < limit.min(if digits { limit } else { 16 })
        || near::is_reference(value)
        || !value.bytes().all(|byte| byte.is_ascii_graphic())
        || value.contains(['(', ')', '<', '>', '{', '}', '"', '\'', ','])
        || value.starts_with(['$', '.', '/', '['])
    {
        return false;
    }
    if !digits && (value.len() < 16 || found.standing == Standing::Bare) {
        return false;
    }
    if found.item {
        let word = |part: &str| {
            let tail = part.get(1..).unwrap_or_default();
            tail.bytes().all(|byte| byte.is_ascii_lowercase())
                || part.bytes().all(|byte| byte.is_ascii_uppercase())
                || part.eq_ignore_ascii_case("sha256")
                || part.eq_ignore_ascii_case("md5")
        };
        return !value.split(['-', '_', '.', '/', ' ']).all(word);
    }
    true
}

/// Headers that carry a key by custom.
fn is_key_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let harmless =
        ["csrf", "xsrf", "public", "idempotency", "cache", "surrogate", "page", "continuation"];
    if harmless.iter().any(|word| name.contains(word)) {
        return false;
    }
    let ends = [
        "api-key",
        "apikey",
        "auth-token",
        "access-token",
        "api-token",
        "private-token",
        "job-token",
        "security-token",
        "session-token",
        "auth-key",
        "subscription-key",
        "application-key",
        "app-key",
        "access-key",
        "client-secret",
        "api-secret",
        "vault-token",
        "shopify-storefront-access-token",
    ];
    ends.iter().any(|end| name.ends_with(end))
        || (name.starts_with("x-")
            && ["-token", "-key", "-secret"].iter().any(|end| name.ends_with(end)))
}

/// `X-Api-Key: v`, `("X-Api-Key", "v")`.
fn key(text: &str, hit: Region, file: &File<'_>) -> Option<Candidate> {
    let name = header::whole_name(text.as_bytes(), hit)?;
    let spelling = text.get(name.start..name.end)?;
    if !spelling.contains('-') || !is_key_header(spelling) {
        return None;
    }
    let found = header::value(text, name, file).or_else(|| header::before(text, name))?;
    let value = text.get(found.region.start..found.region.end)?;
    is_key(value, 8, &found).then(|| named(&HEADER, text, name, found.region, found.standing))
}

/// The session cookies of a `Cookie` or `Set-Cookie` header.
fn cookies(text: &str, hit: Region, file: &File<'_>, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let region = if near::stands(bytes, hit.start, "--cookie") {
        option(bytes, hit.end)
    } else {
        let part = Region::new(hit.start, hit.start + "cookie".len());
        header::whole_name(bytes, part)
            .filter(|name| name.end == part.end)
            .and_then(|name| header::value(text, name, file))
            .map(|found| found.region)
    };
    let Some(region) = region else { return };
    let Some(value) = text.get(region.start..region.end) else { return };
    let mut start = region.start;
    for crumb in value.split(';').take(24) {
        let trimmed = crumb.trim_start();
        let offset = start + crumb.len() - trimmed.len();
        start += crumb.len() + 1;
        let Some((cookie, content)) = trimmed.split_once('=') else { continue };
        if is_session(cookie) && is_session_value(content) {
            let at = offset + cookie.len() + 1;
            let region = Region::new(at, at + content.len());
            let title = Region::new(offset, offset + cookie.len());
            out.push(named(&COOKIE, text, title, region, Standing::Part));
        }
    }
}

/// The value of `--cookie "…"`, which ends at `at`.
fn option(bytes: &[u8], at: usize) -> Option<Region> {
    if !matches!(bytes.get(at), Some(b' ' | b'=')) {
        return None;
    }
    let start = near::skip_blanks(bytes, at + 1);
    if let Some(string) = near::quoted(bytes, start, 4096) {
        return Some(string.content);
    }
    let end = (start..bytes.len().min(start + 1024))
        .find(|&at| bytes[at] <= b' ' || b"\"'`\\;".contains(&bytes[at]))?;
    Some(Region::new(start, end))
}

/// Whether a cookie of this name keeps somebody logged in.
fn is_session(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.len() <= 64
        && !["csrf", "xsrf", "consent", "locale", "lang", "analytics"]
            .iter()
            .any(|word| name.contains(word))
        && (["sess", "token", "auth", "jwt", "remember", "login"]
            .iter()
            .any(|word| name.contains(word))
            || name.ends_with("sid"))
}

/// Whether a cookie's value is long and random enough for a session.
fn is_session_value(value: &str) -> bool {
    value.len() >= 20
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && value.bytes().all(|byte| byte.is_ascii_graphic() && !b"{}<>()\"'".contains(&byte))
        && !near::is_reference(value)
}

#[cfg(test)]
mod tests {
    use seaworthy_detector_pack::Finder;

    use super::super::near::tests as near;
    use super::*;
    use crate::file::Language;

    const T: &str = "kR7tq2VxLm9pWz4Y";

    fn found(language: Language, text: &str) -> Vec<String> {
        near::regions(find, Finder::Authorization, language, text)
    }

    #[test]
    fn values_of_headers_are_found_in_every_dress() {
        let cases = [
            "Authorization: Bearer ¤",
            "authorization: bearer ¤\r\nHost: x",
            "curl -H 'Authorization: Bearer ¤' https://x",
            "\"Authorization\": \"Bearer ¤\"",
            "{\\\"Authorization\\\": \\\"Bearer ¤\\\"}",
            "Authorization:\n  - Bearer ¤",
            ".header(\"Authorization\", \"Bearer ¤\")",
            "headers['Authorization'] = 'Bearer ' + '¤'",
            "{\"name\":\"Authorization\",\"value\":\"Bearer ¤\"}",
            "auth = (\"Bearer\", \"¤\")",
            "token: Bearer ¤, and so on",
            "Authorization: Token ¤",
            "'Authorization' => 'Token token=\"¤\"'",
            "Authorization: Token token=\"¤\"",
            "\"Authorization\": \"ApiKey ¤\"",
            "headers.set('Authorization', 'Bot ¤');",
            "Authorization: ¤",
            "Proxy-Authorization: Key ¤",
            "X-Auth-Token: ¤",
            "setRequestHeader('X-Api-Key', '¤')",
            "-H \"x-api-key: ¤\"",
            "X-Api-Key:\n- ¤",
            "{\"name\": \"X-Api-Key\", \"value\": \"¤\"}",
            "<add name=\"X-Api-Key\" value=\"¤\"/>",
            "map.insert(\"x-api-key\", HeaderValue::from_static(\"¤\"))",
            "PRIVATE-TOKEN: ¤",
            "GET / HTTP/1.1\\r\\nX-Api-Key: ¤\\r\\nHost: x",
            "Cookie: a=b; session_id=¤abcd; c=d",
            "Set-Cookie: PHPSESSID=¤abcd; path=/",
            "\"cookie\": \"lang=en; auth=¤abcd\"",
            "curl --cookie \"session=¤abcd\" https://x",
            "<p name=\"Header.value\">Bearer ¤</p>",
        ];
        for case in cases {
            let text = case.replace('¤', T);
            let want = if case.contains("¤abcd") { format!("{T}abcd") } else { T.to_owned() };
            assert_eq!(found(Language::Other, &text), [want], "{text}");
        }
    }

    #[test]
    fn basic_credentials_are_decoded() {
        let cases = [
            ("Authorization: Basic YW5uOmtSN3RxMlZ4", "ann", "kR7tq2Vx"),
            ("(\"Authorization\", \"Basic YW5uOmtSN3RxMlZ4\")", "ann", "kR7tq2Vx"),
            ("'Basic ' . 'YW5uOmtSN3RxMlZ4'", "ann", "kR7tq2Vx"),
            ("Basic OmtSN3RxMlZ4", "", "kR7tq2Vx"),
            ("{\"auths\":{\"r.io\":{\"auth\": \"YW5uOmtSN3RxMlZ4\"}}}", "ann", "kR7tq2Vx"),
            ("\"{\\\"auth\\\":\\\"YW5uOmtSN3RxMlZ4\\\"}\"", "ann", "kR7tq2Vx"),
            ("C: AUTH PLAIN AGFubgBrUjd0cTJWeA==", "ann", "kR7tq2Vx"),
        ];
        for (text, user, password) in cases {
            let found = near::run(find, Finder::Authorization, Language::Other, text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].user.as_deref().unwrap_or(""), user, "{text}");
            assert_eq!(&*found[0].secret, password, "{text}");
        }
    }

    #[test]
    fn prose_templates_and_names_are_no_credentials() {
        let cases = [
            "Authorization: Bearer ${TOKEN}",
            "Authorization: Bearer <token>",
            "Authorization: Bearer $TOKEN",
            "Authorization: `Bearer ${token}`",
            "headers: { Authorization: 'Bearer ' + token }",
            "f\"Bearer {token}\"",
            "uses Bearer authentication and Basic auth",
            "Bearer token is required",
            "the bearer of this letter",
            "bearerFormat: JWT",
            "type: bearer",
            "WWW-Authenticate: Bearer realm=\"service\"",
            "basic authentication header",
            "Authorization: Digest username=\"a\", response=\"6629fae49393a05397450978507c4ef1\"",
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIAX, Signature=0123456789abcdef",
            "[\"Authorization\", \"Content-Type\", \"X-Requested-With\"]",
            "\"X-Api-Key\", \"X-Amz-Content-Sha256\"",
            "name: Authorization\nin: header",
            "['XYAuthorization', 'XYAuthorizationButton', 'XYAuthorizationRequest2']",
            "x-csrf-token: kR7tq2VxLm9pWz4Y",
            "Cookie: theme=kR7tq2VxLm9pWz4Yabcd",
            "Cookie: session=abc",
            "x-api-key: ${KEY}",
            "--access-token-file=/run/x1",
        ];
        for text in cases {
            assert_eq!(found(Language::Other, text), [""; 0], "{text}");
        }
        for text in ["authorization: getToken1(user)", "{ 'x-api-key': config.key1 }"] {
            assert_eq!(found(Language::Code, text), [""; 0], "{text}");
        }
    }

    #[test]
    fn disturbed_text_is_survived() {
        near::survives(
            find,
            Finder::Authorization,
            &[
                "Authorization: Basic YW5uOmtSN3RxMlZ4\n\"x-api-key\": \"kR7tq2VxLm9pWz4Y\"",
                "Cookie: session_id=kR7tq2VxLm9pWz4Yabcd; a=b 'Bearer ' + 'kR7tq2VxLm9pWz4Y'",
                "{\\\"Authorization\\\":[\\\"Token token=\\\\\\\"kR7tq2VxLm9pWz4Y",
            ],
        );
    }
}
