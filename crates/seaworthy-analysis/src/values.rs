//! What a value is: nothing, a reference, a placeholder, a weak or a real
//! secret.
//!
//! The judgement of every rule about secrets rests on [`classify`]. Its order
//! matters: what is plainly not a secret goes first, evidence that a person
//! typed the text goes before evidence of randomness, and only what is left and
//! looks random is [`ValueClass::Real`]. Length and entropy alone decide
//! nothing: most placeholders are long, and many have the entropy of a key.
//!
//! At most [`MAX_VALUE`] bytes of a value are looked at, and every step is
//! linear in them.

mod decode;
mod dictionary;
mod duration;
mod placeholder;
mod reference;
mod shape;
mod strength;
mod url;
mod vendor;
mod weak;

pub(crate) use decode::decode_text;
pub use decode::is_service_role_jwt;
pub use duration::{Duration, parse_duration};
pub use reference::{is_password_hash, is_reference};
pub use strength::{CharacterClasses, Strength, entropy_per_char, password_is_weak, strength};
pub use url::{ConnectionUrl, HostKind, UrlPassword, classify_url_password, host_kind, parse_url};
pub use vendor::{VendorToken, is_test_key, vendor_token};

use crate::names;

/// The bytes of a value that are looked at. No password or token is longer; a
/// PEM block is judged by its markers.
pub const MAX_VALUE: usize = 4096;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueClass {
    /// Nothing, or only white space.
    Empty,
    /// No secret by its nature: null, a truth value, a number, a plain setting,
    /// a path, an address, a hash, a message.
    Inert,
    /// Taken from somewhere else: a variable, a secret store, a template.
    Reference,
    /// A key that a vendor publishes for tests and documentation.
    TestKey,
    /// Text to be replaced by the reader.
    Placeholder,
    /// A secret that can be guessed.
    Weak(Weakness),
    /// A secret that was meant to stay one.
    Real,
}

impl ValueClass {
    /// Whether the value is a literal that opens something: weak or real.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        matches!(self, ValueClass::Weak(_) | ValueClass::Real)
    }

    /// Whether nobody could be harmed by the value anywhere: empty, inert or a
    /// reference.
    #[must_use]
    pub const fn is_harmless(self) -> bool {
        matches!(self, ValueClass::Empty | ValueClass::Inert | ValueClass::Reference)
    }
}

/// Why a secret can be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weakness {
    /// A word or phrase of a dictionary, or a well-known default.
    Dictionary,
    /// In a published list of secrets.
    Published,
    /// The same as the user's name.
    EqualsUser,
    /// Made of the project's or service's name.
    ProjectName,
    /// The noun of its own key: `redis_password`.
    KeyNoun,
    /// A word for an environment: `devpass`.
    EnvironmentWord,
    /// A word or name with digits or signs added.
    WordAndDigits,
    /// Looks random, but too short to be a generated key.
    Short,
    /// Few different characters.
    LowEntropy,
    /// One piece again and again.
    Repeated,
    /// Neighbours in the alphabet or on the keyboard.
    Sequence,
}

impl Weakness {
    /// The reason as the end of a sentence: "the password …".
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Weakness::Dictionary => "is made of dictionary words",
            Weakness::Published => "is in a published list of common secrets",
            Weakness::EqualsUser => "equals the user name",
            Weakness::ProjectName => "is made of the project's name",
            Weakness::KeyNoun => "repeats the name of what it protects",
            Weakness::EnvironmentWord => "is a word for an environment",
            Weakness::WordAndDigits => "is a word with digits or signs added",
            Weakness::Short => "is too short",
            Weakness::LowEntropy => "uses few different characters",
            Weakness::Repeated => "repeats one piece",
            Weakness::Sequence => "is a sequence of neighbouring characters",
        }
    }
}

/// What is known about a value's surroundings.
#[derive(Clone, Copy, Debug, Default)]
pub struct ValueContext<'a> {
    /// The name that the value is assigned to; `""` when unknown, and then the
    /// value is judged as if it were called a secret.
    pub key: &'a str,
    /// The user name that belongs to the value.
    pub user: Option<&'a str>,
    /// Names of the project, its packages and services.
    pub project: &'a [&'a str],
}

/// Judges a value. It has to be the effective text: without quotes and inline
/// comments, and with the default of `${X:-default}` judged on its own.
///
/// A URL is judged by its password, or by its user if that is all it has; an
/// error tracker's DSN is public.
#[must_use]
pub fn classify(value: &str, context: &ValueContext<'_>) -> ValueClass {
    let text = bounded(value).trim();
    let Some(url) = parse_url(text).filter(|_| !is_reference(text)) else {
        return classify_text(text, context);
    };
    if let Some(password) = classify_url_password(text, context) {
        return password.class;
    }
    let Some(user) = url.user.and_then(|user| text.get(user)).filter(|user| !user.is_empty())
    else {
        return classify_text(text, context);
    };
    let public = names::is_public_by_design(context.key)
        || url
            .hosts
            .iter()
            .filter_map(|host| text.get(host.clone()))
            .any(|host| host.contains("sentry"));
    match classify_text(user, &ValueContext { key: "", ..*context }) {
        ValueClass::Placeholder => ValueClass::Placeholder,
        ValueClass::Real if !public => ValueClass::Real,
        _ => ValueClass::Inert,
    }
}

/// Judges a value that is no URL with credentials.
fn classify_text(value: &str, context: &ValueContext<'_>) -> ValueClass {
    let value = bounded(value).trim();
    if value.is_empty() {
        return ValueClass::Empty;
    }
    let secret_key = context.key.is_empty() || names::secret_kind(context.key).is_some();
    if reference::is_null_or_bool(value) {
        return ValueClass::Inert;
    }
    if reference::is_number(value) && !secret_key {
        return ValueClass::Inert;
    }
    if is_reference(value) {
        return ValueClass::Reference;
    }
    if is_test_key(value) {
        return ValueClass::TestKey;
    }
    // Under a name of the environment's style a sentence is a poor secret; under
    // a name of program text it is a message about one.
    let of_environment = secret_key && !context.key.bytes().any(|byte| byte.is_ascii_lowercase());
    if (!of_environment || context.key.is_empty()) && reference::is_message(value) {
        return ValueClass::Inert;
    }
    if placeholder::is_placeholder(value) {
        return ValueClass::Placeholder;
    }
    if reference::is_inert(value, context.key, secret_key) {
        return ValueClass::Inert;
    }
    if let Some(class) = decode::judge_decoded(value, context) {
        return class;
    }
    if let Some(token) = vendor_token(value) {
        return match token {
            VendorToken::Real => ValueClass::Real,
            VendorToken::Dummy => ValueClass::Placeholder,
        };
    }
    if !secret_key && names::is_identifier_name(context.key) {
        return ValueClass::Inert;
    }
    if let Some(weakness) = weak::weakness(value, context) {
        // A plain word under a name that promises no secret is a setting.
        return if secret_key { ValueClass::Weak(weakness) } else { ValueClass::Inert };
    }
    ValueClass::Real
}

/// The part of a value that is looked at.
fn bounded(value: &str) -> &str {
    let mut end = value.len().min(MAX_VALUE);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

#[cfg(test)]
mod tests;
