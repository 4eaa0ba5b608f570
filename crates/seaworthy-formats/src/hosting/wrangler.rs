//! `wrangler.toml` and `wrangler.json`, as far as they say what is served.

use seaworthy_syntax::{NodeRef, Tree};

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WranglerConfig {
    /// The directory of a Pages project (`pages_build_output_dir`).
    pub pages: Option<String>,
    /// The directory of a Worker's static files (`assets.directory`).
    pub assets: Option<String>,
    /// Whether code answers (`main`).
    pub runs_code: bool,
}

impl WranglerConfig {
    /// Reads a parsed file.
    #[must_use]
    pub fn read(tree: &Tree) -> Self {
        let root = tree.root();
        let said = |path: &[&str]| root.at(path).and_then(NodeRef::as_str).map(ToOwned::to_owned);
        Self {
            pages: said(&["pages_build_output_dir"]),
            assets: said(&["assets", "directory"]).or_else(|| said(&["site", "bucket"])),
            runs_code: root.get("main").is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_syntax::{json, toml};

    #[test]
    fn what_is_served_is_read() {
        let pages = WranglerConfig::read(&toml::parse("pages_build_output_dir = \"./dist\"\n"));
        assert_eq!(pages.pages.as_deref(), Some("./dist"));
        let worker = WranglerConfig::read(&json::parse(
            r#"{"main": "src/index.ts", "assets": {"directory": "public"}}"#,
        ));
        assert_eq!((worker.assets.as_deref(), worker.runs_code), (Some("public"), true));
    }
}
