//! Path patterns as path-to-regexp 6.1.0 reads them.
//!
//! The grammar of `source` and of parameters in destinations and header values:
//! `:name`, `:name(regex)`, `(regex)`, `{prefix:name suffix}` and the modifiers
//! `?`, `*`, `+`.

use seaworthy_model::Region;

use super::js_regex::JsRegex;

/// What is wrong with a pattern, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PatternError {
    pub(super) region: Region,
    pub(super) message: String,
}

/// The name of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Named(String),
    /// An unnamed group in parentheses.
    Index,
    /// A group in braces without a parameter.
    None,
}

/// A parameter with what surrounds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Param {
    pub(super) name: Name,
    pub(super) prefix: String,
    pub(super) suffix: String,
    pub(super) pattern: String,
    pub(super) modifier: Option<char>,
}

/// A piece of a parsed pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Text(String),
    Param(Param),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Modifier,
    Escaped,
    Open,
    Close,
    Name,
    Pattern,
    Char,
    End,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Modifier => "MODIFIER",
            Kind::Escaped => "ESCAPED_CHAR",
            Kind::Open => "OPEN",
            Kind::Close => "CLOSE",
            Kind::Name => "NAME",
            Kind::Pattern => "PATTERN",
            Kind::Char => "CHAR",
            Kind::End => "END",
        }
    }
}

#[derive(Debug)]
struct Lexeme {
    kind: Kind,
    /// Byte offset in the text.
    at: usize,
    value: String,
}

/// How parameters without a regex of their own match, by the delimiter used.
#[derive(Clone, Copy, Debug)]
pub(super) enum Delimiter {
    /// `/`: for sources.
    Slash,
    /// `/`, `#` and `?`: for templates.
    Default,
}

impl Delimiter {
    fn parameter(self) -> &'static str {
        match self {
            Delimiter::Slash => r"[^\/]+?",
            Delimiter::Default => r"[^\/#\?]+?",
        }
    }
}

/// The offset as the original counts it, in UTF-16 units.
fn units(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).encode_utf16().count()
}

fn error(text: &str, at: usize, message: &str) -> PatternError {
    let end = text.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |c| at + c.len_utf8());
    PatternError {
        region: Region::new(at, end),
        message: message.replace("{}", &units(text, at).to_string()),
    }
}

fn lex(text: &str) -> Result<Vec<Lexeme>, PatternError> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let offset = |index: usize| chars.get(index).map_or(text.len(), |(at, _)| *at);
    let mut lexemes = Vec::new();
    let mut index = 0;
    while let Some(&(at, c)) = chars.get(index) {
        index += 1;
        let (kind, value) = match c {
            '*' | '+' | '?' => (Kind::Modifier, c.to_string()),
            '\\' => {
                // A backslash at the end escapes nothing and is lost.
                let value = chars.get(index).map(|(_, c)| c.to_string()).unwrap_or_default();
                index += 1;
                (Kind::Escaped, value)
            }
            '{' => (Kind::Open, c.to_string()),
            '}' => (Kind::Close, c.to_string()),
            ':' => {
                let name: String = chars[index..]
                    .iter()
                    .map(|(_, c)| *c)
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                if name.is_empty() {
                    return Err(error(text, at, "Missing parameter name at {}"));
                }
                index += name.len();
                (Kind::Name, name)
            }
            '(' => {
                let start = index;
                index = group_end(text, &chars, start)?;
                let pattern = &text[offset(start)..offset(index - 1)];
                if pattern.is_empty() {
                    return Err(error(text, at, "Missing pattern at {}"));
                }
                (Kind::Pattern, pattern.to_owned())
            }
            _ => (Kind::Char, c.to_string()),
        };
        lexemes.push(Lexeme { kind, at, value });
    }
    lexemes.push(Lexeme { kind: Kind::End, at: text.len(), value: String::new() });
    Ok(lexemes)
}

/// The index after the `)` that closes the group whose content starts at
/// `start`. Only groups of the form `(?…)` may be nested in it.
fn group_end(text: &str, chars: &[(usize, char)], start: usize) -> Result<usize, PatternError> {
    let at = |index: usize| chars.get(index).map_or(text.len(), |(at, _)| *at);
    let is = |index: usize, wanted: char| chars.get(index).is_some_and(|(_, c)| *c == wanted);
    if is(start, '?') {
        return Err(error(text, at(start), "Pattern cannot start with \"?\" at {}"));
    }
    let mut open = 1;
    let mut index = start;
    while let Some((_, c)) = chars.get(index) {
        match c {
            '\\' => index += 1,
            ')' => {
                open -= 1;
                if open == 0 {
                    return Ok(index + 1);
                }
            }
            '(' => {
                open += 1;
                if !is(index + 1, '?') {
                    let message = "Capturing groups are not allowed at {}";
                    return Err(error(text, at(index), message));
                }
            }
            _ => {}
        }
        index += 1;
    }
    Err(error(text, at(start - 1), "Unbalanced pattern at {}"))
}

