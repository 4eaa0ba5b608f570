//! `header-conflict`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::http::HeaderRule;
use seaworthy_model::{Group, Precision, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-conflict",
        group: Group::HttpHeaders,
        summary: "security header that another rule overrides",
        help: include_str!("header_conflict.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[1173],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Headers whose loss matters.
const WATCHED: [&str; 12] = [
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "content-security-policy",
    "content-security-policy-report-only",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

fn check(cx: &mut Context<'_>) {
    for app in cx.joined().header_apps() {
        for (lost, winner) in app.shadowed() {
            let name = lost.name.value.to_ascii_lowercase();
            let required = &cx.options().required_headers;
            if WATCHED.contains(&name.as_str()) || required.contains(&name) {
                overridden(cx, lost, winner);
            }
        }
    }
}

fn overridden(cx: &mut Context<'_>, lost: &HeaderRule, winner: &HeaderRule) {
    let name = &lost.name.value;
    let same_rule = lost.artifact == winner.artifact && lost.source == winner.source;
    let equal = lost.value.value.trim().eq_ignore_ascii_case(winner.value.value.trim());
    // The same value again for other paths costs nothing.
    if equal && !same_rule {
        return;
    }
    let (severity, message) = if equal {
        (Severity::Info, format!("`{name}` stands in this rule twice with the same value."))
    } else if same_rule {
        (
            Severity::Low,
            format!(
                "`{name}` stands in this rule twice with different values: only the later one is \
                 sent. Remove the one that is not meant."
            ),
        )
    } else {
        (
            Severity::Low,
            format!(
                "This `{name}` is never sent. A later rule for the same paths sets another value, \
                 and the last one wins. Move the more specific rule to the end, or remove one."
            ),
        )
    };
    cx.report_in(&lost.artifact, lost.value.region, message)
        .severity(severity)
        .related(&winner.artifact, winner.value.region, "this value is sent instead")
        .evidence(name.to_ascii_lowercase());
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_a_value_that_a_later_rule_always_overrides() {
        check(
            &RULE,
            "vercel.json",
            r#"
{"headers": [
  {"source": "/embed/(.*)", "headers": [{"key": "X-Frame-Options", "value": "SAMEORIGIN"}]},
                                                                             ^^^^^^^^^^ [low] is never sent
  {"source": "/(.*)", "headers": [{"key": "x-frame-options", "value": "DENY"}]}
                                                                       ~~~~ sent instead
]}
"#,
        );
    }

    #[test]
    fn flags_one_header_twice_in_a_rule() {
        check(
            &RULE,
            "vercel.json",
            r#"
{"headers": [{"source": "/(.*)", "headers": [
  {"key": "X-Frame-Options", "value": "DENY"},
                                       ^^^^ [low] different values
  {"key": "x-frame-options", "value": "SAMEORIGIN"},
  {"key": "Referrer-Policy", "value": "no-referrer"},
                                       ^^^^^^^^^^^ [info] the same value
  {"key": "Referrer-Policy", "value": "no-referrer"}
]}]}
"#,
        );
    }

    #[test]
    fn passes_a_specific_rule_after_a_general_one() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [
  {"source": "/(.*)", "headers": [{"key": "X-Frame-Options", "value": "DENY"}]},
  {"source": "/embed/(.*)", "headers": [{"key": "X-Frame-Options", "value": "SAMEORIGIN"}]}
]}"#,
        );
    }

    #[test]
    fn passes_equal_values_conditions_and_headers_of_no_weight() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [
  {"source": "/api/(.*)", "headers": [
    {"key": "X-Frame-Options", "value": "DENY"}, {"key": "Cache-Control", "value": "no-store"}]},
  {"source": "/(.*)", "headers": [
    {"key": "X-Frame-Options", "value": "deny"}, {"key": "Cache-Control", "value": "public"},
    {"key": "Referrer-Policy", "value": "no-referrer"}]},
  {"source": "/(.*)", "has": [{"type": "host", "value": "a.example"}],
    "headers": [{"key": "Referrer-Policy", "value": "origin"}]}
]}"#,
        );
    }
}
