//! JSON and JSONC: a tree, or a run of tokens for those who need none.

mod events;
mod strings;

use std::borrow::Cow;

use seaworthy_model::Region;

pub use events::{DEPTH_LIMIT, Dialect, Event, Events, Token};

use crate::tree::MAX_NODES;
use crate::{NodeId, NodeKind, Notation, Style, SyntaxError, Tree, TreeBuilder};

/// The tree of a JSON text. Comments (recorded) and trailing commas are let
/// through, as the tools do whose files hold them; everything else that is not
/// JSON is an error. A key written twice is an error at the second.
#[must_use]
pub fn parse(text: &str) -> Tree {
    parse_as(text, Dialect::Jsonc)
}

/// As [`parse`], with the errors of a dialect.
#[must_use]
pub fn parse_as(text: &str, dialect: Dialect) -> Tree {
    let mut builder = TreeBuilder::new(Notation::Json);
    let mut events = Events::of(text, dialect);
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut cut = None;
    for token in events.by_ref() {
        if builder.len() >= MAX_NODES {
            cut = Some(token.region.start);
            break;
        }
        let node = match token.event {
            Event::BeginObject | Event::BeginArray => {
                let object = token.event == Event::BeginObject;
                open.push(Open { object, start: token.region.start, ..Open::default() });
                continue;
            }
            Event::Key(key) => {
                if let Some(owner) = open.last_mut() {
                    let text = key.as_ref().into();
                    owner.key =
                        Some(builder.add(NodeKind::String(text), token.region, token.style));
                    owner.keys.push((key, token.region));
                }
                continue;
            }
            Event::EndObject | Event::EndArray => {
                let Some(done) = open.pop() else { continue };
                let region = Region::new(done.start, token.region.end.max(done.start));
                let kind = if done.object {
                    report_duplicates(done.keys, &mut builder);
                    NodeKind::Mapping(done.entries)
                } else {
                    NodeKind::Sequence(done.items)
                };
                builder.add(kind, region, Style::Plain)
            }
            Event::String(value) => {
                builder.add(NodeKind::String(value.as_ref().into()), token.region, token.style)
            }
            Event::Number(value) => {
                builder.add(NodeKind::Number(value.into()), token.region, token.style)
            }
            Event::Bool(value) => builder.add(NodeKind::Bool(value), token.region, token.style),
            Event::Null => builder.add(NodeKind::Null, token.region, token.style),
        };
        match open.last_mut() {
            Some(owner) if owner.object => {
                if let Some(key) = owner.key.take() {
                    owner.entries.push((key, node));
                }
            }
            Some(owner) => owner.items.push(node),
            None => builder.root(node),
        }
    }
    if let Some(end) = cut {
        builder.error(Region::empty(end), "too many nodes");
        close_all(open, end, &mut builder);
    }
    let (errors, comments) = events.finish();
    for error in errors {
        builder.error(error.region, error.message);
    }
    for comment in comments {
        builder.comment(comment);
    }
    builder.finish()
}

/// Closes what is open at `end`, from the inside out, so that what was read of
/// a text with too many nodes is kept.
fn close_all(mut open: Vec<Open<'_>>, end: usize, builder: &mut TreeBuilder) {
    while let Some(done) = open.pop() {
        let region = Region::new(done.start, end.max(done.start));
        let kind = if done.object {
            NodeKind::Mapping(done.entries)
        } else {
            NodeKind::Sequence(done.items)
        };
        let node = builder.add(kind, region, Style::Plain);
        match open.last_mut() {
            Some(owner) if owner.object => {
                if let Some(key) = owner.key.take() {
                    owner.entries.push((key, node));
                }
            }
            Some(owner) => owner.items.push(node),
            None => builder.root(node),
        }
    }
}

/// Where `text` is not JSON to the letter: comments and trailing commas
/// included, duplicate keys (which the letter allows) not.
#[must_use]
pub fn strict_errors(text: &str) -> Vec<SyntaxError> {
    let mut events = Events::of(text, Dialect::Strict);
    while events.next().is_some() {}
    events.finish().0
}

/// A collection whose end has not been read yet.
#[derive(Default)]
struct Open<'a> {
    object: bool,
    start: usize,
    key: Option<NodeId>,
    keys: Vec<(Cow<'a, str>, Region)>,
    entries: Vec<(NodeId, NodeId)>,
    items: Vec<NodeId>,
}

/// Notes every key that was written before in the same object. By sorting: an
/// object of a million keys must not cost a million squared.
fn report_duplicates(mut keys: Vec<(Cow<'_, str>, Region)>, builder: &mut TreeBuilder) {
    keys.sort();
    for pair in keys.windows(2) {
        if pair[0].0 == pair[1].0 {
            builder.error(pair[1].1, "key is written twice; the last counts");
        }
    }
}

#[cfg(test)]
mod tests;
