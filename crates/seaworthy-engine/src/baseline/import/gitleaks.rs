//! The JSON report of gitleaks.

use serde::Deserialize;

use super::{Entry, Token};
use crate::foreign::Means;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    #[serde(rename = "RuleID", default)]
    rule: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    start_line: u32,
    #[serde(default)]
    end_line: u32,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    commit: String,
}

pub(super) fn read(text: &str) -> Result<Vec<Entry>, serde_json::Error> {
    // An empty report is `null` in some versions.
    let findings: Option<Vec<Finding>> = serde_json::from_str(text)?;
    let entry = |finding: Finding| Entry {
        path: finding.file.replace('\\', "/"),
        first: finding.start_line,
        last: finding.end_line.max(finding.start_line),
        rule: finding.rule,
        means: Some(Means::Secrets),
        // A report that was made with --redact has no secrets to look for.
        token: Some(finding.secret)
            .filter(|secret| !secret.is_empty() && !secret.contains("REDACTED"))
            .map(Token::Text),
        commit: Some(finding.commit).filter(|commit| commit.len() >= 7),
        fingerprint: None,
        verdict: None,
    };
    Ok(findings.unwrap_or_default().into_iter().map(entry).collect())
}
