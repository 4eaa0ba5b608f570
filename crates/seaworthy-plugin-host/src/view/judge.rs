//! Judgements of values, as the rules of the house make them.

use std::ops::Range;

use seaworthy_analysis::Snapshot;
use seaworthy_analysis::names::{SecretKind, secret_kind};
use seaworthy_analysis::values::{
    ValueClass, ValueContext, Weakness, classify, is_reference, parse_url,
};

use super::region;
use crate::bindings::seaworthy::plugin::documents as wit;

/// Judges a value under a name, with nothing known of its neighbours.
pub(super) fn judge(snapshot: &Snapshot, name: &str, value: &str) -> wit::Judgement {
    let project: Vec<&str> = snapshot.joined().project_names().iter().map(String::as_str).collect();
    let context = ValueContext { key: name, user: None, project: &project };
    judged(classify(value, &context), secret_kind(name), value)
}

/// A judgement that was made already.
pub(super) fn judged(class: ValueClass, kind: Option<SecretKind>, value: &str) -> wit::Judgement {
    let weakness = match class {
        ValueClass::Weak(weakness) => Some(weakness_name(weakness).to_owned()),
        _ => None,
    };
    wit::Judgement {
        value_class: class_name(class).to_owned(),
        weakness,
        secret_kind: kind.map(|kind| kind_name(kind).to_owned()),
        part: part(class, value).map(|range| region(range.into())),
    }
}

/// The part of a URL that is the secret: its password, or else the user name that is
/// one by itself.
fn part(class: ValueClass, value: &str) -> Option<Range<usize>> {
    let text = value.trim_start();
    let lead = value.len() - text.len();
    if matches!(class, ValueClass::Empty | ValueClass::Inert) || is_reference(text) {
        return None;
    }
    let url = parse_url(text)?;
    let user = url.user.filter(|user| class.is_secret() && !user.is_empty());
    let part = url.password.or(user)?;
    Some(part.start + lead..part.end + lead)
}

const fn class_name(class: ValueClass) -> &'static str {
    match class {
        ValueClass::Empty => "empty",
        ValueClass::Inert => "inert",
        ValueClass::Reference => "reference",
        ValueClass::TestKey => "test-key",
        ValueClass::Placeholder => "placeholder",
        ValueClass::Weak(_) => "weak",
        ValueClass::Real => "real",
    }
}

const fn weakness_name(weakness: Weakness) -> &'static str {
    match weakness {
        Weakness::Dictionary => "dictionary",
        Weakness::Published => "published",
        Weakness::EqualsUser => "equals-user",
        Weakness::ProjectName => "project-name",
        Weakness::KeyNoun => "key-noun",
        Weakness::EnvironmentWord => "environment-word",
        Weakness::WordAndDigits => "word-and-digits",
        Weakness::Short => "short",
        Weakness::LowEntropy => "low-entropy",
        Weakness::Repeated => "repeated",
        Weakness::Sequence => "sequence",
    }
}

const fn kind_name(kind: SecretKind) -> &'static str {
    match kind {
        SecretKind::JwtAccess => "jwt-access",
        SecretKind::JwtRefresh => "jwt-refresh",
        SecretKind::Session => "session",
        SecretKind::Csrf => "csrf",
        SecretKind::Encryption => "encryption",
        SecretKind::DatabasePassword => "database-password",
        SecretKind::Password => "password",
        SecretKind::ApiKey => "api-key",
        SecretKind::Token => "token",
        SecretKind::ClientSecret => "client-secret",
        SecretKind::Webhook => "webhook",
        SecretKind::PrivateKey => "private-key",
        SecretKind::Salt => "salt",
        SecretKind::Generic => "generic",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::snapshot;

    #[test]
    fn values_are_judged_as_the_rules_of_the_house_do() {
        let manifest = [("package.json", r#"{"name": "quokkashop"}"#)];
        let snapshot = snapshot(&manifest);
        let url = "postgres://app:vR7kq2Wz9Lx4nT8bQ3mYh5@db.internal.net/app";
        // name, value, class, weakness, kind, part of the value
        let cases = [
            ("JWT_SECRET", "", "empty", None, Some("jwt-access"), None),
            ("PORT", "3000", "inert", None, None, None),
            ("DB_PASSWORD", "${OTHER}", "reference", None, Some("database-password"), None),
            ("API_KEY", "your-api-key-here", "placeholder", None, Some("api-key"), None),
            ("JWT_SECRET", "sunshine", "weak", Some("dictionary"), Some("jwt-access"), None),
            ("JWT_SECRET", "quokkashop", "weak", Some("project-name"), Some("jwt-access"), None),
            (
                "SESSION_SECRET",
                "q8Zr2LmXw0Tn7Bv5Kc3Hd9Js6Pf1Gy4A",
                "real",
                None,
                Some("session"),
                None,
            ),
            ("", "q8Zr2LmXw0Tn7Bv5Kc3Hd9Js6Pf1Gy4A", "real", None, None, None),
            ("DATABASE_URL", url, "real", None, None, Some("vR7kq2Wz9Lx4nT8bQ3mYh5")),
        ];
        for (name, value, class, weakness, kind, secret) in cases {
            let got = judge(&snapshot, name, value);
            let got_part = got.part.map(|part| &value[part.start as usize..part.end as usize]);
            assert_eq!(
                (
                    got.value_class.as_str(),
                    got.weakness.as_deref(),
                    got.secret_kind.as_deref(),
                    got_part
                ),
                (class, weakness, kind, secret),
                "{name}={value}"
            );
        }
    }

    #[test]
    fn a_part_counts_from_the_start_of_the_value_as_given() {
        let value = "  redis://:vR7kq2Wz9Lx4nT8bQ3mYh5@cache.internal.net:6379 ";
        let part = part(ValueClass::Real, value).expect("it has a password");
        assert_eq!(&value[part], "vR7kq2Wz9Lx4nT8bQ3mYh5");
    }
}
