//! Pipelines of continuous integration: GitHub's workflows and actions, and
//! GitLab's `.gitlab-ci.yml`.
//!
//! Both are read into one model, so that a rule about what a job runs asks one
//! question. What only one of them has is absent in the other.

mod expression;
mod github;
mod gitlab;
#[cfg(test)]
mod tests;
mod text;

use seaworthy_model::Region;
use seaworthy_syntax::SyntaxError;

pub use expression::{Expression, Reference, condition, expressions};
pub use github::Action;
pub use gitlab::{GitlabFile, Include};
pub use text::Text;

/// Who runs a pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum System {
    /// GitHub Actions.
    #[default]
    Github,
    /// GitLab CI/CD.
    Gitlab,
}

/// A workflow of GitHub, or a pipeline of GitLab with its files put together.
#[derive(Clone, Debug, Default)]
pub struct Workflow {
    /// Who runs it.
    pub system: System,
    /// `name`
    pub name: Option<Text>,
    /// The events of `on`; none for GitLab.
    pub triggers: Vec<Trigger>,
    /// `permissions`
    pub permissions: Option<Permissions>,
    /// `env`, or GitLab's global `variables`.
    pub env: Vec<Variable>,
    /// `defaults.run`
    pub defaults: Defaults,
    /// The jobs in written order; of GitLab without the hidden ones.
    pub jobs: Vec<Job>,
    /// The key `jobs`.
    pub jobs_key: Option<Region>,
    /// GitLab: files from elsewhere that are included, which nobody here knows.
    pub foreign: Vec<Text>,
    /// Every variable and secret of the platform that is asked for.
    pub needed: Vec<Needed>,
    /// What is wrong with the text.
    pub errors: Vec<SyntaxError>,
    /// Whether parts of it were guessed: what is absent is unknown.
    pub uncertain: bool,
}

/// An event that starts a workflow.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Its name: `push`.
    pub event: Text,
    /// `branches`
    pub branches: Vec<Text>,
    /// `tags`
    pub tags: Vec<Text>,
    /// `types`
    pub types: Vec<Text>,
    /// `workflows` of `workflow_run`
    pub workflows: Vec<Text>,
    /// `inputs` of `workflow_dispatch` and `workflow_call`: name and type.
    pub inputs: Vec<(Text, Option<Text>)>,
}

/// What the token of a job may do.
#[derive(Clone, Debug)]
pub enum Permissions {
    /// `read-all`, `write-all` or another word for everything.
    All(Text),
    /// Each scope with its level; nothing else is allowed.
    Each(Vec<(Text, Text)>),
}

/// A variable that a workflow sets, an input that it gives, a secret that it hands on.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Text,
    /// Its value; `None` for nothing and for collections.
    pub value: Option<Text>,
}

/// `defaults.run`
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// `shell`
    pub shell: Option<Text>,
    /// `working-directory`
    pub working_directory: Option<Text>,
}

/// What a job has to wait for.
#[derive(Clone, Debug)]
pub enum Needs {
    /// These jobs.
    Named(Vec<Text>),
    /// All jobs of the stages before its own (GitLab).
    EarlierStages,
}

impl Default for Needs {
    fn default() -> Self {
        Self::Named(Vec::new())
    }
}

/// The place that a job deploys to.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its name.
    pub name: Text,
    /// GitLab's `action`, such as `stop`.
    pub action: Option<Text>,
}

/// A container that runs beside a job.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: Option<Text>,
    /// Its image.
    pub image: Option<Text>,
}

/// A job.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Its key.
    pub id: Text,
    /// `name`
    pub name: Option<Text>,
    /// GitLab's stage, by its place in the order of stages.
    pub stage: usize,
    /// What it waits for.
    pub needs: Needs,
    /// `if`; of GitLab the conditions of `rules`.
    pub conditions: Vec<Text>,
    /// The branches and tags that `only` names (GitLab).
    pub refs: Vec<Text>,
    /// Whether somebody has to start it by hand (GitLab's `when: manual`).
    pub manual: bool,
    /// `environment`
    pub environment: Option<Environment>,
    /// `permissions`
    pub permissions: Option<Permissions>,
    /// `env`, or GitLab's `variables`.
    pub env: Vec<Variable>,
    /// `defaults.run`
    pub defaults: Defaults,
    /// `continue-on-error` or `allow_failure`.
    pub continue_on_error: Option<Text>,
    /// The image it runs in.
    pub container: Option<Text>,
    /// `services`
    pub services: Vec<Service>,
    /// The lists of `strategy.matrix`, those of `include` among them.
    pub matrix: Vec<(Text, Vec<Text>)>,
    /// A reusable workflow that the job is.
    pub uses: Option<Text>,
    /// What the reusable workflow is given.
    pub with: Vec<Variable>,
    /// The secrets that the reusable workflow is given.
    pub secrets: Vec<Variable>,
    /// `secrets: inherit`
    pub inherits_secrets: bool,
    /// What it does, in order.
    pub steps: Vec<Step>,
    /// GitLab: what it extends and is not there.
    pub unknown_base: bool,
}

