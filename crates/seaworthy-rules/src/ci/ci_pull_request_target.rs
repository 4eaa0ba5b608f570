//! `ci-pull-request-target`

use seaworthy_analysis::joined::Pipeline;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::{Job, Step, Text, Uses, Workflow, expressions};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::events::asks_for_person;
use super::walk::{is_switched_off, workflows};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-pull-request-target",
        group: Group::Ci,
        summary: "workflow with secrets that checks out code of a stranger's pull request",
        help: include_str!("ci_pull_request_target.md"),
        severity: Severity::Critical,
        precision: Precision::High,
        cwe: &[829, 94],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for pipeline in workflows(cx) {
        let workflow = pipeline.workflow();
        let Some((event, at)) = event(cx, workflow) else { continue };
        for (place, job) in workflow.jobs.iter().enumerate() {
            if is_switched_off(job) || is_settled(workflow, job, event) {
                continue;
            }
            let Some((index, region)) = checkout(job, event) else { continue };
            report(cx, pipeline, Fault { event, at, place, job, index, region });
        }
    }
}

struct Fault<'s> {
    event: &'static str,
    /// The event's name in the file.
    at: Region,
    place: usize,
    job: &'s Job,
    /// The step that checks out.
    index: usize,
    region: Region,
}

/// The event that brings a stranger's code to a job with secrets.
fn event(cx: &Context<'_>, workflow: &Workflow) -> Option<(&'static str, Region)> {
    if let Some(trigger) = workflow.trigger("pull_request_target") {
        return Some(("pull_request_target", trigger.event.region()));
    }
    let trigger = workflow.trigger("workflow_run")?;
    // What it runs after is known to run for pull requests.
    let follows = workflows(cx).any(|other| {
        let name = other.workflow().name.as_ref().map(Text::as_str);
        name.is_some_and(|name| trigger.workflows.iter().any(|it| it.as_str() == name))
            && other.workflow().trigger("pull_request").is_some()
    });
    follows.then_some(("workflow_run", trigger.event.region()))
}

/// Whether conditions leave no stranger's code: it was merged, or is the
/// repository's own.
fn is_settled(workflow: &Workflow, job: &Job, event: &str) -> bool {
    let conditions = || job.conditions.iter().map(Text::as_str);
    let trigger = workflow.trigger(event);
    let closed = trigger.is_some_and(|trigger| {
        !trigger.types.is_empty() && trigger.types.iter().all(|it| it.as_str() == "closed")
    });
    conditions().any(|condition| {
        condition.contains("head.repo.full_name ==")
            || condition.contains("head_repository.full_name ==")
            || condition.contains("== github.event.pull_request.head.repo.full_name")
            || condition.contains("head.repo.fork == false")
            || condition.contains("!github.event.pull_request.head.repo.fork")
            || condition.contains("author_association")
            || condition.contains("workflow_run.event == 'push'")
            || (condition.contains("pull_request.merged") && closed)
            || condition.contains("pull_request.merged == true")
            || condition.trim() == "github.event.pull_request.merged"
            || condition.contains("event_name == 'push'")
            || condition.contains("event_name != 'pull_request_target'")
            || condition.contains("event_name == 'pull_request'")
    })
}

/// The step that takes the stranger's code, and where it says so.
fn checkout(job: &Job, event: &str) -> Option<(usize, Region)> {
    job.steps.iter().enumerate().find_map(|(index, step)| {
        if step.condition.as_ref().is_some_and(|it| asks_for_person(it.as_str())) {
            return None;
        }
        Some((index, by_action(step, event).or_else(|| by_command(step, event))?))
    })
}

fn by_action(step: &Step, event: &str) -> Option<Region> {
    let uses = Uses::read(step.uses.as_ref()?.as_str()).action()?;
    if uses != "actions/checkout" {
        return None;
    }
    step.with.iter().filter(|input| matches!(input.name.as_str(), "ref" | "repository")).find_map(
        |input| {
            let value = input.value.as_ref()?;
            is_foreign(value.as_str(), event).then(|| value.region())
        },
    )
}

