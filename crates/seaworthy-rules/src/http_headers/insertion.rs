//! Where a header is added to the file that declares an app's headers.
//!
//! A header goes into the rule that reaches every path, if there is one that no
//! other setter of the header precedes; else into a new rule before all others,
//! so that more specific rules still win. Edits that would each add such a rule
//! replace the same byte, hence only one of them is applied at a time and the
//! next finds the rule in place.

use seaworthy_analysis::Edit;
use seaworthy_analysis::joined::HeaderApp;
use seaworthy_formats::http::Provider;
use seaworthy_formats::nginx::{Body, NginxFile};
use seaworthy_formats::vercel::Source;
use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, json};

use super::insertion_hosts as hosts;
use super::json_edit::{Layout, escaped};

/// Adds a header for all paths to the edit. `None` where the provider's file
/// cannot be edited with certainty.
pub(super) fn add(edit: Edit, app: &HeaderApp, text: &str, header: (&str, &str)) -> Option<Edit> {
    let (region, text) = match app.provider {
        Provider::Vercel => vercel(app, text, header)?,
        Provider::Nginx => nginx(app, text, header)?,
        Provider::Netlify | Provider::Cloudflare | Provider::HeadersFile => {
            hosts::static_host(app, text, header)?
        }
        Provider::Firebase => hosts::firebase(app, text, header)?,
        Provider::StaticWebApps => hosts::static_web_apps(text, header)?,
        Provider::Caddy => hosts::caddy(app, text, header)?,
        Provider::Traefik | Provider::Next | Provider::Application => return None,
    };
    Some(edit.replace(&app.artifact, region, text))
}

/// After the last header of the server, or as its first line. Where a location
/// has headers of its own, a line more in the server would not reach it.
fn nginx(app: &HeaderApp, text: &str, header: (&str, &str)) -> Option<(Region, String)> {
    let file = NginxFile::parse(text);
    let (id, server) = file
        .all()
        .find(|(_, directive)| directive.is("server") && directive.words_region() == app.anchor)?;
    let Body::Block { region, .. } = &server.body else { return None };
    let mut own = None;
    for (_, directive) in file.all().filter(|(_, directive)| directive.is("add_header")) {
        if directive.parent == Some(id) {
            own = Some(directive);
        } else if region.contains(directive.region) {
            return None;
        }
    }
    // Headers of an included file would be lost by the first one here.
    if own.is_none() && !app.rules.is_empty() {
        return None;
    }
    let (name, value) = header;
    let line = format!("add_header {name} \"{value}\" always;");
    Some(match own {
        Some(last) => {
            let indent = indent_of(text, last.region.start);
            (Region::empty(last.region.end), format!("\n{indent}{line}"))
        }
        None => {
            let indent = indent_of(text, server.region.start);
            (Region::empty(region.start), format!("\n{indent}    {line}"))
        }
    })
}

/// The blanks before the first word of the line in which a byte stands.
pub(super) fn indent_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = &text[start..at];
    &line[..line.len() - line.trim_start().len()]
}

fn vercel(app: &HeaderApp, text: &str, header: (&str, &str)) -> Option<(Region, String)> {
    let tree = json::parse(text);
    let root = tree.root();
    if !root.is_mapping() || tree.is_uncertain() || !tree.errors().is_empty() {
        return None;
    }
    let layout = Layout::of(text, &tree);
    // Vercel refuses `headers` beside the legacy `routes`.
    if let Some(routes) = root.get("routes") {
        return legacy(&layout, routes, header);
    }
    match root.get("headers") {
        Some(list) => listed(app, &layout, text, list, header),
        None => keyed(&layout, text, root, header),
    }
}

/// Into the list of rules.
fn listed(
    app: &HeaderApp,
    layout: &Layout<'_>,
    text: &str,
    list: NodeRef<'_>,
    header: (&str, &str),
) -> Option<(Region, String)> {
    if !list.is_sequence() {
        return None;
    }
    let name = header.0.to_ascii_lowercase();
    let first_setter = app.setters(&name).map(|rule| rule.source.start).min();
    let everywhere = list.items().find(|item| {
        first_setter.is_none_or(|setter| item.region().end <= setter) && reaches_all(app, *item)
    });
    if let Some(first) =
        everywhere.and_then(|rule| rule.get("headers")).and_then(|list| list.items().next())
    {
        let at = first.region().start;
        let item = pair(header, first.region().of(text).starts_with("{\""));
        return Some((Region::empty(at), format!("{item},{}", layout.gap_before(at))));
    }
    new_rule(layout, text, list, |indent| match indent {
        Some(indent) => rule(layout, indent, header),
        None => compact_rule(header),
    })
}

