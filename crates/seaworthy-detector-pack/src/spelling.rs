//! What a misspelt word may have meant.

/// The known word that differs by at most a third of its letters, as the end of
/// a message: "; did you mean `id`?".
pub(crate) fn hint<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len())
        .min()
        .map_or(String::new(), |(_, candidate)| format!("; did you mean `{candidate}`?"))
}

/// A word of the file, cut to what a message can bear.
pub(crate) fn short(word: &str) -> String {
    let cut: String = word.chars().take(80).collect();
    if cut.len() < word.len() { format!("{cut}…") } else { cut }
}

/// Levenshtein's distance; long words are told apart by their length alone.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 100 || b.len() > 100 {
        return a.len().max(b.len());
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let cost = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
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
