//! The published JSON Schema of a settings file.
//!
//! These types are never filled: they say what the reader understands, and a
//! test holds the two together.

use schemars::JsonSchema;
use serde::Serialize;

/// The shape of a settings file, for its published schema. The reader below is
/// held against it by a test.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(title = "seaworthy.toml", deny_unknown_fields, rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
struct Schema {
    /// The least severity that makes a scan fail; `never` to only report.
    /// Only in the root file. Default: medium.
    fail_on: Option<FailOnName>,
    /// Paths that are not reported on, in the notation of .gitignore.
    exclude: Option<Vec<String>>,
    /// The file with the findings that are known and do not count, relative to this
    /// file; `seaworthy baseline` writes it. Only in the root file. Default:
    /// seaworthy-baseline.json, where there is one.
    baseline: Option<String>,
    /// Whether the marks of other tools suppress findings that they could mean: all of
    /// them, or those of the tools in a list. Only in the root file. Default: false, or
    /// gitleaks alone where `[detectors]` names its configuration.
    foreign_ignores: Option<ForeignIgnoresSchema>,
    /// Rules by id: `off`, or the severity to report at. `error`, `warning` and
    /// `note` stand for high, medium and info.
    rules: Option<std::collections::BTreeMap<String, RuleSettingName>>,
    /// What rules measure against. Only in the root file.
    thresholds: Option<ThresholdsSchema>,
    /// HTTP response headers. Only in the root file.
    headers: Option<HeadersSchema>,
    /// Lockfiles. Only in the root file.
    lockfiles: Option<LockfilesSchema>,
    /// Detectors of secrets. Only in the root file.
    detectors: Option<DetectorsSchema>,
    /// Plugins by name: the first half of their rules' ids. They run if seaworthy.lock
    /// pins them and you trust them; see `seaworthy plugin`. Only in the root file.
    plugins: Option<std::collections::BTreeMap<String, PluginSchema>>,
    /// Whether a plugin that fails or cannot run fails the scan (`fail`) or is only
    /// told (`report`). Only in the root file. Default: fail where the environment
    /// has CI set, report elsewhere.
    plugin_failures: Option<PluginFailuresName>,
    /// Findings to accept, by rule and path; for formats without comments.
    ignore: Option<Vec<IgnoreSchema>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "names for the schema")]
enum FailOnName {
    Critical,
    High,
    Medium,
    Low,
    Info,
    Error,
    Warning,
    Note,
    Never,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "names for the schema")]
enum ForeignIgnoresSchema {
    All(bool),
    Some(Vec<ForeignTool>),
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "names for the schema")]
enum ForeignTool {
    Bandit,
    Checkov,
    DetectSecrets,
    Ggshield,
    Gitleaks,
    Hadolint,
    Kics,
    Kingfisher,
    Ruff,
    Semgrep,
    Trivy,
    Trufflehog,
    Zizmor,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "names for the schema")]
enum RuleSettingName {
    Off,
    Critical,
    High,
    Medium,
    Low,
    Info,
    Error,
    Warning,
    Note,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "kebab-case")]
struct ThresholdsSchema {
    /// The fewest characters of a signing secret. Default: 32.
    jwt_secret_min_length: Option<u32>,
    /// The length recommended in production. Default: 64.
    jwt_secret_recommended_length: Option<u32>,
    /// The fewest characters of a database password. Default: 16.
    password_min_length: Option<u32>,
    /// The longest life of an access token, in seconds. Default: 3600.
    access_token_max_seconds: Option<u32>,
    /// The longest life of a refresh token, in seconds. Default: 2592000.
    refresh_token_max_seconds: Option<u32>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct HeadersSchema {
    /// Headers that every app must set besides those with a rule of their own.
    required: Option<Vec<String>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "kebab-case")]
struct LockfilesSchema {
    /// Hosts that packages may come from besides the public registries.
    allowed_hosts: Option<Vec<String>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct DetectorsSchema {
    /// A configuration of gitleaks, usually .gitleaks.toml: its rules run beside the
    /// detectors, and its allowlists, `gitleaks:allow` comments and .gitleaksignore
    /// count.
    gitleaks: Option<String>,
    /// Detectors, by id, that are not to run.
    off: Option<Vec<String>>,
    /// Files with detectors of your own, relative to this file: paths in which `*`
    /// stands for any name. `seaworthy rules check` tries them.
    packs: Option<Vec<String>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "names for the schema")]
