//! Text that waits for the reader to put the real value there.

use super::{dictionary, shape};

/// Pieces so long that random text does not hold them by chance; sought
/// anywhere and in any case.
const PIECES: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "change-this",
    "change_this",
    "changethis",
    "changeit",
    "replace-",
    "replace_",
    "replaceme",
    "placeholder",
    "example",
    "your-",
    "your_",
    "yourkey",
    "yoursecret",
    "yourpassword",
    "yourtoken",
    "insert-",
    "insert_",
    "redacted",
    "notasecret",
    "not-a-secret",
    "not_a_secret",
    "not-secret",
    "do-not-use",
    "do_not_use",
    "donotuse",
    "deadbeef",
    "-here",
    "_here",
    "dummy-",
    "dummy_",
    "fake-",
    "fake_",
    "todo",
    "cambiami",
    "in-production",
    "in_production",
    "for-production",
    "not-for-",
    "at-least-",
    "at_least_",
    "abcdefghijkl",
    "0123456789ab",
    "1234567890ab",
    "abcdef1234567890",
    "xxxxxx",
    "******",
    "......",
];

/// Whether the value is text to be replaced.
pub(super) fn is_placeholder(value: &str) -> bool {
    if value.chars().any(|c| !c.is_ascii() && c.is_alphabetic()) {
        // Nobody's key holds letters beyond ASCII; "ваш-ключ" does.
        return true;
    }
    if is_bracketed(value) || is_elided(value) || is_filler(value) {
        return true;
    }
    if let Some(body) = pem_body(value) {
        return !is_key_body(body);
    }
    let lower = value.to_ascii_lowercase();
    let random = shape::looks_random(value) && !has_separated_words(value);
    let found = PIECES.iter().any(|piece| lower.contains(piece) && (piece.len() >= 6 || !random));
    found || (!random && (has_marker(value) || describes_itself(value)))
}

