//! Which variables templates and committed env files list, and for whom.

use std::collections::{BTreeMap, HashMap, HashSet};

use seaworthy_analysis::Snapshot;
use seaworthy_analysis::joined::EnvFileFacts;
use seaworthy_analysis::roles::{Role, template_target};
use seaworthy_model::ArtifactPath;

use super::production::env_file;

/// The env files of each directory, and what they list.
pub(super) struct Listed<'s> {
    /// The templates of a directory, the one that becomes its `.env` first.
    templates: BTreeMap<&'s str, Vec<&'s ArtifactPath>>,
    /// The directories whose files list a variable; of those that are asked for.
    by_name: HashMap<&'s str, HashSet<&'s str>>,
}

impl<'s> Listed<'s> {
    /// Looks for these variables in all templates and committed env files, what is
    /// commented out included.
    pub(super) fn new(snapshot: &'s Snapshot, wanted: &HashSet<&str>) -> Self {
        let mut listed = Self { templates: BTreeMap::new(), by_name: HashMap::new() };
        for facts in snapshot.joined().env_files() {
            if !(facts.template || is_committed(snapshot, facts)) {
                continue;
            }
            let directory = facts.path.parent();
            if facts.template {
                let known = listed.templates.entry(directory).or_default();
                if becomes_dotenv(&facts.path) {
                    known.insert(0, &facts.path);
                } else {
                    known.push(&facts.path);
                }
            }
            let Some(env) = env_file(snapshot, &facts.path) else { continue };
            for entry in env.entries().iter().chain(env.commented()) {
                if wanted.contains(&*entry.key) {
                    listed.by_name.entry(&entry.key).or_default().insert(directory);
                }
            }
        }
        listed
    }

    /// The directories whose files list a variable.
    pub(super) fn directories(&self, name: &str) -> impl Iterator<Item = &'s str> + '_ {
        self.by_name.get(name).into_iter().flatten().copied()
    }

    /// Whether anything lists a variable.
    pub(super) fn anywhere(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Whether a file in the directory or above it lists a variable.
    pub(super) fn at_or_above(&self, name: &str, directory: &str) -> bool {
        let Some(found) = self.by_name.get(name) else { return false };
        at_or_above(directory).any(|directory| found.contains(directory))
    }

    /// The template of a directory.
    pub(super) fn template_in(&self, directory: &str) -> Option<&'s ArtifactPath> {
        self.templates.get(directory)?.first().copied()
    }

    /// The template in the directory or the nearest above it.
    pub(super) fn template_for(&self, directory: &str) -> Option<&'s ArtifactPath> {
        at_or_above(directory).find_map(|directory| self.template_in(directory))
    }
}

/// Whether git has the file, so that it shows its variables itself.
fn is_committed(snapshot: &Snapshot, facts: &EnvFileFacts) -> bool {
    !facts.encrypted
        && matches!(facts.role.role, Role::Deployable | Role::Development)
        && snapshot.git().is_some_and(|git| git.is_tracked(facts.path.as_str()))
}

/// Whether a template is for the plain `.env` of its directory.
pub(super) fn becomes_dotenv(template: &ArtifactPath) -> bool {
    template_target(template.as_str())
        .is_some_and(|target| target.rsplit('/').next() == Some(".env"))
}

/// The directory and those above it, the root (`""`) last.
pub(super) fn at_or_above(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |at| {
        (!at.is_empty()).then(|| at.rsplit_once('/').map_or("", |(parent, _)| parent))
    })
}

/// Whether a path lies in a directory or below it.
pub(super) fn is_below(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path == directory
        || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}
