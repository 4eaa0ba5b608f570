//! `ci-deploy-no-environment`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::targets::{Target, deployments, file_of, follows_releases};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-deploy-no-environment",
        group: Group::Ci,
        summary: "deployment to production without an environment",
        help: include_str!("ci_deploy_no_environment.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[284],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for found in deployments(cx) {
        let workflow = found.pipeline.workflow();
        if found.job.environment.is_some()
            || found.job.manual
            || found.target != Target::Production
            || !follows_releases(workflow)
            || found.job.uses.is_some()
        {
            continue;
        }
        cx.report_in(
            file_of(found.pipeline, found.deed),
            found.deed.region,
            format!(
                "Job {} deploys to production (`{}`) without an `environment`. Its secrets are \
                 then open to every workflow of every branch, and nobody can be asked to approve; \
                 give the job an environment and keep the secrets there.",
                found.job.id.as_str(),
                found.deed.label
            ),
        )
        .evidence(found.job.id.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_production_without_environment() {
        check(
            &RULE,
            ".github/workflows/main.yml",
            "
on: push
jobs:
  deploy:
    steps:
      - run: npx vercel --prod
             ^^^^^^^^^^^^^^^^^ [low] Job deploy deploys to production
  deploy-production:
    steps:
      - run: kubectl apply -f k8s
             ^^^^^^^^^^^^^^^^^^^^ [low] without an `environment`
",
        );
    }

    #[test]
    fn passes_environments_and_other_targets() {
        check(
            &RULE,
            ".github/workflows/main.yml",
            "
on: push
jobs:
  a:
    environment: production
    steps: [{ run: npx vercel --prod }]
  staging:
    steps: [{ run: npx vercel --prod }]
  deploy:
    steps: [{ run: kubectl apply -f k8s }]
",
        );
        check(
            &RULE,
            ".github/workflows/main.yml",
            "on: workflow_dispatch\njobs:\n  prod:\n    steps: [{ run: npx vercel --prod }]\n",
        );
    }
}
