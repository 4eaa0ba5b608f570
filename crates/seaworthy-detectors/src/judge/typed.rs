//! Secrets that people make up: passwords of words and digits, phrases of words.

use super::shape::{Profile, is_address, is_code, is_hex, is_path, is_uuid};
use super::{letters, pattern};

/// Whether a plain value may be a password that a person made of words and
/// digits: `pelican4Grove`, `blueHorse-42-nine`. Names are made so too, so it
/// counts only where a password is expected; `certain` says that by the grammar of
/// the place nothing else can stand there.
pub(super) fn is_typed(value: &str, certain: bool) -> bool {
    let Some(profile) = Profile::of(value).filter(|_| (8..=40).contains(&value.len())) else {
        return false;
    };
    let parts = || value.split(|c: char| !c.is_ascii_alphanumeric());
    let capitals = profile.upper > 0 && profile.lower > 0;
    // A digit amid the letters, capitals beside small letters, or several words.
    let mixed = capitals || (profile.length >= 12 && profile.classes() >= 3);
    let technical = !certain && letters::pieces(value).any(letters::is_abbreviation);
    profile.digits > 0
        && profile.letters() >= 4
        && mixed
        && !technical
        && value.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && parts().filter(|part| part.len() >= 2).count() <= 6
        && !pattern::is_patterned(value)
        && !pattern::says_fake(value)
        && !(if certain {
            pattern::is_mostly_weak_word(value)
        } else {
            pattern::is_weak_word(value)
        })
        && !is_code(value)
        && !value.contains(['/', '\\', ':', '@', ',', '|', ';', '='])
        && !is_address(value)
        && !is_path(value, &profile)
        && !is_version(value)
        && !(is_hex(value) || is_uuid(value))
}

/// Whether a password has all kinds of characters that rules for them demand.
pub(super) fn is_complex(value: &str) -> bool {
    value.len() >= 10 && Profile::of(value).is_some_and(|profile| profile.classes() == 4)
}

/// Whether the value is four words or more, none of which belongs to a sentence
/// or to what people say about passwords: `orchid gravel tenor mailbox`.
pub(super) fn is_passphrase(value: &str) -> bool {
    const TELLING: &[&str] = &[
        "the",
        "your",
        "you",
        "our",
        "and",
        "for",
        "with",
        "from",
        "that",
        "this",
        "not",
        "must",
        "can",
        "are",
        "was",
        "has",
        "have",
        "will",
        "should",
        "may",
        "please",
        "enter",
        "type",
        "use",
        "set",
        "get",
        "new",
        "old",
        "user",
        "users",
        "login",
        "account",
        "access",
        "key",
        "keys",
        "token",
        "tokens",
        "secret",
        "secrets",
        "value",
        "string",
        "text",
        "name",
        "file",
        "path",
        "config",
        "field",
        "form",
        "input",
        "page",
        "reset",
        "change",
        "confirm",
        "data",
        "invalid",
        "wrong",
        "missing",
        "required",
        "error",
        "auth",
        "default",
        "example",
        "test",
        "app",
        "api",
        "service",
        "server",
        "client",
        "database",
        "grant",
        "code",
        "policy",
        "manager",
        "store",
        "storage",
        "hash",
        "encrypted",
        "change",
        "here",
        "goes",
        "correct",
        "horse",
        "strength",
        "length",
        "minimum",
        "current",
        "repeat",
        "again",
        "show",
        "hide",
        "forgot",
        "into",
        "without",
        "when",
        "than",
        "least",
        "characters",
    ];
    let Some(separator) = [' ', '-', '.', '_'].into_iter().find(|&one| value.contains(one)) else {
        return false;
    };
    let words = value.split(separator);
    (20..=80).contains(&value.len())
        && (4..=9).contains(&words.clone().count())
        && words.clone().all(|word| {
            (2..=12).contains(&word.len())
                && word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
                && word.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
                && !TELLING.iter().any(|telling| telling.eq_ignore_ascii_case(word))
                && !pattern::is_weak_word(word)
        })
        // Sentences are full of short words.
        && words.filter(|word| word.len() < 3).count() <= 1
}

/// `2024-01-02T03`, `1.2.3-beta.4`, `v10.4.1`: a date or a version leads.
fn is_version(value: &str) -> bool {
    let digits = value.trim_start_matches('v');
    let number = digits.bytes().take_while(u8::is_ascii_digit).count();
    number > 0 && matches!(digits.as_bytes().get(number), Some(b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passphrases_are_told_from_sentences() {
        for phrase in ["orchid gravel tenor mailbox pivot", "copper-lantern-river-basil"] {
            assert!(is_passphrase(phrase), "{phrase}");
        }
        for other in [
            "enter your new password here",
            "password must not match",
            "forgot-password-reset-page",
            "orchid gravel tenor",
            "com.orchid.gravel.2tenor",
        ] {
            assert!(!is_passphrase(other), "{other}");
        }
    }

    #[test]
    fn passwords_of_words_and_digits_are_told_from_names() {
        for typed in [
            "pelican4Grove",
            "blueHorse-42-nine",
            "copper-lantern-river-92",
            "Tamarind_Yew6",
            "hQ7wpall9",
            "Gorse+Inlet33",
        ] {
            assert!(is_typed(typed, false), "{typed}");
        }
        for other in [
            "dbPassword2",
            "sha256Crypt",
            "2024-01-02T03",
            "v10.4.1-Beta",
            "UserPass123",
            "form2",
            "/srv/Keys2",
            "utf8Json",
            "kestrel",
            "Test1234",
            "scram-sha-256-Plus",
        ] {
            assert!(!is_typed(other, false), "{other}");
        }
    }
}
