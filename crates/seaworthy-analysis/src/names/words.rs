//! Splitting an identifier into its words.

/// The bytes of a name that are looked at; names beyond it are no names.
pub const MAX_NAME: usize = 256;

/// Words that are often written together, with their parts.
const JOINED: &[(&str, &[&str])] = &[
    ("accesskey", &["access", "key"]),
    ("accesstoken", &["access", "token"]),
    ("apikey", &["api", "key"]),
    ("apisecret", &["api", "secret"]),
    ("apitoken", &["api", "token"]),
    ("appkey", &["app", "key"]),
    ("appsecret", &["app", "secret"]),
    ("authkey", &["auth", "key"]),
    ("authsecret", &["auth", "secret"]),
    ("authtoken", &["auth", "token"]),
    ("bottoken", &["bot", "token"]),
    ("clientsecret", &["client", "secret"]),
    ("dbpass", &["db", "pass"]),
    ("dbpassword", &["db", "password"]),
    ("encryptionkey", &["encryption", "key"]),
    ("jwtsecret", &["jwt", "secret"]),
    ("masterkey", &["master", "key"]),
    ("mysqlpassword", &["mysql", "password"]),
    ("privatekey", &["private", "key"]),
    ("publickey", &["public", "key"]),
    ("refreshtoken", &["refresh", "token"]),
    ("secretkey", &["secret", "key"]),
    ("secrettoken", &["secret", "token"]),
    ("servicekey", &["service", "key"]),
    ("sessionsecret", &["session", "secret"]),
    ("signingkey", &["signing", "key"]),
    ("sitekey", &["site", "key"]),
    ("smtppass", &["smtp", "pass"]),
    ("smtppassword", &["smtp", "password"]),
    ("webhooksecret", &["webhook", "secret"]),
];

/// Splits an identifier into lower-case words, at everything that is no ASCII
/// letter or digit, at camel-case humps and between letters and digits.
///
/// `STRIPE_SECRET_KEY2` and `stripeSecretKey2` both give `stripe`, `secret`,
/// `key`, `2`; an acronym stays one word (`myAPIKey` gives `my`, `api`, `key`).
#[must_use]
pub fn split_words(name: &str) -> Vec<String> {
    let bytes = name.as_bytes();
    let bytes = &bytes[..bytes.len().min(MAX_NAME)];
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (index, &byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            push(&mut words, &mut word);
            continue;
        }
        if let Some(&before) = index.checked_sub(1).and_then(|at| bytes.get(at)) {
            let hump = byte.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || (before.is_ascii_uppercase()
                        && bytes.get(index + 1).is_some_and(u8::is_ascii_lowercase)));
            if hump || (byte.is_ascii_digit() != before.is_ascii_digit()) {
                push(&mut words, &mut word);
            }
        }
        word.push(char::from(byte.to_ascii_lowercase()));
    }
    push(&mut words, &mut word);
    words
}

fn push(words: &mut Vec<String>, word: &mut String) {
    if word.is_empty() {
        return;
    }
    // `OAuth` is one word, though it has two humps.
    if word == "auth" && words.last().is_some_and(|last| last == "o") {
        words.pop();
        words.push("oauth".to_owned());
    } else if let Some((_, parts)) = JOINED.iter().find(|(joined, _)| joined == word) {
        words.extend(parts.iter().map(|&part| part.to_owned()));
    } else {
        words.push(std::mem::take(word));
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::split_words;

    #[test]
    fn names_are_split_at_separators_humps_and_digits() {
        let cases = [
            ("STRIPE_SECRET_KEY2", "stripe secret key 2"),
            ("stripeSecretKey", "stripe secret key"),
            ("myAPIKey", "my api key"),
            ("OAuthToken", "oauth token"),
            ("mail.smtp-password", "mail smtp password"),
            ("BYPASS_CACHE", "bypass cache"),
            ("apikey", "api key"),
            ("__a__", "a"),
            ("", ""),
            ("пароль", ""),
        ];
        for (name, want) in cases {
            assert_eq!(split_words(name).join(" "), want, "{name}");
        }
    }
}
