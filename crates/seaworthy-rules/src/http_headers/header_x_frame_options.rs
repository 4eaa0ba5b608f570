//! `header-x-frame-options`

use seaworthy_analysis::joined::{HeaderApp, HeaderRoute};
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::http::{
    Csp, FrameAncestors, FrameOptions, HeaderRule, RouteKind, frame_options,
};
use seaworthy_model::{Applicability, Group, Precision, Rule, Severity};

use super::missing::{Missing, nobody_sets, report};
use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-x-frame-options",
        group: Group::HttpHeaders,
        summary: "pages that any site may frame",
        help: include_str!("header_x_frame_options.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1021],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

const NAME: &str = "x-frame-options";
const CSP: &str = "content-security-policy";

fn check(cx: &mut Context<'_>) {
    let (mut seen, mut policies) = (Seen::default(), Seen::default());
    for app in cx.joined().header_apps() {
        let by_policy = app.setters(CSP).any(restricts_frames);
        if nobody_sets(app, NAME) && !by_policy {
            let missing = Missing {
                name: "X-Frame-Options",
                value: "DENY",
                applicability: Applicability::Unsafe,
                pages: Severity::Medium,
                api: Some(Severity::Low),
            };
            report(
                cx,
                app,
                &missing,
                "No rule sets `X-Frame-Options` or the policy `frame-ancestors`. Any site can show \
                 these pages in an invisible frame and make visitors click in them.",
            );
        }
        // Where a policy says who may frame the page, browsers look nowhere else.
        let undecided: Vec<&HeaderRoute> = app
            .routes
            .iter()
            .filter(|route| !app.candidates(route, CSP).any(restricts_frames))
            .collect();
        for rule in app.effective_setters(NAME) {
            if seen.first(rule) {
                value(cx, app, &undecided, rule);
            }
        }
        for rule in app.effective_setters(CSP) {
            if policies.first(rule) {
                open_policy(cx, app, rule);
            }
        }
    }
}

fn restricts_frames(rule: &HeaderRule) -> bool {
    Csp::parse(&rule.value.value).has("frame-ancestors")
}

fn value(cx: &mut Context<'_>, app: &HeaderApp, undecided: &[&HeaderRoute], rule: &HeaderRule) {
    let reason = match frame_options(&rule.value.value) {
        FrameOptions::Deny | FrameOptions::SameOrigin | FrameOptions::Conflict => return,
        FrameOptions::AllowFrom => {
            "no browser heeds `ALLOW-FROM` any more. List the origins in `frame-ancestors` of a \
             Content-Security-Policy instead"
        }
        FrameOptions::Invalid => "browsers know `DENY` and `SAMEORIGIN` alone",
    };
    let holds =
        |route: &&HeaderRoute| app.candidates(route, NAME).any(|known| std::ptr::eq(known, rule));
    let counts = undecided.iter().any(holds) || !app.routes.iter().any(|route| holds(&route));
    if !counts {
        return;
    }
    let message = format!("`X-Frame-Options` protects nothing with this value: {reason}.");
    cx.report_in(&rule.artifact, rule.value.region, message).evidence("value").fix(
        Edit::risky("Allow framing by the site itself only").replace(
            &rule.artifact,
            rule.value.region,
            "SAMEORIGIN",
        ),
    );
}

fn open_policy(cx: &mut Context<'_>, app: &HeaderApp, rule: &HeaderRule) {
    let FrameAncestors::Open(word) = Csp::parse(&rule.value.value).frame_ancestors() else {
        return;
    };
    // Opened for a few routes, as for a widget, it is meant.
    let general = ["/", "/a", "/a/b"];
    let everywhere = app.routes.iter().any(|route| {
        route.kind == RouteKind::Page
            && general.contains(&route.path.as_str())
            && app.candidates(route, CSP).any(|known| std::ptr::eq(known, rule))
    });
    let severity = if everywhere { Severity::Medium } else { Severity::Info };
    cx.report_in(
        &rule.artifact,
        rule.value.part(word),
        "`frame-ancestors` lets every site frame these pages, and browsers ignore \
         `X-Frame-Options` beside it. Name the origins that embed them, or write `'none'`.",
    )
    .severity(severity)
    .evidence("frame-ancestors");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    fn with(headers: &str) -> String {
        format!("\n{{\"headers\": [{{\"source\": \"/(.*)\", \"headers\": [\n{headers}]}}]}}\n")
    }

    #[test]
    fn flags_pages_that_nobody_keeps_from_frames() {
        check(
            &RULE,
            "vercel.json",
            r#"
{
  "headers": [
   ^^^^^^^ [medium] Any site can show these pages
    { "source": "/(.*)", "headers": [
      { "key": "Content-Security-Policy", "value": "default-src 'self'" },
      { "key": "Content-Security-Policy-Report-Only", "value": "frame-ancestors 'none'" }
    ] }
  ]
}
"#,
        );
        check(&RULE, "vercel.json", "\n{ \"framework\": \"nestjs\" }\n^ [low] No rule sets\n");
    }

    #[test]
    fn flags_values_that_browsers_do_not_heed() {
        for (value, mark) in [
            ("ALLOW-FROM https://a.example", "^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] `ALLOW-FROM`"),
            ("ALLOWALL", "^^^^^^^^ [medium] protects nothing"),
        ] {
            let item =
                format!("{{\"key\": \"X-Frame-Options\", \"value\":\n \"{value}\"\n  {mark}\n}}\n");
            check(&RULE, "vercel.json", &with(&item));
        }
    }

    #[test]
    fn flags_a_policy_that_lets_everyone_in() {
        check(
            &RULE,
            "vercel.json",
            &with(
                r#"{"key": "X-Frame-Options", "value": "DENY"},
{"key": "Content-Security-Policy", "value": "frame-ancestors *"}
                                                             ^ [medium] every site
"#,
            ),
        );
    }

    #[test]
    fn a_widget_may_be_framed() {
        check(
            &RULE,
            "vercel.json",
            r#"
{"headers": [
  {"source": "/(.*)", "headers": [{"key": "Content-Security-Policy", "value": "frame-ancestors 'none'"}]},
  {"source": "/embed/(.*)", "headers": [
    {"key": "Content-Security-Policy", "value": "frame-ancestors *"}
                                                                 ^ [info] every site
  ]}
]}
"#,
        );
    }

    #[test]
    fn passes_either_way_of_protection() {
        for headers in [
            r#"{"key": "x-frame-options", "value": "deny"}"#,
            r#"{"key": "X-Frame-Options", "value": "SAMEORIGIN"}"#,
            r#"{"key": "Content-Security-Policy", "value": "frame-ancestors 'self' https://a.example"}"#,
            r#"{"key": "X-Frame-Options", "value": "ALLOW-FROM https://a.example"},
               {"key": "Content-Security-Policy", "value": "frame-ancestors https://a.example"}"#,
        ] {
            check(&RULE, "vercel.json", &with(headers));
        }
    }

    #[test]
    fn an_unknown_value_becomes_sameorigin() {
        check_fix(
            &RULE,
            "vercel.json",
            &with(r#"{"key": "X-Frame-Options", "value": "ALLOWALL"}"#),
            &with(r#"{"key": "X-Frame-Options", "value": "SAMEORIGIN"}"#),
        );
    }
}
