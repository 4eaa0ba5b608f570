//! `ci-script-injection`

use std::collections::{HashMap, HashSet};

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::{Reference, Text, Uses, Workflow, expressions};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::callers::{Given, given};
use super::events;
use super::walk::{Place, steps};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-script-injection",
        group: Group::Ci,
        summary: "text that strangers write becomes part of a script in a workflow",
        help: include_str!("ci_script_injection.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[94, 78],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Something in a script that somebody else chooses.
struct Taint<'s> {
    written: String,
    who: &'static str,
    severity: Severity,
    region: Region,
    related: Option<(&'s ArtifactPath, Region, &'static str)>,
}

/// What is known of a field once its workflow is.
struct Found {
    who: &'static str,
    severity: Severity,
}

fn check(cx: &mut Context<'_>) {
    let places = steps(cx);
    let given = given(cx);
    for place in &places {
        let scripts = scripts(place);
        if scripts.iter().all(|(script, _)| !script.as_str().contains("${{")) {
            continue;
        }
        let env = tainted_env(place);
        let mut said = HashSet::new();
        for (script, language) in scripts {
            for expression in expressions(script.as_str()) {
                for reference in &expression.references {
                    let at = script.place(expression.range.clone());
                    let in_comment = is_in_comment(script.as_str(), expression.range.start);
                    let taint = direct(place, reference, at, in_comment)
                        .or_else(|| by_env(place, reference, at, &env))
                        .or_else(|| by_input(place, reference, at, &given));
                    let Some(taint) = taint else { continue };
                    if said.insert(taint.written.clone()) {
                        report(cx, place, language, taint);
                    }
                }
            }
        }
    }
}

/// The scripts of a step, and what reads them.
fn scripts<'s>(place: &Place<'s>) -> Vec<(&'s Text, &'static str)> {
    let mut scripts: Vec<_> =
        place.step.run.iter().map(|run| (run, "the shell reads it")).collect();
    let action = place.step.uses.as_ref().and_then(|uses| Uses::read(uses.as_str()).action());
    let reader = match action.as_deref() {
        Some("actions/github-script") => "it is compiled",
        Some("appleboy/ssh-action") => "the shell of the server reads it",
        _ => return scripts,
    };
    let inputs = place.step.with.iter().filter(|input| input.name.as_str() == "script");
    scripts.extend(inputs.filter_map(|input| Some((input.value.as_ref()?, reader))));
    scripts
}

/// Whether a comment of the script holds the byte: what has no line breaks does
/// nothing there.
fn is_in_comment(script: &str, at: usize) -> bool {
    let start = script[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = script[start..at].trim_start();
    line.starts_with('#') || line.starts_with("//")
}

fn direct<'s>(
    place: &Place<'_>,
    reference: &Reference,
    region: Region,
    in_comment: bool,
) -> Option<Taint<'s>> {
    let field = events::field(reference)?;
    if in_comment && !field.lines && !reference.whole {
        return None;
    }
    let severity = match place.pipeline {
        Some(pipeline) => events::severity(field, pipeline.workflow(), place)?,
        // An action is called by whom it may concern.
        None => Severity::Medium,
    };
    let written = reference.written.clone();
    Some(Taint { written, who: field.who, severity, region, related: None })
}

/// The variables that hold what a stranger wrote, by their names in lower case.
fn tainted_env(place: &Place<'_>) -> HashMap<String, (Found, Region)> {
    let mut tainted = HashMap::new();
    let mut known = HashSet::new();
    for variable in place.env() {
        let name = variable.name.as_str().to_ascii_lowercase();
        if !known.insert(name.clone()) {
            continue;
        }
        let Some(value) = &variable.value else { continue };
        for expression in expressions(value.as_str()) {
            let found = expression.references.iter().find_map(events::field);
            let Some((field, pipeline)) = found.zip(place.pipeline) else { continue };
            if let Some(severity) = events::severity(field, pipeline.workflow(), place) {
                let found = Found { who: field.who, severity };
                tainted.insert(name.clone(), (found, value.place(expression.range.clone())));
            }
        }
    }
    tainted
}

fn by_env<'s>(
    place: &Place<'s>,
    reference: &Reference,
    region: Region,
    env: &HashMap<String, (Found, Region)>,
) -> Option<Taint<'s>> {
    if !reference.flows {
        return None;
    }
    let name = reference.name_in("env")?.to_ascii_lowercase();
    let (found, at) = env.get(&name)?;
    Some(Taint {
        written: reference.written.clone(),
        who: found.who,
        severity: found.severity,
        region,
        related: Some((place.path, *at, "it is set from this")),
    })
}

fn by_input<'s>(
    place: &Place<'_>,
    reference: &Reference,
    region: Region,
    given: &[Given<'s>],
) -> Option<Taint<'s>> {
    if !reference.flows {
        return None;
    }
    let (name, by_event) = match reference.path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["inputs", name] => (name, false),
        ["github", "event", "inputs", name] => (name, true),
        _ => return None,
    };
    let written = reference.written.clone();
    let called = given
        .iter()
        .filter(|given| !by_event && given.input == name && given.reaches(place.path.as_str()))
        .max_by_key(|given| given.severity);
    if let Some(given) = called {
        return Some(Taint {
            written,
            who: given.field.who,
            severity: given.severity,
            region,
            related: Some((given.path, given.region, "it is given this")),
        });
    }
    let workflow = place.pipeline?.workflow();
    is_free_input(workflow, name).then_some(Taint {
        written,
        who: "Whoever may start the workflow",
        severity: Severity::Low,
        region,
        related: None,
    })
}

