//! Docker Compose: compose-go's `dotenv` package.
//!
//! Statements follow each other without regard to lines: behind a closing quote
//! the next may begin. Anything unreadable refuses the whole file.

use memchr::memchr;
use seaworthy_model::Region;

use super::template::{TemplateError, substitute};
use super::{Budget, EnvLoadError, Environment, TOO_LARGE, Table};

pub(super) fn load(text: &str, environment: Environment<'_>) -> Result<Table, EnvLoadError> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut parser =
        Parser { text, at, table: Table::default(), budget: Budget::new(text), environment };
    while parser.find_statement() {
        parser.statement()?;
    }
    Ok(parser.table)
}

/// compose-go's own blanks, which no line feed is among.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

fn is_name(character: char) -> bool {
    matches!(character, '_' | '.' | '-' | '[' | ']')
        || character.is_alphabetic()
        || character.is_numeric()
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    table: Table,
    budget: Budget,
    environment: Environment<'a>,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(is_blank).len();
    }

    fn error(&self, region: Region, message: &str) -> EnvLoadError {
        EnvLoadError::new(region, message)
    }

    /// Goes to the next statement; false at the end of the text.
    fn find_statement(&mut self) -> bool {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            if !self.rest().starts_with('#') {
                return self.at < self.text.len();
            }
            self.at += memchr(b'\n', self.rest().as_bytes()).unwrap_or(self.rest().len());
        }
    }

    fn statement(&mut self) -> Result<(), EnvLoadError> {
        let start = self.at;
        let exported = self
            .rest()
            .strip_prefix("export")
            .is_some_and(|name| name.starts_with(['\t', '\n', '\u{c}', '\r', ' ']));
        if exported {
            self.at += "export".len();
            self.skip_blanks();
            if self.rest().is_empty() {
                return Err(self.error(Region::new(start, self.at), "`export` without a name"));
            }
        }
        let (key, inherited) = self.key()?;
        let name = key.of(self.text);
        if name.contains(' ') {
            return Err(self.error(key, "name with a space in it"));
        }
        if inherited {
            if let Some(value) = (self.environment)(name) {
                self.table.set(name, Some(value), key);
            }
            return Ok(());
        }
        let value = self.value(key)?;
        self.table.set(name, Some(value), key);
        Ok(())
    }

    /// Reads the name up to `=`, `:` or a line feed, with which it stands alone.
    /// A last line that has none of these is a value without a name.
    fn key(&mut self) -> Result<(Region, bool), EnvLoadError> {
        let start = self.at;
        for (index, character) in self.rest().char_indices() {
            let place = start + index;
            match character {
                '=' | ':' | '\n' => {
                    let name = self.text[start..place].trim_end();
                    self.at = place + 1;
                    self.skip_blanks();
                    return Ok((Region::new(start, start + name.len()), character == '\n'));
                }
                _ if is_blank(character) || is_name(character) => {}
                _ => {
                    let region = Region::new(place, place + character.len_utf8());
                    return Err(self.error(region, "character that no name can have"));
                }
            }
        }
        Ok((Region::empty(start), false))
    }

    fn value(&mut self, key: Region) -> Result<String, EnvLoadError> {
        let rest = self.rest();
        if rest.starts_with(['"', '\'']) {
            return self.quoted(key);
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        self.at = self.text.len() - after.len();
        let value = line.split_once(" #").map_or(line, |(value, _)| value);
        self.expand(value.trim_end(), key)
    }

    fn quoted(&mut self, key: Region) -> Result<String, EnvLoadError> {
        let quote = if self.rest().starts_with('"') { '"' } else { '\'' };
        let open = self.at;
        let mut value = String::new();
        let mut escaped = false;
        for (index, character) in self.rest().char_indices().skip(1) {
            if escaped {
                escaped = false;
                if character != quote {
                    value.push('\\');
                }
                value.push(character);
            } else if character == '\\' {
                escaped = true;
            } else if character == quote {
                self.at = open + index + 1;
                return if quote == '"' { self.expand(&decode(&value), key) } else { Ok(value) };
            } else {
                value.push(character);
            }
        }
        let line = memchr(b'\n', self.rest().as_bytes()).unwrap_or(self.rest().len());
        Err(self.error(Region::new(open, open + line), "quote is never closed"))
    }

    /// Resolves references by the environment, then by what the file said
    /// before.
    fn expand(&mut self, value: &str, key: Region) -> Result<String, EnvLoadError> {
        let Self { table, budget, environment, .. } = self;
        let mut lookup = |name: &str| {
            let found = environment(name).or_else(|| table.get(name).flatten().map(str::to_owned));
            budget.spend(found.as_ref().map_or(0, String::len)).then_some(found)
        };
        substitute(value, &mut lookup).map_err(|error| {
            let message = match error {
                TemplateError::Invalid => "`${` without a proper reference",
                TemplateError::MissingRequired => "required variable without a value",
                TemplateError::TooLarge => TOO_LARGE,
            };
            EnvLoadError::new(key, message)
        })
    }
}

/// Decodes the escapes of a double quoted value. An escaped `$` is doubled,
/// which keeps it from being a reference.
fn decode(value: &str) -> String {
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        decoded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let plain = match rest.as_bytes().first() {
            Some(b'a') => "\u{7}",
            Some(b'b') => "\u{8}",
            Some(b'f') => "\u{c}",
            Some(b'n') => "\n",
            Some(b'r') => "\r",
            Some(b't') => "\t",
            Some(b'v') => "\u{b}",
            Some(b'"') => "\"",
            Some(b'\\') => "\\",
            Some(b'$') => "$$",
            Some(b'0') => {
                rest = octal(&rest[1..], &mut decoded);
                continue;
            }
            _ => {
                decoded.push('\\');
                continue;
            }
        };
        decoded.push_str(plain);
        rest = &rest[1..];
    }
    decoded.push_str(rest);
    decoded
}

/// Decodes the up to three digits behind `\0`: three octal ones of a byte are
/// that character; else the zero is lost and the rest stays as it is.
fn octal<'a>(text: &'a str, decoded: &mut String) -> &'a str {
    let length = text.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(length);
    let byte = if length == 3 { u8::from_str_radix(digits, 8).ok() } else { None };
    match byte {
        Some(byte) => decoded.push(char::from(byte)),
        None => {
            decoded.push('\\');
            decoded.push_str(digits);
        }
    }
    rest
}
