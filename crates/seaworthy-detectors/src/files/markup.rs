//! Elements of XML, and the constants of WordPress.

use seaworthy_model::Region;

use super::{Field, Found, kinds};
use crate::candidate::Standing;
use crate::find::base64;

/// An element without children.
struct Element<'t> {
    /// What stands in its tag after its name.
    attributes: &'t str,
    content: &'t str,
    region: Region,
}

/// Every element of that name (in any case) in a part of the text.
fn elements<'t>(text: &'t str, part: Region, name: &'t str) -> impl Iterator<Item = Element<'t>> {
    let bytes = text.as_bytes();
    let tags =
        memchr::memchr_iter(b'<', &bytes[part.start..part.end]).map(move |at| part.start + at);
    tags.filter_map(move |tag| {
        let start = tag + 1;
        let end = start + name.len();
        let named = bytes.get(start..end)?.eq_ignore_ascii_case(name.as_bytes());
        let next = *bytes.get(end)?;
        if !named || !(next == b'>' || next.is_ascii_whitespace()) {
            return None;
        }
        let close = end + memchr::memchr(b'>', &bytes[end..part.end])?;
        let attributes = text.get(end..close)?;
        if attributes.ends_with('/') {
            return None;
        }
        let from = close + 1;
        let length = memchr::memchr(b'<', &bytes[from..part.end])?;
        let content = text.get(from..from + length)?;
        Some(Element { attributes, content, region: Region::new(from, from + length) })
    })
}

/// The parts of the text between the tags of that name, at most a thousand.
fn blocks(text: &str, name: &str) -> Vec<Region> {
    let (open, shut) = (format!("<{name}>"), format!("</{name}>"));
    let mut blocks = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(&open).filter(|_| blocks.len() < 1_000) {
        let start = from + at + open.len();
        let Some(length) = text[start..].find(&shut) else { break };
        blocks.push(Region::new(start, start + length));
        from = start + length;
    }
    blocks
}

