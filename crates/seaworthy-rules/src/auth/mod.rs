//! JWT, sessions and authentication settings.

mod lifetimes;
mod signing_keys;

rules![
    auth_disabled_flag,
    bcrypt_rounds_too_low,
    encryption_key_invalid,
    jwt_access_expiry_too_long,
    jwt_refresh_expiry_too_long,
    jwt_refresh_secret_missing,
    jwt_secret_below_recommended,
    jwt_secret_common,
    jwt_secret_too_short,
    jwt_secrets_identical,
    session_secret_too_short,
];