struct Parser<'a> {
    text: &'a str,
    lexemes: Vec<Lexeme>,
    at: usize,
}

impl Parser<'_> {
    fn eat(&mut self, kind: Kind) -> Option<String> {
        let lexeme = self.lexemes.get_mut(self.at).filter(|lexeme| lexeme.kind == kind)?;
        self.at += 1;
        Some(std::mem::take(&mut lexeme.value))
    }

    fn must(&mut self, kind: Kind) -> Result<(), PatternError> {
        if self.eat(kind).is_some() {
            return Ok(());
        }
        let (next, at) =
            self.lexemes.get(self.at).map_or((Kind::End, self.text.len()), |l| (l.kind, l.at));
        let message = format!("Unexpected {} at {{}}, expected {}", next.word(), kind.word());
        Err(error(self.text, at, &message))
    }

    fn modifier(&mut self) -> Option<char> {
        self.eat(Kind::Modifier).and_then(|text| text.chars().next())
    }

    /// Literal text inside braces.
    fn text(&mut self) -> String {
        let mut text = String::new();
        while let Some(piece) = self.eat(Kind::Char).or_else(|| self.eat(Kind::Escaped)) {
            if piece.is_empty() {
                break;
            }
            text.push_str(&piece);
        }
        text
    }
}

/// Parses a pattern.
pub(super) fn parse(text: &str, delimiter: Delimiter) -> Result<Vec<Token>, PatternError> {
    let mut parser = Parser { text, lexemes: lex(text)?, at: 0 };
    let mut tokens = Vec::new();
    let mut literal = String::new();
    while parser.at < parser.lexemes.len() {
        let char = parser.eat(Kind::Char);
        let name = parser.eat(Kind::Name);
        let pattern = parser.eat(Kind::Pattern);
        if name.is_some() || pattern.is_some() {
            let mut prefix = char.unwrap_or_default();
            if !matches!(prefix.as_str(), "" | "." | "/") {
                literal.push_str(&std::mem::take(&mut prefix));
            }
            flush(&mut literal, &mut tokens);
            tokens.push(Token::Param(Param {
                name: name.map_or(Name::Index, Name::Named),
                prefix,
                suffix: String::new(),
                pattern: pattern.unwrap_or_else(|| delimiter.parameter().to_owned()),
                modifier: parser.modifier(),
            }));
            continue;
        }
        if let Some(value) = char.or_else(|| parser.eat(Kind::Escaped))
            && !value.is_empty()
        {
            literal.push_str(&value);
            continue;
        }
        flush(&mut literal, &mut tokens);
        if parser.eat(Kind::Open).is_some() {
            let prefix = parser.text();
            let name = parser.eat(Kind::Name);
            let pattern = parser.eat(Kind::Pattern);
            let suffix = parser.text();
            parser.must(Kind::Close)?;
            let (name, pattern) = match (name, pattern) {
                (Some(name), pattern) => {
                    (Name::Named(name), pattern.unwrap_or_else(|| delimiter.parameter().to_owned()))
                }
                (None, Some(pattern)) => (Name::Index, pattern),
                (None, None) => (Name::None, String::new()),
            };
            let modifier = parser.modifier();
            tokens.push(Token::Param(Param { name, prefix, suffix, pattern, modifier }));
            continue;
        }
        parser.must(Kind::End)?;
    }
    Ok(tokens)
}

fn flush(literal: &mut String, tokens: &mut Vec<Token>) {
    if !literal.is_empty() {
        tokens.push(Token::Text(std::mem::take(literal)));
    }
}

/// Escapes text so that a regex matches it literally.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        if ".+*?=^!:${}()[]|/\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
}

/// The regex for a whole path, as the original writes it for
/// `{strict: true, delimiter: "/"}`.
pub(super) fn regex_text(tokens: &[Token]) -> String {
    let mut out = String::from("^");
    for token in tokens {
        let param = match token {
            Token::Text(text) => {
                escape(text, &mut out);
                continue;
            }
            Token::Param(param) => param,
        };
        let (mut prefix, mut suffix) = (String::new(), String::new());
        escape(&param.prefix, &mut prefix);
        escape(&param.suffix, &mut suffix);
        let modifier = param.modifier.map(String::from).unwrap_or_default();
        let pattern = &param.pattern;
        if pattern.is_empty() {
            out.push_str(&format!("(?:{prefix}{suffix}){modifier}"));
        } else if prefix.is_empty() && suffix.is_empty() {
            out.push_str(&format!("({pattern}){modifier}"));
        } else if matches!(param.modifier, Some('+' | '*')) {
            let optional = if modifier == "*" { "?" } else { "" };
            out.push_str(&format!(
                "(?:{prefix}((?:{pattern})(?:{suffix}{prefix}(?:{pattern}))*){suffix}){optional}"
            ));
        } else {
            out.push_str(&format!("(?:{prefix}({pattern}){suffix}){modifier}"));
        }
    }
    out.push('$');
    out
}

