//! `compose-healthcheck-wrong-target`

use seaworthy_analysis::joined::ImageBuild;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{Published, Service};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::commands::run_by;
use super::listening::{Certainty, Listening};
use super::probes::{OwnUrl, Probe};
use super::running::{Builds, MOST_SERVICES};
use super::standing::{Judged, Once, Standing, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-healthcheck-wrong-target",
        group: Group::Compose,
        summary: "health check that asks where the program does not listen",
        help: include_str!("compose_healthcheck_wrong_target.md"),
        severity: Severity::Medium,
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
        for service in judged.stack.project().services.iter().take(MOST_SERVICES) {
            // Without a network of its own, others listen on the same ports.
            if service.network_mode.is_some() {
                continue;
            }
            let build = builds.of(service);
            let Some(probe) = Probe::of(&judged, service, build) else { continue };
            for url in probe.own_urls(service) {
                let Some(wrong) = wrong(cx, &judged, service, build, url.port) else { continue };
                if once.first(&probe.artifact, probe.place(&url.authority)) {
                    report(cx, &judged, service, &probe, &url, wrong);
                }
            }
        }
    }
}

/// Why nobody listens on the port that is asked.
struct Wrong {
    why: String,
    /// The port that is meant, if it is one.
    meant: Option<u16>,
    place: Option<(seaworthy_model::ArtifactPath, Region, &'static str)>,
}

fn wrong(
    cx: &Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    build: Option<&ImageBuild>,
    port: u16,
) -> Option<Wrong> {
    if is_named(cx, judged, service, build, port) {
        return None;
    }
    let listening = Listening::of(cx, judged, service, build);
    if listening.as_ref().is_some_and(|listening| listening.ports.contains(&port)) {
        return None;
    }
    let mut published = None;
    for reference in &service.ports {
        let resolved = reference.resolve(&|name| judged.variable(name)).ok()?;
        let target = resolved.target?;
        if target.contains(port) {
            return None;
        }
        if let Published::Ports(range) = resolved.published
            && range.contains(port)
            && !target.is_range()
        {
            published = Some((reference, target.first));
        }
    }
    if let Some((reference, target)) = published {
        let origin = reference.origin();
        return Some(Wrong {
            why: format!(
                "{port} is the port on the host, and the probe runs inside of the container, \
                 where it is {target}"
            ),
            meant: Some(target),
            place: Some((origin.artifact.clone(), origin.region, "published here")),
        });
    }
    let listening = listening.filter(|listening| listening.certainty == Certainty::Told)?;
    let meant = (listening.ports.len() == 1).then(|| listening.ports[0]);
    Some(Wrong {
        why: listening.why,
        meant,
        place: listening
            .place
            .map(|(path, region)| (path, region, "the port that the program listens on")),
    })
}

/// Whether something says that the container has a listener on the port: a
/// command, a variable, the image.
fn is_named(
    cx: &Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    build: Option<&ImageBuild>,
    port: u16,
) -> bool {
    let digits = port.to_string();
    let says =
        |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|number| number == digits);
    let by_command =
        run_by(service).iter().any(|word| judged.stack.expand(word).is_none_or(|word| says(&word)));
    let by_image = build.and_then(ImageBuild::image).is_some_and(|image| {
        let lines = [&image.cmd, &image.entrypoint];
        lines.into_iter().flatten().any(|setting| says(&setting.value.text()))
            || image
                .exposed
                .iter()
                .any(|setting| setting.value.as_ref().is_none_or(|exposed| exposed.is_tcp(port)))
            || image
                .env
                .iter()
                .any(|(name, value)| name != "PORT" && value.as_deref().is_none_or(says))
    });
    let supplied = judged.stack.supplied(cx.snapshot(), service);
    let by_variable = supplied.iter().any(|entry| match &entry.value {
        Some(value) => says(value.reveal()),
        None => entry.name.contains("PORT"),
    });
    let expose = service.expose.iter().any(|text| says(text.raw()) || text.raw().contains('$'));
    // A file of variables that is not there may name any port.
    let unknown = !judged.stack.supplies_all(cx.snapshot(), service)
        && !supplied.iter().any(|entry| entry.name == "PORT" && !entry.from_env_file);
    by_command || by_image || by_variable || expose || unknown
}

