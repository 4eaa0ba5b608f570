//! Tests of the lossless reading.

use super::*;

fn keys_and_values(text: &str) -> Vec<(String, String)> {
    EnvFile::parse(text)
        .entries()
        .iter()
        .map(|entry| (entry.key.to_string(), entry.value.to_string()))
        .collect()
}

#[test]
fn a_value_is_read_as_meant() {
    let cases = [
        ("A=1", "1"),
        ("A = 1 ", "1"),
        ("\tA=1", "1"),
        ("export A=1", "1"),
        ("export\tA = x y  z", "x y  z"),
        ("A=", ""),
        ("A=   ", ""),
        ("A=a=b==", "a=b=="),
        ("A=x # note", "x"),
        ("A=x\t# note", "x"),
        ("A=x#kept", "x#kept"),
        ("A=#kept", "#kept"),
        ("A= # note", ""),
        ("A=\"x # kept\" # note", "x # kept"),
        ("A='x # kept'# note", "x # kept"),
        ("A=`x 'y' \"z\"`", "x 'y' \"z\""),
        ("A=\"a\\nb\\tc\"", "a\nb\tc"),
        ("A=\"say \\\"hi\\\"\"", "say \"hi\""),
        ("A=\"a\\\\nb\"", "a\\nb"),
        ("A=\"\\$B\"", "\\$B"),
        ("A='a\\nb'", "a\\nb"),
        ("A=a\\nb", "a\\nb"),
        ("A=\"one\r\ntwo\rthree\nfour\"", "one\ntwo\nthree\nfour"),
        ("A=\"C:\\dir\\\"", "C:\\dir\\"),
        ("A=it's", "it's"),
        ("A=\"open", "\"open"),
        ("A=\"x\" y", "\"x\" y"),
        ("A=\"a\"'b'", "\"a\"'b'"),
        ("A=${B:-c}", "${B:-c}"),
        ("A: word", "word"),
        ("\u{feff}A=1", "1"),
        ("A=ü # é", "ü"),
    ];
    for (text, value) in cases {
        assert_eq!(keys_and_values(text), [("A".to_owned(), value.to_owned())], "{text}");
    }
}

