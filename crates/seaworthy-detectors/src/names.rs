//! Names and words as detectors ask for them.

use seaworthy_analysis::names::split_words;

/// Whether the name has one of the word sequences, in which spaces part the words: as
/// whole words in order, or written as one word.
pub(crate) fn has_any<'s>(name: &str, sequences: impl IntoIterator<Item = &'s str>) -> bool {
    let words = split_words(name);
    let joined: String = words.concat();
    let is_boundary = |offset: usize| {
        let mut end = 0;
        offset == 0
            || words.iter().any(|word| {
                end += word.len();
                end == offset
            })
    };
    sequences.into_iter().any(|sequence| {
        let sequence = sequence.replace(' ', "");
        !sequence.is_empty()
            && joined
                .match_indices(&sequence)
                .any(|(start, _)| is_boundary(start) && is_boundary(start + sequence.len()))
    })
}

/// Whether the word, in lower case, occurs in the text in any case of ASCII.
pub(crate) fn occurs(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some((&first, rest)) = word.split_first() else { return true };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), text).any(|at| {
        text.get(at + 1..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_of_words_are_found_in_names_of_every_style() {
        let cases: [(&str, &str, bool); 11] = [
            ("ADAFRUIT_IO_KEY", "adafruit io key", true),
            ("adafruitIoKey", "adafruit io key", true),
            ("my.adafruit.io.key", "adafruit io", true),
            ("ADAFRUITIO_KEY", "adafruit io key", true),
            ("adafruit_key_io", "adafruit io", false),
            ("boxes", "box", false),
            ("BOX_TOKEN", "box", true),
            ("sandbox_token", "box", false),
            ("INTRA42_SECRET", "intra42", true),
            ("ONE_1PASSWORD_TOKEN", "1password token", true),
            ("", "box", false),
        ];
        for (name, sequence, want) in cases {
            assert_eq!(has_any(name, [sequence]), want, "{name} {sequence:?}");
        }
    }

    #[test]
    fn words_occur_in_any_case() {
        let cases = [
            ("import SourceGraph", "sourcegraph", true),
            ("source graph", "sourcegraph", false),
            ("s", "so", false),
            ("xSO", "so", true),
            ("", "so", false),
        ];
        for (text, word, want) in cases {
            assert_eq!(occurs(text, word), want, "{text} {word}");
        }
    }
}
