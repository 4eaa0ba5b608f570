//! Manifests and lockfiles.

mod entries;

rules![
    lockfile_insecure_source,
    lockfile_missing_integrity,
    lockfile_name_mismatch,
    lockfile_unknown_host,
    lockfile_unreadable,
    lockfile_weak_integrity,
];
