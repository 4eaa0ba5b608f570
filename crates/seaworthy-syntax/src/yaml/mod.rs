//! YAML, as Compose files and workflows are written in it.
//!
//! Scanning is granit-parser's work; this module builds the [`Tree`]: anchors
//! stay references and are never copied, tags are kept, duplicate keys are
//! reported. A document that the parser gives up on (a bracket that is not
//! closed, a Helm or Jinja template) is read again piece by piece.

mod assemble;
mod scalar;
#[cfg(test)]
mod tests;

use granit_parser::{Event, Options, Parser, ScanError, options};
use seaworthy_model::Region;

use crate::{Notation, Tree, TreeBuilder};
use assemble::{AnchorNames, Assembler, floor_boundary};

/// Reads a stream of YAML documents. Never fails: what is wrong is in
/// [`Tree::errors`], and the sound parts are in the tree.
#[must_use]
pub fn parse(text: &str) -> Tree {
    let mut out = TreeBuilder::new(Notation::Yaml);
    let mut parser = Parser::new_from_str_with_options(text, parser_options());
    let mut assembler = Assembler::new(text, 0, AnchorNames::new());
    loop {
        let (event, span) = match parser.next() {
            Some(Ok(next)) => next,
            Some(Err(error)) => {
                assembler.abandon();
                out.error(error_region(text, 0, &error), error.info());
                match parser.proceed_next_document() {
                    Ok(true) => continue,
                    _ => break,
                }
            }
            None => break,
        };
        match event {
            Event::DocumentStart(..) => assembler.names.clear(),
            Event::DocumentEnd => {
                if let Some(root) = assembler.take_root(&mut out) {
                    out.root(root);
                }
                flush(&mut assembler, &mut out);
            }
            event => {
                if !assembler.event(event, span, &mut out) {
                    out.error(Region::empty(assembler.region(span).start), "too many nodes");
                    out.uncertain();
                    if let Some(root) = assembler.take_root(&mut out) {
                        out.root(root);
                    }
                    break;
                }
            }
        }
    }
    flush(&mut assembler, &mut out);
    out.finish()
}

fn flush(assembler: &mut Assembler<'_>, out: &mut TreeBuilder) {
    for comment in assembler.comments.drain(..) {
        out.comment(comment);
    }
    for error in assembler.errors.drain(..) {
        out.error(error.region, error.message);
    }
    if std::mem::take(&mut assembler.templated) {
        out.uncertain();
    }
}

fn parser_options() -> Options {
    options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        // A long commented-out block is no error.
        max_buffered_comment_events: 1_000_000,
        simple_key_max_lookahead: 4096,
    }
}

/// The character the parser stumbled over; nothing at the end of a line.
fn error_region(text: &str, offset: usize, error: &ScanError) -> Region {
    let start = floor_boundary(text, error.marker().byte_offset().unwrap_or(text.len()));
    let width = match text[start..].chars().next() {
        None | Some('\n' | '\r') => 0,
        Some(character) => character.len_utf8(),
    };
    Region::new(start, start + width).offset(offset)
}
