//! The points of the judgement and the levels they reach.
//!
//! Every piece of evidence has a name and a weight here; nothing else in the
//! judgement holds a number of points.

use seaworthy_analysis::roles::Role;
use seaworthy_model::{Precision, Severity};

/// From here on a finding is as sure as its format.
const VERY_HIGH: i32 = 92;
/// From here on a finding is rarely wrong.
const HIGH: i32 = 70;
/// From here on a finding is right most of the time, and is reported.
const MEDIUM: i32 = 50;
/// From here on a finding is worth showing to who asks for doubtful ones.
const LOW: i32 = 25;

/// Random characters of the length of a generated key.
pub(super) const GENERATED: i32 = 50;
/// Random characters of the length of a short key.
pub(super) const SHORT_KEY: i32 = 44;
/// Hexadecimal digits: a key as often as a hash or an id.
pub(super) const HEX: i32 = 42;
/// A UUID: an id more often than a key.
pub(super) const UUID: i32 = 27;
/// A short mixed password without words.
pub(super) const PASSWORD: i32 = 36;
/// Words with digits and signs.
pub(super) const PHRASE: i32 = 22;
/// Words and digits without a sign: passwords are made so, and names.
pub(super) const TYPED: i32 = 21;

/// The name is of a password, a key or a secret; or the grammar of the place is.
pub(super) const STRONG_NAME: i32 = 25;
/// The name is of a token, a salt, credentials.
pub(super) const FAIR_NAME: i32 = 17;
/// The name has a word for a secret without being of one.
pub(super) const VAGUE_NAME: i32 = -14;
/// The name says that the value is made up.
pub(super) const PLAY_NAME: i32 = -32;
/// Too short for what the name promises: machines make keys and make them long.
pub(super) const SHORT_FOR_A_KEY: i32 = -18;
/// The name is of a secret that people make up, and the value is long for that.
pub(super) const LONG_SECRET: i32 = 4;
/// The name speaks of a password, and the value is made as people make them.
pub(super) const LIKE_A_PASSWORD: i32 = 4;

/// A user or a host beside the password.
pub(super) const LOGIN_BESIDE: i32 = 9;

/// Small and capital letters, digits and signs, as rules for passwords demand and
/// examples seldom have, with the name of a user beside it.
pub(super) const COMPLEX: i32 = 6;

/// The text is configuration or a script, whose values are used as they stand.
pub(super) const CONFIGURATION: i32 = 10;
/// A file of tests, or a test in a file of code.
pub(super) const TEST: i32 = -38;
/// Text for people.
pub(super) const DOCS: i32 = -18;
/// A page, which documents a program as often as it is part of one.
pub(super) const PAGE: i32 = -10;
/// A file to be filled in.
pub(super) const TEMPLATE: i32 = -18;
/// A developer's own machine.
pub(super) const DEVELOPMENT: i32 = -1;
/// Examples, benchmarks, demonstrations by a word of the path.
pub(super) const PLAY_PLACE: i32 = -22;
/// Texts in other languages.
pub(super) const TRANSLATION: i32 = -45;
/// Cryptography, whose sources are full of vectors.
pub(super) const CRYPTOGRAPHY: i32 = -22;
/// The data of a tool that detects secrets.
pub(super) const DETECTOR: i32 = -40;
/// A file that a tool writes.
pub(super) const GENERATED_FILE: i32 = -25;
/// A comment of documentation, a docstring.
pub(super) const DOC_COMMENT: i32 = -20;
/// Words about test vectors nearby.
pub(super) const NEAR_VECTOR: i32 = -26;

/// The format of a token whose detector is as sure as can be, rarely wrong, right
/// most of the time, often wrong.
pub(super) const FORMAT: [(Precision, i32); 4] = [
    (Precision::VeryHigh, 95),
    (Precision::High, 82),
    (Precision::Medium, 64),
    (Precision::Low, 40),
];
/// A checksum or structure of it holds.
pub(super) const PROOF: i32 = 40;
/// The parts of a JWT decode, which says what it is but not what it opens.
pub(super) const WHOLE_JWT: i32 = 20;
/// Words make up the body of a token.
pub(super) const WORDY_BODY: i32 = -62;
/// The body of a token is not random enough to tell.
pub(super) const PLAIN_BODY: i32 = -25;
/// A token in a place of tests, documentation, templates: still one.
pub(super) const TOKEN_AT_PLAY: i32 = -12;

/// A host that everybody can reach.
pub(super) const PUBLIC_HOST: i32 = 20;
/// A host of a private network.
pub(super) const PRIVATE_HOST: i32 = 8;
/// This machine, or a service beside this one.
pub(super) const LOCAL_HOST: i32 = -8;
/// Nobody was named.
pub(super) const NO_USER: i32 = -4;

/// The level that a score reaches; `None` when it is not worth a word.
pub(super) fn level(score: i32) -> Option<Precision> {
    Some(match score {
        VERY_HIGH.. => Precision::VeryHigh,
        HIGH.. => Precision::High,
        MEDIUM.. => Precision::Medium,
        LOW.. => Precision::Low,
        _ => return None,
    })
}

/// The severity of a leak in a file of a role; `example` where its path speaks
/// of examples. What is written down for colleagues opens what it says, so that a guide
/// is no excuse; an example mostly opens nothing.
pub(super) fn severity_in(severity: Severity, role: Role, example: bool) -> Severity {
    match role {
        Role::Test => lower(lower(severity)).max(Severity::Info),
        Role::Docs if !example => severity,
        Role::Docs | Role::Template | Role::Development | Role::Vendored => lower(severity),
        Role::Deployable | Role::Source => severity,
    }
}

/// One step milder.
pub(super) fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium => Severity::Low,
        Severity::Low | Severity::Info => Severity::Info,
    }
}
