//! `ci-placeholder-step`

use seaworthy_analysis::joined::{JobWork, Work};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::{System, Text};
use seaworthy_formats::shell::Script;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::targets::jobs;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-placeholder-step",
        group: Group::Ci,
        summary: "step that says it checks something and only prints",
        help: include_str!("ci_placeholder_step.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[358],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for (pipeline, place, job, work) in jobs(cx) {
        for (index, step) in job.steps.iter().enumerate() {
            let (Some(run), Some(script)) = (&step.run, pipeline.script(place, index)) else {
                continue;
            };
            // A line of GitLab's script has no name; the job has, if it is its only line.
            let name = match pipeline.workflow().system {
                System::Github => step.name.as_ref(),
                System::Gitlab if job.steps.iter().filter(|it| !it.afterwards).count() == 1 => {
                    Some(&job.id)
                }
                System::Gitlab => None,
            };
            let Some(name) = name.map(Text::as_str) else { continue };
            let Some(promise) = promise(name) else { continue };
            if !only_prints(script) || is_done_elsewhere(work, promise, index) {
                continue;
            }
            let severity = if tells(run.as_str()) { Severity::High } else { Severity::Medium };
            cx.report_in(
                pipeline.file_of(run),
                run.place(0..run.as_str().len()),
                format!(
                    "The step \"{}\" only prints text. It is always green and {}; run the real \
                     thing, or take the step out.",
                    shown(name),
                    promise.instead
                ),
            )
            .severity(severity)
            .evidence(format!("{}:{name}", job.id.as_str()));
        }
    }
}

/// What the name of a step promises.
#[derive(Clone, Copy)]
struct Promise {
    /// The work that would keep it.
    work: Option<Work>,
    /// What is not done.
    instead: &'static str,
}

fn promise(name: &str) -> Option<Promise> {
    const ASIDE: &[&str] = &[
        "upload",
        "publish",
        "deploy",
        "release",
        "summary",
        "report",
        "result",
        "results",
        "notify",
        "notification",
        "info",
        "print",
        "show",
        "status",
        "output",
        "skip",
        "skipped",
        "version",
        "versions",
        "url",
        "debug",
        "log",
        "logs",
        "start",
        "starting",
        "complete",
        "completed",
        "done",
        "success",
        "succeeded",
        "passed",
        "message",
        "warning",
        "banner",
        "set",
        "setup",
        "prepare",
        "comment",
        "link",
        "list",
        "announce",
        "ready",
        "required",
        "needed",
        "instructions",
        "reminder",
        "if",
        "no",
        "not",
        "without",
        "matrix",
        "gate",
        "all",
    ];
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| ASIDE.contains(word)) {
        return None;
    }
    words.iter().find_map(|word| {
        let (work, instead) = match *word {
            "test" | "tests" | "e2e" => (Some(Work::Test), "nothing is tested"),
            "lint" => (Some(Work::Lint), "nothing is looked through"),
            "security" | "audit" | "vulnerability" | "vulnerabilities" => {
                (Some(Work::Scan), "nothing is scanned")
            }
            "scan" => (Some(Work::Scan), "nothing is scanned"),
            "verify" | "verification" | "smoke" | "health" | "healthcheck" => {
                (None, "nothing is verified")
            }
            "rollback" => (None, "nothing is rolled back"),
            "backup" => (None, "nothing is backed up"),
            "migrate" | "migration" | "migrations" => (Some(Work::Migrate), "nothing is migrated"),
            _ => return None,
        };
        Some(Promise { work, instead })
    })
}

/// Whether a script has commands, and all of them do nothing but print or wait.
fn only_prints(script: &Script) -> bool {
    let mut prints = false;
    for command in &script.commands {
        let redirected = command.redirects.iter().any(|redirect| {
            redirect.operator.starts_with('>') && !redirect.target.text.starts_with(['1', '2'])
        });
        match command.program() {
            _ if redirected => return false,
            Some("echo" | "printf") => {
                let text = |word: &str| word.contains("::error") || word.contains("::set-output");
                if command.words.iter().any(|word| text(&word.text)) {
                    return false;
                }
                prints = true;
            }
            Some("true" | ":" | "sleep" | "set" | "date") => {}
            Some("exit") if command.words.get(1).is_none_or(|word| word.text == "0") => {}
            _ => return false,
        }
    }
    prints
}

/// Whether the author says that it is not real.
fn tells(script: &str) -> bool {
    const WORDS: &[&str] = &[
        "would",
        "todo",
        "fixme",
        "placeholder",
        "simulat",
        "add your",
        "add actual",
        "implement",
        "replace with",
        "in a real",
        "in production",
        "coming soon",
        "for now",
        "e.g.",
        "example:",
    ];
    let lower = script.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
        || lower.lines().any(|line| line.trim_start().starts_with('#'))
}

fn is_done_elsewhere(work: &JobWork, promise: Promise, index: usize) -> bool {
    match promise.work {
        Some(Work::Scan) => work
            .deeds
            .iter()
            .any(|deed| matches!(deed.work, Work::Scan | Work::SecretScan) && deed.step != index),
        Some(wanted) => work.of(wanted).any(|deed| deed.step != index),
        None => false,
    }
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_steps_that_only_print() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            r#"
on: push
jobs:
  a:
    steps:
      - name: Run security scan
        run: echo "Scanning"
             ^^^^^^^^^^^^^^^ [medium] nothing is scanned
      - name: Rollback on failure
        if: failure()
        run: |
          # This would redeploy the last release
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] nothing is rolled back
          echo "Rolling back"
      - name: Smoke tests
        run: echo "TODO"; sleep 5; exit 0
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] only prints
"#,
        );
        check(
            &RULE,
            ".gitlab-ci.yml",
            "backup:\n  script:\n    - echo backing up\n      ^^^^^^^^^^^^^^^ [medium] backed up\n",
        );
    }

    #[test]
    fn passes_steps_that_work_or_only_tell() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            r#"
on: push
jobs:
  a:
    steps:
      - name: Run tests
        run: |
          echo "Testing"
          npm test
      - name: Test summary
        run: echo "all done"
      - name: Audit
        run: echo "clean" >> "$GITHUB_STEP_SUMMARY"
      - name: Verify
        run: |
          echo "::error::no"
      - name: Deploy
        run: echo "deploying"
      - name: Upload (test)
        run: echo x
      - name: Verify version
        run: echo x
  b:
    steps:
      - name: Security audit
        run: echo "now the audit"
      - run: npm audit
"#,
        );
    }
}
