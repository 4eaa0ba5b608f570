//! `header-permissions-policy`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::http::{HeaderRule, PermissionsError, permissions_policy};
use seaworthy_model::{Applicability, Group, Precision, Rule, Severity};

use super::missing::{Missing, nobody_sets, report};
use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-permissions-policy",
        group: Group::HttpHeaders,
        summary: "no Permissions-Policy, or one that browsers drop",
        help: include_str!("header_permissions_policy.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

const NAME: &str = "permissions-policy";

/// Features that reach a person's room, place, money or devices.
const INTRUSIVE: [&str; 11] = [
    "bluetooth",
    "camera",
    "display-capture",
    "geolocation",
    "hid",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
    "clipboard-read",
];

fn check(cx: &mut Context<'_>) {
    let mut seen = Seen::default();
    for app in cx.joined().header_apps() {
        if nobody_sets(app, NAME) {
            let missing = Missing {
                name: "Permissions-Policy",
                value: "camera=(), microphone=(), geolocation=()",
                applicability: Applicability::Unsafe,
                pages: Severity::Low,
                api: None,
            };
            report(
                cx,
                app,
                &missing,
                "No rule sets `Permissions-Policy`. Scripts and frames that get into a page can ask \
                 for camera, microphone and location in the site's name.",
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
    let (at, message) = match permissions_policy(&rule.value.value) {
        Ok(policy) => {
            for (name, open, region) in policy.features {
                if open && INTRUSIVE.contains(&name.as_str()) {
                    let message = format!(
                        "`{name}` is open to every origin: any frame in the page may ask for it in \
                         the site's name. List the origins that need it, or allow none with `()`."
                    );
                    cx.report_in(&rule.artifact, rule.value.part(region), message).evidence(name);
                }
            }
            return;
        }
        Err(PermissionsError::Empty) => (
            rule.value.region,
            "`Permissions-Policy` is empty and restricts nothing. Name the features that the site \
             does without, as in `camera=(), microphone=()`.",
        ),
        Err(PermissionsError::FeaturePolicySyntax(region)) => (
            rule.value.part(region),
            "Browsers drop this Permissions-Policy: it is written in the syntax of the former \
             `Feature-Policy`. Write `camera=()` for none and `camera=(self)` for the site itself.",
        ),
        Err(PermissionsError::Malformed(region)) => (
            rule.value.part(region),
            "Browsers drop this Permissions-Policy: one item of it is not of the form \
             `feature=(…)`, and then none counts.",
        ),
    };
    cx.report_in(&rule.artifact, at, message).evidence("value");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    fn with(value: &str) -> String {
        format!(
            "\n{{\"headers\": [{{\"source\": \"/(.*)\", \"headers\": [{{\"key\": \
             \"Permissions-Policy\", \"value\":\n  \"{value}\"\n"
        )
    }

    #[test]
    fn flags_its_absence_on_pages_only() {
        check(&RULE, "vercel.json", "\n{ \"framework\": \"astro\" }\n^ [low] No rule sets\n");
        check(&RULE, "vercel.json", r#"{"functions": {"api/*.ts": {"maxDuration": 10}}}"#);
    }

    #[test]
    fn flags_policies_that_browsers_drop_or_that_are_open() {
        for (value, mark) in [
            (
                "camera 'none'; microphone 'none'",
                "   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] former `Feature-Policy`",
            ),
            ("camera=(), geolocation", "              ^^^^^^^^^^^ [low] not of the form"),
            ("", "   ^ [low] is empty"),
            (
                "fullscreen=*, camera=*",
                "                 ^^^^^^^^ [low] `camera` is open to every origin",
            ),
        ] {
            check(&RULE, "vercel.json", &format!("{}{mark}\n}}]}}]}}\n", with(value)));
        }
    }

    #[test]
    fn passes_lists_of_origins() {
        for value in [
            "camera=(), microphone=(), geolocation=()",
            "camera=(self), payment=(self \\\"https://pay.example\\\"), autoplay=*",
        ] {
            check(&RULE, "vercel.json", &format!("{}}}]}}]}}\n", with(value)));
        }
    }
}
