//! SARIF 2.1.0 of any tool, our own included.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Entry;
use crate::foreign::{Means, of_rule};

#[derive(Deserialize)]
struct Log {
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    tool: Tool,
    #[serde(default)]
    results: Option<Vec<Finding>>,
    #[serde(default)]
    artifacts: Vec<Artifact>,
    #[serde(default, rename = "originalUriBaseIds")]
    bases: BTreeMap<String, ArtifactLocation>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Driver,
}

#[derive(Deserialize)]
struct Driver {
    #[serde(default)]
    name: String,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
struct Artifact {
    location: Option<ArtifactLocation>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: Option<String>,
    uri_base_id: Option<String>,
    index: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: Option<String>,
    rule_index: Option<i64>,
    rule: Option<RuleReference>,
    kind: Option<String>,
    baseline_state: Option<String>,
    #[serde(default)]
    suppressions: Option<Vec<serde::de::IgnoredAny>>,
    #[serde(default)]
    locations: Vec<Location>,
    #[serde(default)]
    partial_fingerprints: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct RuleReference {
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Option<PhysicalLocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Option<ArtifactLocation>,
    region: Option<Region>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: Option<u32>,
    end_line: Option<u32>,
}

/// The key under which our own reports tell what a finding is.
const OWN_KEY: &str = "seaworthy/v1";

pub(super) fn read(text: &str) -> Result<Vec<Entry>, serde_json::Error> {
    let log: Log = serde_json::from_str(text)?;
    let mut entries = Vec::new();
    for mut run in log.runs {
        let results = run.results.take().unwrap_or_default();
        entries.extend(results.into_iter().filter_map(|result| entry(&run, result)));
    }
    Ok(entries)
}

/// What a result says, if it is about something that is there and that nobody accepted
/// in another way.
fn entry(run: &Run, result: Finding) -> Option<Entry> {
    let absent = result.baseline_state.as_deref() == Some("absent");
    let fails =
        result.kind.as_deref().is_none_or(|kind| matches!(kind, "fail" | "review" | "open"));
    if absent || !fails || result.suppressions.is_some_and(|list| !list.is_empty()) {
        return None;
    }
    let by_index = || {
        let index = usize::try_from(result.rule_index?).ok()?;
        run.tool.driver.rules.get(index).map(|rule| rule.id.clone())
    };
    let rule = result.rule_id.or_else(|| result.rule?.id).or_else(by_index).unwrap_or_default();
    let place = result.locations.into_iter().find_map(|location| location.physical_location)?;
    let path = path(run, &place.artifact_location?)?;
    let region = place.region;
    let first = region.as_ref().and_then(|region| region.start_line).unwrap_or(0);
    let last = region.and_then(|region| region.end_line).unwrap_or(first).max(first);
    let fingerprint = result
        .partial_fingerprints
        .get(OWN_KEY)
        .and_then(|digits| u128::from_str_radix(digits, 16).ok());
    let means = match fingerprint {
        Some(_) => None,
        None => Some(of_rule(&run.tool.driver.name, &rule).unwrap_or(Means::Topics(Vec::new()))),
    };
    let (token, commit, verdict) = (None, None, None);
    Some(Entry { path, first, last, rule, means, token, commit, fingerprint, verdict })
}

/// The path of a file, decoded, with the base that it is relative to.
fn path(run: &Run, location: &ArtifactLocation) -> Option<String> {
    let by_index = || {
        let index = usize::try_from(location.index?).ok()?;
        run.artifacts.get(index)?.location.as_ref()
    };
    let location = if location.uri.is_some() { location } else { by_index()? };
    let uri = location.uri.as_deref()?;
    let base = location.uri_base_id.as_ref().and_then(|id| run.bases.get(id)?.uri.as_deref());
    let whole = match base {
        Some(base) if !uri.contains(':') && !uri.starts_with('/') => {
            format!("{}/{uri}", base.trim_end_matches('/'))
        }
        _ => uri.to_owned(),
    };
    let bare =
        whole.strip_prefix("file:").map_or(whole.as_str(), |rest| match rest.strip_prefix("//") {
            // Behind two slashes comes a host, which is empty or this machine.
            Some(rest) => rest.find('/').map_or(rest, |slash| &rest[slash..]),
            None => rest,
        });
    Some(decoded(bare).replace('\\', "/"))
}

/// Without percent-encoding; what is no encoding stays.
fn decoded(uri: &str) -> String {
    let bytes = uri.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
        let code = code.and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_paths() {
        let run = |base: &str| -> Run {
            serde_json::from_value(serde_json::json!({
                "tool": {"driver": {"name": "x"}},
                "artifacts": [{"location": {"uri": "from/index.py"}}],
                "originalUriBaseIds": {"SRCROOT": {"uri": base}, "EMPTY": {}},
            }))
            .unwrap()
        };
        let cases = [
            (r#"{"uri": "a%20b/%C3%BC.py"}"#, "a b/ü.py"),
            (r#"{"uri": "a%2"}"#, "a%2"),
            (r#"{"uri": "file:///home/me/a.py"}"#, "/home/me/a.py"),
            (r#"{"uri": "file://localhost/home/a.py"}"#, "/home/a.py"),
            (r#"{"uri": "a.py", "uriBaseId": "SRCROOT"}"#, "/home/repo/a.py"),
            (r#"{"uri": "a.py", "uriBaseId": "EMPTY"}"#, "a.py"),
            (r#"{"uri": "a.py", "uriBaseId": "OTHER"}"#, "a.py"),
            (r#"{"index": 0}"#, "from/index.py"),
        ];
        for (location, want) in cases {
            let location: ArtifactLocation = serde_json::from_str(location).unwrap();
            assert_eq!(path(&run("file:///home/repo/"), &location).as_deref(), Some(want));
        }
        let nowhere = ArtifactLocation { index: Some(7), ..ArtifactLocation::default() };
        assert_eq!(path(&run(""), &nowhere), None);
    }
}
