//! The `dotenv` sets: one env file and process environment a case, the values
//! or the refusal of each engine.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use seaworthy_syntax::env::{Loaded, Loader, load};
use serde::Deserialize;

use super::Outcome;

/// The share that must agree with each engine, in percent.
const BAR: f64 = 98.0;

/// The engines that we emulate, by their names in the file.
const ENGINES: [(&str, Loader); 4] = [
    ("dotenv", Loader::Dotenv),
    ("next_env", Loader::Next),
    ("compose", Loader::Compose),
    ("python_dotenv", Loader::PythonDotenv),
];

#[derive(Deserialize)]
struct Case {
    id: String,
    input: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    expected: BTreeMap<String, Answer>,
}

/// What an engine said: `values` unless it refused the file.
#[derive(Deserialize)]
struct Answer {
    values: Option<BTreeMap<String, Option<String>>>,
}

/// Runs the sets in `dir`; none when it does not exist.
pub(super) fn run(dir: &Path) -> anyhow::Result<Vec<Outcome>> {
    let path = dir.join("engines.json");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let cases: Vec<Case> =
        serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let outcomes = ENGINES.map(|(engine, loader)| {
        let mut outcome = Outcome::new(format!("dotenv/{engine}"), BAR);
        for case in &cases {
            let Some(expected) = case.expected.get(engine) else { continue };
            let loaded = load(&case.input, loader, &|name| case.env.get(name).cloned());
            let found = values(&loaded);
            outcome.case(found == expected.values, || {
                format!("{}: expected {:?}, found {found:?}", case.id, expected.values)
            });
        }
        outcome
    });
    Ok(outcomes.into())
}

fn values(loaded: &Loaded) -> Option<BTreeMap<String, Option<String>>> {
    if loaded.error.is_some() {
        return None;
    }
    Some(loaded.values.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect())
}
