//! What a value looks like: text, a name, a path, random characters, a password
//! that a person made.
//!
//! One pass counts the characters ([`Profile`]), the letters are read by the
//! model of [`super::letters`], and the order of the tests in [`Shape::of`] does
//! the rest: what is plainly something else goes first.

use super::{letters, pattern};

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Shape {
    /// Something else: prose, a name, a path, an address, code, a pattern.
    Plain,
    /// Words and digits as names have them too: `blueHorse-42-nine`. Never told
    /// by the value alone: see [`super::typed::is_typed`].
    Typed,
    /// Words with digits and signs, as people make passwords: `Summer&2024`.
    Phrase,
    /// Too short for a key, mixed, no words: `Xk9#mP2vLq`.
    Password,
    /// Random characters, of the length of short keys.
    Short,
    /// A UUID.
    Uuid,
    /// Hexadecimal digits of the length of a key, a hash or an id.
    Hex,
    /// Random characters of the length of a generated key.
    Generated,
}

/// The least length of a generated key.
const GENERATED: usize = 20;

/// The least length of a short key.
const SHORT_KEY: usize = 14;

/// Characters by kind, and how much of the letters are words.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Profile {
    pub(super) length: usize,
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) digits: usize,
    /// `-`, `_`, `.`, `:`, `/`: signs that names hold too.
    pub(super) separators: usize,
    /// `!`, `@`, `#`, `&` and the like: signs that names do not hold.
    pub(super) signs: usize,
    /// Signs of base64.
    pub(super) base64: usize,
    /// How often neighbours change between letters, capitals and digits.
    pub(super) changes: usize,
    /// Letters that belong to words.
    pub(super) in_words: usize,
    /// The longest word.
    pub(super) longest: usize,
}

impl Profile {
    /// Counts. `None` when a character occurs that no secret holds: white space,
    /// control characters, anything beyond ASCII.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut profile = Self { length: text.len(), ..Self::default() };
        let mut last = 0u8;
        for byte in text.bytes() {
            let class = match byte {
                b'a'..=b'z' => {
                    profile.lower += 1;
                    1
                }
                b'A'..=b'Z' => {
                    profile.upper += 1;
                    2
                }
                b'0'..=b'9' => {
                    profile.digits += 1;
                    3
                }
                b'-' | b'_' | b'.' | b':' => {
                    profile.separators += 1;
                    0
                }
                b'/' | b'+' | b'=' => {
                    profile.base64 += 1;
                    0
                }
                b'!'..=b'~' => {
                    profile.signs += 1;
                    0
                }
                _ => return None,
            };
            // A word may begin with a capital: `aB` and `9a` change, `Ab` does not.
            if class != 0 && last != 0 && class != last && !(last == 2 && class == 1) {
                profile.changes += 1;
            }
            last = class;
        }
        for piece in letters::pieces(pattern::head(text, 1024)) {
            if letters::is_word(piece) {
                profile.in_words += piece.len();
                profile.longest = profile.longest.max(piece.len());
            }
        }
        Some(profile)
    }

    /// Letters.
    pub(super) fn letters(&self) -> usize {
        self.lower + self.upper
    }

    /// How many of lower case, upper case, digits and signs occur.
    pub(super) fn classes(&self) -> usize {
        usize::from(self.lower > 0)
            + usize::from(self.upper > 0)
            + usize::from(self.digits > 0)
            + usize::from(self.signs + self.separators + self.base64 > 0)
    }

    /// Whether words make up at least `percent` of the letters and digits.
    pub(super) fn words_cover(&self, percent: usize) -> bool {
        self.in_words * 100 >= (self.letters() + self.digits).min(1024) * percent
    }
}

