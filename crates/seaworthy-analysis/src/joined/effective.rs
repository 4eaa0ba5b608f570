//! What a written value comes to: itself, the default of a variable, or
//! whatever a variable is set to.

use std::ops::Range;

use seaworthy_formats::compose::{Operator, Part, Template};

/// How a value is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// As it stands.
    Literal,
    /// As the default of a variable that nothing sets: `${X:-default}`.
    Default {
        /// The variable.
        variable: String,
    },
    /// By a variable alone: `${X}`, `${X:?message}`, a bare `X` that Compose
    /// passes on.
    Reference {
        /// The variable.
        variable: String,
    },
    /// By text with variables in it.
    Mixed,
}

/// A value as it takes effect.
pub(super) struct Effective {
    /// The text: of a reference or mixed text as written.
    pub(super) value: String,
    /// Its bytes in the written text.
    pub(super) range: Range<usize>,
    pub(super) written: Written,
}

/// Reads a value as Compose would. `variable` gives what a variable is set to.
pub(super) fn effective(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Effective {
    let template = Template::parse(text);
    let mut written = Written::Literal;
    let mut range = 0..text.len();
    let mut part = &template;
    while let [Part::Variable(used)] = part.parts.as_slice() {
        let name = used.name.to_owned();
        let reference = |range| Effective {
            value: text.to_owned(),
            range,
            written: Written::Reference { variable: name.clone() },
        };
        let Some(operation) = used.operation.as_ref().filter(|o| o.operator.is_default()) else {
            return reference(range);
        };
        let set = variable(used.name);
        let counts = match operation.operator {
            Operator::DefaultIfEmpty => set.is_some_and(|value| !value.is_empty()),
            _ => set.is_some(),
        };
        if counts {
            return reference(range);
        }
        range = operation.range.clone();
        if written == Written::Literal {
            written = Written::Default { variable: name };
        }
        part = &operation.operand;
    }
    let as_written = || text.get(range.clone()).unwrap_or("").to_owned();
    if part.is_literal() {
        let value = part.expand(&|_| None).unwrap_or_else(|_| as_written());
        return Effective { value, range, written };
    }
    // Text around variables: known when every variable has a default and none
    // is set.
    let unset = part.variables().iter().all(|used| variable(used.name).is_none());
    let value = match part.expand_partly(&|_| None) {
        Ok(value) if unset && !value.contains(seaworthy_formats::compose::UNKNOWN) => value,
        _ => as_written(),
    };
    Effective { value, range, written: Written::Mixed }
}

/// The variable that is the whole value in an env file: `${X}`, `$X`; with
/// what it falls back to, and where that stands.
pub(super) fn env_reference(text: &str) -> Option<Effective> {
    let template = Template::parse(text);
    matches!(template.parts.as_slice(), [Part::Variable(_)]).then(|| effective(text, &|_| None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_effect_is_the_value_or_the_default_of_an_unset_variable() {
        let default = |variable: &str| Written::Default { variable: variable.to_owned() };
        let reference = |variable: &str| Written::Reference { variable: variable.to_owned() };
        let cases = [
            ("plain", "plain", 0..5, Written::Literal),
            ("pa$$word", "pa$word", 0..8, Written::Literal),
            ("${X}", "${X}", 0..4, reference("X")),
            ("$X", "$X", 0..2, reference("X")),
            ("${X:?set X}", "${X:?set X}", 0..11, reference("X")),
            ("${X:-low}", "low", 5..8, default("X")),
            ("${X:-${Y}}", "${X:-${Y}}", 5..9, reference("Y")),
            ("${X:-${Y:-z}}", "z", 10..11, default("X")),
            ("${X:-}", "", 5..5, default("X")),
            ("${SET:-low}", "${SET:-low}", 0..11, reference("SET")),
            ("${EMPTY:-low}", "low", 9..12, default("EMPTY")),
            ("a:${X:-b}@c", "a:b@c", 0..11, Written::Mixed),
            ("a:${X}@c", "a:${X}@c", 0..8, Written::Mixed),
            ("a:${SET:-b}@c", "a:${SET:-b}@c", 0..13, Written::Mixed),
            ("${", "${", 0..2, Written::Mixed),
        ];
        let set = |name: &str| match name {
            "SET" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, value, range, written) in cases {
            let found = effective(text, &set);
            assert_eq!((found.value.as_str(), found.range, found.written), (value, range, written));
        }
    }

    #[test]
    fn an_env_value_with_a_dollar_in_it_is_no_reference() {
        assert!(env_reference("pa$word").is_none());
        assert!(env_reference("${A}").is_some());
        assert_eq!(env_reference("${A:-b}").map(|found| found.value).as_deref(), Some("b"));
    }
}
