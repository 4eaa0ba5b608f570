//! Makes text from an audited repository safe to show in a terminal.
//!
//! A path or an excerpt may carry escape codes that repaint the screen,
//! direction overrides that make text read as something else, or characters
//! that nobody can see. All of them are shown as an escape such as `\u{1b}`.

use std::borrow::Cow;

/// The text with every character that does not show as itself escaped.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(hides) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        push_visible(&mut out, character);
    }
    Cow::Owned(out)
}

/// Appends one character, escaped if it does not show as itself.
pub(crate) fn push_visible(out: &mut String, character: char) {
    match character {
        '\n' | '\r' | '\t' => out.extend(character.escape_default()),
        _ if hides(character) => out.extend(character.escape_unicode()),
        _ => out.push(character),
    }
}

/// Whether a terminal would obey the character, or show nothing for it.
fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Soft hyphen, combining grapheme joiner, Arabic letter mark.
            '\u{ad}' | '\u{34f}' | '\u{61c}'
            // Hangul fillers, Khmer inherent vowels, Mongolian separators.
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            // Zero-width space, joiners and direction marks.
            | '\u{200b}'..='\u{200f}'
            // Line and paragraph separators, embeddings and overrides.
            | '\u{2028}'..='\u{202e}'
            // Word joiner, invisible operators, isolates, deprecated formats.
            | '\u{2060}'..='\u{206f}'
            // Byte order mark, interlinear annotations.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            // Musical beams, tags and the supplementary variation selectors.
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_passes_and_nothing_visible_changes() {
        let cases = [
            ("plain", "plain"),
            ("grün 日本語 😀 é", "grün 日本語 😀 é"),
            ("back\\slash", "back\\slash"),
            ("a\nb\r\n\tc", "a\\nb\\r\\n\\tc"),
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{1b}]8;;file:///x\u{7}", "\\u{1b}]8;;file:///x\\u{7}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\0\u{7f}\u{8}", "\\u{0}\\u{7f}\\u{8}"),
            ("abc\u{202e}txt.exe", "abc\\u{202e}txt.exe"),
            ("\u{2066}\u{2069}\u{200f}\u{61c}", "\\u{2066}\\u{2069}\\u{200f}\\u{61c}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("line\u{2028}para\u{2029}", "line\\u{2028}para\\u{2029}"),
            ("tag\u{e0041}\u{e0100}", "tag\\u{e0041}\\u{e0100}"),
            ("filler\u{3164}", "filler\\u{3164}"),
        ];
        for (text, want) in cases {
            assert_eq!(visible(text), want, "{text:?}");
        }
    }
}
