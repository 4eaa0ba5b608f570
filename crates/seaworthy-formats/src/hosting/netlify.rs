//! `netlify.toml`, as far as it says what is built and which headers are sent.

use seaworthy_syntax::{NodeRef, Tree};

use super::{MOST, Pair, text};
use crate::http::Text;

/// One `[[headers]]`.
#[derive(Clone, Debug)]
pub struct NetlifyHeaders {
    /// The path (`for`).
    pub path: Text,
    /// The headers, lists joined by commas.
    pub values: Vec<Pair>,
}

/// What the file says.
#[derive(Clone, Debug, Default)]
pub struct NetlifyConfig {
    /// The directory that is built (`build.base`).
    pub base: Option<Text>,
    /// The directory that is served (`build.publish`).
    pub publish: Option<Text>,
    /// The command that builds it.
    pub command: Option<Text>,
    /// The rules for headers, in order.
    pub headers: Vec<NetlifyHeaders>,
    /// The packages of the plugins that run at build time.
    pub plugins: Vec<String>,
    /// Whether code at the edge answers or changes answers.
    pub edge_functions: bool,
    /// Whether something is written otherwise than Netlify reads it.
    pub uncertain: bool,
}

impl NetlifyConfig {
    /// Reads a parsed file.
    #[must_use]
    pub fn read(tree: &Tree) -> Self {
        let root = tree.root();
        let build = |key: &str| root.at(&["build", key]).and_then(text);
        let mut config = Self {
            base: build("base"),
            publish: build("publish"),
            command: build("command"),
            uncertain: tree.is_uncertain() || !tree.errors().is_empty(),
            edge_functions: root.get("edge_functions").is_some(),
            ..Self::default()
        };
        let items = |key: &str| root.get(key).into_iter().flat_map(NodeRef::items).take(MOST);
        config.plugins = items("plugins")
            .filter_map(|plugin| Some(plugin.get("package")?.as_str()?.to_owned()))
            .collect();
        for item in items("headers") {
            match headers(item) {
                Some(headers) => config.headers.push(headers),
                None => config.uncertain = true,
            }
        }
        config
    }
}

fn headers(item: NodeRef<'_>) -> Option<NetlifyHeaders> {
    let path = text(item.get("for")?)?;
    let mut values = Vec::new();
    for entry in item.get("values").into_iter().flat_map(NodeRef::written_entries).take(MOST) {
        let value = if entry.value.is_sequence() {
            let parts: Option<Vec<&str>> = entry.value.items().map(NodeRef::as_str).collect();
            Text::new(parts?.join(", "), entry.value.region())
        } else {
            text(entry.value)?
        };
        values.push((text(entry.key)?, value));
    }
    Some(NetlifyHeaders { path, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_syntax::toml;

    #[test]
    fn headers_are_read_in_each_way_of_writing_them() {
        for source in [
            "[[headers]]\nfor = \"/*\"\n[headers.values]\nX-Frame-Options = \"DENY\"\n",
            "[[headers]]\n  for = '/*'\n  [headers.values]\n    \"X-Frame-Options\" = '''DENY'''\n",
            "headers = [{ for = \"/*\", values = { X-Frame-Options = \"DENY\" } }]\n",
            "[[headers]]\nfor = \"/*\"\nvalues = { X-Frame-Options = [\"DENY\"] }\n",
        ] {
            let config = NetlifyConfig::read(&toml::parse(source));
            assert!(!config.uncertain, "{source}");
            let rule = &config.headers[0];
            assert_eq!(rule.path.region.of(source), "/*");
            let (name, value) = &rule.values[0];
            assert_eq!((name.value.as_str(), value.value.as_str()), ("X-Frame-Options", "DENY"));
            assert_eq!(name.region.of(source), "X-Frame-Options");
            assert!(value.region.of(source).contains("DENY"));
        }
    }

    #[test]
    fn what_is_built_is_read() {
        let config = NetlifyConfig::read(&toml::parse(
            "[build]\nbase = \"web\"\ncommand = \"npm run build\"\npublish = \"dist\"\n\
             [[plugins]]\npackage = \"netlify-plugin-x\"\n[[edge_functions]]\nfunction = \"a\"\n",
        ));
        assert_eq!(config.base.map(|text| text.value).as_deref(), Some("web"));
        assert_eq!(config.plugins, ["netlify-plugin-x"]);
        assert!(config.edge_functions);
        assert!(NetlifyConfig::read(&toml::parse("[[headers]]\nfor = 1\n")).uncertain);
    }
}
