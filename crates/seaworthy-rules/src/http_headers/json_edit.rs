//! Edits of JSON text that keep its layout.

use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, Tree};

/// A text as the content of a JSON string.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// How a JSON file is laid out.
pub(crate) struct Layout<'t> {
    text: &'t str,
    /// The line break in use.
    pub(crate) newline: &'static str,
    /// One step of indentation.
    pub(crate) unit: &'t str,
}

impl<'t> Layout<'t> {
    pub(crate) fn of(text: &'t str, tree: &Tree) -> Self {
        let mut layout =
            Self { text, newline: if text.contains("\r\n") { "\r\n" } else { "\n" }, unit: "  " };
        let first = tree.root().written_entries().next();
        if let Some(unit) = first.and_then(|entry| layout.indent_at(entry.key.region().start))
            && !unit.is_empty()
        {
            layout.unit = unit;
        }
        layout
    }

    /// The blanks before `offset`, if nothing else stands before it on its line.
    pub(crate) fn indent_at(&self, offset: usize) -> Option<&'t str> {
        let before = self.text.get(..offset)?;
        let start = before.rfind('\n')? + 1;
        let blanks = &before[start..];
        blanks.bytes().all(|byte| matches!(byte, b' ' | b'\t')).then_some(blanks)
    }

    /// What separates an item from the next, where the next begins at `offset`:
    /// a line break with its indentation, or a blank.
    pub(crate) fn gap_before(&self, offset: usize) -> String {
        self.indent_at(offset)
            .map_or_else(|| " ".to_owned(), |indent| format!("{}{indent}", self.newline))
    }
}

/// The bytes that go when the item of a list that holds `inside` is removed,
/// with one of the commas around it. `None` for the only item: an empty list
/// would be left.
pub(crate) fn without_item(list: NodeRef<'_>, inside: Region) -> Option<Region> {
    let items: Vec<Region> = list.items().map(NodeRef::region).collect();
    without(&items, inside)
}

/// As [`without_item`], for an entry of an object.
pub(crate) fn without_entry(object: NodeRef<'_>, inside: Region) -> Option<Region> {
    let entries: Vec<Region> = object
        .written_entries()
        .map(|entry| entry.key.region().cover(entry.value.region()))
        .collect();
    without(&entries, inside)
}

fn without(siblings: &[Region], inside: Region) -> Option<Region> {
    let place = siblings.iter().position(|sibling| sibling.contains(inside))?;
    match (siblings.get(place + 1), place.checked_sub(1)) {
        (Some(next), _) => Some(Region::new(siblings[place].start, next.start)),
        (None, Some(before)) => Some(Region::new(siblings[before].end, siblings[place].end)),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_syntax::json;

    #[test]
    fn texts_become_json() {
        assert_eq!(escaped("a\"\\\n\u{1}é"), "a\\\"\\\\\\n\\u0001é");
    }

    #[test]
    fn one_comma_goes_with_an_item() {
        let text = "[1, 22, 3]";
        let tree = json::parse(text);
        let after = |number: &str| {
            let at = text.find(number).expect("in the list");
            let gone = without_item(tree.root(), Region::new(at, at + number.len()))?;
            Some(format!("{}{}", &text[..gone.start], &text[gone.end..]))
        };
        assert_eq!(after("1").as_deref(), Some("[22, 3]"));
        assert_eq!(after("22").as_deref(), Some("[1, 3]"));
        assert_eq!(after("3").as_deref(), Some("[1, 22]"));
        let one = json::parse("{\"a\": 1}");
        assert_eq!(without_entry(one.root(), Region::new(1, 4)), None);
    }

    #[test]
    fn the_indentation_is_taken_from_the_file() {
        for (text, unit) in [("{\n\t\"a\": 1\n}", "\t"), ("{\"a\": 1}", "  "), ("", "  ")] {
            assert_eq!(Layout::of(text, &json::parse(text)).unit, unit, "{text:?}");
        }
    }
}
