//! Compose's interpolation (compose-go's `template` package): `$NAME`,
//! `${NAME}`, `$$`, and in braces `-`, `:-`, `+`, `:+`, `?`, `:?` with a nested
//! template behind them.

/// Why a template cannot be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TemplateError {
    /// `${…}` holds no reference.
    Invalid,
    /// `${NAME:?…}` or `${NAME?…}` finds nothing.
    MissingRequired,
    /// Defaults are nested too deep, or the caller's limit is reached.
    TooLarge,
}

/// How deep defaults may be nested. Compose has no limit; nobody nests so deep.
const DEPTH: usize = 64;

/// Looks a variable up: `None` outside the caller's limit, `Some(None)` when it
/// is not set.
pub(super) type Lookup<'a> = &'a mut dyn FnMut(&str) -> Option<Option<String>>;

/// Resolves every reference of `template`.
pub(super) fn substitute(template: &str, lookup: Lookup<'_>) -> Result<String, TemplateError> {
    let mut output = String::with_capacity(template.len());
    append(template, lookup, DEPTH, &mut output)?;
    Ok(output)
}

fn append(
    template: &str,
    lookup: Lookup<'_>,
    depth: usize,
    output: &mut String,
) -> Result<(), TemplateError> {
    let mut rest = template;
    let mut line = Line::default();
    while let Some(dollar) = rest.find('$') {
        output.push_str(&rest[..dollar]);
        let reference = &rest[dollar + 1..];
        match reference.as_bytes().first() {
            Some(b'$') => {
                output.push('$');
                rest = &reference[1..];
            }
            Some(b'{') => {
                let braced = Braced::read(template, &reference[1..], &mut line)
                    .ok_or(TemplateError::Invalid)?;
                braced.append(lookup, depth, output)?;
                rest = braced.rest;
            }
            _ => {
                let length = name_length(reference);
                if length == 0 {
                    output.push('$');
                    rest = reference;
                } else {
                    let value = lookup(&reference[..length]).ok_or(TemplateError::TooLarge)?;
                    output.push_str(&value.unwrap_or_default());
                    rest = &reference[length..];
                }
            }
        }
    }
    output.push_str(rest);
    Ok(())
}

/// The length of the `[_a-zA-Z][_a-zA-Z0-9]*` at the start of `text`.
fn name_length(text: &str) -> usize {
    let is_name = |byte: &u8| *byte == b'_' || byte.is_ascii_alphanumeric();
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.bytes().take_while(is_name).count()
}

/// A `${NAME}` or `${NAME OPERATOR word}`.
struct Braced<'a> {
    name: &'a str,
    /// `-`, `+` or `?`, whether a `:` stands before it, and the word behind it.
    operator: Option<(u8, bool, &'a str)>,
    rest: &'a str,
}

impl<'a> Braced<'a> {
    /// Reads what follows the `${`. With an operator, the reference takes up
    /// all up to the line's last brace, then is cut at the balanced one.
    fn read(template: &'a str, text: &'a str, line: &mut Line) -> Option<Self> {
        let length = name_length(text);
        if length == 0 {
            return None;
        }
        let (name, behind) = text.split_at(length);
        if let Some(rest) = behind.strip_prefix('}') {
            return Some(Self { name, operator: None, rest });
        }
        let (colon, behind) = match behind.strip_prefix(':') {
            Some(behind) => (true, behind),
            None => (false, behind),
        };
        let operator = *behind.as_bytes().first().filter(|byte| b"-+?".contains(byte))?;
        let word = &behind[1..];
        let start = template.len() - word.len();
        let last = line.last_brace(template, start)?.checked_sub(start)?;
        let end = balanced_end(&word[..=last]).unwrap_or(last);
        Some(Self { name, operator: Some((operator, colon, &word[..end])), rest: &word[end + 1..] })
    }

    fn append(
        &self,
        lookup: Lookup<'_>,
        depth: usize,
        output: &mut String,
    ) -> Result<(), TemplateError> {
        let value = lookup(self.name).ok_or(TemplateError::TooLarge)?;
        let Some((operator, colon, word)) = self.operator else {
            output.push_str(&value.unwrap_or_default());
            return Ok(());
        };
        let counts = value.as_ref().is_some_and(|value| !(colon && value.is_empty()));
        let takes_word = if operator == b'+' { counts } else { !counts };
        if !takes_word {
            output.push_str(&value.unwrap_or_default());
            return Ok(());
        }
        let depth = depth.checked_sub(1).ok_or(TemplateError::TooLarge)?;
        append(word, lookup, depth, output)?;
        if operator == b'?' { Err(TemplateError::MissingRequired) } else { Ok(()) }
    }
}

/// The line of the reference at hand, so that each is searched once.
#[derive(Default)]
struct Line {
    /// Where the line ends; zero before the first.
    end: usize,
    last_brace: Option<usize>,
}

impl Line {
    /// The last brace of the line that `at` is on. Asked for growing offsets.
    fn last_brace(&mut self, template: &str, at: usize) -> Option<usize> {
        if at > self.end || self.end == 0 {
            let rest = &template[at..];
            let length = rest.find('\n').unwrap_or(rest.len());
            self.end = at + length;
            self.last_brace = rest[..length].rfind('}').map(|brace| at + brace);
        }
        self.last_brace
    }
}

/// The brace that closes a reference, of whose text `word` is the part behind
/// the operator. Every `{` opens, and the byte behind it is not looked at.
fn balanced_end(word: &str) -> Option<usize> {
    let mut open = 1_usize;
    let mut bytes = word.bytes().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'}' if open == 1 => return Some(index),
            b'}' => open -= 1,
            b'{' => {
                open += 1;
                bytes.next();
            }
            _ => {}
        }
    }
    None
}
