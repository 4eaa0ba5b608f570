//! `header-csp-missing`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Applicability, Group, Precision, Rule, Severity};

use super::missing::{Missing, fix, nobody_sets, report, severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-csp-missing",
        group: Group::HttpHeaders,
        summary: "no Content-Security-Policy for pages",
        help: include_str!("header_csp_missing.md"),
        severity: Severity::Medium,
        precision: Precision::Medium,
        cwe: &[693, 1021],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

const NAME: &str = "content-security-policy";

fn check(cx: &mut Context<'_>) {
    for app in cx.joined().header_apps() {
        if !nobody_sets(app, NAME) || app.meta_policy {
            continue;
        }
        let missing = Missing {
            name: "Content-Security-Policy",
            value: "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'self'; \
                    form-action 'self'; frame-ancestors 'none'; upgrade-insecure-requests",
            applicability: Applicability::DisplayOnly,
            pages: Severity::Medium,
            api: None,
        };
        let watching = app.setters("content-security-policy-report-only").next();
        let Some(watching) = watching else {
            report(
                cx,
                app,
                &missing,
                "No rule sets `Content-Security-Policy`. A single injected script runs with all \
                 rights of the page; a policy is what stops it.",
            );
            continue;
        };
        if severity(app, &missing).is_none() {
            continue;
        }
        let edit = fix(cx, app, &missing);
        let draft = cx
            .report_in(
                &watching.artifact,
                watching.name.region,
                "The Content-Security-Policy is only reported, not enforced: browsers tell about \
                 injected scripts and run them. Send it as `Content-Security-Policy` once the \
                 reports are quiet.",
            )
            .severity(Severity::Low)
            .evidence("report-only");
        if let Some(edit) = edit {
            draft.fix(edit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_pages_without_a_policy() {
        check(
            &RULE,
            "vercel.json",
            r#"
{
  "images": { "sizes": [64], "contentSecurityPolicy": "default-src 'self'" },
  "headers": [
   ^^^^^^^ [medium] No rule sets `Content-Security-Policy`
    { "source": "/(.*)", "headers": [{ "key": "X-Content-Security-Policy", "value": "default-src 'self'" }] }
  ]
}
"#,
        );
    }

    #[test]
    fn flags_a_policy_that_only_reports() {
        check(
            &RULE,
            "vercel.json",
            r#"
{"headers": [{"source": "/(.*)", "headers": [
  {"key": "Content-Security-Policy-Report-Only", "value": "default-src 'self'"}
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] only reported
]}]}
"#,
        );
    }

    #[test]
    fn passes_a_policy_of_any_layer() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [{"source": "/(.*)", "headers": [
                {"key": "content-security-policy", "value": "default-src 'self'"}]}]}"#,
        );
        check_files(
            &RULE,
            r#"
//- vercel.json
{ "rewrites": [{ "source": "/(.*)", "destination": "/index.html" }] }
//- index.html
<meta http-equiv="Content-Security-Policy" content="default-src 'self'">
"#,
        );
        check_files(
            &RULE,
            r#"
//- vercel.json
{ "framework": "nextjs" }
//- src/middleware.ts
export function middleware() { const r = NextResponse.next(); r.headers.set('Content-Security-Policy', csp); return r }
"#,
        );
    }

    #[test]
    fn an_api_needs_none() {
        check(
            &RULE,
            "vercel.json",
            r#"{"crons": [{"path": "/api/run", "schedule": "0 0 * * *"}]}"#,
        );
    }
}
