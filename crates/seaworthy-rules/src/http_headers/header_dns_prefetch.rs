//! `header-dns-prefetch`

use seaworthy_analysis::joined::Surface;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Applicability, Group, Precision, Rule, Severity};

use super::missing::{Missing, nobody_sets, report};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-dns-prefetch",
        group: Group::HttpHeaders,
        summary: "no X-DNS-Prefetch-Control header",
        help: include_str!("header_dns_prefetch.md"),
        severity: Severity::Info,
        precision: Precision::Medium,
        cwe: &[200],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Headers of pages that somebody cares for.
const CARED: [&str; 5] = [
    "content-security-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
];

fn check(cx: &mut Context<'_>) {
    for app in cx.joined().header_apps() {
        // Where the headers that matter are not sent, this one is no news.
        let cared = CARED.iter().filter(|name| app.setters(name).next().is_some()).count();
        if app.surface != Surface::Pages || cared < 3 || !nobody_sets(app, "x-dns-prefetch-control")
        {
            continue;
        }
        let missing = Missing {
            name: "X-DNS-Prefetch-Control",
            value: "off",
            applicability: Applicability::Unsafe,
            pages: Severity::Info,
            api: None,
        };
        report(
            cx,
            app,
            &missing,
            "No rule sets `X-DNS-Prefetch-Control`: browsers look up the hosts of links before \
             anyone follows them, which tells resolvers what a page links to.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    const CARED: &str = "  X-Frame-Options: DENY\n  Referrer-Policy: no-referrer\n  Permissions-Policy: camera=()\n";

    #[test]
    fn tells_of_pages_whose_other_headers_are_cared_for() {
        check(
            &RULE,
            "public/_headers",
            &format!("\n/*\n^^ [info] look up the hosts of links\n{CARED}"),
        );
    }

    #[test]
    fn passes_a_word_either_way_and_pages_without_any_care() {
        for value in ["on", "off"] {
            let text = format!("/*\n{CARED}  X-DNS-Prefetch-Control: {value}\n");
            check(&RULE, "public/_headers", &text);
        }
        check(&RULE, "public/_headers", "/*\n  X-Frame-Options: DENY\n");
        // Azure sends it by itself.
        check(
            &RULE,
            "staticwebapp.config.json",
            r#"{"globalHeaders": {"X-Frame-Options": "DENY", "Permissions-Policy": "camera=()", "Content-Security-Policy": "default-src 'self'"}}"#,
        );
    }
}
