//! Packages of npm, as far as a plugin is taken out of one.

use std::cell::RefCell;

use seaworthy_formats::lockfile::registries::NPM_HOSTS;

use crate::archive::{Kind, open};

/// The address of npm's public registry.
#[must_use]
pub fn public_npm_registry() -> String {
    format!("https://{}", NPM_HOSTS[0])
}

/// A file of a package: of the archive that a registry serves. The path is relative to
/// the package, whatever its folder in the archive is called.
///
/// # Errors
/// When the archive is damaged or too large, or holds no such file, or several.
pub fn file_of_package(tarball: &[u8], path: &str) -> Result<Vec<u8>, String> {
    let path = path.trim_start_matches("./");
    let is_wanted = |member: &str| {
        let inside = member.split_once("!/").and_then(|(_, rest)| rest.split_once('/'));
        inside.is_some_and(|(_, rest)| rest == path)
    };
    let found: RefCell<Vec<Vec<u8>>> = RefCell::default();
    let told = open(Kind::TarGz, "package.tgz", tarball, &is_wanted, &mut |member, bytes| {
        if is_wanted(member) {
            found.borrow_mut().push(bytes.to_vec());
        }
    });
    if told.damaged || told.bomb || told.cut {
        return Err("the archive of the package is damaged or too large".to_owned());
    }
    let mut found = found.into_inner();
    match (found.pop(), found.is_empty()) {
        (Some(bytes), true) => Ok(bytes),
        (Some(_), false) => Err(format!("the package holds `{path}` more than once")),
        (None, _) => Err(format!("the package holds no `{path}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_package_holds_nothing() {
        for bytes in [&b""[..], b"<!doctype html>", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2]] {
            assert!(file_of_package(bytes, "plugin.wasm").is_err());
        }
        assert!(public_npm_registry().starts_with("https://"));
    }
}
