//! What git tracks and ignores.

mod content;
mod ignore_edit;
mod tracked;

rules![
    backup_file_tracked,
    database_dump_tracked,
    dev_tool_settings_tracked,
    env_file_tracked,
    tfstate_tracked,
    tracked_but_ignored,
    vendored_dependencies_tracked,
];
