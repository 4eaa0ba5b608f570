//! Formats whose secrets are known by their place in a line, beyond those of
//! [`super::lines`]: secrets of daemons, tables that consoles hand out.

use seaworthy_model::Region;

use super::keyed::all_lines;
use super::{Field, Found, kinds};

/// The words of a line with their offsets; a word in quotation marks is one,
/// without them.
fn words(line: &str) -> Vec<(usize, &str)> {
    let bytes = line.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() && out.len() < 16 {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let quote = Some(bytes[at]).filter(|byte| matches!(byte, b'"' | b'\''));
        let start = at + usize::from(quote.is_some());
        let length = bytes[start..]
            .iter()
            .position(|&byte| quote.map_or(byte.is_ascii_whitespace(), |quote| byte == quote))
            .unwrap_or(bytes.len() - start);
        let Some(word) = line.get(start..start + length) else { return out };
        out.push((start, word));
        at = start + length + usize::from(quote.is_some());
    }
    out
}

/// Lines that are no comments, with their offsets.
fn statements<'t>(text: &'t str) -> impl Iterator<Item = (usize, &'t str)> {
    all_lines(text)
        .map(|(start, line): (usize, &'t str)| (start, line.trim_end()))
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with(['#', ';']))
}

fn region(start: usize, at: usize, value: &str) -> Region {
    Region::new(start + at, start + at + value.len())
}

/// `client server secret addresses` of pppd.
pub(super) fn point_to_point(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in statements(text) {
        if let [(_, user), (_, host), (at, secret), ..] = words(line)[..] {
            found.add(Field {
                user: Some(user),
                host: Some(host),
                ..Field::new(&kinds::CONFIGURED, region(start, at, secret), secret)
            });
        }
    }
}

/// `url user password` of davfs2.
pub(super) fn web_dav(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in statements(text) {
        if let [(_, host), (_, user), (at, secret)] = words(line)[..] {
            found.add(Field {
                user: Some(user),
                host: Some(host),
                ..Field::new(&kinds::TRANSFER, region(start, at, secret), secret)
            });
        }
    }
}

/// `[relay]:587 user:password` of Postfix.
pub(super) fn relays(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in statements(text) {
        if let [(_, host), (at, login)] = words(line)[..]
            && let Some((user, secret)) = login.split_once(':')
        {
            found.add(Field {
                user: Some(user),
                host: Some(host),
                ..Field::new(&kinds::MAIL, region(start, at + user.len() + 1, secret), secret)
            });
        }
    }
}

/// `user:password`, in plain text, of rsync's daemon and of proxies.
pub(super) fn users(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in statements(text) {
        let Some((user, secret)) = line.split_once(':') else { continue };
        if user.contains(char::is_whitespace) || secret.contains([' ', '$', ':']) {
            continue;
        }
        let field = Field::new(&kinds::CONFIGURED, region(start, user.len() + 1, secret), secret);
        found.add(Field { user: Some(user), ..field });
    }
}

/// `ids : PSK "…"`, `user : EAP "…"` of IPsec.
pub(super) fn tunnels(found: &mut Found<'_>) {
    const KINDS: [&str; 5] = ["PSK", "EAP", "XAUTH", "NTLM", "PIN"];
    let text = found.text;
    for (start, line) in statements(text) {
        let words = words(line);
        for (number, two) in words.windows(2).enumerate() {
            let [(_, kind), (at, secret)] = two else { continue };
            let marked = KINDS.contains(&kind.trim_start_matches(':'));
            if marked && line.contains(':') && !secret.starts_with('%') {
                let user = words.first().filter(|_| number > 0).map(|(_, user)| *user);
                let field = Field::new(&kinds::CONFIGURED, region(start, *at, secret), secret);
                found.add(Field { user, ..field });
            }
        }
    }
}

/// `user:realm:digest`: 32 hexadecimal digits that log in as they are.
pub(super) fn digests(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in statements(text) {
        let mut parts = line.split(':');
        let (Some(user), Some(realm), Some(digest), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        if digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let at = user.len() + realm.len() + 2;
            let field = Field::new(&kinds::PASSWORD_FILE, region(start, at, digest), digest);
            found.add(Field { user: Some(user), ..field });
        }
    }
}

/// A user and a password on two lines and nothing else, as OpenVPN reads them.
pub(super) fn two_lines(found: &mut Found<'_>) {
    let text = found.text;
    let mut lines = all_lines(text).filter(|(_, line)| !line.trim().is_empty());
    let (Some((_, user)), Some((start, line)), None) = (lines.next(), lines.next(), lines.next())
    else {
        return;
    };
    let (user, secret) = (user.trim(), line.trim());
    let is_word = |text: &str| text.len() <= 128 && !text.contains([' ', '=', '<', ':', '{']);
    if is_word(user) && is_word(secret) {
        let at = line.len() - line.trim_start().len();
        let field = Field::new(&kinds::CONFIGURED, region(start, at, secret), secret);
        found.add(Field { user: Some(user), ..field });
    }
}

/// Tables of credentials with a line of headings, as consoles of clouds hand them
/// out, and as browsers and managers of passwords write their contents.
pub(super) fn table(found: &mut Found<'_>) {
    const SECRETS: &[&str] =
        &["password", "secret access key", "secretaccesskey", "login_password", "secret"];
    const USERS: &[&str] = &["user name", "username", "user", "login_username", "login"];
    let text = found.text;
    let mut lines = all_lines(text);
    let Some((_, headings)) = lines.next() else { return };
    let heads: Vec<String> = cells(headings.trim_start_matches('\u{feff}').trim_end())
        .into_iter()
        .map(|(_, head)| head.trim().to_ascii_lowercase())
        .collect();
    let place = |names: &[&str]| heads.iter().position(|head| names.contains(&head.as_str()));
    let user = place(USERS);
    for (start, line) in lines {
        let cells = cells(line.trim_end());
        let user = user.and_then(|at| cells.get(at)).map(|(_, user)| *user);
        for (number, head) in heads.iter().enumerate() {
            if !SECRETS.contains(&head.as_str()) {
                continue;
            }
            let Some(&(at, secret)) = cells.get(number) else { continue };
            let field = Field::new(&kinds::CLOUD, region(start, at, secret), secret);
            found.add(Field { user, ..field });
        }
    }
}

/// The cells of a line of a table, without their marks.
fn cells(line: &str) -> Vec<(usize, &str)> {
    let bytes = line.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at <= bytes.len() && out.len() < 64 {
        let quoted = bytes.get(at) == Some(&b'"');
        let start = at + usize::from(quoted);
        let end = if quoted {
            memchr::memchr(b'"', &bytes[start..]).map_or(bytes.len(), |length| start + length)
        } else {
            memchr::memchr(b',', &bytes[start..]).map_or(bytes.len(), |length| start + length)
        };
        let Some(cell) = line.get(start..end) else { return out };
        out.push((start, cell));
        at = memchr::memchr(b',', &bytes[end..]).map_or(bytes.len(), |length| end + length) + 1;
    }
    out
}

/// `BUNDLE_GEMS__PORT__NET: "user:password"`: a login, or a token by itself.
pub(super) fn bundler(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in statements(text) {
        let Some((key, value)) = line.split_once(':') else { continue };
        if !key.starts_with("BUNDLE_") || !key.contains("__") {
            continue;
        }
        let bare = value.trim().trim_matches(['"', '\'']);
        let (user, secret) = match bare.split_once(':') {
            Some((user, secret)) => (Some(user), secret),
            None => (None, bare),
        };
        let is_setting = secret.is_empty() || matches!(secret, "true" | "false" | "x-oauth-basic");
        if is_setting || secret.starts_with("//") {
            continue;
        }
        if let Some(at) = line.rfind(secret) {
            let field = Field::new(&kinds::TOOL_TOKEN, region(start, at, secret), secret);
            found.add(Field { user, ..field });
        }
    }
}
