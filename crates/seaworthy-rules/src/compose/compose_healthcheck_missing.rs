//! `compose-healthcheck-missing`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Service, ServiceKind};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::checked::{Why, lacks};
use super::running::{lacking, names, running};
use super::standing::{Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-healthcheck-missing",
        group: Group::Compose,
        summary: "services of production whose health nothing checks",
        help: include_str!("compose_healthcheck_missing.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[754],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        if !judged.is_for_production() || judged.stack.project().is_partial() {
            continue;
        }
        let running = running(&judged);
        let wanted: Vec<&Service> =
            running.into_iter().filter(|service| is_wanted(service.kind())).collect();
        let mut unchecked = Vec::new();
        for service in wanted {
            match lacks(cx, &judged, service) {
                Some(Why::Disabled) => {
                    let Some(check) = &service.healthcheck else { continue };
                    if !once.first(&check.origin.artifact, check.origin.region) {
                        continue;
                    }
                    let name = service.name.raw();
                    let draft = cx.report_in(
                        &check.origin.artifact,
                        check.origin.region,
                        format!(
                            "The health check of service {name} is switched off. When it hangs, it \
                             goes on counting as running, and nothing restarts it. Give it a probe \
                             that asks the program."
                        ),
                    );
                    draft.evidence(format!("{name}:off"));
                    judged.explain(draft, &check.origin);
                }
                Some(Why::None) => unchecked.push(service),
                None => {}
            }
        }
        if unchecked.is_empty() {
            continue;
        }
        // What others wait for, holds data or answers users weighs more.
        let weighs = unchecked.iter().any(|service| service.kind() != ServiceKind::Proxy);
        let severity = if weighs { Severity::Medium } else { Severity::Low };
        let (none, their) = match unchecked.len() {
            1 => ("Service", "has no health check, nor does its image"),
            _ => ("Services", "have no health check, nor do their images"),
        };
        let message = format!(
            "{none} {} {their}. A program that hangs or has lost its database goes on counting as \
             running: nothing restarts it, and what waits for it starts too early.",
            names(&unchecked)
        );
        let label = "no health check either";
        if let Some(draft) = lacking(cx, &mut once, &judged, &unchecked, message, label) {
            draft.severity(severity).evidence("missing");
        }
    }
}

/// Kinds of services whose state matters to others. Agents, pages for
/// administrators and images that carry what they need are left out.
fn is_wanted(kind: ServiceKind) -> bool {
    match kind {
        ServiceKind::Database(_)
        | ServiceKind::Cache(_)
        | ServiceKind::Queue(_)
        | ServiceKind::Search(_)
        | ServiceKind::Storage
        | ServiceKind::Proxy
        | ServiceKind::Application
        | ServiceKind::Other => true,
        ServiceKind::AdminUi | ServiceKind::Job | ServiceKind::Mail | ServiceKind::Monitoring => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_what_nothing_checks_once_for_a_stack() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
  ^^^ [medium] Services api, db and proxy have no health check
    build: ./api
  db:
  ~~ no health check either
    image: postgres:16
  checked:
    build: ./checked
  cache:
    image: redis:7
    healthcheck:
      test: [CMD, redis-cli, ping]
  off:
    image: rabbitmq:4
    healthcheck: { disable: true }
                 ^^^^^^^^^^^^^^^^^ [medium] of service off is switched off
  proxy:
  ~~~~~ no health check either
    image: nginx:1.27
  others:
    image: ghcr.io/acme/own:1
  migrate:
    build: ./api
  once:
    build: ./api
    restart: 'no'
  waited:
    build: ./api
  pgadmin:
    image: dpage/pgadmin4
  debug:
    image: redis
    profiles: [debug]
  last:
    image: ghcr.io/acme/own:1
    depends_on: { waited: { condition: service_completed_successfully } }
//- api/Dockerfile
FROM node:22
CMD node .
//- checked/Dockerfile
FROM node:22
HEALTHCHECK CMD node check.js
CMD node .
",
        );
    }

    #[test]
    fn a_proxy_alone_is_low_and_a_program_that_runs_in_production_tells() {
        check(
            &RULE,
            "compose.yaml",
            "
services:
  proxy:
  ^^^^^ [low] Service proxy has no
    image: nginx:1.27
  api:
    image: acme/api
    environment: { NODE_ENV: production }
",
        );
    }

    #[test]
    fn passes_development_tests_and_stacks_that_do_not_say() {
        let text = "services:\n  db:\n    image: postgres:16\n";
        for path in ["compose.yaml", "docker-compose.dev.yml", "docker-compose.test.yml"] {
            check(&RULE, path, text);
        }
    }

    #[test]
    fn an_overlay_is_judged_with_its_base() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  db:
    image: postgres:16
    healthcheck: { test: pg_isready }
  cache:
  ^^^^^ [medium] Service cache has no
    image: redis:7
//- docker-compose.prod.yml
services:
~ laid over
  db:
    restart: always
  cache:
    restart: always
",
        );
    }
}
