//! `compose-healthcheck-tool-missing`

use seaworthy_analysis::joined::ImageBuild;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::Service;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::contents::{Without, without};
use super::probes::Probe;
use super::running::Builds;
use super::standing::{Judged, Once, Standing, judged};
use crate::dockerfile::shell::{Joint, Simple};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-healthcheck-tool-missing",
        group: Group::Compose,
        summary: "health check by a program that the image does not have",
        help: include_str!("compose_healthcheck_tool_missing.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[754],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let builds = Builds::new(cx);
    let mut once = Once::default();
    for judged in judged(cx) {
        for service in &judged.stack.project().services {
            let build = builds.of(service);
            let Some(probe) = Probe::of(&judged, service, build) else { continue };
            let Some((tool, image)) = missing(&probe, service, build) else { continue };
            if once.first(&probe.artifact, probe.place(tool)) {
                report(cx, &judged, service, &probe, tool, &image);
            }
        }
    }
}

/// The program that a probe cannot start.
fn missing<'p>(
    probe: &'p Probe,
    service: &Service,
    build: Option<&ImageBuild>,
) -> Option<(&'p str, Without)> {
    if probe.shell
        && let Some(image) = without(service, build, "sh")
    {
        return Some(("sh", image));
    }
    // A probe that looks whether a program is there, or has another one.
    let asks = |command: &Simple| {
        matches!(command.program(), "command" | "which" | "type" | "test" | "[")
            || command.conditional
    };
    if probe.commands.iter().any(asks) {
        return None;
    }
    let gives_up = |command: &Simple| {
        matches!(command.program(), "exit" | "false" | "kill" | "return" | "echo" | "true" | ":")
    };
    let alternatives =
        probe.commands.iter().any(|command| command.joint == Joint::Or && !gives_up(command));
    if alternatives {
        return None;
    }
    probe.commands.iter().find_map(|command| {
        let word = command.words.first()?;
        // A path may lead to what the image brings.
        let tool =
            (!word.contains('/') || word.starts_with("/usr/bin/") || word.starts_with("/bin/"))
                .then(|| command.program())?;
        Some((tool, without(service, build, tool)?))
    })
}

fn report(
    cx: &mut Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    probe: &Probe,
    tool: &str,
    image: &Without,
) {
    let name = service.name.raw();
    let standing = judged.at(Some(service), service.origin());
    let severity = match standing {
        Standing::Production | Standing::Undeclared => Severity::High,
        Standing::Development => Severity::Medium,
        Standing::Test => Severity::Low,
    };
    let region = probe.place(tool);
    let what = match (tool, image.built) {
        ("sh", _) => format!("needs a shell, and {} has none", image.image),
        (tool, true) => format!(
            "runs {tool}, which {} does not have and the Dockerfile does not install",
            image.image
        ),
        (tool, false) => format!("runs {tool}, which {} does not have", image.image),
    };
    let instead = match tool {
        "curl" if image.has_wget => " That image has wget.",
        "mysqladmin" => " That image has mariadb-admin and healthcheck.sh.",
        "mongo" => " That image has mongosh.",
        "mongosh" => " That image has mongo.",
        _ => " Install it, or let the probe use what the image has.",
    };
    let fix = fix(probe, tool, image);
    let draft = cx.report_in(
        &probe.artifact,
        region,
        format!(
            "The health check of service {name} {what}. It fails every time: the service is never \
             healthy, and what waits for that never starts.{instead}"
        ),
    );
    draft.severity(severity).evidence(format!("{name}:{tool}"));
    if let Some(fix) = fix {
        draft.fix(fix);
    }
    let origin = service.healthcheck.as_ref().map(|check| &check.origin);
    if let Some(origin) = origin.filter(|origin| origin.artifact == probe.artifact) {
        judged.explain(draft, origin);
    } else {
        let origin = service.origin();
        draft.related(&origin.artifact, origin.region, "the service that runs the image");
    }
}

