//! The structural finders: secrets that are known by where they stand.
//!
//! A finder is called at each of its literals (`seaworthy-detector-pack`,
//! `anchors.rs`), in order, and looks at a bounded window of the text around it.
//! It judges syntax; what a value is worth is the business of [`crate::judge`].

pub(crate) mod authorization;
pub(crate) mod base64;
pub(crate) mod command;
pub(crate) mod der;
pub(crate) mod escape;
pub(crate) mod hash;
pub(crate) mod jwk;
pub(crate) mod jwt;
pub(crate) mod near;
pub(crate) mod pair;
pub(crate) mod private_key;
pub(crate) mod sql;
pub(crate) mod url;

use seaworthy_detector_pack::Kind;

/// What the finders find.
pub(crate) static KINDS: &[&Kind] = &[
    &authorization::BEARER,
    &authorization::BASIC,
    &authorization::NTLM,
    &authorization::HEADER,
    &authorization::COOKIE,
    &command::ARGUMENT,
    &command::CALL,
    &hash::KIND,
    &hash::FAST,
    &jwk::KIND,
    &jwk::SYMMETRIC,
    &jwt::KIND,
    &jwt::ENDLESS,
    &jwt::SERVICE_ROLE,
    &pair::kinds::PASSWORD,
    &pair::kinds::DATABASE_PASSWORD,
    &pair::kinds::API_KEY,
    &pair::kinds::TOKEN,
    &pair::kinds::CLIENT_SECRET,
    &pair::kinds::SIGNING_SECRET,
    &pair::kinds::ENCRYPTION_KEY,
    &pair::kinds::PRIVATE_KEY,
    &pair::kinds::SECRET,
    &private_key::KIND,
    &sql::STATEMENT,
    &sql::COLUMN,
    &sql::HASH,
    &url::PASSWORD,
    &url::TOKEN,
    &url::PRESIGNED,
    &url::SHARED_ACCESS,
];
