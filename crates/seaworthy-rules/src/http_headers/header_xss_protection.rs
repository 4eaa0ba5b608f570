//! `header-xss-protection`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::http::{Provider, deprecated};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-xss-protection",
        group: Group::HttpHeaders,
        summary: "X-XSS-Protection that switches an old filter on",
        help: include_str!("header_xss_protection.md"),
        severity: Severity::Info,
        precision: Precision::VeryHigh,
        cwe: &[477],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen = Seen::default();
    for app in cx.joined().header_apps() {
        for rule in app.setters("x-xss-protection") {
            let Some(known) = deprecated(&rule.name.value, &rule.value.value) else { continue };
            if !seen.first(rule) {
                continue;
            }
            let exact = rule.value.region.len() == rule.value.value.len();
            let draft = cx
                .report_in(
                    &rule.artifact,
                    rule.name.region,
                    format!(
                        "`{}` switches on a filter of old browsers: {}.",
                        known.name, known.advice
                    ),
                )
                .evidence(known.name.to_ascii_lowercase());
            // A field of Traefik's is no value of the header.
            if exact && rule.provider != Provider::Traefik {
                draft.fix(Edit::safe("Switch the filter of old browsers off").replace(
                    &rule.artifact,
                    rule.value.region,
                    "0",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn tells_of_a_filter_that_is_on() {
        check(
            &RULE,
            "public/_headers",
            "\n/*\n  X-XSS-Protection: 1; mode=block\n  ^^^^^^^^^^^^^^^^ [info] dropped the filter\n",
        );
        check(
            &RULE,
            "vercel.json",
            r#"
{"headers": [{"source": "/(.*)", "headers": [
  {"key": "x-xss-protection", "value": "1"}
           ^^^^^^^^^^^^^^^^ [info] old browsers
]}]}
"#,
        );
    }

    #[test]
    fn passes_a_filter_that_is_off_or_not_named() {
        check(&RULE, "public/_headers", "/*\n  X-XSS-Protection: 0\n");
        check(&RULE, "public/_headers", "/*\n  X-Frame-Options: DENY\n");
    }

    #[test]
    fn the_filter_is_switched_off() {
        check_fix(
            &RULE,
            "nginx.conf",
            "server { listen 80; root /x; add_header X-XSS-Protection \"1; mode=block\"; }\n",
            "server { listen 80; root /x; add_header X-XSS-Protection \"0\"; }\n",
        );
    }
}
