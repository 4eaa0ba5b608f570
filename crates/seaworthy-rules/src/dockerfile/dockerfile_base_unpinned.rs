//! `dockerfile-base-unpinned`

use std::collections::BTreeSet;

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::ImageName;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::shipped::shipped;
use crate::image_tags::is_floating;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-base-unpinned",
        group: Group::Dockerfile,
        summary: "base image without a version",
        help: include_str!("dockerfile_base_unpinned.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[1357],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen = BTreeSet::new();
    for shipped in shipped(cx) {
        for stage in shipped.needed() {
            let Some(image) = shipped.external(stage) else { continue };
            let Some((what, severity)) = fault(&image) else { continue };
            let severity = if shipped.development { Severity::Info } else { severity };
            let path = shipped.build.dockerfile();
            let region = shipped.build.file().stages()[stage].image.region;
            if !seen.insert((path, region)) {
                continue;
            }
            cx.report_in(
                path,
                region,
                format!(
                    "{what} What is built tomorrow may be another major release than what was \
                     tested; name a version, such as the one that you run today."
                ),
            )
            .severity(severity)
            .evidence(image.repository);
        }
    }
}

fn fault(image: &ImageName) -> Option<(String, Severity)> {
    if image.digest.is_some() || image.repository.is_empty() {
        return None;
    }
    let name = image.name();
    // Nothing but floating tags is offered.
    let floats = image.registry.as_deref() == Some("gcr.io")
        && image.repository.starts_with("distroless/")
        || image.registry.as_deref() == Some("cgr.dev");
    match image.tag.as_deref() {
        None if floats => None,
        None => Some((format!("The image {name} has no tag, which means latest."), Severity::Low)),
        Some(_) if floats => None,
        Some("latest") => Some((format!("The tag of {name} is latest."), Severity::Low)),
        Some(tag) if is_floating(tag) => Some((
            format!("The tag {tag} of {name} names a variant and no version."),
            Severity::Info,
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_images_without_version() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node AS build
     ^^^^ [low] node has no tag
FROM nginx:alpine AS a
     ^^^^^^^^^^^^ [info] alpine of nginx names a variant
FROM acme.io:5000/team/base:latest
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] tag of base is latest
COPY --from=build /a /b
COPY --from=a /a /b
",
        );
        check(
            &RULE,
            "Dockerfile",
            "ARG TAG=latest\nFROM node:$TAG\n     ^^^^^^^^^ [low] is latest\n",
        );
        check(&RULE, "Dockerfile.dev", "FROM node\n     ^^^^ [info] no tag\n");
        check(&RULE, "Dockerfile", "FROM node:lts-alpine\n     ^^^^^^^^^^^^^^^ [info] variant\n");
    }

    #[test]
    fn passes_versions_stages_and_what_is_not_known() {
        check(
            &RULE,
            "Dockerfile",
            "
ARG TAG
ARG BASE=node:22
FROM node:22 AS builder
FROM builder AS b
FROM scratch AS c
FROM node:$TAG AS d
FROM $BASE AS e
FROM node@sha256:0000 AS f
FROM debian:bookworm-slim AS g
FROM gcr.io/distroless/static:nonroot AS h
FROM b
COPY --from=c /a /b
COPY --from=d /a /b
COPY --from=e /a /b
COPY --from=f /a /b
COPY --from=g /a /b
COPY --from=h /a /b
",
        );
        check(&RULE, "Dockerfile", "FROM node AS unused\nFROM node:22\n");
    }
}
