//! `ci-npm-install`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::targets::jobs;
use crate::installs::install;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-npm-install",
        group: Group::Ci,
        summary: "pipeline that installs by ranges instead of the lockfile",
        help: include_str!("ci_npm_install.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[829],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    if cx.snapshot().named(&["package-lock.json", "npm-shrinkwrap.json"]).is_empty() {
        return;
    }
    for (pipeline, place, job, _) in jobs(cx) {
        for (index, step) in job.steps.iter().enumerate() {
            let (Some(run), Some(script)) = (&step.run, pipeline.script(place, index)) else {
                continue;
            };
            for command in &script.commands {
                let Some(invoked) = command.invoked().filter(|it| it.program == "npm") else {
                    continue;
                };
                let words = invoked.arguments.iter().map(|word| word.text.as_str());
                let asked = install(invoked.program, words, false);
                if !asked.is_some_and(|asked| !asked.frozen && !asked.adds) {
                    continue;
                }
                let path = pipeline.file_of(run);
                let draft = cx.report_in(
                    path,
                    run.place(command.region.range()),
                    "`npm install` takes what the ranges allow today and changes the lockfile. The \
                     pipeline then tests other packages than those that were reviewed; `npm ci` \
                     takes what the lockfile says, or fails.",
                );
                draft.evidence(job.id.as_str());
                let verb = invoked
                    .arguments
                    .iter()
                    .find(|word| matches!(word.text.as_str(), "install" | "i") && !word.quoted);
                if let Some(region) = verb.and_then(|word| run.exact(word.region.range())) {
                    draft.fix(
                        Edit::risky("Install what the lockfile says").replace(path, region, "ci"),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_fix_repo};

    #[test]
    fn flags_installs_by_ranges() {
        check_files(
            &RULE,
            "
//- package-lock.json
{}
//- .github/workflows/ci.yml
on: push
jobs:
  a:
    steps:
      - run: npm install
             ^^^^^^^^^^^ [low] `npm ci` takes
      - run: |
          npm ci
          cd web && npm i --no-audit --prefix web
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ takes what the ranges allow
//- .gitlab-ci.yml
test:
  script:
    - npm install
      ^^^^^^^^^^^ ranges
",
        );
    }

    #[test]
    fn passes_strict_installs_and_single_packages() {
        check_files(
            &RULE,
            "
//- package-lock.json
{}
//- .github/workflows/ci.yml
on: push
jobs:
  a:
    steps:
      - run: npm ci
      - run: npm install -g npm@11
      - run: npm install --no-save playwright
      - run: echo npm install
      - run: |
          # npm install
          yarn install
",
        );
        check_files(
            &RULE,
            "
//- package.json
{}
//- .github/workflows/ci.yml
on: push
jobs: { a: { steps: [{ run: npm install }] } }
",
        );
    }

    #[test]
    fn installs_what_the_lockfile_says() {
        check_fix_repo(
            &RULE,
            "//- package-lock.json\n{}\n//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps:\n      - run: npm install --omit=dev\n",
            "//- package-lock.json\n{}\n//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps:\n      - run: npm ci --omit=dev\n",
        );
    }
}
