//! What an address in a lockfile says: where a package comes from, at which
//! commit, and which package a registry's address names.

use super::PackageSource;
use super::registries::{GIT_SHORTHANDS, GITHUB_NPM_HOST, is_git_host};

/// The source that an address or a package manager's specification stands for.
/// A version or an empty text is the registry's.
pub(super) fn classify(spec: &str) -> PackageSource {
    let spec = spec.trim();
    let git = || PackageSource::Git { commit: commit_of(spec) };
    if spec.starts_with("file:") {
        PackageSource::File
    } else if spec.starts_with("link:") || spec.starts_with("portal:") {
        PackageSource::Link
    } else if spec.starts_with("workspace:") {
        PackageSource::Workspace
    } else if GIT_SHORTHANDS.iter().any(|prefix| spec.starts_with(prefix))
        || ["git+", "git:", "git@", "ssh:"].iter().any(|prefix| spec.starts_with(prefix))
    {
        git()
    } else if let Some(host) = http_host(spec) {
        let path = without_suffixes(spec);
        let archive = [".tgz", ".tar.gz", ".tar"].iter().any(|end| path.ends_with(end));
        if host == GITHUB_NPM_HOST
            || (archive && memchr::memmem::find(path.as_bytes(), b"/-/").is_some())
        {
            PackageSource::Registry
        } else if path.ends_with(".git") || is_git_host(host) {
            // A release asset is a file that someone uploaded, not a commit.
            if path.contains("/releases/download/") { PackageSource::Url } else { git() }
        } else if archive_commit(spec).is_some() || (!archive && fragment_commit(spec).is_some()) {
            git()
        } else {
            PackageSource::Url
        }
    } else if is_repository_path(spec) {
        git()
    } else {
        PackageSource::Registry
    }
}

/// Whether `spec` is the shorthand `owner/repository`, with a `#ref` or not.
fn is_repository_path(spec: &str) -> bool {
    let path = spec.split('#').next().unwrap_or(spec);
    let mut parts = path.split('/');
    let usable = |part: Option<&str>| {
        part.is_some_and(|p| {
            !p.is_empty()
                && !p.starts_with(['.', '~', '@'])
                && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        })
    };
    usable(parts.next()) && usable(parts.next()) && parts.next().is_none()
}

/// The host of an `http` or `https` address, without credentials and port.
pub(super) fn http_host(url: &str) -> Option<&str> {
    if url.starts_with("https://") || url.starts_with("http://") { url_host(url) } else { None }
}

/// The host of an address of any scheme, or of git's `user@host:path`, without
/// credentials and port. `None` for what has no host: a file, a shorthand.
#[must_use]
pub fn url_host(url: &str) -> Option<&str> {
    let host = match url.split_once("://") {
        Some((_, rest)) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
                Some((address, _)) => address,
                None => host.split(':').next().unwrap_or(host),
            }
        }
        None => {
            let (user, rest) = url.split_once('@')?;
            let (host, _) = rest.split_once(':')?;
            if user.contains(['/', ':']) || host.contains('/') {
                return None;
            }
            host
        }
    };
    (!host.is_empty()).then_some(host)
}

