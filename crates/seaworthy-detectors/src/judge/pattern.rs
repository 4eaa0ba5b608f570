//! Texts that somebody typed in place of a secret: walks along the alphabet, the
//! digits or the keyboard, repetitions, alphabets, words that say so.

/// Rows of keyboards that fingers walk along.
const WALKS: &[&[u8]] = &[
    b"qwert",
    b"asdfg",
    b"zxcvb",
    b"azert",
    b"qwertz",
    b"1qaz",
    b"2wsx",
    b"qazws",
    b"poiuy",
    // Hands that drum: no walk, but nobody's key.
    b"asdasd",
    b"sdfsdf",
    b"qweqwe",
    b"jkljkl",
    b"adsfadsf",
    b"dfgdfg",
];

/// Words inside a token that call it made up. Sought in any case and anywhere,
/// so only where chance does not write them.
const FAKE: &[&str] = &[
    "example",
    "sample",
    "dummy",
    "placehold",
    "redact",
    "changeme",
    "your_",
    "your-",
    "yourtoken",
    "yoursecret",
    "yourapi",
    "yourkey",
    "my_token",
    "mytoken",
    "mysecret",
    "my-secret",
    "faketoken",
    "notreal",
    "not-real",
    "not_real",
    "invalid",
    "foobar",
    "foo-bar",
    "deadbeef",
    "cafebabe",
    "insert",
    "replace",
    "lorem",
    "testing",
    "thisisa",
    "secretkey",
    "secret-key",
    "accesstoken",
    "access-token",
    "xxxx",
    "hidden",
    "sanitiz",
    "scrubbed",
    "masked",
    "fake_",
    "fake-",
    "-fake",
    "_fake",
    "_test_",
    "-test-",
    "test-token",
    "test_token",
    "testtoken",
    "testkey",
    "test-key",
    "abcdefg",
    "abcd1234",
    "0123456789",
    "123456789",
    "987654321",
    "a1b2c3",
    "1a2b3c",
    "1234abcd",
];

/// Shorter ones, for tokens of ordinary length.
const FAKE_SHORT: &[&str] = &["fake", "test", "todo", "mock", "demo", "secret", "token"];

/// What weak passwords are made of, whatever is added to it.
const WEAK: &[&str] = &[
    "password",
    "passwort",
    "passwd",
    "pass",
    "secret",
    "admin",
    "administrator",
    "welcome",
    "letmein",
    "changeme",
    "change",
    "qwert",
    "test",
    "testing",
    "user",
    "root",
    "guest",
    "demo",
    "default",
    "temp",
    "login",
    "master",
    "hello",
    "world",
    "example",
    "sample",
    "dummy",
    "foobar",
    "your",
    "strong",
    "super",
    "asdf",
    "abcd",
    "abc",
    "postgres",
    "mysql",
    "mongo",
    "redis",
    "minio",
    "oracle",
    "rabbit",
    "grafana",
    "elastic",
    "dev",
    "prod",
    "local",
    "docker",
    "monkey",
    "iloveyou",
    "dragon",
    "pwd",
    "token",
    "key",
    "valid",
    "invalid",
    "wrong",
    "new",
    "old",
    "my",
    "hunter",
    "trustno",
    "senha",
    "clave",
    "contrasena",
    "wachtwoord",
    "geheim",
    "haslo",
    "parola",
    "sifre",
    "motdepasse",
    "azerty",
    "zxcv",
    "internet",
    "server",
    "database",
    "secure",
];

/// Hashes of nothing and of the words that everybody hashes first.
const KNOWN_HASHES: &[&str] = &[
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "098f6bcd4621d373cade4e832627b4f6",
    "21232f297a57a5a743894a0e4a801fc3",
    "e10adc3949ba59abbe56e057f20f883e",
    "5d41402abc4b2a76b9719d911017c592",
    "5ebe2294ecd0e0f08eab7690d2a6ee69",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
];

/// Whether `text` contains `needle`, which is in lower case, in any case.
pub(super) fn contains_ignore_case(text: &str, needle: &str) -> bool {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let Some((&first, rest)) = needle.split_first() else { return true };
    text.len() >= needle.len()
        && (0..=text.len() - needle.len()).any(|at| {
            text[at].to_ascii_lowercase() == first
                && text[at + 1..at + needle.len()].eq_ignore_ascii_case(rest)
        })
}

/// Whether the text says by itself that it is made up.
pub(super) fn says_fake(body: &str) -> bool {
    let body = head(body, 256);
    FAKE.iter().any(|word| contains_ignore_case(body, word))
        || (body.len() <= 80 && FAKE_SHORT.iter().any(|word| contains_ignore_case(body, word)))
}

