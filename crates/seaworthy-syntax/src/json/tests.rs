//! What is read of whole and of broken JSON.

use super::*;
use crate::NodeRef;

/// The tree in a form that is easy to compare: JSON without blanks.
fn show(node: NodeRef<'_>) -> String {
    match node.kind() {
        NodeKind::Null | NodeKind::Alias(_) => "null".into(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(text) => text.to_string(),
        NodeKind::String(text) => format!("{text:?}"),
        NodeKind::Sequence(_) => {
            format!("[{}]", node.items().map(show).collect::<Vec<_>>().join(","))
        }
        NodeKind::Mapping(_) => {
            let entries: Vec<String> = node
                .written_entries()
                .map(|e| format!("{}:{}", show(e.key), show(e.value)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
    }
}

fn messages(text: &str) -> Vec<String> {
    parse(text).errors().iter().map(|e| format!("{}@{}", e.message, e.region.start)).collect()
}

#[test]
fn well_formed_texts_are_read_without_errors() {
    for (text, expected) in [
        ("{}", "{}"),
        ("[]", "[]"),
        (" [ 1 , -0.5e+3 , true , false , null ] ", "[1,-0.5e+3,true,false,null]"),
        ("\u{feff}{\"a\": \"é\"}", r#"{"a":"é"}"#),
        (r#"{"a":{"b":[{"c":1}]}}"#, r#"{"a":{"b":[{"c":1}]}}"#),
        (r#""\" \\ \/ \b\f\n\r\t \u0041\ud83d\ude00""#, r#""\" \\ / \u{8}\u{c}\n\r\t A😀""#),
        (r#""\ud83d x""#, "\"\u{fffd} x\""),
        ("// c\n{\"a\": 1, /* b */ \"c\": [1,],}\n", r#"{"a":1,"c":[1]}"#),
        ("{\r\n\"a\"\r\n:\r\n1\r\n}", r#"{"a":1}"#),
        ("{\"\":\"\"}", r#"{"":""}"#),
    ] {
        let tree = parse(text);
        assert_eq!(show(tree.root()), expected, "{text}");
        assert_eq!(tree.errors(), [], "{text}");
    }
}

#[test]
fn broken_texts_keep_what_could_be_read() {
    for (text, expected, error) in [
        ("", "null", "value is missing@0"),
        ("{\"a\":1 \"b\":2}", r#"{"a":1,"b":2}"#, "comma is missing@6"),
        ("[1 2]", "[1,2]", "comma is missing@2"),
        ("{\"a\":}", r#"{"a":null}"#, "value is missing@5"),
        ("{\"a\"}", r#"{"a":null}"#, "colon is missing@4"),
        ("{\"a\" 1}", r#"{"a":1}"#, "colon is missing@4"),
        ("{\"a\":,\"b\":1}", r#"{"a":null,"b":1}"#, "value is missing@5"),
        ("{a: 1}", r#"{"a":1}"#, "key is not in double quotes@1"),
        ("{'a': 1}", r#"{"a":1}"#, "string is not in double quotes@1"),
        ("{\"a\":\"b\n,\"c\":1}", r#"{"a":"b","c":1}"#, "string is not closed@5"),
        ("{\"a\":\"b", r#"{"a":"b"}"#, "string is not closed@5"),
        ("{\"a\":[1,{\"b\":2", r#"{"a":[1,{"b":2}]}"#, "text ends before everything is closed@14"),
        ("{\"a\":[1}", r#"{"a":[1]}"#, "list is not closed@7"),
        ("[{\"a\":1]", r#"[{"a":1}]"#, "object is not closed@7"),
        ("{\"a\":1]}", r#"{"a":1}"#, "bracket closes nothing@6"),
        ("[1]]", "[1]", "text after the end of the document@3"),
        ("[,1]", "[1]", "comma without a value before it@1"),
        ("{,}", "{}", "comma without an entry before it@1"),
        ("{{\"a\":1}}", r#"{"":{"a":1}}"#, "key is missing@1"),
        ("[tru]", "[null]", "neither a string nor another value@1"),
        ("[01]", "[01]", "number is not written as JSON demands@1"),
        (r#"["\x"]"#, r#"["x"]"#, "escape that JSON does not know@2"),
        (r#"["\u12"]"#, r#"["12"]"#, "escape without four hexadecimal digits@2"),
        ("[\"a\tb\"]", r#"["a\tb"]"#, "control character in a string@3"),
        ("[1] /* x", "[1]", "comment is not closed@4"),
        (
            "{\"a\":1,\"b\":2,\"a\":3}",
            r#"{"a":1,"b":2,"a":3}"#,
            "key is written twice; the last counts@13",
        ),
        ("{\n<<<<<<< HEAD\n\"a\":1\n}", r#"{"a":1}"#, "unresolved merge conflict@2"),
    ] {
        let tree = parse(text);
        assert_eq!(show(tree.root()), expected, "{text}");
        assert_eq!(messages(text).first().map(String::as_str), Some(error), "{text}");
    }
}

#[test]
fn the_last_of_two_equal_keys_is_the_one_that_is_got() {
    let tree = parse(r#"{"a":1,"\u0061":2}"#);
    assert_eq!(tree.root().get("a").and_then(NodeRef::scalar), Some("2"));
    assert_eq!(tree.errors().len(), 1);
}

#[test]
fn regions_are_those_of_the_text() {
    let text = "{ \"näme\": \"v\\n\", \"l\": [ 1 ] } // end";
    let tree = parse(text);
    let entry = tree.root().entry("näme").unwrap();
    assert_eq!(entry.key.region().of(text), "\"näme\"");
    assert_eq!(entry.value.content_region().of(text), "v\\n");
    assert_eq!(tree.root().get("l").unwrap().region().of(text), "[ 1 ]");
    assert_eq!(tree.root().region().of(text), &text[..text.len() - 7]);
    assert_eq!(tree.comments()[0].of(text), "// end");
}

#[test]
fn the_strict_dialect_minds_comments_and_trailing_commas() {
    for (text, expected) in [
        ("{\"a\":[1]}", 0),
        ("{\"a\":[1],}", 1),
        ("{\"a\":[1,],}", 2),
        ("// x\n{}", 1),
        ("{\"a\":1,\"a\":2}", 0),
    ] {
        assert_eq!(strict_errors(text).len(), expected, "{text}");
    }
    let errors = strict_errors("[1 , ]");
    assert_eq!(errors[0].region, Region::new(3, 4));
}

#[test]
fn nesting_is_bounded_and_what_follows_is_read() {
    let deep = 100_000;
    let text = format!("{{\"a\":{}{},\"b\":1}}", "[".repeat(deep), "]".repeat(deep));
    let tree = parse(&text);
    assert_eq!(tree.root().get("b").and_then(NodeRef::scalar), Some("1"));
    assert_eq!(tree.errors().len(), 1);
    assert_eq!(tree.errors()[0].message, "nested too deeply");
    for hostile in ["[", "{\"a\":", "[{", "]", "{", "[\"", "{\"a\":["] {
        let tree = parse(&hostile.repeat(deep));
        assert!(!tree.errors().is_empty(), "{hostile}");
    }
}

#[test]
fn errors_are_bounded() {
    assert!(parse(&"[@ ".repeat(100_000)).errors().len() <= 201);
    assert!(strict_errors(&"/**/".repeat(100_000)).len() <= 201);
}

#[test]
fn long_texts_are_read_to_their_end() {
    let long = 1_000_000;
    for text in [
        format!("[\"{}", "a".repeat(long)),
        format!("[\"{}\"]", "'".repeat(long)),
        "[\"".repeat(long),
        format!("{{{}", "]".repeat(long)),
        format!("[{}", "1".repeat(long)),
        format!("[{}", "/*".repeat(long)),
    ] {
        assert!(!parse(&text).errors().is_empty() || text.ends_with(']'));
    }
}

#[test]
fn skipping_passes_over_one_value() {
    let mut events = Events::new(r#"{"a":{"x":[1,{}]},"b":2}"#);
    events.next();
    events.next();
    let value = events.next().unwrap();
    assert_eq!(events.skip_value(&value), Region::new(5, 17));
    assert_eq!(events.next().unwrap().event, Event::Key("b".into()));
}

#[test]
fn mutated_texts_neither_panic_nor_leave_the_text() {
    let seed = "{\"a\": [1, -2.5e3, \"x\\n\\u00e9\"], // c\n \"ü\": {\"b\": null, 'c': tru},}";
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let alphabet = b"{}[]\",:\\/*'u\n\r <=>0-.eE\xc3\xa9t";
    for _ in 0..20_000 {
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..random() % 6 {
            let at = (random() % bytes.len() as u64) as usize;
            match random() % 3 {
                0 => bytes[at] = alphabet[(random() % alphabet.len() as u64) as usize],
                1 => bytes.insert(at, alphabet[(random() % alphabet.len() as u64) as usize]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let tree = parse(&text);
        let inside = |region: Region| text.get(region.range()).is_some();
        assert!(tree.errors().iter().all(|e| inside(e.region)), "{text}");
        assert!(tree.comments().iter().all(|&region| inside(region)), "{text}");
        let mut depth = 0i32;
        for token in Events::new(&text) {
            assert!(inside(token.region), "{text}");
            match token.event {
                Event::BeginArray | Event::BeginObject => depth += 1,
                Event::EndArray | Event::EndObject => depth -= 1,
                _ => {}
            }
        }
        assert_eq!(depth, 0, "{text}");
    }
}

#[test]
fn a_text_with_too_many_nodes_is_cut_and_closed() {
    let text = format!("{{\"a\": 1, \"b\": [{}", "[],".repeat(MAX_NODES));
    let tree = parse(&text);
    assert!(tree.len() < MAX_NODES + 100);
    assert!(tree.errors().iter().any(|error| error.message == "too many nodes"));
    assert_eq!(tree.root().get("a").and_then(|node| node.scalar()), Some("1"));
    assert!(tree.root().get("b").is_some_and(|list| list.items().count() > 1000));
}
