//! `compose-resource-reservations`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::Service;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::running::{lacking, names, running};
use super::standing::{Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-resource-reservations",
        group: Group::Compose,
        summary: "stack of production that reserves no resources for any service",
        help: include_str!("compose_resource_reservations.md"),
        severity: Severity::Info,
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
        // Some reserve by choice for what matters most.
        if running.is_empty() || running.iter().any(|service| reserves(service)) {
            continue;
        }
        let message = format!(
            "No service of the stack reserves memory or processors: {}. When the host is short, \
             nothing says which of them comes first. `deploy.resources.reservations` does.",
            names(&running)
        );
        if let Some(draft) = lacking(cx, &mut once, &judged, &running, message, "nor does this one")
        {
            draft.evidence("reservations");
        }
    }
}

fn reserves(service: &Service) -> bool {
    let new = service.deploy.as_ref().and_then(|deploy| deploy.at(&["resources", "reservations"]));
    new.is_some_and(|value| !value.members().is_empty())
        || service.extra("mem_reservation").is_some_and(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn observes_stacks_that_reserve_nothing() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
  ^^^ [info] No service of the stack reserves memory or processors: api and db
    image: acme/api
    mem_limit: 1g
  db:
  ~~ nor does this one
    image: postgres:16
",
        );
    }

    #[test]
    fn passes_stacks_that_reserve_something_and_those_of_developers() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
    image: acme/api
  db:
    image: postgres:16
    mem_reservation: 1g
",
        );
        check(
            &RULE,
            "docker-compose.prod.yml",
            "services:\n  a:\n    image: a\n    deploy: { resources: { reservations: { cpus: '1' } } }\n",
        );
        check(&RULE, "docker-compose.yml", "services:\n  a:\n    image: a\n");
    }
}
