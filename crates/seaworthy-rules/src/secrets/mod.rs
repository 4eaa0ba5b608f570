//! Leaked, weak or misplaced secrets.

rules![public_env_secret];