/// A new first rule of a list.
pub(super) fn new_rule(
    layout: &Layout<'_>,
    text: &str,
    list: NodeRef<'_>,
    rule: impl Fn(Option<&str>) -> String,
) -> Option<(Region, String)> {
    let Some(first) = list.items().next() else {
        let inner = list.region().of(text);
        if !inner.trim_matches(['[', ']']).trim().is_empty() {
            return None;
        }
        let key = own_indent(layout, text, list.region().start);
        let rule = rule(Some(&format!("{key}{}", layout.unit)));
        let (newline, unit) = (layout.newline, layout.unit);
        return Some((list.region(), format!("[{newline}{key}{unit}{rule}{newline}{key}]")));
    };
    Some(before(layout, list, first, rule))
}

/// A new item before the first one: the opening bracket is replaced, so that no
/// two such edits are applied at once.
fn before(
    layout: &Layout<'_>,
    list: NodeRef<'_>,
    first: NodeRef<'_>,
    item: impl Fn(Option<&str>) -> String,
) -> (Region, String) {
    let open = Region::new(list.region().start, list.region().start + 1);
    let indent = layout.indent_at(first.region().start);
    let lead = indent.map_or_else(String::new, |indent| format!("{}{indent}", layout.newline));
    let trail = if indent.is_some() { "" } else { " " };
    (open, format!("[{lead}{},{trail}", item(indent)))
}

/// As a new key of the file.
fn keyed(
    layout: &Layout<'_>,
    text: &str,
    root: NodeRef<'_>,
    header: (&str, &str),
) -> Option<(Region, String)> {
    let (newline, unit) = (layout.newline, layout.unit);
    let inner = format!("{unit}{unit}");
    let key =
        format!("\"headers\": [{newline}{inner}{}{newline}{unit}]", rule(layout, &inner, header));
    let Some(last) = root.written_entries().last() else {
        let blank = root.region().of(text).trim_matches(['{', '}']).trim().is_empty();
        return blank.then(|| (root.region(), format!("{{{newline}{unit}{key}{newline}}}")));
    };
    let end = last.value.region().end;
    let rest = text.get(end..root.region().end)?;
    // A trailing comma or a comment: then there is no plain place.
    if rest.trim() != "}" {
        return None;
    }
    let byte = Region::new(end.checked_sub(1)?, end);
    if layout.indent_at(last.key.region().start).is_none() {
        return Some((byte, format!("{}, \"headers\": [{}]", byte.of(text), compact_rule(header))));
    }
    Some((byte, format!("{},{newline}{unit}{key}", byte.of(text))))
}

/// As a legacy route that goes on to the next.
fn legacy(
    layout: &Layout<'_>,
    routes: NodeRef<'_>,
    header: (&str, &str),
) -> Option<(Region, String)> {
    let first = routes.items().next()?;
    let goes_on = first.get("continue").and_then(NodeRef::as_bool) == Some(true);
    let src = first.get("src").or_else(|| first.get("source")).and_then(NodeRef::as_str);
    let everywhere = matches!(src, Some("/(.*)" | "/.*" | "(.*)" | ".*" | "^/(.*)$" | "^/.*$"));
    let conditional = ["has", "missing", "methods"].iter().any(|key| first.get(key).is_some());
    let (name, value) = (escaped(header.0), escaped(header.1));
    if goes_on
        && everywhere
        && !conditional
        && let Some(entry) = first.get("headers").and_then(|map| map.written_entries().next())
    {
        let at = entry.key.region().start;
        let gap = layout.gap_before(at);
        return Some((Region::empty(at), format!("\"{name}\": \"{value}\",{gap}")));
    }
    Some(before(layout, routes, first, |_| {
        format!(
            "{{ \"src\": \"/(.*)\", \"headers\": {{ \"{name}\": \"{value}\" }}, \"continue\": true }}"
        )
    }))
}

/// Whether an item of `headers` holds for every path without conditions.
fn reaches_all(app: &HeaderApp, item: NodeRef<'_>) -> bool {
    let Some(source) = item.get("source").and_then(NodeRef::as_str) else { return false };
    let Ok(source) = Source::compile(source) else { return false };
    let odd = ["/x.y/z-1", "/favicon.ico", "/_next/data/a.json", "/robots.txt"];
    let paths = app.routes.iter().map(|route| route.path.as_str());
    item.get("has").is_none()
        && item.get("missing").is_none()
        && paths.chain(odd).all(|path| source.matches(path).is_yes())
}

