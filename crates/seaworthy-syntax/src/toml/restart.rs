//! Where to go on after a bracket that is not closed.
//!
//! An array may span lines, so the parser reads the rest of the file into it.
//! What looks like a statement of its own ends the array instead.

use toml_parser::lexer::{Token, TokenKind};
use toml_parser::parser::{Event, EventKind};
use toml_parser::{ParseError, Span};

/// A place to go on from.
#[derive(Clone, Copy)]
pub(super) struct Restart {
    /// The bracket that is not closed.
    pub(super) opening: Span,
    /// Where the broken value ends.
    pub(super) end: usize,
    /// The token that begins the next statement, and its offset.
    pub(super) token: usize,
    pub(super) offset: usize,
}

/// The first statement after the first bracket that is not closed, if there are
/// both.
pub(super) fn find(tokens: &[Token], events: &[Event], errors: &[ParseError]) -> Option<Restart> {
    let broken = errors.iter().filter(|error| is_unclosed(error)).map(place).min()?;
    let opening = opening_before(events, broken)?;
    let first = tokens.partition_point(|token| token.span().start() <= opening.start());
    let mut end = opening.end();
    let mut starts_line = false;
    for (index, token) in tokens.iter().enumerate().skip(first) {
        match token.kind() {
            TokenKind::Newline => starts_line = true,
            TokenKind::Whitespace | TokenKind::Comment => {}
            TokenKind::Eof => break,
            _ if starts_line && is_statement(&tokens[index..]) => {
                return Some(Restart { opening, end, token: index, offset: token.span().start() });
            }
            _ => {
                starts_line = false;
                end = token.span().end();
            }
        }
    }
    None
}

fn is_unclosed(error: &ParseError) -> bool {
    let message = error.description();
    message.starts_with("unclosed array")
        || message.starts_with("unclosed inline table")
        || message.starts_with("unexpected `=` in array")
}

fn place(error: &ParseError) -> usize {
    error.unexpected().or(error.context()).map_or(0, |span| span.start())
}

/// The last bracket before `offset` that opens a value of a statement.
fn opening_before(events: &[Event], offset: usize) -> Option<Span> {
    let mut depth = 0_usize;
    let mut opening = None;
    for event in events.iter().take_while(|event| event.span().start() <= offset) {
        match event.kind() {
            EventKind::ArrayOpen | EventKind::InlineTableOpen => {
                if depth == 0 {
                    opening = Some(event.span());
                }
                depth += 1;
            }
            EventKind::ArrayClose | EventKind::InlineTableClose => {
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    opening
}

/// Whether a line reads `key =`, `[table]` or `[[table]]`.
fn is_statement(line: &[Token]) -> bool {
    let mut kinds = line
        .iter()
        .map(Token::kind)
        .take_while(|kind| {
            !matches!(kind, TokenKind::Newline | TokenKind::Comment | TokenKind::Eof)
        })
        .filter(|kind| *kind != TokenKind::Whitespace)
        .take(64);
    let is_key = |kind: &TokenKind| {
        matches!(
            kind,
            TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString | TokenKind::Dot
        )
    };
    match kinds.next() {
        Some(TokenKind::LeftSquareBracket) => {
            let rest: Vec<TokenKind> = kinds.collect();
            let brackets = usize::from(rest.first() == Some(&TokenKind::LeftSquareBracket));
            let end = rest.len().saturating_sub(brackets + 1);
            end > brackets
                && rest[brackets..end].iter().all(is_key)
                && rest[end..].iter().all(|kind| *kind == TokenKind::RightSquareBracket)
        }
        Some(first) if is_key(&first) => {
            kinds.find(|kind| !is_key(kind)) == Some(TokenKind::Equals)
        }
        _ => false,
    }
}
