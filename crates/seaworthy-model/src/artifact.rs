//! Paths of artifacts inside the audited root.

use std::fmt;
use std::sync::Arc;

/// The path of a file relative to the audited root, `/`-separated on every
/// platform, without a leading `./`.
///
/// Bytes that are not UTF-8 are shown as U+FFFD; the engine keeps the real path
/// beside it for reading. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactPath(Arc<str>);

impl ArtifactPath {
    /// Wraps a path that is already relative and `/`-separated.
    pub fn new(path: impl AsRef<str>) -> Self {
        Self(Arc::from(path.as_ref()))
    }

    /// The whole path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component, without its directory.
    #[must_use]
    pub fn file_name(&self) -> &str {
        split_last(&self.0, b'/').map_or(&self.0, |(_, name)| name)
    }

    /// The directory of the file, `""` for a file at the root.
    #[must_use]
    pub fn parent(&self) -> &str {
        split_last(&self.0, b'/').map_or("", |(parent, _)| parent)
    }

    /// Resolves `reference` as written in this file (`./x`, `../x`, `x`)
    /// against the file's directory.
    ///
    /// Returns `None` when the reference is absolute or leaves the root, so
    /// that no caller can follow it out of the repository.
    #[must_use]
    pub fn join(&self, reference: &str) -> Option<ArtifactPath> {
        Self::resolve(self.parent(), reference)
    }

    /// Resolves `reference` against the directory `base` (`""` is the root).
    /// `None` when it is absolute or leaves the root.
    #[must_use]
    pub fn resolve(base: &str, reference: &str) -> Option<ArtifactPath> {
        if reference.starts_with(['/', '~', '\\']) || reference.as_bytes().get(1) == Some(&b':') {
            return None;
        }
        let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
        for part in reference.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Some(ArtifactPath::new(parts.join("/")))
    }

    /// The path as a relative URI reference (RFC 3986): every byte outside the
    /// unreserved set and `/` is percent-encoded, as is a `:` that would read
    /// as a scheme.
    #[must_use]
    pub fn to_uri(&self) -> String {
        let mut uri = String::with_capacity(self.0.len());
        for &byte in self.0.as_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    uri.push(char::from(byte));
                }
                _ => {
                    const HEX: &[u8; 16] = b"0123456789ABCDEF";
                    uri.push('%');
                    uri.push(char::from(HEX[usize::from(byte >> 4)]));
                    uri.push(char::from(HEX[usize::from(byte & 15)]));
                }
            }
        }
        uri
    }
}

impl fmt::Debug for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ArtifactPath {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

/// What comes before and after the last `mark`, an ASCII character, as by
/// [`str::rsplit_once`].
///
/// Names are short, and such is asked for every file many times: a plain look from the end
/// beats a search that is made for long texts.
#[must_use]
pub fn split_last(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_never_leave_the_root() {
        let file = ArtifactPath::new("deploy/docker-compose.yml");
        let cases = [
            (".env", Some("deploy/.env")),
            ("./api/.env", Some("deploy/api/.env")),
            ("../.env", Some(".env")),
            ("../../.env", None),
            ("/etc/passwd", None),
            ("~/x", None),
            ("C:/x", None),
            ("a//b/./c", Some("deploy/a/b/c")),
        ];
        for (reference, want) in cases {
            let got = file.join(reference);
            assert_eq!(got.as_ref().map(ArtifactPath::as_str), want, "{reference}");
        }
    }

    #[test]
    fn a_text_is_split_at_its_last_mark() {
        for text in ["a/b/c.d", "/", "", "a", "ü/ö.ä", "a//", ".", "x.y/z"] {
            for (mark, sign) in [(b'/', '/'), (b'.', '.')] {
                assert_eq!(split_last(text, mark), text.rsplit_once(sign), "{text} {sign}");
            }
        }
        assert_eq!(ArtifactPath::new("a/b/c").file_name(), "c");
        assert_eq!(ArtifactPath::new("a/b/c").parent(), "a/b");
        assert_eq!(ArtifactPath::new("c").parent(), "");
    }

    #[test]
    fn uris_are_percent_encoded() {
        assert_eq!(ArtifactPath::new("a b/ü:1\n.env").to_uri(), "a%20b/%C3%BC%3A1%0A.env");
    }
}
