//! Operations: what deploys, backs up, restores, migrates and seeds.

mod backups;
mod production;
mod tools;

rules![
    backup_not_verified,
    backup_pipeline_unchecked,
    backup_retention_too_short,
    backup_unencrypted,
    hardcoded_host_path,
    migration_dev_in_production,
    restore_unconfirmed,
    seed_in_production,
];
