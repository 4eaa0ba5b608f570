//! `vercel-open-proxy`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::vercel::{Destination, Target, VercelConfig};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::is_deployed;
use super::request::{host_region, is_bound, legacy_host};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "vercel-open-proxy",
        group: Group::Vercel,
        summary: "rewrite to wherever the request says, or over plain HTTP",
        help: include_str!("vercel_open_proxy.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[918, 441],
        ..Rule::DEFAULT
    },
    check: Check::Vercel(check),
};

const OPEN: &str = "The request says which host answers. Anyone can fetch any site through your \
     domain, and its scripts run there with your visitors' sessions. Name the host in the \
     destination, and take the path alone from the request.";

fn check(config: &VercelConfig, cx: &mut Context<'_>) {
    if !is_deployed(cx) {
        return;
    }
    for rewrite in config.rewrites.iter().flatten() {
        let Destination::Text(to) = &rewrite.destination else { continue };
        let from = &rewrite.source.text.value;
        match rewrite.target() {
            Some(Target::FromRequest) if !is_bound(&to.value, from, &rewrite.conditions) => {
                cx.report(to.part(host_region(&to.value)), OPEN).evidence(from.as_str());
            }
            Some(Target::External { scheme, host }) if scheme == "http" => {
                plain(cx, to.part(Region::new(0, "http".len())), &host, from);
            }
            _ => {}
        }
    }
    for route in config.routes.iter().flatten() {
        let (Some(to), None) = (&route.dest, route.status.filter(|s| (300..400).contains(s)))
        else {
            continue;
        };
        let from = route.src.as_ref().map_or("", |src| src.value.as_str());
        // `(/.*)` to `$1` is a path; an address in the pattern is none.
        if let Some(host) = legacy_host(&to.value)
            && (host.start > 0 || from.contains("http"))
        {
            cx.report(to.part(host), OPEN).evidence(from);
        } else if let Some(rest) = to.value.strip_prefix("http://") {
            let host = rest.split(['/', '?', '#']).next().unwrap_or("");
            plain(cx, to.part(Region::new(0, "http".len())), host, from);
        }
    }
}

/// A rewrite that is forwarded in clear text.
fn plain(cx: &mut Context<'_>, scheme: Region, host: &str, from: &str) {
    let name = host.split(':').next().unwrap_or("");
    // A developer's leftover reaches nothing from a deployment.
    if matches!(name, "localhost" | "0.0.0.0") || name.starts_with("127.") {
        return;
    }
    let path = cx.path();
    let edit = Edit::risky("Forward over HTTPS").replace(path, scheme, "https");
    let exact = scheme.len() == "http".len();
    let draft = cx
        .report(
            scheme,
            "This rewrite forwards requests over plain HTTP, cookies and tokens included: between \
             Vercel and the host anyone on the way can read and change them. Use `https://`.",
        )
        .severity(Severity::Medium)
        .evidence(from);
    // A port is one of plain HTTP, and an address has rarely a certificate.
    let named = !host.contains(':') && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    if exact && named {
        draft.fix(edit);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_hosts_from_the_request() {
        check(
            &RULE,
            "vercel.json",
            r#"
{ "rewrites": [
  { "source": "/proxy/:host/:path*", "destination": "https://:host/:path*" }
                                                             ^^^^^ [high] any site
] }
"#,
        );
        check(
            &RULE,
            "vercel.json",
            r#"
{ "routes": [
  { "src": "/proxy/(.*)", "dest": "https://$1" },
                                           ^^ [high] any site
  { "src": "/p/(https?://.*)", "dest": "$1" },
                                        ^^ [high] any site
  { "src": "/app(/.*)", "dest": "$1" },
  { "src": "/x/(.*)", "dest": "https://api.example/$1" }
] }
"#,
        );
    }

    #[test]
    fn flags_clear_text() {
        check(
            &RULE,
            "vercel.json",
            r#"
{ "rewrites": [
  { "source": "/api/:path*", "destination": "http://203.0.113.7:8080/:path*" }
                                             ^^^^ [medium] over plain HTTP
] }
"#,
        );
    }

    #[test]
    fn passes_named_hosts_and_paths() {
        check(
            &RULE,
            "vercel.json",
            r#"{ "rewrites": [
  { "source": "/api/:path*", "destination": "https://api.example.com/:path*" },
  { "source": "/(.*)", "destination": "/index.html" },
  { "source": "/:tenant/(.*)", "destination": "https://:tenant.app.example/$1" },
  { "source": "/dev/(.*)", "destination": "http://localhost:3000/$1" },
  { "source": "/svc/(.*)", "destination": { "service": "api", "path": "/$1" } }
] }"#,
        );
    }

    #[test]
    fn a_named_host_is_asked_over_https() {
        check_fix(
            &RULE,
            "vercel.json",
            r#"{"rewrites": [{"source": "/a", "destination": "http://api.example/a"}]}"#,
            r#"{"rewrites": [{"source": "/a", "destination": "https://api.example/a"}]}"#,
        );
    }
}
