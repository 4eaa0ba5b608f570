use super::parse;
use crate::tree::sketch::{assert_sound, sketch, sketch_errors};

/// Checks the sketch and the errors of each text.
#[track_caller]
fn table(cases: &[(&str, &str, &str)]) {
    for (text, want, errors) in cases {
        let tree = parse(text);
        assert_sound(&tree, text);
        assert_eq!(sketch(&tree, text), *want, "tree of {text:?}");
        assert_eq!(sketch_errors(&tree, text), *errors, "errors of {text:?}");
        assert!(!tree.is_uncertain(), "{text:?} is read by the parser");
    }
}

#[test]
fn sound_documents_become_trees() {
    table(&[
        ("", "~", ""),
        ("# only a comment\n", "~", ""),
        ("a: 1\nb: yes\nc: true", "{'a': #1, 'b': 'yes', 'c': true}", ""),
        ("- x\n-  - y\n   - 'it''s'\n", r#"['x', ['y', 'it\'s'@"'it''s'"]]"#, ""),
        (r#"a: "q\n\"é\"""#, r#"{'a': 'q\n\"é\"'@"\"q\\n\\\"é\\\"\""}"#, ""),
        ("a:\n- x\nb: [1, {c: d}]\n", "{'a': ['x'], 'b': [#1, {'c': 'd'}]}", ""),
        ("a:\nb: ~\nc: ''\n? d\n", r#"{'a': ~, 'b': ~@"~", 'c': ''@"''", 'd': ~}"#, ""),
        ("- \n-\n", "[~, ~]", ""),
        ("80: x\ntrue: y\nnull: z\n", r#"{#80: 'x', true: 'y', ~@"null": 'z'}"#, ""),
        ("a: multi\n   line\n", r#"{'a': 'multi line'@"multi\n   line"}"#, ""),
        (
            "p: !reset null\nq: !override\n  - 1\nr: !!str 5\ns: !reset\n",
            r#"{'p': !reset ~@"null", 'q': !override [#1], 'r': !!str '5', 's': !reset ~}"#,
            "",
        ),
        ("--- \na\n...\n---\n---\nb\n", "'a' --- ~ --- 'b'", ""),
        ("'quoted key': \"v\"\n", r#"{'quoted key'@"'quoted key'": 'v'@"\"v\""}"#, ""),
        ("url: http://h:80/#frag\n", "{'url': 'http://h:80/#frag'}", ""),
    ]);
}

#[test]
fn block_scalars_cover_their_content_lines() {
    table(&[
        ("a: |\n  one\n  two\nb: 1\n", r#"{'a': 'one\ntwo\n'@"one\n  two", 'b': #1}"#, ""),
        ("a: >-\n  f\n  g\n\nb: 1\n", r#"{'a': 'f g'@"f\n  g", 'b': #1}"#, ""),
        ("a: |+\n  k\n\n", r#"{'a': 'k\n\n'@"k"}"#, ""),
        ("a: |2\n    x\n", r#"{'a': '  x\n'@"  x"}"#, ""),
        ("a: |\r\n  x\r\n  y\r\n", r#"{'a': 'x\ny\n'@"x\r\n  y"}"#, ""),
        ("a: |\n  x\n # c\nb: 1\n", r#"{'a': 'x\n'@"x", 'b': #1}"#, ""),
        ("a: |\n", "{'a': ''}", ""),
    ]);
}

#[test]
fn marks_and_line_ends_keep_regions_right() {
    table(&[
        ("\u{feff}a: b # c\r\nd: é\r\n", "{'a': 'b', 'd': 'é'}", ""),
        ("a: b\rc: d\r", "{'a': 'b', 'c': 'd'}", ""),
        ("🦀: é # ü\nb: ß\n", "{'🦀': 'é', 'b': 'ß'}", ""),
    ]);
    let text = "\u{feff}a: b # c\r\n# ü\r\nd: '# no'\r\n";
    let comments: Vec<&str> = parse(text).comments().iter().map(|region| region.of(text)).collect();
    assert_eq!(comments, ["# c", "# ü"]);
}

#[test]
fn collections_reach_from_first_to_last_child_or_bracket() {
    let text =
        "services:\n  web:\n    ports: [ 80, 81 ]  # c\n    env:\n    - A=1\n    - B=2\n\nx: {}\n";
    let tree = parse(text);
    let web = tree.root().at(&["services", "web"]).unwrap();
    assert_eq!(web.region().of(text), "ports: [ 80, 81 ]  # c\n    env:\n    - A=1\n    - B=2");
    assert_eq!(web.get("ports").unwrap().region().of(text), "[ 80, 81 ]");
    assert_eq!(web.get("env").unwrap().region().of(text), "A=1\n    - B=2");
    assert_eq!(tree.root().get("x").unwrap().region().of(text), "{}");
}

#[test]
fn aliases_point_at_their_anchors() {
    table(&[
        ("x: &a {k: v}\ny: *a\n", r#"{'x': {'k': 'v'}, 'y': *"{k: v}"}"#, ""),
        ("- &a 1\n- &a 2\n- *a\n", r#"[#1, #2, *"2"]"#, ""),
        ("- *nope\n", "[*?]", r#"alias of an unknown anchor @"*nope""#),
        ("w: &w [*w]\n", "{'w': [*?]}", r#"alias stands inside its own anchor @"*w""#),
        ("- &a 1\n---\n- *a\n", "[#1] --- [*?]", r#"alias of an unknown anchor @"*a""#),
        ("? &k a\n: *k\n", r#"{'a': *"a"}"#, ""),
    ]);
}

#[test]
fn duplicate_keys_are_errors_and_stay_in_the_tree() {
    let twice = r#"duplicate key @"a""#;
    table(&[
        ("a: 1\nb: 2\na: 3\n", "{'a': #1, 'b': #2, 'a': #3}", twice),
        ("{a: 1, a: 2}", "{'a': #1, 'a': #2}", twice),
        ("x:\n  a: 1\ny:\n  a: 1\n", "{'x': {'a': #1}, 'y': {'a': #1}}", ""),
        ("'1': a\n1: b\n", r#"{'1'@"'1'": 'a', #1: 'b'}"#, r#"duplicate key @"1""#),
    ]);
}
