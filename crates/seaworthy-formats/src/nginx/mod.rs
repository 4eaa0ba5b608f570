//! nginx configurations, read as nginx reads them.
//!
//! [`NginxFile::parse`] splits a text into directives by the very rules of
//! nginx's own reader and keeps the bytes of every word. It never fails: what
//! nginx would refuse is an error with its place, and the rest is read.
//! [`Configuration`] is a file with all that it includes, and what nginx makes
//! of it: servers, locations, and which response headers they add.

mod configuration;
mod headers;
mod locations;
mod lua;
mod names;
mod parse;
mod read;
mod respond;
mod template;
mod vocabulary;

#[cfg(test)]
mod configuration_tests;
#[cfg(test)]
mod tests;

use seaworthy_model::Region;
use seaworthy_syntax::SyntaxError;

pub use configuration::{Configuration, Included, NodeId};
pub use headers::{AddedHeader, adds_headers};
pub use locations::{LocationMatch, Route, is_match};
pub use names::is_nginx_candidate;
pub use respond::{Entry, Response, Surroundings};
pub use template::Templating;

/// One word of a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it comes to: without quotes, escapes replaced. Variables stay.
    pub value: String,
    /// Its bytes, without quotes.
    pub region: Region,
    /// Whether it was written in quotes.
    pub quoted: bool,
}

impl Word {
    /// Whether it holds a variable, of nginx or of a template.
    #[must_use]
    pub fn has_variable(&self) -> bool {
        self.value.contains('$')
    }

    /// The bytes with the quotes.
    #[must_use]
    pub fn whole(&self) -> Region {
        if self.quoted {
            Region::new(self.region.start - 1, self.region.end + 1)
        } else {
            self.region
        }
    }
}

/// The place of a directive in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectiveId(u32);

/// What follows a directive's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A semicolon, or nothing where it is missing.
    None,
    /// A block of directives, or of lines that are none (`map`, `types`).
    Block {
        /// The bytes between the braces.
        region: Region,
        /// What stands in it, in order.
        children: Vec<DirectiveId>,
        /// Whether the lines are entries of a table and no directives.
        entries: bool,
    },
    /// A program in another language.
    Raw(Region),
}

/// A directive, or an entry of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name; for an entry of a table the first word.
    pub name: Word,
    /// The other words.
    pub args: Vec<Word>,
    /// From the name to the semicolon or the closing brace.
    pub region: Region,
    /// The block that it stands in.
    pub parent: Option<DirectiveId>,
    /// What follows the words.
    pub body: Body,
}

impl Directive {
    /// Whether it has this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.value == name
    }

    /// The value of an argument.
    #[must_use]
    pub fn arg(&self, index: usize) -> Option<&str> {
        self.args.get(index).map(|word| word.value.as_str())
    }

    /// The bytes of all words.
    #[must_use]
    pub fn words_region(&self) -> Region {
        self.args.last().map_or(self.name.whole(), |last| self.name.whole().cover(last.whole()))
    }

    /// What stands in its block of directives.
    #[must_use]
    pub fn children(&self) -> &[DirectiveId] {
        match &self.body {
            Body::Block { children, entries: false, .. } => children,
            _ => &[],
        }
    }

    /// The entries of its table.
    #[must_use]
    pub fn entries(&self) -> &[DirectiveId] {
        match &self.body {
            Body::Block { children, entries: true, .. } => children,
            _ => &[],
        }
    }
}

/// A parsed file.
#[derive(Clone, Debug, Default)]
pub struct NginxFile {
    directives: Vec<Directive>,
    roots: Vec<DirectiveId>,
    comments: Vec<Region>,
    errors: Vec<SyntaxError>,
    templating: Templating,
    truncated: bool,
}

impl NginxFile {
    /// Reads a text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        parse::parse(text)
    }

    /// The directives that stand in no block, in order.
    #[must_use]
    pub fn roots(&self) -> &[DirectiveId] {
        &self.roots
    }

    /// The directive at this place.
    ///
    /// # Panics
    /// When the place is one of another file.
    #[must_use]
    pub fn get(&self, id: DirectiveId) -> &Directive {
        &self.directives[id.0 as usize]
    }

    /// Every directive and entry, in the order of the text.
    pub fn all(&self) -> impl Iterator<Item = (DirectiveId, &Directive)> {
        (0..).map(DirectiveId).zip(&self.directives)
    }

    /// Every comment with its marker, sorted.
    #[must_use]
    pub fn comments(&self) -> &[Region] {
        &self.comments
    }

    /// What nginx would refuse, sorted.
    #[must_use]
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// Whether another program makes the configuration out of this text.
    #[must_use]
    pub fn templating(&self) -> Templating {
        self.templating
    }

    /// Whether the file was too large or too deep to be read whole.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Whether the text is one of nginx by its shape: a file of this name may
    /// belong to another program.
    #[must_use]
    pub fn looks_like_nginx(&self) -> bool {
        vocabulary::looks_like_nginx(self)
    }
}
