//! Where jobs deploy to, and what starts them.

use seaworthy_analysis::Context;
use seaworthy_analysis::joined::{Deed, JobWork, Pipeline, Work};
use seaworthy_formats::ci::{Job, System, Text, Workflow};
use seaworthy_model::ArtifactPath;

use super::walk::is_switched_off;

/// Where a job deploys to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Production,
    /// Staging, previews, development.
    Other,
    /// Nothing says it.
    Unknown,
}

/// The target that words name.
fn named(text: &str) -> Option<Target> {
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    words.find_map(|word| match word {
        "prod" | "production" | "prd" | "live" => Some(Target::Production),
        "staging" | "stage" | "stg" | "preview" | "previews" | "dev" | "development" | "test"
        | "testing" | "qa" | "uat" | "sandbox" | "review" | "demo" | "beta" | "preprod"
        | "canary" | "nightly" | "docs" | "documentation" | "storybook" | "website" | "example"
        | "examples" | "e2e" | "ci" | "pr" => Some(Target::Other),
        _ => None,
    })
}

/// Where a job deploys to, as far as its names and flags tell.
pub(super) fn target(pipeline: &Pipeline, job: &Job, work: &JobWork) -> Target {
    let workflow = pipeline.workflow();
    let environment = job.environment.as_ref().map(|environment| environment.name.as_str());
    if let Some(name) = environment {
        if name.contains(['$', '{']) {
            return Target::Unknown;
        }
        if let Some(target) = named(name) {
            return target;
        }
    }
    let own = [Some(job.id.as_str()), job.name.as_ref().map(Text::as_str)];
    if let Some(target) = own.into_iter().flatten().find_map(named) {
        return target;
    }
    if work.of(Work::Deploy).any(|deed| deed.production) {
        return Target::Production;
    }
    let around = [workflow.name.as_ref().map(Text::as_str), file_stem(pipeline.path())];
    let around = around.into_iter().flatten().find_map(named);
    match (workflow.system, around) {
        (System::Github, Some(target)) => target,
        _ => Target::Unknown,
    }
}

fn file_stem(path: &ArtifactPath) -> Option<&str> {
    path.file_name().split('.').next()
}

/// A job that deploys, and what it does.
#[derive(Clone, Copy)]
pub(super) struct Deployment<'s> {
    pub(super) pipeline: &'s Pipeline,
    pub(super) place: usize,
    pub(super) job: &'s Job,
    pub(super) work: &'s JobWork,
    pub(super) deed: &'s Deed,
    pub(super) target: Target,
}

/// The jobs that deploy.
pub(super) fn deployments<'s>(cx: &Context<'s>) -> Vec<Deployment<'s>> {
    let mut found = Vec::new();
    for (pipeline, place, job, work) in jobs(cx) {
        let stops = job.environment.as_ref().and_then(|it| it.action.as_ref());
        if stops.is_some_and(|action| action.as_str() == "stop") {
            continue;
        }
        if let Some(deed) = work.of(Work::Deploy).next() {
            let target = target(pipeline, job, work);
            found.push(Deployment { pipeline, place, job, work, deed, target });
        }
    }
    found
}

/// Every job that runs, with what it does.
pub(super) fn jobs<'s>(
    cx: &Context<'s>,
) -> impl Iterator<Item = (&'s Pipeline, usize, &'s Job, &'s JobWork)> + use<'s> {
    let snapshot = cx.snapshot();
    let pipelines = cx.joined().pipelines(snapshot);
    pipelines.all().iter().flat_map(move |pipeline| {
        let jobs = pipeline.workflow().jobs.iter().enumerate();
        jobs.filter(|(_, job)| !is_switched_off(job))
            .map(move |(place, job)| (pipeline, place, job, pipeline.work(snapshot, place)))
    })
}

/// The file that a deed is written in.
pub(super) fn file_of<'s>(pipeline: &'s Pipeline, deed: &Deed) -> &'s ArtifactPath {
    pipeline.files().get(deed.file).unwrap_or_else(|| pipeline.path())
}

/// Whether the workflow starts by itself when something is merged or released.
pub(super) fn follows_releases(workflow: &Workflow) -> bool {
    if workflow.system == System::Gitlab {
        return true;
    }
    workflow.triggers.iter().any(|trigger| match trigger.event.as_str() {
        "push" => {
            let branches = &trigger.branches;
            branches.is_empty()
                || branches.iter().any(|branch| {
                    let branch = branch.as_str();
                    matches!(branch, "main" | "master" | "production" | "prod" | "release")
                        || branch.starts_with("release")
                })
        }
        "release" => true,
        _ => false,
    })
}
