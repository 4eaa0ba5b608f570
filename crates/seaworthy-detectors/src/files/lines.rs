//! Formats of lines and words whose secrets are known by their place.

use seaworthy_model::Region;

use super::keyed::all_lines;
use super::{Field, Found, kinds};

/// `machine … login … password …`, on one line or several.
pub(super) fn netrc(found: &mut Found<'_>) {
    words(found, &kinds::NETRC);
}

/// `poll … username … password …`.
pub(super) fn fetchmail(found: &mut Found<'_>) {
    words(found, &kinds::MAIL);
}

fn words(found: &mut Found<'_>, kind: &'static seaworthy_detector_pack::Kind) {
    let text = found.text;
    let (mut host, mut user) = (None, None);
    let mut expected = None;
    for (start, line) in all_lines(text) {
        if line.trim_start().starts_with("macdef") {
            // What follows are commands of ftp.
            expected = None;
            continue;
        }
        let mut offset = 0;
        for word in line.split_ascii_whitespace() {
            let at = offset + line[offset..].find(word).unwrap_or(0);
            offset = at + word.len();
            if word.starts_with('#') && expected != Some("password") {
                break;
            }
            let bare = word.trim_end_matches([',', ';']).trim_matches(['"', '\'']);
            match expected.take() {
                Some("machine") => host = Some(bare),
                Some("login") => user = Some(bare),
                Some("password") => {
                    let from = start + at + word.find(bare).unwrap_or(0);
                    let region = Region::new(from, from + bare.len());
                    found.add(Field { user, host, ..Field::new(kind, region, bare) });
                }
                Some(_) => {}
                None => {
                    expected = match bare {
                        "machine" | "poll" | "skip" | "server" => {
                            user = None;
                            Some("machine")
                        }
                        "default" => {
                            (host, user) = (None, None);
                            None
                        }
                        "login" | "user" | "username" => Some("login"),
                        "password" | "pass" => Some("password"),
                        "account" | "protocol" | "proto" | "port" => Some("other"),
                        _ => None,
                    };
                }
            }
        }
    }
}

/// `host:port:database:user:password`, where `\:` is a colon.
pub(super) fn pgpass(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in all_lines(text) {
        let line = line.trim_end_matches(['\r', '\n']);
        if line.starts_with('#') {
            continue;
        }
        let mut colons = Vec::with_capacity(4);
        let bytes = line.as_bytes();
        for (at, &byte) in bytes.iter().enumerate() {
            let escaped = at > 0 && bytes[at - 1] == b'\\';
            if byte == b':' && !escaped && colons.len() < 4 {
                colons.push(at);
            }
        }
        let [first, _, third, last] = colons[..] else { continue };
        let region = Region::new(start + last + 1, start + line.len());
        let password = line[last + 1..].replace("\\:", ":").replace("\\\\", "\\");
        found.add(Field {
            user: Some(&line[third + 1..last]),
            host: Some(&line[..first]),
            ..Field::new(&kinds::PGPASS, region, &password)
        });
    }
}

/// `user:hash` with a hash of the old crypt(3), which has no mark; the others are
/// found by theirs.
pub(super) fn password_file(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in all_lines(text) {
        let line = line.trim_end();
        let mut fields = line.split(':');
        let (Some(user), Some(hash)) = (fields.next(), fields.next()) else { continue };
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/');
        let fits = hash.len() == 13
            && hash.bytes().all(is_part)
            && hash.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
            && !user.is_empty()
            && !user.starts_with('#')
            && !user.contains(' ');
        if fits {
            let at = start + user.len() + 1;
            let region = Region::new(at, at + hash.len());
            let field = Field::new(&kinds::PASSWORD_FILE, region, hash);
            found.add(Field { user: Some(user), ..field });
        }
    }
}

/// A file of one token.
pub(super) fn single_token(found: &mut Found<'_>) {
    let text = found.text;
    let token = text.trim();
    let fits =
        (20..=512).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        let at = text.len() - text.trim_start().len();
        let region = Region::new(at, at + token.len());
        found.add(Field::new(&kinds::TOOL_TOKEN, region, token));
    }
}

/// The key of Rails' credentials: 32 hexadecimal digits and nothing else.
pub(super) fn rails_key(found: &mut Found<'_>) {
    let text = found.text;
    let key = text.trim();
    if matches!(key.len(), 32 | 64) && key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let at = text.len() - text.trim_start().len();
        found.add(Field::new(&kinds::RAILS, Region::new(at, at + key.len()), key));
    }
}

/// `SQLConnectInfo database@host user password`.
pub(super) fn proftpd(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in all_lines(text) {
        let words: Vec<&str> = line.split_ascii_whitespace().take(4).collect();
        let [directive, database, user, password] = words[..] else { continue };
        if !directive.eq_ignore_ascii_case("SQLConnectInfo") {
            continue;
        }
        // It is the last of the four; an equal word may stand before it.
        let Some(at) = line.find(user).and_then(|at| {
            let after = at + user.len();
            Some(after + line.get(after..)?.find(password)?)
        }) else {
            continue;
        };
        let bare = password.trim_matches('"');
        let from = start + at + password.find(bare).unwrap_or(0);
        let region = Region::new(from, from + bare.len());
        let host = database.split_once('@').map(|(_, host)| host);
        found.add(Field { user: Some(user), host, ..Field::new(&kinds::DATABASE, region, bare) });
    }
}

/// The parts of an OpenVPN configuration that are no PEM: the login, and the static
/// key of 256 bytes.
pub(super) fn openvpn(found: &mut Found<'_>) {
    const KEY: &str = "-----BEGIN OpenVPN Static key V1-----";
    const LOGIN: &str = "<auth-user-pass>";
    let text = found.text;
    for (at, _) in text.match_indices(KEY) {
        let start = at + KEY.len();
        let Some(length) = text.get(start..).and_then(|rest| rest.find("-----END")) else {
            continue;
        };
        let hex: String = text[start..start + length].split_ascii_whitespace().collect();
        if hex.len() == 512 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let region = Region::new(start, start + length);
            found.add(Field {
                standing: crate::candidate::Standing::Block,
                ..Field::new(&kinds::OPENVPN, region, &hex)
            });
        }
    }
    for (at, _) in text.match_indices(LOGIN) {
        let start = at + LOGIN.len();
        let Some(length) = text.get(start..).and_then(|rest| rest.find("</auth-user-pass>")) else {
            continue;
        };
        let mut lines =
            all_lines(&text[start..start + length]).filter(|(_, line)| !line.trim().is_empty());
        let (Some((_, user)), Some((offset, password))) = (lines.next(), lines.next()) else {
            continue;
        };
        let indent = password.len() - password.trim_start().len();
        let password = password.trim();
        let from = start + offset + indent;
        let region = Region::new(from, from + password.len());
        let field = Field::new(&kinds::CONFIGURED, region, password);
        found.add(Field { user: Some(user.trim()), ..field });
    }
}

/// `password 51:b:…`: a password as Windows protects it for one user.
pub(super) fn remote_desktop(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in all_lines(text) {
        let Some(hex) = line.trim().strip_prefix("password 51:b:") else { continue };
        if hex.len() >= 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let at = start + line.find(hex).unwrap_or(0);
            found.add(Field::new(&kinds::OBSCURED, Region::new(at, at + hex.len()), hex));
        }
    }
}
