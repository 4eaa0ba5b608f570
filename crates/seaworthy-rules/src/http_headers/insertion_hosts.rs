//! Where a header is added to the files of hosts and of Caddy.
//!
//! As for the others, edits that would each open a new block replace the same
//! byte, so that only one of them is applied at a time.

use seaworthy_analysis::joined::HeaderApp;
use seaworthy_formats::hosting::Caddyfile;
use seaworthy_formats::http::{HeadersFile, Provider};
use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, json, toml};

use super::insertion::{indent_of, new_rule, pair};
use super::json_edit::{Layout, escaped};

/// Into `_headers` or `netlify.toml`, whichever speaks for the site.
pub(super) fn static_host(
    app: &HeaderApp,
    text: &str,
    header: (&str, &str),
) -> Option<(Region, String)> {
    // Where both values are sent, a second one for all paths would be wrong; and
    // where the last wins, one at the end would override what is more specific.
    if app.setters(&header.0.to_ascii_lowercase()).next().is_some() {
        return None;
    }
    match app.artifact.file_name() {
        "_headers" => headers_file(app, text, header),
        "netlify.toml" => netlify(text, header),
        _ => None,
    }
}

/// Under the line of `/*`, or in a block of its own at the end.
fn headers_file(app: &HeaderApp, text: &str, header: (&str, &str)) -> Option<(Region, String)> {
    let newline = newline(text);
    let file = HeadersFile::parse(text);
    let (name, value) = header;
    // Of several blocks for one path Cloudflare reads the last.
    let last = app.provider != Provider::Netlify;
    let mut blocks = file.blocks.iter().filter(|block| block.path.value == "/*");
    let block = if last { blocks.next_back() } else { blocks.next() };
    if let Some(block) = block {
        let line = block.lines.last();
        let indent = line.map_or("  ", |line| indent_of(text, line.name.region.start));
        let indent = if indent.is_empty() { "  " } else { indent };
        let end = line.map_or(block.path.region.end, |line| {
            line.value.as_ref().map_or(line.name.region.end, |value| value.region.end)
        });
        return Some((Region::empty(end), format!("{newline}{indent}{name}: {value}")));
    }
    appended(text, &format!("/*{newline}  {name}: {value}{newline}"))
}

/// Under the last header of the table for `/*`, or in a table of its own.
fn netlify(text: &str, header: (&str, &str)) -> Option<(Region, String)> {
    let tree = toml::parse(text);
    if tree.is_uncertain() || !tree.errors().is_empty() {
        return None;
    }
    let newline = newline(text);
    let line = format!("{} = \"{}\"", header.0, escaped(header.1));
    let tables = tree.root().get("headers").into_iter().flat_map(NodeRef::items);
    let all = |table: &NodeRef<'_>| table.get("for").and_then(NodeRef::as_str) == Some("/*");
    if let Some(table) = tables.into_iter().find(all) {
        let last = table.get("values")?.written_entries().last()?;
        let start = last.key.region().start;
        let indent = indent_of(text, start);
        // In a table on one line there is no line to follow.
        let own_line = text.get(..start)?.rsplit('\n').next()?.trim().is_empty();
        return own_line
            .then(|| (Region::empty(last.value.region().end), format!("{newline}{indent}{line}")));
    }
    // An inline list has no place for a table.
    if tree.root().get("headers").is_some_and(|list| list.items().next().is_none()) {
        return None;
    }
    let table = format!(
        "[[headers]]{newline}  for = \"/*\"{newline}  [headers.values]{newline}    {line}{newline}"
    );
    appended(text, &table)
}

/// After all that stands in the file, with a blank line between.
fn appended(text: &str, block: &str) -> Option<(Region, String)> {
    let newline = newline(text);
    let Some(last) = text.chars().next_back() else {
        return Some((Region::empty(0), block.to_owned()));
    };
    let byte = Region::new(text.len() - last.len_utf8(), text.len());
    let gap = if last == '\n' { String::new() } else { newline.to_owned() };
    Some((byte, format!("{last}{gap}{newline}{block}")))
}

fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Into the list of the site's headers, as in `vercel.json`.
pub(super) fn firebase(
    app: &HeaderApp,
    text: &str,
    header: (&str, &str),
) -> Option<(Region, String)> {
    if app.setters(&header.0.to_ascii_lowercase()).next().is_some() {
        return None;
    }
    let tree = json::parse(text);
    if tree.is_uncertain() || !tree.errors().is_empty() {
        return None;
    }
    let layout = Layout::of(text, &tree);
    let hosting = tree.root().get("hosting")?;
    let is_site = |site: &NodeRef<'_>| {
        let key = site.entry("headers").map(|entry| entry.key.content_region());
        key == Some(app.anchor) || site.region().start == app.anchor.start
    };
    let site = match hosting.is_sequence() {
        true => hosting.items().find(is_site)?,
        false => hosting,
    };
    let Some(list) = site.get("headers") else {
        let first = site.written_entries().next()?;
        let open = Region::new(site.region().start, site.region().start + 1);
        let gap = layout.gap_before(first.key.region().start);
        let item = pair(header, false);
        let rule = format!("{{ \"source\": \"**\", \"headers\": [{item}] }}");
        return Some((open, format!("{{{gap}\"headers\": [{rule}],")));
    };
    if !list.is_sequence() {
        return None;
    }
    let all = |item: &NodeRef<'_>| {
        item.get("source")
            .and_then(NodeRef::as_str)
            .is_some_and(|glob| matches!(glob, "**" | "/**"))
    };
    let first = list
        .items()
        .find(all)
        .and_then(|rule| rule.get("headers"))
        .and_then(|headers| headers.items().next());
    if let Some(first) = first {
        let at = first.region().start;
        let item = pair(header, first.region().of(text).starts_with("{\""));
        return Some((Region::empty(at), format!("{item},{}", layout.gap_before(at))));
    }
    new_rule(&layout, text, list, |_| {
        format!("{{ \"source\": \"**\", \"headers\": [{}] }}", pair(header, false))
    })
}

/// Into `globalHeaders`.
pub(super) fn static_web_apps(text: &str, header: (&str, &str)) -> Option<(Region, String)> {
    let tree = json::parse(text);
    let root = tree.root();
    if !root.is_mapping() || tree.is_uncertain() || !tree.errors().is_empty() {
        return None;
    }
    let layout = Layout::of(text, &tree);
    let entry = format!("\"{}\": \"{}\"", escaped(header.0), escaped(header.1));
    if let Some(global) = root.get("globalHeaders") {
        let first = global.written_entries().next()?;
        let at = first.key.region().start;
        return Some((Region::empty(at), format!("{entry},{}", layout.gap_before(at))));
    }
    let open = Region::new(root.region().start, root.region().start + 1);
    let first = root.written_entries().next()?;
    let gap = layout.gap_before(first.key.region().start);
    Some((open, format!("{{{gap}\"globalHeaders\": {{ {entry} }},")))
}

/// Into the site's `header` for all requests, or as its first line.
pub(super) fn caddy(app: &HeaderApp, text: &str, header: (&str, &str)) -> Option<(Region, String)> {
    if app.setters(&header.0.to_ascii_lowercase()).next().is_some() {
        return None;
    }
    let file = Caddyfile::parse(text);
    let site = file.sites.iter().find(|site| {
        site.addresses.first().is_some_and(|first| first.region.start == app.anchor.start)
    })?;
    let line = format!("{} \"{}\"", header.0, escaped(header.1));
    let block = site.directives.iter().find(|directive| {
        directive.name() == "header"
            && directive.args().is_empty()
            && !directive.children.is_empty()
    });
    if let Some(last) = block.and_then(|directive| directive.children.last()) {
        let region = last.words_region();
        // A word in quotes ends behind its quote.
        let end = region.end + text.get(region.end..)?.find('\n')?;
        let end = end - usize::from(text[..end].ends_with('\r'));
        let indent = indent_of(text, region.start);
        return Some((Region::empty(end), format!("{}{indent}{line}", newline(text))));
    }
    let inside = site.block?.start;
    let first = site.directives.first()?;
    let indent = indent_of(text, first.words_region().start);
    let brace = Region::new(inside.checked_sub(1)?, inside);
    Some((brace, format!("{{{}{indent}header {line}", newline(text))))
}