fn by_command(step: &Step, event: &str) -> Option<Region> {
    let run = step.run.as_ref()?;
    let text = run.as_str();
    let mut from = 0;
    for line in text.split_inclusive('\n') {
        let (at, trimmed) = (from, line.trim());
        from += line.len();
        if trimmed.starts_with('#') {
            continue;
        }
        let checks_out = trimmed.contains("gh pr checkout")
            || (trimmed.contains("git checkout") || trimmed.contains("git switch"))
                && is_foreign(trimmed, event);
        if checks_out {
            let start = at + (line.len() - line.trim_start().len());
            return Some(run.place(start..start + trimmed.len()));
        }
    }
    None
}

/// Whether a reference or a repository is that of the pull request.
fn is_foreign(text: &str, event: &str) -> bool {
    let paths: &[&[&str]] = match event {
        "pull_request_target" => &[
            &["github", "head_ref"],
            &["github", "event", "pull_request", "head", "sha"],
            &["github", "event", "pull_request", "head", "ref"],
            &["github", "event", "pull_request", "head", "repo", "full_name"],
            &["github", "event", "pull_request", "merge_commit_sha"],
        ],
        _ => &[
            &["github", "event", "workflow_run", "head_sha"],
            &["github", "event", "workflow_run", "head_branch"],
            &["github", "event", "workflow_run", "head_commit", "id"],
            &["github", "event", "workflow_run", "head_repository", "full_name"],
        ],
    };
    let named = expressions(text).iter().any(|expression| {
        let references = &expression.references;
        references.iter().any(|it| it.flows && paths.iter().any(|path| it.is(path)))
    });
    named
        || text.contains("refs/pull/") && text.contains("${{")
        || text.contains("pull/${{") && text.contains("/merge")
}

fn report(cx: &mut Context<'_>, pipeline: &Pipeline, fault: Fault<'_>) {
    let Fault { event, at, place, job, index, region } = fault;
    let workflow = pipeline.workflow();
    let runs = job.steps[index + 1..].iter().find(|step| runs_code(step));
    let gates = |job: &Job| {
        job.environment.is_some()
            || job.conditions.iter().any(|condition| {
                condition.as_str().contains(".label") || asks_for_person(condition.as_str())
            })
    };
    let gated = gates(job) || workflow.before(place).iter().any(|&at| gates(&workflow.jobs[at]));
    let severity = match (runs.is_some(), gated) {
        (true, false) if event == "workflow_run" => Severity::High,
        (true, false) => Severity::Critical,
        (true, true) => Severity::High,
        (false, _) => Severity::Medium,
    };
    let consequence = if runs.is_some() {
        "What it runs afterwards, install scripts and tests too, is written by whoever opened \
         the pull request, and can take the secrets and push with the token"
    } else {
        "Nothing is run from it as yet, but any step that reads its files or builds it hands \
         them the secrets and the token"
    };
    let draft = cx.report_in(
        pipeline.path(),
        region,
        format!(
            "Job {} checks out the code of a pull request in a workflow that starts on {event}, \
             with the rights of the repository. {consequence}; build pull requests on \
             `pull_request`, and keep here what needs no code of theirs.",
            job.id.as_str()
        ),
    );
    draft.severity(severity).evidence(job.id.as_str()).related(
        pipeline.path(),
        at,
        "runs with secrets, also for pull requests from forks",
    );
    if let Some(step) = runs {
        let at = step.run.as_ref().map(|run| run.place(0..run.as_str().len()));
        let at = at.or_else(|| step.uses.as_ref().map(Text::region)).unwrap_or(step.region);
        draft.related(pipeline.path(), at, "the first step that may run it");
    }
}

