//! The tables against a plain search, over texts made to be hard.

use super::*;
use crate::pack;

/// The detectors of a pack made for the tests.
pub(crate) fn detectors(text: &str) -> &'static [Detector] {
    let (detectors, problems) = pack::parse(text);
    assert_eq!(problems, []);
    Vec::leak(detectors)
}

fn anchored(id: usize, anchor: &str, ignore_case: bool) -> String {
    let flag = if ignore_case { "(?i)" } else { "" };
    let mut escaped = String::new();
    anchor.bytes().for_each(|byte| escaped.push_str(&format!("\\x{byte:02x}")));
    format!(
        "[[detector]]\nid = 'd-{id}'\nname = 'n'\ndescription = 'd'\nrevoke = 'r'\n\
         severity = 'low'\nanchors = [{anchor:?}]\nignore-case = {ignore_case}\n\
         expression = '{flag}{escaped}[0-9]'\nmatches = [{anchor:?}, {anchor:?}]\n\
         rejects = ['a', 'b']\n"
    )
}

fn named(id: usize, names: &[&str]) -> String {
    format!(
        "[[detector]]\nid = 'd-{id}'\nname = 'n'\ndescription = 'd'\nrevoke = 'r'\n\
         severity = 'low'\nnames = {names:?}\nvalue = 'x'\n\
         matches = ['a', 'b']\nrejects = ['a', 'b']\n"
    )
}

/// A small generator of numbers, so that the texts are always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }
}

/// Whether the words of a name stand in the text, in any case, the first at `at`.
fn words_stand(text: &[u8], at: usize, words: &[&str]) -> bool {
    let Some(rest) = text[at..].get(..words[0].len()) else { return false };
    if !rest.eq_ignore_ascii_case(words[0].as_bytes()) {
        return false;
    }
    let end = at + words[0].len();
    let [_, second] = words else { return true };
    let gap = text[end..].iter().take(4).take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    words_stand(text, end + gap, &[second])
}

fn plainly(table: &Index, text: &[u8]) -> Vec<(usize, u16)> {
    let mut hits = Vec::new();
    let small = |at: usize| text.get(at).is_some_and(u8::is_ascii_lowercase);
    for (number, literal) in (0..).zip(table.literals) {
        let length = literal.text.len();
        for (at, found) in text.windows(length).enumerate() {
            let stands = if literal.ignore_case {
                words_stand(text, at, &[literal.text])
            } else {
                found == literal.text.as_bytes()
            };
            let beside = match literal.beside {
                Beside::Anything => true,
                Beside::Ends => {
                    let goes_on = |end: usize| end > 0 && small(end - 1) && small(end);
                    !goes_on(at) && !goes_on(at + length)
                }
                Beside::After(word) => words_stand(text, at, &[literal.text, word]),
                Beside::Before(word) => (0..at).any(|first| {
                    let end = first + word.len();
                    words_stand(text, first, &[word])
                        && end <= at
                        && at - end <= 4
                        && !text[end..at].iter().any(u8::is_ascii_alphanumeric)
                }),
            };
            if stands && beside {
                hits.push((at, number));
            }
        }
    }
    hits.sort_unstable();
    hits
}

fn by_table(table: &Index, text: &[u8]) -> Vec<(usize, u16)> {
    let mut hits = Vec::new();
    table.hits(text, |literal, at| hits.push((at, literal)));
    hits
}

#[test]
fn the_table_finds_what_a_plain_search_finds_and_in_its_order() {
    let anchors = [
        "abc",
        "abcabc",
        "bca",
        "cab_",
        "aaaa",
        "aaaaaaaaab",
        "ghx_",
        "key",
        "Key=",
        "://x",
        "_-_",
        "a.b",
        "A.B",
        "xyzzyxyzzy0",
        "0123456789abcdef0123456789abcdef",
    ];
    let mut text = "provider = 'P'\n".to_owned();
    for (number, anchor) in anchors.iter().enumerate() {
        text.push_str(&anchored(number, anchor, number % 3 == 0));
    }
    text.push_str(&named(
        100,
        &["abc key", "key abc", "ab cab", "cab ab", "abcabc", "key", "a key b"],
    ));
    let table = Table::build(detectors(&text), true).expect("few literals").everywhere;
    let mut numbers = Numbers(7);
    for round in 0..2_000 {
        let mut text = Vec::new();
        let length = numbers.below(120);
        while text.len() < length {
            match numbers.below(6) {
                0 => text.push(b"abcABC_-.:/x0"[numbers.below(13)]),
                1 => text.push(numbers.below(256) as u8),
                2 => {
                    let literal = &table.literals[numbers.below(table.literals.len())].text;
                    let upper = numbers.below(2) == 0;
                    text.extend(
                        literal.bytes().map(
                            |byte| {
                                if upper { byte.to_ascii_uppercase() } else { byte }
                            },
                        ),
                    );
                }
                3 => {
                    let literal = &table.literals[numbers.below(table.literals.len())].text;
                    text.extend(literal.bytes().take(numbers.below(literal.len())));
                }
                4 => text.extend(std::iter::repeat_n(b'a', numbers.below(20))),
                _ => text.extend(b"abc"),
            }
        }
        assert_eq!(by_table(&table, &text), plainly(&table, &text), "round {round}");
    }
}

