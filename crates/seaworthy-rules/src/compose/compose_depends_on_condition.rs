//! `compose-depends-on-condition`

use std::collections::HashMap;

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{Condition, DependsOn, Service, ServiceKind};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::lines;
use super::running::Builds;
use super::standing::{Judged, Once, Standing, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-depends-on-condition",
        group: Group::Compose,
        summary: "service that starts before what it needs is ready",
        help: include_str!("compose_depends_on_condition.md"),
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
        if !judged.standing.may_be_production() {
            continue;
        }
        let services: HashMap<&str, &Service> = judged
            .stack
            .project()
            .services
            .iter()
            .map(|service| (service.name.raw(), service))
            .collect();
        for service in &judged.stack.project().services {
            if !judged.at(Some(service), service.origin()).may_be_production() {
                continue;
            }
            let early: Vec<(&DependsOn, &Service)> = service
                .depends_on
                .iter()
                .filter(|dependency| dependency.condition == Condition::Started)
                .filter_map(|dependency| {
                    let target = *services.get(dependency.service.raw())?;
                    is_checked(&builds, target).then_some((dependency, target))
                })
                .collect();
            if let [(first, _), ..] = early.as_slice()
                && once.first(&first.origin.artifact, first.condition_origin.region)
            {
                report(cx, &judged, service, &early);
            }
        }
    }
}

/// Whether something checks the health of the service waited for.
fn is_checked(builds: &Builds<'_>, target: &Service) -> bool {
    match &target.healthcheck {
        Some(check) if check.disabled => false,
        Some(check) if check.test.is_some() => true,
        _ => builds
            .of(target)
            .and_then(|build| build.image())
            .and_then(|image| image.healthcheck)
            .is_some_and(|check| {
                matches!(check.value, seaworthy_formats::dockerfile::Probe::Run(_))
            }),
    }
}

fn report(
    cx: &mut Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    early: &[(&DependsOn, &Service)],
) {
    let (first, _) = early[0];
    let name = service.name.raw();
    let targets: Vec<&str> = early.iter().map(|(_, target)| target.name.raw()).collect();
    let stores = early.iter().any(|(_, target)| target.kind().is_data_store());
    let front = service.kind() == ServiceKind::Proxy;
    let severity = if stores && !front { Severity::Medium } else { Severity::Low };
    let severity = match judged.at(Some(service), &first.origin) {
        Standing::Production => severity,
        _ => severity.min(Severity::Low),
    };
    let (verb, their) = if targets.len() == 1 { ("has", "its") } else { ("have", "their") };
    let targets = targets.join(" and ");
    let fix = fix(cx, service, early);
    let region = first.condition_origin.region;
    let draft = cx.report_in(
        &first.condition_origin.artifact,
        region,
        format!(
            "Service {name} waits only until {targets} {verb} been started, although {their} \
             health is checked. After a reboot it comes up before they answer, fails its first \
             queries, and may end or serve errors. Wait for `condition: service_healthy`."
        ),
    );
    draft.severity(severity).evidence(format!("{name}:{targets}"));
    for (_, target) in early {
        let place = target.healthcheck.as_ref().map_or(target.origin(), |check| &check.origin);
        draft.related(&place.artifact, place.region, "its health is checked");
    }
    if let Some(fix) = fix {
        draft.fix(fix);
    }
    judged.explain(draft, &first.origin);
}

/// Asks for health: in place of another condition, or with the short form's
/// list made a mapping.
fn fix(cx: &Context<'_>, service: &Service, early: &[(&DependsOn, &Service)]) -> Option<Edit> {
    let edit = Edit::risky("Wait until it is healthy");
    let explicit =
        |dependency: &DependsOn| dependency.condition_origin.region != dependency.origin.region;
    if early.iter().all(|(dependency, _)| explicit(dependency)) {
        return Some(early.iter().fold(edit, |edit, (dependency, _)| {
            let origin = &dependency.condition_origin;
            edit.replace(&origin.artifact, origin.region, "service_healthy")
        }));
    }
    // A block list, each of its lines `- name`.
    let healthy = |dependency: &DependsOn| {
        early.iter().any(|(other, _)| other.service.raw() == dependency.service.raw())
    };
    service.depends_on.iter().try_fold(edit, |edit, dependency| {
        let origin = &dependency.origin;
        if explicit(dependency) || origin.used_at.is_some() {
            return None;
        }
        let text = lines::text(cx, &origin.artifact)?;
        let column = lines::indentation(cx, &origin.artifact, origin.region.start)?;
        let start = origin.region.start.checked_sub(2)?;
        let end = lines::next_line(cx, &origin.artifact, origin.region.end)?;
        let rest = text.get(origin.region.end..end)?;
        if text.get(start..origin.region.start)? != "- " || !rest.trim().is_empty() {
            return None;
        }
        let condition = if healthy(dependency) { "service_healthy" } else { "service_started" };
        let indent = " ".repeat(column);
        let end = lines::line_break(cx, &origin.artifact);
        let entry = format!("{}:{end}{indent}condition: {condition}", dependency.service.raw());
        let region = seaworthy_model::Region::new(start, origin.region.end);
        Some(edit.replace(&origin.artifact, region, entry))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_waiting_for_the_start_of_what_is_checked() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: acme/api
    depends_on:
      - db
        ^^ [medium] Service api waits only until db and cache have been started
      - cache
      - queue
  web:
    image: acme/web
    depends_on: [api, own]
                      ^^^ [low] waits only until own has been started
  worker:
    image: acme/worker
    depends_on:
      db:
        condition: service_started
                   ^^^^^^^^^^^^^^^ [medium] Service worker
  db:
    image: postgres:16
    healthcheck: { test: pg_isready }
                 ~~~~~~~~~~~~~~~~~~~~ its health is checked
  cache:
    image: redis:7
    healthcheck: { test: redis-cli ping }
                 ~~~~~~~~~~~~~~~~~~~~~~~~ its health is checked
  queue:
    image: rabbitmq:4
  own:
  ~~~ its health is checked
    build: .
//- Dockerfile
FROM node:22
HEALTHCHECK CMD node check.js
CMD node .
",
        );
    }

    #[test]
    fn passes_waiting_for_health_ends_and_what_is_not_checked() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
    image: acme/api
    depends_on:
      db: { condition: service_healthy }
      migrate: { condition: service_completed_successfully }
      plain: { condition: service_started }
      off: { condition: service_started }
  db:
    image: postgres:16
    healthcheck: { test: pg_isready }
  migrate:
    image: acme/api
    depends_on: { db: { condition: service_healthy } }
  plain:
    image: redis:7
  off:
    image: redis:7
    healthcheck: { test: NONE }
",
        );
        check(
            &RULE,
            "docker-compose.dev.yml",
            "services:\n  a:\n    image: a\n    depends_on: [b]\n  b:\n    image: redis\n    healthcheck: { test: x }\n",
        );
    }

    #[test]
    fn waits_for_health() {
        check_fix(
            &RULE,
            "compose.yaml",
            "services:\n  a:\n    image: a\n    depends_on:\n      - b\n      - c\n  b:\n    image: redis\n    healthcheck: { test: x }\n  c:\n    image: c\n    depends_on: { b: { condition: service_started } }\n",
            "services:\n  a:\n    image: a\n    depends_on:\n      b:\n        condition: service_healthy\n      c:\n        condition: service_started\n  b:\n    image: redis\n    healthcheck: { test: x }\n  c:\n    image: c\n    depends_on: { b: { condition: service_healthy } }\n",
        );
    }
}