fn unescape(content: &str) -> String {
    content
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// FileZilla's servers: passwords are plain or in base64.
pub(super) fn filezilla(found: &mut Found<'_>) {
    let text = found.text;
    for server in blocks(text, "Server") {
        let first = |name| elements(text, server, name).next().map(|element| element.content);
        let (host, user) = (first("Host"), first("User"));
        for element in elements(text, server, "Pass") {
            if element.attributes.contains("crypt") {
                continue;
            }
            let encoded = element.attributes.contains("base64");
            let value = if encoded {
                base64::decode_text(element.content.trim())
            } else {
                Some(unescape(element.content))
            };
            let Some(value) = value else { continue };
            found.add(Field {
                user,
                host,
                encoding: encoded.then_some("base64-encoded"),
                standing: Standing::Block,
                ..Field::new(&kinds::TRANSFER, element.region, &value)
            });
        }
    }
}

/// Maven's servers, and the master password that the others are encrypted with.
pub(super) fn maven(found: &mut Found<'_>) {
    let text = found.text;
    let servers = blocks(text, "server").into_iter().chain(blocks(text, "proxy"));
    for server in servers {
        let first = |name| elements(text, server, name).next().map(|element| element.content);
        let (host, user) = (first("host").or_else(|| first("id")), first("username"));
        let secrets = ["password", "passphrase"];
        for element in secrets.iter().flat_map(|name| elements(text, server, name)) {
            // Encrypted ones stand in braces.
            if element.content.trim().starts_with('{') {
                continue;
            }
            let value = unescape(element.content);
            found.add(Field {
                user,
                host,
                standing: Standing::Block,
                ..Field::new(&kinds::MAVEN, element.region, &value)
            });
        }
    }
    for element in elements(text, Region::new(0, text.len()), "master") {
        // It is encrypted with a key that everybody has.
        let value = element.content.trim().trim_matches(['{', '}']);
        if base64::decode(value).is_some_and(|bytes| bytes.len() >= 16) {
            found.add(Field::new(&kinds::OBSCURED, element.region, value));
        }
    }
}

/// NuGet's sources: `<add key="ClearTextPassword" value="…" />`.
pub(super) fn nuget(found: &mut Found<'_>) {
    let text = found.text;
    let mut user = None;
    for (at, _) in text.match_indices("<add ") {
        let Some(length) = text[at..].find('>') else { break };
        let tag = &text[at..at + length];
        let attribute = |name: &str| {
            let start = tag.find(name)? + name.len();
            let quote = tag[start..].chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let end = tag[start + 1..].find(quote)?;
            Some((at + start + 1, &tag[start + 1..start + 1 + end]))
        };
        let (Some((_, key)), Some((start, value))) = (attribute("key="), attribute("value="))
        else {
            continue;
        };
        if key.eq_ignore_ascii_case("Username") {
            user = Some(value);
        } else if key.eq_ignore_ascii_case("ClearTextPassword") {
            let region = Region::new(start, start + value.len());
            let value = unescape(value);
            let field = Field::new(&kinds::NUGET, region, &value);
            found.add(Field { user, standing: Standing::Quoted, ..field });
        }
    }
}

/// The constants of WordPress: the password of the database and the eight keys of
/// its cookies.
pub(super) fn wordpress(found: &mut Found<'_>) {
    const KEYS: &[&str] = &[
        "DB_PASSWORD",
        "AUTH_KEY",
        "SECURE_AUTH_KEY",
        "LOGGED_IN_KEY",
        "NONCE_KEY",
        "AUTH_SALT",
        "SECURE_AUTH_SALT",
        "LOGGED_IN_SALT",
        "NONCE_SALT",
        "FTP_PASS",
        "WP_CACHE_KEY_SALT",
        "JWT_AUTH_SECRET_KEY",
    ];
    let text = found.text;
    let constant =
        |name: &str| defined(text).find(|(key, _, _)| *key == name).map(|(_, _, value)| value);
    let (user, host) = (constant("DB_USER"), constant("DB_HOST"));
    for (key, region, value) in defined(text) {
        if !KEYS.contains(&key) {
            continue;
        }
        let value = value.replace("\\'", "'").replace("\\\\", "\\");
        let field = Field::new(&kinds::WORDPRESS, region, &value);
        let database = key == "DB_PASSWORD";
        found.add(Field {
            user: user.filter(|_| database),
            host: host.filter(|_| database),
            standing: Standing::Quoted,
            ..field
        });
    }
}

/// Every `define( 'KEY', 'value' )`, at most a thousand.
fn defined(text: &str) -> impl Iterator<Item = (&str, Region, &str)> {
    text.match_indices("define").take(1_000).filter_map(|(at, word)| {
        let near = text.get(text.floor_char_boundary(at.saturating_sub(200))..at)?;
        let line = near.rsplit('\n').next().unwrap_or(near);
        if line.trim_start().starts_with(['#', '/', '*']) && !line.contains("*/") {
            return None;
        }
        let open = sign(text, at + word.len(), b'(')?;
        let key = string(text, blanks(text, open))?;
        let comma = sign(text, key.end + 1, b',')?;
        let value = string(text, blanks(text, comma))?;
        Some((text.get(key.range())?, value, text.get(value.range())?))
    })
}

/// The offset after the white space at `at`.
fn blanks(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    at + rest.iter().take(64).take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The offset after the sign that stands behind the white space at `at`.
fn sign(text: &str, at: usize, sign: u8) -> Option<usize> {
    let at = blanks(text, at);
    (text.as_bytes().get(at) == Some(&sign)).then_some(at + 1)
}

/// The content of the string that begins at `at`.
fn string(text: &str, at: usize) -> Option<Region> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(at).filter(|quote| matches!(quote, b'"' | b'\''))?;
    let mut end = at + 1;
    while end < bytes.len().min(at + 512) {
        match bytes[end] {
            b'\\' => end += 1,
            byte if byte == quote => return Some(Region::new(at + 1, end)),
            _ => {}
        }
        end += 1;
    }
    None
}
