//! The shape of a text: how a person's words differ from random characters.

/// How unlikely one letter follows another in words that people write, in half
/// bits, `a` for none: row the first letter, column the second. Counted over
/// the distinct words of English texts, names and passwords.
const PAIRS: [&[u8; 26]; 26] = [
    b"nkklromogonjkdhlqjjiooopmn",
    b"fjlogpqpfopgonhqqkknhopqkp",
    b"gqkmhpqekoikpogpqjlikppomq",
    b"fnljeknogopllnhppkjojpmoko",
    b"jmjikmnoinpikeompghjqmmllq",
    b"gonlehkngmmipohrqjmkiqppmq",
    b"ilkkhkjikinillinlkjlhtljik",
    b"epqpeqpnfprpoohqrnomfuprmr",
    b"fmkkkmllrloikeknomjjknllll",
    b"ioonkmnlcklmqqkqosmogslpno",
    b"gnnnemnnfljjnliornjmisnpis",
    b"hpomgnppdpoiorfourmnjoppiq",
    b"elnofpppfqpnjnhirplokrorkr",
    b"jnkjjmcmilnlnmlpopjjopnmkn",
    b"ilkjqmmmnnmjjfkkpiiliikmlo",
    b"gqnofpokgqphprhhphkjltnskr",
    b"iopnnpopdlnlnormhommgphnnp",
    b"golkenmogrmkkmhnskijjnprkr",
    b"ipkkgpqehommmmjloqigitmpmp",
    b"gpmofnoifqplnohnrijjkqnpkr",
    b"flkljnmmhknjkgjlojijqsnlkl",
    b"hlmrbprpgqprpqkrpompqmqoor",
    b"epomfopkjnqnpndrmnlnmynpor",
    b"mpjmlnqmcnpnnqnkmslkhonjll",
    b"fllmknmmgmpkmlhlqojlfqlokm",
    b"ipmmipndgmrmoqmpnqmokrmikj",
];

/// The mean surprise of adjacent letters in bits, and how many pairs were
/// counted. Words lie near 3.6, random letters near 5.8.
pub(super) fn letter_surprise(text: &str) -> (f64, usize) {
    let mut sum = 0u32;
    let mut count = 0usize;
    for pair in text.as_bytes().windows(2) {
        let (first, second) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        if first.is_ascii_lowercase() && second.is_ascii_lowercase() {
            sum += u32::from(PAIRS[usize::from(first - b'a')][usize::from(second - b'a')] - b'a');
            count += 1;
        }
    }
    if count == 0 { (0.0, 0) } else { (f64::from(sum) / 2.0 / count as f64, count) }
}

/// The share of neighbours that change between lower case, upper case and
/// digits, not counting the step after a capital. Random text has about a half,
/// words with numbers less than a fifth.
pub(super) fn class_changes(text: &str) -> f64 {
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 1u8,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        _ => 0,
    };
    let (mut changes, mut pairs) = (0usize, 0usize);
    for pair in text.as_bytes().windows(2) {
        let (first, second) = (class(pair[0]), class(pair[1]));
        if first == 0 || second == 0 {
            continue;
        }
        pairs += 1;
        if first != second && !(first == 2 && second == 1) {
            changes += 1;
        }
    }
    if pairs == 0 { 0.0 } else { changes as f64 / pairs as f64 }
}

/// Whether the text is hexadecimal with both digits and letters of one case.
pub(super) fn is_hex(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(u8::is_ascii_hexdigit)
        && bytes.iter().any(u8::is_ascii_digit)
        && bytes.iter().any(u8::is_ascii_alphabetic)
        && !(bytes.iter().any(u8::is_ascii_lowercase) && bytes.iter().any(u8::is_ascii_uppercase))
}

/// How many different bytes occur.
pub(super) fn distinct(text: &str) -> usize {
    let mut seen = [false; 256];
    for &byte in text.as_bytes() {
        seen[usize::from(byte)] = true;
    }
    seen.iter().filter(|&&seen| seen).count()
}

/// Whether the text looks generated: long enough to tell, few word-like letter
/// pairs or many changes of class, and no run of neighbours.
///
/// Says nothing about dictionary words; the callers look for those.
pub(super) fn looks_random(text: &str) -> bool {
    if distinct(text) < 7 || is_sequence(text) || period(text).is_some() {
        return false;
    }
    let bytes = text.as_bytes();
    if is_hex(text) {
        return bytes.len() >= 16;
    }
    let compact: String = text.chars().filter(|&c| c != '-').collect();
    if compact.len() >= 16 && is_hex(&compact) {
        return true;
    }
    let (surprise, pairs) = letter_surprise(text);
    let changes = class_changes(text);
    changes >= 0.4
        || (changes >= 0.28 && surprise >= 4.1)
        || (pairs >= 6 && changes >= 0.15 && surprise >= 4.6)
        || (pairs >= 10 && surprise >= 4.85)
}

