//! SARIF as GitHub and other readers need it.

use std::collections::HashSet;

use serde_json::Value;

use crate::sandbox::{CASES, Sandbox};

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn sarif(sandbox: &Sandbox, profile: &str) -> Value {
    sandbox.run(&["scan", "--format", "sarif", "--sarif-profile", profile]).exits(1).json()
}

/// Every object below a value, the value itself first.
fn objects<'a>(value: &'a Value, found: &mut Vec<&'a serde_json::Map<String, Value>>) {
    match value {
        Value::Object(map) => {
            found.push(map);
            map.values().for_each(|value| objects(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| objects(value, found)),
        _ => {}
    }
}

#[test]
fn a_file_has_one_run_and_all_rules() {
    let sandbox = Sandbox::fixture("express-compose");
    let count = sandbox.run(&["rules", "--format", "json"]).json().as_array().unwrap().len();
    for profile in ["full", "github"] {
        let log = sarif(&sandbox, profile);
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(list(&log, "runs").len(), 1);
        let driver = &log["runs"][0]["tool"]["driver"];
        assert_eq!(list(driver, "rules").len(), count);
        for rule in list(driver, "rules") {
            let id = rule["id"].as_str().unwrap();
            for text in ["shortDescription", "fullDescription", "help"] {
                assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{id} {text}");
            }
            let severity: f64 =
                rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
            assert!((0.0..=10.0).contains(&severity), "{id}");
            assert!(list(&rule["properties"], "tags").len() <= 10, "{id}");
        }
    }
}

#[test]
fn every_result_has_a_place_and_a_rule_of_the_list() {
    for case in CASES {
        let sandbox = Sandbox::fixture(case);
        let files: HashSet<String> = sandbox.files().into_iter().map(|(name, _)| name).collect();
        for profile in ["full", "github"] {
            let log = sarif(&sandbox, profile);
            let run = &log["runs"][0];
            let rules = list(&run["tool"]["driver"], "rules");
            assert!(!list(run, "results").is_empty());
            for result in list(run, "results") {
                let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
                assert_eq!(rules[index]["id"], result["ruleId"]);
                assert!(result["message"]["text"].as_str().unwrap().ends_with('.'), "{result}");
                assert!(result["partialFingerprints"]["seaworthy/v1"].is_string(), "{result}");
                assert_eq!(list(result, "locations").len(), 1, "{result}");
                let place = &result["locations"][0]["physicalLocation"];
                let uri = place["artifactLocation"]["uri"].as_str().unwrap();
                assert!(files.contains(uri), "{uri} is no file of the repository");
                assert!(place["region"]["startLine"].as_u64().unwrap() >= 1, "{result}");
            }
        }
    }
}

#[test]
fn regions_run_forwards_and_addresses_are_relative() {
    for case in CASES {
        let log = sarif(&Sandbox::fixture(case), "full");
        let mut found = Vec::new();
        objects(&log["runs"][0], &mut found);
        for object in found {
            if let Some(uri) = object.get("uri").filter(|_| object.contains_key("uriBaseId")) {
                let uri = uri.as_str().unwrap();
                assert_eq!(object["uriBaseId"], "SRCROOT");
                assert!(
                    !uri.starts_with('/') && !uri.contains(':') && !uri.contains('\\'),
                    "{uri}"
                );
            }
            if let Some(start) = object.get("startLine").and_then(Value::as_u64) {
                let number = |key: &str| object.get(key).and_then(Value::as_u64);
                let end = number("endLine").unwrap_or(start);
                assert!(start >= 1 && end >= start, "{object:?}");
                if let (Some(from), Some(to)) = (number("startColumn"), number("endColumn")) {
                    assert!(from >= 1 && (end > start || to >= from), "{object:?}");
                }
            }
            if let (Some(uri), Some(index)) = (object.get("uri"), object.get("index")) {
                let index = usize::try_from(index.as_u64().unwrap()).unwrap();
                assert_eq!(log["runs"][0]["artifacts"][index]["location"]["uri"], *uri);
            }
        }
    }
}

#[test]
fn github_gets_no_suppressed_result() {
    let sandbox = Sandbox::fixture("pnpm-monorepo");
    let full = sarif(&sandbox, "full");
    let github = sarif(&sandbox, "github");
    let suppressed = |result: &&Value| !list(result, "suppressions").is_empty();
    let hidden = list(&full["runs"][0], "results").iter().filter(suppressed).count();
    assert!(hidden >= 3, "the fixture has inline and external ignores");
    let shown = list(&github["runs"][0], "results");
    assert_eq!(shown.len() + hidden, list(&full["runs"][0], "results").len());
    assert!(shown.iter().all(|result| result.get("suppressions").is_none()));
}

#[test]
fn the_category_names_the_run() {
    let sandbox = Sandbox::with(&[("a.txt", "")]);
    let log = sandbox.run(&["scan", "--format", "sarif", "--category", "nightly"]).json();
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "seaworthy/nightly/");
}

#[test]
fn github_actions_get_their_profile_unasked() {
    let sandbox = Sandbox::fixture("pnpm-monorepo");
    let mut command = sandbox.binary();
    command.args(["scan", "--format", "sarif"]).env("GITHUB_ACTIONS", "true");
    let log: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let results = list(&log["runs"][0], "results");
    assert!(results.iter().all(|result| result.get("suppressions").is_none()));
}

#[test]
fn equal_repositories_make_equal_bytes() {
    for case in CASES {
        let (one, other) = (Sandbox::fixture(case), Sandbox::fixture(case));
        for format in ["sarif", "json", "full"] {
            let first = one.run(&["scan", "--format", format]).stdout;
            assert_eq!(first, one.run(&["scan", "--format", format]).stdout, "{case} {format}");
            assert_eq!(first, other.run(&["scan", "--format", format]).stdout, "{case} {format}");
            let here = one.root().canonicalize().unwrap();
            assert!(!first.contains(here.to_str().unwrap()), "{case} {format} names this machine");
        }
    }
}
