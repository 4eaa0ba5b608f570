//! Commands taken apart into words that keep their places.

use std::ops::Range;

use seaworthy_formats::compose::{Command, Service, Text};

/// How many words of a command are looked at.
const MOST: usize = 2000;

/// The words of a command; scripts given to a shell are split as well.
pub(super) fn words(command: &Command) -> Vec<Text> {
    let mut found = Vec::new();
    for text in command.texts() {
        for range in split(text.raw()) {
            if found.len() >= MOST {
                return found;
            }
            found.push(text.slice(range));
        }
    }
    found
}

/// What a service runs, entrypoint first.
pub(super) fn run_by(service: &Service) -> Vec<Text> {
    let commands = [&service.entrypoint, &service.command];
    commands.into_iter().flatten().flat_map(words).collect()
}

/// The value of an option, given as the next word or after `=`.
pub(super) fn option(words: &[Text], name: &str) -> Option<OptionValue> {
    words.iter().enumerate().find_map(|(index, word)| {
        let rest = word.raw().strip_prefix(name)?;
        if rest.is_empty() {
            let value = words.get(index + 1).cloned();
            return Some(OptionValue { name: word.clone(), value });
        }
        let value = rest.strip_prefix('=')?;
        let start = word.raw().len() - value.len();
        let value = word.slice(start..word.raw().len());
        Some(OptionValue { name: word.clone(), value: Some(value) })
    })
}

/// An option of a command.
pub(super) struct OptionValue {
    pub(super) name: Text,
    pub(super) value: Option<Text>,
}

/// Splits at blanks outside of quotes and `${…}`; quotes around a whole word are
/// left out.
fn split(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut braces = 0_usize;
    for (at, character) in text.char_indices() {
        let blank = character.is_whitespace() && quote.is_none() && braces == 0;
        if blank {
            if let Some(start) = start.take() {
                found.push(unquoted(text, start..at));
            }
            continue;
        }
        start = start.or(Some(at));
        match character {
            '"' | '\'' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            '$' if text[at + 1..].starts_with('{') => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            // An unclosed brace ends with its line.
            '\n' => braces = 0,
            _ => {}
        }
    }
    if let Some(start) = start {
        found.push(unquoted(text, start..text.len()));
    }
    found
}

fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let word = &text[range.clone()];
    let mut characters = word.chars();
    match (characters.next(), characters.next_back()) {
        (Some(first @ ('"' | '\'')), Some(last)) if first == last => range.start + 1..range.end - 1,
        _ => range,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        let cases: &[(&str, &[&str])] = &[
            ("redis-server --requirepass x", &["redis-server", "--requirepass", "x"]),
            ("a \"b c\" 'd'", &["a", "b c", "d"]),
            ("a ${X:?set it} b", &["a", "${X:?set it}", "b"]),
            ("a \"\" b", &["a", "", "b"]),
            ("sh -c 'a b", &["sh", "-c", "'a b"]),
            ("", &[]),
            ("  ", &[]),
            ("ä \u{a0}ö", &["ä", "ö"]),
        ];
        for (text, want) in cases {
            let got: Vec<&str> = split(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(&got, want, "{text}");
        }
    }
}
