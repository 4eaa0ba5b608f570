//! `allowed-origins-not-production`

use seaworthy_analysis::names::is_origin_list_name;
use seaworthy_analysis::values::HostKind;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::UNKNOWN;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::hosts::{hosts, is_loopback, is_placeholder_domain, items};
use super::production::settings;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "allowed-origins-not-production",
        group: Group::Environment,
        summary: "origin list of production trusts what is not production",
        help: include_str!("allowed_origins_not_production.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[942, 346],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for setting in settings(cx.snapshot()).iter() {
        if !is_origin_list_name(&setting.name) {
            continue;
        }
        let faults: Vec<(Fault, &str)> = items(&setting.value)
            .filter_map(|item| Some((fault(&setting.name, item)?, item)))
            .collect();
        let Some(&(worst, item)) = faults.iter().min_by_key(|(fault, _)| *fault) else { continue };
        let more = match faults.len() - 1 {
            0 => String::new(),
            1 => " (and one more entry)".to_owned(),
            n => format!(" (and {n} more entries)"),
        };
        let severity =
            if setting.staging || setting.is_default { Severity::Medium } else { worst.severity() };
        let message = format!(
            "{} allows {item} in {}{}{more}. {}",
            setting.subject(),
            setting.environment(),
            setting.condition(),
            worst.consequence(),
        );
        setting.report(cx, message).severity(severity);
    }
}

/// What is wrong with an entry, worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Any,
    Local,
    Plain,
    Placeholder,
}

impl Fault {
    const fn severity(self) -> Severity {
        match self {
            Fault::Any | Fault::Local | Fault::Plain => Severity::High,
            Fault::Placeholder => Severity::Medium,
        }
    }

    const fn consequence(self) -> &'static str {
        match self {
            Fault::Any => {
                "Every site may then call the application with what its visitors' browsers hold; \
                 list the https origins that production uses."
            }
            Fault::Local => {
                "Whatever runs on a visitor's machine counts as trusted; keep such origins in the \
                 development file."
            }
            Fault::Plain => {
                "Whoever changes that page on its way speaks with its trust; list https origins \
                 alone."
            }
            Fault::Placeholder => {
                "That domain is nobody's or somebody else's, and the real front end is locked out; \
                 list the origins that production uses."
            }
        }
    }
}

fn fault(name: &str, item: &str) -> Option<Fault> {
    // A pattern or an unknown part says nothing certain.
    if item.contains(UNKNOWN) || item.contains(['\\', '^']) {
        return None;
    }
    if matches!(item, "*" | "true" | "http://*" | "https://*" | "*://*") {
        return Some(Fault::Any);
    }
    // Apps in a web view have `capacitor://localhost` and the like.
    let web = item.split_once("://").is_none_or(|(scheme, _)| {
        ["http", "https", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
    });
    let found = hosts(name, item);
    let host = found.first().filter(|_| web)?;
    if is_loopback(host) {
        return Some(Fault::Local);
    }
    if is_placeholder_domain(host) {
        return Some(Fault::Placeholder);
    }
    let plain = matches!(host.scheme.as_deref(), Some("http" | "ws"));
    (plain && host.kind != HostKind::ServiceName && host.text.contains('.')).then_some(Fault::Plain)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_origins_that_are_not_production() {
        check(
            &RULE,
            ".env.production",
            "
ALLOWED_ORIGINS=https://shop.io,http://localhost:3000
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] ALLOWED_ORIGINS allows http://localhost:3000 in production.
CORS_ORIGIN=*
            ^ [high] allows *
CORS_ALLOWED_ORIGINS=[\"https://shop.io\",\"http://www.shop.io\"]
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] http://www.shop.io
CSRF_TRUSTED_ORIGINS=https://yourdomain.com https://www.yourdomain.com
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] (and one more entry)
",
        );
    }

    #[test]
    fn flags_a_default_at_medium() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      - CORS_ORIGINS=${CORS_ORIGINS:-http://localhost:3000,http://localhost:5173}
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] unless somebody sets it
",
        );
    }

    #[test]
    fn passes_https_origins_and_development() {
        check(
            &RULE,
            ".env.production",
            "
ALLOWED_ORIGINS=https://shop.io,https://*.shop.io
CORS_ORIGIN=capacitor://localhost
CORS_ORIGINS=^https://.*\\.shop\\.io$
CORS_MAX_AGE=600
ALLOWED_HOSTS=localhost
",
        );
        check(&RULE, ".env", "CORS_ORIGIN=*\n");
        check(&RULE, ".env.development", "CORS_ORIGIN=http://localhost:3000\n");
        check(&RULE, ".env.production.example", "CORS_ORIGIN=https://yourdomain.com\n");
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
    image: shop/api:1.2.3
    environment:
      CORS_ORIGINS: ${CORS_ORIGINS:?CORS_ORIGINS is required}
",
        );
    }
}
