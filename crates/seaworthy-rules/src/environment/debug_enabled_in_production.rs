//! `debug-enabled-in-production`

use seaworthy_analysis::names::{is_debug_switch, is_debug_value, is_log_level_name};
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::production::settings;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "debug-enabled-in-production",
        group: Group::Environment,
        summary: "debugging aid switched on in production",
        help: include_str!("debug_enabled_in_production.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[489, 215, 209],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for setting in settings(cx.snapshot()).iter() {
        let value = setting.value.trim();
        let level = is_log_level_name(&setting.name) && is_verbose_level(value);
        let switch = is_debug_switch(&setting.name) && is_debug_value(value);
        if !level && !switch {
            continue;
        }
        let (what, consequence, quiet) = if level {
            (
                format!("sets the log level to {value}"),
                "Verbose logs hold tokens, queries and personal data, and fill the disk.",
                "info",
            )
        } else {
            (
                "is on".to_owned(),
                "It shows visitors code, queries or settings, or writes them to the log.",
                off_for(value),
            )
        };
        let message = format!(
            "{} {what} in {}{}. {consequence} Switch it off.",
            setting.subject(),
            setting.environment(),
            setting.condition(),
        );
        let severity = if setting.staging { Severity::Low } else { Severity::Medium };
        let draft = setting.report(cx, message);
        draft.severity(severity);
        if !quiet.is_empty() {
            draft.fix(Edit::risky(format!("Set it to {quiet}")).replace(
                &setting.artifact,
                setting.value_region,
                quiet,
            ));
        }
    }
}

fn is_verbose_level(value: &str) -> bool {
    ["debug", "trace", "verbose", "silly", "all", "finest"]
        .iter()
        .any(|level| value.eq_ignore_ascii_case(level))
}

/// The opposite of a truthy word in its own spelling; nothing for a pattern.
fn off_for(value: &str) -> &'static str {
    match value {
        "True" => "False",
        "TRUE" => "FALSE",
        "1" => "0",
        "yes" => "no",
        "on" => "off",
        _ if value.eq_ignore_ascii_case("true") => "false",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_debugging_aids() {
        check(
            &RULE,
            ".env.production",
            "
DEBUG=true
      ^^^^ [medium] DEBUG is on in production
APP_DEBUG=\"1\"
           ^ APP_DEBUG
SHOW_STACK_TRACES=true
                  ^^^^ SHOW_STACK_TRACES
ENABLE_PLAYGROUND=yes
                  ^^^ ENABLE_PLAYGROUND
LOG_LEVEL=debug
          ^^^^^ sets the log level to debug
SWAGGER_ENABLED=true
                ^^^^ SWAGGER_ENABLED
",
        );
        check(&RULE, ".env.staging", "\nLOG_LEVEL=trace\n          ^^^^^ [low] in staging\n");
        check(&RULE, ".env.prod", "\nDEBUG=app:*\n      ^^^^^ DEBUG is on\n");
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      DEBUG: \"${DEBUG:-true}\"
                       ^^^^ DEBUG of service api is on in production unless
",
        );
    }

    #[test]
    fn the_last_value_of_the_merged_stack_counts() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      DEBUG: \"true\"
//- docker-compose.prod.yml
services:
  api:
    environment:
      DEBUG: \"false\"
",
        );
    }

    #[test]
    fn passes_what_is_off_and_what_is_not_production() {
        check(
            &RULE,
            ".env.production",
            "
DEBUG=false
DEBUG_PORT=9229
LOG_LEVEL=info
SWAGGER_ENABLED=0
ENABLE_PLAYGROUND=
# DEBUG=true
",
        );
        for path in [".env", ".env.local", ".env.development", ".env.production.example"] {
            check(&RULE, path, "DEBUG=true\nLOG_LEVEL=debug\n");
        }
    }

    #[test]
    fn the_fix_switches_it_off() {
        check_fix(
            &RULE,
            ".env.production",
            "DEBUG=True\nLOG_LEVEL=\"debug\" # for now\n",
            "DEBUG=False\nLOG_LEVEL=\"info\" # for now\n",
        );
    }
}
