//! What a loader loses of a value, and the quoting with which it would not.

use seaworthy_analysis::names::is_truthy;
use seaworthy_analysis::values::is_password_hash;
use seaworthy_model::Region;
use seaworthy_syntax::env::{EnvEntry, Loader, Quote, load};

/// How a loader spoils a value.
pub(super) enum Loss {
    /// A `#` begins a comment. Harmless if what is left is a number or a truth
    /// value, and so surely all that was meant.
    Hash { emptied: bool, harmless: bool },
    /// A `$` begins a variable.
    Dollar { emptied: bool },
    /// The end is missing for another reason.
    Rest,
}

/// What a loader lost of a value; its dollars replaced by `_`.
pub(super) fn loss(entry: &EnvEntry, loaded: &str) -> Option<Loss> {
    let meant = bare(&entry.value).replace('$', "_");
    let loaded = bare(loaded);
    if loaded.len() >= meant.len() {
        return None;
    }
    let rest = meant.strip_prefix(loaded.trim_end())?;
    if entry.quote == Quote::None && rest.trim_start().starts_with('#') {
        let left = loaded.trim();
        let harmless = !left.is_empty()
            && (left.bytes().all(|byte| byte.is_ascii_digit())
                || is_truthy(left)
                || left.eq_ignore_ascii_case("false"));
        return Some(Loss::Hash { emptied: left.is_empty(), harmless });
    }
    // Blanks at the end are no loss.
    (!rest.trim().is_empty()).then_some(Loss::Rest)
}

/// The text without backslashes, about which loaders differ and nothing is
/// lost.
fn bare(text: &str) -> String {
    text.replace('\\', "")
}

/// How many dollars of a value are looked for in what was loaded.
const MAX_PIECES: usize = 64;

/// The dollars of a value that are meant as dollars.
pub(super) struct Dollars<'v> {
    value: &'v str,
    /// The pieces that must survive: a dollar and the word behind it.
    literal: Vec<&'v str>,
    /// Whether there are references besides.
    references: bool,
}

impl<'v> Dollars<'v> {
    /// Tells dollars from references. `${…}` is one, and so is `$NAME` where
    /// the variable is known, or looks like one and does not stick to a word:
    /// `$HOST/x`, but not `pa$WORD`.
    pub(super) fn read(value: &'v str, is_known: &dyn Fn(&str) -> bool) -> Self {
        let mut dollars = Self { value, literal: Vec::new(), references: false };
        let hash = is_password_hash(value);
        let bytes = value.as_bytes();
        let mut next = 0;
        for (at, _) in value.match_indices('$') {
            if at < next {
                continue;
            }
            let word = value[at + 1..]
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                .count();
            let name = &value[at + 1..at + 1 + word];
            next = at + 1 + word;
            let before = at.checked_sub(1).map(|at| bytes[at]);
            if before == Some(b'\\') || (name.is_empty() && bytes.get(at + 1) != Some(&b'{')) {
                continue;
            }
            let conventional = name.len() > 2
                && name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
                && !name.bytes().any(|byte| byte.is_ascii_lowercase());
            let apart = before.is_none_or(|byte| !byte.is_ascii_alphanumeric());
            let reference = name.is_empty() || is_known(name) || (conventional && apart);
            if reference && !hash {
                dollars.references = true;
            } else if dollars.literal.len() < MAX_PIECES {
                dollars.literal.push(&value[at..next]);
            }
        }
        dollars
    }

    /// Whether a loader's value lacks one of them.
    pub(super) fn are_lost(&self, loader: Loader, loaded: &str) -> bool {
        let loaded = bare(loaded);
        // `$$` is how Compose wants a dollar written.
        let doubled = loader == Loader::Compose && self.value.contains("$$");
        !doubled && self.literal.iter().any(|piece| !loaded.contains(piece))
    }
}

/// Insertions, in order, after which every reader gets the value as it is
/// meant; `None` if there is no such quoting.
pub(super) fn quoted(
    text: &str,
    entry: &EnvEntry,
    dollars: &Dollars<'_>,
    readers: &[Loader],
) -> Option<Vec<(usize, &'static str)>> {
    let inner = entry.value_region;
    let written = inner.of(text);
    let wraps: &[&'static str] = match entry.quote {
        Quote::None => &["'", "\"", "`", ""],
        _ => &[""],
    };
    // Escaping what is a reference would end its being one.
    let marks: &[&'static str] = if dollars.references { &[""] } else { &["", "\\", "$"] };
    for mark in marks {
        for wrap in wraps {
            if !wrap.is_empty() && written.contains(wrap) || (wrap.is_empty() && mark.is_empty()) {
                continue;
            }
            if dollars.references && *wrap == "'" {
                continue;
            }
            let mut insertions = Vec::new();
            if !wrap.is_empty() {
                insertions.push((inner.start, *wrap));
            }
            if !mark.is_empty() {
                let at = written.match_indices('$').map(|(at, _)| (inner.start + at, *mark));
                insertions.extend(at);
            }
            if !wrap.is_empty() {
                insertions.push((inner.end, *wrap));
            }
            let line = with(text, entry.region, &insertions);
            if readers.iter().all(|&reader| is_kept(&line, entry, dollars, reader)) {
                return Some(insertions);
            }
        }
    }
    None
}

fn is_kept(line: &str, entry: &EnvEntry, dollars: &Dollars<'_>, reader: Loader) -> bool {
    let loaded = load(line, reader, &|_| None);
    let Some(value) = loaded.values.iter().find(|value| value.key == *entry.key) else {
        return false;
    };
    let Some(value) = value.value.as_deref() else { return false };
    if dollars.references {
        let plain = load(&line.replace('$', "_"), reader, &|_| None);
        let value = plain.values.first().and_then(|value| value.value.as_deref());
        return value == Some(entry.value.replace('$', "_").as_str());
    }
    value == &*entry.value
}

/// Whether a multi-line block is kept by every reader once it is in double
/// quotes.
pub(super) fn quoted_block(
    text: &str,
    entry: &EnvEntry,
    block: Region,
    readers: &[Loader],
) -> bool {
    let region = Region::new(entry.region.start, block.end);
    let quoted = with(text, region, &[(block.start, "\""), (block.end, "\"")]);
    let meant = block.of(text).replace("\r\n", "\n");
    let readers = if readers.is_empty() { &[Loader::Dotenv][..] } else { readers };
    readers.iter().all(|&reader| {
        let loaded = load(&quoted, reader, &|_| None);
        loaded.values.iter().any(|value| {
            value.key == *entry.key
                && value.value.as_deref().map(|v| v.replace("\r\n", "\n")).as_deref()
                    == Some(&meant)
        })
    })
}

/// A part of the text with insertions, which are in order and lie in it.
fn with(text: &str, part: Region, insertions: &[(usize, &str)]) -> String {
    let mut out = String::with_capacity(part.range().len() + insertions.len());
    let mut done = part.start;
    for (at, inserted) in insertions {
        out.push_str(&text[done..*at]);
        out.push_str(inserted);
        done = *at;
    }
    out.push_str(&text[done..part.end]);
    out
}
