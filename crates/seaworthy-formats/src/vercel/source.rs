//! The `source` of a Vercel rule: compiled, matched, explained.
//!
//! Vercel first hands the text to `new RegExp` (it must be valid as such), then
//! to path-to-regexp 6.1.0 with `strict` and the delimiter `/`; only the text of
//! the compiled regex is kept, so that letter case does not count when it is
//! matched.

use seaworthy_model::Region;

use super::js_regex::{JsRegex, Match};
use super::pattern::{self, Delimiter, Name, Token};

/// Why Vercel refuses a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// The place in the pattern's text.
    pub region: Region,
    /// What is wrong.
    pub message: String,
    /// Whether the text is not even a regular expression; the deployment's
    /// error message differs then.
    pub not_a_regex: bool,
}

/// Why a source that compiles never matches what its author meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Useless {
    /// Request paths start with `/`, the pattern does not.
    NoLeadingSlash,
    /// `^` and `$` stand for themselves here.
    LiteralAnchor,
    /// A literal `?` or `#`: query and fragment are not part of the path.
    QueryOrFragment,
}

/// A compiled source.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    text: Box<str>,
    tokens: Vec<Token>,
    regex: String,
    normalized: JsRegex,
}

impl Source {
    /// Compiles a pattern as a deployment does.
    ///
    /// # Errors
    /// When Vercel refuses the pattern.
    pub fn compile(text: &str) -> Result<Self, SourceError> {
        let whole = Region::new(0, text.len());
        if let Err(message) = JsRegex::new(text) {
            // The pattern's own error, if it has one, names the place better.
            let region = match pattern::parse(text, Delimiter::Slash) {
                Err(error) => error.region,
                Ok(_) => whole,
            };
            return Err(SourceError {
                region,
                message: format!("not a regular expression: {message}"),
                not_a_regex: true,
            });
        }
        let tokens = pattern::parse(text, Delimiter::Slash).map_err(|error| SourceError {
            region: error.region,
            message: error.message,
            not_a_regex: false,
        })?;
        let regex = pattern::regexp_source(&pattern::regex_text(&tokens));
        let refused = |message: &str| SourceError {
            region: whole,
            message: format!("compiles to an invalid regular expression: {message}"),
            not_a_regex: false,
        };
        JsRegex::new(&regex).map_err(refused)?;
        let normalized = JsRegex::new(&normalize(&regex)).map_err(refused)?;
        Ok(Self { text: text.into(), tokens, regex, normalized })
    }

    /// The parameters of a part of a destination. `None` when it does not
    /// compile.
    pub(super) fn compile_template(text: &str) -> Option<Vec<Option<String>>> {
        let tokens = pattern::parse(text, Delimiter::Slash).ok()?;
        JsRegex::new(&pattern::regex_text(&tokens)).ok()?;
        Some(segments(&tokens).map(|name| name.map(str::to_owned)).collect())
    }

    /// The pattern as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The regex as path-to-regexp compiles it.
    #[must_use]
    pub fn regex(&self) -> &str {
        &self.regex
    }

    /// The regex as it stands in the routes that Vercel deploys.
    #[must_use]
    pub fn route(&self) -> &str {
        self.normalized.source()
    }

    /// The parameters in order; `None` for one without a name.
    pub fn segments(&self) -> impl Iterator<Item = Option<&str>> {
        segments(&self.tokens)
    }

    /// Whether a rule with this source applies to a request path.
    ///
    /// Letter case does not count, and the path is tried without its leading
    /// slash as well: that is how `vercel dev` routes, and how `/:path*` comes
    /// to cover `/`.
    #[must_use]
    pub fn matches(&self, path: &str) -> Match {
        self.matches_ignoring_case(path).or(|| match path.strip_prefix('/') {
            Some(rest) => self.normalized.find_ignoring_case(rest),
            None => Match::No,
        })
    }

    /// Whether the regex matches the path, letter case counting.
    #[must_use]
    pub fn matches_exactly(&self, path: &str) -> Match {
        self.normalized.find(path)
    }

    /// Whether the regex matches the path, letter case ignored.
    #[must_use]
    pub fn matches_ignoring_case(&self, path: &str) -> Match {
        self.normalized.find_ignoring_case(path)
    }

