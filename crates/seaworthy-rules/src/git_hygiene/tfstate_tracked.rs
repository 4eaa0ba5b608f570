//! `tfstate-tracked`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::content::{names, point_at, text_secrets};
use super::tracked::{file_name, is_test_directory, parent, untrack};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "tfstate-tracked",
        group: Group::GitHygiene,
        summary: "tracked Terraform state or variables",
        help: include_str!("tfstate_tracked.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[538, 312],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// What a file holds by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TerraformFile {
    State,
    Variables,
}

/// Tells state and variable files by their names; templates are neither.
pub(super) fn terraform_file(name: &str) -> Option<TerraformFile> {
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('.').collect();
    let template = |word: &&str| {
        matches!(*word, "example" | "sample" | "template" | "dist" | "defaults" | "tpl" | "tmpl")
    };
    if lower.split(['.', '-', '_']).any(|word| template(&word)) {
        return None;
    }
    match parts.as_slice() {
        [_, rest @ ..] if rest.contains(&"tfstate") => {
            // `state.tfstate.md` explains; copies end in a word or a number.
            let last = rest.last().copied().unwrap_or("");
            let copy =
                matches!(last, "tfstate" | "backup" | "bak" | "old" | "orig" | "json" | "lock")
                    || last.bytes().all(|b| b.is_ascii_digit());
            (copy && last != "lock").then_some(TerraformFile::State)
        }
        [.., "tfvars"] | [.., "tfvars", "json"] => Some(TerraformFile::Variables),
        _ => None,
    }
}

fn check(cx: &mut Context<'_>) {
    let Some(git) = cx.snapshot().git() else { return };
    for path in git.tracked_as(|path| terraform_file(file_name(path)).is_some()) {
        let Some(kind) = terraform_file(file_name(path)) else { continue };
        let text = cx.snapshot().artifact(path).and_then(|artifact| cx.snapshot().text(artifact));
        let secrets = text.map(text_secrets).unwrap_or_default();
        let in_tests = is_test_directory(parent(path));
        if in_tests && secrets.is_empty() {
            continue;
        }
        let told = if secrets.is_empty() {
            String::new()
        } else {
            format!(
                " It holds secrets: {}; replace them, they stay in the history.",
                names(&secrets)
            )
        };
        let command = untrack(path);
        let (severity, message) = match kind {
            TerraformFile::State => {
                let empty = text.is_some_and(has_no_resources);
                let severity = match (secrets.is_empty(), empty) {
                    (false, _) => Severity::Critical,
                    (true, true) => Severity::Low,
                    (true, false) => Severity::High,
                };
                let message = format!(
                    "Terraform state is tracked by git. State keeps every attribute of every \
                     resource in plain text, passwords and keys too.{told} Move it to a remote \
                     backend, ignore `*.tfstate*` and run {command}."
                );
                (severity, message)
            }
            TerraformFile::Variables => {
                let severity = if secrets.is_empty() { Severity::Low } else { Severity::Critical };
                let message = format!(
                    "Terraform variables are tracked by git.{told} Commit a `.tfvars.example` \
                     instead, ignore the real file and run {command}."
                );
                (severity, message)
            }
        };
        let artifact = ArtifactPath::new(path);
        let draft = cx.report_in(&artifact, Region::empty(0), message);
        draft.severity(severity);
        point_at(draft, &artifact, &secrets);
    }
}

/// Whether a state says that it manages nothing.
fn has_no_resources(text: &str) -> bool {
    let Some((_, after)) = text.split_once("\"resources\"") else { return text.trim().is_empty() };
    let value = after.trim_start().trim_start_matches(':').trim_start();
    value.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(']'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_testkit::check_repo;

    #[test]
    fn names_tell_state_from_variables() {
        use TerraformFile::{State, Variables};
        let cases = [
            ("terraform.tfstate", Some(State)),
            ("terraform.tfstate.backup", Some(State)),
            ("terraform.tfstate.1699999999.backup", Some(State)),
            ("prod.tfstate", Some(State)),
            ("terraform.tfvars", Some(Variables)),
            ("prod.auto.tfvars.json", Some(Variables)),
            ("terraform.tfvars.example", None),
            ("example.tfvars", None),
            ("tfstate.md", None),
            (".terraform.tfstate.lock.info", None),
            ("main.tf", None),
            ("tfvars.md", None),
        ];
        for (name, want) in cases {
            assert!(terraform_file(name) == want, "{name}");
        }
    }

    #[test]
    fn the_content_decides_how_bad_it_is() {
        check_repo(
            &RULE,
            r#"
//- infra/terraform.tfstate
{
^ [critical] holds secrets: master_password
  "resources": [{"attributes": {"master_password": "k8Fz2LqX0vRt5YbN7wHc3mJs"}}]
                                 ~~~~~~~~~~~~~~~ master_password is set here
}
//- infra/net/terraform.tfstate
{"resources": [{"type": "aws_vpc", "attributes": {"cidr": "10.0.0.0/16"}}]}
^ [high] Terraform state is tracked
//- infra/dns/terraform.tfstate.backup
{"version": 4, "resources": []}
^ [low] run `git rm --cached infra/dns/terraform.tfstate.backup`
//- infra/prod.tfvars
db_password = "k8Fz2LqX0vRt5YbN7wHc3mJs"
^ [critical] db_password
~~~~~~~~~~~ db_password is set here
//- infra/ids.tfvars
vpc_id = "vpc-0a1b2c3d4e5f60718"
^ [low] Terraform variables are tracked
"#,
        );
    }

    #[test]
    fn passes_templates_untracked_files_and_fixtures() {
        check_repo(
            &RULE,
            r#"
//- infra/terraform.tfvars.example
db_password = "k8Fz2LqX0vRt5YbN7wHc3mJs"
//- infra/terraform.tfstate untracked
{"resources": [{"attributes": {"master_password": "k8Fz2LqX0vRt5YbN7wHc3mJs"}}]}
//- tests/fixtures/terraform.tfstate
{"resources": [{"type": "null_resource"}]}
//- infra/main.tf
terraform {}
"#,
        );
    }
}