enum PluginFailuresName {
    Fail,
    Report,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct PluginSchema {
    /// Where it comes from: a path, or an address that begins with `https:`, `oci:`
    /// or `npm:`.
    source: String,
    /// Its configuration; `seaworthy plugin info` shows the schema.
    config: Option<std::collections::BTreeMap<String, serde_json::Value>>,
    /// How much it may use.
    limits: Option<PluginLimitsSchema>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "kebab-case")]
struct PluginLimitsSchema {
    /// MiB of memory of each instance, at most 1024. Default: 64, enough for Rust;
    /// JavaScript and Python need 256.
    memory_mib: Option<u32>,
    /// How long one file may take, at most 60000. Default: 250.
    file_milliseconds: Option<u32>,
    /// How long the repository may take, at most 600000. Default: 5000.
    repository_milliseconds: Option<u32>,
    /// How long a start may take, at most 60000. Default: 1000.
    start_milliseconds: Option<u32>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct IgnoreSchema {
    /// The rules to accept.
    rules: Vec<String>,
    /// Where, in the notation of .gitignore; everywhere when left out.
    paths: Option<Vec<String>>,
    /// Why.
    reason: Option<String>,
}

/// The JSON Schema of a settings file, pretty-printed.
///
/// # Panics
/// Never: the schema is plain data.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Schema);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::detectors::DETECTORS;
    use super::super::plugins::{LIMIT_KEYS, PLUGIN_KEYS};
    use super::super::reader;

    /// The property names of an object of the schema, sorted by serde.
    fn properties(object: &Value) -> Vec<&str> {
        let mut names: Vec<&str> = object["properties"]
            .as_object()
            .expect("an object has properties")
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        let schema: Value = serde_json::from_str(&super::schema()).expect("a schema is JSON");
        let definitions = &schema["$defs"];
        let cases = [
            (&schema, reader::KEYS.as_slice()),
            (&definitions["ThresholdsSchema"], reader::THRESHOLDS.as_slice()),
            (&definitions["HeadersSchema"], [reader::REQUIRED_HEADERS].as_slice()),
            (&definitions["LockfilesSchema"], [reader::ALLOWED_HOSTS].as_slice()),
            (&definitions["DetectorsSchema"], DETECTORS.as_slice()),
            (&definitions["PluginSchema"], PLUGIN_KEYS.as_slice()),
            (&definitions["PluginLimitsSchema"], LIMIT_KEYS.as_slice()),
            (&definitions["IgnoreSchema"], reader::IGNORE_KEYS.as_slice()),
        ];
        for (object, known) in cases {
            assert_eq!(properties(object), known);
            assert_eq!(object["additionalProperties"], false, "{known:?}");
        }
        assert_eq!(definitions.as_object().map(serde_json::Map::len), Some(12), "{definitions}");
    }

    #[test]
    fn every_value_of_the_schema_is_read() {
        let schema: Value = serde_json::from_str(&super::schema()).expect("a schema is JSON");
        let names = |definition: &str| -> Vec<String> {
            let values = schema["$defs"][definition]["enum"].as_array().expect("an enum");
            values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
        };
        let fail_on = names("FailOnName");
        assert_eq!(fail_on.len(), 9);
        for name in fail_on {
            assert!(name.parse::<super::super::FailOn>().is_ok(), "{name}");
        }
        let failures = names("PluginFailuresName");
        assert_eq!(failures.len(), 2);
        for name in failures {
            assert!(reader::plugin_failures(&name).is_some(), "{name}");
        }
        let tools = crate::foreign::Tool::ALL.map(crate::foreign::Tool::name);
        assert_eq!(names("ForeignTool"), tools);
        let settings = names("RuleSettingName");
        assert_eq!(settings.len(), 9);
        for name in settings {
            assert!(reader::rule_setting(&name).is_some(), "{name}");
        }
    }
}
