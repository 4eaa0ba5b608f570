//! What containers and clusters log in with: Docker's configuration, kubeconfigs,
//! Kubernetes Secrets.

use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::values::entropy_per_char;
use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, Tree, json, yaml};

use super::{Field, Found, kinds, mappings};
use crate::find::base64;

/// The logins of registries: `auth` is base64 of a user and a password.
pub(super) fn docker(found: &mut Found<'_>) {
    let tree = json::parse(found.text);
    for (host, login) in logins(&tree) {
        if let Some(field) = login.get("auth").and_then(|node| Field::scalar(&kinds::DOCKER, node))
            && let Some(pair) = base64::decode_text(field.value)
            && let Some((user, password)) = pair.split_once(':')
        {
            let encoding = Some("base64-encoded");
            found.add(Field { value: password, user: Some(user), host, encoding, ..field });
        }
        let user = login.get("username").and_then(NodeRef::scalar);
        for name in ["password", "identitytoken", "registrytoken"] {
            let field = login.get(name).and_then(|node| Field::scalar(&kinds::DOCKER, node));
            if let Some(field) = field {
                found.add(Field { user, host, ..field });
            }
        }
    }
}

/// The registries of a configuration, of either form, with their logins.
fn logins(tree: &Tree) -> impl Iterator<Item = (Option<&str>, NodeRef<'_>)> {
    mappings(tree.root())
        .flat_map(NodeRef::written_entries)
        .filter(|entry| {
            ["auth", "password", "identitytoken"].iter().any(|name| entry.value.get(name).is_some())
        })
        .map(|entry| (entry.key.scalar(), entry.value))
}

/// The users of a kubeconfig.
pub(super) fn kubeconfig(found: &mut Found<'_>) {
    let tree = yaml::parse(found.text);
    let root = tree.root();
    let clusters = root.get("clusters").into_iter().flat_map(NodeRef::items);
    let host = clusters
        .filter_map(|cluster| cluster.at(&["cluster", "server"])?.as_str())
        .map(|server| server.split_once("://").map_or(server, |(_, rest)| rest))
        .find_map(|rest| rest.split([':', '/']).next());
    for item in root.get("users").into_iter().flat_map(NodeRef::items) {
        let Some(user) = item.get("user") else { continue };
        let name = user.get("username").or_else(|| item.get("name")).and_then(NodeRef::scalar);
        for secret in ["token", "password"] {
            let field = user.get(secret).and_then(|node| Field::scalar(&kinds::KUBECONFIG, node));
            if let Some(field) = field {
                found.add(Field { user: name, host, ..field });
            }
        }
        let tokens = user.at(&["auth-provider", "config"]);
        for secret in ["id-token", "refresh-token", "access-token", "client-secret"] {
            let node = tokens.and_then(|tokens| tokens.get(secret));
            if let Some(field) = node.and_then(|node| Field::scalar(&kinds::KUBECONFIG, node)) {
                found.add(Field { user: name, host, ..field });
            }
        }
        let key = user.get("client-key-data");
        if let Some(field) = key.and_then(|node| Field::scalar(&kinds::KUBECONFIG, node))
            && base64::decode_text(field.value).is_some_and(|pem| pem.contains("PRIVATE KEY"))
        {
            found.add(Field { user: name, host, ..field });
        }
    }
}

/// The values of Secrets: base64 under `data`, plain under `stringData`.
pub(super) fn secret(found: &mut Found<'_>) {
    let tree = match found.path.ends_with("json") {
        true => json::parse(found.text),
        false => yaml::parse(found.text),
    };
    for root in tree.documents() {
        for manifest in mappings(root) {
            let is_secret = manifest.get("kind").and_then(NodeRef::as_str) == Some("Secret");
            // SOPS encrypts the values in place.
            if !is_secret || manifest.get("sops").is_some() {
                continue;
            }
            let data = manifest.get("data").into_iter().flat_map(NodeRef::entries);
            for entry in data {
                if let Some(field) = Field::scalar(&kinds::KUBERNETES, entry.value)
                    && entry.merged_at.is_none()
                {
                    let key = entry.key.scalar().unwrap_or("");
                    encoded(found, field, key, entry.key.content_region());
                }
            }
            let plain = manifest.get("stringData").into_iter().flat_map(NodeRef::written_entries);
            for entry in plain {
                let key = entry.key.scalar().unwrap_or("");
                if let Some(field) = Field::scalar(&kinds::KUBERNETES, entry.value)
                    && promises(key, field.value)
                {
                    found.add(field.named(key, entry.key.content_region()));
                }
            }
        }
    }
}

/// A value in base64.
fn encoded(found: &mut Found<'_>, field: Field<'_>, key: &str, region: Region) {
    let joined: String = field.value.split_ascii_whitespace().collect();
    let Some(value) = base64::decode_text(&joined) else { return };
    let encoding = Some("base64-encoded");
    if key == ".dockerconfigjson" || key == ".dockercfg" {
        let tree = json::parse(&value);
        for (host, login) in logins(&tree) {
            let pair = login.get("auth").and_then(NodeRef::scalar).and_then(base64::decode_text);
            let (user, password) = match pair.as_deref().and_then(|pair| pair.split_once(':')) {
                Some((user, password)) => (Some(user), Some(password)),
                None => (
                    login.get("username").and_then(NodeRef::scalar),
                    login.get("password").and_then(NodeRef::scalar),
                ),
            };
            if let Some(value) = password {
                let field = Field::new(&kinds::DOCKER, field.region, value);
                found.add(Field { user, host, encoding, ..field });
            }
        }
    } else if promises(key, value.trim()) {
        let value = value.trim();
        let field = Field::new(&kinds::KUBERNETES, field.region, value).named(key, region);
        found.add(Field { encoding, ..field });
    }
}

/// Whether a value of a Secret is one: many hold user names and hosts as well. PEM
/// blocks are found by their own form.
fn promises(key: &str, value: &str) -> bool {
    if value.contains("-----BEGIN") || value.contains('\n') {
        return false;
    }
    secret_kind(key).is_some()
        || value.len() >= 20
            && entropy_per_char(value) > 3.8
            && !value.contains([' ', '/', '@', '.'])
}
