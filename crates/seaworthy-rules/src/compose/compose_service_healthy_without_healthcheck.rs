//! `compose-service-healthy-without-healthcheck`

use std::collections::HashMap;

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{Condition, DependsOn, Engine, Service};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::checked::{Why, lacks};
use super::lines;
use super::standing::{Judged, Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-service-healthy-without-healthcheck",
        group: Group::Compose,
        summary: "service that waits for the health of one without a health check",
        help: include_str!("compose_service_healthy_without_healthcheck.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        let project = judged.stack.project();
        if project.is_partial() {
            continue;
        }
        let services: HashMap<&str, &Service> =
            project.services.iter().map(|service| (service.name.raw(), service)).collect();
        let mut known: HashMap<&str, Option<Why>> = HashMap::new();
        for service in &project.services {
            for dependency in &service.depends_on {
                if dependency.condition != Condition::Healthy {
                    continue;
                }
                let Some(&target) = services.get(dependency.service.raw()) else { continue };
                let why = known
                    .entry(target.name.raw())
                    .or_insert_with(|| lacks(cx, &judged, target))
                    .to_owned();
                if let Some(why) = why {
                    report(cx, &mut once, &judged, service, dependency, target, why);
                }
            }
        }
    }
}

fn report(
    cx: &mut Context<'_>,
    once: &mut Once,
    judged: &Judged<'_>,
    service: &Service,
    dependency: &DependsOn,
    target: &Service,
    why: Why,
) {
    let origin = &dependency.condition_origin;
    if !once.first(&origin.artifact, origin.region) {
        return;
    }
    let standing = judged.at(Some(service), origin);
    let (name, waited) = (service.name.raw(), target.name.raw());
    let (reason, label) = match why {
        Why::Disabled => ("whose health check is switched off", "the check is switched off here"),
        Why::None => {
            ("which has no health check", "neither this service nor its image has a check")
        }
    };
    let place = match &target.healthcheck {
        Some(healthcheck) if why == Why::Disabled => healthcheck.origin.clone(),
        _ => target.origin().clone(),
    };
    let fix =
        (why == Why::None && target.healthcheck.is_none()).then(|| add_check(cx, target)).flatten();
    let draft = cx.report_in(
        &origin.artifact,
        origin.region,
        format!(
            "Service {name} waits for {waited} to be healthy, {reason}. Compose stops with an \
             error and {name} never starts. Give {waited} a `healthcheck`, or wait for \
             `service_started`."
        ),
    );
    draft
        .severity(if standing.may_be_production() { Severity::High } else { Severity::Medium })
        .evidence(format!("{name}:{waited}"))
        .related(&place.artifact, place.region, label);
    if let Some(fix) = fix {
        draft.fix(fix);
    }
    judged.explain(draft, origin);
}

/// A check for a product whose image has the tool for it.
fn add_check(cx: &Context<'_>, target: &Service) -> Option<Edit> {
    let probe = match target.kind().engine()? {
        Engine::Postgres => r#"["CMD-SHELL", "pg_isready -U $${POSTGRES_USER:-postgres}"]"#,
        Engine::Mysql => r#"["CMD-SHELL", "mysqladmin ping -h 127.0.0.1 --silent"]"#,
        Engine::Mariadb => r#"["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"]"#,
        Engine::Mongo => r#"["CMD", "mongosh", "--quiet", "--eval", "db.adminCommand('ping')"]"#,
        Engine::Redis => r#"["CMD-SHELL", "redis-cli ping | grep -q PONG"]"#,
        Engine::Rabbitmq => r#"["CMD", "rabbitmq-diagnostics", "-q", "ping"]"#,
        _ => return None,
    };
    let image = target.image.as_ref()?.origin();
    let key = target.raw().member("image")?.key.region();
    let indent = " ".repeat(lines::indentation(cx, &image.artifact, key.start)?);
    let at = lines::next_line(cx, &image.artifact, image.region.end)?;
    let text = format!(
        "{indent}healthcheck:\n{indent}  test: {probe}\n{indent}  interval: 10s\n\
         {indent}  timeout: 5s\n{indent}  retries: 5\n"
    );
    let title = format!("Add a health check to {}", target.name.raw());
    Some(Edit::shown(title).insert(&image.artifact, at, text))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_waiting_for_what_has_no_check() {
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  api:
    build: .
    depends_on:
      db:
        condition: service_healthy
                   ^^^^^^^^^^^^^^^ [high] Service api waits for db to be healthy, which has no health check
      cache:
        condition: service_healthy
                   ^^^^^^^^^^^^^^^ [high] switched off
      queue: { condition: service_started }
  db:
  ~~ neither this service
    image: postgres:16
  cache:
    image: redis:7
    healthcheck:
      disable: true
  queue:
    image: rabbitmq:3
",
        );
    }

    #[test]
    fn an_image_may_carry_the_check() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  web:
    image: acme/web
    depends_on:
      api: { condition: service_healthy }
      plain: { condition: service_healthy }
                          ^^^^^^^^^^^^^^^ [high] waits for plain
      custom: { condition: service_healthy }
      remote: { condition: service_healthy }
      inherited: { condition: service_healthy }
      absent: { condition: service_healthy }
      db: { condition: service_healthy }
  api:
    build: ./api
  plain:
    build:
      context: ./plain
      dockerfile: deploy/Dockerfile
  custom:
    image: ghcr.io/acme/custom
  remote:
    build: https://example.org/repo.git
  inherited:
    build: ./inherited
  absent:
    build: ./absent
  db:
    image: postgres
    healthcheck:
      test: pg_isready
//- api/Dockerfile
FROM node:22-alpine
HEALTHCHECK --interval=5s CMD wget -q localhost:3000/health
//- plain/deploy/Dockerfile
FROM node:22 AS build
RUN npm ci
FROM build
CMD node .
//- inherited/Dockerfile
FROM acme/base
",
        );
    }

    #[test]
    fn an_overlay_may_bring_the_check() {
        check_files(
            &RULE,
            "
//- compose.yml
services:
  api:
    build: .
    depends_on: { db: { condition: service_healthy } }
  db:
    image: postgres
//- compose.override.yml
services:
  db:
    healthcheck: { test: [CMD, pg_isready] }
",
        );
    }

    #[test]
    fn shows_a_check() {
        check_fix(
            &RULE,
            "compose.yml",
            "
services:
  api:
    image: acme/api
    depends_on:
      db:
        condition: service_healthy
  db:
    image: postgres:16
    restart: always
",
            r#"
services:
  api:
    image: acme/api
    depends_on:
      db:
        condition: service_healthy
  db:
    image: postgres:16
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U $${POSTGRES_USER:-postgres}"]
      interval: 10s
      timeout: 5s
      retries: 5
    restart: always
"#,
        );
    }
}
