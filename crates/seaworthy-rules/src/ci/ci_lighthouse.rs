//! `ci-lighthouse`

use seaworthy_analysis::joined::Work;
use seaworthy_analysis::{Artifact, Check, Context, NativeRule, is_searched_only};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::targets::{file_of, jobs};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-lighthouse",
        group: Group::Ci,
        summary: "performance budget in a file that Lighthouse CI does not read",
        help: include_str!("ci_lighthouse.md"),
        severity: Severity::Info,
        precision: Precision::High,
        cwe: &[710],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let Some(config) = unread(cx) else { return };
    for (pipeline, _, job, work) in jobs(cx) {
        let Some(deed) = work.of(Work::Lighthouse).find(|deed| deed.label.contains("lhci")) else {
            continue;
        };
        let run = job.steps.get(deed.step).and_then(|step| step.run.as_ref());
        let told = run.is_none_or(|run| run.as_str().contains("--config"));
        if told || deed.through.is_some() {
            continue;
        }
        cx.report_in(
            file_of(pipeline, deed),
            deed.region,
            format!(
                "Lighthouse CI does not read `{}`: it looks for `lighthouserc` with the ending js, \
                 cjs, json, yml or yaml. It runs with its defaults, and the budget holds for \
                 nothing; rename the file or pass `--config`.",
                config.file_name()
            ),
        )
        .evidence(config.as_str())
        .related(&config, Region::empty(0), "the budget is here");
        return;
    }
}

/// A configuration at the root under a name that is not looked for, and none other.
fn unread(cx: &Context<'_>) -> Option<ArtifactPath> {
    let mut found = None;
    let may_be = |artifact: &Artifact| {
        let name = artifact.path().file_name();
        (name.contains("lighthouse") || name.contains("lhci"))
            && !is_searched_only(artifact.path().as_str())
    };
    for artifact in cx.snapshot().chosen(may_be) {
        let name = artifact.path().file_name();
        let plain = name.trim_start_matches('.');
        if let Some(ending) = plain.strip_prefix("lighthouserc.") {
            if matches!(ending, "js" | "cjs" | "json" | "yml" | "yaml") {
                return None;
            }
            found = Some(artifact.path().clone());
        } else if [
            "lighthouse.config.",
            "lighthouseci.config.",
            "lighthouse-ci.config.",
            "lhci.config.",
        ]
        .iter()
        .any(|start| plain.starts_with(start))
        {
            found = Some(artifact.path().clone());
        }
    }
    found.filter(|path| !path.as_str().contains('/'))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn notes_a_budget_that_is_not_read() {
        check_files(
            &RULE,
            "
//- lighthouserc.config.js
module.exports = {};
~ the budget is here
//- .github/workflows/ci.yml
on: push
jobs:
  a:
    steps:
      - run: npx lhci autorun
             ^^^^^^^^^^^^^^^^ [info] does not read `lighthouserc.config.js`
",
        );
    }

    #[test]
    fn passes_names_that_are_read() {
        for (file, run) in [
            ("lighthouserc.js", "npx lhci autorun"),
            (".lighthouserc.json", "npx lhci autorun"),
            ("lighthouseci.config.js", "npx lhci autorun --config=lighthouseci.config.js"),
            ("lighthouseci.config.js", "npx jest"),
        ] {
            check_files(
                &RULE,
                &format!(
                    "//- {file}\nx\n//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps: [{{ run: {run} }}]\n"
                ),
            );
        }
    }
}
