//! `ci-staging-deploys-production`

use std::collections::BTreeSet;

use seaworthy_analysis::joined::Pipeline;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::{Job, expressions};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::targets::{Deployment, Target, deployments, file_of};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-staging-deploys-production",
        group: Group::Ci,
        summary: "staging job that deploys to production",
        help: include_str!("ci_staging_deploys_production.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let all = deployments(cx);
    for staging in all.iter().filter(|it| it.target == Target::Other && is_staging(it.job)) {
        let Some(deed) = staging.work.deeds.iter().find(|deed| {
            deed.production && deed.work == staging.deed.work && is_app_platform(&deed.label)
        }) else {
            continue;
        };
        let own = projects(staging.pipeline, staging.job);
        if own.is_empty() {
            continue;
        }
        let same = all.iter().find(|other| {
            other.target == Target::Production
                && other.work.deeds.iter().any(|it| it.production && it.label == deed.label)
                && projects(other.pipeline, other.job) == own
        });
        let Some(Deployment { pipeline, job, .. }) = same else { continue };
        // Secrets of one name differ by environment.
        if staging.job.environment.is_some() && job.environment.is_some() {
            continue;
        }
        cx.report_in(
            file_of(staging.pipeline, deed),
            deed.region,
            format!(
                "Job {} is for staging and deploys to production: `{}` with `--prod`, into the \
                 same project as job {}. What is meant to be tried out is live at once; leave \
                 `--prod` out, or give staging a project of its own.",
                staging.job.id.as_str(),
                deed.label,
                job.id.as_str()
            ),
        )
        .evidence(staging.job.id.as_str())
        .related(
            pipeline.file_of(&job.id),
            job.id.region(),
            "production has the same project",
        );
    }
}

/// Platforms on which `--prod` means the address that visitors see.
fn is_app_platform(label: &str) -> bool {
    ["vercel", "netlify"].iter().any(|name| label.contains(name))
}

fn is_staging(job: &Job) -> bool {
    let environment = job.environment.as_ref().map(|it| it.name.as_str());
    [Some(job.id.as_str()), job.name.as_ref().map(|it| it.as_str()), environment]
        .into_iter()
        .flatten()
        .any(|name| {
            let lower = name.to_ascii_lowercase();
            lower
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| matches!(word, "staging" | "stage" | "stg" | "preview" | "dev"))
        })
}

/// The secrets that name the project.
fn projects(pipeline: &Pipeline, job: &Job) -> BTreeSet<String> {
    let steps = job.steps.iter().flat_map(|step| {
        let inputs = step.with.iter().chain(&step.env).filter_map(|it| it.value.as_ref());
        inputs.chain(&step.run)
    });
    let around = job.env.iter().chain(&pipeline.workflow().env).filter_map(|it| it.value.as_ref());
    steps
        .chain(around)
        .flat_map(|text| expressions(text.as_str()))
        .flat_map(|expression| expression.references)
        .filter_map(|it| it.name_in("secrets").or_else(|| it.name_in("vars")).map(str::to_owned))
        .filter(|name| name.contains("PROJECT") || name.contains("SITE"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_staging_with_the_project_of_production() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            "
on: push
env:
  VERCEL_PROJECT_ID: ${{ secrets.VERCEL_PROJECT_ID }}
jobs:
  staging:
    steps:
      - run: npx vercel deploy --prod
             ^^^^^^^^^^^^^^^^^^^^^^^^ [high] Job staging is for staging
  production:
  ~~~~~~~~~~ the same project
    steps:
      - run: npx vercel deploy --prod
",
        );
    }

    #[test]
    fn passes_projects_of_their_own() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            "
on: push
jobs:
  staging:
    env: { VERCEL_PROJECT_ID: '${{ secrets.STAGING_PROJECT_ID }}' }
    steps: [{ run: npx vercel deploy --prod }]
  preview:
    env: { VERCEL_PROJECT_ID: '${{ secrets.VERCEL_PROJECT_ID }}' }
    steps: [{ run: npx vercel deploy }]
  production:
    env: { VERCEL_PROJECT_ID: '${{ secrets.VERCEL_PROJECT_ID }}' }
    steps: [{ run: npx vercel deploy --prod }]
",
        );
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            "
on: push
env: { VERCEL_PROJECT_ID: '${{ secrets.VERCEL_PROJECT_ID }}' }
jobs:
  a:
    environment: staging
    steps: [{ run: npx vercel deploy --prod }]
  b:
    environment: production
    steps: [{ run: npx vercel deploy --prod }]
",
        );
    }
}
