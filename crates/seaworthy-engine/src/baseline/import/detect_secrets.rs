//! The baseline of detect-secrets: `.secrets.baseline`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Entry, Token};
use crate::baseline::Verdict;
use crate::foreign::Means;

#[derive(Deserialize)]
struct File {
    results: BTreeMap<String, Vec<Secret>>,
}

#[derive(Deserialize)]
struct Secret {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    hashed_secret: String,
    #[serde(default)]
    line_number: u32,
    /// What came of `detect-secrets audit`.
    is_secret: Option<bool>,
}

pub(super) fn read(text: &str) -> Result<Vec<Entry>, serde_json::Error> {
    let file: File = serde_json::from_str(text)?;
    let mut entries = Vec::new();
    for (path, secrets) in file.results {
        let path = path.replace('\\', "/");
        entries.extend(secrets.into_iter().map(|secret| Entry {
            path: path.clone(),
            first: secret.line_number,
            last: secret.line_number,
            rule: secret.kind,
            means: Some(Means::Secrets),
            token: Some(secret.hashed_secret).filter(|hash| hash.len() == 40).map(Token::Sha1),
            commit: None,
            fingerprint: None,
            verdict: secret.is_secret.map(|real| match real {
                true => Verdict::Real,
                false => Verdict::FalsePositive,
            }),
        }));
    }
    Ok(entries)
}
