//! Places in text: bytes inside, lines and columns at the edge.

use std::ops::Range;

use crate::ArtifactPath;

/// A half-open range of bytes in an artifact's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Region {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Region {
    /// A region from `start` up to, not including, `end`.
    ///
    /// # Panics
    /// In debug builds, when `end` lies before `start`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "a region must not end before it starts");
        Self { start, end }
    }

    /// An empty region at `offset`.
    #[must_use]
    pub const fn empty(offset: usize) -> Self {
        Self { start: offset, end: offset }
    }

    /// The length in bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether no byte is covered.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether the two regions share at least one byte.
    #[must_use]
    pub const fn overlaps(self, other: Region) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies wholly within this region.
    #[must_use]
    pub const fn contains(self, other: Region) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest region that covers both.
    #[must_use]
    pub fn cover(self, other: Region) -> Region {
        Region { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The region moved right by `by` bytes.
    #[must_use]
    pub const fn offset(self, by: usize) -> Region {
        Region { start: self.start + by, end: self.end + by }
    }

    /// The same region as a standard range, for slicing.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// The covered text; `""` when the region does not fit the text.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or("")
    }
}

impl From<Range<usize>> for Region {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A place in text as people and editors count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, counted from 1. LF, CRLF and a lone CR end a line.
    pub line: u32,
    /// Column in UTF-16 code units, counted from 1 (SARIF's `utf16CodeUnits`).
    pub column: u32,
    /// Column in bytes of UTF-8, counted from 1.
    pub byte_column: u32,
}

/// The starts of all lines of a text, to turn offsets into [`Position`]s.
///
/// A file may be one long line with many findings, so columns are counted from
/// the nearest of marks set at regular distances, not from the line's start.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// UTF-16 code units before each multiple of [`MARK_DISTANCE`] bytes.
    marks: Vec<u32>,
}

/// The bytes between two marks.
const MARK_DISTANCE: usize = 1024;

/// The UTF-16 code units of the characters that begin within `bytes`.
fn utf16_units(bytes: &[u8]) -> usize {
    let of = |byte: u8| u8::from(byte & 0b1100_0000 != 0b1000_0000) + u8::from(byte >= 0xf0);
    sum(bytes, of)
}

/// The sum of a number of each byte, of two at most; in parts of which it fits a
/// byte, so that many bytes are counted at once.
fn sum(bytes: &[u8], of: impl Fn(u8) -> u8) -> usize {
    const PART: usize = 96;
    let part = |part: &[u8]| part.iter().map(|&byte| of(byte)).sum::<u8>();
    let (parts, rest) = bytes.as_chunks::<PART>();
    let whole: usize = parts.iter().map(|bytes| usize::from(part(bytes))).sum();
    whole + usize::from(part(rest))
}

/// Where the last of the bytes stands that is the wanted one.
fn last(bytes: &[u8], wanted: u8) -> Option<usize> {
    let (rest, parts) = bytes.as_rchunks::<64>();
    // Without a way out, so that many bytes are compared at once.
    let has = |part: &[u8; 64]| part.iter().fold(false, |has, &byte| has | (byte == wanted));
    let at = |bytes: &[u8]| bytes.iter().rposition(|&byte| byte == wanted);
    match parts.iter().rposition(has) {
        Some(part) => at(&parts[part]).map(|found| rest.len() + part * 64 + found),
        None => at(rest),
    }
}

impl Position {
    /// The place of one byte offset: as [`LineIndex::position`], without an index of
    /// all lines.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        let offset = text.floor_char_boundary(offset);
        let (before, after) = text.as_bytes().split_at(offset);
        let count = |wanted: u8| sum(before, |byte| u8::from(byte == wanted));
        let (mut lines, mut start) = (count(b'\n'), last(before, b'\n'));
        if count(b'\r') > 0 {
            for (index, _) in before.iter().enumerate().filter(|&(_, &byte)| byte == b'\r') {
                if before[index + 1..].iter().chain(after).next() != Some(&b'\n') {
                    lines += 1;
                    start = start.max(Some(index));
                }
            }
        }
        let line = &before[start.map_or(0, |end| end + 1)..];
        let one_based = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Self {
            line: one_based(lines),
            column: one_based(utf16_units(line)),
            byte_column: one_based(line.len()),
        }
    }
}

