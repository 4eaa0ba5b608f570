//! `ci-security-scan-missing`

use seaworthy_analysis::joined::Work;
use seaworthy_analysis::{Check, Context, DocumentKind, NativeRule};
use seaworthy_formats::package_json::DependencyGroup;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::checks::{checks, manifests};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-security-scan-missing",
        group: Group::Ci,
        summary: "no pipeline looks for known vulnerabilities",
        help: include_str!("ci_security_scan_missing.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1395, 1104],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Files of services that look at dependencies by themselves.
const SERVICES: &[&str] = &[
    ".github/dependabot.yml",
    ".github/dependabot.yaml",
    "renovate.json",
    "renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".github/renovate.json",
    ".github/renovate.json5",
    ".gitlab/renovate.json",
    ".snyk",
    ".whitesource",
    "sonar-project.properties",
];

fn check(cx: &mut Context<'_>) {
    let Some(checks) = checks(cx) else { return };
    let snapshot = cx.snapshot();
    let depends = manifests(cx)
        .any(|(_, _, manifest)| manifest.in_group(DependencyGroup::Production).next().is_some());
    let locked =
        !snapshot.chosen(|it| matches!(it.kind(), DocumentKind::Lockfile(_))).is_empty();
    if !depends
        || !locked
        || checks.of(Work::Scan).next().is_some()
        || SERVICES.iter().any(|file| snapshot.contains(file))
    {
        return;
    }
    let script = manifests(cx).find_map(|(_, path, manifest)| {
        let found = manifest.scripts.iter().find(|script| {
            ["npm audit", "pnpm audit", "yarn audit", "snyk test", "audit-ci"]
                .iter()
                .any(|scan| script.text.contains(scan))
        });
        found.map(|script| (path, script.name_region))
    });
    let draft = cx.report_in(
        checks.path,
        checks.region,
        "No job looks for known vulnerabilities in the dependencies, and no service is set up to. \
         A published hole stays open until somebody happens to hear of it; run `npm audit \
         --audit-level=high --omit=dev` or another scanner, also on a schedule.",
    );
    if let Some((path, region)) = script {
        draft.related(path, region, "there is a script for it that no job calls");
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_pipelines_that_never_scan() {
        check_files(
            &RULE,
            r#"
//- package-lock.json
{}
//- package.json
{"dependencies": {"express": "5"}, "scripts": {"security": "npm audit"}}
                                               ~~~~~~~~~~ no job calls
//- .github/workflows/ci.yml
on: push
jobs:
^^^^ [medium] No job looks for known vulnerabilities
  a:
    steps: [{ run: npx jest }]
"#,
        );
    }

    #[test]
    fn passes_scans_and_services() {
        let files = |extra: &str, steps: &str| {
            check_files(
                &RULE,
                &format!(
                    "//- package-lock.json\n{{}}\n//- package.json\n{{\"dependencies\": {{\"express\": \"5\"}}}}\n{extra}//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps: {steps}\n"
                ),
            );
        };
        files("", "[{ run: npx jest }, { run: npm audit }]");
        files("", "[{ run: npx jest }, { uses: github/codeql-action/analyze@v3 }]");
        files("", "[{ run: npx jest }, { uses: acme/scan@v1 }]");
        files("//- .github/dependabot.yml\nversion: 2\n", "[{ run: npx jest }]");
    }
}
