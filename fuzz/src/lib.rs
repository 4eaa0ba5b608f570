//! What the fuzz targets hold every reader to.
//!
//! A target gives a reader any text there is. It must not panic, and every
//! region that it reports lies in the text and divides no character.

use seaworthy_model::Region;
use seaworthy_syntax::{SyntaxError, Tree};

/// Holds a region to the text.
///
/// # Panics
/// When it leaves the text or divides a character.
#[track_caller]
pub fn fits(text: &str, region: Region) {
    assert!(text.get(region.range()).is_some(), "{region:?} does not fit {} bytes", text.len());
}

/// Holds every error to the text.
///
/// # Panics
/// When one does not fit it.
#[track_caller]
pub fn errors_fit(text: &str, errors: &[SyntaxError]) {
    for error in errors {
        fits(text, error.region);
    }
}

/// Holds every part of a tree to the text.
///
/// # Panics
/// When one does not fit it.
#[track_caller]
pub fn tree_fits(text: &str, tree: &Tree) {
    errors_fit(text, tree.errors());
    for &comment in tree.comments() {
        fits(text, comment);
    }
    for document in tree.documents() {
        for node in document.descendants() {
            fits(text, node.region());
            fits(text, node.content_region());
            if node.is_mapping() && !node.is_alias() {
                for entry in node.written_entries() {
                    fits(text, entry.key.region());
                }
            }
        }
    }
}

/// Divides a text into its first line and the rest.
#[must_use]
pub fn first_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}
