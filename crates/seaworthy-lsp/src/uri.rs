//! URIs of the client, and the paths that they mean.

use std::path::{Component, Path, PathBuf};

use seaworthy_model::ArtifactPath;

/// The path of a `file` URI; none of any other, and of one on another machine.
pub(crate) fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = strip_scheme(uri, "file")?.strip_prefix("//")?;
    let slash = rest.find('/')?;
    let (host, path) = rest.split_at(slash);
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return None;
    }
    let bytes = decoded(path)?;
    // `/c:/x` is a drive.
    let drive =
        matches!(bytes.as_slice(), [b'/', letter, b':', ..] if letter.is_ascii_alphabetic());
    let bytes = if cfg!(windows) && drive { bytes[1..].to_vec() } else { bytes };
    let path = path_of(bytes)?;
    let plain = path.components().all(|part| !matches!(part, Component::ParentDir));
    plain.then_some(path)
}

/// The name of a document that was never saved, if the URI is of one.
pub(crate) fn untitled_name(uri: &str) -> Option<String> {
    let bytes = decoded(strip_scheme(uri, "untitled")?)?;
    let path = String::from_utf8(bytes).ok()?;
    let name = path.rsplit(['/', '\\']).next()?;
    (!name.is_empty() && name != "." && name != "..").then(|| name.to_owned())
}

fn strip_scheme<'a>(uri: &'a str, scheme: &str) -> Option<&'a str> {
    let (found, rest) = uri.split_once(':')?;
    found.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// The bytes of a path that is percent-encoded, up to a query or a fragment.
fn decoded(path: &str) -> Option<Vec<u8>> {
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    (!bytes.contains(&0)).then_some(bytes)
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

/// The path of a file relative to a root; none when it lies elsewhere.
pub(crate) fn relative(root: &Path, path: &Path) -> Option<ArtifactPath> {
    let inner = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = inner.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    (!parts.is_empty()).then(|| ArtifactPath::new(parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_files_of_this_machine_have_a_path() {
        let cases = [
            ("file:///a/b%20c/%C3%BC.env", Some("/a/b c/ü.env")),
            ("FILE://localhost/a", Some("/a")),
            ("file:///a/%5Bslug%5D/x#L3", Some("/a/[slug]/x")),
            ("file:///a/100%", Some("/a/100%")),
            ("file:///a/%zz", Some("/a/%zz")),
            ("file:///", Some("/")),
            ("file://server/share/x", None),
            ("file:///a/../b", None),
            ("file:///a%00b", None),
            ("git:/a/b?x", None),
            ("untitled:Untitled-1", None),
            ("nonsense", None),
        ];
        for (uri, path) in cases {
            assert_eq!(to_path(uri).as_deref(), path.map(Path::new), "{uri}");
        }
    }

    #[test]
    fn documents_that_were_never_saved_have_a_name() {
        let cases = [
            ("untitled:Untitled-1", Some("Untitled-1")),
            ("untitled:/home/a/.env", Some(".env")),
            ("untitled:", None),
            ("untitled:/..", None),
            ("file:///a", None),
        ];
        for (uri, name) in cases {
            assert_eq!(untitled_name(uri).as_deref(), name, "{uri}");
        }
    }

    #[test]
    fn paths_are_relative_to_the_root_that_holds_them() {
        let within = |root: &str, path: &str| {
            relative(Path::new(root), Path::new(path)).map(|path| path.as_str().to_owned())
        };
        assert_eq!(within("/a", "/a/b/c").as_deref(), Some("b/c"));
        assert_eq!(within("/", "/b").as_deref(), Some("b"));
        assert_eq!(within("/a", "/ab"), None);
        assert_eq!(within("/a", "/a"), None);
    }
}
