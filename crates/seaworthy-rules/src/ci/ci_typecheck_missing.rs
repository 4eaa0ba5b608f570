//! `ci-typecheck-missing`

use seaworthy_analysis::joined::Work;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::checks::{checks, depends_on, manifests};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-typecheck-missing",
        group: Group::Ci,
        summary: "no pipeline checks the types of a TypeScript project",
        help: include_str!("ci_typecheck_missing.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[710],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let Some(checks) = checks(cx) else { return };
    let snapshot = cx.snapshot();
    let project = manifests(cx).find_map(|(directory, path, manifest)| {
        let typescript = manifest.dependency("typescript")?;
        let config = match directory {
            "" => "tsconfig.json".to_owned(),
            directory => format!("{directory}/tsconfig.json"),
        };
        snapshot.contains(&config).then_some((path, typescript.name_region))
    });
    let Some((path, region)) = project else { return };
    // These check types while they do something else.
    if depends_on(cx, &["ts-jest", "fork-ts-checker-webpack-plugin", "vite-plugin-checker"]) {
        return;
    }
    let switched_off = ignored_errors(cx);
    let counts = checks
        .of(Work::Typecheck)
        .any(|(_, deed)| switched_off.is_none() || deed.label != "next build");
    if counts {
        return;
    }
    let draft = cx.report_in(
        checks.path,
        checks.region,
        "No job checks types, and what builds and tests the project strips them unread. An error \
         that the compiler would name is found by users; run `tsc --noEmit` on every push.",
    );
    draft.related(path, region, "the project is written in TypeScript");
    if let Some((path, region)) = switched_off {
        draft.related(&path, region, "the build is told not to look at types");
    }
}

/// Where Next.js is told to build in spite of errors.
fn ignored_errors(cx: &Context<'_>) -> Option<(ArtifactPath, Region)> {
    let snapshot = cx.snapshot();
    let files = snapshot.named(&[
        "next.config.js",
        "next.config.mjs",
        "next.config.ts",
        "next.config.cjs",
    ]);
    files.into_iter().take(50).find_map(|artifact| {
        let text = snapshot.text(artifact)?;
        let at = text.find("ignoreBuildErrors")?;
        let rest = text[at + "ignoreBuildErrors".len()..].trim_start().strip_prefix(':')?;
        let is = rest.trim_start().starts_with("true");
        let end = at + "ignoreBuildErrors".len();
        is.then(|| (artifact.path().clone(), Region::new(at, end)))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_typescript_that_nobody_checks() {
        check_files(
            &RULE,
            r#"
//- package.json
{"devDependencies": {"typescript": "5", "vite": "7"}}
                     ~~~~~~~~~~~~ written in TypeScript
//- tsconfig.json
{}
//- .github/workflows/ci.yml
on: push
jobs:
^^^^ [low] No job checks types
  a:
    steps: [{ run: npx vite build && npx vitest run }]
"#,
        );
        check_files(
            &RULE,
            r#"
//- package.json
{"devDependencies": {"typescript": "5"}, "scripts": {"build": "next build"}}
                     ~~~~~~~~~~~~ written in TypeScript
//- tsconfig.json
{}
//- next.config.mjs
export default { typescript: { ignoreBuildErrors: true } };
                               ~~~~~~~~~~~~~~~~~ not to look at types
//- .github/workflows/ci.yml
on: push
jobs:
^^^^ [low] No job checks types
  a:
    steps: [{ run: npm run build }]
"#,
        );
    }

    #[test]
    fn passes_checks_in_any_form() {
        for (dependency, run) in [
            ("vite", "npx tsc --noEmit && npx vite build"),
            ("vite", "npx vue-tsc && npx vite build"),
            ("next", "npx next build"),
            ("ts-jest", "npx jest"),
            ("vite", "npx vite build && ./check.sh"),
        ] {
            check_files(
                &RULE,
                &format!(
                    "//- package.json\n{{\"devDependencies\": {{\"typescript\": \"5\", \"{dependency}\": \"1\"}}}}\n//- tsconfig.json\n{{}}\n//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps: [{{ run: {run} }}]\n"
                ),
            );
        }
        check_files(
            &RULE,
            "//- package.json\n{}\n//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps: [{ run: npx jest }]\n",
        );
    }
}
