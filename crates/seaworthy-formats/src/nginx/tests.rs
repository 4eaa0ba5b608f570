use super::*;

/// The structure of a text, one line a directive: words split by `|`.
fn sketch(text: &str) -> String {
    fn lines(file: &NginxFile, ids: &[DirectiveId], depth: usize, out: &mut String) {
        for &id in ids {
            let directive = file.get(id);
            let words: Vec<&str> = std::iter::once(&directive.name)
                .chain(&directive.args)
                .map(|word| word.value.as_str())
                .collect();
            let mark = match &directive.body {
                Body::None => "",
                Body::Block { entries: false, .. } => " {",
                Body::Block { entries: true, .. } => " [",
                Body::Raw(_) => " <",
            };
            out.push_str(&format!("{}{}{mark}\n", "  ".repeat(depth), words.join("|")));
            lines(file, directive.children(), depth + 1, out);
            lines(file, directive.entries(), depth + 1, out);
        }
    }
    let file = NginxFile::parse(text);
    let mut out = String::new();
    lines(&file, file.roots(), 0, &mut out);
    out
}

fn errors(text: &str) -> Vec<(String, usize)> {
    NginxFile::parse(text)
        .errors()
        .iter()
        .map(|error| (error.message.clone(), error.region.start))
        .collect()
}

