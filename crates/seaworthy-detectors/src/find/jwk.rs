//! JSON Web Keys with a private half (RFC 7517, 7518, 8037), in JSON or as an
//! object of a program.
//!
//! The members are read by name, not by a parser of JSON: keys stand in escaped
//! strings, in YAML and in program texts just as well.

use seaworthy_analysis::values::entropy_per_char;
use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};

use super::{base64, near};
use crate::candidate::{Candidate, Name, Standing};
use crate::file::File;

/// A key with its private half.
pub(crate) static KIND: Kind = Kind {
    id: "jwk-private-key",
    provider: "",
    name: "private JSON Web Key",
    description: "Whoever has it can sign or decrypt as its owner.",
    revoke: "make a new key, publish its public half, and stop trusting this one",
    severity: Severity::Critical,
    precision: Precision::VeryHigh,
    family: Family::PrivateKey,
};

/// A key that both sides share.
pub(crate) static SYMMETRIC: Kind = Kind {
    id: "jwk-symmetric-key",
    provider: "",
    name: "symmetric JSON Web Key",
    description: "Whoever has it can make tokens for any user, or decrypt what was encrypted.",
    revoke: "make a new key for both sides",
    severity: Severity::Critical,
    precision: Precision::VeryHigh,
    family: Family::PrivateKey,
};

/// How far an object reaches from its `kty`. A key of RSA of 8,192 bits takes 6,500
/// bytes.
const REACH: usize = 8 << 10;

/// The least bytes of a private member: 128 bits.
const MIN_KEY: usize = 16;

/// What the private members of the examples in RFC 7515, 7517, 7518, 7520 and 8037
/// begin with: everybody has these keys.
const EXAMPLES: &[&str] = &[
    "AyM1SysPpbyDfgZld3um",
    "GawgguFyGrWKav7AX4VK",
    "870MB6gfuTJ4HtUnUvYM",
    "X4cTteJY_gn4FYPsXB8r",
    "Eq5xpGnNCivDflJsRQBX",
    "jpsQnnGQmL-YBIffH113",
    "AY5pb7A0UFiB3RELSD64",
    "nWGxne_9WmC6hEr0kuws",
    "hJtXIZ2uSN5kbQfbtTNW",
    "AAhRON2r9cqXX1hg-RoI",
    "bWUC9B-EFRIo8kpGfh0Z",
    "0_NxaRPUMQoAJt50Gz8Y",
    "VEmDZpDXXK8p8N0Cndsx",
];

/// Looks at the literal at `hit`: `kty`.
pub(crate) fn find(text: &str, hit: Region, _file: &File<'_>, out: &mut Vec<Candidate>) {
    out.extend(key(text, hit));
}

fn key(text: &str, hit: Region) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let kind = member_at(text, hit.start, "kty")?;
    let symmetric = match text.get(kind.range())? {
        "oct" => true,
        "RSA" | "EC" | "OKP" => false,
        _ => return None,
    };
    let object = object(bytes, hit);
    let member = |name: &str| {
        let mut from = object.start;
        while let Some(at) = memchr::memmem::find(bytes.get(from..object.end)?, name.as_bytes()) {
            if let Some(value) = member_at(text, from + at, name) {
                return Some(value);
            }
            from += at + name.len();
        }
        None
    };
    let (name, kind) = if symmetric { ("k", &SYMMETRIC) } else { ("d", &KIND) };
    let region = member(name)?;
    let secret = text.get(region.range())?;
    if base64::decode(secret)?.len() < MIN_KEY
        || entropy_per_char(secret) < 3.5
        || EXAMPLES.iter().any(|example| secret.starts_with(example))
    {
        return None;
    }
    let mut candidate = Candidate::new(kind, region, secret);
    candidate.standing = Standing::Quoted;
    candidate.name = member("kid")
        .and_then(|region| Some(Name { text: text.get(region.range())?.to_owned(), region }));
    if !symmetric {
        let others = ["p", "q", "dp", "dq", "qi"].iter().filter_map(|name| member(name));
        candidate.related.extend(others.map(|region| (region, "another part of the key")));
        candidate.proof = Some("its members decode to a private key");
    }
    Some(candidate)
}

/// The bytes of the object around a hit: from the brace that is open there to the
/// one that closes it. Another `kty` ends it too, so that many of them in one text
/// cost no more than the text is long.
fn object(bytes: &[u8], hit: Region) -> Region {
    let floor = hit.start.saturating_sub(REACH);
    let mut depth = 0usize;
    let mut start = hit.start;
    for at in (floor..hit.start).rev() {
        match bytes[at] {
            b'}' => depth += 1,
            b'{' if depth == 0 => {
                start = at;
                break;
            }
            b'{' => depth -= 1,
            b'k' if bytes[at..].starts_with(b"kty") => break,
            _ => {}
        }
        start = at;
    }
    let ceiling = bytes.len().min(hit.end + REACH);
    depth = 0;
    let mut end = hit.end;
    for at in hit.end..ceiling {
        end = at + 1;
        match bytes[at] {
            b'{' => depth += 1,
            b'}' if depth == 0 => break,
            b'}' => depth -= 1,
            b'k' if bytes[at..].starts_with(b"kty") => break,
            _ => {}
        }
    }
    Region::new(start, end)
}