impl Shape {
    /// What the value looks like.
    pub(super) fn of(value: &str) -> Shape {
        if value.len() < 5
            || pattern::is_patterned(value)
            || pattern::is_alphabet(value)
            || pattern::is_shown_everywhere(value)
        {
            return if is_app_password(value) { Shape::Short } else { Shape::Plain };
        }
        let Some(profile) = Profile::of(value) else {
            return if is_app_password(value) { Shape::Short } else { Shape::Plain };
        };
        if profile.letters() < 2 {
            return Shape::Plain;
        }
        if without_closing(value).is_some_and(|rest| Shape::of(rest) == Shape::Plain) {
            return Shape::Plain;
        }
        let digits = value.strip_prefix("0x").unwrap_or(value);
        if is_hex(digits) {
            return hex(digits, digits.len() != value.len());
        }
        if is_uuid(value) {
            return Shape::Uuid;
        }
        if is_something_else(value, &profile) {
            return Shape::Plain;
        }
        if is_random(&profile, value) {
            return match profile.length {
                GENERATED.. => Shape::Generated,
                SHORT_KEY.. => Shape::Short,
                8.. => Shape::Password,
                _ if profile.signs > 0 && profile.classes() >= 3 => Shape::Password,
                _ => Shape::Plain,
            };
        }
        if is_phrase(&profile) { Shape::Phrase } else { Shape::Plain }
    }
}

/// The value without the brackets at its end, when they close what the text around
/// opened: `[secret=CLIENT-SECRET]`.
fn without_closing(value: &str) -> Option<&str> {
    let rest = value.trim_end_matches([')', ']', '}']);
    (rest.len() < value.len() && rest.len() >= 8 && !rest.contains(['(', '[', '{'])).then_some(rest)
}

/// Hexadecimal digits: keys and hashes have lengths in whole bytes, and at least
/// sixteen of them. `0x` before twenty bytes is an address.
fn hex(digits: &str, prefixed: bool) -> Shape {
    let length = digits.len();
    if prefixed && length != 64 || pattern::distinct(digits.as_bytes()) < 6 {
        return Shape::Plain;
    }
    match length {
        32.. if length.is_multiple_of(2) && !pattern::is_known_hash(digits) => Shape::Hex,
        GENERATED..32 => Shape::Hex,
        10..GENERATED => Shape::Password,
        _ => Shape::Plain,
    }
}

/// Whether all characters are hexadecimal digits of one case, letters and digits
/// both.
pub(super) fn is_hex(text: &str) -> bool {
    let (mut lower, mut upper, mut digit) = (false, false, false);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => digit = true,
            b'a'..=b'f' => lower = true,
            b'A'..=b'F' => upper = true,
            _ => return false,
        }
    }
    digit && (lower != upper)
}

/// `8-4-4-4-12` hexadecimal digits.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// Four groups of four lower-case letters that are no words: the app password of
/// a mail service, or the same without its spaces.
fn is_app_password(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 19
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at % 5 == 4 { *byte == b' ' } else { byte.is_ascii_lowercase() })
        && bytes.chunks(5).filter(|group| letters::is_word(&group[..4])).count() <= 1
        && pattern::distinct(bytes) >= 8
}

/// Whether the value is plainly no secret although its characters are mixed:
/// code, a pattern, a path, an address, a version, a name of several parts.
fn is_something_else(value: &str, profile: &Profile) -> bool {
    is_code(value)
        || value.contains("://")
        || is_address(value)
        || is_path(value, profile)
        || is_query_or_selector(value)
        || (profile.signs == 0 && is_segmented(value))
        || is_list(value)
}

/// Pieces of code, of templates, of regular expressions and of formats.
pub(super) fn is_code(value: &str) -> bool {
    const FRAGMENTS: &[&str] = &[
        "=>", "==", "();", "()", "->", "::", "</", "/>", "{}", "{{", "}}", "${", "#{", "<%", "%>",
        "&&", "||", "[a-z", "[A-Z", "[0-9", "[^", "(?:", "(?i", "(?P", ".*", ".+", "\\d", "\\w",
        "\\s", "\\b", "\\x", "\\u", "\\n", "\\\\", "%s", "%d", "%v", "{0}", "...", "**", "/*",
        "*/", "<!", "--", "__", "@@", "$(", "]+", "]*", "](", ")?", "../", "!==", "+=", "\";",
        "',",
    ];
    let bytes = value.as_bytes();
    let (first, last) = (bytes[0], bytes[bytes.len() - 1]);
    let enclosed =
        matches!((first, last), (b'<', b'>') | (b'{', b'}') | (b'[', b']') | (b'(', b')'))
            || (first == b'%' && last == b'%');
    let named = |open: u8| {
        // A name before a bracket that closes: `env('X')`, `list[0]`, `{id}`.
        memchr::memchr(open, bytes).is_some_and(|at| {
            let close = match open {
                b'(' => b')',
                b'[' => b']',
                b'{' => b'}',
                _ => b'>',
            };
            memchr::memchr(close, &bytes[at..]).is_some()
        })
    };
    let plain_variable = first == b'$'
        && bytes[1..].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && letters::pieces(value).any(letters::is_word);
    // The padding of base64 compares nothing.
    let body = if value.len().is_multiple_of(4) { value.trim_end_matches('=') } else { value };
    // Long base64 has two dashes or underscores by chance.
    let looked_at = value.len() < 64 || bytes.iter().any(|byte| b"(<[{\\$%*".contains(byte));
    enclosed
        || plain_variable
        || (first == b'#' && bytes[1..].iter().all(u8::is_ascii_hexdigit))
        || ((b"([{<".iter().any(|&open| named(open))
            || (looked_at && FRAGMENTS.iter().any(|fragment| body.contains(fragment))))
            && !is_password_with(value))
}

