//! `ci-permissions-broad`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::ci::{Permissions, Workflow};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::walk::{is_switched_off, workflows};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-permissions-broad",
        group: Group::Ci,
        summary: "workflow whose token may do more than it needs",
        help: include_str!("ci_permissions_broad.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[250, 272],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for pipeline in workflows(cx) {
        let workflow = pipeline.workflow();
        let path = pipeline.path();
        let of_jobs = workflow.jobs.iter().filter_map(|job| job.permissions.as_ref());
        for permissions in workflow.permissions.iter().chain(of_jobs) {
            if let Permissions::All(word) = permissions
                && word.as_str() == "write-all"
            {
                cx.report_in(
                    path,
                    word.region(),
                    "`write-all` lets every step push code, publish packages and change \
                     releases. Any action that is taken over can then do so; name the scopes that \
                     the job needs.",
                )
                .evidence("write-all");
            }
        }
        if workflow.permissions.is_some() || workflow.uncertain || is_called_only(workflow) {
            continue;
        }
        let bare =
            workflow.jobs.iter().find(|job| job.permissions.is_none() && !is_switched_off(job));
        let (Some(job), Some(key)) = (bare, workflow.jobs_key) else { continue };
        cx.report_in(
            path,
            key,
            format!(
                "No `permissions` for job {}: its token may do what the settings of the \
                 repository say, in older ones everything. An action that is taken over could push \
                 code; begin with `contents: read` and add what a job needs.",
                job.id.as_str()
            ),
        )
        .fix(Edit::risky("Let the token only read").insert(
            path,
            key.start,
            "permissions:\n  contents: read\n\n",
        ));
    }
}

/// Whether only other workflows start it: they set the limits.
fn is_called_only(workflow: &Workflow) -> bool {
    !workflow.triggers.is_empty()
        && workflow.triggers.iter().all(|trigger| trigger.event.as_str() == "workflow_call")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_workflows_without_limits() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "
on: push
jobs:
^^^^ [low] No `permissions` for job b
  a:
    permissions: { contents: read }
    steps: [{ run: x }]
  b:
    steps: [{ run: x }]
",
        );
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "
on: push
permissions: write-all
             ^^^^^^^^^ [low] push code
jobs:
  a:
    steps: [{ run: x }]
",
        );
    }

    #[test]
    fn passes_workflows_with_limits() {
        for text in [
            "on: push\npermissions: {}\njobs:\n  a:\n    steps: [{ run: x }]\n",
            "on: push\npermissions: read-all\njobs:\n  a:\n    steps: [{ run: x }]\n",
            "on: push\njobs:\n  a:\n    permissions:\n      contents: write\n    steps: []\n",
            "on: workflow_call\njobs:\n  a:\n    steps: [{ run: x }]\n",
            "on: push\njobs:\n  a:\n    if: false\n    steps: [{ run: x }]\n",
        ] {
            check(&RULE, ".github/workflows/ci.yml", text);
        }
        let bare = "on: push\njobs:\n  a:\n    steps: [{ run: x }]\n";
        check(&RULE, "web/.github/workflows/ci.yml", bare);
    }

    #[test]
    fn limits_the_token() {
        check_fix(
            &RULE,
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  a:\n    steps: [{ run: x }]\n",
            "on: push\npermissions:\n  contents: read\n\njobs:\n  a:\n    steps: [{ run: x }]\n",
        );
    }
}
