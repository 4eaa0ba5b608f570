//! `ci-deploy-ungated`

use seaworthy_analysis::joined::{JobWork, Work};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::{Job, System, Text};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::targets::{Deployment, Target, deployments, file_of, follows_releases, jobs};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-deploy-ungated",
        group: Group::Ci,
        summary: "deployment that does not wait for the tests",
        help: include_str!("ci_deploy_ungated.md"),
        severity: Severity::High,
        precision: Precision::Medium,
        cwe: &[358],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    // Without any tests there is nothing to wait for; another rule says that.
    let tests: Vec<_> = jobs(cx)
        .filter(|(.., work)| work.of(Work::Test).next().is_some())
        .map(|(pipeline, place, job, _)| (pipeline, place, job))
        .collect();
    if tests.is_empty() {
        return;
    }
    let on_pulls = tests.iter().any(|(pipeline, ..)| {
        let workflow = pipeline.workflow();
        workflow.system == System::Gitlab || workflow.trigger("pull_request").is_some()
    });
    for deployment in deployments(cx) {
        let Some(fault) = fault(cx, &deployment) else { continue };
        let Deployment { pipeline, job, deed, .. } = deployment;
        let severity = match fault {
            Fault::Nothing if on_pulls => Severity::Medium,
            _ => Severity::High,
        };
        let why = match fault {
            Fault::Nothing => "waits for no job that runs tests",
            Fault::Masked => "waits for tests that cannot fail",
            Fault::Always => {
                "runs even when the jobs it needs have failed (`always()`), and looks at no result"
            }
        };
        let instead = match fault {
            Fault::Nothing => "add the test job to `needs`",
            Fault::Masked => "let the tests fail the job",
            Fault::Always => "leave `always()` out, or ask for the results of those jobs",
        };
        // The tests of its own workflow are those that it could wait for.
        let own = tests.iter().find(|(of, ..)| of.path() == pipeline.path());
        let Some((tests_in, _, test_job)) = own.or(tests.first()) else { continue };
        let draft = cx.report_in(
            file_of(pipeline, deed),
            deed.region,
            format!(
                "Job {} deploys (`{}`) and {why}. A commit whose tests fail goes to production all \
                 the same; {instead}.",
                job.id.as_str(),
                deed.label
            ),
        );
        draft.severity(severity).evidence(job.id.as_str());
        if tests_in.path() != pipeline.path() || test_job.id.as_str() != job.id.as_str() {
            draft.related(
                tests_in.file_of(&test_job.id),
                test_job.id.region(),
                "the tests run here",
            );
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    Masked,
    Always,
}

fn fault(cx: &Context<'_>, deployment: &Deployment<'_>) -> Option<Fault> {
    let Deployment { pipeline, place, job, work, deed, target } = *deployment;
    let workflow = pipeline.workflow();
    // Somebody decides, or another workflow does.
    if target == Target::Other
        || job.manual
        || !follows_releases(workflow)
        || workflow.trigger("workflow_run").is_some()
        || workflow.trigger("workflow_call").is_some()
        || work.unknown
        || workflow.uncertain
        || job.conditions.iter().any(|it| is_for_others(it.as_str()))
    {
        return None;
    }
    // What nobody can read may test.
    let snapshot = cx.snapshot();
    let before = workflow.before(place);
    let all: Vec<(&Job, &JobWork)> =
        before.iter().map(|&at| (&workflow.jobs[at], pipeline.work(snapshot, at))).collect();
    if all.iter().any(|(_, work)| work.unknown) {
        return None;
    }
    let own = work.of(Work::Test).filter(|test| test.step <= deed.step).map(|test| test.masked);
    let own: Vec<_> = own.collect();
    if own.iter().any(Option::is_none) {
        return None;
    }
    let needed: Vec<_> =
        all.iter().flat_map(|(_, work)| work.of(Work::Test)).map(|test| test.masked).collect();
    if needed.iter().any(Option::is_none) {
        let asks = |text: &Text| {
            let text = text.as_str();
            let always = text.contains("always()") || text.contains("!cancelled()");
            always && !text.contains(".result") && !text.contains("success()")
        };
        return job.conditions.iter().any(asks).then_some(Fault::Always);
    }
    Some(if own.is_empty() && needed.is_empty() { Fault::Nothing } else { Fault::Masked })
}

/// Whether a condition keeps a job to pull requests or to a person's start.
fn is_for_others(condition: &str) -> bool {
    condition.contains("'pull_request'")
        || condition.contains("'workflow_dispatch'")
        || condition.contains("merge_request_event")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_deployments_that_wait_for_nothing() {
        check(
            &RULE,
            ".github/workflows/main.yml",
            "
on: push
jobs:
  test:
  ~~~~ the tests run here
    steps:
      - run: npx jest
  deploy:
    steps:
      - run: npx vercel --prod
             ^^^^^^^^^^^^^^^^^ [high] waits for no job that runs tests
",
        );
        check_files(
            &RULE,
            "
//- .github/workflows/ci.yml
on: [push, pull_request]
jobs:
  test:
  ~~~~ the tests run here
    steps:
      - run: npx jest
//- .github/workflows/deploy.yml
on:
  push:
    branches: [main]
jobs:
  deploy:
    steps:
      - run: flyctl deploy
             ^^^^^^^^^^^^^ [medium] waits for no job
",
        );
    }

    #[test]
    fn flags_gates_that_are_open() {
        check(
            &RULE,
            ".github/workflows/main.yml",
            "
on: push
jobs:
  test:
  ~~~~ the tests run here
    steps:
      - run: npx jest
  soft:
    continue-on-error: true
    steps:
      - run: npx jest
  a:
    needs: soft
    steps:
      - run: flyctl deploy
             ^^^^^^^^^^^^^ [high] waits for tests that cannot fail
  b:
    needs: test
    if: always() && github.ref == 'refs/heads/main'
    steps:
      - run: flyctl deploy
             ^^^^^^^^^^^^^ [high] always()
",
        );
    }

    #[test]
    fn passes_gates_and_what_is_not_known() {
        check(
            &RULE,
            ".github/workflows/main.yml",
            "
on: push
jobs:
  test:
    steps: [{ run: npx jest }]
  build:
    needs: [test]
    steps: [{ run: npm run build }]
  gated:
    needs: build
    steps: [{ run: flyctl deploy }]
  same:
    steps:
      - run: npx jest
      - run: flyctl deploy
  checked:
    needs: test
    if: always() && needs.test.result == 'success'
    steps: [{ run: flyctl deploy }]
  staging:
    steps: [{ run: flyctl deploy }]
  unknown:
    steps:
      - uses: acme/checks@v1
      - run: flyctl deploy
  preview:
    if: github.event_name == 'pull_request'
    steps: [{ run: npx vercel deploy }]
",
        );
        check(
            &RULE,
            ".github/workflows/main.yml",
            "on: push\njobs:\n  deploy:\n    steps: [{ run: flyctl deploy }]\n",
        );
        check(
            &RULE,
            ".gitlab-ci.yml",
            "
stages: [test, deploy]
unit: { stage: test, script: [npx jest] }
ship: { stage: deploy, script: [flyctl deploy] }
",
        );
    }
}
