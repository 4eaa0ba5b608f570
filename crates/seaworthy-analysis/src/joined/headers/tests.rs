use super::*;
use crate::texts::snapshot;

fn surface_of(files: &[(&str, &'static str)]) -> Surface {
    snapshot(files).joined().header_apps()[0].surface
}

const NEXT: &str = r#"{"name": "web", "dependencies": {"next": "15.0.0"}}"#;

#[test]
fn files_tell_what_an_app_answers_with() {
    let alone = |text| [("vercel.json", text)];
    for (text, expected) in [
        ("{}", Surface::Unknown),
        (r#"{"framework": "vite"}"#, Surface::Pages),
        (r#"{"framework": "hono"}"#, Surface::Api),
        (r#"{"cleanUrls": true}"#, Surface::Pages),
        (r#"{"crons": [{"path": "/api/a", "schedule": "0 0 * * *"}]}"#, Surface::Api),
        (r#"{"rewrites": [{"source": "/(.*)", "destination": "/index.html"}]}"#, Surface::Pages),
        (
            r#"{"headers": [{"source": "/api/(.*)", "headers": [{"key": "Vary", "value": "a"}]}]}"#,
            Surface::Unknown,
        ),
        (
            r#"{"headers": [{"source": "/(.*)", "headers": [{"key": "Vary", "value": "a"}]}]}"#,
            Surface::Pages,
        ),
        (
            r#"{"functions": {}, "headers": [{"source": "/(.*)", "headers": [{"key": "Vary", "value": "a"}]}]}"#,
            Surface::Api,
        ),
        (r#"{"rewrites": [{"source": "/(.*)", "destination": "/api"}]}"#, Surface::Api),
        (r#"{"builds": [{"src": "i.js", "use": "@vercel/node@3"}]}"#, Surface::Api),
        (r#"{"builds": [{"src": "p", "use": "@vercel/static"}]}"#, Surface::Pages),
    ] {
        assert_eq!(surface_of(&alone(text)), expected, "{text}");
    }
    assert_eq!(surface_of(&[("vercel.json", "{}"), ("package.json", NEXT)]), Surface::Pages);
    assert_eq!(surface_of(&[("vercel.json", "{}"), ("public/index.html", "")]), Surface::Pages);
    assert_eq!(surface_of(&[("vercel.json", "{}"), ("api/hello.ts", "")]), Surface::Api);
    assert_eq!(surface_of(&[("vercel.json", "{}"), ("dist/index.html", "")]), Surface::Unknown);
}

#[test]
fn packages_that_the_commands_build_belong_to_the_app() {
    let config = "export default { async headers() { return [] } }";
    let files = |text| {
        [
            ("vercel.json", text),
            ("package.json", r#"{"workspaces": ["apps/*"]}"#),
            ("apps/web/package.json", NEXT),
            ("apps/web/next.config.mjs", config),
            ("apps/api/package.json", r#"{"name": "api", "dependencies": {"helmet": "8.0.0"}}"#),
        ]
    };
    let layers = |text| {
        let snapshot = snapshot(&files(text));
        let app = &snapshot.joined().header_apps()[0];
        app.unread_layers.iter().map(|path| path.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        layers(r#"{"buildCommand": "pnpm --filter web build"}"#),
        ["apps/web/next.config.mjs"]
    );
    assert_eq!(layers(r#"{"outputDirectory": "apps/api/dist"}"#), ["apps/api/package.json"]);
    assert_eq!(layers("{}").len(), 2, "any of them may be meant");
}

#[test]
fn each_vercel_json_is_an_app_of_its_own() {
    let snapshot = snapshot(&[
        ("vercel.json", "{}"),
        ("apps/web/vercel.json", "{}"),
        ("apps/web/package.json", NEXT),
        ("examples/a/vercel.json", "{}"),
        ("tests/fixtures/vercel.json", "{}"),
        ("docs/vercel.json", "{}"),
    ]);
    let apps: Vec<_> = snapshot
        .joined()
        .header_apps()
        .iter()
        .map(|app| (app.directory.as_str(), app.surface))
        .collect();
    assert_eq!(
        apps,
        [("apps/web", Surface::Pages), ("docs", Surface::Unknown), ("", Surface::Unknown)]
    );
}

#[test]
fn a_refused_pattern_counts_for_what_it_means() {
    let snapshot = snapshot(&[(
        "vercel.json",
        r#"{"headers": [{"source": "/*", "headers": [{"key": "X-A", "value": "1"}]},
            {"source": "about", "headers": [{"key": "X-B", "value": "1"}]}]}"#,
    )]);
    let app = &snapshot.joined().header_apps()[0];
    assert_eq!(app.presence(&app.routes[0], "x-a"), Presence::Certain);
    assert_eq!(app.presence(&app.routes[0], "x-b"), Presence::Absent);
    assert_eq!(app.setters("x-b").count(), 1);
}

#[test]
fn what_later_rules_always_override_is_shadowed() {
    let snapshot = snapshot(&[(
        "vercel.json",
        r#"{"headers": [
            {"source": "/embed/(.*)", "headers": [{"key": "X-A", "value": "1"}]},
            {"source": "/(.*)", "headers": [{"key": "x-a", "value": "2"}]},
            {"source": "/b/(.*)", "headers": [{"key": "X-A", "value": "3"}]}
        ]}"#,
    )]);
    let app = &snapshot.joined().header_apps()[0];
    let shadowed: Vec<_> = app
        .shadowed()
        .iter()
        .map(|(rule, by)| (rule.value.value.as_str(), by.value.value.as_str()))
        .collect();
    assert_eq!(shadowed, [("1", "2")]);
    let values: Vec<_> =
        app.effective_setters("x-a").iter().map(|rule| rule.value.value.as_str()).collect();
    assert_eq!(values, ["2", "3"]);
}

#[test]
fn a_page_may_restrict_itself() {
    let policy = |html| {
        let snapshot = snapshot(&[("vercel.json", "{}"), ("index.html", html)]);
        snapshot.joined().header_apps()[0].meta_policy
    };
    assert!(policy(r#"<meta http-equiv="Content-Security-Policy" content="default-src 'self'">"#));
    assert!(!policy(r#"<!-- <meta http-equiv="Content-Security-Policy" content="x"> -->"#));
    assert!(!policy(r#"<meta http-equiv="content-type" content="text/html">"#));
}

/// The providers of the apps with the number of their rules and unread layers.
fn told(files: &[(&str, &str)]) -> Vec<(Provider, usize, usize)> {
    let snapshot = snapshot(files);
    let apps = snapshot.joined().header_apps();
    apps.iter().map(|app| (app.provider, app.rules.len(), app.unread_layers.len())).collect()
}

#[test]
fn who_reads_a_headers_file_is_told_by_what_stands_above() {
    const FILE: (&str, &str) = ("site/public/_headers", "/*\n  X-A: 1\n");
    assert_eq!(told(&[FILE]), [(Provider::HeadersFile, 1, 0)]);
    assert_eq!(
        told(&[FILE, ("netlify.toml", "[build]\nbase = \"site\"\n")]),
        [(Provider::Netlify, 1, 0)]
    );
    assert_eq!(told(&[FILE, ("site/wrangler.toml", "")]), [(Provider::Cloudflare, 1, 0)]);
    assert_eq!(
        told(&[("_headers", "/*\n  ! Server\n")]),
        [(Provider::Cloudflare, 1, 0)],
        "its own words tell"
    );
    assert_eq!(told(&[("tests/fixtures/_headers", "/*\n  X-A: 1\n")]), []);
}

#[test]
fn cloudflare_reads_so_many_lines_and_of_two_blocks_the_last() {
    let wrangler = ("wrangler.toml", "");
    let many = (0..150).map(|n| format!("/{n}\n  X-A: 1\n")).collect::<Vec<_>>().concat();
    assert_eq!(told(&[wrangler, ("_headers", &many)])[0].1, 100);
    let long = format!("/*\n  X-A: {}\n  X-B: 1\n", "a".repeat(2_100));
    assert_eq!(told(&[wrangler, ("_headers", &long)])[0].1, 1);
    let twice = "/*\n  X-A: 1\n/*\n  X-B: 1\n";
    let snapshot = snapshot(&[wrangler, ("_headers", twice)]);
    let app = &snapshot.joined().header_apps()[0];
    assert_eq!(app.presence(&app.routes[0], "x-a"), Presence::Absent);
    assert_eq!(app.presence(&app.routes[0], "x-b"), Presence::Certain);
}

#[test]
fn routes_of_azure_go_before_the_global_headers() {
    let snapshot = snapshot(&[(
        "staticwebapp.config.json",
        r#"{"globalHeaders": {"X-A": "1", "X-B": "1"}, "routes": [
            {"route": "/embed/*", "headers": {"X-A": ""}}, {"route": "/*", "headers": {"X-B": "2"}}]}"#,
    )]);
    let app = &snapshot.joined().header_apps()[0];
    let route = |path: &str| app.routes.iter().find(|route| route.path == path).expect(path);
    assert_eq!(app.presence(route("/embed/x"), "x-a"), Presence::Absent);
    assert_eq!(app.presence(route("/"), "x-a"), Presence::Certain);
    let value = |path: &str| {
        let rule = app.candidates(route(path), "x-b").next().expect("a rule");
        rule.value.value.clone()
    };
    assert_eq!((value("/").as_str(), value("/embed/x").as_str()), ("2", "1"));
}

#[test]
fn a_site_of_caddy_speaks_tls_where_it_has_a_name() {
    for (address, secure) in [
        ("app.example", true),
        ("https://app.example:8443", true),
        ("http://app.example", false),
        (":80", false),
        (":443", true),
        ("{$DOMAIN}", false),
    ] {
        let text = format!("{address} {{\n\tfile_server\n}}\n");
        let snapshot = snapshot(&[("Caddyfile", &text)]);
        assert_eq!(snapshot.joined().header_apps()[0].secure, secure, "{address}");
    }
}

#[test]
fn code_behind_caddy_may_set_headers() {
    let caddy = ("Caddyfile", "app.example {\n\treverse_proxy api:3000\n}\n");
    let package = ("package.json", r#"{"dependencies": {"helmet": "8.0.0"}}"#);
    assert_eq!(told(&[caddy, package]), [(Provider::Caddy, 0, 1)]);
}
