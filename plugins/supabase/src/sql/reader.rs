//! Reading a statement token by token.

use super::lexer::Token;

/// A place in the tokens of a statement. Nothing it is asked for moves it unless
/// it is there.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'s, 't> {
    tokens: &'s [Token<'t>],
}

/// A name of a table, policy or function: the schema if it is written, and the
/// name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The schema.
    pub(crate) schema: Option<String>,
    /// The name.
    pub(crate) name: String,
    /// The bytes of both.
    pub(crate) start: usize,
    /// The byte after them.
    pub(crate) end: usize,
}

impl<'s, 't> Reader<'s, 't> {
    pub(crate) fn new(tokens: &'s [Token<'t>]) -> Self {
        Self { tokens }
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'s [Token<'t>] {
        self.tokens
    }

    /// Reads these keywords, all or none.
    pub(crate) fn eat(&mut self, words: &[&str]) -> bool {
        let there = self.tokens.len() >= words.len()
            && words.iter().zip(self.tokens).all(|(word, token)| token.is(word));
        if there {
            self.tokens = &self.tokens[words.len()..];
        }
        there
    }

    /// Reads one of these keywords.
    pub(crate) fn eat_any(&mut self, words: &[&'static str]) -> Option<&'static str> {
        words.iter().find(|word| self.eat(&[word])).copied()
    }

    /// Reads a character.
    pub(crate) fn eat_sign(&mut self, sign: &str) -> bool {
        let there = self.tokens.first().is_some_and(|token| token.is_sign(sign));
        if there {
            self.tokens = &self.tokens[1..];
        }
        there
    }

    /// Reads any one token.
    pub(crate) fn skip(&mut self) -> Option<&'s Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    /// Reads a name of one part.
    pub(crate) fn name(&mut self) -> Option<String> {
        let name = self.tokens.first()?.name()?.into_owned();
        self.tokens = &self.tokens[1..];
        Some(name)
    }

    /// Reads a name that may have a schema, and a database before it.
    pub(crate) fn qualified(&mut self) -> Option<Named> {
        let start = self.tokens.first()?.range.start;
        let mut end = self.tokens.first()?.range.end;
        let mut name = self.name()?;
        let mut schema = None;
        while let [dot, part, ..] = self.tokens
            && dot.is_sign(".")
            && let Some(next) = part.name()
        {
            end = part.range.end;
            schema = Some(std::mem::replace(&mut name, next.into_owned()));
            self.tokens = &self.tokens[2..];
        }
        Some(Named { schema, name, start, end })
    }

    /// Reads names with commas between.
    pub(crate) fn names(&mut self) -> Vec<Named> {
        let mut names = Vec::new();
        loop {
            let Some(name) = self.qualified() else { return names };
            names.push(name);
            if !self.eat_sign(",") {
                return names;
            }
        }
    }

    /// Reads what stands in parentheses here: its tokens, and the bytes from the
    /// opening to the closing one.
    pub(crate) fn group(&mut self) -> Option<(&'s [Token<'t>], std::ops::Range<usize>)> {
        let start = self.tokens.first().filter(|token| token.is_sign("("))?.range.start;
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate() {
            if token.is_sign("(") {
                depth += 1;
            } else if token.is_sign(")") {
                depth -= 1;
                if depth == 0 {
                    let inside = &self.tokens[1..index];
                    self.tokens = &self.tokens[index + 1..];
                    return Some((inside, start..token.range.end));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::statements;
    use super::*;

    fn read<R>(text: &str, read: impl FnOnce(&mut Reader<'_, '_>) -> R) -> R {
        let statement = statements(text).next().expect("a statement");
        read(&mut Reader::new(&statement.tokens))
    }

    #[test]
    fn names_have_schemas_and_places() {
        let named = read(r#"public . "My Table" x"#, |reader| reader.qualified());
        let named = named.expect("a name");
        assert_eq!((named.schema.as_deref(), &*named.name), (Some("public"), "My Table"));
        assert_eq!((named.start, named.end), (0, 19));
        let names = read("a, b.c , d to e", |reader| reader.names());
        assert_eq!(names.iter().map(|n| &*n.name).collect::<Vec<_>>(), ["a", "c", "d"]);
    }

    #[test]
    fn a_group_ends_with_its_own_parenthesis() {
        let (inside, range) = read("(a (b) c) d", |r| {
            r.group().map(|(inside, range)| (inside.len(), range)).expect("a group")
        });
        assert_eq!((inside, range), (5, 0..9));
        assert!(read("(a", |r| r.group().is_none()));
    }
}
