//! From parser events to nodes.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use granit_parser::{Event, ScalarStyle, Span, StructureStyle};
use seaworthy_model::Region;

use super::scalar;
use crate::tree::MAX_NODES;
use crate::{Node, NodeId, NodeKind, Style, SyntaxError, TreeBuilder};

/// A collection that is still open.
struct Frame {
    /// Items, or keys and values in turn.
    children: Vec<NodeId>,
    is_mapping: bool,
    is_flow: bool,
    region: Option<Region>,
    anchor: usize,
    name: Option<String>,
    tag: Option<(Box<str>, Region)>,
}

/// What the anchor names of a broken document stand for, so that its parts,
/// read one by one, find each other's anchors.
pub(super) type AnchorNames = HashMap<String, NodeId>;

/// Puts together one document after another.
pub(super) struct Assembler<'t> {
    /// The slice that the parser reads.
    text: &'t str,
    /// Where the slice begins in the whole text.
    offset: usize,
    open: Vec<Frame>,
    anchors: HashMap<usize, NodeId>,
    root: Option<NodeId>,
    /// Comments of the current document.
    pub(super) comments: Vec<Region>,
    /// Errors of the current document that do not stop the parser.
    pub(super) errors: Vec<SyntaxError>,
    /// Whether template text stood where YAML sees nested braces.
    pub(super) templated: bool,
    pub(super) names: AnchorNames,
}

impl<'t> Assembler<'t> {
    pub(super) fn new(text: &'t str, offset: usize, names: AnchorNames) -> Self {
        Self {
            text,
            offset,
            open: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            comments: Vec::new(),
            errors: Vec::new(),
            templated: false,
            names,
        }
    }

    /// Forgets the unfinished document.
    pub(super) fn abandon(&mut self) {
        self.open.clear();
        self.root = None;
        self.comments.clear();
        self.errors.clear();
    }

    /// The finished document; collections that are still open are closed.
    pub(super) fn take_root(&mut self, out: &mut TreeBuilder) -> Option<NodeId> {
        while !self.open.is_empty() {
            self.close(None, out);
        }
        self.root.take()
    }

    /// The bytes of a span in the whole text; the parser's spans of a `str`
    /// always have them.
    pub(super) fn region(&self, span: Span) -> Region {
        let range = span.byte_range().unwrap_or(0..0);
        let start = floor_boundary(self.text, range.start);
        let end = floor_boundary(self.text, range.end).max(start);
        Region::new(start, end).offset(self.offset)
    }

    /// Takes in one event. `false` when there are too many nodes.
    pub(super) fn event(&mut self, event: Event<'_>, span: Span, out: &mut TreeBuilder) -> bool {
        let region = self.region(span);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let tag = tag.and_then(|_| self.tag(span));
                let node = self.scalar(value, style, region, tag);
                let region = node.region;
                let id = out.push(node);
                if anchor != 0 {
                    self.anchors.insert(anchor, id);
                }
                self.attach(id, region);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tag = tag.and_then(|_| self.tag(span));
                self.open(false, style, region, anchor, tag);
            }
            Event::MappingStart(style, anchor, tag) => {
                let tag = tag.and_then(|_| self.tag(span));
                self.open(true, style, region, anchor, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(Some(region), out),
            Event::Alias(target) => {
                let target = self.anchors.get(&target).copied();
                if target.is_none() {
                    self.error(region, "alias stands inside its own anchor");
                }
                let id = out.add(NodeKind::Alias(target), region, Style::Plain);
                self.attach(id, region);
            }
            Event::UnresolvedAlias(name) => {
                let target = self.names.get(&*name).copied();
                if target.is_none() {
                    self.error(region, "alias of an unknown anchor");
                }
                let id = out.add(NodeKind::Alias(target), region, Style::Plain);
                self.attach(id, region);
            }
            Event::Anchor(id, name) => match self.anchors.get(&id) {
                Some(&node) => {
                    self.names.insert(name.into_owned(), node);
                }
                None => {
                    if let Some(frame) = self.open.last_mut() {
                        frame.name = Some(name.into_owned());
                    }
                }
            },
            Event::Comment(..) => self.comments.push(region),
            _ => {}
        }
        out.len() < MAX_NODES
    }

    fn error(&mut self, region: Region, message: &str) {
        self.errors.push(SyntaxError { region, message: message.into() });
    }

    fn tag(&self, span: Span) -> Option<(Box<str>, Region)> {
        let span = span.tag_span()?;
        Some((span.slice(self.text)?.into(), self.region(span)))
    }

