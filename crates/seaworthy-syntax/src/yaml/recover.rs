//! A second reading of a document that the parser gave up on.
//!
//! The document is cut at its indentation into entries; each is given to the
//! parser on its own, and only where that fails is it read by hand and its own
//! children cut again. So one unclosed bracket costs one value, and a template
//! keeps everything but its control lines.

use std::ops::Range;

use granit_parser::{Event, Parser};
use seaworthy_model::Region;

use super::assemble::{AnchorNames, Assembler};
use super::lines::{Line, LineKind, split};
use super::{parser_options, scalar};
use crate::{NodeId, NodeKind, Style, TreeBuilder};

/// The deepest nesting that is followed.
const MAX_DEPTH: usize = 128;

/// How often, on average, a byte may be given to the parser.
const ATTEMPTS: usize = 12;

/// Reads `text[range]`, adds its documents to `out` and marks the tree as
/// uncertain.
pub(super) fn read(text: &str, range: Range<usize>, out: &mut TreeBuilder) {
    out.uncertain();
    let lines = split(text, range);
    for part in lines.chunk_by(|_, next| next.kind != LineKind::Marker) {
        let mut reader = Reader::new(text, part, out);
        if let Some(root) = reader.block((0, part.len()), None, 0) {
            out.root(root);
        }
    }
}

/// Lines from the first up to, not including, the second.
type Span = (usize, usize);

struct Reader<'t, 'o> {
    text: &'t str,
    lines: &'t [Line],
    /// How many skipped lines come before each line.
    skipped: Vec<usize>,
    /// Bytes that may still be given to the parser in blocks.
    budget: usize,
    names: AnchorNames,
    out: &'o mut TreeBuilder,
}

/// Where a value stands: what is left of its line, and the lines below it.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
    below: Span,
}

/// Children of a collection in the making.
#[derive(Default)]
struct Gathered {
    items: Vec<NodeId>,
    entries: Vec<(NodeId, NodeId)>,
    /// A value that stands alone.
    lone: Option<NodeId>,
}

impl<'t, 'o> Reader<'t, 'o> {
    fn new(text: &'t str, lines: &'t [Line], out: &'o mut TreeBuilder) -> Self {
        let mut skipped = vec![0];
        for line in lines {
            let before = skipped.last().copied().unwrap_or(0);
            skipped.push(before + usize::from(line.kind == LineKind::Skipped));
        }
        let bytes = lines.last().map_or(0, |last| last.end.saturating_sub(lines[0].begin));
        let budget = bytes.saturating_mul(ATTEMPTS) + 4096;
        Self { text, lines, skipped, budget, names: AnchorNames::new(), out }
    }

