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
    }
}

#[test]
fn sound_documents_become_trees() {
    table(&[
        ("", "{}", ""),
        ("# c\n", "{}", ""),
        (
            "a = 1\nb = true\nc = 1979-05-27\nd = 1_000\ne = 0x1F\nf = -1.5e3\ng = inf\n",
            "{'a': #1, 'b': true, 'c': '1979-05-27', 'd': #1_000, 'e': #0x1F, 'f': #-1.5e3, 'g': #inf}",
            "",
        ),
        (
            "a = \"\\u00e9\\n\"\nb = 'c:\\d'\n",
            r#"{'a': 'é\n'@"\"\\u00e9\\n\"", 'b': 'c:\\d'@"'c:\\d'"}"#,
            "",
        ),
        (
            "s = '''\nx\n'''\nm = \"\"\"a \\\n  b\"\"\"\n",
            r#"{'s': 'x\n'@"'''\nx\n'''", 'm': 'a b'@"\"\"\"a \\\n  b\"\"\""}"#,
            "",
        ),
        ("a = [1, [2], # c\n {b = 3},\n]\n", "{'a': [#1, [#2], {'b': #3}]}", ""),
        ("a = {b = 1, c.d = [true]}\n", "{'a': {'b': #1, 'c': {'d': [true]}}}", ""),
        ("a.b.c = 1\na.b.d = 2\na.e = 3\n", "{'a': {'b': {'c': #1, 'd': #2}, 'e': #3}}", ""),
        ("[a.b]\nc = 1\n[a]\nd = 2\n[x]\n", "{'a': {'b': {'c': #1}, 'd': #2}, 'x': {}}", ""),
        (
            "[[p]]\nn = 1\n[[p]]\nn = 2\n[p.q]\nr = 3\n[[p.s]]\n[[p.s]]\n",
            "{'p': [{'n': #1}, {'n': #2, 'q': {'r': #3}, 's': [{}, {}]}]}",
            "",
        ),
        (
            "\"a b\".'c' = 1\ntrue = 1\n1.5 = 2\n",
            r#"{'a b'@"\"a b\"": {'c'@"'c'": #1}, 'true': #1, '1': {'5': #2}}"#,
            "",
        ),
        ("\u{feff}a = 'é'\r\nb = '🦀'\r\n", r#"{'a': 'é'@"'é'", 'b': '🦀'@"'🦀'"}"#, ""),
    ]);
}

#[test]
fn what_is_written_twice_is_an_error_and_stays() {
    table(&[
        ("a = 1\na = 2\n", "{'a': #1, 'a': #2}", r#"duplicate key @"a""#),
        ("a = {b = 1, b = 2}\n", "{'a': {'b': #1, 'b': #2}}", r#"duplicate key @"b""#),
        ("[t]\nx = 1\n[t]\ny = 2\n", "{'t': {'x': #1, 'y': #2}}", r#"duplicate table @"t""#),
        ("a.b = 1\n[a]\nc = 1\n", "{'a': {'b': #1, 'c': #1}}", r#"duplicate table @"a""#),
        ("a = {}\na.b = 1\n", "{'a': {}, 'a': {'b': #1}}", r#"duplicate key @"a""#),
        ("[[a]]\n[a]\n", "{'a': [{}], 'a': {}}", r#"duplicate table @"a""#),
        ("[a]\n[[a]]\nx = 1", "{'a': {}, 'a': [{'x': #1}]}", r#"duplicate table @"a""#),
        ("a = 1\n[a.b]\nc = 1", "{'a': #1, 'a': {'b': {'c': #1}}}", r#"duplicate table @"a""#),
    ]);
}

#[test]
fn errors_leave_the_rest_of_the_file() {
    table(&[
        ("a = yes\nb = 1\n", "{'a': 'yes', 'b': #1}", r#"string values must be quoted @"yes""#),
        ("a\nb = 1\n", "{'b': #1}", r#"key with no value @"""#),
        ("a = \nb = 1\n", "{'a': ~, 'b': #1}", r#"string values must be quoted @"""#),
        ("[t\nx = 1\n", "{'t': {'x': #1}}", r#"unclosed table @"""#),
        ("a = \"un\nb = 1\n", r#"{'a': 'un'@"\"un", 'b': #1}"#, r#"invalid basic string @"""#),
    ]);
}

#[test]
fn an_unclosed_bracket_ends_where_the_next_statement_begins() {
    for (text, want) in [
        ("a = [1, 2\nb = 3\n[t]\nc = 1\n", "{'a': [#1, #2], 'b': #3, 't': {'c': #1}}"),
        ("a = [\n  1,\n  [2],\n[t]\nc = 1\n", "{'a': [#1, [#2]], 't': {'c': #1}}"),
        ("a = [1, # c\n[[t]]\nc = [2\nd = 3\n", "{'a': [#1], 't': [{'c': [#2], 'd': #3}]}"),
        ("[x]\na = {b = 1\n[t]\nc = 2\n", "{'x': {'a': {'b': #1}}, 't': {'c': #2}}"),
    ] {
        let tree = parse(text);
        assert_sound(&tree, text);
        assert_eq!(sketch(&tree, text), want, "tree of {text:?}");
        assert!(tree.is_uncertain() && !tree.errors().is_empty(), "{text:?}");
    }
}

#[test]
fn tables_reach_from_their_header_or_first_key_to_their_last_value() {
    let text = "a.b = 1\na.c = [ 2 ] # x\n\n[t]\nd = {e = 'f'}\n\n[[l]]\n[[l]]\nk = 1\n# end\n";
    let tree = parse(text);
    let region = |path: &[&str]| tree.root().at(path).unwrap().region().of(text);
    assert_eq!(region(&["a"]), "b = 1\na.c = [ 2 ]");
    assert_eq!(region(&["t"]), "[t]\nd = {e = 'f'}");
    assert_eq!(region(&["t", "d"]), "{e = 'f'}");
    assert_eq!(region(&["l"]), "[[l]]\n[[l]]\nk = 1");
    let comments: Vec<&str> = tree.comments().iter().map(|region| region.of(text)).collect();
    assert_eq!(comments, ["# x", "# end"]);
}

#[test]
fn quotes_are_outside_the_content() {
    let text = "a = 'x'\nb = \"\"\"y\"\"\"\nc = '''z'''\nd = ''\n";
    let tree = parse(text);
    let content = |key| tree.root().get(key).unwrap().content_region().of(text);
    assert_eq!([content("a"), content("b"), content("c"), content("d")], ["x", "y", "z", ""]);
}

#[test]
fn strings_that_are_not_closed_have_no_quotes_to_leave_out() {
    for text in [
        "[a.\"b\u{7a2}",
        "a = \"b\u{7a2}",
        "a = 'b\u{7a2}",
        "a = '\u{7a2}\n",
        "a = \"\"\"bc\u{7a2}",
    ] {
        let tree = parse(text);
        for node in tree.root().descendants() {
            assert!(text.get(node.content_region().range()).is_some(), "{text:?}");
        }
    }
}

#[test]
fn overlong_keys_are_errors() {
    let fits = vec!["k"; 64].join(".");
    let tree = parse(&format!("{fits} = 1\n"));
    assert!(tree.errors().is_empty());
    for text in [format!("{fits}.k = 1\nz = 2\n"), format!("[{fits}.k]\ny = 1\n[x]\nz = 2\n")] {
        let tree = parse(&text);
        let messages: Vec<&str> = tree.errors().iter().map(|error| &*error.message).collect();
        assert_eq!(messages, ["dotted key of too many segments"]);
        assert_eq!(tree.root().entries().len(), 1, "only what follows is kept");
    }
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    let nested = |open: &str| format!("a = {}", open.repeat(50_000));
    let texts = [
        nested("["),
        nested("{a = "),
        nested("[{a = "),
        format!("{} = 1", vec!["k"; 50_000].join(".")),
        format!("[{}]", vec!["k"; 50_000].join(".")),
        "a = [\n".repeat(5_000),
        "[[a]]\n".repeat(10_000),
        (0..10_000).map(|n| format!("[a.k{n}]\n")).collect(),
        format!("[{}]\n", vec!["k"; 60].join(".")).repeat(500),
        "a = 1\n".repeat(10_000),
        "= \n".repeat(10_000),
        format!("a = \"{}\"", "\\n".repeat(100_000)),
        format!("a = [{}]", "1, ".repeat(20_000)),
    ];
    for text in texts {
        let tree = parse(&text);
        assert_sound(&tree, &text);
        assert!(tree.errors().len() <= crate::tree::MAX_ERRORS);
    }
}

#[test]
fn mutated_texts_never_break_the_reader() {
    let seed = "a = 1\nb.c = 'x' # c\n[t]\nd = \"\\u00e9 é\"\n[[p]]\nn = [1, {k = 2}]\n[p.q]\r\nr = 1979-05-27\ns = '''\ny'''\n";
    let pieces = [
        "[", "]", "[[", "{", "}", "\"", "'", "\n", "\r", " ", "=", ".", ",", "#", "'''", "\"\"\"",
        "\\", "é", "🦀", "\u{feff}", "\0", "a = [",
    ];
    crate::tree::sketch::mutate(&[seed], &pieces, 800, |text| assert_sound(&parse(text), text));
}
