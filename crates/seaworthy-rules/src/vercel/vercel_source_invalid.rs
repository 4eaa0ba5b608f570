//! `vercel-source-invalid`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::vercel::{JsRegex, VercelConfig};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::is_deployed;
use super::sources::{listed, mended};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "vercel-source-invalid",
        group: Group::Vercel,
        summary: "source pattern that Vercel refuses",
        help: include_str!("vercel_source_invalid.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[185],
        ..Rule::DEFAULT
    },
    check: Check::Vercel(check),
};

fn check(config: &VercelConfig, cx: &mut Context<'_>) {
    if !is_deployed(cx) {
        return;
    }
    for source in listed(config) {
        let Err(error) = &source.pattern.compiled else { continue };
        let text = &source.pattern.text;
        let mended = mended(cx, &source);
        let advice = match &mended {
            Some((meant, _)) => format!(" Write `{meant}`."),
            None => " Write a path pattern, such as `/blog/:path*` or `/blog/(.*)`.".to_owned(),
        };
        let message = format!(
            "Vercel refuses this source, and with it the deployment: {}.{advice}",
            error.message.trim_end_matches('.')
        );
        let evidence = format!("{} {}", source.list, text.value);
        let draft = cx.report(text.part(error.region), message).evidence(evidence);
        if let Some((_, edit)) = mended {
            draft.fix(edit);
        }
    }
    for route in config.routes.iter().flatten() {
        let Some(src) = route.src.as_ref().or(route.source.as_ref()) else { continue };
        if let Err(error) = JsRegex::new(&src.value) {
            let message = format!(
                "Vercel refuses this source, and with it the deployment: it is no regular \
                 expression ({}).",
                error.to_string().trim_end_matches('.')
            );
            cx.report(src.region, message).evidence(format!("routes {}", src.value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_globs_and_regular_expressions() {
        check(
            &RULE,
            "vercel.json",
            r#"
{
  "headers": [
    { "source": "/*", "headers": [] },
                  ^ [high] Write `/(.*)`
    { "source": "/[a-z]+", "headers": [] },
                       ^ [high] Write `/([a-z]+)`
    { "source": "/(.*)", "headers": [] }
  ],
  "redirects": [
    { "source": "/old/*", "destination": "/new" }
                      ^ [high] Write `/old/(.*)`
  ],
  "rewrites": [
    { "source": "/(?<x>.*)", "destination": "/api" }
                   ^ [high] Write `/:x(.*)`
  ]
}
"#,
        );
    }

    #[test]
    fn flags_legacy_routes_that_are_no_regex() {
        check(
            &RULE,
            "vercel.json",
            r#"
{ "routes": [{ "src": "/(a", "dest": "/b" }, { "src": "/.*", "dest": "/c" }] }
                       ^^^ [high] no regular expression
"#,
        );
    }

    #[test]
    fn passes_path_patterns() {
        for source in [
            "/(.*)",
            "/:path*",
            "/((?!api/).*)",
            "/:lang(en|de)/:rest*",
            "/(robots\\\\.txt|sitemap\\\\.xml)",
            "/api/(posts|tags)/(.*)?",
        ] {
            let text = format!("{{\"headers\": [{{\"source\": \"{source}\", \"headers\": []}}]}}");
            check(&RULE, "vercel.json", &text);
        }
        check(&RULE, "vercel.json", r#"{"headers": [{"headers": []}], "rewrites": {}}"#);
        check(
            &RULE,
            "tests/fixtures/vercel.json",
            r#"{"headers": [{"source": "/*", "headers": []}]}"#,
        );
    }

    #[test]
    fn the_evident_meaning_is_written() {
        check_fix(
            &RULE,
            "vercel.json",
            r#"{"headers": [{"source": "/static/*", "headers": []}, {"source": "/user/\\d+", "headers": []}]}"#,
            r#"{"headers": [{"source": "/static/(.*)", "headers": []}, {"source": "/user/(\\d+)", "headers": []}]}"#,
        );
    }
}
