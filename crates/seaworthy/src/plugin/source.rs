//! Where plugins come from, as settings and arguments write it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A place to take a component from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file, or a folder with one component.
    Path(String),
    /// An address.
    Web(String),
    /// An artifact of an OCI registry: `host/name:tag`.
    Oci(String),
    /// A package of an npm registry.
    Npm(NpmPackage),
}

/// A package, and which version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NpmPackage {
    pub(crate) name: String,
    /// A version or a tag; none: `latest`.
    pub(crate) version: Option<String>,
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > 2_048 || text.chars().any(char::is_control) {
            return Err("not a source of plugins".to_owned());
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return if text.starts_with("https://") || is_loopback(text) {
                Ok(Source::Web(text.to_owned()))
            } else {
                Err(format!("{text}: plugins are not fetched over plain http"))
            };
        }
        if let Some(reference) = text.strip_prefix("oci:") {
            let reference = reference.trim_start_matches("//");
            return match reference.contains('/') {
                true => Ok(Source::Oci(reference.to_owned())),
                false => Err(format!("{text}: expected oci:REGISTRY/NAME:TAG")),
            };
        }
        if let Some(package) = text.strip_prefix("npm:") {
            return NpmPackage::parse(package).map(Source::Npm);
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(format!("`{scheme}:` is no source of plugins: https, oci, npm or a path"));
        }
        Ok(Source::Path(text.strip_prefix("file:").unwrap_or(text).to_owned()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Path(path) | Source::Web(path) => f.write_str(path),
            Source::Oci(reference) => write!(f, "oci:{reference}"),
            Source::Npm(NpmPackage { name, version }) => match version {
                Some(version) => write!(f, "npm:{name}@{version}"),
                None => write!(f, "npm:{name}"),
            },
        }
    }
}

impl NpmPackage {
    fn parse(text: &str) -> Result<Self, String> {
        let at = text.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
        let (name, version) = match at {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let is_word = |word: &str| {
            !word.is_empty()
                && !word.starts_with('.')
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~+".contains(&b))
        };
        let named = match name.strip_prefix('@').map(|scoped| scoped.split_once('/')) {
            Some(Some((scope, name))) => is_word(scope) && is_word(name),
            Some(None) => false,
            None => is_word(name),
        };
        if !named || !version.is_none_or(is_word) {
            return Err(format!("npm:{text}: expected npm:PACKAGE or npm:PACKAGE@VERSION"));
        }
        Ok(Self { name: name.to_owned(), version: version.map(str::to_owned) })
    }
}

/// Whether an address leads to this very machine. Only there plain http is allowed.
pub(crate) fn is_loopback(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    if authority.contains('@') {
        return false;
    }
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or(""),
        None => authority.split(':').next().unwrap_or(""),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_they_are_written() {
        let npm = |name: &str, version: Option<&str>| {
            Source::Npm(NpmPackage { name: name.to_owned(), version: version.map(str::to_owned) })
        };
        let cases = [
            ("./a.wasm", Source::Path("./a.wasm".to_owned())),
            ("plugins/team", Source::Path("plugins/team".to_owned())),
            ("https://example.com/a.wasm", Source::Web("https://example.com/a.wasm".to_owned())),
            ("http://127.0.0.1:80/a", Source::Web("http://127.0.0.1:80/a".to_owned())),
            ("http://[::1]:80/a", Source::Web("http://[::1]:80/a".to_owned())),
            ("oci:example.com/a/b:1.0", Source::Oci("example.com/a/b:1.0".to_owned())),
            ("npm:rules", npm("rules", None)),
            ("npm:rules@1.2.0-rc.1+b", npm("rules", Some("1.2.0-rc.1+b"))),
            ("npm:@team/rules", npm("@team/rules", None)),
            ("npm:@team/rules@next", npm("@team/rules", Some("next"))),
        ];
        for (text, want) in cases {
            assert_eq!(text.parse(), Ok(want.clone()), "{text}");
            assert_eq!(want.to_string(), text);
        }
        assert_eq!("oci://a.b/c:1".parse(), Ok(Source::Oci("a.b/c:1".to_owned())));
    }

    #[test]
    fn what_is_no_safe_source_is_refused() {
        for text in [
            "",
            "a\u{1b}b",
            "http://example.com/a.wasm",
            "http://127.0.0.1@example.com/a.wasm",
            "http://localhost.example.com/a.wasm",
            "ftp://example.com/a",
            "oci:name",
            "npm:",
            "npm:@team",
            "npm:../../x",
            "npm:a/b@1",
            "npm:@a/../b",
            "npm:a@../../b",
            "npm:a@",
        ] {
            assert!(text.parse::<Source>().is_err(), "{text}");
        }
    }
}
