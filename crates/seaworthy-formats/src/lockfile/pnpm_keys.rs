//! The keys of pnpm's `packages`: which name and version each stands for.
//!
//! `/name/1.0.0_peer@2.0.0` up to version 5, `/name@1.0.0(peer@2.0.0)` in 6 and
//! `name@1.0.0` in 9; with a registry's host in front, an address, or a folder.

use super::PackageSource;
use super::source::{classify, split_name, starts_like_version};

/// What a key says; the fields of the entry may say better.
pub(super) struct PackageKey<'a> {
    /// Empty when the key is a folder or repository.
    pub(super) name: &'a str,
    /// Empty when the key holds none.
    pub(super) version: &'a str,
    pub(super) source: PackageSource,
    /// An address that is part of the key.
    pub(super) address: Option<&'a str>,
}

/// Reads a key; `None` when it cannot be one.
pub(super) fn parse(key: &str) -> Option<PackageKey<'_>> {
    // In parentheses stand the peers; a folder may hold some of its own.
    let base = key.find('(').filter(|_| key.ends_with(')')).map_or(key, |at| &key[..at]);
    let unnamed = |source| Some(PackageKey { name: "", version: "", source, address: None });
    for (prefix, source) in [("file:", PackageSource::File), ("link:", PackageSource::Link)] {
        if base.starts_with(prefix) {
            return unnamed(source);
        }
    }
    // The oldest keys end in peers, `/name/1.0.0/peer@2.0.0`, which must not be
    // taken for the package; an address may hold anything.
    let found = if base.contains(':') {
        by_at(base).or_else(|| by_slash(base))
    } else {
        by_slash(base).or_else(|| by_at(base))
    };
    if found.is_some() {
        return found;
    }
    if base.contains('/') {
        // A repository (`host/owner/name/commit`) or an address; the
        // entry's own fields have to name it.
        let commit = base
            .rsplit('/')
            .next()
            .filter(|last| last.len() == 40 && last.bytes().all(|b| b.is_ascii_hexdigit()));
        let git = commit.is_some() || base.starts_with("git");
        return unnamed(if git {
            PackageSource::Git { commit: commit.map(Into::into) }
        } else {
            PackageSource::Url
        });
    }
    None
}

/// `name@1.0.0` or `name@address`, possibly with a host or slash in front.
fn by_at(base: &str) -> Option<PackageKey<'_>> {
    let plain = base.strip_prefix('/').unwrap_or(base);
    let (name, what) = split_name(plain)?;
    // In `/name/1.0.0_peer@2.0.0` the `@` is that of a peer.
    let name = package_part(name).filter(|name| !starts_like_version(name))?;
    if starts_like_version(what) && !what.contains('/') {
        return Some(PackageKey {
            name,
            version: what,
            source: PackageSource::Registry,
            address: None,
        });
    }
    // Of a version of five the `@` belongs to a peer, of an address of git to
    // its user.
    if what.contains(':') && (what.contains("://") || !plain.starts_with("git@")) {
        let source = classify(what);
        return Some(PackageKey { name, version: "", source, address: Some(what) });
    }
    None
}

/// `/name/1.0.0` or `host/@scope/name/1.0.0_peer@2.0.0`.
fn by_slash(base: &str) -> Option<PackageKey<'_>> {
    let mut at = 0;
    for segment in base.split('/') {
        if at > 1 && starts_like_version(segment) {
            let name = package_part(&base[..at - 1])?;
            let version = segment.split('_').next().unwrap_or(segment);
            return Some(PackageKey {
                name,
                version,
                source: PackageSource::Registry,
                address: None,
            });
        }
        at += segment.len() + 1;
    }
    None
}

/// The name at the end of a path: its last segment, with its scope.
fn package_part(path: &str) -> Option<&str> {
    let last = path.rfind('/').map_or(0, |at| at + 1);
    if last == path.len() {
        return None;
    }
    let before = &path[..last.saturating_sub(1)];
    let scope = before.rfind('/').map_or(0, |at| at + 1);
    let from = if before[scope..].starts_with('@') { scope } else { last };
    Some(&path[from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_all_versions_name_their_package() {
        for (key, name, version) in [
            ("/a/1.0.0", "a", "1.0.0"),
            ("/@s/a/1.0.0-rc.1", "@s/a", "1.0.0-rc.1"),
            ("/a/1.0.0_b@2.0.0", "a", "1.0.0"),
            ("/@s/a/1.0.0_@t+b@2.0.0+c@3.0.0", "@s/a", "1.0.0"),
            ("/a/1.0.0_0a1b2c3d", "a", "1.0.0"),
            ("/a/1.0.0/b@2.0.0", "a", "1.0.0"),
            ("/a/1.0.0/@t/b@2.0.0", "a", "1.0.0"),
            ("registry.example/@s/a/1.0.0", "@s/a", "1.0.0"),
            ("registry.example:4873/a/1.0.0_b@2.0.0", "a", "1.0.0"),
            ("/a@1.0.0", "a", "1.0.0"),
            ("/@s/a@1.0.0(@t/b@2.0.0)(c@3.0.0(d@4.0.0))", "@s/a", "1.0.0"),
            ("registry.example/a@1.0.0", "a", "1.0.0"),
            ("a@1.0.0", "a", "1.0.0"),
            ("@s/a@1.0.0+build(patch_hash=0a1b)", "@s/a", "1.0.0+build"),
            ("a@https://host.example/x/1.0.0/a.tgz", "a", ""),
            ("@s/a@file:deps/a(b@1.0.0)", "@s/a", ""),
            ("host.example/owner/repo/0123456789abcdef0123456789abcdef01234567", "", ""),
            ("git@host.example+owner/repo/0123456789abcdef0123456789abcdef01234567", "", ""),
            ("file:../a(b)", "", ""),
        ] {
            let parsed = parse(key).map(|parsed| (parsed.name, parsed.version));
            assert_eq!(parsed, Some((name, version)), "{key}");
        }
        for key in ["a", "", "(", "@", "é"] {
            assert!(parse(key).is_none(), "{key}");
        }
    }
}
