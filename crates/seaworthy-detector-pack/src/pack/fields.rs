//! The keys of one table, each taken with its type.

use seaworthy_model::Region;
use seaworthy_syntax::{Entry, NodeKind, NodeRef};

use super::{DETECTOR_KEYS, Reader};
use crate::spelling::{hint, short};

/// A string of the file.
pub(super) struct Text {
    pub(super) text: String,
    /// The string with its quotes.
    pub(super) region: Region,
    /// The string without.
    pub(super) content: Region,
}

pub(super) struct Fields<'a> {
    entries: Vec<Entry<'a>>,
    region: Region,
}

impl<'a> Fields<'a> {
    /// The fields of a detector's table; keys that nobody knows are told.
    pub(super) fn of(table: NodeRef<'a>, reader: &mut Reader<'_>) -> Option<Self> {
        if !table.is_mapping() {
            reader.wrong(table.region(), "expected a table");
            return None;
        }
        let entries = table.entries();
        for entry in &entries {
            let key = entry.key.scalar().unwrap_or("");
            if !DETECTOR_KEYS.contains(&key) {
                let hint = hint(key, DETECTOR_KEYS.into_iter());
                reader.wrong(entry.key.region(), format!("unknown key `{}`{hint}", short(key)));
            }
        }
        // A key that is missing is told where the detector is named.
        let named = entries.iter().find(|entry| entry.key.scalar() == Some("id"));
        let region = named.map_or(table.region(), |entry| entry.value.region());
        Some(Self { entries, region })
    }

    /// Where the detector is named.
    pub(super) fn region(&self) -> Region {
        self.region
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Where the value of a key stands.
    pub(super) fn place(&self, key: &str) -> Region {
        self.get(key).map_or(self.region, NodeRef::region)
    }

    fn get(&self, key: &str) -> Option<NodeRef<'a>> {
        let entry = self.entries.iter().find(|entry| entry.key.scalar() == Some(key));
        entry.map(|entry| entry.value)
    }

    fn required(&self, reader: &mut Reader<'_>, key: &str) -> Option<NodeRef<'a>> {
        let value = self.get(key);
        if value.is_none() {
            reader.wrong(self.region, format!("`{key}` is missing"));
        }
        value
    }

    /// A string that must be there and hold something.
    pub(super) fn text(&self, reader: &mut Reader<'_>, key: &str) -> Option<Text> {
        let value = self.required(reader, key)?;
        let text = text(reader, value)?;
        if text.text.trim().is_empty() {
            reader.wrong(text.region, format!("`{key}` is empty"));
            return None;
        }
        Some(text)
    }

    /// A word that must be there.
    pub(super) fn word<T: Copy>(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        self.required(reader, key)?;
        self.optional_word(reader, key, known)
    }

    pub(super) fn optional_word<T: Copy>(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        let text = text(reader, self.get(key)?)?;
        let found = known.iter().find(|(word, _)| *word == text.text);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            let message = if words.len() > 6 {
                let hint = hint(&text.text, words.into_iter());
                format!("unknown {key} `{}`{hint}", short(&text.text))
            } else {
                format!("expected one of `{}`", words.join("`, `"))
            };
            reader.wrong(text.region, message);
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// A list of strings that must be there.
    pub(super) fn list(&self, reader: &mut Reader<'_>, key: &str) -> Option<(Vec<Text>, Region)> {
        let value = self.required(reader, key)?;
        Some((self.optional_list(reader, key), value.region()))
    }

    pub(super) fn optional_list(&self, reader: &mut Reader<'_>, key: &str) -> Vec<Text> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if !value.is_sequence() {
            reader.wrong(value.region(), "expected a list of strings");
            return Vec::new();
        }
        value.items().filter_map(|item| text(reader, item)).collect()
    }

    /// A truth value; false when it is not there.
    pub(super) fn truth(&self, reader: &mut Reader<'_>, key: &str) -> bool {
        let Some(value) = self.get(key) else { return false };
        value.as_bool().unwrap_or_else(|| {
            reader.wrong(value.region(), "expected `true` or `false`");
            false
        })
    }

    /// A number in bounds; the least when it is not there.
    pub(super) fn number(&self, reader: &mut Reader<'_>, key: &str, least: f32, most: f32) -> f32 {
        let Some(value) = self.get(key) else { return least };
        let number = match value.kind() {
            NodeKind::Number(text) => text.parse::<f32>().ok(),
            _ => None,
        };
        number.filter(|number| (least..=most).contains(number)).unwrap_or_else(|| {
            reader.wrong(value.region(), format!("expected a number from {least} to {most}"));
            least
        })
    }
}

fn text(reader: &mut Reader<'_>, value: NodeRef<'_>) -> Option<Text> {
    let Some(text) = value.as_str() else {
        reader.wrong(value.region(), "expected a string");
        return None;
    };
    Some(Text { text: text.to_owned(), region: value.region(), content: value.content_region() })
}