/// Whether a step runs something that the checkout may hold.
fn runs_code(step: &Step) -> bool {
    if let Some(uses) = &step.uses {
        return matches!(Uses::read(uses.as_str()), Uses::Local(_));
    }
    const HARMLESS: &[&str] = &["echo", "gh", "git", "curl", "jq", "exit", "export", "set", "cat"];
    step.run.as_ref().is_some_and(|run| {
        run.as_str().lines().map(str::trim).any(|line| {
            let program = line.split_whitespace().next().unwrap_or("#");
            !program.starts_with('#') && !HARMLESS.contains(&program)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_a_checkout_of_the_pull_request() {
        check(
            &RULE,
            ".github/workflows/pr.yml",
            r#"
on:
  pull_request_target:
  ~~~~~~~~~~~~~~~~~~~ runs with secrets
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] Job build checks out
      - run: npm ci
             ~~~~~~ the first step that may run it
"#,
        );
    }

    #[test]
    fn flags_other_ways_to_get_the_code_by_what_they_may_do() {
        check(
            &RULE,
            ".github/workflows/pr.yml",
            r#"
on: [pull_request_target]
     ~~~~~~~~~~~~~~~~~~~ runs with secrets
jobs:
  label:
    steps:
      - uses: actions/checkout@v4
        with: { ref: "refs/pull/${{ github.event.number }}/merge" }
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] Nothing is run from it as yet
      - uses: actions/labeler@v5
  preview:
    environment: preview
    steps:
      - run: |
          gh pr checkout ${{ github.event.number }}
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] Job preview
      - uses: ./.github/actions/build
              ~~~~~~~~~~~~~~~~~~~~~~~ the first step
  gated:
    if: contains(github.event.pull_request.labels.*.name, 'safe')
    steps:
      - uses: actions/checkout@v4
        with:
          repository: ${{ github.event.pull_request.head.repo.full_name }}
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] Job gated
      - run: make
             ~~~~ the first step
"#,
        );
    }

    #[test]
    fn flags_a_run_that_follows_pull_requests() {
        check_files(
            &RULE,
            r#"
//- .github/workflows/ci.yml
name: CI
on: pull_request
jobs: { a: { steps: [{ run: npm test }] } }
//- .github/workflows/after.yml
on:
  workflow_run:
  ~~~~~~~~~~~~ runs with secrets
    workflows: [CI]
jobs:
  report:
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.workflow_run.head_sha }}
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] Job report
      - run: npm run report
             ~~~~~~~~~~~~~~ the first step
//- .github/workflows/deploy.yml
on:
  workflow_run:
    workflows: [Build]
jobs:
  a:
    steps:
      - uses: actions/checkout@v4
        with: { ref: "${{ github.event.workflow_run.head_sha }}" }
      - run: ./deploy.sh
"#,
        );
    }

    #[test]
    fn passes_without_the_stranger_s_code() {
        check(
            &RULE,
            ".github/workflows/pr.yml",
            r#"
on: [pull_request_target, push]
jobs:
  base:
    steps:
      - uses: actions/checkout@v4
      - run: npm ci
  own:
    if: github.event.pull_request.head.repo.full_name == github.repository
    steps:
      - uses: actions/checkout@v4
        with: { ref: "${{ github.event.pull_request.head.sha }}" }
      - run: npm ci
  merged:
    if: github.event.pull_request.merged == true
    steps:
      - uses: actions/checkout@v4
        with: { ref: "${{ github.head_ref }}" }
      - run: npm ci
  base_ref:
    steps:
      - uses: actions/checkout@v4
        with: { ref: "${{ github.event.pull_request.base.sha }}" }
      - run: npm ci
"#,
        );
        check(
            &RULE,
            ".github/workflows/pr.yml",
            r#"
on: pull_request
jobs:
  a:
    steps:
      - uses: actions/checkout@v4
        with: { ref: "${{ github.event.pull_request.head.sha }}" }
      - run: npm ci
"#,
        );
    }
}
