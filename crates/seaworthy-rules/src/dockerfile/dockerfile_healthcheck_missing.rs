//! `dockerfile-healthcheck-missing`

use seaworthy_analysis::{Artifact, Check, Context, NativeRule, Snapshot};
use seaworthy_formats::compose::{Service, ServiceKind};
use seaworthy_formats::dockerfile::Probe;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::shipped::{Shipped, known, shipped};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-healthcheck-missing",
        group: Group::Dockerfile,
        summary: "nothing checks whether the program in the image works",
        help: include_str!("dockerfile_healthcheck_missing.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[754],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    if has_other_probes(cx.snapshot()) {
        return;
    }
    for shipped in shipped(cx) {
        if shipped.development {
            continue;
        }
        let region = match &shipped.image.healthcheck {
            Some(setting) if matches!(setting.value, Probe::None) => setting.instruction.first_line,
            Some(_) => continue,
            None => {
                // An image of others may bring one.
                if shipped.base().is_none_or(|base| known(&base).is_none()) {
                    continue;
                }
                let from = shipped.build.file().stage_instructions(shipped.stage).first();
                let Some(from) = from else { continue };
                from.first_line
            }
        };
        let services = shipped.production_services();
        if !services.is_empty() && services.iter().all(|(_, service)| is_checked(service)) {
            continue;
        }
        let Some(severity) = severity(&shipped, &services) else { continue };
        let name = services.first().map(|(_, service)| service.name.raw().to_owned());
        let whose =
            name.map_or_else(String::new, |name| format!(" and neither does service {name}"));
        let path = shipped.build.dockerfile();
        let stage = &shipped.build.file().stages()[shipped.stage];
        cx.report_in(
            path,
            region,
            format!(
                "The image has no HEALTHCHECK{whose}. A program that hangs or has lost its \
                 database goes on counting as running: nothing restarts it, and what waits for it \
                 starts too early."
            ),
        )
        .severity(severity)
        .evidence(stage.name.as_ref().map_or("", |name| &name.raw));
    }
}

fn is_checked(service: &Service) -> bool {
    service.healthcheck.as_ref().is_some_and(|check| check.disabled || check.test.is_some())
}

/// Low for what serves others; an observation for other programs.
fn severity(
    shipped: &Shipped<'_>,
    services: &[(&seaworthy_analysis::joined::Stack, &Service)],
) -> Option<Severity> {
    let once = !services.is_empty()
        && services.iter().all(|(_, service)| service.kind() == ServiceKind::Job);
    if once {
        return Some(Severity::Info);
    }
    let serves = !shipped.image.exposed.is_empty()
        || services.iter().any(|(_, service)| !service.ports.is_empty());
    if serves {
        return Some(Severity::Low);
    }
    let starts = shipped.image.cmd.is_some() || shipped.image.entrypoint.is_some();
    starts.then_some(Severity::Info)
}

/// Whether the repository is deployed to something that has probes of its own and
/// does not look at the image's.
fn has_other_probes(snapshot: &Snapshot) -> bool {
    let has_probes = |artifact: &Artifact| {
        let name = artifact.path().file_name();
        matches!(
            name,
            "Chart.yaml"
                | "kustomization.yaml"
                | "kustomization.yml"
                | "fly.toml"
                | "skaffold.yaml"
                | "railway.json"
                | "railway.toml"
                | "render.yaml"
                | "app.json"
        ) || artifact
            .path()
            .as_str()
            .split('/')
            .any(|part| matches!(part, "k8s" | "kubernetes" | "helm"))
    };
    !snapshot.chosen(has_probes).is_empty()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_a_server_that_nobody_checks() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22-alpine AS build
FROM node:22-alpine
^^^^^^^^^^^^^^^^^^^ [low] no HEALTHCHECK
EXPOSE 3000
CMD [\"node\", \"x\"]
",
        );
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22 AS base
HEALTHCHECK CMD wget -q localhost
EXPOSE 3000
FROM base
HEALTHCHECK NONE
^^^^^^^^^^^^^^^^ [low] no HEALTHCHECK
",
        );
    }

    #[test]
    fn workers_and_jobs_are_observations() {
        check(
            &RULE,
            "Dockerfile",
            "FROM node:22\n^^^^^^^^^^^^ [info] no HEALTHCHECK\nCMD [\"node\", \"worker.js\"]\n",
        );
        check(&RULE, "Dockerfile", "FROM node:22\nRUN x\n");
    }

    #[test]
    fn either_side_may_have_it() {
        check(&RULE, "Dockerfile", "FROM node:22\nEXPOSE 1\nHEALTHCHECK CMD x\n");
        check(&RULE, "Dockerfile.dev", "FROM node:22\nEXPOSE 1\n");
        check(&RULE, "Dockerfile", "FROM acme.io/base\nEXPOSE 1\n");
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  api:
    build: .
    healthcheck:
      test: [CMD, wget, localhost]
//- Dockerfile
FROM node:22
EXPOSE 3000
",
        );
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  api:
    build: .
    ports: ['3000:3000']
//- Dockerfile
FROM node:22
^^^^^^^^^^^^ [low] neither does service api
CMD [\"node\", \"x\"]
",
        );
        check_files(
            &RULE,
            "//- deploy/Chart.yaml\nname: x\n//- Dockerfile\nFROM node:22\nEXPOSE 1\n",
        );
    }
}
