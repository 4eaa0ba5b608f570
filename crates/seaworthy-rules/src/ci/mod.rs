//! Continuous integration: what pipelines run, with whose rights, and what they
//! leave out.

mod callers;
mod events;
mod walk;

rules![
    ci_action_deprecated,
    ci_action_unpinned,
    ci_permissions_broad,
    ci_pull_request_target,
    ci_script_injection,
    ci_secret_in_heredoc,
];
