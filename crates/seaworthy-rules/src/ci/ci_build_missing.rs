//! `ci-build-missing`

use seaworthy_analysis::joined::Work;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::checks::{checks, manifests};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-build-missing",
        group: Group::Ci,
        summary: "no pipeline builds what is shipped",
        help: include_str!("ci_build_missing.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[710],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Ways to deploy what somebody else has built.
const COPIES: &[&str] = &["ssh", "scp", "rsync", "appleboy/ssh-action"];

/// Files of platforms that build every push themselves.
const PLATFORMS: &[&str] = &[
    "vercel.json",
    "netlify.toml",
    "render.yaml",
    "railway.json",
    "railway.toml",
    "fly.toml",
    "app.json",
    "Procfile",
    "amplify.yml",
    "firebase.json",
    "wrangler.toml",
    "wrangler.jsonc",
    "nixpacks.toml",
    ".do",
];

fn check(cx: &mut Context<'_>) {
    let Some(checks) = checks(cx) else { return };
    // Tools that deploy build by themselves, but for those that copy files.
    let built = checks.of(Work::Build).next().is_some()
        || checks.of(Work::Deploy).any(|(_, deed)| !COPIES.contains(&deed.label.as_str()));
    let snapshot = cx.snapshot();
    if built || !snapshot.named(PLATFORMS).is_empty() {
        return;
    }
    let script = manifests(cx).find_map(|(_, path, manifest)| {
        manifest.script("build").map(|script| (path, script.name_region))
    });
    let Some((path, region)) = script else { return };
    cx.report_in(
        checks.path,
        checks.region,
        "No job builds what is shipped, although there is a script `build`. That it no longer \
         builds is noticed when it is to be released; build on every push.",
    )
    .related(path, region, "nobody calls it");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_pipelines_that_never_build() {
        check_files(
            &RULE,
            r#"
//- package.json
{"scripts": {"build": "vite build", "test": "vitest run"}}
             ~~~~~~~ nobody calls it
//- .github/workflows/ci.yml
on: push
jobs:
^^^^ [low] No job builds
  a:
    steps: [{ run: npm test }]
"#,
        );
    }

    #[test]
    fn passes_builds_of_any_kind() {
        let files = |extra: &str, run: &str| {
            check_files(
                &RULE,
                &format!(
                    "//- package.json\n{{\"scripts\": {{\"build\": \"vite build\", \"test\": \"vitest run\"}}}}\n{extra}//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps: [{{ run: {run} }}]\n"
                ),
            );
        };
        files("", "npm test && npm run build");
        files("", "npm test && docker build .");
        files("", "npm test && ./all.sh");
        files("//- netlify.toml\n[build]\n", "npm test");
    }
}
