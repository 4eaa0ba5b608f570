//! JSON Web Tokens: signed ones (RFC 7515), whose header and claims can be read.
//!
//! A token that nobody can use is no leak: unsigned, encrypted, cut short, a
//! sample of the documentation, or meant for browsers. Whether it has expired is
//! not asked, for nothing here reads the clock.

use seaworthy_analysis::values::{entropy_per_char, is_test_key};
use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};
use seaworthy_syntax::{NodeRef, Tree, json};

use super::base64;
use crate::candidate::{Candidate, Standing};
use crate::file::File;

/// A signed token.
pub(crate) static KIND: Kind = Kind {
    id: "jwt",
    provider: "",
    name: "signed JSON Web Token",
    description: "Until it expires, whoever has it is taken for the one it was issued to; its \
                  claims can be read by anybody for ever.",
    revoke: "end the session it belongs to, or change the key that signed it",
    severity: Severity::Medium,
    precision: Precision::High,
    family: Family::Jwt,
};

/// A token without an end.
pub(crate) static ENDLESS: Kind = Kind {
    id: "jwt-without-expiry",
    provider: "",
    name: "signed JSON Web Token that never expires",
    description: "Whoever has it is taken for the one it was issued to, for as long as the key \
                  that signed it is in use.",
    revoke: "change the signing key, and give tokens an end",
    severity: Severity::High,
    precision: Precision::High,
    family: Family::Jwt,
};

/// Supabase's key past row level security, also of an instance of one's own.
pub(crate) static SERVICE_ROLE: Kind = Kind {
    id: "service-role-jwt",
    provider: "Supabase",
    name: "service_role key",
    description: "Reads and writes every row of the project past row level security.",
    revoke: "change the JWT secret of the project, which ends all of its keys",
    severity: Severity::Critical,
    precision: Precision::VeryHigh,
    family: Family::Token,
};

/// The most bytes of a header, of claims and of a signature. The signatures that
/// withstand quantum computers take 4,627 bytes.
const MAX_HEADER: usize = 4 << 10;
const MAX_CLAIMS: usize = 16 << 10;
const MAX_SIGNATURE: usize = 8 << 10;

/// The seconds of ten years: a token that lives longer never ends.
const TEN_YEARS: i64 = 315_360_000;

/// The entropy per character below which a signature was typed by a person.
const MIN_ENTROPY: f64 = 4.0;

/// The base64 of what a header begins with: `{"`, also after white space.
const BEGINNINGS: [&[u8]; 4] = [b"eyJ", b"eyAi", b"ewog", b"ew0K"];

/// Looks at the literal at `hit`: one of the beginnings of a header.
pub(crate) fn find(text: &str, hit: Region, _file: &File<'_>, out: &mut Vec<Candidate>) {
    out.extend(token(text, hit.start));
}

fn token(text: &str, start: usize) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let rest = bytes.get(start..)?;
    if !BEGINNINGS.iter().any(|beginning| rest.starts_with(beginning)) || !begins(bytes, start) {
        return None;
    }
    let header = part(bytes, start, MAX_HEADER)?;
    let parsed = object(text.get(header.range())?)?;
    let algorithm = parsed.root().get("alg")?.as_str()?;
    // Of an encrypted token nothing can be read, and nobody can make one.
    if parsed.root().get("enc").is_some() {
        return None;
    }
    let claims = part(bytes, header.end + 1, MAX_CLAIMS)?;
    let signature = last_part(bytes, claims.end + 1)?;
    let written = text.get(signature.range())?;
    if written.len() * 6 / 8 < least_signature(algorithm)?
        || entropy_per_char(written) < MIN_ENTROPY
    {
        return None;
    }
    let claims = object(text.get(claims.range())?)?;
    let claims = claims.root();
    let token = text.get(start..signature.end)?;
    if is_test_key(token) || is_public(claims) {
        return None;
    }
    let kind = if claim(claims, "role") == Some("service_role") {
        &SERVICE_ROLE
    } else if is_endless(claims) {
        &ENDLESS
    } else {
        &KIND
    };
    let mut candidate = Candidate::new(kind, Region::new(start, signature.end), token);
    candidate.standing = Standing::Token;
    candidate.host = claim(claims, "iss").and_then(host_of).map(str::to_owned);
    candidate.user = ["email", "preferred_username", "username"]
        .iter()
        .find_map(|name| claim(claims, name))
        .map(str::to_owned);
    candidate.proof = Some("its header and its claims decode, and its signature is whole");
    Some(candidate)
}

/// Whether a token may begin here: not within a word, unless that is an escape.
fn begins(bytes: &[u8], start: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).and_then(|at| bytes.get(at)).copied();
    match before(1) {
        Some(byte) if byte.is_ascii_alphanumeric() || byte == b'_' => {
            matches!((before(2), byte), (Some(b'\\'), b'n' | b'r' | b't'))
                || before(3) == Some(b'%')
        }
        _ => true,
    }
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// A part that is followed by a dot.
fn part(bytes: &[u8], start: usize, most: usize) -> Option<Region> {
    let rest = bytes.get(start..)?;
    let length = rest.iter().take(most).position(|&byte| !is_letter(byte))?;
    (rest[length] == b'.' && length >= 4).then(|| Region::new(start, start + length))
}

