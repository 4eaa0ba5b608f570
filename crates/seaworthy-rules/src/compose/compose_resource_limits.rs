//! `compose-resource-limits`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Service, Value};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::running::{lacking, names, running};
use super::standing::{Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-resource-limits",
        group: Group::Compose,
        summary: "services of production without limits of memory and processors",
        help: include_str!("compose_resource_limits.md"),
        severity: Severity::Medium,
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
        let memory: Vec<&Service> = running
            .iter()
            .copied()
            .filter(|service| !has(service, "memory", &["mem_limit"]))
            .collect();
        let cpus: Vec<&Service> = running
            .iter()
            .copied()
            .filter(|service| !has(service, "cpus", &["cpus", "cpu_quota", "cpuset"]))
            .collect();
        let (services, what, consequence, severity, evidence) =
            match (memory.is_empty(), cpus.is_empty()) {
                (true, true) => continue,
                (false, _) => {
                    let both = memory
                        .iter()
                        .all(|service| cpus.iter().any(|other| std::ptr::eq(*other, *service)));
                    let what = if both { "memory and processors" } else { "memory" };
                    (
                        memory,
                        what,
                        "One that leaks or is flooded takes the memory of the host, and the kernel \
                         ends whatever is largest, often the database.",
                        Severity::Medium,
                        "memory",
                    )
                }
                (true, false) => (
                    cpus,
                    "processors",
                    "One that spins takes the processors from all the others.",
                    Severity::Low,
                    "cpus",
                ),
            };
        let (word, verb) = match services.len() {
            1 => ("Service", "has"),
            _ => ("Services", "have"),
        };
        let message = format!(
            "{word} {} {verb} no limit of {what}. {consequence} Set `deploy.resources.limits` \
             after what it needs at its peak.",
            names(&services)
        );
        if let Some(draft) =
            lacking(cx, &mut once, &judged, &services, message, "no limit here either")
        {
            draft.severity(severity).evidence(evidence);
        }
    }
}

/// Whether a service has a limit, in the form of Compose or the older one.
fn has(service: &Service, limit: &str, older: &[&str]) -> bool {
    let new = service.deploy.as_ref().and_then(|deploy| deploy.at(&["resources", "limits", limit]));
    let old = older.iter().filter_map(|key| service.extra(key));
    new.into_iter().chain(old).any(|value| !value.is_null() && !is_zero(value))
}

/// Zero means no limit.
fn is_zero(value: &Value) -> bool {
    value.text().is_some_and(|text| {
        let digits = text.raw().trim_end_matches(|c: char| c.is_ascii_alphabetic());
        digits.parse::<f64>().is_ok_and(|number| number == 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_services_without_limits_once_for_a_stack() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
  ^^^ [medium] Services api, db and zero have no limit of memory and processors
    image: acme/api
  db:
  ~~ no limit here either
    image: postgres:16
  limited:
    image: acme/x
    deploy: { resources: { limits: { cpus: '1', memory: 512M } } }
  older:
    image: acme/x
    mem_limit: 512m
    cpus: 0.5
  zero:
  ~~~~ no limit here either
    image: acme/x
    mem_limit: 0
  migrate:
    image: acme/api
",
        );
    }

    #[test]
    fn processors_alone_are_low() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
x-limits: &limits
  mem_limit: 1g
services:
  api:
  ^^^ [low] Service api has no limit of processors
    <<: *limits
    image: acme/api
",
        );
    }

    #[test]
    fn an_overlay_may_bring_the_limits() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  api:
    image: acme/api
//- docker-compose.prod.yml
services:
  api:
    deploy: { resources: { limits: { cpus: '1', memory: 512M } } }
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
