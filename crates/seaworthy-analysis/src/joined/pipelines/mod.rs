//! Continuous integration: the pipelines of the repository.
//!
//! A pipeline of GitLab is put together from its files, and what only another
//! system's files would tell is known to be unknown.

use std::sync::Arc;

use seaworthy_formats::ci::{Action, GitlabFile, Include, Text, Workflow};
use seaworthy_model::ArtifactPath;

use crate::document::{Document, DocumentKind};
use crate::snapshot::{Artifact, Snapshot};

/// A workflow of GitHub, or the pipeline of GitLab.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its files; the first is its own, the others are included.
    files: Vec<ArtifactPath>,
    workflow: Arc<Workflow>,
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
    /// Its own file.
    #[must_use]
    pub fn path(&self) -> &ArtifactPath {
        &self.files[0]
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
                Some(Document::Workflow(workflow)) if !workflow.jobs.is_empty() => Some(Pipeline {
                    files: vec![artifact.path().clone()],
                    workflow: Arc::clone(workflow),
                }),
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
        let elsewhere = snapshot.artifacts().iter().map(Artifact::path);
        let elsewhere = elsewhere.filter(|path| is_elsewhere(path.as_str())).next().cloned();
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
    Some(Pipeline { files, workflow: Arc::new(workflow) })
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

#[cfg(test)]
mod tests {
    use crate::texts::snapshot;

    #[test]
    fn included_files_belong_to_the_pipeline() {
        let snapshot = snapshot(&[
            (".gitlab-ci.yml", "include: [/ci/a.yml, 'ci/gone.yml']\nt:\n  extends: .base\n"),
            ("ci/a.yml", "include: ci/b.yml\n"),
            ("ci/b.yml", ".base:\n  script: [x]\n"),
            ("sub/.gitlab-ci.yml", "u:\n  script: [y]\n"),
        ]);
        let pipelines = snapshot.joined().pipelines(&snapshot);
        let [pipeline] = pipelines.all() else { panic!("one pipeline") };
        assert!(pipeline.workflow().uncertain);
        let run = pipeline.workflow().jobs[0].steps[0].run.as_ref().expect("a script");
        assert_eq!(pipeline.file_of(run).as_str(), "ci/b.yml");
    }

    #[test]
    fn only_workflows_where_github_looks_are_pipelines() {
        let text = "on: push\njobs:\n  a:\n    steps: []\n";
        let snapshot = snapshot(&[
            (".github/workflows/ci.yml", text),
            (".github/workflows/old/ci.yml", text),
            ("web/.github/workflows/ci.yml", text),
            (".github/actions/x/action.yml", "runs: {using: composite, steps: []}\n"),
            ("action.yml", "a: b\n"),
            (".circleci/config.yml", "version: 2\n"),
        ]);
        let pipelines = snapshot.joined().pipelines(&snapshot);
        let paths: Vec<&str> = pipelines.all().iter().map(|it| it.path().as_str()).collect();
        assert_eq!(paths, [".github/workflows/ci.yml"]);
        assert_eq!(pipelines.actions().len(), 1);
        assert!(pipelines.elsewhere().is_some());
        assert!(super::Pipelines::action(&snapshot, ".github/actions/x").is_some());
    }
}
