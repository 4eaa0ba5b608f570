//! Traefik's middlewares that set response headers, as they are written in a
//! dynamic file; labels use the same words.

use seaworthy_syntax::{NodeRef, Tree};

use super::{MOST, Pair, text};
use crate::http::Text;

/// One field of a `headers` middleware.
#[derive(Clone, Debug)]
pub struct Field {
    /// The middleware.
    pub middleware: String,
    /// The response header that it sets, with its value as sent. The name has
    /// the bytes of the field.
    pub header: Pair,
}

/// A dynamic file.
#[derive(Clone, Debug, Default)]
pub struct TraefikFile {
    /// The fields of all middlewares.
    pub fields: Vec<Field>,
    /// The addresses of servers behind (`http.services.*.loadBalancer`).
    pub servers: Vec<Text>,
    /// Whether it is one of Traefik's: it has routers, services or middlewares.
    pub is_dynamic: bool,
}

/// The header that a field of the middleware comes to, with its value; `None`
/// for fields that set none by themselves. Names of fields ignore case.
#[must_use]
pub fn field_header(field: &str, value: &str) -> Option<(String, String)> {
    let lower = field.to_ascii_lowercase();
    if let Some(at) = lower.strip_prefix("customresponseheaders.") {
        let name = &field[field.len() - at.len()..];
        // An empty value takes the header away.
        return (!value.is_empty()).then(|| (name.to_owned(), value.to_owned()));
    }
    let on = value.eq_ignore_ascii_case("true");
    let fixed = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
    match lower.as_str() {
        "stsseconds" if value != "0" => {
            fixed("Strict-Transport-Security", &format!("max-age={value}"))
        }
        "framedeny" if on => fixed("X-Frame-Options", "DENY"),
        "customframeoptionsvalue" => fixed("X-Frame-Options", value),
        "contenttypenosniff" if on => fixed("X-Content-Type-Options", "nosniff"),
        "browserxssfilter" if on => fixed("X-XSS-Protection", "1; mode=block"),
        "custombrowserxssvalue" => fixed("X-XSS-Protection", value),
        "contentsecuritypolicy" => fixed("Content-Security-Policy", value),
        "contentsecuritypolicyreportonly" => fixed("Content-Security-Policy-Report-Only", value),
        "referrerpolicy" => fixed("Referrer-Policy", value),
        "permissionspolicy" => fixed("Permissions-Policy", value),
        "featurepolicy" => fixed("Feature-Policy", value),
        "accesscontrolalloworiginlist" => fixed("Access-Control-Allow-Origin", value),
        "accesscontrolallowcredentials" if on => fixed("Access-Control-Allow-Credentials", "true"),
        _ => None,
    }
}

impl TraefikFile {
    /// Reads a parsed file.
    #[must_use]
    pub fn read(tree: &Tree) -> Self {
        let Some(http) = tree.root().get("http") else { return Self::default() };
        let mut file = Self {
            is_dynamic: ["routers", "services", "middlewares"]
                .iter()
                .any(|key| http.get(key).is_some_and(NodeRef::is_mapping)),
            ..Self::default()
        };
        for middleware in entries(http.get("middlewares")) {
            let Some(headers) = middleware.value.get("headers") else { continue };
            let name = middleware.key.as_str().unwrap_or("");
            for entry in headers.written_entries().take(MOST) {
                fields(name, "", entry.key, entry.value, &mut file.fields);
                let prefix = entry.key.as_str().unwrap_or("");
                for inner in entry.value.written_entries().take(MOST) {
                    let prefix = format!("{prefix}.");
                    fields(name, &prefix, inner.key, inner.value, &mut file.fields);
                }
            }
        }
        for service in entries(http.get("services")) {
            let servers = service.value.at(&["loadBalancer", "servers"]);
            for server in servers.into_iter().flat_map(NodeRef::items).take(MOST) {
                file.servers.extend(server.get("url").and_then(text));
            }
        }
        file
    }
}

fn entries(node: Option<NodeRef<'_>>) -> impl Iterator<Item = seaworthy_syntax::Entry<'_>> {
    node.into_iter().flat_map(NodeRef::written_entries).take(MOST)
}

fn fields(
    middleware: &str,
    prefix: &str,
    key: NodeRef<'_>,
    value: NodeRef<'_>,
    found: &mut Vec<Field>,
) {
    let (Some(name), Some(text)) = (key.as_str(), value.scalar().or_else(|| only(value))) else {
        return;
    };
    if let Some((header, sent)) = field_header(&format!("{prefix}{name}"), text) {
        found.push(Field {
            middleware: middleware.to_owned(),
            header: (
                Text::new(header, key.content_region()),
                Text::new(sent, value.content_region()),
            ),
        });
    }
}

/// The one item of a list.
fn only(node: NodeRef<'_>) -> Option<&str> {
    let mut items = node.items();
    match (items.next(), items.next()) {
        (Some(only), None) => only.scalar(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_syntax::yaml;

    #[test]
    fn fields_come_to_headers() {
        for (field, value, expected) in [
            ("stsSeconds", "300", Some("Strict-Transport-Security: max-age=300")),
            ("stsseconds", "0", None),
            ("frameDeny", "true", Some("X-Frame-Options: DENY")),
            ("frameDeny", "false", None),
            ("customResponseHeaders.X-Robots-Tag", "none", Some("X-Robots-Tag: none")),
            ("customresponseheaders.Server", "", None),
            ("customRequestHeaders.X-A", "1", None),
            ("sslRedirect", "true", None),
        ] {
            let told = field_header(field, value).map(|(name, value)| format!("{name}: {value}"));
            assert_eq!(told.as_deref(), expected, "{field}");
        }
    }

    #[test]
    fn a_dynamic_file_is_read() {
        let source = "http:\n  middlewares:\n    secure:\n      headers:\n        frameDeny: true\n        customResponseHeaders:\n          X-A: '1'\n  services:\n    app:\n      loadBalancer:\n        servers:\n          - url: http://app:3000\n";
        let file = TraefikFile::read(&yaml::parse(source));
        let told: Vec<_> = file
            .fields
            .iter()
            .map(|field| (field.header.0.value.as_str(), field.header.0.region.of(source)))
            .collect();
        assert_eq!(told, [("X-Frame-Options", "frameDeny"), ("X-A", "X-A")]);
        assert_eq!(file.servers[0].region.of(source), "http://app:3000");
        assert!(file.is_dynamic);
        assert!(!TraefikFile::read(&yaml::parse("http: 1\n")).is_dynamic);
    }
}
