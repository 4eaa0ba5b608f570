//! Continuous integration: the pipelines of the repository.
//!
//! A pipeline of GitLab is put together from its files, and what only another
//! system's files would tell is known to be unknown.

mod actions;
mod deeds;
mod outcomes;
mod programs;
#[cfg(test)]
mod tests;
mod work;

use std::sync::{Arc, OnceLock};

use seaworthy_formats::ci::{Action, GitlabFile, Include, Job, Text, Workflow};
use seaworthy_formats::shell::Script;
use seaworthy_model::ArtifactPath;

use crate::document::{Document, DocumentKind};
use crate::snapshot::{Artifact, Snapshot};

pub use deeds::Work;
pub use work::{Deed, JobWork, Mask};

/// A workflow of GitHub, or the pipeline of GitLab.
#[derive(Debug)]
pub struct Pipeline {
    /// Its files; the first is its own, the others are included.
    files: Vec<ArtifactPath>,
    workflow: Arc<Workflow>,
    /// The scripts of each job's steps, parsed when first asked for.
    scripts: Vec<Vec<OnceLock<Option<Script>>>>,
    work: Vec<OnceLock<JobWork>>,
}

/// Everything that is known of continuous integration.
#[derive(Debug)]
pub struct Pipelines {
    all: Vec<Pipeline>,
    actions: Vec<ArtifactPath>,
    elsewhere: Option<ArtifactPath>,
}

/// The most workflows and actions that are read.
const MOST: usize = 500;

impl Pipeline {
    fn new(files: Vec<ArtifactPath>, workflow: Arc<Workflow>) -> Self {
        let cells = |job: &Job| job.steps.iter().map(|_| OnceLock::new()).collect();
        let scripts = workflow.jobs.iter().map(cells).collect();
        let work = workflow.jobs.iter().map(|_| OnceLock::new()).collect();
        Self { files, workflow, scripts, work }
    }

    /// The script of a job's step; `None` when there is none or it is not understood.
    #[must_use]
    pub fn script(&self, job: usize, step: usize) -> Option<&Script> {
        let run = self.workflow.jobs.get(job)?.steps.get(step)?.run.as_ref()?;
        self.scripts[job][step].get_or_init(|| work::parse(run.as_str())).as_ref()
    }

    /// What a job does.
    #[must_use]
    pub fn work<'p>(&'p self, snapshot: &Snapshot, job: usize) -> &'p JobWork {
        self.work[job].get_or_init(|| {
            let joined = snapshot.joined();
            work::of_job(snapshot, joined.packages(), joined.pipelines(snapshot), self, job)
        })
    }

    /// Its own file.
    #[must_use]
    pub fn path(&self) -> &ArtifactPath {
        &self.files[0]
    }

    /// Its files: its own, then those that it includes.
    #[must_use]
    pub fn files(&self) -> &[ArtifactPath] {
        &self.files
    }

    /// The file that a text of it is written in.
    #[must_use]
    pub fn file_of(&self, text: &Text) -> &ArtifactPath {
        self.files.get(text.file()).unwrap_or(&self.files[0])
    }

    /// What it says.
    #[must_use]
    pub fn workflow(&self) -> &Workflow {
        &self.workflow
    }
}

