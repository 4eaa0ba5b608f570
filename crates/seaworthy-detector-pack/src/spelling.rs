//! Words of a pack in messages: what a misspelt one may have meant, a long one cut.

use seaworthy_model::nearest;

/// The known word that is nearest, as the end of a message: "; did you mean `id`?".
pub(crate) fn hint<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(word, known).map_or(String::new(), |known| format!("; did you mean `{known}`?"))
}

/// A word of the file, cut to what a message can bear.
pub(crate) fn short(word: &str) -> String {
    let cut: String = word.chars().take(80).collect();
    if cut.len() < word.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let known = ["anchors", "expression", "name"];
        let cases = [
            ("anchor", "; did you mean `anchors`?"),
            ("expresion", "; did you mean `expression`?"),
            ("nme", "; did you mean `name`?"),
            ("severity", ""),
            ("", ""),
        ];
        for (word, want) in cases {
            assert_eq!(hint(word, known.into_iter()), want, "{word}");
        }
        assert_eq!(hint(&"x".repeat(1_000_000), known.into_iter()), "");
    }
}
