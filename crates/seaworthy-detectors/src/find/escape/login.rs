//! What an encoded text is that is nothing but a login: `user:password`, and lines
//! of a `.pgpass`.

use seaworthy_model::Region;

use super::Layer;
use crate::candidate::{Candidate, Standing};
use crate::find::authorization::BASIC;
use crate::find::near;

/// Words before an encoded login.
const WORDS: &[&str] =
    &["auth", "cred", "basic", "login", "passw", "secret", "userpw", "registry", "proxy", "htpass"];

/// The password of a layer that is a user and a password.
///
/// Ids of many an API are the base64 of a kind and a number between colons, so that
/// a word before it must tell, or signs in the password that no id has.
pub(crate) fn login(text: &str, layer: &Layer) -> Option<Candidate> {
    let (user, password) = layer.text.trim_end().split_once(':')?;
    let named = |byte: u8| near::is_word(byte) || b".@+-\\".contains(&byte);
    if !(2..=64).contains(&user.len())
        || !user.bytes().all(named)
        || !(6..=128).contains(&password.len())
        || !password.bytes().all(|byte| byte.is_ascii_graphic())
        || !password.bytes().any(|byte| byte.is_ascii_alphabetic())
        || password.contains(['"', '{', '<', '(', '[', ','])
        || password.starts_with(['/', ':'])
        || near::is_reference(password)
    {
        return None;
    }
    let digits = password.bytes().any(|byte| byte.is_ascii_digit());
    let signs = password.bytes().any(|byte| b"!@#$^*?".contains(&byte));
    if !(digits && signs || (digits || signs) && is_told(text, layer.region.start)) {
        return None;
    }
    Some(Candidate {
        user: Some(user.to_owned()),
        standing: Standing::Part,
        encoding: Some("base64"),
        ..Candidate::new(&BASIC, layer.region, password)
    })
}

/// Whether the line speaks of a login before `at`.
fn is_told(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let floor = at.saturating_sub(64);
    let line = (floor..at).rev().find(|&at| bytes[at] == b'\n').map_or(floor, |at| at + 1);
    WORDS.iter().any(|word| near::seek(bytes, Region::new(line, at), word).is_some())
}

/// Whether a text is lines of `host:port:database:user:password`.
pub(crate) fn is_pgpass(text: &str) -> bool {
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap_or("");
    let fields: Vec<&str> = line.splitn(5, ':').collect();
    let [host, port, database, user, password] = fields[..] else { return false };
    let name = |field: &str| {
        field == "*" || field.bytes().all(|byte| near::is_word(byte) || b".-/".contains(&byte))
    };
    let number = (2..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    (number || port == "*")
        && [host, database, user].iter().all(|field| !field.is_empty() && name(field))
        && password.len() >= 6
        && !password.contains([' ', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(before: &str, plain: &str) -> Option<String> {
        let region = Region::new(before.len(), before.len() + 4);
        let layer =
            Layer { text: plain.to_owned(), region, origin: Vec::new(), encoding: "base64" };
        login(&format!("{before}AAAA"), &layer).map(|found| found.secret.0)
    }

    #[test]
    fn a_login_is_told_by_its_place_or_its_signs() {
        assert_eq!(found("x = ", "svc:kR7#mQ2vLp").as_deref(), Some("kR7#mQ2vLp"));
        assert_eq!(found("auth = ", "svc:kR7mQ2vLp").as_deref(), Some("kR7mQ2vLp"));
        for plain in ["User:1296269", "cursor:v2:AbC12", "urn:uuid:2a7c1f6e", "a b:c", "x:{y}1!"] {
            assert_eq!(found("id = ", plain), None, "{plain}");
        }
    }

    #[test]
    fn lines_of_pgpass_have_a_port_in_the_second_place() {
        assert!(is_pgpass("# all\ndb.io:5432:*:svc:kR7mQ2vLp\n"));
        for text in ["a:b:c:d:e12345", "2024-01-01 10:20:30:40:50", "x", "h:5432:d:u:p q r s t"] {
            assert!(!is_pgpass(text), "{text}");
        }
    }
}