/// Whether the text walks or repeats in a way that chance does not: `12345`,
/// `abcdef`, `qwerty`, `000000`, `abcabcabc`, `00112233`, or uses too few
/// characters.
pub(super) fn is_patterned(body: &str) -> bool {
    let bytes = head(body, 512).as_bytes();
    let length = bytes.len();
    // The longer the text, the longer a walk that chance writes into it.
    let walk = if length <= 128 { 5 } else { 8 };
    longest_walk(bytes) >= walk
        || longest_run(bytes)
            >= if length <= 24 {
                4
            } else if length <= 64 {
                6
            } else {
                12
            }
        || (length >= 8 && has_period(bytes))
        || (length >= 12 && doubled(bytes))
        || (length >= 16 && distinct(bytes) * 4 < length.min(32))
        || WALKS.iter().any(|row| {
            length <= 64 && bytes.windows(row.len()).any(|part| part.eq_ignore_ascii_case(row))
        })
}

/// Whether the text is an alphabet: many characters and hardly any twice, as
/// chance does not draw them, or mostly in their order.
pub(super) fn is_alphabet(text: &str) -> bool {
    let bytes = head(text, 512).as_bytes();
    let steps = bytes.windows(2).filter(|two| two[1] == two[0].wrapping_add(1)).count();
    (bytes.len() >= 52 && distinct(bytes) + 2 >= bytes.len())
        || (bytes.len() >= 8 && steps * 2 >= bytes.len())
}

/// Whether most of the letters, with digits and signs read as the letters
/// they stand for (`P@ssw0rd`), are words that weak passwords are made of.
pub(super) fn is_weak_word(value: &str) -> bool {
    weak_part(value) >= 55
}

/// As [`is_weak_word`], where nothing but a password can stand: what has as many
/// other letters is one of its own.
pub(super) fn is_mostly_weak_word(value: &str) -> bool {
    weak_part(value) >= 75
}

/// How many percent of the letters are of such words.
fn weak_part(value: &str) -> usize {
    let mut buffer = [0u8; 40];
    let mut length = 0;
    let core = value.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
    for byte in core.bytes() {
        let letter = match byte {
            b'0' => b'o',
            b'1' | b'!' => b'i',
            b'3' => b'e',
            b'4' | b'@' => b'a',
            b'5' | b'$' => b's',
            b'7' => b't',
            _ if byte.is_ascii_alphabetic() => byte.to_ascii_lowercase(),
            _ => continue,
        };
        let Some(place) = buffer.get_mut(length) else { return 0 };
        *place = letter;
        length += 1;
    }
    let letters = &buffer[..length];
    let mut covered = 0;
    let mut at = 0;
    while at < length {
        let rest = &letters[at..];
        let longest = WEAK
            .iter()
            .filter(|word| rest.starts_with(word.as_bytes()))
            .map(|word| word.len())
            .max();
        covered += longest.unwrap_or(0);
        at += longest.unwrap_or(1);
    }
    if length >= 3 { covered * 100 / length } else { 0 }
}

/// Values that the standards of OAuth and the manuals of S3 show, and with them most documentation.
const SHOWN: &[&str] = &[
    "2YotnFZFEjr1zCsicMWpAA",
    "tGzv3JOkF0XG5Qx2TlKWIA",
    "7Fjfp0ZBr1KtDRbnfVdmIw",
    "czZCaGRSa3F0MzpnWDFmQmF0M2JW",
    "mF_9.B5f-4.1JqM",
    "SlAV32hkKG",
    "8xLOxBtZp8",
    "SplxlOBeZQQYbYS6WxSbIA",
    "h480djs93hd8",
    "vF9dft4qmT",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "gX1fBat3bV",
    "s6BhdRkqt3",
    "dpf43f3p2l4k3l03",
    "kd94hf93k423kf44",
    "nnch734d00sl2jdk",
    "pfkkdhi9sl3r4s00",
    "hh5s93j4hdidpola",
    "hdhd0244k9j7ao03",
    "0685bd9184jfhq22",
    "ad180jjd733klru7",
    "xvz1evFS4wEEPTGEFPHBog",
    "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    "uV3F3YluFJax1cknvbcGwgjvx4QpvB+leU8dUj2o",
    "0PN5J17HBGZHT7JJ3X82",
];

/// Whether a value is one that documentation everywhere repeats.
pub(super) fn is_shown_everywhere(text: &str) -> bool {
    SHOWN.contains(&text)
}

