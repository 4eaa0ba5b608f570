//! What the root settings say of detectors, as far as it must be known before all
//! else is read: the other settings may name the detectors of a team.

use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, toml};

/// The keys of `[detectors]`.
pub(crate) const DETECTORS: [&str; 3] = ["gitleaks", "off", "packs"];

/// The most globs that are looked at.
const MOST_GLOBS: usize = 100;

/// Where a team's own detectors are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnDetectors {
    /// Globs of packs.
    pub(crate) packs: Vec<(String, Region)>,
    /// A configuration of gitleaks.
    pub(crate) gitleaks: Option<(String, Region)>,
}

/// Reads the names of files from a settings file. What is wrong with it is told
/// when all of it is read.
pub(crate) fn own_detectors(text: &str) -> OwnDetectors {
    let tree = toml::parse(text);
    let mut own = OwnDetectors::default();
    let Some(table) = tree.root().get("detectors") else { return own };
    let string = |node: NodeRef<'_>| Some((node.as_str()?.to_owned(), node.region()));
    if let Some(packs) = table.get("packs") {
        own.packs = packs.items().filter_map(string).take(MOST_GLOBS).collect();
    }
    own.gitleaks = table.get("gitleaks").and_then(string);
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_files_are_read() {
        let own = own_detectors(
            "exclude = ['a']\n[detectors]\npacks = ['a/*.toml', 3]\ngitleaks = '.gitleaks.toml'\n",
        );
        assert_eq!(own.packs.iter().map(|(glob, _)| glob).collect::<Vec<_>>(), ["a/*.toml"]);
        assert_eq!(own.gitleaks.map(|(path, _)| path).as_deref(), Some(".gitleaks.toml"));
        for text in ["", "detectors = 3\n", "[detectors]\npacks = 'a'\ngitleaks = 3\n", "[[["] {
            assert_eq!(own_detectors(text), OwnDetectors::default(), "{text}");
        }
    }
}
