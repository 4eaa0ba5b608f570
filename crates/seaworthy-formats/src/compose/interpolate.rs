//! `${…}` in Compose files, read and evaluated as Compose itself does it.
//!
//! A text is split into [`Part`]s that know their bytes, so that a rule can point
//! at the default inside `${X:-default}`. What comes out is bounded: nesting by
//! [`MAX_DEPTH`], an expanded text by [`MAX_EXPANDED`].

use std::ops::Range;

/// How deep operands may nest; what lies deeper counts as invalid.
const MAX_DEPTH: usize = 32;

/// The longest text an expansion may give, in bytes.
const MAX_EXPANDED: usize = 1 << 20;

/// What [`Template::expand_partly`] leaves where a value is not known. Cannot be
/// read as a variable.
pub const UNKNOWN: &str = "${}";

/// What follows the variable's name inside the braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `-`: the operand when the variable is unset.
    DefaultIfUnset,
    /// `:-`: the operand when the variable is unset or empty.
    DefaultIfEmpty,
    /// `?`: an error when the variable is unset.
    RequiredIfUnset,
    /// `:?`: an error when the variable is unset or empty.
    RequiredIfEmpty,
    /// `+`: the operand when the variable is set.
    AlternativeIfSet,
    /// `:+`: the operand when the variable is set and not empty.
    AlternativeIfFilled,
}

impl Operator {
    /// Whether the operand is a default for a missing value.
    #[must_use]
    pub fn is_default(self) -> bool {
        matches!(self, Operator::DefaultIfUnset | Operator::DefaultIfEmpty)
    }

    /// Whether a missing value stops Compose.
    #[must_use]
    pub fn is_required(self) -> bool {
        matches!(self, Operator::RequiredIfUnset | Operator::RequiredIfEmpty)
    }

    fn read(text: &str) -> Option<(Operator, usize)> {
        let bytes = text.as_bytes();
        let (colon, sign) = match bytes {
            [b':', sign, ..] => (true, sign),
            [sign, ..] => (false, sign),
            [] => return None,
        };
        let operator = match (colon, sign) {
            (false, b'-') => Operator::DefaultIfUnset,
            (true, b'-') => Operator::DefaultIfEmpty,
            (false, b'?') => Operator::RequiredIfUnset,
            (true, b'?') => Operator::RequiredIfEmpty,
            (false, b'+') => Operator::AlternativeIfSet,
            (true, b'+') => Operator::AlternativeIfFilled,
            _ => return None,
        };
        Some((operator, 1 + usize::from(colon)))
    }
}

/// A text split at its variables. Ranges are bytes of the whole text, also
/// within operands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Template<'a> {
    /// The parts in order; together they cover the text.
    pub parts: Vec<Part<'a>>,
}

/// A part of a [`Template`]. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text that stands for itself.
    Literal {
        /// The text.
        text: &'a str,
        /// Its bytes.
        range: Range<usize>,
    },
    /// `$$`, which gives one dollar.
    Escape(Range<usize>),
    /// `$NAME` or `${NAME…}`.
    Variable(Variable<'a>),
    /// `${` that is no variable: Compose refuses the file.
    Invalid(Range<usize>),
}

/// A use of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable<'a> {
    /// The variable's name.
    pub name: &'a str,
    /// The bytes of the name.
    pub name_range: Range<usize>,
    /// The bytes from the dollar to the end of the name or the closing brace.
    pub range: Range<usize>,
    /// Operator and operand, if there are any.
    pub operation: Option<Operation<'a>>,
}

/// An operator with its operand. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct Operation<'a> {
    /// What is to be done.
    pub operator: Operator,
    /// The default, message or alternative as written.
    pub text: &'a str,
    /// Its bytes.
    pub range: Range<usize>,
    /// The same, parsed: operands may hold variables.
    pub operand: Template<'a>,
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Part::Literal { range, .. } => write!(f, "Literal({range:?})"),
            Part::Escape(range) => write!(f, "Escape({range:?})"),
            Part::Variable(variable) => variable.fmt(f),
            Part::Invalid(range) => write!(f, "Invalid({range:?})"),
        }
    }
}

