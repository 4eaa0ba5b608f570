//! `dockerfile-base-eol`

use std::collections::BTreeSet;

use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::ImageName;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::releases::ended;
use super::shipped::shipped;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-base-eol",
        group: Group::Dockerfile,
        summary: "base image that gets no more security fixes",
        help: include_str!("dockerfile_base_eol.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1104],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen = BTreeSet::new();
    for shipped in shipped(cx) {
        for stage in shipped.needed() {
            let Some(image) = shipped.external(stage) else { continue };
            let place = &shipped.build.file().stages()[stage].image;
            let path = shipped.build.dockerfile();
            if seen.insert((path.clone(), place.region)) {
                let lesser = shipped.development || !shipped.image.stages.contains(&stage);
                report(cx, path, place.region, &image, lesser);
            }
        }
    }
    workflows(cx);
}

fn report(
    cx: &mut Context<'_>,
    path: &ArtifactPath,
    region: Region,
    image: &ImageName,
    lesser: bool,
) {
    let Some(ended) = ended(image) else { return };
    let severity = match (ended.recent, lesser) {
        (true, _) => Severity::Info,
        (false, true) => Severity::Low,
        (false, false) => Severity::Medium,
    };
    cx.report_in(
        path,
        region,
        format!(
            "{} {} reached its end on {}. Faults that are found since are published and stay \
             open in this image; move to {}.",
            ended.product, ended.release, ended.day, ended.instead
        ),
    )
    .severity(severity)
    .evidence(format!("{} {}", ended.product, ended.release));
}

/// The images that pipelines run their jobs in.
fn workflows(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let mut seen = BTreeSet::new();
    for pipeline in cx.joined().pipelines(snapshot).all() {
        if matches!(file_role(pipeline.path().as_str(), None).role, Role::Template | Role::Vendored)
        {
            continue;
        }
        for job in &pipeline.workflow().jobs {
            let services = job.services.iter().filter_map(|service| service.image.as_ref());
            for image in job.container.iter().chain(services) {
                let path = pipeline.file_of(image);
                if !image.as_str().contains('$') && seen.insert((path.clone(), image.region())) {
                    let name = ImageName::parse(image.as_str());
                    report(cx, path, image.region(), &name, true);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_releases_that_have_ended() {
        check(
            &RULE,
            "Dockerfile",
            "
ARG VERSION=16
FROM node:${VERSION}-alpine AS build
     ^^^^^^^^^^^^^^^^^^^^^^ [low] Node.js 16 reached its end on 2023-09-11
FROM python:3.7 AS unused
FROM node:18-alpine
     ^^^^^^^^^^^^^^ [medium] Node.js 18 reached its end on 2025-04-30
COPY --from=build /a /b
",
        );
        check(&RULE, "Dockerfile", "FROM postgres:12\n     ^^^^^^^^^^^ [medium] PostgreSQL 12\n");
        check(&RULE, "Dockerfile", "FROM node:20\n     ^^^^^^^ [info] Node.js 20\n");
    }

    #[test]
    fn flags_the_images_of_workflows() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            "
jobs:
  test:
    container: node:14
               ^^^^^^^ [low] Node.js 14
    services:
      db:
        image: postgres:11
               ^^^^^^^^^^^ [low] PostgreSQL 11
  other:
    container:
      image: ${{ matrix.image }}
",
        );
    }

    #[test]
    fn passes_what_is_supported_or_unknown() {
        check(
            &RULE,
            "Dockerfile",
            "ARG V\nFROM node:22 AS a\nFROM node:$V AS b\nFROM a\nCOPY --from=b /x /y\n",
        );
        check(&RULE, "Dockerfile", "FROM acme.io/node:8\n");
        check(&RULE, "Dockerfile", "FROM node@sha256:abc\n");
        check(&RULE, "tests/Dockerfile", "FROM node:8\n");
    }
}
