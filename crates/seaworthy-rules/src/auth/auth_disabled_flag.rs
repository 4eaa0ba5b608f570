//! `auth-disabled-flag`

use seaworthy_analysis::joined::Standing;
use seaworthy_analysis::names::{is_auth_off_switch, is_truthy, public_prefix, split_words};
use seaworthy_analysis::roles::Environment;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "auth-disabled-flag",
        group: Group::Auth,
        summary: "a switch turns authentication off",
        help: include_str!("auth_disabled_flag.md"),
        severity: Severity::Critical,
        precision: Precision::High,
        cwe: &[287, 306, 489],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for definition in cx.joined().definitions() {
        let severity = match definition.standing {
            Standing::Production | Standing::Deployable => Severity::Critical,
            Standing::Template if definition.role.environment == Environment::Production => {
                Severity::Medium
            }
            _ => continue,
        };
        let name = &definition.name;
        let is_on = is_auth_off_switch(name) && is_truthy(definition.value.reveal());
        if definition.overridden || !is_on {
            continue;
        }
        // Without the limit it takes longer to get in than without the check.
        let words = split_words(name);
        let limit_only = words.iter().any(|word| word == "rate" || word == "captcha")
            && !words.iter().any(|word| matches!(word.as_str(), "auth" | "login" | "csrf"));
        let severity = if limit_only { severity.min(Severity::High) } else { severity };
        let effect = match public_prefix(name) {
            Some(framework) => format!(
                "{} puts the switch into browser code, where everybody reads that the checks are \
                 off",
                framework.name
            ),
            None if limit_only => "Robots may try as often as they like".to_owned(),
            None => "Whoever reaches the application passes without being checked".to_owned(),
        };
        cx.report_in(
            &definition.artifact,
            definition.value_region,
            format!(
                "{name} switches a security check off where it may be production. {effect}. \
                 Remove the variable here; set it in a developer's own file if it is needed."
            ),
        )
        .severity(severity)
        .evidence(definition.evidence())
        .fix(Edit::risky(format!("Set {name} to false")).replace(
            &definition.artifact,
            definition.value_region,
            "false",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_a_truthy_switch_wherever_it_may_be_deployed() {
        check(
            &RULE,
            ".env",
            "
DISABLE_AUTH=true
             ^^^^ [critical] DISABLE_AUTH switches a security check off
SKIP_AUTH=\"1\"
           ^ [critical] SKIP_AUTH
CSRF_DISABLE=yes
             ^^^ [critical] CSRF_DISABLE
DISABLE_RATE_LIMIT=true
                   ^^^^ [high] Robots may try as often as they like
NEXT_PUBLIC_STAGING_BYPASS_AUTH=on
                                ^^ [critical] Next.js puts the switch into browser code
",
        );
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  api:
    image: api
    environment:
      - AUTH_DISABLED=true
                      ^^^^ [critical] AUTH_DISABLED
      - ALLOW_DEV_SECRETS=${ALLOW_DEV_SECRETS:-1}
                                               ^ [critical] ALLOW_DEV_SECRETS
",
        );
        check(
            &RULE,
            "vercel.json",
            r#"
{ "build": { "env": { "BYPASS_AUTH": "true" } } }
                                      ^^^^ [critical] BYPASS_AUTH
"#,
        );
        check(
            &RULE,
            ".env.production.example",
            "
SKIP_AUTH=true
          ^^^^ [medium] SKIP_AUTH
",
        );
    }

    #[test]
    fn passes_switches_that_are_off_and_files_for_development() {
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  api:
    image: api
    environment:
      ALLOW_DEV_SECRETS: \"0\"
      DISABLE_AUTH: ${DISABLE_AUTH:-false}
      SKIP_AUTH: ${SKIP_AUTH:-}
      BYPASS_AUTH:
      AUTH_ENABLED: \"true\"
      DISABLE_TELEMETRY: \"1\"
      SKIP_AUTH_ROUTES: /health
",
        );
        for path in [".env.development", ".env.local", ".env.test", ".env.example"] {
            check(&RULE, path, "DISABLE_AUTH=true\n");
        }
    }

    #[test]
    fn the_fix_sets_the_switch_to_false() {
        check_fix(&RULE, ".env", "DISABLE_AUTH='true'\n", "DISABLE_AUTH='false'\n");
    }
}
