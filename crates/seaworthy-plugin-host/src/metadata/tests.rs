use serde_json::json;

use super::strict::Exports;
use super::*;
use crate::bindings::seaworthy::plugin::types;

fn selector() -> types::Selector {
    types::Selector {
        kinds: vec!["env".to_owned()],
        globs: vec!["*.sql".to_owned()],
        roles: Vec::new(),
        needles: vec!["abc".to_owned()],
        attributes: Vec::new(),
    }
}

fn rule(id: &str) -> types::RuleInfo {
    types::RuleInfo {
        id: id.to_owned(),
        former_ids: Vec::new(),
        name: None,
        summary: "something is wrong".to_owned(),
        help: "Flags what is wrong.\n".to_owned(),
        severity: types::Severity::High,
        security_severity: Some(75),
        precision: types::Precision::High,
        cwe: vec![798],
        tags: vec!["team".to_owned()],
        enabled: true,
        files: vec![selector()],
        repository: None,
        attributes: vec![("help-uri".to_owned(), "https://example.com/a".to_owned())],
    }
}

fn info() -> types::PluginInfo {
    types::PluginInfo {
        name: "team".to_owned(),
        version: "1.0.0".to_owned(),
        summary: "Rules of a team.".to_owned(),
        rules: vec![rule("a"), rule("b")],
        config_schema: Some(r#"{"type":"object","required":["x"]}"#.to_owned()),
        attributes: Vec::new(),
    }
}

fn exports() -> Exports {
    Exports { api: "1.0.0".to_owned(), files: true, repository: false, size: 8 }
}

#[test]
fn a_right_answer_becomes_rules() {
    let metadata = checked(info(), exports()).expect("all is right");
    let rules = metadata.rules();
    assert_eq!(rules.iter().map(|rule| rule.id).collect::<Vec<_>>(), ["team/a", "team/b"]);
    assert_eq!(rules[0].security_severity, Some(75));
    assert_eq!(rules[0].severity, Severity::High);
    assert_eq!(rules[0].precision, Precision::High);
    assert_eq!(rules[0].uri, Some("https://example.com/a"));
    let text = serde_json::to_string(&metadata).expect("it can be written");
    assert_eq!(serde_json::from_str::<Metadata>(&text).expect("it can be read"), metadata);
    assert_eq!(metadata.doubts(), Vec::<String>::new());
}

#[test]
fn whatever_is_against_the_contract_is_refused() {
    type Fault = fn(&mut types::PluginInfo);
    let cases: [(Fault, &str); 24] = [
        (|i| i.name = "Team".into(), "`name`"),
        (|i| i.name = "a".repeat(33), "`name`"),
        (|i| i.version = "1".into(), "`version`"),
        (|i| i.summary = "a\nb".into(), "`summary`"),
        (|i| i.rules.clear(), "0 rules"),
        (|i| i.rules = (0..257).map(|n| rule(&format!("r{n}"))).collect(), "257 rules"),
        (|i| i.rules[1].id = "a".into(), "two rules have the id `a`"),
        (|i| i.rules[1].former_ids = vec!["a".into()], "two rules have the id `a`"),
        (|i| i.rules[0].id = "a/b".into(), "id of a rule"),
        (|i| i.rules[0].former_ids = vec!["B".into()], "rule `a`: a former id"),
        (|i| i.rules[0].summary = " ".into(), "rule `a`: `summary`"),
        (|i| i.rules[0].help = "Finds".into(), "rule `a`: the first line"),
        (|i| i.rules[0].help = "Flags \u{1b}[2J".into(), "control characters"),
        (|i| i.rules[0].help = format!("Flags {}", "a".repeat(70_000)), "`help` is longer"),
        (|i| i.rules[0].security_severity = Some(95), "`security-severity` 95"),
        (|i| i.rules[0].security_severity = Some(0), "`security-severity` 0"),
        (|i| i.rules[0].tags = vec!["A b".into()], "a tag"),
        (|i| i.rules[0].files.clear(), "neither files nor the repository"),
        (|i| i.rules[0].repository = Some(Vec::new()), "`repo-rules`"),
        (|i| i.rules[0].files[0].globs = vec!["[a".into()], "the pattern `[a`"),
        (|i| i.rules[0].files[0].needles = vec!["ab".into()], "a needle has"),
        (|i| i.rules[0].files = vec![selector(); 129], "129 entries"),
        (|i| i.config_schema = Some("{".into()), "`config-schema`: it is no JSON"),
        (|i| i.config_schema = Some(r#"{"type":"objekt"}"#.into()), "`config-schema`"),
    ];
    for (fault, want) in cases {
        let mut info = info();
        fault(&mut info);
        let error = checked(info, exports()).expect_err(want);
        assert!(error.contains(want), "{want}: {error}");
    }
    let error = checked(info(), Exports { files: false, ..exports() }).expect_err("no export");
    assert!(error.contains("does not export `file-rules`"), "{error}");
}

#[test]
fn a_kind_of_a_later_version_is_told_to_the_author_alone() {
    let mut info = info();
    info.rules[0].files[0].kinds = vec!["terraform".to_owned()];
    let metadata = checked(info, exports()).expect("it may be known one day");
    assert_eq!(metadata.doubts(), ["rule `a`: no file is of the kind `terraform`"]);
}

#[test]
fn a_configuration_is_held_against_its_schema_and_not_quoted() {
    let schema = r#"{"type":"object","required":["owner"],"additionalProperties":false,
        "properties":{"owner":{"type":"string"},"most":{"type":"integer"}}}"#;
    let cases = [
        (json!({"owner": "a"}), None),
        (json!({}), Some("owner")),
        (json!({"owner": "a", "most": "hunter2"}), Some("`most`")),
        (json!({"owner": "a", "other": 1}), Some("other")),
        (json!([]), Some("no table")),
    ];
    for (config, want) in cases {
        match (check_configuration(Some(schema), &config), want) {
            (Ok(()), None) => {}
            (Err(error), Some(want)) => {
                assert!(error.contains(want) && !error.contains("hunter2"), "{want}: {error}");
            }
            (got, want) => panic!("{config}: {got:?}, expected {want:?}"),
        }
    }
    assert_eq!(check_configuration(None, &json!({})), Ok(()));
    assert!(check_configuration(None, &json!({"a": 1})).is_err());
}
