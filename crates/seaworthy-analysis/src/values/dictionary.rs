//! The words that people put into values, by what they give away.
//!
//! Written without accents; text with other letters is a placeholder anyway.
//! The tables are text files beside this one.

use std::sync::OnceLock;

/// A table of words, read from its file when it is first asked: words set apart
/// by white space, with `#` before the name of a group.
pub(super) struct Table {
    text: &'static str,
    words: OnceLock<Words>,
}

/// Sorted words, and which lengths occur after which first byte: nearly every
/// word that is asked for is in no table, and this tells at once.
struct Words {
    sorted: Vec<&'static str>,
    lengths: [u32; 256],
}

impl Table {
    const fn new(text: &'static str) -> Self {
        Self { text, words: OnceLock::new() }
    }

    /// Whether the lower-case word is in the table.
    pub(super) fn contains(&self, word: impl AsRef<str>) -> bool {
        let words = self.words.get_or_init(|| {
            let lines = self.text.lines().filter(|line| !line.starts_with('#'));
            let mut sorted: Vec<&str> = lines.flat_map(str::split_ascii_whitespace).collect();
            sorted.sort_unstable();
            let mut lengths = [0; 256];
            for word in &sorted {
                let first = word.as_bytes().first().copied().unwrap_or(0);
                lengths[usize::from(first)] |= length_bit(word);
            }
            Words { sorted, lengths }
        });
        let word = word.as_ref();
        let first = word.as_bytes().first().copied().unwrap_or(0);
        words.lengths[usize::from(first)] & length_bit(word) != 0
            && words.sorted.binary_search(&word).is_ok()
    }
}

/// One bit for each length; the last stands for all that are longer.
fn length_bit(word: &str) -> u32 {
    1 << word.len().min(31)
}

/// Words that ask the reader to do something or call the value an example.
/// One of them anywhere as a whole word makes a placeholder.
pub(super) static MARKERS: Table = Table::new(include_str!("words/markers.txt"));

/// Credential nouns of languages other than English.
pub(super) static FOREIGN_NOUNS: Table = Table::new(include_str!("words/foreign_nouns.txt"));

/// Nouns of credentials, programs and accounts: a value made of them repeats
/// its own key.
pub(super) static NOUNS: Table = Table::new(include_str!("words/nouns.txt"));

/// Words for an environment or its temporary nature.
pub(super) static ENVIRONMENTS: Table = Table::new(include_str!("words/environments.txt"));

/// Words of a measure, which beside a number describe the value itself.
pub(super) static MEASURES: Table = Table::new(include_str!("words/measures.txt"));

/// The words of every table that tells a person's hand.
static KNOWN: Table = Table::new(concat!(
    include_str!("words/markers.txt"),
    "\n",
    // Mark a placeholder only beside other words: alone they may be somebody's
    // password.
    include_str!("words/weak_markers.txt"),
    "\n",
    include_str!("words/foreign_nouns.txt"),
    "\n",
    include_str!("words/nouns.txt"),
    "\n",
    include_str!("words/environments.txt"),
    "\n",
    // Turn up in passwords chosen by people, and in phrases about secrets.
    include_str!("words/common.txt"),
));

/// Whether `word` (lower case) is in any table but that of measures.
pub(super) fn is_known(word: &str) -> bool {
    KNOWN.contains(word)
}

/// Splits a text into lower-case words at separators, camel-case humps and
/// around digits; digits are words too. At most 64 words of the first 512 bytes.
pub(super) fn words(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let bytes = &bytes[..bytes.len().min(512)];
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, &byte) in bytes.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        let hump = byte.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || (before.is_ascii_uppercase()
                    && bytes.get(index + 1).is_some_and(u8::is_ascii_lowercase)));
        let cut = !byte.is_ascii_alphanumeric()
            || hump
            || byte.is_ascii_digit() != before.is_ascii_digit();
        if cut && !word.is_empty() {
            words.push(std::mem::take(&mut word));
            if words.len() == 64 {
                return words;
            }
        }
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Cuts a lower-case word without separators into known words (`devpass`,
/// `rootpassword`); `None` when some part stays unknown. `extra` are further
/// known words.
///
/// Greedy from the longest, with one step back per place: linear in the word,
/// whose length is capped.
pub(super) fn compound<'a>(word: &'a str, extra: &[String]) -> Option<Vec<&'a str>> {
    let length = word.len();
    if length > 64 || !word.is_ascii() {
        return None;
    }
    // `from[end]` is where the last part of a cutting of `word[..end]` begins.
    let mut from: Vec<Option<usize>> = vec![None; length + 1];
    from[0] = Some(0);
    for end in 1..=length {
        for start in 0..end {
            if from[start].is_none() || end - start > 20 {
                continue;
            }
            let part = &word[start..end];
            // Shorter parts would cut almost any text.
            let fits = (part.len() >= 3
                || end - start == length
                || matches!(part, "db" | "my" | "pw" | "ci" | "qa"))
                && (is_known(part) || extra.iter().any(|known| known == part));
            if fits {
                from[end] = Some(start);
                break;
            }
        }
    }
    let mut parts = Vec::new();
    let mut end = length;
    while end > 0 {
        let start = from[end]?;
        parts.push(&word[start..end]);
        end = start;
    }
    parts.reverse();
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_into_words() {
        assert_eq!(words("MySecret-key_2024").join(" "), "my secret key 2024");
        assert_eq!(words("admin123!").join(" "), "admin 123");
        assert_eq!(words("é").join(" "), "");
    }

    #[test]
    fn a_word_of_any_table_is_known() {
        for table in [&MARKERS, &FOREIGN_NOUNS, &NOUNS, &ENVIRONMENTS, &KNOWN] {
            assert!(!table.contains("") && !table.contains("qzxv"));
            for word in &table.words.get().expect("asked above").sorted {
                assert!(table.contains(word) && is_known(word), "{word}");
            }
        }
        assert!(!is_known("") && !is_known("qzxv") && !is_known(&"a".repeat(99)));
    }

    #[test]
    fn compounds_are_cut_only_when_every_part_is_known() {
        assert_eq!(compound("devpass", &[]), Some(vec!["dev", "pass"]));
        assert_eq!(compound("rootpassword", &[]), Some(vec!["root", "password"]));
        assert_eq!(
            compound("tidepoolpass", &["tidepool".to_owned()]),
            Some(vec!["tidepool", "pass"])
        );
        assert_eq!(compound("qzpass", &[]), None);
        assert_eq!(compound(&"pass".repeat(100), &[]), None);
    }
}
