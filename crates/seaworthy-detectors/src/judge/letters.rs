//! How much a piece of letters reads like a word.
//!
//! `letters.txt` holds, for every letter after every two others, how unlikely it
//! is in the words of source text, in half bits, `a` for none: 729 lines for the
//! two letters before, 27 columns for the letter that follows. The first symbol
//! of both is the border of a word, then come `a` to `z`.
//!
//! It was counted over the 11,000 words that occur in at least 8 of 22,000 files
//! of public source and documentation in a dozen languages, where identifiers
//! were cut at separators and humps. A word counts by the logarithm of its
//! files, so that `the` does not drown the rest, and trigrams that were not seen
//! borrow from their bigrams. What people call things and what they write about
//! them thus costs little, and random letters cost more than the 4.7 bits that
//! they carry.

/// The table, 28 bytes a line.
const COSTS: &[u8; 729 * 28] = include_bytes!("letters.txt");

/// Short words and abbreviations of source text that random letters could as
/// well be.
const SHORT: &[&str] = &[
    "aes", "api", "app", "aws", "cbc", "cfg", "cmd", "cpu", "crc", "csrf", "css", "csv", "ctr",
    "ctx", "db", "dev", "dh", "dns", "doc", "dsa", "es", "hs", "ps", "eddsa", "ecb", "ecdh",
    "ecdhe", "ecdsa", "env", "etag", "ftp", "gcm", "gcp", "grpc", "guid", "hmac", "html", "http",
    "https", "id", "imap", "io", "ip", "ipv", "iso", "jks", "jpeg", "jpg", "json", "jwe", "jwk",
    "jwks", "jws", "jwt", "key", "ldap", "mfa", "mb", "md", "mock", "mssql", "my", "mysql", "new",
    "npm", "ns", "oauth", "ocsp", "oidc", "old", "orm", "os", "otp", "pbkdf", "pdf", "pem", "pg",
    "php", "pkce", "pkcs", "png", "pop", "psk", "pub", "pwd", "ref", "rfc", "rgb", "rng", "rpc",
    "rs", "rsa", "rss", "saml", "scp", "sdk", "sha", "smtp", "sms", "sql", "src", "srp", "ssh",
    "ssl", "sso", "sts", "sub", "svc", "svg", "tcp", "tls", "tmp", "totp", "tsx", "txt", "udp",
    "uid", "uri", "url", "urn", "usr", "utf", "uuid", "val", "vpn", "www", "xml", "xss", "xsrf",
    "yaml", "yml",
];

/// By how many bits the letters are more likely as a word than at random.
/// Negative for most of what is no word. Other bytes count as borders.
pub(super) fn advantage(piece: &[u8]) -> f32 {
    let index = |byte: u8| match byte {
        b'a'..=b'z' => usize::from(byte - b'a') + 1,
        b'A'..=b'Z' => usize::from(byte - b'A') + 1,
        _ => 0,
    };
    let (mut before, mut last) = (0, 0);
    let mut cost = 0u32;
    for next in piece.iter().map(|&byte| index(byte)).chain([0]) {
        cost += u32::from(COSTS[(before * 27 + last) * 28 + next] - b'a');
        (before, last) = (last, next);
    }
    piece.len() as f32 * 4.7 - cost as f32 / 2.0
}

/// Whether a piece of letters, cut at humps, reads like a word or is a known
/// abbreviation.
pub(super) fn is_word(piece: &[u8]) -> bool {
    let known = || {
        piece.len() <= 5 && SHORT.iter().any(|short| short.as_bytes().eq_ignore_ascii_case(piece))
    };
    match piece.len() {
        0 | 1 => false,
        2 => known(),
        3 => advantage(piece) > -3.0 || known(),
        _ => advantage(piece) > -3.5 || known(),
    }
}

/// Whether a piece is an abbreviation of the trade: `sha`, `utf`, `json`.
pub(super) fn is_abbreviation(piece: &[u8]) -> bool {
    (3..=5).contains(&piece.len())
        && SHORT.iter().any(|short| short.as_bytes().eq_ignore_ascii_case(piece))
}

/// The pieces of letters of a text, cut at everything else and at humps: `my`,
/// `XML`, `Http`, `Request` of `myXMLHttpRequest2`.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &[u8]> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while bytes.get(at).is_some_and(|byte| !byte.is_ascii_alphabetic()) {
            at += 1;
        }
        let start = at;
        bytes.get(start)?;
        let upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
        let lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
        while upper(at) {
            at += 1;
        }
        if lower(at) {
            // The last of several capitals begins the next piece.
            if at - start >= 2 {
                at -= 1;
            } else {
                while lower(at) {
                    at += 1;
                }
            }
        }
        bytes.get(start..at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_has_its_columns() {
        for line in COSTS.chunks(28) {
            assert_eq!(line[27], b'\n');
            assert!(line[..27].iter().all(u8::is_ascii_lowercase));
        }
    }

    #[test]
    fn words_are_told_from_random_letters() {
        for word in [
            "password",
            "Reset",
            "MISSING",
            "passwort",
            "authenticator",
            "jwt",
            "xml",
            "senha",
            "tokenizer",
            "horse",
            "configuration",
            "stripe",
            "ciphertext",
        ] {
            assert!(is_word(word.as_bytes()), "{word}");
        }
        for random in
            ["xkvq", "zpwjtrh", "gmnbdlfcq", "kbtsxmpqlrfd", "wqhfgzpkstavlmue", "Vx", "q"]
        {
            assert!(!is_word(random.as_bytes()), "{random}");
        }
    }

    #[test]
    fn texts_are_cut_at_humps() {
        let cut = |text| {
            pieces(text).map(|piece| std::str::from_utf8(piece).expect("ASCII")).collect::<Vec<_>>()
        };
        assert_eq!(cut("myXMLHttpRequest2"), ["my", "XML", "Http", "Request"]);
        assert_eq!(cut("JWT_SECRET-é9aB"), ["JWT", "SECRET", "a", "B"]);
        assert_eq!(cut("1234"), Vec::<&str>::new());
    }
}
