//! TOML, as package manifests and lockfiles are written in it.
//!
//! Scanning and the order of things are toml_parser's work; this module decodes
//! scalars and puts tables together, which may be written in pieces: by headers,
//! by dotted keys, by arrays of tables.

mod restart;
mod tables;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use seaworthy_model::Region;
use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::lexer::Token;
use toml_parser::parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ParseError, Raw, Source, Span};

use crate::tree::MAX_ERRORS;
use crate::tree::MAX_NODES;
use crate::{NodeId, NodeKind, Notation, Style, Tree, TreeBuilder};
use tables::{Key, TableId, Tables, Value};

/// The deepest nesting of arrays and inline tables.
const MAX_NESTING: u32 = 64;

/// The longest dotted key.
const MAX_SEGMENTS: usize = 64;

/// How often the rest of a file is read anew after a bracket that is not closed.
const MAX_RESTARTS: usize = 16;

/// Reads a TOML document. Never fails: what is wrong is in [`Tree::errors`],
/// and the rest is in the tree.
#[must_use]
pub fn parse(text: &str) -> Tree {
    let mut out = TreeBuilder::new(Notation::Toml);
    let tokens = Source::new(text).lex().into_vec();
    let mut reader = Reader {
        text,
        out: &mut out,
        tables: Tables::new(),
        current: Tables::ROOT,
        open: Vec::new(),
        keys: Vec::new(),
        header: None,
        errors: Vec::new(),
    };
    let mut from = 0;
    for round in 0..=MAX_RESTARTS {
        let (events, mut errors) = scan(text, &tokens[from..]);
        let again = restart::find(&tokens[from..], &events, &errors);
        let again = again.filter(|_| round < MAX_RESTARTS);
        let until = again.map_or(usize::MAX, |again| again.offset);
        errors.retain(|error| place(error).start < until);
        reader.errors.append(&mut errors);
        if !reader.events(&events, until) {
            break;
        }
        let Some(again) = again else { break };
        reader.out.uncertain();
        reader.error(region(again.opening), "unclosed bracket");
        reader.close_all(again.end);
        from += again.token;
    }
    reader.finish();
    out.finish()
}

/// Runs the parser over a part of the tokens.
fn scan(text: &str, tokens: &[Token]) -> (Vec<Event>, Vec<ParseError>) {
    let mut events: Vec<Event> = Vec::new();
    let mut errors: Vec<ParseError> = Vec::new();
    let mut whitespace = ValidateWhitespace::new(&mut events, Source::new(text));
    let mut guard = RecursionGuard::new(&mut whitespace, MAX_NESTING);
    parse_document(tokens, &mut guard, &mut errors);
    (events, errors)
}

/// Where an error points.
fn place(error: &ParseError) -> Region {
    region(error.unexpected().or(error.context()).unwrap_or_default())
}

fn region(span: Span) -> Region {
    Region::new(span.start(), span.end().max(span.start()))
}

/// An array or inline table that is still open.
struct Frame {
    start: usize,
    /// The keys that lead to it.
    keys: Vec<Key>,
    kind: FrameKind,
}

enum FrameKind {
    Array(Vec<NodeId>),
    Inline(TableId),
}

/// The header that is being read.
struct Header {
    start: usize,
    is_array: bool,
}

struct Reader<'t, 'o> {
    text: &'t str,
    out: &'o mut TreeBuilder,
    tables: Tables,
    /// The table that the last header opened.
    current: TableId,
    open: Vec<Frame>,
    /// The keys read since the last value.
    keys: Vec<Key>,
    header: Option<Header>,
    errors: Vec<ParseError>,
}

impl Reader<'_, '_> {
    /// Takes in the events before the offset `until`. `false` when there are
    /// too many nodes.
    fn events(&mut self, events: &[Event], until: usize) -> bool {
        for event in events.iter().take_while(|event| event.span().start() < until) {
            self.event(event);
            if self.out.len() > MAX_NODES {
                self.error(region(event.span()), "too many nodes");
                self.out.uncertain();
                return false;
            }
        }
        true
    }

