//! Statements: what stands between two semicolons, at the top of a file or in
//! the body of a block.

use super::lexer::{Kind, Lexer, Token};

/// Of a longer statement only the beginning is kept: a million rows to insert
/// say nothing about tables.
const MAX_TOKENS: usize = 20_000;

/// A statement: its tokens, the semicolon apart.
#[derive(Clone, Debug)]
pub(crate) struct Statement<'t> {
    /// What it is made of; never empty.
    pub(crate) tokens: Vec<Token<'t>>,
    /// The byte after it, its semicolon included.
    pub(crate) end: usize,
}

/// The statements of a file.
pub(crate) fn statements(text: &str) -> impl Iterator<Item = Statement<'_>> {
    Statements { lexer: Lexer::new(text), block: false }
}

/// The statements in the body of a block of PL/pgSQL, which also begin after the
/// words that open a branch.
pub(crate) fn body_statements(text: &str) -> impl Iterator<Item = Statement<'_>> {
    Statements { lexer: Lexer::new(text), block: true }
}

struct Statements<'t> {
    lexer: Lexer<'t>,
    block: bool,
}

impl<'t> Iterator for Statements<'t> {
    type Item = Statement<'t>;

    fn next(&mut self) -> Option<Statement<'t>> {
        let mut tokens: Vec<Token<'t>> = Vec::new();
        let mut depth = 0_usize;
        for token in self.lexer.by_ref() {
            if token.kind == Kind::Sign {
                match token.text {
                    "(" => depth += 1,
                    ")" => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            let opens = self.block
                && depth == 0
                && ["begin", "then", "else", "loop"].iter().any(|word| token.is(word));
            if opens || token.is_sign(";") {
                depth = 0;
                if !tokens.is_empty() {
                    return Some(Statement { tokens, end: token.range.end });
                }
            } else if tokens.len() < MAX_TOKENS {
                tokens.push(token);
            }
        }
        let end = tokens.last()?.range.end;
        Some(Statement { tokens, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(found: impl Iterator<Item = Statement<'static>>) -> Vec<String> {
        found
            .map(|statement| {
                let words: Vec<_> = statement.tokens.iter().map(|token| token.text).collect();
                words.join(" ")
            })
            .collect()
    }

    #[test]
    fn semicolons_in_texts_and_bodies_end_nothing() {
        let found = words(statements("a ';' b; do $$ c; d $$; ; e"));
        assert_eq!(found, ["a ; b", "do  c; d ", "e"]);
    }

    #[test]
    fn branches_of_a_block_begin_statements() {
        let body = "begin if x then create table a (b int); else drop table c; end if; end";
        let found = words(body_statements(body));
        assert_eq!(found[..3], ["if x", "create table a ( b int )", "drop table c"]);
    }

    #[test]
    fn a_case_in_parentheses_begins_none() {
        let found =
            words(body_statements("create policy p using (case when a then true else b end)"));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn long_statements_are_cut_but_end_where_they_end() {
        let text = format!("insert into a values ({}); drop table b", "1,".repeat(MAX_TOKENS));
        let found: Vec<_> = statements(&text).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].tokens.len(), MAX_TOKENS);
    }
}