/// Whether the input is one of `workflow_dispatch` that takes any text.
fn is_free_input(workflow: &Workflow, name: &str) -> bool {
    workflow.trigger("workflow_dispatch").is_some_and(|trigger| {
        trigger.inputs.iter().any(|(input, kind)| {
            input.as_str().eq_ignore_ascii_case(name)
                && kind.as_ref().is_none_or(|kind| kind.as_str() == "string")
        })
    })
}

fn report(cx: &mut Context<'_>, place: &Place<'_>, reader: &str, taint: Taint<'_>) {
    let Taint { written, who, severity, region, related } = taint;
    let consequence = if severity <= Severity::Low {
        "can put commands there that run with the secrets of the job"
    } else {
        "can put commands there, which run with the token and the secrets of the job"
    };
    let draft = cx.report_in(
        place.path,
        region,
        format!(
            "`{written}` becomes part of the script before {reader}. {who} {consequence}; set an \
             environment variable to it and use that variable in the script."
        ),
    );
    let job = place.job.map_or("", |job| job.id.as_str());
    draft.severity(severity).evidence(format!("{job}:{written}"));
    if let Some((path, region, label)) = related {
        draft.related(path, region, label);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_what_strangers_write() {
        check(
            &RULE,
            ".github/workflows/triage.yml",
            r#"
on: [issues, issue_comment, pull_request_target]
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo "New - ${{ github.event.issue.title }}"
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] Whoever opens an issue can put commands
      - run: |
          branch=${{ github.head_ref || github.ref_name }}
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] `github.head_ref` becomes part
          echo '${{ toJSON(github.event) }}' > event.json
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] `github.event` becomes
      - uses: actions/github-script@v7
        with:
          script: |
            console.log(`${{ github.event.comment.body }}`)
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] before it is compiled
      - env:
          TITLE: ${{ github.event.pull_request.title }}
                 ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ it is set from this
        run: ./check "${{ env.TITLE }}"
                      ^^^^^^^^^^^^^^^^ [high] `env.TITLE`
"#,
        );
    }

    #[test]
    fn pull_requests_and_pushes_are_medium_and_inputs_low() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            r#"
on:
  push:
  pull_request:
  workflow_dispatch:
    inputs:
      version: { description: what }
      level: { type: choice, options: [a, b] }
jobs:
  a:
    steps:
      - run: git log ${{ github.event.pull_request.head.ref }}
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] pull request
      - run: echo "${{ github.event.head_commit.message }}"
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] author of a commit
      - run: ./release ${{ inputs.version }} ${{ github.event.inputs.level }}
                       ^^^^^^^^^^^^^^^^^^^^^ [low] Whoever may start the workflow
"#,
        );
    }

    #[test]
    fn follows_inputs_of_local_workflows_and_actions() {
        check_files(
            &RULE,
            r#"
//- .github/workflows/pr.yml
on: pull_request_target
jobs:
  call:
    uses: ./.github/workflows/note.yml
    with:
      title: ${{ github.event.pull_request.title }}
             ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ it is given this
      number: ${{ github.event.number }}
  act:
    steps:
      - uses: ./.github/actions/note
        with:
          text: ${{ github.head_ref }}
                ~~~~~~~~~~~~~~~~~~~~~~ it is given this
//- .github/workflows/note.yml
on:
  workflow_call:
    inputs:
      title: { type: string }
      number: { type: string }
jobs:
  a:
    steps:
      - run: echo ${{ inputs.title }} ${{ inputs.number }}
                  ^^^^^^^^^^^^^^^^^^^ [high] `inputs.title`
//- .github/actions/note/action.yml
inputs:
  text: {}
runs:
  using: composite
  steps:
    - run: echo "${{ inputs.text }}"
                 ^^^^^^^^^^^^^^^^^^ [high] `inputs.text`
      shell: bash
"#,
        );
    }

    #[test]
    fn passes_what_nobody_chooses_or_what_is_only_asked() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            r#"
on: [push, pull_request]
env:
  TITLE: ${{ github.event.pull_request.title }}
jobs:
  a:
    if: github.event_name == 'push'
    steps:
      - run: echo ${{ github.sha }} ${{ github.ref_name }} ${{ github.event.number }}
      - run: echo ${{ github.event.pull_request.head.ref }}
  b:
    steps:
      - run: echo "$TITLE"
      - run: echo ${{ contains(github.event.pull_request.title, 'x') && 'yes' || 'no' }}
      - run: echo ${{ github.event.issue.title }} ${{ github.event.pull_request.head.sha }}
      - run: |
          # of ${{ github.head_ref }}
          make
      - uses: acme/title@v1
        with: { script: "${{ github.head_ref }}" }
  c:
    if: false
    steps:
      - run: echo ${{ github.head_ref }}
"#,
        );
    }

    #[test]
    fn who_is_asked_for_first_makes_it_low() {
        check(
            &RULE,
            ".github/workflows/bot.yml",
            r#"
on: issue_comment
jobs:
  a:
    if: github.event.comment.author_association == 'OWNER'
    steps:
      - run: echo "${{ github.event.comment.body }}"
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] Whoever writes a comment
"#,
        );
    }
}
