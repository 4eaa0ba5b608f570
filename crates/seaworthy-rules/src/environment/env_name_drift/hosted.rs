//! Variables that `vercel.json` sets under another name than programs read.

use std::collections::{HashMap, HashSet};

use seaworthy_analysis::joined::{Definition, DefinitionSource};
use seaworthy_analysis::{Artifact, Context};

use super::super::drift::{bucket, synonyms};
use super::super::named::{is_program, named};
use super::super::templates::is_below;

/// How many definitions with the same words are looked at.
const MOST: usize = 16;

pub(super) fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let joined = snapshot.joined();
    let of = |source: DefinitionSource| {
        joined.definitions().iter().filter(move |definition| definition.source == source)
    };
    let hosted: Vec<&Definition> = of(DefinitionSource::Vercel).collect();
    if hosted.is_empty() {
        return;
    }
    let set: HashSet<&str> = hosted.iter().map(|definition| definition.name.as_str()).collect();
    let mut listed: HashMap<String, Vec<&Definition>> = HashMap::new();
    let mut all: HashSet<&str> = HashSet::new();
    for definition in of(DefinitionSource::EnvTemplate) {
        all.insert(&definition.name);
        listed.entry(bucket(&definition.name)).or_default().push(definition);
    }
    let mut pairs: Vec<(&Definition, &Definition)> = Vec::new();
    for given in hosted {
        let own = given.artifact.parent();
        let meant =
            listed.get(&bucket(&given.name)).into_iter().flatten().take(MOST).find(|other| {
                synonyms(&given.name, &other.name)
                    && !set.contains(other.name.as_str())
                    && is_below(other.artifact.parent(), own)
            });
        if let Some(meant) = meant.filter(|_| !all.contains(given.name.as_str())) {
            pairs.push((given, meant));
        }
    }
    if pairs.is_empty() {
        return;
    }
    let given: HashSet<&str> = pairs.iter().map(|(given, _)| given.name.as_str()).collect();
    let meant: HashSet<&str> = pairs.iter().map(|(_, meant)| meant.name.as_str()).collect();
    let elsewhere = |artifact: &Artifact| artifact.path().file_name() != "vercel.json";
    let Some(given_named) = named(snapshot, &given, &elsewhere) else { return };
    let programs = |artifact: &Artifact| is_program(artifact.path().as_str());
    let Some(meant_named) = named(snapshot, &meant, &programs) else { return };
    for (given, meant) in pairs {
        if given_named.contains(given.name.as_str()) || !meant_named.contains(meant.name.as_str()) {
            continue;
        }
        let message = format!(
            "{} is set here, and nothing in the repository reads it; programs name {}, as {} lists \
             it. The deployment runs without it; use one name.",
            given.name, meant.name, meant.artifact,
        );
        cx.report_in(&given.artifact, given.key_region, message)
            .evidence(format!("{}:{}", meant.name, given.name))
            .related(
                &meant.artifact,
                meant.key_region,
                format!("it is called {} here", meant.name),
            );
    }
}
