//! SARIF as a whole: its structure, GitHub's rules and limits, streaming.

use std::collections::BTreeSet;

use seaworthy_model::{Extension, Finding, Rule, Severity};
use serde_json::{Value, json};

use super::*;
use crate::sample::{self, SECRET};

fn render(report: &Report, profile: Profile) -> String {
    let mut out = Vec::new();
    write(report, &Options { profile, category: None }, &mut out).expect("memory can be written");
    String::from_utf8(out).expect("SARIF is UTF-8")
}

fn parse(report: &Report, profile: Profile) -> Value {
    serde_json::from_str(&render(report, profile)).expect("SARIF is JSON")
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().expect("results are present")
}

/// The results whose message starts with `start`.
fn result<'a>(log: &'a Value, start: &str) -> &'a Value {
    let found = |result: &&Value| {
        result["message"]["text"].as_str().is_some_and(|text| text.starts_with(start))
    };
    results(log).iter().find(found).expect("the result is present")
}

/// Calls `visit` for every object with its key in the parent.
fn walk(value: &Value, key: &str, visit: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(map) => {
            visit(key, value);
            map.iter().for_each(|(key, value)| walk(value, key, visit));
        }
        Value::Array(list) => list.iter().for_each(|value| walk(value, key, visit)),
        _ => {}
    }
}

#[test]
fn the_log_has_one_run_of_a_described_tool() {
    let log = parse(&sample::rich(), Profile::Full);
    assert_eq!(log["$schema"], SCHEMA);
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["automationDetails"]["id"], "seaworthy/");
    assert_eq!(run["originalUriBaseIds"]["SRCROOT"].get("uri"), None);
    assert_eq!(run["versionControlProvenance"][0]["mappedTo"]["uriBaseId"], "SRCROOT");
    let driver = &run["tool"]["driver"];
    for key in ["name", "fullName", "organization", "version", "semanticVersion", "informationUri"]
    {
        assert!(driver[key].as_str().is_some_and(|text| !text.is_empty()), "{key}");
    }
}

#[test]
fn every_rule_is_described_whether_or_not_it_fired() {
    let log = parse(&sample::report(Vec::new()), Profile::Github);
    assert!(results(&log).is_empty(), "an empty list closes the alerts that were mended");
    let driver = &log["runs"][0]["tool"]["driver"];
    let rules = driver["rules"].as_array().expect("rules are present");
    let ids: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(
        ids,
        ["compose-port-public", "env-file-tracked", "header-referrer-policy", "jwt-secret-weak"]
    );
    let notifications = driver["notifications"].as_array().expect("notifications are present");
    for descriptor in rules.iter().chain(notifications) {
        let id = &descriptor["id"];
        for key in ["shortDescription", "fullDescription", "help"] {
            let text = descriptor[key]["text"].as_str().expect(key);
            assert!(text.ends_with('.') || key == "help", "{id} {key} {text}");
            assert!((1..=1024).contains(&text.chars().count()) || key == "help", "{id} {key}");
        }
        assert!(descriptor["help"]["markdown"].is_string(), "{id}");
        assert!(descriptor["helpUri"].as_str().is_some_and(|uri| uri.starts_with("https://")));
        let name = descriptor["name"].as_str().expect("a name");
        assert!(name.len() <= 255 && name.chars().all(char::is_alphanumeric), "{name}");
        assert!(
            ["note", "warning", "error"]
                .contains(&descriptor["defaultConfiguration"]["level"].as_str().expect("a level"))
        );
    }
    for rule in rules {
        let properties = &rule["properties"];
        let severity = properties["security-severity"].as_str().expect("a string, not a number");
        let severity: f64 = severity.parse().expect("a number in a string");
        assert!(severity > 0.0 && severity <= 10.0);
        assert!(
            ["very-high", "high", "medium", "low"]
                .contains(&properties["precision"].as_str().expect("a precision"))
        );
        assert!(
            ["error", "warning", "recommendation"]
                .contains(&properties["problem.severity"].as_str().expect("a problem severity"))
        );
        let tags = properties["tags"].as_array().expect("tags");
        assert!(tags.len() <= 10 && tags[0] == "security");
    }
    assert_eq!(rules[3]["properties"]["tags"][2], "external/cwe/cwe-521");
    assert_eq!(
        rules[3]["fullDescription"]["text"],
        "Flags a JWT_SECRET that is a word, a default or shorter than the key size."
    );
    assert_eq!(rules[2]["defaultConfiguration"]["enabled"], false);
}