/// The indentation of the line that `offset` stands on.
fn own_indent<'t>(layout: &Layout<'t>, text: &'t str, offset: usize) -> &'t str {
    let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(start..).unwrap_or("");
    let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
    layout.indent_at(start + blanks).unwrap_or("")
}

pub(super) fn pair((name, value): (&str, &str), compact: bool) -> String {
    let (name, value) = (escaped(name), escaped(value));
    if compact {
        format!("{{\"key\": \"{name}\", \"value\": \"{value}\"}}")
    } else {
        format!("{{ \"key\": \"{name}\", \"value\": \"{value}\" }}")
    }
}

fn compact_rule(header: (&str, &str)) -> String {
    format!("{{\"source\": \"/(.*)\", \"headers\": [{}]}}", pair(header, true))
}

fn rule(layout: &Layout<'_>, indent: &str, header: (&str, &str)) -> String {
    let (newline, unit) = (layout.newline, layout.unit);
    let item = pair(header, false);
    [
        "{".to_owned(),
        format!("{indent}{unit}\"source\": \"/(.*)\","),
        format!("{indent}{unit}\"headers\": ["),
        format!("{indent}{unit}{unit}{item}"),
        format!("{indent}{unit}]"),
        format!("{indent}}}"),
    ]
    .join(newline)
}

#[cfg(test)]
mod tests {
    use seaworthy_analysis::NativeRule;
    use seaworthy_model::{Replacement, apply};
    use seaworthy_syntax::json;
    use seaworthy_testkit::{Fixture, run};

    const RULES: [&NativeRule; 5] = [
        &super::super::header_hsts_missing::RULE,
        &super::super::header_permissions_policy::RULE,
        &super::super::header_referrer_policy::RULE,
        &super::super::header_x_content_type_options::RULE,
        &super::super::header_x_frame_options::RULE,
    ];

    /// Applies fixes as the engine does, round after round: of those that begin
    /// at one place only the first.
    fn fixed(text: &str) -> (String, usize) {
        let mut text = text.to_owned();
        for round in 0..10 {
            let fixture = Fixture::single("vercel.json", &text);
            let mut chosen: Vec<Replacement> = Vec::new();
            for finding in RULES.iter().flat_map(|rule| run(rule, &fixture, false)) {
                let edits = &finding.fixes.first().expect("each offers an edit").replacements;
                let free = |edit: &Replacement| {
                    chosen.iter().all(|known| known.region.start != edit.region.start)
                };
                if edits.iter().all(free) {
                    chosen.extend(edits.iter().cloned());
                }
            }
            if chosen.is_empty() {
                return (text, round);
            }
            let chosen: Vec<&Replacement> = chosen.iter().collect();
            text = apply(&text, &chosen).expect("the edits fit");
            assert!(json::parse(&text).errors().is_empty(), "{text}");
        }
        panic!("the fixes do not come to an end:\n{text}");
    }

    #[test]
    fn fixes_of_all_rules_come_to_an_end_and_share_one_rule() {
        for text in [
            "{\n  \"framework\": \"vite\"\n}\n",
            "{\"framework\": \"vite\", \"headers\": []}",
            "{\n  \"cleanUrls\": true,\n  \"headers\": [\n    { \"source\": \"/a\", \"headers\": [{\"key\": \"Vary\", \"value\": \"x\"}] }\n  ]\n}\n",
            "{\r\n\t\"cleanUrls\": true\r\n}\r\n",
        ] {
            let (after, rounds) = fixed(text);
            assert_eq!(after.matches("/(.*)").count(), 1, "{after}");
            assert_eq!(rounds, 5, "{after}");
            assert_eq!(
                after.matches("\r\n").count(),
                if text.contains('\r') { after.matches('\n').count() } else { 0 }
            );
        }
        let (legacy, _) = fixed("{\"routes\": [{\"src\": \"/x\", \"dest\": \"/index.html\"}]}");
        assert_eq!(legacy.matches("continue").count(), 1, "{legacy}");
    }

    #[test]
    fn files_without_a_plain_place_are_left_alone() {
        for text in [
            "{\n  \"framework\": \"vite\" // the builder\n}\n",
            "{\n  \"framework\": \"vite\",\n}\n",
            "{\n  \"framework\": \"vite\",\n  \"headers\": [/* none */]\n}\n",
        ] {
            let fixture = Fixture::single("vercel.json", text);
            for finding in run(RULES[0], &fixture, false) {
                assert!(finding.fixes.is_empty(), "{text}");
            }
        }
    }
}
