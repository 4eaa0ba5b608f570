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

/// Checks the sketch of texts that the parser gives up on.
#[track_caller]
fn broken(cases: &[(&str, &str)]) {
    for (text, want) in cases {
        let tree = parse(text);
        assert_sound(&tree, text);
        assert_eq!(sketch(&tree, text), *want, "tree of {text:?}");
        assert!(tree.is_uncertain(), "{text:?}");
        assert!(!tree.errors().is_empty(), "{text:?} keeps the parser's error");
    }
}

#[test]
fn one_unclosed_bracket_costs_one_value() {
    broken(&[
        (
            "services:\n  web:\n    image: a\n    ports: [80, 81\n    x: \"q\" # c\n  db:\n    env:\n      - A=1\n      - B: 2\n",
            r#"{'services': {'web': {'image': 'a', 'ports': [#80, #81], 'x': 'q'@"\"q\""}, 'db': {'env': ['A=1', {'B': #2}]}}}"#,
        ),
        ("ports: [\n  80,\n  81\nx: y\n", "{'ports': [#80, #81], 'x': 'y'}"),
        ("a: [\n  1,\n]\nb: [\n", "{'a': [#1], 'b': []}"),
        ("a: {b: 1, c: [2\nd: 3\n", "{'a': {'b': #1, 'c': [#2]}, 'd': #3}"),
        ("- a: [\n  b: 1\n- c\n", "[{'a': [], 'b': #1}, 'c']"),
    ]);
}

#[test]
fn broken_documents_leave_their_neighbours_whole() {
    broken(&[
        ("a: [1\n---\nb: 2\n", "{'a': [#1]} --- {'b': #2}"),
        ("x: 1\n---\na: [1\n---\nb: 2\n", "{'x': #1} --- {'a': [#1]} --- {'b': #2}"),
        ("x: 'a\n---\ny: \"b\n...\nz: 1\n", "{'x': 'a'} --- {'y': 'b'} --- {'z': #1}"),
    ]);
}

