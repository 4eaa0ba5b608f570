//! Env files and the variables in them.

mod hosts;
mod production;

rules![
    allowed_origins_not_production,
    app_url_not_https,
    debug_enabled_in_production,
    env_localhost_in_production,
    placeholder_domain_in_production,
    security_feature_disabled,
];