impl LineIndex {
    /// Finds the lines of `text`: one pass over the bytes.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (index, &byte) in bytes.iter().enumerate() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => bytes.get(index + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends_line {
                starts.push(u32::try_from(index + 1).unwrap_or(u32::MAX));
            }
        }
        let mut units = 0;
        let marks = bytes
            .chunks(MARK_DISTANCE)
            .map(|chunk| {
                let before = u32::try_from(units).unwrap_or(u32::MAX);
                units += utf16_units(chunk);
                before
            })
            .collect();
        Self { starts, marks }
    }

    /// The UTF-16 code units before a byte offset.
    fn units_before(&self, text: &str, offset: usize) -> usize {
        let mark = (offset / MARK_DISTANCE).min(self.marks.len().saturating_sub(1));
        let from = mark * MARK_DISTANCE;
        let before = self.marks.get(mark).map_or(0, |&units| units as usize);
        before + utf16_units(text.as_bytes().get(from..offset).unwrap_or_default())
    }

    /// The number of lines, at least 1.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Always false: even an empty text has one line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The line of `offset`, counted from 0.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        self.starts.partition_point(|&start| start <= offset) - 1
    }

    /// The region of a line counted from 0, without its line ending.
    #[must_use]
    pub fn line_region(&self, text: &str, line: usize) -> Region {
        let start = self.starts.get(line).map_or(text.len(), |&start| start as usize);
        let next = self.starts.get(line + 1).map_or(text.len(), |&start| start as usize);
        let body = text.get(start..next).unwrap_or("");
        Region::new(start, start + body.trim_end_matches(['\n', '\r']).len())
    }

    /// The position of a byte offset. An offset past the end is taken as the
    /// end, one inside a character as that character's start.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_of(offset);
        let start = self.starts[line] as usize;
        let units = self.units_before(text, offset).saturating_sub(self.units_before(text, start));
        let one_based = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Position {
            line: one_based(line),
            column: one_based(units),
            byte_column: one_based(offset.saturating_sub(start)),
        }
    }
}

/// A located region of one artifact with its masked text: all that a renderer
/// needs to show the place without the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub artifact: ArtifactPath,
    /// The bytes.
    pub region: Region,
    /// Where the region starts.
    pub start: Position,
    /// Where the region ends: the position after its last character.
    pub end: Position,
    /// The masked lines around the region. `None` for an empty or unreadable
    /// file and for findings about a file as a whole.
    pub context: Option<Context>,
    /// What this place has to do with the finding; shown at the place. Always
    /// set on related locations.
    pub label: Option<String>,
    /// GitHub's `primaryLocationLineHash` of the start line, in its
    /// `hash:count` form.
    pub line_hash: Option<String>,
}

/// A window of an artifact's text that contains a location's region.
///
/// Masking keeps every byte offset, so `text` is as long as `region`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The bytes of the window.
    pub region: Region,
    /// Where the window starts.
    pub start: Position,
    /// Where the window ends.
    pub end: Position,
    /// The window's text with every sensitive region masked.
    pub text: String,
}

impl Location {
    /// The masked text of the region itself.
    #[must_use]
    pub fn snippet(&self) -> Option<&str> {
        let context = self.context.as_ref()?;
        let start = self.region.start.checked_sub(context.region.start)?;
        context.text.get(start..start + self.region.len())
    }
}

/// Masks `secret` byte for byte: the result has the same length in bytes and
/// the same line breaks, so that regions stay valid.
///
/// At most four leading characters stay visible, and none of a secret shorter
/// than 16 characters, since a prefix of a weak secret gives most of it away.
#[must_use]
pub fn mask(secret: &str) -> String {
    let visible = match secret.chars().count() {
        0..16 => 0,
        16..24 => 2,
        _ => 4,
    };
    let mut masked = String::with_capacity(secret.len());
    for (index, character) in secret.chars().enumerate() {
        if matches!(character, '\n' | '\r') || index < visible {
            masked.push(character);
        } else {
            masked.extend(std::iter::repeat_n('*', character.len_utf8()));
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_utf16_units_and_every_kind_of_line_ending() {
        let text = "a\r\nü😀x\rlast";
        let index = LineIndex::new(text);
        let at = |offset| {
            let p = index.position(text, offset);
            (p.line, p.column, p.byte_column)
        };
        assert_eq!(index.len(), 3);
        assert_eq!(at(0), (1, 1, 1));
        assert_eq!(at(3), (2, 1, 1));
        assert_eq!(at(5), (2, 2, 3));
        assert_eq!(at(9), (2, 4, 7));
        assert_eq!(at(11), (3, 1, 1));
        assert_eq!(at(999), (3, 5, 5));
        assert_eq!(at(6), (2, 2, 3), "an offset inside a character is its start");
        for offset in 0..text.len() + 2 {
            assert_eq!(Position::of(text, offset), index.position(text, offset), "{offset}");
        }
    }

    #[test]
    fn columns_of_long_lines_are_those_of_a_count_from_the_start() {
        let piece = "aü😀b";
        for text in [piece.repeat(400), format!("short\n{}\n{piece}", piece.repeat(300))] {
            let index = LineIndex::new(&text);
            for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
                let position = index.position(&text, offset);
                assert_eq!(Position::of(&text, offset), position);
                let units: usize = text[start..offset].chars().map(char::len_utf16).sum();
                assert_eq!(position.column as usize, units + 1, "{offset}");
                assert_eq!(position.byte_column as usize, offset - start + 1, "{offset}");
            }
        }
    }

    #[test]
    fn a_mask_keeps_the_length_and_shows_at_most_four_characters() {
        for secret in
            ["", "hunter2", "pässwörd", "0123456789abcdef0123", "line one\nline two, which is long"]
        {
            let masked = mask(secret);
            assert_eq!(masked.len(), secret.len(), "{secret}");
            let shown = masked.chars().filter(|c| *c != '*' && *c != '\n').count();
            assert!(shown <= 4, "{masked}");
        }
        assert_eq!(mask("hunter2"), "*******");
        assert_eq!(mask("0123456789abcdef0123456789"), "0123**********************");
    }
}
