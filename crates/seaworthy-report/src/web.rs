//! Where a file of the audited repository can be looked at in a browser.
//!
//! The address is made of what git or the CI server says of the repository. Only
//! services whose addresses are known are linked to.

use seaworthy_model::{GitProvenance, Location};

use crate::order::is_whole_file;

/// A commit of a repository on a service that shows files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What stands before the path of a file, with a slash at its end.
    base: String,
    /// What the audited root is below the root of the repository, `""` or with a slash
    /// at its end.
    prefix: String,
}

impl Source {
    /// A commit of a repository on GitHub or a server of its kind, by its address such
    /// as `https://github.com`, and its name such as `owner/name`. `None` where one of
    /// them cannot be part of an address.
    #[must_use]
    pub fn github(server: &str, repository: &str, revision: &str) -> Option<Self> {
        let host = server.strip_prefix("https://").or(server.strip_prefix("http://"))?;
        let sound = is_host(host) && is_path(repository) && is_revision(revision);
        let base = format!("{}/{repository}/blob/{revision}/", server.trim_end_matches('/'));
        sound.then_some(Self { base, prefix: String::new() })
    }

    /// What git knows of its origin.
    #[must_use]
    pub fn of(git: &GitProvenance) -> Option<Self> {
        let revision = git.revision.as_deref().filter(|revision| is_revision(revision))?;
        let (host, path) = host_and_path(git.repository_uri.as_deref()?)?;
        let blob = match host {
            "github.com" => "blob",
            "bitbucket.org" => "src",
            "codeberg.org" => "src/commit",
            _ if host.split('.').any(|label| label == "gitlab") => "-/blob",
            _ => return None,
        };
        let base = format!("https://{host}/{path}/{blob}/{revision}/");
        Some(Self { base, prefix: String::new() })
    }

    /// The same for a root that is a directory of the repository.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        let prefix = seaworthy_model::ArtifactPath::new(prefix).to_uri();
        self.prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        self
    }

    /// The address of a place.
    pub(crate) fn link(&self, place: &Location) -> String {
        let uri = place.artifact.to_uri();
        let mut link = format!("{}{}{}", self.base, self.prefix, uri.trim_start_matches('/'));
        if !is_whole_file(place) {
            let (start, end) = (place.start.line.max(1), place.end.line);
            link.push_str(&format!("#L{start}"));
            if end > start {
                link.push_str(&format!("-L{end}"));
            }
        }
        link
    }
}

fn host_and_path(uri: &str) -> Option<(&str, &str)> {
    let (host, path) = match uri.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        // As ssh writes it: git@host:owner/name.
        None => uri.split_once(':')?,
    };
    let host = host.rsplit('@').next()?;
    let host = host.split(':').next()?;
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (is_host(host) && is_path(path)).then_some((host, path))
}

fn is_host(host: &str) -> bool {
    let host = host.trim_end_matches('/');
    !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b))
}

fn is_path(path: &str) -> bool {
    path.contains('/') && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/~".contains(&b))
}

fn is_revision(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const SHA: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";

    fn of(uri: &str) -> Option<String> {
        let git = GitProvenance {
            repository_uri: Some(uri.to_owned()),
            revision: Some(SHA.to_owned()),
            branch: None,
            prefix: String::new(),
        };
        Source::of(&git).map(|source| source.base.replace(SHA, "SHA"))
    }

    #[test]
    fn addresses_are_made_for_services_that_are_known() {
        let cases = [
            ("git@github.com:team/shop.git", Some("https://github.com/team/shop/blob/SHA/")),
            ("https://github.com/team/shop", Some("https://github.com/team/shop/blob/SHA/")),
            (
                "ssh://git@gitlab.example.com:22/a/b/c.git",
                Some("https://gitlab.example.com/a/b/c/-/blob/SHA/"),
            ),
            ("https://bitbucket.org/a/b.git", Some("https://bitbucket.org/a/b/src/SHA/")),
            ("https://git.example.com/a/b.git", None),
            ("https://github.com/a b/c", None),
            ("https://github.com/a\"onclick=x/c", None),
            ("javascript://github.com/a/b", None),
            ("/srv/git/shop.git", None),
        ];
        for (uri, want) in cases {
            assert_eq!(of(uri).as_deref(), want, "{uri}");
        }
        assert_eq!(Source::github("https://github.com", "a/b", "main"), None);
        assert_eq!(Source::github("javascript:x", "a/b", SHA), None);
    }

    #[test]
    fn a_link_names_the_lines() {
        let source = Source::github("https://ghe.example.com", "a/b", SHA).expect("it is sound");
        let mut place = sample::locate("a b.yml", "x\ny: 1\nz\n", "y: 1", &[]);
        let base = format!("https://ghe.example.com/a/b/blob/{SHA}");
        assert_eq!(source.link(&place), format!("{base}/a%20b.yml#L2"));
        place.end.line = 3;
        assert_eq!(
            source.clone().below("deploy").link(&place),
            format!("{base}/deploy/a%20b.yml#L2-L3")
        );
        assert_eq!(source.link(&sample::whole_file(".env")), format!("{base}/.env"));
    }
}