#[test]
fn tags_stay_within_githubs_limit() {
    static CWE: [u16; 12] = [79, 80, 81, 79, 82, 83, 84, 85, 86, 87, 88, 89];
    static MANY: Rule = Rule { id: "many-cwe", summary: "much", cwe: &CWE, ..Rule::DEFAULT };
    let found = sample::finding(&MANY, "Much.", sample::whole_file("a"));
    let log = parse(&sample::report(vec![found]), Profile::Full);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    let many =
        rules.iter().find(|rule| rule["id"] == "many-cwe").expect("a rule not listed is added");
    assert_eq!(many["properties"]["tags"].as_array().map(Vec::len), Some(10));
    assert_eq!(many["properties"]["tags"][9], "external/cwe/cwe-086");
    assert_eq!(many["help"]["text"], "Much.", "help is never empty");
}

#[test]
fn a_plugin_is_an_extension_with_its_rules() {
    static ROOT: Rule = Rule {
        id: "team/no-root",
        summary: "runs as root",
        tags: &["team", "security", "team"],
        security_severity: Some(61),
        uri: Some("https://team.example.com/no-root"),
        ..Rule::DEFAULT
    };
    static OTHER: Rule = Rule { id: "gone/rule", summary: "nobody's", ..Rule::DEFAULT };
    let mut report = sample::report(vec![
        sample::finding(&ROOT, "Root.", sample::whole_file("a")),
        sample::finding(&OTHER, "Other.", sample::whole_file("b")),
    ]);
    let extension = |name: &str| Extension {
        name: name.to_owned(),
        version: "0.2.0".to_owned(),
        summary: "the team's".to_owned(),
        sha256: "ab".repeat(32),
        organization: Some("The team".to_owned()),
        information_uri: None,
    };
    report.extensions = vec![extension("silent"), extension("team")];
    for profile in [Profile::Full, Profile::Github] {
        let log = parse(&report, profile);
        let tool = &log["runs"][0]["tool"];
        let team = &tool["extensions"][1];
        assert_eq!(team["name"], "team");
        assert_eq!(team["semanticVersion"], "0.2.0");
        assert_eq!(team["shortDescription"]["text"], "The team's.");
        assert_eq!(team["rules"][0]["properties"]["security-severity"], "6.1");
        assert_eq!(team["rules"][0]["properties"]["tags"], json!(["security", "secrets", "team"]));
        assert_eq!(team["rules"][0]["helpUri"], "https://team.example.com/no-root");
        assert_eq!(tool["extensions"][0]["rules"], json!([]));
        let of_team = &results(&log)[0];
        assert_eq!(of_team["ruleId"], "team/no-root");
        assert_eq!(of_team["ruleIndex"], Value::Null);
        assert_eq!(
            of_team["rule"],
            json!({"id": "team/no-root", "index": 0, "toolComponent": {"index": 1}})
        );
        // One whose plugin did not take part is listed with our own.
        let index = results(&log)[1]["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(tool["driver"]["rules"][index]["id"], "gone/rule");
    }
    let log = parse(&sample::report(Vec::new()), Profile::Full);
    assert_eq!(log["runs"][0]["tool"]["extensions"], Value::Null);
}

#[test]
fn every_result_has_what_github_demands() {
    for profile in [Profile::Full, Profile::Github] {
        let log = parse(&sample::rich(), profile);
        let rules = &log["runs"][0]["tool"]["driver"]["rules"];
        for result in results(&log) {
            let index = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert_eq!(result["kind"], "fail");
            assert!(
                ["note", "warning", "error"].contains(&result["level"].as_str().expect("level"))
            );
            assert!(result["message"]["text"].as_str().is_some_and(|text| text.ends_with('.')));
            let locations = result["locations"].as_array().expect("locations");
            assert_eq!(locations.len(), 1);
            assert!(locations[0]["physicalLocation"]["region"]["startLine"].is_u64());
            let prints = result["partialFingerprints"].as_object().expect("fingerprints");
            assert!(prints.values().all(Value::is_string));
            assert_eq!(prints["seaworthy/v1"].as_str().map(str::len), Some(32));
        }
    }
}

#[test]
fn regions_count_from_one_and_contexts_are_larger() {
    let mut contexts = 0;
    let log = parse(&sample::rich(), Profile::Full);
    walk(&log, "", &mut |key, value| {
        if !matches!(key, "region" | "contextRegion" | "deletedRegion") {
            return;
        }
        let number = |name: &str| value.get(name).map(|n| n.as_u64().expect("a whole number"));
        for name in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(number(name).is_none_or(|n| n >= 1), "{name} of {value}");
        }
        let start = (number("startLine"), number("startColumn"));
        let end = (number("endLine").or(start.0), number("endColumn").or(start.1));
        assert!(start <= end, "{value}");
    });
    walk(&log, "", &mut |key, value| {
        let Some(context) = value.get("contextRegion").filter(|_| key == "physicalLocation") else {
            return;
        };
        contexts += 1;
        let bounds = |region: &Value| {
            let start = region["byteOffset"].as_u64().expect("an offset");
            (start, start + region["byteLength"].as_u64().expect("a length"))
        };
        let (inner, outer) = (bounds(&value["region"]), bounds(context));
        assert!(outer.0 <= inner.0 && inner.1 <= outer.1 && outer != inner, "{value}");
    });
    assert_eq!(contexts, 7);
}

