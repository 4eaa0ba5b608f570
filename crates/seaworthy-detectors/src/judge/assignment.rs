//! Literals under a telling name, in command lines and in SQL.

use seaworthy_analysis::roles::Role;
use seaworthy_analysis::values::{ValueClass, ValueContext, Weakness, classify};
use seaworthy_model::{Precision, Severity};

use super::name::{self, Promise};
use super::place::{self, Place};
use super::score::{self, level, severity_in};
use super::shape::Shape;
use super::typed;
use super::{Verdict, pattern, token};
use crate::candidate::{Candidate, Standing};
use crate::file::{File, Language};
use crate::find::base64;

/// Judges a literal: what it looks like, what its name promises, where it
/// stands, and, if all that speaks for a secret, what class of value it is.
pub(super) fn judge(candidate: &Candidate, text: &str, file: &File<'_>) -> Option<Verdict> {
    let role = place::role_of(file);
    if role == Role::Vendored && !is_vouched(candidate) {
        return None;
    }
    let value = candidate.secret.trim();
    if pattern::is_shown_everywhere(value) {
        return None;
    }
    if is_jwt(value) {
        return token::judge_jwt(candidate, text, file);
    }
    if value.starts_with("TlRMTVNTUAAD") {
        // The third message of NTLM, whose fields are padded with zeros.
        return token::sample(
            candidate,
            text,
            file,
            token::format_points(candidate.kind.precision),
        );
    }
    let promise = promise_of(candidate);
    let long_secret = promise == Promise::Key && is_long_secret(candidate, value);
    let shape = match Shape::of(value) {
        Shape::Plain
            if (promise == Promise::Password || long_secret)
                && typed::is_typed(value, candidate.name.is_none()) =>
        {
            Shape::Typed
        }
        Shape::Plain if promise == Promise::Password && is_passphrase(candidate, value) => {
            Shape::Typed
        }
        shape => decoded(value, shape),
    };
    if shape == Shape::Plain || equals_user(candidate, value) {
        return None;
    }
    if promise == Promise::Other || is_public(candidate, value, shape) {
        return None;
    }
    let mut score =
        of_value(shape, promise, long_secret) + of_file(candidate, promise, shape, file);
    if promise == Promise::Password
        && matches!(shape, Shape::Typed | Shape::Phrase | Shape::Password)
    {
        if candidate.user.is_some() || place::login_beside(text, candidate.region) {
            score += score::LOGIN_BESIDE;
        }
        if candidate.user.is_some() && typed::is_complex(value) {
            score += score::COMPLEX;
        }
    }
    // What people type for a key into configuration, they type as a password.
    if promise == Promise::Key
        && !long_secret
        && matches!(shape, Shape::Phrase | Shape::Password)
        && file.language == Language::Config
        && typed::is_complex(value)
    {
        score -= score::SHORT_FOR_A_KEY;
    }
    // What follows costs more and never adds a point.
    level(score)?;
    let made = promise == Promise::Password || long_secret;
    let plain = plain_text(value);
    if is_harmless(candidate, plain.as_deref().unwrap_or(value), shape, made) {
        return None;
    }
    let tested = place::in_test_code(text, candidate.region.start, file);
    let unit_test = tested && !matches!(role, Role::Test | Role::Docs | Role::Template);
    let score = score + around(candidate, text, file, shape, unit_test);
    // A name and a look are no format.
    let precision = level(score)?.min(Precision::High);
    let severity = match tested {
        true => Severity::Info,
        false => severity_in(candidate.kind.severity, role, Place::of(file.path).example),
    };
    Some(Verdict { severity, precision })
}

/// Whether several words are assigned to what is called a passphrase, or words
/// without blanks to a password.
fn is_passphrase(candidate: &Candidate, value: &str) -> bool {
    let name = candidate.name.as_ref().map_or("", |name| name.text.as_str());
    let named = pattern::contains_ignore_case(name, "phrase");
    let outright = pattern::contains_ignore_case(name, "passw");
    (named || (outright && value.contains('-'))) && typed::is_passphrase(value)
}

/// Whether the format of the file says that the value is a secret.
fn is_vouched(candidate: &Candidate) -> bool {
    candidate.kind.precision >= Precision::High
}

