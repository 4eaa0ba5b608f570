//! Names of images.

use super::interpolate::UNKNOWN;
use super::text::Text;

/// An image's name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    /// The registry's host and port, if one is named.
    pub registry: Option<String>,
    /// The path without registry, tag and digest (`library/postgres` is
    /// `postgres` as written).
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest with its algorithm.
    pub digest: Option<String>,
}

impl ImageName {
    /// Takes a name apart: `registry:5000/team/app:1.2@sha256:…`.
    #[must_use]
    pub fn parse(text: &str) -> ImageName {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (text, None),
        };
        let name_start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (path, tag) = match rest[name_start..].find(':') {
            Some(colon) => {
                let colon = name_start + colon;
                (&rest[..colon], Some(rest[colon + 1..].to_owned()))
            }
            None => (rest, None),
        };
        let (registry, repository) = match path.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
                (Some(host.to_owned()), path)
            }
            _ => (None, path),
        };
        ImageName { registry, repository: repository.to_owned(), tag, digest }
    }

    /// Reads an image with the defaults of its variables; [`UNKNOWN`] stands
    /// where there are none.
    #[must_use]
    pub fn of(image: &Text) -> Option<ImageName> {
        let text = image.expand_partly(&|_| None).ok()?;
        Some(ImageName::parse(text.trim()))
    }

    /// The last part of the repository.
    #[must_use]
    pub fn name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or("")
    }

    /// Whether a variable without default hides the name.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.name().contains(UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_names_are_taken_apart() {
        let cases = [
            ("postgres", (None, "postgres", None, None)),
            ("postgres:16", (None, "postgres", Some("16"), None)),
            ("reg:5000/x/app", (Some("reg:5000"), "x/app", None, None)),
            ("reg:5000/x/app:1", (Some("reg:5000"), "x/app", Some("1"), None)),
            ("ghcr.io/a/b@sha256:00", (Some("ghcr.io"), "a/b", None, Some("sha256:00"))),
            ("a/b:1@sha256:00", (None, "a/b", Some("1"), Some("sha256:00"))),
            ("localhost/x", (Some("localhost"), "x", None, None)),
        ];
        for (text, want) in cases {
            let got = ImageName::parse(text);
            let got = (
                got.registry.as_deref(),
                &*got.repository,
                got.tag.as_deref(),
                got.digest.as_deref(),
            );
            assert_eq!(got, want, "{text}");
        }
    }
}
