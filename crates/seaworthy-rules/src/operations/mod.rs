//! Operations: what deploys, backs up, restores, migrates and seeds.

mod backups;
mod composed;
mod mentions;
mod production;
mod tools;

rules![
    backup_not_verified,
    backup_pipeline_unchecked,
    backup_retention_too_short,
    backup_script_missing,
    backup_unencrypted,
    deploy_env_file_missing,
    deploy_health_unreachable,
    deploy_rollback_missing,
    doc_reference_missing,
    hardcoded_host_path,
    migration_dev_in_production,
    migrations_missing,
    restore_script_missing,
    restore_unconfirmed,
    seed_in_production,
    seed_no_guard,
    smoke_tests_missing,
];
