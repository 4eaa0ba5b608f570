//! Places in text as the protocol counts them.
//!
//! Whatever a client sends is taken as the nearest place that exists.

use lsp_types::{Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent};
use seaworthy_model::{self as model, Location};

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// What every client can, and what counts unless another is agreed on.
    #[default]
    Utf16,
}

impl Encoding {
    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    /// A position that is known in both units.
    pub(crate) fn position(self, position: model::Position) -> Position {
        let column = match self {
            Encoding::Utf8 => position.byte_column,
            Encoding::Utf16 => position.column,
        };
        Position::new(position.line.saturating_sub(1), column.saturating_sub(1))
    }

    pub(crate) fn range(self, location: &Location) -> Range {
        Range::new(self.position(location.start), self.position(location.end))
    }

    /// The byte that a position of a text means: one behind the end of its line is the
    /// end of the line, one behind the last line the end of the text, and one within a
    /// character its start.
    pub(crate) fn offset(self, text: &str, position: Position) -> usize {
        let Some(start) = line_start(text, position.line) else { return text.len() };
        let end = memchr::memchr2(b'\n', b'\r', &text.as_bytes()[start..])
            .map_or(text.len(), |length| start + length);
        let line = &text[start..end];
        let column = position.character as usize;
        let within = match self {
            Encoding::Utf8 => line.floor_char_boundary(column),
            Encoding::Utf16 => {
                let mut units = 0;
                let fits = |(_, character): &(usize, char)| {
                    units += character.len_utf16();
                    units > column
                };
                line.char_indices().find(fits).map_or(line.len(), |(at, _)| at)
            }
        };
        start + within
    }

    /// Does to a text what a client did to its own.
    pub(crate) fn apply(self, text: &mut String, change: TextDocumentContentChangeEvent) {
        let Some(range) = change.range else {
            *text = change.text;
            return;
        };
        let (a, b) = (self.offset(text, range.start), self.offset(text, range.end));
        text.replace_range(a.min(b)..a.max(b), &change.text);
    }
}

/// Where a line begins, counted from 0.
fn line_start(text: &str, line: u32) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut start = 0;
    for _ in 0..line {
        let end = start + memchr::memchr2(b'\n', b'\r', bytes.get(start..)?)?;
        start = if bytes[end..].starts_with(b"\r\n") { end + 2 } else { end + 1 };
    }
    Some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(range: Option<[u32; 4]>, text: &str) -> TextDocumentContentChangeEvent {
        let range = range.map(|[a, b, c, d]| Range::new(Position::new(a, b), Position::new(c, d)));
        TextDocumentContentChangeEvent { range, range_length: None, text: text.to_owned() }
    }

    #[test]
    fn positions_are_bytes_in_either_unit() {
        let text = "a\r\nü😀x\rlast\n";
        let cases = [
            ((0, 0), 0, 0),
            ((0, 1), 1, 1),
            ((0, 9), 1, 1),
            ((1, 0), 3, 3),
            ((1, 1), 3, 5),
            ((1, 2), 5, 5),
            ((1, 3), 5, 9),
            ((1, 4), 5, 10),
            ((1, 6), 9, 10),
            ((1, 7), 10, 10),
            ((2, 2), 13, 13),
            ((2, u32::MAX), 15, 15),
            ((3, 0), 16, 16),
            ((4, 0), 16, 16),
            ((u32::MAX, u32::MAX), 16, 16),
        ];
        for ((line, column), bytes, units) in cases {
            let position = Position::new(line, column);
            assert_eq!(Encoding::Utf8.offset(text, position), bytes, "{position:?} in bytes");
            assert_eq!(Encoding::Utf16.offset(text, position), units, "{position:?} in units");
        }
    }

    #[test]
    fn an_offset_comes_back_from_its_position() {
        let text = "a\r\nü😀x\rlast\n\n";
        for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
            // Between CR and LF there is no position of its own.
            if text.get(offset..) == Some("\nü😀x\rlast\n\n") {
                continue;
            }
            let position = model::Position::of(text, offset);
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                assert_eq!(encoding.offset(text, encoding.position(position)), offset);
            }
        }
    }

    #[test]
    fn changes_that_fit_no_text_change_what_is_there() {
        let cases = [
            ("ab", Some([0, 1, 0, 1]), "x", "axb"),
            ("ab", Some([0, 2, 0, 0]), "x", "x"),
            ("ab", Some([9, 9, 10, 10]), "x", "abx"),
            ("ab\ncd", Some([0, 99, 1, 0]), "", "abcd"),
            ("😀b", Some([0, 1, 0, 2]), "", "b"),
            ("", Some([0, 0, 0, 0]), "x", "x"),
            ("ab", None, "new", "new"),
        ];
        for (before, range, inserted, after) in cases {
            let mut text = before.to_owned();
            Encoding::Utf16.apply(&mut text, change(range, inserted));
            assert_eq!(text, after, "{before:?} {range:?}");
        }
    }
}
