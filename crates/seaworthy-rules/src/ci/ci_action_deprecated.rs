//! `ci-action-deprecated`

use std::collections::HashSet;

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::ci::{Text, Uses};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::walk::{rest_of_line, steps, uses};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-action-deprecated",
        group: Group::Ci,
        summary: "action or workflow command that GitHub has switched off",
        help: include_str!("ci_action_deprecated.md"),
        severity: Severity::Medium,
        precision: Precision::VeryHigh,
        cwe: &[1104],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// An action, the last major release that is gone, why, and what to take.
struct Gone {
    actions: &'static [&'static str],
    last: u32,
    why: &'static str,
    instead: u32,
    /// Whether jobs that use it fail.
    fails: bool,
}

const NODE_12: &str =
    "It was written for Node.js 12, which no runner has any more; what it does now is untested.";

const GONE: &[Gone] = &[
    Gone {
        actions: &["actions/upload-artifact", "actions/download-artifact"],
        last: 3,
        why: "GitHub has refused it since 2025-01-30: the job fails.",
        instead: 4,
        fails: true,
    },
    Gone {
        actions: &["actions/cache", "actions/cache/restore", "actions/cache/save"],
        last: 2,
        why: "GitHub has refused it since 2025-03-01: the job fails.",
        instead: 4,
        fails: true,
    },
    Gone {
        actions: &["actions/upload-pages-artifact"],
        last: 2,
        why: "It uploads by a release of upload-artifact that GitHub refuses: the job fails.",
        instead: 3,
        fails: true,
    },
    Gone {
        actions: &["actions/deploy-pages"],
        last: 3,
        why: "It downloads by a release of download-artifact that GitHub refuses: the job fails.",
        instead: 4,
        fails: true,
    },
    Gone {
        actions: &[
            "github/codeql-action/init",
            "github/codeql-action/analyze",
            "github/codeql-action/autobuild",
            "github/codeql-action/upload-sarif",
        ],
        last: 2,
        why: "It is no longer kept up, and its results are refused or out of date.",
        instead: 3,
        fails: false,
    },
    Gone {
        actions: &[
            "actions/checkout",
            "actions/setup-node",
            "actions/setup-python",
            "actions/setup-java",
            "actions/setup-go",
            "actions/setup-dotnet",
        ],
        last: 2,
        why: NODE_12,
        instead: 4,
        fails: false,
    },
];

/// Actions whose second releases had another date.
const LATER: &[(&str, u32)] = &[
    ("actions/setup-python", 3),
    ("actions/setup-java", 2),
    ("actions/setup-go", 2),
    ("actions/setup-dotnet", 1),
];

fn check(cx: &mut Context<'_>) {
    let mut said = HashSet::new();
    for (path, text, whole) in uses(cx) {
        if whole || !said.insert((path, text.region())) {
            continue;
        }
        let used = Uses::read(text.as_str());
        let (Uses::Remote { reference, .. }, Some(action)) = (used, used_name(text)) else {
            continue;
        };
        let comment = rest_of_line(cx, path, text.region());
        let Some(major) = major(reference, comment) else { continue };
        let Some(gone) = GONE.iter().find(|gone| gone.actions.contains(&action.as_str())) else {
            continue;
        };
        let later = LATER.iter().find(|(name, _)| *name == action);
        if major > later.map_or(gone.last, |(_, last)| *last) {
            continue;
        }
        report(cx, path, text, (&action, reference, major), gone);
    }
    commands(cx);
}

fn used_name(text: &Text) -> Option<String> {
    Uses::read(text.as_str()).action()
}

/// The major release that a tag, or the comment after a commit, names.
fn major(reference: &str, comment: &str) -> Option<u32> {
    let of = |text: &str| -> Option<u32> {
        let digits = text.strip_prefix('v').unwrap_or(text);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let rest = &digits[end..];
        (rest.is_empty() || rest.starts_with('.')).then(|| digits[..end].parse().ok()).flatten()
    };
    let is_commit = reference.len() == 40 && reference.bytes().all(|b| b.is_ascii_hexdigit());
    if is_commit {
        let word = comment.trim_start_matches(['"', '\'']).trim().strip_prefix('#')?;
        return word.split_whitespace().next().filter(|word| word.starts_with('v')).and_then(of);
    }
    of(reference)
}

