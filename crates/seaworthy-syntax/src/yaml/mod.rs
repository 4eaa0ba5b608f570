//! YAML, as Compose files and workflows are written in it.
//!
//! Scanning is granit-parser's work; this module builds the [`Tree`]: anchors
//! stay references and are never copied, tags are kept, duplicate keys are
//! reported. A document that the parser gives up on (a bracket that is not
//! closed, a Helm or Jinja template) is read again piece by piece.

mod assemble;
mod lines;
mod recover;
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
    // Where the current document begins, and whether it is lost to the parser.
    let mut begin = 0;
    let mut is_broken = false;
    loop {
        let (event, span) = match parser.next() {
            Some(Ok(next)) => next,
            Some(Err(error)) => {
                is_broken = true;
                out.error(error_region(text, &error), error.info());
                match parser.proceed_next_document() {
                    Ok(true) => continue,
                    _ => break,
                }
            }
            None => break,
        };
        match event {
            Event::DocumentStart(..) => {
                if std::mem::take(&mut is_broken) {
                    let end = line_start(text, assembler.region(span).start).max(begin);
                    assembler.abandon();
                    recover::read(text, begin..end, &mut out);
                    begin = end;
                }
                assembler.names.clear();
            }
            Event::DocumentEnd => {
                begin = assembler.region(span).end.max(begin);
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
    if is_broken {
        assembler.abandon();
        recover::read(text, begin..text.len(), &mut out);
    }
    flush(&mut assembler, &mut out);
    out.finish()
}

/// The start of the line that `offset` lies in.
fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
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
fn error_region(text: &str, error: &ScanError) -> Region {
    let start = floor_boundary(text, error.marker().byte_offset().unwrap_or(text.len()));
    let width = match text[start..].chars().next() {
        None | Some('\n' | '\r') => 0,
        Some(character) => character.len_utf8(),
    };
    Region::new(start, start + width)
}
