//! Why a literal secret can be guessed.

use super::{ValueContext, Weakness, dictionary, shape};
use crate::names;
use crate::published::is_published_secret;

/// The length from which a random token is taken for a generated one.
const GENERATED: usize = 20;

/// Finds the reason why a value can be guessed; `None` for a random token.
///
/// Called when the value is known to be a literal that is no placeholder.
pub(super) fn weakness(value: &str, context: &ValueContext<'_>) -> Option<Weakness> {
    if value.starts_with("-----BEGIN ") || is_app_password(value) {
        return None;
    }
    if context.user.is_some_and(|user| !user.is_empty() && value.eq_ignore_ascii_case(user)) {
        return Some(Weakness::EqualsUser);
    }
    if value.len() >= 2 && shape::distinct(value) == 1
        || (value.len() >= 6 && shape::period(value).is_some())
    {
        return Some(Weakness::Repeated);
    }
    if shape::is_sequence(value) {
        return Some(Weakness::Sequence);
    }
    let random = shape::looks_random(value);
    if let Some(weakness) = made_of_words(value, random, context) {
        return Some(weakness);
    }
    if is_published_secret(value) {
        return Some(Weakness::Published);
    }
    let length = value.chars().count();
    if length >= 8 && shape::distinct(value) * 4 <= length.min(32) {
        return Some(Weakness::LowEntropy);
    }
    if random {
        // A token is one piece; what has spaces was typed.
        return (length < GENERATED || value.contains(' ')).then_some(Weakness::Short);
    }
    if length < 8 {
        return Some(Weakness::Short);
    }
    if length >= GENERATED && is_varied(value) {
        return None;
    }
    // Undecided: no word that we know, and not random enough to be sure.
    Some(if length < GENERATED { Weakness::Short } else { Weakness::WordAndDigits })
}

/// Four groups of four letters: the shape of an app password of a mail service.
fn is_app_password(value: &str) -> bool {
    let groups: Vec<&str> = value.split(' ').collect();
    groups.len() == 4
        && groups
            .iter()
            .all(|group| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_lowercase()))
        && shape::looks_random(&groups.concat())
        && !groups.iter().any(|group| dictionary::is_known(group))
}

/// Long text of three kinds of characters whose letters are no words, though
/// the measures of randomness were undecided (symbols break the pairs).
fn is_varied(value: &str) -> bool {
    let classes = super::CharacterClasses::of(value);
    let (surprise, pairs) = shape::letter_surprise(value);
    let words = dictionary::words(value);
    let longest =
        words.iter().filter(|word| !word.as_bytes()[0].is_ascii_digit()).map(String::len).max();
    classes.count() >= 3 && longest.unwrap_or(0) <= 5 && (pairs < 4 || surprise >= 4.3)
}

/// How the words of the value are classed, if words are what it is made of.
fn made_of_words(value: &str, random: bool, context: &ValueContext<'_>) -> Option<Weakness> {
    let project = project_words(context.project);
    let plain = unleet(value);
    let words = dictionary::words(value);
    let mut found = Found::default();
    for word in &words {
        found.add(word, &project);
    }
    if found.unknown > 0 && plain != value {
        let mut second = Found::default();
        for word in dictionary::words(&plain) {
            second.add(&word, &project);
        }
        // Digits read as letters count only when they complete every word.
        if second.unknown == 0 && second.letters >= 4 {
            found = second;
            found.digits = true;
        }
    }
    if found.letters == 0 {
        return (value.len() < 20).then_some(Weakness::WordAndDigits).filter(|_| !words.is_empty());
    }
    let covered = found.known * 100 / (found.known + found.unknown).max(1);
    // Random text holds no words of five letters; people rarely write more
    // than half of a value without one.
    let enough =
        if random { covered >= 60 || (found.longest >= 5 && covered >= 40) } else { covered >= 50 };
    if !enough {
        // A name we do not know, in letters that read like one.
        let (surprise, pairs) = shape::letter_surprise(value);
        return (!random && value.len() < 20 && pairs >= 2 && surprise < 4.6 && found.digits)
            .then_some(Weakness::WordAndDigits);
    }
    if found.project {
        return Some(Weakness::ProjectName);
    }
    let key = names::split_words(context.key);
    let repeats_key = words.len() <= 4
        && words.iter().all(|word| {
            dictionary::NOUNS.contains(word)
                || key.contains(word)
                || dictionary::compound(word, &[])
                    .is_some_and(|parts| parts.iter().all(|part| dictionary::NOUNS.contains(part)))
        })
        && words.iter().any(|word| key.contains(word));
    if found.environment {
        return Some(Weakness::EnvironmentWord);
    }
    if repeats_key {
        return Some(Weakness::KeyNoun);
    }
    if found.digits || found.unknown > 0 {
        return Some(Weakness::WordAndDigits);
    }
    Some(Weakness::Dictionary)
}

/// The letters of a value, by what is known of them.
#[derive(Default)]
struct Found {
    known: usize,
    unknown: usize,
    letters: usize,
    longest: usize,
    digits: bool,
    project: bool,
    environment: bool,
}

impl Found {
    fn add(&mut self, word: &str, project: &[String]) {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.digits = true;
            return;
        }
        if word.len() < 3 && dictionary::is_known(word) {
            // `my` and `of` stand in any text, random text too.
            return;
        }
        self.letters += word.len();
        let parts = if project.iter().any(|name| name == word) || dictionary::is_known(word) {
            vec![word]
        } else if let Some(parts) = dictionary::compound(word, project) {
            parts
        } else {
            self.unknown += word.len();
            return;
        };
        self.known += word.len();
        for part in parts {
            self.longest = self.longest.max(part.len());
            self.environment |= dictionary::ENVIRONMENTS.contains(part);
            self.project |= project.iter().any(|name| name == part);
        }
    }
}

/// The names of the project as lower-case words, whole and in parts; short parts
/// and words that every project uses say nothing.
fn project_words(project: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for name in project.iter().take(32) {
        let parts = dictionary::words(name);
        let whole: String = parts.concat();
        for word in parts.into_iter().chain([whole]) {
            if word.len() >= 3 && !dictionary::is_known(&word) && !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words
}

/// Reads the digits and signs that people write for letters as those letters:
/// `P@ssw0rd` gives `Password`.
fn unleet(value: &str) -> String {
    let bytes = value.as_bytes();
    let trimmed = value.trim_end_matches(|c: char| c.is_ascii_digit() || "!@#$%&*?.".contains(c));
    value
        .char_indices()
        .map(|(at, c)| {
            let beside_letter = at < trimmed.len()
                && (bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic)
                    || at
                        .checked_sub(1)
                        .and_then(|at| bytes.get(at))
                        .is_some_and(u8::is_ascii_alphabetic));
            match c {
                _ if !beside_letter => c,
                '0' => 'o',
                '1' | '!' => 'i',
                '3' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '7' => 't',
                _ => c,
            }
        })
        .collect()
}
