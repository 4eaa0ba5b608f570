use std::sync::Arc;

use super::*;

/// The configuration of files; the first is the main one. An argument of
/// `include` is the name of a file, `*` all but the first.
fn load(files: &[(&str, &str)]) -> Configuration {
    let parsed: Vec<_> = files
        .iter()
        .map(|(path, text)| ((*path).into(), Arc::new(NginxFile::parse(text))))
        .collect();
    let (path, file) = parsed[0].clone();
    Configuration::load(path, file, &|_, pattern| match pattern {
        "mime.types" => Included::Stock,
        "*" => Included::Files(parsed[1..].to_vec()),
        name => match parsed.iter().find(|(path, _)| path.as_str() == name) {
            Some(found) => Included::Files(vec![found.clone()]),
            None => Included::Unknown,
        },
    })
}

/// The headers of the first block whose words are these.
fn headers(configuration: &Configuration, words: &str) -> (Vec<String>, bool) {
    let level = configuration
        .all()
        .find(|&id| {
            let directive = configuration.get(id);
            let args: Vec<&str> = directive.args.iter().map(|arg| arg.value.as_str()).collect();
            [&[directive.name.value.as_str()], &args[..]].concat().join(" ") == words
        })
        .expect(words);
    let (found, whole) = configuration.added_headers(level);
    (found.iter().map(|header| header.name.value.clone()).collect(), whole)
}

#[test]
fn a_level_with_headers_of_its_own_takes_none_over() {
    let configuration = load(&[(
        "nginx.conf",
        "http { add_header A 1; server { listen 1;
           location / { root x; }
           location /b { add_header B 1; if ($x) { return 200; } if ($y) { add_header C 1; }
             location /b/c { root x; } } } }",
    )]);
    for (level, expected) in [
        ("server", vec!["A"]),
        ("location /", vec!["A"]),
        ("location /b", vec!["B"]),
        ("location /b/c", vec!["B"]),
        ("if ($x)", vec!["B"]),
        ("if ($y)", vec!["C"]),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(headers(&configuration, level), (expected, true), "{level}");
    }
}

#[test]
fn newer_versions_let_a_level_say_what_it_takes_over() {
    for (inherit, expected) in [
        ("on", vec!["B"]),
        ("merge", vec!["B", "A"]),
        ("off", vec!["B"]),
        ("unheard-of", vec!["B"]),
    ] {
        let text = format!(
            "http {{ add_header A 1; server {{ add_header_inherit {inherit}; \
             location / {{ add_header B 1; }} location /none {{ }} }} }}"
        );
        let configuration = load(&[("nginx.conf", &text)]);
        let (found, _) = headers(&configuration, "location /");
        assert_eq!(found, expected, "{inherit}");
        let (found, _) = headers(&configuration, "location /none");
        assert_eq!(found.is_empty(), inherit == "off", "{inherit}");
    }
}

#[test]
fn what_is_included_stands_in_its_place() {
    let configuration = load(&[
        ("nginx.conf", "http { include mime.types; include *; }"),
        (
            "a.conf",
            "server { listen 1; include headers.conf; location / { include headers.conf; } }",
        ),
        ("headers.conf", "add_header A 1;\nadd_header B 2;"),
    ]);
    assert_eq!(configuration.servers().count(), 1);
    let expected = vec!["A".to_owned(), "B".to_owned()];
    assert_eq!(headers(&configuration, "location /"), (expected, true));
    let header =
        configuration.all().find(|&id| configuration.get(id).is("add_header")).expect("a header");
    assert_eq!(configuration.artifact(header).as_str(), "headers.conf");
}

#[test]
fn what_cannot_be_read_is_said_where_it_counts() {
    let configuration = load(&[(
        "nginx.conf",
        "http { server { include /etc/x.conf; location /a { add_header A 1; } location /b { } } }",
    )]);
    assert_eq!(headers(&configuration, "location /a"), (vec!["A".to_owned()], true));
    assert_eq!(headers(&configuration, "location /b"), (Vec::new(), false));
}

#[test]
fn loops_and_floods_of_includes_end() {
    let looped = load(&[
        ("nginx.conf", "http { include a.conf; }"),
        ("a.conf", "server { listen 1; include b.conf; }"),
        ("b.conf", "include a.conf; add_header A 1;"),
    ]);
    assert_eq!(looped.servers().count(), 1);
    assert!(!headers(&looped, "server").1);

    let names: Vec<String> = (0..40).map(|number| format!("f{number}")).collect();
    let texts: Vec<String> = (0..40)
        .map(|number| format!("include f{0}; include f{0}; server {{ listen 1; }}", number + 1))
        .collect();
    let files: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    assert!(load(&files).all().count() < 10_000);
}

#[test]
fn locations_are_chosen_as_nginx_chooses_them() {
    let configuration = load(&[(
        "nginx.conf",
        "server { location / { return 200 1; } location = /x { return 200 2; }
           location ^~ /static/ { return 200 3; } location ~ \\.php$ { return 200 4; }
           location ~* ^/IMG/ { return 200 5; } location =/glued { return 200 6; }
           location /a/ { return 200 7; location /a/b { return 200 8; } }
           location @named { return 200 9; } location ~ ([ { return 200 0; } }",
    )]);
    let server = configuration.servers().next().expect("a server");
    for (path, expected) in [
        ("/x", Some("2")),
        ("/glued", Some("6")),
        ("/static/a.php", Some("3")),
        ("/a/x.php", Some("4")),
        ("/img/a", Some("5")),
        // Whether the broken pattern matches is not known, so no prefix wins.
        ("/a/b", None),
    ] {
        let found = match configuration.route(server, path) {
            Route::Level(level) => configuration
                .named(level, "return")
                .next()
                .and_then(|id| configuration.get(id).arg(1).map(str::to_owned)),
            _ => None,
        };
        assert_eq!(found.as_deref(), expected, "{path}");
    }
    assert!(configuration.named_location(server, "@named").is_some());
    for (pattern, path, expected) in [
        ("^/(a|b)/[0-9]{2}$", "/b/12", Some(true)),
        ("(?<name>x)", "/x", Some(true)),
        ("^/x$", "/xy", Some(false)),
        // Only PCRE has these.
        ("\\A/x", "/x", None),
        ("(?i)/X", "/x", None),
        ("/x++", "/x", None),
    ] {
        assert_eq!(is_match(pattern, false, path), expected, "{pattern}");
    }
}