    /// Reads the lines as one value. `first` replaces the start and the
    /// indentation of the first line when the value begins within it.
    fn block(&mut self, span: Span, first: Option<(usize, usize)>, depth: usize) -> Option<NodeId> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut gathered = Gathered::default();
        self.gather(span, first, depth, &mut gathered);
        if let (Some(&(key, _)), Some(&(_, value))) =
            (gathered.entries.first(), gathered.entries.last())
        {
            return Some(self.collection(NodeKind::Mapping(gathered.entries), key, value));
        }
        if let (Some(&first), Some(&last)) = (gathered.items.first(), gathered.items.last()) {
            return Some(self.collection(NodeKind::Sequence(gathered.items), first, last));
        }
        gathered.lone
    }

    fn collection(&mut self, kind: NodeKind, first: NodeId, last: NodeId) -> NodeId {
        let region = self.out.node(first).region.cover(self.out.node(last).region);
        self.out.add(kind, region, Style::Plain)
    }

    fn gather(
        &mut self,
        (from, to): Span,
        first: Option<(usize, usize)>,
        depth: usize,
        into: &mut Gathered,
    ) {
        if depth > MAX_DEPTH {
            return;
        }
        let mut at = from;
        while at < to {
            let mut line = self.lines[at];
            let mut is_whole = true;
            if let Some((start, indent)) = first.filter(|_| at == from) {
                (line.start, line.indent, is_whole) = (start, indent, false);
            }
            match line.kind {
                LineKind::Content => {}
                LineKind::Comment => {
                    self.out.comment(Region::new(line.start, line.end));
                    at += 1;
                    continue;
                }
                LineKind::Blank | LineKind::Skipped | LineKind::Marker => {
                    at += 1;
                    continue;
                }
            }
            let is_item = is_item(self.body(line));
            let takes_items = !is_item && awaits_value(self.body(line));
            let end = self.entry_end(at, to, line.indent, takes_items);
            self.entry(line, (at, end), is_whole, depth, into);
            at = end;
        }
    }

    fn body(&self, line: Line) -> &'t str {
        self.text.get(line.start..line.end).unwrap_or("")
    }

    /// The line after the last one that belongs to the entry which begins at
    /// line `at`; items may stand as deep as the key they belong to.
    fn entry_end(&self, at: usize, to: usize, indent: usize, takes_items: bool) -> usize {
        let mut end = at + 1;
        for index in at + 1..to {
            let line = self.lines[index];
            let is_deeper = line.indent > indent;
            match line.kind {
                LineKind::Content if is_deeper => end = index + 1,
                LineKind::Content if line.indent == indent => {
                    let body = self.body(line);
                    let closes = body.starts_with([']', '}']);
                    if !(closes || takes_items && is_item(body)) {
                        break;
                    }
                    end = index + 1;
                }
                LineKind::Content => break,
                LineKind::Comment if is_deeper => end = index + 1,
                // `key:` and then the action that writes the value.
                LineKind::Skipped if is_deeper && index == at + 1 => end = index + 1,
                _ => {}
            }
        }
        end
    }

    /// Reads one entry: as a whole if the parser can, by hand otherwise.
    fn entry(
        &mut self,
        line: Line,
        (at, end): Span,
        is_whole: bool,
        depth: usize,
        into: &mut Gathered,
    ) {
        let body = self.body(line);
        let is_item = is_item(body);
        let key = if is_item { None } else { find_key(body) };
        let start = if is_whole { line.begin } else { line.start };
        // One line is soon read by hand, unless it holds what only YAML knows.
        let is_worth_it =
            if end == at + 1 { body.starts_with(['?', '&', '*', '!']) } else { is_whole };
        if is_worth_it && self.skipped[at] == self.skipped[end] {
            let range = start..self.lines[end - 1].end;
            if self.afford(range.len())
                && let Some(root) = self.attempt(range, "")
            {
                match &self.out.node(root).kind {
                    NodeKind::Sequence(items) if is_item => into.items.extend(items),
                    NodeKind::Mapping(entries) if key.is_some() => into.entries.extend(entries),
                    _ => into.lone = into.lone.or(Some(root)),
                }
                return;
            }
        }
        let below = (at + 1, end);
        if is_item {
            let rest = &body[1..];
            let gap = 1 + rest.len() - rest.trim_start().len();
            let start = line.start + gap;
            let rest = rest.trim_start();
            let item = if self::is_item(rest) || find_key(rest).is_some() {
                self.block((at, end), Some((start, line.indent + gap)), depth + 1)
                    .unwrap_or_else(|| self.null(line.start + 1))
            } else {
                self.value(Place { start, end: line.end, below }, depth).0
            };
            into.items.push(item);
        } else if let Some((key, rest)) = key {
            let key = self.key(Region::new(line.start, line.start + key));
            let place = Place { start: line.start + rest, end: line.end, below };
            let (value, left) = self.value(place, depth);
            into.entries.push((key, value));
            // Entries that stand too deep under a value are its siblings.
            if left.0 < left.1 {
                let mut more = Gathered::default();
                self.gather(left, None, depth + 1, &mut more);
                into.entries.append(&mut more.entries);
            }
        } else {
            let place = Place { start: line.start, end: line.end, below };
            let (value, left) = self.value(place, depth);
            into.lone = into.lone.or(Some(value));
            if left.0 < left.1 {
                self.gather(left, None, depth + 1, into);
            }
        }
    }

    fn null(&mut self, at: usize) -> NodeId {
        self.out.add(NodeKind::Null, Region::empty(at), Style::Plain)
    }

    fn key(&mut self, region: Region) -> NodeId {
        let text = region.of(self.text);
        if text.starts_with(['"', '\''])
            && let Some(id) = self.attempt(region.range(), "")
        {
            return id;
        }
        let kind = scalar::plain(text);
        self.out.add(kind, region, Style::Plain)
    }

    /// Reads a value. Second come the lines below that are not part of it.
    fn value(&mut self, place: Place, depth: usize) -> (NodeId, Span) {
        let (mut start, mut tag, mut anchor) = (place.start, None, None);
        let nothing = (place.below.1, place.below.1);
        let rest = loop {
            let rest = self.text.get(start..place.end).unwrap_or("");
            let word = rest.split([' ', '\t']).next().unwrap_or("");
            match word.as_bytes() {
                [b'!', ..] => tag = Some((word.into(), Region::new(start, start + word.len()))),
                [b'&', _, ..] => anchor = Some(word[1..].to_owned()),
                _ => break rest,
            }
            let after = &rest[word.len()..];
            start += rest.len() - after.trim_start().len();
        };
        let place = Place { start, ..place };
        let (id, left) = if rest.is_empty() || rest.starts_with('#') {
            if !rest.is_empty() {
                self.out.comment(Region::new(start, place.end));
            }
            let at = start.min(place.end);
            let id = self.block(place.below, None, depth + 1);
            (
                id.or_else(|| self.template_below(place.below)).unwrap_or_else(|| self.null(at)),
                nothing,
            )
        } else if let Some(style) = block_header(rest) {
            (self.block_scalar(style, place), nothing)
        } else {
            self.inline(rest, place)
        };
        if tag.is_some() {
            self.out.node_mut(id).tag = tag;
        }
        if let Some(anchor) = anchor {
            self.names.insert(anchor, id);
        }
        (id, left)
    }

    /// The first template action below a key that has no other value.
    fn template_below(&mut self, (from, to): Span) -> Option<NodeId> {
        let line = self.lines[from..to]
            .iter()
            .find(|line| line.kind == LineKind::Skipped && self.body(**line).starts_with("{{"))?;
        let region = Region::new(line.start, line.end);
        let kind = NodeKind::String(region.of(self.text).into());
        Some(self.out.add(kind, region, Style::Plain))
    }

    /// A value that begins on the line itself.
    fn inline(&mut self, rest: &str, place: Place) -> (NodeId, Span) {
        let (from, to) = place.below;
        let line = place.start..place.end;
        let is_flow = rest.starts_with(['[', '{']);
        if from == to && is_simple(rest) {
            let region = Region::new(place.start, place.end);
            return (self.out.add(scalar::plain(rest), region, Style::Plain), place.below);
        }
        if !rest.starts_with("{{") && !rest.starts_with("{%") {
            if from < to && self.skipped[from] == self.skipped[to] {
                let whole = place.start..self.lines[to - 1].end;
                for is_closed in [true, false] {
                    if (is_closed || is_flow)
                        && self.afford(whole.len())
                        && let Some(id) = self.inline_attempt(whole.clone(), is_flow, is_closed)
                    {
                        return (id, (to, to));
                    }
                }
            }
            for is_closed in [true, false] {
                if (is_closed || is_flow)
                    && let Some(id) = self.inline_attempt(line.clone(), is_flow, is_closed)
                {
                    return (id, place.below);
                }
            }
        }
        (self.raw(rest, place.start), place.below)
    }

    fn inline_attempt(
        &mut self,
        range: Range<usize>,
        is_flow: bool,
        is_closed: bool,
    ) -> Option<NodeId> {
        let closers = if is_closed {
            String::new()
        } else {
            let closers = missing_closers(&self.text[range.clone()]);
            if closers.is_empty() {
                return None;
            }
            closers
        };
        let id = self.attempt(range, &closers)?;
        let is_collection =
            matches!(self.out.node(id).kind, NodeKind::Sequence(_) | NodeKind::Mapping(_));
        (is_flow || !is_collection).then_some(id)
    }

    /// A value as it stands, for what no parser accepts.
    fn raw(&mut self, rest: &str, start: usize) -> NodeId {
        let after_templates = rest.rfind("}}").unwrap_or(0);
        let mut text = rest;
        if let Some(hash) = rest[after_templates..].find(" #") {
            let hash = after_templates + hash;
            self.out.comment(Region::new(start + hash + 1, start + rest.len()));
            text = rest[..hash].trim_end();
        }
        let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
        let Some(quote) = quote else {
            let region = Region::new(start, start + text.len());
            return self.out.add(NodeKind::String(text.into()), region, Style::Plain);
        };
        let inner = &text[1..];
        match inner.strip_suffix(quote) {
            Some(inner) => {
                let style = if quote == '"' { Style::Double } else { Style::Single };
                let region = Region::new(start, start + text.len());
                self.out.add(NodeKind::String(inner.into()), region, style)
            }
            None => {
                let region = Region::new(start + 1, start + text.len());
                self.out.add(NodeKind::String(inner.into()), region, Style::Plain)
            }
        }
    }

    fn block_scalar(&mut self, header: &str, place: Place) -> NodeId {
        let lines = &self.lines[place.below.0..place.below.1];
        let Some(first) = lines.iter().find(|line| line.kind != LineKind::Blank) else {
            let kind = NodeKind::String("".into());
            return self.out.add(kind, Region::empty(place.end), Style::Block);
        };
        let margin = first.start - first.begin;
        let is_folded = header.starts_with('>');
        let mut value = String::new();
        for (index, line) in lines.iter().enumerate() {
            let text = self.text.get(line.begin.min(line.end)..line.end).unwrap_or("");
            let cut = margin.min(line.start.saturating_sub(line.begin)).min(text.len());
            let text = &text[cut..];
            let folds = is_folded && !text.is_empty() && !value.ends_with('\n');
            if index > 0 {
                value.push(if folds { ' ' } else { '\n' });
            }
            value.push_str(text);
        }
        if !header.contains('-') {
            value.push('\n');
        }
        let end = lines.last().map_or(first.end, |last| last.end).max(first.end);
        self.out.add(NodeKind::String(value.into()), Region::new(first.start, end), Style::Block)
    }

    fn afford(&mut self, bytes: usize) -> bool {
        let rest = self.budget.checked_sub(bytes);
        self.budget = rest.unwrap_or(self.budget);
        rest.is_some()
    }

    /// Gives a part of the text, completed by `closers`, to the parser.
    fn attempt(&mut self, range: Range<usize>, closers: &str) -> Option<NodeId> {
        let slice = self.text.get(range.clone())?;
        let completed = format!("{slice}\n{closers}");
        let input = if closers.is_empty() { slice } else { &completed };
        let mut assembler = Assembler::new(slice, range.start, std::mem::take(&mut self.names));
        let mut documents = Vec::new();
        let mut is_sound = true;
        for next in Parser::new_from_str_with_options(input, parser_options()) {
            is_sound = match next {
                Ok((Event::DocumentEnd, _)) => {
                    documents.push(assembler.take_root(self.out));
                    true
                }
                Ok((event, span)) => assembler.event(event, span, self.out),
                Err(_) => false,
            };
            if !is_sound {
                break;
            }
        }
        self.names = std::mem::take(&mut assembler.names);
        match documents[..] {
            [root] if is_sound => {
                for comment in assembler.comments {
                    self.out.comment(comment);
                }
                root
            }
            _ => None,
        }
    }
}

