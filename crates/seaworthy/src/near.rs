//! Names near one that does not exist: what was meant.

/// Longer names are not compared: nobody misspells those.
const LONGEST: usize = 80;
/// How many names are told.
const MOST: usize = 5;

/// The names that are spelled nearly like `name`; if there are none, those that share
/// most words with it.
pub(crate) fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let known: Vec<&str> = known.collect();
    let name = name.to_lowercase();
    let allowed = name.chars().count().div_ceil(4).min(4);
    let mut spelled: Vec<(usize, &str)> = known
        .iter()
        .map(|&other| (distance(&name, &other.to_lowercase()), other))
        .filter(|&(distance, _)| distance <= allowed)
        .collect();
    spelled.sort();
    if !spelled.is_empty() {
        return spelled.into_iter().map(|(_, other)| other).take(MOST).collect();
    }
    let words: Vec<&str> = name.split(['-', '_', ' ']).filter(|word| word.len() > 2).collect();
    let shared = |id: &str| words.iter().filter(|word| id.contains(*word)).count();
    let mut near: Vec<&str> = known.into_iter().filter(|id| shared(id) > 0).collect();
    near.sort_by_key(|id| std::cmp::Reverse(shared(id)));
    near.truncate(MOST);
    near
}

/// How many letters are added, left out, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut least = (row[j] + usize::from(x != y)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                least = least.min(above[j - 1] + 1);
            }
            next.push(least);
        }
        (above, row) = (row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found() {
        let known = ["scan", "schema", "env-file-tracked", "env-file-reference", "stripe-key"];
        let cases = [
            ("sacn", &["scan"][..]),
            ("SCAN", &["scan"]),
            ("schem", &["schema"]),
            ("env-file-trcked", &["env-file-tracked"]),
            ("stripe", &["stripe-key"]),
            ("env files", &["env-file-tracked", "env-file-reference"]),
            ("zz", &[]),
            ("", &[]),
        ];
        for (name, want) in cases {
            assert_eq!(near(name, known.into_iter()), want, "{name}");
        }
        assert_eq!(near(&"x".repeat(100_000), known.into_iter()), [""; 0]);
    }
}
