//! Env files that pipelines and scripts write under other names than the stack reads.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seaworthy_analysis::joined::{DefinitionSource, Given, Giver, Joined, Reader, VariableUse};
use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Artifact, Context};
use seaworthy_model::ArtifactPath;

use super::super::drift::{bucket, synonyms};
use super::super::named::{named, says};

/// How many variables of a stack something must write, so that it writes for that stack.
const FEWEST: usize = 2;

/// How many texts that write, and how many pairs of names, are looked at.
const MOST_TEXTS: usize = 50;
const MOST_PAIRS: usize = 100;

/// How many names with the same words are looked at.
const MOST_ALIKE: usize = 16;

/// A variable that is read, and what is written in its stead.
struct Candidate<'s> {
    used: &'s VariableUse,
    written: &'s Given,
}

pub(super) fn check(cx: &mut Context<'_>, done: &mut BTreeSet<(ArtifactPath, String)>) {
    let snapshot = cx.snapshot();
    let joined = snapshot.joined();
    let mut by_text: BTreeMap<usize, BTreeMap<&str, &Given>> = BTreeMap::new();
    for given in joined.given(snapshot) {
        let Giver::Written { text } = given.giver else { continue };
        if !matches!(file_role(given.artifact.as_str(), None).role, Role::Test | Role::Docs) {
            by_text.entry(text).or_default().entry(&given.name).or_insert(given);
        }
    }
    by_text.retain(|_, names| names.len() > FEWEST);
    let by_text: Vec<(usize, BTreeMap<&str, &Given>)> =
        by_text.into_iter().take(MOST_TEXTS).collect();
    if by_text.is_empty() {
        return;
    }
    let mut by_stack: BTreeMap<usize, Vec<&VariableUse>> = BTreeMap::new();
    let mut read: HashSet<&str> = HashSet::new();
    for used in joined.uses(snapshot) {
        match used.reader {
            Reader::Compose { stack, in_image } => {
                read.insert(&used.name);
                if !in_image {
                    by_stack.entry(stack).or_default().push(used);
                }
            }
            Reader::Pipeline { .. } => {}
            _ => {
                read.insert(&used.name);
            }
        }
    }
    let texts = joined.scripts(snapshot).all();
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for (stack, uses) in by_stack {
        let Some(stack) = joined.stacks().get(stack).filter(|stack| stack.may_be_production())
        else {
            continue;
        };
        let own: BTreeSet<&str> = uses.iter().map(|used| used.name.as_str()).collect();
        for (index, names) in &by_text {
            if own.iter().filter(|name| names.contains_key(**name)).count() < FEWEST {
                continue;
            }
            let Some(text) = texts.get(*index) else { continue };
            let mut alike: HashMap<String, Vec<&Given>> = HashMap::new();
            for (name, given) in names {
                if !read.contains(name) {
                    alike.entry(bucket(name)).or_default().push(given);
                }
            }
            for used in &uses {
                let name = used.name.as_str();
                if candidates.len() >= MOST_PAIRS {
                    break;
                }
                if used.has_default || stack.variable(name).is_some() || names.contains_key(name) {
                    continue;
                }
                let written = alike
                    .get(&bucket(name))
                    .into_iter()
                    .flatten()
                    .take(MOST_ALIKE)
                    .find(|written| synonyms(name, &written.name));
                if let Some(written) = written
                    && !says(&text.text, name)
                    && joined.given_of(snapshot, name).is_empty()
                    && !is_filled_in(joined, name)
                {
                    candidates.push(Candidate { used, written });
                }
            }
        }
    }
    if candidates.is_empty() {
        return;
    }
    // A program may read what is written by itself.
    let names: HashSet<&str> = candidates.iter().map(|it| it.written.name.as_str()).collect();
    let writers: HashSet<&ArtifactPath> =
        candidates.iter().map(|it| &it.written.artifact).collect();
    let counts = |artifact: &Artifact| !writers.contains(artifact.path());
    let Some(named) = named(snapshot, &names, &counts) else { return };
    for Candidate { used, written } in candidates {
        if named.contains(written.name.as_str())
            || !done.insert((used.artifact.clone(), used.name.clone()))
        {
            continue;
        }
        let message = format!(
            "Compose reads {} here, but {} writes {} into the env file. The stack starts without \
             it; use one name.",
            used.name, written.artifact, written.name,
        );
        cx.report_in(&used.artifact, used.region, message)
            .evidence(format!("{}:{}", used.name, written.name))
            .related(
                &written.artifact,
                written.region,
                format!("it is called {} here", written.name),
            );
    }
}

/// Whether an env file gives a variable, not only a template.
fn is_filled_in(joined: &Joined, name: &str) -> bool {
    joined
        .definitions_of(name)
        .iter()
        .any(|definition| definition.source == DefinitionSource::EnvFile)
}
