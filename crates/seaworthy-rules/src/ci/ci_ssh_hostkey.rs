//! `ci-ssh-hostkey`

use seaworthy_analysis::joined::Pipeline;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::{Job, Text, Uses};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::targets::jobs;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-ssh-hostkey",
        group: Group::Ci,
        summary: "pipeline that logs in to a server without checking who answers",
        help: include_str!("ci_ssh_hostkey.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[322, 295],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// What a job says about host keys.
struct Fault<'s> {
    text: &'s Text,
    region: Region,
    what: &'static str,
    severity: Severity,
}

fn check(cx: &mut Context<'_>) {
    for (pipeline, place, job, _) in jobs(cx) {
        let found = faults(pipeline, place, job);
        // The first of the worst stands for the job.
        let Some(worst) = found.iter().map(|fault| fault.severity).max() else { continue };
        let Some(fault) = found.iter().find(|fault| fault.severity == worst) else { continue };
        let consequence = if worst >= Severity::Medium {
            "Whoever can answer in its place, by DNS or on the way, gets the files, what is typed \
             and often the login; put the server's key into `known_hosts` from a secret"
        } else {
            "Who answers at that moment is believed; put the server's key into `known_hosts` from \
             a secret instead"
        };
        cx.report_in(
            pipeline.file_of(fault.text),
            fault.region,
            format!("Job {} {}. {consequence}.", job.id.as_str(), fault.what),
        )
        .severity(worst)
        .evidence(job.id.as_str());
    }
}

fn faults<'s>(pipeline: &'s Pipeline, place: usize, job: &'s Job) -> Vec<Fault<'s>> {
    let mut found = Vec::new();
    for (index, step) in job.steps.iter().enumerate() {
        let env = step.env.iter().filter_map(|variable| variable.value.as_ref());
        for text in env.chain(&step.run) {
            for (range, what) in switched_off(text.as_str()) {
                let region = text.place(range);
                found.push(Fault { text, region, what, severity: Severity::Medium });
            }
        }
        if let (Some(run), Some(script)) = (&step.run, pipeline.script(place, index)) {
            let scan = script.commands.iter().find(|command| {
                command.invoked().is_some_and(|invoked| invoked.program == "ssh-keyscan")
            });
            if let Some(command) = scan {
                found.push(Fault {
                    text: run,
                    region: run.place(command.region.range()),
                    what: "asks the server for its key by `ssh-keyscan` in the very run that trusts it",
                    severity: Severity::Low,
                });
            }
        }
        let Some(uses) = &step.uses else { continue };
        let action = Uses::read(uses.as_str()).action();
        let checks = step.with.iter().any(|input| {
            matches!(input.name.as_str(), "fingerprint" | "proxy_fingerprint" | "known_hosts")
        });
        if matches!(action.as_deref(), Some("appleboy/ssh-action" | "appleboy/scp-action"))
            && !checks
        {
            found.push(Fault {
                text: uses,
                region: uses.region(),
                what: "gives no `fingerprint` to an action that takes any host key without one",
                severity: Severity::Low,
            });
        }
    }
    found
}

/// The options that switch the check off, outside comments.
fn switched_off(text: &str) -> Vec<(std::ops::Range<usize>, &'static str)> {
    const OPTIONS: &[(&str, &[&str], &str)] = &[
        ("stricthostkeychecking", &["no", "off"], "switches `StrictHostKeyChecking` off"),
        ("userknownhostsfile", &["/dev/null"], "throws known host keys away"),
    ];
    let mut found = Vec::new();
    let mut from = 0;
    for line in text.split_inclusive('\n') {
        let (start, lower) = (from, line.to_ascii_lowercase());
        from += line.len();
        if lower.trim_start().starts_with('#') {
            continue;
        }
        for (option, values, what) in OPTIONS {
            let Some(at) = lower.find(option) else { continue };
            let rest = lower[at + option.len()..].trim_start_matches(['=', ' ', '"', '\'', '\\']);
            let is = values.iter().find(|value| {
                rest.strip_prefix(**value)
                    .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
            });
            if let Some(value) = is {
                let end = lower.len() - rest.len() + value.len();
                found.push((start + at..start + end, *what));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_checks_that_are_switched_off() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            r#"
on: push
jobs:
  a:
    steps:
      - run: ssh-keyscan host >> ~/.ssh/known_hosts
      - run: ssh -o StrictHostKeyChecking=no deploy@host ./up
                    ^^^^^^^^^^^^^^^^^^^^^^^^ [medium] Job a switches
  b:
    steps:
      - run: |
          # StrictHostKeyChecking=no
          printf 'Host *\n  StrictHostKeyChecking no\n' > ~/.ssh/config
                            ^^^^^^^^^^^^^^^^^^^^^^^^ [medium] Job b
  c:
    steps:
      - run: ssh-keyscan -H host | tee -a known_hosts
             ^^^^^^^^^^^^^^^^^^^ [low] in the very run
  d:
    steps:
      - uses: appleboy/ssh-action@v1
              ^^^^^^^^^^^^^^^^^^^^^^ [low] fingerprint
        with: { host: x }
  e:
    steps:
      - env: { GIT_SSH_COMMAND: "ssh -o UserKnownHostsFile=/dev/null" }
                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] throws
        run: git pull
"#,
        );
    }

    #[test]
    fn passes_keys_that_are_known() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            r#"
on: push
jobs:
  a:
    steps:
      - run: |
          echo "$KNOWN_HOSTS" > ~/.ssh/known_hosts
          ssh -o StrictHostKeyChecking=yes deploy@host ./up
          ssh -o StrictHostKeyChecking=accept-new deploy@host ./up
      - uses: appleboy/ssh-action@v1
        with: { fingerprint: "${{ secrets.FINGERPRINT }}" }
"#,
        );
    }
}
