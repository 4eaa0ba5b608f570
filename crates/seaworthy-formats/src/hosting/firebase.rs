//! `firebase.json`, as far as Hosting sends headers.

use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, Tree};

use super::{MOST, Pair, text};
use crate::http::Text;

/// One entry of `headers`.
#[derive(Clone, Debug)]
pub struct FirebaseHeaders {
    /// The glob; `None` where an expression (`regex`) stands in its place.
    pub source: Option<Text>,
    /// The bytes of the pattern.
    pub region: Region,
    /// The headers.
    pub values: Vec<Pair>,
}

/// One site of `hosting`.
#[derive(Clone, Debug)]
pub struct FirebaseSite {
    /// The bytes of the site's object.
    pub region: Region,
    /// The key of its list of headers.
    pub headers_key: Option<Region>,
    /// The directory that is served.
    pub public: Option<Text>,
    /// The directory that Firebase builds by itself (`source`).
    pub source: Option<Text>,
    /// The rules for headers, in order.
    pub headers: Vec<FirebaseHeaders>,
    /// Whether requests are handed to code.
    pub runs_code: bool,
    /// Whether all that has no file of its own is answered by a page.
    pub single_page: bool,
}

/// What the file says of Hosting.
#[derive(Clone, Debug, Default)]
pub struct FirebaseConfig {
    /// The sites.
    pub sites: Vec<FirebaseSite>,
    /// Whether something is written otherwise than Firebase reads it.
    pub uncertain: bool,
}

impl FirebaseConfig {
    /// Reads a parsed file.
    #[must_use]
    pub fn read(tree: &Tree) -> Self {
        let mut config =
            Self { uncertain: tree.is_uncertain() || !tree.errors().is_empty(), ..Self::default() };
        let Some(hosting) = tree.root().get("hosting") else { return config };
        if hosting.is_sequence() {
            let sites: Vec<FirebaseSite> =
                hosting.items().take(MOST).map(|item| site(item, &mut config.uncertain)).collect();
            config.sites = sites;
        } else if hosting.is_mapping() {
            config.sites = vec![site(hosting, &mut config.uncertain)];
        }
        config
    }
}

fn site(node: NodeRef<'_>, uncertain: &mut bool) -> FirebaseSite {
    let mut headers = Vec::new();
    for item in node.get("headers").into_iter().flat_map(NodeRef::items).take(MOST) {
        match rule(item) {
            Some(rule) => headers.push(rule),
            None => *uncertain = true,
        }
    }
    let rewrites = || node.get("rewrites").into_iter().flat_map(NodeRef::items).take(MOST);
    let code = |item: NodeRef<'_>| item.get("function").is_some() || item.get("run").is_some();
    let page = |item: NodeRef<'_>| {
        let to = item.get("destination").and_then(NodeRef::as_str);
        to.is_some_and(|path| path.ends_with(".html"))
    };
    FirebaseSite {
        region: node.region(),
        headers_key: node.entry("headers").map(|entry| entry.key.content_region()),
        public: node.get("public").and_then(text),
        source: node.get("source").and_then(text),
        headers,
        runs_code: rewrites().any(code),
        single_page: rewrites().any(page),
    }
}

fn rule(item: NodeRef<'_>) -> Option<FirebaseHeaders> {
    let source = item.get("source").or_else(|| item.get("glob"));
    let pattern = source.or_else(|| item.get("regex"))?;
    let mut values = Vec::new();
    for header in item.get("headers")?.items().take(MOST) {
        values.push((text(header.get("key")?)?, text(header.get("value")?)?));
    }
    let source = match source {
        Some(node) => Some(text(node)?),
        None => None,
    };
    Some(FirebaseHeaders { source, region: pattern.content_region(), values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_syntax::json;

    #[test]
    fn one_site_and_several_are_read() {
        let site = r#"{"public": "dist", "headers": [{"source": "**", "headers": [{"key": "X-A", "value": "1"}]}]}"#;
        for (source, sites) in [
            (format!("{{\"hosting\": {site}}}"), 1),
            (format!("{{\"hosting\": [{site}, {site}]}}"), 2),
            ("{\"functions\": {}}".to_owned(), 0),
        ] {
            let config = FirebaseConfig::read(&json::parse(&source));
            assert_eq!(config.sites.len(), sites, "{source}");
            for site in &config.sites {
                assert_eq!(site.headers[0].values[0].1.region.of(&source), "1");
                assert_eq!(site.headers_key.map(|key| key.of(&source)), Some("headers"));
            }
        }
    }

    #[test]
    fn what_answers_is_known() {
        let read = |text: &str| FirebaseConfig::read(&json::parse(text));
        let config = read(
            r#"{"hosting": {"rewrites": [{"source": "/api/**", "function": "api"}, {"source": "**", "destination": "/index.html"}]}}"#,
        );
        assert!(config.sites[0].runs_code && config.sites[0].single_page);
        let config =
            read(r#"{"hosting": {"headers": [{"regex": "/a", "headers": []}, {"headers": 1}]}}"#);
        assert!(config.uncertain);
        assert!(config.sites[0].headers[0].source.is_none());
    }
}