    fn event(&mut self, event: &Event) {
        let span = event.span();
        let here = region(span);
        match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.close_all(here.start);
                let is_array = event.kind() == EventKind::ArrayTableOpen;
                self.header = Some(Header { start: here.start, is_array });
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => self.enter_table(here.end),
            EventKind::SimpleKey => self.key(span, event.encoding()),
            EventKind::Scalar => {
                let id = self.scalar(span, event.encoding());
                self.value(id);
            }
            EventKind::ArrayOpen => self.open(here.start, FrameKind::Array(Vec::new())),
            EventKind::InlineTableOpen => {
                let table = self.tables.inline();
                self.open(here.start, FrameKind::Inline(table));
            }
            EventKind::ArrayClose | EventKind::InlineTableClose => self.close(here.end),
            EventKind::ValueSep => self.keys.clear(),
            EventKind::Newline if self.open.is_empty() => self.end_line(here.start),
            EventKind::Comment => self.out.comment(here),
            _ => {}
        }
    }

    fn error(&mut self, region: Region, message: &'static str) {
        if self.errors.len() < MAX_ERRORS {
            let span = Span::new_unchecked(region.start, region.end);
            self.errors.push(ParseError::new(message).with_unexpected(span));
        }
    }

    fn key(&mut self, span: Span, encoding: Option<Encoding>) {
        let here = region(span);
        if self.keys.len() == MAX_SEGMENTS {
            self.error(here, "dotted key of too many segments");
        }
        if self.keys.len() > MAX_SEGMENTS {
            return;
        }
        let mut name = Cow::Borrowed("");
        let text = here.of(self.text);
        let raw = Raw::new_unchecked(text, encoding, span);
        raw.decode_key(&mut name, &mut self.errors);
        self.keys.push(Key { name: name.into(), region: here, style: style(encoding, text) });
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>) -> NodeId {
        let here = region(span);
        let text = here.of(self.text);
        let mut value = Cow::Borrowed("");
        let raw = Raw::new_unchecked(text, encoding, span);
        let kind = match raw.decode_scalar(&mut value, &mut self.errors) {
            ScalarKind::Boolean(value) => NodeKind::Bool(value),
            ScalarKind::Integer(_) | ScalarKind::Float => NodeKind::Number(text.into()),
            ScalarKind::DateTime => NodeKind::String(text.into()),
            ScalarKind::String => NodeKind::String(value.into()),
        };
        // A value left out, which the parser has reported.
        let kind = if here.is_empty() { NodeKind::Null } else { kind };
        self.out.add(kind, here, style(encoding, text))
    }

    /// Puts a finished value where its keys say.
    fn value(&mut self, id: NodeId) {
        let keys = std::mem::take(&mut self.keys);
        let table = match self.open.last_mut() {
            Some(Frame { kind: FrameKind::Array(items), .. }) => {
                items.push(id);
                return;
            }
            Some(Frame { kind: FrameKind::Inline(table), .. }) => *table,
            None => self.current,
        };
        if keys.len() > MAX_SEGMENTS {
            return;
        }
        if let Err(region) = self.tables.insert(table, keys, Value::Node(id), self.out) {
            self.error(region, "duplicate key");
        }
    }

    fn enter_table(&mut self, end: usize) {
        let Some(header) = self.header.take() else { return };
        let keys = std::mem::take(&mut self.keys);
        let region = Region::new(header.start, end.max(header.start));
        if keys.len() > MAX_SEGMENTS || keys.is_empty() {
            // Its keys go where nobody looks.
            self.current = self.tables.inline();
            return;
        }
        let (table, clash) = self.tables.open(keys, region, header.is_array, self.out);
        self.current = table;
        if let Some(region) = clash {
            self.error(region, "duplicate table");
        }
    }

    fn open(&mut self, start: usize, kind: FrameKind) {
        let keys = std::mem::take(&mut self.keys);
        self.open.push(Frame { start, keys, kind });
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.open.pop() else { return };
        let region = Region::new(frame.start, end.max(frame.start));
        let id = match frame.kind {
            FrameKind::Array(items) => {
                self.out.add(NodeKind::Sequence(items), region, Style::Plain)
            }
            FrameKind::Inline(table) => {
                self.tables.set_region(table, region);
                self.tables.finish(table, self.out)
            }
        };
        self.keys = frame.keys;
        self.value(id);
    }

    /// Closes what a broken line left open.
    fn close_all(&mut self, end: usize) {
        while !self.open.is_empty() {
            self.close(end);
        }
        self.end_line(end);
    }

    fn end_line(&mut self, end: usize) {
        if self.header.is_some() {
            let end = self.keys.last().map_or(end, |key| key.region.end);
            self.enter_table(end);
        }
        self.keys.clear();
    }

    fn finish(mut self) {
        self.close_all(self.text.len());
        let root = self.tables.finish(Tables::ROOT, self.out);
        self.out.root(root);
        for error in &self.errors {
            self.out.error(place(error), error.description());
        }
    }
}

/// How a text is quoted. A string that is not closed has no closing quote to
/// leave out, so it counts as plain.
fn style(encoding: Option<Encoding>, text: &str) -> Style {
    let (style, quotes) = match encoding {
        None => return Style::Plain,
        Some(Encoding::LiteralString) => (Style::Single, "'"),
        Some(Encoding::BasicString) => (Style::Double, "\""),
        Some(Encoding::MlLiteralString) => (Style::Block, "'''"),
        Some(Encoding::MlBasicString) => (Style::Block, "\"\"\""),
    };
    let closed = text.len() >= 2 * quotes.len() && text.ends_with(quotes);
    if closed { style } else { Style::Plain }
}
