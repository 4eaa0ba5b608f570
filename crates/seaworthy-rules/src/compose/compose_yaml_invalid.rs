//! `compose-yaml-invalid`

use std::collections::{HashMap, HashSet};

use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, Document, DocumentKind, NativeRule, is_plain_compose};
use seaworthy_formats::compose::{
    FileName, Origin, PortError, ProblemKind, Service, Value, VolumeError,
};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::attributes::{Level, unknown};
use super::standing::{Judged, Once, Standing, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-yaml-invalid",
        group: Group::Compose,
        summary: "file that Compose refuses to take",
        help: include_str!("compose_yaml_invalid.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1286],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// How many faults of a project are said.
const MOST: usize = 50;

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    syntax(cx, &mut once);
    let judged = judged(cx);
    // What any stack says how to run is run with the file that does.
    let run: HashSet<&str> = judged
        .iter()
        .flat_map(|judged| &judged.stack.project().services)
        .filter(|service| service.image.is_some() || service.build.is_some())
        .map(|service| service.name.raw())
        .collect();
    for judged in &judged {
        let mut faults = Vec::new();
        problems(cx, judged, &mut faults);
        if !judged.stack.project().is_uncertain() {
            top(judged, &mut faults);
            for service in &judged.stack.project().services {
                attributes(service, &mut faults);
                entries(judged, service, &mut faults);
                runs_nothing(judged, service, &run, &mut faults);
            }
            interpolation(judged, &mut faults);
            circles(judged, &mut faults);
        }
        for fault in faults.into_iter().take(MOST) {
            if is_as_it_stands(cx, &fault.artifact) && once.first(&fault.artifact, fault.region) {
                report(cx, judged.at(None, &fault.origin()), &fault);
            }
        }
    }
}

/// Whether Compose gets the file as it lies here.
fn is_as_it_stands(cx: &Context<'_>, path: &ArtifactPath) -> bool {
    let snapshot = cx.snapshot();
    let text = snapshot.artifact(path.as_str()).and_then(|artifact| snapshot.text(artifact));
    text.is_none_or(|text| is_plain_compose(path, text))
}

/// Something that Compose stops at.
struct Fault {
    artifact: ArtifactPath,
    region: Region,
    /// What it is, without a period.
    what: String,
    evidence: String,
}

impl Fault {
    fn at(origin: &Origin, what: impl Into<String>, evidence: impl Into<String>) -> Self {
        Fault {
            artifact: origin.artifact.clone(),
            region: origin.region,
            what: what.into(),
            evidence: evidence.into(),
        }
    }

    fn origin(&self) -> Origin {
        Origin { artifact: self.artifact.clone(), region: self.region, used_at: None }
    }
}

fn report(cx: &mut Context<'_>, standing: Standing, fault: &Fault) {
    let severity = match standing {
        Standing::Production | Standing::Undeclared => Severity::High,
        Standing::Development => Severity::Medium,
        Standing::Test => Severity::Low,
    };
    let message = format!(
        "Compose refuses this file: {}. Nothing of the stack is started until that is mended.",
        fault.what
    );
    cx.report_in(&fault.artifact, fault.region, message)
        .severity(severity)
        .evidence(fault.evidence.clone());
}

/// What is no YAML, and keys that stand twice.
fn syntax(cx: &mut Context<'_>, once: &mut Once) {
    let snapshot = cx.snapshot();
    for artifact in snapshot.of_kind(DocumentKind::Compose) {
        let Some(Document::Compose(file)) = snapshot.document(artifact) else { continue };
        if file.tree().errors().is_empty() || !is_plain_compose(artifact.path(), file.text()) {
            continue;
        }
        let standing = match snapshot.role(artifact).role {
            Role::Test => Standing::Test,
            Role::Development => Standing::Development,
            _ => Standing::Undeclared,
        };
        // After the first mistake of grammar, others only follow from it.
        let mut broken = false;
        for error in file.tree().errors().iter().take(MOST) {
            let twice = error.message == "duplicate key";
            if !twice && std::mem::replace(&mut broken, true) {
                continue;
            }
            let (what, evidence) = if twice {
                let key = error.region.of(file.text());
                let key: String = key.chars().take(60).collect();
                (format!("the key {key} stands twice in one mapping"), format!("twice:{key}"))
            } else {
                (format!("it is no valid YAML ({})", error.message), "yaml".to_owned())
            };
            let (artifact, region) = (artifact.path().clone(), error.region);
            if once.first(&artifact, region) {
                report(cx, standing, &Fault { artifact, region, what, evidence });
            }
        }
    }
}

/// What could not be put together.
fn problems(cx: &Context<'_>, judged: &Judged<'_>, faults: &mut Vec<Fault>) {
    for problem in &judged.stack.project().problems {
        let said = match problem.kind {
            ProblemKind::ServiceMissing
            | ProblemKind::Cycle
            | ProblemKind::Conflict
            | ProblemKind::Malformed => true,
            // It may be made, or come with another repository.
            ProblemKind::FileMissing => {
                cx.snapshot().git().is_some() && !cx.snapshot().contains(".gitmodules")
            }
            _ => false,
        };
        if said && !problem.origin.region.is_empty() {
            let what = problem.message.trim_end_matches('.').to_owned();
            faults.push(Fault::at(&problem.origin, what.clone(), what));
        }
    }
}

/// Keys of the file that it does not know, and services outside of `services`.
fn top(judged: &Judged<'_>, faults: &mut Vec<Fault>) {
    for member in judged.stack.project().raw().members() {
        let key = member.key.raw();
        let is_service = ["image", "build"]
            .iter()
            .any(|name| member.value.get(name).is_some_and(|value| !value.is_null()));
        let known = ["services", "networks", "volumes", "secrets", "configs", "include", "models"];
        let why = if is_service && !key.starts_with("x-") && !known.contains(&key) {
            Some("a service belongs under `services`; is it indented?".to_owned())
        } else {
            unknown(Level::Top, key)
        };
        if let Some(why) = why {
            let what = format!("it does not know the key `{key}` here: {why}");
            faults.push(Fault::at(member.key.origin(), what, format!("top:{key}")));
        }
    }
}

fn attributes(service: &Service, faults: &mut Vec<Fault>) {
    let name = service.name.raw();
    let mut look = |level: Level, value: &Value, path: &str| {
        let mut wrong = value
            .members()
            .iter()
            .filter_map(|member| Some((member, unknown(level, member.key.raw())?)));
        let Some((member, why)) = wrong.next() else { return };
        // Lines that are indented too little come together.
        let others: Vec<&str> = wrong.take(6).map(|(member, _)| member.key.raw()).collect();
        let others = match others.as_slice() {
            [] => String::new(),
            names => format!(", nor {}", names.join(", ")),
        };
        let key = member.key.raw();
        let what = format!("services.{name}{path} has no attribute `{key}`{others}: {why}");
        faults.push(Fault::at(member.key.origin(), what, format!("{name}:{key}")));
    };
    look(Level::Service, service.raw(), "");
    if let Some(check) = service.raw().get("healthcheck") {
        look(Level::Healthcheck, check, ".healthcheck");
    }
    let environment = service.raw().get("environment").map_or(&[][..], Value::members);
    for member in environment {
        if matches!(member.value, Value::Mapping(..) | Value::Sequence(..)) {
            let key = member.key.raw();
            let what =
                format!("services.{name}.environment.{key} is a collection and no single value");
            faults.push(Fault::at(member.key.origin(), what, format!("{name}:env:{key}")));
        }
    }
}

/// Ports and mounts that cannot be read.
fn entries(judged: &Judged<'_>, service: &Service, faults: &mut Vec<Fault>) {
    let name = service.name.raw();
    for port in &service.ports {
        let Err(error) = port.resolve(&|name| judged.variable(name)) else { continue };
        if error == PortError::Interpolation {
            continue;
        }
        let what = format!("services.{name}.ports holds a port that cannot be read ({error})");
        faults.push(Fault::at(port.origin(), what, format!("{name}:port:{error}")));
    }
    for volume in &service.volumes {
        let Err(error) = volume.resolve(&|name| judged.variable(name)) else { continue };
        if error == VolumeError::Interpolation {
            continue;
        }
        let what = format!("services.{name}.volumes holds a mount that cannot be read ({error})");
        faults.push(Fault::at(volume.origin(), what, format!("{name}:volume:{error}")));
    }
}

/// A service that says neither an image nor how to build one.
fn runs_nothing(
    judged: &Judged<'_>,
    service: &Service,
    run: &HashSet<&str>,
    faults: &mut Vec<Fault>,
) {
    let name = service.name.raw();
    let primary = judged.stack.primary_file();
    let alone = FileName::read(primary.file_name()).is_some_and(|file| file.is_default());
    let project = judged.stack.project();
    if !alone
        || run.contains(name)
        || project.is_partial()
        || !project.includes.is_empty()
        || service.extra("provider").is_some()
        || name.starts_with(['.', '_'])
    {
        return;
    }
    let what = format!("service {name} has neither an image nor a build context");
    faults.push(Fault::at(service.origin(), what, format!("{name}:nothing")));
}

/// `${…}` that is no variable.
fn interpolation(judged: &Judged<'_>, faults: &mut Vec<Fault>) {
    judged.stack.project().raw().walk(&mut |path, text| {
        let Some(first) = path.first() else { return };
        if first.raw().starts_with("x-") || faults.len() >= MOST || !text.raw().contains("${") {
            return;
        }
        let Some(range) = text.template().invalid() else { return };
        let region = text.region_of(range).unwrap_or(text.region());
        let place = path.iter().map(|key| key.raw()).collect::<Vec<_>>().join(".");
        faults.push(Fault {
            artifact: text.origin().artifact.clone(),
            region,
            what: format!(
                "{place} holds a `${{` that is no variable of Compose; write `$$` for a dollar \
                 that the container is to see"
            ),
            evidence: format!("interpolation:{place}"),
        });
    });
}

/// Services that wait for one another.
fn circles(judged: &Judged<'_>, faults: &mut Vec<Fault>) {
    let services = &judged.stack.project().services;
    let index: HashMap<&str, usize> =
        services.iter().enumerate().map(|(at, service)| (service.name.raw(), at)).collect();
    // 0 is new, 1 on the path, 2 done.
    let mut state = vec![0_u8; services.len()];
    for start in 0..services.len() {
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        let mut path = vec![(start, 0_usize)];
        while let Some((at, next)) = path.last_mut() {
            let Some(dependency) = services[*at].depends_on.get(*next) else {
                state[*at] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            let Some(&target) = index.get(dependency.service.raw()) else { continue };
            match state[target] {
                0 => {
                    state[target] = 1;
                    path.push((target, 0));
                }
                1 => {
                    let from = path.iter().position(|&(at, _)| at == target).unwrap_or(0);
                    let mut names: Vec<&str> = path[from..]
                        .iter()
                        .take(8)
                        .map(|&(at, _)| services[at].name.raw())
                        .collect();
                    names.push(services[target].name.raw());
                    let what = format!("services wait for one another ({})", names.join(" → "));
                    faults.push(Fault::at(&dependency.origin, what, "circle"));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_keys_that_stand_twice_and_what_is_no_yaml() {
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  api:
    image: acme/api
    ports: ['80:80']
    image: acme/other
    ^^^^^ [high] the key image stands twice in one mapping
  api:
  ^^^ [high] the key api stands twice
    image: acme/api
",
        );
    }

    #[test]
    fn flags_attributes_that_compose_does_not_know() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
    image: acme/api
    enviroment:
    ^^^^^^^^^^ [high] services.api has no attribute `enviroment`, nor resources: `environment` is
      A: b
    resources:
      limits: { memory: 1g }
    healthcheck:
      test: x
      intervall: 5s
      ^^^^^^^^^ [high] services.api.healthcheck has no attribute
    environment:
      A:
      ^ [high] is a collection
        B: c
web:
^^^ [high] a service belongs under `services`
  image: acme/web
volume:
^^^^^^ [high] `volumes` is probably meant
  a:
",
        );
    }

    #[test]
    fn flags_entries_that_cannot_be_read() {
        check(
            &RULE,
            "docker-compose.dev.yml",
            "
services:
  api:
    image: acme/api
    ports:
      - localhost:80:80
        ^^^^^^^^^^^^^^^ [medium] invalid host address
      - '80:99999'
         ^^^^^^^^ [medium] invalid container port
    volumes:
      - 'data::ro'
         ^^^^^^^^ [medium] empty section
    command: echo ${A/x/y} $$B
                  ^^ [medium] services.api.command holds a
",
        );
    }

    #[test]
    fn does_not_flag_blanks_that_a_generator_fills_in() {
        for port in ["__PORT__:__PORT__", "@PORT@:@PORT@", "{{ port }}:80"] {
            let text = format!("services:\n  api:\n    image: acme/api\n    ports: ['{port}']\n");
            check(&RULE, "docker-compose.yml", &text);
        }
    }

    #[test]
    fn flags_what_cannot_be_put_together() {
        check(
            &RULE,
            "compose.yaml",
            "
services:
  api:
    image: acme/api
    depends_on: [web]
  web:
    image: acme/web
    depends_on:
      - api
        ^^^ [high] wait for one another (api → web → api)
  worker:
    extends: { service: absent }
                        ^^^^^^ [high] does not exist
    image: acme/worker
",
        );
        check(
            &RULE,
            "compose.yaml",
            "services:\n  api:\n  ^^^ [high] neither an image nor a build\n    restart: always\n",
        );
    }

    #[test]
    fn passes_what_compose_takes() {
        check_files(
            &RULE,
            r#"
//- docker-compose.yml
x-env: &env
  A: b
version: "3"
name: app
services:
  api: &api
    image: acme/api
    environment:
      <<: *env
      A: c
    x-note: mine
    ports: ["${PORT:-80}:80", "[::1]:81:81", "8000-8010:8000-8010"]
    command: sh -c "echo $$HOME $HOME ${A:?}"
    future_attribute: 1
    depends_on: [db]
  copy:
    <<: *api
  db:
    image: postgres
  base:
    ports: ['1:1']
//- docker-compose.prod.yml
services:
  base:
    image: acme/base
"#,
        );
        check(
            &RULE,
            "docker-compose.prod.yml",
            "services:\n  api:\n    image: {{ image }}\n    image: b\n",
        );
        check(&RULE, "compose.example.yaml", "services:\n  a:\n    image: b\n    image: c\n");
    }
}