#[test]
fn words_are_split_as_nginx_splits_them() {
    let cases = [
        ("a b c;", "a|b|c\n"),
        ("a\tb\r\nc ;", "a|b|c\n"),
        ("a b;c d;", "a|b\nc|d\n"),
        ("a#b #c\n d;", "a#b|d\n"),
        ("a 'b c' \"d;{}\" ;", "a|b c|d;{}\n"),
        (r#"a "b\"c" 'd\'e' "f\tg";"#, "a|b\"c|d'e|f\tg\n"),
        (r"a b\ c \; \{;", "a|b\\ c|\\;|\\{\n"),
        (r#"a b"c d'e;"#, "a|b\"c|d'e\n"),
        (r"a \\ \d+\.php$;", "a|\\|\\d+\\.php$\n"),
        ("a ${b}c $d${e;", "a|${b}c|$d${e\n"),
        ("a \"${b} {\" x;", "a|${b} {|x\n"),
        ("if ($a ~* \"x\") { b; }", "if|($a|~*|x|) {\n  b\n"),
        ("if (\"x\"){b;}", "if|(\"x\") {\n  b\n"),
        ("a{b{c;}d;}", "a {\n  b {\n    c\n  d\n"),
        ("a '' \"\";", "a||\n"),
        ("location ~ ^/(a|b)\\.c$ { d; }", "location|~|^/(a|b)\\.c$ {\n  d\n"),
        ("a b}c d;", "a|b}c|d\n"),
        ("a 'ü;ß' é;", "a|ü;ß|é\n"),
        ("a \"x\ny\" z;", "a|x\ny|z\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(sketch(text), expected, "{text}");
        assert_eq!(errors(text), [], "{text}");
    }
}

#[test]
fn tables_and_programs_are_no_directives() {
    let cases = [
        (
            "map $a $b { default 0; \"~^/x y\" 1; server 2;\n include 3; }",
            "map|$a|$b [\n  default|0\n  ~^/x y|1\n  server|2\n  include|3\n",
        ),
        ("types { text/html html htm; }", "types [\n  text/html|html|htm\n"),
        ("geo $x { 10.0.0.0/8 a; }", "geo|$x [\n  10.0.0.0/8|a\n"),
        ("split_clients $x $y { 10% a; * \"\"; }", "split_clients|$x|$y [\n  10%|a\n  *|\n"),
        (
            "location / { content_by_lua_block { if x then say(\"}\") end -- }\n t = {1, [[}]], [==[ ]] } ]==]} } root /a; }",
            "location|/ {\n  content_by_lua_block <\n  root|/a\n",
        ),
        ("set_by_lua_block $x { return {{1}} }\na;", "set_by_lua_block|$x <\na\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(sketch(text), expected, "{text}");
        assert_eq!(errors(text), [], "{text}");
        assert_eq!(NginxFile::parse(text).templating(), Templating::None, "{text}");
    }
}

#[test]
fn every_fault_is_said_with_its_place_and_the_rest_is_read() {
    let cases = [
        (";a b;", "a|b\n", "a semicolon that ends nothing", 0),
        ("a b; } c d;", "a|b\nc|d\n", "a brace that closes nothing", 5),
        ("a { b c } d e;", "a {\n  b|c\nd|e\n", "a semicolon is missing here", 7),
        (
            "a { root /x\n server_name y; }",
            "a {\n  root|/x\n  server_name|y\n",
            "a semicolon is missing here",
            11,
        ),
        ("a b\n server { c d; }", "a|b\nserver {\n  c|d\n", "a semicolon is missing here", 3),
        ("a b", "a|b\n", "the file ends within this directive: a semicolon is missing", 0),
        ("a { b c;", "a {\n  b|c\n", "a block that is never closed", 2),
        ("{ a b; } c d;", "c|d\n", "a block that no directive opens", 0),
        ("a \"b c;\nd e;", "a|b c\nd|e\n", "a double quote that is never closed", 2),
        ("a 'b {\nc d; }", "a|b {\n  c|d\n", "a single quote that is never closed", 2),
        ("a \"b\"c;", "a|b|c\n", "a closing quote that neither a blank nor an end follows", 5),
        ("map $a $b { c { d e; } }", "map|$a|$b [\n  c {\n    d|e\n", "a block inside a table", 14),
        ("x_by_lua_block { {", "x_by_lua_block <\n", "a program that is never closed", 15),
        (
            "\u{feff}a b;",
            "a|b\n",
            "a byte order mark, which nginx takes for the start of a name",
            0,
        ),
    ];
    for (text, expected, message, at) in cases {
        assert_eq!(sketch(text), expected, "{text}");
        assert_eq!(errors(text), [(message.to_owned(), at)], "{text}");
    }
}

#[test]
fn lines_of_words_need_no_semicolon_each() {
    let text =
        "log_format main 'a'\n  'b'\n  root;\nadd_header X\n  \"y\"\n  always;\nserver_name a\n b;";
    assert_eq!(sketch(text), "log_format|main|a|b|root\nadd_header|X|y|always\nserver_name|a|b\n");
}

#[test]
fn regions_are_those_of_the_text() {
    let text = "# one\nserver { # two\r\n  add_header X-A \"b c\" always;\n}\n";
    let file = NginxFile::parse(text);
    let comments: Vec<&str> = file.comments().iter().map(|region| region.of(text)).collect();
    assert_eq!(comments, ["# one", "# two"]);
    let server = file.get(file.roots()[0]);
    assert_eq!(server.region.of(text), &text[6..text.len() - 1]);
    let Body::Block { region, .. } = &server.body else { panic!("a block") };
    assert!(region.of(text).starts_with(" # two"));
    let header = file.get(server.children()[0]);
    assert_eq!(header.region.of(text), "add_header X-A \"b c\" always;");
    assert_eq!(header.words_region().of(text), "add_header X-A \"b c\" always");
    assert_eq!(header.args[1].region.of(text), "b c");
    assert_eq!(header.args[1].whole().of(text), "\"b c\"");
    assert_eq!(header.parent, Some(file.roots()[0]));
}

#[test]
fn texts_for_other_programs_are_told_apart() {
    let cases = [
        ("listen ${PORT}; # {{ no }}\n", Templating::None),
        ("server_name {{ domain }};\n", Templating::Braces),
        ("{% if tls %}\nlisten 443;\n{% endif %}\n", Templating::Braces),
        ("root <%= @root %>;\n", Templating::Percent),
        ("return 200 '{\"a\":{\"b\":{}}}';\n", Templating::None),
        ("content_by_lua_block { x = {{1}} }\n", Templating::None),
    ];
    for (text, expected) in cases {
        assert_eq!(NginxFile::parse(text).templating(), expected, "{text}");
    }
}

#[test]
fn texts_of_other_programs_do_not_look_like_nginx() {
    for text in ["server { listen 80; }", "add_header X-A b;", "upstream a { server b; }"] {
        assert!(NginxFile::parse(text).looks_like_nginx(), "{text}");
    }
    for text in [
        "",
        "[mysqld]\nport=3306\n",
        "listen_addresses = '*'\n",
        "a { b c; }",
        "server {\n host = x\n port = 80\n}\n",
        "<VirtualHost *:80>\n",
    ] {
        assert!(!NginxFile::parse(text).looks_like_nginx(), "{text}");
    }
}

#[test]
fn no_text_panics_or_takes_long() {
    let deep = "a {".repeat(10_000);
    let wide = "a b;".repeat(100_000);
    let quotes = "a \"".repeat(50_000) + &"'x\n".repeat(50_000);
    let lua = "x_by_lua_block { [[ ".repeat(20_000);
    let words = "a ".repeat(500_000);
    for text in [&deep, &wide, &quotes, &lua, &words] {
        let file = NginxFile::parse(text);
        assert!(file.all().count() <= 50_001);
        assert!(file.errors().len() <= 400);
    }
    assert!(NginxFile::parse(&deep).is_truncated());
    assert!(NginxFile::parse(&wide).is_truncated());

    let pieces = [
        "a",
        " ",
        ";",
        "{",
        "}",
        "\"",
        "'",
        "\\",
        "$",
        "${",
        "#",
        "\n",
        "\r",
        "é",
        "map",
        "_by_lua_block",
        "[[",
        "]]",
        "--",
        "(",
        ")",
        "server",
        "\u{feff}",
    ];
    let mut state = 7_usize;
    for _ in 0..30_000 {
        let mut text = String::new();
        for _ in 0..14 {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
            text.push_str(pieces[(state >> 8) % pieces.len()]);
        }
        let file = NginxFile::parse(&text);
        for (_, directive) in file.all() {
            assert!(text.get(directive.region.range()).is_some(), "{text:?}");
            for word in std::iter::once(&directive.name).chain(&directive.args) {
                assert!(text.get(word.whole().range()).is_some(), "{text:?}");
                assert!(directive.region.contains(word.whole()), "{text:?}: {directive:?}");
            }
        }
        for region in file.comments().iter().chain(file.errors().iter().map(|error| &error.region))
        {
            assert!(text.get(region.range()).is_some(), "{text:?}");
        }
    }
}
