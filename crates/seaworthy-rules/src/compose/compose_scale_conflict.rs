//! `compose-scale-conflict`

use seaworthy_analysis::{Artifact, Check, Context, NativeRule};
use seaworthy_formats::compose::{PortRef, Published, Service, Text, Value};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::running::is_for_swarm;
use super::standing::{Judged, Once, Standing, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-scale-conflict",
        group: Group::Compose,
        summary: "service that is to run several times and can run only once",
        help: include_str!("compose_scale_conflict.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[684],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    let mut asked: Option<Vec<Asked>> = None;
    for judged in judged(cx) {
        if is_for_swarm(&judged) {
            continue;
        }
        for service in &judged.stack.project().services {
            let Some(obstacle) = obstacle(&judged, service) else { continue };
            let wanted = by_stack(&judged, service).or_else(|| {
                // Scripts are read when something stands in the way.
                let asked = asked.get_or_insert_with(|| by_scripts(cx));
                let name = service.name.raw();
                let found = asked.iter().find(|asked| asked.service == name)?;
                Some((found.number, found.artifact.clone(), found.region))
            });
            let Some((number, path, region)) = wanted else { continue };
            if once.first(&obstacle.artifact, obstacle.region) {
                report(cx, &judged, service, &obstacle, number, (&path, region));
            }
        }
    }
}

/// What keeps a service from running twice.
struct Obstacle {
    artifact: ArtifactPath,
    region: Region,
    why: String,
}

fn obstacle(judged: &Judged<'_>, service: &Service) -> Option<Obstacle> {
    if let Some(name) = &service.container_name {
        return Some(Obstacle {
            artifact: name.origin().artifact.clone(),
            region: name.region(),
            why: "its `container_name` can belong to one container only".to_owned(),
        });
    }
    if service.network_mode.is_some() {
        return None;
    }
    let fixed = |port: &&PortRef| {
        port.resolve(&|name| judged.variable(name)).is_ok_and(
            |resolved| matches!(resolved.published, Published::Ports(range) if !range.is_range()),
        )
    };
    let port = service.ports.iter().find(fixed)?;
    Some(Obstacle {
        artifact: port.origin().artifact.clone(),
        region: port.origin().region,
        why: "its port of the host can be taken by one container only".to_owned(),
    })
}

/// How often the stack itself runs a service, when that is more than once.
fn by_stack(judged: &Judged<'_>, service: &Service) -> Option<(u32, ArtifactPath, Region)> {
    let replicas = service.deploy.as_ref().and_then(|deploy| deploy.get("replicas"));
    let text = replicas.or_else(|| service.extra("scale")).and_then(Value::text)?;
    let number = number(judged, text)?;
    (number > 1).then(|| (number, text.origin().artifact.clone(), text.region()))
}

fn number(judged: &Judged<'_>, text: &Text) -> Option<u32> {
    judged.stack.expand(text)?.trim().parse().ok()
}

/// A script that runs a service several times.
struct Asked {
    service: String,
    number: u32,
    artifact: ArtifactPath,
    region: Region,
}

/// How many scripts are read.
const MOST_SCRIPTS: usize = 300;

fn by_scripts(cx: &Context<'_>) -> Vec<Asked> {
    let mut found = Vec::new();
    let is_script = |artifact: &Artifact| {
        let path = artifact.path();
        let name = path.file_name();
        name.ends_with(".sh")
            || matches!(
                name,
                "Makefile" | "makefile" | "justfile" | "package.json" | "Taskfile.yml"
            )
            || path.as_str().starts_with(".github/workflows/")
    };
    for artifact in cx.snapshot().chosen(is_script).into_iter().take(MOST_SCRIPTS) {
        let Some(text) = cx.snapshot().text(artifact) else { continue };
        for (at, word) in text.match_indices("--scale").take(50) {
            let from = at + word.len();
            let rest = text[from..].strip_prefix(['=', ' ']).unwrap_or("").trim_start_matches(' ');
            let skipped = text[from..].find(rest).unwrap_or(0);
            let from = from + skipped;
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=')))
                .unwrap_or(rest.len());
            let Some((service, number)) = rest[..end].split_once('=') else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            // A comment asks for nothing.
            let line = text[..at].rsplit('\n').next().unwrap_or("");
            if number > 1 && !line.trim_start().starts_with('#') {
                found.push(Asked {
                    service: service.to_owned(),
                    number,
                    artifact: artifact.path().clone(),
                    region: Region::new(at, from + end),
                });
            }
        }
    }
    found
}

fn report(
    cx: &mut Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    obstacle: &Obstacle,
    number: u32,
    asked: (&ArtifactPath, Region),
) {
    let name = service.name.raw();
    let severity = match judged.at(Some(service), service.origin()) {
        Standing::Production | Standing::Undeclared => Severity::Medium,
        Standing::Development | Standing::Test => Severity::Low,
    };
    let draft = cx.report_in(
        &obstacle.artifact,
        obstacle.region,
        format!(
            "Service {name} is to run {number} times, but {}. Compose stops with an error at the \
             second one. Leave the name out, publish a range of ports or none, and put a proxy in \
             front.",
            obstacle.why
        ),
    );
    draft.severity(severity).evidence(name);
    draft.related(asked.0, asked.1, "several are asked for here");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_what_can_run_only_once() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: acme/api
    container_name: api
                    ^^^ [medium] Service api is to run 3 times, but its `container_name`
    deploy: { replicas: 3 }
                        ~ several are asked for
  web:
    image: acme/web
    ports: ['8080:80']
             ^^^^^^^ [medium] is to run 2 times, but its port of the host
  one:
    image: acme/web
    ports: ['8081:80']
//- deploy.sh
docker compose up -d --scale web=2 --no-recreate
                     ~~~~~~~~~~~~~ several are asked for
# docker compose up --scale one=2
docker compose up -d --scale one=1
",
        );
    }

    #[test]
    fn passes_what_can_run_often_and_swarm() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  a:
    image: acme/api
    deploy: { replicas: 3 }
    expose: ['3000']
  b:
    image: acme/api
    scale: 2
    ports: ['8080-8090:80', '80']
  c:
    image: acme/api
    container_name: c
    deploy: { replicas: 1 }
",
        );
        check(
            &RULE,
            "docker-stack.yml",
            "services:\n  a:\n    image: a\n    ports: ['80:80']\n    deploy: { replicas: 3, update_config: { order: start-first } }\n",
        );
    }
}
