//! Tests of the reader of `.gitleaks.toml`.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::*;

#[test]
fn every_part_of_a_file_is_read() {
    let text = r#"
title = "ours"
[extend]
useDefault = true
path = "ci/more.toml"
disabledRules = ["generic-api-key"]

[[rules]]
id = "harbor-key"
description = "Harbor key"
regex = '''hrb_([a-z0-9]{20})'''
secretGroup = 1
entropy = 3.5
keywords = ["HRB_", "harbor"]
path = '''\.ini$'''
[[rules.allowlists]]
condition = "AND"
paths = ['''^docs/''']
stopwords = ["Anchor"]
[rules.allowlist]
regexTarget = "line"
regexes = ['''quay''']

[allowlist]
paths = ['''vendor/''']
commits = ["deadbeef"]

[[allowlists]]
targetRules = ["harbor-key"]
regexTarget = "match"
regexes = ["pier"]
"#;
    let (gitleaks, problems) = parse(text);
    let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(told, [""; 0]);
    assert!(gitleaks.use_default);
    assert_eq!(gitleaks.path.map(|path| path.text).as_deref(), Some("ci/more.toml"));
    assert_eq!(gitleaks.disabled[0].text, "generic-api-key");
    let rule = &gitleaks.rules[0];
    assert_eq!((rule.id.text.as_str(), rule.description.as_str()), ("harbor-key", "Harbor key"));
    assert_eq!(rule.regex.as_ref().map(|regex| regex.text.as_str()), Some("hrb_([a-z0-9]{20})"));
    assert_eq!(rule.path.as_ref().map(|path| path.text.as_str()), Some(r"\.ini$"));
    assert_eq!((rule.secret_group, rule.entropy), (1, 3.5));
    assert_eq!(rule.keywords, ["hrb_", "harbor"]);
    assert_eq!(rule.allowlists.len(), 2);
    assert!(rule.allowlists[0].all && !rule.allowlists[1].all);
    assert_eq!(rule.allowlists[0].stopwords, ["anchor"]);
    assert_eq!(rule.allowlists[1].target, AllowTarget::Line);
    assert!(gitleaks.allowlists[0].commits);
    assert_eq!(gitleaks.allowlists[1].rules, ["harbor-key"]);
    assert_eq!(gitleaks.allowlists[1].target, AllowTarget::Match);
}

#[test]
fn what_cannot_be_followed_is_told() {
    let cases = [
        ("[[rules]]\nregex = 'a'\n", "a rule has no `id`"),
        ("[[rule]]\nid = 'a'\n", "unknown key `rule`; did you mean `rules`?"),
        ("[[rules]]\nid = 'a'\nregexp = 'b'\n", "unknown key `regexp`; did you mean `regex`?"),
        ("[[rules]]\nid = 'a'\nregex = 3\n", "expected a string"),
        ("[[rules]]\nid = 'a'\nentropy = -1\n", "expected a number that is not negative"),
        ("[[rules]]\nid = 'a'\n[[rules.required]]\nid = 'b'\n", "composed of others"),
        ("[extend]\nurl = 'https://example.org'\n", "not fetched"),
        ("[allowlist]\nregexTarget = 'file'\n", "expected \"secret\""),
        ("[allowlist]\ncondition = 'xor'\n", "expected \"OR\""),
        ("allowlists = 3\n", "expected a list of tables"),
    ];
    for (text, want) in cases {
        let (_, problems) = parse(text);
        assert!(
            problems.iter().any(|problem| problem.message.contains(want)),
            "{text}{problems:?}"
        );
    }
}

#[test]
fn expressions_mean_what_they_mean_in_go() {
    let cases = [
        (r"a{2}", "aa", true),
        (r"a{,2}", "a{,2}", true),
        (r"\${[A-Z]+}", "${NAME}", true),
        (r"[=:[]x", "[x", true),
        (r"[]a]x", "]x", true),
        (r"[^]a]x", "bx", true),
        (r"[a&&b]x", "&x", true),
        (r"[+--]x", ",x", true),
        (r"[\w\-.]x", "-x", true),
        (r"[\w-]x", "-x", true),
        (r"[-\w]x", "-x", true),
        (r"[[:alpha:]_]x", "qx", true),
        (r"\Qa.b\Ec", "a.bc", true),
        (r"\Qa.b\Ec", "axbc", false),
        (r"\#\!\%\'\@\/x", "#!%'@/x", true),
        (r"(?i)key\z", "KEY", true),
        (r"(?P<name>a)b", "ab", true),
        (r#"["'`]x"#, "`x", true),
    ];
    for (source, text, want) in cases {
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let regex = Regex::builder().syntax(syntax).build(&format!("^(?:{})$", translate(source)));
        let regex = regex.unwrap_or_else(|error| panic!("{source}: {error}"));
        assert_eq!(regex.is_match(text), want, "{source} on {text}: {}", translate(source));
    }
}
