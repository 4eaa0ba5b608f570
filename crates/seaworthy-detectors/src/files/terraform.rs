//! Terraform's state: what resources and outputs are, secrets included.

use seaworthy_analysis::names::secret_kind;
use seaworthy_syntax::{NodeRef, json};

use super::{Field, Found, entries, kinds};

/// Reads outputs that are marked, and attributes under the names of secrets.
pub(super) fn state(found: &mut Found<'_>) {
    let tree = json::parse(found.text);
    let root = tree.root();
    for output in root.get("outputs").into_iter().flat_map(NodeRef::written_entries) {
        let marked = output.value.get("sensitive").and_then(NodeRef::as_bool) == Some(true);
        let value = output.value.get("value").filter(|_| marked);
        add(found, value, output.key);
    }
    let resources = root.get("resources").into_iter().flat_map(NodeRef::items);
    // Before version 4: modules, each with resources of one primary instance.
    let modules = root.get("modules").into_iter().flat_map(NodeRef::items);
    let old = modules
        .filter_map(|module| module.get("resources"))
        .flat_map(NodeRef::written_entries)
        .map(|entry| entry.value);
    for resource in resources.chain(old) {
        let instances = resource.get("instances").into_iter().flat_map(NodeRef::items);
        for instance in instances.chain(resource.get("primary")) {
            let Some(attributes) = instance.get("attributes") else { continue };
            let marked = marked(instance);
            let generated = resource.get("type").and_then(NodeRef::as_str);
            for (name, entry) in entries(attributes) {
                let result = name == "result" && generated == Some("random_password");
                if result || secret_kind(name).is_some() || marked.contains(&name) {
                    add(found, Some(entry.value), entry.key);
                }
            }
        }
    }
}

/// The attributes that the provider marks as sensitive.
fn marked(instance: NodeRef<'_>) -> Vec<&str> {
    let paths = instance.get("sensitive_attributes").into_iter().flat_map(NodeRef::descendants);
    paths
        .filter(|step| step.get("type").and_then(NodeRef::as_str) == Some("get_attr"))
        .filter_map(|step| step.get("value")?.as_str())
        .take(256)
        .collect()
}

fn add(found: &mut Found<'_>, value: Option<NodeRef<'_>>, key: NodeRef<'_>) {
    let Some(node) = value.filter(|node| node.as_str().is_some_and(is_opaque)) else { return };
    let Some(field) = Field::scalar(&kinds::TERRAFORM, node) else { return };
    found.add(field.named(key.scalar().unwrap_or(""), key.content_region()));
}

/// Whether a value may be a secret itself: it names none, and is no block that is
/// found by its own form.
fn is_opaque(value: &str) -> bool {
    !value.starts_with("arn:")
        && !value.contains("-----BEGIN")
        && !value.contains("://")
        && !value.starts_with("projects/")
        && !value.starts_with('/')
}
