//! The lines of a broken document: where each begins, how deep it stands, and
//! what can be left out because it belongs to a template or a merge conflict.

use std::ops::Range;

/// What a line is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Nothing but white space.
    Blank,
    /// A comment of its own.
    Comment,
    /// Template control (`{{- if … }}`, `{% endif %}`) or a conflict marker.
    Skipped,
    /// `---` or `...` at the margin.
    Marker,
    /// Everything else.
    Content,
}

/// A line without its indentation and its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Offset of the line itself, before the indentation.
    pub(super) begin: usize,
    /// Offset of the first byte that is no indentation.
    pub(super) start: usize,
    /// Offset after the last byte that is no white space.
    pub(super) end: usize,
    /// Columns of indentation; a tab counts for two.
    pub(super) indent: usize,
    pub(super) kind: LineKind,
}

/// How far the end of a template action is looked for.
const ACTION_REACH: usize = 2048;

/// The lines of `text[range]`; LF, CRLF and a lone CR end one.
pub(super) fn split(text: &str, range: Range<usize>) -> Vec<Line> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut begin = range.start;
    let mut action_until = range.start;
    while begin < range.end {
        let rest = &bytes[begin..range.end];
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let mut next = (begin + length + 1).min(range.end);
        if bytes.get(begin + length) == Some(&b'\r') && bytes.get(next) == Some(&b'\n') {
            next = (next + 1).min(range.end);
        }
        let mut line = line(text, begin, begin + length);
        if line.start < action_until && line.kind != LineKind::Blank {
            line.kind = LineKind::Skipped;
        } else if line.kind == LineKind::Content {
            let limit = floor(text, range.end.min(line.start + ACTION_REACH));
            if let Some(until) = control(text, line, limit) {
                line.kind = LineKind::Skipped;
                action_until = until;
            }
        }
        lines.push(line);
        begin = next;
    }
    lines
}

fn line(text: &str, begin: usize, end: usize) -> Line {
    let whole = &text[begin..end];
    let mut body = whole;
    if begin == 0 {
        body = body.strip_prefix('\u{feff}').unwrap_or(body);
    }
    let content = body.trim_start_matches([' ', '\t']);
    let start = end - content.len();
    let indent = body[..body.len() - content.len()]
        .bytes()
        .map(|byte| if byte == b'\t' { 2 } else { 1 })
        .sum();
    let trimmed = content.trim_end_matches([' ', '\t']);
    let marker = indent == 0 && (is_marker(trimmed, "---") || is_marker(trimmed, "..."));
    let conflict = indent == 0
        && (["<<<<<<< ", ">>>>>>> ", "||||||| "].iter().any(|mark| trimmed.starts_with(mark))
            || trimmed == "=======");
    let kind = match trimmed.as_bytes().first() {
        None => LineKind::Blank,
        Some(b'#') => LineKind::Comment,
        _ if marker => LineKind::Marker,
        _ if conflict => LineKind::Skipped,
        _ => LineKind::Content,
    };
    Line { begin, start, end: start + trimmed.len(), indent, kind }
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Where the template actions end that make up the whole line, or the line and
/// some that follow. `None` if the line holds anything else.
fn control(text: &str, line: Line, limit: usize) -> Option<usize> {
    let mut at = line.start;
    loop {
        let rest = text.get(at..limit)?;
        let close = match rest.get(..2)? {
            "{{" => "}}",
            "{%" => "%}",
            "{#" => "#}",
            _ => return None,
        };
        at += 2 + rest[2..].find(close)? + 2;
        if at > line.end {
            return Some(at);
        }
        let gap = text.get(at..line.end)?;
        let after = gap.trim_start();
        if after.is_empty() {
            return Some(at);
        }
        at += gap.len() - after.len();
    }
}

fn floor(text: &str, offset: usize) -> usize {
    super::assemble::floor_boundary(text, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use LineKind::{Blank, Comment, Content, Marker, Skipped};

    #[test]
    fn lines_are_told_apart() {
        for (text, want) in [
            ("a: 1\n\n  # c\n", &[Content, Blank, Comment][..]),
            ("---\n--- x\n----\n ---\n...\n", &[Marker, Marker, Content, Content, Marker]),
            ("{{- if .x }}\na: 1\n{{ end }} {{ end }}\n", &[Skipped, Content, Skipped]),
            ("{% if x %}\r\n{# c #}\r\n{{ k }}: v\r\n", &[Skipped, Skipped, Content]),
            ("{{- /* a\nb\nc */ -}}\nd: 1\n", &[Skipped, Skipped, Skipped, Content]),
            ("{{ open\na: 1\n", &[Content, Content]),
            (
                "<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n",
                &[Skipped, Content, Skipped, Content, Skipped],
            ),
        ] {
            let kinds: Vec<LineKind> =
                split(text, 0..text.len()).iter().map(|line| line.kind).collect();
            assert_eq!(kinds, want, "{text:?}");
        }
    }

    #[test]
    fn lines_know_their_indentation_and_their_ends() {
        let text = "\u{feff}a: 1 \r  b\r\n\tc";
        let found: Vec<(usize, &str)> = split(text, 0..text.len())
            .iter()
            .map(|line| (line.indent, &text[line.start..line.end]))
            .collect();
        assert_eq!(found, [(0, "a: 1"), (2, "b"), (2, "c")]);
    }
}
