//! `env-template-missing`

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use seaworthy_analysis::joined::{EnvFileFacts, Stack};
use seaworthy_analysis::roles::{Role, is_env_file_name};
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot, is_searched_only};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::production::env_file;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-template-missing",
        group: Group::Environment,
        summary: "variables without a template that lists them",
        help: include_str!("env_template_missing.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[1053],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// From how many variables on a template is worth its while.
const ENOUGH: usize = 3;

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let templates = Templates::new(snapshot);
    let mut done = BTreeSet::new();
    for facts in snapshot.joined().env_files() {
        let directory = facts.path.parent();
        if !counts(snapshot, facts) || done.contains(directory) || templates.cover(directory) {
            continue;
        }
        let Some(env) = env_file(snapshot, &facts.path) else { continue };
        let names: BTreeSet<&str> = env.entries().iter().map(|entry| &*entry.key).collect();
        if names.len() < ENOUGH {
            continue;
        }
        done.insert(directory);
        let first = env.entries().first().map_or(Region::empty(0), |entry| entry.key_region);
        report(&facts.path, first, names.len(), &facts.path.to_string(), cx);
    }
    // An env file of any kind shows the names, or was reported.
    let readable = snapshot
        .joined()
        .env_files()
        .iter()
        .filter(|facts| env_file(snapshot, &facts.path).is_some());
    let shown: HashSet<&str> = readable.map(|facts| facts.path.parent()).collect();
    for stack in snapshot.joined().stacks() {
        let directory = stack.primary_file().parent();
        if stack.role().role != Role::Deployable
            || shown.contains(directory)
            || done.contains(directory)
            || templates.cover(directory)
        {
            continue;
        }
        let variables = variables(stack);
        let Some(first) = variables.values().min().filter(|_| variables.len() >= ENOUGH) else {
            continue;
        };
        done.insert(directory);
        report(&first.0, first.1, variables.len(), &first.0.to_string(), cx);
    }
}

fn report(path: &ArtifactPath, region: Region, count: usize, user: &str, cx: &mut Context<'_>) {
    cx.report_in(
        path,
        region,
        format!(
            "{user} uses {count} variables, and no template in its directory or above lists them. \
             Whoever sets the project up has to guess; commit a .env.example with their names and \
             without secrets."
        ),
    );
}

/// Whether the file is one that people make by hand and git does not have. A
/// tracked one shows its variables itself.
fn counts(snapshot: &Snapshot, facts: &EnvFileFacts) -> bool {
    !facts.template
        && !facts.encrypted
        && matches!(facts.role.role, Role::Deployable | Role::Development)
        && snapshot.git().is_none_or(|git| !git.is_tracked(facts.path.as_str()))
}

/// The variables that a stack leaves to be set, with their first use.
fn variables(stack: &Stack) -> BTreeMap<String, (ArtifactPath, Region)> {
    let mut found = BTreeMap::new();
    stack.project().raw().walk(&mut |_, text| {
        if !text.raw().contains('$') {
            return;
        }
        for used in text.variables() {
            if used.default().is_none() {
                let region = used.region.unwrap_or(text.region());
                found.entry(used.name).or_insert((text.origin().artifact.clone(), region));
            }
        }
    });
    found
}

/// Whether a file is a template, or has its names in the clear.
fn shows(path: &ArtifactPath) -> bool {
    is_env_file_name(path.file_name()).is_some_and(|name| name.template || name.encrypted)
}

/// Whether a file stands for a whole repository's variables.
fn is_store(path: &str) -> bool {
    let is = |part| matches!(part, "env-templates" | "env-template" | "env-examples" | ".sops.yaml");
    path.split('/').any(is) && !is_searched_only(path)
}

/// Where templates are.
#[derive(Clone)]
struct Templates {
    directories: Arc<BTreeSet<String>>,
    /// Whether there is a directory of templates, or a store of encrypted
    /// files, for the whole repository.
    everywhere: bool,
}

impl Templates {
    fn new(snapshot: &Snapshot) -> Self {
        snapshot.answer("templates", || Self::find(snapshot))
    }

    fn find(snapshot: &Snapshot) -> Self {
        let (mut directories, mut everywhere) = (BTreeSet::new(), false);
        for artifact in snapshot.chosen(|it| shows(it.path()) || is_store(it.path().as_str())) {
            let path = artifact.path();
            if shows(path) {
                directories.insert(path.parent().to_owned());
            }
            everywhere |= is_store(path.as_str());
        }
        Self { directories: Arc::new(directories), everywhere }
    }

    /// Whether a template stands in the directory or above.
    fn cover(&self, directory: &str) -> bool {
        let mut at = directory;
        loop {
            if self.everywhere || self.directories.contains(at) {
                return true;
            }
            match at.rsplit_once('/') {
                Some((parent, _)) => at = parent,
                None if at.is_empty() => return false,
                None => at = "",
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_repo};

    #[test]
    fn flags_env_files_and_stacks_without_a_template() {
        check_repo(
            &RULE,
            "
//- apps/api/.env untracked
A=1
^ [low] apps/api/.env uses 3 variables
B=2
C=3
//- apps/api/.env.local untracked
A=1
B=2
C=3
//- deploy/compose.yml
services:
  a:
    image: ${IMAGE}
           ^^^^^^^^ [low] deploy/compose.yml uses 3 variables
    environment: [\"A=${A:?}\", \"B=${B}\", \"C=${C:-c}\"]
",
        );
    }

    #[test]
    fn a_template_of_any_usual_name_will_do() {
        let env = "A=1\nB=2\nC=3\n";
        for template in [
            ".env.example",
            "api/.env.sample",
            "env.template",
            "api/env.dist",
            "env-templates/api.txt",
            ".env.vault",
        ] {
            check_files(&RULE, &format!("//- api/.env\n{env}//- {template}\nA=\n"));
        }
    }

    #[test]
    fn few_variables_tracked_files_and_tests_pass() {
        check_repo(
            &RULE,
            "
//- .env untracked
A=1
B=2
A=3
//- web/.env.production
A=1
B=2
C=3
//- tests/.env untracked
A=1
B=2
C=3
//- tests/compose.yml
services:
  a:
    image: ${A}${B}${C}
//- compose.dev.yml
services:
  a:
    image: ${A}${B}${C}
",
        );
    }
}
