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