impl std::fmt::Debug for Operation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}({:?})", self.operator, self.range)
    }
}

impl<'a> Variable<'a> {
    /// The default as written with its bytes, for `-` and `:-`.
    #[must_use]
    pub fn default(&self) -> Option<(&'a str, Range<usize>)> {
        let operation = self.operation.as_ref()?;
        operation.operator.is_default().then(|| (operation.text, operation.range.clone()))
    }
}

/// Why a text cannot be expanded. Never holds a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// There is a `${` that is no variable; its bytes.
    Invalid(Range<usize>),
    /// A variable is required (`?`, `:?`) and missing; its name.
    Missing(String),
    /// The result would be too long.
    TooLong,
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TemplateError::Invalid(_) => f.write_str("invalid interpolation"),
            TemplateError::Missing(name) => write!(f, "required variable {name} is missing"),
            TemplateError::TooLong => f.write_str("the expanded text is too long"),
        }
    }
}

impl std::error::Error for TemplateError {}

/// Gives the value of a variable, `None` when it is unset.
pub type Lookup<'l> = dyn Fn(&str) -> Option<String> + 'l;

impl<'a> Template<'a> {
    /// Splits `text` into parts.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        parse(text, 0, 0)
    }

    /// Whether nothing in it is a variable or an error.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal { .. } | Part::Escape(_)))
    }

    /// The first `${` that is no variable.
    #[must_use]
    pub fn invalid(&self) -> Option<Range<usize>> {
        self.parts.iter().find_map(|part| match part {
            Part::Invalid(range) => Some(range.clone()),
            Part::Variable(variable) => {
                variable.operation.as_ref().and_then(|operation| operation.operand.invalid())
            }
            _ => None,
        })
    }

    /// All variables, those in operands included, each before its operand's.
    #[must_use]
    pub fn variables(&self) -> Vec<&Variable<'a>> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'t>(&'t self, found: &mut Vec<&'t Variable<'a>>) {
        for part in &self.parts {
            if let Part::Variable(variable) = part {
                found.push(variable);
                if let Some(operation) = &variable.operation {
                    operation.operand.collect(found);
                }
            }
        }
    }

    /// The text with every variable replaced.
    ///
    /// # Errors
    /// When Compose would refuse it, or when the result is too long. As in
    /// Compose, an operand that is not needed must still be valid.
    pub fn expand(&self, lookup: &Lookup<'_>) -> Result<String, TemplateError> {
        self.expand_with(lookup, None)
    }

    /// The same, but a variable that is unset and has no default leaves
    /// [`UNKNOWN`], also where it is required: somebody will supply it.
    ///
    /// # Errors
    /// When the template is invalid or the result is too long.
    pub fn expand_partly(&self, lookup: &Lookup<'_>) -> Result<String, TemplateError> {
        self.expand_with(lookup, Some(UNKNOWN))
    }

    fn expand_with(
        &self,
        lookup: &Lookup<'_>,
        unknown: Option<&str>,
    ) -> Result<String, TemplateError> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal { text, .. } => out.push_str(text),
                Part::Escape(_) => out.push('$'),
                Part::Invalid(range) => return Err(TemplateError::Invalid(range.clone())),
                Part::Variable(variable) => out.push_str(&variable.expand(lookup, unknown)?),
            }
            if out.len() > MAX_EXPANDED {
                return Err(TemplateError::TooLong);
            }
        }
        Ok(out)
    }
}

impl Variable<'_> {
    fn expand(&self, lookup: &Lookup<'_>, unknown: Option<&str>) -> Result<String, TemplateError> {
        let value = lookup(self.name);
        let Some(operation) = &self.operation else {
            return Ok(value.or(unknown.map(str::to_owned)).unwrap_or_default());
        };
        let operand = operation.operand.expand_with(lookup, unknown)?;
        let filled = value.as_ref().is_some_and(|value| !value.is_empty());
        let (keep, required) = match operation.operator {
            Operator::DefaultIfUnset => (value.is_some(), false),
            Operator::DefaultIfEmpty => (filled, false),
            Operator::RequiredIfUnset => (value.is_some(), true),
            Operator::RequiredIfEmpty => (filled, true),
            Operator::AlternativeIfSet => (value.is_none(), false),
            Operator::AlternativeIfFilled => (!filled, false),
        };
        match (keep, required, unknown) {
            (true, ..) => Ok(value.unwrap_or_default()),
            (false, false, _) => Ok(operand),
            (false, true, Some(unknown)) => Ok(unknown.to_owned()),
            (false, true, None) => Err(TemplateError::Missing(self.name.to_owned())),
        }
    }
}

