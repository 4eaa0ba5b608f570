//! `ci-security-non-blocking`

use seaworthy_analysis::joined::{Deed, Mask, Pipeline, Work};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::{Job, Text, Uses};
use seaworthy_formats::shell::{BlockKind, Command};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::targets::{file_of, jobs};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-security-non-blocking",
        group: Group::Ci,
        summary: "security scan whose findings fail nothing",
        help: include_str!("ci_security_non_blocking.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[390],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    // A workflow from elsewhere may hold a scan that blocks.
    let is_remote = |job: &Job| {
        job.uses.as_ref().is_some_and(|it| !matches!(Uses::read(it.as_str()), Uses::Local(_)))
    };
    if jobs(cx).any(|(.., job, _)| is_remote(job)) {
        return;
    }
    for (kind, what) in [(Work::Scan, "scan"), (Work::SecretScan, "search for secrets")] {
        let scans: Vec<(&Pipeline, usize, &Job, &Deed)> = jobs(cx)
            .flat_map(|(pipeline, place, job, work)| {
                work.of(kind).map(move |deed| (pipeline, place, job, deed))
            })
            .collect();
        let blocks = |(pipeline, place, job, deed): &(&Pipeline, usize, &Job, &Deed)| {
            deed.masked.is_none() || is_evaluated(pipeline, *place, job, deed)
        };
        if scans.iter().any(blocks) {
            continue;
        }
        let Some((pipeline, _, job, deed)) = scans.first() else { continue };
        let how = match deed.masked {
            Some(Mask::Continues) => "goes on when it fails (`continue-on-error`)",
            Some(Mask::Or) => "is followed by a command that always succeeds",
            Some(Mask::Flag) => "is not told to fail on findings",
            Some(Mask::Afterwards) | None => "runs when the outcome is settled",
        };
        let draft = cx.report_in(
            file_of(pipeline, deed),
            deed.region,
            format!(
                "No {what} can fail the pipeline: `{}` {how}, and nothing looks at the result. \
                 What it finds is merged and released; let it fail, from the severity on that you \
                 mean to mend.",
                deed.label
            ),
        );
        draft.evidence(format!("{}:{}", job.id.as_str(), deed.label));
        if let Some((path, region)) = &deed.through {
            draft.related(path, *region, "it is called here");
        }
        for (pipeline, _, _, other) in scans.iter().skip(1).take(5) {
            draft.related(file_of(pipeline, other), other.region, "nor can this");
        }
    }
}

/// Whether something later looks at what a scan found.
fn is_evaluated(pipeline: &Pipeline, place: usize, job: &Job, deed: &Deed) -> bool {
    let Some(step) = job.steps.get(deed.step) else { return false };
    let workflow = pipeline.workflow();
    let texts = || {
        workflow.jobs.iter().flat_map(|job| {
            let steps = job.steps.iter().flat_map(|step| {
                let with = step.with.iter().chain(&step.env).filter_map(|it| it.value.as_ref());
                step.run.iter().chain(&step.condition).chain(with)
            });
            steps.chain(&job.conditions)
        })
    };
    if let Some(id) = &step.id {
        let outcome = format!("steps.{}.", id.as_str());
        if texts().any(|text| text.as_str().contains(&outcome)) {
            return true;
        }
    }
    // Reports that GitHub evaluates itself.
    let uploads = job
        .steps
        .iter()
        .skip(deed.step)
        .any(|step| step.uses.as_ref().is_some_and(|it| it.as_str().contains("upload-sarif")));
    if uploads {
        return true;
    }
    let later = job.steps.iter().skip(deed.step + 1).filter_map(|step| step.run.as_ref());
    let judged = |text: &str| {
        ["exit 1", "exit $", "exit(1)", "sys.exit", "process.exit", "jq -e", "return 1"]
            .iter()
            .any(|sign| text.contains(sign))
    };
    let Some(script) = pipeline.script(place, deed.step) else {
        return later.map(Text::as_str).any(judged);
    };
    let run = step.run.as_ref();
    let own = |command: &&Command| {
        run.is_some_and(|run| run.place(command.region.range()) == deed.region)
    };
    let Some(command) = script.commands.iter().find(own) else { return false };
    let caught = script
        .blocks_above(command)
        .any(|block| matches!(block.kind, BlockKind::Substitution | BlockKind::Condition { .. }));
    let after = run.map_or("", |run| run.as_str()).get(command.region.end..).unwrap_or("");
    let piped = script.pipeline(command).stages.len() > 1;
    let writes = !command.redirects.is_empty()
        || command.words.iter().any(|word| {
            let text = word.text.as_str();
            text.contains(".json") || text.contains(".sarif") || text.contains(".txt")
        });
    caught || piped || judged(after) || (writes && later.map(Text::as_str).any(judged))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_scans_that_cannot_fail() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "
on: push
jobs:
  a:
    steps:
      - run: npm audit --audit-level=high || true
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] always succeeds
      - uses: aquasecurity/trivy-action@v1
              ~~~~~~~~~~~~~~~~~~~~~~~~~~~~ nor can this
      - uses: gitleaks/gitleaks-action@v2
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] No search for secrets
        continue-on-error: true
",
        );
        check_files(
            &RULE,
            r#"
//- package.json
{"scripts": {"scan": "npm audit || echo found"}}
                      ~~~~~~~~~~~~~~~~~~~~~~~ it is called here
//- .gitlab-ci.yml
scan:
  script:
    - npm run scan
      ^^^^^^^^^^^^ [medium] `npm audit` is followed
"#,
        );
    }

    #[test]
    fn passes_scans_that_block_or_are_evaluated() {
        for steps in [
            "      - run: npm audit\n      - run: npx snyk test || true\n",
            "      - run: npm audit --json > audit.json || true\n      - run: node gate.js audit.json || exit 1\n",
            "      - run: |\n          npm audit --json > a.json || true\n          [ \"$(jq .x a.json)\" = 0 ] || exit 1\n",
            "      - id: scan\n        run: npm audit\n        continue-on-error: true\n      - if: steps.scan.outcome == 'failure'\n        run: exit 1\n",
            "      - run: OUT=$(npm audit || true)\n",
            "      - uses: aquasecurity/trivy-action@v1\n        with: { format: sarif }\n",
            "      - uses: aquasecurity/trivy-action@v1\n        with: { exit-code: 1 }\n",
            "      - run: if npm audit; then echo; else exit 1; fi\n",
            "      - run: npm test || true\n",
        ] {
            let text = format!("on: push\njobs:\n  a:\n    steps:\n{steps}");
            check(&RULE, ".github/workflows/ci.yml", &text);
        }
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  a:\n    steps: [{ run: npm audit || true }]\n  b:\n    uses: acme/x/.github/workflows/y.yml@v1\n",
        );
    }
}
