//! The steps of workflows and actions.

use seaworthy_analysis::joined::Pipeline;
use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Context, Document};
use seaworthy_formats::ci::{Job, Step, System, Text, Variable};
use seaworthy_model::{ArtifactPath, Region};

/// A step with what stands around it; an action has neither workflow nor job.
#[derive(Clone, Copy)]
pub(super) struct Place<'s> {
    pub(super) path: &'s ArtifactPath,
    pub(super) pipeline: Option<&'s Pipeline>,
    pub(super) job: Option<&'s Job>,
    pub(super) step: &'s Step,
}

impl<'s> Place<'s> {
    /// The conditions under which the step runs.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &'s str> {
        let job = self.job.into_iter().flat_map(|job| &job.conditions);
        job.chain(&self.step.condition).map(Text::as_str)
    }

    /// The variables that the step sees, the nearest first.
    pub(super) fn env(&self) -> impl Iterator<Item = &'s Variable> {
        let job = self.job.into_iter().flat_map(|job| &job.env);
        let workflow = self.pipeline.into_iter().flat_map(|it| &it.workflow().env);
        self.step.env.iter().chain(job).chain(workflow)
    }
}

/// GitHub's workflows.
pub(super) fn workflows<'s>(cx: &Context<'s>) -> impl Iterator<Item = &'s Pipeline> + use<'s> {
    let pipelines = cx.joined().pipelines(cx.snapshot());
    pipelines.all().iter().filter(|it| it.workflow().system == System::Github)
}

/// Whether a job never runs.
pub(super) fn is_switched_off(job: &Job) -> bool {
    job.conditions.iter().any(|condition| {
        condition.as_str().trim_matches(['$', '{', '}', ' ']).eq_ignore_ascii_case("false")
    })
}

/// The steps of GitHub's workflows and of the repository's own actions.
pub(super) fn steps<'s>(cx: &Context<'s>) -> Vec<Place<'s>> {
    let mut steps = Vec::new();
    for pipeline in workflows(cx) {
        for job in pipeline.workflow().jobs.iter().filter(|job| !is_switched_off(job)) {
            steps.extend(job.steps.iter().map(|step| Place {
                path: pipeline.path(),
                pipeline: Some(pipeline),
                job: Some(job),
                step,
            }));
        }
    }
    let snapshot = cx.snapshot();
    for path in cx.joined().pipelines(snapshot).actions() {
        let role = file_role(path.as_str(), None).role;
        if matches!(role, Role::Template | Role::Test | Role::Docs | Role::Vendored) {
            continue;
        }
        let artifact = snapshot.artifact(path.as_str());
        if let Some(Document::Action(action)) = artifact.and_then(|it| snapshot.document(it)) {
            steps.extend(action.steps.iter().map(|step| Place {
                path,
                pipeline: None,
                job: None,
                step,
            }));
        }
    }
    steps
}

/// Every `uses` of workflows and actions: the text, the file, and whether it is a
/// whole workflow.
pub(super) fn uses<'s>(cx: &Context<'s>) -> Vec<(&'s ArtifactPath, &'s Text, bool)> {
    let steps = steps(cx).into_iter();
    let mut uses: Vec<_> =
        steps.filter_map(|place| Some((place.path, place.step.uses.as_ref()?, false))).collect();
    for pipeline in workflows(cx) {
        let jobs = pipeline.workflow().jobs.iter().filter(|job| !is_switched_off(job));
        uses.extend(jobs.filter_map(|job| Some((pipeline.path(), job.uses.as_ref()?, true))));
    }
    uses
}

/// What stands on the line after a region: the comment that names a release.
pub(super) fn rest_of_line<'s>(cx: &Context<'s>, path: &ArtifactPath, region: Region) -> &'s str {
    let snapshot = cx.snapshot();
    let text = snapshot.artifact(path.as_str()).and_then(|artifact| snapshot.text(artifact));
    let rest = text.and_then(|text| text.get(region.end..)).unwrap_or("");
    rest.lines().next().unwrap_or("")
}
