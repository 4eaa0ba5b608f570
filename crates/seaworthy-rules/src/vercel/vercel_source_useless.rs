//! `vercel-source-useless`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::vercel::{Useless, VercelConfig};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::is_deployed;
use super::sources::{listed, mended};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "vercel-source-useless",
        group: Group::Vercel,
        summary: "source pattern that matches no request",
        help: include_str!("vercel_source_useless.md"),
        severity: Severity::Medium,
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
        let Some(useless) =
            source.pattern.compiled.as_ref().ok().and_then(|compiled| compiled.useless())
        else {
            continue;
        };
        let reason = match useless {
            Useless::NoLeadingSlash => "request paths begin with `/`, and the pattern does not",
            Useless::LiteralAnchor => "`^` and `$` stand for themselves in a path pattern",
            Useless::QueryOrFragment => {
                "query and fragment are no part of the path; conditions on the query go into `has`"
            }
        };
        let mended = mended(cx, &source);
        let advice =
            mended.as_ref().map_or_else(String::new, |(meant, _)| format!(" Write `{meant}`."));
        let message = format!(
            "This rule of `{}` never applies: {reason}. What it sets is not sent, and nothing says \
             so.{advice}",
            source.list
        );
        let text = &source.pattern.text;
        let draft =
            cx.report(text.region, message).evidence(format!("{} {}", source.list, text.value));
        if let Some((_, edit)) = mended {
            draft.fix(edit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_patterns_that_match_nothing() {
        check(
            &RULE,
            "vercel.json",
            r#"
{
  "headers": [
    { "source": "^/(.*)$", "headers": [] },
                 ^^^^^^^ [medium] stand for themselves
    { "source": "about", "headers": [] }
                 ^^^^^ [medium] Write `/about`
  ],
  "redirects": [{ "source": "/shop#top", "destination": "/" }]
                             ^^^^^^^^^ [medium] no part of the path
}
"#,
        );
    }

    #[test]
    fn passes_patterns_that_match() {
        for source in ["/(.*)", "/:path*", "(/.*)", "/:path*\\\\$", "/", "/about"] {
            let text = format!("{{\"headers\": [{{\"source\": \"{source}\", \"headers\": []}}]}}");
            check(&RULE, "vercel.json", &text);
        }
    }

    #[test]
    fn refused_patterns_are_not_its_business() {
        check(&RULE, "vercel.json", r#"{"headers": [{"source": "*", "headers": []}]}"#);
    }

    #[test]
    fn anchors_go() {
        check_fix(
            &RULE,
            "vercel.json",
            r#"{"headers": [{"source": "^/app/(.*)$", "headers": []}]}"#,
            r#"{"headers": [{"source": "/app/(.*)", "headers": []}]}"#,
        );
    }
}
