//! `header-not-all-routes`

use seaworthy_analysis::joined::{HeaderApp, HeaderRoute, Presence, Surface};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::http::{Csp, HeaderRule, Provider, RouteKind, SAMPLE_PATHS};
use seaworthy_model::{Applicability, Group, Precision, Rule, Severity};

use super::missing::{Missing, fix};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-not-all-routes",
        group: Group::HttpHeaders,
        summary: "security header that some routes do not get",
        help: include_str!("header_not_all_routes.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// A header that belongs on every route of its kinds.
struct Wanted<'a> {
    name: &'a str,
    /// Whether an API needs it as well as pages do.
    api: bool,
    severity: Severity,
    applicability: Applicability,
}

const FRAMES: &str = "X-Frame-Options";
const POLICY: &str = "Content-Security-Policy";

const WANTED: [Wanted<'static>; 6] = [
    Wanted {
        name: "Strict-Transport-Security",
        api: true,
        severity: Severity::Medium,
        applicability: Applicability::Unsafe,
    },
    Wanted {
        name: "X-Content-Type-Options",
        api: true,
        severity: Severity::Medium,
        applicability: Applicability::Safe,
    },
    Wanted {
        name: FRAMES,
        api: false,
        severity: Severity::Medium,
        applicability: Applicability::Unsafe,
    },
    Wanted {
        name: POLICY,
        api: false,
        severity: Severity::Medium,
        applicability: Applicability::DisplayOnly,
    },
    Wanted {
        name: "Referrer-Policy",
        api: false,
        severity: Severity::Low,
        applicability: Applicability::Safe,
    },
    Wanted {
        name: "Permissions-Policy",
        api: false,
        severity: Severity::Low,
        applicability: Applicability::Unsafe,
    },
];

fn check(cx: &mut Context<'_>) {
    // What locations of nginx lose is told by a rule of its own.
    let apps = cx
        .joined()
        .header_apps()
        .iter()
        .filter(|app| app.knows_all_layers() && app.provider != Provider::Nginx);
    for app in apps {
        for wanted in &WANTED {
            if wanted.name != POLICY || !app.meta_policy {
                partial(cx, app, wanted);
            }
        }
        for name in &cx.options().required_headers {
            if WANTED.iter().any(|wanted| wanted.name.eq_ignore_ascii_case(name)) {
                continue;
            }
            let wanted = Wanted {
                name,
                api: true,
                severity: Severity::Medium,
                applicability: Applicability::DisplayOnly,
            };
            if app.setters(name).next().is_some() {
                partial(cx, app, &wanted);
            } else {
                let message = format!(
                    "No rule sets `{name}`, which the settings require of every app. Send it on \
                     every path."
                );
                cx.report_in(&app.artifact, app.anchor, message).evidence(name.as_str());
            }
        }
    }
}

/// What to do, in the provider's own words.
fn for_all(provider: Provider) -> &'static str {
    match provider {
        Provider::Vercel | Provider::Next => "Set it in a rule for `/(.*)`.",
        Provider::Netlify | Provider::Cloudflare | Provider::HeadersFile => {
            "Set it in a rule for `/*`."
        }
        Provider::Firebase => "Set it in a rule for `**`.",
        Provider::StaticWebApps => "Set it in `globalHeaders`.",
        _ => "Set it for all of them.",
    }
}