#[test]
fn slips_of_the_pen_are_read_as_meant() {
    broken(&[
        ("a:\n\tb: 1\n\tc: 2\n", "{'a': {'b': #1, 'c': #2}}"),
        ("a: \"un\nb: 1\n", "{'a': 'un', 'b': #1}"),
        ("a: 'un # c\n\nb: 'ok'\n", r#"{'a': 'un', 'b': 'ok'@"'ok'"}"#),
        ("image: nginx\n  ports:\n    - 80\n", "{'image': 'nginx', 'ports': [#80]}"),
        ("a: b: c\nd: 1\n", "{'a': 'b: c', 'd': #1}"),
        ("a: |\n  x\n- [\nb: 1\n", r#"{'a': 'x\n'@"x", 'b': #1}"#),
        ("a:\n- 1\n- [\nb: 2\n", "{'a': [#1, []], 'b': #2}"),
        ("k: @x\n\"q\": `y`\n", r#"{'k': '@x', 'q'@"\"q\"": '`y`'}"#),
        (
            "a: [ x\nt: !reset null\nb: &b {c: 1}\nm: *b\n",
            r#"{'a': ['x'], 't': !reset ~@"null", 'b': {'c': #1}, 'm': *"{c: 1}"}"#,
        ),
        ("a: |\n\tx\n\n\t y # z\nb: [\n", r#"{'a': 'x\n\n y # z\n'@"x\n\n\t y # z", 'b': []}"#),
        ("<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n", "{'a': #1, 'a': #2}"),
    ]);
}

#[test]
fn templates_keep_all_but_their_control_lines() {
    broken(&[
        (
            "image: \"{{ .r }}:{{ .t }}\"\n{{- if .x }}\na: {{ .r }}:{{ .t }} # c\nb: 1\n{{- end }}\n",
            r#"{'image': '{{ .r }}:{{ .t }}'@"\"{{ .r }}:{{ .t }}\"", 'a': '{{ .r }}:{{ .t }}', 'b': #1}"#,
        ),
        (
            "c:\n  {{- toYaml .v | nindent 4 }}\nd: {{ x }}\n",
            "{'c': '{{- toYaml .v | nindent 4 }}', 'd': '{{ x }}'}",
        ),
        (
            "e:\n{% for k in ks %}\n  - {{ k }}={{ v }}\n{% endfor %}\nf: 1\n",
            "{'e': ['{{ k }}={{ v }}'], 'f': #1}",
        ),
        (
            "{{ k }}-x: 1\n{{- /* a\n b: 2\n*/}}\nc: |\n  {{ z }}\n  x\n",
            r#"{'{{ k }}-x': #1, 'c': '{{ z }}\nx\n'@"{{ z }}\n  x"}"#,
        ),
    ]);
    let text = "a: {{ v }}\nb: [{{x}}]\n";
    let tree = parse(text);
    assert_eq!(sketch(&tree, text), "{'a': '{{ v }}', 'b': ['{{x}}']}");
    assert!(tree.is_uncertain() && tree.errors().is_empty());
}

#[test]
fn comments_of_broken_documents_are_found_once() {
    let text = "# 1\na: [ # 2\n# 3\nb:\n  c: 1 # 4\n  # 5\n  d: |\n    # no\n# 6\ne: 'x' # 7\nf: {{ a }}{{ b }} # 8\n";
    let comments: Vec<&str> = parse(text).comments().iter().map(|region| region.of(text)).collect();
    assert_eq!(comments, ["# 1", "# 2", "# 3", "# 4", "# 5", "# 6", "# 7", "# 8"]);
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    let long = |piece: &str, times: usize| piece.repeat(times);
    let staircase: String = (0..300).map(|depth| format!("{:depth$}k: 1\n", "")).collect();
    let nest: String = (0..400).map(|depth| format!("{:depth$}k:\n", "")).collect();
    let anchors: String = (0..5_000).map(|n| format!("- &a{n} x\n")).collect();
    let texts = [
        long("[", 30_000),
        long("{a: ", 15_000),
        long("- ", 15_000),
        long("? ", 15_000),
        long("a: ", 15_000),
        staircase,
        nest,
        anchors,
        format!("x: [\n{}", long("- {a: 1, b: [2]}\n", 5_000)),
        format!("x: [\n{}", long("a: \"\n b: \"\n", 5_000)),
        format!("x: [\n{}", long("{{ a\n", 5_000)),
        long("- a\n", 20_000),
        format!("a: \"{}\"", long("x", 200_000)),
        format!("a: {{{}}}", long("k: v, ", 4_000)),
        format!("{}: [", long("k", 100_000)),
        long("---\n[\n", 2_000),
        long("# c\n", 15_000),
        format!("a: [\n{}", long("\"k\": 'v\n", 2_000)),
        format!("a: &a [x]\nb: {{{}}}", long("<<: *a, ", 4_000)),
    ];
    for text in texts {
        let tree = parse(&text);
        assert_sound(&tree, &text);
        assert!(tree.errors().len() <= crate::tree::MAX_ERRORS);
    }
}

#[test]
fn mutated_texts_never_break_the_reader() {
    let seeds = [
        "services:\n  web: &w\n    image: \"a:1\" # c\n    ports: [80, '81']\n    env:\n      - A=1\n      - é: |\n          x\n          y\n  db:\n    <<: *w\n    k: !reset null\n---\nb: >-\n  f\n",
        "{{- if .x }}\na: {{ .b }}\n{{- end }}\n? k\n: - [ {c: d} ]\n\u{feff}e: ''\r\nf:\r  - g\n\th: 1\n",
    ];
    let pieces = [
        "[", "]", "{", "}", "\"", "'", "\n", "\r", "\t", " ", "- ", ": ", "#", "&a ", "*a", "!",
        "|\n", ">", "{{", "}}", "{%", "---\n", "...\n", "é", "🦀", "\u{feff}", "%", "? ", "<<: ",
    ];
    crate::tree::sketch::mutate(&seeds, &pieces, 1000, |text| assert_sound(&parse(text), text));
}