/// Whether the name is of a secret that people make up, and the value long enough
/// for one: `SESSION_SECRET`.
fn is_long_secret(candidate: &Candidate, value: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| value.as_bytes().iter().any(kind);
    value.len() >= 14
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && candidate
            .name
            .as_ref()
            .is_some_and(|name| pattern::contains_ignore_case(&name.text, "secret"))
}

/// What the name of a candidate promises, or the place where it has none.
fn promise_of(candidate: &Candidate) -> Promise {
    let Some(name) = &candidate.name else {
        // The grammar of the place vouches for it: `IDENTIFIED BY`, `-p`, a header.
        return Promise::Password;
    };
    match name::promise(&name.text) {
        Promise::Other | Promise::Vague | Promise::Fair if candidate.standing == Standing::Part => {
            Promise::Key
        }
        // The finder of pairs knows more forms of names: `dbpass`, `contrasena`.
        Promise::Vague if !name::is_open(&name.text) => match candidate.kind.id {
            "assigned-password" | "assigned-database-password" => Promise::Password,
            "assigned-api-key"
            | "assigned-client-secret"
            | "assigned-signing-secret"
            | "assigned-encryption-key"
            | "assigned-private-key" => Promise::Key,
            "assigned-token" => Promise::Fair,
            _ => Promise::Vague,
        },
        promise => promise,
    }
}

/// The points of what the value looks like and what its name promises.
fn of_value(shape: Shape, promise: Promise, long_secret: bool) -> i32 {
    let look = match shape {
        Shape::Plain => 0,
        Shape::Typed => score::TYPED,
        Shape::Phrase => score::PHRASE,
        Shape::Password => score::PASSWORD,
        Shape::Short => score::SHORT_KEY,
        Shape::Uuid => score::UUID,
        Shape::Hex => score::HEX,
        Shape::Generated => score::GENERATED,
    };
    let name = match promise {
        Promise::Other => 0,
        Promise::Play => score::PLAY_NAME,
        Promise::Vague => score::VAGUE_NAME,
        Promise::Fair => score::FAIR_NAME,
        Promise::Key | Promise::Password => score::STRONG_NAME,
    };
    let fit = match (shape, promise) {
        (Shape::Typed | Shape::Phrase | Shape::Password, Promise::Password) => {
            score::LIKE_A_PASSWORD
        }
        // People make secrets of words too, and then long ones.
        (Shape::Phrase | Shape::Typed, Promise::Key) if long_secret => score::LONG_SECRET,
        (Shape::Phrase | Shape::Password, _) => score::SHORT_FOR_A_KEY,
        _ => 0,
    };
    look + name + fit
}

/// The points of the file: its language, its role, the words of its path.
fn of_file(candidate: &Candidate, promise: Promise, shape: Shape, file: &File<'_>) -> i32 {
    let literal = matches!(file.language, Language::Config | Language::Shell | Language::Sql)
        || candidate.standing == Standing::Argument
        || (candidate.standing == Standing::Bare && file.language != Language::Prose)
        || (file.language == Language::Json && promise == Promise::Password)
        || is_vouched(candidate)
        || place::is_configuration(file);
    let language = if literal { score::CONFIGURATION } else { 0 };
    let place = Place::of(file.path);
    let role = place::role_of(file);
    let recorded = is_recorded(candidate, shape, file);
    let role_points = match role {
        Role::Test if recorded => 0,
        Role::Test => score::TEST,
        Role::Docs if is_vouched(candidate) || place::is_operation(file) => 0,
        Role::Docs if file.has_extension(&["html", "htm"]) && !place.play => score::PAGE,
        Role::Docs => score::DOCS,
        Role::Template => score::TEMPLATE,
        Role::Development => score::DEVELOPMENT,
        Role::Deployable | Role::Source | Role::Vendored => 0,
    };
    let weigh = |holds: bool, weight: i32| if holds { weight } else { 0 };
    let played =
        place.play && !recorded && !matches!(role, Role::Test | Role::Docs | Role::Template);
    language
        + role_points
        + weigh(played, score::PLAY_PLACE)
        + weigh(place.translation, score::TRANSLATION)
        + weigh(place.cryptography, score::CRYPTOGRAPHY)
        + weigh(place.detector, score::DETECTOR)
        + weigh(place.generated, score::GENERATED_FILE)
}

