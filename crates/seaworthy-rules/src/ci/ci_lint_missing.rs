//! `ci-lint-missing`

use seaworthy_analysis::joined::Work;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::checks::{all_masked, checks, manifests};
use super::targets::file_of;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-lint-missing",
        group: Group::Ci,
        summary: "the linter of the project runs in no pipeline",
        help: include_str!("ci_lint_missing.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[710],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

const LINTERS: &[&str] =
    &["eslint", "@biomejs/biome", "oxlint", "xo", "standard", "tslint", "next", "@angular/cli"];

fn check(cx: &mut Context<'_>) {
    let Some(checks) = checks(cx) else { return };
    if checks.of(Work::Lint).next().is_none() {
        // A linter that nobody chose is nobody's omission.
        let chosen = manifests(cx).find_map(|(_, path, manifest)| {
            let script = manifest.script("lint").map(|script| script.name_region);
            let linter = LINTERS[..6].iter().find_map(|name| manifest.dependency(name));
            let region = script.or_else(|| linter.map(|linter| linter.name_region))?;
            LINTERS.iter().any(|name| manifest.dependency(name).is_some()).then_some((path, region))
        });
        let Some((path, region)) = chosen else { return };
        cx.report_in(
            checks.path,
            checks.region,
            "No job runs the linter that the project has. Its rules then hold only for those who \
             run it by hand; call it on every push.",
        )
        .related(path, region, "it is set up here");
        return;
    }
    let Some((pipeline, deed)) = all_masked(&checks, Work::Lint) else { return };
    let draft = cx.report_in(
        file_of(pipeline, deed),
        deed.region,
        format!(
            "The linter (`{}`) cannot fail the pipeline. What it finds is merged all the same; \
             let it fail, and take rules that nobody follows out of its configuration.",
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
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_linters_that_no_job_runs() {
        check_files(
            &RULE,
            r#"
//- package.json
{"scripts": {"lint": "tsc"}, "devDependencies": {"eslint": "9"}}
             ~~~~~~ it is set up here
//- .github/workflows/ci.yml
on: push
jobs:
^^^^ [low] No job runs the linter
  a:
    steps: [{ run: npx jest && npm run lint }]
"#,
        );
        check_files(
            &RULE,
            r#"
//- package.json
{"scripts": {"lint": "eslint . || true"}}
                      ~~~~~~~~~~~~~~~~ it is called here
//- .github/workflows/ci.yml
on: push
jobs:
  a:
    steps:
      - run: npm run lint
             ^^^^^^^^^^^^ [low] cannot fail
"#,
        );
    }

    #[test]
    fn passes_linters_that_run_or_are_not_there() {
        for (manifest, run) in [
            (
                r#"{"scripts": {"lint": "eslint ."}, "devDependencies": {"eslint": "9"}}"#,
                "npm run lint",
            ),
            (r#"{"scripts": {"test": "jest"}}"#, "npm test"),
            (r#"{"devDependencies": {"eslint": "9"}}"#, "npx jest && ./x.sh"),
        ] {
            check_files(
                &RULE,
                &format!(
                    "//- package.json\n{manifest}\n//- .github/workflows/ci.yml\non: push\njobs: {{ a: {{ steps: [{{ run: {run} }}] }} }}\n"
                ),
            );
        }
    }
}