#[test]
fn a_context_no_larger_than_its_region_is_left_out() {
    let mut location = sample::locate("a.txt", "only", "only", &[]);
    location.start.line = 0;
    location.start.column = 0;
    location.end.column = 0;
    let log =
        parse(&sample::report(vec![sample::finding(&sample::PORT, "x", location)]), Profile::Full);
    let place = &results(&log)[0]["locations"][0]["physicalLocation"];
    assert_eq!(place.get("contextRegion"), None);
    assert_eq!(place["region"]["startLine"], 1, "positions that are out of range are mended");
    assert_eq!(place["region"]["endColumn"], 1);
}

#[test]
fn a_context_that_differs_in_bytes_alone_is_left_out() {
    let mut location = sample::locate("a.txt", "\u{fe0f}k", "\u{fe0f}k", &[]);
    location.region.start += 1;
    let log =
        parse(&sample::report(vec![sample::finding(&sample::PORT, "x", location)]), Profile::Full);
    assert_eq!(results(&log)[0]["locations"][0]["physicalLocation"].get("contextRegion"), None);
}

#[test]
fn addresses_are_never_absolute() {
    for (path, want) in [("/etc/x", "etc/x"), ("", "."), ("a:b", "a%3Ab")] {
        let found = sample::finding(&sample::PORT, "x", sample::whole_file(path));
        let log = parse(&sample::report(vec![found]), Profile::Full);
        let place = &results(&log)[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], want);
    }
}

#[test]
fn a_finding_about_a_file_stands_at_its_first_line() {
    let log = parse(&sample::rich(), Profile::Full);
    let place = &result(&log, "This file")["locations"][0]["physicalLocation"];
    assert_eq!(place["region"], serde_json::json!({"startLine": 1}));
    assert_eq!(place["artifactLocation"]["uri"], "src/%C3%A4%20b/.env");
    assert_eq!(place["artifactLocation"]["uriBaseId"], "SRCROOT");
}