/// Whether a machine made the value for a real service, whose traffic the file
/// holds: that it serves tests says nothing then.
fn is_recorded(candidate: &Candidate, shape: Shape, file: &File<'_>) -> bool {
    let header = ["bearer-token", "basic-credentials", "authorization-header", "session-cookie"];
    header.contains(&candidate.kind.id)
        && matches!(shape, Shape::Generated | Shape::Short | Shape::Hex | Shape::Password)
        && place::is_recorded(file)
}

/// The points of the text around.
fn around(
    candidate: &Candidate,
    text: &str,
    file: &File<'_>,
    shape: Shape,
    unit_test: bool,
) -> i32 {
    let weigh = |holds: bool, weight: i32| if holds { weight } else { 0 };
    let vector = matches!(shape, Shape::Hex | Shape::Generated | Shape::Short)
        && place::near_test_vector(text, candidate.region);
    weigh(unit_test, score::TEST)
        + weigh(vector, score::NEAR_VECTOR)
        + weigh(place::in_documentation(text, candidate.region.start, file), score::DOC_COMMENT)
}

/// Whether the value is three parts of base64, the first a JSON object.
fn is_jwt(value: &str) -> bool {
    value.starts_with("eyJ")
        && value.len() > 40
        && value.bytes().filter(|&b| b == b'.').count() == 2
}

/// The shape of what base64 stands for, if it stands for text: the values of
/// Kubernetes' secrets.
fn decoded(value: &str, shape: Shape) -> Shape {
    if !matches!(shape, Shape::Password | Shape::Short | Shape::Generated) || value.len() % 4 == 1 {
        return shape;
    }
    let Some(text) = plain_text(value) else { return shape };
    if pattern::is_weak_word(&text) {
        return Shape::Plain;
    }
    match Shape::of(&text) {
        // Nobody encodes a text that is for all to read.
        Shape::Phrase => Shape::Password,
        Shape::Plain if typed::is_typed(&text, false) => Shape::Password,
        decoded => decoded,
    }
}

/// The text that the base64 of a value stands for.
fn plain_text(value: &str) -> Option<String> {
    let text = base64::decode_text(value)?;
    let readable = text.len() >= 5 && text.chars().all(|c| !c.is_control() || c == '\n');
    readable.then(|| text.trim().to_owned())
}

fn equals_user(candidate: &Candidate, value: &str) -> bool {
    candidate.user.as_deref().is_some_and(|user| user.eq_ignore_ascii_case(value))
}

/// Whether the value is one that everybody may see: a client's id, a hash under
/// a name that says so.
fn is_public(candidate: &Candidate, value: &str, shape: Shape) -> bool {
    let sealed = value.starts_with("Ag") && value.len() >= 60 && !value.contains(['-', '_', '.']);
    sealed
        || value.ends_with(".apps.googleusercontent.com")
        || (matches!(shape, Shape::Hex | Shape::Uuid)
            && candidate.name.as_ref().is_some_and(|name| name::speaks_of_hash(&name.text)))
}

/// Whether the value is no secret by its class: a reference, a placeholder, a
/// published test key, a word; or weak, of which other rules speak.
fn is_harmless(candidate: &Candidate, value: &str, shape: Shape, made: bool) -> bool {
    // A name in capitals keeps messages apart from values; ours is known to be a
    // secret's.
    if is_passphrase(candidate, value) {
        return false;
    }
    let context = ValueContext { key: "", user: candidate.user.as_deref(), project: &[] };
    let weak = if candidate.name.is_none() {
        pattern::is_mostly_weak_word(value)
    } else {
        pattern::is_weak_word(value)
    };
    if value.len() < 20 && weak {
        return true;
    }
    match classify(value, &context) {
        ValueClass::Real => false,
        ValueClass::Weak(Weakness::Short) => false,
        ValueClass::Weak(Weakness::WordAndDigits) => shape == Shape::Phrase && !made,
        // Random text that happens to hold a short word.
        ValueClass::Weak(Weakness::Dictionary | Weakness::EnvironmentWord) => {
            !matches!(shape, Shape::Generated | Shape::Hex | Shape::Uuid)
        }
        _ => true,
    }
}