const ROWS: [&[u8]; 9] = [
    b"qwertyuiop",
    b"asdfghjkl",
    b"zxcvbnm",
    b"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    b"poiuytrewq",
    b"lkjhgfdsa",
    b"azertyuiop",
    b"qwertzuiop",
    b"zaq12wsxcde34rfvbgt56yhnmju78ik",
];

/// For each ASCII byte the set of bytes that follow it in some row.
const NEXT_KEYS: [u128; 128] = {
    let mut next = [0u128; 128];
    let mut row = 0;
    while row < ROWS.len() {
        let mut at = 1;
        while at < ROWS[row].len() {
            next[ROWS[row][at - 1] as usize] |= 1 << ROWS[row][at];
            at += 1;
        }
        row += 1;
    }
    next
};

/// Whether the text walks along the alphabet, the digits or the keyboard:
/// `123456`, `abcdef`, `0123456789abcdef`, `a1b2c3d4`, `qwertyuiop`.
pub(super) fn is_sequence(text: &str) -> bool {
    let bytes: Vec<u8> = text
        .bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    if bytes.len() < 3 {
        return false;
    }
    let step = |first: u8, second: u8| {
        let rising = second == first.wrapping_add(1) || first == second.wrapping_add(1);
        rising
            || matches!(
                (first, second),
                (b'9', b'0' | b'a') | (b'0', b'9' | b'a') | (b'f' | b'z', b'0' | b'1' | b'a')
            )
    };
    let steps = |distance: usize| {
        let pairs = bytes.len().saturating_sub(distance);
        let hits = (0..pairs).filter(|&at| step(bytes[at], bytes[at + distance])).count();
        // Both halves of an interleaving must walk, and nearly everywhere.
        pairs >= 2 && hits * 10 >= pairs * 8
    };
    if steps(1) || (bytes.len() >= 6 && steps(2)) {
        return true;
    }
    let on_keyboard = bytes
        .windows(2)
        .filter(|pair| {
            let on_row = NEXT_KEYS[usize::from(pair[0] & 127)] >> (pair[1] & 127) & 1 == 1;
            on_row || step(pair[0], pair[1])
        })
        .count();
    bytes.len() >= 4 && on_keyboard * 10 >= (bytes.len() - 1) * 8
}

/// The length of the piece that the text repeats at least twice, up to 32
/// bytes; `None` when it repeats none.
pub(super) fn period(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (1..=32.min(bytes.len() / 2)).find(|&length| {
        bytes.len() >= 3
            && bytes.iter().skip(length).zip(bytes).all(|(later, earlier)| later == earlier)
    })
}

/// The longest run of one byte.
pub(super) fn longest_run(text: &str) -> usize {
    let (mut longest, mut run, mut last) = (0, 0, None);
    for &byte in text.as_bytes() {
        run = if last == Some(byte) { run + 1 } else { 1 };
        last = Some(byte);
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_is_told_from_words() {
        for text in [
            "q7Zr2mVx9KpLw4TnB8sD",
            "d41c8e07b95f3a26c1e8047f9ab35d62",
            "xkvqzpwjtrhgmnbdlfcq",
            "Zk3+vQ9/pLx7wRt2mBn5",
            "9f3a1c7e-5b2d-4e8f-a6c0-1d7b3e9f5a2c",
        ] {
            assert!(looks_random(text), "{text}");
        }
        for text in [
            "my-application-server-password",
            "SuperSecretProductionKey2024",
            "lighthouse-keeper-account",
            "0123456789abcdef0123456789abcdef",
            "a1b2c3d4e5f6g7h8",
            "aaaaaaaaaaaaaaaaaaaaaa",
            "internationalisation-settings",
            "qwertyuiopasdfghjkl",
        ] {
            assert!(!looks_random(text), "{text}");
        }
    }

    #[test]
    fn sequences_and_periods_are_seen() {
        for text in [
            "123456",
            "abcdef",
            "987654321",
            "0123456789abcdef",
            "a1b2c3d4e5f6",
            "qwerty",
            "1qaz2wsx",
            "zaq12wsxcde3",
        ] {
            assert!(is_sequence(text), "{text}");
        }
        for text in ["password", "k3", "7gh2pq", "hunter"] {
            assert!(!is_sequence(text), "{text}");
        }
        assert_eq!(period("abcabcabc"), Some(3));
        assert_eq!(period("zzzz"), Some(1));
        assert_eq!(period("abcd"), None);
        assert_eq!(longest_run("abbbc"), 3);
    }
}