fn report(
    cx: &mut Context<'_>,
    path: &ArtifactPath,
    text: &Text,
    (action, reference, major): (&str, &str, u32),
    gone: &Gone,
) {
    let severity = if gone.fails { Severity::Medium } else { Severity::Low };
    let draft = cx.report_in(
        path,
        text.region(),
        format!("{action} of release {major} is out of use. {} Take v{}.", gone.why, gone.instead),
    );
    draft.severity(severity).evidence(action);
    let at = text.as_str().rfind('@').map(|at| at + 1);
    if reference.len() < 40
        && let Some(region) = at.and_then(|at| text.exact(at..text.as_str().len()))
    {
        draft.fix(Edit::risky(format!("Use v{}", gone.instead)).replace(
            path,
            region,
            format!("v{}", gone.instead),
        ));
    }
}

/// `::set-output` and its kin in scripts.
fn commands(cx: &mut Context<'_>) {
    const COMMANDS: &[(&str, &str, bool)] = &[
        ("::set-env name=", "GITHUB_ENV", true),
        ("::add-path::", "GITHUB_PATH", true),
        ("::set-output name=", "GITHUB_OUTPUT", false),
        ("::save-state name=", "GITHUB_STATE", false),
    ];
    for place in steps(cx) {
        let Some(run) = &place.step.run else { continue };
        for (command, file, off) in COMMANDS {
            let Some(at) = find(run.as_str(), command) else { continue };
            let word = command.trim_end_matches(" name=").trim_matches(':');
            let region: Region = run.place(at..at + command.len());
            let (why, severity) = match off {
                true => (
                    "is switched off since 2020, because whatever a program printed could use it: \
                     the job fails",
                    Severity::Medium,
                ),
                false => (
                    "is deprecated, because whatever a program prints can use it to set what \
                     later steps trust",
                    Severity::Low,
                ),
            };
            cx.report_in(
                place.path,
                region,
                format!("The command `{word}` {why}. Append to the file `${file}` instead."),
            )
            .severity(severity)
            .evidence(word);
        }
    }
}

/// Where a command stands outside comments.
fn find(script: &str, command: &str) -> Option<usize> {
    let mut from = 0;
    for line in script.split_inclusive('\n') {
        if let Some(at) = line.find(command)
            && !line.trim_start().starts_with('#')
        {
            return Some(from + at);
        }
        from += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_releases_that_are_gone() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "
on: push
jobs:
  a:
    steps:
      - uses: actions/checkout@v2
              ^^^^^^^^^^^^^^^^^^^ [low] Node.js 12
      - uses: actions/upload-artifact@v3.1.2
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] the job fails
      - uses: actions/download-artifact@0123456789abcdef0123456789abcdef01234567 # v3.0.2
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] release 3
      - uses: github/codeql-action/init@v2
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] no longer kept up
      - run: echo \"::set-output name=a::b\"
                   ^^^^^^^^^^^^^^^^^^ [low] GITHUB_OUTPUT
      - run: echo ::add-path::/x
                  ^^^^^^^^^^^^ [medium] GITHUB_PATH
",
        );
    }

    #[test]
    fn passes_releases_in_use() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "
on: push
jobs:
  a:
    steps:
      - uses: actions/checkout@v4
      - uses: actions/checkout@v3
      - uses: actions/setup-java@v3
      - uses: actions/upload-artifact@v4
      - uses: actions/upload-artifact@main
      - uses: actions/cache@v3
      - uses: actions/upload-artifact@0123456789abcdef0123456789abcdef01234567
      - uses: acme/upload-artifact@v1
      - run: |
          # echo ::set-output name=a::b
          echo a=b >> $GITHUB_OUTPUT
",
        );
    }

    #[test]
    fn takes_the_release_in_use() {
        check_fix(
            &RULE,
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  a:\n    steps:\n      - uses: actions/cache@v2\n",
            "on: push\njobs:\n  a:\n    steps:\n      - uses: actions/cache@v4\n",
        );
    }
}
