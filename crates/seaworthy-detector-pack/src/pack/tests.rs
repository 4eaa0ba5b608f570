use super::*;

const GOOD: &str = r#"provider = "Example Cloud"

[[detector]]
id = "example-api-key"
name = "Example API key"
description = "Creates servers."
revoke = "Console → API keys"
severity = "critical"
anchors = ["exc_live_"]
expression = '\bexc_live_[A-Za-z0-9]{8}\b'
matches = ['k = "exc_¦live_Zk3vPq8L"', 'exc_¦live_b7Qd2mXw']
rejects = ['exc_live_short', 'exc_live_']

[[detector]]
id = "example-secret"
name = "Example secret"
description = "Signs requests."
revoke = "Console"
severity = "high"
names = ["example secret", "example cloud secret key"]
value = '[0-9a-f]{32}'
requires = ["example"]
entropy = 3
paths = ["*.env", "config/**"]
matches = ['EXAMPLE_SECRET=1', 'EXAMPLE_SECRET=2']
rejects = ['EXAMPLE_SECRET=', 'EXAMPLE=1']
"#;

#[test]
fn a_pack_is_read_with_all_its_keys() {
    let (detectors, problems) = parse(GOOD);
    assert_eq!(problems, []);
    let [key, secret] = &detectors[..] else { panic!("two detectors") };
    assert_eq!((key.kind.id, key.kind.provider), ("example-api-key", "Example Cloud"));
    assert_eq!((key.kind.severity, key.kind.precision), (Severity::Critical, Precision::High));
    assert_eq!(
        key.matches.iter().collect::<Vec<_>>(),
        ["k = \"exc_live_Zk3vPq8L\"", "exc_live_b7Qd2mXw"]
    );
    let Shape::Anchored { anchors, lead, reach, tail_length, .. } = key.shape else {
        panic!("anchored")
    };
    assert_eq!((anchors, lead, reach, tail_length), (Texts("exc_live_\0"), 0, 17, 8));
    let Shape::Named { names, value } = secret.shape else { panic!("named") };
    assert_eq!(names, Texts("example secret\0example cloud secret key\0"));
    assert_eq!(value, "[0-9a-f]{32}");
    assert_eq!(secret.kind.precision, Precision::Medium);
    assert_eq!((secret.requires, secret.paths), (Texts("example\0"), Texts("*.env\0config/**\0")));
    assert!((secret.entropy - 3.0).abs() < f32::EPSILON);
}

