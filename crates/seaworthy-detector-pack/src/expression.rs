//! Expressions: what the packs may write, and what is wrong with one.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

/// The most bytes that a match may have.
pub(crate) const MAX_LENGTH: usize = 4096;

/// What is wrong with an expression, and where in it if that is known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) place: Option<(usize, usize)>,
}

impl Wrong {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None }
    }
}

/// Reads an expression over bytes, without Unicode.
pub(crate) fn parse(expression: &str) -> Result<Hir, Wrong> {
    if !expression.is_ascii() {
        return Err(Wrong::new("an expression must be ASCII"));
    }
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).nest_limit(64).build();
    parser.parse(expression).map_err(|error| {
        let (message, span) = match &error {
            regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span())),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span())),
            _ => ("the expression is wrong".to_owned(), None),
        };
        Wrong { message, place: span.map(|span| (span.start.offset, span.end.offset)) }
    })
}

/// Reads an expression of bounded length whose matches are not empty.
pub(crate) fn bounded(expression: &str) -> Result<Hir, Wrong> {
    let hir = parse(expression)?;
    match hir.properties().maximum_len() {
        None => Err(Wrong::new("the length of a match has no bound: use `{n,m}`")),
        Some(length) if length > MAX_LENGTH => {
            let message = format!("a match may have {length} bytes, more than {MAX_LENGTH}");
            Err(Wrong::new(message))
        }
        Some(_) if hir.properties().minimum_len() == Some(0) => {
            Err(Wrong::new("a match may be empty"))
        }
        Some(_) => Ok(hir),
    }
}

/// Checks the named groups: at most one `secret`, at most one `body`.
pub(crate) fn groups(hir: &Hir) -> Result<(), Wrong> {
    let mut stack = vec![hir];
    while let Some(hir) = stack.pop() {
        match hir.kind() {
            HirKind::Capture(capture) => {
                if let Some(name) = capture.name.as_deref()
                    && !matches!(name, "secret" | "body")
                {
                    let message =
                        format!("a group is named `{name}`: only `secret` and `body` are");
                    return Err(Wrong::new(message));
                }
                stack.push(&capture.sub);
            }
            HirKind::Repetition(repetition) => stack.push(&repetition.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => stack.extend(parts),
            HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_ascii_bounded_and_not_empty() {
        let cases = [
            (r"\babc_[0-9]{8}\b", ""),
            ("abc_[0-9]+", "no bound"),
            ("abc_[0-9]{8,}", "no bound"),
            ("abc_[0-9]{5000}", "5004 bytes"),
            ("(?:abc)?", "empty"),
            ("äbc", "ASCII"),
            ("abc(", "unclosed group"),
            (r"\pL", "Unicode"),
            (r"(?=abc)", "look-around"),
            (r"(a)\1", "backreferences"),
        ];
        for (expression, want) in cases {
            let got = bounded(expression).err();
            let message = got.map_or(String::new(), |wrong| wrong.message);
            assert!(message.contains(want) && want.is_empty() == message.is_empty(), "{message}");
        }
    }

    #[test]
    fn only_two_groups_have_names() {
        let cases = [
            ("a(?<secret>b)", true),
            ("a(?<body>b)(?<secret>c)", true),
            ("a(b)", true),
            ("a(?:(?<key>b)){2}", false),
        ];
        for (expression, want) in cases {
            let hir = parse(expression).expect("right");
            assert_eq!(groups(&hir).is_ok(), want, "{expression}");
        }
    }
}