/// Reports a header that reaches some routes and not others.
fn partial(cx: &mut Context<'_>, app: &HeaderApp, wanted: &Wanted<'_>) {
    let api_alone = app.surface == Surface::Api;
    if api_alone && !wanted.api {
        return;
    }
    let concerns = |route: &&HeaderRoute| match route.kind {
        _ if is_bare_prefix(app, route) => false,
        RouteKind::Page => !api_alone,
        RouteKind::Api => wanted.api,
        RouteKind::Asset => false,
    };
    let name = wanted.name.to_ascii_lowercase();
    let Some(widest) = widest_setter(app, &name) else { return };
    let uncovered: Vec<&HeaderRoute> =
        app.routes.iter().filter(concerns).filter(|route| !reaches(app, route, &name)).collect();
    if uncovered.is_empty() {
        return;
    }
    let pages = uncovered.iter().any(|route| route.kind == RouteKind::Page);
    let severity = if pages || api_alone { wanted.severity } else { Severity::Low };
    let paths: Vec<String> =
        uncovered.iter().take(3).map(|route| format!("`{}`", route.path)).collect();
    let said = &widest.name.value;
    let message = format!(
        "`{said}` is not sent on every route: no rule sets it for paths such as {}. {}",
        paths.join(", "),
        for_all(app.provider)
    );
    let missing = Missing {
        name: said,
        value: &widest.value.value,
        applicability: wanted.applicability,
        pages: severity,
        api: Some(severity),
    };
    let edit = fix(cx, app, &missing);
    let draft = cx
        .report_in(&widest.artifact, widest.name.region, message)
        .severity(severity)
        .related(&widest.artifact, widest.source, "reaches these paths only")
        .evidence(name);
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// Whether a path stands only for what lies below it: `/api` of `/api/(.*)`.
fn is_bare_prefix(app: &HeaderApp, route: &HeaderRoute) -> bool {
    SAMPLE_PATHS.iter().all(|(path, _)| *path != route.path)
        && app.routes.iter().any(|other| other.path.strip_suffix("/x") == Some(&route.path))
}

/// Whether a route gets the header, or may get it. Frames are also kept off by a
/// policy.
fn reaches(app: &HeaderApp, route: &HeaderRoute, name: &str) -> bool {
    app.presence(route, name) != Presence::Absent
        || name.eq_ignore_ascii_case(FRAMES)
            && app.candidates(route, &POLICY.to_ascii_lowercase()).any(restricts_frames)
}

fn restricts_frames(rule: &HeaderRule) -> bool {
    Csp::parse(&rule.value.value).has("frame-ancestors")
}

/// Of the rules that set the header the first that reaches most routes.
fn widest_setter<'a>(app: &'a HeaderApp, name: &'a str) -> Option<&'a HeaderRule> {
    let mut widest: Option<(usize, &HeaderRule)> = None;
    for rule in app.setters(name).take(MOST_SETTERS) {
        let hits = |route: &&HeaderRoute| {
            app.candidates(route, name).any(|known| std::ptr::eq(known, rule))
        };
        let reach = app.routes.iter().filter(hits).count();
        if widest.is_none_or(|(most, _)| reach > most) {
            widest = Some((reach, rule));
        }
    }
    widest.map(|(_, rule)| rule)
}

/// Enough to find a wide rule; only a hostile file has more for one header.
const MOST_SETTERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_analysis::Options;
    use seaworthy_testkit::{Fixture, check, check_files, check_fix, run_on, snapshot};

    fn with(source: &str, conditions: &str, key: &str, mark: &str) -> String {
        format!(
            "\n{{\"headers\": [{{\"source\": \"{source}\", {conditions}\"headers\": [\n{{\"key\": \
             \"{key}\", \"value\": \"nosniff\"}}\n{mark}\n]}}]}}\n"
        )
    }

    const MARK: &str = "         ^^^^^^^^^^^^^^^^^^^^^^";

    #[test]
    fn flags_sources_that_leave_routes_out() {
        for (source, words) in [
            ("/", "[medium] such as `/a`, `/a/b`, `/api/x`"),
            ("/:path", "[medium] such as `/`, `/a/b`, `/api/x`"),
            ("/app/(.*)", "[medium] such as `/`"),
            ("/api/(.*)", "[medium] such as `/`, `/a`, `/a/b`"),
            ("/((?!api/).*)", "[low] such as `/api/x`"),
            ("/((?!api|_next/static|favicon.ico).*)", "[low] such as `/api/x`"),
        ] {
            let text = with(source, "", "X-Content-Type-Options", &format!("{MARK} {words}"));
            check(&RULE, "vercel.json", &text);
        }
    }

    #[test]
    fn passes_sources_for_all_routes_and_conditions() {
        for (source, conditions) in [
            ("/(.*)", ""),
            ("/:path*", ""),
            ("/((?!_next/static|favicon.ico).*)", ""),
            ("/(.*)", "\"missing\": [{\"type\": \"header\", \"key\": \"x\"}], "),
            ("/*", ""),
        ] {
            check(&RULE, "vercel.json", &with(source, conditions, "X-Content-Type-Options", ""));
        }
        check(&RULE, "vercel.json", &with("/app/(.*)", "", "X-Custom", ""));
    }

    #[test]
    fn a_complement_completes_an_exception() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [
  {"source": "/((?!api/).*)", "headers": [{"key": "X-Content-Type-Options", "value": "nosniff"}]},
  {"source": "/api/(.*)", "headers": [{"key": "x-content-type-options", "value": "nosniff"}]}
]}"#,
        );
    }

    #[test]
    fn pages_need_more_than_an_api() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [{"source": "/((?!api/).*)", "headers": [
  {"key": "Content-Security-Policy", "value": "default-src 'self'"},
  {"key": "X-Frame-Options", "value": "DENY"}, {"key": "Referrer-Policy", "value": "no-referrer"}]}]}"#,
        );
        check(
            &RULE,
            "vercel.json",
            r#"{"functions": {"api/*.ts": {}}, "headers": [{"source": "/api/(.*)", "headers": [
  {"key": "Strict-Transport-Security", "value": "max-age=31536000"}]}]}"#,
        );
    }

    #[test]
    fn frames_may_be_kept_off_by_a_policy_elsewhere() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [
  {"source": "/(.*)", "headers": [{"key": "Content-Security-Policy", "value": "frame-ancestors 'none'"}]},
  {"source": "/a/(.*)", "headers": [{"key": "X-Frame-Options", "value": "DENY"}]}]}"#,
        );
    }

    #[test]
    fn other_layers_may_send_the_rest() {
        check_files(
            &RULE,
            r#"
//- vercel.json
{"headers": [{"source": "/x", "headers": [{"key": "X-Content-Type-Options", "value": "nosniff"}]}]}
//- next.config.ts
export default { headers: async () => rules };
"#,
        );
    }

    #[test]
    fn a_header_that_the_settings_require_must_be_there() {
        let options =
            Options { required_headers: vec!["x-robots-tag".to_owned()], ..Options::default() };
        let findings = |text: &str| {
            let snapshot = snapshot(&Fixture::single("vercel.json", text), false, options.clone());
            run_on(&RULE, &snapshot).0
        };
        assert!(findings("{}")[0].message.contains("the settings require"));
        let partial = r#"{"headers": [{"source": "/x", "headers": [{"key": "X-Robots-Tag", "value": "noindex"}]}]}"#;
        assert!(findings(partial)[0].message.contains("not sent on every route"));
        let whole = partial.replace("/x", "/(.*)");
        assert!(findings(&whole).is_empty());
    }

    #[test]
    fn the_header_moves_to_a_rule_for_all_routes() {
        check_fix(
            &RULE,
            "vercel.json",
            r#"
{
  "headers": [
    {
      "source": "/app/(.*)",
      "headers": [{ "key": "X-Frame-Options", "value": "SAMEORIGIN" }]
    },
    {
      "source": "/(.*)",
      "headers": [{ "key": "Vary", "value": "Origin" }]
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
        { "key": "X-Frame-Options", "value": "SAMEORIGIN" }
      ]
    },
    {
      "source": "/app/(.*)",
      "headers": [{ "key": "X-Frame-Options", "value": "SAMEORIGIN" }]
    },
    {
      "source": "/(.*)",
      "headers": [{ "key": "Vary", "value": "Origin" }]
    }
  ]
}
"#,
        );
    }
}
