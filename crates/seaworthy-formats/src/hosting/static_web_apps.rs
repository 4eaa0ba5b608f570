//! `staticwebapp.config.json` of Azure Static Web Apps.

use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, Tree};

use super::{MOST, Pair, pairs, text};
use crate::http::Text;

/// One entry of `routes`; of all that match a request only the first counts.
#[derive(Clone, Debug)]
pub struct SiteRoute {
    /// The pattern.
    pub route: Text,
    /// Whether it holds for some methods only.
    pub methods: bool,
    /// Its headers, which go before the global ones; an empty value takes a
    /// global header away.
    pub headers: Vec<Pair>,
    /// Whether it redirects and shows nothing of its own.
    pub redirects: bool,
}

/// What the file says.
#[derive(Clone, Debug, Default)]
pub struct StaticWebApps {
    /// The headers of every answer but those of an API.
    pub global: Vec<Pair>,
    /// The key of the global headers.
    pub global_key: Option<Region>,
    /// The routes, in order.
    pub routes: Vec<SiteRoute>,
    /// Whether something is written otherwise than Azure reads it.
    pub uncertain: bool,
}

impl StaticWebApps {
    /// Reads a parsed file.
    #[must_use]
    pub fn read(tree: &Tree) -> Self {
        let root = tree.root();
        let mut config = Self {
            uncertain: tree.is_uncertain() || !tree.errors().is_empty(),
            global: root.get("globalHeaders").map(pairs).unwrap_or_default(),
            global_key: root.entry("globalHeaders").map(|entry| entry.key.content_region()),
            ..Self::default()
        };
        for item in root.get("routes").into_iter().flat_map(NodeRef::items).take(MOST) {
            let Some(route) = item.get("route").and_then(text) else {
                config.uncertain = true;
                continue;
            };
            config.routes.push(SiteRoute {
                route,
                methods: item.get("methods").is_some(),
                headers: item.get("headers").map(pairs).unwrap_or_default(),
                redirects: item.get("redirect").is_some(),
            });
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_syntax::json;

    #[test]
    fn global_headers_and_routes_are_read() {
        let source = r#"{"globalHeaders": {"X-A": "1"}, "routes": [
            {"route": "/old", "redirect": "/new"},
            {"route": "/x/*", "methods": ["GET"], "headers": {"X-A": ""}}, {"no": 1}]}"#;
        let config = StaticWebApps::read(&json::parse(source));
        assert_eq!(config.global[0].1.region.of(source), "1");
        assert_eq!(config.global_key.map(|key| key.of(source)), Some("globalHeaders"));
        let told: Vec<_> = config
            .routes
            .iter()
            .map(|route| (route.route.value.as_str(), route.methods, route.redirects))
            .collect();
        assert_eq!(told, [("/old", false, true), ("/x/*", true, false)]);
        assert!(config.uncertain);
    }
}