/// The signature: not followed by another part, nor by dots in place of its rest.
fn last_part(bytes: &[u8], start: usize) -> Option<Region> {
    let rest = bytes.get(start..)?;
    let length = rest.iter().take(MAX_SIGNATURE).take_while(|&&byte| is_letter(byte)).count();
    let cut = match &rest[length..] {
        [b'.', next, ..] => *next == b'.' || is_letter(*next),
        // The ellipsis of Unicode, stars.
        [0xe2, 0x80, 0xa6, ..] | [b'*', ..] => true,
        _ => false,
    };
    (!cut && length > 0).then(|| Region::new(start, start + length))
}

/// The tree of a part that is a JSON object.
fn object(part: &str) -> Option<Tree> {
    let tree = json::parse(&base64::decode_text(part)?);
    (tree.root().is_mapping() && tree.errors().is_empty()).then_some(tree)
}

fn claim<'t>(claims: NodeRef<'t>, name: &str) -> Option<&'t str> {
    claims.get(name)?.as_str()
}

/// The least bytes of a signature by the algorithm (RFC 7518, section 3.1; RFC
/// 8037); `None` when there is none.
fn least_signature(algorithm: &str) -> Option<usize> {
    Some(match algorithm {
        "HS256" => 32,
        "HS384" => 48,
        "HS512" | "ES256" | "ES256K" | "EdDSA" | "Ed25519" => 64,
        "ES384" => 96,
        "ES512" => 132,
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => 128,
        "" => return None,
        none if none.eq_ignore_ascii_case("none") => return None,
        _ => 32,
    })
}

/// Whether the claims are meant for everybody, or are an example's.
fn is_public(claims: NodeRef<'_>) -> bool {
    let is = |name: &str, value: &str| claim(claims, name) == Some(value);
    // Supabase's key for browsers, and the keys that every instance begins with.
    is("role", "anon")
        || is("iss", "supabase-demo")
        // The first claims of jwt.io, and those of RFC 7519.
        || is("sub", "1234567890") && (is("name", "John Doe") || claims.get("name").is_none())
        || is("iss", "joe") && number(claims, "exp") == Some(1_300_819_380)
        || says_nothing(claims)
}

/// Whether there is one claim, and a word that stands for any: `{"some":
/// "payload"}`, `{"foo": "bar"}`. Such a token was made to show how one is made.
fn says_nothing(claims: NodeRef<'_>) -> bool {
    const WORDS: &[&str] =
        &["some", "foo", "hello", "payload", "test", "message", "msg", "key", "data", "a"];
    match claims.entries().as_slice() {
        [] => true,
        [only] => only.key.as_str().is_some_and(|name| WORDS.contains(&name)),
        _ => false,
    }
}

fn number(claims: NodeRef<'_>, name: &str) -> Option<i64> {
    let written = claims.get(name)?.scalar()?;
    written.split_once('.').map_or(written, |(whole, _)| whole).parse().ok()
}

/// Whether the token has no end, or one beyond ten years.
fn is_endless(claims: NodeRef<'_>) -> bool {
    let Some(end) = claims.get("exp") else { return true };
    let Some(begin) = number(claims, "iat").or_else(|| number(claims, "nbf")) else { return false };
    !end.is_null() && number(claims, "exp").is_some_and(|end| end.saturating_sub(begin) > TEN_YEARS)
}

/// The host of an issuer that is a URL or a host.
fn host_of(issuer: &str) -> Option<&str> {
    let host = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    let host = host.split(['/', ':', '?']).next()?;
    (host.contains('.') && !host.contains([' ', '@'])).then_some(host)
}

#[cfg(test)]
mod tests {
    use seaworthy_detector_pack::Finder;

    use super::*;
    use crate::file::Language;
    use crate::find::near::tests::{run, survives};

    /// 43 characters of a signature.
    const SHORT: &str = "q8Zt3vLw0XcRnB7yKfPd2sHgJm5TaUeQ9iOxVbN4oWk";

