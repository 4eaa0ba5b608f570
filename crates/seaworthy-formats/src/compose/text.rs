//! Scalars of Compose files: unexpanded, with the bytes they came from.

use std::ops::Range;
use std::sync::Arc;

use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::{NodeKind, NodeRef, Style};

use crate::aligned::{Segment, align, locate};

use super::interpolate::{Lookup, Operator, Template, TemplateError, UNKNOWN};

/// Where a value is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The file.
    pub artifact: ArtifactPath,
    /// The bytes of the value itself; for an alias or a merge key, those of the
    /// anchored definition. Of a scalar without its quotes.
    pub region: Region,
    /// The alias or merge key in the same file that brings the value in.
    pub used_at: Option<Region>,
}

/// How a scalar was written and typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarKind {
    /// A string without quotes, also a part of one.
    Plain,
    /// A string in quotes or a block.
    Quoted,
    /// A number without quotes.
    Number,
    /// A truth value without quotes.
    Bool,
}

/// A variable that a text uses, with what stands in its place when it is
/// missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableUse {
    /// Its name.
    pub name: String,
    /// Where the whole `${…}` stands, if it can be told.
    pub region: Option<Region>,
    /// The operator.
    pub operator: Option<Operator>,
    /// The operand: default, message or alternative.
    pub operand: Option<Text>,
}

impl VariableUse {
    /// The default, for `-` and `:-`; its region is exact where it can be.
    #[must_use]
    pub fn default(&self) -> Option<&Text> {
        self.operand.as_ref().filter(|_| self.operator.is_some_and(Operator::is_default))
    }
}

/// A scalar as written, not yet interpolated.
///
/// `Debug` shows no content, since it may be a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text {
    whole: Arc<str>,
    range: Range<usize>,
    origin: Origin,
    kind: ScalarKind,
    segments: Option<Arc<[Segment]>>,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({} bytes at {:?})", self.raw().len(), self.origin)
    }
}

