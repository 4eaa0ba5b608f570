//! Leaked, weak or misplaced secrets.

mod generated;
mod passwords;
mod printed;
pub(crate) mod program_text;

rules![
    admin_credential_documented,
    bundled_config_secret,
    connection_string_credential,
    db_password_weak,
    default_credentials,
    live_key_wrong_environment,
    placeholder_secret_in_deployable,
    public_env_secret,
    secret_file_permissions,
    secret_generator_name_drift,
    secret_generator_weak,
    secret_printed,
    secret_reused_across_purposes,
    secret_shared_across_environments,
    secret_store_dump_tracked,
];
