//! Passwords of URLs and connection strings.

use seaworthy_analysis::roles::Role;
use seaworthy_analysis::values::{
    HostKind, ValueClass, ValueContext, Weakness, classify, host_kind,
};
use seaworthy_model::{Precision, Severity};

use super::place::{self, Place};
use super::score::{self, level, lower, severity_in};
use super::shape::Shape;
use super::typed;
use super::{Verdict, pattern};
use crate::candidate::Candidate;
use crate::file::{File, Language};

/// Users of documentation: with them any password is one of documentation.
const SHOWN_USERS: &[&str] = &[
    "user",
    "username",
    "usr",
    "myuser",
    "login",
    "your_user",
    "db_user",
    "dbuser",
    "name",
    "u",
    "foo",
    "bar",
    "alice",
    "bob",
    "joe",
    "john",
    "scott",
    "me",
    "someone",
    "test",
    "testuser",
    "my_user",
    "youruser",
    "user1",
    "uname",
    "usuario",
    "benutzer",
    "utilisateur",
    "abc",
    "a",
];

/// Passwords of documentation.
const SHOWN: &[&str] = &[
    "pass",
    "password",
    "passwd",
    "pwd",
    "pw",
    "secret",
    "p",
    "passw0rd",
    "mypass",
    "mypassword",
    "bar",
    "foo",
    "baz",
    "token",
    "x",
    "xxx",
    "1234",
    "12345",
    "123456",
    "test",
    "tiger",
    "hunter2",
    "key",
    "apikey",
    "api_key",
    "auth",
    "credentials",
    "s3cr3t",
    "s3cret",
    "pass123",
    "password123",
    "word",
    "senha",
    "p@ssw0rd",
    "p%40ssw0rd",
    "changeit",
    "changeme",
    "guest",
    "admin",
    "root",
    "x-oauth-basic",
    "private_token",
    "ptoken",
    "access_token",
    "oauth2",
    "userpass",
    "thepassword",
    "anoncvs",
    "anonymous",
    "anon",
];

/// Methods that CVS writes before the user: `:pserver:anoncvs@host`.
const CVS_METHODS: &[&str] = &["pserver:", "ext:", "gserver:", "sspi:"];

/// Judges a password by its class, its host and its place.
pub(super) fn judge(candidate: &Candidate, text: &str, file: &File<'_>) -> Option<Verdict> {
    let value = candidate.secret.trim();
    let role = place::role_of(file);
    if role == Role::Vendored || value.is_empty() || value.contains(char::is_whitespace) {
        return None;
    }
    let cvs = CVS_METHODS.iter().any(|method| value.starts_with(method));
    let value = CVS_METHODS.iter().find_map(|method| value.strip_prefix(method)).unwrap_or(value);
    // Without a further colon it is the user that follows.
    if cvs && !value.contains(':') {
        return None;
    }
    let host = candidate.host.as_deref().map_or(HostKind::ServiceName, host_kind);
    let user = candidate.user.as_deref().unwrap_or("");
    if host == HostKind::Placeholder
        || user.eq_ignore_ascii_case(value)
        || SHOWN.iter().any(|shown| shown.eq_ignore_ascii_case(value))
        || value.contains(['<', '>', '{', '}', '*', '%']) && is_template(value)
        || is_template(user)
    {
        return None;
    }
    let context = ValueContext { key: "", user: Some(user), project: &[] };
    let class = classify(value, &context);
    let shape = Shape::of(value);
    let value_points = value_points(class, shape, host, value)?;
    let shown_user = SHOWN_USERS.iter().any(|shown| shown.eq_ignore_ascii_case(user));
    let place = Place::of(file.path);
    let tested = place::in_test_code(text, candidate.region.start, file);
    let weigh = |holds: bool, weight: i32| if holds { weight } else { 0 };
    let literal = matches!(file.language, Language::Config | Language::Shell);
    let points = value_points
        + score::STRONG_NAME
        + host_points(host)
        + weigh(literal, score::CONFIGURATION)
        + weigh(user.is_empty(), score::NO_USER)
        + weigh(shown_user, score::PLAY_NAME)
        + weigh(!user.is_empty() && typed::is_complex(value), score::COMPLEX)
        + weigh(tested, score::TEST)
        + weigh(role == Role::Docs, score::DOCS)
        + weigh(role == Role::Template, score::TEMPLATE)
        + weigh(place.play && !tested && role != Role::Docs, score::PLAY_PLACE)
        + weigh(place.detector, score::DETECTOR)
        + weigh(place::in_documentation(text, candidate.region.start, file), score::DOC_COMMENT);
    let mut severity = match host {
        HostKind::Public => candidate.kind.severity,
        HostKind::Private => lower(candidate.kind.severity),
        _ => Severity::Medium.min(candidate.kind.severity),
    };
    severity =
        if tested { lower(lower(severity)) } else { severity_in(severity, role, place.example) };
    // What a person typed is told from an example by nothing but its place.
    let best = match shape {
        Shape::Plain | Shape::Typed | Shape::Phrase => Precision::Medium,
        _ => Precision::High,
    };
    Some(Verdict { severity, precision: level(points)?.min(best) })
}

/// The points of the password; `None` when it is none, or weak where only this
/// machine can be reached, of which other rules speak.
fn value_points(class: ValueClass, shape: Shape, host: HostKind, value: &str) -> Option<i32> {
    let random = match shape {
        Shape::Generated | Shape::Hex => Some(score::GENERATED),
        Shape::Short | Shape::Uuid => Some(score::SHORT_KEY),
        Shape::Password => Some(score::PASSWORD),
        Shape::Phrase => Some(score::PHRASE),
        Shape::Plain | Shape::Typed => None,
    };
    match class {
        ValueClass::Real => Some(random.unwrap_or(score::PHRASE)),
        ValueClass::Weak(Weakness::Short) => match random {
            Some(points) => Some(points),
            // Something typed, before a host that can be reached.
            None if host == HostKind::Public && value.len() >= 6 => Some(score::PHRASE),
            None => None,
        },
        ValueClass::Weak(Weakness::WordAndDigits)
            if matches!(host, HostKind::Public | HostKind::Private) =>
        {
            Some(score::PHRASE)
        }
        ValueClass::Weak(Weakness::WordAndDigits) => random.filter(|_| shape != Shape::Phrase),
        _ => None,
    }
    .filter(|_| {
        !pattern::is_patterned(value)
            && !pattern::says_fake(value)
            && (value.len() >= 20 || !pattern::is_mostly_weak_word(value))
    })
}

fn host_points(host: HostKind) -> i32 {
    match host {
        HostKind::Public => score::PUBLIC_HOST,
        HostKind::Private => score::PRIVATE_HOST,
        HostKind::Local | HostKind::ServiceName | HostKind::Placeholder => score::LOCAL_HOST,
    }
}

/// Whether a part is filled in later: `<password>`, `{user}`, `%s`, `$PASS`,
/// `:user`.
fn is_template(part: &str) -> bool {
    let enclosed = [('<', '>'), ('{', '}'), ('[', ']'), ('%', '%')]
        .iter()
        .any(|(open, close)| part.starts_with(*open) && part.ends_with(*close) && part.len() > 1);
    enclosed
        || part.contains("${")
        || part.contains("{{")
        || part.contains("#{")
        || part.contains("%s")
        || part.contains("***")
        || part.starts_with('$') && part.len() > 1
}