/// The value of the member whose name stands at `at`: `"d": "…"`, `d: '…'`,
/// `\"d\":\"…\"`, `d=>"…"`.
fn member_at(text: &str, at: usize, name: &str) -> Option<Region> {
    let bytes = text.as_bytes();
    if at.checked_sub(1).is_some_and(|before| {
        near::is_word(bytes[before]) || matches!(bytes[before], b'-' | b'.' | b'+' | b'/' | b'$')
    }) {
        return None;
    }
    let mut next = at + name.len();
    if bytes.get(at..next) != Some(name.as_bytes()) {
        return None;
    }
    if let Some(mark) = near::mark_at(bytes, next) {
        next += mark.len();
    }
    next = near::skip_blanks(bytes, next);
    match bytes.get(next) {
        Some(b':') => next += 1,
        Some(b'=') => next += 1 + usize::from(bytes.get(next + 1) == Some(&b'>')),
        _ => return None,
    }
    next = near::skip_space(bytes, next);
    let content = match near::quoted(bytes, next, 2 << 10) {
        Some(quoted) => quoted.content,
        // YAML needs no quotes.
        None => {
            let length = bytes
                .get(next..)?
                .iter()
                .take(2 << 10)
                .take_while(|&&byte| near::is_word(byte) || byte == b'-')
                .count();
            Region::new(next, next + length)
        }
    };
    (!content.is_empty()).then_some(content)
}

#[cfg(test)]
mod tests {
    use seaworthy_detector_pack::Finder;

    use super::*;
    use crate::file::Language;
    use crate::find::near::tests::{regions, run, survives};

    const D: &str = "t7Qw0ZrXcB3nVy8KfLp2sHgJm5TaUeR9iOxVdN4oWkE";
    const K: &str = "Zr3Qx0WcN7yKfPd2sHgJmA";

    fn found(text: &str) -> Vec<String> {
        regions(find, Finder::Jwk, Language::Code, text)
    }

    #[test]
    fn private_members_are_found_in_every_notation() {
        let private = [
            format!(r#"{{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"{D}"}}"#),
            format!(r#"{{"d":"{D}","kty":"EC"}}"#),
            format!(r#"{{ "keys": [ {{ "d" : "{D}", "kty" : "OKP" }}, {{ "kty": "RSA" }} ] }}"#),
            format!(r#"env = "{{\"kty\":\"EC\",\"d\":\"{D}\"}}""#),
            format!("const key = {{ kty: 'EC', key_ops: ['sign'], d: '{D}' }};"),
            format!("key = {{'kty': 'EC', 'd': '{D}'}}"),
            format!("{{ \"kty\" => \"EC\", \"d\" => \"{D}\" }}"),
            format!("key:\n  kty: EC\n  crv: P-256\n  d: {D}\n"),
            format!(r#"{{"kty":"EC","meta":{{"a":1}},"d":"{D}"}}"#),
        ];
        for text in private {
            assert_eq!(found(&text), [D], "{text}");
        }
        assert_eq!(found(&format!(r#"{{"kty":"oct","k":"{K}","alg":"HS256"}}"#)), [K]);
    }

    #[test]
    fn public_keys_and_examples_are_none() {
        let none = [
            r#"{"kty":"RSA","n":"t7Qw0ZrXcB3nVy8KfLp2sHgJm5TaUeR9iOxVdN4oWkE","e":"AQAB"}"#
                .to_owned(),
            format!(r#"{{"kty":"EC","x":"{D}","kid":"d"}}"#),
            format!(r#"[{{"kty":"EC","x":"a"}},{{"d":"{D}"}}]"#),
            format!(r#"{{"kty":"EC","a":{{"b":1}}}},"d":"{D}""#),
            r#"{"kty":"oct","k":"c2hvcnQ"}"#.to_owned(),
            r#"{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#.to_owned(),
            r#"{"kty":"oct","k":"GawgguFyGrWKav7AX4VKUg"}"#.to_owned(),
            r#"{"kty":"EC","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}"#.to_owned(),
            format!("if (jwk.kty === 'EC') {{ d = '{D}' }}"),
            format!(r#"{{"kty":"weird","d":"{D}"}}"#),
            "kty".to_owned(),
        ];
        for text in none {
            assert_eq!(found(&text), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_other_members_are_related() {
        let text = format!(
            r#"{{"kty":"RSA","kid":"sig-1","n":"m","d":"{D}","p":"{D}","q":"{D}","dp":"a","dq":"b","qi":"c"}}"#
        );
        let found = run(find, Finder::Jwk, Language::Json, &text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].related.len(), 5);
        assert_eq!(found[0].name.as_ref().map(|name| name.text.as_str()), Some("sig-1"));
    }

    #[test]
    fn any_text_is_survived() {
        let whole = format!(r#"{{"kty":"EC","d":"{D}"}}"#);
        survives(find, Finder::Jwk, &[&whole, "{kty:", "kty\":\"", "}}{{kty=>\"EC\""]);
    }
}