/// Whether a fragment of code may stand in the value by chance: several signs of
/// different kinds among few letters that are no words.
fn is_password_with(value: &str) -> bool {
    let signs = value.bytes().filter(u8::is_ascii_punctuation).count();
    let kinds = {
        let mut seen = 0u128;
        for byte in value.bytes().filter(u8::is_ascii_punctuation) {
            seen |= 1 << byte;
        }
        seen.count_ones()
    };
    signs >= 3
        && kinds >= 3
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && !letters::pieces(value).any(|piece| piece.len() >= 3 && letters::is_word(piece))
}

/// An e-mail address, a host, a domain.
pub(super) fn is_address(value: &str) -> bool {
    const ENDS: &[&str] = &[
        "com",
        "org",
        "net",
        "io",
        "dev",
        "de",
        "uk",
        "fr",
        "ru",
        "cn",
        "jp",
        "nl",
        "ch",
        "eu",
        "us",
        "ca",
        "app",
        "ai",
        "cloud",
        "local",
        "localhost",
        "internal",
        "test",
        "example",
        "invalid",
        "edu",
        "gov",
        "info",
        "onion",
        "me",
        "tv",
        "br",
        "in",
        "it",
        "es",
        "au",
    ];
    let host = value.rsplit_once('@').map_or(value, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host).trim_end_matches('/');
    host.rsplit_once('.').is_some_and(|(labels, end)| {
        ENDS.contains(&end)
            && labels
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    })
}

/// A path of a file or route, a MIME type, a package with its scope.
pub(super) fn is_path(value: &str, profile: &Profile) -> bool {
    const ENDS: &[&str] = &[
        "js", "mjs", "cjs", "ts", "tsx", "jsx", "json", "py", "rs", "go", "rb", "php", "java",
        "kt", "html", "htm", "css", "scss", "svg", "png", "jpg", "jpeg", "gif", "ico", "webp",
        "woff", "woff2", "ttf", "md", "txt", "xml", "yml", "yaml", "toml", "ini", "conf", "cfg",
        "env", "pem", "key", "crt", "cer", "der", "p12", "pfx", "jks", "pub", "sh", "bat", "exe",
        "dll", "so", "zip", "gz", "tgz", "tar", "pdf", "csv", "sql", "db", "log", "lock", "map",
        "wasm", "vue", "sock", "tmpl", "erb", "ejs", "hbs", "asc", "sig", "bin", "dat", "mp4",
        "mp3",
    ];
    let extension =
        value.rsplit_once('.').is_some_and(|(stem, end)| ENDS.contains(&end) && stem.len() >= 2);
    let rooted = ["./", "../", "~/", "@/", "C:\\", "/"].iter().any(|head| value.starts_with(head));
    let parts = || value.split(['/', '\\']).filter(|part| !part.is_empty());
    let wordy = |part: &str| {
        let (words, letters) = letters::pieces(part).fold((0, 0), |(words, letters), piece| {
            (words + if letters::is_word(piece) { piece.len() } else { 0 }, letters + piece.len())
        });
        words >= 3 && words * 10 >= letters * 8 && letters * 10 >= part.len() * 6
    };
    // A part that is nothing but a word: base64 hardly has one between slashes.
    let word = |part: &str| {
        part.len() >= 5
            && part.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'))
            && wordy(part)
    };
    extension && profile.signs == 0
        || (value.contains(['/', '\\'])
            && (rooted && parts().any(wordy)
                || parts().any(word)
                || parts().filter(|part| wordy(part)).count() >= 2))
}