fn is_item(body: &str) -> bool {
    body.strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Whether a line is a key whose value stands below it.
fn awaits_value(body: &str) -> bool {
    find_key(body)
        .is_some_and(|(_, value)| value >= body.len() || body[value..].starts_with(['#', '&', '!']))
}

/// The length of the key a line begins with, and where its value begins.
fn find_key(body: &str) -> Option<(usize, usize)> {
    let bytes = body.as_bytes();
    let is_colon = |at: usize| {
        bytes.get(at) == Some(&b':') && matches!(bytes.get(at + 1), None | Some(b' ' | b'\t'))
    };
    let value = |colon: usize| {
        let rest = &body[colon + 1..];
        colon + 1 + rest.len() - rest.trim_start().len()
    };
    match *bytes.first()? {
        quote @ (b'"' | b'\'') => {
            let mut at = 1;
            while *bytes.get(at)? != quote {
                at += if quote == b'"' && bytes[at] == b'\\' { 2 } else { 1 };
            }
            let end = at + 1;
            let gap = body.get(end..)?.len() - body.get(end..)?.trim_start().len();
            is_colon(end + gap).then(|| (end, value(end + gap)))
        }
        b'[' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b',' | b']' | b'}' => None,
        b'{' if !body.starts_with("{{") => None,
        _ => {
            let mut at = 0;
            while at < bytes.len() {
                if bytes[at..].starts_with(b"{{") {
                    at += body[at..].find("}}")? + 2;
                    continue;
                }
                if bytes[at] == b'#' && at > 0 && matches!(bytes[at - 1], b' ' | b'\t') {
                    return None;
                }
                if at > 0 && is_colon(at) {
                    return Some((body[..at].trim_end().len(), value(at)));
                }
                at += 1;
            }
            None
        }
    }
}

/// Whether a text is a plain scalar beyond doubt.
fn is_simple(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'$');
    text.bytes().next().is_some_and(word)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !text.contains('\t')
}

/// The header of a block scalar, without its comment.
fn block_header(rest: &str) -> Option<&str> {
    let header = rest.split([' ', '\t']).next()?;
    let after = rest[header.len()..].trim_start();
    let options = header.strip_prefix(['|', '>'])?;
    let is_header =
        options.len() <= 2 && options.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9'));
    (is_header && (after.is_empty() || after.starts_with('#'))).then_some(header)
}

/// The brackets that a flow collection lacks at its end.
fn missing_closers(text: &str) -> String {
    let mut open = Vec::new();
    let mut quote = None;
    let mut is_escaped = false;
    for byte in text.bytes() {
        match (quote, byte) {
            (Some(b'"'), b'\\') => is_escaped = !is_escaped,
            (Some(mark), _) => {
                if byte == mark && !is_escaped {
                    quote = None;
                }
                is_escaped = false;
            }
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[') => open.push(']'),
            (None, b'{') => open.push('}'),
            (None, b']' | b'}') => {
                open.pop();
            }
            (None, _) => {}
        }
    }
    if quote.is_some() || open.len() > 64 {
        return String::new();
    }
    open.iter().rev().collect()
}