#[test]
fn related_places_are_linked_from_the_message() {
    let log = parse(&sample::rich(), Profile::Full);
    let weak = result(&log, "'JWT_SECRET'");
    assert_eq!(
        weak["message"]["text"],
        "'JWT_SECRET' is a default value. Whoever reads the template can sign tokens (see \\[x\\](y)). \
         See: [service 'db' \\[main\\] reads it](1), [documented here](2), [its name](3)."
    );
    let related = weak["relatedLocations"].as_array().expect("related");
    let ids: Vec<_> = related.iter().filter_map(|place| place["id"].as_u64()).collect();
    assert_eq!(ids, [1, 2, 3]);
    assert_eq!(related[0]["message"]["text"], "service 'db' [main] reads it");
}

#[test]
fn columns_are_utf16_and_offsets_are_bytes() {
    let location = sample::locate("a.txt", "ü😀 key=1\n", "key=1", &[]);
    let log =
        parse(&sample::report(vec![sample::finding(&sample::PORT, "x", location)]), Profile::Full);
    let region = &results(&log)[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        *region,
        serde_json::json!({"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 10,
            "byteOffset": 7, "byteLength": 5, "snippet": {"text": "key=1"}})
    );
}

#[test]
fn artifacts_are_listed_once_and_pointed_at() {
    let log = parse(&sample::rich(), Profile::Full);
    let artifacts = log["runs"][0]["artifacts"].as_array().expect("artifacts");
    let uris: Vec<_> = artifacts.iter().filter_map(|a| a["location"]["uri"].as_str()).collect();
    assert_eq!(uris.iter().collect::<BTreeSet<_>>().len(), uris.len());
    walk(&log, "", &mut |key, value| {
        if key == "artifactLocation" {
            let index = value["index"].as_u64().expect("an index") as usize;
            assert_eq!(uris[index], value["uri"]);
        }
    });
}

