//! What a plugin returns is checked before anything of it is believed.

mod finding;

pub(crate) use finding::{Asked, checked, short};

/// The most bytes of a phrase.
const MAX_PHRASE: usize = 512;

/// Text of a plugin made fit for a terminal and a report: control characters go,
/// line breaks and tabs stay, and what exceeds `most` bytes is cut.
pub(crate) fn plain(text: &str, most: usize) -> String {
    // Most are plain already.
    if text.len() <= most && text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~')) {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len().min(most));
    for character in text.chars() {
        if (character.is_control() && !matches!(character, '\n' | '\t')) || turns_text(character) {
            continue;
        }
        if plain.len() + character.len_utf8() > most {
            break;
        }
        plain.push(character);
    }
    plain
}

/// The same on one line, of at most 512 bytes.
pub(crate) fn phrase(text: &str) -> String {
    let mut phrase = plain(text, MAX_PHRASE);
    if phrase.contains(['\n', '\t']) {
        phrase = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    phrase
}

/// Whether a character makes a text read as what it is not, by turning its
/// direction.
pub(crate) const fn turns_text(character: char) -> bool {
    matches!(
        character,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{61C}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_plugins_are_made_plain() {
        let cases = [
            ("a\u{1b}[31mb\u{7}", 100, "a[31mb"),
            ("a\r\nb\tc", 100, "a\nb\tc"),
            ("a\u{202E}b\u{9b}", 100, "ab"),
            ("äöü", 5, "äö"),
            ("", 5, ""),
        ];
        for (text, most, want) in cases {
            assert_eq!(plain(text, most), want, "{text:?}");
        }
        assert_eq!(phrase(" a\n\n b"), "a b");
    }
}