fn parse(text: &str, base: usize, depth: usize) -> Template<'_> {
    if depth > MAX_DEPTH && text.contains("${") {
        return Template { parts: vec![Part::Invalid(base..base + text.len())] };
    }
    let mut parts = Vec::new();
    let mut literal = 0;
    let mut at = 0;
    // Up to here no closing brace follows on the line: spares a second search.
    let mut braceless = 0;
    while let Some(found) = text[at..].find('$') {
        let dollar = at + found;
        let rest = &text[dollar + 1..];
        let (part, len) = if rest.starts_with('$') {
            (Part::Escape(base + dollar..base + dollar + 2), 2)
        } else if rest.starts_with('{') {
            let part = if dollar < braceless {
                None
            } else {
                braced(&text[dollar..], base + dollar, depth).unwrap_or_else(|line_end| {
                    braceless = dollar + line_end;
                    None
                })
            };
            match part {
                Some(variable) => {
                    let len = variable.range.len();
                    (Part::Variable(variable), len)
                }
                None => (Part::Invalid(base + dollar..base + dollar + 2), 2),
            }
        } else {
            let name = name_at(rest);
            if name.is_empty() {
                at = dollar + 1;
                continue;
            }
            let end = dollar + 1 + name.len();
            let variable = Variable {
                name,
                name_range: base + dollar + 1..base + end,
                range: base + dollar..base + end,
                operation: None,
            };
            (Part::Variable(variable), 1 + name.len())
        };
        if literal < dollar {
            parts.push(Part::Literal {
                text: &text[literal..dollar],
                range: base + literal..base + dollar,
            });
        }
        parts.push(part);
        at = dollar + len;
        literal = at;
    }
    if literal < text.len() {
        parts.push(Part::Literal {
            text: &text[literal..],
            range: base + literal..base + text.len(),
        });
    }
    Template { parts }
}

fn name_at(text: &str) -> &str {
    let good = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let len = text.bytes().take_while(|&byte| good(byte)).count();
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..len] }
}

/// Reads `${…}` at the start of `text`. `Err` gives the end of the line when no
/// brace closes on it.
fn braced(text: &str, base: usize, depth: usize) -> Result<Option<Variable<'_>>, usize> {
    let name = name_at(&text[2..]);
    let after = 2 + name.len();
    if name.is_empty() {
        return Ok(None);
    }
    let name_range = base + 2..base + after;
    if text[after..].starts_with('}') {
        let range = base..base + after + 1;
        return Ok(Some(Variable { name, name_range, range, operation: None }));
    }
    let Some((operator, len)) = Operator::read(&text[after..]) else { return Ok(None) };
    let start = after + len;
    let Some(end) = closing_brace(text)? else { return Ok(None) };
    if end < start {
        return Ok(None);
    }
    let operand = &text[start..end];
    let operation = Operation {
        operator,
        text: operand,
        range: base + start..base + end,
        operand: parse(operand, base + start, depth + 1),
    };
    let range = base..base + end + 1;
    Ok(Some(Variable { name, name_range, range, operation: Some(operation) }))
}

