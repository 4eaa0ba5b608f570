//! Formats whose secrets stand under known keys: configurations in lines, and
//! trees of JSON, YAML and TOML.

mod table;

use seaworthy_detector_pack::Kind;
use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, json, toml, yaml};

use super::{Field, Found, Reader, entries, kinds, mappings};
use crate::find::base64;
use table::{FORMATS, Format, Syntax};

/// What reads a file of the table.
pub(super) fn reader(name: &str, folder: &str) -> Option<Reader> {
    format(name, folder).map(|_| -> Reader { read })
}

fn format(name: &str, folder: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| {
        format.files.contains(&name) && (format.folder.is_empty() || format.folder == folder)
    })
}

fn read(found: &mut Found<'_>) {
    let (folder, name) = found.path.rsplit_once('/').unwrap_or(("", found.path));
    let name = name.to_ascii_lowercase();
    let folder = folder.rsplit('/').next().unwrap_or(folder);
    let Some(format) = format(super::lookup::bare(&name), folder) else { return };
    match format.syntax {
        Syntax::Lines => lines(found, format),
        Syntax::Json => tree(found, format, json::parse(found.text).root()),
        Syntax::Toml => tree(found, format, toml::parse(found.text).root()),
        Syntax::Yaml => {
            for root in yaml::parse(found.text).documents() {
                tree(found, format, root);
            }
        }
    }
}

/// Reads every mapping that has one of the keys.
fn tree(found: &mut Found<'_>, format: &Format, root: NodeRef<'_>) {
    for owner in mappings(root) {
        let named = |names: &'static [&'static str]| {
            owner
                .written_entries()
                .filter(move |entry| entry.key.scalar().is_some_and(|key| has(names, key)))
        };
        let mut secrets = named(format.keys).peekable();
        if secrets.peek().is_none() {
            continue;
        }
        let user = named(format.users).find_map(|entry| entry.value.scalar());
        let host = named(format.hosts).find_map(|entry| entry.value.scalar());
        for entry in secrets {
            let Some(field) = Field::scalar(format.kind, entry.value) else { continue };
            let name = entry.key.scalar().unwrap_or("");
            // The same bytes begin whatever NSS encrypts: the key's id, mostly zeros.
            let is_long = format.kind.id == kinds::BROWSER.id && field.value.len() >= 64;
            let tail = if is_long { 48 } else { 0 };
            let field = Field { value: field.value.get(tail..).unwrap_or(""), ..field };
            let field = field.named(name, entry.key.content_region());
            found.add(Field { user, host, ..field });
        }
    }
}

/// Whether the name is one of those, in any case; `x*` stands for all that begin
/// so, `*x` for all that end so.
fn has(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| match (known.strip_suffix('*'), known.strip_prefix('*')) {
        (Some(""), _) => true,
        (Some(head), _) => {
            name.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
        }
        (_, Some(tail)) => name
            .len()
            .checked_sub(tail.len())
            .and_then(|at| name.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(tail)),
        _ => known.eq_ignore_ascii_case(name),
    })
}

/// A line that gives a key a value.
pub(super) struct Line<'t> {
    pub(super) key: &'t str,
    pub(super) key_region: Region,
    pub(super) value: &'t str,
    pub(super) region: Region,
}

/// The line at `start`, if it gives a key a value: `key = value`, `key: "value"`,
/// `set key=value;`, `key value`.
pub(super) fn line<'t>(text: &'t str, start: usize, line: &str) -> Option<Line<'t>> {
    let mut at = start + line.len() - line.trim_start().len();
    let end = start + line.trim_end().len();
    let rest = text.get(at..end)?;
    // What npm calls a registry begins as comments elsewhere do.
    let comment =
        rest.starts_with(['#', ';', '[', '!']) || rest.starts_with("//") && !rest.contains("/:");
    if comment {
        return None;
    }
    for word in ["set ", "export ", "-"] {
        if let Some(after) = text.get(at..end)?.strip_prefix(word) {
            at = end - after.trim_start().len();
        }
    }
    let quote = text[at..end].starts_with(['"', '\'']);
    at += usize::from(quote);
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:/@-".contains(&byte);
    let length = text.as_bytes()[at..end].iter().take_while(|&&byte| is_key(byte)).count();
    let key = text.get(at..at + length)?.trim_matches(':');
    let key_start = at + text[at..at + length].find(key)?;
    let mut next = at + length + usize::from(quote);
    let rest = text.get(next..end)?;
    let trimmed = rest.trim_start();
    let value = trimmed.strip_prefix(['=', ':']).unwrap_or(trimmed).trim_start();
    if key.is_empty() || value.len() == rest.len() && !text[at..next].ends_with(':') {
        return None;
    }
    next = end - value.len();
    let region = match value.as_bytes().first() {
        Some(&quote @ (b'"' | b'\'')) => {
            let close = value.as_bytes()[1..].iter().position(|&byte| byte == quote)?;
            Region::new(next + 1, next + 1 + close)
        }
        _ => Region::new(next, next + value.trim_end_matches(';').len()),
    };
    Some(Line {
        key,
        key_region: Region::new(key_start, key_start + key.len()),
        value: text.get(region.range())?,
        region,
    })
}

