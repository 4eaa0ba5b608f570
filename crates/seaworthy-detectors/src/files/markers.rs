//! Configurations whose secrets stand behind a word in the midst of a line.

use seaworthy_model::Region;

use super::keyed::all_lines;
use super::{Field, Found, Reader, kinds};

/// A format.
struct Format {
    /// File names in lower case.
    files: &'static [&'static str],
    /// What a secret follows.
    markers: &'static [Marker],
}

/// What a secret follows, and how it is written there.
struct Marker {
    /// The words before the value, blanks counted in.
    before: &'static str,
    /// The value is what follows the first colon of the word.
    user: bool,
}

const fn word(before: &'static str) -> Marker {
    Marker { before, user: false }
}

const fn login(before: &'static str) -> Marker {
    Marker { before, user: true }
}

static FORMATS: &[Format] = &[
    Format {
        files: &["irc.conf", "znc.conf", "servlist.conf", "irssi.conf", ".ircrc"],
        markers: &[word("identify "), word("IDENTIFY ")],
    },
    Format {
        files: &["users.acl", "redis.conf", "sentinel.conf", "valkey.conf"],
        markers: &[word(" >"), word("requirepass "), word("masterauth "), word("auth-pass ")],
    },
    Format {
        files: &["haproxy.cfg"],
        markers: &[word("insecure-password "), login("stats auth ")],
    },
    Format {
        files: &["snmpd.conf", "snmp.conf"],
        markers: &[
            word(" MD5 "),
            word(" SHA "),
            word(" AES "),
            word(" DES "),
            word("rocommunity "),
            word("rwcommunity "),
        ],
    },
    Format {
        files: &["ks.cfg", "anaconda-ks.cfg", "kickstart.cfg"],
        markers: &[word("--plaintext "), word("--password=")],
    },
    Format {
        files: &["preseed.cfg", "preseed.txt"],
        markers: &[word("-password password "), word("-password-again password ")],
    },
    Format { files: &["sip.conf", "iax.conf"], markers: &[word("secret="), login("register => ")] },
    Format { files: &["squid.conf"], markers: &[login(" login=")] },
    Format { files: &["slapd.conf"], markers: &[word("rootpw "), word("credentials=")] },
];

/// What reads a file of that name.
pub(super) fn reader(name: &str) -> Option<Reader> {
    of(name).map(|_| -> Reader { read })
}

fn of(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.files.contains(&name))
}

fn read(found: &mut Found<'_>) {
    let name = found.path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    if let Some(format) = of(super::lookup::bare(&name)) {
        marked(found, format.markers);
    }
}

/// The configuration of irssi, whose commands log in.
pub(super) fn chat(found: &mut Found<'_>) {
    if let Some(read) = super::keyed::reader("config", ".irssi") {
        read(found);
    }
    marked(found, FORMATS[0].markers);
}

fn marked(found: &mut Found<'_>, markers: &[Marker]) {
    let text = found.text;
    for (start, line) in all_lines(text) {
        if line.trim_start().starts_with(['#', '!']) || line.len() > 1024 {
            continue;
        }
        for marker in markers {
            let Some(at) = line.find(marker.before) else { continue };
            let mut at = at + marker.before.len();
            at += line[at..].len() - line[at..].trim_start_matches(['"', '\'', ' ']).len();
            let end = line[at..]
                .find(|c: char| c.is_whitespace() || matches!(c, ';' | '"' | '\''))
                .map_or(line.len(), |length| at + length);
            let word = &line[at..end];
            let (user, value) = match word.split_once(':').filter(|_| marker.user) {
                Some((user, rest)) => {
                    (Some(user), rest.rsplit_once('@').map_or(rest, |(of, _)| of))
                }
                None => (None, word),
            };
            let at = start + at + user.map_or(0, |user| user.len() + 1);
            let is_hash = value.starts_with(['$', '{', '-']);
            if value.len() < 6 || is_hash || marker.user && user.is_none() {
                continue;
            }
            let region = Region::new(at, at + value.len());
            found.add(Field { user, ..Field::new(&kinds::CONFIGURED, region, value) });
        }
    }
}

/// `"user" "password"` of PgBouncer.
pub(super) fn user_list(found: &mut Found<'_>) {
    let text = found.text;
    for (start, line) in all_lines(text) {
        let mut parts = line.split('"');
        let (Some(""), Some(user), Some(" "), Some(value)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        if value.starts_with("SCRAM-") || value.starts_with("md5") {
            continue;
        }
        let at = start + user.len() + 4;
        let region = Region::new(at, at + value.len());
        found.add(Field { user: Some(user), ..Field::new(&kinds::DATABASE, region, value) });
    }
}

/// The logins that Subversion keeps: a key and a value, each below its length.
pub(super) fn subversion(found: &mut Found<'_>) {
    let text = found.text;
    let mut lines = all_lines(text);
    while let Some((_, line)) = lines.next() {
        if line.trim_end() != "password" && line.trim_end() != "passphrase" {
            continue;
        }
        lines.next();
        let Some((start, value)) = lines.next() else { break };
        let value = value.trim_end();
        let region = Region::new(start, start + value.len());
        found.add(Field::new(&kinds::TOOL_TOKEN, region, value));
    }
}

/// `user:password` in the lists of cloud-init's `chpasswd`.
pub(super) fn cloud_config(found: &mut Found<'_>) {
    let text = found.text;
    let mut within = false;
    for (start, line) in all_lines(text) {
        let content = line.trim();
        if !line.starts_with([' ', '-']) && !content.is_empty() {
            within = content == "chpasswd:";
        }
        if !within {
            continue;
        }
        let entry = content.trim_start_matches("- ").trim_matches(['"', '\'']);
        let Some((user, value)) = entry.split_once(':') else { continue };
        let is_login = !value.is_empty()
            && !value.starts_with([' ', '$'])
            && value != "RANDOM"
            && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        let Some(at) = line.find(entry).filter(|_| is_login) else { continue };
        let at = start + at + user.len() + 1;
        let region = Region::new(at, at + value.len());
        found.add(Field { user: Some(user), ..Field::new(&kinds::CONFIGURED, region, value) });
    }
}

/// `user: password` below `[BasicAuth]` of Hurl.
pub(super) fn hurl(found: &mut Found<'_>) {
    let text = found.text;
    let mut within = false;
    for (start, line) in all_lines(text) {
        let content = line.trim();
        if content.is_empty() || content.starts_with('[') {
            within = content == "[BasicAuth]";
        } else if within && let Some((user, value)) = content.split_once(": ") {
            let at = start + line.find(content).unwrap_or(0) + user.len() + 2;
            let value = value.trim_start();
            let at = at + (content.len() - user.len() - 2 - value.len());
            let region = Region::new(at, at + value.len());
            found.add(Field { user: Some(user), ..Field::new(&kinds::REQUEST, region, value) });
        }
    }
}

/// The keys that open a Vault, as its `operator init` prints them.
pub(super) fn vault(found: &mut Found<'_>) {
    let tree = seaworthy_syntax::json::parse(found.text);
    for (name, entry) in super::entries(tree.root()) {
        if !matches!(name, "keys" | "keys_base64" | "unseal_keys_b64" | "unseal_keys_hex") {
            continue;
        }
        for node in entry.value.items() {
            if let Some(field) = Field::scalar(&kinds::CONFIGURED, node) {
                found.add(field);
            }
        }
    }
}
