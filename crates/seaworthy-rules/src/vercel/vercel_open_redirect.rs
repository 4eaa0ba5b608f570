//! `vercel-open-redirect`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::vercel::{Target, VercelConfig};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::is_deployed;
use super::request::{host_region, is_bound, legacy_host};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "vercel-open-redirect",
        group: Group::Vercel,
        summary: "redirect to wherever the request says",
        help: include_str!("vercel_open_redirect.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[601],
        ..Rule::DEFAULT
    },
    check: Check::Vercel(check),
};

const MESSAGE: &str = "The request says where this redirect leads: a link to your domain can send \
     a visitor to any site. Name the host in the destination, and take the path alone from the \
     request.";

fn check(config: &VercelConfig, cx: &mut Context<'_>) {
    if !is_deployed(cx) {
        return;
    }
    for redirect in config.redirects.iter().flatten() {
        let (to, from) = (&redirect.destination, &redirect.source.text.value);
        if redirect.target() == Some(Target::FromRequest)
            && !is_bound(&to.value, from, &redirect.conditions)
        {
            cx.report(to.part(host_region(&to.value)), MESSAGE).evidence(from.as_str());
        }
    }
    for route in config.routes.iter().flatten() {
        if !route.status.is_some_and(|status| (300..400).contains(&status)) {
            continue;
        }
        let location = route
            .headers
            .iter()
            .flatten()
            .find(|header| header.key.value.eq_ignore_ascii_case("location"));
        let Some(to) = location.map(|header| &header.value).or(route.dest.as_ref()) else {
            continue;
        };
        if let Some(host) = legacy_host(&to.value) {
            let from = route.src.as_ref().map_or("", |src| src.value.as_str());
            cx.report(to.part(host), MESSAGE).evidence(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_hosts_from_the_request() {
        check(
            &RULE,
            "vercel.json",
            r#"
{ "redirects": [
  { "source": "/go/:host/:path*", "destination": "https://:host/:path*" },
                                                          ^^^^^ [high] any site
  { "source": "/out", "has": [{ "type": "query", "key": "u", "value": "(?<u>.*)" }], "destination": ":u" },
                                                                                                     ^^ [high] any site
  { "source": "/to/:tld", "destination": "https://shop.example.:tld/" }
                                                  ^^^^^^^^^^^^^^^^^ [high] any site
] }
"#,
        );
    }

    #[test]
    fn flags_legacy_routes() {
        check(
            &RULE,
            "vercel.json",
            r#"
{ "routes": [
  { "src": "/go/(.*)", "status": 302, "headers": { "Location": "https://$1" } },
                                                                        ^^ [high] any site
  { "src": "/old/(.*)", "status": 301, "headers": { "Location": "https://new.example/$1" } }
] }
"#,
        );
    }

    #[test]
    fn passes_what_stays_on_named_hosts() {
        check(
            &RULE,
            "vercel.json",
            r#"{ "redirects": [
  { "source": "/old/:path*", "destination": "/new/:path*" },
  { "source": "/blog/:slug", "destination": "https://blog.example.com/:slug" },
  { "source": "/:tenant/(.*)", "destination": "https://:tenant.shop.example/$1" },
  { "source": "/login", "destination": "/in?to=https://:x" },
  { "source": "/:path*", "has": [{ "type": "host", "value": "www\\.(?<apex>.*)" }],
    "destination": "https://:apex/:path*", "permanent": true },
  { "source": "/:site(shop|blog)/:path*", "destination": "https://:site/:path*" }
] }"#,
        );
    }
}
