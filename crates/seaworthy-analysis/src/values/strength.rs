//! How hard a secret is to guess.

use super::shape;

/// The bytes that the guess estimate looks at: its cost grows faster than its
/// input.
const MAX_ESTIMATED: usize = 100;

/// Which kinds of characters occur.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CharacterClasses {
    /// `a` to `z`.
    pub lower: bool,
    /// `A` to `Z`.
    pub upper: bool,
    /// `0` to `9`.
    pub digit: bool,
    /// Everything else.
    pub symbol: bool,
}

impl CharacterClasses {
    /// The classes of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut classes = Self::default();
        for character in text.chars() {
            match character {
                'a'..='z' => classes.lower = true,
                'A'..='Z' => classes.upper = true,
                '0'..='9' => classes.digit = true,
                _ => classes.symbol = true,
            }
        }
        classes
    }

    /// How many of the four occur.
    #[must_use]
    pub const fn count(self) -> u8 {
        self.lower as u8 + self.upper as u8 + self.digit as u8 + self.symbol as u8
    }
}

/// How hard a secret is to guess.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// Length in characters.
    pub length: usize,
    /// Kinds of characters.
    pub classes: CharacterClasses,
    /// Shannon entropy in bits per character.
    pub entropy: f64,
    /// Decimal logarithm of the guesses that an informed attacker needs (the
    /// zxcvbn estimate of the first 100 bytes).
    pub guesses_log10: f64,
}

/// Measures a secret. `known` are words that an attacker tries first: the user,
/// the project. Costs up to milliseconds; ask only about values that matter.
#[must_use]
pub fn strength(secret: &str, known: &[&str]) -> Strength {
    let secret = super::bounded(secret);
    let mut end = secret.len().min(MAX_ESTIMATED);
    while !secret.is_char_boundary(end) {
        end -= 1;
    }
    let known = &known[..known.len().min(20)];
    Strength {
        length: secret.chars().count(),
        classes: CharacterClasses::of(secret),
        entropy: entropy_per_char(secret),
        guesses_log10: zxcvbn::zxcvbn(&secret[..end], known).guesses_log10(),
    }
}

/// Shannon entropy in bits per byte of the text's own distribution.
#[must_use]
pub fn entropy_per_char(text: &str) -> f64 {
    let text = super::bounded(text);
    let mut counts = [0u32; 256];
    for &byte in text.as_bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = text.len() as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / length;
            -share * share.log2()
        })
        .sum()
}

/// Whether a literal password is too weak for a production database: shorter
/// than 16 characters or of fewer than three kinds of characters, unless it is
/// at least 24 characters of random text, which needs no symbols.
#[must_use]
pub fn password_is_weak(password: &str, known: &[&str]) -> bool {
    let password = super::bounded(password);
    let length = password.chars().count();
    if length >= 24 && shape::looks_random(password) {
        return false;
    }
    length < 16
        || CharacterClasses::of(password).count() < 3
        || strength(password, known).guesses_log10 < 12.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_told_from_strong_ones() {
        for weak in [
            "",
            "hunter2",
            "Passw0rd!Passw0rd!",
            "correcthorsebatterystaple",
            "Ab1!",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(password_is_weak(weak, &[]), "{weak}");
        }
        for strong in [
            "vR7#kQ2!mX9$wL4&zT",
            "k3Jd82nFq0ZxLw7VtB5mYc1RsHgP9uEa",
            "9f3a1c7e5b2d4e8fa6c01d7b3e9f5a2c",
        ] {
            assert!(!password_is_weak(strong, &[]), "{strong}");
        }
    }

    #[test]
    fn a_huge_value_is_measured_quickly() {
        let huge = "aB3$".repeat(300_000);
        assert_eq!(strength(&huge, &[]).length, super::super::MAX_VALUE);
    }

    #[test]
    fn entropy_is_that_of_the_distribution() {
        assert!((entropy_per_char("aabb") - 1.0).abs() < 1e-9);
        assert!(entropy_per_char("aaaa").abs() < 1e-9);
    }
}
