//! `ci-test-missing`

use seaworthy_analysis::joined::Work;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::checks::{all_masked, checks, manifests};
use super::targets::file_of;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-test-missing",
        group: Group::Ci,
        summary: "no test can fail the pipeline",
        help: include_str!("ci_test_missing.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let Some(checks) = checks(cx) else { return };
    if checks.of(Work::Test).next().is_none() {
        let written = manifests(cx).find_map(|(_, path, manifest)| {
            let script = manifest.script("test")?;
            (!script.text.contains("no test specified")).then_some((path, script.name_region))
        });
        let how = match written {
            Some(_) => ", although there is a script `test`",
            None => "",
        };
        let draft = cx.report_in(
            checks.path,
            checks.region,
            format!(
                "No job runs tests{how}. Whatever builds is merged and released; run tests on \
                 every push, before anything is deployed."
            ),
        );
        if let Some((path, region)) = written {
            draft.related(path, region, "nobody calls it");
        }
        return;
    }
    let Some((pipeline, deed)) = all_masked(&checks, Work::Test) else { return };
    let draft = cx.report_in(
        file_of(pipeline, deed),
        deed.region,
        format!(
            "The tests (`{}`) cannot fail the pipeline: what follows makes every outcome a \
             success. A broken commit looks like a sound one; let them fail.",
            deed.label
        ),
    );
    draft.evidence(deed.label.clone());
    if let Some((path, region)) = &deed.through {
        draft.related(path, *region, "it is called here");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_pipelines_without_tests() {
        check_files(
            &RULE,
            r#"
//- package.json
{"scripts": {"test": "jest"}}
             ~~~~~~ nobody calls it
//- .github/workflows/ci.yml
on: push
jobs:
^^^^ [medium] No job runs tests
  a:
    steps:
      - uses: actions/checkout@v4
      - run: npm ci && npx eslint .
"#,
        );
        check(
            &RULE,
            ".gitlab-ci.yml",
            "
lint: { script: [npx eslint .] }
unit:
  allow_failure: true
  script:
    - npx jest
      ^^^^^^^^ [medium] cannot fail the pipeline
",
        );
    }

    #[test]
    fn passes_tests_and_what_is_not_known() {
        for steps in [
            "[{ run: npx eslint . }, { run: npx jest }]",
            "[{ run: npx jest }, { run: npx jest --coverage || true }]",
            "[{ run: npx eslint . }, { uses: acme/tests@v1 }]",
            "[{ run: npx eslint . }, { run: ./scripts/all.sh }]",
            "[{ run: npx eslint . }, { run: make check }]",
            "[{ uses: actions/stale@v9 }]",
        ] {
            let text = format!("on: push\njobs:\n  a:\n    steps: {steps}\n");
            check(&RULE, ".github/workflows/ci.yml", &text);
        }
        check_files(
            &RULE,
            "
//- .circleci/config.yml
version: 2.1
//- .github/workflows/ci.yml
on: push
jobs: { a: { steps: [{ run: npx eslint . }] } }
",
        );
    }
}