/// Whether every part between separators is simple, a word, an abbreviation or
/// a number: names of all styles, versions, dates, cipher suites.
fn is_segmented(value: &str) -> bool {
    let simple = |part: &str| {
        let bytes = part.as_bytes();
        let letters = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let rest = &bytes[letters..];
        let number = rest.iter().all(u8::is_ascii_digit)
            || (letters == 0 && {
                // `2nd`, `256bit`, `02T03`, `10s`.
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                rest.len() - digits <= 3
            });
        let one_case = bytes[..letters].iter().skip(1).all(u8::is_ascii_lowercase)
            || bytes[..letters].iter().all(u8::is_ascii_uppercase);
        let readable = letters < 8 || letters::is_word(&bytes[..letters]);
        number && one_case && readable && rest.len() <= 10
    };
    let parts = || value.split(['-', '_', '.', ':', '/', '+', '=']).filter(|part| !part.is_empty());
    // The time of a date has a letter between numbers.
    let bytes = value.as_bytes();
    let date = bytes.len() >= 10
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && matches!(bytes[4], b'-' | b'/')
        && bytes[5..7].iter().all(u8::is_ascii_digit);
    let count = parts().count();
    date || (count >= 1 && parts().all(simple) && value.len() < count * 16 && !is_motley(value))
}

