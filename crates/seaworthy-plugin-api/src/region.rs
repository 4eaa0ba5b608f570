//! Regions as ranges.

use std::ops::Range;

use crate::{Location, Region};

impl Region {
    /// The bytes from `start` up to, not including, `end`. Offsets beyond what a
    /// text can have are cut.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let cut = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: cut(start), end: cut(end) }
    }

    /// The place before the byte at `offset`.
    #[must_use]
    pub fn empty(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// As a range, to slice the text with.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The region moved by `by` bytes: that of a part of a text, seen from the
    /// whole.
    #[must_use]
    pub fn offset(self, by: u32) -> Self {
        Self { start: self.start.saturating_add(by), end: self.end.saturating_add(by) }
    }
}

impl From<Range<usize>> for Region {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

impl From<Region> for Location {
    /// A region of the file being checked.
    fn from(region: Region) -> Self {
        Self { path: None, region: Some(region) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_text_is_found_in_the_whole() {
        let text = "name = value";
        let value = Region::from(7..12);
        assert_eq!(&text[value.range()], "value");
        assert_eq!(&text[Region::new(0, 2).offset(value.start).range()], "va");
        assert_eq!(Region::new(0, usize::MAX).end, u32::MAX);
    }
}
