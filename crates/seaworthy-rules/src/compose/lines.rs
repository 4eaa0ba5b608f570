//! Edits of whole lines in block style.

use seaworthy_analysis::Context;
use seaworthy_formats::compose::Origin;
use seaworthy_model::{ArtifactPath, Region};

/// How far the ends of a line are looked for: a file on one line has none.
const LONGEST: usize = 4096;

/// The line around `region`, with its line break, when nothing stands on it but
/// `key: value` whose value is `region`, and perhaps a comment.
pub(super) fn entry_line(
    cx: &Context<'_>,
    path: &ArtifactPath,
    key: &str,
    region: Region,
) -> Option<Region> {
    let text = text(cx, path)?;
    let start = line_start(text, region.start)?;
    let end = line_end(text, region.end)?;
    let before = text.get(start..region.start)?.trim_start().trim_end_matches(['"', '\'']);
    let after = text.get(region.end..end)?.trim_start_matches(['"', '\'']).trim();
    let sole = before.strip_prefix(key)?.trim() == ":";
    (sole && (after.is_empty() || after.starts_with('#'))).then(|| Region::new(start, end))
}

/// The blanks before what stands first on the line at `offset`; `None` when
/// something else stands before it. The dash of a list counts as a blank.
pub(super) fn indentation(cx: &Context<'_>, path: &ArtifactPath, offset: usize) -> Option<usize> {
    let text = text(cx, path)?;
    let line = text.get(line_start(text, offset)?..offset)?;
    line.bytes().all(|byte| matches!(byte, b' ' | b'-')).then_some(line.len())
}

/// The start of the line after the one at `offset`; `None` when it is the last
/// and has no line break.
pub(super) fn next_line(cx: &Context<'_>, path: &ArtifactPath, offset: usize) -> Option<usize> {
    let text = text(cx, path)?;
    let end = line_end(text, offset)?;
    text.get(..end)?.ends_with('\n').then_some(end)
}

/// Where the body of the entry under the key at `key` begins, and the blanks
/// before its lines; `None` when it is not in block style.
pub(super) fn body<'s>(cx: &Context<'s>, key: &Origin) -> Option<(usize, &'s str)> {
    let text = text(cx, &key.artifact)?;
    let column = indentation(cx, &key.artifact, key.region.start)?;
    let mut at = line_end(text, key.region.end)?;
    let rest = text.get(key.region.end..at)?.trim_start_matches(['"', '\'']).trim();
    let rest = rest.strip_prefix(':')?.trim_start();
    // An anchor of its own may stand there.
    let anchored = rest.starts_with('&') && !rest.contains(char::is_whitespace);
    if !(rest.is_empty() || rest.starts_with('#') || anchored) {
        return None;
    }
    let from = at;
    while at < text.len() && at - from < LONGEST {
        let end = line_end(text, at)?;
        let line = text.get(at..end)?;
        let content = line.trim_start_matches(' ');
        if !(content.trim().is_empty() || content.starts_with('#')) {
            let indent = &line[..line.len() - content.len()];
            return (indent.len() > column && text.get(..end)?.ends_with('\n'))
                .then_some((at, indent));
        }
        at = end;
    }
    None
}

/// The line break that the file uses.
pub(super) fn line_break(cx: &Context<'_>, path: &ArtifactPath) -> &'static str {
    let first = text(cx, path).and_then(|text| text.split_inclusive('\n').next());
    if first.is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" }
}

/// Whether a plain scalar stands between braces or brackets, as far as its own
/// line tells.
pub(super) fn is_in_flow(cx: &Context<'_>, path: &ArtifactPath, region: Region) -> bool {
    let Some(text) = text(cx, path) else { return true };
    let line = line_start(text, region.start).and_then(|start| text.get(start..region.start));
    line.is_none_or(|line| line.contains(['{', '[']))
}

fn line_start(text: &str, offset: usize) -> Option<usize> {
    let from = offset.saturating_sub(LONGEST);
    let before = text.as_bytes().get(from..offset)?;
    match before.iter().rposition(|&byte| byte == b'\n') {
        Some(at) => Some(from + at + 1),
        None => (from == 0).then_some(0),
    }
}

/// The end of the line at `offset`, its break included.
fn line_end(text: &str, offset: usize) -> Option<usize> {
    let rest = text.as_bytes().get(offset..)?;
    match rest.iter().take(LONGEST).position(|&byte| byte == b'\n') {
        Some(at) => Some(offset + at + 1),
        None => (rest.len() < LONGEST).then_some(text.len()),
    }
}

/// What a file holds.
pub(super) fn text<'s>(cx: &Context<'s>, path: &ArtifactPath) -> Option<&'s str> {
    let artifact = cx.snapshot().artifact(path.as_str())?;
    cx.snapshot().text(artifact)
}
