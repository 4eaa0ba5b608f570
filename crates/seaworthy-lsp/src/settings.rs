//! What an editor's user decides about the server. What is decided about a repository
//! stands in its own settings file.

use std::time::Duration;

use seaworthy_model::Severity;
use serde_json::Value;

/// The section of an editor's settings.
pub(crate) const SECTION: &str = "seaworthy";

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Whether the user trusts the workspace: otherwise nothing that it brings is run.
    pub(crate) trusted: bool,
    /// How long the typing must rest before a report is begun unasked.
    pub(crate) debounce: Duration,
    /// Whether files are reported on that are not open.
    pub(crate) whole_workspace: bool,
    /// The mildest severity that is shown.
    pub(crate) minimum_severity: Severity,
    /// The most diagnostics that are shown of one file.
    pub(crate) most_per_file: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trusted: true,
            debounce: Duration::from_millis(150),
            whole_workspace: true,
            minimum_severity: Severity::Info,
            most_per_file: 500,
        }
    }
}

/// No client waits longer for a report.
const LONGEST_DEBOUNCE: u64 = 60_000;

impl Settings {
    /// The settings as the client's options change them, which may stand in a section
    /// of their own. Gives a complaint for each that is wrong and does not count.
    pub(crate) fn changed(&self, options: &Value) -> (Self, Vec<String>) {
        let options = options.get(SECTION).unwrap_or(options);
        let mut settings = self.clone();
        let mut complaints = Vec::new();
        let mut read = |key: &str, expected: &str, set: &mut dyn FnMut(&Value) -> Option<()>| {
            if let Some(value) = options.get(key).filter(|value| !value.is_null())
                && set(value).is_none()
            {
                complaints.push(format!("the setting `{SECTION}.{key}` must be {expected}"));
            }
        };
        read("trusted", "true or false", &mut |value| {
            settings.trusted = value.as_bool()?;
            Some(())
        });
        read("debounce", "a number of milliseconds", &mut |value| {
            settings.debounce = Duration::from_millis(value.as_u64()?.min(LONGEST_DEBOUNCE));
            Some(())
        });
        read("scope", "\"workspace\" or \"openFiles\"", &mut |value| {
            settings.whole_workspace = match value.as_str()? {
                "workspace" => true,
                "openFiles" => false,
                _ => return None,
            };
            Some(())
        });
        let severities = "critical, high, medium, low or info";
        read("minimumSeverity", severities, &mut |value| {
            settings.minimum_severity = value.as_str()?.parse().ok()?;
            Some(())
        });
        read("maxDiagnosticsPerFile", "a number above 0", &mut |value| {
            settings.most_per_file = usize::try_from(value.as_u64()?).ok().filter(|&n| n > 0)?;
            Some(())
        });
        (settings, complaints)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wrong_setting_is_told_and_the_others_count() {
        let (settings, complaints) = Settings::default().changed(&json!({ "seaworthy": {
            "trusted": false, "debounce": "fast", "scope": "everything",
            "minimumSeverity": "high", "maxDiagnosticsPerFile": 0, "other": 1,
        }}));
        assert!(!settings.trusted && settings.whole_workspace);
        assert_eq!(settings.minimum_severity, Severity::High);
        assert_eq!((settings.debounce.as_millis(), settings.most_per_file), (150, 500));
        assert_eq!(complaints.len(), 3, "{complaints:?}");
        assert!(complaints[0].contains("seaworthy.debounce"), "{complaints:?}");
    }

    #[test]
    fn options_that_are_no_table_change_nothing() {
        for options in [json!(null), json!(3), json!([]), json!({ "seaworthy": "x" })] {
            assert_eq!(Settings::default().changed(&options), (Settings::default(), Vec::new()));
        }
    }
}
