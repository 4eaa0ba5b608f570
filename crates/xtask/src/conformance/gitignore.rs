//! The `gitignore` set: what `git check-ignore -v -n --no-index` said.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use serde::Deserialize;

use super::Outcome;

const EXCLUDE: &str = ".git/info/exclude";

#[derive(Deserialize)]
struct Case {
    id: String,
    gitignore: BTreeMap<String, String>,
    results: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    path: String,
    is_dir: bool,
    ignored: bool,
    source: Option<String>,
    line: Option<u32>,
}

/// Runs the sets in `dir`; none when it does not exist.
pub(super) fn run(dir: &Path) -> anyhow::Result<Vec<Outcome>> {
    let file = dir.join("check_ignore.json");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let cases: Vec<Case> =
        serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let mut outcome = Outcome::new("gitignore", 100.0);
    for case in &cases {
        let mut rules = IgnoreRules::new(false);
        for (path, text) in &case.gitignore {
            let source = match path.as_str() {
                EXCLUDE => IgnoreSource::InfoExclude,
                path => IgnoreSource::File { artifact: path.into() },
            };
            rules.add(source, text.as_str());
        }
        for expected in &case.results {
            check(&case.id, &rules, expected, &mut outcome);
        }
    }
    Ok(vec![outcome])
}

fn check(id: &str, rules: &IgnoreRules, expected: &Expected, outcome: &mut Outcome) {
    let verdict = rules.verdict(&expected.path, expected.is_dir);
    let (source, line) = match &verdict.decided_by {
        None => (None, None),
        Some(by) => {
            let source = match &by.source {
                IgnoreSource::File { artifact } => artifact.as_str(),
                IgnoreSource::Above { path } => path.as_str(),
                IgnoreSource::InfoExclude => EXCLUDE,
                IgnoreSource::Global => "core.excludesFile",
            };
            (Some(source), Some(by.line))
        }
    };
    let agrees = verdict.ignored == expected.ignored
        && source == expected.source.as_deref()
        && line == expected.line;
    outcome.case(agrees, || {
        format!(
            "{id} {:?}: {} {source:?}:{line:?}, git says {} {:?}:{:?}",
            expected.path, verdict.ignored, expected.ignored, expected.source, expected.line
        )
    });
}
