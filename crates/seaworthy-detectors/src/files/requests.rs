//! Recorded and prepared requests: Postman, HTTP archives, cassettes of VCR.

use seaworthy_analysis::names::secret_kind;
use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, json, yaml};

use super::{Field, Found, entries, kinds, mappings};

/// Headers that carry a credential, in lower case.
const HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-token",
    "x-access-token",
    "x-amz-security-token",
    "private-token",
    "x-gitlab-token",
    "x-vault-token",
    "x-csrf-token",
    "x-session-token",
    "x-functions-key",
    "ocp-apim-subscription-key",
    "circle-token",
    "x-shopify-access-token",
    "x-auth-key",
    "x-token",
    "access-token",
    "x-figma-token",
];

/// Environments hold values that are marked as secret, collections the parts of
/// each request's authorization.
pub(super) fn postman(found: &mut Found<'_>) {
    let tree = json::parse(found.text);
    for owner in mappings(tree.root()) {
        let text = |name: &str| owner.get(name).and_then(NodeRef::as_str);
        let Some(key) = text("key") else { continue };
        let Some(value) = owner.get("value") else { continue };
        let marked = text("type") == Some("secret");
        if marked || secret_kind(key).is_some() || is_header(key) {
            header_or_value(found, key, value);
        }
    }
    // The API key's own entries: `key` names the header, `value` is the secret.
    for (_, entry) in entries(tree.root()).filter(|(name, _)| *name == "apikey") {
        for part in entry.value.items() {
            let is_value = part.get("key").and_then(NodeRef::as_str) == Some("value");
            if let Some(value) = part.get("value").filter(|_| is_value) {
                header_or_value(found, "", value);
            }
        }
    }
}

/// The headers and cookies of an archive, and the fields of its forms.
pub(super) fn archive(found: &mut Found<'_>) {
    let tree = json::parse(found.text);
    for (name, entry) in entries(tree.root()) {
        let cookie = name == "cookies";
        if !cookie && !matches!(name, "headers" | "params" | "queryString") {
            continue;
        }
        for item in entry.value.items() {
            let Some(name) = item.get("name").and_then(NodeRef::as_str) else { continue };
            let Some(value) = item.get("value") else { continue };
            let session = cookie && is_session(name);
            if session || is_header(name) || !cookie && secret_kind(name).is_some() {
                header_or_value(found, if session { "" } else { name }, value);
            }
        }
    }
}

/// The headers of a cassette: a list of values, or one.
pub(super) fn cassette(found: &mut Found<'_>) {
    let tree = match found.path.ends_with("json") {
        true => json::parse(found.text),
        false => yaml::parse(found.text),
    };
    for root in tree.documents() {
        for (name, entry) in entries(root).filter(|(name, _)| is_header(name)) {
            let listed = entry.value.items().take(8);
            for value in listed.chain([entry.value]) {
                header_or_value(found, name, value);
            }
        }
    }
}

fn is_header(name: &str) -> bool {
    HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name))
}

/// Whether a cookie keeps a session.
fn is_session(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["session", "sessid", "auth", "token", "connect.sid", ".aspxauth", "remember", "jwt"]
        .iter()
        .any(|word| lower.contains(word))
        && !lower.contains("csrf")
        && !lower.contains("xsrf")
}

/// Keeps a value, without the scheme of an authorization.
fn header_or_value(found: &mut Found<'_>, name: &str, node: NodeRef<'_>) {
    let Some(mut field) = Field::scalar(&kinds::REQUEST, node) else { return };
    if field.value.contains("{{") || field.value.starts_with("Basic ") {
        // Basic logins are decoded by the finder of authorizations.
        return;
    }
    for scheme in ["Bearer ", "bearer ", "Token ", "token "] {
        if let Some(rest) = field.value.strip_prefix(scheme) {
            let region = field.region;
            if region.len() == field.value.len() {
                field.region = Region::new(region.start + scheme.len(), region.end);
            }
            field.value = rest;
        }
    }
    let region = field.region;
    found.add(field.named(name, region));
}
