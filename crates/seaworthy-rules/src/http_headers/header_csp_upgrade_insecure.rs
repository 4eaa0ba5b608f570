//! `header-csp-upgrade-insecure`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::http::Csp;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-csp-upgrade-insecure",
        group: Group::HttpHeaders,
        summary: "content security policy without upgrade-insecure-requests",
        help: include_str!("header_csp_upgrade_insecure.md"),
        severity: Severity::Info,
        precision: Precision::High,
        cwe: &[319],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen = Seen::default();
    for app in cx.joined().header_apps().iter().filter(|app| app.secure) {
        for rule in app.effective_setters("content-security-policy") {
            if !seen.first(rule) {
                continue;
            }
            let csp = Csp::parse(&rule.value.value);
            // A policy about frames alone says nothing of what is loaded, and one
            // that lists no host in clear text upgrades nothing but pictures.
            if !csp.restricts_scripts()
                || csp.has("upgrade-insecure-requests")
                || csp.has("block-all-mixed-content")
            {
                continue;
            }
            cx.report_in(
                &rule.artifact,
                rule.value.region,
                "The policy does not upgrade insecure requests: an `http://` address left in a \
                 page is loaded over plain HTTP or blocked, instead of over HTTPS. Add \
                 `upgrade-insecure-requests`.",
            )
            .evidence("upgrade-insecure-requests");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn tells_of_policies_that_leave_http_as_it_is() {
        check(
            &RULE,
            "public/_headers",
            "\n/*\n  Content-Security-Policy: default-src 'self'\n                           ^^^^^^^^^^^^^^^^^^ [info] does not upgrade\n",
        );
    }

    #[test]
    fn passes_upgrades_frames_alone_and_clear_text() {
        for value in ["default-src 'self'; upgrade-insecure-requests", "frame-ancestors 'none'"] {
            check(&RULE, "public/_headers", &format!("/*\n  Content-Security-Policy: {value}\n"));
        }
        check(
            &RULE,
            "nginx.conf",
            "server { listen 80; root /x; add_header Content-Security-Policy \"default-src 'self'\"; }",
        );
    }
}