/// The brace that closes the `${` at the start of `text`. Compose pairs braces
/// with `${` alone, on one line; when they do not come out even it takes the
/// line's last brace.
fn closing_brace(text: &str) -> Result<Option<usize>, usize> {
    let bytes = text.as_bytes();
    let mut open = 0_usize;
    let mut last = None;
    let mut at = 0;
    while at < bytes.len() && bytes[at] != b'\n' {
        match bytes[at] {
            b'}' => {
                last = Some(at);
                open = open.saturating_sub(1);
                if open == 0 {
                    return Ok(last);
                }
            }
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                open += 1;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    if last.is_none() { Err(at) } else { Ok(last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str) -> Result<String, TemplateError> {
        Template::parse(text).expand(&|name| match name {
            "HOST" => Some("db".to_owned()),
            "BLANK" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn texts_expand_as_compose_expands_them() {
        let cases = [
            ("plain", "plain"),
            ("pg://$HOST:${PORT:-5432}/x", "pg://db:5432/x"),
            ("${HOST}${HOST}", "dbdb"),
            ("$UNSET|${UNSET}", "|"),
            ("${BLANK-d}|${BLANK:-d}", "|d"),
            ("${HOST+y}|${UNSET+y}|${BLANK+y}|${BLANK:+y}", "y||y|"),
            ("${BLANK?m}", ""),
            ("$$HOST $${HOST} $$$HOST", "$HOST ${HOST} $db"),
            ("$ $1 $} a$", "$ $1 $} a$"),
            ("${UNSET:-${ALSO:-${HOST}}}", "db"),
            ("${UNSET:-a}b}", "ab}"),
            ("${UNSET:-{\"k\":[1]}}", "{\"k\":[1]}"),
            ("${UNSET:-$${X}}", "${X}"),
            ("é${HOST}é", "édbé"),
            ("\\$HOST", "\\db"),
        ];
        for (text, want) in cases {
            assert_eq!(expand(text).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_an_error() {
        let broken = [
            "${",
            "${}",
            "${A",
            "${ A }",
            "${1}",
            "${A:}",
            "${A.B}",
            "${A#x}",
            "${!A}",
            "${A:-x\ny}",
            "${HOST:-${}}",
            "${A:-${B}",
        ];
        for text in broken {
            assert!(matches!(expand(text), Err(TemplateError::Invalid(_))), "{text}");
        }
        for text in ["${UNSET?}", "${UNSET:?set it}", "${BLANK:?m}", "${HOST:-${UNSET:?m}}"] {
            assert!(matches!(expand(text), Err(TemplateError::Missing(_))), "{text}");
        }
    }

    #[test]
    fn the_bytes_of_names_and_defaults_are_known() {
        let text = "a${OUTER:-x${INNER-yé}}z$LAST";
        let template = Template::parse(text);
        let found: Vec<_> = template
            .variables()
            .into_iter()
            .map(|v| {
                (
                    &text[v.range.clone()],
                    &text[v.name_range.clone()],
                    v.default().map(|(d, r)| (d, &text[r])),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("${OUTER:-x${INNER-yé}}", "OUTER", Some(("x${INNER-yé}", "x${INNER-yé}"))),
                ("${INNER-yé}", "INNER", Some(("yé", "yé"))),
                ("$LAST", "LAST", None),
            ]
        );
    }

    #[test]
    fn debug_shows_no_content() {
        let shown = format!("{:?}", Template::parse("hunter2 ${PW:-hunter2}"));
        assert!(shown.contains("PW") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn parts_cover_the_text() {
        for text in ["", "a$$b${C:-d}e$", "${x${y", "é$é${é}"] {
            let mut at = 0;
            for part in Template::parse(text).parts {
                let range = match part {
                    Part::Literal { range, .. } | Part::Escape(range) | Part::Invalid(range) => {
                        range
                    }
                    Part::Variable(variable) => variable.range,
                };
                assert_eq!(range.start, at, "{text}");
                at = range.end;
            }
            assert_eq!(at, text.len(), "{text}");
        }
    }

    #[test]
    fn hostile_texts_end_quickly() {
        let open = "${A:-".repeat(200_000);
        assert!(expand(&open).is_err());
        assert!(expand(&format!("{open}{}", "}".repeat(200_000))).is_err());
        assert!(expand(&format!("{open}}}")).is_err());
        let long = "x".repeat(1000);
        let bomb = "$A".repeat(100_000);
        let result = Template::parse(&bomb).expand(&|_| Some(long.clone()));
        assert_eq!(result, Err(TemplateError::TooLong));
    }
}
