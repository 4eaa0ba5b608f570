//! Files that *are* credentials: what each format keeps where.
//!
//! The finders go by the words around a value. Here the format itself says which
//! field is a secret: by its place in a line, under a name that says nothing, or
//! encoded. A file is known by its name; where that is a general one, also by
//! its shape.

mod cluster;
mod keyed;
mod kinds;
mod lines;
mod lookup;
mod markers;
mod markup;
mod positions;
mod requests;
mod terraform;

use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::values::is_reference;
use seaworthy_detector_pack::Kind;
use seaworthy_model::Region;
use seaworthy_syntax::{Entry, NodeRef, Style};

use crate::candidate::{Candidate, Name, Standing};

pub(crate) use kinds::ALL as KINDS;

/// How many secrets one file may hold.
const MOST: usize = 1_000;

/// The most bytes of a text that is parsed as a whole.
const MAX_TEXT: usize = 8 << 20;

/// Reads the file at `path` if it is of a format that holds credentials.
pub(crate) fn scan(path: &str, text: &str, out: &mut Vec<Candidate>) {
    if text.len() > MAX_TEXT {
        return;
    }
    let Some(read) = lookup::reader(path, text) else { return };
    read(&mut Found { path, text, out, count: 0 });
}

/// What reads a format.
type Reader = fn(&mut Found<'_>);

/// The file, and what was found in it.
struct Found<'o> {
    path: &'o str,
    text: &'o str,
    out: &'o mut Vec<Candidate>,
    count: usize,
}

/// A secret field.
struct Field<'f> {
    kind: &'static Kind,
    /// Its bytes in the file.
    region: Region,
    /// Its effective text.
    value: &'f str,
    /// The name that it goes by, if the format writes one.
    name: Option<(&'f str, Region)>,
    user: Option<&'f str>,
    host: Option<&'f str>,
    encoding: Option<&'static str>,
    standing: Standing,
}

impl<'f> Field<'f> {
    /// A field that stands bare.
    fn new(kind: &'static Kind, region: Region, value: &'f str) -> Self {
        Self {
            kind,
            region,
            value,
            name: None,
            user: None,
            host: None,
            encoding: None,
            standing: Standing::Bare,
        }
    }

    /// A scalar of a tree.
    fn scalar(kind: &'static Kind, node: NodeRef<'f>) -> Option<Self> {
        let value = node.scalar()?;
        let standing = match node.style() {
            Style::Plain => Standing::Bare,
            _ => Standing::Quoted,
        };
        Some(Self { standing, ..Self::new(kind, node.content_region(), value) })
    }

    fn named(self, name: &'f str, region: Region) -> Self {
        Self { name: Some((name, region)), ..self }
    }
}

impl Found<'_> {
    /// Keeps a field, unless nothing is written there: it is empty, taken from
    /// elsewhere or encrypted.
    fn add(&mut self, field: Field<'_>) {
        let value = field.value;
        self.count += 1;
        if value.trim().is_empty()
            || self.count > MOST
            || is_reference(value)
            || value.starts_with("ENC[")
            || value.starts_with("$ANSIBLE_VAULT")
            || self.text.get(field.region.range()).is_none()
        {
            return;
        }
        let mut candidate = Candidate::new(field.kind, field.region, value);
        // A name that promises no secret would speak against what the format says.
        candidate.name = field
            .name
            .filter(|(name, _)| secret_kind(name).is_some())
            .map(|(name, region)| Name { text: name.to_owned(), region });
        let known = |text: &&str| !text.is_empty();
        candidate.user = field.user.filter(known).map(str::to_owned);
        candidate.host = field.host.filter(known).map(str::to_owned);
        candidate.encoding = field.encoding;
        candidate.standing = field.standing;
        self.out.push(candidate);
    }
}

/// Every mapping below a node. An alias stands for what is listed where it is
/// written.
fn mappings(root: NodeRef<'_>) -> impl Iterator<Item = NodeRef<'_>> {
    root.descendants().filter(|node| !node.is_alias() && node.is_mapping())
}

/// Every entry of every mapping below a node, with its key.
fn entries(root: NodeRef<'_>) -> impl Iterator<Item = (&str, Entry<'_>)> {
    mappings(root)
        .flat_map(NodeRef::written_entries)
        .filter_map(|entry| Some((entry.key.scalar()?, entry)))
}

#[cfg(test)]
mod tests;
