//! Scalars of workflows, with the bytes they came from.

use std::fmt;
use std::ops::Range;

use seaworthy_model::Region;
use seaworthy_syntax::NodeRef;

use crate::aligned::{Segment, align, locate};

/// A scalar as written.
///
/// `Debug` shows no content, since it may be a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text {
    raw: Box<str>,
    region: Region,
    segments: Option<Box<[Segment]>>,
    file: u16,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes at {:?})", self.raw.len(), self.region)
    }
}

impl Text {
    /// Reads a scalar node; `None` for null and collections.
    pub(super) fn read(node: NodeRef<'_>, source: &str, file: u16) -> Option<Self> {
        let raw = node.scalar()?;
        let node = node.resolve();
        let region = node.content_region();
        let segments = align(raw, region.of(source), node.style(), region.start);
        Some(Self { raw: raw.into(), region, segments: segments.map(Into::into), file })
    }

    /// The decoded scalar, expressions unevaluated.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// The bytes of its content, without quotes.
    #[must_use]
    pub fn region(&self) -> Region {
        self.region
    }

    /// Which of a pipeline's files it is written in; 0 is the pipeline's own.
    #[must_use]
    pub fn file(&self) -> usize {
        usize::from(self.file)
    }

    /// The source bytes of a range of [`Text::as_str`], when that stands in the file
    /// as it is.
    #[must_use]
    pub fn exact(&self, range: Range<usize>) -> Option<Region> {
        if range.start > range.end || range.end > self.raw.len() {
            return None;
        }
        locate(self.segments.as_ref()?, range)
    }

    /// The source bytes of a range of [`Text::as_str`]; of one that goes on over
    /// several lines its first line, of one that cannot be told the whole scalar.
    #[must_use]
    pub fn place(&self, range: Range<usize>) -> Region {
        let first = self.raw.get(range.clone()).and_then(|part| part.find('\n'));
        let first = first.map_or(range.end, |at| range.start + at);
        self.exact(range.clone())
            .or_else(|| self.exact(range.start..first.max(range.start)))
            .unwrap_or(self.region)
    }
}
