//! Every `source` of a file, and the right pattern for a wrong one.

use seaworthy_analysis::{Context, Edit};
use seaworthy_formats::vercel::{Destination, Pattern, VercelConfig, suggest};

use crate::http_headers::json_edit::escaped;

/// The `source` of one rule.
pub(super) struct Listed<'a> {
    pub(super) pattern: &'a Pattern,
    /// The list it stands in.
    pub(super) list: &'static str,
    /// Where the rule leads, if it leads anywhere.
    destination: Option<&'a str>,
}

/// The sources that are written in the file, in the order of its lists.
pub(super) fn listed(config: &VercelConfig) -> Vec<Listed<'_>> {
    let headers =
        config.headers.iter().flatten().map(|rule| (&rule.source, "headers", None, rule.region));
    let redirects = config.redirects.iter().flatten().map(|rule| {
        (&rule.source, "redirects", Some(rule.destination.value.as_str()), rule.region)
    });
    let rewrites = config.rewrites.iter().flatten().map(|rule| {
        let destination = match &rule.destination {
            Destination::Text(text) => Some(text.value.as_str()),
            Destination::Service { path, .. } => path.as_ref().map(|path| path.value.as_str()),
        };
        (&rule.source, "rewrites", destination, rule.region)
    });
    headers
        .chain(redirects)
        .chain(rewrites)
        // A rule without a source has its text at the rule's own start.
        .filter(|(pattern, _, _, region)| pattern.text.region.start > region.start)
        .map(|(pattern, list, destination, _)| Listed { pattern, list, destination })
        .collect()
}

/// The pattern that was evidently meant, and the edit that writes it.
pub(super) fn mended(cx: &Context<'_>, listed: &Listed<'_>) -> Option<(String, Edit)> {
    let text = &listed.pattern.text;
    let meant = suggest(&text.value)?;
    let title = format!("Write the source as `{meant}`");
    // A destination that speaks of the pattern's parts may need a change, too.
    let follows = listed.destination.is_some_and(|to| to.contains(['*', '$', '(']));
    let edit = if follows { Edit::risky(title) } else { Edit::safe(title) };
    let edit = edit.replace(cx.path(), text.region, escaped(&meant));
    Some((meant, edit))
}
