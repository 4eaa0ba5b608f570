//! What is wrong with a key that signs tokens or sessions: one fault a value,
//! so that the rules about strength never speak about the same key twice.

use seaworthy_analysis::joined::{Definition, DefinitionSource};
use seaworthy_analysis::names::{SecretKind, public_prefix};
use seaworthy_analysis::published::is_published_secret;
use seaworthy_analysis::values::{ValueClass, Weakness};
use seaworthy_analysis::{Context, Options};

/// The worst fault of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It can be guessed, and why.
    Common(&'static str),
    /// It has so few characters.
    Short(usize),
    /// It has so few characters, which suffices but could be better.
    BelowRecommended(usize),
}

/// The keys that sign access and refresh tokens.
pub(super) const TOKEN_KEYS: &[SecretKind] = &[SecretKind::JwtAccess, SecretKind::JwtRefresh];

/// The keys that sign sessions, cookies and anti-forgery tokens.
pub(super) const SESSION_KEYS: &[SecretKind] = &[SecretKind::Session, SecretKind::Csrf];

/// The definitions of keys of these kinds that take effect. One that is sent to
/// browsers, or written into `vercel.json`, has a worse fault than its strength,
/// and another rule.
pub(super) fn keys<'s>(
    cx: &Context<'s>,
    kinds: &'static [SecretKind],
) -> impl Iterator<Item = (&'s Definition, Fault)> + use<'s> {
    let options = cx.options();
    cx.joined().definitions().iter().filter_map(move |definition| {
        let wanted = definition.kind.is_some_and(|kind| kinds.contains(&kind))
            && !definition.overridden
            && definition.source != DefinitionSource::Vercel
            && public_prefix(&definition.name).is_none();
        if !wanted {
            return None;
        }
        Some((definition, fault(definition, options)?))
    })
}

/// The worst fault of a key. A placeholder has none here: it has to be replaced,
/// whatever its strength.
fn fault(definition: &Definition, options: &Options) -> Option<Fault> {
    let value = definition.value.reveal().trim();
    let length = value.chars().count();
    let by_length = || {
        if length < options.jwt_secret_min_length {
            Some(Fault::Short(length))
        } else if length < options.jwt_secret_recommended_length {
            Some(Fault::BelowRecommended(length))
        } else {
            None
        }
    };
    match definition.class {
        ValueClass::Weak(Weakness::Short) => by_length(),
        ValueClass::Weak(weakness) => Some(Fault::Common(weakness.reason())),
        ValueClass::Real if is_published_secret(value) => {
            Some(Fault::Common(Weakness::Published.reason()))
        }
        ValueClass::Real => by_length(),
        _ => None,
    }
}

/// What whoever knows the key can do.
pub(super) fn harm(definition: &Definition) -> &'static str {
    match definition.kind {
        Some(SecretKind::JwtRefresh) => "sign refresh tokens for any user",
        Some(SecretKind::Session) => "forge sessions and signed cookies",
        Some(SecretKind::Csrf) => "forge anti-forgery tokens",
        _ => "sign access tokens for any user",
    }
}
