//! `ci-rollback-missing`

use seaworthy_analysis::joined::Work;
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_formats::ci::Text;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::targets::{Target, deployments, file_of, follows_releases, jobs};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-rollback-missing",
        group: Group::Ci,
        summary: "deployment to a server without a way back",
        help: include_str!("ci_rollback_missing.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// Ways to deploy that keep no former release at hand.
const BARE: &[&str] = &["ssh", "scp", "rsync", "appleboy/ssh-action", "easingthemes/ssh-deploy"];

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    u64::from(text.is_some() && speaks(path))
}

fn check(cx: &mut Context<'_>) {
    if is_prepared(cx) {
        return;
    }
    for found in deployments(cx) {
        if found.target == Target::Other
            || found.work.unknown
            || !follows_releases(found.pipeline.workflow())
        {
            continue;
        }
        let bare = found.work.of(Work::Deploy).find(|deed| BARE.contains(&deed.label.as_str()));
        let Some(deed) = bare else { continue };
        cx.report_in(
            file_of(found.pipeline, deed),
            deed.region,
            format!(
                "Job {} replaces what runs on the server (`{}`), and no job or script brings the \
                 former release back. When the new one does not start, it stays down until \
                 somebody mends it by hand; keep the former release, and go back to it in a step \
                 with `if: failure()`.",
                found.job.id.as_str(),
                deed.label
            ),
        )
        .evidence(found.job.id.as_str());
        return;
    }
}

fn speaks(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["rollback", "roll-back", "roll back", "rolling back", "revert", "previous release"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Whether anything in the repository speaks of the way back.
fn is_prepared(cx: &Context<'_>) -> bool {
    let steps = jobs(cx).any(|(_, _, job, _)| {
        speaks(job.title())
            || job.steps.iter().any(|step| {
                let texts = [&step.name, &step.run, &step.uses];
                let with = step.with.iter().filter_map(|input| input.value.as_ref());
                texts.into_iter().flatten().chain(with).map(Text::as_str).any(speaks)
                    || step.condition.as_ref().is_some_and(|it| it.as_str().contains("failure()"))
            })
    });
    let snapshot = cx.snapshot();
    let paths = || snapshot.artifacts().iter().any(|it| speaks(it.path().as_str()));
    steps || snapshot.answer("a path that speaks of a way back", paths)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_servers_without_a_way_back() {
        check(
            &RULE,
            ".github/workflows/main.yml",
            "
on: push
jobs:
  deploy:
    steps:
      - run: rsync -a dist/ deploy@app.example:/srv/app
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] Job deploy replaces
",
        );
    }

    #[test]
    fn passes_a_way_back_and_platforms_that_have_one() {
        check(
            &RULE,
            ".github/workflows/main.yml",
            "
on: push
jobs:
  deploy:
    steps:
      - run: rsync -a dist/ deploy@app.example:/srv/app
      - if: failure()
        run: ssh deploy@app.example ./restore
",
        );
        check(
            &RULE,
            ".github/workflows/main.yml",
            "on: push\njobs:\n  deploy:\n    steps: [{ run: npx vercel --prod }]\n",
        );
        check_files(
            &RULE,
            "
//- scripts/rollback.sh
x
//- .github/workflows/main.yml
on: push
jobs:
  deploy:
    steps: [{ run: 'rsync -a dist/ deploy@app.example:/srv/app' }]
",
        );
    }
}
