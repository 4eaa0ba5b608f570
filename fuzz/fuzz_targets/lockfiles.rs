#![no_main]
//! All lockfiles: the first character picks the kind.

use libfuzzer_sys::fuzz_target;
use seaworthy_formats::lockfile::{Lockfile, LockfileKind, registry_url_package, url_host};
use seaworthy_fuzz::{errors_fit, fits};

const KINDS: [LockfileKind; 6] = [
    LockfileKind::Npm,
    LockfileKind::YarnClassic,
    LockfileKind::YarnBerry,
    LockfileKind::Pnpm,
    LockfileKind::Bun,
    LockfileKind::Cargo,
];

fuzz_target!(|input: &str| {
    let Some(first) = input.chars().next() else { return };
    let kind = KINDS[(first as usize).wrapping_sub('0' as usize) % KINDS.len()];
    let text = &input[first.len_utf8()..];
    let lock = Lockfile::read(kind, text);
    errors_fit(text, &lock.errors);
    assert!(lock.errors.is_sorted_by_key(|error| error.region));
    if let Some(version) = lock.version_region {
        fits(text, version);
    }
    for root in &lock.roots {
        fits(text, root.region);
    }
    for package in &lock.packages {
        fits(text, package.region);
        for (address, region) in package.resolved.iter().chain(&package.integrity) {
            fits(text, *region);
            let _ = (url_host(address), registry_url_package(address));
        }
    }
});
