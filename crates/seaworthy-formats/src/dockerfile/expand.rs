//! Quotes, escapes and variables of a word, as BuildKit's own small shell has
//! them.

use super::pattern;

/// What is known of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// This is its value.
    Known(String),
    /// It is not set.
    Unset,
    /// It may be set from without: by the base image, or on the command line.
    Unknown,
}

/// Why a word has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoValue {
    /// It depends on something that only the build knows.
    Unknown,
    /// BuildKit refuses it, as the phrase says.
    Refused(&'static str),
}

/// The longest value that is made: doubling one in each line grows fast.
const LONGEST: usize = 64 << 10;
/// How deep `${A:-${B:-…}}` is followed.
const DEEPEST: usize = 32;

/// The value of a word: quotes removed, variables replaced.
///
/// # Errors
/// When the build alone knows the value, or there is none.
pub fn expand(word: &str, escape: char, lookup: &dyn Fn(&str) -> Value) -> Result<String, NoValue> {
    Lexer { rest: word, escape, lookup, depth: 0 }.until(None, false)
}

struct Lexer<'w> {
    rest: &'w str,
    escape: char,
    lookup: &'w dyn Fn(&str) -> Value,
    depth: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    /// Reads to the end, or past the sign that closes a substitution. `raw` keeps
    /// escapes, which patterns want.
    fn until(&mut self, stop: Option<char>, raw: bool) -> Result<String, NoValue> {
        let mut result = String::new();
        while let Some(character) = self.peek() {
            if Some(character) == stop {
                self.next();
                return Ok(result);
            }
            match character {
                '$' => result.push_str(&self.dollar()?),
                '\'' => self.single(&mut result)?,
                '"' => self.double(&mut result, raw)?,
                _ => {
                    self.next();
                    if character != self.escape {
                        result.push(character);
                    } else if let Some(escaped) = self.next() {
                        if raw {
                            result.push(character);
                        }
                        result.push(escaped);
                    } else if raw {
                        result.push(character);
                    }
                }
            }
            if result.len() > LONGEST {
                return Err(NoValue::Unknown);
            }
        }
        match stop {
            None => Ok(result),
            Some(_) => Err(NoValue::Refused("a substitution ${…} is not closed")),
        }
    }

    fn single(&mut self, result: &mut String) -> Result<(), NoValue> {
        let rest = &self.rest[1..];
        let end = rest.find('\'').ok_or(NoValue::Refused("a single quote is not closed"))?;
        result.push_str(&rest[..end]);
        self.rest = &rest[end + 1..];
        Ok(())
    }

    fn double(&mut self, result: &mut String, raw: bool) -> Result<(), NoValue> {
        self.next();
        loop {
            match self.peek() {
                None => return Err(NoValue::Refused("a double quote is not closed")),
                Some('"') => {
                    self.next();
                    return Ok(());
                }
                Some('$') => result.push_str(&self.dollar()?),
                Some(mut character) => {
                    self.next();
                    if character == self.escape {
                        if raw {
                            result.push(character);
                        }
                        match self.peek() {
                            None => continue,
                            Some(escaped)
                                if matches!(escaped, '"' | '$') || escaped == character =>
                            {
                                self.next();
                                character = escaped;
                            }
                            Some(_) => {}
                        }
                    }
                    result.push(character);
                }
            }
            if result.len() > LONGEST {
                return Err(NoValue::Unknown);
            }
        }
    }

    fn name(&mut self) -> String {
        let end = match self.peek() {
            Some(first) if first.is_numeric() => {
                self.rest.find(|c: char| !c.is_numeric()).unwrap_or(self.rest.len())
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => 1,
            _ => (self.rest)
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(self.rest.len()),
        };
        let name = self.rest[..end].to_owned();
        self.rest = &self.rest[end..];
        name
    }

    fn dollar(&mut self) -> Result<String, NoValue> {
        self.next();
        if self.peek() != Some('{') {
            let name = self.name();
            return if name.is_empty() { Ok("$".to_owned()) } else { self.plain(&name) };
        }
        self.next();
        match self.peek() {
            None => return Err(NoValue::Refused("a substitution ${…} is not closed")),
            Some('{' | '}' | ':') => return Err(NoValue::Refused("a substitution has no name")),
            Some(_) => {}
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(NoValue::Unknown);
        }
        let name = self.name();
        let value = self.substitution(&name);
        self.depth -= 1;
        value
    }

    fn plain(&self, name: &str) -> Result<String, NoValue> {
        match (self.lookup)(name) {
            Value::Known(value) => Ok(value),
            Value::Unset => Ok(String::new()),
            Value::Unknown => Err(NoValue::Unknown),
        }
    }

    fn substitution(&mut self, name: &str) -> Result<String, NoValue> {
        const UNSUPPORTED: NoValue = NoValue::Refused("a substitution has an unknown modifier");
        let mut sign = self.next().ok_or(NoValue::Refused("a substitution ${…} is not closed"))?;
        if sign == '}' {
            return self.plain(name);
        }
        let empty_too = sign == ':';
        if empty_too {
            sign = self.next().ok_or(NoValue::Refused("a substitution ${…} is not closed"))?;
        }
        match sign {
            '-' | '+' | '?' => {
                let word = self.until(Some('}'), false);
                let value = (self.lookup)(name);
                let value = match value {
                    Value::Known(text) if text.is_empty() && empty_too => Value::Unset,
                    other => other,
                };
                match (sign, value) {
                    (_, Value::Unknown) => {
                        word?;
                        Err(NoValue::Unknown)
                    }
                    ('-' | '?', Value::Known(value)) => match word {
                        Err(NoValue::Refused(why)) => Err(NoValue::Refused(why)),
                        _ => Ok(value),
                    },
                    ('-', Value::Unset) | ('+', Value::Known(_)) => word,
                    ('+', Value::Unset) => Ok(String::new()),
                    _ => Err(NoValue::Refused("a variable that is required is not set")),
                }
            }
            '#' | '%' => {
                let word = self.until(Some('}'), true)?;
                let value = self.plain(name)?;
                let (greedy, word) = match word.strip_prefix(sign) {
                    Some(rest) => (true, rest),
                    None => (false, &*word),
                };
                let side = if sign == '#' { pattern::Side::Start } else { pattern::Side::End };
                pattern::without(&value, word, side, greedy).ok_or(NoValue::Unknown)
            }
            '/' if !empty_too => {
                let all = self.peek() == Some('/');
                if all {
                    self.next();
                }
                let wanted = self.until(Some('/'), true)?;
                let replacement = self.until(Some('}'), true)?;
                let value = self.plain(name)?;
                let replaced = pattern::replaced(&value, &wanted, &replacement, all);
                replaced.filter(|text| text.len() <= LONGEST).ok_or(NoValue::Unknown)
            }
            _ => Err(UNSUPPORTED),
        }
    }
}
