//! `header-referrer-policy`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::http::{HeaderRule, ReferrerVerdict, referrer_policy};
use seaworthy_model::{Applicability, Group, Precision, Rule, Severity};

use super::missing::{Missing, nobody_sets, report};
use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-referrer-policy",
        group: Group::HttpHeaders,
        summary: "no Referrer-Policy, or one that gives addresses away",
        help: include_str!("header_referrer_policy.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[200],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

const NAME: &str = "referrer-policy";
const ADVICE: &str = "strict-origin-when-cross-origin";

fn check(cx: &mut Context<'_>) {
    let mut seen = Seen::default();
    for app in cx.joined().header_apps() {
        if nobody_sets(app, NAME) {
            let missing = Missing {
                name: "Referrer-Policy",
                value: ADVICE,
                applicability: Applicability::Safe,
                pages: Severity::Low,
                api: None,
            };
            report(
                cx,
                app,
                &missing,
                "No rule sets `Referrer-Policy`. What other sites learn of the address a visitor \
                 comes from is left to each browser; older ones send the whole address, tokens in \
                 its query included.",
            );
        }
        for rule in app.effective_setters(NAME) {
            if seen.first(rule) {
                value(cx, rule);
            }
        }
    }
}

fn value(cx: &mut Context<'_>, rule: &HeaderRule) {
    let policy = referrer_policy(&rule.value.value);
    let (severity, message) = match policy.verdict {
        ReferrerVerdict::Private => return,
        ReferrerVerdict::Unsafe => (
            Severity::Low,
            "`unsafe-url` sends the full address of every page to every other site, over plain \
             HTTP too. Reset links, tokens and search terms leak with it.",
        ),
        ReferrerVerdict::Invalid => (
            Severity::Low,
            "`Referrer-Policy` has no effect with this value: no word of it is a policy that \
             browsers know, so their own default holds.",
        ),
        ReferrerVerdict::Lax => (
            Severity::Info,
            "This referrer policy tells other sites more than they need. Browsers' own default, \
             `strict-origin-when-cross-origin`, is stricter.",
        ),
    };
    let at = rule.value.part(policy.region);
    cx.report_in(&rule.artifact, at, message).severity(severity).evidence("value").fix(
        Edit::risky(format!("Set the policy to `{ADVICE}`")).replace(&rule.artifact, at, ADVICE),
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    fn with(value: &str) -> String {
        format!(
            "\n{{\"headers\": [{{\"source\": \"/(.*)\", \"headers\": [{{\"key\": \
             \"Referrer-Policy\", \"value\":\n  \"{value}\"\n"
        )
    }

    #[test]
    fn flags_its_absence_on_pages_only() {
        check(&RULE, "vercel.json", "\n{ \"cleanUrls\": true }\n^ [low] No rule sets\n");
        check(&RULE, "vercel.json", r#"{"framework": "express"}"#);
    }

    #[test]
    fn flags_lax_and_unknown_policies_at_the_word_that_counts() {
        for (value, mark) in [
            ("unsafe-url", "   ^^^^^^^^^^ [low] sends the full address"),
            ("no-referrer, unsafe-url", "                ^^^^^^^^^^ [low] full address"),
            (
                "no-referrer-when-downgrade",
                "   ^^^^^^^^^^^^^^^^^^^^^^^^^^ [info] more than they need",
            ),
            ("strict", "   ^^^^^^ [low] no effect"),
            ("", "   ^ [low] no effect"),
        ] {
            check(&RULE, "vercel.json", &format!("{}{mark}\n}}]}}]}}\n", with(value)));
        }
    }

    #[test]
    fn passes_private_policies() {
        for value in
            ["no-referrer", "Same-Origin", "unsafe-url, strict-origin", "no-referrer, later"]
        {
            check(&RULE, "vercel.json", &format!("{}}}]}}]}}\n", with(value)));
        }
    }

    #[test]
    fn the_fallback_in_front_is_kept() {
        check_fix(
            &RULE,
            "vercel.json",
            &format!("{}}}]}}]}}\n", with("no-referrer, unsafe-url")),
            &format!("{}}}]}}]}}\n", with("no-referrer, strict-origin-when-cross-origin")),
        );
    }
}
