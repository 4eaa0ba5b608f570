//! What all pipelines together do, for rules about what none of them does.

use seaworthy_analysis::joined::{Deed, Pipeline, Pipelines, Work};
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Context, Document};
use seaworthy_formats::ci::{System, Workflow};
use seaworthy_formats::package_json::PackageJson;
use seaworthy_model::{ArtifactPath, Region};

use super::targets::jobs;

/// Everything that continuous integration does. Made only if all of it is known and
/// it checks code at all: what is absent then is absent.
pub(super) struct Checks<'s> {
    deeds: Vec<(&'s Pipeline, &'s Deed)>,
    /// Where something absent is reported: the pipeline that checks most.
    pub(super) path: &'s ArtifactPath,
    pub(super) region: Region,
}

impl<'s> Checks<'s> {
    pub(super) fn of(&self, work: Work) -> impl Iterator<Item = &(&'s Pipeline, &'s Deed)> {
        self.deeds.iter().filter(move |(_, deed)| deed.work == work)
    }
}

/// Whether a push or a pull request starts a workflow.
pub(super) fn is_triggered(workflow: &Workflow) -> bool {
    const EVENTS: &[&str] = &["push", "pull_request", "merge_group", "pull_request_target"];
    workflow.system == System::Gitlab
        || EVENTS.iter().any(|event| workflow.trigger(event).is_some())
}

/// Whether everything that runs is understood.
fn is_known(cx: &Context<'_>, pipelines: &Pipelines) -> bool {
    pipelines.elsewhere().is_none()
        && pipelines.all().iter().all(|it| {
            let workflow = it.workflow();
            !workflow.uncertain && workflow.foreign.is_empty()
        })
        && jobs(cx).all(|(.., work)| !work.unknown)
}

/// What the pipelines do, if it is all known and part of it is checking code.
pub(super) fn checks<'s>(cx: &Context<'s>) -> Option<Checks<'s>> {
    let pipelines = cx.joined().pipelines(cx.snapshot());
    if pipelines.all().is_empty() || !is_known(cx, pipelines) {
        return None;
    }
    let deeds: Vec<(&Pipeline, &Deed)> = jobs(cx)
        .flat_map(|(pipeline, _, _, work)| work.deeds.iter().map(move |deed| (pipeline, deed)))
        .collect();
    let counted = |pipeline: &Pipeline| {
        let checking = |deed: &Deed| {
            matches!(deed.work, Work::Lint | Work::Typecheck | Work::Test | Work::Build)
        };
        deeds.iter().filter(|(of, deed)| of.path() == pipeline.path() && checking(deed)).count()
    };
    let triggered = pipelines.all().iter().filter(|it| is_triggered(it.workflow()));
    let (count, place) = triggered.map(|it| (counted(it), it)).max_by_key(|(count, _)| *count)?;
    if count == 0 {
        return None;
    }
    let first = place.workflow().jobs.first().map(|job| job.id.region());
    let region = place.workflow().jobs_key.or(first).unwrap_or(Region::empty(0));
    let path = place.path();
    Some(Checks { deeds, path, region })
}

/// The manifests of what the project ships, with their directories.
pub(super) fn manifests<'s>(
    cx: &Context<'s>,
) -> impl Iterator<Item = (&'s str, &'s ArtifactPath, &'s PackageJson)> + use<'s> {
    let snapshot = cx.snapshot();
    let packages = cx.joined().packages().all().iter();
    packages.filter(|package| package.role == Role::Source).filter_map(move |package| {
        let artifact = snapshot.artifact(package.manifest.as_str())?;
        match snapshot.document(artifact)? {
            Document::PackageJson(manifest) => {
                Some((package.directory.as_str(), &package.manifest, &**manifest))
            }
            _ => None,
        }
    })
}

/// Whether any manifest depends on one of these.
pub(super) fn depends_on(cx: &Context<'_>, names: &[&str]) -> bool {
    manifests(cx).any(|(_, _, manifest)| names.iter().any(|it| manifest.dependency(it).is_some()))
}

/// Says of work that is done how no failure of it counts; `None` when one does.
pub(super) fn all_masked<'c, 's>(
    checks: &'c Checks<'s>,
    work: Work,
) -> Option<&'c (&'s Pipeline, &'s Deed)> {
    if checks.of(work).any(|(_, deed)| deed.masked.is_none()) {
        return None;
    }
    checks.of(work).next()
}