#[test]
fn fixes_are_edits_and_words_alone_are_left_out() {
    let log = parse(&sample::rich(), Profile::Full);
    let insert = &result(&log, "Port 5432")["fixes"][0];
    assert_eq!(insert["description"]["text"], "Bind the port to the loopback interface.");
    assert_eq!(insert["properties"]["applicability"], "safe");
    let replacement = &insert["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "127.0.0.1:");
    assert_eq!(replacement["deletedRegion"]["byteLength"], 0);
    let delete = result(&log, "A value")["fixes"].as_array().expect("fixes");
    assert_eq!(delete.len(), 1);
    assert_eq!(delete[0]["artifactChanges"][0]["replacements"][0].get("insertedContent"), None);
}

#[test]
fn only_the_full_profile_holds_what_github_would_mistake() {
    let report = sample::rich();
    let full = parse(&report, Profile::Full);
    assert_eq!(results(&full).len(), report.findings.len());
    assert_eq!(
        result(&full, "'DEBUG'")["suppressions"],
        serde_json::json!([{"kind": "inSource", "status": "accepted", "justification": "local only"}])
    );
    assert_eq!(result(&full, "'PORT'")["baselineState"], "unchanged");
    for result in results(&full) {
        assert!(result["suppressions"].is_array() && result["baselineState"].is_string());
    }

    let github = parse(&report, Profile::Github);
    assert_eq!(results(&github).len(), report.open_findings().count());
    for result in results(&github) {
        assert_eq!((result.get("suppressions"), result.get("baselineState")), (None, None));
    }
}

#[test]
fn notifications_go_where_they_belong() {
    let log = parse(&sample::rich(), Profile::Github);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    assert_eq!(invocation["exitCode"], 1);
    assert_eq!(invocation.get("startTimeUtc"), None);
    let configuration = &invocation["toolConfigurationNotifications"];
    assert_eq!(configuration[0]["descriptor"]["id"], "settings-unused");
    let text = &configuration[0]["message"]["text"];
    assert_eq!(text, "'rules.foo' has no effect.\n\nfoo = \"off\"");
    let execution = invocation["toolExecutionNotifications"].as_array().expect("a list");
    assert_eq!(execution.len(), 2);
    assert_eq!(execution[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
    let descriptors = &log["runs"][0]["tool"]["driver"]["notifications"];
    for notification in execution {
        let index = notification["descriptor"]["index"].as_u64().expect("an index") as usize;
        assert_eq!(descriptors[index]["id"], notification["descriptor"]["id"]);
    }
    let mut failed = sample::rich();
    failed.exit_code = 2;
    let log = parse(&failed, Profile::Github);
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn github_gets_the_worst_results_in_order_and_is_told_of_the_rest() {
    let report = sample::large(8_000);
    let log = parse(&report, Profile::Github);
    let kept = results(&log);
    assert_eq!(kept.len(), 5_000);
    let count = |level: &str| kept.iter().filter(|result| result["level"] == level).count();
    assert_eq!((count("error"), count("warning"), count("note")), (4_000, 1_000, 0));
    let order = |finding: &Finding| finding.fingerprint.to_string();
    let worst: Vec<String> =
        report.findings.iter().filter(|f| f.severity >= Severity::High).map(order).collect();
    let got: Vec<&str> = kept
        .iter()
        .filter(|result| result["level"] == "error")
        .filter_map(|result| result["partialFingerprints"]["seaworthy/v1"].as_str())
        .collect();
    assert_eq!(got, worst);
    let notifications = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notifications[0]["descriptor"]["id"], "results-truncated");
    assert!(notifications[0]["message"]["text"].as_str().is_some_and(|text| text.contains("3000")));
}

#[test]
fn thirty_thousand_findings_stay_within_githubs_limits() {
    let report = sample::large(30_000);
    let text = render(&report, Profile::Github);
    // GitHub takes 10 MB of gzip; without it, there is nothing left to ask.
    assert!(text.len() < 10_000_000, "{}", text.len());
    let log: Value = serde_json::from_str(&text).expect("the output is JSON");
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    let results = results(&log);
    assert_eq!(results.len(), 5_000);
    assert!(results.iter().all(|result| result["level"] == "error"));
    for result in results {
        let places = |key: &str| result[key].as_array().map_or(0, Vec::len);
        assert!(places("locations") == 1 && places("relatedLocations") < 100, "{result}");
    }
}

#[test]
fn github_gets_at_most_a_hundred_locations_of_a_result() {
    let mut found = sample::finding(&sample::PORT, "x", sample::whole_file("a"));
    found.related = (0..150).map(|n| sample::whole_file(&format!("related/{n}"))).collect();
    let report = sample::report(vec![found]);
    for (profile, related, artifacts) in [(Profile::Github, 99, 100), (Profile::Full, 150, 151)] {
        let log = parse(&report, profile);
        assert_eq!(results(&log)[0]["relatedLocations"].as_array().map(Vec::len), Some(related));
        assert_eq!(log["runs"][0]["artifacts"].as_array().map(Vec::len), Some(artifacts));
    }
}

#[test]
fn equal_reports_give_equal_bytes_without_the_secret() {
    for profile in [Profile::Full, Profile::Github] {
        let first = render(&sample::rich(), profile);
        assert_eq!(first, render(&sample::rich(), profile));
        assert!(!first.contains(SECRET) && !first.contains(&SECRET[4..12]));
        assert!(first.contains("JWT_SECRET=qT******************"), "the masked line is there");
    }
}

#[test]
fn twenty_five_thousand_results_stream() {
    let report = sample::large(25_000);
    let mut counter = sample::Counter::default();
    write(&report, &Options::default(), &mut counter).expect("a counter takes everything");
    assert!(counter.bytes > 25_000 * 500, "{counter:?}");
    assert!(counter.largest_write <= 64 * 1024, "nothing large is built first: {counter:?}");
}

#[test]
fn a_full_disk_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = write(&sample::rich(), &Options::default(), &mut Full).expect_err("no room");
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}
