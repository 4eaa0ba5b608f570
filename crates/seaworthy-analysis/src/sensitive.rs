//! Every place of a document that may hold a secret.
//!
//! An excerpt is about one finding, but a line may hold another's secret, and a
//! diff shows whole files. So excerpts are masked wherever a value may be
//! secret, whatever they are about: here it is better to mask too much.

use seaworthy_model::Region;
use seaworthy_syntax::env::EnvEntry;
use seaworthy_syntax::{NodeRef, Tree, json, yaml};

use crate::document::Document;
use crate::names::secret_kind;
use crate::values::{ValueClass, ValueContext, classify, parse_url};

/// The regions that may hold a secret, sorted.
pub(crate) fn sensitive_regions(document: Option<&Document>, text: &str) -> Vec<Region> {
    let mut regions = Vec::new();
    match document {
        Some(Document::Env(env)) => {
            for entry in env.entries().iter().chain(env.commented()) {
                env_entry(entry, &mut regions);
            }
        }
        Some(Document::Compose(file)) => tree(file.tree(), &mut regions),
        Some(Document::Vercel(_) | Document::PackageJson(_)) => {
            tree(&json::parse(text), &mut regions);
        }
        Some(Document::PnpmWorkspace(_)) => tree(&yaml::parse(text), &mut regions),
        _ => {}
    }
    userinfo(text, &mut regions);
    regions.retain(|region| !region.is_empty());
    regions.sort_unstable();
    regions
}

fn env_entry(entry: &EnvEntry, regions: &mut Vec<Region>) {
    if may_be_secret(&entry.key, &entry.value) {
        regions.push(entry.value_region);
    }
}

/// Whether a value is to be hidden: it is, or under such a name could be, a
/// secret, and is no reference, placeholder or harmless word.
fn may_be_secret(name: &str, value: &str) -> bool {
    let class = classify(value, &ValueContext { key: name, user: None, project: &[] });
    match class {
        ValueClass::Real => true,
        ValueClass::Weak(_) => secret_kind(name).is_some(),
        _ => false,
    }
}

/// The scalars of a tree, each under its nearest key; `KEY=value` items count as
/// an assignment.
fn tree(tree: &Tree, regions: &mut Vec<Region>) {
    let mut pending: Vec<(NodeRef<'_>, &str)> = tree.documents().map(|root| (root, "")).collect();
    while let Some((node, key)) = pending.pop() {
        if node.is_alias() {
            // What it stands for is met where it is written.
            continue;
        }
        if node.is_mapping() {
            for entry in node.written_entries() {
                pending.push((entry.value, entry.key.scalar().unwrap_or(key)));
            }
        } else if node.is_sequence() {
            pending.extend(node.items().map(|item| (item, key)));
        } else if let Some(value) = node.scalar() {
            scalar(node, key, value, regions);
        }
    }
}

fn scalar(node: NodeRef<'_>, key: &str, value: &str, regions: &mut Vec<Region>) {
    let region = node.content_region();
    let assignment = value.split_once('=').filter(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    match assignment {
        Some((name, assigned)) => {
            if may_be_secret(name, assigned) {
                let exact = region.len() == value.len();
                let start = if exact { region.start + name.len() + 1 } else { region.start };
                regions.push(Region::new(start, region.end));
            }
        }
        None if may_be_secret(key, value) => regions.push(region),
        None => {}
    }
}

/// The password of every `scheme://user:password@host` in the text.
fn userinfo(text: &str, regions: &mut Vec<Region>) {
    for (offset, _) in text.match_indices("://") {
        let start = text[..offset]
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            .map_or(0, |index| index + text[index..].chars().next().map_or(1, char::len_utf8));
        let rest = &text[start..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>'))
            .unwrap_or(rest.len());
        if let Some(password) = parse_url(&rest[..end]).and_then(|url| url.password) {
            let region = Region::from(password).offset(start);
            regions.push(region);
        }
    }
}
