//! Secret keys of Supabase in a text.

use std::ops::Range;

use seaworthy_plugin_api::serde_json::{self, Value};

/// A key that reads and writes past row level security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// What kind of key it is.
    pub(crate) kind: KeyKind,
}

/// The two kinds that Supabase issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// A JWT with the role `service_role`.
    ServiceRole,
    /// The newer `sb_secret_…`.
    Secret,
}

impl KeyKind {
    /// What it is called.
    pub(crate) fn title(self) -> &'static str {
        match self {
            KeyKind::ServiceRole => "service_role key",
            KeyKind::Secret => "secret key",
        }
    }
}

/// Texts one of which a file with such a key contains: `service_role` in base64
/// at each of the three places it can have, and the prefix of the newer keys.
pub(crate) const NEEDLES: &[&str] =
    &["c2VydmljZV9yb2xl", "NlcnZpY2Vfcm9sZ", "zZXJ2aWNlX3JvbG", SECRET_PREFIX];

const SECRET_PREFIX: &str = "sb_secret_";

/// Keys are a few hundred bytes long.
const MAX_LENGTH: usize = 4096;

/// The key that every local stack of the CLI has, by its hash: it opens nothing
/// but the developer's own machine.
const LOCAL_KEY: u64 = 0xca7b_c7dc_c508_5826;

/// Every key in a text.
pub(crate) fn keys(text: &str) -> Vec<Key> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = next_candidate(text, at) {
        let end = start + text[start..].find(|c| !is_key_char(c)).unwrap_or(text.len() - start);
        let word = &text[start..end];
        if let Some(kind) = kind_of(word) {
            found.push(Key { range: start..end, kind });
        }
        at = end.max(start + 1);
    }
    found
}

/// What kind of key a whole text is.
pub(crate) fn kind_of(word: &str) -> Option<KeyKind> {
    if word.len() > MAX_LENGTH {
        return None;
    }
    if let Some(rest) = word.strip_prefix(SECRET_PREFIX) {
        let (random, checksum) = rest.split_at_checked(22)?;
        let checksum = checksum.strip_prefix('_')?;
        let digits = random.bytes().filter(u8::is_ascii_digit).count();
        let random = random.bytes().any(|byte| byte.is_ascii_uppercase()) && digits > 0;
        let issued = checksum.len() == 8 && random && hash(word) != LOCAL_KEY;
        return issued.then_some(KeyKind::Secret);
    }
    let mut parts = word.split('.');
    let (_, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || signature.len() < 40 {
        return None;
    }
    let claims: Value = serde_json::from_slice(&base64(payload)?).ok()?;
    // The keys of local stacks and of the guide to hosting it oneself are the
    // same everywhere.
    let demo = claims.get("iss").and_then(Value::as_str) == Some("supabase-demo");
    let role = claims.get("role").and_then(Value::as_str) == Some("service_role");
    (role && !demo).then_some(KeyKind::ServiceRole)
}

fn next_candidate(text: &str, from: usize) -> Option<usize> {
    let find = |prefix: &str| {
        text[from..].match_indices(prefix).map(|(at, _)| from + at).find(|&at| {
            let before = text[..at].chars().next_back();
            !before.is_some_and(|c| is_key_char(c) && c != '.')
        })
    };
    match (find("eyJ"), find(SECRET_PREFIX)) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Decodes base64 of the alphabet for URLs, without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

/// FNV-1a, to know a text without writing it down.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What stands in front of a value: `NAME=`, `NAME: `, `"NAME": "`, `NAME ||`.
pub(crate) fn name_before(text: &str, start: usize) -> Option<&str> {
    let line = text[..start].rsplit('\n').next().unwrap_or("");
    let quoted = line.trim_end_matches(['"', '\'', '`']);
    let spaced = quoted.trim_end();
    let operator = ["||", "??", "=>", "=", ":"].into_iter().find(|sign| spaced.ends_with(sign))?;
    let left = spaced[..spaced.len() - operator.len()].trim_end();
    let left = left.trim_end_matches(['"', '\'', '`', ']', '!', ')']);
    let name = left.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Encodes, to put keys together that no scanner of this file knows.
    pub(crate) fn encode(text: &str) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut encoded = String::new();
        for chunk in text.as_bytes().chunks(3) {
            let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            for index in 0..=chunk.len() {
                let value = (bits >> (18 - 6 * index)) & 63;
                encoded.push(char::from(ALPHABET[value as usize]));
            }
        }
        encoded
    }

    pub(crate) fn jwt(claims: &str) -> String {
        let header = encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signature = encode("thirty-two bytes of a signature.");
        format!("{header}.{}.{signature}", encode(claims))
    }

    #[test]
    fn the_role_is_read_from_the_payload() {
        let cases = [
            (
                r#"{"iss":"supabase","ref":"qwkzmvnbtrlsdhgfypxj","role":"service_role","exp":2010000000}"#,
                true,
            ),
            (r#"{ "role": "service_role", "iss": "supabase" }"#, true),
            (r#"{"iss":"supabase","role":"anon"}"#, false),
            (r#"{"iss":"supabase-demo","role":"service_role","exp":1983812996}"#, false),
            (r#"{"sub":"service_role","role":"user"}"#, false),
            ("no json with service_role", false),
        ];
        for (claims, expected) in cases {
            assert_eq!(kind_of(&jwt(claims)).is_some(), expected, "{claims}");
        }
    }

    #[test]
    fn every_service_role_key_contains_a_needle() {
        for padding in ["", " ", "  "] {
            let claims = format!("{{{padding}\"role\":\"service_role\"}}");
            let key = jwt(&claims);
            assert!(NEEDLES.iter().any(|needle| key.contains(needle)), "{claims}");
        }
    }

    #[test]
    fn newer_keys_are_known_by_their_form() {
        let key = format!("{SECRET_PREFIX}{}_{}", "sfSiKXXjj96-cSIt8swjaR", "zg8ZETRk");
        assert_eq!(kind_of(&key), Some(KeyKind::Secret));
        for no_key in
            ["sb_secret_your_key_here", "sb_secret_xxxxxxxxxxxxxxxxxxxxxx_xxxxxxxx", "sb_secret_"]
        {
            assert_eq!(kind_of(no_key), None, "{no_key}");
        }
        let local = format!("{SECRET_PREFIX}{}", "N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz");
        assert_eq!(kind_of(&local), None, "the key of every local stack: {:#x}", hash(&local));
    }

    #[test]
    fn keys_are_found_where_they_stand() {
        let key = jwt(r#"{"role":"service_role"}"#);
        let text = format!("const a = \"{key}\"; // é {key}\nx{key} {}", jwt(r#"{"role":"anon"}"#));
        let found = keys(&text);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|found| text[found.range.clone()] == *key));
    }

    #[test]
    fn the_name_in_front_of_a_value_is_found() {
        let cases = [
            ("VITE_KEY=", Some("VITE_KEY")),
            ("ENV VITE_KEY=\"", Some("VITE_KEY")),
            ("  VITE_KEY: '", Some("VITE_KEY")),
            ("  \"VITE_KEY\": \"", Some("VITE_KEY")),
            ("const key = import.meta.env.VITE_KEY || '", Some("VITE_KEY")),
            ("process.env.NEXT_PUBLIC_KEY! ?? \"", Some("NEXT_PUBLIC_KEY")),
            ("const é = '", None),
            ("createClient(url, '", None),
            ("'", None),
            ("a\n'", None),
        ];
        for (text, expected) in cases {
            assert_eq!(name_before(text, text.len()), expected, "{text}");
        }
    }
}
