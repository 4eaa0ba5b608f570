//! Continuous integration: what pipelines run, with whose rights, and what they
//! leave out.

mod callers;
mod checks;
mod events;
mod targets;
mod walk;

rules![
    ci_action_deprecated,
    ci_action_unpinned,
    ci_build_missing,
    ci_coverage,
    ci_deploy_no_environment,
    ci_deploy_ungated,
    ci_lighthouse,
    ci_lint_missing,
    ci_migration_check,
    ci_missing,
    ci_node_version,
    ci_npm_install,
    ci_permissions_broad,
    ci_placeholder_step,
    ci_pull_request_target,
    ci_rollback_missing,
    ci_script_injection,
    ci_secret_in_heredoc,
    ci_security_non_blocking,
    ci_security_scan_missing,
    ci_seed_non_fatal,
    ci_ssh_hostkey,
    ci_staging_deploys_production,
    ci_test_missing,
    ci_typecheck_missing,
];