/// Whether small and capital words stand beside each other with a number, as no
/// style of naming has it: `correct-Horse7`.
fn is_motley(value: &str) -> bool {
    let mut parts = value
        .split(['-', '_', '.'])
        .filter(|part| part.len() >= 4 && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .map(|part| part.as_bytes()[0].is_ascii_uppercase());
    let first = parts.next();
    value.ends_with(|c: char| c.is_ascii_digit())
        && first == Some(false)
        && parts.any(|capital| capital)
        && !value.contains([':', '/', '+', '='])
}

/// `a=1&b=2`, `div.row>input.name2`.
fn is_query_or_selector(value: &str) -> bool {
    let query = value.split('&').filter(|part| part.contains('=')).count() >= 2;
    let selector = value.contains(['>', '~'])
        && value.contains(['.', '#'])
        && value.split(['>', '~']).all(|part| {
            let word = part.bytes().take_while(u8::is_ascii_lowercase).count();
            word >= 1 && letters::is_word(&part.as_bytes()[..word])
        });
    query || selector
}

/// Words set apart by commas, bars or semicolons.
fn is_list(value: &str) -> bool {
    let parts = || value.split([',', '|', ';']).filter(|part| !part.is_empty());
    let words = parts().filter(|part| letters::pieces(part).any(letters::is_word)).count();
    parts().count() >= 2 && words * 2 > parts().count()
}

/// Whether the characters look generated: mixed, and hardly any words.
fn is_random(profile: &Profile, value: &str) -> bool {
    let alnum = profile.letters() + profile.digits;
    let length = profile.length;
    // What changes at every turn holds short words by chance.
    let restless = profile.digits >= 3 && length >= 16 && profile.changes * 5 >= alnum * 2;
    let covered = match length {
        _ if restless && profile.longest <= 4 => 55,
        32.. => 30,
        _ => 40,
    };
    if alnum * 2 < length || profile.words_cover(covered) {
        return false;
    }
    if profile.longest >= 7 && length < 64 {
        return false;
    }
    if pattern::distinct(pattern::head(value, 256).as_bytes()) < (length / 2).clamp(5, 10) {
        return false;
    }
    let letters = profile.letters();
    // Long runs of one case that are no words.
    let unreadable = || {
        let (mut total, mut count) = (0.0, 0usize);
        for piece in letters::pieces(pattern::head(value, 256)).filter(|piece| piece.len() >= 4) {
            total += letters::advantage(piece);
            count += piece.len();
        }
        count >= 8 && total < -1.2 * count as f32
    };
    // Whatever has digits changes class now and then; names do at humps only.
    let changing = profile.changes * 5 >= alnum;
    let mixed = match profile.digits {
        0 => letters >= 12 && profile.upper > 0 && profile.lower > 0 && changing,
        1 => changing && profile.classes() >= 3,
        _ => changing || (profile.signs >= 2 && profile.changes >= 1),
    };
    let signed = profile.digits > 0 && profile.signs > 0 && profile.longest < 4;
    // Short letters that read like nothing, beside others.
    let babble = || {
        let (mut total, mut count) = (0.0, 0usize);
        for piece in letters::pieces(value).filter(|piece| piece.len() >= 3) {
            total += letters::advantage(piece);
            count += piece.len();
        }
        count >= 5 && total < -1.7 * count as f32 && profile.longest < 4
    };
    let several =
        profile.digits > 0 || profile.signs > 0 || (profile.upper > 1 && profile.lower > 0);
    mixed
        || (signed && profile.classes() >= 3)
        || (length >= 16 && unreadable())
        || (several && length < 24 && babble())
}

/// Words with digits and signs that names do not have, as people make
/// passwords: `Summer&2024`, `correct-Horse7`.
fn is_phrase(profile: &Profile) -> bool {
    let signed = profile.signs > 0 && profile.length >= 8 && profile.classes() >= 3;
    let four = profile.classes() == 4 && profile.length >= 10 && profile.digits > 0;
    profile.length <= 32 && profile.in_words > 0 && (signed && profile.digits > 0 || four)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_told_apart() {
        let cases: &[(Shape, &[&str])] = &[
            (
                Shape::Generated,
                &[
                    "q7Zr2mVx9KpLw4TnB8sD",
                    "Zk3+vQ9/pLx7wRt2mBn5aa==",
                    "Zk3RvQ9WpLx7wRt2mBn5aa==",
                    "kJ#9$mQ!2xL@7vB^4nW&z",
                    "xkvqzpwjtrhgmnbdlfcqsy",
                    "8RuaTzq1LmXv04PkdWcE",
                    "kR3vP_x8Lm-Qz2TnWb7Y",
                    "KDJHFKSLWOEIRUTYQPZMXN",
                ],
            ),
            (Shape::Short, &["aB3xK9mQ2pLzW7", "qmvt xbrk wpzd hfjn", "p9Kx2mLq8vTz4R"]),
            (Shape::Password, &["Tr0ub4dor&3", "Xk9#mP2vLq", "kX7$pq2", "wR8kz2Pq", "p0x7Qz!k"]),
            (Shape::Phrase, &["Summer&2024", "correct-Horse7", "Berlin#1989x"]),
            (Shape::Uuid, &["9f3a1c7e-5b2d-4e8f-a6c0-1d7b3e9f5a2c"]),
            (
                Shape::Hex,
                &["d41c8e07b95f3a26c1e8047f9ab35d62", "9F3A1C7E5B2D4E8FA6C01D7B3E9F5A2C11AA88EE"],
            ),
            (
                Shape::Plain,
                &[
                    "password",
                    "ResetPassword",
                    "access_token",
                    "MISSING_CLIENT_SECRET",
                    "Password is required",
                    "application/json",
                    "/api/v1/auth/token",
                    "x-api-key",
                    "user.profile.password",
                    "https://example.com/a?b=c",
                    "2024-01-02T03:04:05Z",
                    "1.2.3-beta.4",
                    "v10.4.1",
                    "sha256WithRSAEncryption",
                    "#a1b2c3d4",
                    "utf8mb4",
                    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                    "OAUTH2-CLIENT-SECRET]",
                    "oauth2-client-secret)",
                    "x86_64-unknown-linux-gnu",
                    "com.google.android.gms:play-services-auth:20.4.1",
                    "^[A-Za-z0-9]{8,}$",
                    "process.env.X",
                    "getToken('a1')",
                    "%s:%d",
                    "{token2}",
                    "user1@example.com",
                    "d41d8cd98f00b204e9800998ecf8427e",
                    "0x52908400098527886E0F7030069857D2E4169EE7",
                    "password123",
                    "oauth2",
                    "Base64Url",
                    "@scope/package-name2",
                    "main.8f3a2b1c.js",
                    "application/vnd.api+json;v=2",
                    "[REDACTED]",
                    "a,b,c",
                    "пароль123Xy",
                    "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
                    "HS256,RS256,ES512",
                    "tokenV2",
                    "pwd_2fa_code",
                    "XMLHttpRequest2Prototype",
                    "SELECT_1_FROM_users",
                    "urn:ietf:params:oauth:grant-type:jwt-bearer",
                    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
                ],
            ),
        ];
        let mut wrong = Vec::new();
        for (want, values) in cases {
            for value in *values {
                let shape = Shape::of(value);
                if shape != *want {
                    wrong.push(format!("{value}: {shape:?} for {want:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
