//! `header-x-content-type-options`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::http::is_nosniff;
use seaworthy_model::{Applicability, Group, Precision, Rule, Severity};

use super::missing::{Missing, nobody_sets, report};
use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-x-content-type-options",
        group: Group::HttpHeaders,
        summary: "no X-Content-Type-Options: nosniff",
        help: include_str!("header_x_content_type_options.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[693, 430],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

const NAME: &str = "x-content-type-options";

fn check(cx: &mut Context<'_>) {
    let mut seen = Seen::default();
    for app in cx.joined().header_apps() {
        if nobody_sets(app, NAME) {
            let missing = Missing {
                name: "X-Content-Type-Options",
                value: "nosniff",
                applicability: Applicability::Safe,
                pages: Severity::Medium,
                api: Some(Severity::Low),
            };
            report(
                cx,
                app,
                &missing,
                "No rule sets `X-Content-Type-Options: nosniff`. Without it a browser may guess \
                 that an upload or a text file is a script, and run it.",
            );
        }
        for rule in app.effective_setters(NAME) {
            if !seen.first(rule) || is_nosniff(&rule.value.value) {
                continue;
            }
            cx.report_in(
                &rule.artifact,
                rule.value.region,
                "`X-Content-Type-Options` has no effect with this value: browsers know `nosniff` \
                 alone. They go on guessing types, and may run what was meant as data.",
            )
            .evidence("value")
            .fix(Edit::safe("Set the value to `nosniff`").replace(
                &rule.artifact,
                rule.value.region,
                "nosniff",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_its_absence() {
        check(
            &RULE,
            "vercel.json",
            r#"
{
^ [medium] No rule sets `X-Content-Type-Options: nosniff`
  "outputDirectory": "dist"
}
"#,
        );
        check(
            &RULE,
            "vercel.json",
            r#"
{ "headers": [{ "source": "/api/(.*)", "headers": [{ "key": "Cache-Control", "value": "no-store" }] }] }
   ^^^^^^^ [low] No rule sets
"#,
        );
    }

    #[test]
    fn flags_another_value() {
        for (value, mark) in [("sniff", "^^^^^"), ("", "^"), ("no-sniff", "^^^^^^^^")] {
            let text = format!(
                "\n{{\"headers\": [{{\"source\": \"/(.*)\", \"headers\": [{{\"key\": \
                 \"x-content-type-options\", \"value\":\n  \"{value}\"\n   {mark} [medium] no effect\n\
                 }}]}}]}}\n"
            );
            check(&RULE, "vercel.json", &text);
        }
    }

    #[test]
    fn passes_nosniff_in_any_case() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [{"source": "/(.*)", "headers": [
                {"key": "X-CONTENT-TYPE-OPTIONS", "value": "NoSniff"}]}]}"#,
        );
    }

    #[test]
    fn an_overridden_value_is_not_judged() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [
                {"source": "/(.*)", "headers": [{"key": "X-Content-Type-Options", "value": "off"}]},
                {"source": "/(.*)", "headers": [{"key": "x-content-type-options", "value": "nosniff"}]}]}"#,
        );
    }

    #[test]
    fn the_value_is_replaced() {
        check_fix(
            &RULE,
            "vercel.json",
            r#"{"headers": [{"source": "/(.*)", "headers": [{"key": "X-Content-Type-Options", "value": "none"}]}]}"#,
            r#"{"headers": [{"source": "/(.*)", "headers": [{"key": "X-Content-Type-Options", "value": "nosniff"}]}]}"#,
        );
    }
}