/// Another program that does the same with the same words.
fn fix(probe: &Probe, tool: &str, image: &Without) -> Option<Edit> {
    let swap = |from: &str, to: &str| {
        let [text] = probe.texts.as_slice() else { return None };
        let at = text.raw().find(from)?;
        let region = text.region_of(at..at + from.len())?;
        let title = format!("Use {} instead of {tool}", to.split(' ').next().unwrap_or(to));
        Some(Edit::risky(title).replace(&probe.artifact, region, to))
    };
    match tool {
        "curl" if image.has_wget => {
            ["curl -fsS ", "curl -sf ", "curl -fs ", "curl --fail ", "curl -f "]
                .iter()
                .find_map(|from| swap(from, "wget -qO /dev/null "))
        }
        "mysqladmin" => swap("mysqladmin ", "mariadb-admin "),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_programs_that_the_image_does_not_have() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  api:
    build: ./api
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:3000/health"]
                     ^^^^ [high] runs curl, which node:22-alpine does not have and the Dockerfile does not install
  slim:
    image: node:22-slim
    healthcheck:
      test: wget -qO- http://localhost:3000 || exit 1
            ^^^^ [high] runs wget, which node:22-slim does not have
  mongo:
    image: mongo:7
    healthcheck:
      test: echo 'db.runCommand("ping").ok' | mongo localhost:27017/test --quiet
                                              ^^^^^ [high] runs mongo, which mongo:7
  maria:
    image: mariadb:11.4
    healthcheck:
      test: ["CMD-SHELL", "mysqladmin ping -h localhost"]
                           ^^^^^^^^^^ [high] has mariadb-admin
  bare:
    build: ./bare
    healthcheck:
      test: ["CMD-SHELL", "/app check"]
                           ^^^^^^^^^^ [high] needs a shell, and static has none
  own:
    build: ./own
    ~~~~~ nothing
//- api/Dockerfile
FROM node:22 AS build
RUN npm ci
FROM node:22-alpine
RUN apk add --no-cache tini
COPY --from=build /app /app
COPY --from=build /src/agent /usr/local/bin/agent
CMD ["node", "."]
//- bare/Dockerfile
FROM gcr.io/distroless/static
COPY app /app
//- own/Dockerfile
FROM python:3.12-slim
HEALTHCHECK CMD curl -f http://localhost:8000/ || exit 1
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] of service own runs curl
CMD ["python", "-m", "app"]
"#
            .replace("    ~~~~~ nothing\n", "")
            .replace("  own:\n", "  own:\n  ~~~ the service that runs\n")
            .as_str(),
        );
    }

    #[test]
    fn passes_what_is_there_or_may_be() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  a:
    build: ./installs
    healthcheck: { test: curl -f http://localhost/ }
  b:
    image: node:22-alpine
    healthcheck: { test: wget -qO- http://localhost/ || exit 1 }
  c:
    image: nginx:alpine
    healthcheck: { test: [CMD, curl, -f, "http://localhost/"] }
  d:
    image: ghcr.io/acme/api:1
    healthcheck: { test: curl -f http://localhost/ }
  e:
    image: node:22-alpine
    healthcheck: { test: "wget -q localhost || curl -f localhost" }
  f:
    image: node:22-alpine
    healthcheck: { test: "command -v curl && curl localhost" }
  g:
    image: node:22-alpine
    healthcheck: { test: [CMD, node, check.js] }
  h:
    image: postgres:16-alpine
    healthcheck: { test: pg_isready }
  i:
    build: ./script
    healthcheck: { test: curl -f http://localhost/ }
  j:
    image: node:22-alpine
    healthcheck: { disable: true }
  k:
    build: ./copies
    healthcheck: { test: [CMD, wget, localhost] }
  l:
    build: ./absent
    healthcheck: { test: curl localhost }
  m:
    image: node:22-alpine
    command: sh -c "apk add --no-cache curl && node ."
    healthcheck: { test: curl localhost }
  n:
    image: node:22-alpine
    volumes: ['./bin:/usr/local/bin']
    healthcheck: { test: curl localhost }
//- installs/Dockerfile
FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl
//- script/Dockerfile
FROM debian:12-slim
RUN ./setup.sh
//- copies/Dockerfile
FROM gcr.io/distroless/static
COPY --from=busybox /bin/wget /usr/bin/wget
"#,
        );
    }

    #[test]
    fn development_is_medium() {
        check(
            &RULE,
            "docker-compose.dev.yml",
            "services:\n  a:\n    image: redis:7\n    healthcheck: { test: curl x }\n                         ^^^^ [medium] runs curl\n",
        );
    }

    #[test]
    fn uses_what_the_image_has() {
        check_fix(
            &RULE,
            "compose.yaml",
            "services:\n  a:\n    image: node:22-alpine\n    healthcheck:\n      test: curl -f http://localhost:3000/ || exit 1\n  b:\n    image: mariadb:11\n    healthcheck:\n      test: mysqladmin ping\n",
            "services:\n  a:\n    image: node:22-alpine\n    healthcheck:\n      test: wget -qO /dev/null http://localhost:3000/ || exit 1\n  b:\n    image: mariadb:11\n    healthcheck:\n      test: mariadb-admin ping\n",
        );
    }
}
