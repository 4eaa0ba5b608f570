//! Env files and the variables in them.

mod deployment;
mod dockerfile;
pub(crate) mod drift;
#[cfg(test)]
mod hostile;
pub(crate) mod hosts;
mod implicit;
mod loaded;
mod loaders;
pub(crate) mod named;
mod placeholder_servers;
pub(crate) mod production;
mod quoting;
mod templates;

rules![
    allowed_origins_not_production,
    app_url_not_https,
    build_time_env_missing,
    debug_enabled_in_production,
    env_blank_substitution,
    env_command_substitution,
    env_documented_unused,
    env_duplicate_key,
    env_file_reference,
    env_inline_comment,
    env_localhost_in_production,
    env_name_drift,
    env_required_missing,
    env_syntax_invalid,
    env_template_missing,
    env_undocumented,
    env_value_truncated,
    node_env_not_production,
    placeholder_domain_in_production,
    security_feature_disabled,
];