    fn scalar(
        &self,
        value: Cow<'_, str>,
        style: ScalarStyle,
        region: Region,
        tag: Option<(Box<str>, Region)>,
    ) -> Node {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let region = match style {
            Style::Block => self.content_lines(region, &value),
            _ => region,
        };
        let is_plain = style == Style::Plain;
        // A value left out arrives as the text `~` without width.
        let text = if is_plain && region.is_empty() { "" } else { &*value };
        let kind = match &tag {
            Some((tag, _)) => scalar::tagged(tag, text, is_plain),
            None if is_plain => scalar::plain(text),
            None => NodeKind::String(value.into()),
        };
        Node { kind, region, style, tag }
    }

    /// The lines of a block scalar without the blank ones at its end, which the
    /// parser takes along to where the next node begins.
    fn content_lines(&self, region: Region, value: &str) -> Region {
        let text = self.text.get(region.start - self.offset..region.end - self.offset);
        let end = region.start + text.map_or(0, |text| text.trim_ascii_end().len());
        if value.trim_ascii().is_empty() {
            Region::empty(end)
        } else {
            Region::new(region.start, end)
        }
    }

    fn open(
        &mut self,
        is_mapping: bool,
        style: StructureStyle,
        region: Region,
        anchor: usize,
        tag: Option<(Box<str>, Region)>,
    ) {
        let is_flow = style == StructureStyle::Flow && !region.is_empty();
        self.open.push(Frame {
            children: Vec::new(),
            is_mapping,
            is_flow,
            region: is_flow.then_some(region),
            anchor,
            name: None,
            tag,
        });
    }

    /// Closes the innermost collection. `end` is the closing bracket, if any.
    fn close(&mut self, end: Option<Region>, out: &mut TreeBuilder) {
        let Some(mut frame) = self.open.pop() else { return };
        let mut region = frame.region.unwrap_or(Region::empty(self.offset));
        if let Some(end) = end.filter(|_| frame.is_flow) {
            region = region.cover(end);
        }
        let kind = if frame.is_mapping {
            if frame.children.len() % 2 == 1 {
                let null = Region::empty(region.end);
                frame.children.push(out.add(NodeKind::Null, null, Style::Plain));
            }
            self.template(region, frame.is_flow).unwrap_or_else(|| {
                let entries: Vec<_> =
                    frame.children.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
                self.find_duplicates(&entries, out);
                NodeKind::Mapping(entries)
            })
        } else {
            NodeKind::Sequence(frame.children)
        };
        let id = out.push(Node { kind, region, style: Style::Plain, tag: frame.tag });
        // Only now, so that an alias inside its own anchor finds nothing.
        if frame.anchor != 0 {
            self.anchors.insert(frame.anchor, id);
        }
        if let Some(name) = frame.name {
            self.names.insert(name, id);
        }
        self.attach(id, region);
    }

    /// `{{ name }}` is a mapping with a mapping as its key to YAML, and a
    /// template's text to whoever wrote it.
    fn template(&mut self, region: Region, is_flow: bool) -> Option<NodeKind> {
        if !is_flow {
            return None;
        }
        let text = self.text.get(region.start - self.offset..region.end - self.offset)?;
        if !(text.starts_with("{{") && text.ends_with("}}")) {
            return None;
        }
        self.templated = true;
        Some(NodeKind::String(text.into()))
    }

    fn attach(&mut self, id: NodeId, region: Region) {
        match self.open.last_mut() {
            Some(frame) => {
                frame.children.push(id);
                frame.region = Some(frame.region.map_or(region, |whole| whole.cover(region)));
            }
            None => self.root = Some(id),
        }
    }

    fn find_duplicates(&mut self, entries: &[(NodeId, NodeId)], out: &TreeBuilder) {
        if entries.len() < 2 {
            return;
        }
        let mut seen = HashSet::with_capacity(entries.len());
        for &(key, _) in entries {
            let node = out.node(key);
            let name = match &node.kind {
                NodeKind::String(text) | NodeKind::Number(text) => &**text,
                NodeKind::Bool(true) => "true",
                NodeKind::Bool(false) => "false",
                _ => continue,
            };
            if !seen.insert(name) {
                let region = node.region;
                self.errors.push(SyntaxError { region, message: "duplicate key".into() });
            }
        }
    }
}

/// The last character boundary at or before `offset`.
pub(super) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
