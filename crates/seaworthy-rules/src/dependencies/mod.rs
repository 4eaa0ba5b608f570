//! Manifests and lockfiles.

pub(crate) mod entries;
mod managers;
mod recorded;

rules![
    dependency_range_wild,
    engines_missing,
    git_hooks_missing,
    lockfile_insecure_source,
    lockfile_missing,
    lockfile_missing_integrity,
    lockfile_multiple,
    lockfile_name_mismatch,
    lockfile_out_of_sync,
    lockfile_unknown_host,
    lockfile_unreadable,
    lockfile_weak_integrity,
    monitoring_sdk_missing,
    npmrc_insecure,
    script_undeclared_binary,
];
