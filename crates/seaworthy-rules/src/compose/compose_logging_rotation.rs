//! `compose-logging-rotation`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Service, Value};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::running::{lacking, names, running};
use super::standing::{Judged, Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-logging-rotation",
        group: Group::Compose,
        summary: "services of production whose logs grow until the disk is full",
        help: include_str!("compose_logging_rotation.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[770],
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
        let unbounded: Vec<&Service> =
            running.into_iter().filter(|service| !is_bounded(&judged, service)).collect();
        if unbounded.is_empty() {
            continue;
        }
        let word = if unbounded.len() == 1 { "service" } else { "services" };
        let message = format!(
            "The logs of {word} {} are never cut: Docker keeps all of them in one file, which \
             grows until the disk is full and everything on the host stops. Set \
             `logging.options.max-size` and `max-file`.",
            names(&unbounded)
        );
        let label = "nor are the logs of this one";
        if let Some(draft) = lacking(cx, &mut once, &judged, &unbounded, message, label) {
            draft.evidence("logging");
        }
    }
}

/// Whether the logs of a service are cut, or go elsewhere.
fn is_bounded(judged: &Judged<'_>, service: &Service) -> bool {
    let Some(logging) = service.extra("logging") else { return false };
    let driver = match logging.get("driver").and_then(Value::text) {
        // A variable decides.
        Some(text) => match judged.stack.expand(text) {
            Some(driver) => driver,
            None => return true,
        },
        None => "json-file".to_owned(),
    };
    // `local` is bounded by itself, all others keep no file here.
    driver != "json-file"
        || logging.at(&["options", "max-size"]).is_some_and(|size| {
            !size.is_null() && size.text().is_none_or(|size| size.raw().trim() != "-1")
        })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_logs_that_grow_once_for_a_stack() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
x-logging: &logging
  options: { max-size: 10m, max-file: '3' }
services:
  api:
  ^^^ [low] The logs of services api, files and explicit are never cut
    image: acme/api
  files:
  ~~~~~ nor are the logs
    image: acme/api
    logging: { options: { max-file: '3' } }
  explicit:
  ~~~~~~~~ nor are the logs
    image: acme/api
    logging: { driver: json-file }
  cut:
    image: acme/api
    logging: *logging
  local:
    image: acme/api
    logging: { driver: local }
  cloud:
    image: acme/api
    logging: { driver: awslogs, options: { awslogs-group: a } }
  chosen:
    image: acme/api
    logging: { driver: '${LOG_DRIVER}' }
  migrate:
    image: acme/api
",
        );
    }

    #[test]
    fn passes_what_is_not_for_production() {
        let text = "services:\n  api:\n    image: acme/api\n";
        for path in ["docker-compose.yml", "docker-compose.dev.yml", "docker-compose.e2e.yml"] {
            check(&RULE, path, text);
        }
    }
}