impl Text {
    /// The decoded scalar, variables unexpanded.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.whole[self.range.clone()]
    }

    /// Where it is written.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The bytes of its content, without quotes.
    #[must_use]
    pub fn region(&self) -> Region {
        self.origin.region
    }

    /// How it was written and typed.
    #[must_use]
    pub fn kind(&self) -> ScalarKind {
        self.kind
    }

    /// Its parts.
    #[must_use]
    pub fn template(&self) -> Template<'_> {
        Template::parse(self.raw())
    }

    /// The variables it uses, those within defaults too, each before those in
    /// its own default.
    #[must_use]
    pub fn variables(&self) -> Vec<VariableUse> {
        let template = self.template();
        let variables = template.variables().into_iter();
        variables
            .map(|variable| VariableUse {
                name: variable.name.to_owned(),
                region: self.region_of(variable.range.clone()),
                operator: variable.operation.as_ref().map(|operation| operation.operator),
                operand: variable
                    .operation
                    .as_ref()
                    .map(|operation| self.slice(operation.range.clone())),
            })
            .collect()
    }

    /// The text with its variables replaced.
    ///
    /// # Errors
    /// When Compose would refuse it.
    pub fn expand(&self, lookup: &Lookup<'_>) -> Result<String, TemplateError> {
        self.template().expand(lookup)
    }

    /// The raw text when it holds no dollar, and so means what it says.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        (!self.raw().contains('$')).then(|| self.raw())
    }

    /// The text when no variable is set, so that defaults count. `None` when it
    /// needs a variable that has no default, or cannot be read.
    #[must_use]
    pub fn with_defaults(&self) -> Option<String> {
        self.expand_known(&|_| None)
    }

    /// The text with its variables replaced, or `None` when one that counts is
    /// neither known nor has a default.
    #[must_use]
    pub fn expand_known(&self, lookup: &Lookup<'_>) -> Option<String> {
        let expanded = self.expand_partly(lookup).ok()?;
        (!expanded.contains(UNKNOWN)).then_some(expanded)
    }

    /// The text with its variables replaced, [`UNKNOWN`] where a value is not
    /// known.
    ///
    /// # Errors
    /// When the template is invalid.
    pub fn expand_partly(&self, lookup: &Lookup<'_>) -> Result<String, TemplateError> {
        self.template().expand_partly(lookup)
    }

    /// The source bytes of a range of [`Text::raw`], when that stands in the
    /// file as it is.
    #[must_use]
    pub fn region_of(&self, range: Range<usize>) -> Option<Region> {
        let (start, end) = (self.range.start + range.start, self.range.start + range.end);
        if start > end || end > self.range.end {
            return None;
        }
        locate(self.segments.as_ref()?, start..end)
    }

    /// A part of the text; its bytes are exact where they can be.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Text {
        let end = range.end.min(self.range.len());
        let start = range.start.min(end);
        let mut part = self.clone();
        if let Some(region) = self.region_of(start..end) {
            part.origin.region = region;
        }
        part.range = self.range.start + start..self.range.start + end;
        if matches!(part.kind, ScalarKind::Number | ScalarKind::Bool) {
            part.kind = ScalarKind::Plain;
        }
        part
    }

    /// Splits at the first `separator`.
    #[must_use]
    pub fn split_once(&self, separator: char) -> Option<(Text, Text)> {
        let at = self.raw().find(separator)?;
        Some((self.slice(0..at), self.slice(at + separator.len_utf8()..self.raw().len())))
    }

    /// A text that is not in the file, such as `host=ip` made of a mapping's
    /// entry; it stands for the bytes of `origin`.
    pub(super) fn synthetic(text: &str, origin: Origin) -> Text {
        Text {
            whole: Arc::from(text),
            range: 0..text.len(),
            origin,
            kind: ScalarKind::Plain,
            segments: None,
        }
    }

    /// Reads a scalar node; `None` for null and collections.
    pub(super) fn read(
        node: NodeRef<'_>,
        source: &str,
        artifact: &ArtifactPath,
        used_at: Option<Region>,
    ) -> Option<Text> {
        let raw = node.scalar()?;
        let node = node.resolve();
        let region = node.content_region();
        let kind = match (node.kind(), node.style()) {
            (NodeKind::Number(_), _) => ScalarKind::Number,
            (NodeKind::Bool(_), _) => ScalarKind::Bool,
            (_, Style::Plain) => ScalarKind::Plain,
            _ => ScalarKind::Quoted,
        };
        let segments = align(raw, region.of(source), node.style(), region.start);
        Some(Text {
            range: 0..raw.len(),
            whole: Arc::from(raw),
            origin: Origin { artifact: artifact.clone(), region, used_at },
            kind,
            segments: segments.map(Arc::from),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source that each raw part given maps to.
    fn mapped(raw: &str, written: &str, style: Style, part: &str) -> Option<String> {
        let source = format!("....{written}....");
        let text = Text {
            whole: Arc::from(raw),
            range: 0..raw.len(),
            origin: Origin {
                artifact: ArtifactPath::new("a.yml"),
                region: Region::new(4, 4 + written.len()),
                used_at: None,
            },
            kind: ScalarKind::Plain,
            segments: align(raw, written, style, 4).map(Arc::from),
        };
        let at = raw.find(part)?;
        let region = text.region_of(at..at + part.len())?;
        let slice = text.slice(at..at + part.len());
        assert_eq!((slice.raw(), slice.region()), (part, region));
        Some(region.of(&source).to_owned())
    }

    #[test]
    fn parts_of_a_text_map_to_the_bytes_that_wrote_them() {
        let cases = [
            ("a ${X:-pw} b", "a ${X:-pw} b", Style::Plain, "pw", Some("pw")),
            ("it's ${X:-pw}", "it''s ${X:-pw}", Style::Single, "pw", Some("pw")),
            ("say \"é\" ${X:-pw}", "say \\\"é\\\" ${X:-pw}", Style::Double, "pw", Some("pw")),
            ("a\"b", "a\\\"b", Style::Double, "\"", None),
            ("x\n  y: pw\nz\n", "x\n      y: pw\n    z\n", Style::Block, "y: pw", Some("y: pw")),
            ("one two", "one\n  two", Style::Plain, "two", None),
            ("A", "\\x41", Style::Double, "A", None),
        ];
        for (raw, written, style, part, want) in cases {
            assert_eq!(mapped(raw, written, style, part).as_deref(), want, "{written}");
        }
    }

    #[test]
    fn defaults_count_when_nothing_is_known() {
        let origin = Origin {
            artifact: ArtifactPath::new("a.yml"),
            region: Region::empty(0),
            used_at: None,
        };
        let cases = [
            ("x", Some("x")),
            ("${A:-5}:5", Some("5:5")),
            ("${A:-}", Some("")),
            ("${A:-${B}}", None),
            ("$A", None),
            ("${A:?m}", None),
            ("${A:+x}", Some("")),
            ("$$A", Some("$A")),
        ];
        for (text, want) in cases {
            let text = Text::synthetic(text, origin.clone());
            assert_eq!(text.with_defaults().as_deref(), want, "{}", text.raw());
        }
    }

    #[test]
    fn debug_shows_no_content() {
        let origin = Origin {
            artifact: ArtifactPath::new("a.yml"),
            region: Region::empty(0),
            used_at: None,
        };
        assert!(!format!("{:?}", Text::synthetic("hunter2", origin)).contains("hunter2"));
    }
}
