//! The lossless reading: line by line, quoted values across lines.
//!
//! A quote that is never closed must not swallow the file, so a value counts as
//! quoted only if its closing quote is followed by nothing but a comment; else
//! it ends with its line. Every search for a closing quote stops at the next
//! opening one, which keeps the whole linear.

use memchr::{memchr2, memchr3};
use seaworthy_model::Region;

use super::{EnvEntry, EnvError, EnvErrorKind, EnvFile, Quote};

pub(super) fn parse(text: &str) -> EnvFile {
    let mut parser = Parser { text, bytes: text.as_bytes(), file: EnvFile::default() };
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while at < text.len() {
        let end = line_end(parser.bytes, at);
        let stop = parser.line(Region::new(at, end));
        at = after_line_end(parser.bytes, stop);
    }
    parser.file.errors.sort_by_key(|error| error.region);
    parser.file
}

/// The offset of the line feed or carriage return at or after `at`.
fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |length| at + length)
}

/// The offset behind the line end (LF, CRLF or CR) at `at`.
fn after_line_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => at + 2,
        Some(_) => at + 1,
        None => at,
    }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    file: EnvFile,
}

/// Name and separator of a line.
struct Head {
    start: usize,
    key: Region,
    exported: bool,
    separator: Separator,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    Equals,
    Colon,
    /// Nothing follows but perhaps a comment.
    Nothing,
}

/// What stands behind the separator.
struct Value {
    raw: Region,
    inner: Region,
    quote: Quote,
    comment: Option<Region>,
    error: Option<EnvErrorKind>,
}

