//! `nginx-add-header-inheritance`

use std::collections::HashSet;

use seaworthy_analysis::joined::NginxSite;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::http::Provider;
use seaworthy_formats::nginx::{AddedHeader, Configuration, LocationMatch, NodeId};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "nginx-add-header-inheritance",
        group: Group::HttpHeaders,
        summary: "location of nginx that loses the security headers around it",
        help: include_str!("nginx_add_header_inheritance.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Headers whose loss matters.
const SECURITY: [&str; 9] = [
    "content-security-policy",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

/// The most levels with headers of one configuration that are judged; only a
/// hostile one has more.
const MOST_LEVELS: usize = 1_000;

/// Words of locations that hold no pages.
const ASIDE: [&str; 24] = [
    "api", "assets", "build", "css", "dist", "favicon", "files", "font", "fonts", "health",
    "image", "images", "img", "js", "media", "metrics", "_next", "public", "robots", "static",
    "status", "storage", "uploads", "ws",
];

fn check(cx: &mut Context<'_>) {
    let mut seen: HashSet<(ArtifactPath, Region)> = HashSet::new();
    for site in cx.joined().nginx_sites() {
        let configuration = &site.configuration;
        // Each level looks at all that stands beside it.
        let levels = configuration
            .all()
            .filter(|&level| configuration.named(level, "add_header").next().is_some());
        for level in levels.take(MOST_LEVELS) {
            let kind = configuration.get(level).name.value.as_str();
            if !matches!(kind, "server" | "location" | "if")
                || configuration.is_open_here(Some(level))
            {
                continue;
            }
            let lost = lost(cx, configuration, level);
            let place = (configuration.artifact(level).clone(), configuration.region(level));
            if lost.is_empty() || answers_preflights(configuration, level) || !seen.insert(place) {
                continue;
            }
            report(cx, site, level, &lost);
        }
    }
}

/// The security headers around a level that it neither takes over nor repeats.
fn lost(cx: &Context<'_>, configuration: &Configuration, level: NodeId) -> Vec<AddedHeader> {
    let dropped = configuration.dropped_headers(level);
    if dropped.is_empty() {
        return dropped;
    }
    let own = configuration.own_headers(level);
    let more = configuration.more_set(level);
    let mut lost: Vec<AddedHeader> = Vec::new();
    for header in dropped {
        let name = header.name.value.to_ascii_lowercase();
        let watched =
            SECURITY.contains(&name.as_str()) || cx.options().required_headers.contains(&name);
        let repeated = |list: &[AddedHeader]| {
            list.iter().any(|other| other.name.value.eq_ignore_ascii_case(&name))
        };
        let sets_more = more.iter().any(|(other, _)| *other == name);
        if watched
            && !header.value.value.is_empty()
            && !sets_more
            && !repeated(&own)
            && !repeated(&lost)
        {
            lost.push(header);
        }
    }
    lost
}

/// Whether a condition answers by itself, as for preflight requests of CORS,
/// which no page is made of.
fn answers_preflights(configuration: &Configuration, level: NodeId) -> bool {
    configuration.get(level).is("if") && configuration.named(level, "return").next().is_some()
}

fn report(cx: &mut Context<'_>, site: &NginxSite, level: NodeId, lost: &[AddedHeader]) {
    let configuration = &site.configuration;
    let directive = configuration.get(level);
    let severity = severity(cx, site, level);
    let names: Vec<String> = lost.iter().map(|header| format!("`{}`", header.name.value)).collect();
    let kind = match directive.name.value.as_str() {
        "if" => "condition",
        kind => kind,
    };
    let verb = if names.len() == 1 { "is" } else { "are" };
    let message = format!(
        "This {kind} has an `add_header` of its own, so nginx sends none of those around it: {} \
         {verb} lost here. Repeat {} in it, or include all of them from one file.",
        names.join(", "),
        if names.len() == 1 { "it" } else { "them" },
    );
    let edit = edit(configuration, level, lost);
    let artifact = configuration.artifact(level).clone();
    let mut evidence: Vec<String> =
        lost.iter().map(|header| header.name.value.to_ascii_lowercase()).collect();
    evidence.sort();
    let draft = cx
        .report_in(&artifact, configuration.region(level), message)
        .severity(severity)
        .evidence(format!("{} {}", words(configuration, level), evidence.join(" ")));
    for header in lost.iter().take(8) {
        draft.related(
            configuration.artifact(header.node),
            configuration.region(header.node),
            "not sent by it",
        );
    }
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// The words of a level, as it is called.
fn words(configuration: &Configuration, level: NodeId) -> String {
    let directive = configuration.get(level);
    let args = directive.args.iter().map(|word| word.value.as_str());
    std::iter::once(directive.name.value.as_str()).chain(args).take(4).collect::<Vec<_>>().join(" ")
}

/// High where pages lose them, low for what else there is, and where the code
/// behind may set them itself.
fn severity(cx: &Context<'_>, site: &NginxSite, level: NodeId) -> Severity {
    let configuration = &site.configuration;
    let server = configuration.chain(level).find(|&block| configuration.get(block).is("server"));
    let Some(server) = server else { return Severity::Low };
    let pages = configuration.get(level).is("server")
        || (configuration.get(level).is("location") && holds_pages(configuration, level));
    if !pages {
        return Severity::Low;
    }
    if configuration.passes_on(level) {
        let covered = cx.joined().header_apps().iter().any(|app| {
            app.provider == Provider::Nginx
                && app.artifact == *configuration.artifact(server)
                && app.anchor == configuration.region(server)
                && !app.knows_all_layers()
        });
        if covered {
            return Severity::Low;
        }
    }
    Severity::High
}

/// Whether a location answers with pages, by its path.
fn holds_pages(configuration: &Configuration, location: NodeId) -> bool {
    match configuration.location_match(location) {
        Some(LocationMatch::Exact(path)) => {
            path == "/" || (path.ends_with(".html") && !is_error_page(configuration, &path))
        }
        Some(LocationMatch::Prefix(path, _)) => {
            !path.trim_matches('/').split(['/', '.', '-']).any(|word| ASIDE.contains(&word))
                && !path.starts_with("/.well-known")
        }
        Some(LocationMatch::Pattern(pattern, _)) => pattern.contains("html"),
        Some(LocationMatch::Named(_)) => true,
        None => false,
    }
}

/// Whether a path is that of an error page.
fn is_error_page(configuration: &Configuration, path: &str) -> bool {
    configuration.all().any(|id| {
        let directive = configuration.get(id);
        directive.is("error_page") && directive.args.last().is_some_and(|last| last.value == path)
    })
}

/// Repeats the lost headers after the last one of the level.
fn edit(configuration: &Configuration, level: NodeId, lost: &[AddedHeader]) -> Option<Edit> {
    let artifact = configuration.artifact(level);
    let last = configuration.own_headers(level).pop()?;
    // One of an included file belongs to whoever includes it.
    if configuration.artifact(last.node) != artifact {
        return None;
    }
    let mut text = String::new();
    for header in lost {
        let directive = configuration.get(header.node);
        let value = &directive.arg(1)?;
        if value.contains(['"', '\\', '\n']) {
            return None;
        }
        let always = if header.always { " always" } else { "" };
        text.push_str(&format!(" add_header {} \"{value}\"{always};", header.name.value));
    }
    let end = configuration.get(last.node).region.end;
    let title = match lost.len() {
        1 => "Repeat the header here",
        _ => "Repeat the headers here",
    };
    Some(Edit::safe(title).insert(artifact, end, text))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_levels_that_lose_headers() {
        check(
            &RULE,
            "nginx.conf",
            "
http {
  add_header X-Content-Type-Options nosniff always;
  server {
  ^^^^^^ [high] This server has an `add_header` of its own, so nginx sends none of those around it: `X-Content-Type-Options` is lost here
    add_header X-Frame-Options DENY always;
    add_header X-Other 1;
    location / {
    ^^^^^^^^^^ [high] `X-Frame-Options` is lost
      add_header Cache-Control no-cache;
    }
    location = /index.html { add_header Cache-Control no-cache; }
    ^^^^^^^^^^^^^^^^^^^^^^ [high] lost
    location ~* \\.(js|css)$ { add_header Cache-Control immutable; }
    ^^^^^^^^^^^^^^^^^^^^^^^ [low] lost
    location /api/ {
    ^^^^^^^^^^^^^^ [low] lost
      add_header X-Robots-Tag noindex;
      proxy_pass http://api;
    }
    location /plain { root /x; }
  }
}
",
        );
    }

    #[test]
    fn passes_what_repeats_or_inherits() {
        for location in [
            "location / { add_header X-Frame-Options DENY; add_header Cache-Control no-cache; }",
            "location / { add_header x-frame-options SAMEORIGIN; }",
            "location / { expires 1h; }",
            "location / { include /etc/elsewhere/headers.conf; add_header A 1; }",
            "location / { if ($request_method = OPTIONS) { add_header Access-Control-Max-Age 1; return 204; } }",
            "add_header_inherit merge; location / { add_header A 1; }",
            "more_set_headers 'X-Frame-Options: DENY'; location / { add_header A 1; }",
        ] {
            let text = format!(
                "server {{ listen 80; root /x; add_header X-Frame-Options DENY; {location} }}"
            );
            check(&RULE, "nginx.conf", &text);
        }
        // What is lost protects nothing.
        check(&RULE, "nginx.conf", "server { add_header A 1; location / { add_header B 1; } }");
    }

    #[test]
    fn included_files_count_where_they_are_included() {
        check_files(
            &RULE,
            "
//- nginx/nginx.conf
http { server { include headers.conf; root /x;
  location / { include headers.conf; add_header Cache-Control no-cache; }
  location /docs/ { add_header Cache-Control no-cache; }
  ^^^^^^^^^^^^^^^ [high] `X-Frame-Options`, `Referrer-Policy` are lost
} }
//- nginx/headers.conf
add_header X-Frame-Options DENY;
add_header Referrer-Policy no-referrer;
",
        );
    }

    #[test]
    fn code_behind_a_location_may_send_them_itself() {
        check_files(
            &RULE,
            "
//- nginx.conf
server {
  add_header X-Frame-Options DENY;
  location / {
  ^^^^^^^^^^ [low] lost
    add_header A 1;
    proxy_pass http://app;
  }
}
//- package.json
{ \"dependencies\": { \"helmet\": \"8.0.0\", \"express\": \"5.0.0\" } }
",
        );
    }

    #[test]
    fn the_lost_headers_are_repeated() {
        check_fix(
            &RULE,
            "nginx.conf",
            "
server {
  add_header X-Frame-Options DENY always;
  add_header Referrer-Policy 'no-referrer';
  location / { add_header A 1; root /x; }
}
",
            "
server {
  add_header X-Frame-Options DENY always;
  add_header Referrer-Policy 'no-referrer';
  location / { add_header A 1; add_header X-Frame-Options \"DENY\" always; add_header Referrer-Policy \"no-referrer\"; root /x; }
}
",
        );
    }
}
