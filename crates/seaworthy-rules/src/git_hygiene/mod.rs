//! What git tracks and ignores.

mod content;
mod dockerfile_copies;
mod env_paths;
mod ignore_edit;
mod mistaken_line;
mod tracked;

rules![
    backup_file_tracked,
    database_dump_tracked,
    dev_tool_settings_tracked,
    dockerignore_env_missing,
    env_file_tracked,
    gitignore_env_negated,
    gitignore_env_not_ignored,
    gitignore_line_ineffective,
    gitignore_lockfile_ignored,
    gitignore_migrations_ignored,
    gitignore_missing,
    gitignore_required_source,
    gitignore_secret_artifacts,
    tfstate_tracked,
    tracked_but_ignored,
    vendored_dependencies_tracked,
];