#[test]
fn a_literal_is_found_at_every_offset_and_at_the_edges() {
    let pack = format!("provider = 'P'\n{}", anchored(0, "exq_live_", false));
    let table = Table::build(detectors(&pack), false).expect("few literals").everywhere;
    for before in 0..40 {
        for after in 0..40 {
            let text = format!("{}exq_live_{}", "-".repeat(before), "e".repeat(after));
            assert_eq!(by_table(&table, text.as_bytes()), [(before, 0)], "{before} {after}");
        }
    }
    for text in ["", "e", "ex", "exq_live", "xq_live_"] {
        assert_eq!(by_table(&table, text.as_bytes()), [], "{text}");
    }
}

#[test]
fn equal_literals_are_one_with_all_their_targets() {
    let pack = format!(
        "provider = 'P'\n{}{}{}",
        anchored(0, "secret", true),
        anchored(1, "secret", true),
        anchored(2, "secret", false)
    );
    let table = Table::build(detectors(&pack), true).expect("few literals").everywhere;
    let of: Vec<(bool, &[Target])> = (0..)
        .zip(table.literals)
        .filter(|(_, literal)| literal.text == "secret")
        .map(|(number, literal)| (literal.ignore_case, table.targets_of(number)))
        .collect();
    let any: &[Target] =
        &[Target::Detector(0), Target::Detector(1), Target::Finder(crate::Finder::Pair)];
    assert_eq!(of, [(false, &[Target::Detector(2)][..]), (true, any)]);
}

#[test]
fn a_name_is_looked_for_by_its_rarest_word_beside_another() {
    let cases: &[(&'static str, &str, Beside)] = &[
        ("adafruit io key", "adafruit", Beside::After("io")),
        ("api token zendesk", "zendesk", Beside::Before("token")),
        ("my zendesk token", "zendesk", Beside::After("token")),
        ("aio key", "aio", Beside::After("key")),
        ("do token", "token", Beside::Before("do")),
        ("adafruit", "adafruit", Beside::Ends),
    ];
    for &(words, word, beside) in cases {
        assert_eq!(place_of(words, &Rarity::new()), Some((word, beside)), "{words:?}");
    }
}

#[test]
fn words_of_a_name_are_found_beside_each_other() {
    let pack = format!("provider = 'P'\n{}", named(0, &["box tree token", "chec"]));
    let table = Table::build(detectors(&pack), false).expect("few literals").everywhere;
    let cases = [
        ("BOX_TREE_TOKEN=", 1),
        ("boxTreeToken", 1),
        ("box.tree-token", 1),
        ("box[\"tree\"]['token']", 1),
        ("tree __ - token", 0),
        ("the tree", 0),
        ("chec", 1),
        ("CHEC_KEY", 1),
        ("myChec", 1),
        ("checKey", 1),
        ("check", 0),
        ("xchec", 0),
    ];
    for (text, want) in cases {
        assert_eq!(by_table(&table, text.as_bytes()).len(), want, "{text}");
    }
}

#[test]
fn frequent_trigrams_are_known_as_such() {
    let rarity = Rarity::new();
    let of = |text: &str| places(text).map(|place| rarity.of(place)).fold(f32::MAX, f32::min);
    let texts = ["the", "key", "kto", "ktox", "qzx"];
    assert!(texts.is_sorted_by(|one, other| of(one) > of(other)), "{:?}", texts.map(of));
}
