//! Base64 that the program decodes where it is written: `atob("…")`, `echo … |
//! base64 -d`. Read as if the text stood there, it has the name that it is
//! assigned to.

use seaworthy_model::Region;

use super::Layer;
use crate::find::near::{self, SEXTET};

/// How far before a call its line is read.
const BEFORE: usize = 200;
/// The most bytes that are decoded.
const MOST: usize = 16 * 1024;

/// The line of the decoder at `hit`, with what it decodes in its place; it begins
/// at `done` or behind it.
pub(super) fn at(text: &str, hit: Region, done: usize) -> Option<Layer> {
    let bytes = text.as_bytes();
    let floor = text.ceil_char_boundary(hit.start.saturating_sub(BEFORE).max(done));
    let line = (floor..hit.start).rev().find(|&at| bytes[at] == b'\n').map_or(floor, |at| at + 1);
    let run = argument(bytes, hit).or_else(|| piped(bytes, hit, line))?;
    if run.start < line && run.start < done {
        return None;
    }
    let decoded = String::from_utf8(near::base64(bytes.get(run.start..run.end)?)?).ok()?;
    let decoded = decoded.trim_end_matches(['\n', '\r']);
    if decoded.len() < 6 || decoded.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let simple = !decoded.contains(['"', '\\', '\n']);
    let prefix = if simple { assigned(text, line, run.start) } else { "" };
    let mut layer = Layer {
        text: String::with_capacity(prefix.len() + decoded.len() + 2),
        region: Region::new(if prefix.is_empty() { run.start } else { line }, run.end),
        origin: Vec::with_capacity(prefix.len() + decoded.len() + 3),
        encoding: "base64",
    };
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    layer.text.push_str(prefix);
    layer.origin.extend((line..line + prefix.len()).map(offset));
    if !prefix.is_empty() {
        layer.text.push('"');
        layer.origin.push(offset(run.start));
    }
    layer.text.push_str(decoded);
    layer.origin.extend((0..decoded.len()).map(|at| offset(run.start + at / 3 * 4 + at % 3)));
    layer.origin.push(offset(run.end));
    if !prefix.is_empty() {
        layer.text.push('"');
        layer.origin.push(offset(run.end));
    }
    Some(layer)
}

/// The line up to the sign that assigns what the decoder gives; nothing when there
/// is none.
fn assigned(text: &str, line: usize, end: usize) -> &str {
    let head = text.get(line..end).unwrap_or_default();
    head.find(['=', ':']).map_or("", |at| {
        let signs = head[at..].bytes().take(2).take_while(|byte| b"=:>".contains(byte)).count();
        &head[..at + signs]
    })
}

/// Whether the byte is of base64, padding included.
fn is_run(byte: u8) -> bool {
    SEXTET[usize::from(byte)] < 64 || byte == b'='
}

/// The string that the function at `hit` takes first.
fn argument(bytes: &[u8], hit: Region) -> Option<Region> {
    if bytes[hit.start] == b'b' && near::stands(bytes, hit.start, "base64 ") {
        let end = bytes.len().min(hit.end + 24);
        let at = near::seek(bytes, Region::new(hit.end, end), "<<<")?;
        return run(bytes, near::skip_blanks(bytes, at + 3));
    }
    let end = bytes.len().min(hit.end + 24);
    let mut at = hit.end;
    if bytes[hit.end - 1] != b'(' {
        let is_path = |byte: u8| near::is_word(byte) || b".)(:".contains(&byte);
        at = (at..end).find(|&at| bytes[at] == b'(' && !matches!(bytes.get(at + 1), Some(b')')))?;
        if !bytes[hit.end..at].iter().all(|&byte| is_path(byte)) {
            return None;
        }
        at += 1;
    }
    let at = near::skip_blanks(bytes, at);
    let at =
        at + usize::from(bytes.get(at) == Some(&b'b') && near::mark_at(bytes, at + 1).is_some());
    near::mark_at(bytes, at)?;
    run(bytes, at)
}

/// The run at `at`, in quotes or not.
fn run(bytes: &[u8], at: usize) -> Option<Region> {
    let start = at + near::mark_at(bytes, at).map_or(0, near::Mark::len);
    let rest = bytes.get(start..bytes.len().min(start + MOST))?;
    let length = rest.iter().take_while(|&&byte| is_run(byte)).count();
    (length >= 8).then(|| Region::new(start, start + length))
}

/// What is piped into the decoder at `hit`, or stands before it as the first of
/// two arguments: `"…" | b64dec`, `Buffer.from("…", "base64")`.
fn piped(bytes: &[u8], hit: Region, line: usize) -> Option<Region> {
    let blank = |at: &usize| matches!(bytes[*at], b' ' | b'\t');
    // `openssl enc` stands between the pipe and its flags.
    let between = |at: &usize| bytes[*at].is_ascii_lowercase() || matches!(bytes[*at], b' ' | b'-');
    let comma = (bytes[hit.start] == b',').then_some(hit.start);
    let mut at = comma.or_else(|| (line..hit.start).rev().take(24).find(|at| !between(at)))?;
    if !matches!(bytes[at], b'|' | b',') {
        return None;
    }
    at = (line..at).rev().find(|at| !blank(at))?;
    if matches!(bytes[at], b'"' | b'\'') {
        at = at.checked_sub(1)?;
    }
    let end = at + 1;
    let start = (line..end).rev().find(|&at| !is_run(bytes[at])).map_or(line, |at| at + 1);
    (end >= start + 8).then(|| Region::new(start, end))
}