fn without_suffixes(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// The commit that an address is pinned to.
fn commit_of(spec: &str) -> Option<Box<str>> {
    fragment_commit(spec).or_else(|| archive_commit(spec)).map(Into::into)
}

/// The commit in the part after `#`: alone, or as yarn's `commit=` or
/// `commit:`.
fn fragment_commit(spec: &str) -> Option<&str> {
    let (_, fragment) = spec.split_once('#')?;
    let fragment = fragment.split("::").next().unwrap_or(fragment);
    fragment.split('&').find_map(|part| {
        hex(part.strip_prefix("commit=").or_else(|| part.strip_prefix("commit:")).unwrap_or(part))
    })
}

/// The commit in the address of an archive that a git host makes:
/// `…/tar.gz/COMMIT`, `…/archive/COMMIT.tar.gz`, `…/get/COMMIT.tar.gz`,
/// `…/archive.tar.gz?ref=COMMIT` or `?sha=COMMIT`.
fn archive_commit(url: &str) -> Option<&str> {
    let address = url.split('#').next().unwrap_or(url);
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let by_query = query
        .split('&')
        .find_map(|part| hex(part.strip_prefix("ref=").or_else(|| part.strip_prefix("sha="))?));
    if by_query.is_some() {
        return by_query;
    }
    let mut segments = path.rsplit('/');
    let last = segments.next()?;
    let before = segments.next()?;
    let last = last.strip_suffix(".tar.gz").or_else(|| last.strip_suffix(".zip")).unwrap_or(last);
    if matches!(before, "tar.gz" | "tarball" | "archive" | "get" | "zipball") {
        return hex(last);
    }
    None
}

/// A commit, whole or shortened, in hex.
fn hex(text: &str) -> Option<&str> {
    ((7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())).then_some(text)
}

/// The package and version that a registry's address names:
/// `…/NAME/-/BASE-VERSION.tgz`, with a scope as `@scope/name` or
/// `@scope%2fname`, and GitHub's `…/download/@scope/name/VERSION/HASH`. The
/// name is the path's: it is what the registry serves.
#[must_use]
pub fn registry_url_package(url: &str) -> Option<(String, String)> {
    let host = http_host(url)?;
    let path = without_suffixes(url);
    // The path begins after the scheme and the authority.
    let path = path.splitn(4, '/').nth(3)?;
    if host == GITHUB_NPM_HOST
        && let Some(rest) = path.strip_prefix("download/")
    {
        let mut parts = rest.split('/');
        let (scope, name, version) = (parts.next()?, parts.next()?, parts.next()?);
        return Some((format!("{scope}/{name}"), version.to_owned()));
    }
    let (before, after) = path.rsplit_once("/-/")?;
    let mut segments = before.rsplit('/');
    let last = decode(segments.next()?);
    let scope = segments.next().map(decode).filter(|scope| scope.starts_with('@'));
    let name = match scope {
        Some(scope) if !last.contains('/') => format!("{scope}/{last}"),
        _ => last,
    };
    if name.is_empty() {
        return None;
    }
    let file = decode(after.rsplit('/').next()?);
    let stem = file.strip_suffix(".tgz").or_else(|| file.strip_suffix(".tar.gz"))?;
    let base = name.rsplit('/').next().unwrap_or(&name);
    let version = match stem.strip_prefix(base).and_then(|rest| rest.strip_prefix('-')) {
        Some(version) if starts_like_version(version) => version,
        _ => stem
            .match_indices('-')
            .map(|(at, _)| &stem[at + 1..])
            .find(|rest| starts_like_version(rest))?,
    };
    Some((name, version.to_owned()))
}

/// Undoes `%2f`, `%40` and their like, as far as they are ASCII.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) if code.is_ascii_graphic() => {
                out.push(char::from(code));
                rest = &after[2..];
            }
            _ => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether `text` begins as a semantic version does: three numbers.
pub(super) fn starts_like_version(text: &str) -> bool {
    let mut rest = text.as_bytes();
    for last in [false, false, true] {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        rest = &rest[digits..];
        if !last {
            match rest.split_first() {
                Some((b'.', after)) => rest = after,
                _ => return false,
            }
        }
    }
    matches!(rest.first(), None | Some(b'-' | b'+' | b'_' | b'(' | b'.'))
}

/// Divides `name@rest`, minding the `@` of a scope. `None` without a second
/// part.
pub(super) fn split_name(text: &str) -> Option<(&str, &str)> {
    let (at, _) = text.char_indices().skip(1).find(|&(_, letter)| letter == '@')?;
    Some((&text[..at], &text[at + 1..]))
}