impl Pipelines {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let mut all: Vec<Pipeline> = snapshot
            .of_kind(DocumentKind::Workflow)
            .take(MOST)
            .filter_map(|artifact| match snapshot.document(artifact) {
                Some(Document::Workflow(workflow)) if !workflow.jobs.is_empty() => {
                    Some(Pipeline::new(vec![artifact.path().clone()], Arc::clone(workflow)))
                }
                _ => None,
            })
            .collect();
        let gitlab = snapshot.of_kind(DocumentKind::GitlabCi);
        all.extend(gitlab.filter_map(|artifact| gitlab_pipeline(snapshot, artifact)));
        let actions = snapshot.of_kind(DocumentKind::Action).take(MOST);
        let actions = actions
            .filter(|it| matches!(snapshot.document(it), Some(Document::Action(_))))
            .map(|artifact| artifact.path().clone())
            .collect();
        let elsewhere = snapshot.chosen(|artifact| is_elsewhere(artifact.path().as_str()));
        let elsewhere = elsewhere.first().map(|artifact| artifact.path().clone());
        Self { all, actions, elsewhere }
    }

    /// The pipelines, those of GitHub by their paths, then that of GitLab.
    #[must_use]
    pub fn all(&self) -> &[Pipeline] {
        &self.all
    }

    /// The actions that the repository holds, by the paths of their files.
    #[must_use]
    pub fn actions(&self) -> &[ArtifactPath] {
        &self.actions
    }

    /// A file of another system of continuous integration, which is not read.
    #[must_use]
    pub fn elsewhere(&self) -> Option<&ArtifactPath> {
        self.elsewhere.as_ref()
    }

    /// The pipeline whose own file this is.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Pipeline> {
        self.all.iter().find(|pipeline| pipeline.path().as_str() == path)
    }

    /// The action in a directory of the repository.
    #[must_use]
    pub fn action<'s>(
        snapshot: &'s Snapshot,
        directory: &str,
    ) -> Option<(&'s ArtifactPath, &'s Action)> {
        ["action.yml", "action.yaml"].iter().find_map(|name| {
            let path = match directory {
                "" | "." => (*name).to_owned(),
                directory => format!("{directory}/{name}"),
            };
            let artifact = snapshot.artifact(&path)?;
            match snapshot.document(artifact)? {
                Document::Action(action) => Some((artifact.path(), &**action)),
                _ => None,
            }
        })
    }
}

/// The files of GitLab's pipeline and what they say together.
fn gitlab_pipeline(snapshot: &Snapshot, artifact: &Artifact) -> Option<Pipeline> {
    const FILES: usize = 100;
    let Some(Document::GitlabCi(own)) = snapshot.document(artifact) else { return None };
    let mut files = vec![artifact.path().clone()];
    let mut included: Vec<GitlabFile> = Vec::new();
    let mut missing = false;
    let mut open: Vec<Include> = own.includes.clone();
    while let Some(include) = open.pop() {
        let Include::Local(path) = include else { continue };
        let path = path.as_str().trim_start_matches('/');
        if path.contains(['*', '$']) {
            missing = true;
            continue;
        }
        if files.iter().any(|known| known.as_str() == path) {
            continue;
        }
        let text = snapshot.artifact(path).and_then(|artifact| snapshot.text(artifact));
        let Some(text) = text.filter(|_| files.len() < FILES) else {
            missing = true;
            continue;
        };
        let file = GitlabFile::parse(text);
        open.extend(file.includes.iter().cloned());
        files.push(ArtifactPath::new(path));
        included.push(file);
    }
    let all: Vec<&GitlabFile> = std::iter::once(&**own).chain(&included).collect();
    let mut workflow = Workflow::of_gitlab(&all);
    workflow.uncertain |= missing;
    Some(Pipeline::new(files, Arc::new(workflow)))
}

/// Whether a path belongs to a system that is not read.
fn is_elsewhere(path: &str) -> bool {
    const FILES: &[&str] = &[
        "azure-pipelines.yml",
        "azure-pipelines.yaml",
        "bitbucket-pipelines.yml",
        "Jenkinsfile",
        ".travis.yml",
        ".drone.yml",
        ".drone.star",
        ".drone.jsonnet",
        ".woodpecker.yml",
        ".woodpecker.yaml",
        "appveyor.yml",
        ".appveyor.yml",
        "buildspec.yml",
        "buildspec.yaml",
        "cloudbuild.yaml",
        "cloudbuild.yml",
        "cloudbuild.json",
        "codemagic.yaml",
        ".cirrus.yml",
        ".build.yml",
        "wercker.yml",
        "buddy.yml",
        "codefresh.yml",
        "amplify.yml",
        "bitrise.yml",
        "Earthfile",
        ".gitlab-ci.jsonnet",
    ];
    const DIRECTORIES: &[&str] = &[
        ".circleci/",
        ".azure-pipelines/",
        ".pipelines/",
        "azure-pipelines/",
        ".azuredevops/",
        ".buildkite/",
        ".semaphore/",
        ".woodpecker/",
        ".forgejo/workflows/",
        ".gitea/workflows/",
        ".teamcity/",
        ".tekton/",
        ".harness/",
        ".buddy/",
        ".builds/",
        ".gocd/",
        ".dagger/",
        ".concourse/",
        "tekton/",
        "concourse/",
        "jenkins/",
        ".jenkins/",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    FILES.contains(&name)
        || DIRECTORIES.iter().any(|directory| path.starts_with(directory))
        || name.starts_with("Jenkinsfile.")
        || name.starts_with("azure-pipelines")
}
