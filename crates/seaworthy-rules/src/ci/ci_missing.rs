//! `ci-missing`

use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, NativeRule, is_searched_only};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::checks::{is_triggered, manifests};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-missing",
        group: Group::Ci,
        summary: "nothing checks what is pushed",
        help: include_str!("ci_missing.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// The scripts that a pipeline would call.
const SCRIPTS: &[&str] = &["test", "lint", "build", "typecheck", "type-check", "check"];

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    // Of a part of a repository the top is not seen, nor is it without git.
    if snapshot.git().is_none_or(seaworthy_analysis::GitState::is_part) {
        return;
    }
    let pipelines = cx.joined().pipelines(snapshot);
    if pipelines.elsewhere().is_some() {
        return;
    }
    let Some((manifest, region)) = checkable(cx) else { return };
    let Some(shipped) = shipped(cx) else { return };
    if pipelines.all().is_empty() {
        cx.report_in(
            &manifest,
            region,
            "No pipeline checks what is pushed: there is no workflow and no `.gitlab-ci.yml`. \
             Whether a commit builds and passes its tests depends on whoever pushes it; call this \
             script in a workflow on `push` and `pull_request`.",
        )
        .related(&shipped, Region::empty(0), "this is shipped");
        return;
    }
    if pipelines.all().iter().any(|it| is_triggered(it.workflow())) {
        return;
    }
    let Some(first) = pipelines.all().iter().find(|it| !it.workflow().triggers.is_empty()) else {
        return;
    };
    // What others call is started by who calls it.
    if first.workflow().uncertain {
        return;
    }
    let trigger = &first.workflow().triggers[0];
    cx.report_in(
        first.path(),
        trigger.event.region(),
        "No workflow starts on `push` or `pull_request`. Whether a commit builds and passes its \
         tests is known when somebody starts one by hand; check every push.",
    )
    .related(&manifest, region, "this could be called");
}

/// A script that checks the code.
fn checkable(cx: &Context<'_>) -> Option<(ArtifactPath, Region)> {
    manifests(cx).find_map(|(_, path, manifest)| {
        let mut scripts = SCRIPTS.iter().filter_map(|name| manifest.script(name));
        let found = scripts.find(|script| !script.text.contains("no test specified"))?;
        Some((path.clone(), found.name_region))
    })
}

/// A file that says that the program is shipped.
fn shipped(cx: &Context<'_>) -> Option<ArtifactPath> {
    const FILES: &[&str] = &["vercel.json", "netlify.toml", "fly.toml", "render.yaml", "Procfile"];
    let snapshot = cx.snapshot();
    snapshot
        .chosen(|artifact| {
            let name = artifact.path().file_name();
            let is = FILES.contains(&name) || name.starts_with("Dockerfile");
            is && !is_searched_only(artifact.path().as_str())
        })
        .into_iter()
        .find(|artifact| snapshot.role(artifact).role == Role::Deployable)
        .map(|artifact| artifact.path().clone())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_repo};

    #[test]
    fn flags_programs_that_nothing_checks() {
        check_repo(
            &RULE,
            r#"
//- package.json
{"scripts": {"start": "node .", "test": "jest"}}
                                ~~~~~~ this could be called
//- Dockerfile
FROM node:24
//- .github/workflows/deploy.yml
on: workflow_dispatch
    ^^^^^^^^^^^^^^^^^ [medium] No workflow starts
jobs: { a: { steps: [{ run: ./deploy }] } }
"#,
        );
        check_repo(
            &RULE,
            r#"
//- package.json
{"scripts": {"test": "jest"}}
             ^^^^^^ [medium] No pipeline checks
//- Dockerfile
FROM node:24
~ this is shipped
"#,
        );
    }

    #[test]
    fn passes_what_is_checked_or_not_shipped() {
        let manifest = "//- package.json\n{\"scripts\": {\"test\": \"jest\"}}\n";
        let image = "//- Dockerfile\nFROM node:24\n";
        let job = "jobs: { a: { steps: [{ run: x }] } }\n";
        for files in [
            manifest.to_owned(),
            format!("{manifest}{image}//- .github/workflows/a.yml\non: push\n{job}"),
            format!("{manifest}{image}//- .gitlab-ci.yml\na: {{ script: [x] }}\n"),
            format!("{manifest}{image}//- Jenkinsfile\npipeline {{}}\n"),
            format!("//- package.json\n{{}}\n{image}"),
        ] {
            check_repo(&RULE, &files);
        }
        check_files(&RULE, &format!("{manifest}{image}"));
    }
}