/// What is told when a line of the good pack is another, and the text it points
/// at.
#[test]
fn every_fault_is_told_at_its_place_and_the_detector_is_left_out() {
    let cases = [
        ("provider = \"Example Cloud\"", "", "`provider` is missing", ""),
        (
            "name = \"Example API key\"",
            "nme = 'x'",
            "unknown key `nme`; did you mean `name`?",
            "nme",
        ),
        ("name = \"Example API key\"", "", "`name` is missing", "\"example-api-key\""),
        ("name = \"Example API key\"", "name = 3", "expected a string", "3"),
        ("name = \"Example API key\"", "name = ' '", "`name` is empty", "' '"),
        (
            "\"example-api-key\"",
            "'Example_key'",
            "an id is in kebab-case: `example-api-key`",
            "'Example_key'",
        ),
        ("\"example-api-key\"", "'a--b'", "an id is in kebab-case: `example-api-key`", "'a--b'"),
        (
            "\"example-secret\"",
            "'example-api-key'",
            "the id `example-api-key` is taken",
            "'example-api-key'",
        ),
        (
            "\"critical\"",
            "'error'",
            "expected one of `info`, `low`, `medium`, `high`, `critical`",
            "'error'",
        ),
        (
            "\"critical\"",
            "'low'\nprecision = 'very-high'",
            "`very-high` needs a `proof`",
            "'very-high'",
        ),
        (
            "\"critical\"",
            "'low'\nproof = 'github-crc'",
            "unknown proof `github-crc`; did you mean `github-crc32`?",
            "'github-crc'",
        ),
        ("[\"exc_live_\"]", "[]", "`anchors` is empty", "[]"),
        ("[\"exc_live_\"]", "['ex']", "an anchor has 3 to 64 bytes of ASCII", "'ex'"),
        ("[\"exc_live_\"]", "'exc'", "expected a list of strings", "'exc'"),
        (
            "[\"exc_live_\"]",
            "['exc_test_']",
            "a match need not contain any of the anchors",
            r"'\bexc_live_[A-Za-z0-9]{8}\b'",
        ),
        (
            "[\"exc_live_\"]",
            "['exc_test_']",
            "the example contains none of the anchors",
            "'exc_¦live_b7Qd2mXw'",
        ),
        ("{8}\\b'", "{8}('", "unclosed group", "("),
        (
            "{8}\\b'",
            "+'",
            "the length of a match has no bound: use `{n,m}`",
            r"'\bexc_live_[A-Za-z0-9]+'",
        ),
        (
            "{8}\\b'",
            "{8}(?<key>x)'",
            "a group is named `key`: only `secret` and `body` are",
            r"'\bexc_live_[A-Za-z0-9]{8}(?<key>x)'",
        ),
        ("expression = ", "ignore-case = 1\nexpression = ", "expected `true` or `false`", "1"),
        ("expression = ", "value = '1'\nexpression = ", "`value` goes with `names`", "'1'"),
        (
            ", 'exc_¦live_b7Qd2mXw'",
            "",
            "`matches` needs at least two examples",
            "['k = \"exc_¦live_Zk3vPq8L\"']",
        ),
        ("'exc_live_short'", "'¦'", "an example is empty", "'¦'"),
        (
            "[\"example secret\", ",
            "[\"Example secret\", ",
            "a name is words of lower-case letters and digits, one space between",
            "\"Example secret\"",
        ),
        ("[\"example secret\", ", "['a bc', ", "a name needs a word of three letters", "'a bc'"),
        ("value = '[0-9a-f]{32}'", "", "`value` is missing", "\"example-secret\""),
        ("value = '[0-9a-f]{32}'", "value = '[0-9a-f'", "unclosed character class", "["),
        (
            "value = ",
            "anchors = ['abc']\nvalue = ",
            "`anchors` does not go with `names`",
            "['abc']",
        ),
        (
            "[\"example\"]",
            "['Example']",
            "a required word is in lower case and has two letters",
            "'Example'",
        ),
        ("entropy = 3", "entropy = 9", "expected a number from 0 to 8", "9"),
        ("entropy = 3", "entropy = '3'", "expected a number from 0 to 8", "'3'"),
        ("\"*.env\"", "'a[b'", "a `[` of the path is not closed", "'a[b'"),
        ("\"*.env\"", "''", "a path is one line that is not empty", "''"),
        ("severity = \"high\"", "severity = \"high\"\nseverity = 'low'", "", ""),
    ];
    for (from, to, message, place) in cases {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replacen(from, to, 1);
        let (detectors, problems) = parse(&text);
        assert!(!problems.is_empty(), "{from} → {to}");
        if message.is_empty() {
            continue;
        }
        let found = problems.iter().any(|p| p.message == message && p.region.of(&text) == place);
        assert!(found, "{from} → {to}: {problems:?}");
        assert!(detectors.len() < 2 || message.contains("provider"), "{from} → {to}");
    }
}

#[test]
fn any_text_is_read_without_harm() {
    let cases =
        ["", "provider", "[[detector]]", "detector = 1", "detector = [1]", "[detector]\nid=1"];
    for text in cases {
        assert!(!parse(text).1.is_empty(), "{text}");
    }
    let many = format!("provider = 'x'\n{}", "[[detector]]\n".repeat(20_000));
    assert!(parse(&many).1.len() <= MOST_PROBLEMS);
}
