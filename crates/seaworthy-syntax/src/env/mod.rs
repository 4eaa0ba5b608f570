//! Env files (`.env`): what is written, and what each loader makes of it.
//!
//! There is no standard. [`EnvFile`] is the lossless reading, the one a person
//! has in mind: it never fails and keeps the place of everything. [`load`] says
//! what one real loader gets from the same text, with all its quirks, down to
//! refusing the file.

mod load;
mod parse;

use std::fmt;

use seaworthy_model::{Region, mask};

pub use load::{EnvLoadError, Loaded, LoadedValue, Loader, load};

/// How a value is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Not at all.
    None,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `` `…` ``, known to some loaders only.
    Backtick,
}

/// A variable as it is written.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvEntry {
    /// The name.
    pub key: Box<str>,
    /// The bytes of the name.
    pub key_region: Region,
    /// The value as meant: without quotes and inline comment, the escapes of a
    /// double quoted value decoded, line ends as `\n`, references unexpanded.
    pub value: Box<str>,
    /// The bytes of the value inside its quotes; for an empty value without
    /// quotes the place after the `=`.
    pub value_region: Region,
    /// The bytes of the value with its quotes, without an inline comment.
    pub raw_region: Region,
    /// The whole entry: from `export` or the name to the end of the value or
    /// inline comment.
    pub region: Region,
    /// How the value is quoted.
    pub quote: Quote,
    /// Whether `export` stands before the name.
    pub exported: bool,
    /// Whether there is a `=`: `A` and `export A` only name a variable.
    pub has_value: bool,
    /// The comment behind the value, with its `#`.
    pub inline_comment: Option<Region>,
}

impl fmt::Debug for EnvEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvEntry")
            .field("key", &self.key)
            .field("value", &mask(&self.value))
            .field("region", &self.region)
            .field("quote", &self.quote)
            .finish_non_exhaustive()
    }
}

/// A place that is no proper assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvError {
    /// Where.
    pub region: Region,
    /// What is wrong.
    pub kind: EnvErrorKind,
}

impl EnvError {
    /// What is wrong, as a phrase.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        self.kind.message()
    }
}

/// What is wrong with a line of an env file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnvErrorKind {
    /// Neither a comment nor an assignment: prose, a template tag, a table.
    NotAnAssignment,
    /// The name is empty or has characters that a variable's name cannot have.
    InvalidKey,
    /// `KEY: value`, which only some loaders take for an assignment.
    ColonSeparator,
    /// A quote is opened and never closed; the value is read to the line's end,
    /// quote included.
    UnterminatedQuote,
    /// Something other than a comment follows the closing quote; the value is
    /// read to the line's end, quotes included.
    TextAfterQuote,
    /// The further lines of a multi-line value that has no quotes.
    UnquotedMultiline,
}

impl EnvErrorKind {
    /// What is wrong, as a phrase.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NotAnAssignment => "neither a comment nor an assignment",
            Self::InvalidKey => "not a valid variable name",
            Self::ColonSeparator => "`:` in place of `=`",
            Self::UnterminatedQuote => "quote is never closed",
            Self::TextAfterQuote => "text after the closing quote",
            Self::UnquotedMultiline => "multi-line value without quotes",
        }
    }
}

/// An env file as it is written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvFile {
    entries: Vec<EnvEntry>,
    commented: Vec<EnvEntry>,
    comments: Vec<Region>,
    errors: Vec<EnvError>,
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvFile")
            .field("entries", &self.entries)
            .field("commented", &self.commented)
            .field("comments", &self.comments.len())
            .field("errors", &self.errors)
            .finish()
    }
}

impl EnvFile {
    /// Reads a text, in time linear in its length.
    #[must_use]
    pub fn parse(text: &str) -> EnvFile {
        parse::parse(text)
    }

    /// The variables in written order, duplicates included.
    #[must_use]
    pub fn entries(&self) -> &[EnvEntry] {
        &self.entries
    }

    /// The entry that counts for `key`: the last one with a value, or else the
    /// last that names it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&EnvEntry> {
        let mut named = self.entries.iter().rev().filter(|entry| &*entry.key == key);
        let last = named.next()?;
        if last.has_value {
            return Some(last);
        }
        Some(named.find(|entry| entry.has_value).unwrap_or(last))
    }

    /// The variables in comment lines (`# KEY=value`): they document a variable
    /// and leak secrets, but set nothing.
    #[must_use]
    pub fn commented(&self) -> &[EnvEntry] {
        &self.commented
    }

    /// Every comment with its `#`, inline ones included, in order.
    #[must_use]
    pub fn comments(&self) -> &[Region] {
        &self.comments
    }

    /// What is wrong with the text, in order.
    #[must_use]
    pub fn errors(&self) -> &[EnvError] {
        &self.errors
    }
}

#[cfg(test)]
mod tests;
