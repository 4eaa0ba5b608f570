//! Who calls a reusable workflow or an action of the repository, and with what.

use seaworthy_analysis::Context;
use seaworthy_formats::ci::{Step, Text, Uses, Variable, expressions};
use seaworthy_model::{ArtifactPath, Region, Severity};

use super::events::{self, Field};
use super::walk::{Place, is_switched_off, steps, workflows};

/// An input into which a caller puts what a stranger wrote.
pub(super) struct Given<'s> {
    /// The file that is called.
    pub(super) callee: String,
    /// The input, in lower case.
    pub(super) input: String,
    /// What is put into it.
    pub(super) field: &'static Field,
    pub(super) severity: Severity,
    /// Where it is put into it.
    pub(super) path: &'s ArtifactPath,
    pub(super) region: Region,
}

/// The tainted inputs of all local workflows and actions.
pub(super) fn given<'s>(cx: &Context<'s>) -> Vec<Given<'s>> {
    static NOTHING: std::sync::OnceLock<Step> = std::sync::OnceLock::new();
    let mut given = Vec::new();
    for place in steps(cx) {
        collect(&place, place.step.uses.as_ref(), &place.step.with, &mut given);
    }
    for pipeline in workflows(cx) {
        for job in pipeline.workflow().jobs.iter().filter(|job| !is_switched_off(job)) {
            let step = NOTHING.get_or_init(Step::default);
            let place =
                Place { path: pipeline.path(), pipeline: Some(pipeline), job: Some(job), step };
            collect(&place, job.uses.as_ref(), &job.with, &mut given);
        }
    }
    given
}

fn collect<'s>(
    place: &Place<'s>,
    uses: Option<&Text>,
    with: &[Variable],
    given: &mut Vec<Given<'s>>,
) {
    let Some(Uses::Local(callee)) = uses.map(|uses| Uses::read(uses.as_str())) else { return };
    let Some(pipeline) = place.pipeline else { return };
    for variable in with {
        let Some(value) = &variable.value else { continue };
        for expression in expressions(value.as_str()) {
            for reference in &expression.references {
                let Some(field) = events::field(reference) else { continue };
                let Some(severity) = events::severity(field, pipeline.workflow(), place) else {
                    continue;
                };
                given.push(Given {
                    callee: callee.to_owned(),
                    input: variable.name.as_str().to_ascii_lowercase(),
                    field,
                    severity,
                    path: place.path,
                    region: value.place(expression.range.clone()),
                });
            }
        }
    }
}

impl Given<'_> {
    /// Whether the file at `path` is the one that is called.
    pub(super) fn reaches(&self, path: &str) -> bool {
        path == self.callee
            || path
                .strip_prefix(self.callee.as_str())
                .is_some_and(|rest| matches!(rest, "/action.yml" | "/action.yaml"))
    }
}
