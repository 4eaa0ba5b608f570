//! `ci-node-version`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::{Job, Text, Uses, expressions};
use seaworthy_formats::compose::ImageName;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::checks::manifests;
use super::targets::jobs;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-node-version",
        group: Group::Ci,
        summary: "pipeline on a Node.js that is not the one in production",
        help: include_str!("ci_node_version.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[1104],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Releases that had ended by November 2026; the last ended within the year before.
const ENDED: &[(u32, &str)] = &[
    (10, "2021-04-30"),
    (12, "2022-04-30"),
    (13, "2020-06-01"),
    (14, "2023-04-30"),
    (15, "2021-06-01"),
    (16, "2023-09-11"),
    (17, "2022-06-01"),
    (18, "2025-04-30"),
    (19, "2023-06-01"),
    (21, "2024-06-01"),
    (23, "2025-06-01"),
];

fn check(cx: &mut Context<'_>) {
    let images = images(cx);
    for (pipeline, _, job, _) in jobs(cx) {
        for step in &job.steps {
            let Some(uses) = &step.uses else { continue };
            if Uses::read(uses.as_str()).action().as_deref() != Some("actions/setup-node") {
                continue;
            }
            let input = step.with.iter().find(|input| input.name.as_str() == "node-version");
            let Some(value) = input.and_then(|input| input.value.as_ref()) else { continue };
            let versions = versions(job, value);
            let majors: Option<Vec<u32>> =
                versions.iter().map(|text| major(text.as_str())).collect();
            let Some(majors) = majors.filter(|majors| !majors.is_empty()) else { continue };
            let path = pipeline.file_of(value);
            let label = job.id.as_str();
            // One of several releases may be an old one on purpose.
            if let [only] = majors[..]
                && let Some((_, day)) = ENDED.iter().find(|(major, _)| *major == only)
            {
                cx.report_in(
                    path,
                    versions[0].region(),
                    format!(
                        "Job {label} runs on Node.js {only}, which got no corrections since {day}. \
                         What is tested there may fail on a release that is kept up, and the job \
                         itself runs with known holes; take 22 or 24."
                    ),
                )
                .evidence(format!("{label}:{only}"));
                continue;
            }
            disagreement(cx, (path, value, label), &majors, &images);
        }
    }
}

/// The texts that name the version: the value, or the list of the matrix.
fn versions<'j>(job: &'j Job, value: &'j Text) -> Vec<&'j Text> {
    let found = expressions(value.as_str());
    let [expression] = found.as_slice() else { return vec![value] };
    let [reference] = expression.references.as_slice() else { return Vec::new() };
    let Some(key) = reference.name_in("matrix") else { return Vec::new() };
    let list = job.matrix.iter().find(|(name, _)| name.as_str().eq_ignore_ascii_case(key));
    list.map(|(_, values)| values.iter().collect()).unwrap_or_default()
}

/// `22`, `22.x`, `v22.1.0`, `^22`; `None` for words and ranges.
fn major(text: &str) -> Option<u32> {
    let text = text.trim().trim_start_matches(['v', '^', '~', '=']);
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let rest = &text[end..];
    let plain = rest.is_empty() || rest.starts_with('.') && !rest.contains([' ', '|', '<', '>']);
    plain.then(|| text[..end].parse().ok()).flatten()
}

/// The releases of Node.js that shipped images are made of.
fn images(cx: &Context<'_>) -> Vec<(u32, ArtifactPath, Region)> {
    let snapshot = cx.snapshot();
    let mut found = Vec::new();
    for build in cx.joined().images(snapshot) {
        let role = snapshot.artifact(build.dockerfile().as_str()).map(|it| snapshot.role(it));
        let shipped = role.is_some_and(|it| it.role == seaworthy_analysis::roles::Role::Deployable);
        let Some(stage) = build.file().stages().last().filter(|_| shipped) else { continue };
        let image = stage.image.raw.as_str();
        if image.contains('$') {
            continue;
        }
        let name = ImageName::parse(image);
        let version = name.tag.as_deref().and_then(|tag| tag.split('-').next());
        if name.name() == "node"
            && let Some(major) = version.and_then(major)
        {
            found.push((major, build.dockerfile().clone(), stage.image.region));
        }
    }
    found
}

fn disagreement(
    cx: &mut Context<'_>,
    (path, value, label): (&ArtifactPath, &Text, &str),
    majors: &[u32],
    images: &[(u32, ArtifactPath, Region)],
) {
    // Several images of several releases: which one the job is for is not known.
    let shipped = images.first().filter(|first| images.iter().all(|it| it.0 == first.0));
    if let Some((major, dockerfile, region)) = shipped
        && !majors.contains(major)
    {
        cx.report_in(
            path,
            value.region(),
            format!(
                "Job {label} runs on Node.js {}, and the image that is shipped on {major}. What \
                 passes here was never run as it is released; take the same release in both.",
                list(majors)
            ),
        )
        .evidence(format!("{label}:{major}"))
        .related(dockerfile, *region, "the image that is shipped");
        return;
    }
    let engine = manifests(cx).find_map(|(directory, path, manifest)| {
        let engine = manifest.engine("node").filter(|_| directory.is_empty())?;
        Some((path, engine.region, least(&engine.text)?))
    });
    if let Some((manifest, region, least)) = engine
        && majors.iter().all(|major| *major < least)
    {
        cx.report_in(
            path,
            value.region(),
            format!(
                "Job {label} runs on Node.js {}, and the manifest asks for {least} or newer. What \
                 passes here says nothing about the release that the project is meant for; take \
                 {least}.",
                list(majors)
            ),
        )
        .evidence(format!("{label}:engines"))
        .related(manifest, region, "the release that is asked for");
    }
}

fn list(majors: &[u32]) -> String {
    majors.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// The least major release that a simple range takes.
fn least(range: &str) -> Option<u32> {
    let range = range.trim();
    let first = range.strip_prefix(">=").unwrap_or(range).trim_start();
    let plain = !range.contains("||") && !range.starts_with(['<', '*']);
    let first = first.split_whitespace().next().filter(|_| plain)?;
    major(first)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_releases_that_have_ended() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "
on: push
jobs:
  a:
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: '18.x' }
                               ^^^^ [low] Node.js 18, which got no corrections since 2025-04-30
  b:
    strategy: { matrix: { node: [16] } }
                                 ^^ [low] Node.js 16
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: '${{ matrix.node }}' }
",
        );
    }

    #[test]
    fn flags_another_release_than_is_shipped_or_asked_for() {
        check_files(
            &RULE,
            "
//- Dockerfile
FROM node:24-alpine
     ~~~~~~~~~~~~~~ the image that is shipped
CMD node x
//- .github/workflows/ci.yml
on: push
jobs:
  a:
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
                              ^^ [low] and the image that is shipped on 24
",
        );
        check_files(
            &RULE,
            r#"
//- package.json
{"engines": {"node": ">=22.12"}}
                      ~~~~~~~ asked for
//- .github/workflows/ci.yml
on: push
jobs:
  a:
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: 20 }
                              ^^ [low] asks for 22 or newer
"#,
        );
    }

    #[test]
    fn passes_releases_that_agree_or_are_not_known() {
        check_files(
            &RULE,
            r#"
//- package.json
{"engines": {"node": ">=20"}}
//- Dockerfile
FROM node:22
//- .github/workflows/ci.yml
on: push
jobs:
  a:
    strategy: { matrix: { node: [18, 20, 22] } }
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: "${{ matrix.node }}" }
      - uses: actions/setup-node@v4
        with: { node-version: lts/* }
      - uses: actions/setup-node@v4
        with: { node-version-file: .nvmrc }
      - uses: actions/setup-node@v4
        with: { node-version: ">=18" }
      - uses: actions/setup-node@v4
        with: { node-version: 22.x }
"#,
        );
    }
}
