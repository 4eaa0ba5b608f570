//! Tokens that their own form gives away, signed JWTs, keys and hashes.

use seaworthy_analysis::roles::Role;
use seaworthy_analysis::values::{ValueClass, ValueContext, classify, is_test_key};
use seaworthy_model::{Precision, Severity};

use super::name::{self, Promise};
use super::place::{self, Place};
use super::score::{self, level, lower, severity_in};
use super::shape::{self, Profile};
use super::{Verdict, pattern};
use crate::candidate::{Candidate, Standing};
use crate::file::File;

/// Judges a credential that a provider's format gives away.
///
/// A real body stays reported wherever it stands: a token that was tried in a
/// test was typed there from somewhere.
pub(super) fn judge(candidate: &Candidate, text: &str, file: &File<'_>) -> Option<Verdict> {
    let value = candidate.secret.trim();
    let body = candidate.body().unwrap_or_else(|| body(value));
    let proven = candidate.proof.is_some();
    if is_test_key(value)
        || pattern::is_shown_everywhere(value)
        || pattern::is_example(value)
        || (!proven && is_made_up(body))
    {
        return None;
    }
    let format = format_points(candidate.kind.precision);
    let mut points = format + body_points(body, proven);
    // A detector of names is only as good as the name.
    if candidate.standing != Standing::Token
        && let Some(name) = &candidate.name
        && !proven
    {
        points += match name::promise(&name.text) {
            Promise::Play => score::PLAY_NAME,
            _ => 0,
        };
    }
    let role = file.role.role;
    let place = Place::of(file.path);
    let tested = place::in_test_code(text, candidate.region.start, file);
    let shown = matches!(role, Role::Docs | Role::Template)
        || place::in_documentation(text, candidate.region.start, file);
    let at_play = tested || place.play || shown;
    if at_play && !proven {
        points += score::TOKEN_AT_PLAY;
    }
    if place.detector && !proven {
        points += score::DETECTOR;
    }
    if role == Role::Vendored && !proven {
        // What is bundled leaks too, if there is no doubt what it is.
        if candidate.kind.precision < Precision::High {
            return None;
        }
        points += score::TOKEN_AT_PLAY;
    }
    let mut precision = level(points)?;
    if (at_play || role == Role::Vendored) && !proven {
        precision = precision.min(Precision::Medium);
    }
    let severity = token_severity(candidate, role, place.example, tested);
    let milder = shown && role != Role::Docs && !tested && severity == candidate.kind.severity;
    Some(Verdict { severity: if milder { lower(severity) } else { severity }, precision })
}

/// Judges a signed JWT: demo and unsigned ones are nothing, those in tests and
/// documentation samples.
pub(super) fn judge_jwt(candidate: &Candidate, text: &str, file: &File<'_>) -> Option<Verdict> {
    let value = candidate.secret.trim();
    let role = file.role.role;
    if role == Role::Vendored || is_test_key(value) {
        return None;
    }
    let context = ValueContext::default();
    if !matches!(classify(value, &context), ValueClass::Real | ValueClass::Weak(_)) {
        return None;
    }
    let signature = value.rsplit('.').next().unwrap_or("");
    if pattern::is_patterned(signature) || is_anonymous(value) {
        return None;
    }
    let whole = if candidate.proof.is_some() { score::WHOLE_JWT } else { 0 };
    sample(candidate, text, file, format_points(candidate.kind.precision) + whole)
}

/// Judges the hash of a password.
pub(super) fn judge_hash(candidate: &Candidate, text: &str, file: &File<'_>) -> Option<Verdict> {
    let value = candidate.secret.trim();
    if file.role.role == Role::Vendored {
        return None;
    }
    let tail = value.rsplit(['$', ':', '}']).next().unwrap_or(value);
    let tail = if tail.len() >= 16 { tail } else { value };
    if pattern::is_patterned(tail)
        || pattern::is_known_hash(tail)
        || pattern::says_fake(tail)
        || place::is_called_made_up(text, candidate.region.start)
    {
        return None;
    }
    sample(candidate, text, file, format_points(candidate.kind.precision))
}

/// Judges a private key: it is one wherever it stands, but those of tests open
/// nothing.
pub(super) fn judge_key(candidate: &Candidate, text: &str, file: &File<'_>) -> Option<Verdict> {
    let value = candidate.secret.trim();
    let role = file.role.role;
    if role == Role::Vendored || is_test_key(value) {
        return None;
    }
    let block = value.contains("-----BEGIN ");
    let proven = candidate.proof.is_some();
    if !proven {
        if block && !has_key_body(value) {
            return None;
        }
        if !block && (pattern::is_patterned(body(value)) || is_made_up(body(value))) {
            return None;
        }
    }
    let place = Place::of(file.path);
    let tested = place::in_test_code(text, candidate.region.start, file);
    let shown = matches!(role, Role::Docs | Role::Template)
        || place.play
        || place::in_documentation(text, candidate.region.start, file);
    let at_play = tested || shown;
    let mut points = format_points(candidate.kind.precision);
    points += if proven { score::PROOF } else { 0 };
    points += if at_play && !proven { score::TOKEN_AT_PLAY } else { 0 };
    points += if place.detector && !proven { score::DETECTOR } else { 0 };
    let mut precision = level(points)?;
    if at_play {
        precision = precision.min(Precision::Medium);
    }
    let severity = if tested {
        Severity::Low.min(candidate.kind.severity)
    } else if shown {
        // A key that is shown opens what the reader makes with it.
        lower(lower(candidate.kind.severity))
    } else {
        severity_in(candidate.kind.severity, role, place.example)
    };
    Some(Verdict { severity, precision })
}

