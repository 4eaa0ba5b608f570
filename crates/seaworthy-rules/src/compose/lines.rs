//! Edits of whole lines in block style.

use seaworthy_analysis::Context;
use seaworthy_model::{ArtifactPath, Region};

/// The line around `region`, with its line break, when nothing stands on it but
/// `key: value` whose value is `region`, and perhaps a comment.
pub(super) fn entry_line(
    cx: &Context<'_>,
    path: &ArtifactPath,
    key: &str,
    region: Region,
) -> Option<Region> {
    let text = text(cx, path)?;
    let start = text.get(..region.start)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(region.end..)?.find('\n').map_or(text.len(), |at| region.end + at + 1);
    let before = text.get(start..region.start)?.trim_start().trim_end_matches(['"', '\'']);
    let after = text.get(region.end..end)?.trim_start_matches(['"', '\'']).trim();
    let sole = before.strip_prefix(key)?.trim() == ":";
    (sole && (after.is_empty() || after.starts_with('#'))).then(|| Region::new(start, end))
}

/// The blanks before what stands first on the line at `offset`; `None` when
/// something else stands before it. The dash of a list counts as a blank.
pub(super) fn indentation(cx: &Context<'_>, path: &ArtifactPath, offset: usize) -> Option<usize> {
    let text = text(cx, path)?;
    let before = text.get(..offset)?;
    let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    line.bytes().all(|byte| matches!(byte, b' ' | b'-')).then_some(line.len())
}

/// The start of the line after the one at `offset`.
pub(super) fn next_line(cx: &Context<'_>, path: &ArtifactPath, offset: usize) -> Option<usize> {
    let text = text(cx, path)?;
    Some(offset + text.get(offset..)?.find('\n')? + 1)
}

/// What a file holds.
pub(super) fn text<'s>(cx: &Context<'s>, path: &ArtifactPath) -> Option<&'s str> {
    let artifact = cx.snapshot().artifact(path.as_str())?;
    cx.snapshot().text(artifact)
}

/// Whether a plain scalar stands between braces or brackets, as far as its own
/// line tells.
pub(super) fn is_in_flow(cx: &Context<'_>, path: &ArtifactPath, region: Region) -> bool {
    let before = text(cx, path).and_then(|text| text.get(..region.start)).unwrap_or("");
    let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    line.contains(['{', '['])
}