    fn encode(text: &str) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut encoded = String::new();
        for group in text.as_bytes().chunks(3) {
            let mut bits = 0u32;
            for (index, &byte) in group.iter().enumerate() {
                bits |= u32::from(byte) << (16 - 8 * index);
            }
            for index in 0..=group.len() {
                let sextet = bits >> (18 - 6 * index) & 63;
                encoded.push(char::from(ALPHABET[sextet as usize]));
            }
        }
        encoded
    }

    fn token(header: &str, claims: &str, signature: &str) -> String {
        format!("{}.{}.{signature}", encode(header), encode(claims))
    }

    fn kinds(text: &str) -> Vec<&'static str> {
        run(find, Finder::Jwt, Language::Code, text).iter().map(|found| found.kind.id).collect()
    }

    #[test]
    fn tokens_are_known_by_header_claims_and_signature() {
        const HS: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
        const BRIEF: &str = r#"{"sub":"u-71","iat":1700000000,"exp":1700003600}"#;
        let long = SHORT.repeat(2);
        let longer = SHORT.repeat(8);
        let cases: [(&str, &str, &str, &[&str]); 31] = [
            (HS, BRIEF, SHORT, &["jwt"]),
            (HS, r#"{"sub":"u-71","iat":1700000000}"#, SHORT, &["jwt-without-expiry"]),
            (HS, r#"{"iat":1700000000,"exp":2900000000}"#, SHORT, &["jwt-without-expiry"]),
            (HS, r#"{"exp":2900000000}"#, SHORT, &["jwt"]),
            (r#"{"alg":"RS256"}"#, BRIEF, &longer, &["jwt"]),
            (r#"{"alg":"ES256"}"#, BRIEF, &long, &["jwt"]),
            (r#"{"alg":"HS512"}"#, BRIEF, &long, &["jwt"]),
            (r#"{ "typ" : "JWT", "alg" : "HS256" }"#, BRIEF, SHORT, &["jwt"]),
            ("{\n  \"alg\": \"HS256\"\n}", BRIEF, SHORT, &["jwt"]),
            ("{\r\n\"alg\": \"HS256\"}", BRIEF, SHORT, &["jwt"]),
            (r#"{"typ":"JWT","alg":"HS256"}"#, BRIEF, SHORT, &["jwt"]),
            (HS, r#"{"role":"service_role","iss":"supabase"}"#, SHORT, &["service-role-jwt"]),
            (HS, r#"{"role":"service_role","iss":"supabase-demo"}"#, SHORT, &[]),
            (HS, r#"{"role":"anon","iss":"supabase"}"#, SHORT, &[]),
            // Traps.
            (r#"{"alg":"none"}"#, BRIEF, SHORT, &[]),
            (r#"{"alg":"HS256"}"#, BRIEF, "", &[]),
            (r#"{"alg":"RS256"}"#, BRIEF, SHORT, &[]),
            (r#"{"alg":"HS512"}"#, BRIEF, SHORT, &[]),
            (r#"{"typ":"JWT"}"#, BRIEF, SHORT, &[]),
            (r#"{"alg":"dir","enc":"A256GCM"}"#, BRIEF, SHORT, &[]),
            (HS, BRIEF, "signature", &[]),
            (HS, BRIEF, "invalid", &[]),
            (HS, BRIEF, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", &[]),
            (HS, "[1]", SHORT, &[]),
            (HS, r#"{"sub":"#, SHORT, &[]),
            (HS, r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#, SHORT, &[]),
            (HS, r#"{"sub":"1234567890","name":"Kim Lee","exp":1}"#, SHORT, &["jwt"]),
            (HS, r#"{"iss":"joe","exp":1300819380}"#, SHORT, &[]),
            (HS, r#"{"some":"payload"}"#, SHORT, &[]),
            (HS, "{}", SHORT, &[]),
            (HS, r#"{"userId":71}"#, SHORT, &["jwt-without-expiry"]),
        ];
        for (header, claims, signature, want) in cases {
            let text = format!("const t = \"{}\";", token(header, claims, signature));
            assert_eq!(kinds(&text), want, "{header} {claims} {signature}");
        }
    }

    #[test]
    fn the_region_is_the_token_alone() {
        let whole = token(
            r#"{"alg":"HS256"}"#,
            r#"{"email":"k@port.example","iss":"https://id.port.example/r"}"#,
            SHORT,
        );
        for (before, after) in [
            ("", ""),
            ("Bearer ", "\n"),
            ("token=", "&x=1"),
            ("'", "'"),
            ("see ", ". Then"),
            ("\\n", "\\n"),
            ("Bearer%20", ""),
            ("é", "é"),
        ] {
            let text = format!("{before}{whole}{after}");
            let found = run(find, Finder::Jwt, Language::Code, &text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(&text[found[0].region.range()], whole);
            assert_eq!(found[0].host.as_deref(), Some("id.port.example"));
            assert_eq!(found[0].user.as_deref(), Some("k@port.example"));
        }
        for (before, after) in
            [("", "..."), ("", "…"), ("", ".more"), ("", ".a.b"), ("x", ""), ("", "****")]
        {
            assert!(kinds(&format!("{before}{whole}{after}")).is_empty(), "{before} {after}");
        }
    }

    #[test]
    fn any_text_is_survived() {
        let whole = token(r#"{"alg":"HS256"}"#, r#"{"a":"é"}"#, SHORT);
        survives(find, Finder::Jwt, &[&whole, "eyJ", "eyJ.eyJ.eyJ"]);
    }
}