/// What `new RegExp(text).source` returns: slashes escaped outside classes,
/// line ends spelled out.
pub(super) fn regexp_source(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut escaped, mut in_class) = (false, false);
    for c in text.chars() {
        let spelled = match c {
            '\n' => Some("n"),
            '\r' => Some("r"),
            '\u{2028}' => Some("u2028"),
            '\u{2029}' => Some("u2029"),
            _ => None,
        };
        if let Some(spelled) = spelled {
            if !escaped {
                out.push('\\');
            }
            out.push_str(spelled);
        } else {
            if c == '/' && !escaped && !in_class {
                out.push('\\');
            }
            out.push(c);
        }
        if escaped {
            escaped = false;
        } else {
            match c {
                '\\' => escaped = true,
                '[' => in_class = true,
                ']' => in_class = false,
                _ => {}
            }
        }
    }
    out
}

/// Fills a template's parameters, as `compile(template, {validate: false})`
/// does. `None` when the template is refused or a parameter has no value.
pub(super) fn fill(template: &str, values: &[(String, String)]) -> Option<String> {
    let tokens = parse(template, Delimiter::Default).ok()?;
    let mut out = String::new();
    for token in &tokens {
        if let Token::Param(param) = token {
            JsRegex::new(&format!("^(?:{})$", param.pattern)).ok()?;
        }
    }
    for token in &tokens {
        let param = match token {
            Token::Text(text) => {
                out.push_str(text);
                continue;
            }
            Token::Param(param) => param,
        };
        let value = match &param.name {
            Name::Named(name) => values.iter().rev().find(|(key, _)| key == name),
            Name::Index | Name::None => None,
        };
        match value {
            Some((_, value)) => {
                out.push_str(&param.prefix);
                out.push_str(value);
                out.push_str(&param.suffix);
            }
            None if matches!(param.modifier, Some('?' | '*')) => {}
            None => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(text: &str) -> Result<String, String> {
        parse(text, Delimiter::Slash)
            .map(|tokens| regexp_source(&regex_text(&tokens)))
            .map_err(|error| error.message)
    }

    #[test]
    fn patterns_compile_to_the_same_regex_text() {
        let cases = [
            ("/team", r"^\/team$"),
            ("/team/:id", r"^\/team(?:\/([^\/]+?))$"),
            ("/v{-:minor}?", r"^\/v(?:-([^\/]+?))?$"),
            ("/v{.x}*", r"^\/v(?:\.x)*$"),
            ("/a{b:c(\\d+)d}+", r"^\/a(?:b((?:\d+)(?:db(?:\d+))*)d)$"),
            ("/:p([/x]+)", r"^(?:\/([/x]+))$"),
            ("/x\\:y", r"^\/x\:y$"),
            ("/tail\\", r"^\/tail$"),
        ];
        for (text, regex) in cases {
            assert_eq!(compiled(text).as_deref(), Ok(regex), "{text}");
        }
    }

    #[test]
    fn refusals_carry_the_original_words_and_the_place() {
        let cases = [
            ("/*", "Unexpected MODIFIER at 1, expected END"),
            ("/ü/*", "Unexpected MODIFIER at 3, expected END"),
            ("/(a(b))", "Capturing groups are not allowed at 3"),
            ("/:", "Missing parameter name at 1"),
            ("/()", "Missing pattern at 1"),
            ("/(a", "Unbalanced pattern at 1"),
            ("/(?:a)", "Pattern cannot start with \"?\" at 2"),
            ("/{a", "Unexpected END at 3, expected CLOSE"),
            ("/}", "Unexpected CLOSE at 1, expected END"),
        ];
        for (text, message) in cases {
            assert_eq!(compiled(text), Err(message.to_owned()), "{text}");
        }
        let error = parse("/ü/*", Delimiter::Slash).expect_err("refused");
        assert_eq!(error.region.of("/ü/*"), "*");
    }

    #[test]
    fn templates_are_filled_or_refused() {
        let values = [("a".to_owned(), "$1".to_owned())];
        assert_eq!(fill("/x/:a", &values).as_deref(), Some("/x/$1"));
        assert_eq!(fill("/x/:b*", &values).as_deref(), Some("/x"));
        assert_eq!(fill("/x/:b", &values), None);
        assert_eq!(fill("/x?y=1", &values), None);
    }

    #[test]
    fn hostile_patterns_end() {
        for text in ["(".repeat(10_000), "{".repeat(10_000), ":a".repeat(5_000), "\\".repeat(9_999)]
        {
            let _ = compiled(&text);
        }
    }
}
