//! Env files and the variables in them.

mod hosts;
mod loaders;
mod production;

rules![
    allowed_origins_not_production,
    app_url_not_https,
    debug_enabled_in_production,
    env_command_substitution,
    env_duplicate_key,
    env_inline_comment,
    env_localhost_in_production,
    env_syntax_invalid,
    placeholder_domain_in_production,
    security_feature_disabled,
];
