//! `cors-wildcard`

use std::collections::HashSet;

use seaworthy_analysis::joined::{HeaderApp, NginxSite, Surface};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::http::{AllowOrigin, CorsVerdict, HeaderRule, Provider, RouteKind, cors};
use seaworthy_formats::nginx::{AddedHeader, Configuration, NodeId};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "cors-wildcard",
        group: Group::HttpHeaders,
        summary: "other sites may read what answers to a visitor",
        help: include_str!("cors_wildcard.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[942, 346],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

const ORIGIN: &str = "access-control-allow-origin";
const CREDENTIALS: &str = "access-control-allow-credentials";

/// The most levels of a configuration that are judged; only a hostile one has
/// more.
const MOST_LEVELS: usize = 1_000;

type Told = HashSet<(ArtifactPath, Region)>;

fn check(cx: &mut Context<'_>) {
    let mut told = Told::new();
    for app in cx.joined().header_apps().iter().filter(|app| app.provider != Provider::Nginx) {
        declared(cx, app, &mut told);
    }
    for site in cx.joined().nginx_sites() {
        nginx(cx, site, &mut told);
    }
}

/// What a visitor's browser is told on each route.
fn declared(cx: &mut Context<'_>, app: &HeaderApp, told: &mut Told) {
    for route in &app.routes {
        for rule in app.candidates(route, ORIGIN) {
            let with = app.candidates(route, CREDENTIALS).find(|other| is_true(&other.value.value));
            let verdict = cors(&rule.value.value, with.map(|other| other.value.value.as_str()));
            let api = route.kind == RouteKind::Api
                && (app.surface == Surface::Api || names_api(rule, cx, app));
            let Some((severity, message)) = judged(verdict, api) else { continue };
            speak(cx, told, rule, (severity, message), with);
        }
    }
    // Routes of Traefik are not followed: what one middleware sets goes together.
    if app.provider == Provider::Traefik {
        for rule in app.setters(ORIGIN) {
            let with = app.setters(CREDENTIALS).next();
            let verdict = cors(&rule.value.value, with.map(|other| other.value.value.as_str()));
            if verdict.any_with_credentials()
                && let Some(said) = judged(verdict, false)
            {
                speak(cx, told, rule, said, with);
            }
        }
    }
}

fn is_true(value: &str) -> bool {
    value.trim() == "true"
}

/// Whether the rule itself speaks of an API, and not of everything.
fn names_api(rule: &HeaderRule, cx: &Context<'_>, app: &HeaderApp) -> bool {
    let artifact = cx.snapshot().artifact(rule.artifact.as_str());
    let text = artifact.and_then(|artifact| cx.snapshot().text(artifact)).unwrap_or("");
    let source = text.get(rule.source.range()).unwrap_or("");
    source.contains("/api") || (app.provider == Provider::Caddy && source.contains("@api"))
}

/// What the two headers come to; `None` where no harm is certain.
fn judged(verdict: CorsVerdict, api: bool) -> Option<(Severity, &'static str)> {
    Some(match (verdict.origin, verdict.credentials) {
        (AllowOrigin::Any, true) => (
            Severity::High,
            "Every site is allowed to read answers with the visitor's cookies. Browsers refuse \
             `*` with credentials, so that nothing works until someone reflects the origin, and \
             then every site can act for the visitor. Name the origins that may.",
        ),
        (AllowOrigin::Null, credentials) => (
            if credentials { Severity::High } else { Severity::Medium },
            "`null` is the origin of sandboxed frames and local files, which any page can be in: \
             whoever wants to read the answers can. Name the origins that may.",
        ),
        (AllowOrigin::Any, false) if api => (
            Severity::Medium,
            "Every site may read what this API answers. That is right for public data only; name \
             the origins that may, if it answers to signed-in visitors or stands in a private \
             network.",
        ),
        _ => return None,
    })
}

fn speak(
    cx: &mut Context<'_>,
    told: &mut Told,
    rule: &HeaderRule,
    (severity, message): (Severity, &str),
    with: Option<&HeaderRule>,
) {
    if !told.insert((rule.artifact.clone(), rule.value.region)) {
        return;
    }
    let draft = cx
        .report_in(&rule.artifact, rule.value.region, message)
        .severity(severity)
        .evidence("access-control-allow-origin");
    if let Some(with) = with {
        draft.related(&with.artifact, with.name.region, "credentials are let through here");
    }
}

/// The levels of nginx that add the header themselves, each with all that is
/// sent beside it.
fn nginx(cx: &mut Context<'_>, site: &NginxSite, told: &mut Told) {
    let configuration = &site.configuration;
    let levels = configuration
        .all()
        .filter(|&level| configuration.named(level, "add_header").next().is_some());
    for level in levels.take(MOST_LEVELS) {
        let own = configuration.own_headers(level);
        let named =
            |header: &&AddedHeader, name: &str| header.name.value.eq_ignore_ascii_case(name);
        let Some(origin) = own.iter().find(|header| named(header, ORIGIN)) else { continue };
        let (sent, _) = configuration.added_headers(level);
        let with =
            sent.iter().find(|header| named(header, CREDENTIALS) && is_true(&header.value.value));
        let value = origin.value.value.as_str();
        let verdict = cors(value, with.map(|header| header.value.value.as_str()));
        let reflected = reflects(configuration, level, value);
        let (severity, message) = if reflected && verdict.credentials {
            (
                Severity::High,
                "Whatever site asks is named as allowed, and may read answers with the visitor's \
                 cookies: every page the visitor opens can act in their name. Compare \
                 `$http_origin` with the origins that may, in a `map`.",
            )
        } else if reflected {
            (
                Severity::Medium,
                "Whatever site asks is named as allowed, so that every site may read what is \
                 answered. Compare `$http_origin` with the origins that may, in a `map`.",
            )
        } else if let Some(said) = judged(verdict, is_api(configuration, level)) {
            said
        } else {
            continue;
        };
        let artifact = configuration.artifact(origin.node).clone();
        if !told.insert((artifact.clone(), origin.value.region)) {
            continue;
        }
        let draft = cx
            .report_in(&artifact, origin.value.region, message)
            .severity(severity)
            .evidence("access-control-allow-origin");
        if let Some(with) = with {
            let place = configuration.artifact(with.node);
            draft.related(place, with.name.region, "credentials are let through here");
        }
    }
}

/// Whether the origin of the request is given back without being looked at.
fn reflects(configuration: &Configuration, level: NodeId, value: &str) -> bool {
    matches!(value, "$http_origin" | "${http_origin}")
        && !configuration.chain(level).any(|id| {
            let directive = configuration.get(id);
            directive.is("if") && directive.args.iter().any(|word| word.value.contains("origin"))
        })
        && !configuration.all().any(|id| {
            // A check elsewhere in the same server that turns others away.
            let directive = configuration.get(id);
            directive.is("if")
                && directive.args.iter().any(|word| word.value.contains("http_origin"))
        })
}

/// Whether a level of nginx passes requests of an API on.
fn is_api(configuration: &Configuration, level: NodeId) -> bool {
    configuration.chain(level).any(|id| {
        let directive = configuration.get(id);
        directive.is("location")
            && directive.args.iter().any(|word| {
                word.value.split('/').any(|part| matches!(part, "api" | "graphql" | "v1" | "v2"))
            })
            && configuration.passes_on(id)
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_credentials_for_every_site() {
        check(
            &RULE,
            "vercel.json",
            r#"
{"headers": [{"source": "/api/(.*)", "headers": [
  {"key": "Access-Control-Allow-Credentials", "value": "true"},
           ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ let through
  {"key": "Access-Control-Allow-Origin", "value": "*"}
                                                   ^ [high] with the visitor's cookies
]}]}
"#,
        );
        check(
            &RULE,
            "nginx.conf",
            "
server {
  listen 80;
  location /x {
    add_header Access-Control-Allow-Origin $http_origin always;
                                           ^^^^^^^^^^^^ [high] Whatever site asks
    add_header Access-Control-Allow-Credentials true always;
               ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ let through
    proxy_pass http://app;
  }
}
",
        );
        check(
            &RULE,
            "public/_headers",
            "\n/*\n  Access-Control-Allow-Origin: null\n                               ^^^^ [medium] sandboxed frames\n",
        );
    }

    #[test]
    fn flags_an_api_that_every_site_may_read() {
        check(
            &RULE,
            "vercel.json",
            r#"
{"headers": [{"source": "/api/:path*", "headers": [
  {"key": "access-control-allow-origin", "value": "*"}
                                                   ^ [medium] Every site may read
]}]}
"#,
        );
        check(
            &RULE,
            "nginx.conf",
            "
server {
  listen 80;
  location /api/ {
    add_header Access-Control-Allow-Origin *;
                                           ^ [medium] public data
    proxy_pass http://app;
  }
}
",
        );
    }

    #[test]
    fn passes_public_files_named_origins_and_checked_ones() {
        for (path, text) in [
            ("public/_headers", "/fonts/*\n  Access-Control-Allow-Origin: *\n"),
            ("public/_headers", "/*\n  Access-Control-Allow-Origin: *\n"),
            (
                "vercel.json",
                r#"{"headers": [{"source": "/api/(.*)", "headers": [
                    {"key": "Access-Control-Allow-Credentials", "value": "true"},
                    {"key": "Access-Control-Allow-Origin", "value": "https://app.example"}]}]}"#,
            ),
            (
                "vercel.json",
                r#"{"headers": [{"source": "/_next/static/(.*)", "headers": [{"key": "Access-Control-Allow-Origin", "value": "*"}]}]}"#,
            ),
            (
                "nginx.conf",
                "server { listen 80; location ~* \\.(woff2?)$ { root /x; add_header Access-Control-Allow-Origin *; } }",
            ),
            (
                "nginx.conf",
                "http { map $http_origin $cors { default ''; https://a.example $http_origin; } server { listen 80; location /api/ { add_header Access-Control-Allow-Origin $cors; add_header Access-Control-Allow-Credentials true; proxy_pass http://a; } } }",
            ),
            (
                "nginx.conf",
                "server { listen 80; location /api/ { if ($http_origin ~* '^https://(a|b)\\.example$') { add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true; } proxy_pass http://a; } }",
            ),
        ] {
            check(&RULE, path, text);
        }
    }
}
