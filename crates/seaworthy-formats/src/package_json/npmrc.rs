//! The registries that an `.npmrc` names.

use seaworthy_model::Region;

/// A line that sets a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NpmrcRegistry {
    /// The scope with its `@`; `None` for the default registry.
    pub scope: Option<Box<str>>,
    /// The address without the credentials it may hold.
    pub url: Box<str>,
    /// The address as written, without quotes.
    pub region: Region,
}

/// The lines `registry=…` and `@scope:registry=…`. Tokens and all other
/// settings are not kept.
#[must_use]
pub fn npmrc_registries(text: &str) -> Vec<NpmrcRegistry> {
    let mut registries = Vec::new();
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim();
        let offset = start + whole.len() - whole.trim_start().len();
        start += whole.len();
        if line.starts_with([';', '#', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim().trim_start_matches('\u{feff}');
        let scope = match key.strip_suffix(":registry") {
            Some(scope) if scope.starts_with('@') => Some(scope.into()),
            _ if key == "registry" => None,
            _ => continue,
        };
        let before = line.len() - value.trim_start().len();
        let value = value.trim();
        let inner = ['"', '\'']
            .iter()
            .find_map(|&q| value.strip_prefix(q).and_then(|rest| rest.strip_suffix(q)));
        let from = offset + before + usize::from(inner.is_some());
        let value = inner.unwrap_or(value);
        registries.push(NpmrcRegistry {
            scope,
            url: without_credentials(value).into(),
            region: Region::new(from, from + value.len()),
        });
    }
    registries
}

fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rfind('@').map_or(&rest[..end], |at| &rest[at + 1..end]);
    format!("{scheme}://{host}{}", &rest[end..])
}
