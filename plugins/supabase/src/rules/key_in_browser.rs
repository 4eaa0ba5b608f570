//! A key that bypasses row level security, where browsers get it.

use seaworthy_plugin_api::{
    Context, Document, EnvEntry, Fix, Precision, Region, Rule, Selector, Severity, repo, values,
};

use crate::client::{Builds, builds, public_prefix, why_client};
use crate::keys::{Key, KeyKind, NEEDLES, keys, name_before};

use super::OWN;

pub(crate) static RULE: Rule = Rule {
    id: "service-role-key-in-browser",
    name: Some("Service role key in browsers"),
    summary: "key that bypasses row level security where browsers can read it",
    help: include_str!("key_in_browser.md"),
    severity: Severity::Critical,
    precision: Precision::VeryHigh,
    cwe: &[200, 522],
    tags: &["security", "supabase", "secrets"],
    ..Rule::file(&[Selector { roles: OWN, needles: NEEDLES, ..Selector::ANY }], check)
};

fn check(file: &Document, cx: &mut Context<'_>) {
    let text = file.text();
    let found = keys(&text);
    if found.is_empty() {
        return;
    }
    let path = file.path();
    let entries = file.env_entries().unwrap_or_default();
    let client = why_client(&path, &text, package_builds(&path));
    for key in &found {
        if commented(&text, key.range.start) && !path.ends_with(".html") {
            continue;
        }
        let name = name_before(&text, key.range.start);
        let why = match (name.and_then(public_prefix), &client) {
            (Some((prefix, framework)), _) => format!(
                "{framework} puts every variable that begins with `{prefix}` into what it sends \
                 to browsers"
            ),
            (None, Some(client)) => format!("this file reaches browsers: {client}"),
            (None, None) => continue,
        };
        report(cx, key, name.unwrap_or(""), &why, &text, &entries);
    }
    for (entry, kind) in references(&text, &found, &entries) {
        let Some((prefix, framework)) = public_prefix(&entry.key) else { continue };
        let message = format!(
            "`{}` takes over the {} of Supabase, and {framework} puts every variable that begins \
             with `{prefix}` into what it sends to browsers. {}",
            entry.key,
            kind.title(),
            CONSEQUENCE
        );
        cx.report(entry.key_region, message).evidence(entry.key.clone());
    }
}

const CONSEQUENCE: &str = "The key bypasses row level security: whoever has it reads and \
    changes every row. Use it on servers only, give browsers the publishable (anon) key, and \
    replace this one.";

fn report(
    cx: &mut Context<'_>,
    key: &Key,
    name: &str,
    why: &str,
    text: &str,
    entries: &[EnvEntry],
) {
    let judged = values::judge(name, &text[key.range.clone()]);
    if matches!(judged.value_class.as_str(), "placeholder" | "test-key") {
        return;
    }
    let region = Region::from(key.range.clone());
    let message =
        format!("The {} of Supabase is published: {why}. {CONSEQUENCE}", key.kind.title());
    let finding = cx.report(region, message);
    finding.evidence(name).sensitive(region).label(format!("{} of Supabase", key.kind.title()));
    let Some((prefix, _)) = public_prefix(name) else { return };
    let private = &name[prefix.len()..];
    let entry = entries
        .iter()
        .find(|entry| entry.key == name && entry.value_region.range().contains(&key.range.start));
    if let Some(entry) = entry
        && !entries.iter().any(|entry| entry.key == private)
    {
        let title = format!("Rename the variable to `{private}`, which stays on servers");
        finding.fix(Fix::risky(title).replace(entry.key_region, private));
    }
}

/// Variables of an env file that take over one which holds a key.
fn references<'e>(
    text: &str,
    found: &[Key],
    entries: &'e [EnvEntry],
) -> Vec<(&'e EnvEntry, KeyKind)> {
    let holder = |name: &str| {
        let entry = entries.iter().find(|entry| entry.key == name && !entry.commented)?;
        let range = entry.value_region.range();
        found.iter().find(|key| range.contains(&key.range.start)).map(|key| key.kind)
    };
    entries
        .iter()
        .filter(|entry| !entry.commented && public_prefix(&entry.key).is_some())
        .filter_map(|entry| {
            let written = text.get(entry.value_region.range())?;
            let name = written.strip_prefix('$')?;
            let name = name.strip_prefix('{').and_then(|n| n.strip_suffix('}')).unwrap_or(name);
            Some((entry, holder(name)?))
        })
        .collect()
}

/// Whether a place is in a line that is a comment.
fn commented(text: &str, at: usize) -> bool {
    let line = text[..at].rsplit('\n').next().unwrap_or("").trim_start();
    ["#", "//", "/*", "* "].iter().any(|sign| line.starts_with(sign))
}

/// What the package around a file builds.
pub(super) fn package_builds(path: &str) -> Builds {
    let nearest = repo::packages()
        .into_iter()
        .filter(|package| {
            package.directory.is_empty()
                || path.strip_prefix(&*package.directory).is_some_and(|rest| rest.starts_with('/'))
        })
        .max_by_key(|package| package.directory.len());
    let dependencies = nearest
        .and_then(|package| repo::open(&package.manifest))
        .and_then(|manifest| manifest.dependencies())
        .unwrap_or_default();
    builds(dependencies.iter().map(|dependency| dependency.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_a_comment_sets_nothing() {
        assert!(commented("a\n  # KEY=x", 11));
        assert!(commented("// x", 4));
        assert!(!commented("a # b\nKEY=x", 11));
    }
}
