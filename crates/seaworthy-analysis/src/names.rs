//! What the name of a variable says: secret or not, of which kind, public by
//! design, a switch, a URL, a lifetime.
//!
//! Every rule that asks "is this a secret?" asks here. Names are split into
//! words and whole words are compared, since substrings mislead: `BYPASS` is no
//! password, `MONKEY` no key. A name is a secret when its *last* meaningful word
//! is a noun for one, which settles the large family of `JWT_EXPIRES_IN`,
//! `ACCESS_KEY_ID` and `PASSWORD_HASH` without a list of exceptions.

mod public;
mod secret;
mod settings;
mod vocabulary;
mod words;

pub use public::{Framework, is_public_by_design, public_prefix};
pub use secret::{SecretKind, is_identifier_name, secret_kind};
pub use settings::{
    TokenUse, expiry_of, is_app_url_name, is_auth_off_switch, is_debug_switch, is_debug_value,
    is_encryption_key_name, is_falsy, is_log_level_name, is_origin_list_name,
    is_password_rounds_name, is_runtime_mode_name, is_security_switch, is_truthy, is_url_name,
    user_name_for,
};
pub use words::{MAX_NAME, split_words};
