//! Values under a telling name, by all means of assignment in all languages.
//!
//! A hit is a word in a name. What follows the name decides: an operator, the
//! mark that closes a quoted key, a parenthesis, a tag. Most hits are followed by
//! none of them and cost a few comparisons; only behind an operator a value is
//! looked for, within a bounded distance, and nothing is allocated before a
//! literal has been found.

mod bare;
mod beside;
mod braces;
mod bytes;
mod call;
mod callee;
mod expression;
mod key;
pub(super) mod kinds;
mod literal;
mod markup;
mod member;
mod operator;
mod parent;
mod place;
mod reference;
mod table;
mod telling;
#[cfg(test)]
mod tests;

use seaworthy_analysis::names::SecretKind;
use seaworthy_model::Region;

use crate::candidate::{Candidate, Name, Secret, Standing};
use crate::file::File;
use place::Place;

/// The shortest value.
const SHORTEST: usize = 4;

/// A literal value and the name it is assigned to.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The name.
    pub(crate) name: Name,
    /// The bytes of the value, without quotes.
    pub(crate) region: Region,
    /// Its effective text.
    pub(crate) value: Secret,
    /// How it stands.
    pub(crate) standing: Standing,
}

/// The pair whose name contains the word at `word`; `None` when no literal is
/// assigned to it.
pub(crate) fn extract(text: &str, word: Region, file: &File<'_>) -> Option<Pair> {
    let place = Place::of(text, word, file)?;
    let found = unwrapped(text, reference::literal_of(text, place.value()?)?);
    let raw = text.get(found.start..found.end)?;
    let length = found.text.as_ref().map_or(raw.len(), String::len);
    let is_long_enough = (SHORTEST..=bytes::MAX_VALUE).contains(&length);
    if !is_long_enough || raw.trim().is_empty() {
        return None;
    }
    let name = place.name();
    Some(Pair {
        name: Name { text: text.get(name.start..name.end)?.to_owned(), region: name },
        region: Region::new(found.start, found.end),
        value: Secret(found.text.unwrap_or_else(|| raw.to_owned())),
        standing: found.standing,
    })
}

/// The literal within a literal: `"\"…\""` of a program that writes another.
fn unwrapped(text: &str, mut found: literal::Literal) -> literal::Literal {
    let raw = text.get(found.start..found.end).unwrap_or("");
    let inner = raw.strip_prefix("\\\"").and_then(|rest| rest.strip_suffix("\\\""));
    if let Some(inner) = inner.filter(|inner| !inner.contains('\\')) {
        found.text = Some(inner.to_owned());
        (found.start, found.end) = (found.start + 2, found.end - 2);
    }
    found
}

/// The candidates in the column of a table that the name with the word at `word`
/// heads, and where its heading ends.
pub(crate) fn column(
    text: &str,
    word: Region,
    file: &File<'_>,
    out: &mut Vec<Candidate>,
) -> Option<usize> {
    if !table::may_hold(file) {
        return None;
    }
    let place = Place::of(text, word, file)?;
    let column = table::column(&place)?;
    let name = text.get(column.heading.range())?.trim_matches(['"', '`', '*', ' ']);
    for cell in column.cells {
        let Some(value) = text.get(cell.value.range()) else { continue };
        let pair = Pair {
            name: Name { text: name.to_owned(), region: column.heading },
            region: cell.value,
            value: Secret(value.to_owned()),
            standing: Standing::Bare,
        };
        if value.len() < SHORTEST {
            continue;
        }
        let found = generic(&pair, text, file);
        let user = cell.user.and_then(|user| text.get(user.range()));
        out.extend(found.map(|found| Candidate { user: user.map(str::to_owned), ..found }));
    }
    Some(column.heading.end)
}

/// The candidate that a pair is when no detector of a pack knows it: its name
/// speaks of a secret.
pub(crate) fn generic(pair: &Pair, text: &str, file: &File<'_>) -> Option<Candidate> {
    let kind = telling::kind_of(&pair.name.text, pair, file)
        .or_else(|| parent::is_key_of_secret(text, pair, file).then_some(SecretKind::ApiKey))?;
    debug_assert!(pair.region.end <= text.len(), "a pair is of the text");
    let mut candidate = Candidate::new(kinds::of(kind), pair.region, pair.value.0.clone());
    candidate.name = Some(pair.name.clone());
    candidate.standing = pair.standing;
    Some(candidate)
}
