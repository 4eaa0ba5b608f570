//! What workflows and scripts that deploy the repository speak of: a variable
//! or file that one of them names may be supplied by it.

use std::collections::HashSet;

use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Artifact, Snapshot};
use seaworthy_model::split_last;

/// The texts that are looked at in all, in bytes.
const MAX_TEXT: usize = 4 << 20;

/// The names in the repository's workflows and scripts.
pub(super) struct Mentions {
    files: HashSet<String>,
    variables: HashSet<String>,
    anywhere: HashSet<String>,
}

impl Mentions {
    pub(super) fn read(snapshot: &Snapshot) -> Self {
        let mut found =
            Self { files: HashSet::new(), variables: HashSet::new(), anywhere: HashSet::new() };
        let mut left = MAX_TEXT;
        let is_read = |artifact: &Artifact| {
            let path = artifact.path().as_str();
            is_script(path) && file_role(path, None).role != Role::Vendored
        };
        for artifact in snapshot.chosen(is_read) {
            let text = snapshot.text(artifact).unwrap_or("");
            let Some(rest) = left.checked_sub(text.len()) else { continue };
            left = rest;
            // What tests are given, production is not.
            let lower = text.to_ascii_lowercase();
            let deploys = ["deploy", "compose", "ssh "].iter().any(|word| lower.contains(word));
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let tokens = text.split(|c: char| !is_name(c) && !matches!(c, '.' | '-' | '/'));
            for token in tokens.filter(|token| !token.is_empty()) {
                let name = token.rsplit('/').next().unwrap_or(token);
                found.files.insert(name.trim_end_matches('.').to_owned());
                let parts = token.split(|c: char| !is_name(c)).filter(|part| !part.is_empty());
                for part in parts {
                    if deploys {
                        found.variables.insert(part.to_owned());
                    }
                    // Variables are written in capitals.
                    if part.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase()) {
                        found.anywhere.insert(part.to_owned());
                    }
                }
            }
        }
        found
    }

    /// Whether a workflow or script names a file so.
    pub(super) fn file(&self, name: &str) -> bool {
        self.files.contains(name)
    }

    /// Whether one that deploys names a variable so.
    pub(super) fn variable(&self, name: &str) -> bool {
        self.variables.contains(name)
    }

    /// Whether any of them names a variable so.
    pub(super) fn anywhere(&self, name: &str) -> bool {
        self.anywhere.contains(name)
    }
}

fn is_script(path: &str) -> bool {
    let name = split_last(path, b'/').map_or(path, |(_, name)| name);
    let extension = split_last(name, b'.').map_or("", |(_, extension)| extension);
    path.starts_with(".github/workflows/")
        || matches!(extension, "sh" | "bash" | "ps1" | "mk")
        || matches!(
            name,
            "Makefile"
                | "makefile"
                | "justfile"
                | "Justfile"
                | "Taskfile.yml"
                | "Taskfile.yaml"
                | "Jenkinsfile"
                | ".gitlab-ci.yml"
                | "bitbucket-pipelines.yml"
                | "azure-pipelines.yml"
                | "buildspec.yml"
                | "cloudbuild.yaml"
                | "Vagrantfile"
        )
        || matches!(extension, "yml" | "yaml" | "j2")
            && path.split('/').any(|part| matches!(part, "ansible" | ".circleci" | ".buildkite"))
}
