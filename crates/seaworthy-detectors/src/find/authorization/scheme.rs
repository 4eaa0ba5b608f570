//! Schemes that name themselves: `Bearer`, `Basic`, `NTLM`.

use seaworthy_model::Region;

use super::{BASIC, BEARER, NTLM};
use crate::candidate::{Candidate, Standing};
use crate::find::near::{self, Mark};

/// Where the credentials begin after a scheme that ends at `at`: after blanks, or
/// as the next string of a concatenation or call. The second part says whether a
/// colon or an equals sign stood between.
fn credentials_start(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let after = near::skip_blanks(bytes, at);
    if let Some(mark) = near::mark_at(bytes, after) {
        return next_string(bytes, after + mark.len());
    }
    if after > at {
        return Some((after, false));
    }
    match bytes.get(at)? {
        b'%' if near::stands(bytes, at, "%20") => Some((at + 3, false)),
        b':' | b'=' => {
            let at = near::skip_blanks(bytes, at + 1);
            Some((at + near::mark_at(bytes, at).map_or(0, Mark::len), true))
        }
        _ => None,
    }
}

/// The string that follows another, which ends at `at`: `+ "…"`, `. '…'`, `, "…"`.
fn next_string(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let at = near::skip_blanks(bytes, at);
    let operator = *bytes.get(at)?;
    if !matches!(operator, b'+' | b'.' | b',' | b'&' | b':' | b'=') {
        return None;
    }
    let at = near::skip_space(bytes, at + 1);
    let mark = near::mark_at(bytes, at)?;
    Some((at + mark.len(), matches!(operator, b':' | b'=')))
}

/// The bytes of a token at `start`; `None` when something goes on after it that
/// makes it a template or a call.
fn token(bytes: &[u8], start: usize) -> Option<Region> {
    let ceiling = bytes.len().min(start + 16 * 1024);
    let mut end = start;
    while end < ceiling && (bytes[end].is_ascii_alphanumeric() || b"-._~+/=|".contains(&bytes[end]))
    {
        end += 1;
    }
    let tag = bytes.get(end..end + 2) == Some(b"</");
    if !tag && matches!(bytes.get(end), Some(b'(' | b'{' | b'$' | b'[' | b'<' | b'@' | b'%')) {
        return None;
    }
    while end > start && matches!(bytes[end - 1], b'.' | b'|' | b'-') {
        end -= 1;
    }
    (end > start).then(|| Region::new(start, end))
}

/// `Bearer <token>`.
pub(super) fn bearer(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    if !near::begins_word(bytes, hit.start) {
        return;
    }
    let Some((start, assigned)) = credentials_start(bytes, hit.end) else { return };
    let Some(region) = token(bytes, start) else { return };
    let value = &text[region.start..region.end];
    let window = Region::new(hit.start.saturating_sub(64), hit.start);
    let in_header = !assigned && near::seek(bytes, window, "uthorization").is_some();
    if is_bearer_token(value, in_header, bytes.get(region.end).copied()) {
        out.push(Candidate { standing: Standing::Part, ..Candidate::new(&BEARER, region, value) });
    }
}

/// Whether what follows `Bearer` is a token rather than a word of a sentence or a
/// parameter (`realm="…"`).
fn is_bearer_token(value: &str, in_header: bool, next: Option<u8>) -> bool {
    let body = value.trim_end_matches('=');
    if body.contains('=') || near::is_reference(body) {
        return false;
    }
    if body.len() < value.len() && matches!(next, Some(b'"' | b'\'' | b'\\')) && body.len() < 16 {
        return false;
    }
    let digits = body.bytes().any(|byte| byte.is_ascii_digit());
    let upper = body.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    let lower = body.bytes().any(|byte| byte.is_ascii_lowercase());
    if in_header {
        let ends = !matches!(next, Some(b' ' | b'\t' | b':' | b')' | b']'));
        return body.len() >= 6
            && (ends || (digits && body.len() >= 12))
            && (digits || upper || body.len() >= 16 || body.contains(['-', '_']));
    }
    body.len() >= 16 && digits && (upper || lower) || body.len() >= 32 && upper && lower
}

/// `Basic <base64 of user:password>`.
pub(super) fn basic(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    if !near::begins_word(bytes, hit.start) {
        return;
    }
    let scheme_end = hit.start + "basic".len();
    let Some((start, _)) = credentials_start(bytes, scheme_end) else { return };
    let Some(region) = token(bytes, start) else { return };
    let value = &text[region.start..region.end];
    if let Some((user, password)) = user_and_password(value.as_bytes()) {
        out.push(Candidate {
            user: (!user.is_empty()).then_some(user),
            standing: Standing::Part,
            encoding: Some("base64"),
            ..Candidate::new(&BASIC, region, password)
        });
    }
}

/// `"auth": "<base64 of user:password>"`, as container registries are logged in to.
pub(super) fn member(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    if near::mark_before(bytes, hit.start).is_none() {
        return;
    }
    let Some(string) = near::quoted(bytes, near::skip_space(bytes, hit.end), 2048) else { return };
    let region = string.content;
    let Some(value) = bytes.get(region.start..region.end).filter(|v| v.len() >= 12) else { return };
    if let Some((user, password)) = user_and_password(value)
        && !user.is_empty()
    {
        out.push(Candidate {
            user: Some(user),
            standing: Standing::Part,
            encoding: Some("base64"),
            ..Candidate::new(&BASIC, region, password)
        });
    }
}

/// `AUTH PLAIN <base64 of NUL user NUL password>`, as mail servers are told.
pub(super) fn plain(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let Some(region) = token(bytes, hit.end).filter(|region| region.len() <= 1024) else { return };
    let Some(decoded) = near::base64(&bytes[region.start..region.end]) else { return };
    let Ok(decoded) = String::from_utf8(decoded) else { return };
    let mut parts = decoded.split('\0');
    let (Some(_), Some(user), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    if password.chars().any(char::is_control) || near::is_reference(password) {
        return;
    }
    out.push(Candidate {
        user: (!user.is_empty()).then(|| user.to_owned()),
        standing: Standing::Part,
        encoding: Some("base64"),
        ..Candidate::new(&BASIC, region, password)
    });
}

/// What a value of the Basic scheme says; a user without a password is the
/// secret itself.
fn user_and_password(value: &[u8]) -> Option<(String, String)> {
    if value.len() < 4 || value.len() > 2048 {
        return None;
    }
    let decoded = String::from_utf8(near::base64(value)?).ok()?;
    if decoded.chars().any(char::is_control) {
        return None;
    }
    let (user, password) = decoded.split_once(':')?;
    if password.is_empty() && user.len() >= 16 {
        return Some((String::new(), user.to_owned()));
    }
    (!near::is_reference(password)).then(|| (user.to_owned(), password.to_owned()))
}

/// The third message of NTLM, which holds the answer to a challenge: the hit is
/// its beginning in base64.
pub(super) fn ntlm(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    if !text[hit.start..hit.end].starts_with("TlRMTVNTUAAD") || !near::begins_word(bytes, hit.start)
    {
        return;
    }
    if let Some(region) = token(bytes, hit.start)
        && region.len() >= 64
    {
        let value = &text[region.start..region.end];
        out.push(Candidate { standing: Standing::Part, ..Candidate::new(&NTLM, region, value) });
    }
}
