//! `ci-coverage`

use seaworthy_analysis::joined::Work;
use seaworthy_analysis::{Check, Context, NativeRule, Artifact};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::checks::checks;
use super::targets::file_of;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-coverage",
        group: Group::Ci,
        summary: "tests whose coverage is not collected",
        help: include_str!("ci_coverage.md"),
        severity: Severity::Info,
        precision: Precision::High,
        cwe: &[710],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let Some(checks) = checks(cx) else { return };
    let is_runner = |label: &str| ["jest", "vitest"].contains(&label);
    let found = checks.of(Work::Test).find(|(_, deed)| is_runner(&deed.label));
    let Some((pipeline, deed)) = found else { return };
    if checks.of(Work::Coverage).next().is_some() || is_configured(cx) {
        return;
    }
    cx.report_in(
        file_of(pipeline, deed),
        deed.region,
        format!(
            "No job collects the coverage of the tests (`{}`). Which code no test ever runs is \
             not known; add `--coverage` and a threshold.",
            deed.label
        ),
    )
    .evidence(deed.label.clone());
}

/// Whether the configuration of the test runner, or a manifest, asks for it.
fn is_configured(cx: &Context<'_>) -> bool {
    let snapshot = cx.snapshot();
    let is_config = |artifact: &Artifact| {
        let name = artifact.path().file_name();
        name == "package.json"
            || ["jest.config.", "vitest.config.", "vite.config.", "vitest.workspace."]
                .iter()
                .any(|start| name.starts_with(start))
    };
    snapshot.chosen(is_config).into_iter().take(200).any(|artifact| {
        snapshot
            .text(artifact)
            .is_some_and(|text| text.contains("ollectCoverage") || text.contains("coverage"))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn notes_tests_without_coverage() {
        check_files(
            &RULE,
            "
//- .github/workflows/ci.yml
on: push
jobs:
  a:
    steps:
      - run: npx vitest run
             ^^^^^^^^^^^^^^ [info] No job collects
",
        );
    }

    #[test]
    fn passes_coverage_wherever_it_is_asked_for() {
        for (config, run) in [
            ("", "npx vitest run --coverage"),
            (
                "//- vitest.config.ts\nexport default { test: { coverage: { enabled: true } } };\n",
                "npx vitest run",
            ),
            ("", "npx vitest run && ./more.sh"),
            ("", "npx playwright test"),
        ] {
            check_files(
                &RULE,
                &format!(
                    "{config}//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps: [{{ run: {run} }}]\n"
                ),
            );
        }
    }
}