impl Parser<'_> {
    /// Reads the line and returns the offset of the line end that it reaches.
    fn line(&mut self, line: Region) -> usize {
        let content = self.trim(line);
        if content.is_empty() {
            return line.end;
        }
        if self.bytes[content.start] == b'#' {
            self.file.comments.push(content);
            self.comment_line(content);
            return line.end;
        }
        let head = match self.head(content) {
            Ok(head) => head,
            Err(error) => {
                self.file.errors.push(error);
                return line.end;
            }
        };
        if let Some(kind) = self.key_fault(&head) {
            self.file.errors.push(EnvError { region: head.key, kind });
        }
        if head.separator == Separator::Nothing {
            let comment = self.inline_comment(Region::new(head.key.end, content.end));
            self.file.comments.extend(comment);
            let entry = self.named(&head, comment);
            self.file.entries.push(entry);
            return line.end;
        }
        let after = head.key.end + self.separator_offset(&head);
        let value = self.value(after, line.end, Across::Lines);
        self.file.comments.extend(value.comment);
        if let Some(kind) = value.error {
            self.file.errors.push(EnvError { region: value.raw, kind });
        }
        let entry = self.entry(&head, &value);
        let end = line_end(self.bytes, entry.region.end);
        let end = if value.quote == Quote::None { self.key_block(&entry, end) } else { end };
        self.file.entries.push(entry);
        end
    }

    /// Reads `# KEY=value`. Prose has blanks in front of the `=`, or, since a
    /// conventional name is in capitals, several words behind a small one.
    fn comment_line(&mut self, comment: Region) {
        let hashes = comment.of(self.text).bytes().take_while(|&byte| byte == b'#').count();
        let content = self.trim(Region::new(comment.start + hashes, comment.end));
        let Ok(head) = self.head(content) else { return };
        let key = head.key.of(self.text);
        if head.separator != Separator::Equals || self.key_fault(&head).is_some() {
            return;
        }
        let after = head.key.end + self.separator_offset(&head);
        let value = self.value(after, comment.end, Across::OneLine);
        if key.bytes().any(|byte| byte.is_ascii_lowercase()) {
            let spaced = after != head.key.end + 1;
            let several =
                value.quote == Quote::None && value.raw.of(self.text).contains(char::is_whitespace);
            if spaced || several {
                return;
            }
        }
        let entry = self.entry(&head, &value);
        self.file.commented.push(entry);
    }

    fn trim(&self, region: Region) -> Region {
        let text = region.of(self.text);
        let start = region.start + (text.len() - text.trim_start().len());
        Region::new(start, start + text.trim().len())
    }

    /// Reads what stands before the value. `content` is trimmed.
    fn head(&self, content: Region) -> Result<Head, EnvError> {
        let mut start = content.start;
        let mut exported = false;
        let text = content.of(self.text);
        if let Some(rest) = text.strip_prefix("export") {
            let name = rest.trim_start();
            if name.len() < rest.len() && !name.starts_with('=') {
                exported = true;
                start = content.end - name.len();
            }
        }
        let rest = &self.text[start..content.end];
        let length = rest.bytes().take_while(|&byte| is_key_byte(byte)).count();
        let key = Region::new(start, start + length);
        let behind = rest[length..].trim_start();
        let gap = rest.len() - length - behind.len();
        let separator = if behind.starts_with('=') {
            Separator::Equals
        } else if gap == 0 && self.is_colon_assignment(key, behind) {
            Separator::Colon
        } else if behind.is_empty() || (gap > 0 && behind.starts_with('#')) {
            Separator::Nothing
        } else {
            return Err(self.not_an_entry(content, start));
        };
        let named = match separator {
            Separator::Nothing => is_conventional(key.of(self.text)) || (exported && length > 0),
            Separator::Equals | Separator::Colon => length > 0,
        };
        if !named {
            return Err(self.not_an_entry(content, start));
        }
        Ok(Head { start: content.start, key, exported, separator })
    }

    /// Whether `KEY: value` is an assignment: a conventional name and one word.
    /// Prose (`NOTE: fill these in`) has more.
    fn is_colon_assignment(&self, key: Region, behind: &str) -> bool {
        let Some(value) = behind.strip_prefix(": ") else { return false };
        let value = value.trim();
        is_conventional(key.of(self.text))
            && (value.starts_with(['"', '\'']) || !value.contains(char::is_whitespace))
    }

    /// The error for a line without an entry: is it a mistyped name or no
    /// assignment at all?
    fn not_an_entry(&self, content: Region, start: usize) -> EnvError {
        let rest = &self.text[start..content.end];
        if let Some((name, value)) = rest.split_once('=') {
            let name = name.trim_end();
            let letters = |c: char| c.is_alphanumeric() || "_.- \t\"'$@/[]".contains(c);
            let is_rule = name.is_empty() && value.bytes().all(|byte| byte == b'=');
            if !is_rule
                && name.chars().all(letters)
                && !name.contains("//")
                && name.split_whitespace().take(4).count() <= 3
            {
                let region = Region::new(start, start + name.len());
                return EnvError { region, kind: EnvErrorKind::InvalidKey };
            }
        }
        EnvError { region: content, kind: EnvErrorKind::NotAnAssignment }
    }

    fn key_fault(&self, head: &Head) -> Option<EnvErrorKind> {
        let key = head.key.of(self.text);
        if key.contains('-') || !key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            Some(EnvErrorKind::InvalidKey)
        } else if head.separator == Separator::Colon {
            Some(EnvErrorKind::ColonSeparator)
        } else {
            None
        }
    }

    /// How far behind the key the value's side begins.
    fn separator_offset(&self, head: &Head) -> usize {
        let rest = &self.text[head.key.end..];
        rest.len() - rest.trim_start().len() + 1
    }

    /// Reads the value between `start` and the line's end, or, if it is quoted,
    /// beyond that.
    fn value(&self, start: usize, line_end: usize, across: Across) -> Value {
        let text = &self.text[start..line_end];
        let blank = text.len() - text.trim_start().len();
        let open = start + blank;
        let quote = match self.bytes.get(open) {
            Some(b'"') if open < line_end => Quote::Double,
            Some(b'\'') if open < line_end => Quote::Single,
            Some(b'`') if open < line_end => Quote::Backtick,
            _ => return self.unquoted(start, line_end, None),
        };
        match self.closing_quote(open, line_end, across) {
            Ok((close, comment)) => Value {
                raw: Region::new(open, close + 1),
                inner: Region::new(open + 1, close),
                quote,
                comment,
                error: None,
            },
            Err(kind) => self.unquoted(start, line_end, Some(kind)),
        }
    }

    fn unquoted(&self, start: usize, line_end: usize, error: Option<EnvErrorKind>) -> Value {
        let region = Region::new(start, line_end);
        let comment = self.inline_comment(region);
        let value = self.trim(Region::new(start, comment.map_or(line_end, |c| c.start)));
        let value = if value.is_empty() { Region::empty(start) } else { value };
        Value { raw: value, inner: value, quote: Quote::None, comment, error }
    }

    /// The first `#` behind whitespace, up to the trimmed end of `region`.
    fn inline_comment(&self, region: Region) -> Option<Region> {
        let text = region.of(self.text);
        let mut previous = None;
        for (index, character) in text.char_indices() {
            if character == '#' && previous.is_some_and(char::is_whitespace) {
                let comment = Region::new(region.start + index, region.end);
                return Some(self.trim(comment));
            }
            previous = Some(character);
        }
        None
    }

    /// Finds the quote that closes the one at `open`, and the comment behind it.
    ///
    /// That is the first unescaped one. If text follows it, or there is none,
    /// an escaped one that ends the line will do: `"C:\dir\"`.
    fn closing_quote(
        &self,
        open: usize,
        line_end: usize,
        across: Across,
    ) -> Result<(usize, Option<Region>), EnvErrorKind> {
        let mark = self.bytes[open];
        let limit = if across == Across::Lines { self.bytes.len() } else { line_end };
        let mut at = open + 1;
        let mut escaped_on_line = Vec::new();
        let mut kind = EnvErrorKind::UnterminatedQuote;
        while let Some(step) = memchr3(mark, b'\\', b'\\', &self.bytes[at.min(limit)..limit]) {
            at += step;
            if self.bytes[at] == mark {
                match self.behind_quote(at + 1) {
                    Some(comment) => return Ok((at, comment)),
                    None if at < line_end => kind = EnvErrorKind::TextAfterQuote,
                    None => {}
                }
                break;
            }
            if self.bytes.get(at + 1) == Some(&mark) && at + 1 < line_end {
                escaped_on_line.push(at + 1);
            }
            at += 2;
        }
        let closing = escaped_on_line.into_iter().rev().find_map(|at| {
            let comment = self.behind_quote(at + 1)?;
            Some((at, comment))
        });
        closing.ok_or(kind)
    }

    /// The comment behind a closing quote, if there is one; `None` if there is
    /// anything else on the line.
    fn behind_quote(&self, at: usize) -> Option<Option<Region>> {
        // Only the blanks are looked at, so that many quotes on one long line
        // do not read that line again and again.
        let blanks = self.bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
        let start = at + blanks.count();
        match self.bytes.get(start) {
            None | Some(b'\n' | b'\r') => Some(None),
            Some(b'#') => Some(Some(self.trim(Region::new(start, line_end(self.bytes, start))))),
            Some(_) => None,
        }
    }

    /// The end of an unquoted block of key material whose first line is the
    /// entry's value: its further lines are reported, not read as entries
    /// (base64 often ends in `=`).
    fn key_block(&mut self, entry: &EnvEntry, end: usize) -> usize {
        if !entry.value.starts_with("-----BEGIN ") || entry.value.contains("-----END ") {
            return end;
        }
        let mut at = after_line_end(self.bytes, end);
        let start = at;
        while at < self.bytes.len() {
            let stop = line_end(self.bytes, at);
            let line = self.trim(Region::new(at, stop));
            if line.of(self.text).starts_with("-----END ") {
                let region = self.trim(Region::new(start, stop));
                self.file.errors.push(EnvError { region, kind: EnvErrorKind::UnquotedMultiline });
                return stop;
            }
            let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
            if line.is_empty() || !line.of(self.text).bytes().all(base64) {
                break;
            }
            at = after_line_end(self.bytes, stop);
        }
        end
    }

    fn entry(&self, head: &Head, value: &Value) -> EnvEntry {
        let inner = value.inner.of(self.text);
        let end = value.comment.map_or(value.raw.end, |comment| comment.end);
        EnvEntry {
            key: head.key.of(self.text).into(),
            key_region: head.key,
            value: decode(inner, value.quote).into(),
            value_region: value.inner,
            raw_region: value.raw,
            region: Region::new(head.start, end),
            quote: value.quote,
            exported: head.exported,
            has_value: true,
            inline_comment: value.comment,
        }
    }

    fn named(&self, head: &Head, comment: Option<Region>) -> EnvEntry {
        let end = comment.map_or(head.key.end, |comment| comment.end);
        EnvEntry {
            key: head.key.of(self.text).into(),
            key_region: head.key,
            value: "".into(),
            value_region: Region::empty(head.key.end),
            raw_region: Region::empty(head.key.end),
            region: Region::new(head.start, end),
            quote: Quote::None,
            exported: head.exported,
            has_value: false,
            inline_comment: comment,
        }
    }
}

/// Whether a quoted value may go on over line ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Across {
    Lines,
    OneLine,
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// Whether a name is in capitals, as variables are by convention.
fn is_conventional(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && key
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && key.bytes().any(|byte| byte != b'_')
}

/// Line ends become `\n`; in double quotes the escapes that all loaders agree
/// to see are decoded. `\$` stays, since it keeps a reference from being one.
fn decode(inner: &str, quote: Quote) -> String {
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\r' => {
                rest.next_if_eq(&'\n');
                value.push('\n');
            }
            '\\' if quote == Quote::Double => {
                let decoded = rest.next_if(|next| "nrt\"\\".contains(*next));
                value.push(match decoded {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some(other) => other,
                    None => '\\',
                });
            }
            _ => value.push(character),
        }
    }
    value
}