/// Every line with its offset.
pub(super) fn all_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line)
    })
}

fn lines(found: &mut Found<'_>, format: &Format) {
    let text = found.text;
    let (mut user, mut host) = (None, None);
    for (start, written) in all_lines(text) {
        if written.trim_start().starts_with('[') {
            (user, host) = (None, None);
        }
        let Some(line) = line(text, start, written) else { continue };
        // `//npm.example.com/:_authToken`, `extensions.auth.password`.
        let (before, key) = match line.key.rfind([':', '.']) {
            Some(at) if at + 1 < line.key.len() => (&line.key[..at], &line.key[at + 1..]),
            _ => ("", line.key),
        };
        if has(format.users, key) {
            user = Some(line.value);
        } else if has(format.hosts, key) {
            host = Some(line.value);
        }
        if !has(format.keys, key) && !has(format.keys, line.key) {
            continue;
        }
        let mut field =
            Field::new(format.kind, line.region, line.value).named(key, line.key_region);
        field.user = user;
        field.host = host.or_else(|| before.strip_prefix("//")?.split('/').next());
        if format.kind.id == kinds::NPMRC.id {
            registry(found, field, key);
        } else {
            found.add(field);
        }
    }
}

/// npm's `_auth` is base64 of a user and a password, `_password` of a password.
fn registry(found: &mut Found<'_>, field: Field<'_>, key: &str) {
    let decoded = match key.to_ascii_lowercase().as_str() {
        "_auth" | "_password" => base64::decode_text(field.value),
        _ => None,
    };
    let Some(decoded) = decoded else { return found.add(field) };
    let (user, password) = match decoded.split_once(':') {
        Some((user, password)) if key.eq_ignore_ascii_case("_auth") => (Some(user), password),
        _ => (field.user, decoded.as_str()),
    };
    found.add(Field {
        value: password,
        user,
        encoding: Some("base64-encoded"),
        name: None,
        ..field
    });
}

/// Composer's `auth.json`: passwords under `http-basic`, tokens of hosts.
pub(super) fn composer(found: &mut Found<'_>) {
    let tree = json::parse(found.text);
    const TOKENS: &[&str] = &["github-oauth", "gitlab-oauth", "gitlab-token", "bearer"];
    let hosts = entries(tree.root())
        .filter(|(name, _)| TOKENS.contains(name) || *name == "http-basic")
        .flat_map(|(name, section)| section.value.written_entries().map(move |host| (name, host)));
    for (name, host) in hosts {
        let address = host.key.scalar();
        let (secret, user) = if name == "http-basic" || host.value.is_mapping() {
            let secret = host.value.get("password").or_else(|| host.value.get("token"));
            (secret, host.value.get("username").and_then(NodeRef::scalar))
        } else {
            (Some(host.value), None)
        };
        let Some(field) = secret.and_then(|node| Field::scalar(&kinds::TOOL_TOKEN, node)) else {
            continue;
        };
        found.add(Field { user, host: address, ..field });
    }
    // What other tools keep in a file of this name.
    for owner in mappings(tree.root()).filter(|owner| owner.get("username").is_none()) {
        for name in ["token", "access_token", "refresh_token"] {
            named(found, &kinds::TOOL_TOKEN, owner, name);
        }
    }
}

/// The login of a user that Google's tools keep.
pub(super) fn authorized_user(found: &mut Found<'_>) {
    let tree = json::parse(found.text);
    for owner in mappings(tree.root()) {
        if owner.get("type").and_then(NodeRef::as_str) == Some("authorized_user") {
            for name in ["refresh_token", "client_secret"] {
                named(found, &kinds::CLOUD, owner, name);
            }
        }
    }
}

/// The scalar under a key of a mapping.
fn named(found: &mut Found<'_>, kind: &'static Kind, owner: NodeRef<'_>, name: &str) {
    let Some(entry) = owner.entry(name) else { return };
    if let Some(field) = Field::scalar(kind, entry.value) {
        found.add(field.named(name, entry.key.content_region()));
    }
}