/// `<…>`, `[…]`, `{…}`, `__NAME__`, `@NAME@`, `(…)` around words, wholly or as a
/// part.
fn is_bracketed(value: &str) -> bool {
    let inside = |open: char, close: char| {
        value.find(open).and_then(|start| {
            let rest = &value[start + open.len_utf8()..];
            rest.find(close).map(|end| &rest[..end])
        })
    };
    let wordy = |text: &str| {
        text.len() >= 2
            && text.chars().any(char::is_alphabetic)
            && text.chars().all(|c| c.is_alphanumeric() || " _-./:,'|+=".contains(c))
            && !shape::looks_random(text)
    };
    let whole = |open: char, close: char| {
        value.starts_with(open) && value.ends_with(close) && value.len() > 2
    };
    inside('<', '>').is_some_and(wordy)
        || (whole('[', ']') && !value.contains('"'))
        || inside('[', ']').is_some_and(|text| wordy(text) && text.len() >= 4)
        || (whole('{', '}') && !value.contains('"') && !value.contains(':'))
        || (whole('<', '>'))
        || (whole('(', ')'))
        || (value.len() > 4 && value.starts_with("__") && value.ends_with("__"))
        || (whole('@', '@')
            && value[1..value.len() - 1]
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
}

/// Cut off with dots: `sk-...`, `eyJ…`, `AIza..`.
fn is_elided(value: &str) -> bool {
    value.contains("...") || value.contains('…') || value.ends_with("..") || value.contains("***")
}

/// Nothing but one filler character, or groups of it: `xxxx-xxxx`, `*****`,
/// `0000…`, `re_xxxxxxxx`, long walks along the digits.
fn is_filler(value: &str) -> bool {
    let text: String =
        value.chars().filter(|c| c.is_ascii_alphanumeric() || "*.#?".contains(*c)).collect();
    let lower = text.to_ascii_lowercase();
    let Some(first) = lower.bytes().next() else {
        // Signs alone: `---`, `___`.
        return value.len() >= 3 && shape::distinct(value) <= 2;
    };
    if lower.len() >= 3 && lower.bytes().all(|byte| byte == first) {
        return b"x*.#?0".contains(&first) || lower.len() >= 20;
    }
    let runs = |byte: u8| {
        let mut longest = 0;
        let mut run = 0;
        for next in lower.bytes() {
            run = if next == byte { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest
    };
    if runs(b'x') >= 4 || runs(b'*') >= 3 || (shape::longest_run(&lower) >= 10) {
        return true;
    }
    if lower.len() >= 16 {
        let unit = shape::period(&lower).map_or(lower.as_str(), |period| &lower[..period]);
        if shape::is_sequence(&lower)
            || (unit.len() >= 6 && shape::is_sequence(unit))
            || (unit.len() <= 4 && unit.len() < lower.len())
        {
            return true;
        }
    }
    false
}

/// Whether words are set apart by signs, as people write and generators do not.
fn has_separated_words(value: &str) -> bool {
    let parts: Vec<&str> =
        value.split(['-', '_', ' ', '.', ':']).filter(|part| !part.is_empty()).collect();
    let known = parts
        .iter()
        .filter(|part| part.len() >= 3 && part.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .filter(|part| {
            let lower = part.to_ascii_lowercase();
            dictionary::is_known(&lower) || dictionary::compound(&lower, &[]).is_some()
        })
        .count();
    parts.len() >= 2 && known * 2 >= parts.len()
}

fn has_marker(value: &str) -> bool {
    let words = dictionary::words(value);
    let alphabetic =
        words.iter().filter(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic())).count();
    let in_table = |table: &dictionary::Table| words.iter().any(|word| table.contains(word));
    if in_table(&dictionary::MARKERS) {
        return true;
    }
    // `toBeModified`, `to-be-set`.
    let to_do = ["modified", "defined", "filled", "set", "provided", "added", "updated"];
    if words
        .windows(3)
        .any(|three| three[0] == "to" && three[1] == "be" && to_do.contains(&three[2].as_str()))
    {
        return true;
    }
    // One marker written together with other known words: `mysecretplaceholder`.
    let joined = words.iter().filter(|word| word.len() >= 8).any(|word| {
        dictionary::compound(word, &[])
            .is_some_and(|parts| parts.iter().any(|part| dictionary::MARKERS.contains(part)))
    });
    let separated = value.contains(['-', '_', ' ']);
    let known = words.iter().filter(|word| dictionary::is_known(word)).count();
    joined
        || (separated && alphabetic >= 2 && in_table(&dictionary::FOREIGN_NOUNS))
        || (separated
            && alphabetic >= 3
            && known >= 2
            && words.iter().any(|word| INSTRUCTIONS.contains(&word.as_str())))
}

/// Weak markers that give an instruction rather than boast: `very-strong-…`
/// alone is somebody's password.
const INSTRUCTIONS: [&str; 26] = [
    "here", "put", "set", "add", "enter", "fill", "goes", "use", "define", "update", "required",
    "not", "never", "dont", "must", "should", "please", "choose", "create", "get", "from", "same",
    "tu", "ton", "su", "openssl",
];

/// `…-at-least-32-characters`, `min-32-chars`, `64-hex`, `32_byte_key`: the text
/// tells how long it should be.
fn describes_itself(value: &str) -> bool {
    let words = dictionary::words(value);
    let measure = |word: &String| {
        dictionary::MEASURES.contains(word) || matches!(word.as_str(), "key" | "secret")
    };
    words.windows(2).any(|two| {
        let numbered = |number: &String, word: &String| {
            number.len() <= 3
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && number.parse::<u32>().is_ok_and(|number| (8..=512).contains(&number))
                && dictionary::MEASURES.contains(word)
        };
        numbered(&two[0], &two[1])
            || (numbered(&two[1], &two[0])
                && matches!(two[0].as_str(), "min" | "minimum" | "least"))
            || (two[0] == "at" && two[1] == "least")
    }) || (words.iter().any(|word| {
        matches!(word.as_str(), "characters" | "chars" | "caracteres" | "zeichen" | "bytes")
    }) && words.iter().filter(|word| measure(word)).count() >= 2)
}

/// The text between PEM markers; `None` when the value has none.
fn pem_body(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("-----BEGIN ")?;
    let (_, body) = rest.split_once("-----")?;
    Some(body.split_once("-----END").map_or(body, |(body, _)| body))
}

/// Whether the text is the base64 of a key: at least 100 characters of it. A
/// value that only starts a block (the rest is on the next lines) counts.
fn is_key_body(body: &str) -> bool {
    let body = body.replace("\\n", "\n");
    let letters: usize = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.contains(':'))
        .map(|line| {
            line.bytes()
                .filter(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
                .count()
        })
        .sum();
    letters >= 100 && !shape::is_sequence(body.trim()) && shape::distinct(body.trim()) >= 20
}
