//! Values that hold another text: base64, hexadecimal, JWTs.
//!
//! `base64:c3R1Yi1…` looks random and says "stub-…"; a JWT of a local demo stack
//! has the entropy of a real one. What decodes to text is judged as that text.

use super::{ValueClass, ValueContext, shape};

/// The readable text that base64 or hexadecimal digits encode; `None` when they
/// encode other bytes or the value is neither.
pub(crate) fn decode_text(value: &str) -> Option<String> {
    let value = super::bounded(value);
    let bytes = if value.len() >= 8 && value.len().is_multiple_of(2) && shape::is_hex(value) {
        hex(value)
    } else {
        base64(value)
    }?;
    let text = String::from_utf8(bytes).ok()?;
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()).then_some(text)
}

/// Judges what a value decodes to; `None` when it is no encoded text, so that the
/// value itself has to be judged.
pub(super) fn judge_decoded(value: &str, context: &ValueContext<'_>) -> Option<ValueClass> {
    if let Some(class) = judge_jwt(value) {
        return Some(class);
    }
    let body = value.strip_prefix("base64:").unwrap_or(value);
    let decoded = if body.len() >= 16 && body.len().is_multiple_of(2) && shape::is_hex(body) {
        hex(body)
    } else {
        base64(body)
    };
    if let Some(text) = decoded.as_deref().and_then(readable) {
        let inner = ValueContext { key: "", ..*context };
        // One layer: the text is judged by its words alone.
        return match judge_text(text, &inner) {
            ValueClass::Real | ValueClass::Inert | ValueClass::Empty => None,
            class => Some(class),
        };
    }
    if body.len() != value.len() && base64(body).is_some_and(|bytes| bytes.len() >= 16) {
        let bytes = base64(body).unwrap_or_default();
        let first = bytes.first().copied();
        // Thirty-two equal bytes are a filler.
        return Some(if bytes.iter().all(|&byte| Some(byte) == first) {
            ValueClass::Placeholder
        } else {
            ValueClass::Real
        });
    }
    None
}

fn judge_text(text: &str, context: &ValueContext<'_>) -> ValueClass {
    if super::placeholder::is_placeholder(text) {
        return ValueClass::Placeholder;
    }
    super::weak::weakness(text, context).map_or(ValueClass::Real, ValueClass::Weak)
}

/// `Some` when every byte is printable ASCII and there are at least 9: nine
/// random bytes are all printable once in 8000.
fn readable(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end();
    (text.len() >= 9 && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()))
        .then_some(text)
}

/// A JWT by its shape: demo and documentation tokens are test keys, tokens
/// without a real signature placeholders, the rest real.
fn judge_jwt(value: &str) -> Option<ValueClass> {
    let mut parts = value.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !header.starts_with("ey") {
        return None;
    }
    let header = base64(header).and_then(|bytes| String::from_utf8(bytes).ok())?;
    if !header.contains("\"alg\"") {
        return None;
    }
    let Some(payload) = base64(payload).and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return Some(ValueClass::Placeholder);
    };
    let claims: String = payload.chars().filter(|c| !c.is_whitespace()).collect();
    let demo = ["\"iss\":\"supabase-demo\"", "\"name\":\"JohnDoe\"", "\"sub\":\"1234567890\""];
    if demo.iter().any(|claim| claims.contains(claim)) {
        return Some(ValueClass::TestKey);
    }
    let signed =
        signature.len() >= 32 && base64(signature).is_some() && shape::looks_random(signature);
    Some(if signed && claims.starts_with('{') { ValueClass::Real } else { ValueClass::Placeholder })
}

/// Whether the value is a JWT whose claims give it more than a visitor's rights:
/// Supabase's `service_role`.
#[must_use]
pub fn is_service_role_jwt(value: &str) -> bool {
    let mut parts = super::bounded(value).split('.');
    let (Some(header), Some(payload), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let claims = base64(payload).and_then(|bytes| String::from_utf8(bytes).ok());
    header.starts_with("ey")
        && claims.is_some_and(|claims| {
            let claims: String = claims.chars().filter(|c| !c.is_whitespace()).collect();
            claims.contains("\"role\":\"service_role\"")
        })
}

/// Decodes base64 of either alphabet, padded or not; `None` when a byte does not
/// belong or the length cannot be.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    if body.len() < 4 || body.len() % 4 == 1 || text.len() - body.len() > 2 {
        return None;
    }
    let mut decoded = Vec::with_capacity(body.len() / 4 * 3 + 2);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in body.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        buffer = (buffer << 6 | u32::from(six)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            decoded.push((buffer >> bits & 0xFF) as u8);
        }
    }
    Some(decoded)
}

/// Decodes pairs of hexadecimal digits.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_role_is_read_from_the_claims() {
        // The claims are {"role": "service_role"} and {"role":"anon"}.
        for (claims, want) in
            [("eyJyb2xlIjogInNlcnZpY2Vfcm9sZSJ9", true), ("eyJyb2xlIjoiYW5vbiJ9", false)]
        {
            assert_eq!(is_service_role_jwt(&format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln")), want);
        }
        assert!(!is_service_role_jwt("eyJhbGciOiJIUzI1NiJ9"));
    }

    #[test]
    fn both_alphabets_decode() {
        assert_eq!(base64("aGVsbG8gd29ybGQ=").as_deref(), Some(&b"hello world"[..]));
        assert_eq!(base64("aGVsbG8gd29ybGQ").as_deref(), Some(&b"hello world"[..]));
        assert_eq!(base64("-_-_").as_deref(), Some(&[0xfb, 0xff, 0xbf][..]));
        assert_eq!(base64("a b"), None);
        assert_eq!(hex("6869").as_deref(), Some(&b"hi"[..]));
        assert_eq!(hex("686"), None);
    }
}
