//! `header-hsts-missing`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::http::Provider;
use seaworthy_model::{Applicability, Group, Precision, Rule, Severity};

use super::missing::{Missing, nobody_sets, report};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-hsts-missing",
        group: Group::HttpHeaders,
        summary: "no Strict-Transport-Security header",
        help: include_str!("header_hsts_missing.md"),
        severity: Severity::High,
        precision: Precision::Medium,
        cwe: &[319, 523],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for app in cx.joined().header_apps() {
        // Over plain HTTP browsers ignore it: what stands before a server in clear
        // text has to send it.
        if !app.secure || !nobody_sets(app, "strict-transport-security") {
            continue;
        }
        // Vercel answers with a policy of its own, so that the gap is narrower.
        let (pages, remark) = match app.provider {
            Provider::Vercel => (
                Severity::Medium,
                " Vercel sends a policy of its own on the domains it serves, but without \
                 `includeSubDomains` on yours, and it is gone when the site moves behind another \
                 proxy.",
            ),
            Provider::Netlify | Provider::Firebase | Provider::StaticWebApps => (
                Severity::Low,
                " The host sends a policy of its own, which is not yours: it may be short, leave \
                 subdomains out, and is gone when the site moves.",
            ),
            Provider::Cloudflare => (
                Severity::Medium,
                " Unless HSTS is switched on for the zone in Cloudflare's dashboard, nobody sends \
                 it.",
            ),
            _ => (Severity::High, ""),
        };
        let missing = Missing {
            name: "Strict-Transport-Security",
            value: "max-age=31536000; includeSubDomains",
            applicability: Applicability::Unsafe,
            pages,
            api: Some(Severity::Low),
        };
        let message = format!(
            "No rule sets `Strict-Transport-Security`. Without it a browser's first request can go \
             over plain HTTP, where it can be read and redirected.{remark}"
        );
        report(cx, app, &missing, &message);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_an_app_that_never_sends_it() {
        check(
            &RULE,
            "vercel.json",
            r#"
{
  "headers": [
   ^^^^^^^ [medium] Vercel sends a policy of its own
    { "source": "/(.*)", "headers": [{ "key": "X-Frame-Options", "value": "DENY" }] }
  ]
}
"#,
        );
        check(
            &RULE,
            "vercel.json",
            r#"
{ "framework": "vite" }
^ [medium] No rule sets `Strict-Transport-Security`
"#,
        );
        check(
            &RULE,
            "vercel.json",
            r#"
{ "framework": "hono" }
^ [low] No rule sets
"#,
        );
    }

    #[test]
    fn passes_where_a_layer_sends_it_or_may() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [{"source": "/(.*)", "headers": [
                {"key": "strict-transport-security", "value": "max-age=63072000"}]}]}"#,
        );
        check_files(
            &RULE,
            r#"
//- vercel.json
{ "framework": "nextjs" }
//- next.config.mjs
export default { async headers() { return [] } }
"#,
        );
        check_files(
            &RULE,
            r#"
//- vercel.json
{ "framework": null, "buildCommand": "npm run build" }
//- package.json
{ "dependencies": { "express": "5.0.0", "helmet": "8.0.0", "react-dom": "19.0.0" } }
"#,
        );
    }

    #[test]
    fn says_nothing_about_files_that_serve_nothing() {
        for text in ["{}", r#"{"version": 2}"#, r#"{"git": {"deploymentEnabled": false}}"#] {
            check(&RULE, "vercel.json", text);
        }
        check(&RULE, "examples/shop/vercel.json", r#"{"framework": "vite"}"#);
        check(&RULE, "vercel.json", "{\"framework\": \"vite\", \"headers\": [");
    }

    #[test]
    fn a_comment_sets_no_header() {
        check_files(
            &RULE,
            r#"
//- vercel.json
{ "framework": "nextjs" }
^ [medium] No rule sets
//- next.config.js
// headers: Strict-Transport-Security
module.exports = { reactStrictMode: true }
"#,
        );
    }

    #[test]
    fn the_header_joins_the_rule_for_all_paths() {
        check_fix(
            &RULE,
            "vercel.json",
            r#"
{
  "headers": [
    {
      "source": "/(.*)",
      "headers": [
        { "key": "X-Frame-Options", "value": "DENY" }
      ]
    }
  ]
}
"#,
            r#"
{
  "headers": [
    {
      "source": "/(.*)",
      "headers": [
        { "key": "Strict-Transport-Security", "value": "max-age=31536000; includeSubDomains" },
        { "key": "X-Frame-Options", "value": "DENY" }
      ]
    }
  ]
}
"#,
        );
    }

    #[test]
    fn a_rule_for_all_paths_is_added_before_the_others() {
        check_fix(
            &RULE,
            "vercel.json",
            "
{
\t\"headers\": [
\t\t{
\t\t\t\"source\": \"/assets/(.*)\",
\t\t\t\"headers\": [{\"key\": \"Referrer-Policy\", \"value\": \"no-referrer\"}]
\t\t}
\t]
}
",
            "
{
\t\"headers\": [
\t\t{
\t\t\t\"source\": \"/(.*)\",
\t\t\t\"headers\": [
\t\t\t\t{ \"key\": \"Strict-Transport-Security\", \"value\": \"max-age=31536000; includeSubDomains\" }
\t\t\t]
\t\t},
\t\t{
\t\t\t\"source\": \"/assets/(.*)\",
\t\t\t\"headers\": [{\"key\": \"Referrer-Policy\", \"value\": \"no-referrer\"}]
\t\t}
\t]
}
",
        );
    }

    #[test]
    fn the_list_is_added_where_there_is_none() {
        check_fix(
            &RULE,
            "vercel.json",
            r#"
{
  "$schema": "https://openapi.vercel.sh/vercel.json",
  "framework": "vite"
}
"#,
            r#"
{
  "$schema": "https://openapi.vercel.sh/vercel.json",
  "framework": "vite",
  "headers": [
    {
      "source": "/(.*)",
      "headers": [
        { "key": "Strict-Transport-Security", "value": "max-age=31536000; includeSubDomains" }
      ]
    }
  ]
}
"#,
        );
        check_fix(
            &RULE,
            "vercel.json",
            r#"{"framework": "vite"}"#,
            r#"{"framework": "vite", "headers": [{"source": "/(.*)", "headers": [{"key": "Strict-Transport-Security", "value": "max-age=31536000; includeSubDomains"}]}]}"#,
        );
        check_fix(
            &RULE,
            "vercel.json",
            "{\n  \"framework\": \"vite\",\n  \"headers\": []\n}\n",
            r#"
{
  "framework": "vite",
  "headers": [
    {
      "source": "/(.*)",
      "headers": [
        { "key": "Strict-Transport-Security", "value": "max-age=31536000; includeSubDomains" }
      ]
    }
  ]
}
"#,
        );
    }

    #[test]
    fn legacy_routes_get_a_route_that_goes_on() {
        check_fix(
            &RULE,
            "vercel.json",
            r#"
{
  "routes": [
    { "src": "/(.*)", "dest": "/index.html" }
  ]
}
"#,
            r#"
{
  "routes": [
    { "src": "/(.*)", "headers": { "Strict-Transport-Security": "max-age=31536000; includeSubDomains" }, "continue": true },
    { "src": "/(.*)", "dest": "/index.html" }
  ]
}
"#,
        );
    }
}
