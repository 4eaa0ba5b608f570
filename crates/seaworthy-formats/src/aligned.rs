//! Where the decoded text of a YAML scalar stands in its file.

use std::ops::Range;

use seaworthy_model::Region;
use seaworthy_syntax::Style;

/// A stretch of a raw text that stands in the source byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Segment {
    pub(crate) raw: usize,
    pub(crate) source: usize,
    pub(crate) len: usize,
}

/// The source bytes of a range of the raw text, when that stands in the file as it
/// is.
pub(crate) fn locate(segments: &[Segment], range: Range<usize>) -> Option<Region> {
    let (start, end) = (range.start, range.end);
    let index = segments.partition_point(|segment| segment.raw + segment.len < start);
    // An empty segment boundary belongs to the one that covers the range.
    segments[index..].iter().take(2).find_map(|segment| {
        let covers = segment.raw <= start && end <= segment.raw + segment.len;
        covers
            .then(|| Region::new(start, end).offset(segment.source).range())
            .map(|range| Region::new(range.start - segment.raw, range.end - segment.raw))
    })
}

/// Finds where the raw text stands in the written one. `None` when they cannot
/// be matched (folded lines, unusual escapes).
pub(crate) fn align(raw: &str, written: &str, style: Style, start: usize) -> Option<Vec<Segment>> {
    if raw == written {
        return Some(vec![Segment { raw: 0, source: start, len: raw.len() }]);
    }
    match style {
        Style::Plain => None,
        Style::Single => {
            align_escaped(raw, written, start, |rest| rest.starts_with("''").then_some((2, 1)))
        }
        Style::Double => align_escaped(raw, written, start, |rest| {
            let escaped = rest.strip_prefix('\\')?.chars().next()?;
            matches!(
                escaped,
                '"' | '\\' | '/' | 'n' | 't' | 'r' | '0' | 'a' | 'b' | 'e' | 'f' | 'v' | ' '
            )
            .then_some((2, 1))
        }),
        Style::Block => align_lines(raw, written, start),
    }
}

/// Walks both texts; `escape` gives the lengths of an escape as written and as
/// decoded.
fn align_escaped(
    raw: &str,
    written: &str,
    start: usize,
    escape: impl Fn(&str) -> Option<(usize, usize)>,
) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let (mut at, mut read) = (0, 0);
    let mut segment = Segment { raw: 0, source: start, len: 0 };
    while at < written.len() {
        if let Some((long, short)) = escape(&written[at..]) {
            segments.push(segment);
            at += long;
            read += short;
            segment = Segment { raw: read, source: start + at, len: 0 };
            continue;
        }
        let same = written.as_bytes().get(at) == raw.as_bytes().get(read);
        if !same {
            return None;
        }
        at += 1;
        while !written.is_char_boundary(at) {
            if written.as_bytes().get(at) != raw.as_bytes().get(read + 1) {
                return None;
            }
            at += 1;
            read += 1;
            segment.len += 1;
        }
        read += 1;
        segment.len += 1;
    }
    segments.push(segment);
    (read == raw.len()).then_some(segments)
}

/// Matches the lines of a literal block with the indented lines written.
fn align_lines(raw: &str, written: &str, start: usize) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut at = 0;
    let mut lines = written.split_inclusive('\n');
    let mut read = 0;
    for line in raw.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        let source = lines.next().unwrap_or("");
        let body = source.trim_end_matches(['\n', '\r']);
        let indent = body.len().checked_sub(content.len())?;
        if !body.ends_with(content) || !body.as_bytes()[..indent].iter().all(|&b| b == b' ') {
            return None;
        }
        let len = content.len();
        segments.push(Segment { raw: read, source: start + at + indent, len });
        read += line.len();
        at += source.len();
    }
    Some(segments)
}