    /// The literal text before the first parameter, without a trailing slash:
    /// `/blog` of `/blog/:slug`, `""` of `/(.*)`.
    #[must_use]
    pub fn literal_prefix(&self) -> &str {
        match self.tokens.first() {
            Some(Token::Text(text)) => text.trim_end_matches('/'),
            _ => "",
        }
    }

    /// Why the source can match no request path, if that is plain to see.
    #[must_use]
    pub fn useless(&self) -> Option<Useless> {
        let starts_with_slash = match self.tokens.first() {
            None => false,
            Some(Token::Text(text)) => text.starts_with('/'),
            Some(Token::Param(param)) if !param.prefix.is_empty() => {
                param.prefix.starts_with('/') || matches!(param.modifier, Some('?' | '*'))
            }
            // A regex may well begin with a slash of its own.
            Some(Token::Param(_)) => true,
        };
        if self.text.starts_with('^') || self.text.ends_with('$') && !self.text.ends_with("\\$") {
            return Some(Useless::LiteralAnchor);
        }
        if !starts_with_slash {
            return Some(Useless::NoLeadingSlash);
        }
        let literal = self.tokens.iter().any(|token| match token {
            Token::Text(text) => text.contains(['?', '#']),
            Token::Param(_) => false,
        });
        literal.then_some(Useless::QueryOrFragment)
    }
}

fn segments(tokens: &[Token]) -> impl Iterator<Item = Option<&str>> {
    tokens.iter().filter_map(|token| match token {
        Token::Param(param) => match &param.name {
            Name::Named(name) => Some(Some(name.as_str())),
            Name::Index => Some(None),
            Name::None => None,
        },
        Token::Text(_) => None,
    })
}

/// The text of a route's regex after Vercel's clean-up.
pub(super) fn normalize(regex: &str) -> String {
    regex.replace("\\/", "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::compile(text).expect(text)
    }

    #[test]
    fn paths_match_as_vercel_routes_them() {
        let cases = [
            ("/(.*)", "/", true),
            ("/(.*)", "/a/b", true),
            ("/:path*", "/", true),
            ("/:path*", "/a/b", true),
            ("/:path", "/a/b", false),
            ("/Docs/(.*)", "/docs/x", true),
            ("/((?!private/).*)", "/private/x", false),
            ("/((?!private/).*)", "/public", true),
            ("/(.*).map", "/a.map", true),
            ("/(.*).map", "/axmap", false),
            ("/files/:name.:ext(png|jpe?g)", "/files/a.jpg", true),
            ("/team/:id(\\d{2,3})", "/team/1", false),
            ("docs", "/docs", true),
        ];
        for (text, path, expected) in cases {
            assert_eq!(source(text).matches(path).is_yes(), expected, "{text} on {path}");
        }
    }

    #[test]
    fn refused_sources_say_why_and_where() {
        let cases = [
            ("/*", false, "*"),
            ("/assets/*", false, "*"),
            ("/shop/?", false, "?"),
            ("**", true, "*"),
            ("/(", true, "("),
            ("/a(b))", true, "/a(b))"),
            ("/:id([z-a])", true, "/:id([z-a])"),
        ];
        for (text, not_a_regex, place) in cases {
            let error = Source::compile(text).expect_err(text);
            assert_eq!(error.not_a_regex, not_a_regex, "{text}: {}", error.message);
            assert_eq!(error.region.of(text), place, "{text}");
        }
    }

    #[test]
    fn sources_that_cannot_match_are_known() {
        let cases = [
            ("/a", None),
            ("/(.*)", None),
            ("(/.*)?", None),
            ("/price\\$", None),
            ("^/(.*)$", Some(Useless::LiteralAnchor)),
            ("a/(.*)", Some(Useless::NoLeadingSlash)),
            ("", Some(Useless::NoLeadingSlash)),
            ("/a\\?b=(.*)", Some(Useless::QueryOrFragment)),
            ("/a#b", Some(Useless::QueryOrFragment)),
        ];
        for (text, expected) in cases {
            assert_eq!(source(text).useless(), expected, "{text}");
        }
    }

    #[test]
    fn prefixes_are_the_literal_start() {
        for (text, prefix) in
            [("/blog/:slug", "/blog"), ("/(.*)", ""), ("/x(.*)", "/x"), ("/a/", "/a")]
        {
            assert_eq!(source(text).literal_prefix(), prefix, "{text}");
        }
    }
}
