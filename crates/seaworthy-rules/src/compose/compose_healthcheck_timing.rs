//! `compose-healthcheck-timing`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Healthcheck, Service, Text};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::running::{names, running};
use super::standing::{Judged, Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-healthcheck-timing",
        group: Group::Compose,
        summary: "health check whose times are not set or contradict one another",
        help: include_str!("compose_healthcheck_timing.md"),
        severity: Severity::Low,
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
        let mut unset: Vec<(&Service, &Healthcheck)> = Vec::new();
        for service in running(&judged) {
            let Some(check) = &service.healthcheck else { continue };
            if check.disabled || check.test.is_none() {
                continue;
            }
            if let Some((at, says)) = contradiction(&judged, check) {
                if once.first(&at.origin().artifact, at.region()) {
                    let name = service.name.raw();
                    let message = format!("The health check of service {name} {says}");
                    let draft = cx.report_in(&at.origin().artifact, at.region(), message);
                    draft.evidence(format!("{name}:contradiction"));
                    judged.explain(draft, at.origin());
                }
            } else if check.interval.is_none() || check.timeout.is_none() {
                unset.push((service, check));
            }
        }
        report_unset(cx, &mut once, &judged, &unset);
    }
}

/// Times that cannot be meant, and what follows from them.
fn contradiction<'c>(judged: &Judged<'_>, check: &'c Healthcheck) -> Option<(&'c Text, String)> {
    let expand = |text: &Option<Text>| text.as_ref().and_then(|text| judged.stack.expand(text));
    if let Some(at) = &check.retries
        && expand(&check.retries).is_some_and(|retries| retries.trim() == "0")
    {
        // Docker takes zero for its default.
        let says = "asks for 0 retries, which Docker reads as its default of 3. Write how many \
                    failures are to count.";
        return Some((at, says.to_owned()));
    }
    let seconds = |text: &Option<Text>| seconds(expand(text)?.trim());
    let (interval, timeout) = (seconds(&check.interval)?, seconds(&check.timeout)?);
    let at = check.timeout.as_ref()?;
    (timeout >= interval && interval > 0.0).then(|| {
        let says = "may take as long as the time between two probes, or longer. One that hangs is \
                    noticed late, and the next one comes as late; let the timeout be the shorter.";
        (at, says.to_owned())
    })
}

/// A duration of Compose in seconds: `10s`, `1m30s`, `500ms`.
fn seconds(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += number * unit;
        rest = &rest[end..];
    }
    Some(total)
}

fn report_unset(
    cx: &mut Context<'_>,
    once: &mut Once,
    judged: &Judged<'_>,
    unset: &[(&Service, &Healthcheck)],
) {
    let mut fresh =
        unset.iter().filter(|(_, check)| once.first(&check.origin.artifact, place(check)));
    let Some((_, first)) = fresh.next() else { return };
    fresh.for_each(drop);
    let services: Vec<&Service> = unset.iter().map(|(service, _)| *service).collect();
    let (word, verb) = match services.len() {
        1 => ("check of service", "sets"),
        _ => ("checks of services", "set"),
    };
    let message = format!(
        "The health {word} {} {verb} not both interval and timeout. The defaults are 30 seconds \
         each: a service that hangs is noticed after minutes. Set `interval`, `timeout` and \
         `retries` after how long it may be away.",
        names(&services)
    );
    let draft = cx.report_in(&first.origin.artifact, place(first), message);
    draft.evidence("unset");
    for (_, other) in unset.iter().filter(|(_, other)| !std::ptr::eq(*other, *first)).take(30) {
        draft.related(&other.origin.artifact, place(other), "nor does this one");
    }
    judged.explain(draft, &first.origin);
}

/// The probe, which stands for the check.
fn place(check: &Healthcheck) -> Region {
    check.test.as_ref().map_or(check.origin.region, |test| test.origin.region)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_times_that_are_not_set_once_for_a_stack() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
x-check: &check { interval: 10s, timeout: 5s, retries: 3 }
services:
  a:
    image: redis:7
    healthcheck: { test: redis-cli ping }
                         ^^^^^^^^^^^^^^ [low] The health checks of services a and b set not both
  b:
    image: redis:7
    healthcheck: { test: redis-cli ping, interval: 10s }
                         ~~~~~~~~~~~~~~ nor does this one
  c:
    image: redis:7
    healthcheck: { <<: *check, test: redis-cli ping }
  d:
    image: redis:7
    healthcheck: { disable: true }
  e:
    image: redis:7
    healthcheck: { test: x, interval: '${I}', timeout: '${T}' }
",
        );
    }

    #[test]
    fn flags_times_that_contradict_one_another() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  a:
    image: redis:7
    healthcheck: { test: x, interval: 5s, timeout: 1m }
                                                   ^^ [low] of service a may take as long
  b:
    image: redis:7
    healthcheck: { test: x, interval: 5s, timeout: 2s, retries: 0 }
                                                                ^ [low] asks for 0 retries
  c:
    image: redis:7
    healthcheck: { test: x, interval: 1m30s, timeout: 89.5s, retries: 1 }
",
        );
    }

    #[test]
    fn passes_what_is_not_for_production() {
        let text = "services:\n  a:\n    image: redis\n    healthcheck: { test: x }\n";
        for path in ["docker-compose.yml", "docker-compose.dev.yml", "docker-compose.e2e.yml"] {
            check(&RULE, path, text);
        }
    }
}
