//! `compose-image-unpinned`

use std::collections::HashSet;

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{ImageName, Service, ServiceKind, Text, UNKNOWN};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::standing::{Judged, Once, Standing, judged};
use crate::image_tags::is_floating;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-image-unpinned",
        group: Group::Compose,
        summary: "image without a version",
        help: include_str!("compose_image_unpinned.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[1357],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        let services = &judged.stack.project().services;
        // What a service of the stack builds is no image of others.
        let built: HashSet<String> = services
            .iter()
            .filter(|service| service.build.is_some())
            .filter_map(|service| Some(ImageName::of(service.image.as_ref()?)?.repository))
            .collect();
        for service in services {
            let Some(text) = &service.image else { continue };
            if service.build.is_some() || is_local(service) {
                continue;
            }
            let Some(image) = ImageName::of(text) else { continue };
            if image.is_unknown() || built.contains(&image.repository) {
                continue;
            }
            report(cx, &mut once, &judged, service, text, &image);
        }
    }
}

/// Whether the image is never fetched.
fn is_local(service: &Service) -> bool {
    service
        .extra("pull_policy")
        .and_then(|value| value.text())
        .is_some_and(|policy| matches!(policy.raw(), "never" | "build"))
}

fn report(
    cx: &mut Context<'_>,
    once: &mut Once,
    judged: &Judged<'_>,
    service: &Service,
    text: &Text,
    image: &ImageName,
) {
    if image.digest.is_some() || image.repository.is_empty() {
        return;
    }
    // Whoever deploys may give a version for the variable.
    let by_default = text.raw().contains('$');
    let name = image.name();
    let (what, mild) = match image.tag.as_deref() {
        None if by_default && !text.raw().ends_with(name) => return,
        None => (format!("The image {name} has no tag, which means latest."), false),
        Some("latest") if by_default => {
            (format!("The image {name} is latest unless somebody sets the variable."), true)
        }
        Some("latest") => (format!("The tag of {name} is latest."), false),
        Some(tag) if tag.contains(UNKNOWN) => return,
        Some(tag) if is_floating(tag) => {
            (format!("The tag {tag} of {name} names a variant and no version."), true)
        }
        Some(_) => return,
    };
    let standing = judged.at(Some(service), text.origin());
    let severity = match standing {
        Standing::Production if !mild => Severity::Low,
        // Stores alone: what a developer starts beside the program.
        Standing::Undeclared if !mild && judged.runs_program() => Severity::Low,
        Standing::Production | Standing::Undeclared | Standing::Development => Severity::Info,
        Standing::Test => return,
    };
    if !once.first(&text.origin().artifact, text.region()) {
        return;
    }
    let consequence = match service.kind() {
        ServiceKind::Database(_) => {
            "The next pull may bring a major release that does not read the data of the one \
             before."
        }
        _ => {
            "What runs after the next pull may be another major release than what was tested, and \
             nobody can go back to the one before."
        }
    };
    let draft = cx.report_in(
        &text.origin().artifact,
        text.region(),
        format!("{what} {consequence} Name a version, such as the one that runs today."),
    );
    draft.severity(severity).evidence(format!("{}:{name}", service.name.raw()));
    judged.explain(draft, text.origin());
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_images_without_version() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
    image: ghcr.io/acme/api:latest
           ^^^^^^^^^^^^^^^^^^^^^^^ [low] The tag of api is latest
  db:
    image: postgres
           ^^^^^^^^ [low] postgres has no tag, which means latest. The next pull may bring a major
  registry:
    image: registry.local:5000/team/app
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] app has no tag
  proxy:
    image: nginx:alpine
           ^^^^^^^^^^^^ [info] alpine of nginx names a variant
  worker:
    image: ${IMAGE:-ghcr.io/acme/worker:latest}
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [info] latest unless somebody sets
  other:
    image: acme/other:${TAG:-latest}
           ^^^^^^^^^^^^^^^^^^^^^^^^^ [info] latest unless
",
        );
        check(
            &RULE,
            "docker-compose.dev.yml",
            "services:\n  mail:\n    image: mailhog/mailhog\n           ^^^^^^^^^^^^^^^ [info] no tag\n",
        );
    }

    #[test]
    fn passes_versions_builds_and_what_is_not_known() {
        check(
            &RULE,
            "compose.yaml",
            "
services:
  db:
    image: postgres:16-alpine
  pinned:
    image: redis@sha256:0000
  api:
    build: .
    image: acme/api
  worker:
    image: acme/api
  chosen:
    image: ${IMAGE}
  tagged:
    image: acme/x:${TAG}
  required:
    image: acme/x:${TAG:?}
  port:
    image: registry.local:5000/team/app:1.4
  local:
    image: acme/local
    pull_policy: never
",
        );
        check(&RULE, "docker-compose.test.yml", "services:\n  a:\n    image: redis:latest\n");
        check(&RULE, "compose.example.yaml", "services:\n  a:\n    image: redis:latest\n");
    }
}