#[test]
fn every_line_end_ends_a_line() {
    let expected = [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "2".to_owned())];
    for text in ["A=1\nB=2", "A=1\r\nB=2\r\n", "A=1\rB=2\r", "\n\nA=1\n\r\n  \nB=2"] {
        assert_eq!(keys_and_values(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_no_assignment_is_an_error_and_no_entry() {
    use EnvErrorKind::{InvalidKey, NotAnAssignment};
    let cases = [
        ("copy this file to .env", NotAnAssignment),
        ("https://example.org/?a=b", NotAnAssignment),
        ("see https://example.org/?a=b", NotAnAssignment),
        ("NOTE: fill these in", NotAnAssignment),
        ("{{#if X}}", NotAnAssignment),
        ("{% if x == 1 %}", NotAnAssignment),
        ("{{ KEY }}=1", NotAnAssignment),
        ("┌──────┐", NotAnAssignment),
        ("│ A=1  │", NotAnAssignment),
        ("========", NotAnAssignment),
        ("<<<<<<< HEAD", NotAnAssignment),
        ("word", NotAnAssignment),
        ("setenv A 1", NotAnAssignment),
        ("export", NotAnAssignment),
        ("=1", InvalidKey),
        ("A B=1", InvalidKey),
        ("\"A\"=1", InvalidKey),
        ("A/B=1", InvalidKey),
        ("É=1", InvalidKey),
    ];
    for (text, kind) in cases {
        let file = EnvFile::parse(text);
        assert_eq!(file.errors().iter().map(|e| e.kind).collect::<Vec<_>>(), [kind], "{text}");
        assert!(file.entries().is_empty(), "{text}");
    }
}

#[test]
fn a_doubtful_line_is_an_entry_with_an_error() {
    use EnvErrorKind::{ColonSeparator, InvalidKey, TextAfterQuote, UnterminatedQuote};
    let cases = [
        ("A-B=1", InvalidKey, "A-B"),
        ("2A=1", InvalidKey, "2A"),
        ("A: 1", ColonSeparator, "A"),
        ("A=\"x", UnterminatedQuote, "\"x"),
        ("A=\"x\" y # z", TextAfterQuote, "\"x\" y"),
    ];
    for (text, kind, place) in cases {
        let file = EnvFile::parse(text);
        assert_eq!(file.entries().len(), 1, "{text}");
        let found: Vec<_> = file.errors().iter().map(|e| (e.kind, e.region.of(text))).collect();
        assert_eq!(found, [(kind, place)], "{text}");
    }
}

#[test]
fn an_open_quote_does_not_swallow_the_lines_below() {
    for text in ["A=\"abc\nB=2", "A='abc\nB=2\n", "A=\"abc\nB=\"2\" x", "A=`abc\r\nB=\"2\""] {
        let keys: Vec<_> = keys_and_values(text).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["A", "B"], "{text:?}");
    }
}

#[test]
fn names_without_a_value_are_kept_apart() {
    for (text, key, exported) in
        [("A_B", "A_B", false), ("export a", "a", true), ("A # note", "A", false)]
    {
        let file = EnvFile::parse(text);
        let entry = &file.entries()[0];
        assert_eq!((&*entry.key, entry.exported, entry.has_value), (key, exported, false));
        assert!(file.errors().is_empty(), "{text}");
    }
    let file = EnvFile::parse("A=1\nA=2\nA\n");
    assert_eq!(file.get("A").map(|entry| &*entry.value), Some("2"));
    assert_eq!(file.get("B"), None);
}

#[test]
fn regions_cover_what_they_name() {
    let text = "# a\n  export A = \"x\\ny\"  # note \nB= # none\nC='two\nlines'\nD=v\n";
    let file = EnvFile::parse(text);
    let of = |region: Region| region.of(text);
    let [a, b, c, d] = file.entries() else { panic!("four entries") };
    assert_eq!(of(a.key_region), "A");
    assert_eq!(of(a.value_region), "x\\ny");
    assert_eq!(of(a.raw_region), "\"x\\ny\"");
    assert_eq!(of(a.region), "export A = \"x\\ny\"  # note");
    assert_eq!((a.quote, a.exported), (Quote::Double, true));
    assert_eq!(a.inline_comment.map(of), Some("# note"));
    assert_eq!(b.value_region, Region::empty(b.key_region.end + 1));
    assert_eq!(of(b.region), "B= # none");
    assert_eq!(of(c.region), "C='two\nlines'");
    assert_eq!((of(d.value_region), d.raw_region), ("v", d.value_region));
    assert_eq!(
        file.comments().iter().map(|c| of(*c)).collect::<Vec<_>>(),
        ["# a", "# note", "# none"]
    );
}

#[test]
fn comment_lines_may_hold_variables() {
    let cases: &[(&str, Option<(&str, &str)>)] = &[
        ("# A=1", Some(("A", "1"))),
        ("#A=1", Some(("A", "1"))),
        ("## export A = 'x y' # z", Some(("A", "x y"))),
        ("# api_key=abc", Some(("api_key", "abc"))),
        ("# A=", Some(("A", ""))),
        ("# A=\"open", Some(("A", "\"open"))),
        ("# see https://example.org/?a=b", None),
        ("# https://example.org/?a=b", None),
        ("# x = y", None),
        ("# a=b is the usual form", None),
        ("# A", None),
        ("# NOTE: this", None),
        ("# ===== A =====", None),
    ];
    for (text, expected) in cases {
        let file = EnvFile::parse(text);
        let found = file.commented().first().map(|entry| (&*entry.key, &*entry.value));
        assert_eq!(found, *expected, "{text}");
        assert!(file.entries().is_empty() && file.errors().is_empty(), "{text}");
        assert_eq!(file.comments(), [Region::new(0, text.len())], "{text}");
    }
}

#[test]
fn an_unquoted_key_block_is_one_error() {
    let text =
        "K=-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\nbm90YQ==\n-----END PRIVATE KEY-----\nB=1\n";
    let file = EnvFile::parse(text);
    assert_eq!(keys_and_values(text)[1], ("B".to_owned(), "1".to_owned()));
    let [error] = file.errors() else { panic!("one error") };
    assert_eq!(error.kind, EnvErrorKind::UnquotedMultiline);
    assert!(error.region.of(text).starts_with("bm90IGEg"));
    let open = "K=-----BEGIN PRIVATE KEY-----\nB=1\n";
    assert_eq!(keys_and_values(open).len(), 2);
}

#[test]
fn debug_shows_no_value() {
    let file = EnvFile::parse("A=hunter2hunter2\n# B=\"swordfish\"\n");
    let shown = format!("{file:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("swordfish"), "{shown}");
}

#[test]
fn open_quotes_end_with_their_lines() {
    for line in ["A=\"\n", "A='x\n", "A=\"\\\"\n", "A=\"x\\\"`'\n", "A=\"\" x\n"] {
        let text = line.repeat(30_000);
        assert!(EnvFile::parse(&text).entries().len() >= 15_000);
    }
    let text = format!("A=\"{}", "\\\" x".repeat(60_000));
    assert_eq!(EnvFile::parse(&text).entries().len(), 1);
}

/// A small generator of numbers, the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("smaller than a usize")
    }
}

#[test]
fn mutated_texts_neither_panic_nor_leave_their_bounds() {
    let samples = [
        "\u{feff}# setup\r\nexport A=\"x\\ny ${B:-é}\" # note\nB='it\\'s'\nC=`z`\n",
        "# KEY=value # x\nK=-----BEGIN KEY-----\nYWJj\n-----END KEY-----\nD: 1\n{{#if X}}\n",
        "A=$B$$C${D:-${E:+f}}\rB=\u{2028}\"open\n'q'=1\nL=${A:?m}\\0101\\$\u{a0}=\n",
    ];
    let pieces =
        ["\"", "'", "`", "\\", "$", "${", "}", "=", "#", " ", "\n", "\r", "é", ":", "export "];
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..4_000 {
        let mut text: Vec<char> = samples[round % samples.len()].chars().collect();
        for _ in 0..=numbers.below(6) {
            let at = numbers.below(text.len());
            let piece = pieces[numbers.below(pieces.len())].chars();
            let until = at + numbers.below(3).min(text.len() - at);
            text.splice(at..until, piece);
        }
        let text: String = text.into_iter().collect();
        let file = EnvFile::parse(&text);
        let fits = |region: Region| text.get(region.range()).is_some();
        for entry in file.entries().iter().chain(file.commented()) {
            assert_eq!(entry.key_region.of(&text), &*entry.key, "{text:?}");
            assert!(fits(entry.region) && fits(entry.raw_region), "{text:?}");
            assert!(entry.region.contains(entry.raw_region), "{text:?}");
            assert!(entry.raw_region.contains(entry.value_region), "{text:?}");
            assert!(fits(entry.value_region), "{text:?}");
        }
        assert!(file.errors().iter().all(|error| fits(error.region)), "{text:?}");
        assert!(file.comments().iter().all(|&comment| fits(comment)), "{text:?}");
        assert!(file.comments().is_sorted(), "{text:?}");
        for loader in [Loader::Dotenv, Loader::Next, Loader::Compose, Loader::PythonDotenv] {
            let loaded = load(&text, loader, &|_| None);
            for entry in &loaded.values {
                assert_eq!(entry.key_region.of(&text), entry.key, "{loader:?} {text:?}");
            }
            assert!(loaded.error.is_none_or(|error| fits(error.region)), "{loader:?} {text:?}");
        }
    }
}
