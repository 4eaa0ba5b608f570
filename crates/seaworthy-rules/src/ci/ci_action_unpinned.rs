//! `ci-action-unpinned`

use std::collections::HashSet;

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::Uses;
use seaworthy_formats::compose::ImageName;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::walk::uses;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-action-unpinned",
        group: Group::Ci,
        summary: "action whose code may change from one run to the next",
        help: include_str!("ci_action_unpinned.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[829, 1357],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Names that are branches wherever they are found.
const BRANCHES: &[&str] = &[
    "main",
    "master",
    "develop",
    "development",
    "dev",
    "trunk",
    "head",
    "next",
    "edge",
    "default",
    "stable",
    "nightly",
    "beta",
];

/// Actions that their owners document by a branch and no other way.
const DOCUMENTED: &[&str] = &["dtolnay/rust-toolchain", "google/oss-fuzz"];

fn check(cx: &mut Context<'_>) {
    let mut said = HashSet::new();
    let mut tagged = HashSet::new();
    for (path, text, whole) in uses(cx) {
        let used = Uses::read(text.as_str());
        let Some((message, severity, name)) = fault(&used, whole) else { continue };
        // Tags are what everybody uses: said once a file.
        let first = severity > Severity::Info || tagged.insert(path);
        if first && said.insert((path, name.clone())) {
            cx.report_in(path, text.region(), message).severity(severity).evidence(name);
        }
    }
}

fn fault(used: &Uses<'_>, whole: bool) -> Option<(String, Severity, String)> {
    match used {
        Uses::Local(_) | Uses::Unknown => None,
        Uses::Docker(image) => {
            let image = ImageName::parse(image);
            if image.digest.is_some() || image.tag.as_deref().is_some_and(|tag| tag != "latest") {
                return None;
            }
            let message = format!(
                "The image {} has no version. Whatever is published under its name next runs in \
                 the job with its secrets; name a version, better a digest.",
                image.name()
            );
            Some((message, Severity::Low, image.repository.clone()))
        }
        Uses::Remote { owner, repository, reference, .. } => {
            let name = format!("{owner}/{repository}");
            let own = matches!(&*owner.to_ascii_lowercase(), "actions" | "github");
            if is_commit(reference) {
                return None;
            }
            if BRANCHES.contains(&&*reference.to_ascii_lowercase()) {
                let severity = match () {
                    () if DOCUMENTED.contains(&name.as_str()) => Severity::Info,
                    () if own || whole => Severity::Low,
                    () => Severity::Medium,
                };
                let message = format!(
                    "{name} is used as its branch {reference} stands. Whoever can push there runs \
                     code in this job with its token and secrets at once; name the commit of a \
                     release, with the release in a comment."
                );
                return Some((message, severity, name));
            }
            if own || whole || reference.is_empty() {
                return None;
            }
            let message = format!(
                "{name} is used by the tag {reference}, which its owners, or whoever takes over \
                 their account, can move to other code. Name the commit that the tag stands for, \
                 with the tag in a comment, here and for the others in this file."
            );
            Some((message, Severity::Info, name))
        }
    }
}

fn is_commit(reference: &str) -> bool {
    matches!(reference.len(), 40 | 64) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_branches_and_tags_of_others() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "
on: push
jobs:
  a:
    steps:
      - uses: aquasecurity/trivy-action@master
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] its branch master
      - uses: acme/tools@nightly
              ^^^^^^^^^^^^^^^^^^ [medium] its branch nightly
      - uses: acme/ship@v2
              ^^^^^^^^^^^^ [info] by the tag v2
      - uses: acme/ship@v2
      - uses: acme/other@v1
      - uses: 'actions/checkout@main'
               ^^^^^^^^^^^^^^^^^^^^^ [low] its branch main
      - uses: docker://alpine
              ^^^^^^^^^^^^^^^ [low] no version
  b:
    uses: acme/flows/.github/workflows/x.yml@main
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] acme/flows
",
        );
        check_files(
            &RULE,
            "
//- .github/actions/x/action.yml
runs:
  using: composite
  steps:
    - uses: acme/y@main
            ^^^^^^^^^^^ [medium] branch main
",
        );
    }

    #[test]
    fn passes_what_stays_as_it_is() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "
on: push
jobs:
  a:
    steps:
      - uses: actions/checkout@v4
      - uses: github/codeql-action/init@v3
      - uses: acme/ship@0123456789abcdef0123456789abcdef01234567 # v2
      - uses: ./.github/actions/x
      - uses: docker://alpine:3.22
      - uses: docker://ghcr.io/acme/x@sha256:0123
      - uses: ${{ matrix.action }}@main
  b:
    uses: ./.github/workflows/b.yml
  c:
    uses: acme/flows/.github/workflows/x.yml@v1
",
        );
    }
}
