//! The packs of `rules/`, compiled by the build script.

use seaworthy_detector_pack::{
    Beside, Detector, Entry, Family, Finder, Index, Kind, Literal, Proof, Shape, TRIGRAMS, Table,
    Target, Texts,
};
use seaworthy_model::{Precision, Severity};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The tables of the embedded packs and the structural finders.
#[must_use]
pub fn embedded() -> &'static Table {
    &TABLE
}

#[cfg(test)]
mod tests {
    use regex_automata::meta::Regex;
    use regex_automata::util::syntax;

    use super::*;

    /// The secrets that the expression of an anchored detector finds.
    fn secrets(detector: &Detector, expression: &str, text: &str) -> Vec<String> {
        let regex = Regex::builder()
            .configure(Regex::config().utf8_empty(false))
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .build(expression)
            .expect("the build compiled it");
        let group = |name: &str, captures: &regex_automata::util::captures::Captures| {
            captures.get_group_by_name(name).map(|span| text[span.range()].to_owned())
        };
        regex
            .captures_iter(text)
            .filter_map(|captures| {
                let whole = captures.get_match().map(|found| text[found.range()].to_owned());
                let secret = group("secret", &captures).or(whole)?;
                let body = group("body", &captures).unwrap_or_else(|| secret.clone());
                detector.proof.is_none_or(|proof| proof.holds(&body)).then_some(secret)
            })
            .collect()
    }

    #[test]
    fn the_expressions_find_one_secret_in_each_match() {
        let mut wrong = String::new();
        for detector in TABLE.detectors {
            let Shape::Anchored { expression, .. } = detector.shape else { continue };
            for text in detector.matches {
                let count = secrets(detector, expression, text).len();
                if count != 1 {
                    wrong.push_str(&format!("{}: {count} in {text}\n", detector.kind.id));
                }
            }
        }
        assert_eq!(wrong, "");
    }

    #[test]
    fn the_window_around_an_anchor_holds_the_match() {
        for detector in TABLE.detectors {
            let Shape::Anchored {
                anchors,
                ignore_case,
                expression,
                lead,
                reach,
                tail,
                tail_length,
            } = &detector.shape
            else {
                continue;
            };
            let regex = Regex::builder()
                .syntax(syntax::Config::new().unicode(false).utf8(false))
                .configure(Regex::config().utf8_empty(false))
                .build(expression)
                .expect("the build compiled it");
            for text in detector.matches {
                let Some(found) = regex.find(text) else { continue };
                let inside = &text.as_bytes()[found.range()];
                let holds = |start: usize, anchor: &str| {
                    let after = &inside[start + anchor.len()..];
                    start <= *lead
                        && inside.len() - start <= *reach
                        && after.len() >= *tail_length
                        && after[..*tail_length]
                            .iter()
                            .all(|byte| tail[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1)
                };
                let any = anchors.iter().any(|anchor| {
                    inside.windows(anchor.len()).enumerate().any(|(start, window)| {
                        let same = window == anchor.as_bytes()
                            || *ignore_case && window.eq_ignore_ascii_case(anchor.as_bytes());
                        same && holds(start, anchor)
                    })
                });
                assert!(any, "{}: {text}", detector.kind.id);
            }
        }
    }

    #[test]
    fn an_id_is_given_once() {
        let mut ids: Vec<&str> = TABLE.detectors.iter().map(|detector| detector.kind.id).collect();
        ids.extend(crate::find::KINDS.iter().map(|kind| kind.id));
        ids.extend(crate::files::KINDS.iter().map(|kind| kind.id));
        ids.push(crate::session::VERIFIED.id);
        ids.sort_unstable();
        let twice: Vec<&[&str]> = ids.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn the_tables_are_found_as_they_were_built() {
        let indexes = [&TABLE.everywhere, &TABLE.near_runs];
        for (index, number, literal) in indexes
            .into_iter()
            .flat_map(|index| (0..).zip(index.literals).map(move |(n, l)| (index, n, l)))
        {
            let (text, start) = match literal.beside {
                Beside::Before(word) => (format!("{word}_{}", literal.text), word.len() + 1),
                Beside::After(word) => (format!("{}_{word}", literal.text), 0),
                Beside::Anything | Beside::Ends => (literal.text.to_owned(), 0),
            };
            let mut found = false;
            index.hits(text.as_bytes(), |hit, at| found |= hit == number && at == start);
            assert!(found && !index.targets_of(number).is_empty(), "{}", literal.text);
        }
        let anchored = TABLE.detectors.iter().filter(|d| matches!(d.shape, Shape::Anchored { .. }));
        assert!(anchored.count() > 300);
    }
}