/// A step of a job, or a line of GitLab's `script`.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Its bytes.
    pub region: Region,
    /// `id`
    pub id: Option<Text>,
    /// `name`
    pub name: Option<Text>,
    /// `if`
    pub condition: Option<Text>,
    /// The action that it uses.
    pub uses: Option<Text>,
    /// The script that it runs.
    pub run: Option<Text>,
    /// The key `run`.
    pub run_key: Option<Region>,
    /// What the action is given.
    pub with: Vec<Variable>,
    /// `env`
    pub env: Vec<Variable>,
    /// `shell`
    pub shell: Option<Text>,
    /// `working-directory`
    pub working_directory: Option<Text>,
    /// `continue-on-error`
    pub continue_on_error: Option<Text>,
    /// Whether its failure fails nothing (GitLab's `after_script`).
    pub afterwards: bool,
}

/// Where the platform keeps what a workflow asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Store {
    /// `secrets.X`
    Secrets,
    /// `vars.X`
    Variables,
    /// `env.X`
    Environment,
}

/// A variable or secret that a workflow asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// Where it is kept.
    pub store: Store,
    /// Its name.
    pub name: String,
    /// Where it is asked for.
    pub region: Region,
}

/// What a `uses` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uses<'t> {
    /// A directory or file of the repository, without `./`.
    Local(&'t str),
    /// `docker://…`, without the scheme.
    Docker(&'t str),
    /// `owner/repository/path@reference`
    Remote {
        /// The owner.
        owner: &'t str,
        /// The repository.
        repository: &'t str,
        /// The path in it, `""` at its root.
        path: &'t str,
        /// What follows `@`; `""` when nothing does.
        reference: &'t str,
    },
    /// Made of an expression, or nothing that can be used.
    Unknown,
}

impl<'t> Uses<'t> {
    /// Reads the text of a `uses`.
    #[must_use]
    pub fn read(text: &'t str) -> Self {
        let text = text.trim();
        if text.contains("${{") {
            return Self::Unknown;
        }
        if let Some(path) = text.strip_prefix("./") {
            return Self::Local(path.trim_end_matches('/'));
        }
        if let Some(image) = text.strip_prefix("docker://") {
            return Self::Docker(image);
        }
        let (name, reference) = text.split_once('@').unwrap_or((text, ""));
        let mut parts = name.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(owner), Some(repository), path) if !owner.is_empty() && owner != ".." => {
                Self::Remote { owner, repository, path: path.unwrap_or(""), reference }
            }
            _ => Self::Unknown,
        }
    }

    /// `owner/repository` in lower case, with the path if there is one.
    #[must_use]
    pub fn action(&self) -> Option<String> {
        match self {
            Self::Remote { owner, repository, path, .. } => {
                let path = if path.is_empty() { String::new() } else { format!("/{path}") };
                Some(format!("{owner}/{repository}{path}").to_ascii_lowercase())
            }
            _ => None,
        }
    }
}

impl Workflow {
    /// The trigger of an event.
    #[must_use]
    pub fn trigger(&self, event: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.event.as_str() == event)
    }

    /// The job with this id.
    #[must_use]
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id.as_str() == id)
    }

    /// The jobs, by their places, that must have ended before the one at `place`
    /// starts, directly or by others.
    #[must_use]
    pub fn before(&self, place: usize) -> Vec<usize> {
        let by_id: std::collections::HashMap<&str, usize> =
            self.jobs.iter().enumerate().map(|(at, job)| (job.id.as_str(), at)).collect();
        let mut seen = vec![false; self.jobs.len()];
        let mut open = vec![place];
        let mut reached = 0;
        while let Some(at) = open.pop() {
            let Some(job) = self.jobs.get(at) else { continue };
            match &job.needs {
                Needs::Named(names) => {
                    for at in names.iter().filter_map(|name| by_id.get(name.as_str())) {
                        if !std::mem::replace(&mut seen[*at], true) {
                            open.push(*at);
                        }
                    }
                }
                Needs::EarlierStages if job.stage > reached => {
                    // A stage waits for all that an earlier one does.
                    reached = job.stage;
                    for (other, earlier) in self.jobs.iter().enumerate() {
                        if earlier.stage < job.stage && !std::mem::replace(&mut seen[other], true) {
                            open.push(other);
                        }
                    }
                }
                Needs::EarlierStages => {}
            }
        }
        (0..seen.len()).filter(|&at| seen[at] && at != place).collect()
    }
}

impl Job {
    /// The name for people: `name`, or the key.
    #[must_use]
    pub fn title(&self) -> &str {
        let name = self.name.as_ref().map(Text::as_str).filter(|name| !name.contains("${{"));
        name.unwrap_or(self.id.as_str())
    }
}

/// Whether a `continue-on-error` says yes; `None` when an expression decides.
#[must_use]
pub fn is_true(text: Option<&Text>) -> Option<bool> {
    match text.map(|text| text.as_str().trim()) {
        None | Some("false" | "") => Some(false),
        Some("true") => Some(true),
        Some(text) if text.contains("${{") => match text.trim_matches(['$', '{', '}', ' ']) {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        Some(_) => None,
    }
}