/// Whether a token ends with the word or nearly so, as those of documentation do.
pub(super) fn is_example(text: &str) -> bool {
    let end = text.len().saturating_sub(10);
    text.len() >= 16 && text.is_char_boundary(end) && contains_ignore_case(&text[end..], "exampl")
}

/// Whether a hash is one that everybody knows.
pub(super) fn is_known_hash(text: &str) -> bool {
    KNOWN_HASHES.iter().any(|hash| hash.eq_ignore_ascii_case(text))
}

/// How many different bytes occur.
pub(super) fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [0u64; 4];
    for &byte in bytes {
        seen[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
    seen.iter().map(|part| part.count_ones() as usize).sum()
}

/// The longest walk up or down by one: `45678`, `fedcb`, `ABCDE`.
fn longest_walk(bytes: &[u8]) -> usize {
    let mut longest = 1;
    for step in [1u8, u8::MAX] {
        let mut walk = 1;
        for two in bytes.windows(2) {
            let follows = two[0].is_ascii_alphanumeric()
                && two[1].is_ascii_alphanumeric()
                && two[0].to_ascii_lowercase().wrapping_add(step) == two[1].to_ascii_lowercase();
            walk = if follows { walk + 1 } else { 1 };
            longest = longest.max(walk);
        }
    }
    longest
}

/// The longest run of one byte.
fn longest_run(bytes: &[u8]) -> usize {
    let (mut longest, mut run) = (1, 1);
    for two in bytes.windows(2) {
        run = if two[0] == two[1] { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

/// Whether the whole repeats a piece of up to 16 bytes.
fn has_period(bytes: &[u8]) -> bool {
    (1..=16.min(bytes.len() / 2))
        .any(|length| bytes[length..].iter().zip(bytes).all(|(later, earlier)| later == earlier))
}

/// Whether nearly every byte stands twice: `00112233445566`, or every other one
/// walks or stays: `a1b2c3d4`, `000102030405`.
fn doubled(bytes: &[u8]) -> bool {
    let pairs = bytes.chunks_exact(2);
    let count = pairs.len();
    let equal = pairs.filter(|pair| pair[0] == pair[1]).count();
    let skipping = bytes.windows(3).filter(|three| three[2].abs_diff(three[0]) <= 1).count();
    equal * 10 >= count * 8 || skipping * 10 >= (bytes.len() - 2) * 7
}

/// The first bytes of a text, whole characters.
pub(super) fn head(text: &str, length: usize) -> &str {
    let mut end = text.len().min(length);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_patterns_are_seen() {
        for text in [
            "1234567890abcdefghij",
            "aaaaaaaaaaaaaaaaaaaa",
            "00112233445566778899aabbccddeeff",
            "abcabcabcabc",
            "a1b2c3d4e5f6g7h8",
            "qwerty123",
            "xyzxyzxyzxyzxyzx",
            "2kjshdfp92i34asdasd",
            "Abcde!9",
            "0102030405060708090a0b0c0d0e0f10",
            "9f9f9f9f9f9f9f9f9f",
        ] {
            assert!(is_patterned(text), "{text}");
        }
        for text in ["q7Zr2mVx9KpLw4TnB8sD", "d41c8e07b95f3a26c1e8047f9ab35d62", "Xk9#mP2vLq"] {
            assert!(!is_patterned(text) && !is_alphabet(text) && !says_fake(text), "{text}");
        }
    }

    #[test]
    fn weak_passwords_are_seen_through_their_digits_and_signs() {
        for text in
            ["P@ssw0rd123", "passw0rd!", "Admin@1234", "W3lcome1!", "My$ecretPassw0rd", "T3st!9"]
        {
            assert!(is_weak_word(text), "{text}");
        }
        for text in ["Xk9#mP2vLq", "Tr0ub4dor&3", "Berlin#1989x", "correct-Horse7", "12!"] {
            assert!(!is_weak_word(text), "{text}");
        }
    }

    #[test]
    fn alphabets_are_seen() {
        for text in [
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
            "KvuZTb9QxPqLm3hJcD0wRsFgYaE7nV8dU1ktXB5iAoC2eGfH4jI6lMrNpOySWz",
        ] {
            assert!(is_alphabet(text), "{text}");
        }
    }

    #[test]
    fn words_that_call_a_token_made_up_are_found_in_any_case() {
        for text in ["AKIAEXAMPLE", "thisIsATestToken", "Xk9faKe2", "notrealnotreal"] {
            assert!(says_fake(text), "{text}");
        }
    }
}