fn report(
    cx: &mut Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    probe: &Probe,
    url: &OwnUrl,
    wrong: Wrong,
) {
    let name = service.name.raw();
    let region = probe.place(&url.authority);
    let severity = match judged.at(Some(service), service.origin()) {
        Standing::Production | Standing::Undeclared => Severity::Medium,
        Standing::Development | Standing::Test => Severity::Low,
    };
    let fix = wrong.meant.and_then(|meant| {
        let digits = format!(":{}", url.port);
        let exact = probe.texts.iter().any(|text| text.raw().contains(&url.authority));
        let at = url.authority.strip_suffix(&digits)?.len() + 1;
        exact.then(|| {
            let digits = Region::new(region.start + at, region.end);
            Edit::risky(format!("Ask port {meant}")).replace(
                &probe.artifact,
                digits,
                meant.to_string(),
            )
        })
    });
    let draft = cx.report_in(
        &probe.artifact,
        region,
        format!(
            "The health check of service {name} asks port {}, and {}. Nobody answers there, so \
             the service never becomes healthy, and what waits for that never starts.",
            url.port, wrong.why
        ),
    );
    draft.severity(severity).evidence(format!("{name}:{}", url.port));
    if let Some((path, region, label)) = wrong.place {
        draft.related(&path, region, label);
    }
    if let Some(fix) = fix {
        draft.fix(fix);
    }
    if let Some(check) = &service.healthcheck {
        judged.explain(draft, &check.origin);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_fix};

    #[test]
    fn flags_probes_of_ports_where_nobody_listens() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  web:
    image: ghcr.io/acme/web:1
    ports: ["8080:80"]
             ~~~~~~~ published here
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8080/health"]
                                          ^^^^^^^^^^^^^^ [medium] asks port 8080, and 8080 is the port on the host
  api:
    build: ./api
    environment: { PORT: 4000 }
                   ~~~~ the port that the program
    healthcheck:
      test: wget -q http://127.0.0.1:3000/ || exit 1
                           ^^^^^^^^^^^^^^ [medium] asks port 3000, and PORT is 4000
  proxy:
    image: nginx:1.27
           ~~~~~~~~~~ the port
    healthcheck: { test: "curl -f http://localhost:8081/" }
                                         ^^^^^^^^^^^^^^ [medium] nginx listens on 80
//- api/Dockerfile
FROM node:22
CMD node .
"#,
        );
    }

    #[test]
    fn passes_probes_that_reach_something() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  web:
    image: ghcr.io/acme/web:1
    ports: ["8080:80"]
    healthcheck: { test: "curl -f http://localhost/health" }
  both:
    image: ghcr.io/acme/web:1
    ports: ["8080:80", "81:8080"]
    healthcheck: { test: "curl -f http://localhost:8080/health" }
  told:
    image: ghcr.io/acme/web:1
    command: serve --port 8080
    ports: ["8080:80"]
    healthcheck: { test: "curl -f http://localhost:8080/health" }
  management:
    build: ./api
    environment: { PORT: 3000, MANAGEMENT_PORT: 9000 }
    healthcheck: { test: "curl -f http://localhost:9000/health" }
  other:
    build: ./api
    environment: { PORT: 3000 }
    healthcheck: { test: "curl -f http://web:8080/health" }
  variable:
    build: ./api
    environment: { PORT: 3000 }
    healthcheck: { test: "curl -f http://localhost:$${PORT}/health" }
  unknown:
    image: ghcr.io/acme/web:1
    healthcheck: { test: "curl -f http://localhost:8080/health" }
  host:
    image: ghcr.io/acme/web:1
    network_mode: host
    ports: ["8080:80"]
    healthcheck: { test: "curl -f http://localhost:8080/health" }
  exposed:
    build: ./exposed
    ports: ["9000:3000"]
    healthcheck: { test: "curl -f http://localhost:9000/health" }
//- api/Dockerfile
FROM node:22
CMD node .
//- exposed/Dockerfile
FROM node:22
EXPOSE 3000 9000
CMD node .
"#,
        );
    }

    #[test]
    fn asks_the_port_inside() {
        check_fix(
            &RULE,
            "compose.yaml",
            "services:\n  a:\n    image: acme/a\n    ports: ['8080:3000']\n    healthcheck:\n      test: [CMD, curl, 'http://localhost:8080/x']\n",
            "services:\n  a:\n    image: acme/a\n    ports: ['8080:3000']\n    healthcheck:\n      test: [CMD, curl, 'http://localhost:3000/x']\n",
        );
    }
}