/// Whether there is enough of a key between the markers: the shortest holds 32
/// bytes and their wrapping.
fn has_key_body(block: &str) -> bool {
    let body = block.split_once("-----BEGIN ").map_or(block, |(_, rest)| rest);
    let body = body.split_once("-----").map_or(body, |(_, rest)| rest);
    let body = body.split_once("-----END").map_or(body, |(body, _)| body).trim();
    let digits = body
        .bytes()
        .filter(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .count();
    digits >= 60
        && pattern::distinct(body.as_bytes()) >= 16
        && !pattern::is_patterned(body)
        && !pattern::says_fake(body)
}

/// A kind of which tests and documents show samples.
pub(super) fn sample(
    candidate: &Candidate,
    text: &str,
    file: &File<'_>,
    points: i32,
) -> Option<Verdict> {
    let role = file.role.role;
    let place = Place::of(file.path);
    let tested = place::in_test_code(text, candidate.region.start, file);
    let weigh = |holds: bool, weight: i32| if holds { weight } else { 0 };
    let shown = matches!(role, Role::Docs | Role::Template) || place.play;
    let points = points
        + weigh(tested, score::TEST)
        + weigh(shown && !tested, score::PLAY_PLACE)
        + weigh(place.detector, score::DETECTOR)
        + weigh(place.cryptography, score::CRYPTOGRAPHY)
        + weigh(place::in_documentation(text, candidate.region.start, file), score::DOC_COMMENT);
    let severity = match role {
        _ if tested => Severity::Info,
        // A sample is what documentation is for.
        Role::Docs => lower(candidate.kind.severity),
        _ => severity_in(candidate.kind.severity, role, place.example),
    };
    Some(Verdict { severity, precision: level(points)? })
}

/// The points of a format.
pub(super) fn format_points(precision: Precision) -> i32 {
    score::FORMAT.iter().find(|(level, _)| *level == precision).map_or(0, |(_, points)| *points)
}

/// The severity of a token: tests make it milder, never nothing.
fn token_severity(candidate: &Candidate, role: Role, example: bool, tested: bool) -> Severity {
    let severity = candidate.kind.severity;
    if tested {
        lower(lower(severity)).max(Severity::Low).min(severity)
    } else {
        severity_in(severity, role, example)
    }
}

/// What stands behind the prefix of a token: its first short parts are the
/// provider's words.
fn body(value: &str) -> &str {
    let mut body = value;
    for _ in 0..3 {
        let Some(at) = body.find(['_', '-', '.', ':', '$']) else { break };
        let (part, rest) = (&body[..at], &body[at + 1..]);
        let word = part.len() <= 8
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            || (part.len() <= 7 && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
        if !word || rest.len() < 10 {
            break;
        }
        body = rest;
    }
    body
}

/// Whether the body of a token was typed in place of one.
fn is_made_up(body: &str) -> bool {
    pattern::says_fake(body)
        || pattern::is_patterned(body)
        || body.contains("...")
        || body.contains("***")
        || has_hole(body) && !body.contains('"')
}

/// Whether a part is to be filled in: `<your-token>`, `{token}`, `${TOKEN}`, `{0}`.
/// A bracket by itself may be one of the signs of a generated key.
fn has_hole(body: &str) -> bool {
    let name = |inside: &str| {
        let letters = |byte: u8| {
            byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.' | b' ' | b'$')
        };
        inside.len() <= 64 && inside.bytes().all(letters)
            || inside.len() <= 2 && inside.bytes().all(|byte| byte.is_ascii_digit())
    };
    body.starts_with(['<', '{'])
        || [('<', '>'), ('{', '}')].into_iter().any(|(open, close)| {
            body.match_indices(open).take(16).any(|(at, _)| {
                let rest = &body[at + 1..];
                rest.find(close).is_some_and(|end| name(&rest[..end]))
            })
        })
}

/// How much the body looks like what machines make.
fn body_points(body: &str, proven: bool) -> i32 {
    if proven {
        return score::PROOF;
    }
    // What holds spaces and lines is a structure of its own.
    let Some(profile) = Profile::of(body) else { return 0 };
    if shape::is_hex(body) || profile.letters() < 6 {
        return 0;
    }
    if profile.words_cover(55) && profile.longest >= 4 && profile.length < 80 {
        score::WORDY_BODY
    } else if profile.digits == 0 && profile.changes == 0 {
        score::PLAIN_BODY
    } else {
        0
    }
}

/// Whether a JWT gives no more than a visitor's rights.
fn is_anonymous(value: &str) -> bool {
    // Base64 of `"role":"anon"` at each of its three offsets.
    ["InJvbGUiOiJhbm9uI", "JvbGUiOiJhbm9uI", "icm9sZSI6ImFub24i", "yb2xlIjoiYW5vbi"]
        .iter()
        .any(|claim| value.contains(claim))
}
